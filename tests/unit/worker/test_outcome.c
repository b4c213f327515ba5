/* What each result of a transaction means for the delivery and for the server. */
#include "config.h"

#include "worker/outcome.h"

#include <string.h>

#include "base/clock.h"

#define NOW_US (1000 * CLOCK_SECOND_US)

static const struct {
    const char *name;
    enum reply_phase phase;
    enum reply_class class;
    int code;
    gboolean is_fresh, is_stopped;
    enum delivery_state to;
    gboolean counts;
    enum outcome_server server;
} rows[] = {
    {"accepted", REPLY_DOT, REPLY_ACCEPTED, 250, 0, 0, DELIVERY_ACCEPTED, TRUE,
     OUTCOME_SERVER_FINE},
    {"refused at RCPT", REPLY_RCPT, REPLY_REFUSED, 550, 0, 0, DELIVERY_REFUSED, TRUE,
     OUTCOME_SERVER_FINE},
    {"greylisted", REPLY_RCPT, REPLY_LATER, 450, 0, 0, DELIVERY_DEFERRED, TRUE,
     OUTCOME_SERVER_FINE},
    {"no reply after the dot", REPLY_DOT, REPLY_UNCERTAIN, 0, 1, 0, DELIVERY_UNCERTAIN, TRUE,
     OUTCOME_SERVER_FINE},
    {"sender refused", REPLY_MAIL, REPLY_SERVER_REFUSED, 550, 0, 0, DELIVERY_QUEUED, FALSE,
     OUTCOME_SERVER_PERSON},
    {"server busy", REPLY_MAIL, REPLY_SERVER_LATER, 451, 0, 0, DELIVERY_QUEUED, FALSE,
     OUTCOME_SERVER_RESTS},
    {"server's disk full at RCPT", REPLY_RCPT, REPLY_SERVER_LATER, 452, 0, 0, DELIVERY_DEFERRED,
     FALSE, OUTCOME_SERVER_RESTS},
    {"421 at RCPT", REPLY_RCPT, REPLY_RECONNECT, 421, 0, 0, DELIVERY_DEFERRED, FALSE,
     OUTCOME_SERVER_FINE},
    {"421 at once", REPLY_MAIL, REPLY_RECONNECT, 421, 1, 0, DELIVERY_QUEUED, FALSE,
     OUTCOME_SERVER_RESTS},
    {"lost before a word", REPLY_MAIL, REPLY_RECONNECT, 0, 0, 0, DELIVERY_QUEUED, FALSE,
     OUTCOME_SERVER_FINE},
    {"lost in the body", REPLY_DOT, REPLY_RECONNECT, 0, 0, 0, DELIVERY_DEFERRED, FALSE,
     OUTCOME_SERVER_FINE},
    {"held back, paused", REPLY_DATA, REPLY_RECONNECT, 0, 1, 1, DELIVERY_QUEUED, FALSE,
     OUTCOME_SERVER_FINE},
    {"nonsense at RCPT", REPLY_RCPT, REPLY_PROTOCOL, 354, 1, 0, DELIVERY_DEFERRED, FALSE,
     OUTCOME_SERVER_RESTS},
};

static void test_rows(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct lease lease = {
            .attempt = 1, .is_stopped = rows[i].is_stopped, .stop_to = DELIVERY_QUEUED};
        struct smtp_result r = {
            rows[i].phase, rows[i].class, {.code = rows[i].code, .text = (char *)"text"}};
        struct outcome_context c = {.now_us = NOW_US,
                                    .give_up_s = 1000,
                                    .retry_s = 10,
                                    .server_id = 7,
                                    .chance = 0.5,
                                    .is_fresh_connection = rows[i].is_fresh};
        struct ledger_outcome o;
        char *text = NULL;
        g_test_message("%s", rows[i].name);
        g_assert_cmpint(outcome_of(&lease, &r, &c, &o, &text), ==, rows[i].server);
        g_assert_cmpint(o.to, ==, rows[i].to);
        g_assert_cmpint(o.counts, ==, rows[i].counts);
        g_assert_cmpint(o.server_id, ==, 7);
        g_assert_null(text);
        if (o.to == DELIVERY_DEFERRED)
            g_assert_cmpint(o.due_us, >, NOW_US);
    }
}

static void test_our_fault(void)
{
    struct fault receiver = {.rest = FAULT_REST_RECEIVER}, server = {.rest = FAULT_REST_SERVER};
    struct lease lease = {.attempt = 7, .stop_to = DELIVERY_SUPPRESSED};
    struct smtp_result r = {
        REPLY_DOT, REPLY_REFUSED, {.code = 550, .text = (char *)"SPF failed"}};
    struct outcome_context c = {.now_us = 100000 * CLOCK_SECOND_US,
                                .give_up_s = 50000,
                                .retry_s = 300,
                                .fault = &receiver};
    struct ledger_outcome o;
    char *text = NULL;
    /* Neither refused, nor later because of its attempts before. */
    g_assert_cmpint(outcome_of(&lease, &r, &c, &o, &text), ==, OUTCOME_SERVER_FINE);
    g_assert_cmpint(o.to, ==, DELIVERY_DEFERRED);
    g_assert_cmpint(o.due_us - c.now_us, ==, 300 * CLOCK_SECOND_US);
    g_assert_cmpstr(o.reply, ==, "SPF failed");
    /* The older it is, the longer it waits, and there is an end. */
    lease.first_us = c.now_us - 4000 * CLOCK_SECOND_US;
    outcome_of(&lease, &r, &c, &o, &text);
    g_assert_cmpint(o.due_us - c.now_us, ==, 4000 * CLOCK_SECOND_US);
    lease.first_us = c.now_us - 49000 * CLOCK_SECOND_US;
    outcome_of(&lease, &r, &c, &o, &text);
    g_assert_cmpint(o.to, ==, DELIVERY_REFUSED);
    g_assert_nonnull(strstr(o.reply, "SPF failed"));
    g_free(text);
    /* Our own server says so: nobody is sent through it before somebody acted. */
    c.fault = &server;
    g_assert_cmpint(outcome_of(&lease, &r, &c, &o, &text), ==, OUTCOME_SERVER_PERSON);
    g_assert_cmpint(o.to, ==, DELIVERY_QUEUED);
    g_assert_false(o.counts);
    lease.is_stopped = TRUE;
    outcome_of(&lease, &r, &c, &o, &text);
    g_assert_cmpint(o.to, ==, DELIVERY_SUPPRESSED);
}

static void test_expired(void)
{
    struct lease lease = {.attempt = 3, .first_us = NOW_US - 995 * CLOCK_SECOND_US};
    struct smtp_result r = {
        REPLY_RCPT, REPLY_LATER, {.code = 450, .text = (char *)"come back"}};
    struct outcome_context c = {.now_us = NOW_US, .give_up_s = 1000, .retry_s = 10};
    struct ledger_outcome o;
    char *text = NULL;
    outcome_of(&lease, &r, &c, &o, &text);
    g_assert_cmpint(o.to, ==, DELIVERY_REFUSED);
    g_assert_cmpint(o.due_us, ==, 0);
    g_assert_nonnull(text);
    g_assert_true(g_str_has_prefix(o.reply, "expired"));
    g_assert_nonnull(g_strstr_len(o.reply, -1, "come back"));
    g_free(text);
    /* Part of that time was no fault of theirs. */
    c.spared_us = 900 * CLOCK_SECOND_US;
    outcome_of(&lease, &r, &c, &o, &text);
    g_assert_cmpint(o.to, ==, DELIVERY_DEFERRED);
    g_assert_null(text);
}

/* A message that breaks every connection must end at some time, too. */
static void test_always_broken(void)
{
    struct lease lease = {.attempt = 1, .first_us = NOW_US - 995 * CLOCK_SECOND_US};
    struct smtp_result r = {REPLY_DATA, REPLY_RECONNECT, {.code = 0}};
    struct outcome_context c = {.now_us = NOW_US, .give_up_s = 1000, .retry_s = 10};
    struct ledger_outcome o;
    char *text = NULL;
    outcome_of(&lease, &r, &c, &o, &text);
    g_assert_cmpint(o.to, ==, DELIVERY_REFUSED);
    g_assert_true(o.counts);
    g_assert_true(g_str_has_prefix(o.reply, "expired"));
    g_free(text);
}

static void test_hint_is_honoured(void)
{
    struct lease lease = {.attempt = 1};
    struct smtp_result r = {
        REPLY_RCPT,
        REPLY_LATER,
        {.code = 450, .text = (char *)"greylisted, try again in 300 seconds"}};
    struct outcome_context c = {
        .now_us = NOW_US, .give_up_s = 10000, .retry_s = 1, .chance = 0.5};
    struct ledger_outcome o;
    char *text = NULL;
    outcome_of(&lease, &r, &c, &o, &text);
    g_assert_cmpint(o.due_us, ==, NOW_US + 300 * CLOCK_SECOND_US);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/outcome/of/every-class", test_rows);
    g_test_add_func("/outcome/of/our-fault", test_our_fault);
    g_test_add_func("/outcome/of/expired-is-refused", test_expired);
    g_test_add_func("/outcome/of/always-broken-expires", test_always_broken);
    g_test_add_func("/outcome/of/hint-is-honoured", test_hint_is_honoured);
    return g_test_run();
}
