/*
 * What one person would get of a campaign: a draft as it would start now, one that has begun as
 * it is frozen. Nothing is written; tokens of a preview are valid for nothing.
 */
#ifndef CRIER_APP_PREVIEW_H
#define CRIER_APP_PREVIEW_H

#include <glib.h>

#include "app/dkim.h"
#include "app/letter.h"
#include "store/db.h"
#include "store/workspace.h"

enum preview_part {
    PREVIEW_SUMMARY,
    PREVIEW_TEXT,
    PREVIEW_HTML,
    PREVIEW_SOURCE,
    PREVIEW_HEADERS,
    PREVIEW_PART_COUNT
};
/* By the names text, html, source, headers. */
gboolean preview_part_parse(const char *name, enum preview_part *ret);

#define PREVIEW_TEST_PREFIX "[Test] " /* before the subject of a marked copy */
#define PREVIEW_TEST_HEADER "X-Crier-Test: yes\r\n"

struct preview {
    struct letter *letter;  /* owned */
    struct dkim_ring *ring; /* owned */
    guint8 key[32];
    char *address;       /* owned; whose values they are */
    char *fields_json;   /* owned */
    gboolean is_made_up; /* nobody is on its lists: the values are made up */
    gboolean is_test;
};

/* `as` NULL: the first person of its lists. `is_test`: a marked copy. NOT_FOUND: no such
 * campaign or person. */
gboolean preview_open(struct db *db, const struct workspace *w, const char *name,
                      const char *as, gboolean is_test, struct preview *ret, GError **error);
void preview_clear(struct preview *p);

/* A copy goes to `to` with the person's values; NULL: to the person. Appends; SOURCE and
 * HEADERS have CR LF and the signatures that the sent one will have, the others as they are.
 * SUMMARY: From, To, Subject, then the text, else the HTML. NOT_FOUND when the message has no
 * such part. */
gboolean preview_write(const struct preview *p, const char *to, enum preview_part part,
                       GString *out, GError **error);

#endif
