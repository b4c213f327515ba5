/*
 * One DNS channel and what it has answered. What the answers mean is for the checks.
 */
#include "config.h"

#include "doctor/lookup.h"

#include <string.h>

#include "base/i18n.h"
#include "base/text.h"

#define QUESTION_MS 3000 /* a resolver that must ask others needs more than a moment */
#define SILENT_MAX 2  /* questions without an answer; from then on none is asked */
#define SHOWN_MAX 300 /* characters of one record */
#define VALUES_SHOWN_MAX 10

struct lookup {
    struct dns *dns;     /* owned */
    GHashTable *answers; /* owned; "TXT name" -> const struct dns_answer * */
    int n_silent;
    GPtrArray *given_up; /* owned; of struct dns_answer *: never asked */
};

static void given_up_free(gpointer data)
{
    struct dns_answer *a = data;
    g_free(a->name);
    g_free(a->why);
    g_ptr_array_unref(a->values);
    g_free(a);
}

void lookup_free(struct lookup *l)
{
    if (!l)
        return;
    g_hash_table_unref(l->answers);
    g_ptr_array_unref(l->given_up);
    dns_close(l->dns);
    g_free(l);
}

/* What check 4 found about the name servers themselves; NULL: nothing against them. */
static const char *trouble(const struct doctor *d)
{
    static const char *const codes[] = {"dns-silent", "dns-closed", "dns-refuses", "no-dns"};
    const struct doctor_finding *names = doctor_found(d, "names");
    for (gsize i = 0; names && i < G_N_ELEMENTS(codes); i++)
        if (g_strcmp0(names->code, codes[i]) == 0)
            return names->text;
    return NULL;
}

struct lookup *lookup_of(struct doctor *d, struct doctor_finding *f)
{
    g_autoptr(GError) error = NULL;
    const char *why = trouble(d);
    if (d->facts.lookup)
        return d->facts.lookup;
    if (why) {
        doctor_pass(f, g_strdup_printf(_("not looked at: %s"), why));
        return NULL;
    }
    struct dns *dns = dns_open(NULL, QUESTION_MS, &error);
    if (!dns) {
        doctor_say(f, DOCTOR_WARN, DOCTOR_YOU, "dns-settings", g_strdup(error->message), NULL);
        return NULL;
    }
    struct lookup *l = g_new0(struct lookup, 1);
    l->dns = dns;
    l->answers = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    l->given_up = g_ptr_array_new_with_free_func(given_up_free);
    d->facts.lookup = l;
    return l;
}

/* An answer as of a silent name server, without waiting for it. */
static const struct dns_answer *give_up(struct lookup *l, const char *name, enum dns_type type)
{
    struct dns_answer *a = g_new0(struct dns_answer, 1);
    a->name = g_strdup(name);
    a->type = type;
    a->status = DNS_FAILED;
    a->fault = DNS_FAULT_SILENT;
    a->why = g_strdup(_("no name server answered in time"));
    a->values = g_ptr_array_new();
    g_ptr_array_add(l->given_up, a);
    return a;
}

static const struct dns_answer *wait_for(struct lookup *l, const struct dns_answer *a)
{
    dns_wait(l->dns);
    l->n_silent += a->fault == DNS_FAULT_SILENT;
    return a;
}

const struct dns_answer *lookup_ask(void *data, const char *name, enum dns_type type)
{
    struct lookup *l = data;
    g_autofree char *lower = g_ascii_strdown(name, -1);
    g_autofree char *key = g_strdup_printf("%s %s", dns_type_name(type), lower);
    const struct dns_answer *a = g_hash_table_lookup(l->answers, key);
    if (a)
        return a;
    a = l->n_silent >= SILENT_MAX ? give_up(l, name, type)
                                  : wait_for(l, dns_ask(l->dns, name, type));
    g_hash_table_insert(l->answers, g_steal_pointer(&key), (gpointer)a);
    return a;
}

const struct dns_answer *lookup_ask_pointer(struct lookup *l, const char *address)
{
    g_autofree char *key = g_strdup_printf("address %s", address);
    const struct dns_answer *a = g_hash_table_lookup(l->answers, key);
    if (a)
        return a;
    a = l->n_silent >= SILENT_MAX ? give_up(l, address, DNS_PTR)
                                  : wait_for(l, dns_ask_pointer(l->dns, address));
    g_hash_table_insert(l->answers, g_steal_pointer(&key), (gpointer)a);
    return a;
}

/* ---- for evidence ---- */

static void append_value(GString *all, const struct dns_answer *a, const struct dns_value *v)
{
    g_autofree char *text = text_safe(v->text, (gssize)v->len, SHOWN_MAX);
    if (a->type == DNS_MX)
        g_string_append_printf(all, "%d %s", v->preference, *text ? text : ".");
    else if (a->type == DNS_SRV)
        g_string_append_printf(all, "%d %d %s:%d", v->preference, v->weight, *text ? text : ".",
                               v->port);
    else
        g_string_append(all, text);
}

char *lookup_words(const struct dns_answer *a)
{
    g_autoptr(GString) all = g_string_new(NULL);
    switch (a->status) {
    case DNS_NO_NAME:
        return g_strdup(_("no such name"));
    case DNS_NO_DATA:
        return g_strdup(_("none"));
    case DNS_FAILED:
        return g_strdup(a->why);
    default:
        break;
    }
    for (guint i = 0; i < a->values->len && i < VALUES_SHOWN_MAX; i++) {
        g_string_append(all, i > 0 ? ", " : "");
        append_value(all, a, a->values->pdata[i]);
    }
    return g_string_free(g_steal_pointer(&all), FALSE);
}

void lookup_show(struct doctor_finding *f, const struct dns_answer *a)
{
    g_autofree char *words = lookup_words(a);
    doctor_evidence(f, "%s %s: %s", a->name, dns_type_name(a->type), words);
}
