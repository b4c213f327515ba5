/*
 * From an SMTP result to the ledger. The classes come from model/reply.c's table; here is only
 * what each class does.
 */
#include "config.h"

#include "worker/outcome.h"

#include "base/clock.h"
#include "base/i18n.h"
#include "model/retry.h"

/* A transaction that broke before the dot is no attempt, but the same address at once again
 * could break every connection in turn, and for ever. Never longer than the wait after a real
 * refusal. */
#define BROKEN_WAIT_S 30

/* Past the campaign's give-up age a person is refused instead of waiting on. */
static void expire(const struct lease *lease, const struct outcome_context *c, const char *last,
                   struct ledger_outcome *ret, char **ret_text)
{
    gint64 first_us = lease->first_us ? lease->first_us + c->spared_us : c->now_us;
    if (!retry_is_expired(first_us, ret->due_us, c->give_up_s))
        return;
    g_autofree char *span = clock_format_span(c->give_up_s);
    ret->to = DELIVERY_REFUSED;
    ret->due_us = 0;
    ret->counts = TRUE;
    *ret_text =
        g_strdup_printf(_("expired: not taken within %s; the last reply was: %s"), span, last);
    ret->reply = *ret_text;
}

static void deferred(const struct lease *lease, const struct smtp_result *r,
                     const struct outcome_context *c, struct ledger_outcome *ret,
                     char **ret_text)
{
    gint64 wait_s =
        retry_delay_s(lease->attempt, c->retry_s, retry_hint_s(r->reply.text), c->chance);
    ret->counts = TRUE;
    ret->to = DELIVERY_DEFERRED;
    ret->due_us = c->now_us + wait_s * CLOCK_SECOND_US;
    expire(lease, c, r->reply.text ? r->reply.text : "", ret, ret_text);
}

/* No word about the person, but perhaps because of the message: others go first. */
static void set_aside(const struct lease *lease, const struct smtp_result *r,
                      const struct outcome_context *c, struct ledger_outcome *ret,
                      char **ret_text)
{
    gboolean may_be_the_message =
        r->phase == REPLY_RCPT || r->phase == REPLY_DATA || r->phase == REPLY_DOT;
    if (lease->is_stopped) {
        ret->to = lease->stop_to;
    } else if (may_be_the_message) {
        ret->to = DELIVERY_DEFERRED;
        ret->due_us = c->now_us + MIN(BROKEN_WAIT_S, c->retry_s) * CLOCK_SECOND_US;
        expire(lease, c, r->reply.text ? r->reply.text : _("none, the connection broke"), ret,
               ret_text);
    } else {
        ret->to = DELIVERY_QUEUED;
    }
}

/* Nothing that the person could help: back to those who wait, for longer each time. Tried anew
 * until the give-up age: a receiver that never takes us must not keep a campaign open for ever.
 */
static void our_fault(const struct lease *lease, const struct smtp_result *r,
                      const struct outcome_context *c, struct ledger_outcome *ret,
                      char **ret_text)
{
    gint64 age_us = lease->first_us ? MAX(c->now_us - lease->first_us, 0) : 0;
    gint64 wait_s = fault_wait_s(age_us / CLOCK_SECOND_US, c->retry_s);
    ret->counts = TRUE; /* that is what keeps the reply; how long is waited is not its number's */
    ret->to = DELIVERY_DEFERRED;
    ret->due_us = c->now_us + wait_s * CLOCK_SECOND_US;
    expire(lease, c, r->reply.text ? r->reply.text : "", ret, ret_text);
}

enum outcome_server outcome_of(const struct lease *lease, const struct smtp_result *r,
                               const struct outcome_context *c, struct ledger_outcome *ret,
                               char **ret_text)
{
    *ret_text = NULL;
    *ret = (struct ledger_outcome){.phase = r->phase,
                                   .code = r->reply.code,
                                   .enhanced = r->reply.enhanced,
                                   .reply = r->reply.text,
                                   .server_id = c->server_id,
                                   .at_us = c->now_us};
    if (c->fault && c->fault->rest == FAULT_REST_SERVER) {
        ret->to = lease->is_stopped ? lease->stop_to : DELIVERY_QUEUED;
        return OUTCOME_SERVER_PERSON;
    }
    if (c->fault) {
        our_fault(lease, r, c, ret, ret_text);
        return OUTCOME_SERVER_FINE;
    }
    switch (r->class) {
    case REPLY_ACCEPTED:
    case REPLY_PROCEED:
        ret->to = DELIVERY_ACCEPTED;
        ret->counts = TRUE;
        return OUTCOME_SERVER_FINE;
    case REPLY_REFUSED:
        ret->to = DELIVERY_REFUSED;
        ret->counts = TRUE;
        return OUTCOME_SERVER_FINE;
    case REPLY_LATER:
        deferred(lease, r, c, ret, ret_text);
        return OUTCOME_SERVER_FINE;
    case REPLY_UNCERTAIN:
        ret->to = DELIVERY_UNCERTAIN;
        ret->counts = TRUE;
        if (!ret->reply || !*ret->reply)
            ret->reply = _("the connection was lost before the server's final reply");
        return OUTCOME_SERVER_FINE;
    case REPLY_SERVER_REFUSED:
        ret->to = lease->is_stopped ? lease->stop_to : DELIVERY_QUEUED;
        return OUTCOME_SERVER_PERSON;
    case REPLY_SERVER_LATER:
        set_aside(lease, r, c, ret, ret_text);
        return OUTCOME_SERVER_RESTS;
    case REPLY_RECONNECT:
    case REPLY_PROTOCOL:
    default:
        set_aside(lease, r, c, ret, ret_text);
        return !lease->is_stopped && c->is_fresh_connection ? OUTCOME_SERVER_RESTS
                                                            : OUTCOME_SERVER_FINE;
    }
}

void outcome_local_refusal(const char *why, const struct outcome_context *c,
                           struct ledger_outcome *ret)
{
    *ret = (struct ledger_outcome){.to = DELIVERY_REFUSED,
                                   .phase = REPLY_CONNECT,
                                   .reply = why,
                                   .server_id = c->server_id,
                                   .at_us = c->now_us,
                                   .counts = TRUE};
}

void outcome_unseen(gint64 server_id, gint64 now_us, struct ledger_outcome *ret)
{
    *ret = (struct ledger_outcome){.to = DELIVERY_UNCERTAIN,
                                   .phase = REPLY_DOT,
                                   .counts = TRUE,
                                   .server_id = server_id,
                                   .at_us = now_us,
                                   .reply =
                                       _("sending was stopped before the server's final reply")};
}

gboolean outcome_needs_person(enum stream_fault fault)
{
    return fault == STREAM_FAULT_LOGIN || fault == STREAM_FAULT_NO_AUTH ||
           fault == STREAM_FAULT_TLS || fault == STREAM_FAULT_NO_STARTTLS;
}
