/*
 * What can be done with DKIM keys, and what their records in the DNS mean. How things are
 * signed is message/dkim.c's; this file never asks the DNS itself.
 */
#include "config.h"

#include "app/dkim.h"

#include <inttypes.h>
#include <string.h>

#include "app/shapes.h"
#include "base/error.h"
#include "base/file.h"
#include "base/i18n.h"
#include "base/mailaddr.h"
#include "base/process.h"
#include "base/text.h"
#include "message/dkim_record.h"

#define MAX_NAME_BYTES 253
#define MAX_LABEL_BYTES 63
#define WEAK_RSA_BITS 2048

char *dkim_domain(const char *text, GError **error)
{
    char *ascii = NULL;
    if (!domain_to_ascii(text, &ascii, error)) {
        g_prefix_error(error, _("DKIM domain: "));
        return NULL;
    }
    if (strchr(ascii, '.'))
        return ascii;
    g_set_error(
        error, CRIER_ERROR, CRIER_ERROR_INVALID,
        _("DKIM domain: '%s' is a single word. Name the domain that stands in From, as in "
          "example.org"),
        ascii);
    g_free(ascii);
    return NULL;
}

const char *dkim_default_selector(enum crypto_key_kind kind)
{
    return kind == CRYPTO_KEY_ED25519 ? "crier-ed25519" : "crier";
}

/* ---- making ---- */

static gboolean is_selector(const char *text)
{
    if (!text_is_slug(text) || strchr(text, '_'))
        return FALSE;
    g_auto(GStrv) labels = g_strsplit(text, ".", -1);
    for (char **l = labels; *l; l++) {
        gsize len = strlen(*l);
        if (len == 0 || len > MAX_LABEL_BYTES || (*l)[0] == '-' || (*l)[len - 1] == '-')
            return FALSE;
    }
    return TRUE;
}

static gboolean check_selector(const char *selector, const char *domain, GError **error)
{
    if (!is_selector(selector)) {
        g_autofree char *shown = text_safe(selector, -1, 80);
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_USAGE,
                    _("selector '%s': use a–z, 0–9 and '-', with '.' between words, as in "
                      "crier-2027"),
                    shown);
        return FALSE;
    }
    g_autofree char *name = dkim_record_name(selector, domain);
    if (strlen(name) <= MAX_NAME_BYTES)
        return TRUE;
    g_set_error(
        error, CRIER_ERROR, CRIER_ERROR_USAGE,
        _("selector '%s': with the domain the record's name gets longer than %d characters. "
          "Choose a shorter one"),
        selector, MAX_NAME_BYTES);
    return FALSE;
}

static struct crypto_key *read_key(const char *path, GError **error)
{
    gsize len = 0;
    g_autofree char *shown = text_safe(path, -1, 0);
    char *pem = file_read(path, CRYPTO_KEY_MAX_PEM_BYTES, &len, error);
    if (!pem)
        return NULL;
    struct crypto_key *key = crypto_key_parse(pem, len, error);
    process_wipe(pem);
    if (!key)
        g_prefix_error(error, "%s: ", shown);
    return key;
}

/* The one row of this domain and selector into `ret`. */
static gboolean get(struct db *db, const char *domain, const char *selector,
                    struct dkim_key *ret, GError **error)
{
    g_autoptr(GPtrArray) found = dkim_find(db, domain, selector, error);
    if (!found)
        return FALSE;
    struct dkim_key *k = found->pdata[0];
    *ret = *k;
    memset(k, 0, sizeof *k);
    return TRUE;
}

gboolean dkim_new(struct db *db, const struct workspace *w, const char *domain,
                  const char *selector, enum crypto_key_kind kind, const char *import,
                  struct dkim_key *ret, GError **error)
{
    g_autofree char *ascii = dkim_domain(domain, error);
    if (!ascii || (selector && !check_selector(selector, ascii, error)))
        return FALSE;
    struct crypto_key *key = import ? read_key(import, error) : crypto_key_generate(kind);
    if (!key)
        return FALSE;
    if (!selector)
        selector = dkim_default_selector(crypto_key_kind(key));
    gboolean ok = check_selector(selector, ascii, error) &&
                  dkim_keys_add(db, w, ascii, selector, key, error) &&
                  get(db, ascii, selector, ret, error);
    crypto_key_unref(key);
    return ok;
}

/* ---- finding ---- */

static void fail_not_found(const char *domain, const char *selector, const GPtrArray *all,
                           GError **error)
{
    g_autoptr(GString) names = g_string_new(NULL);
    g_autofree char *shown = selector ? text_safe(selector, -1, 80) : NULL;
    for (guint i = 0; i < all->len; i++)
        g_string_append_printf(names, "%s%s", i > 0 ? ", " : "",
                               ((struct dkim_key *)all->pdata[i])->selector);
    if (all->len == 0)
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_NOT_FOUND,
                    _("%s has no DKIM key. Make one with: crier dkim new %s"), domain, domain);
    else
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_NOT_FOUND,
                    _("%s has no DKIM key with selector '%s', only: %s"), domain, shown,
                    names->str);
}

static gboolean has_selector(const GPtrArray *keys, const char *selector)
{
    for (guint i = 0; i < keys->len; i++)
        if (strcmp(((struct dkim_key *)keys->pdata[i])->selector, selector) == 0)
            return TRUE;
    return FALSE;
}

GPtrArray *dkim_find(struct db *db, const char *domain, const char *selector, GError **error)
{
    g_autofree char *ascii = dkim_domain(domain, error);
    g_autoptr(GPtrArray) keys = ascii ? dkim_keys_all(db, ascii, error) : NULL;
    if (!keys)
        return NULL;
    if (keys->len == 0 || (selector && !has_selector(keys, selector))) {
        fail_not_found(ascii, selector, keys, error);
        return NULL;
    }
    for (guint i = keys->len; selector && i-- > 0;)
        if (strcmp(((struct dkim_key *)keys->pdata[i])->selector, selector) != 0)
            g_ptr_array_remove_index(keys, i);
    return g_steal_pointer(&keys);
}

char *dkim_zone(const struct dkim_key *k)
{
    g_autofree char *text = dkim_record_text(k->kind, k->public_key);
    return dkim_record_zone(k->selector, k->domain, text);
}

void dkim_shape(struct json_writer *w, const struct dkim_key *k, const char *path)
{
    g_autofree char *name = dkim_record_name(k->selector, k->domain);
    g_autofree char *text = dkim_record_text(k->kind, k->public_key);
    json_begin_object(w);
    json_kv_string(w, "domain", k->domain);
    json_kv_string(w, "selector", k->selector);
    json_kv_string(w, "algorithm", crypto_key_kind_name(k->kind));
    json_kv_bool(w, "enabled", k->enabled);
    shape_time(w, "created", k->created_us);
    json_kv_string(w, "name", name);
    json_kv_string(w, "record", text);
    json_kv_string(w, "file", path);
    json_end_object(w);
}

/* ---- what is published ---- */

const char *dkim_level_name(enum dkim_level l)
{
    static const char *const names[] = {
        [DKIM_OK] = "ok", [DKIM_WARN] = "warn", [DKIM_FAIL] = "fail"};
    return names[l];
}

/* By the length of its public half: an octet of the modulus is an octet of the key in DER. */
static gboolean is_weak(const struct dkim_key *k)
{
    return k->kind == CRYPTO_KEY_RSA && strlen(k->public_key) / 4 * 3 < WEAK_RSA_BITS / 8;
}

/* Where no TXT record is. */
static char *say_missing(const struct dkim_key *k, const char *name,
                         const struct dkim_published *p)
{
    if (p->is_doubled)
        return g_strdup_printf(
            _("%s is not published, but %s.%s is: your DNS form adds the domain "
              "by itself. Enter %s._domainkey as the name there"),
            name, name, k->domain, k->selector);
    if (p->alias)
        return g_strdup_printf(
            _("%s is an alias (CNAME) of %s, where no TXT record is. Publish the "
              "key there, or in place of the alias"),
            name, p->alias);
    if (p->has_name)
        return g_strdup_printf(
            _("%s is there, but has no TXT record: the key was published as "
              "another type, or only names below it exist. Publish it as TXT"),
            name);
    return g_strdup_printf(
        _("%s is not published. Put the record that `crier dkim show %s` prints "
          "into the DNS; until it is seen everywhere an hour may pass"),
        name, k->domain);
}

static char *say_state(const struct dkim_key *k, const char *name, enum dkim_record_state state)
{
    switch (state) {
    case DKIM_RECORD_TESTING:
        return g_strdup_printf(
            _("%s has our key, but says t=y (a test): receivers may treat mail "
              "as unsigned. Take t=y out"),
            name);
    case DKIM_RECORD_NONE:
        return g_strdup_printf(
            _("%s has a TXT record, but it is no DKIM key. Publish the record "
              "that `crier dkim show %s` prints"),
            name, k->domain);
    case DKIM_RECORD_BROKEN:
        return g_strdup_printf(
            _("%s has a record that receivers cannot read: quotes, cuts or extra "
              "words got into it. Publish the one that `crier dkim show %s` "
              "prints"),
            name, k->domain);
    case DKIM_RECORD_REVOKED:
        return g_strdup_printf(_("%s is revoked: its p= is empty, and every signature with it "
                                 "fails. Publish the record again, or make a key with another "
                                 "selector"),
                               name);
    case DKIM_RECORD_OTHER_KIND:
        return g_strdup_printf(
            _("%s has a key of another algorithm than ours (%s). Publish the "
              "record that `crier dkim show %s` prints"),
            name, crypto_key_kind_name(k->kind), k->domain);
    case DKIM_RECORD_OTHER_KEY:
        return g_strdup_printf(_("%s has another key than ours, so that every signature fails. "
                                 "Publish the record that `crier dkim show %s` prints"),
                               name, k->domain);
    case DKIM_RECORD_NOT_MAIL:
        return g_strdup_printf(
            _("%s has our key, but its s= or h= does not allow mail signed with "
              "SHA-256. Take s= and h= out"),
            name);
    default:
        return g_strdup_printf(_("%s is published and has our key"), name);
    }
}

/* Ours alone, which may still be less than it should be. */
static enum dkim_level judge_ours(const struct dkim_key *k, const char *name,
                                  const struct dkim_published *p, char **ret_sentence)
{
    *ret_sentence =
        !k->enabled  ? g_strdup_printf(_("%s is published, but the key is switched off"), name)
        : is_weak(k) ? g_strdup_printf(_("%s is published, but the key is shorter than "
                                         "%d bits. Make a new one"),
                                       name, WEAK_RSA_BITS)
        : p->alias   ? g_strdup_printf(_("%s is published (by way of %s) and has our "
                                           "key"),
                                       name, p->alias)
                     : say_state(k, name, DKIM_RECORD_OURS);
    return !k->enabled || is_weak(k) ? DKIM_WARN : DKIM_OK;
}

enum dkim_level dkim_judge(const struct dkim_key *k, const struct dkim_published *p,
                           char **ret_sentence)
{
    g_autofree char *name = dkim_record_name(k->selector, k->domain);
    enum dkim_record_state state = DKIM_RECORD_NONE;
    guint n_keys = 0;
    for (guint i = 0; i < p->texts->len; i++) {
        const GString *text = p->texts->pdata[i];
        enum dkim_record_state one =
            dkim_record_compare(text->str, text->len, k->kind, k->public_key);
        n_keys += one != DKIM_RECORD_NONE;
        if (n_keys == 1 && one != DKIM_RECORD_NONE)
            state = one;
    }
    if (p->texts->len == 0) {
        *ret_sentence = say_missing(k, name, p);
        return DKIM_FAIL;
    }
    if (n_keys > 1) { /* RFC 6376, 3.6.2.2: then anything may happen */
        *ret_sentence =
            g_strdup_printf(_("%s has %u key records, and receivers may take any of "
                              "them. Leave only ours"),
                            name, n_keys);
        return DKIM_FAIL;
    }
    if (state == DKIM_RECORD_OURS && p->texts->len > 1) {
        *ret_sentence =
            g_strdup_printf(_("%s has our key, and other TXT records beside it, which "
                              "some receivers stumble over. Leave only the key"),
                            name);
        return DKIM_WARN;
    }
    if (state == DKIM_RECORD_OURS)
        return judge_ours(k, name, p, ret_sentence);
    *ret_sentence = say_state(k, name, state);
    return state == DKIM_RECORD_TESTING ? DKIM_WARN : DKIM_FAIL;
}

/* ---- signing ---- */

struct dkim_ring {
    GHashTable *by_domain; /* owned; char * -> struct holder * */
    char *rows;            /* owned; which rows it was made of */
    gboolean has_trouble;
};

struct holder {         /* what a domain has */
    GPtrArray *signers; /* owned; of struct dkim_signer * */
    GError *trouble;    /* owned; NULL: all its keys are well */
};

static void signer_unref(gpointer s)
{
    dkim_signer_unref(s);
}

static void holder_free(gpointer data)
{
    struct holder *h = data;
    g_ptr_array_unref(h->signers);
    g_clear_error(&h->trouble);
    g_free(h);
}

static void ring_add(struct dkim_ring *r, const struct workspace *w, const struct dkim_key *k)
{
    struct holder *h = g_hash_table_lookup(r->by_domain, k->domain);
    if (!h) {
        h = g_new0(struct holder, 1);
        h->signers = g_ptr_array_new_with_free_func(signer_unref);
        g_hash_table_insert(r->by_domain, g_strdup(k->domain), h);
    }
    struct crypto_key *key = h->trouble ? NULL : dkim_keys_load(w, k, &h->trouble);
    if (key)
        g_ptr_array_add(h->signers, dkim_signer_new(k->domain, k->selector, key));
    r->has_trouble = r->has_trouble || h->trouble;
    crypto_key_unref(key);
}

/* With the key: the id of a deleted row may come again. */
static char *rows_of(const GPtrArray *keys)
{
    GString *rows = g_string_new(NULL);
    for (guint i = 0; i < keys->len; i++) {
        const struct dkim_key *k = keys->pdata[i];
        g_string_append_printf(rows, "%" PRId64 "%c%s ", k->id, k->enabled ? '+' : '-',
                               k->public_key);
    }
    return g_string_free(rows, FALSE);
}

gboolean dkim_ring_is_current(const struct dkim_ring *r, struct db *db)
{
    g_autoptr(GPtrArray) all = dkim_keys_all(db, NULL, NULL);
    g_autofree char *rows = all ? rows_of(all) : NULL;
    return !r->has_trouble && rows && strcmp(rows, r->rows) == 0;
}

struct dkim_ring *dkim_ring_load(struct db *db, const struct workspace *w, GError **error)
{
    g_autoptr(GPtrArray) all = dkim_keys_all(db, NULL, error);
    if (!all)
        return NULL;
    struct dkim_ring *r = g_new0(struct dkim_ring, 1);
    r->by_domain = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, holder_free);
    for (guint i = 0; i < all->len; i++) {
        const struct dkim_key *k = all->pdata[i];
        if (k->enabled)
            ring_add(r, w, k);
    }
    r->rows = rows_of(all);
    return r;
}

void dkim_ring_free(struct dkim_ring *r)
{
    if (!r)
        return;
    g_hash_table_unref(r->by_domain);
    g_free(r->rows);
    g_free(r);
}

gboolean dkim_ring_signers(const struct dkim_ring *r, const char *from_domain,
                           const GPtrArray **ret, GError **error)
{
    const struct holder *h = NULL;
    for (const char *domain = from_domain; !h && domain && strchr(domain, '.');
         domain = strchr(domain, '.') + 1)
        h = g_hash_table_lookup(r->by_domain, domain);
    if (h && h->trouble) {
        if (error)
            *error = g_error_copy(h->trouble);
        return FALSE;
    }
    *ret = h ? h->signers : NULL;
    return TRUE;
}
