/*
 * What check_people.c counts and check_people_say.c tells: faults with how many have them and
 * who is first. For those two alone.
 */
#ifndef CRIER_APP_CHECK_TALLY_PRIVATE_H
#define CRIER_APP_CHECK_TALLY_PRIVATE_H

#include <glib.h>

#include "app/check_private.h"

#define CHECK_MAX_FIELDS 200 /* looked at; templates with more are rare */

struct check_asked {  /* a person's field that the templates write */
    char *name;       /* owned */
    gboolean is_bare; /* somewhere without a default and not inside its own section */
};

struct check_spot { /* a fault: how many have it, and the first of them */
    gint64 count;
    guint n;
    struct {
        gint64 id;
        char *text; /* owned */
    } first[CHECK_MAX_EXAMPLES];
};

enum check_fault {
    CHECK_FAULT_ADDRESS,
    CHECK_FAULT_SMTPUTF8,
    CHECK_FAULT_RENDER,
    CHECK_FAULT_SUBJECT_EMPTY,
    CHECK_FAULT_SUBJECT_ODD,
    CHECK_FAULT_SUBJECT_LONG,
    CHECK_FAULT_HTML_BIG,
    CHECK_FAULT_HTML_CLIPPED,
    CHECK_FAULT_MESSAGE_BIG,
    CHECK_FAULT_MESSAGE_HUGE,
    CHECK_FAULT_LINK_EMPTY,
    CHECK_FAULT_LINK_BROKEN,
    CHECK_FAULT_COUNT
};

#define CHECK_MAX_REASONS 8

struct check_tally {
    gint64 people, suppressed;
    gint64 reasons[CHECK_MAX_REASONS]; /* by suppression_reasons() */
    gsize max_html, max_message;
    gint64 why_id;
    char *why; /* owned; of the first that cannot be rendered */
    struct check_spot spots[CHECK_FAULT_COUNT];
    struct check_spot fields[CHECK_MAX_FIELDS]; /* who lacks each */
};

void check_spot_add(struct check_spot *s, gint64 id, const char *text);
/* Of the first who cannot be written to. */
void check_tally_why(struct check_tally *t, gint64 id, const char *why);
void check_tally_merge(struct check_tally *to, const struct check_tally *from);
void check_tally_free(struct check_tally *t);

/* The findings; `asked` of struct check_asked. */
gboolean check_people_say(struct check *c, const GArray *asked, const struct check_tally *t,
                          GError **error);

#endif
