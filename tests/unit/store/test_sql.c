/*
 * Statements and the sentences for SQLite's codes.
 */
#include "config.h"

#include "place.h"

#include "base/field.h"
#include "store/db_private.h"

static void same_literal_same_statement(struct place *p, gconstpointer data)
{
    static const char sql[] = "SELECT ?";
    sqlite3_stmt *first = sql_prepare(p->db, sql, NULL);
    g_assert_nonnull(first);
    g_assert_true(sql_prepare(p->db, sql, NULL) == first);
}

static void found_statement_is_clean(struct place *p, gconstpointer data)
{
    static const char sql[] = "SELECT ? UNION ALL SELECT 2";
    sqlite3_stmt *s = sql_prepare(p->db, sql, NULL);
    sql_bind(s, "s", "left over");
    g_assert_cmpint(sql_step(p->db, s, NULL), ==, 1);
    s = sql_prepare(p->db, sql, NULL);
    g_assert_cmpint(sqlite3_stmt_busy(s), ==, 0);
    g_assert_cmpint(sql_step(p->db, s, NULL), ==, 1);
    g_assert_cmpint(sqlite3_column_type(s, 0), ==, SQLITE_NULL);
}

static void cache_grows(struct place *p, gconstpointer data)
{
    enum { N = 300 };
    char *literals[N];
    sqlite3_stmt *stmts[N];
    for (int i = 0; i < N; i++) {
        literals[i] = g_strdup_printf("SELECT %d", i);
        stmts[i] = sql_prepare(p->db, literals[i], NULL);
        g_assert_nonnull(stmts[i]);
    }
    for (int i = 0; i < N; i++) {
        g_assert_true(sql_prepare(p->db, literals[i], NULL) == stmts[i]);
        g_assert_cmpint(sql_step(p->db, stmts[i], NULL), ==, 1);
        g_assert_cmpint(sql_int64(stmts[i], 0), ==, i);
        sqlite3_reset(stmts[i]);
    }
    sql_clear_cache(p->db);
    for (int i = 0; i < N; i++)
        g_free(literals[i]);
}

static void binds_and_reads(struct place *p, gconstpointer data)
{
    sqlite3_stmt *s = sql_prepare(p->db, "SELECT ?, ?, ?, ?", NULL);
    sql_bind(s, "isds", G_MININT64, "text", 0.5, NULL);
    g_assert_cmpint(sql_step(p->db, s, NULL), ==, 1);
    g_autofree char *text = sql_text(s, 1);
    g_assert_cmpint(sql_int64(s, 0), ==, G_MININT64);
    g_assert_cmpstr(text, ==, "text");
    g_assert_cmpfloat(sqlite3_column_double(s, 2), ==, 0.5);
    g_assert_null(sql_text(s, 3));
    g_assert_cmpstr(sql_peek(s, 3), ==, "");
    g_assert_cmpint(sql_step(p->db, s, NULL), ==, 0);
}

static void int_falls_back(struct place *p, gconstpointer data)
{
    gint64 n = 0;
    g_assert_true(sql_int(p->db, NULL, 7, &n, "SELECT 1 WHERE 0", ""));
    g_assert_cmpint(n, ==, 7);
    g_assert_true(sql_int(p->db, NULL, 8, &n, "SELECT NULL", ""));
    g_assert_cmpint(n, ==, 8);
}

static void unique_is_exists(struct place *p, gconstpointer data)
{
    GError *error = NULL;
    run(p->db, "INSERT INTO list (name, created_us) VALUES ('a', 1)");
    g_assert_false(
        sql_do(p->db, &error, "INSERT INTO list (name, created_us) VALUES ('a', 2)", ""));
    assert_fails(error, CRIER_ERROR_EXISTS, "list.name");
}

static void check_is_invalid(struct place *p, gconstpointer data)
{
    static const char *const bad[] = {"a\r@example.org", "a\n@example.org"};
    for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
        GError *error = NULL;
        g_assert_false(sql_do(p->db, &error,
                              "INSERT INTO person (address, address_key, domain, created_us,"
                              " updated_us) VALUES (?1, ?1, '', 1, 1)",
                              "s", bad[i]));
        assert_fails(error, CRIER_ERROR_INVALID, "CHECK");
    }
}

static void bad_statement_fails(struct place *p, gconstpointer data)
{
    GError *error = NULL;
    g_assert_null(sql_prepare(p->db, "SELECT \"no such column\"", &error));
    assert_fails(error, CRIER_ERROR_FAILED, "no such column");
}

static void enter_and_leave_nest(struct place *p, gconstpointer data)
{
    gboolean outer, inner;
    g_assert_true(sql_enter(p->db, &outer, NULL));
    g_assert_true(sql_enter(p->db, &inner, NULL));
    g_assert_true(outer);
    g_assert_false(inner);
    run(p->db, "INSERT INTO list (name, created_us) VALUES ('a', 1)");
    /* The inner one only reports; the outer one takes everything back. */
    g_assert_false(sql_leave(p->db, inner, FALSE, NULL));
    g_assert_cmpint(number_of(p->db, "SELECT count(*) FROM list"), ==, 1);
    g_assert_false(sql_leave(p->db, outer, FALSE, NULL));
    g_assert_cmpint(number_of(p->db, "SELECT count(*) FROM list"), ==, 0);
}

struct sample {
    gint64 number;
    gboolean is_on;
    int choice;
    char *text;
    char **slugs;
};

static void fields_go_both_ways(struct place *p, gconstpointer data)
{
    static const char *const choices[] = {"no", "one", "two", NULL};
    static const struct field table[] = {
        {.key = "number",
         .type = FIELD_INT,
         .offset = G_STRUCT_OFFSET(struct sample, number),
         .max = 1000,
         .help = ""},
        {.key = "is_on",
         .type = FIELD_BOOL,
         .offset = G_STRUCT_OFFSET(struct sample, is_on),
         .help = ""},
        {.key = "choice",
         .type = FIELD_CHOICE,
         .offset = G_STRUCT_OFFSET(struct sample, choice),
         .choices = choices,
         .help = ""},
        {.key = "text",
         .type = FIELD_LINE,
         .offset = G_STRUCT_OFFSET(struct sample, text),
         .help = ""},
        {.key = "slugs",
         .type = FIELD_SLUGS,
         .offset = G_STRUCT_OFFSET(struct sample, slugs),
         .help = ""},
        {.key = NULL},
    };
    struct sample from = {0}, to = {0};
    field_init_all(table, &from);
    field_init_all(table, &to);
    g_assert_true(field_set_key(table, &from, "number", "42", NULL));
    g_assert_true(field_set_key(table, &from, "is_on", "yes", NULL));
    g_assert_true(field_set_key(table, &from, "choice", "two", NULL));
    g_assert_true(field_set_key(table, &from, "text", "a line", NULL));
    g_assert_true(field_set_key(table, &from, "slugs", "one, two", NULL));
    sqlite3_stmt *s = sql_prepare(p->db,
                                  "SELECT :slugs AS slugs, :text AS text, :number AS number,"
                                  " :is_on AS is_on, :choice AS choice, 5 AS other",
                                  NULL);
    sql_bind_fields(s, table, &from);
    g_assert_cmpint(sql_step(p->db, s, NULL), ==, 1);
    sql_read_fields(s, table, &to);
    sqlite3_reset(s);
    for (const struct field *f = table; f->key != NULL; f++)
        g_assert_true(field_equal(f, &from, &to));
    g_assert_cmpint(to.number, ==, 42);
    g_assert_cmpstr(to.slugs[1], ==, "two");
    field_clear_all(table, &from);
    field_clear_all(table, &to);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    TEST("/sql/prepare/same-literal-same-statement", same_literal_same_statement);
    TEST("/sql/prepare/found-statement-is-clean", found_statement_is_clean);
    TEST("/sql/prepare/cache-grows", cache_grows);
    TEST("/sql/prepare/bad-statement-fails", bad_statement_fails);
    TEST("/sql/bind/binds-and-reads", binds_and_reads);
    TEST("/sql/int/falls-back", int_falls_back);
    TEST("/sql/fail/unique-is-exists", unique_is_exists);
    TEST("/sql/fail/check-is-invalid", check_is_invalid);
    TEST("/sql/enter/nests", enter_and_leave_nest);
    TEST("/sql/fields/both-ways", fields_go_both_ways);
    return g_test_run();
}
