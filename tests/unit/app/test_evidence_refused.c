/* Refusals of recipients by servers that we spoke to: whom they mark, when, and in what order.
 */
#include "config.h"

#include "app/evidence.h"

#include "mailed.h"
#include "model/reply.h"
#include "store/said.h"
#include "store/storm.h"

#define DAY_US (G_GINT64_CONSTANT(86400) * CLOCK_SECOND_US)

/* As store/settle writes them: the attempt and its row. */
static void refuse_at(struct place *p, gint64 delivery, gint64 at_us, int code,
                      const char *enhanced, const char *text)
{
    GError *error = NULL;
    gboolean ok =
        sql_do(p->db, &error,
               "INSERT INTO attempt (delivery_id, n, at_us, server_id, phase, state, code,"
               " enhanced, reply, version) VALUES (?1, 2, ?2, 1, ?3, 3, ?4, ?5, ?6, 1)",
               "iiiiss", delivery, at_us, (gint64)REPLY_RCPT, (gint64)code, enhanced, text) &&
        sql_do(p->db, &error, "INSERT INTO refusal (delivery_id, n) VALUES (?1, 2)", "i",
               delivery);
    g_assert_no_error(error);
    g_assert_true(ok);
}

static void refuse(struct place *p, gint64 delivery, int code, const char *enhanced,
                   const char *text)
{
    refuse_at(p, delivery, clock_wall_us(), code, enhanced, text);
}

static void refuse_dead(struct place *p, gint64 delivery)
{
    refuse(p, delivery, 550, "5.1.1", "User unknown");
}

static void judge(struct place *p)
{
    GError *error = NULL;
    gboolean ok = evidence_refusals(p->db, &error);
    g_assert_no_error(error);
    g_assert_true(ok);
    g_assert_cmpint(number_of(p->db, "SELECT count(*) FROM refusal"), ==, 0);
}

static gint64 n_suppressed(struct place *p)
{
    return number_of(p->db, "SELECT count(*) FROM suppression");
}

/* What is kept with who is never mailed. Caller frees. */
static char *evidence_of(struct place *p, const char *address)
{
    g_autoptr(GPtrArray) all = suppression_of(p->db, address, NULL);
    g_assert_cmpint(all->len, ==, 1);
    return g_strdup(((const struct suppression *)all->pdata[0])->evidence);
}

static void assert_has(const char *text, const char *part)
{
    if (!strstr(text, part))
        g_error("'%s' is not in: %s", part, text);
}

/* ---- whom they mark ---- */

static void what_it_says_decides(struct place *p, gconstpointer data)
{
    static const struct {
        int code;
        const char *enhanced, *text, *class; /* class NULL: nothing is kept */
    } cases[] = {
        {550, "5.1.1", "User unknown", "hard"},
        {550, "", "No", "hard"}, /* nothing but the digits */
        {553, "", "<p3@example.org>: no such user here", "hard"},
        {450, "4.1.1", "expired: not taken within 2 d; the last reply was: User unknown",
         "hard"},
        {552, "5.2.2", "Mailbox full", "soft"},
        {452, "4.2.2", "expired: not taken within 2 d; the last reply was: Mailbox full",
         "soft"},
        {450, "", "abgelaufen: binnen 2 T nicht angenommen; die letzte Antwort: try later",
         "soft"},
        {550, "5.7.1", "Your address is on a blocklist", NULL},
        {554, "5.7.1", "Relay access denied", NULL},
        {550, "5.7.26", "This mail is unauthenticated (DMARC)", NULL},
        {550, "5.1.8", "Sender address rejected: domain not found", NULL},
        {530, "5.7.0", "Authentication required", NULL},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++)
        refuse(p, (gint64)i + 1, cases[i].code, cases[i].enhanced, cases[i].text);
    judge(p);
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *address = g_strdup_printf("p%d@example.org", (int)i + 1);
        g_autoptr(GPtrArray) said = said_of_address(p->db, address, 9, NULL);
        const char *class = said->len ? ((const struct said *)said->pdata[0])->class : NULL;
        if (g_strcmp0(class, cases[i].class) != 0)
            g_error("%d %s %s: %s", cases[i].code, cases[i].enhanced, cases[i].text,
                    class ? class : "nothing");
        g_assert_true(is_suppressed(p, address, "bounced") == (g_strcmp0(class, "hard") == 0));
    }
    g_assert_cmpint(number_of(p->db, "SELECT count(*) FROM said WHERE found_by <> 4"), ==, 0);
    /* The campaign counts them among its refused. */
    g_assert_cmpint(counts_of(p, 1).bounced_hard, ==, 0);
    g_assert_cmpint(counts_of(p, 1).bounced_soft, ==, 0);
}

static void the_evidence_names_the_delivery_and_the_reply(struct place *p, gconstpointer data)
{
    refuse_at(p, 3, 1000000, 550, "5.1.1", "User\nunknown");
    judge(p);
    g_autofree char *evidence = evidence_of(p, "p3@example.org");
    assert_has(evidence, "1970-01-01");
    assert_has(evidence, "campaign c1");
    assert_has(evidence, "delivery 3");
    assert_has(evidence, "550 5.1.1 User unknown");
    g_assert_null(strstr(evidence, "message #"));
}

/* The person's own rows of the table of refusals, too. */
static void what_the_user_calls_our_fault_marks_nobody(struct place *p, gconstpointer data)
{
    g_autofree char *path = g_build_filename(p->dir, "faults.cfg", NULL);
    GError *error = NULL;
    g_file_set_contents(path,
                        "format = 1; faults = ( { cause = \"blocklist\"; enhanced = \"5.1.1\";"
                        " text = \"the usual lie\"; } );",
                        -1, &error);
    g_assert_no_error(error);
    refuse(p, 3, 550, "5.1.1", "User unknown, which is the usual lie");
    refuse(p, 4, 550, "5.1.1", "User unknown, which is true");
    judge(p);
    g_assert_false(is_suppressed(p, "p3@example.org", "bounced"));
    g_assert_true(is_suppressed(p, "p4@example.org", "bounced"));
}

static void a_table_with_a_mistake_hinders_nobody(struct place *p, gconstpointer data)
{
    static const char *const names[] = {"faults.cfg", "providers.cfg"};
    for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autofree char *path = g_build_filename(p->dir, names[i], NULL);
        g_assert_true(g_file_set_contents(path, "{", -1, NULL));
    }
    refuse_dead(p, 3);
    judge(p);
    g_assert_true(is_suppressed(p, "p3@example.org", "bounced"));
}

/* The rules for bounces hold here as well. */
static void the_users_rules_come_first(struct place *p, gconstpointer data)
{
    run(p->db, "INSERT INTO bounce_rule (position, pattern, reason, class, actor, created_us)"
               " VALUES (1, 'unknown at this hour', 'mailbox-full', '', 't', 1)");
    refuse(p, 3, 550, "5.1.1", "User unknown at this hour");
    judge(p);
    g_assert_false(is_suppressed(p, "p3@example.org", "bounced"));
}

/* ---- soft ones ---- */

static void refuse_softly(struct place *p, int first_campaign, int last_campaign)
{
    for (int i = first_campaign; i <= last_campaign; i++)
        refuse(p, (i - 1) * 1000 + 3, 552, "5.2.2", "Mailbox full");
    judge(p);
}

static void begin_campaigns(struct place *p, int last)
{
    for (int i = 2; i <= last; i++)
        add_campaign(p, i, (i - 1) * 1000 + 1, CAMPAIGN_FINISHED);
}

static void five_soft_ones_in_a_row(struct place *p, gconstpointer data)
{
    begin_campaigns(p, 5);
    refuse_softly(p, 1, 4);
    g_assert_false(is_suppressed(p, "p3@example.org", "bounced"));
    refuse_softly(p, 5, 5);
    g_assert_true(is_suppressed(p, "p3@example.org", "bounced"));
}

/* Nobody looked for long: they count on their days. */
static void five_soft_ones_long_ago(struct place *p, gconstpointer data)
{
    begin_campaigns(p, 6);
    for (int i = 1; i <= 5; i++)
        refuse_at(p, (i - 1) * 1000 + 3, clock_wall_us() - (44 - i) * DAY_US, 552, "5.2.2",
                  "Mailbox full");
    refuse_at(p, 5004, clock_wall_us() + DAY_US, 552, "5.2.2", "Mailbox full");
    judge(p);
    g_assert_true(is_suppressed(p, "p3@example.org", "bounced"));
    /* One of tomorrow is one of today. */
    g_assert_cmpint(number_of(p->db, "SELECT max(at_us) FROM said"), <=, clock_wall_us());
}

/* The sixth campaign's message was taken there days ago, and nothing came back. */
static void what_was_taken_later_heals(struct place *p, gconstpointer data)
{
    begin_campaigns(p, 6);
    run(p->db, "UPDATE delivery SET state = 3 WHERE person_id = 3 AND id < 5000");
    refuse_softly(p, 1, 4);
    run(p->db, "UPDATE said SET at_us = at_us - 8 * 86400 * 1000000");
    run(p->db, "UPDATE attempt SET at_us = at_us - 6 * 86400 * 1000000"
               " WHERE delivery_id = 5003");
    refuse_softly(p, 5, 5);
    g_assert_false(is_suppressed(p, "p3@example.org", "bounced"));
}

/* ---- what it was meanwhile ---- */

/* Somebody let it go once more, and now nobody knows. */
static void an_earlier_refusal_says_nothing_of_a_later_try(struct place *p, gconstpointer data)
{
    refuse_dead(p, 3);
    run(p->db, "UPDATE delivery SET state = 5 WHERE id = 3");
    run(p->db, "UPDATE campaign_counter SET accepted = accepted - 1, uncertain = 1,"
               " undecided = 1");
    judge(p);
    g_assert_cmpint(number_of(p->db, "SELECT state FROM delivery WHERE id = 3"), ==,
                    DELIVERY_UNCERTAIN);
    g_assert_cmpint(counts_of(p, 1).state[DELIVERY_UNCERTAIN], ==, 1);
    g_assert_true(is_suppressed(p, "p3@example.org", "bounced"));
}

static void who_was_erased_is_not_kept(struct place *p, gconstpointer data)
{
    run(p->db, "UPDATE delivery SET address = '" PERSON_ERASED "' WHERE id = 3");
    refuse_dead(p, 3);
    judge(p);
    g_assert_cmpint(number_of(p->db, "SELECT count(*) FROM said"), ==, 0);
    g_assert_cmpint(n_suppressed(p), ==, 0);
}

static void a_deleted_campaigns_are_gone(struct place *p, gconstpointer data)
{
    refuse_dead(p, 3);
    refuse_dead(p, 4);
    run(p->db, "DELETE FROM attempt WHERE delivery_id = 3");
    run(p->db, "DELETE FROM delivery WHERE id = 4");
    judge(p);
    g_assert_cmpint(number_of(p->db, "SELECT count(*) FROM said"), ==, 0);
}

static void it_can_be_taken_back(struct place *p, gconstpointer data)
{
    gint64 n = 0;
    refuse_dead(p, 3);
    judge(p);
    g_assert_true(suppression_remove_bounced(p->db, 0, "example.org", FALSE, &n, NULL));
    g_assert_cmpint(n, ==, 1);
    judge(p); /* it was judged */
    g_assert_cmpint(n_suppressed(p), ==, 0);
}

/* ---- storms ---- */

/* Not that of the numbers. */
static void the_order_is_that_of_the_ledger(struct place *p, gconstpointer data)
{
    gint64 n = 0;
    for (int i = 60; i >= 31; i--)
        refuse_dead(p, i);
    judge(p);
    /* The first nineteen are dead, the others wait. */
    g_assert_cmpint(n_suppressed(p), ==, 19);
    g_assert_true(is_suppressed(p, "p42@example.org", "bounced"));
    g_assert_false(is_suppressed(p, "p41@example.org", "bounced"));
    g_assert_true(evidence_end_storm(p->db, "example.org", 1, TRUE, &n, NULL));
    g_assert_cmpint(n, ==, 11);
    g_assert_cmpint(n_suppressed(p), ==, 30);
    g_autofree char *evidence = evidence_of(p, "p41@example.org");
    assert_has(evidence, "delivery 41");
    assert_has(evidence, "550 5.1.1 User unknown");
}

/* Refused ones were never taken: their share is of those that were tried. */
static void the_share_is_of_those_that_were_tried(struct place *p, gconstpointer data)
{
    run(p->db, "UPDATE domain_counter SET accepted = 400, refused = 100");
    for (int i = 1; i <= 50; i++)
        refuse_dead(p, i);
    judge(p);
    g_assert_cmpint(n_suppressed(p), ==, 50); /* 50 of 500 are not more than a tenth */
    refuse_dead(p, 51);
    judge(p);
    g_assert_cmpint(n_suppressed(p), ==, 50);
}

/* ---- when ---- */

static void none_while_rows_are_made(struct place *p, gconstpointer data)
{
    GError *error = NULL;
    gint64 later_us = clock_mono_us() + 600 * CLOCK_SECOND_US;
    begin_campaigns(p, 2);
    refuse_dead(p, 3);
    run(p->db, "UPDATE campaign SET state = 1 WHERE id = 2");
    g_assert_true(evidence_refusals_some(p->db, later_us, &error));
    g_assert_cmpint(n_suppressed(p), ==, 0);
    run(p->db, "UPDATE campaign SET state = 3 WHERE id = 2");
    g_assert_true(evidence_refusals_some(p->db, clock_mono_us(), &error)); /* no time left */
    g_assert_cmpint(n_suppressed(p), ==, 0);
    g_assert_true(evidence_refusals_some(p->db, later_us, &error));
    g_assert_cmpint(n_suppressed(p), ==, 1);
    run(p->db, "UPDATE campaign SET state = 1 WHERE id = 2");
    refuse_dead(p, 4);
    judge(p); /* whoever asks before counting gets all */
    g_assert_cmpint(n_suppressed(p), ==, 2);
}

/* More than one transaction takes. */
static void all_there_are(struct place *p, gconstpointer data)
{
    begin_campaigns(p, 8);
    g_assert_true(db_begin(p->db, NULL));
    for (int i = 1; i <= 8; i++)
        for (int k = 1; k <= PEOPLE; k++)
            refuse(p, (i - 1) * 1000 + k, 550, "5.7.1", "Your address is on a blocklist");
    run(p->db, "UPDATE attempt SET enhanced = '5.1.1', reply = 'User unknown'"
               " WHERE delivery_id = 7053 AND n = 2"); /* the last but seven */
    g_assert_true(db_commit(p->db, NULL));
    judge(p);
    g_assert_cmpint(n_suppressed(p), ==, 1);
}

static void wholly_or_not_at_all(struct place *p, gconstpointer data)
{
    GError *error = NULL;
    refuse_dead(p, 3);
    refuse_dead(p, 4);
    run(p->db, "CREATE TRIGGER no BEFORE INSERT ON suppression"
               " WHEN new.address_key = 'p4@example.org' BEGIN SELECT raise(ABORT, 'no'); END");
    g_assert_false(evidence_refusals(p->db, &error));
    g_assert_nonnull(error);
    g_clear_error(&error);
    g_assert_cmpint(n_suppressed(p), ==, 0);
    g_assert_cmpint(number_of(p->db, "SELECT count(*) FROM said"), ==, 0);
    g_assert_cmpint(number_of(p->db, "SELECT count(*) FROM refusal"), ==, 2);
    run(p->db, "DROP TRIGGER no");
    judge(p);
    g_assert_cmpint(n_suppressed(p), ==, 2);
    judge(p);
    g_assert_cmpint(number_of(p->db, "SELECT count(*) FROM said"), ==, 2);
}

#define CASE(path, function)                                                                   \
    g_test_add("/evidence_refused/" path, struct place, NULL, begin, function, place_end)

/* The tables of refusals and providers are the shipped ones. */
static void use_shipped_tables(void)
{
    const char *source = g_getenv("CRIER_SRCDIR");
    g_autofree char *folder = g_build_filename(source ? source : ".", "data", NULL);
    g_setenv("CRIER_DATADIR", folder, TRUE);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    use_shipped_tables();
    CASE("words", what_it_says_decides);
    CASE("evidence", the_evidence_names_the_delivery_and_the_reply);
    CASE("ours/table", what_the_user_calls_our_fault_marks_nobody);
    CASE("ours/wrong-table", a_table_with_a_mistake_hinders_nobody);
    CASE("rules", the_users_rules_come_first);
    CASE("soft/five", five_soft_ones_in_a_row);
    CASE("soft/late", five_soft_ones_long_ago);
    CASE("soft/healed", what_was_taken_later_heals);
    CASE("later-try", an_earlier_refusal_says_nothing_of_a_later_try);
    CASE("erased", who_was_erased_is_not_kept);
    CASE("deleted", a_deleted_campaigns_are_gone);
    CASE("undo", it_can_be_taken_back);
    CASE("storm/order", the_order_is_that_of_the_ledger);
    CASE("storm/share", the_share_is_of_those_that_were_tried);
    CASE("when/preparing", none_while_rows_are_made);
    CASE("when/all", all_there_are);
    CASE("one-transaction", wholly_or_not_at_all);
    return g_test_run();
}
