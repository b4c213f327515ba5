/*
 * Answers the roles' requests for secrets. Passwords are read anew each time, so that a changed
 * file is seen; tokens are kept while they live and the record is the same.
 */
#include "config.h"

#include "worker/secrets.h"

#include "app/secret.h"
#include "base/clock.h"
#include "base/error.h"
#include "store/mailboxes.h"
#include "store/servers.h"
#include "worker/link.h"

struct kept {
    char *token; /* owned; wiped */
    gint64 row_version;
    gint64 ends_us;       /* monotonic */
    gint64 used_until_us; /* monotonic; the margin before it */
};

struct secrets {
    struct db *db;                        /* borrowed */
    GHashTable *kept[SECRETS_KIND_COUNT]; /* gint64 id -> struct kept */
};

static void kept_free(gpointer data)
{
    struct kept *k = data;
    struct secret token = {k->token, 0};
    secret_clear(&token);
    g_free(k);
}

struct secrets *secrets_new(struct db *db)
{
    struct secrets *s = g_new0(struct secrets, 1);
    s->db = db;
    for (int i = 0; i < SECRETS_KIND_COUNT; i++)
        s->kept[i] = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, kept_free);
    return s;
}

void secrets_free(struct secrets *s)
{
    if (!s)
        return;
    for (int i = 0; i < SECRETS_KIND_COUNT; i++)
        g_hash_table_destroy(s->kept[i]);
    g_free(s);
}

/* ---- one of each kind of record ---- */

/* `ret` is set unless the version is the one that is given: then the secret is not needed. */
static gboolean ask_server(struct db *db, gint64 id, gint64 known_version, gint64 *ret_version,
                           struct secret *ret, GError **error)
{
    struct server server = {0};
    if (!servers_get_id(db, id, &server, error))
        return FALSE;
    *ret_version = server.row_version;
    gboolean ok = server.row_version == known_version || secret_of_server(&server, ret, error);
    server_clear(&server);
    return ok;
}

static gboolean ask_mailbox(struct db *db, gint64 id, gint64 known_version, gint64 *ret_version,
                            struct secret *ret, GError **error)
{
    struct mailbox m = {0};
    if (!mailboxes_get_id(db, id, &m, error))
        return FALSE;
    *ret_version = m.row_version;
    gboolean ok = m.row_version == known_version || secret_of_mailbox(&m, ret, error);
    mailbox_clear(&m);
    return ok;
}

static gboolean (*const askers[SECRETS_KIND_COUNT])(struct db *, gint64, gint64, gint64 *,
                                                    struct secret *, GError **) = {
    [SECRETS_OF_SERVERS] = ask_server,
    [SECRETS_OF_MAILBOXES] = ask_mailbox,
};

/* ---- answering ---- */

static void keep(GHashTable *kept, gint64 id, gint64 row_version, const struct secret *token)
{
    gint64 now = clock_mono_us();
    gint64 used_s = token->life_s - secret_margin_s(token->life_s);
    struct kept *k = g_new0(struct kept, 1);
    k->token = g_strdup(token->text);
    k->row_version = row_version;
    k->ends_us = now + token->life_s * CLOCK_SECOND_US;
    k->used_until_us = now + used_s * CLOCK_SECOND_US;
    g_hash_table_replace(kept, g_memdup2(&id, sizeof id), k);
}

/* NULL: it would not last. */
static const struct kept *find_kept(GHashTable *kept, gint64 id)
{
    const struct kept *k = g_hash_table_lookup(kept, &id);
    return k && clock_mono_us() < k->used_until_us ? k : NULL;
}

/* Told to end meanwhile, or the database is locked: nothing that the server could be blamed
 * for. The role asks again. */
static void give_failure(int fd, gint64 id, const GError *error)
{
    if (!g_error_matches(error, CRIER_ERROR, CRIER_ERROR_TRY_AGAIN))
        link_give_failure(fd, id, error->message);
}

void secrets_answer(struct secrets *s, enum secrets_kind kind, int fd, gint64 id,
                    gboolean fresh)
{
    g_autoptr(GError) error = NULL;
    struct secret secret = {0};
    gint64 row_version = 0;
    if (fresh)
        g_hash_table_remove(s->kept[kind], &id);
    const struct kept *k = find_kept(s->kept[kind], id);
    if (!askers[kind](s->db, id, k ? k->row_version : -1, &row_version, &secret, &error)) {
        give_failure(fd, id, error);
    } else if (!secret.text) {
        gint64 left_s = (k->ends_us - clock_mono_us()) / CLOCK_SECOND_US;
        link_give_secret(fd, id, k->token, MAX(left_s, 1));
    } else {
        if (secret.life_s > 0)
            keep(s->kept[kind], id, row_version, &secret);
        link_give_secret(fd, id, secret.text, secret.life_s);
    }
    secret_clear(&secret);
}
