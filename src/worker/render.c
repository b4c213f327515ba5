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
#include "message/compose.h"
#include "net/smtp.h"

#define KEEP_BUFFER_BYTES (1024 * 1024) /* a larger message's buffer is given back afterwards */
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

void rendered_init(struct rendered *m)
{
    memset(m, 0, sizeof *m);
    m->own = g_string_new(NULL);
    m->chunks = g_array_new(FALSE, FALSE, sizeof(struct smtp_chunk));
}

void rendered_reset(struct rendered *m)
{
    composed_unref(g_steal_pointer(&m->composed));
    letter_envelope_clear(&m->envelope);
    m->size = 0;
    g_array_set_size(m->chunks, 0);
    if (m->own->allocated_len > KEEP_BUFFER_BYTES) {
        g_string_free(m->own, TRUE);
        m->own = g_string_new(NULL);
    }
    g_string_truncate(m->own, 0);
}

void rendered_clear(struct rendered *m)
{
    composed_unref(m->composed);
    letter_envelope_clear(&m->envelope);
    g_string_free(m->own, TRUE);
    g_array_unref(m->chunks);
    memset(m, 0, sizeof *m);
}

static void take_chunks(struct rendered *m, const GArray *pieces)
{
    for (guint i = 0; i < pieces->len; i++) {
        const struct compose_chunk *piece = &g_array_index(pieces, struct compose_chunk, i);
        struct smtp_chunk chunk = {piece->data, piece->len};
        g_array_append_val(m->chunks, chunk);
        m->size += chunk.len;
    }
}

gboolean render_message(struct render *r, const struct lease *lease, enum server_envelope mode,
                        gint64 now_us, struct rendered *m, GError **error)
{
    rendered_reset(m);
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
    g_autoptr(GArray) pieces = g_array_new(FALSE, FALSE, sizeof(struct compose_chunk));
    if (!letter_write_chunks(p->letter, r->key, &person, m->own, pieces, error))
        return FALSE;
    m->composed = composed_ref(letter_composed(p->letter));
    letter_envelope(p->letter, r->key, lease->delivery_id, mode, &m->envelope);
    take_chunks(m, pieces);
    return TRUE;
}
