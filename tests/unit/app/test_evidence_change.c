/* Messages that mean another thing later: read anew, assigned by hand, and taken back. */
#include "config.h"

#include "app/evidence.h"

#include "came_back.h"
#include "store/said.h"
#include "store/undolog.h"

static void bounce_softly(struct place *p, int first_campaign, int last_campaign)
{
    for (int i = first_campaign; i <= last_campaign; i++) {
        struct mail m;
        g_autofree char *uid = g_strdup_printf("soft%d", i);
        mail_init(&m, MAIL_BOUNCE, "p3@example.org");
        means(&m, BOUNCE_MAILBOX_FULL);
        add_token(p, &m, TOKEN_BOUNCE, (i - 1) * 1000 + 3);
        take(p, &m, uid);
        mail_clear(&m);
    }
}

static gint64 n_suppressed(struct place *p)
{
    return number_of(p->db, "SELECT count(*) FROM suppression");
}

static void begin_change(struct evidence_change *c)
{
    evidence_change_init(c, "reread");
}

static void read_again(struct place *p, gint64 id, const struct mail *m,
                       struct evidence_change *c)
{
    GError *error = NULL;
    gboolean ok = evidence_read_again(p->db, id, &m->in, c, &error);
    g_assert_no_error(error);
    g_assert_true(ok);
}

static void assign(struct place *p, gint64 id, const struct evidence_word *word,
                   struct evidence_change *c)
{
    GError *error = NULL;
    gboolean ok = evidence_assign(p->db, id, word, c, &error);
    g_assert_no_error(error);
    g_assert_true(ok);
}

static void undo_last(struct place *p)
{
    GError *error = NULL;
    struct undolog_done done = {0};
    gint64 id = 0;
    g_assert_true(undolog_last(p->db, &id, &error));
    gboolean ok = undolog_do(p->db, id, &done, &error);
    g_assert_no_error(error);
    g_assert_true(ok);
    g_assert_cmpint(done.kept->len, ==, 0);
    undolog_done_clear(&done);
}

static void read_anew_by_another_rule(struct place *p, gconstpointer data)
{
    struct mail m;
    struct evidence_change c;
    mail_init(&m, MAIL_BOUNCE, "p3@example.org");
    means(&m, BOUNCE_USER_UNKNOWN);
    add_token(p, &m, TOKEN_BOUNCE, 3);
    gint64 id = take(p, &m, "1").inbound_id;
    means(&m, BOUNCE_MAILBOX_FULL);
    begin_change(&c);
    for (int i = 0; i < 2; i++) {
        read_again(p, id, &m, &c);
        g_assert_true(c.is_changed == (i == 0));
        g_assert_cmpint(c.unmarked->len, ==, i == 0);
        g_assert_false(is_suppressed(p, "p3@example.org", "bounced"));
        g_assert_cmpint(counts_of(p, 1).bounced_hard, ==, 0);
        g_assert_cmpint(counts_of(p, 1).bounced_soft, ==, 1);
    }
    g_assert_cmpint(c.undo.n, ==, 1);
    g_assert_cmpint(number_of(p->db, "SELECT sum(hard) FROM bounce_rate"), ==, 0);
    evidence_change_clear(&c);
    undo_last(p);
    g_assert_true(is_suppressed(p, "p3@example.org", "bounced"));
    g_assert_cmpint(counts_of(p, 1).bounced_hard, ==, 1);
    g_assert_cmpint(counts_of(p, 1).bounced_soft, ==, 0);
    g_assert_cmpint(number_of(p->db, "SELECT sum(hard) FROM bounce_rate"), ==, 1);
    g_assert_cmpint(number_of(p->db, "SELECT count(*) FROM said_kept"), ==, 0);
    g_assert_cmpint(number_of(p->db, "SELECT count(*) FROM inbound_kept"), ==, 0);
    mail_clear(&m);
}

/* What means the same is not touched: what was done about it since stays. */
static void the_same_again_is_untouched(struct place *p, gconstpointer data)
{
    struct mail m;
    struct evidence_change c;
    mail_init(&m, MAIL_BOUNCE, "p3@example.org");
    means(&m, BOUNCE_USER_UNKNOWN);
    add_token(p, &m, TOKEN_BOUNCE, 3);
    gint64 id = take(p, &m, "1").inbound_id;
    g_assert_true(suppression_remove(p->db, "p3@example.org", 0, NULL));
    begin_change(&c);
    read_again(p, id, &m, &c);
    g_assert_false(c.is_changed);
    g_assert_false(is_suppressed(p, "p3@example.org", "bounced"));
    /* Still hard, for another reason: somebody let them be mailed again all the same. */
    means(&m, BOUNCE_HOST_UNKNOWN);
    read_again(p, id, &m, &c);
    g_assert_true(c.is_changed);
    g_assert_cmpint(c.marked->len, ==, 0);
    g_assert_false(is_suppressed(p, "p3@example.org", "bounced"));
    evidence_change_clear(&c);
    mail_clear(&m);
}

/* Two messages say that the address is dead; one of them turns out to say another thing. */
static void what_another_says_too_stays(struct place *p, gconstpointer data)
{
    struct mail m;
    struct evidence_change c;
    mail_init(&m, MAIL_BOUNCE, "p3@example.org");
    means(&m, BOUNCE_USER_UNKNOWN);
    add_token(p, &m, TOKEN_BOUNCE, 3);
    gint64 first = take(p, &m, "1").inbound_id, second = take(p, &m, "2").inbound_id;
    means(&m, BOUNCE_MAILBOX_FULL);
    begin_change(&c);
    read_again(p, first, &m, &c);
    g_assert_true(is_suppressed(p, "p3@example.org", "bounced"));
    g_assert_cmpint(c.unmarked->len, ==, 0);
    g_assert_cmpint(counts_of(p, 1).bounced_hard, ==, 1);
    g_assert_cmpint(counts_of(p, 1).bounced_soft, ==, 0);
    read_again(p, second, &m, &c);
    g_assert_false(is_suppressed(p, "p3@example.org", "bounced"));
    g_assert_cmpint(c.unmarked->len, ==, 1);
    g_assert_cmpint(counts_of(p, 1).bounced_hard, ==, 0);
    g_assert_cmpint(counts_of(p, 1).bounced_soft, ==, 1);
    evidence_change_clear(&c);
    undo_last(p);
    g_assert_true(is_suppressed(p, "p3@example.org", "bounced"));
    g_assert_cmpint(counts_of(p, 1).bounced_hard, ==, 1);
    g_assert_cmpint(counts_of(p, 1).bounced_soft, ==, 0);
    mail_clear(&m);
}

static void a_dry_run_changes_nothing(struct place *p, gconstpointer data)
{
    struct mail m;
    struct evidence_change c;
    mail_init(&m, MAIL_BOUNCE, "p3@example.org");
    means(&m, BOUNCE_MAILBOX_FULL);
    add_token(p, &m, TOKEN_BOUNCE, 3);
    gint64 id = take(p, &m, "1").inbound_id;
    gint64 n_audit = number_of(p->db, "SELECT count(*) FROM audit");
    means(&m, BOUNCE_USER_UNKNOWN);
    begin_change(&c);
    c.is_dry_run = TRUE;
    read_again(p, id, &m, &c);
    g_assert_true(c.is_changed);
    g_assert_cmpint(c.marked->len, ==, 1);
    g_assert_cmpint(c.undo.undo_id, ==, 0);
    g_assert_false(is_suppressed(p, "p3@example.org", "bounced"));
    g_assert_cmpint(number_of(p->db, "SELECT count(*) FROM undo"), ==, 0);
    g_assert_cmpint(number_of(p->db, "SELECT count(*) FROM audit"), ==, n_audit);
    evidence_change_clear(&c);
    mail_clear(&m);
}

/* Our own fault: the person is tried again once, however often it is read. */
static void tried_again_once(struct place *p, gconstpointer data)
{
    struct mail m;
    struct evidence_change c;
    mail_init(&m, MAIL_BOUNCE, "p3@example.org");
    means(&m, BOUNCE_BLOCKED);
    add_token(p, &m, TOKEN_BOUNCE, 3);
    struct evidence_result r = take(p, &m, "1");
    g_assert_cmpint(r.n_returned, ==, 1);
    run(p->db, "UPDATE delivery SET state = 2 WHERE id = 3");
    run(p->db, "UPDATE campaign_counter SET accepted = accepted + 1, deferred = deferred - 1"
               " WHERE campaign_id = 1");
    begin_change(&c);
    means(&m, BOUNCE_POLICY);
    read_again(p, r.inbound_id, &m, &c);
    g_assert_true(c.is_changed);
    g_assert_cmpint(c.result.n_returned, ==, 0);
    means(&m, BOUNCE_USER_UNKNOWN);
    read_again(p, r.inbound_id, &m, &c);
    g_assert_cmpint(c.marked->len, ==, 1);
    g_assert_cmpint(number_of(p->db, "SELECT count(*) FROM said"), ==, 1);
    gint64 n = 0;
    g_assert_true(said_times_returned(p->db, 3, &n, NULL));
    g_assert_cmpint(n, ==, 1);
    evidence_change_clear(&c);
    undo_last(p);
    g_assert_true(said_times_returned(p->db, 3, &n, NULL));
    g_assert_cmpint(n, ==, 1);
    g_assert_cmpint(number_of(p->db, "SELECT count(*) FROM said"), ==, 1);
    mail_clear(&m);
}

/* An undo does not lose what a person said since, and knows the others. */
static void an_undo_keeps_later_words(struct place *p, gconstpointer data)
{
    struct mail m;
    struct evidence_change c, later;
    struct undolog_done done = {0};
    gint64 ids[2];
    mail_init(&m, MAIL_BOUNCE, "p3@example.org");
    means(&m, BOUNCE_MAILBOX_FULL);
    for (int i = 0; i < 2; i++) {
        add_token(p, &m, TOKEN_BOUNCE, 3 + i);
        ids[i] = take(p, &m, i ? "2" : "1").inbound_id;
        g_ptr_array_set_size(m.in.tokens, 0);
    }
    begin_change(&c);
    means(&m, BOUNCE_USER_UNKNOWN);
    for (int i = 0; i < 2; i++) {
        add_token(p, &m, TOKEN_BOUNCE, 3 + i);
        read_again(p, ids[i], &m, &c);
        g_ptr_array_set_size(m.in.tokens, 0);
    }
    g_assert_cmpint(c.undo.n, ==, 2);
    evidence_change_init(&later, "assign");
    assign(p, ids[1], NULL, &later);
    g_assert_cmpint(n_suppressed(p), ==, 1);
    GError *error = NULL;
    g_assert_true(undolog_do(p->db, c.undo.undo_id, &done, &error));
    g_assert_no_error(error);
    g_assert_nonnull(strstr(done.said->pdata[0], "1 message "));
    g_assert_nonnull(strstr(done.said->pdata[0], "1 was changed again"));
    undolog_done_clear(&done);
    g_assert_cmpint(n_suppressed(p), ==, 0);
    struct inbound_row r;
    g_assert_true(inbound_get(p->db, ids[1], &r, NULL));
    g_assert_cmpint(r.state, ==, INBOUND_ASSIGNED);
    inbound_row_clear(&r);
    evidence_change_clear(&c);
    evidence_change_clear(&later);
    mail_clear(&m);
}

/* Five in a row within a month: of the days when they came, not of today. */
static void old_ones_count_on_their_days(struct place *p, gconstpointer data)
{
    struct evidence_change c;
    GError *error = NULL;
    for (int i = 2; i <= 6; i++)
        add_campaign(p, i, (i - 1) * 1000 + 1, CAMPAIGN_FINISHED);
    bounce_softly(p, 1, 4);
    run(p->db, "UPDATE said SET at_us = at_us - (200 - 40 * id) * 86400 * 1000000");
    struct mail m;
    mail_init(&m, MAIL_BOUNCE, "p3@example.org");
    means(&m, BOUNCE_EXPIRED);
    begin_change(&c);
    for (int i = 1; i <= 4; i++) {
        add_token(p, &m, TOKEN_BOUNCE, (i - 1) * 1000 + 3);
        gboolean ok = evidence_read_again(p->db, i, &m.in, &c, &error);
        g_assert_no_error(error);
        g_assert_true(ok && c.is_changed);
        g_ptr_array_set_size(m.in.tokens, 0);
    }
    evidence_change_clear(&c);
    mail_clear(&m);
    bounce_softly(p, 5, 5);
    g_assert_false(is_suppressed(p, "p3@example.org", "bounced"));
}

/* The first of five was not understood at first; the last four mean what they meant. */
static void an_early_one_completes_the_row(struct place *p, gconstpointer data)
{
    static const struct {
        const char *age; /* of the first, before the others */
        gboolean is_full;
    } cases[] = {{"40", FALSE}, {"20", TRUE}};
    struct mail m;
    for (int i = 2; i <= 5; i++)
        add_campaign(p, i, (i - 1) * 1000 + 1, CAMPAIGN_FINISHED);
    mail_init(&m, MAIL_OTHER, NULL);
    gint64 id = take(p, &m, "1").inbound_id;
    mail_clear(&m);
    bounce_softly(p, 2, 5);
    mail_init(&m, MAIL_BOUNCE, "p3@example.org");
    means(&m, BOUNCE_MAILBOX_FULL);
    add_token(p, &m, TOKEN_BOUNCE, 3);
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        struct evidence_change c;
        g_autofree char *moved = g_strdup_printf(
            "UPDATE inbound SET received_us = (SELECT min(at_us) FROM said WHERE inbound_id <> %d)"
            " - %s * 86400 * 1000000 WHERE id = %d",
            (int)id, cases[i].age, (int)id);
        run(p->db, moved);
        begin_change(&c);
        read_again(p, id, &m, &c);
        g_assert_true(c.is_changed);
        g_assert_cmpint(is_suppressed(p, "p3@example.org", "bounced"), ==, cases[i].is_full);
        evidence_change_clear(&c);
        undo_last(p);
        g_assert_false(is_suppressed(p, "p3@example.org", "bounced"));
    }
    mail_clear(&m);
}

static void who_is_erased_does_not_come_back(struct place *p, gconstpointer data)
{
    struct mail m;
    struct evidence_change c;
    mail_init(&m, MAIL_BOUNCE, "p3@example.org");
    means(&m, BOUNCE_USER_UNKNOWN);
    add_token(p, &m, TOKEN_BOUNCE, 3);
    gint64 id = take(p, &m, "1").inbound_id;
    begin_change(&c);
    assign(p, id, NULL, &c);
    g_assert_cmpint(number_of(p->db, "SELECT count(*) FROM said_kept"), ==, 1);
    g_assert_cmpint(number_of(p->db, "SELECT count(*) FROM suppression_kept"), ==, 1);
    struct erase_counts gone;
    g_assert_true(people_erase(p->db, "p3@example.org", &gone, NULL));
    g_assert_cmpint(number_of(p->db, "SELECT count(*) FROM said_kept"), ==, 0);
    g_assert_cmpint(number_of(p->db, "SELECT count(*) FROM suppression_kept"), ==, 0);
    evidence_change_clear(&c);
    mail_clear(&m);
}

static void assigned_by_hand(struct place *p, gconstpointer data)
{
    struct mail m;
    struct evidence_change c;
    GError *error = NULL;
    struct evidence_word word = {"p3@example.org", MAIL_BOUNCE, BOUNCE_USER_UNKNOWN};
    mail_init(&m, MAIL_OTHER, NULL);
    gint64 id = take(p, &m, "1").inbound_id;
    evidence_change_init(&c, "assign");
    assign(p, id, &word, &c);
    g_assert_cmpint(c.result.n_marked, ==, 1);
    g_assert_cmpstr(c.marked->pdata[0], ==, "p3@example.org");
    g_assert_cmpint(counts_of(p, 1).bounced_hard, ==, 1);
    g_assert_true(is_suppressed(p, "p3@example.org", "bounced"));
    /* A rerun leaves it, another word takes it back. */
    read_again(p, id, &m, &c);
    g_assert_true(c.is_by_hand);
    g_assert_true(is_suppressed(p, "p3@example.org", "bounced"));
    assign(p, id, NULL, &c);
    g_assert_false(is_suppressed(p, "p3@example.org", "bounced"));
    g_assert_cmpint(counts_of(p, 1).bounced_hard, ==, 0);
    /* A wrong one changes nothing. */
    word.address = "no address";
    g_assert_false(evidence_assign(p->db, id, &word, &c, &error));
    assert_fails(error, CRIER_ERROR_INVALID, "");
    g_assert_cmpint(number_of(p->db, "SELECT state FROM inbound"), ==, INBOUND_ASSIGNED);
    evidence_change_clear(&c);
    mail_clear(&m);
    undo_last(p);
    g_assert_cmpint(number_of(p->db, "SELECT state FROM inbound"), ==, INBOUND_UNKNOWN);
}

/* A failure at any row of a change, or of its undo, leaves all as it was. */
static void a_change_wholly_or_not_at_all(struct place *p, gconstpointer data)
{
    static const char *const steps[] = {
        "INSERT ON undo",      "INSERT ON inbound_kept", "INSERT ON said_kept",
        "DELETE ON said",      "DELETE ON suppression",  "INSERT ON suppression_kept",
        "INSERT ON said",      "UPDATE ON inbound_kept", "UPDATE ON campaign_counter",
        "UPDATE ON bounce_rate", "UPDATE ON inbound",    "INSERT ON audit",
    };
    struct mail m;
    GError *error = NULL;
    mail_init(&m, MAIL_BOUNCE, "p3@example.org");
    means(&m, BOUNCE_USER_UNKNOWN);
    add_token(p, &m, TOKEN_BOUNCE, 3);
    gint64 id = take(p, &m, "1").inbound_id;
    g_autofree char *before = reread_mark(p->db, id, NULL);
    means(&m, BOUNCE_MAILBOX_FULL);
    for (gsize i = 0; i < G_N_ELEMENTS(steps); i++) {
        struct evidence_change c;
        g_autofree char *trap = g_strdup_printf(
            "CREATE TRIGGER trap BEFORE %s BEGIN SELECT RAISE(ABORT, 'trap'); END", steps[i]);
        g_test_message("%s", steps[i]);
        begin_change(&c);
        g_assert_true(db_script(p->db, trap, NULL));
        g_assert_false(evidence_read_again(p->db, id, &m.in, &c, &error));
        g_clear_error(&error);
        g_assert_cmpint(c.undo.undo_id, ==, 0);
        run(p->db, "DROP TRIGGER trap");
        g_autofree char *now = reread_mark(p->db, id, NULL);
        g_assert_cmpstr(now, ==, before);
        g_assert_cmpint(number_of(p->db, "SELECT count(*) FROM undo"), ==, 0);
        g_assert_true(is_suppressed(p, "p3@example.org", "bounced"));
        g_assert_cmpint(counts_of(p, 1).bounced_hard, ==, 1);
        evidence_change_clear(&c);
    }
    mail_clear(&m);
}

static void an_undo_goes_on_where_it_stopped(struct place *p, gconstpointer data)
{
    struct mail m;
    struct evidence_change c;
    struct undolog_done done = {0};
    GError *error = NULL;
    gint64 ids[3];
    mail_init(&m, MAIL_BOUNCE, "p3@example.org");
    begin_change(&c);
    for (int i = 0; i < 3; i++) {
        g_autofree char *uid = g_strdup_printf("%d", i);
        add_token(p, &m, TOKEN_BOUNCE, 3 + i);
        means(&m, BOUNCE_USER_UNKNOWN);
        ids[i] = take(p, &m, uid).inbound_id;
        means(&m, BOUNCE_MAILBOX_FULL);
        read_again(p, ids[i], &m, &c);
        g_ptr_array_set_size(m.in.tokens, 0);
    }
    g_assert_cmpint(n_suppressed(p), ==, 0);
    g_autofree char *trap = g_strdup_printf(
        "CREATE TRIGGER trap BEFORE UPDATE ON inbound WHEN old.id = %" G_GINT64_FORMAT
        " BEGIN SELECT RAISE(ABORT, 'trap'); END",
        ids[1]);
    g_assert_true(db_script(p->db, trap, NULL));
    g_assert_false(undolog_do(p->db, c.undo.undo_id, &done, &error));
    g_clear_error(&error);
    g_assert_cmpint(n_suppressed(p), ==, 0);
    run(p->db, "DROP TRIGGER trap");
    g_assert_true(undolog_do(p->db, c.undo.undo_id, &done, &error));
    g_assert_no_error(error);
    undolog_done_clear(&done);
    g_assert_cmpint(n_suppressed(p), ==, 3);
    g_assert_cmpint(counts_of(p, 1).bounced_hard, ==, 3);
    g_assert_cmpint(counts_of(p, 1).bounced_soft, ==, 0);
    g_assert_cmpint(number_of(p->db, "SELECT sum(hard) FROM bounce_rate"), ==, 3);
    evidence_change_clear(&c);
    mail_clear(&m);
}

#define CASE(path, function)                                                                   \
    g_test_add("/evidence/" path, struct place, NULL, begin, function, place_end)

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    CASE("again", read_anew_by_another_rule);
    CASE("again/same", the_same_again_is_untouched);
    CASE("again/another", what_another_says_too_stays);
    CASE("again/dry-run", a_dry_run_changes_nothing);
    CASE("again/returned", tried_again_once);
    CASE("again/undo", an_undo_keeps_later_words);
    CASE("again/days", old_ones_count_on_their_days);
    CASE("again/row", an_early_one_completes_the_row);
    CASE("again/erased", who_is_erased_does_not_come_back);
    CASE("again/one-transaction", a_change_wholly_or_not_at_all);
    CASE("again/undo-stopped", an_undo_goes_on_where_it_stopped);
    CASE("assign", assigned_by_hand);
    return g_test_run();
}
