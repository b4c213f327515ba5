/* Field tables: each type's values and refusals, secrets, copies, required fields. */
#include "config.h"

#include "base/field.h"

#include <string.h>

#include "base/error.h"

struct record {
    char *line, *text, *slug, **slugs, *mailbox, *host, *file, *command, *secret, *code;
    gint64 count, free_count, span;
    gboolean flag;
    int choice;
};

static const char *const colours[] = {"red", "green", "blue", NULL};

static const struct field table[] = {
    {"line", FIELD_LINE, offsetof(struct record, line), "hello", 0, 20, NULL, 0, "a line"},
    {"text", FIELD_TEXT, offsetof(struct record, text), NULL, 0, 40, NULL, 0, "a text"},
    {"slug", FIELD_SLUG, offsetof(struct record, slug), NULL, 0, 0, NULL, FIELD_REQUIRED,
     "a name"},
    {"slugs", FIELD_SLUGS, offsetof(struct record, slugs), NULL, 0, 0, NULL, FIELD_REQUIRED,
     "names"},
    {"mailbox", FIELD_MAILBOX, offsetof(struct record, mailbox), NULL, 0, 0, NULL, 0, "sender"},
    {"host_name", FIELD_HOSTPORT, offsetof(struct record, host), NULL, 0, 0, NULL, 0, "host"},
    {"file", FIELD_FILE, offsetof(struct record, file), NULL, 0, 0, NULL, 0, "a file"},
    {"command", FIELD_COMMAND, offsetof(struct record, command), NULL, 0, 0, NULL, 0,
     "command"},
    {"secret", FIELD_LINE, offsetof(struct record, secret), NULL, 0, 0, NULL, FIELD_SECRET,
     "key"},
    {"code", FIELD_LINE, offsetof(struct record, code), NULL, 3, 5, NULL, 0, "three to five"},
    {"count", FIELD_INT, offsetof(struct record, count), "4", 1, 500, NULL, 0, "a number"},
    {"free_count", FIELD_INT, offsetof(struct record, free_count), NULL, 0, 0, NULL, 0, "any"},
    {"span", FIELD_SPAN, offsetof(struct record, span), "2d", 60, 864000, NULL, 0, "a span"},
    {"flag", FIELD_BOOL, offsetof(struct record, flag), "yes", 0, 0, NULL, 0, "yes or no"},
    {"choice", FIELD_CHOICE, offsetof(struct record, choice), "green", 0, 0, colours, 0,
     "colour"},
    {NULL},
};

static void test_defaults(void)
{
    struct record r = {0};
    field_init_all(table, &r);
    g_assert_cmpstr(r.line, ==, "hello");
    g_assert_cmpstr(r.text, ==, "");
    g_assert_cmpuint(g_strv_length(r.slugs), ==, 0);
    g_assert_cmpint(r.count, ==, 4);
    g_assert_cmpint(r.free_count, ==, 0);
    g_assert_cmpint(r.span, ==, 2 * 86400);
    g_assert_true(r.flag);
    g_assert_cmpint(r.choice, ==, 1);
    field_clear_all(table, &r);
    g_assert_null(r.line);
    g_assert_null(r.slugs);
    g_assert_cmpint(r.count, ==, 0);
    g_assert_cmpint(r.choice, ==, 0);
}

/* What is given, and what field_get() then says. Nothing stands for refused: the second table.
 */
static void test_accepted(void)
{
    static const struct {
        const char *key, *in, *out;
    } rows[] = {
        {"line", "  Grüße  ", "Grüße"},
        {"line", "12345678901234567890", "12345678901234567890"},
        {"line", "", "hello"},
        {"line", NULL, "hello"},
        {"text", " a\n\tb\n", " a\n\tb\n"},
        {"slug", " spring-2027 ", "spring-2027"},
        {"slugs", "a, b c,,a\n d", "a, b, c, d"},
        {"slugs", " , ", ""},
        {"mailbox", " News <news@example.org> ", "News <news@example.org>"},
        {"mailbox", "news@example.org", "news@example.org"},
        {"host_name", " smtp.Domain.com : 2025 ", "smtp.domain.com:2025"},
        {"host-name", "host:submission", "host:587"},
        {"host_name", "2001:DB8::1", "2001:db8::1"},
        {"host_name", "[2001:DB8::1]", "[2001:db8::1]"},
        {"file", "body.html", "body.html"},
        {"command", "pass show 'my mail'", "pass show 'my mail'"},
        {"code", "abc", "abc"},
        {"code", "", ""},
        {"count", "1", "1"},
        {"count", " 500 ", "500"},
        {"count", "", "4"},
        {"free_count", "-9223372036854775808", "-9223372036854775808"},
        {"span", "90", "90s"},
        {"span", "120", "2m"},
        {"span", "48h", "2d"},
        {"flag", "OFF", "no"},
        {"flag", "true", "yes"},
        {"flag", "0", "no"},
        {"choice", "Blue", "blue"},
    };
    struct record r = {0};
    field_init_all(table, &r);
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(GError) error = NULL;
        const struct field *f = field_find(table, rows[i].key);
        field_set(f, &r, rows[i].in, &error);
        g_assert_no_error(error);
        g_autofree char *got = field_get(f, &r);
        g_assert_cmpstr(got, ==, rows[i].out);
        g_assert_true(field_set(f, &r, got, NULL));
        g_autofree char *again = field_get(f, &r);
        g_assert_cmpstr(again, ==, rows[i].out);
    }
    field_clear_all(table, &r);
}

static void test_refused(void)
{
    static const struct {
        const char *key, *in, *message;
    } rows[] = {
        {"line", "123456789012345678901",
         "line: the value is too long: 21 bytes, at most 20 are allowed"},
        {"line", "a\nb", "line: the value has a line break at byte 2: it must be one line"},
        {"line", "a\x1b",
         "line: the value has a control character (U+001B) at byte 2. Remove it"},
        {"line", "\xff",
         "line: the value is not valid UTF-8 at byte 1 (0xff). Save it as UTF-8"},
        {"text", "\xff",
         "text: the value is not valid UTF-8 at byte 1 (0xff). Save it as UTF-8"},
        {"slug", "Spring",
         "slug: 'Spring': a name is 1 to 64 of a-z, 0-9, '-', '_' and '.', beginning with a "
         "letter or digit"},
        {"slugs", "a, B",
         "slugs: 'B': a name is 1 to 64 of a-z, 0-9, '-', '_' and '.', beginning with a letter "
         "or digit"},
        {"mailbox", "news", "mailbox: 'news' is not a mail address: it has no @"},
        {"host_name", "host:0",
         "host_name: 'host:0' is not a host and port: port 0 does not exist; a port is 1 to "
         "65535"},
        {"code", "ab", "code: the value is too short: 2 bytes, at least 3 are needed"},
        {"count", "0", "count: 0 is not in 1–500"},
        {"count", "501", "count: 501 is not in 1–500"},
        {"count", "99999999999999999999",
         "count: '99999999999999999999': the number is too large"},
        {"count", "4x", "count: '4x': not a whole number"},
        {"count", "4.0", "count: '4.0': not a whole number"},
        {"count", "0x4", "count: '0x4': not a whole number"},
        {"span", "59", "span: 59 is not between 1 min and 10 d 0 h"},
        {"span", "soon",
         "span: 'soon' is not a span of time: write a number and s, m, h or d, like 15m"},
        {"flag", "maybe", "flag: 'maybe': write yes or no"},
        {"choice", "pink", "choice: 'pink' is none of: red, green, blue"},
    };
    struct record r = {0}, before = {0};
    field_init_all(table, &r);
    field_copy_all(table, &before, &r);
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(GError) error = NULL;
        const struct field *f = field_find(table, rows[i].key);
        g_assert_false(field_set(f, &r, rows[i].in, &error));
        g_assert_error(error, CRIER_ERROR, CRIER_ERROR_INVALID);
        g_assert_cmpstr(error->message, ==, rows[i].message);
        g_assert_true(field_equal(f, &r, &before));
    }
    g_autoptr(GError) open_quote = NULL;
    g_assert_false(field_set_key(table, &r, "command", "pass 'x", &open_quote));
    g_assert_error(open_quote, CRIER_ERROR, CRIER_ERROR_INVALID);
    g_assert_true(g_str_has_prefix(open_quote->message, "command: "));
    field_clear_all(table, &r);
    field_clear_all(table, &before);
}

static void test_unknown_key(void)
{
    struct record r = {0};
    field_init_all(table, &r);
    g_autoptr(GError) near = NULL, far = NULL;
    g_assert_false(field_set_key(table, &r, "hostname", "x", &near));
    g_assert_error(near, CRIER_ERROR, CRIER_ERROR_INVALID);
    g_assert_cmpstr(near->message, ==,
                    "there is no field 'hostname'; did you mean 'host_name'?");
    g_assert_false(field_set_key(table, &r, "\x1bzzzzzzzz", "x", &far));
    g_assert_cmpstr(far->message, ==, "there is no field '\\x1bzzzzzzzz'");
    g_assert_cmpstr(field_nearest(table, "free-cuont"), ==, "free_count");
    field_clear_all(table, &r);
}

static void test_secrets_are_masked(void)
{
    struct record r = {0};
    field_init_all(table, &r);
    const struct field *f = field_find(table, "secret");
    g_autofree char *empty = field_show(f, &r);
    g_assert_cmpstr(empty, ==, "");
    g_assert_true(field_set(f, &r, "hunter2", NULL));
    g_autofree char *shown = field_show(f, &r);
    g_autofree char *got = field_get(f, &r);
    g_assert_cmpstr(shown, ==, "(set)");
    g_assert_cmpstr(got, ==, "hunter2");
    field_clear_all(table, &r);
}

static void test_show_is_safe(void)
{
    struct record r = {.line = g_strdup("a\u202eb"), .text = g_strdup("a\n\x1b[2J")};
    g_autofree char *line = field_show(field_find(table, "line"), &r);
    g_autofree char *text = field_show(field_find(table, "text"), &r);
    g_assert_cmpstr(line, ==, "a<U+202E>b");
    g_assert_cmpstr(text, ==, "a\n\\x1b[2J");
    field_clear_all(table, &r);
}

static void test_copy_and_equal(void)
{
    struct record a = {0}, b = {0};
    field_init_all(table, &a);
    field_init_all(table, &b);
    g_assert_true(field_set_key(table, &a, "slugs", "x, y", NULL));
    g_assert_true(field_set_key(table, &a, "count", "7", NULL));
    g_assert_false(field_equal(field_find(table, "slugs"), &a, &b));
    g_assert_false(field_equal(field_find(table, "count"), &a, &b));
    field_copy_all(table, &b, &a);
    for (const struct field *f = table; f->key; f++)
        g_assert_true(field_equal(f, &a, &b));
    g_assert_true(a.slugs != b.slugs);
    field_copy_all(table, &a, &a);
    g_assert_cmpstr(a.slugs[1], ==, "y");
    field_clear_all(table, &a);
    g_assert_cmpstr(b.slugs[1], ==, "y");
    field_clear_all(table, &b);
    g_assert_true(field_equal(field_find(table, "slugs"), &a, &b));
}

static void test_required(void)
{
    struct record r = {0};
    g_autoptr(GError) slug = NULL, slugs = NULL, none = NULL;
    g_assert_false(field_check_required(table, &r, &slug));
    g_assert_error(slug, CRIER_ERROR, CRIER_ERROR_INVALID);
    g_assert_cmpstr(slug->message, ==, "slug is not set (a name). Set it first");
    g_assert_true(field_set_key(table, &r, "slug", "x", NULL));
    g_assert_false(field_check_required(table, &r, &slugs));
    g_assert_cmpstr(slugs->message, ==, "slugs is not set (names). Set it first");
    g_assert_true(field_set_key(table, &r, "slugs", "x", NULL));
    g_assert_true(field_check_required(table, &r, &none));
    g_assert_no_error(none);
    field_clear_all(table, &r);
}

static void test_typed_access(void)
{
    struct record r = {.count = 7, .flag = TRUE, .choice = 2, .span = 60};
    g_assert_cmpint(field_get_int(field_find(table, "count"), &r), ==, 7);
    g_assert_cmpint(field_get_int(field_find(table, "span"), &r), ==, 60);
    g_assert_cmpint(field_get_int(field_find(table, "flag"), &r), ==, 1);
    g_assert_cmpint(field_get_int(field_find(table, "choice"), &r), ==, 2);
    g_assert_true(field_text_ref(field_find(table, "text"), &r) == &r.text);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/field/init/defaults", test_defaults);
    g_test_add_func("/field/set/accepted", test_accepted);
    g_test_add_func("/field/set/refused-and-untouched", test_refused);
    g_test_add_func("/field/set/unknown-key", test_unknown_key);
    g_test_add_func("/field/show/masks-secrets", test_secrets_are_masked);
    g_test_add_func("/field/show/is-safe", test_show_is_safe);
    g_test_add_func("/field/copy/is-equal-and-separate", test_copy_and_equal);
    g_test_add_func("/field/required/names-the-first", test_required);
    g_test_add_func("/field/access/typed", test_typed_access);
    return g_test_run();
}
