/*
 * What each server of a pool does now, in words. That the worker comes to the same result is
 * because both ask model/pool.c's rule: those with a weight that may send, else the first
 * reserve that may.
 */
#include "config.h"

#include "app/members.h"

#include "app/pace_words.h"
#include "base/clock.h"
#include "base/i18n.h"
#include "base/text.h"
#include "store/pools.h"
#include "store/server_live.h"

#define PROBLEM_CHARS 300

static void member_free(gpointer data)
{
    struct member *m = data;
    g_free(m->server);
    g_free(m->why_not);
    g_free(m);
}

void members_free(struct members *m)
{
    if (!m)
        return;
    g_free(m->name);
    g_ptr_array_unref(m->all);
    g_free(m);
}

static const struct server_live *find_live(const GPtrArray *live, gint64 id)
{
    for (guint i = 0; live && i < live->len; i++) {
        const struct server_live *l = live->pdata[i];
        if (l->server_id == id)
            return l;
    }
    return NULL;
}

/* With the time it began where that is known. */
static char *trouble_words(const struct server_live *l, gint64 now_us)
{
    g_autofree char *problem = text_safe(server_live_trouble(l), -1, PROBLEM_CHARS);
    g_autofree char *since =
        l->problem_us > 0 ? clock_format_local(l->problem_us, now_us) : NULL;
    g_autofree char *until =
        l->rest_until_us > 0 ? clock_format_local(l->rest_until_us, now_us) : NULL;
    if (since && until)
        return g_strdup_printf(_("rests since %s, until %s: %s"), since, until, problem);
    if (until)
        return g_strdup_printf(_("rests until %s: %s"), until, problem);
    if (since)
        return g_strdup_printf(_("has had trouble since %s: %s"), since, problem);
    return g_strdup_printf(_("has trouble: %s"), problem);
}

/* `take_why` may be NULL. */
static struct member *add(struct members *m, const char *server, int weight, const char *cause,
                          char *take_why)
{
    struct member *one = g_new0(struct member, 1);
    one->server = g_strdup(server);
    one->weight = weight;
    one->cause = cause;
    one->why_not = take_why;
    g_ptr_array_add(m->all, one);
    return one;
}

static void add_server(struct members *m, const struct pool_server *s,
                       const struct server_live *l, gint64 now_us)
{
    const char *name = s->record.name;
    gboolean is_resting = l && l->problem && l->rest_until_us > 0;
    if (!s->record.enabled)
        add(m, name, s->weight, "server-off", g_strdup(_("is switched off")))->needs_person =
            TRUE;
    else if (l && l->problem)
        add(m, name, s->weight, is_resting ? "server-rests" : "server-needs-person",
            trouble_words(l, now_us))
            ->needs_person = !is_resting;
    else
        add(m, name, s->weight, "quota", l ? pace_words_limit(l) : NULL);
}

static void add_missing(struct members *m, const char *name)
{
    add(m, name, 0, "server-missing", g_strdup(_("is not there any more")))->needs_person =
        TRUE;
}

static void find_taking(struct members *m)
{
    for (int reserve = 0; reserve <= 1 && m->n_taking == 0; reserve++)
        for (guint i = 0; i < m->all->len; i++) {
            struct member *one = m->all->pdata[i];
            if (one->why_not || (one->weight == 0) != reserve || (reserve && m->n_taking > 0))
                continue;
            one->takes = TRUE;
            m->n_taking++;
        }
}

struct members *members_load(struct db *db, const char *name, const GPtrArray *live,
                             gint64 now_us, GError **error)
{
    struct pool_servers found;
    if (!pools_find(db, name, &found, error))
        return NULL;
    struct members *m = g_new0(struct members, 1);
    m->name = g_strdup(name);
    m->is_pool = found.is_pool;
    m->all = g_ptr_array_new_with_free_func(member_free);
    for (guint i = 0; i < found.all->len; i++) {
        const struct pool_server *s = found.all->pdata[i];
        add_server(m, s, find_live(live, s->record.id), now_us);
    }
    for (guint i = 0; i < found.missing->len; i++)
        add_missing(m, found.missing->pdata[i]);
    pool_servers_clear(&found);
    find_taking(m);
    return m;
}

/* ---- words ---- */

static int taking_weight(const struct members *m)
{
    int total = 0;
    for (guint i = 0; i < m->all->len; i++) {
        const struct member *one = m->all->pdata[i];
        total += one->takes ? one->weight : 0;
    }
    return total;
}

static char *share_words(const struct members *m, const struct member *one)
{
    if (one->weight == 0)
        return g_strdup_printf(_("%s, the reserve"), one->server);
    if (m->n_taking == 1)
        return g_strdup(one->server);
    return g_strdup_printf(_("%s (%d of %d)"), one->server, one->weight, taking_weight(m));
}

char *members_words(const struct members *m)
{
    g_autoptr(GString) list = g_string_new(NULL);
    int n = 0;
    for (guint i = 0; i < m->all->len; i++) {
        const struct member *one = m->all->pdata[i];
        if (!one->takes)
            continue;
        g_autofree char *share = share_words(m, one);
        const char *between = n == 0 ? "" : n + 1 == m->n_taking ? _(" and ") : ", ";
        g_string_append_printf(list, "%s%s", between, share);
        n++;
    }
    return n ? g_strdup_printf(_("goes by %s"), list->str) : NULL;
}

char *member_words(const struct members *m, const struct member *one)
{
    if (one->why_not)
        return g_strdup(one->why_not);
    if (one->takes && one->weight == 0)
        return g_strdup(_("takes all: the others cannot"));
    if (one->weight == 0)
        return g_strdup(_("in reserve"));
    if (m->n_taking == 1)
        return g_strdup(_("takes all"));
    return g_strdup_printf(_("takes %d of %d"), one->weight, taking_weight(m));
}

/* ---- JSON ---- */

static void member_json(struct json_writer *w, const struct members *m,
                        const struct member *one)
{
    g_autofree char *words = member_words(m, one);
    json_begin_object(w);
    json_kv_string(w, "server", one->server);
    json_kv_int(w, "weight", one->weight);
    json_kv_bool(w, "takes", one->takes);
    json_kv_bool(w, "needs_person", one->needs_person);
    json_kv_string(w, "why_not", one->why_not);
    json_kv_string(w, "text", words);
    json_end_object(w);
}

/* "main takes 3 of 4; second rests until 14:37: …" */
static char *now_words(const struct members *m)
{
    g_autoptr(GString) out = g_string_new(NULL);
    for (guint i = 0; i < m->all->len; i++) {
        const struct member *one = m->all->pdata[i];
        g_autofree char *words = member_words(m, one);
        g_string_append_printf(out, "%s%s: %s", i ? "; " : "", one->server, words);
    }
    return g_string_free(g_steal_pointer(&out), FALSE);
}

void members_json(struct json_writer *w, const struct pool *p, const struct members *m)
{
    g_autofree char *now = m ? now_words(m) : NULL;
    json_begin_object(w);
    json_kv_string(w, "name", p->name);
    json_kv_string(w, "servers", p->servers);
    json_kv_string(w, "now", now);
    json_key(w, "members");
    json_begin_array(w);
    for (guint i = 0; m && i < m->all->len; i++)
        member_json(w, m, m->all->pdata[i]);
    json_end_array(w);
    json_end_object(w);
}
