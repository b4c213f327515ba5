/*
 * Inside the store only: attempts in memory as a table that SQL can read, attempt_rows(?1), so
 * that those of a burst are written by one statement.
 */
#ifndef CRIER_STORE_ATTEMPT_ROWS_H
#define CRIER_STORE_ATTEMPT_ROWS_H

#include "store/settle.h"
#include "store/sql.h"

struct attempt_rows { /* borrowed while the statement runs */
    const struct settle *const *rows;
    guint n;
};

/* Once a handle; an SQLite result code. */
int attempt_rows_register(sqlite3 *handle);
/* Binds them to the statement's first parameter. */
void attempt_rows_bind(sqlite3_stmt *s, const struct attempt_rows *rows);

#endif
