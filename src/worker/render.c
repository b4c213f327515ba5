/*
 * Content versions prepared once and kept while they are sent; per person only names, tokens and
 * the date. How a message is laid out is message/compose.c's business.
 */
#include "config.h"

#include "worker/render.h"

#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/i18n.h"

#define MAX_PREPARED 8 /* campaigns × versions in use at a time; more are prepared again */

struct prepared {
    gint64 campaign_id;
    int version;
    struct letter *letter; /* owned */
};

struct render {
    struct db *db; /* borrowed */
    guint8 key[32];
    GQueue prepared; /* of struct prepared, most recently used first */
    gint64 date_s;   /* the second that `date` tells */
    char *date;      /* owned */
};

struct render *render_new(struct db *db, GError **error)
{
    struct render *r = g_new0(struct render, 1);
    r->db = db;
    g_queue_init(&r->prepared);
    if (db_hmac_key(db, r->key, error))
        return r;
    render_free(r);
    return NULL;
}

static void prepared_free(gpointer data)
{
    struct prepared *p = data;
    letter_free(p->letter);
    g_free(p);
}

void render_free(struct render *r)
{
    if (!r)
        return;
    g_queue_clear_full(&r->prepared, prepared_free);
    g_free(r->date);
    g_free(r);
}

static struct prepared *prepare(struct render *r, gint64 campaign_id, int version, GError **error)
{
    for (GList *l = r->prepared.head; l; l = l->next) {
        struct prepared *p = l->data;
        if (p->campaign_id != campaign_id || p->version != version)
            continue;
        if (l != r->prepared.head) {
            g_queue_unlink(&r->prepared, l);
            g_queue_push_head_link(&r->prepared, l);
        }
        return p;
    }
    struct letter *letter = letter_load(r->db, campaign_id, version, error);
    if (!letter)
        return NULL;
    struct prepared *p = g_new0(struct prepared, 1);
    p->campaign_id = campaign_id;
    p->version = version;
    p->letter = letter;
    g_queue_push_head(&r->prepared, p);
    if (r->prepared.length > MAX_PREPARED)
        prepared_free(g_queue_pop_tail(&r->prepared));
    return p;
}

gboolean render_message(struct render *r, const struct lease *lease, enum server_envelope mode,
                        gint64 now_us, GString *out, struct letter_envelope *ret_envelope,
                        GError **error)
{
    g_autoptr(GError) why = NULL;
    struct prepared *p = prepare(r, lease->campaign_id, lease->version, &why);
    if (!p) {
        /* Never the person's fault: nobody may be refused for it. */
        g_set_error_literal(error, CRIER_ERROR, CRIER_ERROR_FAILED, why->message);
        return FALSE;
    }
    if (r->date_s != now_us / CLOCK_SECOND_US || !r->date) {
        r->date_s = now_us / CLOCK_SECOND_US;
        g_free(r->date);
        r->date = clock_format_rfc5322(now_us);
    }
    struct letter_person person = {.delivery_id = lease->delivery_id, .address = lease->address,
                                   .fields_json = lease->fields_json, .date = r->date};
    g_string_truncate(out, 0);
    if (!letter_write(p->letter, r->key, &person, out, error))
        return FALSE;
    letter_envelope(p->letter, r->key, lease->delivery_id, mode, ret_envelope);
    return TRUE;
}
