/*
 * Campaign folders, there and back: what is written is read as it was, and written again it is
 * the same octet by octet.
 */
#include "config.h"

#include "transfer/campaignwrite.h"

#include <glib/gstdio.h>
#include <string.h>

#include "base/error.h"
#include "model/part.h"
#include "transfer/campaignfile.h"

static char *top;

static void set(struct campaign *c, const char *key, const char *value)
{
    GError *error = NULL;
    g_assert_true(field_set_key(campaign_fields(), c, key, value, &error) || error);
    g_assert_no_error(error);
}

static void add_part(struct campaign *c, enum part_kind kind, const char *file,
                     const char *name, const char *type, const char *data, gsize len)
{
    struct part *p = g_new0(struct part, 1);
    p->kind = kind;
    p->file = g_strdup(file);
    p->name = name ? g_strdup(name) : g_path_get_basename(file);
    p->type = g_strdup(type ? type : part_type_of(file));
    p->content_id = kind == PART_INLINE ? g_strdup(file) : NULL;
    p->data = g_bytes_new(data, len);
    if (!c->parts)
        c->parts = part_array_new();
    g_ptr_array_add(c->parts, p);
}

static struct campaign new_campaign(const char *name)
{
    struct campaign c;
    campaign_init(&c);
    c.name = g_strdup(name);
    return c;
}

static GPtrArray *files_of(const struct campaign *c, GPtrArray *left_out)
{
    GError *error = NULL;
    GPtrArray *files = campaignwrite_files(c, left_out, &error);
    g_assert_no_error(error);
    return files;
}

static void remove_tree(const char *path)
{
    GDir *dir = g_dir_open(path, 0, NULL);
    for (const char *name; dir && (name = g_dir_read_name(dir));) {
        g_autofree char *child = g_build_filename(path, name, NULL);
        remove_tree(child);
    }
    if (dir)
        g_dir_close(dir);
    g_remove(path);
}

static void assert_same_files(const GPtrArray *a, const GPtrArray *b)
{
    g_assert_cmpuint(a->len, ==, b->len);
    for (guint i = 0; i < a->len; i++) {
        const struct campaignwrite_file *x = a->pdata[i], *y = b->pdata[i];
        g_assert_cmpstr(x->path, ==, y->path);
        g_assert_cmpmem(g_bytes_get_data(x->data, NULL), g_bytes_get_size(x->data),
                        g_bytes_get_data(y->data, NULL), g_bytes_get_size(y->data));
    }
}

static void assert_same_parts(const GPtrArray *a, const GPtrArray *b)
{
    g_assert_cmpuint(a ? a->len : 0, ==, b ? b->len : 0);
    for (guint i = 0; a && i < a->len; i++) {
        const struct part *x = a->pdata[i], *y = b->pdata[i];
        g_assert_cmpint(x->kind, ==, y->kind);
        g_assert_cmpstr(x->file, ==, y->file);
        g_assert_cmpstr(x->name, ==, y->name);
        g_assert_cmpstr(x->type, ==, y->type);
        g_assert_cmpstr(x->content_id, ==, y->content_id);
        g_assert_true(g_bytes_equal(x->data, y->data));
    }
}

/* Writes, reads, compares every field and part, writes again. Clears `c`. */
static void round_trip(struct campaign *c)
{
    g_autoptr(GPtrArray) first = files_of(c, NULL);
    g_autofree char *dir = g_build_filename(top, "there", "and", "back", NULL);
    struct campaign again;
    GError *error = NULL;
    g_assert_true(campaignwrite_folder(first, dir, FALSE, &error));
    if (!campaignfile_read(dir, &again, &error))
        g_error("%s", error->message);
    g_assert_cmpstr(again.name, ==, c->name);
    for (const struct field *f = campaign_fields(); f->key; f++) {
        g_autofree char *x = field_get(f, c), *y = field_get(f, &again);
        g_assert_cmpstr(x, ==, y);
    }
    assert_same_parts(c->parts, again.parts);
    g_autoptr(GPtrArray) second = files_of(&again, NULL);
    assert_same_files(first, second);
    g_assert_true(campaignwrite_folder(second, dir, FALSE, &error)); /* nothing to overwrite */
    remove_tree(dir);
    campaign_clear(c);
    campaign_clear(&again);
}

static void test_hostile(void)
{
    static const char *const texts[] = {
        "\"",
        "\\",
        "\\\\\"",
        "\\n",
        "\\x00",
        "\\\"; };",
        "# no comment",
        "/* no comment */",
        "@include \"/etc/passwd\"",
        "Größe, Ελλάδα, 東京, 🎈, שלום",
        "a\xe2\x80\xae"
        "b\xe2\x80\x8b"
        "c",
        "%s%n{{{x}}}",
        "'",
        "$(id)",
        "a  b",
        "=?utf-8?q?x?=",
        "1",
        "true",
    };
    g_autofree char *long_subject = g_strnfill(998, 'x');
    for (gsize i = 0; i < G_N_ELEMENTS(texts); i++) {
        struct campaign c = new_campaign("spring");
        set(&c, "title", texts[i]);
        set(&c, "subject", texts[i]);
        set(&c, "preheader", texts[i]);
        set(&c, "postal_address", texts[i]);
        round_trip(&c);
    }
    struct campaign c = new_campaign("0");
    set(&c, "subject", long_subject);
    set(&c, "from", "\"Quote \\\" back \\\\ , comma\" <news@example.org>");
    round_trip(&c);
}

static void test_all_fields(void)
{
    struct campaign c = new_campaign("spring-2027");
    set(&c, "title", "Spring");
    set(&c, "from", "Example <news@example.org>");
    set(&c, "reply_to", "office@example.org");
    set(&c, "subject", "{{first_name|Friend}}");
    set(&c, "lists", "one, two");
    set(&c, "exclude", "staff");
    set(&c, "server", "main");
    set(&c, "html", "<p>\r\n<img src=\"cid:images/a%20b.png\">\n\n");
    set(&c, "html_file", "bodies/body.html");
    set(&c, "text", "no newline at the end");
    set(&c, "text_file", "./body.txt");
    set(&c, "markdown", "![x](cid:c.png)\n");
    set(&c, "markdown_file", "body.md");
    set(&c, "layout", "announcement");
    set(&c, "logo", "logo.svg");
    set(&c, "postal_address", "1 Street");
    set(&c, "preheader", "Hi");
    set(&c, "mailbox", "bounces");
    set(&c, "late", "send");
    set(&c, "list_id", "news.example.org");
    set(&c, "give_up", "90m");
    add_part(&c, PART_INLINE, "images/a b.png", NULL, NULL, "A\0B", 3);
    add_part(&c, PART_INLINE, "c.png", NULL, NULL, "C", 1);
    add_part(&c, PART_INLINE, "logo.svg", NULL, NULL, "<svg/>", 6);
    add_part(&c, PART_ATTACHMENT, "flyer.pdf", NULL, NULL, "", 0);
    add_part(&c, PART_ATTACHMENT, "c.png", "Größe \"1\".png", "image/x-other", "C", 1);
    round_trip(&c);
}

static void test_empty(void)
{
    struct campaign c = new_campaign("empty");
    g_autoptr(GPtrArray) files = files_of(&c, NULL);
    g_assert_cmpuint(files->len, ==, 1);
    const struct campaignwrite_file *f = files->pdata[0];
    gsize len;
    const char *text = g_bytes_get_data(f->data, &len);
    static const char whole[] = "format = 1;\n\ncampaign = {\n  name = \"empty\";\n};\n";
    g_assert_cmpstr(f->path, ==, "campaign.cfg");
    g_assert_cmpmem(text, len, whole, strlen(whole));
    round_trip(&c);

    c = new_campaign("empty");
    set(&c, "text_file", "body.txt"); /* an empty body in a file of its own */
    round_trip(&c);
}

static void test_bodies_without_files(void)
{
    struct campaign c = new_campaign("spring");
    set(&c, "html", "<p>");
    set(&c, "text", "x");
    set(&c, "markdown", "y");
    g_autoptr(GPtrArray) files = files_of(&c, NULL);
    static const char *const names[] = {"campaign.cfg", "body.html", "body.md", "body.txt"};
    g_assert_cmpuint(files->len, ==, G_N_ELEMENTS(names));
    for (guint i = 0; i < files->len; i++)
        g_assert_cmpstr(((const struct campaignwrite_file *)files->pdata[i])->path, ==,
                        names[i]);
    campaign_clear(&c);
}

static void test_left_out(void)
{
    struct campaign c = new_campaign("spring");
    g_autoptr(GPtrArray) left_out = g_ptr_array_new_with_free_func(g_free);
    set(&c, "logo", "logo.png");
    add_part(&c, PART_INLINE, "nobody-shows-it.png", NULL, NULL, "x", 1);
    g_autoptr(GPtrArray) files = files_of(&c, left_out);
    g_assert_cmpuint(files->len, ==, 1);
    g_assert_cmpuint(left_out->len, ==, 1);
    g_assert_nonnull(strstr(left_out->pdata[0], "logo.png"));
    campaign_clear(&c);
}

static void refuse(struct campaign *c, const char *words)
{
    GError *error = NULL;
    g_assert_null(campaignwrite_files(c, NULL, &error));
    g_assert_error(error, CRIER_ERROR, CRIER_ERROR_INVALID);
    if (!strstr(error->message, words))
        g_error("expected \"%s\", got \"%s\"", words, error->message);
    g_error_free(error);
    campaign_clear(c);
}

static void test_refused(void)
{
    static const char *const outside[] = {"../x", "/etc/passwd", "a/../../x", "..", ".", "/"};
    for (gsize i = 0; i < G_N_ELEMENTS(outside); i++) {
        struct campaign c = new_campaign("spring");
        set(&c, "html", "x");
        set(&c, "html_file", outside[i]);
        refuse(&c, "would not lie in the campaign's folder");
        c = new_campaign("spring");
        add_part(&c, PART_ATTACHMENT, outside[i], "x", NULL, "x", 1);
        refuse(&c, "would not lie in the campaign's folder");
    }
    struct campaign c = new_campaign("spring");
    set(&c, "html", "x");
    set(&c, "html_file", "body.txt");
    set(&c, "text", "y");
    set(&c, "text_file", "./body.txt");
    refuse(&c, "body.txt: two files of the campaign have this name");
    c = new_campaign("spring");
    set(&c, "text", "y");
    set(&c, "text_file", "campaign.cfg");
    refuse(&c, "campaign.cfg: two files");
}

static void test_overwrite(void)
{
    struct campaign c = new_campaign("spring");
    GError *error = NULL;
    set(&c, "text", "mine");
    g_autoptr(GPtrArray) files = files_of(&c, NULL);
    g_autofree char *dir = g_build_filename(top, "overwrite", NULL);
    g_autofree char *body = g_build_filename(dir, "body.txt", NULL);
    g_autofree char *cfg = g_build_filename(dir, "campaign.cfg", NULL);
    g_assert_cmpint(g_mkdir(dir, 0700), ==, 0);
    g_assert_true(g_file_set_contents(body, "same", 4, NULL)); /* as long, and different */
    g_assert_false(campaignwrite_folder(files, dir, FALSE, &error));
    g_assert_error(error, CRIER_ERROR, CRIER_ERROR_EXISTS);
    g_clear_error(&error);
    g_assert_false(g_file_test(cfg, G_FILE_TEST_EXISTS));
    g_assert_true(campaignwrite_folder(files, dir, TRUE, &error));
    g_autofree char *now = NULL;
    g_assert_true(g_file_get_contents(body, &now, NULL, NULL));
    g_assert_cmpstr(now, ==, "mine");
    remove_tree(dir);
    campaign_clear(&c);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    top = g_dir_make_tmp("crier-write-XXXXXX", NULL);
    g_test_add_func("/campaignwrite/hostile", test_hostile);
    g_test_add_func("/campaignwrite/all-fields", test_all_fields);
    g_test_add_func("/campaignwrite/empty", test_empty);
    g_test_add_func("/campaignwrite/bodies-without-files", test_bodies_without_files);
    g_test_add_func("/campaignwrite/left-out", test_left_out);
    g_test_add_func("/campaignwrite/refused", test_refused);
    g_test_add_func("/campaignwrite/overwrite", test_overwrite);
    int failed = g_test_run();
    remove_tree(top);
    g_free(top);
    return failed;
}
