/*
 * Answers the roles' requests for secrets. Passwords are read anew each time, so that a changed
 * file is seen; tokens are kept while they live and the record is the same.
 */
#include "config.h"

#include "worker/secrets.h"

#include "app/secret.h"
#include "base/clock.h"
#include "base/error.h"
#include "store/servers.h"
#include "worker/link.h"

struct kept {
    char *token; /* owned; wiped */
    gint64 row_version;
    gint64 ends_us;       /* monotonic */
    gint64 used_until_us; /* monotonic; the margin before it */
};

struct secrets {
    struct db *db;    /* borrowed */
    GHashTable *kept; /* gint64 server id -> struct kept */
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
    s->kept = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, kept_free);
    return s;
}

void secrets_free(struct secrets *s)
{
    if (!s)
        return;
    g_hash_table_destroy(s->kept);
    g_free(s);
}

static void keep(struct secrets *s, const struct server *server, const struct secret *token)
{
    gint64 now = clock_mono_us();
    gint64 used_s = token->life_s - secret_margin_s(token->life_s);
    struct kept *k = g_new0(struct kept, 1);
    k->token = g_strdup(token->text);
    k->row_version = server->row_version;
    k->ends_us = now + token->life_s * CLOCK_SECOND_US;
    k->used_until_us = now + used_s * CLOCK_SECOND_US;
    g_hash_table_replace(s->kept, g_memdup2(&server->id, sizeof server->id), k);
}

static gboolean give_kept(struct secrets *s, int fd, const struct server *server)
{
    gint64 now = clock_mono_us();
    const struct kept *k = g_hash_table_lookup(s->kept, &server->id);
    if (!k || k->row_version != server->row_version || now >= k->used_until_us)
        return FALSE;
    link_give_secret(fd, server->id, k->token, MAX((k->ends_us - now) / CLOCK_SECOND_US, 1));
    return TRUE;
}

/* Told to end meanwhile, or the database is locked: nothing that the server could be blamed
 * for. The role asks again. */
static void give_failure(int fd, gint64 server_id, const GError *error)
{
    if (!g_error_matches(error, CRIER_ERROR, CRIER_ERROR_TRY_AGAIN))
        link_give_failure(fd, server_id, error->message);
}

void secrets_answer(struct secrets *s, int fd, gint64 server_id, gboolean fresh)
{
    g_autoptr(GError) error = NULL;
    struct server server = {0};
    struct secret secret = {0};
    if (fresh)
        g_hash_table_remove(s->kept, &server_id);
    if (!servers_get_id(s->db, server_id, &server, &error)) {
        give_failure(fd, server_id, error);
        return;
    }
    if (give_kept(s, fd, &server)) {
        server_clear(&server);
        return;
    }
    if (secret_of_server(&server, &secret, &error)) {
        if (secret.life_s > 0)
            keep(s, &server, &secret);
        link_give_secret(fd, server_id, secret.text, secret.life_s);
    } else {
        give_failure(fd, server_id, error);
    }
    secret_clear(&secret);
    server_clear(&server);
}
