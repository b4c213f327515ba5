/*
 * What is held of people, for themselves and for other programs: everything of one person, and
 * the people of a list as CSV.
 */
#ifndef CRIER_APP_PEOPLE_DATA_H
#define CRIER_APP_PEOPLE_DATA_H

#include <glib.h>
#include <stdio.h>

#include "base/json.h"
#include "store/db.h"

/* One object with all that is held under an address: fields, lists with consent, suppressions,
 * every mail with every try and its reply, what came back, imports, audit. Also of somebody who was removed
 * since. NOT_FOUND when nothing is held. */
gboolean people_data_write(struct db *db, const char *address_key, struct json_writer *w,
                           GError **error);

/* Members of an object: what came back about a person, newest first, at most `max`, and the soft
 * bounces that count at present. */
struct person;
gboolean people_data_came_back(struct db *db, struct json_writer *w, const struct person *p,
                               int max, GError **error);

/* Address and fields of everybody on a list (0: everybody known) as CSV that a spreadsheet may
 * open; columns are the fields that occur, in order of first occurrence.
 * `progress` (may be NULL) counts people. */
typedef void (*people_data_progress)(gint64 done, gint64 total, void *data);
gboolean people_data_csv(struct db *db, gint64 list_id, FILE *out,
                         people_data_progress progress, void *data, gint64 *ret_n,
                         GError **error);

#endif
