/* Inside the card of a person only: its text. */
#ifndef CRIER_TUI_PERSON_PRIVATE_H
#define CRIER_TUI_PERSON_PRIVATE_H

#include "model/person.h"
#include "store/db.h"
#include "tui/pager.h"

struct person_lines { /* what is to stand on the card */
    GString *text;    /* owned; lines */
    GArray *roles;    /* owned; of int, one a line */
};
void person_lines_init(struct person_lines *l);
void person_lines_clear(struct person_lines *l);

/* Reads everything that is held of `p` (id 0: only never-mail entries are looked for). */
gboolean person_lines_read(struct person_lines *l, struct db *db, const struct person *p,
                           gint64 now_us, GError **error);

#endif
