/*
 * What the files check*.c share: the campaign under check with all that belongs to it, adding
 * findings, and the judgements that need nothing but their arguments. For unit tests too.
 */
#ifndef CRIER_APP_CHECK_PRIVATE_H
#define CRIER_APP_CHECK_PRIVATE_H

#include <glib.h>

#include "app/check.h"
#include "app/letter.h"
#include "message/bodyscan.h"
#include "store/deliveries.h"
#include "store/pools.h"
#include "store/servers.h"

#define CHECK_MAX_EXAMPLES 5

struct check {
    struct db *db; /* borrowed; so the next two */
    const struct workspace *ws;
    const struct check_request *q;
    struct check_report *report; /* owned */
    struct campaign campaign;    /* owned */
    struct campaign
        full; /* html and text owned: as they are sent; the rest is the campaign's */
    struct letter *letter; /* owned; NULL: it cannot be made */
    guint8 key[32];
    struct pool_servers servers; /* owned; what the campaign goes by */
    struct server server; /* owned; one of them, the one that a single message would go by */
    gboolean has_server;
    char *bounce; /* owned; the mailbox's address, NULL: none */
    const char *html,
        *text; /* templates as they are sent, NULL: no such part; borrowed from `full` */
    gboolean has_scan;                /* the HTML could be read */
    struct bodyscan in_html, in_text; /* owned */
    gboolean has_lists;               /* all are there: people can be looked at */
    char *first_address,
        *first_fields; /* owned; of the first person it goes to, NULL: nobody */
};

/* Returned for its count and examples; owned by the report. */
struct check_finding *check_add(struct check *c, enum check_level level, const char *key,
                                const char *format, ...) G_GNUC_PRINTF(4, 5);
void check_example(struct check_finding *f, const char *text); /* beyond the maximum: dropped */

/* check_setup.c */
void check_state(struct check *c);
void check_lists(struct check *c);
void check_correction(struct check *c);
void check_sender(struct check *c);
void check_server(struct check *c);
void check_time(struct check *c);
/* check_pool.c */
void check_pool(struct check *c);
/* Says what is wrong with a server that is switched on. Whether nothing is. */
gboolean check_server_record(struct check *c, const struct server *s);
/* check_limits.c */
struct check_slowest {   /* the receiver whose people take longest by its rate */
    char *words;         /* owned; "Gmail: 10 a second"; NULL: none has a rate */
    gint64 end_us;       /* wall; as in struct estimate */
};
void check_limits(struct check *c, gint64 begin_us, const struct check_slowest *slowest);
/* check_receivers.c */
void check_receivers(struct check *c, gint64 begin_us, struct check_slowest *ret);
/* check_people.c */
gboolean check_people(struct check *c, GError **error);
/* check_content.c */
void check_content(struct check *c);
/* check_links.c */
void check_links(struct check *c);
void check_images(struct check *c);
/* check_spam.c */
void check_spam(struct check *c);

/* ---- judgements ---- */

/* The registered part of a domain, by its last labels: enough to compare two, not for the DNS.
 * Caller frees. */
char *check_organisation(const char *domain);
gboolean check_is_aligned(const char *domain, const char *other);
/* True when `domain` belongs to a provider of free mailboxes whose own servers `host` is none
 * of. */
gboolean check_is_foreign_freemail(const char *domain, const char *host);

enum check_subject {
    CHECK_SUBJECT_FINE,
    CHECK_SUBJECT_EMPTY,
    CHECK_SUBJECT_ODD,
    CHECK_SUBJECT_LONG,
    CHECK_SUBJECT_COUNT
};
#define CHECK_SUBJECT_MAX 78 /* characters; telephones show about 40 */
enum check_subject check_subject(const char *subject);

/* The score in what spamassassin printed; `*ret_rules`: caller frees, may be NULL. */
gboolean check_spam_score(const char *output, double *ret_score, char **ret_rules);

#endif
