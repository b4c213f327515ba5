/*
 * The bin: what was deleted is seen nowhere, its name is free, nothing of it is mailed, and it
 * comes back as it was.
 */
#include "config.h"

#include "place.h"

#include "base/clock.h"
#include "store/campaigns.h"
#include "store/deliveries.h"
#include "store/mailboxes.h"
#include "store/people.h"
#include "store/servers.h"

static gint64 put_campaign(struct db *db, const char *name)
{
    struct campaign c;
    campaign_init(&c);
    c.name = g_strdup(name);
    field_set_key(campaign_fields(), &c, "subject", "Hello", NULL);
    g_assert_true(campaigns_put(db, &c, NULL, NULL));
    gint64 id = c.id;
    campaign_clear(&c);
    return id;
}

static gint64 add_person(struct db *db, const char *address, const char *fields)
{
    struct person p = {.address = (char *)address,
                       .address_key = (char *)address,
                       .domain = (char *)"example.org",
                       .fields_json = (char *)fields};
    g_assert_true(people_put(db, &p, NULL));
    return p.id;
}

static gint64 add_list(struct db *db, const char *name)
{
    gint64 id = 0;
    g_assert_true(list_new(db, name, NULL, &id, NULL));
    return id;
}

/* The newest entry. */
static gint64 entry(struct db *db, const char *noun, const char *name)
{
    g_autoptr(GPtrArray) page = bin_page(db, 0, 1, NULL);
    g_assert_cmpuint(page->len, ==, 1);
    const struct bin_entry *e = page->pdata[0];
    g_assert_cmpstr(e->noun, ==, noun);
    g_assert_cmpstr(e->name, ==, name);
    g_assert_cmpstr(e->actor, ==, "tester");
    g_assert_cmpint(e->ends_us - e->deleted_us, ==, 30 * 24 * 3600 * CLOCK_SECOND_US);
    return e->id;
}

static void restore(struct db *db, gint64 id, const char *name, const char *was)
{
    GError *error = NULL;
    struct bin_restored r;
    g_assert_true(bin_restore(db, id, &r, &error));
    g_assert_no_error(error);
    g_assert_cmpstr(r.name, ==, name);
    g_assert_cmpstr(r.was, ==, was);
    bin_restored_clear(&r);
}

/* ---- campaigns ---- */

static void a_campaign_comes_back(struct place *p, gconstpointer data)
{
    GError *error = NULL;
    struct campaign c;
    gint64 id = put_campaign(p->db, "spring");
    run(p->db, "UPDATE campaign SET state = 6");
    run(p->db, "INSERT INTO delivery (campaign_id, person_id, version, state, address)"
               " VALUES (1, 1, 1, 2, 'a@example.org')");
    g_assert_true(campaigns_delete(p->db, "spring", NULL));
    gint64 binned = entry(p->db, "campaign", "spring");
    g_autofree char *hidden = g_strdup_printf("spring~%d", (int)binned);
    g_assert_false(campaigns_get(p->db, "spring", &c, &error));
    g_clear_error(&error);
    g_assert_false(campaigns_get(p->db, hidden, &c, &error));
    g_clear_error(&error);
    g_assert_false(campaigns_get_id(p->db, id, &c, &error));
    assert_fails(error, CRIER_ERROR_NOT_FOUND, "not there any more");
    g_autoptr(GPtrArray) all = campaigns_all(p->db, NULL);
    g_assert_cmpuint(all->len, ==, 0);
    g_assert_false(campaigns_move(p->db, id, CAMPAIGN_SENDING, NULL, &error));
    g_clear_error(&error);
    /* The ledger stays, and says whose it is. */
    struct person_delivery d;
    g_assert_true(deliveries_get(p->db, 1, &d, NULL));
    g_assert_cmpstr(d.campaign, ==, "spring");
    person_delivery_clear(&d);
    restore(p->db, binned, "spring", NULL);
    g_assert_true(campaigns_get(p->db, "spring", &c, NULL));
    g_assert_cmpint(c.id, ==, id);
    g_assert_cmpstr(c.subject, ==, "Hello");
    g_assert_cmpint(c.row_version, ==, 3);
    campaign_clear(&c);
    g_assert_cmpint(bin_count(p->db, NULL), ==, 0);
    struct bin_restored r;
    g_assert_false(bin_restore(p->db, binned, &r, &error));
    assert_fails(error, CRIER_ERROR_NOT_FOUND, "no entry");
}

static void a_taken_name_gets_a_number(struct place *p, gconstpointer data)
{
    g_autofree char *longest = g_strnfill(64, 'x');
    put_campaign(p->db, "spring");
    g_assert_true(campaigns_delete(p->db, "spring", NULL));
    gint64 first = entry(p->db, "campaign", "spring");
    put_campaign(p->db, "spring");
    g_assert_true(campaigns_delete(p->db, "spring", NULL));
    gint64 second = entry(p->db, "campaign", "spring");
    put_campaign(p->db, "spring");
    restore(p->db, first, "spring-2", "spring");
    restore(p->db, second, "spring-3", "spring");
    put_campaign(p->db, longest);
    g_assert_true(campaigns_delete(p->db, longest, NULL));
    gint64 third = entry(p->db, "campaign", longest);
    put_campaign(p->db, longest);
    g_autofree char *cut = g_strnfill(62, 'x'), *made = g_strconcat(cut, "-2", NULL);
    restore(p->db, third, made, longest);
}

static void a_used_one_stays(struct place *p, gconstpointer data)
{
    GError *error = NULL;
    put_campaign(p->db, "spring");
    run(p->db, "UPDATE campaign SET state = 4");
    g_assert_false(campaigns_delete(p->db, "spring", &error));
    assert_fails(error, CRIER_ERROR_INVALID, "Cancel it first");
    g_assert_cmpint(bin_count(p->db, NULL), ==, 0);
}

/* ---- servers and mailboxes ---- */

static void servers_and_mailboxes_come_back(struct place *p, gconstpointer data)
{
    struct server s;
    struct mailbox m;
    server_init(&s);
    mailbox_init(&m);
    s.name = g_strdup("main");
    m.name = g_strdup("main");
    field_set_key(server_fields(), &s, "host", "smtp.example.org", NULL);
    field_set_key(mailbox_fields(), &m, "address", "b@example.org", NULL);
    g_assert_true(servers_put(p->db, &s, NULL));
    g_assert_true(mailboxes_put(p->db, &m, NULL));
    g_assert_true(servers_delete(p->db, "main", NULL));
    gint64 server = entry(p->db, "server", "main");
    g_assert_true(mailboxes_delete(p->db, "main", NULL));
    gint64 mailbox = entry(p->db, "mailbox", "main");
    g_autoptr(GPtrArray) servers = servers_all(p->db, NULL);
    g_autoptr(GPtrArray) mailboxes = mailboxes_all(p->db, NULL);
    g_assert_cmpuint(servers->len + mailboxes->len, ==, 0);
    restore(p->db, server, "main", NULL);
    restore(p->db, mailbox, "main", NULL);
    server_clear(&s);
    mailbox_clear(&m);
    g_assert_true(servers_get(p->db, "main", &s, NULL));
    g_assert_cmpstr(s.host, ==, "smtp.example.org");
    g_assert_true(mailboxes_get(p->db, "main", &m, NULL));
    g_assert_cmpstr(m.address, ==, "b@example.org");
    server_clear(&s);
    mailbox_clear(&m);
}

/* ---- lists ---- */

static void a_list_comes_back_with_its_people(struct place *p, gconstpointer data)
{
    struct list l;
    gint64 id = add_list(p->db, "news"), ann = add_person(p->db, "ann@example.org", NULL);
    g_assert_true(membership_add(p->db, id, ann, NULL, NULL));
    g_assert_true(list_delete(p->db, "news", NULL));
    gint64 binned = entry(p->db, "list", "news");
    g_autoptr(GPtrArray) none = list_all(p->db, NULL);
    g_autoptr(GPtrArray) of_ann = membership_of(p->db, ann, NULL);
    g_assert_cmpuint(none->len + of_ann->len, ==, 0);
    restore(p->db, binned, "news", NULL);
    g_assert_true(list_get(p->db, "news", &l, NULL));
    g_assert_cmpint(l.members, ==, 1);
    list_clear(&l);
}

static gboolean may_mail(struct db *db, const char *key, gint64 list)
{
    gint64 n = 0;
    g_assert_true(sql_int(db, NULL, 0, &n,
                          "SELECT count(*) FROM suppression WHERE address_key = ?"
                          " AND list_id IN (0, ?)",
                          "si", key, list));
    return n == 0;
}

/* Who left "news" is not mailed by any list of that name, in whichever order it is deleted,
 * made again and restored. */
static void who_left_has_left_the_namesake(struct place *p, gconstpointer data)
{
    gint64 first = add_list(p->db, "news");
    g_assert_true(
        suppression_add(p->db, "a", "a@example.org", first, "unsubscribed", NULL, NULL, NULL));
    g_assert_true(list_delete(p->db, "news", NULL));
    gint64 binned = entry(p->db, "list", "news"), second = add_list(p->db, "news");
    g_assert_cmpint(second, !=, first);
    g_assert_false(may_mail(p->db, "a@example.org", second));
    g_assert_true(
        suppression_add(p->db, "b", "b@example.org", second, "unsubscribed", NULL, NULL, NULL));
    restore(p->db, binned, "news-2", "news");
    g_assert_false(may_mail(p->db, "b@example.org", first));
    /* The one that is dropped leaves what it knew to the one that has its name. */
    g_assert_true(
        suppression_add(p->db, "c", "c@example.org", second, "unsubscribed", NULL, NULL, NULL));
    g_assert_true(list_delete(p->db, "news", NULL));
    gint64 third = add_list(p->db, "news");
    g_assert_true(
        suppression_add(p->db, "d", "d@example.org", second, "unsubscribed", NULL, NULL, NULL));
    empty_bin(p->db);
    g_assert_false(may_mail(p->db, "c@example.org", third));
    g_assert_false(may_mail(p->db, "d@example.org", third));
    g_assert_true(may_mail(p->db, "e@example.org", third));
}

static void two_of_a_name_are_dropped(struct place *p, gconstpointer data)
{
    for (int i = 0; i < 2; i++) {
        g_autofree char *key = g_strdup_printf("p%d@example.org", i);
        gint64 id = add_list(p->db, "news");
        g_assert_true(suppression_add(p->db, key, key, id, "unsubscribed", NULL, NULL, NULL));
        g_assert_true(list_delete(p->db, "news", NULL));
    }
    empty_bin(p->db);
    gint64 id = add_list(p->db, "news");
    g_assert_false(may_mail(p->db, "p0@example.org", id));
    g_assert_false(may_mail(p->db, "p1@example.org", id));
}

/* ---- people ---- */

static void a_person_comes_back(struct place *p, gconstpointer data)
{
    const struct consent c = {
        .text = "I agree", .source = "form", .at_us = 10, .retain_until_us = 99};
    struct person back;
    gint64 news = add_list(p->db, "news"), old = add_list(p->db, "old");
    gint64 ann = add_person(p->db, "ann@example.org", "{\"first_name\":\"Ann\"}");
    g_assert_true(membership_add(p->db, news, ann, &c, NULL));
    g_assert_true(membership_add(p->db, old, ann, NULL, NULL));
    g_assert_true(people_remove(p->db, "ann@example.org", NULL));
    gint64 binned = entry(p->db, "person", "ann@example.org");
    g_assert_cmpint(people_count(p->db, 0, NULL), ==, 0);
    g_assert_cmpint(people_count(p->db, news, NULL), ==, 0);
    g_assert_true(list_delete(p->db, "old", NULL));
    g_assert_true(bin_drop(p->db, entry(p->db, "list", "old"), NULL));
    struct bin_restored r;
    g_assert_true(bin_restore(p->db, binned, &r, NULL));
    g_assert_cmpint(r.left_out, ==, 1);
    bin_restored_clear(&r);
    g_assert_true(people_get(p->db, "ann@example.org", &back, NULL));
    g_assert_cmpint(back.id, ==, ann);
    g_assert_cmpstr(back.fields_json, ==, "{\"first_name\":\"Ann\"}");
    person_clear(&back);
    g_autoptr(GPtrArray) lists = membership_of(p->db, ann, NULL);
    g_assert_cmpuint(lists->len, ==, 1);
    const struct membership *m = lists->pdata[0];
    g_assert_cmpstr(m->list, ==, "news");
    g_assert_cmpstr(m->consent_text, ==, "I agree");
    g_assert_cmpstr(m->consent_source, ==, "form");
    g_assert_cmpint(m->consent_us, ==, 10);
    g_assert_cmpint(m->retain_until_us, ==, 99);
}

static void who_is_known_again_is_not_restored(struct place *p, gconstpointer data)
{
    GError *error = NULL;
    struct bin_restored r;
    add_person(p->db, "ann@example.org", NULL);
    g_assert_true(people_remove(p->db, "ann@example.org", NULL));
    gint64 binned = entry(p->db, "person", "ann@example.org");
    gint64 again = add_person(p->db, "ann@example.org", "{\"a\":\"b\"}");
    g_assert_false(bin_restore(p->db, binned, &r, &error));
    assert_fails(error, CRIER_ERROR_EXISTS, "known again");
    g_assert_cmpint(number_of(p->db, "SELECT id FROM person"), ==, again);
    g_assert_cmpint(bin_count(p->db, NULL), ==, 1);
}

static void the_erased_are_not_in_the_bin(struct place *p, gconstpointer data)
{
    GError *error = NULL;
    struct erase_counts n;
    gint64 ann = add_person(p->db, "ann@example.org", NULL);
    gint64 news = add_list(p->db, "news");
    g_assert_true(membership_add(p->db, news, ann, NULL, NULL));
    g_assert_true(membership_remove(p->db, news, ann, NULL));
    g_assert_true(people_remove(p->db, "ann@example.org", NULL));
    g_autoptr(GPtrArray) held = bin_held_of(p->db, 0, "ann@example.org", NULL);
    g_assert_cmpuint(held->len, ==, 3); /* the record, the leaving and the deleting */
    g_assert_true(people_erase(p->db, "ann@example.org", &n, &error));
    g_assert_no_error(error);
    g_assert_cmpint(bin_count(p->db, NULL), ==, 0);
    g_assert_cmpint(number_of(p->db, "SELECT count(*) FROM undo"), ==, 0);
    g_assert_false(people_erase(p->db, "ann@example.org", &n, &error));
    assert_fails(error, CRIER_ERROR_NOT_FOUND, "erased already");
}

/* ---- the end ---- */

static void only_the_old_expire(struct place *p, gconstpointer data)
{
    gint64 n = 0, now = clock_wall_us();
    put_campaign(p->db, "old");
    put_campaign(p->db, "new");
    g_assert_true(campaigns_delete(p->db, "old", NULL));
    g_assert_false(bin_has_expired(p->db, now));
    run(p->db, "UPDATE bin SET deleted_us = deleted_us - 31 * 86400000000");
    g_assert_true(campaigns_delete(p->db, "new", NULL));
    g_assert_true(bin_has_expired(p->db, now));
    g_assert_true(bin_expire(p->db, now, &n, NULL));
    g_assert_cmpint(n, ==, 1);
    entry(p->db, "campaign", "new");
    g_assert_cmpint(number_of(p->db, "SELECT count(*) FROM campaign"), ==, 1);
    g_assert_cmpint(number_of(p->db, "SELECT count(*) FROM audit WHERE action = 'destroy'"
                                     " AND name = 'old'"),
                    ==, 1);
}

/* Cut short in the middle of a large campaign: still there, and dropped by the next one. */
static void a_drop_is_completed(struct place *p, gconstpointer data)
{
    put_campaign(p->db, "spring");
    run(p->db, "INSERT INTO campaign_counter (campaign_id, total, queued, leased, accepted,"
               " refused, deferred, uncertain, suppressed, cancelled)"
               " VALUES (1, 0, 0, 0, 0, 0, 0, 0, 0, 0)");
    g_assert_true(campaigns_delete(p->db, "spring", NULL));
    gint64 binned = entry(p->db, "campaign", "spring");
    run(p->db, "DELETE FROM campaign_counter"); /* the first step */
    g_assert_true(bin_drop(p->db, binned, NULL));
    g_assert_cmpint(number_of(p->db, "SELECT count(*) FROM campaign"), ==, 0);
    g_assert_cmpint(bin_count(p->db, NULL), ==, 0);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    TEST("/bin/campaign/comes-back", a_campaign_comes_back);
    TEST("/bin/campaign/taken-name", a_taken_name_gets_a_number);
    TEST("/bin/campaign/used-one-stays", a_used_one_stays);
    TEST("/bin/servers-and-mailboxes", servers_and_mailboxes_come_back);
    TEST("/bin/list/with-its-people", a_list_comes_back_with_its_people);
    TEST("/bin/list/namesakes", who_left_has_left_the_namesake);
    TEST("/bin/list/two-of-a-name", two_of_a_name_are_dropped);
    TEST("/bin/person/comes-back", a_person_comes_back);
    TEST("/bin/person/known-again", who_is_known_again_is_not_restored);
    TEST("/bin/person/erased", the_erased_are_not_in_the_bin);
    TEST("/bin/expire/only-the-old", only_the_old_expire);
    TEST("/bin/drop/is-completed", a_drop_is_completed);
    return g_test_run();
}
