/*
 * CSV files into people and suppressions: which column is what, row by row, with counts and a
 * file of rejects. Reading CSV is transfer/csvfile's, storing store/people's.
 */
#ifndef CRIER_APP_IMPORT_H
#define CRIER_APP_IMPORT_H

#include <glib.h>

#include "base/json.h"
#include "store/db.h"
#include "store/people.h"

/* "25" or "10%" of a list's members; CRIER_ERROR_USAGE. */
struct import_limit {
    gint64 n;
    gboolean is_percent;
};
gboolean import_limit_parse(const char *text, struct import_limit *ret, GError **error);

struct import_options { /* borrowed */
    const char *path;   /* "-": standard input; of a set also a ZIP archive or a folder */
    const char *list;   /* slug; NULL is allowed for suppressions only */
    const char *from;   /* "csv", "listmonk", "mailchimp", "phplist"; NULL: csv */
    const char
        *unsubscribed;   /* listmonk: the other file, "none" when there is none; may be NULL */
    const char *charset; /* NULL: found out */
    const char *delimiter;   /* as csvfile_delimiter_parse() takes it; NULL: found out */
    const char *const *maps; /* "COL=FIELD", NULL-ended; may be NULL */
    const char *consent;     /* may be NULL */
    const char *reason;      /* suppressions: for rows that name none; NULL: imported */
    const char *rejects;     /* path, may be NULL; written anew */
    const struct import_limit *most_removals; /* import_sync() only */
    gboolean update, dry_run;
    void (*progress)(gint64 done, gint64 total, void *data); /* bytes; may be NULL */
    void *data;
};

#define IMPORT_SHOWN_REASONS 3

struct import_counts {
    gint64 rows;
    gint64 n[IMPORT_OUTCOME_COUNT];
    gint64 never_mail; /* rows that became suppressions, those that were there included */
    gint64 left_out;   /* rows of people who have not agreed (phpList: unconfirmed) */
    gint64 left;       /* sync: who is not in the file and left the list */
    gint64 import_id;  /* 0: nothing was stored */
    char *charset;     /* owned; of the last file */
    char delimiter;
    char *reasons[IMPORT_SHOWN_REASONS]; /* owned; the first refusals: "line 7: …" */
};
void import_counts_clear(struct import_counts *c);
/* {"file":…,"rows":…,"new":…,…,"reasons":[…]} */
void import_counts_json(struct json_writer *w, const char *path, const struct import_counts *c);

/* Rows that cannot be used are counted, not errors. A file that ends in an open quote or that
 * cannot be read on is an error, and nobody is taken from it. */
gboolean import_people(struct db *db, const struct import_options *o, struct import_counts *ret,
                       GError **error);
/* Columns: address (or email), reason, evidence; others are left out. */
gboolean import_suppressions(struct db *db, const struct import_options *o,
                             struct import_counts *ret, GError **error);

/* The list becomes what the file is: who is new joins, fields are overwritten, who is missing
 * leaves the list (not the workspace). Refused with CRIER_ERROR_PRECONDITION, before anything
 * is changed, when more would leave than `most_removals` allows. The file is read twice. */
gboolean import_sync(struct db *db, const struct import_options *o, struct import_counts *ret,
                     GError **error);

/* The custom field a column's name becomes: as it is where allowed, else lower case with '_'
 * for what is not; "column_7" for an empty one. Caller frees. */
char *import_field_name(const char *column, guint index);

#endif
