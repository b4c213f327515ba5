/*
 * One notice or more of every family of mail servers that is known to write its own kind, and
 * of the large providers in their languages: families.txt, read whole.
 */
#include "config.h"

#include <locale.h>
#include <string.h>

#include "inbound/inbound.h"

#define HEAD "#### "
#define MIN_FAMILIES 80 /* a file that was cut short is no success */

enum { NAME, KIND, ADDRESSES, CLASSES, STATUSES, N_WANTED };

struct family {
    char **wanted; /* owned */
    const char *mail;
    gsize len;
};

static void join(GString *all, const char *word)
{
    g_string_append_printf(all, "%s%s", all->len > 0 ? " " : "", word);
}

static void test_family(gconstpointer data)
{
    const struct family *f = data;
    struct inbound *in = inbound_read(f->mail, f->len, NULL);
    g_autoptr(GString) addresses = g_string_new(NULL);
    g_autoptr(GString) classes = g_string_new(NULL);
    g_autoptr(GString) statuses = g_string_new(NULL);
    for (guint i = 0; i < in->items->len; i++) {
        const struct inbound_item *item = in->items->pdata[i];
        join(addresses, item->address);
        join(classes, bounce_class_name(item->class));
        join(statuses, item->status);
    }
    g_assert_cmpstr(mail_kind_name(inbound_plain_kind(in->kind)), ==, f->wanted[KIND]);
    g_assert_cmpstr(addresses->str, ==, f->wanted[ADDRESSES]);
    g_assert_cmpstr(classes->str, ==, f->wanted[CLASSES]);
    if (f->wanted[STATUSES])
        g_assert_cmpstr(statuses->str, ==, f->wanted[STATUSES]);
    inbound_free(in);
}

static char **wanted_of(const char *line, gsize len)
{
    g_autofree char *text = g_strndup(line, len);
    char **words = g_strsplit(text, "|", N_WANTED);
    for (int i = 0; words[i]; i++)
        g_strstrip(words[i]);
    g_assert_cmpuint(g_strv_length(words), >=, STATUSES);
    return words;
}

/* The mail behind each head, up to the next. `text` is kept by the families. */
static GArray *read_families(const char *text)
{
    GArray *all = g_array_new(FALSE, FALSE, sizeof(struct family));
    for (const char *p = strstr(text, "\n" HEAD); p;) {
        const char *line = p + 1 + strlen(HEAD);
        const char *mail = strchr(line, '\n') + 1;
        p = strstr(mail - 1, "\n" HEAD);
        struct family f = {.wanted = wanted_of(line, (gsize)(mail - 1 - line)),
                           .mail = mail,
                           .len = p ? (gsize)(p + 1 - mail) : strlen(mail)};
        g_array_append_val(all, f);
    }
    return all;
}

int main(int argc, char **argv)
{
    setlocale(LC_ALL, "");
    g_test_init(&argc, &argv, NULL);
    const char *folder = g_getenv("CRIER_SRCDIR");
    g_autofree char *path = g_build_filename(folder ? folder : ".", "tests", "unit", "inbound",
                                             "families.txt", NULL);
    g_autofree char *text = NULL;
    GError *error = NULL;
    g_file_get_contents(path, &text, NULL, &error);
    g_assert_no_error(error);
    g_autoptr(GArray) all = read_families(text);
    g_assert_cmpuint(all->len, >=, MIN_FAMILIES);
    for (guint i = 0; i < all->len; i++) {
        const struct family *f = &g_array_index(all, struct family, i);
        g_autofree char *name = g_strconcat("/inbound/families/", f->wanted[NAME], NULL);
        g_test_add_data_func(name, f, test_family);
    }
    int result = g_test_run();
    for (guint i = 0; i < all->len; i++)
        g_strfreev(g_array_index(all, struct family, i).wanted);
    return result;
}
