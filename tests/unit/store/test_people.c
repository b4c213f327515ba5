/*
 * People, lists, consent, suppressions.
 */
#include "config.h"

#include "place.h"

#include "store/people.h"

static struct person sample(const char *address, const char *fields)
{
    return (struct person){
        .address = (char *)address,
        .address_key = (char *)address,
        .domain = (char *)"example.org",
        .fields_json = (char *)fields,
    };
}

static gint64 add(struct db *db, const char *address)
{
    GError *error = NULL;
    struct person p = sample(address, "{\"first_name\":\"A\"}");
    people_put(db, &p, &error);
    g_assert_no_error(error);
    return p.id;
}

static gint64 new_list(struct db *db, const char *name)
{
    GError *error = NULL;
    gint64 id = 0;
    list_new(db, name, NULL, &id, &error);
    g_assert_no_error(error);
    return id;
}

/* ---- people ---- */

static void put_and_get(struct place *p, gconstpointer data)
{
    GError *error = NULL;
    struct person back = {0};
    gint64 id = add(p->db, "a@example.org");
    g_assert_true(people_get(p->db, "a@example.org", &back, NULL));
    g_assert_cmpint(back.id, ==, id);
    g_assert_cmpstr(back.fields_json, ==, "{\"first_name\":\"A\"}");
    g_assert_cmpstr(back.domain, ==, "example.org");
    g_assert_cmpint(back.row_version, ==, 1);
    g_assert_cmpint(back.created_us, >, 0);
    struct person change = back;
    change.fields_json = (char *)"{\"first_name\":\"B\"}";
    g_assert_true(people_put(p->db, &change, NULL));
    g_assert_cmpint(change.row_version, ==, 2);
    /* `back` is the old version. */
    g_assert_false(people_put(p->db, &back, &error));
    assert_fails(error, CRIER_ERROR_PRECONDITION, "somebody else");
    person_clear(&back);
    g_assert_false(people_get(p->db, "b@example.org", &back, &error));
    assert_fails(error, CRIER_ERROR_NOT_FOUND, "crier people add b@example.org");
    struct person twice = sample("a@example.org", NULL);
    g_assert_false(people_put(p->db, &twice, &error));
    assert_fails(error, CRIER_ERROR_EXISTS, "known already");
}

static void bad_people_are_refused(struct place *p, gconstpointer data)
{
    static const struct {
        const char *address, *fields;
    } bad[] = {
        {NULL, NULL},
        {"", NULL},
        {"a\r\n@example.org", NULL},
        {"a@example.org", "[]"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
        GError *error = NULL;
        struct person one = sample(bad[i].address, bad[i].fields);
        g_assert_false(people_put(p->db, &one, &error));
        g_assert_error(error, CRIER_ERROR, CRIER_ERROR_INVALID);
        g_clear_error(&error);
    }
    g_assert_cmpint(people_count(p->db, 0, NULL), ==, 0);
}

static void pages_go_by_id(struct place *p, gconstpointer data)
{
    gint64 list = new_list(p->db, "letter");
    for (int i = 0; i < 7; i++) {
        g_autofree char *address = g_strdup_printf("p%d@example.org", i);
        gint64 id = add(p->db, address);
        if (i % 2 == 0)
            g_assert_true(membership_add(p->db, list, id, NULL, NULL));
    }
    g_assert_cmpint(people_count(p->db, 0, NULL), ==, 7);
    g_assert_cmpint(people_count(p->db, list, NULL), ==, 4);
    g_autoptr(GString) seen = g_string_new(NULL);
    gint64 after = 0;
    for (;;) {
        g_autoptr(GPtrArray) page = people_page(p->db, list, after, 3, NULL);
        if (page->len == 0)
            break;
        for (guint i = 0; i < page->len; i++) {
            const struct person *one = g_ptr_array_index(page, i);
            g_string_append_printf(seen, "%s ", one->address);
            after = one->id;
        }
    }
    g_assert_cmpstr(seen->str, ==,
                    "p0@example.org p2@example.org p4@example.org p6@example.org ");
    g_autoptr(GPtrArray) all = people_page(p->db, 0, 5, 10, NULL);
    g_assert_cmpint(all->len, ==, 2);
}

/* A removed person's number must not come to mean the next one: deliveries name people by it.
 */
static void removed_ids_are_not_used_again(struct place *p, gconstpointer data)
{
    GError *error = NULL;
    gint64 list = new_list(p->db, "letter");
    add(p->db, "a@example.org");
    gint64 last = add(p->db, "b@example.org");
    g_assert_true(membership_add(p->db, list, last, NULL, NULL));
    g_assert_true(people_remove(p->db, "b@example.org", NULL));
    g_assert_cmpint(number_of(p->db, "SELECT count(*) FROM membership"), ==, 0);
    g_assert_cmpint(add(p->db, "c@example.org"), ==, last + 1);
    g_assert_false(people_remove(p->db, "b@example.org", &error));
    assert_fails(error, CRIER_ERROR_NOT_FOUND, "nobody");
}

/* What is in the audit cannot be erased, so no address may come into it. */
static void audit_holds_no_address(struct place *p, gconstpointer data)
{
    gint64 list = new_list(p->db, "letter");
    gint64 id = add(p->db, "secret@example.org");
    g_assert_true(membership_add(p->db, list, id, NULL, NULL));
    g_assert_true(membership_remove(p->db, list, id, NULL));
    g_assert_true(suppression_add(p->db, "secret@example.org", "secret@example.org", 0,
                                  "manual", "asked by secret@example.org", NULL, NULL));
    g_assert_true(suppression_remove(p->db, "secret@example.org", 0, NULL));
    g_assert_true(people_remove(p->db, "secret@example.org", NULL));
    g_assert_cmpint(number_of(p->db, "SELECT count(*) FROM audit"), ==, 7);
    g_assert_cmpint(number_of(p->db, "SELECT count(*) FROM audit WHERE name || detail LIKE"
                                     " '%secret%'"),
                    ==, 0);
}

/* ---- lists ---- */

static void lists_and_their_names(struct place *p, gconstpointer data)
{
    GError *error = NULL;
    struct list l = {0};
    gint64 id = 0;
    g_assert_false(list_get(p->db, "newslettr", &l, &error));
    assert_fails(error, CRIER_ERROR_NOT_FOUND, "crier list new newslettr");
    g_assert_true(list_new(p->db, "newsletter", "The News", &id, NULL));
    g_assert_false(list_get(p->db, "newslettr", &l, &error));
    assert_fails(error, CRIER_ERROR_NOT_FOUND,
                 "there is no list 'newslettr'. Did you mean 'newsletter'?");
    g_assert_false(list_new(p->db, "newsletter", NULL, NULL, &error));
    assert_fails(error, CRIER_ERROR_EXISTS, "newsletter");
    g_assert_false(list_new(p->db, "No Slug", NULL, NULL, &error));
    assert_fails(error, CRIER_ERROR_INVALID, "No Slug");
    g_assert_false(list_new(p->db, "two-lines", "a\nb", NULL, &error));
    g_assert_error(error, CRIER_ERROR, CRIER_ERROR_INVALID);
    g_clear_error(&error);
    g_assert_true(membership_add(p->db, id, add(p->db, "a@example.org"), NULL, NULL));
    g_assert_true(list_get(p->db, "newsletter", &l, NULL));
    g_assert_cmpint(l.id, ==, id);
    g_assert_cmpstr(l.title, ==, "The News");
    g_assert_cmpint(l.members, ==, 1);
    list_clear(&l);
    new_list(p->db, "another");
    g_autoptr(GPtrArray) all = list_all(p->db, NULL);
    g_assert_cmpint(all->len, ==, 2);
    g_assert_cmpstr(((struct list *)g_ptr_array_index(all, 0))->name, ==, "another");
}

static void used_list_is_not_deleted(struct place *p, gconstpointer data)
{
    GError *error = NULL;
    gint64 id = new_list(p->db, "letter");
    g_assert_true(membership_add(p->db, id, add(p->db, "a@example.org"), NULL, NULL));
    run(p->db, "INSERT INTO campaign (name, state, created_us, give_up_s, lists, exclude)"
               " VALUES ('spring', 0, 1, 1, 'other', 'letter')");
    g_assert_false(list_delete(p->db, "letter", &error));
    assert_fails(error, CRIER_ERROR_INVALID, "campaign 'spring' (draft)");
    g_assert_cmpint(people_count(p->db, id, NULL), ==, 1);
    run(p->db, "UPDATE campaign SET state = 7");
    g_assert_true(list_delete(p->db, "letter", &error));
    g_assert_no_error(error);
    g_assert_cmpint(number_of(p->db, "SELECT count(*) FROM membership"), ==, 1);
    empty_bin(p->db);
    g_assert_cmpint(number_of(p->db, "SELECT count(*) FROM membership"), ==, 0);
    g_assert_cmpint(people_count(p->db, 0, NULL), ==, 1);
}

/* Who left a list has left it also when it is deleted and made again. */
static void suppressions_outlive_the_list(struct place *p, gconstpointer data)
{
    gint64 id = new_list(p->db, "letter");
    g_assert_true(suppression_add(p->db, "a@example.org", "a@example.org", id, "unsubscribed",
                                  NULL, NULL, NULL));
    g_assert_true(list_delete(p->db, "letter", NULL));
    g_autoptr(GPtrArray) meanwhile = suppression_of(p->db, "a@example.org", NULL);
    g_assert_cmpstr(((struct suppression *)g_ptr_array_index(meanwhile, 0))->list, ==,
                    "letter");
    empty_bin(p->db);
    g_autoptr(GPtrArray) later = suppression_of(p->db, "a@example.org", NULL);
    g_assert_cmpstr(((struct suppression *)g_ptr_array_index(later, 0))->list, ==, "letter");
    gint64 other = new_list(p->db, "other");
    g_assert_cmpint(other, !=, id);
    g_assert_cmpint(new_list(p->db, "letter"), ==, id);
    /* One that nobody left gets a number of its own. */
    g_assert_true(list_delete(p->db, "other", NULL));
    g_assert_cmpint(new_list(p->db, "other"), !=, other);
}

/* ---- consent ---- */

static void consent_is_kept(struct place *p, gconstpointer data)
{
    const struct consent first = {
        .text = "I agree", .source = "form", .at_us = 10, .retain_until_us = 99};
    const struct consent second = {.text = "I agree more", .source = "form", .at_us = 20};
    gint64 id = add(p->db, "a@example.org");
    gint64 list = new_list(p->db, "letter");
    g_assert_true(membership_add(p->db, list, id, &first, NULL));
    g_assert_true(membership_add(p->db, list, id, NULL, NULL));
    g_autoptr(GPtrArray) of = membership_of(p->db, id, NULL);
    g_assert_cmpint(of->len, ==, 1);
    const struct membership *m = g_ptr_array_index(of, 0);
    g_assert_cmpstr(m->list, ==, "letter");
    g_assert_cmpstr(m->consent_text, ==, "I agree");
    g_assert_cmpstr(m->consent_source, ==, "form");
    g_assert_cmpint(m->consent_us, ==, 10);
    g_assert_cmpint(m->retain_until_us, ==, 99);
    g_assert_true(membership_add(p->db, list, id, &second, NULL));
    g_autoptr(GPtrArray) again = membership_of(p->db, id, NULL);
    m = g_ptr_array_index(again, 0);
    g_assert_cmpstr(m->consent_text, ==, "I agree more");
    g_assert_cmpint(m->consent_us, ==, 20);
    g_assert_cmpint(m->retain_until_us, ==, 99);
}

/* ---- suppressions ---- */

static void suppress_and_take_back(struct place *p, gconstpointer data)
{
    GError *error = NULL;
    gboolean was_there = TRUE;
    gint64 list = new_list(p->db, "letter");
    g_assert_true(suppression_add(p->db, "A@example.org", "a@example.org", 0, "bounced",
                                  "550 no such user", &was_there, NULL));
    g_assert_false(was_there);
    g_assert_true(suppression_add(p->db, "A@example.org", "a@example.org", 0, "manual", NULL,
                                  &was_there, NULL));
    g_assert_true(was_there);
    g_assert_true(suppression_add(p->db, "A@example.org", "a@example.org", list, "unsubscribed",
                                  NULL, &was_there, NULL));
    g_assert_false(was_there);
    g_autoptr(GPtrArray) of = suppression_of(p->db, "a@example.org", NULL);
    g_assert_cmpint(of->len, ==, 2);
    const struct suppression *all = g_ptr_array_index(of, 0), *one = g_ptr_array_index(of, 1);
    g_assert_null(all->list);
    g_assert_cmpstr(all->reason, ==, "bounced");
    g_assert_cmpstr(all->evidence, ==, "550 no such user");
    g_assert_cmpstr(all->actor, ==, "tester");
    g_assert_cmpstr(one->list, ==, "letter");
    g_assert_true(suppression_remove(p->db, "a@example.org", 0, NULL));
    g_assert_false(suppression_remove(p->db, "a@example.org", 0, &error));
    assert_fails(error, CRIER_ERROR_NOT_FOUND, "crier suppress list");
    g_autoptr(GPtrArray) page = suppression_page(p->db, 0, 10, NULL);
    g_assert_cmpint(page->len, ==, 1);
    g_assert_false(suppression_add(p->db, "b", "b", 0, "disliked", NULL, NULL, &error));
    assert_fails(error, CRIER_ERROR_INVALID, "disliked");
}

static void erased_people_stay_away(struct place *p, gconstpointer data)
{
    g_autofree char *key = suppression_erased_key(p->db, "a@example.org", NULL);
    g_autofree char *same = suppression_erased_key(p->db, "a@example.org", NULL);
    g_autofree char *other = suppression_erased_key(p->db, "b@example.org", NULL);
    g_assert_cmpstr(key, ==, same);
    g_assert_cmpstr(key, !=, other);
    g_assert_null(strstr(key, "example"));
    g_assert_true(suppression_add(p->db, "", key, 0, "erased", NULL, NULL, NULL));
    g_autoptr(GPtrArray) of = suppression_of(p->db, "a@example.org", NULL);
    g_assert_cmpint(of->len, ==, 1);
    /* Added again, they are known by their address again, and suppressed by it. */
    add(p->db, "a@example.org");
    add(p->db, "b@example.org");
    g_assert_cmpint(number_of(p->db, "SELECT count(*) FROM suppression WHERE address_key ="
                                     " 'a@example.org' AND list_id = 0"),
                    ==, 1);
    g_assert_cmpint(number_of(p->db, "SELECT count(*) FROM suppression"), ==, 2);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    TEST("/people/put/and-get", put_and_get);
    TEST("/people/put/bad-ones", bad_people_are_refused);
    TEST("/people/page/by-id", pages_go_by_id);
    TEST("/people/remove/ids-are-not-used-again", removed_ids_are_not_used_again);
    TEST("/people/audit/no-address", audit_holds_no_address);
    TEST("/lists/names", lists_and_their_names);
    TEST("/lists/delete/used-one", used_list_is_not_deleted);
    TEST("/lists/delete/suppressions-outlive-it", suppressions_outlive_the_list);
    TEST("/lists/consent/is-kept", consent_is_kept);
    TEST("/suppressions/add/and-take-back", suppress_and_take_back);
    TEST("/suppressions/erased/stay-away", erased_people_stay_away);
    return g_test_run();
}
