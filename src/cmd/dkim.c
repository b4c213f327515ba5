/*
 * crier dkim: keys that sign mail. What a published record means is app/dkim.c's; here the DNS
 * is asked and things are printed.
 */
#include "config.h"

#include "cmd/handlers.h"

#include <string.h>

#include "app/dkim.h"
#include "base/error.h"
#include "base/i18n.h"
#include "base/text.h"
#include "doctor/dkim_answers.h"
#include "message/dkim_record.h"
#include "net/dns.h"

static const struct output_column key_columns[] = {
    {"domain", N_("Domain")},
    {"selector", N_("Selector")},
    {"algorithm", N_("Algorithm")},
    {"enabled", N_("Enabled")},
    {"created", N_("Created"), OUTPUT_TIME},
    {"file", N_("File")},
    {"name", N_("Name"), OUTPUT_TEXT, TRUE},
    {"record", N_("Record"), OUTPUT_TEXT, TRUE},
    {NULL},
};

static const struct output_column finding_columns[] = {
    {"result", N_("Result")},
    {"name", N_("Name")},
    {"text", N_("Finding")},
    {"selector", N_("Selector"), OUTPUT_TEXT, TRUE},
    {NULL},
};

static void put_key(struct json_writer *w, const void *record, void *ws)
{
    g_autofree char *path = dkim_keys_path(ws, record);
    dkim_shape(w, record, path);
}

/* ---- new ---- */

static gboolean take_algorithm(const struct cmd_context *c, enum crypto_key_kind *ret,
                               GError **error)
{
    const char *text = cmd_option(c, "algorithm");
    *ret = CRYPTO_KEY_RSA;
    if (!text)
        return TRUE;
    if (cmd_option(c, "import")) {
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_USAGE,
                    _("--algorithm: an imported key brings its own. Leave it out"));
        return FALSE;
    }
    for (int kind = 0; kind < CRYPTO_KEY_KIND_COUNT; kind++)
        if (strcmp(text, crypto_key_kind_name(kind)) == 0) {
            *ret = kind;
            return TRUE;
        }
    g_autofree char *shown = text_safe(text, -1, 40);
    g_set_error(error, CRIER_ERROR, CRIER_ERROR_USAGE,
                _("--algorithm %s: it must be rsa or ed25519"), shown);
    return FALSE;
}

static void print_key(const struct cmd_context *c, const struct dkim_key *k)
{
    g_autofree char *path = dkim_keys_path(c->ws, k), *shown = text_safe(path, -1, 0);
    g_autofree char *zone = dkim_zone(k);
    if (!k->enabled)
        printf(_("; switched off: no mail is signed with it\n"));
    printf(_("; private key: %s\n%s"), shown, zone);
}

int cmd_dkim_new(struct cmd_context *c)
{
    GError *error = NULL;
    struct dkim_key k = {0};
    enum crypto_key_kind kind;
    if (!take_algorithm(c, &kind, &error) ||
        !dkim_new(c->db, c->ws, cmd_word(c, 0), cmd_option(c, "selector"), kind,
                  cmd_option(c, "import"), &k, &error))
        return cmd_fail(error);
    if (cmd_wants_json(c)) {
        cmd_put_record(c, key_columns, &k, put_key, c->ws);
    } else {
        print_key(c, &k);
        cmd_say(
            _("Put this record into the DNS of %s. When crier dkim check %s finds it, "
              "receivers "
              "can verify what you send; mail from %s and its subdomains is signed from now "
              "on."),
            k.domain, k.domain, k.domain);
    }
    dkim_key_clear(&k);
    return 0;
}

/* ---- show ---- */

static GPtrArray *chosen(const struct cmd_context *c, GError **error)
{
    if (cmd_words(c) > 0)
        return dkim_find(c->db, cmd_word(c, 0), cmd_option(c, "selector"), error);
    if (!cmd_option(c, "selector"))
        return dkim_keys_all(c->db, NULL, error);
    g_set_error(error, CRIER_ERROR, CRIER_ERROR_USAGE, _("--selector: name the domain too"));
    return NULL;
}

int cmd_dkim_show(struct cmd_context *c)
{
    GError *error = NULL;
    g_autoptr(GPtrArray) keys = chosen(c, &error);
    if (!keys)
        return cmd_fail(error);
    if (cmd_words(c) > 0 && c->line->format == OUTPUT_AUTO && !c->line->fields) {
        for (guint i = 0; i < keys->len; i++)
            print_key(c, keys->pdata[i]);
        return 0;
    }
    return cmd_put_list(c, key_columns, keys, put_key, c->ws, error);
}

/* ---- check ---- */

struct asked { /* about one key; borrowed from the struct dns */
    const struct dns_answer *record, *doubled;
};

/* Asks for all keys at once. False when one could not be found out. */
static gboolean ask(struct dns *dns, const GPtrArray *keys, struct asked *ret, GError **error)
{
    for (guint i = 0; i < keys->len; i++) {
        const struct dkim_key *k = keys->pdata[i];
        g_autofree char *name = dkim_answers_name(k), *doubled = dkim_answers_doubled(k);
        ret[i].record = dns_ask(dns, name, DNS_TXT);
        ret[i].doubled = dns_ask(dns, doubled, DNS_TXT);
    }
    dns_wait(dns);
    for (guint i = 0; i < keys->len; i++)
        if (ret[i].record->status == DNS_FAILED) {
            g_set_error(error, CRIER_ERROR, CRIER_ERROR_TRY_AGAIN, _("%s: %s. Try again later"),
                        ret[i].record->name, ret[i].record->why);
            return FALSE;
        }
    return TRUE;
}

static GString *finding_json(const struct dkim_key *k, enum dkim_level level,
                             const char *sentence)
{
    g_autofree char *name = dkim_record_name(k->selector, k->domain);
    GString *json = g_string_new(NULL);
    struct json_writer *w = json_writer_new_string(json, FALSE);
    json_begin_object(w);
    json_kv_string(w, "result", dkim_level_name(level));
    json_kv_string(w, "name", name);
    json_kv_string(w, "selector", k->selector);
    json_kv_string(w, "text", sentence);
    json_end_object(w);
    json_writer_free(w);
    return json;
}

/* Sentences for people, rows for programs. */
static enum dkim_level report(const struct cmd_context *c, const GPtrArray *keys,
                              const struct asked *asked, struct output *rows)
{
    enum dkim_level worst = DKIM_OK;
    for (guint i = 0; i < keys->len; i++) {
        g_autofree char *sentence = NULL;
        enum dkim_level level = dkim_answers_judge(keys->pdata[i], asked[i].record,
                                                   asked[i].doubled, &sentence);
        g_autoptr(GString) json = rows ? finding_json(keys->pdata[i], level, sentence) : NULL;
        g_autofree char *shown = text_safe(sentence, -1, 0);
        if (rows)
            output_row(rows, json->str);
        else
            printf("%s: %s\n", dkim_level_name(level), shown);
        worst = MAX(worst, level);
    }
    return worst;
}

int cmd_dkim_check(struct cmd_context *c)
{
    GError *error = NULL;
    struct output *rows = NULL;
    g_autoptr(GPtrArray) keys = chosen(c, &error);
    struct dns *dns = keys ? dns_open(NULL, DNS_TIMEOUT_MS, &error) : NULL;
    g_autofree struct asked *asked = keys ? g_new0(struct asked, keys->len) : NULL;
    gboolean ok = dns && ask(dns, keys, asked, &error);
    if (ok && (c->line->format != OUTPUT_AUTO || c->line->fields)) {
        rows = output_begin(stdout, c->line->format, finding_columns, c->line->fields, &error);
        ok = rows != NULL;
    }
    enum dkim_level worst = ok ? report(c, keys, asked, rows) : DKIM_FAIL;
    if (rows)
        output_end(rows);
    dns_close(dns);
    if (!ok)
        return cmd_fail(error);
    return worst == DKIM_OK ? 0 : worst == DKIM_WARN ? 4 : 1;
}

/* ---- delete ---- */

int cmd_dkim_delete(struct cmd_context *c)
{
    GError *error = NULL;
    g_autoptr(GPtrArray) keys = chosen(c, &error);
    if (!keys)
        return cmd_fail(error);
    const struct dkim_key *k = keys->pdata[0];
    if (keys->len > 1)
        return cmd_fail(
            g_error_new(CRIER_ERROR, CRIER_ERROR_USAGE,
                        _("%s has %u keys. Name one with --selector, as in --selector "
                          "%s"),
                        k->domain, keys->len, k->selector));
    if (!dkim_keys_delete(c->db, c->ws, k, &error))
        return cmd_fail(error);
    cmd_say(_("The key %s of %s is deleted. Leave its record in the DNS for a week: mail on "
              "its way "
              "is still verified with it."),
            k->selector, k->domain);
    return 0;
}
