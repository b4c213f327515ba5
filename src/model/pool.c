/*
 * Pools: their text form, and the choice between servers. What a server may do now is the
 * worker's to know.
 */
#include "config.h"

#include "model/pool.h"

#include <string.h>

#include "base/error.h"
#include "base/i18n.h"
#include "base/text.h"

#define AT(member) offsetof(struct pool, member)

static const struct field fields[] = {
    {.key = "servers",
     .type = FIELD_LINE,
     .offset = AT(servers),
     .max = 4000,
     .flags = FIELD_REQUIRED,
     .help =
         N_("its servers and their weights, like main:3 second:1 spare:0; one with weight 0 "
            "is in reserve")},
    {.key = NULL},
};

FIELD_RECORD(pool, fields)

/* ---- the text ---- */

static void member_free(gpointer data)
{
    struct pool_member *m = data;
    g_free(m->server);
    g_free(m);
}

static gboolean refuse(const char *word, const char *why, GError **error)
{
    g_autofree char *shown = text_safe(word, -1, 80);
    g_set_error(error, CRIER_ERROR, CRIER_ERROR_INVALID, _("servers: '%s': %s"), shown, why);
    return FALSE;
}

static gboolean has(const GPtrArray *members, const char *server)
{
    for (guint i = 0; i < members->len; i++)
        if (strcmp(((const struct pool_member *)members->pdata[i])->server, server) == 0)
            return TRUE;
    return FALSE;
}

/* One word: "main" or "main:3". */
static gboolean take_word(GPtrArray *members, const char *word, GError **error)
{
    const char *colon = strchr(word, ':');
    guint64 weight = 1;
    g_autofree char *server = colon ? g_strndup(word, (gsize)(colon - word)) : g_strdup(word);
    if (!text_is_slug(server))
        return refuse(word, _("write the server's name, and behind a colon its weight"), error);
    if (colon && !g_ascii_string_to_unsigned(colon + 1, 10, 0, POOL_MAX_WEIGHT, &weight, NULL))
        return refuse(word, _("the weight is a number from 0 to 1000"), error);
    if (has(members, server))
        return refuse(word, _("this server is there twice. Remove one of them"), error);
    if (members->len >= POOL_MAX_MEMBERS)
        return refuse(word, _("a pool has at most 32 servers"), error);
    struct pool_member *m = g_new0(struct pool_member, 1);
    m->server = g_steal_pointer(&server);
    m->weight = (int)weight;
    g_ptr_array_add(members, m);
    return TRUE;
}

GPtrArray *pool_parse(const char *servers, GError **error)
{
    g_auto(GStrv) words = g_strsplit_set(servers ? servers : "", " ,\t", -1);
    g_autoptr(GPtrArray) members = g_ptr_array_new_with_free_func(member_free);
    for (char **w = words; *w; w++)
        if (**w && !take_word(members, *w, error))
            return NULL;
    if (members->len > 0)
        return g_steal_pointer(&members);
    g_set_error(error, CRIER_ERROR, CRIER_ERROR_INVALID,
                _("servers: a pool needs at least one server, like main:3"));
    return NULL;
}

char *pool_format(const GPtrArray *members)
{
    GString *out = g_string_new(NULL);
    for (guint i = 0; i < members->len; i++) {
        const struct pool_member *m = members->pdata[i];
        g_string_append_printf(out, "%s%s:%d", i ? ", " : "", m->server, m->weight);
    }
    return g_string_free(out, FALSE);
}

gboolean pool_check(struct pool *p, GError **error)
{
    g_autoptr(GPtrArray) members = pool_parse(p->servers, error);
    if (!members)
        return FALSE;
    g_free(p->servers);
    p->servers = pool_format(members);
    return TRUE;
}

gboolean pool_names(const char *servers, const char *server)
{
    g_autoptr(GPtrArray) members = pool_parse(servers, NULL);
    return members && has(members, server);
}

/* ---- the choice ---- */

static gboolean is_usable(const struct pool_turn *t)
{
    return t->may_send && (t->room > 0 || !t->is_passed);
}

/* The first in order; none of the others may send. */
static int pick_reserve(const struct pool_turn *turns, int n)
{
    for (int i = 0; i < n; i++)
        if (turns[i].weight == 0 && is_usable(&turns[i]))
            return i;
    return POOL_NOBODY;
}

/* The one with the most credit once each has got its weight; the first of equal ones. */
static int best_of(const struct pool_turn *turns, int n, gint64 *ret_total)
{
    int best = POOL_NOBODY;
    *ret_total = 0;
    for (int i = 0; i < n; i++) {
        if (turns[i].weight == 0 || !is_usable(&turns[i]))
            continue;
        *ret_total += turns[i].weight;
        if (best < 0 ||
            turns[i].credit + turns[i].weight > turns[best].credit + turns[best].weight)
            best = i;
    }
    return best;
}

/* What one missed while it could not send is not made up for afterwards. */
static gboolean forget_absent(struct pool_turn *turns, int n)
{
    gboolean may_any = FALSE;
    for (int i = 0; i < n; i++) {
        if (!turns[i].may_send)
            turns[i].credit = 0;
        may_any = may_any || (turns[i].may_send && turns[i].weight > 0);
    }
    return may_any;
}

int pool_pick(struct pool_turn *turns, int n, int *ret_full)
{
    gint64 total = 0;
    gboolean has_weighted = forget_absent(turns, n);
    int best = has_weighted ? best_of(turns, n, &total) : pick_reserve(turns, n);
    if (best < 0 || turns[best].room <= 0) {
        if (ret_full)
            *ret_full = best;
        return best < 0 && !has_weighted ? POOL_NOBODY : POOL_FULL;
    }
    for (int i = 0; has_weighted && i < n; i++)
        if (turns[i].weight > 0 && is_usable(&turns[i]))
            turns[i].credit += turns[i].weight;
    turns[best].credit -= total;
    turns[best].room--;
    return best;
}
