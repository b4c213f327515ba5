/*
 * People from CSV files (RFC 4180 and what people call CSV): the door to libcsv. Streamed: one
 * row in memory. Charset and delimiter are found out unless they are given; cells come as
 * UTF-8, with their blanks.
 */
#ifndef CRIER_TRANSFER_CSVFILE_H
#define CRIER_TRANSFER_CSVFILE_H

#include <glib.h>

#define CSVFILE_MAX_COLUMNS 250
#define CSVFILE_MAX_CELL_BYTES (64 * 1024)

struct csvfile;

struct csvfile_options { /* borrowed */
    const char *path;    /* "-": standard input */
    const char *entry; /* the file of that name in the archive `path`; NULL: the path itself */
    const char
        *charset;   /* any that iconv knows; NULL: UTF-8, UTF-16 or windows-1252, found out */
    char delimiter; /* 0: , ; TAB or |, whichever the heading has most of */
};
/* Opens and reads the heading row. To find the charset out a file is read once to its end,
 * standard input only as far as the first block goes. Errors: no such file, not a regular file
 * (a pipe is fine for "-"), empty, NUL byte or broken text in the heading, more than 250
 * columns, the same column twice, an unknown charset. */
struct csvfile *csvfile_open_with(const struct csvfile_options *o, GError **error);
struct csvfile *csvfile_open(const char *path, GError **error);
void csvfile_free(struct csvfile *f);

const char *csvfile_charset(const struct csvfile *f); /* as it is read; borrowed */
char csvfile_delimiter(const struct csvfile *f);
/* "," ";" "|" "tab" "\\t" "comma" "semicolon" "pipe". CRIER_ERROR_USAGE. */
gboolean csvfile_delimiter_parse(const char *text, char *ret, GError **error);
/* How a person writes it: "," or "tab". */
const char *csvfile_delimiter_name(char delimiter);

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
