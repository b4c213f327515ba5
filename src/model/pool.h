/*
 * A pool: servers that stand in for each other, and which of them takes the next message. A
 * weight says how much of the whole a server gets; one with weight 0 is in reserve and gets
 * mail, in the order of the list, only while none of the others may send.
 */
#ifndef CRIER_MODEL_POOL_H
#define CRIER_MODEL_POOL_H

#include <glib.h>

#include "base/field.h"

#define POOL_MAX_MEMBERS 32
#define POOL_MAX_WEIGHT 1000

struct pool {
    gint64 id;
    char *name; /* owned; slug; never that of a server */
    gint64 row_version;
    /* --- the field table --- */
    char *servers; /* "main:3, second:1, spare:0", in their order */
};

const struct field *pool_fields(void);
void pool_init(struct pool *p);
void pool_clear(struct pool *p);

struct pool_member {
    char *server; /* owned */
    int weight;   /* 0: in reserve */
};

/*
 * The members that a text names, in its order: "main:3 second spare:0", separated by blanks or
 * commas, without a weight 1. At least one, none twice. Of struct pool_member *, owned by the
 * array. CRIER_ERROR_INVALID says which word is wrong.
 */
GPtrArray *pool_parse(const char *servers, GError **error);
/* The same as one text, each with its weight. Caller frees. */
char *pool_format(const GPtrArray *members);
/* Checks, and brings `servers` into the form of pool_format(). */
gboolean pool_check(struct pool *p, GError **error);
/* Whether a text names this server. */
gboolean pool_names(const char *servers, const char *server);

/* ---- the choice ---- */

struct pool_turn {
    int weight;
    gint64 credit;      /* pool_pick()'s; 0 at first */
    int room;           /* how many more it takes now */
    gboolean may_send;  /* not resting, not switched off, quota left */
    gboolean is_passed; /* without room it does not hold up the others */
};

#define POOL_NOBODY (-1) /* none may send */
#define POOL_FULL (-2)   /* it is the turn of one that has no room: wait for it */

/*
 * Which one takes the next message; its room and everybody's credit are changed. Smooth
 * weighted round robin: out of any 4 picks of 3:1 the first gets 3, and never all of them in a
 * row longer than it must. `ret_full` (may be NULL): with POOL_FULL, whose turn it is.
 */
int pool_pick(struct pool_turn *turns, int n, int *ret_full);

#endif
