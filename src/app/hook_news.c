/*
 * The words of hooks. Counters are read as they are now, not as they were at the event: what is
 * told late is not told wrong. Running a command and sending the mail are the verb's.
 */
#include "config.h"

#include "app/hook_news.h"

#include <inttypes.h>
#include <string.h>

#include "app/shapes.h"
#include "app/status.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/i18n.h"
#include "base/text.h"
#include "store/counters.h"

#define REPLIES_SHOWN 5
#define REPLIES_READ 50
#define REPLY_CELLS 200

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

gboolean hook_news_mail(struct db *db, const struct workspace *ws, const struct hook *h,
                        const struct campaign *c, const char *to, struct hook_mail *ret,
                        GError **error)
{
    g_autoptr(GString) text = g_string_new(NULL);
    g_autofree char *what = headline(h);
    g_autofree char *subject = g_strdup_printf("crier: %s", what);
    const struct hook_words words = {
        .from = c->from, .to = to, .subject = subject, .text = text};
    return write_text(db, ws, h, text, error) && hook_mail_write(db, ws, &words, ret, error);
}
