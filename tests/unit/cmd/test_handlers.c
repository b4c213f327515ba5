#include "config.h"

#include <glib.h>
#include <string.h>

#include "app/verbs.h"
#include "cmd/cmd.h"

static char *words_of(const char *noun, const char *verb)
{
    return verb ? g_strdup_printf("%s %s", noun, verb) : g_strdup(noun);
}

static void test_every_verb_has_a_handler(void)
{
    for (const struct verb *v = verbs_all(); v->noun; v++) {
        g_autofree char *words = words_of(v->noun, v->verb);
        gboolean expected = !(v->flags & VERB_ELSEWHERE);
        if (expected != (cmd_handler_find(v->noun, v->verb) != NULL))
            g_error("crier %s: %s", words,
                    expected ? "no handler" : "a handler that is never reached");
    }
}

static void test_every_handler_has_a_verb(void)
{
    for (const struct cmd_handler *h = cmd_handlers(); h->noun; h++) {
        if (!verbs_find(h->noun, h->verb))
            g_error("handler %s %s has no verb", h->noun, h->verb ? h->verb : "");
        g_assert_nonnull(h->run);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/handlers/every-verb-has-a-handler", test_every_verb_has_a_handler);
    g_test_add_func("/handlers/every-handler-has-a-verb", test_every_handler_has_a_verb);
    return g_test_run();
}
