/*
 * Taking imports back, and difference imports.
 */
#include "config.h"

#include "place.h"
#include "store/people.h"

struct row {
    const char *address, *fields, *consent;
};

static gint64 list_of(struct db *db, const char *name)
{
    gint64 id = 0;
    struct list l = {0};
    if (list_get(db, name, &l, NULL)) {
        id = l.id;
        list_clear(&l);
    } else {
        g_assert_true(list_new(db, name, NULL, &id, NULL));
    }
    return id;
}

static struct people_import *import_open(struct db *db, const char *list, gboolean dry_run,
                                         const struct row *rows)
{
    GError *error = NULL;
    struct people_import *im =
        people_import_begin(db, list_of(db, list), "file.csv", NULL, TRUE, dry_run, &error);
    g_assert_no_error(error);
    for (; rows->address; rows++) {
        struct person p = {.address = (char *)rows->address,
                           .address_key = (char *)rows->address,
                           .domain = (char *)"example.org",
                           .fields_json = (char *)rows->fields};
        const struct consent own = {.text = rows->consent, .at_us = 5};
        people_import_add_consented(im, &p, rows->consent ? &own : NULL, &error);
        g_assert_no_error(error);
    }
    people_import_finish(im, &error);
    g_assert_no_error(error);
    return im;
}

/* Its number. */
static gint64 import(struct db *db, const char *list, const struct row *rows)
{
    struct people_import *im = import_open(db, list, FALSE, rows);
    gint64 id = people_import_id(im);
    people_import_free(im);
    return id;
}

/* "removed 2 restored 1": what is not 0. */
static void undo_gives(struct db *db, gint64 id, gboolean dry_run, const char *want)
{
    GError *error = NULL;
    gint64 n[UNDO_COUNT];
    g_assert_true(import_undo(db, id, dry_run, n, &error));
    g_assert_no_error(error);
    g_autoptr(GString) got = g_string_new(NULL);
    for (int i = 0; i < UNDO_COUNT; i++)
        if (n[i] > 0)
            g_string_append_printf(got, "%s%s %d", got->len > 0 ? " " : "", import_undo_name(i),
                                   (int)n[i]);
    g_assert_cmpstr(got->str, ==, want);
}

/* "ann:{…}@news,staff;bob…": everybody with fields and lists. */
static char *everybody(struct db *db)
{
    g_autoptr(GPtrArray) page = people_page(db, 0, 0, 100, NULL);
    GString *s = g_string_new(NULL);
    for (guint i = 0; i < page->len; i++) {
        const struct person *p = g_ptr_array_index(page, i);
        g_autoptr(GPtrArray) lists = membership_of(db, p->id, NULL);
        g_string_append_printf(s, "%s%s%s", i > 0 ? " " : "", p->address, p->fields_json);
        for (guint k = 0; k < lists->len; k++) {
            const struct membership *m = g_ptr_array_index(lists, k);
            g_string_append_printf(s, "@%s%s%s", m->list, m->consent_text ? "=" : "",
                                   m->consent_text ? m->consent_text : "");
        }
    }
    return g_string_free(s, FALSE);
}

static void assert_people(struct db *db, const char *want)
{
    g_autofree char *got = everybody(db);
    g_assert_cmpstr(got, ==, want);
}

static const struct row first[] = {
    {"a@x", "{\"n\":\"1\"}", "yes"}, {"b@x", "{}", NULL}, {NULL, NULL, NULL}};
static const struct row second[] = {{"a@x", "{\"n\":\"2\"}", "no"},
                                    {"b@x", "{}", NULL},
                                    {"c@x", "{}", "maybe"},
                                    {NULL, NULL, NULL}};

static void new_people_go(struct place *p, gconstpointer data)
{
    gint64 id = import(p->db, "news", first);
    assert_people(p->db, "a@x{\"n\":\"1\"}@news=yes b@x{}@news");
    undo_gives(p->db, id, TRUE, "removed 2");
    assert_people(p->db, "a@x{\"n\":\"1\"}@news=yes b@x{}@news");
    undo_gives(p->db, id, FALSE, "removed 2");
    assert_people(p->db, "");
    /* Their numbers are not given again: a ledger may name them. */
    import(p->db, "news", first);
    g_assert_cmpint(number_of(p->db, "SELECT min(id) FROM person"), ==, 3);
    g_assert_cmpint(number_of(p->db, "SELECT count(*) FROM audit WHERE action = 'undo' AND"
                                     " name = '#1' AND detail LIKE 'file.csv: 2 removed%'"),
                    ==, 1);
}

static void known_people_are_as_before(struct place *p, gconstpointer data)
{
    import(p->db, "news", first);
    gint64 id = import(p->db, "news", second);
    assert_people(p->db, "a@x{\"n\":\"2\"}@news=no b@x{}@news c@x{}@news=maybe");
    undo_gives(p->db, id, FALSE, "removed 1 restored 1");
    assert_people(p->db, "a@x{\"n\":\"1\"}@news=yes b@x{}@news");
    g_assert_cmpint(number_of(p->db, "SELECT count(*) FROM import_row WHERE is_undone = 0 OR"
                                     " old_fields IS NOT NULL"),
                    ==, 0);
}

static void known_people_leave_the_list(struct place *p, gconstpointer data)
{
    import(p->db, "news", first);
    gint64 id = import(p->db, "staff", first);
    assert_people(p->db, "a@x{\"n\":\"1\"}@news=yes@staff=yes b@x{}@news@staff");
    undo_gives(p->db, id, FALSE, "left 2");
    assert_people(p->db, "a@x{\"n\":\"1\"}@news=yes b@x{}@news");
}

/* In the order they came, too. */
static void both_can_be_undone(struct place *p, gconstpointer data)
{
    gint64 one = import(p->db, "news", first), two = import(p->db, "news", second);
    undo_gives(p->db, two, FALSE, "removed 1 restored 1");
    undo_gives(p->db, one, FALSE, "removed 2");
    assert_people(p->db, "");
    one = import(p->db, "news", first);
    two = import(p->db, "news", second);
    undo_gives(p->db, one, FALSE, "kept_again 2");
    undo_gives(p->db, two, FALSE, "removed 1 restored 1");
    assert_people(p->db, "a@x{\"n\":\"1\"}@news=yes b@x{}@news");
}

static void what_happened_since_stays(struct place *p, gconstpointer data)
{
    static const struct row rows[] = {{"a@x", "{}", NULL},
                                      {"b@x", "{}", NULL},
                                      {"c@x", "{}", NULL},
                                      {"d@x", "{}", NULL},
                                      {NULL, NULL, NULL}};
    gint64 id = import(p->db, "news", rows);
    struct person changed = {0};
    g_assert_true(people_get(p->db, "a@x", &changed, NULL));
    g_free(changed.fields_json);
    changed.fields_json = g_strdup("{\"k\":\"v\"}");
    g_assert_true(people_put(p->db, &changed, NULL));
    person_clear(&changed);
    run(p->db, "INSERT INTO campaign (name, give_up_s, created_us) VALUES ('c', 1, 1)");
    run(p->db, "INSERT INTO delivery (campaign_id, person_id, version, address)"
               " SELECT 1, id, 1, address FROM person WHERE address = 'b@x'");
    g_assert_true(membership_add(p->db, list_of(p->db, "staff"), 3, NULL, NULL));
    undo_gives(p->db, id, FALSE, "removed 1 kept_mailed 1 kept_changed 1 kept_elsewhere 1");
    assert_people(p->db, "a@x{\"k\":\"v\"}@news b@x{}@news c@x{}@staff");
}

static void changed_fields_are_not_overwritten(struct place *p, gconstpointer data)
{
    import(p->db, "news", first);
    gint64 id = import(p->db, "news", second);
    struct person a = {0};
    g_assert_true(people_get(p->db, "a@x", &a, NULL));
    g_free(a.fields_json);
    a.fields_json = g_strdup("{\"n\":\"3\"}");
    g_assert_true(people_put(p->db, &a, NULL));
    person_clear(&a);
    undo_gives(p->db, id, FALSE, "removed 1 kept_changed 1");
    assert_people(p->db, "a@x{\"n\":\"3\"}@news=no b@x{}@news");
}

static void more_than_a_batch(struct place *p, gconstpointer data)
{
    enum { ROWS = 3500 };
    struct row *rows = g_new0(struct row, ROWS + 1);
    for (int i = 0; i < ROWS; i++)
        rows[i] = (struct row){g_strdup_printf("p%d@x", i), "{}", NULL};
    gint64 one = import(p->db, "news", rows), two = import(p->db, "staff", rows);
    undo_gives(p->db, two, TRUE, "left 3500");
    undo_gives(p->db, two, FALSE, "left 3500");
    undo_gives(p->db, one, TRUE, "removed 3500");
    undo_gives(p->db, one, FALSE, "removed 3500");
    assert_people(p->db, "");
    for (int i = 0; i < ROWS; i++)
        g_free((char *)rows[i].address);
    g_free(rows);
}

static void refusals(struct place *p, gconstpointer data)
{
    GError *error = NULL;
    gint64 n[UNDO_COUNT];
    g_assert_false(import_undo(p->db, 0, FALSE, n, &error));
    assert_fails(error, CRIER_ERROR_NOT_FOUND, "no import to undo");
    g_assert_false(import_undo(p->db, 7, FALSE, n, &error));
    assert_fails(error, CRIER_ERROR_NOT_FOUND, "no import 7");
    gint64 id = import(p->db, "news", first);
    undo_gives(p->db, id, FALSE, "removed 2");
    g_assert_false(import_undo(p->db, id, FALSE, n, &error));
    assert_fails(error, CRIER_ERROR_EXISTS, "undone already");
    id = import(p->db, "gone", first);
    g_assert_true(list_delete(p->db, "gone", NULL));
    g_assert_false(import_undo(p->db, id, FALSE, n, &error));
    assert_fails(error, CRIER_ERROR_NOT_FOUND, "its list is deleted");
}

static void listing(struct place *p, gconstpointer data)
{
    import(p->db, "news", first);
    gint64 id = import(p->db, "staff", second);
    g_autoptr(GPtrArray) all = imports_page(p->db, 0, 10, NULL);
    g_assert_cmpint(all->len, ==, 2);
    const struct import_record *r = g_ptr_array_index(all, 0);
    g_assert_cmpint(r->id, ==, id);
    g_assert_cmpstr(r->list, ==, "staff");
    g_assert_cmpstr(r->actor, ==, "tester");
    g_assert_nonnull(strstr(r->counts, "\"new\":1"));
    g_autoptr(GPtrArray) older = imports_page(p->db, id, 10, NULL);
    g_assert_cmpint(older->len, ==, 1);
    g_autoptr(GPtrArray) of_c = imports_of_person(p->db, 3, NULL);
    g_assert_cmpint(of_c->len, ==, 1);
    struct import_record last = {0};
    g_assert_true(import_get(p->db, 0, &last, NULL));
    g_assert_cmpint(last.id, ==, id);
    import_record_clear(&last);
}

static void sync_drops_who_is_missing(struct place *p, gconstpointer data)
{
    static const struct row file[] = {
        {"a@x", "{\"n\":\"9\"}", NULL}, {"d@x", "{}", NULL}, {NULL, NULL, NULL}};
    import(p->db, "news", second);
    import(p->db, "staff", first);
    gint64 n = 0;
    struct people_import *dry = import_open(p->db, "news", TRUE, file);
    g_assert_true(people_import_missing(dry, &n, NULL));
    g_assert_cmpint(n, ==, 2);
    people_import_free(dry);
    struct people_import *im = import_open(p->db, "news", FALSE, file);
    gint64 id = people_import_id(im);
    /* Who joins meanwhile is not missing. */
    struct person late = {
        .address = (char *)"z@x", .address_key = (char *)"z@x", .domain = (char *)"x"};
    g_assert_true(people_put(p->db, &late, NULL));
    g_assert_true(membership_add(p->db, list_of(p->db, "news"), late.id, NULL, NULL));
    g_assert_true(people_import_drop_missing(im, &n, NULL));
    g_assert_cmpint(n, ==, 2);
    people_import_free(im);
    assert_people(p->db, "a@x{\"n\":\"9\"}@news=no@staff=yes b@x{}@staff c@x{} d@x{}@news"
                         " z@x{}@news");
    undo_gives(p->db, id, FALSE, "removed 1 restored 1 rejoined 2");
    assert_people(p->db, "a@x{\"n\":\"1\"}@news=no@staff=yes b@x{}@news@staff c@x{}@news=maybe"
                         " z@x{}@news");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    TEST("/import-undo/new", new_people_go);
    TEST("/import-undo/known", known_people_are_as_before);
    TEST("/import-undo/other-list", known_people_leave_the_list);
    TEST("/import-undo/both", both_can_be_undone);
    TEST("/import-undo/since", what_happened_since_stays);
    TEST("/import-undo/changed-fields", changed_fields_are_not_overwritten);
    TEST("/import-undo/batches", more_than_a_batch);
    TEST("/import-undo/refusals", refusals);
    TEST("/import-undo/listing", listing);
    TEST("/import-undo/sync", sync_drops_who_is_missing);
    return g_test_run();
}
