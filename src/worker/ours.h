/*
 * Inside the send role only: refusals whose fault is ours. Which reply is one says the table
 * (model/fault); here is what follows: the receiver rests after a row of them, and whoever wants
 * to know is told.
 */
#ifndef CRIER_WORKER_OURS_H
#define CRIER_WORKER_OURS_H

#include <glib.h>

#include "model/fault.h"
#include "net/smtp.h"
#include "store/ledger.h"
#include "store/workspace.h"

struct sender;
struct outgoing;
struct ours;

/* Reads the shipped table, which a role that has given up its rights can do no more. */
struct ours *ours_open(const struct workspace *ws, GError **error);
void ours_free(struct ours *o); /* NULL is fine */
/* About each second: a workspace's table that changed is read again. One that is wrong is told
 * in the log and left out. */
void ours_tick(struct ours *o);

/* The row that makes this refusal of RCPT TO, DATA or the message our fault; NULL: none. Valid
 * until ours_tick(). */
const struct fault *ours_find(struct sender *s, const struct lease *lease,
                              const struct smtp_result *r);
/* Of the time since its first try, what does not count when a person is given up: what followed
 * our own faults, and what it waited longer than it was put off, for its receiver, in a pause.
 * For those who were told to come later, each of which is an attempt. */
gint64 ours_spared_us(struct sender *s, const struct lease *lease, gint64 now_us);
/* Before sender_record() of that lease. */
void ours_refused(struct outgoing *g, const struct lease *lease, const struct fault *f,
                  const struct reply *reply);
/* A message was taken: it is not the server that everybody refuses. */
void ours_accepted(struct outgoing *g);

#endif
