/*
 * The table attempt_rows(ROWS): a row for each struct settle of the array that ROWS points to.
 * It is read only, from its first row to its last, and knows no index. A pointer passes through
 * SQL as SQLite's pointer values do: text that looks like one is none. Not for writing:
 * settle.c.
 */
#include "config.h"

#include "store/attempt_rows.h"

#include <string.h>

#define POINTER_TYPE "crier-attempt-rows" /* what bind and read agree on */

enum column {
    COLUMN_DELIVERY_ID,
    COLUMN_N,
    COLUMN_AT_US,
    COLUMN_SERVER_ID,
    COLUMN_PHASE,
    COLUMN_STATE,
    COLUMN_CODE,
    COLUMN_ENHANCED,
    COLUMN_REPLY,
    COLUMN_VERSION,
    COLUMN_ROWS /* the argument */
};

static const char columns[] = "CREATE TABLE x (delivery_id, n, at_us, server_id, phase, state,"
                              " code, enhanced, reply, version, rows HIDDEN)";

struct cursor {
    sqlite3_vtab_cursor base;       /* first: what SQLite sees */
    const struct attempt_rows *all; /* borrowed; NULL: no rows */
    guint at;
};

static int connect_table(sqlite3 *handle, void *aux, int argc, const char *const *argv,
                         sqlite3_vtab **ret, char **ret_why)
{
    int code = sqlite3_declare_vtab(handle, columns);
    if (code == SQLITE_OK)
        *ret = g_new0(sqlite3_vtab, 1);
    return code;
}

static int disconnect_table(sqlite3_vtab *table)
{
    g_free(table);
    return SQLITE_OK;
}

/* Without its argument it cannot be read. */
static int plan(sqlite3_vtab *table, sqlite3_index_info *info)
{
    for (int i = 0; i < info->nConstraint; i++) {
        const struct sqlite3_index_constraint *c = &info->aConstraint[i];
        if (c->iColumn != COLUMN_ROWS || c->op != SQLITE_INDEX_CONSTRAINT_EQ || !c->usable)
            continue;
        info->aConstraintUsage[i].argvIndex = 1;
        info->aConstraintUsage[i].omit = 1;
        info->estimatedCost = 1;
        return SQLITE_OK;
    }
    return SQLITE_CONSTRAINT;
}

static int open_cursor(sqlite3_vtab *table, sqlite3_vtab_cursor **ret)
{
    struct cursor *c = g_new0(struct cursor, 1);
    *ret = &c->base;
    return SQLITE_OK;
}

static int close_cursor(sqlite3_vtab_cursor *base)
{
    g_free(base);
    return SQLITE_OK;
}

static int begin(sqlite3_vtab_cursor *base, int plan_number, const char *plan_text, int argc,
                 sqlite3_value **argv)
{
    struct cursor *c = (struct cursor *)base;
    c->all = argc > 0 ? sqlite3_value_pointer(argv[0], POINTER_TYPE) : NULL;
    c->at = 0;
    return SQLITE_OK;
}

static int next(sqlite3_vtab_cursor *base)
{
    ((struct cursor *)base)->at++;
    return SQLITE_OK;
}

static int is_at_end(sqlite3_vtab_cursor *base)
{
    const struct cursor *c = (const struct cursor *)base;
    return !c->all || c->at >= c->all->n;
}

static void put_text(sqlite3_context *to, const char *text)
{
    if (text)
        sqlite3_result_text(to, text, -1, SQLITE_STATIC);
}

static gint64 number_in(const struct settle *s, enum column column)
{
    switch (column) {
    case COLUMN_DELIVERY_ID:
        return s->delivery_id;
    case COLUMN_N:
        return s->attempt;
    case COLUMN_AT_US:
        return s->at_us;
    case COLUMN_SERVER_ID:
        return s->server_id;
    case COLUMN_PHASE:
        return s->phase;
    case COLUMN_STATE:
        return (gint64)s->to;
    case COLUMN_CODE:
        return s->code;
    case COLUMN_VERSION:
        return s->version;
    default:
        return 0;
    }
}

/* What is not set is NULL. */
static int read_column(sqlite3_vtab_cursor *base, sqlite3_context *to, int column)
{
    const struct cursor *c = (const struct cursor *)base;
    const struct settle *s = c->all->rows[c->at];
    if (column == COLUMN_ENHANCED)
        put_text(to, s->enhanced && *s->enhanced ? s->enhanced : NULL);
    else if (column == COLUMN_REPLY)
        put_text(to, s->reply);
    else if (column != COLUMN_ROWS)
        sqlite3_result_int64(to, number_in(s, (enum column)column));
    return SQLITE_OK;
}

static int read_rowid(sqlite3_vtab_cursor *base, sqlite3_int64 *ret)
{
    *ret = ((const struct cursor *)base)->at;
    return SQLITE_OK;
}

int attempt_rows_register(sqlite3 *handle)
{
    /* Without xCreate: no schema can have a table of it. */
    static const sqlite3_module module = {
        .xConnect = connect_table,
        .xBestIndex = plan,
        .xDisconnect = disconnect_table,
        .xOpen = open_cursor,
        .xClose = close_cursor,
        .xFilter = begin,
        .xNext = next,
        .xEof = is_at_end,
        .xColumn = read_column,
        .xRowid = read_rowid,
    };
    return sqlite3_create_module_v2(handle, "attempt_rows", &module, NULL, NULL);
}

void attempt_rows_bind(sqlite3_stmt *s, const struct attempt_rows *rows)
{
    sqlite3_bind_pointer(s, 1, (void *)rows, POINTER_TYPE, NULL);
}
