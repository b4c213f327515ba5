#include "config.h"

#include <glib.h>
#include <string.h>

#include "app/verbs.h"

static void test_rows_are_whole(void)
{
    for (const struct verb *v = verbs_all(); v->noun; v++) {
        g_autofree char *words = v->verb ? g_strdup_printf("crier %s %s", v->noun, v->verb)
                                         : g_strdup_printf("crier %s", v->noun);
        g_test_message("%s", words);
        g_assert_true(verbs_is_noun(v->noun));
        g_assert_nonnull(v->usage);
        g_assert_true(v->help && *v->help);
        g_assert_false(g_str_has_suffix(v->help, "."));
        /* The example is of this verb. */
        g_assert_true(g_str_has_prefix(v->example, words));
        g_assert_true(v->max == VERB_ANY_NUMBER || v->min <= v->max);
        g_assert_true(!(v->flags & VERB_DATABASE) || (v->flags & VERB_WORKSPACE));
        g_assert_true(verbs_find(v->noun, v->verb) == v);
    }
}

static void test_every_noun_has_a_verb(void)
{
    for (const struct verb_noun *n = verbs_nouns(); n->noun; n++) {
        gboolean found = FALSE;
        for (const struct verb *v = verbs_all(); v->noun; v++)
            found = found || strcmp(v->noun, n->noun) == 0;
        g_assert_true(found);
        g_assert_true(n->help && *n->help);
    }
}

/* A name that is an option and a field, or two options, could not be told apart. */
static void test_options_are_unique(void)
{
    for (const struct verb *v = verbs_all(); v->noun; v++) {
        for (const struct verb_option *o = v->options; o && o->name; o++) {
            g_test_message("%s %s --%s", v->noun, v->verb ? v->verb : "", o->name);
            g_assert_true(!o->help || !o->refusal);
            g_assert_true(verbs_option(v, o->name) == o);
            g_assert_null(verbs_field(v, o->name));
            if (o->letter)
                g_assert_true(verbs_option_letter(v, o->letter) == o);
            for (const struct verb_option *p = verbs_common_options(); p->name; p++)
                /* Whose values a letter has, where nobody is put down in the audit. */
                g_assert_true(strcmp(o->name, p->name) != 0 ||
                              (strcmp(o->name, "as") == 0 && !(v->flags & VERB_CHANGES)));
        }
    }
}

static void test_nearest(void)
{
    g_autofree char *noun = verbs_nearest_noun("campagin");
    g_autofree char *verb = verbs_nearest_verb("campaign", "deliveris");
    const struct verb *set = verbs_find("server", "set");
    g_autofree char *option = verbs_nearest_option(set, "conections");
    g_autofree char *refused = verbs_nearest_option(set, "passwort");
    g_assert_cmpstr(noun, ==, "campaign");
    g_assert_cmpstr(verb, ==, "deliveries");
    g_assert_cmpstr(option, ==, "connections");
    g_assert_cmpstr(refused, !=, "password");
    g_assert_null(verbs_nearest_noun("qqqqqqqq"));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/verbs/rows-are-whole", test_rows_are_whole);
    g_test_add_func("/verbs/every-noun-has-a-verb", test_every_noun_has_a_verb);
    g_test_add_func("/verbs/options-are-unique", test_options_are_unique);
    g_test_add_func("/verbs/nearest", test_nearest);
    return g_test_run();
}
