/*
 * The one writer of lists: each row is a JSON object (made by app/shapes), shown as a table on
 * a terminal, TSV in a pipe, or JSON. Rows are streamed; only the first ones of a table are
 * kept until the column widths are known. Only what goes to a terminal is cut to its width.
 */
#ifndef CRIER_CMD_OUTPUT_H
#define CRIER_CMD_OUTPUT_H

#include <glib.h>
#include <stdio.h>

enum output_format {
    OUTPUT_AUTO, /* a table on a terminal, else TSV */
    OUTPUT_TABLE,
    OUTPUT_TSV,
    OUTPUT_JSON,
    OUTPUT_JSONL,
};

enum output_kind {
    OUTPUT_TEXT,
    OUTPUT_NUMBER, /* right-aligned, grouped on a terminal */
    OUTPUT_TIME,   /* RFC 3339 in the row; local on a terminal */
    OUTPUT_SPAN,   /* seconds; "1 h 05 min" on a terminal */
    OUTPUT_OURS,   /* a text of ours, N_(); in the person's language on a terminal */
};

struct output_column {
    const char *key;     /* of the row's object */
    const char *heading; /* N_() */
    enum output_kind kind;
    gboolean is_extra; /* only with --fields and in JSON */
    const char *context; /* of OUTPUT_OURS, may be NULL: its NC_() come before N_() */
};

struct json_writer;
struct output;

/* `columns` ends with key NULL and is borrowed. `fields` (may be NULL) chooses among them;
 * an unknown one is CRIER_ERROR_USAGE with the nearest. `out` is borrowed. */
struct output *output_begin(FILE *out, enum output_format format,
                            const struct output_column *columns, char **fields, GError **error);
/* For tests: the width to cut a table to (0: it is not cut, as in a pipe) and the time that is
 * "now". */
void output_fix(struct output *o, int width, gint64 now_us);
/* One object as JSON text. */
void output_row(struct output *o, const char *json_object);
/* The same, for who writes the object: between the two. */
struct json_writer *output_row_begin(struct output *o);
void output_row_end(struct output *o);
void output_end(struct output *o); /* writes what waits, and frees */

/* One record: "Heading  value" lines on a terminal, "key TAB value" lines in a pipe, else the
 * JSON as it is. Columns whose key the object lacks are left out. */
void output_record(FILE *out, enum output_format format, const struct output_column *columns,
                   const char *json_object);

/* `text` in lines that end before the cell `width`, all but the first behind `indent` blanks. */
void output_fold(FILE *out, const char *text, int indent, int width);

/* Cells of the terminal `out` is on, 80 when that is not known. */
int output_width(FILE *out);

#endif
