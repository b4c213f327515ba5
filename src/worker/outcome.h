/*
 * What a transaction's result means for the delivery, the connection and the server. Pure: time
 * and chance are arguments.
 */
#ifndef CRIER_WORKER_OUTCOME_H
#define CRIER_WORKER_OUTCOME_H

#include <glib.h>

#include "model/fault.h"
#include "net/smtp.h"
#include "net/stream.h"
#include "store/ledger.h"

enum outcome_server { /* what it says about the server */
                      OUTCOME_SERVER_FINE,
                      OUTCOME_SERVER_RESTS,  /* its state, by itself over: back-off */
                      OUTCOME_SERVER_PERSON, /* a person must act: no more tries until then */
};

struct outcome_context {
    gint64 now_us; /* wall */
    gint64 give_up_s, retry_s;
    gint64 server_id;
    double chance;                /* 0…1 */
    gboolean is_fresh_connection; /* nothing was accepted on it before */
    const struct fault *fault;    /* ours, behind this refusal; NULL: it stands as it is */
    gint64 spared_us; /* of the time since the first try, what does not count against the person */
};

/* `ret->enhanced` and `ret->reply` are borrowed from `r` but for `*ret_text`, which the caller
 * frees (it may be set to NULL). */
enum outcome_server outcome_of(const struct lease *lease, const struct smtp_result *r,
                               const struct outcome_context *c, struct ledger_outcome *ret,
                               char **ret_text);

/* A message that cannot be made or sent to this server at all: refused here, with the reason.
 */
void outcome_local_refusal(const char *why, const struct outcome_context *c,
                           struct ledger_outcome *ret);

/* Nobody saw the final reply of a message whose last byte may have left. */
void outcome_unseen(gint64 server_id, gint64 now_us, struct ledger_outcome *ret);

/* A connection that failed like this fails again until somebody acts. */
gboolean outcome_needs_person(enum stream_fault fault);

#endif
