/*
 * Mail that came back, for verbs and screens: one message with all that is known of it, those
 * that nobody understood, a person's word about some, and reading the archive anew by today's
 * rules. The list is store/inbound_browse.h's, consequences are app/evidence.c's.
 */
#ifndef CRIER_APP_BOUNCES_H
#define CRIER_APP_BOUNCES_H

#include <glib.h>

#include "model/bounce.h"
#include "store/bounce_rule.h"
#include "store/db.h"
#include "store/inbound.h"
#include "store/said.h"

struct providers;

/* ---- one message ---- */

struct bounces_said { /* of one recipient */
    struct said said; /* id 0: it is in the message, and nothing was noted of it */
    char *campaign;   /* owned; "" */
    char *remote_host,
        *rule;           /* owned; ""; who said it, and what decided, as it is read today */
    GPtrArray *followed; /* owned; of const char *: sentences, untranslated; none: nothing */
};
struct bounces_shown {
    struct inbound_row row;
    char *mailbox;    /* owned; "": it is deleted */
    GPtrArray *said;  /* owned; of struct bounces_said * */
    char *text;       /* owned; its own words, decoded; not made safe; "" */
    gboolean has_raw; /* FALSE: the message itself was forgotten, the facts are left */
    gboolean is_cut;  /* only the beginning was kept */
};
gboolean bounces_show(struct db *db, gint64 id, struct bounces_shown *ret, GError **error);
void bounces_shown_clear(struct bounces_shown *b);

/* Sentences, of const char *, untranslated: pass them through _(). Caller unrefs. */
GPtrArray *bounces_followed(const struct said *s);
/* How the delivery was found, in words; untranslated, too. */
const char *bounces_found_words(enum said_by by);

/* ---- what nobody understood ---- */

#define BOUNCES_PATTERN_ID_CHARS 8
/* A short name for a pattern, the same at all times. Caller frees. */
char *bounces_pattern_id(const char *pattern);
/* The pattern of unknown messages that `word` names: its short name, the beginning of it, or
 * itself. NOT_FOUND; INVALID: several. Caller frees. */
char *bounces_find_pattern(struct db *db, const char *word, GError **error);

/* ---- a person's word ---- */

enum bounces_as {
    BOUNCES_AS_BOUNCE,
    BOUNCES_AS_COMPLAINT,
    BOUNCES_AS_UNSUBSCRIBE,
    BOUNCES_AS_NOTHING,
    BOUNCES_AS_COUNT
};
const char *bounces_as_name(enum bounces_as a); /* "bounce" … "nothing" */
gboolean bounces_as_parse(const char *name, enum bounces_as *ret);

/* What changed of a message; valid during the call. */
struct bounces_change {
    gint64 inbound_id;
    const struct inbound_row *was, *is;
    const GPtrArray *said_before, *said_after; /* of struct said * */
    const GPtrArray *marked, *unmarked; /* of char *: addresses that are not mailed any more, or
                                           again */
    gint64 n_waiting, n_returned;       /* as struct evidence_result has them */
};
struct bounces_job {
    gboolean is_dry_run;               /* says all of it, and changes nothing */
    const struct providers *providers; /* borrowed; may be NULL */
    /* Both may be NULL. `total` 0: not known. FALSE ends the job, with what was done. */
    void (*each)(const struct bounces_change *c, void *data);
    gboolean (*progress)(gint64 done, gint64 total, void *data);
    void *data;
};
struct bounces_tally {
    gint64 n_read, n_changed;
    gint64 n_by_hand, n_no_text; /* not read: assigned by hand; the message was forgotten */
    gint64 n_marked, n_unmarked, n_waiting, n_returned;
    gint64 n_failed; /* of an assignment: see `why` */
    GPtrArray *why;  /* owned; of char *: sentences, the first few */
    gboolean is_stopped;
};
void bounces_tally_clear(struct bounces_tally *t);

struct bounces_word {
    enum bounces_as as;
    const char *address;       /* NULL: the one that each message names */
    enum bounce_reason reason; /* BOUNCE_UNKNOWN: what each says, else just that it came back */
};
/* Each message wholly or not at all, some in one short commit; all are
 * undone together. */
gboolean bounces_assign(struct db *db, const gint64 *ids, gsize n,
                        const struct bounces_word *word, const struct bounces_job *job,
                        struct bounces_tally *ret, GError **error);
/* The unknown of a pattern: ids of gint64. */
GArray *bounces_of_pattern(struct db *db, const char *pattern, GError **error);

/* ---- reading anew ---- */

struct bounces_scope {
    gint64 since_us;       /* 0: all */
    gboolean only_unknown; /* those that wait for a person */
};
/* By today's rules; what a person assigned stays. Each message wholly or not at all, some
 * in one short commit: it can be stopped anywhere, and run again. All are undone together. */
gboolean bounces_rerun(struct db *db, const struct bounces_scope *scope,
                       const struct bounces_job *job, struct bounces_tally *ret,
                       GError **error);

/* ---- rules ---- */

/* A literal pattern that fits this message and those like it: its most telling line. Caller
 * frees. CRIER_ERROR_INVALID: it has no text. */
char *bounces_propose_pattern(struct db *db, gint64 inbound_id, GError **error);

/* What a rule would change, one recipient each; texts are valid during the call. */
struct bounces_trial {
    const struct inbound_row *message;
    const char *address; /* "": nobody is named */
    const char *class_before, *reason_before, *class_after, *reason_after; /* names; "" */
    gboolean is_by_hand; /* assigned: reading anew leaves it as it is */
};
/* The archive read without the rule, and with it: in its place, behind the others when it has
 * no id. `job` without `each`; its data goes to `each`. */
gboolean bounces_try_rule(struct db *db, const struct bounce_rule *rule,
                          const struct bounces_scope *scope, const struct bounces_job *job,
                          void (*each)(const struct bounces_trial *t, void *data),
                          struct bounces_tally *ret, GError **error);

#endif
