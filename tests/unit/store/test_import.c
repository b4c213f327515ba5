/*
 * Imports: each outcome, also across batches; a dry run counts the same and changes nothing.
 */
#include "config.h"

#include "place.h"

#include "store/people.h"

/* So many rows are collected before they are written. */
#define COLLECT 50000

struct row {
    const char *address, *fields;
    enum import_outcome outcome;
};

static gint64 letter(struct db *db)
{
    gint64 id = number_of(db, "SELECT ifnull(max(id), 0) FROM list WHERE name = 'letter'");
    if (id == 0)
        g_assert_true(list_new(db, "letter", NULL, &id, NULL));
    return id;
}

static struct people_import *begin(struct db *db, gboolean update, gboolean dry_run)
{
    static const struct consent consent = {
        .text = "yes", .source = "import people.csv", .at_us = 7};
    GError *error = NULL;
    struct people_import *im =
        people_import_begin(db, letter(db), "people.csv", &consent, update, dry_run, &error);
    g_assert_no_error(error);
    return im;
}

static void add(struct people_import *im, const char *address, const char *fields)
{
    GError *error = NULL;
    struct person p = {.address = (char *)address,
                       .address_key = (char *)address,
                       .domain = (char *)"example.org",
                       .fields_json = (char *)fields};
    people_import_add(im, &p, &error);
    g_assert_no_error(error);
}

struct wanted {
    gint64 n[IMPORT_OUTCOME_COUNT];
};

static void finish_with(struct people_import *im, const struct wanted *wanted)
{
    GError *error = NULL;
    people_import_finish(im, &error);
    g_assert_no_error(error);
    for (int i = 0; wanted != NULL && i < IMPORT_OUTCOME_COUNT; i++)
        if (people_import_count(im, i) != wanted->n[i])
            g_error("%d %s, expected %d", (int)people_import_count(im, i),
                    import_outcome_name(i), (int)wanted->n[i]);
    people_import_free(im);
}

static void import_rows(struct db *db, gboolean update, gboolean dry_run,
                        const struct row *rows, gsize n)
{
    struct wanted wanted = {0};
    struct people_import *im = begin(db, update, dry_run);
    for (gsize i = 0; i < n; i++) {
        add(im, rows[i].address, rows[i].fields);
        wanted.n[rows[i].outcome]++;
    }
    finish_with(im, &wanted);
}

static const struct row first_file[] = {
    {"a@example.org", "{\"n\":\"1\"}", IMPORT_NEW},
    {"b@example.org", NULL, IMPORT_NEW},
    {"a@example.org", "{\"n\":\"2\"}", IMPORT_DUPLICATE},
    {"s@example.org", "{}", IMPORT_SUPPRESSED},
    {"s@example.org", "{}", IMPORT_DUPLICATE},
    {NULL, "{}", IMPORT_INVALID},
    {"c@example.org", "[1]", IMPORT_INVALID},
    {"c@example.org", "{\"n\":", IMPORT_INVALID},
    {"c\n@example.org", "{}", IMPORT_INVALID},
    {"c@example.org", "{}", IMPORT_NEW},
};

static void suppress(struct db *db)
{
    g_assert_true(suppression_add(db, "s@example.org", "s@example.org", letter(db),
                                  "unsubscribed", NULL, NULL, NULL));
}

static void each_outcome(struct place *p, gconstpointer data)
{
    suppress(p->db);
    import_rows(p->db, FALSE, FALSE, first_file, G_N_ELEMENTS(first_file));
    g_assert_cmpint(people_count(p->db, 0, NULL), ==, 4);
    g_assert_cmpint(people_count(p->db, letter(p->db), NULL), ==, 4);
    g_assert_cmpint(number_of(p->db, "SELECT count(*) FROM membership m JOIN consent c"
                                     " ON c.id = m.consent_id WHERE c.text = 'yes' AND"
                                     " m.consent_us = 7"),
                    ==, 4);
    g_assert_cmpint(number_of(p->db, "SELECT fields = '{\"n\":\"1\"}' FROM person"
                                     " WHERE address = 'a@example.org'"),
                    ==, 1);
    g_assert_cmpint(number_of(p->db,
                              "SELECT count(*) FROM audit WHERE action = 'import' AND"
                              " name = 'letter' AND detail = 'people.csv: 3 new, 0 updated,"
                              " 0 same, 1 suppressed, 4 invalid, 2 duplicate'"),
                    ==, 1);
    g_assert_cmpint(number_of(p->db, "SELECT count(*) FROM import WHERE ended_us > 0 AND"
                                     " json_extract(counts, '$.duplicate') = 2"),
                    ==, 1);
}

static void dry_run_counts_the_same(struct place *p, gconstpointer data)
{
    suppress(p->db);
    gint64 before = number_of(p->db, "SELECT count(*) FROM audit");
    import_rows(p->db, FALSE, TRUE, first_file, G_N_ELEMENTS(first_file));
    g_assert_cmpint(people_count(p->db, 0, NULL), ==, 0);
    g_assert_cmpint(number_of(p->db, "SELECT count(*) FROM import"), ==, 0);
    g_assert_cmpint(number_of(p->db, "SELECT count(*) FROM consent"), ==, 0);
    g_assert_cmpint(number_of(p->db, "SELECT count(*) FROM audit"), ==, before);
}

static const struct row without_update[] = {
    {"a@example.org", "{\"n\":\"9\"}", IMPORT_SAME},
    {"b@example.org", "{\"n\":\"9\"}", IMPORT_SAME},
    {"a@example.org", "{}", IMPORT_DUPLICATE},
    {"new@example.org", "{}", IMPORT_NEW},
};
static const struct row with_update[] = {
    {"a@example.org", "{\"n\":\"9\",\"m\":\"x\"}", IMPORT_UPDATED},
    {"b@example.org", NULL, IMPORT_SAME},
    {"c@example.org", "{}", IMPORT_SAME},
    {"c@example.org", "{\"n\":\"1\"}", IMPORT_DUPLICATE},
    {"d@example.org", "{\"n\":", IMPORT_INVALID},
    {"b@example.org", "{\"n\":", IMPORT_DUPLICATE},
};

static void known_people(struct place *p, gconstpointer data)
{
    const struct row first[] = {
        {"a@example.org", "{\"n\":\"1\",\"k\":\"kept\"}", IMPORT_NEW},
        {"b@example.org", "{}", IMPORT_NEW},
        {"c@example.org", "{\"n\":\"1\"}", IMPORT_NEW},
    };
    import_rows(p->db, FALSE, FALSE, first, G_N_ELEMENTS(first));
    import_rows(p->db, FALSE, TRUE, without_update, G_N_ELEMENTS(without_update));
    import_rows(p->db, FALSE, FALSE, without_update, G_N_ELEMENTS(without_update));
    g_assert_cmpint(number_of(p->db, "SELECT count(*) FROM person WHERE row_version > 1"), ==,
                    0);
    import_rows(p->db, TRUE, TRUE, with_update, G_N_ELEMENTS(with_update) - 1);
    import_rows(p->db, TRUE, FALSE, with_update, G_N_ELEMENTS(with_update) - 1);
    g_assert_cmpint(number_of(p->db, "SELECT row_version FROM person WHERE address ="
                                     " 'a@example.org'"),
                    ==, 2);
    g_assert_cmpint(number_of(p->db,
                              "SELECT fields = '{\"n\":\"9\",\"k\":\"kept\",\"m\":\"x\"}'"
                              " FROM person WHERE address = 'a@example.org'"),
                    ==, 1);
    g_assert_cmpint(number_of(p->db, "SELECT count(*) FROM person WHERE row_version > 1"), ==,
                    1);
}

/* Duplicates far apart in the file, of known and of new people, really and dry: more rows than
 * are collected at once. */
static void duplicates_across_batches(struct place *p, gconstpointer data)
{
    enum { ROWS = 2 * COLLECT + 10 };
    struct people_import *old = begin(p->db, FALSE, FALSE);
    add(old, "known@example.org", "{}");
    finish_with(old, NULL);
    for (int dry = 1; dry >= 0; dry--) {
        const struct wanted wanted = {
            .n = {[IMPORT_NEW] = ROWS, [IMPORT_SAME] = 1, [IMPORT_DUPLICATE] = 4}};
        struct people_import *im = begin(p->db, FALSE, dry);
        add(im, "known@example.org", "{\"first\":\"1\"}");
        for (int i = 0; i < ROWS; i++) {
            g_autofree char *address = g_strdup_printf("p%d@example.org", i);
            add(im, address, "{\"first\":\"1\"}");
        }
        add(im, "p0@example.org", "{}");
        add(im, "p50005@example.org", "{}");
        add(im, "p100009@example.org", "{}");
        add(im, "known@example.org", "{}");
        finish_with(im, &wanted);
    }
    g_assert_cmpint(people_count(p->db, letter(p->db), NULL), ==, ROWS + 1);
    g_assert_cmpint(number_of(p->db, "SELECT count(*) FROM person WHERE fields = '{}'"), ==, 1);
}

/* The first of the file counts, not the first by some other order. */
static void first_of_the_file_counts(struct place *p, gconstpointer data)
{
    struct people_import *im = begin(p->db, FALSE, FALSE);
    for (int i = 0; i < 100; i++) {
        g_autofree char *fields = g_strdup_printf("{\"n\":\"%d\"}", i);
        add(im, "a@example.org", fields);
    }
    finish_with(im, NULL);
    g_assert_cmpint(number_of(p->db, "SELECT json_extract(fields, '$.n') FROM person"), ==, 0);
}

static void unfinished_one_leaves_nothing(struct place *p, gconstpointer data)
{
    struct people_import *im = begin(p->db, FALSE, FALSE);
    for (int i = 0; i < COLLECT + 100; i++) {
        g_autofree char *address = g_strdup_printf("p%d@example.org", i);
        add(im, address, "{}");
    }
    people_import_free(im);
    g_assert_cmpint(people_count(p->db, 0, NULL), ==, 0);
    g_assert_cmpint(number_of(p->db, "PRAGMA cache_size"), ==, -2000);
    /* Nor is a file left beside the database. */
    g_autoptr(GDir) dir = g_dir_open(p->dir, 0, NULL);
    for (const char *name; (name = g_dir_read_name(dir)) != NULL;)
        g_assert_null(strstr(name, "import"));
}

/* Rows with big fields go through the temporary file early, and come back as they were. */
static void big_rows(struct place *p, gconstpointer data)
{
    const struct wanted wanted = {.n = {[IMPORT_NEW] = 30, [IMPORT_DUPLICATE] = 30}};
    g_autofree char *big = g_strnfill(1000000, 'x');
    struct people_import *im = begin(p->db, FALSE, FALSE);
    for (int i = 0; i < 60; i++) {
        g_autofree char *address = g_strdup_printf("p%d@example.org", 29 - i % 30);
        g_autofree char *fields = g_strdup_printf("{\"n\":\"%d%s\"}", i, big);
        add(im, address, fields);
    }
    finish_with(im, &wanted);
    g_assert_cmpint(number_of(p->db, "SELECT count(*) FROM person WHERE json_extract(fields, '$.n')"
                                     " LIKE (29 - substr(address, 2, instr(address, '@') - 2))"
                                     " || 'xxx%' AND length(fields) > 1000000"),
                    ==, 30);
}

static void erased_people_stay_suppressed(struct place *p, gconstpointer data)
{
    const struct row rows[] = {
        {"a@example.org", "{}", IMPORT_SUPPRESSED},
        {"b@example.org", "{}", IMPORT_NEW},
    };
    g_autofree char *key = suppression_erased_key(p->db, "a@example.org", NULL);
    g_assert_true(suppression_add(p->db, "", key, 0, "erased", NULL, NULL, NULL));
    import_rows(p->db, FALSE, TRUE, rows, G_N_ELEMENTS(rows));
    g_assert_cmpint(number_of(p->db, "SELECT count(*) FROM suppression"), ==, 1);
    import_rows(p->db, FALSE, FALSE, rows, G_N_ELEMENTS(rows));
    g_assert_cmpint(number_of(p->db, "SELECT count(*) FROM suppression WHERE address_key ="
                                     " 'a@example.org'"),
                    ==, 1);
}

static void other_people_may_write_between(struct place *p, gconstpointer data)
{
    GError *error = NULL;
    const struct wanted wanted = {.n = {[IMPORT_NEW] = COLLECT + 1, [IMPORT_SAME] = 1}};
    struct people_import *im = begin(p->db, FALSE, FALSE);
    for (int i = 0; i < COLLECT; i++) {
        g_autofree char *address = g_strdup_printf("p%d@example.org", i);
        add(im, address, "{}");
    }
    struct db *other = db_open(p->ws->db_path, DB_USE_VERB, &error);
    g_assert_no_error(error);
    struct person theirs = {.address = (char *)"x@example.org",
                            .address_key = (char *)"x@example.org",
                            .domain = (char *)"example.org"};
    g_assert_true(people_put(other, &theirs, &error));
    g_assert_no_error(error);
    db_close(other);
    add(im, "y@example.org", "{}");
    add(im, "x@example.org", "{}");
    finish_with(im, &wanted);
    g_assert_cmpint(people_count(p->db, letter(p->db), NULL), ==, COLLECT + 2);
}

static void list_must_be_there(struct place *p, gconstpointer data)
{
    GError *error = NULL;
    g_assert_null(people_import_begin(p->db, 99, "x", NULL, FALSE, FALSE, &error));
    assert_fails(error, CRIER_ERROR_NOT_FOUND, "list");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    TEST("/import/each-outcome", each_outcome);
    TEST("/import/dry-run", dry_run_counts_the_same);
    TEST("/import/known-people", known_people);
    TEST("/import/duplicates-across-batches", duplicates_across_batches);
    TEST("/import/first-of-the-file", first_of_the_file_counts);
    TEST("/import/big-rows", big_rows);
    TEST("/import/unfinished", unfinished_one_leaves_nothing);
    TEST("/import/erased", erased_people_stay_suppressed);
    TEST("/import/others-write-between", other_people_may_write_between);
    TEST("/import/no-list", list_must_be_there);
    return g_test_run();
}
