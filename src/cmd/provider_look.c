/*
 * crier provider look: which hosts take a domain's mail. It asks the DNS and waits, so the
 * worker's supervisor runs it as a child when a campaign's domains have no answer, or an old
 * one; sending does not wait for it.
 */
#include "config.h"

#include "cmd/handlers.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/i18n.h"
#include "base/json.h"
#include "base/log.h"
#include "base/mailaddr.h"
#include "net/dns.h"
#include "store/mx.h"

#define BATCH 64        /* questions at once */
#define BATCHES_MAX 100 /* of one run; the worker runs it again */
#define HOSTS_MAX 10

static const struct output_column columns[] = {
    {"domain", N_("Domain")}, {"status", N_("Answer")}, {"hosts", N_("MX hosts")}, {NULL}};

struct looking {
    struct cmd_context *c;
    struct output *out; /* NULL: nobody is told */
    int n_failed;
};

static const char *const status_names[] = {
    [MX_FOUND] = "found", [MX_NONE] = "none", [MX_FAILED] = "failed"};

static void put_row(struct looking *l, const char *domain, enum mx_status status,
                    const char *hosts)
{
    struct json_writer *w = output_row_begin(l->out);
    json_begin_object(w);
    json_kv_string(w, "domain", domain);
    json_kv_string(w, "status", status_names[status]);
    json_kv_string(w, "hosts", *hosts ? hosts : NULL);
    json_end_object(w);
    output_row_end(l->out);
}

/* The nearest first; the root, which takes none (RFC 7505), is left out. */
static char *hosts_of(const struct dns_answer *a)
{
    g_autoptr(GString) hosts = g_string_new(NULL);
    for (guint i = 0; a->values && i < a->values->len && i < HOSTS_MAX; i++) {
        const struct dns_value *v = a->values->pdata[i];
        char *host = NULL;
        if (*v->text && domain_to_ascii(v->text, &host, NULL))
            g_string_append_printf(hosts, "%s%s", hosts->len > 0 ? " " : "", host);
        g_free(host);
    }
    return g_string_free(g_steal_pointer(&hosts), FALSE);
}

static gboolean keep(struct looking *l, const char *domain, const struct dns_answer *a,
                     GError **error)
{
    g_autofree char *hosts = hosts_of(a);
    enum mx_status status = a->status == DNS_FOUND && *hosts                      ? MX_FOUND
                            : a->status == DNS_FAILED || a->status == DNS_WAITING ? MX_FAILED
                                                                                  : MX_NONE;
    l->n_failed += status == MX_FAILED;
    if (l->out)
        put_row(l, domain, status, hosts);
    return mx_put(l->c->db, domain, hosts, status, clock_wall_us(), error);
}

/* All answers of a batch are there before the first is written: no transaction waits for the
 * DNS. */
static gboolean look_up(struct looking *l, const GPtrArray *domains, guint from, guint n,
                        GError **error)
{
    const struct dns_answer *answers[BATCH];
    struct dns *dns = dns_open(NULL, DNS_TIMEOUT_MS, error);
    if (!dns)
        return FALSE;
    for (guint i = 0; i < n; i++)
        answers[i] = dns_ask(dns, domains->pdata[from + i], DNS_MX);
    dns_wait(dns);
    gboolean ok = db_begin(l->c->db, error);
    gboolean has_begun = ok;
    for (guint i = 0; ok && i < n; i++)
        ok = keep(l, domains->pdata[from + i], answers[i], error);
    ok = ok && db_commit(l->c->db, error);
    if (has_begun && !ok)
        db_rollback(l->c->db);
    dns_close(dns);
    return ok;
}

static gboolean look_up_all(struct looking *l, const GPtrArray *domains, GError **error)
{
    for (guint i = 0; i < domains->len; i += BATCH)
        if (!look_up(l, domains, i, MIN(BATCH, domains->len - i), error))
            return FALSE;
    return TRUE;
}

static GPtrArray *named(struct cmd_context *c, GError **error)
{
    g_autoptr(GPtrArray) all = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; i < cmd_words(c); i++) {
        char *domain = NULL;
        if (!domain_to_ascii(cmd_word(c, i), &domain, error))
            return NULL;
        g_ptr_array_add(all, domain);
    }
    return g_steal_pointer(&all);
}

int cmd_provider_look(struct cmd_context *c)
{
    GError *error = NULL;
    struct looking l = {.c = c};
    if (cmd_has(c, "background"))
        log_open(c->ws->log_path, "provider", NULL);
    else
        l.out = output_begin(stdout, c->line->format, columns, c->line->fields, &error);
    if (error)
        return cmd_fail(error);
    gboolean ok = TRUE;
    for (int i = 0; ok && i < BATCHES_MAX; i++) {
        g_autoptr(GPtrArray) domains =
            cmd_words(c) > 0 ? named(c, &error) : mx_due(c->db, clock_wall_us(), BATCH, &error);
        ok = domains && look_up_all(&l, domains, &error);
        if (!domains || domains->len == 0 || cmd_words(c) > 0)
            break;
    }
    if (l.out)
        output_end(l.out);
    if (ok && l.n_failed > 0)
        log_info("%d domains gave no answer from the DNS; they are asked for again in an hour",
                 l.n_failed);
    return ok ? 0 : cmd_fail(error);
}
