/*
 * check_host() of RFC 7208. Records are read by spf_parse.c and macros by spf_macro.c; here is
 * what they lead to. Every question goes out by one function, each mechanism is a row of a
 * table, and the limits are counted in one place.
 */
#include "config.h"

#include "doctor/spf.h"

#include <string.h>

#include "base/i18n.h"
#include "base/text.h"
#include "doctor/spf_parse.h"

#define LABEL_MAX 63
#define SHOWN_MAX 200 /* characters of a record in the trail */

const char *spf_result_name(enum spf_result r)
{
    static const char *const names[SPF_RESULT_COUNT] = {
        [SPF_NONE] = "none",           [SPF_NEUTRAL] = "neutral",
        [SPF_PASS] = "pass",           [SPF_FAIL] = "fail",
        [SPF_SOFTFAIL] = "softfail",   [SPF_TEMPERROR] = "temperror",
        [SPF_PERMERROR] = "permerror",
    };
    return names[r];
}

struct walk {
    const struct spf_question *q;
    struct spf_address ip;
    char *local, *sender_domain; /* owned */
    char *validated;             /* owned; of %{p}, for `validated_for` */
    char *validated_for;         /* owned */
    struct spf_verdict *v;
    int depth; /* records within records, for the trail */
    int n_records;
};

struct here {
    struct walk *w;
    const char *domain;
};

/* What a mechanism said. */
enum match { MATCH, NO_MATCH, TEMPORARY, PERMANENT };

static void G_GNUC_PRINTF(2, 3) note(struct walk *w, const char *format, ...)
{
    va_list args;
    if (w->v->trail->len >= SPF_TRAIL_MAX)
        return;
    va_start(args, format);
    g_autofree char *line = g_strdup_vprintf(format, args);
    va_end(args);
    g_autofree char *safe = text_safe(line, -1, 0);
    g_ptr_array_add(w->v->trail, g_strdup_printf("%*s%s", 2 * MAX(w->depth - 1, 0), "", safe));
}

/* The first problem is the one that is told. */
static void take_problem(struct walk *w, char *take_why)
{
    if (w->v->problem)
        g_free(take_why);
    else
        w->v->problem = take_why;
}

/* The innermost: an include that holds a mistake is not the mistake. */
static void decided(struct walk *w, const char *term, const char *domain)
{
    if (w->v->term)
        return;
    w->v->term = g_strdup(term);
    w->v->where = text_safe(domain, -1, 0);
}

/* ---- names and questions ---- */

/* Labels of 1 to 63 octets, and not too long; a dot at the end is none of them. */
static gboolean is_name(const char *name)
{
    gsize len = strlen(name), label = 0;
    if (len > 0 && name[len - 1] == '.')
        len--;
    if (len == 0 || len > SPF_NAME_MAX)
        return FALSE;
    for (gsize i = 0; i <= len; i++) {
        gboolean is_end = i == len || name[i] == '.';
        if (is_end && (label == 0 || label > LABEL_MAX))
            return FALSE;
        label = is_end ? 0 : label + 1;
    }
    return TRUE;
}

/* NULL: no question could be made of that name, as if it did not exist (section 4.3). */
static const struct dns_answer *ask(struct walk *w, const char *name, enum dns_type type)
{
    gsize len = strlen(name);
    g_autofree char *bare = g_strndup(name, len > 0 && name[len - 1] == '.' ? len - 1 : len);
    return is_name(bare) ? w->q->ask(w->q->data, bare, type) : NULL;
}

static gboolean is_void(const struct dns_answer *a)
{
    return !a || a->status == DNS_NO_DATA || a->status == DNS_NO_NAME;
}

static enum dns_type address_type(const struct walk *w)
{
    return w->ip.is_ipv6 ? DNS_AAAA : DNS_A;
}

static enum match temporary(struct walk *w, const struct dns_answer *a)
{
    g_autofree char *name = text_safe(a->name, -1, 0);
    take_problem(w, g_strdup_printf(_("%s %s could not be looked up: %s"), name,
                                    dns_type_name(a->type), a->why));
    return TEMPORARY;
}

/* A term that found nothing; false: one too many. */
static gboolean count_void(struct walk *w, const struct spf_term *t, const char *domain)
{
    if (++w->v->n_voids <= SPF_VOIDS_MAX)
        return TRUE;
    g_autofree char *where = text_safe(domain, -1, 0);
    take_problem(w, g_strdup_printf(_("more than %d of its terms name something that is not in "
                                      "the DNS; the last is '%s' of %s"),
                                    SPF_VOIDS_MAX, t->text, where));
    return FALSE;
}

/* One more question of a term; false: one too many. */
static gboolean count_lookup(struct walk *w, const char *term, const char *domain)
{
    if (++w->v->n_lookups <= SPF_LOOKUPS_MAX)
        return TRUE;
    g_autofree char *where = text_safe(domain, -1, 0);
    take_problem(w, g_strdup_printf(_("it needs more than %d look-ups; one too many is '%s' of "
                                      "%s"),
                                    SPF_LOOKUPS_MAX, term, where));
    return FALSE;
}

/* ---- names of the address (section 5.5) ---- */

static gboolean has_address(const struct walk *w, const struct dns_answer *a, int bits)
{
    for (guint i = 0; a && a->status == DNS_FOUND && i < a->values->len; i++) {
        const struct dns_value *value = a->values->pdata[i];
        struct spf_address address;
        if (spf_address_parse(value->text, &address) &&
            spf_address_within(&w->ip, &address, bits))
            return TRUE;
    }
    return FALSE;
}

/* Equal to it or below it. */
static gboolean is_within(const char *name, const char *domain)
{
    gsize n = strlen(name), d = strlen(domain);
    if (d > 0 && domain[d - 1] == '.')
        d--;
    if (n > 0 && name[n - 1] == '.')
        n--;
    return n >= d && g_ascii_strncasecmp(name + n - d, domain, d) == 0 &&
           (n == d || name[n - d - 1] == '.');
}

static char *pointer_name(const struct spf_address *ip)
{
    static const struct spf_macro_values none;
    struct spf_macro_values v = none;
    v.ip = ip;
    return spf_macro_expand("%{ir}.%{v}.arpa", SPF_MACRO_DOMAIN, &v);
}

/* The names that lead back to the address, of char *. */
static GPtrArray *validate(struct walk *w)
{
    GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
    g_autofree char *pointer = pointer_name(&w->ip);
    const struct dns_answer *a = ask(w, pointer, DNS_PTR);
    if (!a || a->status != DNS_FOUND)
        return names;
    for (guint i = 0; i < a->values->len && i < SPF_NAMES_MAX; i++) {
        const struct dns_value *value = a->values->pdata[i];
        if (has_address(w, ask(w, value->text, address_type(w)), w->ip.is_ipv6 ? 128 : 32))
            g_ptr_array_add(names, g_strdup(value->text));
    }
    return names;
}

/* %{p}: the domain itself, else one below it, else any. */
static const char *validated_name(void *data)
{
    const struct here *h = data;
    struct walk *w = h->w;
    const char *best = NULL;
    int best_rank = 0;
    if (w->validated && strcmp(w->validated_for, h->domain) == 0)
        return w->validated;
    g_autoptr(GPtrArray) names = validate(w);
    for (guint i = 0; i < names->len; i++) {
        const char *name = names->pdata[i];
        int rank = g_ascii_strcasecmp(name, h->domain) == 0 ? 3
                   : is_within(name, h->domain)             ? 2
                                                            : 1;
        if (rank > best_rank) {
            best = name;
            best_rank = rank;
        }
    }
    g_free(w->validated);
    g_free(w->validated_for);
    w->validated = g_strdup(best ? best : "unknown");
    w->validated_for = g_strdup(h->domain);
    return w->validated;
}

/* `text` NULL: the domain itself. NULL: it cannot match. Caller frees. */
static char *expand(struct walk *w, const char *domain, const char *text,
                    enum spf_macro_use use)
{
    struct here here = {w, domain};
    struct spf_macro_values v = {.ip = &w->ip,
                                 .local = w->local,
                                 .sender_domain = w->sender_domain,
                                 .domain = domain,
                                 .hello = w->q->hello ? w->q->hello : "unknown",
                                 .receiver = w->q->receiver ? w->q->receiver : "unknown",
                                 .now_s = w->q->now_s,
                                 .validated = validated_name,
                                 .data = &here};
    return text ? spf_macro_expand(text, use, &v) : g_strdup(domain);
}

/* ---- mechanisms ---- */

static enum spf_result check_domain(struct walk *w, const char *domain, gboolean is_outermost);

struct term_at {
    const struct spf_term *term;
    const char *domain; /* whose record it is in */
    const char *target; /* what it names, expanded */
};

static int bits_of(const struct walk *w, const struct spf_term *t)
{
    return w->ip.is_ipv6 ? t->bits6 : t->bits4;
}

static enum match match_all(struct walk *w, const struct term_at *t)
{
    return MATCH;
}

static enum match match_network(struct walk *w, const struct term_at *t)
{
    return spf_address_within(&w->ip, &t->term->net, bits_of(w, t->term)) ? MATCH : NO_MATCH;
}

/* The result of an answer that may be void. */
static enum match judge_answer(struct walk *w, const struct term_at *t,
                               const struct dns_answer *a, gboolean is_match)
{
    if (a && a->status == DNS_FAILED)
        return temporary(w, a);
    if (a && is_void(a) && !count_void(w, t->term, t->domain))
        return PERMANENT;
    return is_match ? MATCH : NO_MATCH;
}

static enum match match_a(struct walk *w, const struct term_at *t)
{
    const struct dns_answer *a = ask(w, t->target, address_type(w));
    return judge_answer(w, t, a, has_address(w, a, bits_of(w, t->term)));
}

static enum match match_exists(struct walk *w, const struct term_at *t)
{
    const struct dns_answer *a = ask(w, t->target, DNS_A);
    return judge_answer(w, t, a, a && a->status == DNS_FOUND);
}

static enum match match_mx(struct walk *w, const struct term_at *t)
{
    const struct dns_answer *a = ask(w, t->target, DNS_MX);
    enum match said = judge_answer(w, t, a, FALSE);
    if (said != NO_MATCH || is_void(a))
        return said;
    if (a->values->len > SPF_NAMES_MAX) {
        g_autofree char *target = text_safe(t->target, -1, 0);
        take_problem(w, g_strdup_printf(_("'%s': %s has more than %d MX hosts"), t->term->text,
                                        target, SPF_NAMES_MAX));
        return PERMANENT;
    }
    for (guint i = 0; i < a->values->len; i++) {
        const struct dns_value *value = a->values->pdata[i];
        const struct dns_answer *host = ask(w, value->text, address_type(w));
        if (host && host->status == DNS_FAILED)
            return temporary(w, host);
        if (has_address(w, host, bits_of(w, t->term)))
            return MATCH;
    }
    return NO_MATCH;
}

/* An error of the DNS is no match here: the domain has no power over the sender's names. */
static enum match match_ptr(struct walk *w, const struct term_at *t)
{
    g_autoptr(GPtrArray) names = validate(w);
    for (guint i = 0; i < names->len; i++)
        if (is_within(names->pdata[i], t->target))
            return MATCH;
    return NO_MATCH;
}

static enum match match_include(struct walk *w, const struct term_at *t)
{
    g_autofree char *target = text_safe(t->target, -1, 0);
    switch (check_domain(w, t->target, FALSE)) {
    case SPF_PASS:
        return MATCH;
    case SPF_TEMPERROR:
        return TEMPORARY;
    case SPF_PERMERROR:
        return PERMANENT;
    case SPF_NONE:
        take_problem(w,
                     g_strdup_printf(_("'%s': %s has no SPF record"), t->term->text, target));
        return PERMANENT;
    default:
        return NO_MATCH;
    }
}

static enum match match_term(struct walk *w, const struct spf_term *term, const char *domain)
{
    static enum match (*const matchers[SPF_MECHANISM_COUNT])(struct walk *,
                                                             const struct term_at *) = {
        [SPF_ALL] = match_all,     [SPF_INCLUDE] = match_include, [SPF_A] = match_a,
        [SPF_MX] = match_mx,       [SPF_PTR] = match_ptr,         [SPF_IP4] = match_network,
        [SPF_IP6] = match_network, [SPF_EXISTS] = match_exists,
    };
    if (spf_mechanism_asks(term->mechanism) && !count_lookup(w, term->text, domain))
        return PERMANENT;
    g_autofree char *target = expand(w, domain, term->domain, SPF_MACRO_DOMAIN);
    struct term_at t = {term, domain, target};
    return target ? matchers[term->mechanism](w, &t) : NO_MATCH;
}

/* ---- a record ---- */

static enum spf_result result_of(char qualifier)
{
    return qualifier == '-'   ? SPF_FAIL
           : qualifier == '~' ? SPF_SOFTFAIL
           : qualifier == '?' ? SPF_NEUTRAL
                              : SPF_PASS;
}

/* The text that exp= leads to (section 6.2); whatever is wrong with it, there is none. */
static void explain(struct walk *w, const struct spf_record *r, const char *domain)
{
    g_autofree char *name = r->exp ? expand(w, domain, r->exp, SPF_MACRO_DOMAIN) : NULL;
    const struct dns_answer *a = name ? ask(w, name, DNS_TXT) : NULL;
    if (!a || a->status != DNS_FOUND || a->values->len != 1)
        return;
    const struct dns_value *value = a->values->pdata[0];
    if (spf_macro_check(value->text, value->len, SPF_MACRO_TEXT, NULL))
        w->v->explanation = expand(w, domain, value->text, SPF_MACRO_TEXT);
}

static enum spf_result follow_redirect(struct walk *w, const struct spf_record *r,
                                       const char *domain, gboolean is_outermost)
{
    g_autofree char *term = g_strdup_printf("redirect=%s", r->redirect);
    g_autofree char *shown = text_safe(term, -1, SHOWN_MAX);
    if (!count_lookup(w, shown, domain))
        return SPF_PERMERROR;
    g_autofree char *target = expand(w, domain, r->redirect, SPF_MACRO_DOMAIN);
    enum spf_result result = target ? check_domain(w, target, is_outermost) : SPF_NONE;
    if (result != SPF_NONE)
        return result;
    take_problem(w, g_strdup_printf(_("'%s': that domain has no SPF record"), shown));
    return SPF_PERMERROR;
}

/* `is_outermost`: no include is around it, so that its explanation counts. */
static enum spf_result check_record(struct walk *w, const struct spf_record *r,
                                    const char *domain, gboolean is_outermost)
{
    static const char *const words[] = {
        [MATCH] = N_("matches"),
        [NO_MATCH] = N_("does not match"),
        [TEMPORARY] = N_("could not be found out"),
        [PERMANENT] = N_("is a mistake"),
    };
    for (guint i = 0; i < r->terms->len; i++) {
        const struct spf_term *t = r->terms->pdata[i];
        enum match match = match_term(w, t, domain);
        note(w, "%s: %s %s", domain, t->text, _(words[match]));
        if (match == NO_MATCH)
            continue;
        if (is_outermost || match != MATCH)
            decided(w, t->text, domain);
        if (match == TEMPORARY)
            return SPF_TEMPERROR;
        if (match == PERMANENT)
            return SPF_PERMERROR;
        enum spf_result result = result_of(t->qualifier);
        if (result == SPF_FAIL && is_outermost)
            explain(w, r, domain);
        return result;
    }
    return r->redirect ? follow_redirect(w, r, domain, is_outermost) : SPF_NEUTRAL;
}

/* The one record of `a`; NULL: there is none, or there are several. */
static const struct dns_value *select_record(const struct dns_answer *a, guint *ret_n)
{
    const struct dns_value *found = NULL;
    *ret_n = 0;
    for (guint i = 0; i < a->values->len; i++) {
        const struct dns_value *value = a->values->pdata[i];
        if (!spf_is_record(value->text, value->len))
            continue;
        found = value;
        (*ret_n)++;
    }
    return *ret_n == 1 ? found : NULL;
}

static enum spf_result check_text(struct walk *w, const struct dns_value *value,
                                  const char *domain, gboolean is_outermost)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *shown = text_safe(value->text, (gssize)value->len, SHOWN_MAX);
    struct spf_record *r = spf_parse(value->text, value->len, &error);
    note(w, "%s: %s", domain, shown);
    if (!r) {
        g_autofree char *where = text_safe(domain, -1, 0);
        take_problem(
            w, g_strdup_printf(_("the record of %s has a mistake, %s"), where, error->message));
        return SPF_PERMERROR;
    }
    enum spf_result result = check_record(w, r, domain, is_outermost);
    spf_record_free(r);
    return result;
}

/* Depth is bounded by SPF_LOOKUPS_MAX: each step inwards was counted. */
static enum spf_result check_domain(struct walk *w, const char *domain, gboolean is_outermost)
{
    const char *dot = strchr(domain, '.');
    guint n = 0;
    if (!dot || !dot[1] || !is_name(domain))
        return SPF_NONE;
    const struct dns_answer *a = ask(w, domain, DNS_TXT);
    if (a->status == DNS_FAILED) {
        temporary(w, a);
        return SPF_TEMPERROR;
    }
    if (a->status != DNS_FOUND)
        return SPF_NONE;
    const struct dns_value *value = select_record(a, &n);
    if (n == 0)
        return SPF_NONE;
    if (!value) {
        g_autofree char *where = text_safe(domain, -1, 0);
        take_problem(w, g_strdup_printf(_("%s has %u SPF records instead of one"), where, n));
        return SPF_PERMERROR;
    }
    w->v->n_others += w->n_records++ > 0;
    w->depth++;
    enum spf_result result = check_text(w, value, domain, is_outermost);
    w->depth--;
    return result;
}

/* ---- the question ---- */

static void take_sender(struct walk *w)
{
    const char *sender = w->q->sender ? w->q->sender : "";
    const char *at = strrchr(sender, '@');
    w->local =
        at && at > sender ? g_strndup(sender, (gsize)(at - sender)) : g_strdup("postmaster");
    w->sender_domain = g_strdup(at        ? at + 1
                                : *sender ? sender
                                          : (w->q->hello ? w->q->hello : "unknown"));
}

void spf_check(const struct spf_question *q, const char *domain, struct spf_verdict *ret)
{
    struct walk w = {.q = q, .v = ret};
    *ret = (struct spf_verdict){.trail = g_ptr_array_new_with_free_func(g_free)};
    if (!spf_address_parse(q->ip, &w.ip))
        return;
    take_sender(&w);
    ret->result = check_domain(&w, domain, TRUE);
    g_free(w.local);
    g_free(w.sender_domain);
    g_free(w.validated);
    g_free(w.validated_for);
}

void spf_verdict_clear(struct spf_verdict *v)
{
    g_free(v->explanation);
    g_free(v->term);
    g_free(v->where);
    g_free(v->problem);
    if (v->trail)
        g_ptr_array_unref(v->trail);
    *v = (struct spf_verdict){0};
}
