/*
 * A user's own rules about what a bounce means: rows that are asked before the tables of
 * model/bounce, in their order.
 */
#ifndef CRIER_STORE_BOUNCE_RULE_H
#define CRIER_STORE_BOUNCE_RULE_H

#include <glib.h>

#include "model/bounce.h"
#include "store/db.h"

struct bounce_rule {
    gint64 id, position; /* the lowest position is asked first */
    char *name;          /* owned; a slug, another for each */
    char *pattern;       /* owned; a regular expression */
    char *reason;        /* owned; a name of model/bounce */
    char *class;         /* owned; "": the reason's own */
    char *actor;         /* owned */
    gint64 created_us;   /* wall */
};
void bounce_rule_clear(struct bounce_rule *r);

/* In their order. Of struct bounce_rule *, owned by the array. */
GPtrArray *bounce_rule_all(struct db *db, GError **error);
/* By its name or number. NOT_FOUND names the nearest. */
gboolean bounce_rule_get(struct db *db, const char *name, struct bounce_rule *ret,
                         GError **error);
/* What these four change can be undone; each is a transaction of its own, audited. */
/* Behind the others; sets the id, and the name when it is NULL or "". CRIER_ERROR_INVALID: no
 * regular expression, or one that would be a danger, no such reason or class, too many of them;
 * EXISTS: the name. */
gboolean bounce_rule_add(struct db *db, struct bounce_rule *r, GError **error);
/* Name, pattern, reason and class of the rule with this id. */
gboolean bounce_rule_set(struct db *db, const struct bounce_rule *r, GError **error);
gboolean bounce_rule_remove(struct db *db, gint64 id, GError **error); /* NOT_FOUND */
/* To `position` (0: first); the others move up. */
gboolean bounce_rule_move(struct db *db, gint64 id, gint64 position, GError **error);
/* Whether it could be added; nothing is changed. */
gboolean bounce_rule_check(struct db *db, const struct bounce_rule *r, GError **error);
/* Compiled, for bounce_judge(); the id of each is its name. One that this version cannot
 * compile is left out. NULL on an error of the database. */
struct bounce_rules *bounce_rule_load(struct db *db, GError **error);
/* The same with `r` in its place (behind all when it has no id), or without it. */
struct bounce_rules *bounce_rule_load_with(struct db *db, const struct bounce_rule *r,
                                           gboolean is_without, GError **error);

/* Another one when a rule was added, removed, moved or changed. NULL on an error. Caller frees. */
char *bounce_rule_stamp(struct db *db);

#endif
