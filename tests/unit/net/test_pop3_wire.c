/*
 * POP3 answers: every form is a row, read whole and octet by octet.
 */
#include "config.h"

#include "net/pop3_wire.h"

#include <string.h>

#include "base/error.h"

#define ROOM 64 /* octets of a message that are kept */

struct seen {
    GString *lines;
};

static void on_line(const char *line, void *data)
{
    struct seen *s = data;
    g_string_append_printf(s->lines, "[%s]", line);
}

/* "ok TEXT", "err TEXT", with what came behind; "more" or "error". */
static char *describe(const struct pop3_reader *r, const struct seen *s, gssize used,
                      gboolean done)
{
    if (used < 0)
        return g_strdup("error");
    if (!done)
        return g_strdup("more");
    g_autoptr(GString) out = g_string_new(r->is_ok ? "ok" : "err");
    g_string_append_printf(out, " %s|", r->text);
    if (r->message)
        g_string_append_len(out, r->message->str, (gssize)r->message->len);
    g_string_append(out, s->lines->str);
    if (r->n_unread > 0)
        g_string_append_printf(out, " unread %d", (int)r->n_unread);
    if (r->is_cut)
        g_string_append(out, " cut");
    return g_strdup(out->str);
}

/* The answer in pieces of `piece` octets; `ret_left` is what it did not take. */
static char *read_in_pieces(enum pop3_shape shape, const char *data, gsize len, gsize piece,
                            gsize *ret_left)
{
    struct pop3_reader r;
    struct seen seen = {g_string_new(NULL)};
    gboolean done = FALSE;
    gsize at = 0;
    gssize used = 0;
    pop3_reader_init(&r);
    pop3_reader_begin(&r, shape, ROOM, on_line, &seen);
    while (at < len && !done && used >= 0) {
        g_autoptr(GError) error = NULL;
        used = pop3_reader_feed(&r, data + at, MIN(piece, len - at), &done, &error);
        g_assert_true((used < 0) == (error != NULL));
        at += used > 0 ? (gsize)used : 0;
    }
    *ret_left = len - at;
    char *described = describe(&r, &seen, used, done);
    pop3_reader_clear(&r);
    g_string_free(seen.lines, TRUE);
    return described;
}

#define STATUS POP3_SHAPE_STATUS
#define LINES POP3_SHAPE_LINES
#define MESSAGE POP3_SHAPE_MESSAGE

struct answer {
    const char *name;
    enum pop3_shape shape;
    const char *data, *says;
    gsize left;
};
static const struct answer answers[] = {
    {"ok", STATUS, "+OK done\r\n", "ok done|", 0},
    {"ok-alone", STATUS, "+OK\r\n", "ok |", 0},
    {"ok-bare-lf", STATUS, "+OK done\n", "ok done|", 0},
    {"err", STATUS, "-ERR [IN-USE] busy\r\n", "err [IN-USE] busy|", 0},
    {"behind-it", STATUS, "+OK\r\n+OK\r\n", "ok |", 5},
    {"begun", STATUS, "+OK do", "more", 0},
    {"none", STATUS, "* OK IMAP4\r\n", "error", 0},
    {"lower-case", STATUS, "+ok\r\n", "error", 0},
    {"run-together", STATUS, "+OKAY\r\n", "error", 0},
    {"empty-line", STATUS, "\r\n", "error", 0},

    {"lines", LINES, "+OK 2\r\n1 a\r\n2 b\r\n.\r\n", "ok 2|[1 a][2 b]", 0},
    {"no-lines", LINES, "+OK\r\n.\r\n+OK", "ok |", 3},
    {"lines-refused", LINES, "-ERR no\r\n", "err no|", 0},
    {"stuffed-line", LINES, "+OK\r\n..x\r\n.\r\n", "ok |[.x]", 0},
    {"lines-bare-lf", LINES, "+OK\na\nb\n.\n", "ok |[a][b]", 0},
    {"lines-begun", LINES, "+OK\r\na\r\n.\r", "more", 0},
    {"lines-not-ended-by-an-error", LINES, "+OK\r\n-ERR x\r\n.\r\n", "ok |[-ERR x]", 0},

    {"message", MESSAGE, "+OK\r\nS: x\r\n\r\nhi\r\n.\r\n", "ok |S: x\r\n\r\nhi\r\n", 0},
    {"empty-message", MESSAGE, "+OK\r\n.\r\n", "ok |", 0},
    {"message-refused", MESSAGE, "-ERR no such message\r\n", "err no such message|", 0},
    {"stuffed", MESSAGE, "+OK\r\n..\r\n...a\r\n.\r\n", "ok |.\r\n..a\r\n", 0},
    {"unstuffed-by-the-server", MESSAGE, "+OK\r\n.a\r\n.\r\n", "ok |a\r\n", 0},
    {"dot-in-the-line", MESSAGE, "+OK\r\na.\r\n.b.\r\n.\r\n", "ok |a.\r\nb.\r\n", 0},
    {"lone-lf-is-no-end", MESSAGE, "+OK\r\na\n.\nb\r\n.\r\n", "ok |a\n.\nb\r\n", 0},
    {"lone-cr-is-no-end", MESSAGE, "+OK\r\na\r.\rb\r\n.\r\n", "ok |a\r.\rb\r\n", 0},
    {"dot-lf-is-no-end", MESSAGE, "+OK\r\n.\nb\r\n.\r\n", "ok |\nb\r\n", 0},
    {"dot-cr-is-no-end", MESSAGE, "+OK\r\n.\rb\r\n.\r\n", "ok |\rb\r\n", 0},
    {"dot-cr-cr", MESSAGE, "+OK\r\n.\r\r\n.\r\n", "ok |\r\r\n", 0},
    {"bare-lf-server", MESSAGE, "+OK\na\n..b\n.\nmore", "ok |a\n.b\n", 4},
    {"looks-like-an-answer", MESSAGE, "+OK\r\n+OK\r\n-ERR\r\n.\r\n", "ok |+OK\r\n-ERR\r\n", 0},
    {"message-begun", MESSAGE, "+OK\r\nhi\r\n.", "more", 0},
    {"fits", MESSAGE,
     "+OK\r\n12345678901234567890123456789012345678901234567890123456789012\r\n.\r\n",
     "ok |12345678901234567890123456789012345678901234567890123456789012\r\n", 0},
    {"cut", MESSAGE,
     "+OK\r\n123456789012345678901234567890123456789012345678901234567890123456\r\n..\r\n.\r\n",
     "ok |1234567890123456789012345678901234567890123456789012345678901234 cut", 0},
};

static void test_answer(gconstpointer data)
{
    const struct answer *a = data;
    gsize len = strlen(a->data);
    for (gsize piece = 1; piece <= len; piece++) {
        gsize left;
        g_autofree char *says = read_in_pieces(a->shape, a->data, len, piece, &left);
        g_assert_cmpstr(says, ==, a->says);
        if (strcmp(says, "error") != 0)
            g_assert_cmpuint(left, ==, a->left);
    }
}

static void test_nul(void)
{
    static const char list[] = "+OK\r\n1 a\0b\r\n2 c\r\n.\r\n";
    static const char mail[] = "+OK\r\na\0b\r\n.\r\n";
    gsize left;
    g_autofree char *lines = read_in_pieces(LINES, list, sizeof list - 1, 4, &left);
    g_assert_cmpstr(lines, ==, "ok |[2 c] unread 1");
    struct pop3_reader r;
    gboolean done = FALSE;
    pop3_reader_init(&r);
    pop3_reader_begin(&r, MESSAGE, ROOM, NULL, NULL);
    g_assert_cmpint(pop3_reader_feed(&r, mail, sizeof mail - 1, &done, NULL), ==, 5);
    g_assert_false(done);
    g_assert_cmpint(pop3_reader_feed(&r, mail + 5, sizeof mail - 6, &done, NULL), ==,
                    sizeof mail - 6);
    g_assert_true(done);
    g_assert_cmpmem(r.message->str, r.message->len, "a\0b\r\n", 5);
    pop3_reader_clear(&r);
}

/* A long line of a list is passed over; a long status line is no answer. */
static void test_long_lines(void)
{
    g_autofree char *many = g_strnfill(POP3_LINE_MAX + 1, 'x');
    g_autofree char *list = g_strconcat("+OK\r\n1 a\r\n", many, "\r\n2 b\r\n.\r\n", NULL);
    g_autofree char *status = g_strconcat("+OK ", many, "\r\n", NULL);
    gsize left;
    g_autofree char *lines = read_in_pieces(LINES, list, strlen(list), 1000, &left);
    g_assert_cmpstr(lines, ==, "ok |[1 a][2 b] unread 1");
    g_autofree char *none = read_in_pieces(STATUS, status, strlen(status), 1000, &left);
    g_assert_cmpstr(none, ==, "error");
}

/* What never ends is not read for ever. */
static void test_endless(void)
{
    static const enum pop3_shape shapes[] = {LINES, MESSAGE};
    for (gsize i = 0; i < G_N_ELEMENTS(shapes); i++) {
        struct seen seen = {g_string_new(NULL)};
        struct pop3_reader r;
        gboolean done = FALSE;
        g_autoptr(GError) error = NULL;
        pop3_reader_init(&r);
        pop3_reader_begin(&r, shapes[i], ROOM, on_line, &seen);
        g_assert_cmpuint(r.left, >, ROOM);
        r.left = 8;
        g_assert_cmpint(pop3_reader_feed(&r, "+OK\r\n1", 6, &done, &error), ==, 5);
        g_assert_cmpint(pop3_reader_feed(&r, "123456\r\n", 8, &done, &error), ==, 8);
        g_assert_cmpint(pop3_reader_feed(&r, ".\r\n", 3, &done, &error), ==, -1);
        g_assert_error(error, CRIER_ERROR, CRIER_ERROR_INVALID);
        pop3_reader_clear(&r);
        g_string_free(seen.lines, TRUE);
    }
}

static void test_codes(void)
{
    static const struct {
        const char *text;
        enum pop3_code code;
    } rows[] = {
        {"busy", POP3_CODE_NONE},
        {"", POP3_CODE_NONE},
        {"[IN-USE", POP3_CODE_NONE},
        {"x [IN-USE] y", POP3_CODE_NONE},
        {"[IN-USE] locked", POP3_CODE_IN_USE},
        {"[in-use] locked", POP3_CODE_IN_USE},
        {"[LOGIN-DELAY]", POP3_CODE_LOGIN_DELAY},
        {"[SYS/TEMP] disk", POP3_CODE_SYS_TEMP},
        {"[SYS/PERM] disk", POP3_CODE_SYS_PERM},
        {"[AUTH] wrong", POP3_CODE_AUTH},
        {"[AUTHOR] wrong", POP3_CODE_OTHER},
        {"[]", POP3_CODE_OTHER},
        {"[other] x", POP3_CODE_OTHER},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
        g_assert_cmpstr(pop3_code_name(pop3_code_parse(rows[i].text)), ==,
                        pop3_code_name(rows[i].code));
}

static void test_capabilities(void)
{
    static const char *const lines[] = {
        "TOP",      "uidl",       "SASL PLAIN LOGIN",        "STLS",
        "EXPIRE 7", "RESP-CODES", "AUTH-RESP-CODE",          "",
        "TOPPING",  "USERS",      "IMPLEMENTATION Mail 1.0 "};
    struct pop3_capabilities c = {0};
    for (gsize i = 0; i < G_N_ELEMENTS(lines); i++)
        pop3_capabilities_add(&c, lines[i]);
    pop3_capabilities_add(&c, "SASL PLAIN"); /* the last word counts */
    g_assert_true(c.top && c.uidl && c.stls && c.resp_codes && c.auth_resp_code);
    g_assert_false(c.user || c.pipelining || c.utf8);
    g_assert_cmpstr(c.sasl, ==, "PLAIN");
    g_assert_cmpstr(c.implementation, ==, "Mail 1.0");
    pop3_capabilities_clear(&c);
}

static void test_list_lines(void)
{
    static const struct {
        const char *line;
        gint64 number, bytes; /* 0: no line of a list */
    } rows[] = {
        {"1 120", 1, 120},
        {"2  0", 2, 0},
        {"3 7 more words", 3, 7},
        {"2147483647 9223372036854775807", G_MAXINT32, G_MAXINT64},
        {"2147483648 1", 0, 0},
        {"1 9223372036854775808", 0, 0},
        {"0 120", 0, 0},
        {"-1 120", 0, 0},
        {"1", 0, 0},
        {"1 ", 0, 0},
        {"1 12x", 0, 0},
        {" 1 12", 0, 0},
        {"", 0, 0},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        gint64 number = 0, bytes = 0;
        g_assert_true(pop3_parse_list(rows[i].line, &number, &bytes) == (rows[i].number > 0));
        g_assert_cmpint(number, ==, rows[i].number);
        g_assert_cmpint(bytes, ==, rows[i].bytes);
    }
    gint64 messages = -1, bytes = -1;
    g_assert_true(pop3_parse_stat("0 0", &messages, &bytes));
    g_assert_cmpint(messages, ==, 0);
    g_assert_false(pop3_parse_stat("two messages", &messages, &bytes));
}

static void test_uidl_lines(void)
{
    g_autofree char *uid = g_strnfill(POP3_UID_MAX, 'u');
    g_autofree char *long_line = g_strconcat("7 ", uid, NULL);
    g_autofree char *longer_line = g_strconcat("7 ", uid, "u", NULL);
    const struct {
        const char *line;
        gint64 number; /* 0: no line of a list */
        const char *uid;
    } rows[] = {
        {"1 whqtswO00WBw418f9t5JxYwZ", 1, "whqtswO00WBw418f9t5JxYwZ"},
        {"2 !~", 2, "!~"},
        {long_line, 7, uid},
        {longer_line, 0, NULL},
        {"1 ", 0, NULL},
        {"1", 0, NULL},
        {"0 a", 0, NULL},
        {"a b", 0, NULL},
        {"1 a b", 0, NULL},
        {"1 a\x1b[2J", 0, NULL},
        {"1 a\xc3\xa4", 0, NULL},
        {"99999999999999999999 a", 0, NULL},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        gint64 number = 0;
        const char *found = NULL;
        g_assert_true(pop3_parse_uidl(rows[i].line, &number, &found) == (rows[i].number > 0));
        g_assert_cmpint(number, ==, rows[i].number);
        g_assert_cmpstr(found, ==, rows[i].uid);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(answers); i++) {
        g_autofree char *path = g_strconcat("/pop3_wire/answer/", answers[i].name, NULL);
        g_test_add_data_func(path, &answers[i], test_answer);
    }
    g_test_add_func("/pop3_wire/nul", test_nul);
    g_test_add_func("/pop3_wire/long-lines", test_long_lines);
    g_test_add_func("/pop3_wire/endless", test_endless);
    g_test_add_func("/pop3_wire/codes", test_codes);
    g_test_add_func("/pop3_wire/capabilities", test_capabilities);
    g_test_add_func("/pop3_wire/list-lines", test_list_lines);
    g_test_add_func("/pop3_wire/uidl-lines", test_uidl_lines);
    return g_test_run();
}
