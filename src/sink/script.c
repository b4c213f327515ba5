/*
 * The script of `crier sink`: its rules, asked once an event. Everything it decides is
 * repeatable: shares are taken by a hash of the recipient and the seed, never by chance. How
 * the rules are written is in script_parse.c; what a decision means on the wire is session.c's
 * and smtpd.c's business.
 */
#include "config.h"

#include "sink/script.h"

#include <string.h>

#include "sink/script_rules.h"

static const char *const phase_names[SINK_PHASE_COUNT] = {
    [SINK_CONNECT] = "connect", [SINK_EHLO] = "ehlo", [SINK_MAIL] = "mail",
    [SINK_RCPT] = "rcpt",       [SINK_DATA] = "data", [SINK_DOT] = "dot",
};

const char *script_phase_name(enum sink_phase phase)
{
    g_assert(phase < SINK_PHASE_COUNT);
    return phase_names[phase];
}

static void rule_free(gpointer data)
{
    struct script_rule *r = data;
    g_free(r->pattern);
    g_free(r->text);
    if (r->seen)
        g_hash_table_destroy(r->seen);
    g_free(r);
}

struct script *script_new(void)
{
    struct script *s = g_new0(struct script, 1);
    s->rules = g_ptr_array_new_with_free_func(rule_free);
    return s;
}

void script_free(struct script *s)
{
    if (!s)
        return;
    g_ptr_array_free(s->rules, TRUE);
    g_free(s);
}

/* Greedy with one point to come back to: linear memory, len(pattern) * len(text) at worst. */
gboolean script_glob(const char *pattern, const char *text)
{
    const char *star = NULL, *mark = NULL;
    while (*text) {
        if (*pattern == '*') {
            star = pattern++;
            mark = text;
        } else if (*pattern &&
                   (*pattern == '?' || g_ascii_tolower(*pattern) == g_ascii_tolower(*text))) {
            pattern++;
            text++;
        } else if (star) {
            pattern = star + 1;
            text = ++mark;
        } else {
            return FALSE;
        }
    }
    while (*pattern == '*')
        pattern++;
    return *pattern == '\0';
}

/* FNV-1a, then a finisher (FNV alone leaves the high bits poor). `salt` makes two share rules
 * independent of each other. */
static guint64 hash_key(guint64 seed, guint64 salt, const char *key)
{
    guint64 h = G_GUINT64_CONSTANT(0xcbf29ce484222325) ^ (seed * 0x9e3779b97f4a7c15u);
    h ^= salt * G_GUINT64_CONSTANT(0xd6e8feb86659fd93);
    for (; *key; key++)
        h = (h ^ (guint8)g_ascii_tolower(*key)) * G_GUINT64_CONSTANT(0x100000001b3);
    h ^= h >> 32;
    h *= G_GUINT64_CONSTANT(0xd6e8feb86659fd93);
    return h ^ (h >> 32);
}

static gint64 *recall(struct script_rule *r, const char *key, gint64 now_us,
                      gboolean *ret_is_new)
{
    if (!r->seen)
        r->seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    g_autofree char *folded = g_ascii_strdown(key, -1);
    gint64 *at = g_hash_table_lookup(r->seen, folded);
    *ret_is_new = !at;
    if (!at && g_hash_table_size(r->seen) < SCRIPT_MAX_SEEN) {
        at = g_new(gint64, 1);
        *at = now_us;
        g_hash_table_insert(r->seen, g_steal_pointer(&folded), at);
    }
    return at;
}

/* True when the rule's own condition holds for this key. */
static gboolean rule_fits_key(const struct script *s, struct script_rule *r, gsize index,
                              const char *key, gint64 now_us)
{
    gboolean is_new = FALSE;
    if (r->selector == SELECT_SHARE) {
        if ((gint64)(hash_key(s->seed, index, key) % 1000000) >= r->number)
            return FALSE;
    } else if (!script_glob(r->pattern, key)) {
        return FALSE;
    }
    if (r->selector == SELECT_GREYLIST) {
        gint64 *at = recall(r, key, now_us, &is_new);
        return is_new || (at && r->number && now_us - *at < r->number);
    }
    if (r->is_once) {
        recall(r, key, now_us, &is_new);
        return is_new;
    }
    return TRUE;
}

static gboolean rule_fits(const struct script *s, struct script_rule *r, gsize index,
                          gint64 count, const char *const *keys, gsize n_keys, gint64 now_us)
{
    if (r->selector == SELECT_NTH)
        return count == r->number;
    if (r->selector == SELECT_EVERY)
        return count % r->number == 0;
    for (gsize i = 0; i < n_keys; i++)
        if (rule_fits_key(s, r, index, keys[i], now_us))
            return TRUE;
    return FALSE;
}

struct sink_verdict script_decide(struct script *s, enum sink_phase phase,
                                  const char *const *keys, gsize n_keys, gint64 now_us)
{
    struct sink_verdict v = {.action = SINK_PASS};
    gint64 count = ++s->counts[phase];
    for (guint i = 0; i < s->rules->len; i++) {
        struct script_rule *r = g_ptr_array_index(s->rules, i);
        if (r->phase != phase || !rule_fits(s, r, i, count, keys, n_keys, now_us))
            continue;
        if (r->action == SINK_DELAY) {
            v.delay_ms = MIN(v.delay_ms + r->delay_ms, SCRIPT_MAX_DELAY_MS);
            continue;
        }
        v.action = r->action;
        v.code = r->code;
        v.text = r->text;
        break;
    }
    return v;
}
