/*
 * Content versions prepared once and kept while they are sent; per person only names, tokens
 * and the date. How a message is laid out is message/compose.c's business.
 */
#include "config.h"

#include "worker/render.h"

#include <string.h>

#include "app/dkim.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/i18n.h"
#include "message/compose.h"
#include "net/smtp.h"

#define KEEP_BUFFER_BYTES (1024 * 1024) /* a larger message's buffer is given back afterwards  \
                                         */
#define MAX_PREPARED 8 /* campaigns × versions in use at a time; more are prepared again */

struct prepared {
    gint64 campaign_id;
    int version;
    struct letter *letter; /* owned */
    gboolean is_keyed;     /* `signers` is what the ring has now */
    GPtrArray *signers;    /* owned reference; NULL: not signed */
};

struct render {
    struct db *db;              /* borrowed */
    const struct workspace *ws; /* borrowed */
    guint8 key[RENDER_KEY_BYTES];
    struct dkim_ring *ring; /* owned; NULL until it could be read */
    GQueue prepared;        /* of struct prepared, most recently used first */
    gint64 date_s;          /* the second that `date` tells */
    char *date;             /* owned */
};

struct render *render_new(struct db *db, const struct workspace *w, GError **error)
{
    struct render *r = g_new0(struct render, 1);
    r->db = db;
    r->ws = w;
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
    g_clear_pointer(&p->signers, g_ptr_array_unref);
    g_free(p);
}

void render_free(struct render *r)
{
    if (!r)
        return;
    g_queue_clear_full(&r->prepared, prepared_free);
    dkim_ring_free(r->ring);
    g_free(r->date);
    g_free(r);
}

gboolean render_refresh_keys(struct render *r, GError **error)
{
    if (r->ring && dkim_ring_is_current(r->ring, r->db))
        return TRUE;
    struct dkim_ring *ring = dkim_ring_load(r->db, r->ws, error);
    if (!ring)
        return FALSE;
    for (GList *l = r->prepared.head; l; l = l->next) {
        struct prepared *p = l->data;
        p->is_keyed = FALSE;
        g_clear_pointer(&p->signers, g_ptr_array_unref);
    }
    dkim_ring_free(r->ring);
    r->ring = ring;
    return TRUE;
}

static struct prepared *prepare(struct render *r, gint64 campaign_id, int version,
                                GError **error)
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
    m->signatures = g_string_new(NULL);
    m->pieces = g_array_new(FALSE, FALSE, sizeof(struct compose_chunk));
    m->chunks = g_array_new(FALSE, FALSE, sizeof(struct smtp_chunk));
}

void rendered_reset(struct rendered *m)
{
    /* Whoever hands it on and whoever takes it both make sure. */
    if (!m->composed && m->own->allocated_len <= KEEP_BUFFER_BYTES &&
        m->own->len + m->signatures->len + m->pieces->len + m->chunks->len == 0)
        return;
    composed_unref(g_steal_pointer(&m->composed));
    m->size = 0; /* the envelope's memory stays, as the buffers do */
    g_array_set_size(m->pieces, 0);
    g_array_set_size(m->chunks, 0);
    if (m->own->allocated_len > KEEP_BUFFER_BYTES) {
        g_string_free(m->own, TRUE);
        m->own = g_string_new(NULL);
    }
    g_string_truncate(m->own, 0);
    g_string_truncate(m->signatures, 0);
}

void rendered_clear(struct rendered *m)
{
    composed_unref(m->composed);
    letter_envelope_clear(&m->envelope);
    g_string_free(m->own, TRUE);
    g_string_free(m->signatures, TRUE);
    g_array_unref(m->pieces);
    g_array_unref(m->chunks);
    memset(m, 0, sizeof *m);
}

static void take_chunk(struct rendered *m, const char *data, gsize len)
{
    struct smtp_chunk chunk = {data, len};
    g_array_append_val(m->chunks, chunk);
    m->size += len;
}

static void take_chunks(struct rendered *m, const GArray *pieces)
{
    if (m->signatures->len > 0)
        take_chunk(m, m->signatures->str, m->signatures->len);
    for (guint i = 0; i < pieces->len; i++) {
        const struct compose_chunk *piece = &g_array_index(pieces, struct compose_chunk, i);
        take_chunk(m, piece->data, piece->len);
    }
}

/* Unsigned mail from a domain that has a key would be refused for what it lacks: then none
 * goes. */
static gboolean find_signers(struct render *r, struct prepared *p, GError **error)
{
    const GPtrArray *signers = NULL;
    g_autoptr(GError) why = NULL;
    if (p->is_keyed)
        return TRUE;
    if (!r->ring && !render_refresh_keys(r, error))
        return FALSE;
    if (!dkim_ring_signers(r->ring, composed_from_domain(letter_composed(p->letter)), &signers,
                           &why)) {
        g_set_error_literal(error, CRIER_ERROR, CRIER_ERROR_PRECONDITION, why->message);
        return FALSE;
    }
    p->signers = signers ? g_ptr_array_ref((GPtrArray *)signers) : NULL;
    p->is_keyed = TRUE;
    return TRUE;
}

gboolean render_recipe(struct render *r, const struct lease *lease, enum server_envelope mode,
                       gint64 now_us, struct recipe *ret, GError **error)
{
    g_autoptr(GError) why = NULL;
    struct prepared *p = prepare(r, lease->campaign_id, lease->version, &why);
    if (!p) {
        /* Never the person's fault: nobody may be refused for it. */
        g_set_error_literal(error, CRIER_ERROR, CRIER_ERROR_FAILED, why->message);
        return FALSE;
    }
    if (!find_signers(r, p, error))
        return FALSE;
    if (r->date_s != now_us / CLOCK_SECOND_US || !r->date) {
        r->date_s = now_us / CLOCK_SECOND_US;
        g_free(r->date);
        r->date = clock_format_rfc5322(now_us);
    }
    *ret = (struct recipe){.letter = p->letter,
                           .signers = p->signers,
                           .key = r->key,
                           .mode = mode,
                           .now_us = now_us};
    ret->person = (struct letter_person){.delivery_id = lease->delivery_id,
                                         .address = lease->address,
                                         .fields_json = lease->fields_json,
                                         .date = r->date};
    return TRUE;
}

static gboolean sign(const struct recipe *p, const GArray *pieces, struct rendered *m,
                     GError **error)
{
    return !p->signers ||
           dkim_sign((struct dkim_signer *const *)p->signers->pdata, p->signers->len,
                     (const struct compose_chunk *)pieces->data, pieces->len,
                     p->now_us / CLOCK_SECOND_US, m->signatures, error);
}

gboolean recipe_make(const struct recipe *p, struct rendered *m, GError **error)
{
    rendered_reset(m);
    if (!letter_write_chunks(p->letter, p->key, &p->person, p->mode, m->own, m->pieces,
                             &m->envelope, error) ||
        !sign(p, m->pieces, m, error))
        return FALSE;
    m->composed = composed_ref(letter_composed(p->letter));
    take_chunks(m, m->pieces);
    return TRUE;
}
