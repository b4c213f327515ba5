/*
 * Pages of people and suppressions for a screen, in both directions, and counting in parts.
 */
#include "config.h"

#include "place.h"

#include "store/people.h"
#include "store/people_browse.h"

#define MANY 25000 /* more than a walk passes by before it gives up */

static gint64 new_list(struct db *db, const char *name)
{
    GError *error = NULL;
    gint64 id = 0;
    list_new(db, name, NULL, &id, &error);
    g_assert_no_error(error);
    return id;
}

/* People 1 … n; the order of their addresses is the other way round. */
static void fill(struct db *db, int n)
{
    g_autofree char *sql = g_strdup_printf(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d) "
        "INSERT INTO person (id, address, address_key, domain, created_us, updated_us) "
        "SELECT i, printf('p%%06d@example.org', 100000 - i), "
        "printf('p%%06d@example.org', 100000 - i), 'example.org', i, i FROM n",
        n);
    g_assert_cmpint(sqlite3_exec(db_handle(db), sql, NULL, NULL, NULL), ==, SQLITE_OK);
}

static void join(struct db *db, gint64 list_id, const char *where)
{
    g_autofree char *sql =
        g_strdup_printf("INSERT INTO membership (list_id, person_id, joined_us) "
                        "SELECT %d, id, id FROM person WHERE %s",
                        (int)list_id, where);
    g_assert_cmpint(sqlite3_exec(db_handle(db), sql, NULL, NULL, NULL), ==, SQLITE_OK);
}

/* The ids of a page, "3 2 1". */
static char *page(struct db *db, const struct browse *b, int max)
{
    GError *error = NULL;
    g_autoptr(GPtrArray) rows = people_browse(db, b, max, &error);
    g_assert_no_error(error);
    GString *text = g_string_new(NULL);
    for (guint i = 0; i < rows->len; i++)
        g_string_append_printf(text, "%s%d", i > 0 ? " " : "",
                               (int)((struct browse_person *)rows->pdata[i])->p.id);
    return g_string_free(text, FALSE);
}

static void both_orders(struct place *p, gconstpointer data)
{
    fill(p->db, 9);
    gint64 list = new_list(p->db, "odd");
    join(p->db, list, "id % 2 = 1");
    const struct {
        struct browse b;
        const char *ids;
    } cases[] = {
        {{0, BROWSE_ADDRESS, FALSE, NULL, 0}, "9 8 7"},
        {{0, BROWSE_ADDRESS, TRUE, NULL, 0}, "1 2 3"},
        {{0, BROWSE_ADDRESS, FALSE, "p099997@example.org", 3}, "2 1"},
        {{0, BROWSE_ADDRESS, TRUE, "p099997@example.org", 3}, "4 5 6"},
        {{0, BROWSE_ADDED, FALSE, NULL, 0}, "1 2 3"},
        {{0, BROWSE_ADDED, TRUE, NULL, 0}, "9 8 7"},
        {{0, BROWSE_ADDED, TRUE, "x", 3}, "2 1"},
        {{list, BROWSE_ADDRESS, FALSE, NULL, 0}, "9 7 5"},
        {{list, BROWSE_ADDRESS, TRUE, NULL, 0}, "1 3 5"},
        /* Behind somebody who has left the list meanwhile. */
        {{list, BROWSE_ADDRESS, FALSE, "p099996@example.org", 4}, "3 1"},
        {{list, BROWSE_ADDED, FALSE, "x", 4}, "5 7 9"},
        {{list, BROWSE_ADDED, TRUE, "x", 4}, "3 1"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *ids = page(p->db, &cases[i].b, 3);
        g_test_message("case %d", (int)i);
        g_assert_cmpstr(ids, ==, cases[i].ids);
    }
}

/* A list too long to be sorted is found by walking past the others, also when its people all
 * stand behind more of them than a walk takes. */
static void long_lists(struct place *p, gconstpointer data)
{
    fill(p->db, 2 * MANY);
    gint64 spread = new_list(p->db, "spread"), tail = new_list(p->db, "tail");
    join(p->db, spread, "id % 2 = 0");
    join(p->db, tail, "id <= 20000"); /* the last by address */
    const struct browse cases[] = {
        {.list_id = spread},
        {.list_id = spread, .is_backwards = TRUE},
        {.list_id = tail},
        {.list_id = tail, .is_backwards = TRUE},
    };
    const char *const ids[] = {"50000 49998", "2 4", "20000 19999", "1 2"};
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *got = page(p->db, &cases[i], 2);
        g_assert_cmpstr(got, ==, ids[i]);
    }
}

static const char *reason_of(struct db *db, gint64 list_id, gint64 id)
{
    GError *error = NULL;
    struct browse_person *b = people_browse_one(db, list_id, id, &error);
    g_assert_no_error(error);
    const char *reason = b ? g_intern_string(b->never_mail ? b->never_mail : "ok") : "nobody";
    browse_person_free(b);
    return reason;
}

static void reasons(struct place *p, gconstpointer data)
{
    fill(p->db, 3);
    gint64 a = new_list(p->db, "a"), b = new_list(p->db, "b");
    join(p->db, a, "id <= 2");
    join(p->db, b, "id = 2");
    g_assert_true(
        suppression_add(p->db, "x", "p099999@example.org", 0, "bounced", "", NULL, NULL));
    g_assert_true(
        suppression_add(p->db, "x", "p099998@example.org", a, "unsubscribed", "", NULL, NULL));
    g_assert_cmpstr(reason_of(p->db, 0, 1), ==, "bounced");
    g_assert_cmpstr(reason_of(p->db, a, 1), ==, "bounced");
    /* What is for one list is said of that list alone. */
    g_assert_cmpstr(reason_of(p->db, a, 2), ==, "unsubscribed");
    g_assert_cmpstr(reason_of(p->db, b, 2), ==, "ok");
    g_assert_cmpstr(reason_of(p->db, 0, 2), ==, "ok");
    /* On no list, and not there. */
    g_assert_cmpstr(reason_of(p->db, a, 3), ==, "nobody");
    g_assert_cmpstr(reason_of(p->db, 0, 4), ==, "nobody");
}

static int parts_of(struct db *db, gint64 list_id, int max, struct browse_count *c)
{
    GError *error = NULL;
    int n = 0;
    while (!c->is_done) {
        g_assert_true(people_browse_count(db, list_id, 8, max, c, &error));
        g_assert_no_error(error);
        n++;
    }
    return n;
}

static void counts(struct place *p, gconstpointer data)
{
    fill(p->db, 10);
    gint64 list = new_list(p->db, "some"), none = new_list(p->db, "none");
    join(p->db, list, "id > 3");
    const struct {
        gint64 list_id;
        int max, parts;
        gint64 n, fresh;
    } cases[] = {
        {0, 3, 4, 10, 0},   {0, 10, 2, 10, 0},    {0, 11, 1, 10, 0},
        {list, 3, 3, 7, 3}, {list, 100, 1, 7, 3}, {none, 3, 1, 0, 0},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        struct browse_count c = {0};
        g_assert_cmpint(parts_of(p->db, cases[i].list_id, cases[i].max, &c), ==,
                        cases[i].parts);
        g_assert_cmpint(c.n, ==, cases[i].n);
        g_assert_cmpint(c.fresh, ==, cases[i].fresh);
        browse_count_clear(&c);
    }
}

static char *suppressions(struct db *db, gint64 id, gboolean is_backwards, int max)
{
    GError *error = NULL;
    g_autoptr(GPtrArray) rows = suppression_browse(db, id, is_backwards, max, &error);
    g_assert_no_error(error);
    GString *text = g_string_new(NULL);
    for (guint i = 0; i < rows->len; i++)
        g_string_append(text, ((struct suppression *)rows->pdata[i])->address);
    return g_string_free(text, FALSE);
}

static void newest_suppressions_first(struct place *p, gconstpointer data)
{
    for (char address[] = "a"; address[0] <= 'e'; address[0]++)
        g_assert_true(suppression_add(p->db, address, address, 0, "manual", "", NULL, NULL));
    const struct {
        gint64 id;
        gboolean is_backwards;
        const char *text;
    } cases[] = {{0, FALSE, "ed"}, {4, FALSE, "cb"}, {1, FALSE, ""},
                 {0, TRUE, "ab"},  {3, TRUE, "de"},  {5, TRUE, ""}};
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *text = suppressions(p->db, cases[i].id, cases[i].is_backwards, 2);
        g_assert_cmpstr(text, ==, cases[i].text);
    }
    g_assert_cmpint(suppression_count(p->db, NULL), ==, 5);
}

static void lists_without_what_is_in_the_bin(struct place *p, gconstpointer data)
{
    GError *error = NULL;
    new_list(p->db, "b");
    new_list(p->db, "a");
    new_list(p->db, "gone");
    g_assert_true(list_delete(p->db, "gone", &error));
    g_autoptr(GPtrArray) all = lists_browse(p->db, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(all->len, ==, 2);
    g_assert_cmpstr(((struct list *)all->pdata[0])->name, ==, "a");
    g_assert_cmpint(((struct list *)all->pdata[0])->members, ==, -1);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    TEST("/people_browse/page/both-orders-and-ways", both_orders);
    TEST("/people_browse/page/long-lists", long_lists);
    TEST("/people_browse/one/reason-never-to-be-mailed", reasons);
    TEST("/people_browse/count/in-parts", counts);
    TEST("/people_browse/suppressions/newest-first", newest_suppressions_first);
    TEST("/people_browse/lists/without-the-bin", lists_without_what_is_in_the_bin);
    return g_test_run();
}
