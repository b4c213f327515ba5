/* What the files of the pager share; not for screens. */
#ifndef CRIER_TUI_PAGER_PRIVATE_H
#define CRIER_TUI_PAGER_PRIVATE_H

#include "tui/pager.h"

/* ---- pager.c ---- */
const struct pager_line *pager_line_at(const struct pager *p, int i);
int pager_last(const struct pager *p); /* the last line; -1: none */
int pager_rows(const struct pager *p, int i);
gboolean pager_is_at_end(const struct pager *p);
void pager_go_end(struct pager *p);
void pager_keep_inside(
    struct pager *p); /* after what may have made the text or a page shorter */

/* ---- pager_search.c ---- */
/* Where `needle` is in `text`, whatever the case; `*ret_len` octets. NULL: nowhere. */
const char *pager_find(const char *text, const char *needle, gsize *ret_len);
gboolean pager_search_on(struct pager *p, int by); /* FALSE: nothing is searched */
gboolean pager_forget(struct pager *p);            /* likewise */
gboolean pager_ask(struct pager *p);
gboolean pager_ask_event(struct pager *p, const struct term_event *e);
void pager_ask_end(struct pager *p);

#endif
