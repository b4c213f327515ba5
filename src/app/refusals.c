/*
 * The words about receivers that refuse us. That they rest is kept with the reply in table hold;
 * what the reply means is looked up anew each time, so that a mended table shows at once.
 */
#include "config.h"

#include "app/refusals.h"

#include <inttypes.h>

#include "base/clock.h"
#include "base/i18n.h"
#include "base/text.h"
#include "model/fault.h"
#include "transfer/faultfile.h"

static void free_item(gpointer p)
{
    struct refusal *x = p;
    g_free(x->receiver);
    g_free(x->what);
    g_free(x->next);
    g_free(x->verb);
    g_free(x);
}

/* NULL: the table does not know it any more. */
static const struct fault *fault_of(const struct faults *t, const struct hold *h)
{
    struct reply reply = {0};
    if (!fault_parse_reply(h->reply, &reply))
        return NULL;
    const struct fault *f = faults_find(t, &reply, h->receiver);
    reply_clear(&reply);
    return fault_is_ours(f) ? f : NULL;
}

static char *what_of(const struct hold *h, const char *cause)
{
    g_autofree char *n = text_grouped(h->n_waiting);
    if (h->n_waiting == 0)
        return g_strdup_printf(_("%s rests: %s (%s)"), h->label, cause, h->reply);
    return g_strdup_printf(_("%s: %s waiting: %s (%s)"), h->label, n, cause, h->reply);
}

static char *next_of(const struct hold *h, const struct fault *f, gint64 now_us)
{
    g_autofree char *todo =
        f ? fault_todo(f) : g_strdup(_("Mend what the reply says, then wake the receiver"));
    if (h->until_us <= now_us)
        return g_strdup_printf(_("%s. One message tries whether it is over"), todo);
    g_autofree char *again = clock_format_local(h->until_us, now_us);
    return g_strdup_printf(_("%s. One message tries again at %s"), todo, again);
}

static struct refusal *refusal_of(const struct faults *t, const struct hold *h, gint64 now_us)
{
    const struct fault *f = fault_of(t, h);
    struct refusal *x = g_new0(struct refusal, 1);
    x->receiver = g_strdup(h->receiver);
    x->what = what_of(h, f ? fault_label(f) : _("it refuses us"));
    x->next = next_of(h, f, now_us);
    x->verb = g_strdup_printf("provider wake %s", h->receiver);
    x->n_waiting = h->n_waiting;
    x->since_us = h->since_us;
    return x;
}

gboolean refusal_is(const struct hold *h)
{
    return h->cause == HOLD_OURS && (h->until_us > clock_wall_us() || h->n_waiting > 0);
}

GPtrArray *refusals_load(struct db *db, const struct workspace *ws, gint64 campaign_id,
                         GError **error)
{
    gint64 now_us = clock_wall_us();
    struct faults *table = NULL;
    g_autoptr(GPtrArray) holds = holds_all(db, campaign_id, error);
    if (!holds)
        return NULL;
    GPtrArray *all = g_ptr_array_new_with_free_func(free_item);
    for (guint i = 0; i < holds->len; i++) {
        const struct hold *h = holds->pdata[i];
        if (!refusal_is(h))
            continue;
        g_autofree char *trouble = NULL; /* status tells of a table that is wrong */
        if (!table)
            table = faultfile_load(ws->dir, &trouble, NULL);
        if (!table) /* not installed: what to do is not known then, who refuses is */
            table = faults_new();
        g_ptr_array_add(all, refusal_of(table, h, now_us));
    }
    faults_free(table);
    return all;
}
