/*
 * What a POP3 server may say: the answer is the same however it is cut into pieces, nothing
 * that is kept is larger than its bound, and no number or UID is outside its range. The first
 * octet says which kind of answer is awaited.
 */
#include "config.h"

#include <string.h>

#include "fuzz.h"
#include "net/pop3_wire.h"

#define ROOM 256 /* octets of a message that are kept */

struct heard {
    GString *lines;
    struct pop3_capabilities capabilities;
};

static void check_numbers(const char *line)
{
    gint64 number = 1, bytes = 0;
    const char *uid = "-";
    if (pop3_parse_list(line, &number, &bytes))
        g_assert_true(number >= 1 && number <= POP3_NUMBER_MAX && bytes >= 0);
    if (pop3_parse_uidl(line, &number, &uid)) {
        g_assert_true(number >= 1 && number <= POP3_NUMBER_MAX);
        g_assert_true(uid[0] && strlen(uid) <= POP3_UID_MAX);
        g_assert_true(g_str_is_ascii(uid) && !strpbrk(uid, " \t\r\n"));
    }
    if (pop3_parse_stat(line, &number, &bytes))
        g_assert_true(number >= 0 && number <= POP3_NUMBER_MAX && bytes >= 0);
}

static void on_line(const char *line, void *data)
{
    struct heard *h = data;
    g_assert_cmpuint(strlen(line), <=, POP3_LINE_MAX);
    g_string_append_printf(h->lines, "%s\n", line);
    check_numbers(line);
    pop3_capabilities_add(&h->capabilities, line);
}

static enum pop3_shape shape_of(uint8_t letter)
{
    return letter == 'S'   ? POP3_SHAPE_STATUS
           : letter == 'M' ? POP3_SHAPE_MESSAGE
                           : POP3_SHAPE_LINES;
}

static void check_answer(const struct pop3_reader *r)
{
    g_assert_true(r->text && strlen(r->text) <= POP3_LINE_MAX);
    g_assert_cmpint(pop3_code_parse(r->text), <, POP3_CODE_COUNT);
    check_numbers(r->text);
    g_assert_true(!r->message || r->message->len <= ROOM);
    g_assert_true(!r->is_cut || r->message->len == ROOM);
}

/* All that can be known of the answer, as one text. */
static GString *listen(enum pop3_shape shape, const char *data, gsize len, gsize piece)
{
    struct pop3_reader r;
    struct heard heard = {.lines = g_string_new(NULL)};
    gboolean done = FALSE;
    gssize used = 0;
    gsize at = 0;
    pop3_reader_init(&r);
    pop3_reader_begin(&r, shape, ROOM, on_line, &heard);
    while (at < len && !done && used >= 0) {
        g_autoptr(GError) error = NULL;
        used = pop3_reader_feed(&r, data + at, MIN(piece, len - at), &done, &error);
        g_assert_true((used < 0) == (error != NULL));
        g_assert_true(used != 0 && used <= (gssize)(len - at));
        at += used > 0 ? (gsize)used : 0;
    }
    if (done)
        check_answer(&r);
    GString *all = heard.lines;
    g_string_append_printf(all, "%d %d %d %d %" G_GUINT64_FORMAT " %s|", used < 0, done,
                           done ? (int)at : -1, r.is_cut, r.n_unread, r.text ? r.text : "-");
    if (r.message)
        g_string_append_len(all, r.message->str, (gssize)r.message->len);
    pop3_capabilities_clear(&heard.capabilities);
    pop3_reader_clear(&r);
    return all;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const gsize pieces[] = {1, 3, 64};
    if (size == 0)
        return 0;
    enum pop3_shape shape = shape_of(data[0]);
    const char *answer = (const char *)data + 1;
    g_autoptr(GString) whole = listen(shape, answer, size - 1, size);
    for (gsize i = 0; i < G_N_ELEMENTS(pieces); i++) {
        g_autoptr(GString) again = listen(shape, answer, size - 1, pieces[i]);
        g_assert_true(g_string_equal(whole, again));
    }
    return 0;
}
