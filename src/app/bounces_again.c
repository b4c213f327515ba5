/*
 * Messages that came back mean another thing: by a person's word, or read anew by today's
 * rules. One after the other, so that it can be stopped anywhere.
 */
#include "config.h"

#include "app/bounces.h"

#include <inttypes.h>
#include <string.h>

#include "app/evidence.h"
#include "base/error.h"
#include "base/i18n.h"
#include "base/mailaddr.h"
#include "inbound/inbound.h"

#define WHY_MOST 20

void bounces_tally_clear(struct bounces_tally *t)
{
    g_clear_pointer(&t->why, g_ptr_array_unref);
    *t = (struct bounces_tally){0};
}

static const struct {
    const char *name;
    enum mail_kind kind;
} as_rows[BOUNCES_AS_COUNT] = {
    [BOUNCES_AS_BOUNCE] = {"bounce", MAIL_BOUNCE},
    [BOUNCES_AS_COMPLAINT] = {"complaint", MAIL_COMPLAINT},
    [BOUNCES_AS_UNSUBSCRIBE] = {"unsubscribe", MAIL_UNSUBSCRIBE},
    [BOUNCES_AS_NOTHING] = {"nothing", MAIL_OTHER},
};

const char *bounces_as_name(enum bounces_as a)
{
    return (unsigned)a < BOUNCES_AS_COUNT ? as_rows[a].name : "?";
}

gboolean bounces_as_parse(const char *name, enum bounces_as *ret)
{
    for (int i = 0; i < BOUNCES_AS_COUNT; i++) {
        if (strcmp(as_rows[i].name, name) != 0)
            continue;
        *ret = (enum bounces_as)i;
        return TRUE;
    }
    return FALSE;
}

/* ---- counting and telling ---- */

static void tell(const struct evidence_change *c, gint64 id, const struct bounces_job *job)
{
    const struct bounces_change told = {.inbound_id = id,
                                        .was = &c->was,
                                        .is = &c->is,
                                        .said_before = c->said_before,
                                        .said_after = c->said_after,
                                        .marked = c->marked,
                                        .unmarked = c->unmarked,
                                        .n_waiting = c->result.n_waiting,
                                        .n_returned = c->result.n_returned};
    if (job->each)
        job->each(&told, job->data);
}

static void count(const struct evidence_change *c, gint64 id, const struct bounces_job *job,
                  struct bounces_tally *t)
{
    t->n_by_hand += c->is_by_hand;
    if (!c->is_changed)
        return;
    t->n_changed++;
    t->n_marked += c->marked->len;
    t->n_unmarked += c->unmarked->len;
    t->n_waiting += c->result.n_waiting;
    t->n_returned += c->result.n_returned;
    tell(c, id, job);
}

/* Between two batches others may write. */
static gboolean go_on(struct db *db, const struct evidence_change *c,
                      const struct bounces_job *job, gint64 total, struct bounces_tally *t)
{
    if (c->open_us == 0)
        db_give_way(db);
    t->is_stopped = job->progress && !job->progress(t->n_read, total, job->data);
    return !t->is_stopped;
}

static void note_why(struct bounces_tally *t, GError *why)
{
    t->n_failed++;
    if (!t->why)
        t->why = g_ptr_array_new_with_free_func(g_free);
    if (t->why->len < WHY_MOST)
        g_ptr_array_add(t->why, g_strdup(why->message));
    g_error_free(why);
}

/* ---- a person's word ---- */

/* Each once; capitals do not tell them apart. */
static void add_address(GPtrArray *all, const char *address)
{
    struct mailaddr a;
    if (!mailaddr_parse(address, &a, NULL))
        return;
    g_autofree char *key = mailaddr_key(&a);
    mailaddr_clear(&a);
    if (!g_ptr_array_find_with_equal_func(all, key, g_str_equal, NULL))
        g_ptr_array_add(all, g_steal_pointer(&key));
}

static gboolean fail_address(gint64 id, guint n, GError **error)
{
    if (n == 0)
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_INVALID,
                    _("message #%" PRId64 " names nobody. Say whom it is about: --address "
                      "ADDRESS"),
                    id);
    else
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_INVALID,
                    _("message #%" PRId64 " names %u addresses. Say which one it is about: "
                      "--address ADDRESS"),
                    id, n);
    return FALSE;
}

static gboolean read_addresses(struct db *db, gint64 id, enum bounces_as as, GPtrArray *all,
                               GError **error)
{
    g_autoptr(GBytes) raw = inbound_raw(db, id, error);
    gsize len = 0;
    const char *octets = raw ? g_bytes_get_data(raw, &len) : NULL;
    if (!raw)
        return FALSE;
    struct inbound *in = inbound_read(octets ? octets : "", len, NULL);
    for (guint i = 0; i < in->items->len; i++)
        add_address(all, ((const struct inbound_item *)in->items->pdata[i])->address);
    /* Who asks is whom it is about. */
    if (all->len == 0 && as == BOUNCES_AS_UNSUBSCRIBE)
        add_address(all, in->sender);
    inbound_free(in);
    return TRUE;
}

/* Whom the message names, and why by what was noted so far. */
static gboolean find_address(struct db *db, gint64 id, const struct bounces_word *word,
                             struct evidence_word *ew, char **ret_address, GError **error)
{
    g_autoptr(GPtrArray) said = said_of_message(db, id, error);
    g_autoptr(GPtrArray) all = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; said && i < said->len; i++)
        add_address(all, ((const struct said *)said->pdata[i])->address);
    if (!said || (all->len == 0 && !read_addresses(db, id, word->as, all, error)))
        return FALSE;
    if (all->len != 1)
        return fail_address(id, all->len, error);
    *ret_address = g_strdup(all->pdata[0]);
    for (guint i = 0; i < said->len && ew->reason == BOUNCE_UNKNOWN; i++)
        bounce_reason_parse(((const struct said *)said->pdata[i])->reason, &ew->reason);
    return TRUE;
}

static gboolean assign_one(struct db *db, gint64 id, const struct bounces_word *word,
                           struct evidence_change *c, GError **error)
{
    struct evidence_word ew = {
        .address = word->address, .kind = as_rows[word->as].kind, .reason = word->reason};
    g_autofree char *found = NULL;
    struct inbound_row there = {0};
    if (word->as == BOUNCES_AS_NOTHING)
        return evidence_assign(db, id, NULL, c, error);
    if (!inbound_get(db, id, &there, error)) /* no such message */
        return FALSE;
    inbound_row_clear(&there);
    if (!word->address && !find_address(db, id, word, &ew, &found, error))
        return FALSE;
    ew.address = word->address ? word->address : found;
    return evidence_assign(db, id, &ew, c, error);
}

/* An error of one message; that of the database ends it all. */
static gboolean is_of_message(const GError *e)
{
    return e->domain == CRIER_ERROR &&
           (e->code == CRIER_ERROR_INVALID || e->code == CRIER_ERROR_NOT_FOUND);
}

gboolean bounces_assign(struct db *db, const gint64 *ids, gsize n,
                        const struct bounces_word *word, const struct bounces_job *job,
                        struct bounces_tally *ret, GError **error)
{
    struct bounces_tally t = {0};
    struct evidence_change c;
    gboolean ok = TRUE;
    evidence_change_init(&c, "assign");
    c.providers = job->providers;
    c.is_dry_run = job->is_dry_run;
    c.is_batched = TRUE;
    for (gsize i = 0; ok && i < n && !t.is_stopped; i++) {
        GError *why = NULL;
        t.n_read++;
        if (assign_one(db, ids[i], word, &c, &why)) {
            count(&c, ids[i], job, &t);
        } else if (is_of_message(why)) {
            note_why(&t, why);
        } else {
            g_propagate_error(error, why);
            ok = FALSE;
        }
        ok = ok && (go_on(db, &c, job, (gint64)n, &t) || TRUE);
    }
    ok = evidence_change_end(db, &c, ok, error) && ok;
    evidence_change_clear(&c);
    if (ok)
        *ret = t;
    else
        bounces_tally_clear(&t);
    return ok;
}

/* ---- reading anew ---- */

static gboolean read_one(struct db *db, gint64 id, const struct bounce_rules *rules,
                         struct evidence_change *c, const struct bounces_job *job,
                         struct bounces_tally *t, GError **error)
{
    g_autoptr(GBytes) raw = inbound_raw(db, id, error);
    gsize len = 0;
    const char *octets = raw ? g_bytes_get_data(raw, &len) : NULL;
    t->n_read++;
    if (!raw)
        return FALSE;
    if (len == 0) {
        t->n_no_text++;
        return TRUE;
    }
    struct inbound *in = inbound_read(octets, len, rules);
    gboolean ok = evidence_read_again(db, id, in, c, error);
    inbound_free(in);
    if (ok)
        count(c, id, job, t);
    return ok;
}

static gboolean read_all(struct db *db, const struct bounces_scope *scope,
                         const struct bounce_rules *rules, struct evidence_change *c,
                         const struct bounces_job *job, struct bounces_tally *t, GError **error)
{
    gint64 total = 0, last = 0, id = 0;
    if (!inbound_count(db, scope->since_us, scope->only_unknown, &total, &last, error))
        return FALSE;
    for (;;) {
        if (!inbound_next(db, id, scope->since_us, scope->only_unknown, &id, error))
            return FALSE;
        /* What comes in meanwhile was read by these rules. */
        if (id == 0 || id > last)
            return TRUE;
        if (!read_one(db, id, rules, c, job, t, error))
            return FALSE;
        if (!go_on(db, c, job, total, t))
            return TRUE;
    }
}

gboolean bounces_rerun(struct db *db, const struct bounces_scope *scope,
                       const struct bounces_job *job, struct bounces_tally *ret, GError **error)
{
    struct bounces_tally t = {0};
    struct evidence_change c;
    struct bounce_rules *rules = bounce_rule_load(db, error);
    if (!rules)
        return FALSE;
    evidence_change_init(&c, "reread");
    c.providers = job->providers;
    c.is_dry_run = job->is_dry_run;
    c.is_batched = TRUE;
    gboolean ok = read_all(db, scope, rules, &c, job, &t, error);
    ok = evidence_change_end(db, &c, ok, error) && ok;
    evidence_change_clear(&c);
    bounce_rules_free(rules);
    if (ok)
        *ret = t;
    return ok;
}
