/*
 * Mail that came back to a workspace of mailed.h, as src/inbound would have read it.
 */
#ifndef CRIER_TEST_APP_CAME_BACK_H
#define CRIER_TEST_APP_CAME_BACK_H

#include "app/evidence.h"
#include "base/token.h"
#include "inbound/inbound.h"
#include "mailed.h"

struct mail {
    struct inbound in;
    struct inbound_item item;
};

static inline void mail_init(struct mail *m, enum mail_kind kind, const char *address)
{
    *m = (struct mail){0};
    m->in = (struct inbound){.kind = kind,
                             .items = g_ptr_array_new(),
                             .tokens = g_ptr_array_new_with_free_func(g_free),
                             .sender = (char *)"postmaster@example.net",
                             .subject = (char *)"returned",
                             .message_id = (char *)"",
                             .pattern = (char *)"returned"};
    m->item = (struct inbound_item){.address = (char *)address,
                                    .status = (char *)"",
                                    .diagnostic = (char *)"what the server said",
                                    .remote_host = (char *)"",
                                    .kind = kind};
    if (address)
        g_ptr_array_add(m->in.items, &m->item);
}

static inline void mail_clear(struct mail *m)
{
    g_ptr_array_unref(m->in.items);
    g_ptr_array_unref(m->in.tokens);
}

static inline void add_token(struct place *p, struct mail *m, enum token_kind kind,
                             gint64 delivery)
{
    guint8 key[TOKEN_KEY_BYTES];
    g_assert_true(db_hmac_key(p->db, key, NULL));
    g_ptr_array_add(m->in.tokens, token_make(key, kind, delivery));
}

static inline void means(struct mail *m, enum bounce_reason reason)
{
    m->item.reason = reason;
    m->item.class = bounce_reason_row(reason)->class;
    m->item.fault = bounce_reason_row(reason)->fault;
}

/* Every message has octets of its own, but for those of one uid. */
static inline struct evidence_result take(struct place *p, const struct mail *m,
                                          const char *uid)
{
    GError *error = NULL;
    struct evidence_result r = {0};
    struct evidence_mail e = {{1, 7, uid}, clock_wall_us(), uid, strlen(uid), NULL};
    gboolean ok = evidence_take(p->db, &e, &m->in, &r, &error);
    g_assert_no_error(error);
    g_assert_true(ok);
    return r;
}

#endif
