/* What a line behind ':' means, how it goes on, and what is asked before it runs. */
#include "config.h"

#include "tui/palette_complete.h"
#include "tui/palette_rules.h"

#include <string.h>

#include "base/text.h"
#include "tui/screens.h"

static void run_nothing(struct view *v)
{
    (void)v;
}

static const struct action actions[] = {
    {"pause", 'P', 0, "pause", "pause it", NULL, "campaign pause", NULL, run_nothing},
    {"edit", 'e', 0, "edit", "edit it", NULL, "campaign edit", NULL, run_nothing},
    {.name = NULL},
};

static void context_init(struct palette_context *c)
{
    *c = (struct palette_context){
        .view = "campaigns", .actions = actions, .routes = palette_routes()};
    palette_add_name(c, PALETTE_CAMPAIGN, "spring-2027", "sending");
    palette_add_name(c, PALETTE_CAMPAIGN, "summer", "draft");
    palette_add_name(c, PALETTE_LIST, "newsletter", "list");
    palette_add_name(c, PALETTE_SERVER, "main", "smtp.example.org");
    palette_add_name(c, PALETTE_POOL, "both", "main:3, second:1");
}

/* ---- words ---- */

static void test_split(void)
{
    static const struct {
        const char *line, *words;
        gsize last;
    } rows[] = {
        {"", "", 0},
        {"   ", "", 3},
        {"pa", "pa", 0},
        {"a b", "a|b", 2},
        {"a b ", "a|b", 4},
        {"a  'b c' d", "a|b c|d", 9},
        {"a \"b c\"d", "a|b cd", 2},
        {"a \"b c", "a|b c", 2},
        {"a b\\ c", "a|b c", 2},
        {"'a\\b'", "a\\b", 0},
        {"a ''", "a|", 2},
        {"a\\", "a\\", 0},
    };
    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
        gsize last;
        g_auto(GStrv) words = palette_split(rows[i].line, &last);
        g_autofree char *joined = g_strjoinv("|", words);
        g_test_message("%s", rows[i].line);
        g_assert_cmpstr(joined, ==, rows[i].words);
        g_assert_cmpuint(last, ==, rows[i].last);
    }
}

/* What was quoted is read as it was. */
static void test_quote(void)
{
    static const char *const words[] = {"plain",     "",     "two words", "it's",
                                        "say \"x\"", "a\\b", "tab\there", "Übung"};
    for (guint i = 0; i < G_N_ELEMENTS(words); i++) {
        gsize last;
        g_autofree char *quoted = palette_quote(words[i]);
        g_auto(GStrv) back = palette_split(quoted, &last);
        if (*words[i])
            g_assert_cmpstr(back[0], ==, words[i]);
        g_assert_cmpuint(g_strv_length(back), ==, 1);
    }
    g_autofree char *plain = palette_quote("plain");
    g_assert_cmpstr(plain, ==, "plain");
}

/* ---- meaning ---- */

static void test_understand(void)
{
    static const struct {
        const char *line;
        enum palette_meaning meaning;
        const char *words; /* in full */
    } rows[] = {
        {"", PALETTE_NOTHING, ""},
        {"home", PALETTE_SCREEN, "home"},
        {"1", PALETTE_SCREEN, "1"},
        {"pause", PALETTE_ACTION, "pause"},
        {"edit", PALETTE_ACTION, "edit"},
        {"q", PALETTE_ROUTE, "q"},
        {"about", PALETTE_ROUTE, "about"},
        {"settings", PALETTE_ROUTE, "settings"},
        {"settings list", PALETTE_VERB, "settings|list"},
        {"settings lsit", PALETTE_NOTHING, "settings|lsit"},
        {"demo --people 5", PALETTE_ROUTE, "demo|--people|5"},
        {"worker", PALETTE_ROUTE, "worker"},
        {"worker stop", PALETTE_VERB, "worker|stop"},
        {"pause --all", PALETTE_ROUTE, "pause|--all"},
        {"pause spring-2027", PALETTE_ROUTE, "campaign|pause|spring-2027"},
        {"campaign cancel summer", PALETTE_ROUTE, "campaign|cancel|summer"},
        {"campaign report summer", PALETTE_ROUTE, "campaign|report|summer"},
        {"campaign report summer --part replies", PALETTE_VERB,
         "campaign|report|summer|--part|replies"},
        {"campaign show summer", PALETTE_VERB, "campaign|show|summer"},
        {"start summer", PALETTE_ROUTE, "campaign|start|summer"},
        {"preview summer", PALETTE_ROUTE, "campaign|preview|summer"},
        {"campaign start summer --yes 5", PALETTE_VERB, "campaign|start|summer|--yes|5"},
        {"campaign preview --as x", PALETTE_VERB, "campaign|preview|--as|x"},
        {"report summer", PALETTE_ROUTE, "campaign|report|summer"},
        {"presets", PALETTE_VERB, "server|presets"},
        {"status", PALETTE_VERB, "status"},
        {"status summer", PALETTE_VERB, "status|summer"},
        {"people", PALETTE_NOTHING, "people"},
        {"people list --list 'news letter'", PALETTE_VERB, "people|list|--list|news letter"},
        {"frobnicate", PALETTE_NOTHING, "frobnicate"},
    };
    struct palette_context c;
    context_init(&c);
    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct palette_command cmd;
        if (strcmp(rows[i].line, "people") == 0 && screens_find(3)->view)
            continue; /* then it is a screen */
        palette_understand(&c, rows[i].line, &cmd);
        g_autofree char *joined = g_strjoinv("|", cmd.words);
        g_test_message("%s", rows[i].line);
        g_assert_cmpint(cmd.meaning, ==, rows[i].meaning);
        g_assert_cmpstr(joined, ==, rows[i].words);
        palette_command_clear(&cmd);
    }
    palette_context_clear(&c);
}

static void test_why_nothing(void)
{
    static const struct {
        const char *line, *says;
    } rows[] = {
        {"abuot", "about"},
        {"campagin list", "campaign"},
        {"campaign strat x", "campaign start"},
        {"campaign", "Tab"},
        {"xyzzyplugh", "Tab"},
    };
    struct palette_context c;
    context_init(&c);
    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *why = palette_why_nothing(&c, rows[i].line);
        g_test_message("%s", why);
        g_assert_nonnull(strstr(why, rows[i].says));
    }
    palette_context_clear(&c);
}

/* ---- going on ---- */

static const struct palette_offer *find(const GPtrArray *offers, const char *line)
{
    for (guint i = 0; i < offers->len; i++) {
        const struct palette_offer *o = offers->pdata[i];
        if (strcmp(o->line, line) == 0)
            return o;
    }
    return NULL;
}

static void test_complete(void)
{
    static const struct {
        const char *line, *offers, *not ; /* one that is there, one that is not */
        gboolean is_whole;
        const char *key;
    } rows[] = {
        {"", "campaign ", "campaign pause", FALSE, NULL},
        {"", "home", NULL, TRUE, "1"},
        {"ho", "home", "campaign ", TRUE, "1"},
        {"pau", "pause", "home", TRUE, "P"},
        {"pau", "campaign pause", NULL, FALSE, "P"},
        {"ab", "about", "home", TRUE, NULL},
        {"camp", "campaign ", "server ", FALSE, NULL},
        {"campaign", "campaign list", NULL, TRUE, NULL},
        {"campaign ", "campaign start", "server add", FALSE, NULL},
        {"campaign re", "campaign report", "campaign start", FALSE, NULL},
        {"campaign report ", "campaign report summer", NULL, TRUE, NULL},
        {"campaign report s", "campaign report spring-2027", "campaign report newsletter", TRUE,
         NULL},
        {"campaign report summer --c", "campaign report summer --csv", NULL, FALSE, NULL},
        {"report su", "report summer", "report spring-2027", TRUE, NULL},
        {"people list --list ", "people list --list newsletter", "people list --list main",
         TRUE, NULL},
        {"people list --list n", "people list --list newsletter", NULL, TRUE, NULL},
        {"server show ", "server show main", "server show summer", TRUE, NULL},
        {"server set main --sec", "server set main --security", NULL, FALSE, NULL},
        {"server set main --security ", "server set main --security tls", NULL, TRUE, NULL},
        {"server add x --pass", "server add x --password-command", "server add x --password",
         FALSE, NULL},
        {"pool show ", "pool show both", "pool show main", TRUE, NULL},
        {"campaign set summer --server ", "campaign set summer --server both", NULL, TRUE,
         NULL},
        {"campaign set summer --server ", "campaign set summer --server main", NULL, TRUE,
         NULL},
        {"worker --", "worker --once", "worker --background", FALSE, NULL},
        {"export ", "export summer", NULL, TRUE, NULL},
        {"status ", "status summer", NULL, TRUE, NULL},
    };
    struct palette_context c;
    context_init(&c);
    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(GPtrArray) offers = palette_complete(&c, rows[i].line);
        const struct palette_offer *o = find(offers, rows[i].offers);
        g_test_message("'%s' -> '%s'", rows[i].line, rows[i].offers);
        g_assert_nonnull(o);
        g_assert_cmpint(o->is_whole, ==, rows[i].is_whole);
        g_assert_cmpstr(o->key, ==, rows[i].key);
        if (rows[i].not )
            g_assert_null(find(offers, rows[i].not ));
    }
    palette_context_clear(&c);
}

/* Whatever is offered begins anew as something that can go on or be understood. */
static void test_offers_are_understood(void)
{
    static const char *const lines[] = {"", "p", "c", "s", "campaign ", "server ", "people "};
    struct palette_context c;
    context_init(&c);
    for (guint i = 0; i < G_N_ELEMENTS(lines); i++) {
        g_autoptr(GPtrArray) offers = palette_complete(&c, lines[i]);
        g_assert_cmpuint(offers->len, >, 0);
        for (guint n = 0; n < offers->len; n++) {
            const struct palette_offer *o = offers->pdata[n];
            struct palette_command cmd;
            palette_understand(&c, o->line, &cmd);
            g_test_message("%s", o->line);
            if (o->is_whole)
                g_assert_cmpint(cmd.meaning, !=, PALETTE_NOTHING);
            palette_command_clear(&cmd);
        }
    }
    palette_context_clear(&c);
}

/* No line, however strange, goes further than its own end. */
static void test_hostile_lines(void)
{
    static const char *const lines[] = {
        "\"",
        "'",
        "\\",
        "-",
        "--",
        "campaign --",
        "campaign",
        " --list",
        "people list -",
        "server set x --security",
        "\t\t",
        "-- --",
        "campaign report \"",
        "a b c d e f g",
    };
    struct palette_context c;
    context_init(&c);
    for (guint i = 0; i < G_N_ELEMENTS(lines); i++) {
        struct palette_command cmd;
        g_autoptr(GPtrArray) offers = palette_complete(&c, lines[i]);
        palette_understand(&c, lines[i], &cmd);
        g_autofree char *why = palette_why_nothing(&c, lines[i]);
        g_assert_nonnull(offers);
        g_assert_nonnull(why);
        palette_command_clear(&cmd);
    }
    palette_context_clear(&c);
}

/* ---- what is asked ---- */

static void test_has_option(void)
{
    static const struct {
        const char *noun, *verb, *line, *option;
        gboolean has;
    } rows[] = {
        {"apply", NULL, "apply x --force", "force", TRUE},
        {"apply", NULL, "apply x --forced", "force", FALSE},
        {"apply", NULL, "apply --name=force", "force", FALSE},
        {"apply", NULL, "apply --name=x", "name", TRUE},
        {"apply", NULL, "apply -- --force", "force", FALSE},
        {"log", NULL, "log -f", "follow", TRUE},
        {"log", NULL, "log -n 5", "follow", FALSE},
    };
    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
        gsize last;
        g_auto(GStrv) words = palette_split(rows[i].line, &last);
        const struct verb *v = verbs_find(rows[i].noun, rows[i].verb);
        g_assert_cmpint(palette_has_option(v, words, rows[i].option), ==, rows[i].has);
    }
}

static void test_rules(void)
{
    static const struct {
        const char *line;
        int level; /* -1: refused */
    } rows[] = {
        {"campaign list", CONFIRM_NONE},
        {"campaign delete x", CONFIRM_NONE},
        {"campaign start x --yes 5", -1},
        {"people erase a@example.org", CONFIRM_NUMBER},
        {"suppress remove a@example.org", CONFIRM_NUMBER},
        {"people sync f --list l", CONFIRM_YES},
        {"people sync f --list l --dry-run", CONFIRM_NONE},
        {"apply spring", CONFIRM_NONE},
        {"apply spring --force", CONFIRM_YES},
        {"apply spring --force --dry-run", CONFIRM_NONE},
        {"log -n 5", CONFIRM_NONE},
        {"log -f", -1},
        {"status --watch", -1},
        {"server add x --ask-password", -1},
        {"server add x --host h", CONFIRM_NONE},
    };
    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct palette_context c = {.routes = NULL};
        struct palette_command cmd;
        palette_understand(&c, rows[i].line, &cmd);
        g_test_message("%s", rows[i].line);
        g_assert_cmpint(cmd.meaning, ==, PALETTE_VERB);
        const struct palette_rule *r = palette_rule_for(cmd.verb, cmd.words);
        if (rows[i].level < 0)
            g_assert_nonnull(r->refusal);
        else
            g_assert_cmpint(r ? (int)r->level : CONFIRM_NONE, ==, rows[i].level);
        palette_command_clear(&cmd);
    }
}

/* Each row is of a verb that there is and of options it has, and says something. */
static void test_rules_are_of_verbs(void)
{
    for (const struct palette_rule *r = palette_rules(); r->words; r++) {
        g_auto(GStrv) words = g_strsplit(r->words, " ", 2);
        const struct verb *v = verbs_find(words[0], words[1]);
        g_test_message("%s", r->words);
        g_assert_nonnull(v);
        g_assert_true(!r->only_with || verbs_option(v, r->only_with));
        g_assert_true(!r->not_with || verbs_option(v, r->not_with));
        g_assert_true(!r->add || verbs_option(v, r->add + 2));
        g_assert_true((r->text != NULL) != (r->refusal != NULL));
        /* The message row is one line. */
        g_assert_true(!r->refusal || text_cells(r->refusal) <= 78);
    }
}

/* A new verb that changes something is thought about: it is asked before, has a way of a
 * screen, or can be taken back by hand and stands here. */
static void test_changes_are_asked(void)
{
    static const char *const undoable[] = {
        "init",
        "settings set",
        "apply",
        "import",
        "people import",
        "people add",
        "people set",
        "list new",
        "list set",
        "suppress add",
        "suppress token",
        "suppress import",
        "server add",
        "server set",
        "port add",
        "port set",
        "port delete",
        "mailbox add",
        "mailbox set",
        "bounce rules",
        "dkim new",
        "provider set",
        "provider wake",
        "provider look",
        "mailbox read", /* the worker does it by itself */
        "campaign new",
        "campaign set",
        "campaign copy",
        "campaign unschedule",
        "campaign correct",
        "campaign delete",
        "people remove",
        "list delete",
        "pool set",
        "server delete",
        "pool delete",
        "mailbox delete",
        "bin restore",
        "undo",
        "worker install",
        "worker remove",
        NULL,
    };
    for (const struct verb *v = verbs_all(); v->noun; v++) {
        g_autofree char *name = g_strconcat(v->noun, v->verb ? " " : "", v->verb, NULL);
        gboolean is_known = g_strv_contains(undoable, name);
        for (const struct palette_rule *r = palette_rules(); r->words; r++)
            is_known |= strcmp(r->words, name) == 0;
        for (const struct palette_route *r = palette_routes(); r->words; r++)
            is_known |= strcmp(r->words, name) == 0;
        if ((v->flags & VERB_CHANGES) && !is_known)
            g_error("%s changes something: ask before it in palette_rules.c, give it a way in "
                    "palette_routes.c, or say here that it can be undone",
                    name);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/palette/split", test_split);
    g_test_add_func("/palette/quote", test_quote);
    g_test_add_func("/palette/understand", test_understand);
    g_test_add_func("/palette/why-nothing", test_why_nothing);
    g_test_add_func("/palette/complete", test_complete);
    g_test_add_func("/palette/offers-are-understood", test_offers_are_understood);
    g_test_add_func("/palette/hostile-lines", test_hostile_lines);
    g_test_add_func("/palette/has-option", test_has_option);
    g_test_add_func("/palette/rules", test_rules);
    g_test_add_func("/palette/rules-are-of-verbs", test_rules_are_of_verbs);
    g_test_add_func("/palette/changes-are-asked", test_changes_are_asked);
    return g_test_run();
}
