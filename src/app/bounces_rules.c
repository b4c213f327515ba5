/*
 * Rules of the user's own: one made of a message's words, and what one would change in the
 * archive. Nothing is changed here.
 */
#include "config.h"

#include "app/bounces.h"

#include <inttypes.h>
#include <string.h>

#include "base/error.h"
#include "base/i18n.h"
#include "inbound/inbound.h"

#define WORDS_LEAST_BYTES 8
#define WORDS_MOST_BYTES 120

/* ---- a pattern of a message ---- */

/* What is another in the next message of the kind: addresses, numbers, links, hosts. */
static gboolean varies(const char *word, gsize len)
{
    for (gsize i = 0; i < len; i++)
        if (g_ascii_isdigit(word[i]) || strchr("@/<>=_", word[i]))
            return TRUE;
    const char *dot = memchr(word, '.', len);
    return dot && dot + 1 < word + len && g_ascii_isalnum(dot[1]);
}

struct piece {
    const char *begin;
    gsize len;
};

/* The longest piece of one sentence whose words do not vary. */
static struct piece longest_piece(const char *text)
{
    struct piece best = {text, 0}, now = {text, 0};
    for (const char *p = text; *p;) {
        gsize n = strcspn(p, " \t\r\n"), blanks = strspn(p + n, " \t\r\n");
        gboolean is_plain = n > 0 && !varies(p, n);
        if (is_plain && now.len == 0)
            now.begin = p;
        if (is_plain)
            now.len = (gsize)(p + n - now.begin);
        if (now.len > WORDS_MOST_BYTES)
            now.len = 0;
        if (now.len > best.len)
            best = now;
        gboolean ends = n > 0 && strchr(".:!?;", p[n - 1]);
        gboolean is_gap = memchr(p + n, '\n', blanks) &&
                          memchr(p + n, '\n', blanks) != memrchr(p + n, '\n', blanks);
        if (!is_plain || ends || is_gap)
            now.len = 0;
        p += n + blanks;
    }
    return best;
}

/* Escaped, with any run of blanks as one: rules are asked of the text in one line. */
static char *as_pattern(struct piece piece)
{
    g_autoptr(GString) line = g_string_new(NULL);
    for (gsize i = 0; i < piece.len; i++) {
        gboolean is_blank = g_ascii_isspace(piece.begin[i]);
        if (!is_blank)
            g_string_append_c(line, piece.begin[i]);
        else if (line->len > 0 && line->str[line->len - 1] != ' ')
            g_string_append_c(line, ' ');
    }
    return g_regex_escape_string(line->str, (int)line->len);
}

/* The words about the recipient say more than the notice around them. */
static char *telling_text(const char *octets, gsize len)
{
    struct inbound *in = inbound_read(octets, len, NULL);
    const struct inbound_item *item = in->items->len > 0 ? in->items->pdata[0] : NULL;
    char *text = item && longest_piece(item->diagnostic).len >= WORDS_LEAST_BYTES
                     ? g_strdup(item->diagnostic)
                     : inbound_text(octets, len);
    inbound_free(in);
    return text;
}

char *bounces_propose_pattern(struct db *db, gint64 inbound_id, GError **error)
{
    g_autoptr(GBytes) raw = inbound_raw(db, inbound_id, error);
    gsize len = 0;
    const char *octets = raw ? g_bytes_get_data(raw, &len) : NULL;
    if (!raw)
        return NULL;
    g_autofree char *text = len > 0 ? telling_text(octets, len) : g_strdup("");
    struct piece piece = longest_piece(text);
    if (piece.len >= WORDS_LEAST_BYTES)
        return as_pattern(piece);
    g_set_error(error, CRIER_ERROR, CRIER_ERROR_INVALID,
                _("message #%" PRId64 " has no words to make a rule of. Write one "
                  "yourself: crier bounce rules add NAME --match REGEX --reason R"),
                inbound_id);
    return NULL;
}

/* ---- what a rule would change ---- */

struct trying {
    const struct bounce_rules *before, *after;
    void (*each)(const struct bounces_trial *t, void *data);
    const struct bounces_job *job;
    struct bounces_tally *tally;
};

static const struct inbound_item *find_item(const struct inbound *in, const char *address)
{
    for (guint i = 0; i < in->items->len; i++) {
        const struct inbound_item *item = in->items->pdata[i];
        if (g_ascii_strcasecmp(item->address, address) == 0)
            return item;
    }
    return NULL;
}

static gboolean same(const struct inbound_item *a, const struct inbound_item *b)
{
    return a && b && a->class == b->class && a->reason == b->reason && a->kind == b->kind;
}

static const char *class_of(const struct inbound_item *item)
{
    return item ? bounce_class_name(item->class) : "";
}

static const char *reason_of(const struct inbound_item *item)
{
    return item ? bounce_reason_row(item->reason)->name : "";
}

static void tell_trial(const struct trying *t, const struct inbound_row *row,
                       const char *address, const struct inbound_item *was,
                       const struct inbound_item *is)
{
    const struct bounces_trial told = {.message = row,
                                       .address = address,
                                       .class_before = class_of(was),
                                       .reason_before = reason_of(was),
                                       .class_after = class_of(is),
                                       .reason_after = reason_of(is),
                                       .is_by_hand = row->state == INBOUND_ASSIGNED};
    t->each(&told, t->job->data);
}

/* Of a mail that names nobody. */
static struct inbound_item nobody(const struct inbound *in)
{
    return (struct inbound_item){
        .kind = in->kind,
        .class = in->rule                  ? in->class
                 : in->kind == MAIL_BOUNCE ? BOUNCE_SOFT
                                           : BOUNCE_NONE,
        .reason = in->rule ? in->reason : BOUNCE_UNKNOWN,
    };
}

static gboolean compare(const struct trying *t, const struct inbound_row *row,
                        const struct inbound *was, const struct inbound *is)
{
    gboolean any = FALSE;
    for (guint i = 0; i < is->items->len; i++) {
        const struct inbound_item *item = is->items->pdata[i];
        const struct inbound_item *old = find_item(was, item->address);
        if (same(old, item))
            continue;
        any = TRUE;
        tell_trial(t, row, item->address, old, item);
    }
    for (guint i = 0; i < was->items->len; i++) {
        const struct inbound_item *old = was->items->pdata[i];
        if (find_item(is, old->address))
            continue;
        any = TRUE;
        tell_trial(t, row, old->address, old, NULL);
    }
    if (was->items->len > 0 || is->items->len > 0)
        return any;
    const struct inbound_item a = nobody(was), b = nobody(is);
    if (same(&a, &b))
        return FALSE;
    tell_trial(t, row, "", &a, &b);
    return TRUE;
}

static gboolean try_one(struct db *db, gint64 id, const struct trying *t, GError **error)
{
    struct inbound_row row = {0};
    g_autoptr(GBytes) raw = inbound_raw(db, id, error);
    if (!raw || !inbound_get(db, id, &row, error))
        return FALSE;
    gsize len = 0;
    const char *octets = g_bytes_get_data(raw, &len);
    t->tally->n_read++;
    t->tally->n_no_text += len == 0;
    if (len > 0) {
        struct inbound *was = inbound_read(octets, len, t->before);
        struct inbound *is = inbound_read(octets, len, t->after);
        gboolean is_other = compare(t, &row, was, is);
        t->tally->n_changed += is_other;
        t->tally->n_by_hand += is_other && row.state == INBOUND_ASSIGNED;
        inbound_free(was);
        inbound_free(is);
    }
    inbound_row_clear(&row);
    return TRUE;
}

static gboolean try_all(struct db *db, const struct bounces_scope *scope,
                        const struct trying *t, GError **error)
{
    gint64 total = 0, last = 0, id = 0;
    if (!inbound_count(db, scope->since_us, scope->only_unknown, &total, &last, error))
        return FALSE;
    for (;;) {
        if (!inbound_next(db, id, scope->since_us, scope->only_unknown, &id, error))
            return FALSE;
        if (id == 0 || id > last)
            return TRUE;
        if (!try_one(db, id, t, error))
            return FALSE;
        if (t->job->progress && !t->job->progress(t->tally->n_read, total, t->job->data)) {
            t->tally->is_stopped = TRUE;
            return TRUE;
        }
    }
}

gboolean bounces_try_rule(struct db *db, const struct bounce_rule *rule,
                          const struct bounces_scope *scope, const struct bounces_job *job,
                          void (*each)(const struct bounces_trial *t, void *data),
                          struct bounces_tally *ret, GError **error)
{
    struct bounces_tally tally = {0};
    struct bounce_rules *before = bounce_rule_load_with(db, rule, TRUE, error);
    struct bounce_rules *after = before ? bounce_rule_load_with(db, rule, FALSE, error) : NULL;
    const struct trying t = {before, after, each, job, &tally};
    gboolean ok = after && try_all(db, scope, &t, error);
    bounce_rules_free(before);
    bounce_rules_free(after);
    if (ok)
        *ret = tally;
    return ok;
}
