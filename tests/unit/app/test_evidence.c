/* What follows of mail that came back: each consequence, once. */
#include "config.h"

#include "app/evidence.h"

#include "app/said_view.h"
#include "came_back.h"
#include "store/audit.h"
#include "store/deliveries.h"
#include "store/deliveries_learn.h"
#include "store/rest_wish.h"
#include "store/said.h"
#include "store/storm.h"

/* ---- by kind ---- */

static void hard_is_never_mailed_again(struct place *p, gconstpointer data)
{
    struct mail m;
    mail_init(&m, MAIL_BOUNCE, "p3@example.org");
    means(&m, BOUNCE_USER_UNKNOWN);
    add_token(p, &m, TOKEN_BOUNCE, 3);
    struct evidence_result r = take(p, &m, "1");
    g_assert_cmpint(r.n_marked, ==, 1);
    g_assert_false(r.is_unknown);
    g_assert_true(is_suppressed(p, "p3@example.org", "bounced"));
    g_autoptr(GPtrArray) all = suppression_of(p->db, "p3@example.org", NULL);
    const struct suppression *s = all->pdata[0];
    g_assert_null(s->list);
    g_assert_nonnull(strstr(s->evidence, "what the server said"));
    g_assert_nonnull(strstr(s->evidence, "message #1"));
    g_assert_cmpint(counts_of(p, 1).bounced_hard, ==, 1);
    /* The same again, and the same delivery by another message. */
    g_assert_true(take(p, &m, "1").was_there);
    take(p, &m, "2");
    g_assert_cmpint(counts_of(p, 1).bounced_hard, ==, 1);
    g_assert_cmpint(number_of(p->db, "SELECT count(*) FROM said"), ==, 2);
    mail_clear(&m);
}

static void a_hard_one_takes_the_place_of_a_soft_one(struct place *p, gconstpointer data)
{
    struct mail m;
    mail_init(&m, MAIL_BOUNCE, "p3@example.org");
    add_token(p, &m, TOKEN_MESSAGE, 3);
    means(&m, BOUNCE_MAILBOX_FULL);
    take(p, &m, "1");
    g_assert_cmpint(counts_of(p, 1).bounced_soft, ==, 1);
    g_assert_false(is_suppressed(p, "p3@example.org", "bounced"));
    means(&m, BOUNCE_USER_UNKNOWN);
    take(p, &m, "2");
    g_assert_cmpint(counts_of(p, 1).bounced_soft, ==, 0);
    g_assert_cmpint(counts_of(p, 1).bounced_hard, ==, 1);
    mail_clear(&m);
}

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

static void five_soft_ones_in_a_row(struct place *p, gconstpointer data)
{
    for (int i = 2; i <= 5; i++)
        add_campaign(p, i, (i - 1) * 1000 + 1, CAMPAIGN_FINISHED);
    bounce_softly(p, 1, 4);
    bounce_softly(p, 4, 4);
    g_assert_false(is_suppressed(p, "p3@example.org", "bounced"));
    bounce_softly(p, 5, 5);
    g_assert_true(is_suppressed(p, "p3@example.org", "bounced"));
}

/* ---- what is shown of it ---- */

static void soft_ones_in_a_row_are_told(struct place *p, gconstpointer data)
{
    gint64 n = -1, most = -1;
    for (int i = 2; i <= 5; i++)
        add_campaign(p, i, (i - 1) * 1000 + 1, CAMPAIGN_FINISHED);
    g_assert_true(evidence_soft_row(p->db, "p3@example.org", 3, &n, &most, NULL));
    g_assert_cmpint(n, ==, 0);
    bounce_softly(p, 1, 2);
    g_assert_true(evidence_soft_row(p->db, "p3@example.org", 3, &n, &most, NULL));
    g_assert_cmpint(n, ==, 2);
    g_assert_cmpint(most, ==, 5);
    g_assert_true(settings_set(p->db, "soft_bounces", "3", NULL));
    g_assert_true(evidence_soft_row(p->db, "p3@example.org", 3, &n, &most, NULL));
    g_assert_cmpint(most, ==, 3);
}

static void bounce_one(struct place *p, gint64 delivery)
{
    struct mail m;
    g_autofree char *uid = g_strdup_printf("hard%" G_GINT64_FORMAT, delivery);
    mail_init(&m, MAIL_BOUNCE, "somebody@example.org");
    means(&m, BOUNCE_USER_UNKNOWN);
    m.item.status = (char *)"5.1.1";
    add_token(p, &m, TOKEN_BOUNCE, delivery);
    take(p, &m, uid);
    mail_clear(&m);
}

static void assert_page(GPtrArray *page, const char *ids)
{
    g_autoptr(GString) got = g_string_new(NULL);
    g_assert_nonnull(page);
    for (guint i = 0; i < page->len; i++)
        g_string_append_printf(got, "%" G_GINT64_FORMAT " ",
                               ((const struct delivery *)page->pdata[i])->id);
    g_assert_cmpstr(got->str, ==, ids);
    g_ptr_array_unref(page);
}

/* By the campaign, the kind, in the order of deliveries, both ways, each once. */
static void deliveries_by_what_came_back(struct place *p, gconstpointer data)
{
    static const int hard[] = {9, 4, 7, 1004, 2};
    add_campaign(p, 2, 1001, CAMPAIGN_FINISHED);
    for (gsize i = 0; i < G_N_ELEMENTS(hard); i++)
        bounce_one(p, hard[i]);
    bounce_softly(p, 1, 2);
    assert_page(deliveries_said_page(p->db, 1, SAID_HARD, 0, 10, NULL), "2 4 7 9 ");
    assert_page(deliveries_said_page(p->db, 1, SAID_HARD, 4, 1, NULL), "7 ");
    assert_page(deliveries_said_page(p->db, 2, SAID_HARD, 0, 10, NULL), "1004 ");
    assert_page(deliveries_said_page(p->db, 1, SAID_SOFT, 0, 10, NULL), "3 ");
    assert_page(deliveries_said_page(p->db, 1, SAID_COMPLAINED, 0, 10, NULL), "");
    assert_page(deliveries_said_page_before(p->db, 1, SAID_HARD, G_MAXINT64, 2, NULL), "9 7 ");
    assert_page(deliveries_said_page_before(p->db, 1, SAID_HARD, 4, 2, NULL), "2 ");
    assert_page(deliveries_said_page_before(p->db, 2, SAID_HARD, 1004, 2, NULL), "");
}

static void a_person_sees_all_that_came_back(struct place *p, gconstpointer data)
{
    bounce_one(p, 3);
    /* Another address since: the delivery is still theirs. */
    run(p->db, "UPDATE person SET address = 'new@example.org', address_key = 'new@example.org'"
               " WHERE id = 3");
    bounce_softly(p, 1, 1);
    g_autoptr(GPtrArray) all =
        said_view_of_person(p->db, "new@example.org", 3, 10, NULL);
    g_assert_cmpint(all->len, ==, 2);
    const struct said_view *soft = all->pdata[0], *hard = all->pdata[1];
    g_assert_cmpstr(hard->campaign, ==, "c1");
    g_autofree char *line = said_view_line(&hard->said);
    g_assert_cmpstr(line, ==, "bounced hard 5.1.1: There is no such mailbox.");
    g_autofree char *message = said_view_message(hard);
    g_assert_cmpstr(message, ==, "message #1 from postmaster@example.net: returned");
    g_autofree char *effects = said_view_effects(&hard->said);
    g_assert_cmpstr(effects, ==, "never mailed since");
    g_autofree char *against = said_view_effects(&soft->said);
    g_assert_cmpstr(against, ==, "counts against the address");
    g_autoptr(GPtrArray) first = said_view_of_person(p->db, "new@example.org", 3, 1, NULL);
    g_assert_cmpint(first->len, ==, 1);
    g_autoptr(GPtrArray) others = said_view_of_person(p->db, "p4@example.org", 4, 9, NULL);
    g_assert_cmpint(others->len, ==, 0);
}

static void mail_that_arrived_heals(struct place *p, gconstpointer data)
{
    struct mail m;
    for (int i = 2; i <= 5; i++)
        add_campaign(p, i, (i - 1) * 1000 + 1, CAMPAIGN_FINISHED);
    bounce_softly(p, 1, 4);
    mail_init(&m, MAIL_SUCCESS, "p3@example.org");
    add_token(p, &m, TOKEN_BOUNCE, 4003);
    take(p, &m, "arrived");
    mail_clear(&m);
    bounce_softly(p, 5, 5);
    g_assert_false(is_suppressed(p, "p3@example.org", "bounced"));
}

/* What was taken days ago, and of which nothing came back, has arrived. */
static void a_delivery_without_a_bounce_heals(struct place *p, gconstpointer data)
{
    for (int i = 2; i <= 6; i++)
        add_campaign(p, i, (i - 1) * 1000 + 1, CAMPAIGN_FINISHED);
    bounce_softly(p, 1, 4);
    run(p->db, "UPDATE said SET at_us = at_us - 8 * 86400 * 1000000");
    run(p->db, "UPDATE attempt SET at_us = at_us - 6 * 86400 * 1000000"
               " WHERE delivery_id = 5003");
    bounce_softly(p, 5, 5);
    g_assert_false(is_suppressed(p, "p3@example.org", "bounced"));
}

static void who_complains_is_never_mailed_again(struct place *p, gconstpointer data)
{
    struct mail m, bounce;
    mail_init(&bounce, MAIL_BOUNCE, "p3@example.org");
    means(&bounce, BOUNCE_USER_UNKNOWN);
    add_token(p, &bounce, TOKEN_BOUNCE, 3);
    take(p, &bounce, "1");
    mail_clear(&bounce);
    mail_init(&m, MAIL_COMPLAINT, NULL);
    add_token(p, &m, TOKEN_MESSAGE, 3);
    take(p, &m, "2");
    take(p, &m, "2");
    g_assert_cmpint(counts_of(p, 1).complained, ==, 1);
    g_assert_true(is_suppressed(p, "p3@example.org", "complained"));
    /* It is no bounce that could be taken back. */
    gint64 n = 0;
    g_assert_true(suppression_remove_bounced(p->db, 0, NULL, FALSE, &n, NULL));
    g_assert_cmpint(n, ==, 0);
    g_assert_true(is_suppressed(p, "p3@example.org", "complained"));
    mail_clear(&m);
}

static void who_asks_leaves_the_list(struct place *p, gconstpointer data)
{
    struct mail m;
    mail_init(&m, MAIL_UNSUBSCRIBE, "other@example.net");
    add_token(p, &m, TOKEN_UNSUBSCRIBE, 3);
    take(p, &m, "1");
    g_autoptr(GPtrArray) all = suppression_of(p->db, "p3@example.org", NULL);
    g_assert_cmpint(all->len, ==, 1);
    g_assert_cmpstr(((struct suppression *)all->pdata[0])->list, ==, "all");
    g_autoptr(GPtrArray) other = suppression_of(p->db, "other@example.net", NULL);
    g_assert_cmpint(other->len, ==, 0);
    g_assert_cmpint(counts_of(p, 1).unsubscribed, ==, 1);
    /* By hand, too. */
    struct evidence_done done = {0};
    g_assert_true(evidence_unsubscribe(p->db, 3, "again", &done, NULL));
    g_assert_true(done.was_there);
    evidence_done_clear(&done);
    g_assert_true(evidence_unsubscribe(p->db, 4, "by phone", &done, NULL));
    evidence_done_clear(&done);
    g_assert_cmpint(counts_of(p, 1).unsubscribed, ==, 2);
    mail_clear(&m);
}

/* ---- our fault ---- */

static void our_fault_marks_nobody(struct place *p, gconstpointer data)
{
    struct mail m;
    mail_init(&m, MAIL_BOUNCE, "p3@example.org");
    means(&m, BOUNCE_BLOCKED);
    g_assert_cmpint(m.item.fault, ==, FAULT_OF_US);
    add_token(p, &m, TOKEN_BOUNCE, 3);
    struct evidence_result r = take(p, &m, "1");
    g_assert_cmpint(r.n_returned, ==, 1);
    g_assert_false(is_suppressed(p, "p3@example.org", "bounced"));
    struct campaign_counts c = counts_of(p, 1);
    g_assert_cmpint(c.state[DELIVERY_DEFERRED], ==, 1);
    g_assert_cmpint(c.state[DELIVERY_ACCEPTED], ==, PEOPLE - 1);
    g_assert_cmpint(c.bounced_soft, ==, 0);
    g_assert_cmpint(number_of(p->db, "SELECT accepted FROM domain_counter"), ==, PEOPLE - 1);
    /* Another word about the same try does not send it twice. */
    g_assert_cmpint(take(p, &m, "2").n_returned, ==, 0);
    mail_clear(&m);
}

static void a_receiver_that_sends_all_back_is_to_rest(struct place *p, gconstpointer data)
{
    for (int i = 1; i <= 5; i++) {
        struct mail m;
        g_autofree char *uid = g_strdup_printf("%d", i);
        g_autoptr(GPtrArray) before = rest_wish_all(p->db, NULL);
        g_assert_cmpint(before->len, ==, 0);
        mail_init(&m, MAIL_BOUNCE, NULL);
        g_ptr_array_add(m.in.items, &m.item);
        means(&m, BOUNCE_BLOCKED);
        add_token(p, &m, TOKEN_BOUNCE, i);
        take(p, &m, uid);
        mail_clear(&m);
    }
    g_autoptr(GPtrArray) wishes = rest_wish_all(p->db, NULL);
    g_assert_cmpint(wishes->len, ==, 1);
    const struct rest_wish *w = wishes->pdata[0];
    g_assert_cmpstr(w->receiver, ==, "example.org");
    g_assert_cmpstr(w->reply, ==, "what the server said");
}

static void a_finished_campaign_sends_again_a_cancelled_one_not(struct place *p,
                                                                gconstpointer data)
{
    static const struct {
        enum campaign_state before, after;
        int returned;
    } cases[] = {
        {CAMPAIGN_FINISHED, CAMPAIGN_SENDING, 1},
        {CAMPAIGN_PAUSED, CAMPAIGN_PAUSED, 1},
        {CAMPAIGN_CANCELLED, CAMPAIGN_CANCELLED, 0},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        struct mail m;
        gint64 id = 2 + (gint64)i;
        g_autofree char *uid = g_strdup_printf("%d", (int)i);
        add_campaign(p, (int)id, (int)id * 1000 + 1, cases[i].before);
        mail_init(&m, MAIL_BOUNCE, "p3@example.org");
        means(&m, BOUNCE_BLOCKED);
        add_token(p, &m, TOKEN_BOUNCE, id * 1000 + 3);
        g_assert_cmpint(take(p, &m, uid).n_returned, ==, cases[i].returned);
        g_assert_cmpint(number_of(p->db, "SELECT state FROM campaign ORDER BY id DESC"), ==,
                        cases[i].after);
        struct campaign_counts c = counts_of(p, id);
        g_assert_cmpint(c.state[DELIVERY_DEFERRED], ==, cases[i].returned);
        g_assert_cmpint(c.bounced_soft, ==, 1 - cases[i].returned);
        mail_clear(&m);
    }
}

static void not_sent_again_for_ever(struct place *p, gconstpointer data)
{
    struct mail m;
    int n = 0;
    mail_init(&m, MAIL_BOUNCE, "p3@example.org");
    means(&m, BOUNCE_BLOCKED);
    add_token(p, &m, TOKEN_BOUNCE, 3);
    for (int i = 0; i < 6; i++) {
        g_autofree char *uid = g_strdup_printf("%d", i);
        n += take(p, &m, uid).n_returned;
        run(p->db, "UPDATE delivery SET state = 2, due_us = NULL WHERE id = 3");
        run(p->db, "UPDATE campaign_counter SET accepted = 60, deferred = 0");
    }
    g_assert_cmpint(n, ==, 3);
    g_assert_cmpint(counts_of(p, 1).bounced_soft, ==, 1);
    mail_clear(&m);
}

/* ---- maybe sent ---- */

static void what_comes_back_was_sent(struct place *p, gconstpointer data)
{
    struct mail m;
    run(p->db, "UPDATE delivery SET state = 5 WHERE id = 3");
    run(p->db, "UPDATE attempt SET state = 5 WHERE delivery_id = 3");
    run(p->db, "UPDATE campaign_counter SET accepted = 59, uncertain = 1, undecided = 1");
    run(p->db, "UPDATE domain_counter SET accepted = 59, uncertain = 1");
    mail_init(&m, MAIL_AUTOREPLY, NULL);
    add_token(p, &m, TOKEN_MESSAGE, 3);
    take(p, &m, "1");
    struct campaign_counts c = counts_of(p, 1);
    g_assert_cmpint(c.state[DELIVERY_ACCEPTED], ==, PEOPLE);
    g_assert_cmpint(c.undecided, ==, 0);
    g_assert_cmpint(number_of(p->db, "SELECT accepted FROM domain_counter"), ==, PEOPLE);
    mail_clear(&m);
}

static void set_uncertain(struct place *p, gint64 id)
{
    g_autofree char *sql = g_strdup_printf(
        "UPDATE delivery SET state = 5 WHERE id = %" G_GINT64_FORMAT ";"
        "UPDATE attempt SET state = 5 WHERE delivery_id = %" G_GINT64_FORMAT
        " AND n = (SELECT max(n) FROM attempt WHERE delivery_id = %" G_GINT64_FORMAT ");"
        "UPDATE campaign_counter SET accepted = accepted - 1, uncertain = uncertain + 1,"
        " undecided = undecided + 1;"
        "UPDATE domain_counter SET accepted = accepted - 1, uncertain = uncertain + 1",
        id, id, id);
    g_assert_true(db_script(p->db, sql, NULL));
}

static void what_came_back_before_it_was_uncertain(struct place *p, gconstpointer data)
{
    struct mail m;
    GError *error = NULL;
    gint64 seen = -1;
    mail_init(&m, MAIL_BOUNCE, "p3@example.org");
    means(&m, BOUNCE_MAILBOX_FULL);
    add_token(p, &m, TOKEN_BOUNCE, 3);
    take(p, &m, "1");
    g_ptr_array_set_size(m.in.tokens, 0);
    add_token(p, &m, TOKEN_BOUNCE, 5);
    take(p, &m, "2");
    mail_clear(&m);
    /* It may be a first try of 5 that came back, and not the second. */
    run(p->db, "INSERT INTO attempt (delivery_id, n, at_us, server_id, phase, state, code,"
               " version) VALUES (5, 2, 9, 1, 5, 5, 0, 1)");
    for (gint64 id = 3; id <= 5; id++)
        set_uncertain(p, id);
    g_assert_true(evidence_settle_late(p->db, &seen, &error));
    g_assert_no_error(error);
    g_assert_cmpint(seen, ==, 2);
    struct campaign_counts c = counts_of(p, 1);
    g_assert_cmpint(c.state[DELIVERY_UNCERTAIN], ==, 2);
    g_assert_cmpint(number_of(p->db, "SELECT state FROM delivery WHERE id = 3"), ==,
                    DELIVERY_ACCEPTED);
    g_assert_cmpint(c.undecided, ==, 2);
    g_assert_cmpint(number_of(p->db, "SELECT uncertain FROM domain_counter"), ==, 2);
}

/* ---- whom it is about ---- */

static void a_forged_token_marks_nobody(struct place *p, gconstpointer data)
{
    static const guint8 key[TOKEN_KEY_BYTES] = {1, 2, 3};
    static const enum mail_kind kinds[] = {MAIL_BOUNCE, MAIL_COMPLAINT, MAIL_UNSUBSCRIBE};
    for (gsize i = 0; i < G_N_ELEMENTS(kinds); i++) {
        struct mail m;
        g_autofree char *uid = g_strdup_printf("%d", (int)i);
        mail_init(&m, kinds[i], "p3@example.org");
        means(&m, BOUNCE_USER_UNKNOWN);
        g_ptr_array_add(m.in.tokens, token_make(key, TOKEN_BOUNCE, 3));
        struct evidence_result r = take(p, &m, uid);
        g_assert_true(r.is_unknown);
        g_assert_cmpint(r.n_marked, ==, 0);
        mail_clear(&m);
    }
    g_assert_cmpint(number_of(p->db, "SELECT count(*) FROM suppression"), ==, 0);
    g_assert_cmpint(counts_of(p, 1).bounced_hard, ==, 0);
    g_assert_cmpint(number_of(p->db, "SELECT count(*) FROM inbound WHERE state = 1"), ==, 3);
}

static void without_a_token_the_address_of_who_was_mailed(struct place *p, gconstpointer data)
{
    struct mail m;
    mail_init(&m, MAIL_BOUNCE, "P3@Example.ORG");
    means(&m, BOUNCE_USER_UNKNOWN);
    g_assert_cmpint(take(p, &m, "1").n_marked, ==, 1);
    g_assert_true(is_suppressed(p, "p3@example.org", "bounced"));
    m.item.address = (char *)"p70@example.org"; /* known, but not mailed */
    g_assert_true(take(p, &m, "2").is_unknown);
    g_assert_false(is_suppressed(p, "p70@example.org", "bounced"));
    run(p->db, "UPDATE attempt SET at_us = 1 WHERE delivery_id = 5"); /* long ago */
    m.item.address = (char *)"p5@example.org";
    g_assert_true(take(p, &m, "3").is_unknown);
    g_assert_false(is_suppressed(p, "p5@example.org", "bounced"));
    mail_clear(&m);
}

static void a_token_outranks_the_text(struct place *p, gconstpointer data)
{
    struct mail m;
    mail_init(&m, MAIL_BOUNCE, "p4@example.org");
    means(&m, BOUNCE_USER_UNKNOWN);
    add_token(p, &m, TOKEN_BOUNCE, 3);
    take(p, &m, "1");
    g_assert_true(is_suppressed(p, "p3@example.org", "bounced"));
    g_assert_false(is_suppressed(p, "p4@example.org", "bounced"));
    mail_clear(&m);
}

static void of_those_it_was_forwarded_to_the_mildest_counts(struct place *p, gconstpointer data)
{
    struct mail m;
    struct inbound_item full = {.address = (char *)"b@example.net",
                                .kind = MAIL_BOUNCE,
                                .class = BOUNCE_SOFT,
                                .reason = BOUNCE_MAILBOX_FULL,
                                .fault = FAULT_OF_ADDRESS};
    mail_init(&m, MAIL_BOUNCE, "a@example.net");
    means(&m, BOUNCE_USER_UNKNOWN);
    g_ptr_array_add(m.in.items, &full);
    add_token(p, &m, TOKEN_BOUNCE, 3);
    take(p, &m, "1");
    g_assert_false(is_suppressed(p, "p3@example.org", "bounced"));
    g_assert_cmpint(counts_of(p, 1).bounced_soft, ==, 1);
    mail_clear(&m);
}

static void a_previews_token_is_nobodys(struct place *p, gconstpointer data)
{
    struct mail m;
    mail_init(&m, MAIL_BOUNCE, "p3@example.org");
    means(&m, BOUNCE_USER_UNKNOWN);
    add_token(p, &m, TOKEN_BOUNCE, G_MAXINT64);
    struct evidence_result r = take(p, &m, "1");
    g_assert_false(r.is_unknown);
    g_assert_cmpint(r.n_marked, ==, 0);
    mail_clear(&m);
}

static void who_was_erased_is_not_kept(struct place *p, gconstpointer data)
{
    struct mail m;
    struct erase_counts gone;
    GError *error = NULL;
    mail_init(&m, MAIL_BOUNCE, "p3@example.org");
    means(&m, BOUNCE_USER_UNKNOWN);
    add_token(p, &m, TOKEN_BOUNCE, 3);
    take(p, &m, "before");
    g_assert_true(people_erase(p->db, "p3@example.org", &gone, &error));
    g_assert_no_error(error);
    take(p, &m, "after");
    g_ptr_array_set_size(m.in.tokens, 0);
    take(p, &m, "without");
    g_assert_cmpint(number_of(p->db, "SELECT count(*) FROM inbound"), ==, 3);
    g_assert_cmpint(number_of(p->db, "SELECT count(*) FROM inbound_raw"), ==, 0);
    g_assert_cmpint(number_of(p->db, "SELECT count(*) FROM said WHERE address LIKE 'p3%'"
                                     " OR address_key <> '' OR text <> ''"),
                    ==, 0);
    g_assert_cmpint(
        number_of(p->db, "SELECT count(*) FROM suppression WHERE reason <> 'erased'"), ==, 0);
    mail_clear(&m);
}

/* ---- storms ---- */

static void bounce_hard(struct place *p, int first, int last)
{
    for (int i = first; i <= last; i++) {
        struct mail m;
        g_autofree char *uid = g_strdup_printf("hard%d", i);
        mail_init(&m, MAIL_BOUNCE, NULL);
        g_ptr_array_add(m.in.items, &m.item);
        means(&m, BOUNCE_USER_UNKNOWN);
        add_token(p, &m, TOKEN_BOUNCE, i);
        take(p, &m, uid);
        mail_clear(&m);
    }
}

static gint64 n_suppressed(struct place *p)
{
    return number_of(p->db, "SELECT count(*) FROM suppression");
}

static void a_storm_waits_for_a_person(struct place *p, gconstpointer data)
{
    gint64 n = 0;
    GError *error = NULL;
    bounce_hard(p, 1, 19);
    g_assert_cmpint(n_suppressed(p), ==, 19);
    bounce_hard(p, 20, 30);
    g_assert_cmpint(n_suppressed(p), ==, 19);
    g_assert_cmpint(counts_of(p, 1).bounced_hard, ==, 30);
    g_autoptr(GPtrArray) storms = storm_waiting(p->db, NULL);
    g_assert_cmpint(storms->len, ==, 1);
    const struct storm *s = storms->pdata[0];
    g_assert_cmpstr(s->provider, ==, "example.org");
    g_assert_cmpint(s->n_waiting, ==, 11);
    g_assert_true(evidence_end_storm(p->db, "example.org", 1, TRUE, &n, &error));
    g_assert_cmpint(n, ==, 11);
    g_assert_cmpint(n_suppressed(p), ==, 30);
    bounce_hard(p, 31, 31);
    g_assert_cmpint(n_suppressed(p), ==, 31);
    g_assert_false(evidence_end_storm(p->db, "example.org", 1, TRUE, &n, &error));
    assert_fails(error, CRIER_ERROR_NOT_FOUND, "example.org");
}

static void a_dismissed_storm_marks_nobody(struct place *p, gconstpointer data)
{
    gint64 n = 0;
    bounce_hard(p, 1, 25);
    g_assert_true(evidence_end_storm(p->db, "example.org", 1, FALSE, &n, NULL));
    g_assert_cmpint(n, ==, 6);
    bounce_hard(p, 26, 30);
    g_assert_cmpint(n_suppressed(p), ==, 19);
    /* Those before it was seen. */
    g_assert_true(suppression_remove_bounced(p->db, 0, "example.org", TRUE, &n, NULL));
    g_assert_cmpint(n, ==, 19);
    g_assert_true(suppression_remove_bounced(p->db, 0, "example.org", FALSE, &n, NULL));
    g_assert_cmpint(n_suppressed(p), ==, 0);
}

/* A failure at any row leaves nothing of the message. */
static void wholly_or_not_at_all(struct place *p, gconstpointer data)
{
    static const char *const tables[] = {
        "inbound_raw", "inbound_key", "mailbox_state",    "said",
        "suppression", "bounce_rate", "said_suppression", "audit"};
    for (gsize i = 0; i < G_N_ELEMENTS(tables); i++) {
        struct mail m;
        struct evidence_result r;
        GError *error = NULL;
        struct evidence_mail e = {{1, 7, "1"}, clock_wall_us(), "one", 3, NULL};
        g_autofree char *trap = g_strdup_printf(
            "CREATE TRIGGER trap BEFORE INSERT ON %s BEGIN SELECT RAISE(ABORT, 'trap'); END",
            tables[i]);
        mail_init(&m, MAIL_BOUNCE, "p3@example.org");
        means(&m, BOUNCE_USER_UNKNOWN);
        add_token(p, &m, TOKEN_BOUNCE, 3);
        g_assert_true(db_script(p->db, trap, NULL));
        g_assert_false(evidence_take(p->db, &e, &m.in, &r, &error));
        g_clear_error(&error);
        run(p->db, "DROP TRIGGER trap");
        g_assert_cmpint(number_of(p->db, "SELECT count(*) FROM inbound"), ==, 0);
        g_assert_cmpint(number_of(p->db, "SELECT count(*) FROM inbound_key"), ==, 0);
        g_assert_cmpint(n_suppressed(p), ==, 0);
        g_assert_cmpint(counts_of(p, 1).bounced_hard, ==, 0);
        mail_clear(&m);
    }
}

#define CASE(path, function)                                                                   \
    g_test_add("/evidence/" path, struct place, NULL, begin, function, place_end)

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    CASE("hard", hard_is_never_mailed_again);
    CASE("soft/hard", a_hard_one_takes_the_place_of_a_soft_one);
    CASE("soft/five", five_soft_ones_in_a_row);
    CASE("shown/soft-row", soft_ones_in_a_row_are_told);
    CASE("shown/deliveries", deliveries_by_what_came_back);
    CASE("shown/person", a_person_sees_all_that_came_back);
    CASE("soft/healed", mail_that_arrived_heals);
    CASE("soft/healed-by-silence", a_delivery_without_a_bounce_heals);
    CASE("complaint", who_complains_is_never_mailed_again);
    CASE("unsubscribe", who_asks_leaves_the_list);
    CASE("ours/returned", our_fault_marks_nobody);
    CASE("ours/rest", a_receiver_that_sends_all_back_is_to_rest);
    CASE("ours/campaigns", a_finished_campaign_sends_again_a_cancelled_one_not);
    CASE("ours/bounded", not_sent_again_for_ever);
    CASE("uncertain", what_comes_back_was_sent);
    CASE("uncertain/later", what_came_back_before_it_was_uncertain);
    CASE("token/forged", a_forged_token_marks_nobody);
    CASE("token/none", without_a_token_the_address_of_who_was_mailed);
    CASE("token/outranks", a_token_outranks_the_text);
    CASE("token/forwarded", of_those_it_was_forwarded_to_the_mildest_counts);
    CASE("token/preview", a_previews_token_is_nobodys);
    CASE("erased", who_was_erased_is_not_kept);
    CASE("storm/confirmed", a_storm_waits_for_a_person);
    CASE("storm/dismissed", a_dismissed_storm_marks_nobody);
    CASE("one-transaction", wholly_or_not_at_all);
    return g_test_run();
}
