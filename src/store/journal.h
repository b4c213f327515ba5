/*
 * The flight journal: what left and what came of it, appended by plain write(2) so that the
 * page cache keeps it when the process dies. Only the ledger uses it. Not a log for people.
 *
 * A file: a header with the boot id and the database's workspace id, then checksummed records
 * (CRC-32C). A record that is cut off at the end of the file was never complete, so its effect
 * never happened; a wrong checksum anywhere else marks the journal as damaged.
 */
#ifndef CRIER_STORE_JOURNAL_H
#define CRIER_STORE_JOURNAL_H

#include <glib.h>

#define JOURNAL_ROTATE_BYTES (4 * 1024 * 1024)

enum journal_type {
    JOURNAL_AUTHORISED = 1, /* the last byte may leave from now on */
    JOURNAL_OUTCOME = 2,
};

struct journal_record {
    enum journal_type type;
    gint64 delivery_id;
    int attempt;
    /* outcome only */
    int state, phase, code;
    gint64 at_us, due_us, server_id;
    const char *enhanced, *reply; /* borrowed; "" for none */
};

struct journal;

/* Starts a new journal that begins with `n` records, in place of whatever is at `path`: there
 * is no moment in which a reader finds neither. Room for JOURNAL_ROTATE_BYTES is set aside so
 * that a full disk does not stop an outcome. */
struct journal *journal_create(const char *path, const char *workspace_id,
                               const struct journal_record *records, int n, GError **error);
void journal_close(struct journal *j); /* NULL is fine */

/* Puts a record behind those that wait to be written. It is in the file only after
 * journal_write(). */
void journal_put(struct journal *j, const struct journal_record *r);
/* Appends what waits, in the order in which it was put, by one write(2). False: nothing of it
 * counts as written, and it is forgotten (the journal was cut back to where it was, or is broken
 * and refuses everything from now on). */
gboolean journal_write(struct journal *j, GError **error);
gsize journal_size(const struct journal *j);

struct journal_facts {
    gboolean is_missing; /* no file, or no readable header */
    gboolean is_damaged; /* stopped at a wrong checksum that is not a cut-off end */
    gboolean is_same_boot;
    gboolean is_same_workspace;
};

/* Reads all complete records in order. False only on an I/O error. */
gboolean journal_read(const char *path, const char *workspace_id, struct journal_facts *ret,
                      void (*each)(const struct journal_record *r, void *data), void *data,
                      GError **error);

#endif
