/*
 * Tags of other systems: each kind by a row, what is unknown by its line.
 */
#include "config.h"

#include "transfer/tags.h"

#include <string.h>

#include "base/error.h"

struct row {
    const char *text, *want;
    const char *unknown; /* "LINE:TAG" one behind the other, NULL: none */
};

static void check(enum tags_system system, gboolean is_html, const struct row *r)
{
    g_autoptr(GPtrArray) unknown = tags_unknown_new();
    g_autofree char *got = tags_translate(system, r->text, is_html, unknown);
    if (strcmp(got, r->want) != 0)
        g_error("%s: expected %s, got %s", r->text, r->want, got);
    g_autoptr(GString) said = g_string_new(NULL);
    for (guint i = 0; i < unknown->len; i++) {
        const struct tags_unknown *u = g_ptr_array_index(unknown, i);
        g_string_append_printf(said, "%s%d:%s", i > 0 ? " " : "", u->line, u->tag);
    }
    if (strcmp(said->str, r->unknown ? r->unknown : "") != 0)
        g_error("%s: expected unknown %s, got %s", r->text, r->unknown, said->str);
}

static void mailchimp(void)
{
    static const struct row rows[] = {
        {"Hi *|FNAME|* *|LNAME|*", "Hi {{first_name}} {{last_name}}", NULL},
        {"*|SHOE_SIZE|* at *|EMAIL|*", "{{shoe_size}} at {{address}}", NULL},
        {"<a href=\"*|UNSUB|*\">", "<a href=\"{{unsubscribe_url}}\">", NULL},
        {"*|IF:CITY|*a*|ELSE:|*b*|END:IF|*", "{{#city}}a{{/city}}{{^city}}b{{/city}}", NULL},
        {"*|IFNOT:FNAME|*a*|ELSE:|*b*|END:IF|*",
         "{{^first_name}}a{{/first_name}}{{#first_name}}b{{/first_name}}", NULL},
        {"*|IF:A|**|IF:B|*x*|END:IF|**|END:IF|*", "{{#a}}{{#b}}x{{/b}}{{/a}}", NULL},
        {"\n*|IF:N > 0|*a*|ELSE:|*b*|END:IF|*", "\n*|IF:N > 0|*a*|ELSE:|*b*|END:IF|*",
         "2:*|IF:N > 0|*"},
        {"*|END:IF|*", "*|END:IF|*", "1:*|END:IF|*"},
        {"\n\n*|IF:A|*", "\n\n{{#a}}", "3:a"},
        {"*|MMERGE3|*\n*|LIST:ADDRESS|*", "*|MMERGE3|*\n*|LIST:ADDRESS|*",
         "1:*|MMERGE3|* 2:*|LIST:ADDRESS|*"},
        {"a\n{{b}}", "a\n{{b}}", "2:{{"},
        {"no *|end", "no *|end", NULL},
        {"*||* * | *", "*||* * | *", NULL},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
        check(TAGS_MAILCHIMP, TRUE, &rows[i]);
}

static void phplist(void)
{
    static const struct row rows[] = {
        {"Hi [FIRSTNAME]", "Hi {{first_name}}", NULL},
        {"Hi [FIRST NAME%%Friend]", "Hi {{first_name|Friend}}", NULL},
        {"[SHOE SIZE] [1] [see below] []", "{{shoe_size}} [1] [see below] []", NULL},
        {"[[EMAIL]]", "[{{address}}]", NULL},
        {"[UNSUBSCRIBEURL][USERTRACK]", "{{unsubscribe_url}}", NULL},
        {"a\n[CONTENT]\n[PREFERENCESURL]", "a\n[CONTENT]\n[PREFERENCESURL]",
         "2:[CONTENT] 3:[PREFERENCESURL]"},
        {"[NAME%%a}}b]", "[NAME%%a}}b]", "1:[NAME%%a}}b]"},
    };
    static const struct row link = {"[UNSUBSCRIBE]",
                                    "<a href=\"{{unsubscribe_url}}\">Unsubscribe</a>", NULL};
    static const struct row text = {"[UNSUBSCRIBE]", "{{unsubscribe_url}}", NULL};
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
        check(TAGS_PHPLIST, FALSE, &rows[i]);
    check(TAGS_PHPLIST, TRUE, &link);
    check(TAGS_PHPLIST, FALSE, &text);
}

static void listmonk(void)
{
    static const struct row rows[] = {
        {"{{ .Subscriber.FirstName }} {{.Subscriber.Email}}", "{{first_name}} {{address}}",
         NULL},
        {"{{ .Subscriber.Attribs.City }}{{ .Subscriber.Attribs.home.zip }}",
         "{{city}}{{home_zip}}", NULL},
        {"{{ index .Subscriber.Attribs \"shoe size\" }}", "{{shoe_size}}", NULL},
        {"{{ .Subscriber.Name | default \"you\" }}{{ default \"you\" .Subscriber.Name }}",
         "{{name|you}}{{name|you}}", NULL},
        {"{{ UnsubscribeURL }}{{ UnsubscribeURL . }}{{ MessageURL }}{{ TrackView . }}",
         "{{unsubscribe_url}}{{unsubscribe_url}}{{view_url}}", NULL},
        {"{{ TrackLink \"https://e.org/?a=1\" . }} https://e.org@TrackLink",
         "https://e.org/?a=1 https://e.org", NULL},
        {"{{ if .Subscriber.Attribs.a }}x{{ else }}y{{ end }}", "{{#a}}x{{/a}}{{^a}}y{{/a}}",
         NULL},
        {"{{- if not .Subscriber.Attribs.a -}}x{{- end -}}", "{{^a}}x{{/a}}", NULL},
        {"\n{{ if eq .Subscriber.Attribs.a \"b\" }}x{{ else }}y{{ end }}",
         "\n{{ if eq .Subscriber.Attribs.a \"b\" }}x{{ else }}y{{ end }}",
         "2:{{ if eq .Subscriber.Attribs.a \"b\" }}"},
        {"{{ range .X }}{{ .Subscriber.Email }}{{ end }}", "{{ range .X }}{{address}}{{ end }}",
         "1:{{ range .X }}"},
        {"{{/* a note */}}b", "b", NULL},
        {"{{ .Tx.Data }}\n{{ Date \"2006\" }}", "{{ .Tx.Data }}\n{{ Date \"2006\" }}",
         "1:{{ .Tx.Data }} 2:{{ Date \"2006\" }}"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
        check(TAGS_LISTMONK, TRUE, &rows[i]);
}

/* Deeper than is kept: what is too deep stays as it is, and nothing is mixed up behind it. */
static void deep(void)
{
    g_autoptr(GString) text = g_string_new(NULL);
    g_autoptr(GPtrArray) unknown = tags_unknown_new();
    for (int i = 0; i < 100; i++)
        g_string_append(text, "*|IF:A|*");
    for (int i = 0; i < 100; i++)
        g_string_append(text, "*|END:IF|*");
    g_autofree char *got = tags_translate(TAGS_MAILCHIMP, text->str, TRUE, unknown);
    g_assert_cmpint(unknown->len, ==, 40);
    g_assert_true(g_str_has_prefix(got, "{{#a}}") && g_str_has_suffix(got, "{{/a}}"));
}

static void names(void)
{
    enum tags_system s;
    GError *error = NULL;
    g_assert_true(tags_system_parse("phplist", &s, NULL) && s == TAGS_PHPLIST);
    g_assert_false(tags_system_parse("csv", &s, &error));
    g_assert_error(error, CRIER_ERROR, CRIER_ERROR_USAGE);
    g_clear_error(&error);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/tags/mailchimp", mailchimp);
    g_test_add_func("/tags/phplist", phplist);
    g_test_add_func("/tags/listmonk", listmonk);
    g_test_add_func("/tags/deep", deep);
    g_test_add_func("/tags/names", names);
    return g_test_run();
}
