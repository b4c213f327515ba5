/*
 * The words of hooks. Counters are read as they are now, not as they were at the event: what is
 * told late is not told wrong. Running a command and sending the mail are the verb's.
 */
#include "config.h"

#include "app/hook_news.h"

#include <inttypes.h>
#include <string.h>

#include "app/dkim.h"
#include "app/shapes.h"
#include "app/status.h"
#include "base/clock.h"
#include "base/crypto.h"
#include "base/error.h"
#include "base/i18n.h"
#include "base/mailaddr.h"
#include "base/text.h"
#include "message/encode.h"
#include "message/header.h"
#include "store/counters.h"

#define REPLIES_SHOWN 5
#define REPLIES_READ 50
#define REPLY_CELLS 200
#define ID_BYTES 12

/* ---- for a command ---- */

static void put_campaign(struct json_writer *w, const struct status *s)
{
    json_key(w, "campaign");
    if (s && s->campaigns->len > 0)
        status_campaign_json(w, s->campaigns->pdata[0]);
    else
        json_put_null(w);
}

/* NULL without an error: it was deleted since. */
static struct status *load_campaign(struct db *db, const struct workspace *ws, gint64 id,
                                    GError **error)
{
    struct campaign c = {0};
    g_autoptr(GError) why = NULL;
    struct status *s = NULL;
    if (campaigns_get_id(db, id, &c, &why))
        s = status_load(db, ws, c.name, &why);
    campaign_clear(&c);
    if (!s && !g_error_matches(why, CRIER_ERROR, CRIER_ERROR_NOT_FOUND))
        g_propagate_error(error, g_steal_pointer(&why));
    return s;
}

gboolean hook_news_json(struct db *db, const struct workspace *ws, const struct hook *h,
                        GString *out, GError **error)
{
    GError *why = NULL;
    struct status *s = load_campaign(db, ws, h->campaign_id, &why);
    if (why) {
        g_propagate_error(error, why);
        return FALSE;
    }
    struct json_writer *w = json_writer_new_string(out, FALSE);
    json_begin_object(w);
    json_kv_int(w, "format", 1);
    json_kv_int(w, "id", h->id);
    json_kv_string(w, "event", h->event);
    shape_time(w, "time", h->at_us);
    json_kv_string(w, "name", h->campaign);
    json_kv_string(w, "reason", *h->reason ? h->reason : NULL);
    json_kv_string(w, "actor", h->actor);
    json_kv_string(w, "workspace", ws->dir);
    put_campaign(w, s);
    json_end_object(w);
    json_writer_free(w);
    g_string_append_c(out, '\n');
    status_free(s);
    return TRUE;
}

/* ---- for a person ---- */

/* What happened, as a sentence without its end. Caller frees. */
static char *headline(const struct hook *h)
{
    static const struct {
        const char *event, *words;
    } rows[] = {
        {"finished", N_("the campaign is finished")},
        {"paused", N_("the campaign is paused")},
        {"held", N_("the campaign is held, nothing more goes out")},
        {"cancelled", N_("the campaign is cancelled")},
        {HOOKS_REST, N_("a receiver refuses us and rests")},
        {HOOK_NEWS_TEST, N_("a test: this is how you are told")},
    };
    const char *words = h->event;
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
        if (strcmp(h->event, rows[i].event) == 0)
            words = _(rows[i].words);
    return g_strdup_printf("%s: %s", h->campaign, words);
}

static void add_counts(GString *out, const struct campaign_counts *n)
{
    const gint64 *s = n->state;
    const struct {
        const char *label;
        gint64 count;
    } rows[] = {
        {N_("people"), n->total},
        {N_("accepted"), s[DELIVERY_ACCEPTED]},
        {N_("refused"), s[DELIVERY_REFUSED]},
        {N_("maybe sent"), s[DELIVERY_UNCERTAIN]},
        {N_("waiting"), s[DELIVERY_QUEUED] + s[DELIVERY_LEASED] + s[DELIVERY_DEFERRED]},
        {N_("never mailed"), s[DELIVERY_SUPPRESSED]},
        {N_("cancelled"), s[DELIVERY_CANCELLED]},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *count = text_grouped(rows[i].count);
        g_string_append_printf(out, "%12s  %s\n", count, _(rows[i].label));
    }
}

static gboolean add_refusals(struct db *db, gint64 id, GString *out, GError **error)
{
    int shown = 0;
    g_autoptr(GPtrArray) all = counters_replies(db, id, REPLIES_READ, error);
    for (guint i = 0; all && i < all->len && shown < REPLIES_SHOWN; i++) {
        const struct reply_count *r = all->pdata[i];
        if (r->state != DELIVERY_REFUSED)
            continue;
        if (shown++ == 0)
            g_string_append_printf(out, "\n%s\n", _("The most frequent refusals:"));
        g_autofree char *count = text_grouped(r->count);
        g_autofree char *reply = text_safe(r->reply, -1, REPLY_CELLS);
        g_string_append_printf(out, "%12s  %d %s%s%s\n", count, r->code,
                               r->enhanced ? r->enhanced : "",
                               r->enhanced && *r->enhanced ? " " : "", reply);
    }
    return all != NULL;
}

static gboolean write_text(struct db *db, const struct workspace *ws, const struct hook *h,
                           GString *out, GError **error)
{
    struct campaign_counts n;
    g_autofree char *what = headline(h);
    g_autofree char *when = clock_format_local(h->at_us, h->at_us);
    if (!campaigns_counts(db, h->campaign_id, &n, error))
        return FALSE;
    g_string_append_printf(out, "%s.\n\n", what);
    if (*h->reason)
        g_string_append_printf(out, _("Why: %s\n"), h->reason);
    g_string_append_printf(out, _("When: %s, by %s\n\n"), when, h->actor);
    add_counts(out, &n);
    if (!add_refusals(db, h->campaign_id, out, error))
        return FALSE;
    g_string_append_printf(out, _("\nWorkspace: %s\nMore: crier campaign report %s\n"), ws->dir,
                           h->campaign);
    return TRUE;
}

static char *new_id(void)
{
    static const char digits[] = "0123456789abcdef";
    guint8 bytes[ID_BYTES];
    char *id = g_malloc0(2 * sizeof bytes + 1);
    crypto_random(bytes, sizeof bytes);
    for (gsize i = 0; i < sizeof bytes; i++) {
        id[2 * i] = digits[bytes[i] >> 4];
        id[2 * i + 1] = digits[bytes[i] & 15];
    }
    return id;
}

struct parties {
    char *from_name, *to_name; /* owned; may be NULL */
    struct mailaddr from, to;
};

static void parties_clear(struct parties *p)
{
    g_free(p->from_name);
    g_free(p->to_name);
    mailaddr_clear(&p->from);
    mailaddr_clear(&p->to);
}

/* Auto-Submitted (RFC 3834): no answering machine answers it, and no hook comes of a reply. */
static gboolean write_message(const struct parties *p, const struct hook_mail *m,
                              const char *subject, const GString *text, GError **error)
{
    GString *out = m->message;
    g_autofree char *date = clock_format_rfc5322(clock_wall_us());
    g_autofree char *id = new_id();
    header_append_mailbox(out, "From", p->from_name, m->sender, FALSE);
    if (!header_append_to(out, m->recipient, error))
        return FALSE;
    header_append_text(out, "Subject", subject, strlen(subject));
    g_string_append_printf(out, "Date: %s\r\nMessage-ID: <%s@%s>\r\n", date, id,
                           p->from.domain);
    g_string_append(out, "Auto-Submitted: auto-generated\r\n"
                         "X-Auto-Response-Suppress: All\r\n"
                         "MIME-Version: 1.0\r\n"
                         "Content-Type: text/plain; charset=utf-8\r\n"
                         "Content-Transfer-Encoding: quoted-printable\r\n\r\n");
    encode_qp(out, text->str, text->len, TRUE);
    return TRUE;
}

static gboolean sign(struct db *db, const struct workspace *ws, const char *domain,
                     GString *message, GError **error)
{
    const struct compose_chunk chunk = {message->str, message->len};
    const GPtrArray *signers = NULL;
    g_autoptr(GString) signatures = g_string_new(NULL);
    struct dkim_ring *ring = dkim_ring_load(db, ws, error);
    gboolean ok = ring && dkim_ring_signers(ring, domain, &signers, error) &&
                  (!signers ||
                   dkim_sign((struct dkim_signer *const *)signers->pdata, signers->len, &chunk,
                             1, clock_wall_us() / CLOCK_SECOND_US, signatures, error));
    g_string_prepend_len(message, signatures->str, (gssize)signatures->len);
    dkim_ring_free(ring);
    return ok;
}

gboolean hook_news_mail(struct db *db, const struct workspace *ws, const struct hook *h,
                        const struct campaign *c, const char *to, struct hook_mail *ret,
                        GError **error)
{
    struct parties p = {0};
    g_autoptr(GString) text = g_string_new(NULL);
    g_autofree char *what = headline(h);
    g_autofree char *subject = g_strdup_printf("crier: %s", what);
    struct hook_mail m = {.message = g_string_new(NULL)};
    gboolean ok = mailbox_parse(c->from, &p.from_name, &p.from, error);
    if (!ok)
        g_prefix_error(error, "From: ");
    ok = ok && mailbox_parse(to, &p.to_name, &p.to, error);
    if (ok) {
        m.sender = mailaddr_format(&p.from);
        m.recipient = mailaddr_format(&p.to);
        m.needs_smtputf8 = mailaddr_needs_smtputf8(&p.from) || mailaddr_needs_smtputf8(&p.to);
        ok = write_text(db, ws, h, text, error) &&
             write_message(&p, &m, subject, text, error) &&
             sign(db, ws, p.from.domain, m.message, error);
    }
    parties_clear(&p);
    if (ok)
        *ret = m;
    else
        hook_mail_clear(&m);
    return ok;
}

void hook_mail_clear(struct hook_mail *m)
{
    g_free(m->sender);
    g_free(m->recipient);
    if (m->message)
        g_string_free(m->message, TRUE);
    *m = (struct hook_mail){0};
}
