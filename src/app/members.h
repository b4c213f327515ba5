/*
 * The servers that a campaign goes by, one or those of a pool: which of them takes mail now,
 * and why another does not. It only reads; the choice itself is the worker's.
 */
#ifndef CRIER_APP_MEMBERS_H
#define CRIER_APP_MEMBERS_H

#include <glib.h>

#include "base/json.h"
#include "model/pool.h"
#include "store/db.h"

struct member {
    char *server;   /* owned */
    int weight;     /* 0: in reserve */
    gboolean takes; /* it is among those that get mail now */
    char *why_not; /* owned; "rests until 14:37: …", a part of a sentence; NULL: it may send */
    const char *cause;     /* of that, as explain has it; static */
    gboolean needs_person; /* it does not come back by itself */
};

struct members {
    char *name; /* owned; of the pool, or the server */
    gboolean is_pool;
    GPtrArray *all; /* owned; of struct member *, in their order */
    int n_taking;
};

/* `live`: of struct server_live *, as servers_live() gives them. NOT_FOUND: neither a server
 * nor a pool has this name. */
struct members *members_load(struct db *db, const char *name, const GPtrArray *live,
                             gint64 now_us, GError **error);
void members_free(struct members *m); /* NULL is fine */

/* "goes by main (3 of 4) and second (1 of 4)", "goes by spare, the reserve"; NULL: by none now.
 * Caller frees. */
char *members_words(const struct members *m);
/* Of one: "takes 3 of 4", "in reserve", or why it does not. Caller frees. */
char *member_words(const struct members *m, const struct member *one);

/* Name, servers and each member's state; `m` may be NULL. */
void members_json(struct json_writer *w, const struct pool *p, const struct members *m);

#endif
