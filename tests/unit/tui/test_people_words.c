/*
 * Names, reasons and short names of people and lists.
 */
#include "config.h"

#include <glib.h>
#include <string.h>

#include "base/json.h"
#include "base/text.h"
#include "tui/people_words.h"

static void names(void)
{
    static const struct {
        const char *json, *name, *rest;
    } cases[] = {
        {"{}", NULL, ""},
        {"{\"name\":\"Ada L.\",\"city\":\"Bern\"}", "Ada L.", "city Bern"},
        {"{\"first_name\":\"Ada\",\"last_name\":\"L.\"}", "Ada L.", ""},
        {"{\"first_name\":\"Ada\",\"name\":\"\"}", "Ada", ""},
        {"{\"lastname\":\"L.\",\"a\":\"1\",\"b\":\"\",\"c\":\"3\"}", "L.", "a 1, c 3"},
        {"{\"first_name\":7}", NULL, ""},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        struct json *fields = json_parse(cases[i].json, strlen(cases[i].json), NULL);
        g_autofree char *name = people_name(fields);
        g_autofree char *rest = people_rest(fields);
        json_unref(fields);
        g_assert_cmpstr(name, ==, cases[i].name);
        g_assert_cmpstr(rest, ==, cases[i].rest);
    }
    g_assert_null(people_name(NULL));
}

static void slugs(void)
{
    static const struct {
        const char *title, *slug;
    } cases[] = {
        {"Our members!", "our-members"},
        {"  Friends & helpers  ", "friends-helpers"},
        {"2027", "2027"},
        {"---", "list"},
        {"", "list"},
        {"お知らせ", "list"},
        {"a very long title that goes on and on and on and on and on",
         "a-very-long-title-that-goes-on-and-on-an"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *slug = people_slug(cases[i].title);
        g_assert_cmpstr(slug, ==, cases[i].slug);
        g_assert_true(text_is_slug(slug));
    }
}

static void sources(void)
{
    g_assert_cmpstr(people_file("import people.csv"), ==, "people.csv");
    g_assert_cmpstr(people_file("sync people.csv"), ==, "sync people.csv");
    /* A reason of a later version is shown as it is. */
    g_assert_cmpstr(people_reason("manual"), ==, "by hand");
    g_assert_cmpstr(people_reason("new one"), ==, "new one");
    g_assert_cmpstr(people_never_short("bounced"), ==, "bounced");
    g_assert_cmpstr(people_never_short("new one"), ==, "never mail");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/people_words/names", names);
    g_test_add_func("/people_words/slugs", slugs);
    g_test_add_func("/people_words/sources-and-reasons", sources);
    return g_test_run();
}
