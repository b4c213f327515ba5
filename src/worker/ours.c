/*
 * Our own faults in the send role. A receiver that refuses us five times in a row rests, an hour
 * at first; then one message tries. Several receivers that refuse us one after the other are no
 * matter of theirs: then it is the outgoing server that rests.
 */
#include "config.h"

#include "worker/ours.h"

#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/i18n.h"
#include "base/log.h"
#include "model/retry.h"
#include "store/deliveries.h"
#include "store/hooks.h"
#include "transfer/faultfile.h"
#include "worker/outgoing_private.h"
#include "worker/receivers.h"

#define REFUSERS_MOST 5 /* receivers in a row that refuse us at a first try: it is the server */

struct ours {
    struct faults *shipped, *own; /* owned; `own` may be NULL */
    char *folder;                 /* owned; the workspace */
    struct stat seen;             /* of its file when it was read; all 0: it was not there */
};

/* ---- the table ---- */

static void look_at_file(const struct ours *o, struct stat *ret)
{
    g_autofree char *path = g_build_filename(o->folder, FAULTFILE_NAME, NULL);
    if (stat(path, ret) != 0)
        memset(ret, 0, sizeof *ret);
}

static gboolean is_same(const struct stat *a, const struct stat *b)
{
    return a->st_ino == b->st_ino && a->st_size == b->st_size &&
           a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

static void read_own(struct ours *o)
{
    g_autoptr(GError) error = NULL;
    g_clear_pointer(&o->own, faults_free);
    look_at_file(o, &o->seen);
    o->own = faultfile_read_own(o->folder, &error);
    if (o->own)
        log_info("%s: %u rows go before the table of refusals", FAULTFILE_NAME,
                 faults_count(o->own));
    else if (error)
        log_error("%s. The shipped table of refusals is used alone", error->message);
}

struct ours *ours_open(const struct workspace *ws, GError **error)
{
    struct faults *shipped = faultfile_read_shipped(error);
    if (!shipped)
        return NULL;
    struct ours *o = g_new0(struct ours, 1);
    o->shipped = shipped;
    o->folder = g_strdup(ws->dir);
    read_own(o);
    return o;
}

void ours_free(struct ours *o)
{
    if (!o)
        return;
    faults_free(o->shipped);
    faults_free(o->own);
    g_free(o->folder);
    g_free(o);
}

void ours_tick(struct ours *o)
{
    struct stat now;
    look_at_file(o, &now);
    if (!is_same(&now, &o->seen))
        read_own(o);
}

/* ---- whose fault ---- */

static const struct fault *find(const struct ours *o, const struct reply *r,
                                const char *receiver)
{
    const struct fault *f = o->own ? faults_find(o->own, r, receiver) : NULL;
    return f ? f : faults_find(o->shipped, r, receiver);
}

const struct fault *ours_find(struct sender *s, const struct lease *lease,
                              const struct smtp_result *r)
{
    gboolean is_about_one =
        r->phase == REPLY_RCPT || r->phase == REPLY_DATA || r->phase == REPLY_DOT;
    if (!is_about_one || r->reply.code < 400 || r->class == REPLY_UNCERTAIN)
        return NULL; /* who may have got it is not tried again */
    const struct fault *f =
        find(s->ours, &r->reply, receivers_name_of(s->receivers, lease->address));
    return fault_is_ours(f) ? f : NULL;
}

/* ---- what does not count against the person ---- */

static gboolean was_ours(struct sender *s, const struct lease *lease, const struct attempt *a)
{
    struct smtp_result r = {.phase = (enum reply_phase)a->phase,
                            .reply = {.code = a->code, .text = a->reply}};
    g_strlcpy(r.reply.enhanced, a->enhanced ? a->enhanced : "", sizeof r.reply.enhanced);
    return ours_find(s, lease, &r) != NULL;
}

gint64 ours_spared_us(struct sender *s, const struct lease *lease, gint64 now_us)
{
    g_autoptr(GPtrArray) all = deliveries_attempts(s->db, lease->delivery_id, NULL);
    gint64 spared_us = 0, at_us = lease->first_us, counts_us = G_MAXINT64;
    for (guint i = 0; all && i <= all->len; i++) {
        const struct attempt *a = i < all->len ? all->pdata[i] : NULL;
        gint64 next_us = a ? a->at_us : now_us;
        if (next_us < lease->first_us)
            continue; /* of the life before it was sent again */
        spared_us += MAX(0, next_us - at_us - counts_us);
        at_us = next_us;
        /* No hint of the server's makes it wait longer. */
        if (a)
            counts_us = was_ours(s, lease, a) ? 0
                                              : retry_delay_s(a->n, s->retry_s, G_MAXINT64, 1.0) *
                                                    CLOCK_SECOND_US;
    }
    return spared_us;
}

/* ---- what follows ---- */

/* The rest and the word about it in one commit, so that a kill loses neither. */
static void write_down(struct sender *s, gint64 campaign_id, const char *news)
{
    g_autoptr(GError) error = NULL;
    const struct sending *c = sender_campaign(s, campaign_id);
    gboolean has_begun = db_begin(s->db, &error);
    gboolean ok = has_begun && receivers_write(s->receivers, s->db, &error) &&
                  (!news || !c ||
                   hooks_note_event(s->db, c->id, c->name, HOOKS_REST, news, &error)) &&
                  db_commit(s->db, &error);
    if (ok)
        receivers_written(s->receivers, TRUE);
    else if (has_begun)
        db_rollback(s->db);
    if (!ok)
        log_warning("%s", error->message);
}

static void rest(struct sender *s, struct receiver *r, const struct lease *lease,
                 const struct fault *f, const char *reply)
{
    gint64 rest_s = fault_rest_s(r->n_ours);
    g_autofree char *todo = fault_todo(f);
    g_autofree char *span = clock_format_span(rest_s);
    g_autofree char *news = g_strdup_printf("%s: %s: %s", receiver_label(r), fault_label(f),
                                            reply);
    receiver_rest(s->receivers, r, HOLD_OURS, reply, rest_s * CLOCK_SECOND_US, s->now_us);
    log_warning("%s refuses us %d times in a row and rests for %s (%s, %s:%d): %s. %s",
                receiver_label(r), r->n_ours, span, fault_label(f), f->file, f->line, reply,
                todo);
    /* A try that fails again is no news. */
    write_down(s, lease->campaign_id, r->n_ours == FAULT_ROW_LENGTH ? news : NULL);
}

/* Those who are tried again are a choice of the refused ones, and say nothing. */
static void count_refuser(struct outgoing *g, const struct receiver *r,
                          const struct lease *lease, const struct fault *f, const char *reply)
{
    if (lease->first_us != 0)
        return;
    if (!g->refusers)
        g->refusers = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_hash_table_add(g->refusers, g_strdup(r->name));
    int n = (int)g_hash_table_size(g->refusers);
    if (n < REFUSERS_MOST || outgoing_is_resting(g))
        return;
    g_autofree char *why = g_strdup_printf(
        ngettext("%d receiver in a row refuses us (%s): %s",
                 "%d receivers in a row refuse us (%s): %s", (gulong)n),
        n, fault_label(f), reply);
    g_hash_table_remove_all(g->refusers);
    outgoing_rest(g, why, FALSE);
}

void ours_refused(struct outgoing *g, const struct lease *lease, const struct fault *f,
                  const struct reply *reply)
{
    struct sender *s = g->sender;
    if (f->rest != FAULT_REST_RECEIVER)
        return; /* then the whole server rests */
    struct receiver *r = receivers_of(s->receivers, lease->address);
    g_autofree char *line = fault_write_reply(reply);
    count_refuser(g, r, lease, f, line);
    if (receiver_rests(r))
        return; /* it was in flight when the rest began */
    if (receiver_fault(s->receivers, r, line) >= FAULT_ROW_LENGTH)
        rest(s, r, lease, f, line);
}

void ours_accepted(struct outgoing *g)
{
    if (g->refusers)
        g_hash_table_remove_all(g->refusers);
}
