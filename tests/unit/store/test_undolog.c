/*
 * Taking back what was done, one after the other, and never somebody's later change.
 */
#include "config.h"

#include "place.h"

#include "base/clock.h"
#include "model/part.h"
#include "store/campaigns.h"
#include "store/parts.h"
#include "store/people.h"
#include "store/servers.h"
#include "store/undolog.h"

static void put_campaign(struct db *db, const char *subject)
{
    struct campaign c;
    campaign_init(&c);
    c.name = g_strdup("spring");
    field_set_key(campaign_fields(), &c, "subject", subject, NULL);
    field_set_key(campaign_fields(), &c, "markdown", "# One\n", NULL);
    g_assert_true(campaigns_put(db, &c, NULL, NULL));
    campaign_clear(&c);
}

static void set(struct db *db, const char *key, const char *value)
{
    struct campaign c;
    GError *error = NULL;
    g_assert_true(campaigns_get(db, "spring", &c, NULL));
    g_assert_true(field_set_key(campaign_fields(), &c, key, value, NULL));
    g_assert_true(campaigns_put(db, &c, NULL, &error));
    g_assert_no_error(error);
    campaign_clear(&c);
}

static void assert_is(struct db *db, const char *key, const char *value)
{
    struct campaign c;
    g_assert_true(campaigns_get(db, "spring", &c, NULL));
    g_autofree char *is = field_get(field_find(campaign_fields(), key), &c);
    g_assert_cmpstr(is, ==, value);
    campaign_clear(&c);
}

/* The last one; its first sentence has this text. */
static void undo(struct db *db, const char *part)
{
    GError *error = NULL;
    struct undolog_done u;
    gint64 id = 0;
    gboolean ok = undolog_last(db, &id, &error) && undolog_do(db, id, &u, &error);
    g_assert_no_error(error);
    g_assert_true(ok);
    if (strstr(u.said->pdata[0], part) == NULL)
        g_error("'%s' is not in: %s", part, (char *)u.said->pdata[0]);
    undolog_done_clear(&u);
}

static void nothing_left(struct db *db)
{
    GError *error = NULL;
    gint64 id = 0;
    g_assert_false(undolog_last(db, &id, &error));
    assert_fails(error, CRIER_ERROR_NOT_FOUND, "nothing of yours (tester)");
}

/* ---- changes ---- */

static void edits_go_back_one_by_one(struct place *p, gconstpointer data)
{
    put_campaign(p->db, "a");
    nothing_left(p->db);
    set(p->db, "subject", "b");
    set(p->db, "markdown", "# Two\n");
    set(p->db, "subject", "c");
    set(p->db, "subject", "c"); /* nothing changed: nothing to undo */
    undo(p->db, "campaign spring is as it was: subject");
    assert_is(p->db, "subject", "b");
    undo(p->db, "markdown");
    assert_is(p->db, "markdown", "# One\n");
    undo(p->db, "subject");
    assert_is(p->db, "subject", "a");
    nothing_left(p->db);
}

static void a_later_change_is_not_lost(struct place *p, gconstpointer data)
{
    GError *error = NULL;
    struct undolog_done u;
    gint64 id = 0;
    put_campaign(p->db, "a");
    set(p->db, "subject", "b");
    db_set_actor(p->db, "bob");
    set(p->db, "subject", "c");
    db_set_actor(p->db, "tester");
    g_assert_true(undolog_last(p->db, &id, NULL));
    g_assert_false(undolog_do(p->db, id, &u, &error));
    assert_fails(error, CRIER_ERROR_PRECONDITION, "subject was changed again");
    assert_is(p->db, "subject", "c");
    /* Bob's first, by its number; then the other. */
    g_autoptr(GPtrArray) page = undolog_page(p->db, 0, 10, NULL);
    const struct undolog_row *bobs = page->pdata[0];
    g_assert_cmpstr(bobs->actor, ==, "bob");
    g_assert_cmpstr(bobs->detail, ==, "subject");
    g_assert_true(undolog_do(p->db, bobs->id, &u, NULL));
    undolog_done_clear(&u);
    undo(p->db, "subject");
    assert_is(p->db, "subject", "a");
    g_assert_false(undolog_do(p->db, bobs->id, &u, &error));
    assert_fails(error, CRIER_ERROR_EXISTS, "undone already");
    g_assert_false(undolog_do(p->db, 77, &u, &error));
    assert_fails(error, CRIER_ERROR_NOT_FOUND, "nothing with the number 77");
}

static void put_part(struct db *db, const char *text)
{
    struct campaign c;
    GError *error = NULL;
    g_assert_true(campaigns_get(db, "spring", &c, NULL));
    g_clear_pointer(&c.parts, g_ptr_array_unref);
    c.parts = part_array_new();
    if (text != NULL) {
        struct part *one = g_new0(struct part, 1);
        one->kind = PART_ATTACHMENT;
        one->file = g_strdup("a.txt");
        one->name = g_strdup("a.txt");
        one->type = g_strdup("text/plain");
        one->data = g_bytes_new(text, strlen(text));
        g_ptr_array_add(c.parts, one);
    }
    g_assert_true(campaigns_put(db, &c, NULL, &error));
    g_assert_no_error(error);
    campaign_clear(&c);
}

static void assert_part(struct db *db, const char *text)
{
    g_autoptr(GPtrArray) parts = parts_get(db, 1, PARTS_WORKING, NULL);
    g_assert_cmpuint(parts->len, ==, text != NULL);
    if (text == NULL)
        return;
    const struct part *one = parts->pdata[0];
    g_assert_cmpmem(g_bytes_get_data(one->data, NULL), g_bytes_get_size(one->data), text,
                    strlen(text));
}

static void attachments_go_back(struct place *p, gconstpointer data)
{
    gint64 n = 0;
    put_campaign(p->db, "a");
    put_part(p->db, "one");
    put_part(p->db, "two");
    put_part(p->db, NULL);
    undo(p->db, "parts");
    assert_part(p->db, "two");
    undo(p->db, "parts");
    assert_part(p->db, "one");
    put_part(p->db, "three");
    run(p->db, "UPDATE undo SET at_us = 1");
    g_assert_true(bin_expire(p->db, clock_wall_us(), &n, NULL));
    /* What was only kept for an undo is gone. */
    g_assert_cmpint(number_of(p->db, "SELECT count(*) FROM part"), ==, 1);
    g_assert_cmpint(number_of(p->db, "SELECT count(*) FROM blob"), ==, 1);
    g_assert_cmpint(number_of(p->db, "SELECT count(*) FROM undo"), ==, 0);
}

static void servers_and_lists_go_back(struct place *p, gconstpointer data)
{
    struct server s;
    struct list l;
    server_init(&s);
    s.name = g_strdup("main");
    field_set_key(server_fields(), &s, "host", "one.example.org", NULL);
    g_assert_true(servers_put(p->db, &s, NULL));
    field_set_key(server_fields(), &s, "host", "two.example.org", NULL);
    g_assert_true(servers_put(p->db, &s, NULL));
    server_clear(&s);
    gint64 id = 0;
    g_assert_true(list_new(p->db, "news", "One", &id, NULL));
    g_assert_true(list_get_id(p->db, id, &l, NULL));
    field_set_key(list_fields(), &l, "title", "Two", NULL);
    g_assert_true(list_put(p->db, &l, NULL));
    list_clear(&l);
    undo(p->db, "list news is as it was: title");
    undo(p->db, "server main is as it was: host");
    g_assert_true(servers_get(p->db, "main", &s, NULL));
    g_assert_cmpstr(s.host, ==, "one.example.org");
    server_clear(&s);
    g_assert_true(list_get(p->db, "news", &l, NULL));
    g_assert_cmpstr(l.title, ==, "One");
    list_clear(&l);
}

/* ---- people ---- */

static gint64 add_person(struct db *db, const char *address)
{
    struct person p = {.address = (char *)address,
                       .address_key = (char *)address,
                       .domain = (char *)"example.org"};
    g_assert_true(people_put(db, &p, NULL));
    return p.id;
}

static void change_person(struct db *db, gint64 id, const char *address, const char *fields)
{
    struct person p;
    g_assert_true(people_get_id(db, id, &p, NULL));
    g_free(p.address);
    g_free(p.address_key);
    g_free(p.fields_json);
    p.address = g_strdup(address);
    p.address_key = g_strdup(address);
    p.fields_json = g_strdup(fields);
    g_assert_true(people_put(db, &p, NULL));
    person_clear(&p);
}

static void people_go_back(struct place *p, gconstpointer data)
{
    struct person back;
    gint64 id = add_person(p->db, "ann@example.org");
    change_person(p->db, id, "ann@example.org", "{\"a\":\"1\"}");
    change_person(p->db, id, "anne@example.org", "{\"a\":\"2\"}");
    undo(p->db, "ann@example.org is as before");
    g_assert_true(people_get(p->db, "ann@example.org", &back, NULL));
    g_assert_cmpstr(back.fields_json, ==, "{\"a\":\"1\"}");
    person_clear(&back);
    undo(p->db, "is as before");
    g_assert_true(people_get_id(p->db, id, &back, NULL));
    g_assert_cmpstr(back.fields_json, ==, "{}");
    person_clear(&back);
}

static void who_left_a_list_is_on_it_again(struct place *p, gconstpointer data)
{
    const struct consent c = {.text = "yes", .source = "form", .at_us = 5};
    gint64 list = 0, id = add_person(p->db, "ann@example.org");
    g_assert_true(list_new(p->db, "news", NULL, &list, NULL));
    g_assert_true(membership_add(p->db, list, id, &c, NULL));
    run(p->db, "UPDATE membership SET joined_us = 3");
    g_assert_true(membership_remove(p->db, list, id, NULL));
    g_assert_true(membership_remove(p->db, list, id, NULL)); /* was not on it: no step */
    undo(p->db, "ann@example.org is on list news again");
    g_autoptr(GPtrArray) lists = membership_of(p->db, id, NULL);
    const struct membership *m = lists->pdata[0];
    g_assert_cmpstr(m->consent_text, ==, "yes");
    g_assert_cmpint(m->consent_us, ==, 5);
    g_assert_cmpint(m->joined_us, ==, 3);
    nothing_left(p->db);
}

static void entries_made_by_hand(struct place *p, gconstpointer data)
{
    gboolean was_there = FALSE;
    g_assert_true(suppression_add_by_hand(p->db, "Ann@example.org", "ann@example.org", 0,
                                          "manual", "asked", &was_there, NULL));
    run(p->db, "UPDATE suppression SET created_us = 9");
    g_assert_true(suppression_remove(p->db, "ann@example.org", 0, NULL));
    undo(p->db, "Ann@example.org is never mailed, as before");
    g_assert_cmpint(number_of(p->db, "SELECT count(*) FROM suppression WHERE evidence ="
                                     " 'asked' AND created_us = 9"),
                    ==, 1);
    undo(p->db, "can be mailed again");
    g_assert_cmpint(number_of(p->db, "SELECT count(*) FROM suppression"), ==, 0);
    nothing_left(p->db);
}

/* Somebody's own word is never undone with what was typed before it. */
static void what_is_heard_again_stays(struct place *p, gconstpointer data)
{
    g_assert_true(
        suppression_add_by_hand(p->db, "a", "a@example.org", 0, "manual", NULL, NULL, NULL));
    g_assert_true(
        suppression_add(p->db, "a", "a@example.org", 0, "unsubscribed", "a click", NULL, NULL));
    nothing_left(p->db);
    g_assert_true(
        suppression_add(p->db, "b", "b@example.org", 0, "complained", NULL, NULL, NULL));
    nothing_left(p->db);
}

/* ---- deletes and imports ---- */

static gint64 import_two(struct db *db)
{
    gint64 list = 0;
    list_new(db, "news", NULL, NULL, NULL); /* the second time it is there */
    list = number_of(db, "SELECT id FROM list");
    struct people_import *im =
        people_import_begin(db, list, "people.csv", NULL, FALSE, FALSE, NULL);
    for (int i = 0; i < 2; i++) {
        g_autofree char *address = g_strdup_printf("p%d@example.org", i);
        struct person p = {.address = address,
                           .address_key = address,
                           .domain = (char *)"example.org",
                           .fields_json = (char *)"{}"};
        g_assert_true(people_import_add(im, &p, NULL));
    }
    g_assert_true(people_import_finish(im, NULL));
    gint64 id = people_import_id(im);
    people_import_free(im);
    return id;
}

static void an_import_goes_back(struct place *p, gconstpointer data)
{
    gint64 n[UNDO_COUNT];
    import_two(p->db);
    g_autoptr(GPtrArray) page = undolog_page(p->db, 0, 10, NULL);
    const struct undolog_row *r = page->pdata[0];
    g_assert_cmpstr(r->action, ==, "import");
    g_assert_cmpstr(r->detail, ==, "people.csv");
    undo(p->db, "into news is taken back: people removed 2");
    g_assert_cmpint(people_count(p->db, 0, NULL), ==, 0);
    /* By people undo as well. */
    gint64 second = import_two(p->db);
    g_assert_true(import_undo(p->db, second, FALSE, n, NULL));
    nothing_left(p->db);
}

static void deletes_come_back(struct place *p, gconstpointer data)
{
    struct bin_restored r;
    put_campaign(p->db, "a");
    add_person(p->db, "ann@example.org");
    g_assert_true(campaigns_delete(p->db, "spring", NULL));
    g_assert_true(people_remove(p->db, "ann@example.org", NULL));
    undo(p->db, "person ann@example.org is back");
    undo(p->db, "campaign spring is back");
    assert_is(p->db, "subject", "a");
    g_assert_true(campaigns_delete(p->db, "spring", NULL));
    put_campaign(p->db, "b");
    undo(p->db, "campaign spring is back as spring-2");
    /* Restored or dropped by hand: nothing of it is left to undo. */
    g_assert_true(campaigns_delete(p->db, "spring", NULL));
    g_assert_true(bin_restore(p->db, number_of(p->db, "SELECT id FROM bin"), &r, NULL));
    bin_restored_clear(&r);
    g_assert_true(campaigns_delete(p->db, "spring", NULL));
    empty_bin(p->db);
    nothing_left(p->db);
}

static void a_group_goes_back_together(struct place *p, gconstpointer data)
{
    struct undolog_done u;
    gint64 id = 0;
    add_person(p->db, "a@example.org");
    add_person(p->db, "b@example.org");
    add_person(p->db, "c@example.org");
    undolog_group_begin(p->db);
    g_assert_true(people_remove(p->db, "a@example.org", NULL));
    g_assert_true(people_remove(p->db, "b@example.org", NULL));
    undolog_group_end(p->db);
    add_person(p->db, "b@example.org");
    g_assert_true(people_remove(p->db, "c@example.org", NULL));
    undo(p->db, "c@example.org is back");
    g_autoptr(GPtrArray) page = undolog_page(p->db, 0, 10, NULL);
    g_assert_cmpuint(page->len, ==, 2);
    g_assert_cmpint(((const struct undolog_row *)page->pdata[1])->n, ==, 2);
    g_assert_true(undolog_last(p->db, &id, NULL));
    g_assert_true(undolog_do(p->db, id, &u, NULL));
    g_assert_cmpint(u.n, ==, 1);
    g_assert_cmpuint(u.kept->len, ==, 1);
    g_assert_nonnull(strstr(u.kept->pdata[0], "b@example.org is known again"));
    undolog_done_clear(&u);
}

static void what_cannot_be_undone_is_said(struct place *p, gconstpointer data)
{
    gint64 id = 0;
    put_campaign(p->db, "a");
    set(p->db, "subject", "b");
    g_assert_true(undolog_last(p->db, &id, NULL));
    g_autoptr(GPtrArray) none = undolog_not_possible(p->db, id, 5, NULL);
    g_assert_cmpuint(none->len, ==, 0);
    run(p->db, "UPDATE undo SET at_us = at_us - 1");
    g_assert_true(campaigns_move(p->db, 1, CAMPAIGN_CANCELLED, NULL, NULL));
    g_autoptr(GPtrArray) one = undolog_not_possible(p->db, id, 5, NULL);
    g_assert_cmpuint(one->len, ==, 1);
    g_assert_cmpstr(one->pdata[0], ==, "campaign spring: move draft -> cancelled");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    TEST("/undolog/change/one-by-one", edits_go_back_one_by_one);
    TEST("/undolog/change/later-change", a_later_change_is_not_lost);
    TEST("/undolog/change/attachments", attachments_go_back);
    TEST("/undolog/change/servers-and-lists", servers_and_lists_go_back);
    TEST("/undolog/change/people", people_go_back);
    TEST("/undolog/leave", who_left_a_list_is_on_it_again);
    TEST("/undolog/suppress/by-hand", entries_made_by_hand);
    TEST("/undolog/suppress/heard-again", what_is_heard_again_stays);
    TEST("/undolog/import", an_import_goes_back);
    TEST("/undolog/delete", deletes_come_back);
    TEST("/undolog/group", a_group_goes_back_together);
    TEST("/undolog/not-possible", what_cannot_be_undone_is_said);
    return g_test_run();
}
