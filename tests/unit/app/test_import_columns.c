#include "config.h"

#include <glib.h>
#include <string.h>

#include "app/import.h"
#include "app/import_columns.h"
#include "base/error.h"

static void test_field_names(void)
{
    static const struct {
        const char *column, *name;
    } cases[] = {
        {"first_name", "first_name"},
        {"FirstName", "FirstName"},
        {" First Name ", "first_name"},
        {"Ort (PLZ)", "ort_plz"},
        {"Größe", "Größe"},
        {"", "column_4"},
        {"  ", "column_4"},
        {"!!!", "column_4"},
        {"address", "address_field"},
        {"unsubscribe_url", "unsubscribe_url_field"},
        {"a{{b}}", "a_b"},
        {"=cmd", "cmd"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *name = import_field_name(cases[i].column, 3);
        g_assert_cmpstr(name, ==, cases[i].name);
    }
}

static void test_finds_the_address(void)
{
    static const struct {
        const char *columns, *maps;
        int address;
        const char *fields; /* joined with ',', '-' for none */
    } cases[] = {
        {"name;email", NULL, 1, "name,-"},
        {"E-Mail;name", NULL, 0, "-,name"},
        {"ADDRESS ;name", NULL, 0, "-,name"},
        {"address;email", NULL, 1, "address_field,-"},
        {"Kontakt;email;x", "Kontakt=address x=", 0, "-,email,-"},
        {"email;First Name", "first name=fn", 0, "-,fn"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        struct import_columns c;
        g_autoptr(GError) error = NULL;
        g_auto(GStrv) columns = g_strsplit(cases[i].columns, ";", 0);
        g_auto(GStrv) maps = cases[i].maps && strstr(cases[i].maps, "first name")
                                 ? g_strsplit(cases[i].maps, ";", 0)
                                 : g_strsplit(cases[i].maps ? cases[i].maps : "", " ", 0);
        import_columns_resolve("p.csv", (const char *const *)columns, (const char *const *)maps,
                               NULL, &c, &error);
        g_assert_no_error(error);
        g_assert_cmpint(c.address, ==, cases[i].address);
        g_autoptr(GString) fields = g_string_new(NULL);
        for (guint k = 0; k < c.n; k++)
            g_string_append_printf(fields, "%s%s", k ? "," : "",
                                   c.fields[k] ? c.fields[k] : "-");
        g_assert_cmpstr(fields->str, ==, cases[i].fields);
        import_columns_clear(&c);
    }
}

static void test_refusals(void)
{
    static const struct {
        const char *columns, *map, *message;
    } cases[] = {
        {"name;town", NULL, "the columns are name, town. Name the right one with --map"},
        {"email;town", "twn=x", "no column 'twn': the columns are email, town"},
        {"email;town", "town", "must be COLUMN=FIELD"},
        {"email;town", "=x", "must be COLUMN=FIELD"},
        {"email;town", "town=a b", "--map town=a b"},
        {"email;a b;a_b", NULL, "'a b' and 'a_b' would both become the field a_b"},
        {"name", "name=", "no column 'email' or 'address'"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        struct import_columns c;
        g_autoptr(GError) error = NULL;
        g_auto(GStrv) columns = g_strsplit(cases[i].columns, ";", 0);
        const char *maps[] = {cases[i].map, NULL};
        g_assert_false(import_columns_resolve("p.csv", (const char *const *)columns, maps, NULL,
                                              &c, &error));
        if (!strstr(error->message, cases[i].message))
            g_error("'%s' lacks '%s'", error->message, cases[i].message);
    }
}

static void test_too_many_fields(void)
{
    g_autoptr(GPtrArray) columns = g_ptr_array_new_with_free_func(g_free);
    g_ptr_array_add(columns, g_strdup("email"));
    for (int i = 0; i < 201; i++)
        g_ptr_array_add(columns, g_strdup_printf("c%d", i));
    g_ptr_array_add(columns, NULL);
    struct import_columns c;
    g_autoptr(GError) error = NULL;
    g_assert_false(import_columns_resolve("p.csv", (const char *const *)columns->pdata, NULL,
                                          NULL, &c, &error));
    g_assert_nonnull(strstr(error->message, "201 columns"));
    const char *maps[] = {"c7=", NULL};
    g_clear_error(&error);
    import_columns_resolve("p.csv", (const char *const *)columns->pdata, maps, NULL, &c,
                           &error);
    g_assert_no_error(error);
    import_columns_clear(&c);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/import/field-names", test_field_names);
    g_test_add_func("/import/finds-the-address", test_finds_the_address);
    g_test_add_func("/import/refusals-name-the-columns", test_refusals);
    g_test_add_func("/import/too-many-fields", test_too_many_fields);
    return g_test_run();
}
