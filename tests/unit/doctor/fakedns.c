/* The table, its aliases, and answers made of it. */
#include "config.h"

#include "fakedns.h"

#include <string.h>

#define ALIASES_MAX 10

struct record {
    char *name;
    enum dns_type type;
    char *data;
    gsize len;
};

static void record_free(gpointer data)
{
    struct record *r = data;
    g_free(r->name);
    g_free(r->data);
    g_free(r);
}

static void value_free(gpointer data)
{
    struct dns_value *v = data;
    g_free(v->text);
    g_free(v);
}

static void answer_free(gpointer data)
{
    struct dns_answer *a = data;
    g_free(a->name);
    g_free(a->alias);
    g_free(a->why);
    g_ptr_array_unref(a->values);
    g_free(a);
}

void fakedns_init(struct fakedns *d)
{
    d->records = g_ptr_array_new_with_free_func(record_free);
    d->failing = g_ptr_array_new_with_free_func(g_free);
    d->answers = g_ptr_array_new_with_free_func(answer_free);
    d->n_asked = 0;
}

void fakedns_clear(struct fakedns *d)
{
    g_ptr_array_unref(d->records);
    g_ptr_array_unref(d->failing);
    g_ptr_array_unref(d->answers);
}

void fakedns_add(struct fakedns *d, const char *name, enum dns_type type, const char *data,
                 gssize len)
{
    struct record *r = g_new0(struct record, 1);
    r->name = g_ascii_strdown(name, -1);
    r->type = type;
    r->len = len < 0 ? strlen(data) : (gsize)len;
    r->data = g_malloc0(r->len + 1);
    memcpy(r->data, data, r->len);
    g_ptr_array_add(d->records, r);
}

void fakedns_fail(struct fakedns *d, const char *name)
{
    g_ptr_array_add(d->failing, g_ascii_strdown(name, -1));
}

/* The numbers before the name, then the name without its dot. */
static struct dns_value *value_of(const struct record *r)
{
    struct dns_value *v = g_new0(struct dns_value, 1);
    int *const numbers[] = {&v->preference, &v->weight, &v->port};
    guint n = r->type == DNS_MX ? 1 : r->type == DNS_SRV ? 3 : 0;
    char *at = r->data;
    for (guint i = 0; i < n; i++) {
        *numbers[i] = (int)strtol(at, &at, 10);
        at += *at == ' ';
    }
    v->len = r->len - (gsize)(at - r->data);
    v->text = g_malloc0(v->len + 1);
    memcpy(v->text, at, v->len);
    if (r->type != DNS_TXT && v->len > 0 && v->text[v->len - 1] == '.')
        v->text[--v->len] = '\0';
    return v;
}

/* Fills `a` from what is at `name`; returns where an alias leads, or NULL. */
static const char *collect(const struct fakedns *d, const char *name, struct dns_answer *a,
                           gboolean *ret_is_there)
{
    for (guint i = 0; i < d->records->len; i++) {
        const struct record *r = d->records->pdata[i];
        if (g_ascii_strcasecmp(r->name, name) != 0)
            continue;
        *ret_is_there = TRUE;
        if (r->type == DNS_CNAME && a->type != DNS_CNAME)
            return r->data;
        if (r->type == a->type)
            g_ptr_array_add(a->values, value_of(r));
    }
    return NULL;
}

static void fail(struct dns_answer *a)
{
    a->status = DNS_FAILED;
    a->fault = DNS_FAULT_SILENT;
    a->why = g_strdup("no name server answered in time");
}

const struct dns_answer *fakedns_ask(void *data, const char *name, enum dns_type type)
{
    struct fakedns *d = data;
    struct dns_answer *a = g_new0(struct dns_answer, 1);
    gboolean is_there = FALSE;
    g_autofree char *at = g_ascii_strdown(name, -1);
    const char *alias = NULL;
    int hops = 0;
    d->n_asked++;
    g_ptr_array_add(d->answers, a);
    a->name = g_strdup(name);
    a->type = type;
    a->values = g_ptr_array_new_with_free_func(value_free);
    while (hops < ALIASES_MAX && (alias = collect(d, at, a, &is_there))) {
        g_free(at);
        at = g_ascii_strdown(alias, -1);
        if (g_str_has_suffix(at, "."))
            at[strlen(at) - 1] = '\0';
        is_there = FALSE;
        hops++;
    }
    a->alias = hops > 0 ? g_strdup(at) : NULL;
    a->status = a->values->len > 0 ? DNS_FOUND : is_there ? DNS_NO_DATA : DNS_NO_NAME;
    if (hops == ALIASES_MAX || (a->values->len == 0 && g_ptr_array_find_with_equal_func(
                                                           d->failing, at, g_str_equal, NULL)))
        fail(a);
    return a;
}
