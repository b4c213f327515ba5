/*
 * Providers of mailboxes: which recipient domains belong together, because the same machines
 * take their mail, and how fast each is to be given messages. Tables only: reading them from
 * files is transfer/providerfile.c's, keeping to them the worker's.
 */
#ifndef CRIER_MODEL_PROVIDER_H
#define CRIER_MODEL_PROVIDER_H

#include <glib.h>

#include "model/reply.h"

#define PROVIDER_CONNECTIONS_MAX 10000
#define PROVIDER_PER_SECOND_MAX 1e6
#define PROVIDER_PER_SECOND_MIN 0.0001 /* about nine a day */
#define PROVIDER_DOMAINS_MAX 10000     /* of one provider, and of MX patterns */

struct provider {
    char *name;     /* owned; slug; the table's default: "default" */
    char *label;    /* owned; a proper name, "Gmail" */
    char **domains; /* owned; recipient domains, lower-case A-labels */
    char **mx;      /* owned; patterns over its MX hosts: "*.google.com" */
    /* Limits. */
    gint64 connections; /* messages in flight to it at once; 0: any number */
    double per_second;  /* messages a second; 0: any number */
    int rank; /* of the table that named its domains: of two that claim one, the higher wins */
};

/* A reply that means "slower", as a row. */
struct provider_slow {
    enum reply_phase phase; /* REPLY_PHASE_COUNT: RCPT, DATA and the final reply */
    char *code;             /* owned; as in struct reply_rule: "421", "4xx" */
    char *enhanced;         /* owned; NULL: any */
    char *text;             /* owned; a phrase, case ignored; NULL: any */
};

/* How a receiver that asks for it is slowed down. */
struct provider_pace {
    gint64 quiet_s; /* without another such reply before it climbs, and between two halvings */
    gint64 climb_s; /* from nothing back to its full rate, in equal steps a second */
};

struct providers {
    GPtrArray *all;           /* owned; of struct provider *, in the order of names */
    GPtrArray *slow;          /* owned; of struct provider_slow *; the first that fits counts */
    struct provider fallback; /* for each domain that no provider claims */
    struct provider_pace pace;
    GHashTable *by_domain; /* domain -> struct provider *; both borrowed from `all` */
};

struct providers *providers_new(void);    /* empty, nothing is limited */
void providers_free(struct providers *p); /* NULL is fine */

/* The one of this name, made when it is not there; providers_index() afterwards. */
struct provider *providers_add(struct providers *p, const char *name);
struct provider *providers_find(const struct providers *p, const char *name); /* NULL: none */
/* Sorts, and fills `by_domain`. CRIER_ERROR_INVALID: two of one rank claim one domain. */
gboolean providers_index(struct providers *p, GError **error);

/* By the recipient domain alone; NULL when none claims it. */
struct provider *providers_of_domain(const struct providers *p, const char *domain);
/* By MX hosts, the nearest first, separated by blanks; the first that one claims decides. */
struct provider *providers_of_mx(const struct providers *p, const char *hosts);
/* '*' is any number of characters, dots too; the case does not count. */
gboolean provider_mx_fits(const char *pattern, const char *host);

gboolean provider_is_limited(const struct provider *p);
/* Whether any has a limit, the default among them. */
gboolean providers_are_limited(const struct providers *p);

/* Whether a reply of that phase asks us to go slower. */
gboolean providers_is_slow_down(const struct providers *p, enum reply_phase phase,
                                const struct reply *r);

/* One limit as typed: "10", "0.5". CRIER_ERROR_INVALID names `key` and the limits. */
gboolean provider_parse_rate(const char *key, const char *text, double *ret, GError **error);
gboolean provider_check_rate(const char *key, double value, GError **error);
gboolean provider_check_connections(const char *key, gint64 value, GError **error);
/* "10 a second", "one in 2 s": caller frees. */
char *provider_rate_words(double per_second);

#endif
