/* Names of custom fields, and that a cleared person is empty. */
#include "config.h"

#include "model/person.h"

#include <string.h>

#include "base/error.h"

static void test_good_names(void)
{
    static const char *const names[] = {
        "first_name", "a",    "Z9",  "zip-code",       "_x",
        "Straße",     "名前", "नाम", "e\u0301t\u00e9", "addresses"};
    for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autoptr(GError) error = NULL;
        person_field_name_check(names[i], &error);
        g_assert_no_error(error);
    }
}

static void test_bad_names(void)
{
    static const struct {
        const char *name, *reason;
    } rows[] = {
        {NULL, "empty"},
        {"", "empty"},
        {"first name", "only letters"},
        {"a.b", "only letters"},
        {"a{{b}}", "only letters"},
        {"a\n", "only letters"},
        {"\u0301a", "only letters"},
        {"a\u200b", "only letters"},
        {"a\u2028", "only letters"},
        {"😀", "only letters"},
        {"a\xff", "not valid UTF-8"},
        {"address", "meaning of its own"},
        {"Address", "meaning of its own"},
        {"unsubscribe_url", "meaning of its own"},
        {"view_url", "meaning of its own"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(GError) error = NULL;
        g_assert_false(person_field_name_check(rows[i].name, &error));
        g_assert_error(error, CRIER_ERROR, CRIER_ERROR_INVALID);
        if (!strstr(error->message, rows[i].reason))
            g_error("'%s' is not in: %s", rows[i].reason, error->message);
    }
}

static void test_name_length_is_in_characters(void)
{
    static const char *const letters[] = {"a", "ü", "名", "𐐀"};
    for (gsize i = 0; i < G_N_ELEMENTS(letters); i++) {
        GString *name = g_string_new(NULL);
        for (int n = 0; n < 64; n++)
            g_string_append(name, letters[i]);
        g_assert_true(person_field_name_check(name->str, NULL));
        g_string_append(name, letters[i]);
        g_autoptr(GError) error = NULL;
        g_assert_false(person_field_name_check(name->str, &error));
        g_assert_nonnull(strstr(error->message, "longer than 64"));
        g_string_free(name, TRUE);
    }
}

static void test_clear(void)
{
    struct person p = {.id = 3,
                       .address = g_strdup("a@example.org"),
                       .address_key = g_strdup("a@example.org"),
                       .domain = g_strdup("example.org"),
                       .fields_json = g_strdup("{}")};
    person_clear(&p);
    static const struct person empty;
    g_assert_cmpmem(&p, sizeof p, &empty, sizeof empty);
    person_clear(&p);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/person/field-name/good", test_good_names);
    g_test_add_func("/person/field-name/bad", test_bad_names);
    g_test_add_func("/person/field-name/length-in-characters",
                    test_name_length_is_in_characters);
    g_test_add_func("/person/clear/twice", test_clear);
    return g_test_run();
}
