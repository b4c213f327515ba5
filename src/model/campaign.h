/*
 * A campaign: what it says (content, frozen into a numbered version at start), to whom, by
 * which server, and its state machine.
 */
#ifndef CRIER_MODEL_CAMPAIGN_H
#define CRIER_MODEL_CAMPAIGN_H

#include <glib.h>

#include "base/field.h"

enum campaign_state { /* numbers are stored: never renumber */
                      CAMPAIGN_DRAFT = 0,
                      CAMPAIGN_PREPARING = 1, /* its delivery rows are being built */
                      CAMPAIGN_SCHEDULED = 2,
                      CAMPAIGN_SENDING = 3,
                      CAMPAIGN_PAUSED = 4,
                      CAMPAIGN_HELD = 5, /* by us, with a reason: copied database, stop rule… */
                      CAMPAIGN_FINISHED = 6,
                      CAMPAIGN_CANCELLED = 7,
                      CAMPAIGN_STATE_COUNT
};

struct campaign {
    gint64 id;
    char *name; /* owned; the slug */
    enum campaign_state state;
    char *held_reason;      /* owned; NULL unless held */
    gint64 row_version;     /* goes up with every change; for "changed since" */
    gint64 content_version; /* newest frozen version, 0 before the first start */
    gboolean is_edited;     /* begun, and changed since that version: the next one comes with
                               the resume */
    gint64 created_us, started_us, finished_us; /* wall; 0: not yet */
    gint64 schedule_us;                /* wall; when it is to begin, 0: not scheduled */
    gint64 schedule_min, schedule_max; /* people it may go to then */
    /* --- the field table from here --- */
    char *title;
    char *from;     /* mailbox */
    char *reply_to; /* mailbox or empty */
    char *subject;  /* template */
    char **lists;
    char **exclude;
    char *server;
    char *html;                                  /* template; body.html */
    char *text;                                  /* template; body.txt */
    char *markdown;                              /* template; body.md; stands in for html */
    char *html_file, *text_file, *markdown_file; /* names inside the campaign folder */
    int layout; /* enum campaign_layout: what is put around the body */
    char *logo; /* an image in the folder, for the layout: an inline part whose content_id this
                   is */
    char *postal_address; /* for the layout's foot */
    char *preheader;      /* template; the hidden first words of the HTML */
    char *mailbox;        /* slug of the mailbox record that bounces go to; "" for none */
    int late;             /* enum campaign_late */
    char *list_id;        /* "" : made of the first list's name and From's domain */
    char *only_campaign;  /* slug; "" : everybody. A correction: only those who got … */
    gint64 max_failed;    /* percent; 0: never stopped for it */
    gint64 only_version;  /* … this version of it; 0: any but its newest */
    gint64 give_up_s;
    char *hours, *days, *not_on; /* when it goes out, see hours.h; "" : at any time */
    gint64 spread_s;             /* spread out over so long; 0: as fast as the server takes it */
    /* --- not in the table --- */
    GPtrArray
        *parts; /* owned; of struct part *; NULL: not loaded. Inline images and attachments */
};

enum campaign_layout {
    CAMPAIGN_LAYOUT_NONE,
    CAMPAIGN_LAYOUT_PLAIN,
    CAMPAIGN_LAYOUT_NEWSLETTER,
    CAMPAIGN_LAYOUT_ANNOUNCEMENT,
    CAMPAIGN_LAYOUT_COUNT
};
enum campaign_late { /* when its time has gone by more than 15 min ago */
                     CAMPAIGN_LATE_HOLD,
                     CAMPAIGN_LATE_SEND,
                     CAMPAIGN_LATE_COUNT
};
const char *campaign_layout_name(enum campaign_layout l);

const struct field *campaign_fields(void);
/* Whether the fields, not a frozen version, are what it says: a draft, or changed while it is
 * paused. */
gboolean campaign_is_open(const struct campaign *c);
/* What may not change any more once it has begun: CRIER_ERROR_INVALID names the first
 * FIELD_FIXED field that differs. */
gboolean campaign_check_edit(const struct campaign *old, const struct campaign *c,
                             GError **error);
void campaign_init(struct campaign *c);
void campaign_clear(struct campaign *c);

const char *campaign_state_name(enum campaign_state s); /* what programs read */
const char *campaign_state_word(enum campaign_state s); /* the same for a person: translated */
gboolean campaign_state_parse(const char *name, enum campaign_state *ret);
gboolean campaign_may_move(enum campaign_state from, enum campaign_state to);

/* A sentence for a move that is not allowed ("a finished campaign cannot be paused"),
 * CRIER_ERROR_INVALID. True when it is allowed. */
gboolean campaign_check_move(const char *name, enum campaign_state from, enum campaign_state to,
                             GError **error);

/* What must be there before it can start: from, subject, a body, a list, a server. */
gboolean campaign_check_ready(const struct campaign *c, GError **error);

#endif
