/*
 * DMARC of RFC 9989. One walk gathers the records above a domain; what applies and whose
 * organization it is follows from them.
 */
#include "config.h"

#include "doctor/dmarc.h"

#include <string.h>

#include "base/text.h"

#define KEPT_LABELS 7 /* of a name above the one that the walk begins at */
#define SHOWN_MAX 300

static const char *const policy_names[] = {
    [DMARC_NONE] = "none", [DMARC_QUARANTINE] = "quarantine", [DMARC_REJECT] = "reject"};

const char *dmarc_policy_name(enum dmarc_policy p)
{
    return p < DMARC_UNSET ? policy_names[p] : "none";
}

/* ---- the record ---- */

static void take_policy(struct dmarc_record *r, enum dmarc_policy *slot, const char *value)
{
    for (int p = DMARC_NONE; p < DMARC_UNSET; p++)
        if (g_ascii_strcasecmp(value, policy_names[p]) == 0) {
            *slot = p;
            return;
        }
    r->is_policy_valid = FALSE;
}

static gboolean has_mailto(const char *value)
{
    g_auto(GStrv) uris = g_strsplit(value, ",", -1);
    for (char **uri = uris; *uri; uri++) {
        const char *u = g_strstrip(*uri);
        if (g_ascii_strncasecmp(u, "mailto:", 7) == 0 && strchr(u + 7, '@'))
            return TRUE;
    }
    return FALSE;
}

/* A tag that is unknown, or has a value it cannot have, is not there. */
static void take_tag(struct dmarc_record *r, const char *tag, const char *value)
{
    static const char *const old[] = {"pct", "rf", "ri"};
    char first = g_ascii_tolower(value[0]);
    gboolean is_one = value[0] && !value[1];
    if (strcmp(tag, "p") == 0)
        take_policy(r, &r->p, value);
    else if (strcmp(tag, "sp") == 0)
        take_policy(r, &r->sp, value);
    else if (strcmp(tag, "np") == 0)
        take_policy(r, &r->np, value);
    else if (strcmp(tag, "aspf") == 0)
        r->is_spf_strict = is_one && first == 's';
    else if (strcmp(tag, "adkim") == 0)
        r->is_dkim_strict = is_one && first == 's';
    else if (strcmp(tag, "t") == 0)
        r->is_testing = is_one && first == 'y';
    else if (strcmp(tag, "psd") == 0)
        r->psd = is_one && (first == 'y' || first == 'n') ? first : 'u';
    else if (strcmp(tag, "rua") == 0)
        r->has_reports = has_mailto(value);
    for (gsize i = 0; i < G_N_ELEMENTS(old); i++)
        r->has_old_tags |= strcmp(tag, old[i]) == 0;
}

gboolean dmarc_parse(const char *text, gsize len, struct dmarc_record *ret)
{
    struct dmarc_record r = {.p = DMARC_UNSET,
                             .sp = DMARC_UNSET,
                             .np = DMARC_UNSET,
                             .is_policy_valid = TRUE,
                             .psd = 'u'};
    if (len == 0 || memchr(text, '\0', len))
        return FALSE;
    g_auto(GStrv) tags = g_strsplit(text, ";", -1);
    for (char **tag = tags; *tag; tag++) {
        char *equals = strchr(*tag, '=');
        g_autofree char *name = g_strndup(*tag, equals ? (gsize)(equals - *tag) : 0);
        const char *value = equals ? g_strstrip(equals + 1) : "";
        g_strstrip(name);
        if (tag == tags) {
            if (!equals || strcmp(name, "v") != 0 || strcmp(value, "DMARC1") != 0)
                return FALSE;
            continue;
        }
        g_autofree char *lower = g_ascii_strdown(name, -1);
        take_tag(&r, lower, value);
    }
    *ret = r;
    return TRUE;
}

/* ---- one name ---- */

struct step { /* one question of a walk */
    char *domain;
    enum dmarc_found found;
    struct dmarc_record record;
    char *text, *why;
};

static void step_free(gpointer data)
{
    struct step *s = data;
    g_free(s->domain);
    g_free(s->text);
    g_free(s->why);
    g_free(s);
}

/* "V=DMARC1" and the like: a record whose writer believes that it counts. */
static gboolean is_meant(const struct dns_value *v)
{
    g_autofree char *start = g_strndup(v->text, MIN(v->len, 40));
    g_autofree char *lower = g_ascii_strdown(start, -1);
    return strstr(lower, "dmarc") != NULL;
}

static void keep_text(struct step *s, const struct dns_value *v)
{
    g_free(s->text);
    s->text = text_safe(v->text, (gssize)v->len, SHOWN_MAX);
}

/* One that counts goes before one that is only meant as such. */
static void read_values(struct step *s, const struct dns_answer *a)
{
    guint n = 0;
    for (guint i = 0; i < a->values->len; i++) {
        const struct dns_value *v = a->values->pdata[i];
        if (dmarc_parse(v->text, v->len, &s->record)) {
            keep_text(s, v);
            s->found = ++n == 1 ? DMARC_FOUND : DMARC_SEVERAL;
        } else if (s->found == DMARC_MISSING && is_meant(v)) {
            keep_text(s, v);
            s->found = DMARC_BROKEN;
        }
    }
}

static struct step *look_at(dmarc_ask *ask, void *data, const char *domain)
{
    struct step *s = g_new0(struct step, 1);
    g_autofree char *name = g_strdup_printf("_dmarc.%s", domain);
    const struct dns_answer *a = ask(data, name, DNS_TXT);
    s->domain = g_strdup(domain);
    s->found = a->status == DNS_FAILED ? DMARC_UNKNOWN : DMARC_MISSING;
    if (a->status == DNS_FAILED)
        s->why = g_strdup(a->why);
    else if (a->status == DNS_FOUND)
        read_values(s, a);
    return s;
}

/* ---- the walk ---- */

static int count_labels(const char *domain)
{
    int n = 1;
    for (const char *c = domain; *c; c++)
        n += *c == '.';
    return n;
}

static const char *parent_of(const char *domain)
{
    const char *dot = strchr(domain, '.');
    return dot ? dot + 1 : NULL;
}

/* From the domain upwards (section 4.10); ends at a record that says where it ends. Of a long
 * name the middle is left out. */
static GPtrArray *walk(dmarc_ask *ask, void *data, const char *domain)
{
    GPtrArray *steps = g_ptr_array_new_with_free_func(step_free);
    for (const char *at = domain; at && steps->len < DMARC_QUERIES_MAX;) {
        struct step *s = look_at(ask, data, at);
        g_ptr_array_add(steps, s);
        if (s->found == DMARC_UNKNOWN || (s->found == DMARC_FOUND && s->record.psd != 'u'))
            break;
        at = parent_of(at);
        while (at && count_labels(at) > KEPT_LABELS)
            at = parent_of(at);
    }
    return steps;
}

/* The ancestor of `domain` with one label more than `above`. */
static const char *one_below(const char *domain, const char *above)
{
    const char *at = domain;
    int n = count_labels(above) + 1;
    while (at && count_labels(at) > n)
        at = parent_of(at);
    return at;
}

static const char *organization_of(const GPtrArray *steps, const char *domain)
{
    const char *shortest = domain;
    for (guint i = 0; i < steps->len; i++) {
        const struct step *s = steps->pdata[i];
        if (s->found != DMARC_FOUND)
            continue;
        if (s->record.psd == 'n')
            return s->domain;
        if (s->record.psd == 'y' && i > 0)
            return one_below(domain, s->domain);
        shortest = s->domain;
    }
    return shortest;
}

char *dmarc_organization(dmarc_ask *ask, void *data, const char *domain)
{
    g_autoptr(GPtrArray) steps = walk(ask, data, domain);
    return g_strdup(organization_of(steps, domain));
}

/* ---- what applies ---- */

/* The record of the domain, else of its organization, else of the suffix above that. */
static const struct step *applies(const GPtrArray *steps, const char *organization)
{
    const struct step *first = steps->pdata[0], *suffix = NULL;
    if (first->found == DMARC_FOUND)
        return first;
    for (guint i = 1; i < steps->len; i++) {
        const struct step *s = steps->pdata[i];
        if (s->found == DMARC_FOUND && strcmp(s->domain, organization) == 0)
            return s;
        if (s->found == DMARC_FOUND && s->record.psd == 'y')
            suffix = s;
    }
    return suffix;
}

/* A trouble on the way, where nothing applies: the first. NULL: it is simply not there. */
static const struct step *trouble(const GPtrArray *steps)
{
    for (guint i = 0; i < steps->len; i++) {
        const struct step *s = steps->pdata[i];
        if (s->found != DMARC_MISSING)
            return s;
    }
    return NULL;
}

static gboolean exists(dmarc_ask *ask, void *data, const char *domain)
{
    static const enum dns_type types[] = {DNS_MX, DNS_A, DNS_AAAA};
    for (gsize i = 0; i < G_N_ELEMENTS(types); i++)
        if (ask(data, domain, types[i])->status != DNS_NO_NAME)
            return TRUE;
    return FALSE;
}

/* Of a domain below the one whose record it is: np, sp, p in that order. */
static enum dmarc_policy policy_below(const struct dmarc_record *r, gboolean exists_itself)
{
    if (!exists_itself && r->np != DMARC_UNSET)
        return r->np;
    return r->sp != DMARC_UNSET ? r->sp : r->p;
}

static void take(struct dmarc_verdict *ret, const struct step *s)
{
    ret->found = s->found;
    ret->where = g_strdup(s->domain);
    ret->text = g_strdup(s->text);
    ret->why = g_strdup(s->why);
    ret->record = s->record;
}

static void set_policy(dmarc_ask *ask, void *data, const char *domain, struct dmarc_verdict *v)
{
    const struct dmarc_record *r = &v->record;
    enum dmarc_policy policy = r->p;
    if (strcmp(v->where, domain) != 0)
        policy = policy_below(r, r->np == DMARC_UNSET || exists(ask, data, domain));
    if (policy == DMARC_UNSET || !r->is_policy_valid)
        policy = DMARC_NONE;
    if (r->is_testing && policy > DMARC_NONE)
        policy--;
    v->policy = policy;
}

void dmarc_discover(dmarc_ask *ask, void *data, const char *domain, struct dmarc_verdict *ret)
{
    g_autoptr(GPtrArray) steps = walk(ask, data, domain);
    const char *organization = organization_of(steps, domain);
    const struct step *found = applies(steps, organization);
    const struct step *wrong = found ? NULL : trouble(steps);
    *ret =
        (struct dmarc_verdict){.found = DMARC_MISSING, .organization = g_strdup(organization)};
    if (found || wrong)
        take(ret, found ? found : wrong);
    if (!found)
        return;
    if (!ret->record.is_policy_valid && !ret->record.has_reports)
        ret->found = DMARC_BROKEN;
    else
        set_policy(ask, data, domain, ret);
}

void dmarc_verdict_clear(struct dmarc_verdict *v)
{
    g_free(v->where);
    g_free(v->text);
    g_free(v->why);
    g_free(v->organization);
    *v = (struct dmarc_verdict){.found = DMARC_MISSING};
}
