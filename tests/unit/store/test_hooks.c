/* Rows of hooks: who writes them, how they end, how long they stay. */
#include "config.h"

#include "base/clock.h"
#include "store/audit.h"
#include "store/campaigns.h"
#include "store/hooks.h"
#include "place.h"

#define COUNT "SELECT count(*) FROM hook"

static void set(struct place *p, const char *key, const char *value)
{
    GError *error = NULL;
    gboolean ok = settings_set(p->db, key, value, &error);
    g_assert_no_error(error);
    g_assert_true(ok);
}

static gint64 new_campaign(struct place *p)
{
    struct campaign c;
    GError *error = NULL;
    campaign_init(&c);
    c.name = g_strdup("spring");
    gboolean ok = campaigns_put(p->db, &c, NULL, &error);
    g_assert_no_error(error);
    g_assert_true(ok);
    gint64 id = c.id;
    campaign_clear(&c);
    run(p->db, "UPDATE campaign SET state = 3");
    return id;
}

static void move(struct place *p, gint64 id, enum campaign_state to, const char *reason)
{
    GError *error = NULL;
    gboolean ok = campaigns_move(p->db, id, to, reason, &error);
    g_assert_no_error(error);
    g_assert_true(ok);
}

static struct hook *next(struct place *p, gint64 after, gint64 due_us)
{
    GError *error = NULL;
    struct hook *h = hooks_next(p->db, after, due_us, &error);
    g_assert_no_error(error);
    return h;
}

static void test_events(void)
{
    for (int state = 0; state < CAMPAIGN_STATE_COUNT; state++) {
        gboolean is_told = state == CAMPAIGN_PAUSED || state == CAMPAIGN_HELD ||
                           state == CAMPAIGN_FINISHED || state == CAMPAIGN_CANCELLED;
        g_assert_true((hooks_event((enum campaign_state)state) != NULL) == is_told);
    }
    gint64 last = 0;
    for (int tries = 1; tries < HOOKS_TRIES; tries++) {
        g_assert_cmpint(hooks_wait_s(tries), >, last);
        last = hooks_wait_s(tries);
    }
    g_assert_cmpint(hooks_wait_s(HOOKS_TRIES), ==, -1);
    g_assert_cmpint(hooks_wait_s(0), ==, hooks_wait_s(1));
}

static void test_only_what_is_wanted(struct place *p, gconstpointer data)
{
    gint64 id = new_campaign(p);
    move(p, id, CAMPAIGN_PAUSED, NULL);
    g_assert_cmpint(number_of(p->db, COUNT), ==, 0);
    g_assert_false(hooks_is_due(p->db, clock_wall_us()));
    set(p, "hook_mail", "ops@example.org");
    move(p, id, CAMPAIGN_SENDING, NULL);
    g_assert_cmpint(number_of(p->db, COUNT), ==, 0);
    move(p, id, CAMPAIGN_HELD, "too many");
    g_assert_cmpint(number_of(p->db, COUNT), ==, 1);
    set(p, "hook_command", "/bin/true");
    move(p, id, CAMPAIGN_CANCELLED, NULL);
    g_assert_cmpint(number_of(p->db, COUNT), ==, 3);
    g_assert_true(hooks_is_due(p->db, clock_wall_us()));
    struct hook *h = next(p, 0, 0);
    g_assert_cmpstr(h->campaign, ==, "spring");
    g_assert_cmpint(h->campaign_id, ==, id);
    g_assert_cmpstr(h->event, ==, "held");
    g_assert_cmpstr(h->reason, ==, "too many");
    g_assert_cmpstr(h->actor, ==, "tester");
    g_assert_cmpint(h->kind, ==, HOOK_MAIL);
    struct hook *second = next(p, h->id, 0);
    g_assert_cmpstr(second->event, ==, "cancelled");
    g_assert_cmpint(second->kind, ==, HOOK_COMMAND);
    hook_free(second);
    hook_free(h);
}

/* A move that is rolled back tells nobody. */
static void test_with_the_move(struct place *p, gconstpointer data)
{
    GError *error = NULL;
    gint64 id = new_campaign(p);
    set(p, "hook_command", "/bin/true");
    g_assert_true(db_begin(p->db, &error));
    move(p, id, CAMPAIGN_PAUSED, NULL);
    g_assert_cmpint(number_of(p->db, COUNT), ==, 1);
    db_rollback(p->db);
    g_assert_cmpint(number_of(p->db, COUNT), ==, 0);
    g_assert_false(campaigns_move(p->db, id, CAMPAIGN_DRAFT, NULL, &error));
    g_clear_error(&error);
    g_assert_cmpint(number_of(p->db, COUNT), ==, 0);
}

static void fail(struct place *p, struct hook *h, gint64 now)
{
    GError *error = NULL;
    g_assert_true(hooks_begin(p->db, h, &error));
    g_assert_true(hooks_fail(p->db, h, "exit code 1", now, &error));
    g_assert_no_error(error);
}

static void test_given_up(struct place *p, gconstpointer data)
{
    GError *error = NULL;
    gint64 id = new_campaign(p), now = clock_wall_us() + CLOCK_SECOND_US;
    set(p, "hook_command", "/bin/false");
    move(p, id, CAMPAIGN_PAUSED, NULL);
    for (int tries = 1; tries <= HOOKS_TRIES; tries++) {
        struct hook *h = next(p, 0, now);
        g_assert_nonnull(h);
        g_assert_null(hooks_given_up(p->db));
        fail(p, h, now);
        hook_free(h);
        g_assert_false(hooks_is_due(p->db, now));
        g_assert_null(next(p, 0, now));
        gint64 wait = hooks_wait_s(tries);
        g_assert_true(hooks_is_due(p->db, now + wait * CLOCK_SECOND_US) == (wait > 0));
        now += MAX(wait, 0) * CLOCK_SECOND_US;
    }
    struct hook *h = hooks_given_up(p->db);
    g_assert_nonnull(h);
    g_assert_cmpint(h->state, ==, HOOK_GIVEN_UP);
    g_assert_cmpint(h->tries, ==, HOOKS_TRIES);
    g_assert_cmpstr(h->result, ==, "exit code 1");
    /* Told anew, and well: nothing is wrong any more. */
    g_assert_true(hooks_again(p->db, h->id, now, &error));
    hook_free(h);
    h = next(p, 0, now);
    g_assert_cmpint(h->tries, ==, 0);
    g_assert_true(hooks_begin(p->db, h, &error));
    g_assert_true(hooks_succeed(p->db, h, "exit code 0", &error));
    hook_free(h);
    g_assert_null(hooks_given_up(p->db));
    g_assert_false(hooks_is_due(p->db, now));
    g_assert_false(hooks_again(p->db, 99, now, &error));
    assert_fails(error, CRIER_ERROR_NOT_FOUND, "no hook 99");
}

/* A try is counted before it is made; one that somebody ended is not. */
static void test_cut_short(struct place *p, gconstpointer data)
{
    GError *error = NULL;
    set(p, "hook_command", "/bin/true");
    move(p, new_campaign(p), CAMPAIGN_PAUSED, NULL);
    struct hook *h = next(p, 0, 0);
    g_assert_true(hooks_begin(p->db, h, &error));
    hook_free(h);
    reopen(p, DB_USE_VERB);
    g_assert_true(hooks_is_due(p->db, clock_wall_us()));
    h = next(p, 0, 0);
    g_assert_cmpint(h->tries, ==, 1);
    g_assert_true(hooks_begin(p->db, h, &error));
    g_assert_true(hooks_take_back(p->db, h, &error));
    hook_free(h);
    h = next(p, 0, 0);
    g_assert_cmpint(h->tries, ==, 1);
    hook_free(h);
}

static void test_clock_back(struct place *p, gconstpointer data)
{
    set(p, "hook_command", "/bin/true");
    move(p, new_campaign(p), CAMPAIGN_PAUSED, NULL);
    gint64 now = clock_wall_us();
    g_assert_false(hooks_is_due(p->db, now - 600 * CLOCK_SECOND_US));
    g_assert_true(hooks_is_due(p->db, now - 30 * 24 * 3600 * CLOCK_SECOND_US));
}

static void test_kept(struct place *p, gconstpointer data)
{
    gint64 id = new_campaign(p);
    set(p, "hook_command", "/bin/true");
    move(p, id, CAMPAIGN_PAUSED, NULL);
    move(p, id, CAMPAIGN_SENDING, NULL);
    move(p, id, CAMPAIGN_PAUSED, NULL);
    run(p->db, "UPDATE hook SET at_us = at_us - 31 * 86400000000");
    run(p->db, "UPDATE hook SET state = 1 WHERE id = 1");
    move(p, id, CAMPAIGN_SENDING, NULL);
    move(p, id, CAMPAIGN_HELD, "x");
    /* What still waits stays, however old it is. */
    g_assert_cmpint(number_of(p->db, COUNT), ==, 2);
    g_assert_cmpint(number_of(p->db, "SELECT min(id) FROM hook"), ==, 2);
}

/* The database that it was copied from tells what waits; the copy tells that it is one. */
static void test_copied(struct place *p, gconstpointer data)
{
    GError *error = NULL;
    gint64 id = new_campaign(p);
    set(p, "hook_command", "/bin/true");
    move(p, id, CAMPAIGN_PAUSED, NULL);
    move(p, id, CAMPAIGN_SENDING, NULL);
    run(p->db, "UPDATE meta SET value = 'another' WHERE key = 'identity'");
    g_assert_cmpint(db_claim_identity(p->db, &error), ==, 1);
    g_assert_no_error(error);
    struct hook *h = next(p, 0, 0);
    g_assert_cmpstr(h->event, ==, "held");
    g_assert_cmpstr(h->reason, ==, "copied database");
    g_assert_null(next(p, h->id, 0));
    hook_free(h);
    g_autoptr(GPtrArray) all = hooks_page(p->db, 0, 10, &error);
    g_assert_cmpuint(all->len, ==, 2);
    const struct hook *old = all->pdata[1];
    g_assert_cmpint(old->state, ==, HOOK_DONE);
    g_assert_cmpstr(old->result, ==, "copied database");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/hooks/events", test_events);
    TEST("/hooks/wanted", test_only_what_is_wanted);
    TEST("/hooks/with-the-move", test_with_the_move);
    TEST("/hooks/given-up", test_given_up);
    TEST("/hooks/cut-short", test_cut_short);
    TEST("/hooks/clock-back", test_clock_back);
    TEST("/hooks/kept", test_kept);
    TEST("/hooks/copied", test_copied);
    return g_test_run();
}
