/* Where consequences of mail that came back begin and end: shapes, days, shares, one beside the
 * other. */
#include "config.h"

#include "base/crypto.h"
#include "came_back.h"
#include "store/rest_wish.h"
#include "store/said.h"
#include "store/storm.h"

#define MINUTE_US (60 * CLOCK_SECOND_US)
#define DAY_US (24 * 60 * MINUTE_US)

static gint64 n_suppressed(struct place *p)
{
    return number_of(p->db, "SELECT count(*) FROM suppression");
}

static void begin_campaigns(struct place *p, int last)
{
    for (int i = 2; i <= last; i++)
        add_campaign(p, i, (i - 1) * 1000 + 1, CAMPAIGN_FINISHED);
}

/* What the `reason` says of one delivery, found by its token. */
static struct evidence_result bounce(struct place *p, gint64 delivery,
                                     enum bounce_reason reason)
{
    static int n;
    struct mail m;
    g_autofree char *uid = g_strdup_printf("m%d", n++);
    mail_init(&m, MAIL_BOUNCE, NULL);
    g_ptr_array_add(m.in.items, &m.item);
    means(&m, reason);
    add_token(p, &m, TOKEN_BOUNCE, delivery);
    struct evidence_result r = take(p, &m, uid);
    mail_clear(&m);
    return r;
}

/* ---- tokens ---- */

/* A word that has the shape of a token names nobody; any other is no token, and the address
 * does. */
static void what_looks_signed(struct place *p, gconstpointer data)
{
    static const struct {
        guint8 kind, second;
        gsize len;
        gboolean is_forged;
    } rows[] = {
        {TOKEN_MESSAGE, 1, 12, TRUE},
        {TOKEN_UNSUBSCRIBE, 1, 12, TRUE},
        {TOKEN_BOUNCE, 1, 12, TRUE},
        {TOKEN_BOUNCE, 1, 19, TRUE},
        {TOKEN_BOUNCE, 1, 11, FALSE},
        {TOKEN_BOUNCE, 1, 20, FALSE},
        {TOKEN_BOUNCE, 0, 12, FALSE}, /* an id without a leading nought */
        {0, 1, 12, FALSE},
        {TOKEN_ERASED, 1, 12, FALSE},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        guint8 octets[20] = {rows[i].kind, rows[i].second, 3, 4, 5};
        g_autofree char *address = g_strdup_printf("p%d@example.org", (int)i + 1);
        g_autofree char *uid = g_strdup_printf("%d", (int)i);
        struct mail m;
        mail_init(&m, MAIL_BOUNCE, address);
        means(&m, BOUNCE_USER_UNKNOWN);
        g_ptr_array_add(m.in.tokens, crypto_base32(octets, rows[i].len));
        struct evidence_result r = take(p, &m, uid);
        if (r.is_unknown != rows[i].is_forged || r.n_marked != !rows[i].is_forged)
            g_error("row %d: %s", (int)i, r.is_unknown ? "unknown" : "marked");
        /* Whoever looks at the address finds it, marked or not. */
        g_autoptr(GPtrArray) said = said_of_address(p->db, address, 9, NULL);
        g_assert_cmpuint(said->len, ==, 1);
        mail_clear(&m);
    }
}

/* One of them is ours: the others were the way it took. */
static void a_good_one_among_forged_ones(struct place *p, gconstpointer data)
{
    static const guint8 key[TOKEN_KEY_BYTES] = {1, 2, 3};
    struct mail m;
    mail_init(&m, MAIL_BOUNCE, "p4@example.org");
    means(&m, BOUNCE_USER_UNKNOWN);
    g_ptr_array_add(m.in.tokens, token_make(key, TOKEN_BOUNCE, 5));
    add_token(p, &m, TOKEN_BOUNCE, 3);
    g_ptr_array_add(m.in.tokens, token_make(key, TOKEN_BOUNCE, 6));
    g_assert_false(take(p, &m, "1").is_unknown);
    g_assert_true(is_suppressed(p, "p3@example.org", "bounced"));
    g_assert_cmpint(n_suppressed(p), ==, 1);
    mail_clear(&m);
}

/* Which of its tokens a request bears does not matter: all name the delivery. */
static void a_request_by_any_of_its_tokens(struct place *p, gconstpointer data)
{
    static const enum token_kind kinds[] = {TOKEN_MESSAGE, TOKEN_UNSUBSCRIBE, TOKEN_BOUNCE};
    for (gsize i = 0; i < G_N_ELEMENTS(kinds); i++) {
        struct mail m;
        g_autofree char *address = g_strdup_printf("p%d@example.org", (int)i + 3);
        mail_init(&m, MAIL_UNSUBSCRIBE, "somebody@example.net");
        add_token(p, &m, kinds[i], (gint64)i + 3);
        g_assert_cmpint(take(p, &m, address).n_marked, ==, 1);
        g_assert_true(is_suppressed(p, address, "unsubscribed"));
        mail_clear(&m);
    }
    g_assert_cmpint(n_suppressed(p), ==, 3);
}

/* A request to the wrong kind of our tokens: those of erased people name no delivery. */
static void an_erased_ones_token_names_nobody(struct place *p, gconstpointer data)
{
    struct mail m;
    mail_init(&m, MAIL_UNSUBSCRIBE, "stranger@example.net");
    add_token(p, &m, TOKEN_ERASED, 3);
    struct evidence_result r = take(p, &m, "1");
    g_assert_true(r.is_unknown);
    g_assert_cmpint(n_suppressed(p), ==, 0);
    mail_clear(&m);
}

/* ---- people who are gone ---- */

/* What they say counts for the address that it went to. */
static void somebody_who_was_removed(struct place *p, gconstpointer data)
{
    static const enum mail_kind kinds[] = {MAIL_COMPLAINT, MAIL_UNSUBSCRIBE};
    static const char *const reasons[] = {"complained", "unsubscribed"};
    run(p->db, "DELETE FROM membership");
    run(p->db, "DELETE FROM person");
    for (gsize i = 0; i < G_N_ELEMENTS(kinds); i++) {
        struct mail m;
        g_autofree char *address = g_strdup_printf("p%d@example.org", (int)i + 3);
        mail_init(&m, kinds[i], NULL);
        add_token(p, &m, TOKEN_BOUNCE, (gint64)i + 3);
        g_assert_cmpint(take(p, &m, address).n_marked, ==, 1);
        g_assert_true(is_suppressed(p, address, reasons[i]));
        mail_clear(&m);
    }
}

/* It is counted for the campaign; there is no address to be suppressed, nor one that is kept.
 */
static void somebody_who_was_erased(struct place *p, gconstpointer data)
{
    static const enum mail_kind kinds[] = {MAIL_COMPLAINT, MAIL_UNSUBSCRIBE, MAIL_SUCCESS,
                                           MAIL_BOUNCE};
    run(p->db, "UPDATE delivery SET address = '" PERSON_ERASED "'");
    for (gsize i = 0; i < G_N_ELEMENTS(kinds); i++) {
        struct mail m;
        g_autofree char *uid = g_strdup_printf("%d", (int)i);
        mail_init(&m, kinds[i], "p3@example.org");
        means(&m, kinds[i] == MAIL_BOUNCE ? BOUNCE_USER_UNKNOWN : BOUNCE_UNKNOWN);
        add_token(p, &m, TOKEN_BOUNCE, 3);
        struct evidence_result r = take(p, &m, uid);
        g_assert_false(r.is_unknown);
        g_assert_cmpint(r.n_marked + r.n_waiting, ==, 0);
        mail_clear(&m);
    }
    struct campaign_counts c = counts_of(p, 1);
    g_assert_cmpint(c.complained, ==, 1);
    g_assert_cmpint(c.unsubscribed, ==, 1);
    g_assert_cmpint(c.bounced_hard, ==, 1);
    g_assert_cmpint(n_suppressed(p), ==, 0);
    g_assert_cmpint(number_of(p->db, "SELECT count(*) FROM bounce_rate"), ==, 0);
    g_assert_cmpint(number_of(p->db, "SELECT count(*) FROM healed"), ==, 0);
    g_assert_cmpint(number_of(p->db, "SELECT count(*) FROM said WHERE text <> '' OR"
                                     " address_key <> ''"),
                    ==, 0);
}

/* ---- days ---- */

/* Four soft ones, then something, then the fifth: whether that is still one row. */
static void fifth_after(struct place *p, const char *sql, gboolean is_one_row)
{
    begin_campaigns(p, 6);
    for (int i = 1; i <= 4; i++)
        bounce(p, (i - 1) * 1000 + 3, BOUNCE_MAILBOX_FULL);
    g_assert_cmpint(n_suppressed(p), ==, 0);
    g_assert_true(db_script(p->db, sql, NULL));
    bounce(p, 4003, BOUNCE_MAILBOX_FULL);
    g_assert_cmpint(n_suppressed(p), ==, is_one_row);
}

#define AGO(table, minutes, where)                                                             \
    "UPDATE " table " SET at_us = at_us - (" #minutes ") * 60000000 " where ";"

static void taken_nearly_five_days_ago(struct place *p, gconstpointer data)
{
    fifth_after(p,
                AGO("said", 8 * 1440 + 0, "")
                    AGO("attempt", 5 * 1440 - 9, "WHERE delivery_id = 5003"),
                TRUE);
}

static void taken_five_days_ago(struct place *p, gconstpointer data)
{
    fifth_after(p,
                AGO("said", 8 * 1440 + 0, "")
                    AGO("attempt", 5 * 1440 + 9, "WHERE delivery_id = 5003"),
                FALSE);
}

static void before_the_time_that_counts(struct place *p, gconstpointer data)
{
    fifth_after(p,
                "INSERT INTO setting (key, value, actor, changed_us) VALUES ('soft_within', "
                "'864000', 't', 1);" AGO("said", 10 * 1440 + 9, "WHERE delivery_id = 3"),
                FALSE);
}

static void within_the_time_that_counts(struct place *p, gconstpointer data)
{
    fifth_after(p,
                "INSERT INTO setting (key, value, actor, changed_us) VALUES ('soft_within', "
                "'864000', 't', 1);" AGO("said", 10 * 1440 - 9, "WHERE delivery_id = 3"),
                TRUE);
}

static void over_several_lists(struct place *p, gconstpointer data)
{
    fifth_after(p,
                "INSERT INTO list (id, name, created_us) SELECT id + 100, 'l' || id, 1 FROM"
                " campaign; UPDATE campaign_list SET list_id = campaign_id + 100;",
                TRUE);
    g_assert_cmpint(number_of(p->db, "SELECT list_id FROM suppression"), ==, 0);
}

static void sent_back_late(struct place *p, gconstpointer data)
{
    run(p->db, AGO("attempt", 7 * 1440 + 9, "WHERE delivery_id = 3"));
    run(p->db, AGO("attempt", 7 * 1440 - 9, "WHERE delivery_id = 4"));
    g_assert_cmpint(bounce(p, 3, BOUNCE_BLOCKED).n_returned, ==, 0);
    g_assert_cmpint(bounce(p, 4, BOUNCE_BLOCKED).n_returned, ==, 1);
    g_assert_cmpint(counts_of(p, 1).bounced_soft, ==, 1);
    /* An hour later. */
    gint64 in_us =
        number_of(p->db, "SELECT due_us FROM delivery WHERE id = 4") - clock_wall_us();
    g_assert_cmpint(in_us, >, 55 * MINUTE_US);
    g_assert_cmpint(in_us, <=, 60 * MINUTE_US);
}

static void four_within_the_hour(struct place *p, const char *sql, guint wishes)
{
    for (int i = 1; i <= 4; i++)
        bounce(p, i, BOUNCE_BLOCKED);
    run(p->db, sql);
    bounce(p, 5, BOUNCE_BLOCKED);
    g_autoptr(GPtrArray) all = rest_wish_all(p->db, NULL);
    g_assert_cmpuint(all->len, ==, wishes);
}

static void five_within_an_hour(struct place *p, gconstpointer data)
{
    four_within_the_hour(p, AGO("said", 59, "WHERE delivery_id = 1"), 1);
}

static void five_in_more_than_an_hour(struct place *p, gconstpointer data)
{
    four_within_the_hour(p, AGO("said", 61, "WHERE delivery_id = 1"), 0);
}

/* ---- storms ---- */

/* A campaign before had `usual` of `taken`; the present one comes to `hard` of `now`. */
static gboolean is_storm(struct place *p, int usual, int taken, int hard, int now)
{
    enum storm_state state = STORM_NONE;
    g_autofree char *before =
        g_strdup_printf("INSERT INTO bounce_rate (provider, campaign_id, domain, hard) VALUES"
                        " ('example.org', 2, 'example.org', %d);"
                        "UPDATE domain_counter SET accepted = %d WHERE campaign_id = 2;"
                        "UPDATE domain_counter SET accepted = %d WHERE campaign_id = 1;",
                        usual, taken, now);
    begin_campaigns(p, 2);
    g_assert_true(db_script(p->db, before, NULL));
    for (int i = 1; i <= hard; i++)
        bounce(p, i, BOUNCE_USER_UNKNOWN);
    g_assert_true(storm_state(p->db, "example.org", 1, &state, NULL));
    return state == STORM_WAITS;
}

struct share {
    int usual, taken, hard, now;
    gboolean is_storm;
};

static const struct share shares[] = {
    {40, 1000, 20, 100, FALSE}, /* five times the usual four of a hundred, not more */
    {40, 1000, 21, 100, TRUE},  /* one more */
    {40, 1000, 19, 20, FALSE},  /* too few to tell */
    {0, 1000, 20, 2000, FALSE}, /* nobody is always that good */
    {0, 1000, 21, 2000, TRUE},  {0, 499, 20, 200, FALSE},  /* what is usual is not known */
    {0, 499, 21, 200, TRUE},    {20, 500, 21, 105, FALSE}, /* now it is: four of a hundred */
    {400, 499, 21, 200, TRUE},                             /* not yet */
};

static void a_storm_is_five_times_the_usual(struct place *p, gconstpointer data)
{
    const struct share *s = data;
    g_assert_true(is_storm(p, s->usual, s->taken, s->hard, s->now) == s->is_storm);
}

/* What it was called a storm by is kept with it. */
static void a_storm_says_why(struct place *p, gconstpointer data)
{
    g_assert_true(is_storm(p, 40, 1000, 22, 100));
    g_autoptr(GPtrArray) all = storm_waiting(p->db, NULL);
    g_assert_cmpuint(all->len, ==, 1);
    const struct storm *s = all->pdata[0];
    g_assert_cmpint(s->hard, ==, 21);
    g_assert_cmpint(s->taken, ==, 100);
    g_assert_cmpfloat_with_epsilon(s->usual, 0.04, 0.0001);
    g_assert_cmpint(s->n_waiting, ==, 2);
    g_assert_cmpint(ABS(clock_wall_us() - s->since_us), <, DAY_US);
}

/* Nothing waits for the one who says it. */
static void what_a_person_says_is_no_storm(struct place *p, gconstpointer data)
{
    struct mail m;
    struct evidence_change c;
    struct evidence_word word = {"p30@example.org", MAIL_BOUNCE, BOUNCE_USER_UNKNOWN};
    GError *error = NULL;
    for (int i = 1; i <= 25; i++)
        bounce(p, i, BOUNCE_USER_UNKNOWN);
    g_assert_cmpint(n_suppressed(p), ==, 19);
    mail_init(&m, MAIL_OTHER, NULL);
    gint64 id = take(p, &m, "other").inbound_id;
    evidence_change_init(&c, "assign");
    g_assert_true(evidence_assign(p->db, id, &word, &c, &error));
    g_assert_no_error(error);
    g_assert_cmpint(c.result.n_waiting, ==, 0);
    g_assert_true(is_suppressed(p, "p30@example.org", "bounced"));
    evidence_change_clear(&c);
    mail_clear(&m);
}

/* What was a storm then is not what is usual. */
static void a_storm_before_is_not_usual(struct place *p, gconstpointer data)
{
    run(p->db, "INSERT INTO storm (provider, campaign_id, state, since_us, hard, taken, usual)"
               " VALUES ('example.org', 2, 1, 1, 500, 1000, 0.02)");
    g_assert_true(is_storm(p, 500, 1000, 21, 200));
}

/* The domains of a provider count together, others do not. */
static void a_storm_is_one_providers(struct place *p, gconstpointer data)
{
    run(p->db, "UPDATE delivery SET address = 'p' || id || '@example.net' WHERE id > 15");
    for (int i = 1; i <= 30; i++)
        bounce(p, i, BOUNCE_USER_UNKNOWN);
    g_assert_cmpint(n_suppressed(p), ==, 30);
    g_assert_cmpint(number_of(p->db, "SELECT count(*) FROM storm"), ==, 0);
}

#define CASE(path, function)                                                                   \
    g_test_add("/evidence_edges/" path, struct place, NULL, begin, function, place_end)

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    CASE("token/shape", what_looks_signed);
    CASE("token/among-forged", a_good_one_among_forged_ones);
    CASE("token/request", a_request_by_any_of_its_tokens);
    CASE("token/erased", an_erased_ones_token_names_nobody);
    CASE("gone/removed", somebody_who_was_removed);
    CASE("gone/erased", somebody_who_was_erased);
    CASE("days/nearly-settled", taken_nearly_five_days_ago);
    CASE("days/settled", taken_five_days_ago);
    CASE("days/before-they-count", before_the_time_that_counts);
    CASE("days/while-they-count", within_the_time_that_counts);
    CASE("soft/lists", over_several_lists);
    CASE("ours/late", sent_back_late);
    CASE("ours/hour", five_within_an_hour);
    CASE("ours/more-than-an-hour", five_in_more_than_an_hour);
    for (gsize i = 0; i < G_N_ELEMENTS(shares); i++) {
        g_autofree char *path =
            g_strdup_printf("/evidence_edges/storm/%d-of-%d-after-%d-of-%d", shares[i].hard,
                            shares[i].now, shares[i].usual, shares[i].taken);
        g_test_add(path, struct place, &shares[i], begin, a_storm_is_five_times_the_usual,
                   place_end);
    }
    CASE("storm/why", a_storm_says_why);
    CASE("storm/by-hand", what_a_person_says_is_no_storm);
    CASE("storm/before", a_storm_before_is_not_usual);
    CASE("storm/provider", a_storm_is_one_providers);
    return g_test_run();
}
