/*
 * What an IMAP server may say: the pieces are the same however the octets are cut, a message
 * has the length that was announced, and no line, list or number passes its bound. The same
 * octets as a folder's name and as a set of messages: what we say holds nothing that ends a
 * command.
 */
#include "config.h"

#include <string.h>

#include "fuzz.h"
#include "net/imap_wire.h"

#define SEARCH_MAX 16
#define SET_MAX 200 /* UIDs; more make no other set */

struct heard {
    GString *all;         /* lines and bodies, parted */
    guint64 body, length; /* of the message under way: so far, and as announced */
    gboolean is_over;     /* nothing more is understood */
};

static void check_fetched(const char *line)
{
    struct imap_fetched f;
    if (!imap_wire_fetched(line, &f))
        return;
    g_assert_true(f.size >= -1);
    g_assert_true(!f.body || (f.has_body && !f.is_streamed && strlen(f.body) < strlen(line)));
    imap_fetched_clear(&f);
}

static void check_search(const char *line)
{
    g_autoptr(GArray) found = g_array_new(FALSE, FALSE, sizeof(guint32));
    imap_wire_search(line, found, SEARCH_MAX);
    g_assert_cmpuint(found->len, <=, SEARCH_MAX);
}

static void check_line(const char *line)
{
    guint32 number = 0;
    g_autofree char *code = imap_wire_code(line);
    g_assert_cmpuint(strlen(code), <=, strlen(line));
    g_assert_false(strpbrk(code, " ]"));
    check_fetched(line);
    check_search(line);
    if (imap_wire_number(line, "EXISTS", &number))
        g_assert_true(g_str_has_prefix(line, "* "));
    if (imap_wire_code_number(line, "UIDVALIDITY", &number))
        g_assert_cmpstr(code, ==, "UIDVALIDITY");
}

static void on_piece(struct heard *h, const struct imap_piece *piece)
{
    switch (piece->kind) {
    case IMAP_PIECE_BODY:
        g_assert_true(h->body == 0 || h->length == piece->body_len);
        h->length = piece->body_len;
        h->body += piece->len;
        g_assert_true(piece->len > 0 && h->body <= h->length && h->length <= IMAP_BODY_MAX);
        if (h->body == h->length)
            h->body = 0;
        g_string_append_len(h->all, piece->data, (gssize)piece->len);
        break;
    case IMAP_PIECE_LINE:
        g_assert_cmpuint(h->body, ==, 0); /* a message was not left in its middle */
        g_assert_cmpuint(piece->len, <=, IMAP_LINE_MAX);
        g_assert_cmpuint(strlen(piece->data), ==, piece->len);
        check_line(piece->data);
        g_string_append_printf(h->all, "\n[%s]\n", piece->data);
        break;
    case IMAP_PIECE_BAD:
        g_assert_true(piece->why && piece->why[0]);
        h->is_over = TRUE;
        g_string_append_printf(h->all, "\n%s\n", piece->why);
        break;
    default:
        break;
    }
}

static GString *listen(const char *data, gsize len, gsize cut)
{
    struct imap_reader r;
    struct heard h = {.all = g_string_new(NULL)};
    imap_reader_init(&r);
    for (gsize at = 0; at < len && !h.is_over;) {
        struct imap_piece piece;
        gsize used = imap_reader_take(&r, data + at, MIN(cut, len - at), &piece);
        g_assert_true(used > 0 && used <= MIN(cut, len - at));
        on_piece(&h, &piece);
        at += used;
    }
    imap_reader_clear(&r);
    return h.all;
}

/* Printable and within quotes that it cannot leave. */
static void check_folder(const char *name)
{
    g_autofree char *said = imap_wire_folder(name);
    gsize len = said ? strlen(said) : 0;
    if (!said)
        return;
    g_assert_true(len >= 2 && said[0] == '"' && said[len - 1] == '"');
    for (gsize i = 1; i + 1 < len; i++) {
        g_assert_true(said[i] >= ' ' && said[i] < 0x7f && said[i] != '"');
        if (said[i] == '\\')
            g_assert_true(++i + 1 < len && strchr("\"\\", said[i]));
    }
}

static void check_set(const char *data, gsize len)
{
    guint32 uids[SET_MAX];
    gsize n = MIN(len / sizeof uids[0], SET_MAX);
    memcpy(uids, data, n * sizeof uids[0]);
    for (gsize at = 0; at < n;) {
        gsize before = at;
        g_autofree char *set = imap_wire_set(uids, n, &at);
        g_assert_true(at > before && at <= n);
        g_assert_cmpuint(strlen(set), <=, IMAP_SET_CHARS + strlen(",4294967295:4294967295"));
        g_assert_cmpuint(strspn(set, "0123456789:,"), ==, strlen(set));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const gsize cuts[] = {1, 3, 64};
    const char *text = (const char *)data;
    g_autofree char *name = g_strndup(text, size);
    g_autoptr(GString) whole = listen(text, size, MAX(size, 1));
    for (gsize i = 0; i < G_N_ELEMENTS(cuts); i++) {
        g_autoptr(GString) again = listen(text, size, cuts[i]);
        g_assert_true(g_string_equal(whole, again));
    }
    check_folder(name);
    check_set(text, size);
    return 0;
}
