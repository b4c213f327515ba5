/*
 * People from CSV files (RFC 4180 and what people call CSV): the door to libcsv. Streamed: one
 * row in memory. BOM stripped; UTF-8 required; blanks inside cells kept.
 */
#ifndef CRIER_TRANSFER_CSVFILE_H
#define CRIER_TRANSFER_CSVFILE_H

#include <glib.h>

#define CSVFILE_MAX_COLUMNS 250
#define CSVFILE_MAX_CELL_BYTES (64 * 1024)

struct csvfile;

/* Opens `path` ("-" standard input) and reads the heading row. Errors: no such file, not a
 * regular file (a pipe is fine for "-"), empty, NUL byte, broken UTF-8 in the heading, more
 * than 250 columns, the same column twice. */
struct csvfile *csvfile_open(const char *path, GError **error);
void csvfile_free(struct csvfile *f);

const char *const *csvfile_columns(const struct csvfile *f); /* NULL-ended; borrowed */

enum csvfile_status {
    CSVFILE_ROW,     /* a row; `*ret_cells` has one entry a column, missing ones are "" */
    CSVFILE_BAD_ROW, /* this row cannot be used (broken UTF-8, NUL, too many cells, cell too
                        long): the error says why with the line; reading goes on */
    CSVFILE_END,
    CSVFILE_FAILED, /* open quote at the end of the file, read error */
};
/* `*ret_cells` is borrowed until the next call. `*ret_line` is the file line where the row
 * began. */
enum csvfile_status csvfile_next(struct csvfile *f, const char *const **ret_cells,
                                 gint64 *ret_line, GError **error);

/* Bytes read so far and in all (-1 unknown): for a progress bar. */
void csvfile_progress(const struct csvfile *f, gint64 *ret_done, gint64 *ret_total);

/* Out: one cell with RFC 4180 quoting and the leading ' before = + - @ TAB CR. Appends to
 * `out`. */
void csvfile_put_cell(GString *out, const char *cell, gboolean is_first);

#endif
