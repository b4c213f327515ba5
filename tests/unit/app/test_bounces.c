/* Mail that came back, as verbs and screens ask for it: shown, grouped, ruled, read anew. */
#include "config.h"

#include "app/bounces.h"

#include "app/evidence.h"
#include "base/token.h"
#include "inbound/inbound.h"
#include "mailed.h"
#include "store/said.h"

#define HARD                                                                                   \
    "From: MAILER-DAEMON@example.net\nSubject: failure notice\n\n<p%d@example.org>:\n"         \
    "550 5.1.1 no such user here\n"
#define ODD                                                                                    \
    "From: desk%d@example.com\nSubject: Notice %d\n\nConcerning p%d@example.org:\n"            \
    "the one you wrote to\n  has left this house for good. Ticket 4711, see\n"                 \
    "http://example.com/%d\n"
#define PROPOSED "the one you wrote to has left this house for good\\."

static gint64 take(struct place *p, const char *raw, const char *uid)
{
    GError *error = NULL;
    struct evidence_result r;
    struct inbound *in = inbound_read(raw, strlen(raw), NULL);
    struct evidence_mail m = {
        .key = {1, 7, uid}, .received_us = clock_wall_us(), .raw = raw, .len = strlen(raw)};
    gboolean ok = evidence_take(p->db, &m, in, &r, &error);
    g_assert_no_error(error);
    g_assert_true(ok);
    inbound_free(in);
    return r.inbound_id;
}

static gint64 take_odd(struct place *p, int n)
{
    g_autofree char *raw = g_strdup_printf(ODD, n, n, n, n);
    g_autofree char *uid = g_strdup_printf("odd%d", n);
    return take(p, raw, uid);
}

static void add_rule(struct place *p, const char *pattern, const char *reason)
{
    GError *error = NULL;
    struct bounce_rule r = {
        .pattern = (char *)pattern, .reason = (char *)reason, .class = (char *)""};
    g_assert_true(bounce_rule_add(p->db, &r, &error));
    g_assert_no_error(error);
    g_free(r.name);
}

static void one_message_with_all_that_is_known(struct place *p, gconstpointer data)
{
    struct bounces_shown b;
    GError *error = NULL;
    g_autofree char *raw = g_strdup_printf(HARD, 3);
    gint64 id = take(p, raw, "1");
    g_assert_true(bounces_show(p->db, id, &b, &error));
    g_assert_no_error(error);
    g_assert_true(b.has_raw && !b.is_cut);
    g_assert_nonnull(strstr(b.text, "no such user"));
    g_assert_cmpuint(b.said->len, ==, 1);
    const struct bounces_said *s = b.said->pdata[0];
    g_assert_cmpstr(s->said.address, ==, "p3@example.org");
    g_assert_cmpstr(s->campaign, ==, "c1");
    g_assert_cmpuint(s->followed->len, ==, 2);
    g_assert_cmpstr(s->followed->pdata[0], ==, "the address is not mailed any more");
    bounces_shown_clear(&b);
    /* Without its octets the facts are left. */
    run(p->db, "DELETE FROM inbound_raw");
    g_assert_true(bounces_show(p->db, id, &b, &error));
    g_assert_false(b.has_raw);
    g_assert_cmpuint(b.said->len, ==, 1);
    bounces_shown_clear(&b);
    g_assert_false(bounces_show(p->db, 99, &b, &error));
    assert_fails(error, CRIER_ERROR_NOT_FOUND, "#99");
}

static void a_pattern_by_its_short_name(struct place *p, gconstpointer data)
{
    GError *error = NULL;
    take_odd(p, 1);
    take_odd(p, 2);
    g_autoptr(GPtrArray) groups = inbound_unknown(p->db, 10, NULL);
    g_assert_cmpuint(groups->len, ==, 1);
    const struct inbound_group *g = groups->pdata[0];
    g_autofree char *id = bounces_pattern_id(g->pattern);
    g_assert_cmpuint(strlen(id), ==, BOUNCES_PATTERN_ID_CHARS);
    g_autofree char *part = g_strndup(id, 5);
    const char *const words[] = {id, part, g->pattern};
    for (gsize i = 0; i < G_N_ELEMENTS(words); i++) {
        g_autofree char *found = bounces_find_pattern(p->db, words[i], &error);
        g_assert_no_error(error);
        g_assert_cmpstr(found, ==, g->pattern);
    }
    g_autoptr(GArray) ids = bounces_of_pattern(p->db, g->pattern, NULL);
    g_assert_cmpuint(ids->len, ==, 2);
    const char *const wrong[] = {"", "zz", "no such pattern"};
    for (gsize i = 0; i < G_N_ELEMENTS(wrong); i++) {
        g_assert_null(bounces_find_pattern(p->db, wrong[i], &error));
        assert_fails(error, CRIER_ERROR_NOT_FOUND, "crier bounce unknown");
    }
}

/* The longest words that are the same in the next one: no address, number or link, escaped. */
static void a_pattern_of_a_message(struct place *p, gconstpointer data)
{
    GError *error = NULL;
    gint64 id = take_odd(p, 1), other = take_odd(p, 2);
    g_autofree char *pattern = bounces_propose_pattern(p->db, id, &error);
    g_assert_no_error(error);
    g_assert_cmpstr(pattern, ==, PROPOSED);
    struct bounce_rules *rules = bounce_rules_new();
    g_assert_true(bounce_rules_add(rules, "x", pattern, BOUNCE_MOVED, BOUNCE_CLASS_COUNT, NULL));
    g_autoptr(GBytes) raw = inbound_raw(p->db, other, NULL);
    gsize len;
    const char *octets = g_bytes_get_data(raw, &len);
    g_assert_true(bounce_rules_fit(rules, octets, len));
    bounce_rules_free(rules);
    gint64 empty = take(p, "From: a@example.com\nSubject: x\n\n12 34\n", "9");
    g_assert_null(bounces_propose_pattern(p->db, empty, &error));
    assert_fails(error, CRIER_ERROR_INVALID, "bounce rules add");
}

/* ---- reading anew ---- */

struct told {
    GString *rows;
    gint64 stop_at, last_done, last_total;
};

static void note_change(const struct bounces_change *c, void *data)
{
    struct told *t = data;
    g_string_append_printf(t->rows, "%" G_GINT64_FORMAT ":%u-%u ", c->inbound_id,
                           c->marked->len, c->unmarked->len);
}

static gboolean note_progress(gint64 done, gint64 total, void *data)
{
    struct told *t = data;
    t->last_done = done;
    t->last_total = total;
    return t->stop_at == 0 || done < t->stop_at;
}

static struct bounces_tally rerun(struct place *p, struct told *t, gboolean is_dry_run)
{
    GError *error = NULL;
    struct bounces_tally tally;
    const struct bounces_scope all = {0};
    const struct bounces_job job = {.is_dry_run = is_dry_run,
                                    .each = note_change,
                                    .progress = note_progress,
                                    .data = t};
    t->rows = t->rows ? g_string_truncate(t->rows, 0) : g_string_new(NULL);
    g_assert_true(bounces_rerun(p->db, &all, &job, &tally, &error));
    g_assert_no_error(error);
    return tally;
}

static void stopped_and_run_again(struct place *p, gconstpointer data)
{
    struct told t = {0};
    for (int n = 1; n <= 4; n++)
        take_odd(p, n);
    add_rule(p, PROPOSED, "user-unknown");
    struct bounces_tally tally = rerun(p, &t, TRUE);
    g_assert_cmpstr(t.rows->str, ==, "1:1-0 2:1-0 3:1-0 4:1-0 ");
    g_assert_cmpint(tally.n_marked, ==, 4);
    g_assert_cmpint(t.last_done, ==, 4);
    g_assert_cmpint(t.last_total, ==, 4);
    g_assert_false(is_suppressed(p, "p1@example.org", "bounced"));
    t.stop_at = 2;
    tally = rerun(p, &t, FALSE);
    g_assert_true(tally.is_stopped);
    g_assert_cmpint(tally.n_changed, ==, 2);
    g_assert_cmpint(counts_of(p, 1).bounced_hard, ==, 2);
    t.stop_at = 0;
    tally = rerun(p, &t, FALSE);
    g_assert_cmpstr(t.rows->str, ==, "3:1-0 4:1-0 ");
    g_assert_cmpint(tally.n_read, ==, 4);
    g_assert_cmpint(counts_of(p, 1).bounced_hard, ==, 4);
    tally = rerun(p, &t, FALSE);
    g_assert_cmpint(tally.n_changed, ==, 0);
    g_string_free(t.rows, TRUE);
}

/* A token names the person where the words name nobody: the rule's class holds all the same. */
static void a_rule_for_a_mail_that_names_nobody(struct place *p, gconstpointer data)
{
    struct told t = {0};
    guint8 key[TOKEN_KEY_BYTES];
    g_assert_true(db_hmac_key(p->db, key, NULL));
    g_autofree char *token = token_make(key, TOKEN_BOUNCE, 7);
    g_autofree char *raw = g_strdup_printf("From: desk@example.com\nTo: bounce+%s@example.org\n"
                                           "Subject: Notice\n\nThe tenant moved to the moon.\n",
                                           token);
    take(p, raw, "1");
    g_assert_cmpint(counts_of(p, 1).bounced_hard, ==, 0);
    add_rule(p, "moved to the moon", "moved");
    struct bounces_tally tally = rerun(p, &t, FALSE);
    g_assert_cmpint(tally.n_marked, ==, 1);
    g_assert_true(is_suppressed(p, "p7@example.org", "bounced"));
    g_string_free(t.rows, TRUE);
}

/* ---- rules ---- */

static void note_trial(const struct bounces_trial *trial, void *data)
{
    struct told *t = data;
    g_string_append_printf(t->rows, "%s %s>%s ", trial->address, trial->class_before,
                           trial->class_after);
}

static void what_a_rule_would_change(struct place *p, gconstpointer data)
{
    GError *error = NULL;
    struct told t = {.rows = g_string_new(NULL)};
    struct bounces_tally tally;
    const struct bounces_scope all = {0};
    const struct bounces_job job = {.data = &t};
    g_autofree char *hard = g_strdup_printf(HARD, 3);
    struct bounce_rule r = {.pattern = (char *)"no such user|" PROPOSED,
                            .reason = (char *)"mailbox-full",
                            .class = (char *)""};
    take(p, hard, "1");
    take_odd(p, 4);
    take(p, "From: a@example.com\nSubject: Re: x\nIn-Reply-To: <y@z>\n\nno such user\n", "2");
    g_assert_true(bounces_try_rule(p->db, &r, &all, &job, note_trial, &tally, &error));
    g_assert_no_error(error);
    g_assert_cmpstr(t.rows->str, ==, "p3@example.org hard>soft p4@example.org >soft ");
    g_assert_cmpint(tally.n_read, ==, 3);
    g_assert_cmpint(tally.n_changed, ==, 2);
    g_assert_cmpint(number_of(p->db, "SELECT count(*) FROM bounce_rule"), ==, 0);
    g_string_free(t.rows, TRUE);
}

static void dangerous_patterns_are_refused(struct place *p, gconstpointer data)
{
    static const struct {
        const char *pattern, *why; /* why NULL: it is fine */
    } rows[] = {
        {"mailbox (is )?full", NULL},
        {"(over|exceeded|out of) +(quota|storage)", NULL},
        {"user .* unknown", NULL},
        {"^.*no such user.*$", NULL},
        {"", "fits every text"},
        {"a*", "fits every text"},
        {"(x|)", "fits every text"},
        {"(a+)+$", "too long"},
        {"(a|a)*b", "too long"},
        {"(\\w+\\s?)+!", "too long"},
        {"([a-z]+)*\\d", "too long"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        GError *error = NULL;
        gboolean ok = bounce_rules_check(rows[i].pattern, &error);
        g_test_message("%s: %s", rows[i].pattern, ok ? "fine" : error->message);
        g_assert_true(ok == !rows[i].why);
        if (!ok)
            assert_fails(error, CRIER_ERROR_INVALID, rows[i].why);
    }
}

#define CASE(path, function)                                                                   \
    g_test_add("/bounces/" path, struct place, NULL, begin, function, place_end)

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    CASE("show", one_message_with_all_that_is_known);
    CASE("unknown/pattern", a_pattern_by_its_short_name);
    CASE("unknown/propose", a_pattern_of_a_message);
    CASE("rerun/stopped", stopped_and_run_again);
    CASE("rerun/nobody", a_rule_for_a_mail_that_names_nobody);
    CASE("rules/try", what_a_rule_would_change);
    CASE("rules/danger", dangerous_patterns_are_refused);
    return g_test_run();
}
