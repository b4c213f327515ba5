/*
 * Tables of providers: who claims a domain, by its name or its MX hosts, and which replies ask
 * for less speed. Nothing here counts or waits.
 */
#include "config.h"

#include "model/provider.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/i18n.h"
#include "base/text.h"

#define PACE_QUIET_S 30
#define PACE_CLIMB_S 600

static void provider_clear(struct provider *p)
{
    g_free(p->name);
    g_free(p->label);
    g_strfreev(p->domains);
    g_strfreev(p->mx);
}

static void provider_free(gpointer p)
{
    provider_clear(p);
    g_free(p);
}

static void slow_free(gpointer p)
{
    struct provider_slow *s = p;
    g_free(s->code);
    g_free(s->enhanced);
    g_free(s->text);
    g_free(s);
}

struct providers *providers_new(void)
{
    struct providers *p = g_new0(struct providers, 1);
    p->all = g_ptr_array_new_with_free_func(provider_free);
    p->slow = g_ptr_array_new_with_free_func(slow_free);
    p->by_domain = g_hash_table_new(g_str_hash, g_str_equal);
    p->fallback.name = g_strdup("default");
    p->fallback.label = g_strdup(_("every other domain"));
    p->pace = (struct provider_pace){.quiet_s = PACE_QUIET_S, .climb_s = PACE_CLIMB_S};
    return p;
}

void providers_free(struct providers *p)
{
    if (!p)
        return;
    g_hash_table_unref(p->by_domain);
    g_ptr_array_unref(p->slow);
    g_ptr_array_unref(p->all);
    provider_clear(&p->fallback);
    g_free(p);
}

struct provider *providers_find(const struct providers *p, const char *name)
{
    for (guint i = 0; i < p->all->len; i++) {
        struct provider *x = p->all->pdata[i];
        if (strcmp(x->name, name) == 0)
            return x;
    }
    return NULL;
}

struct provider *providers_add(struct providers *p, const char *name)
{
    struct provider *x = providers_find(p, name);
    if (x)
        return x;
    x = g_new0(struct provider, 1);
    x->name = g_strdup(name);
    x->label = g_strdup(name);
    g_ptr_array_add(p->all, x);
    return x;
}

static gint compare(gconstpointer a, gconstpointer b)
{
    const struct provider *const *x = a, *const *y = b;
    return strcmp((*x)->name, (*y)->name);
}

/* A person's own table takes a domain away from the shipped one; within one table it is a
 * mistake. */
static gboolean claim(struct providers *p, const char *domain, struct provider *x,
                      GError **error)
{
    const struct provider *other = g_hash_table_lookup(p->by_domain, domain);
    if (other && other != x && other->rank == x->rank) {
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_INVALID,
                    _("the providers %s and %s both have the domain %s. Take it out of one of "
                      "them"),
                    other->name, x->name, domain);
        return FALSE;
    }
    if (!other || other->rank < x->rank)
        g_hash_table_insert(p->by_domain, (gpointer)domain, x);
    return TRUE;
}

gboolean providers_index(struct providers *p, GError **error)
{
    g_hash_table_remove_all(p->by_domain);
    g_ptr_array_sort(p->all, compare);
    for (guint i = 0; i < p->all->len; i++) {
        struct provider *x = p->all->pdata[i];
        for (char **d = x->domains; d && *d; d++)
            if (!claim(p, *d, x, error))
                return FALSE;
    }
    return TRUE;
}

struct provider *providers_of_domain(const struct providers *p, const char *domain)
{
    return g_hash_table_lookup(p->by_domain, domain);
}

gboolean provider_mx_fits(const char *pattern, const char *host)
{
    const char *star = NULL, *from = NULL;
    while (*host) {
        if (*pattern == '*') {
            star = ++pattern;
            from = host;
        } else if (g_ascii_tolower(*pattern) == g_ascii_tolower(*host)) {
            pattern++;
            host++;
        } else if (star) {
            pattern = star; /* the star takes one more */
            host = ++from;
        } else {
            return FALSE;
        }
    }
    while (*pattern == '*')
        pattern++;
    return *pattern == '\0';
}

static struct provider *of_host(const struct providers *p, const char *host)
{
    for (guint i = 0; i < p->all->len; i++) {
        struct provider *x = p->all->pdata[i];
        for (char **m = x->mx; m && *m; m++)
            if (provider_mx_fits(*m, host))
                return x;
    }
    return NULL;
}

struct provider *providers_of_mx(const struct providers *p, const char *hosts)
{
    g_auto(GStrv) all = g_strsplit(hosts, " ", -1);
    for (char **h = all; *h; h++) {
        struct provider *x = **h ? of_host(p, *h) : NULL;
        if (x)
            return x;
    }
    return NULL;
}

gboolean provider_is_limited(const struct provider *p)
{
    return p->connections > 0 || p->per_second > 0;
}

gboolean providers_are_limited(const struct providers *p)
{
    if (provider_is_limited(&p->fallback))
        return TRUE;
    for (guint i = 0; i < p->all->len; i++)
        if (provider_is_limited(p->all->pdata[i]))
            return TRUE;
    return FALSE;
}

gboolean providers_is_slow_down(const struct providers *p, enum reply_phase phase,
                                const struct reply *r)
{
    gboolean is_of_person = phase == REPLY_RCPT || phase == REPLY_DATA || phase == REPLY_DOT;
    for (guint i = 0; i < p->slow->len; i++) {
        const struct provider_slow *s = p->slow->pdata[i];
        const struct reply_rule rule = {
            .phase = s->phase, .code = s->code, .enhanced = s->enhanced, .text = s->text};
        if ((s->phase != REPLY_PHASE_COUNT || is_of_person) && reply_rule_fits(&rule, phase, r))
            return TRUE;
    }
    return FALSE;
}

/* ---- values ---- */

gboolean provider_check_rate(const char *key, double value, GError **error)
{
    if (value == 0 || (value >= PROVIDER_PER_SECOND_MIN && value <= PROVIDER_PER_SECOND_MAX))
        return TRUE;
    g_set_error(error, CRIER_ERROR, CRIER_ERROR_INVALID,
                _("%s: %g is not in %g–%.0f. Write messages a second, like 10 or 0.5; 0 is no "
                  "limit"),
                key, value, PROVIDER_PER_SECOND_MIN, PROVIDER_PER_SECOND_MAX);
    return FALSE;
}

gboolean provider_parse_rate(const char *key, const char *text, double *ret, GError **error)
{
    char *end = NULL;
    double value = g_ascii_strtod(text, &end);
    /* "nan", "inf" and "0x1p3" are numbers to the C library, too. */
    if (!*text || *end || strspn(text, "0123456789.") != strlen(text)) {
        g_autofree char *safe = text_safe(text, -1, 40);
        g_set_error(
            error, CRIER_ERROR, CRIER_ERROR_INVALID,
            _("%s: '%s' is not a number of messages a second. Write one like 10 or 0.5"), key,
            safe);
        return FALSE;
    }
    if (!provider_check_rate(key, value, error))
        return FALSE;
    *ret = value;
    return TRUE;
}

gboolean provider_check_connections(const char *key, gint64 value, GError **error)
{
    if (value >= 0 && value <= PROVIDER_CONNECTIONS_MAX)
        return TRUE;
    g_set_error(error, CRIER_ERROR, CRIER_ERROR_INVALID,
                _("%s: %" PRId64 " is not in 0–%d. Write how many messages may be in flight to "
                  "it at once; 0 is no limit"),
                key, value, PROVIDER_CONNECTIONS_MAX);
    return FALSE;
}

char *provider_rate_words(double per_second)
{
    char number[G_ASCII_DTOSTR_BUF_SIZE];
    gboolean is_slow = per_second < 1;
    double shown = is_slow ? 1 / per_second : per_second;
    shown = shown < 100 ? round(shown * 10) / 10 : round(shown);
    g_ascii_formatd(number, sizeof number, "%.10g", shown);
    return g_strdup_printf(is_slow ? _("one in %s s") : _("%s a second"), number);
}
