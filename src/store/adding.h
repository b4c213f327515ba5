/*
 * That people are being added to a campaign in several transactions, as a lock that other
 * processes can ask about. Between two of them everybody may be out already: without it the
 * worker would finish the campaign there, and tell so once a batch.
 */
#ifndef CRIER_STORE_ADDING_H
#define CRIER_STORE_ADDING_H

#include <glib.h>

struct db;

/* From before the first transaction to behind the last. Ends with the process, too, however
 * that ends. Returns a descriptor for adding_end(), -1: error. Any number at once. */
int adding_begin(struct db *db, gint64 campaign_id, GError **error);
void adding_end(int fd); /* -1 is fine */

/* Whether some process is at it now. Where that cannot be asked: no, since a campaign that is
 * never finished were worse than one that is finished twice. */
gboolean adding_is_under_way(struct db *db, gint64 campaign_id);

#endif
