/*
 * Batches of messages: read as they come, stored together. What a message means is decided
 * elsewhere.
 */
#include "config.h"

#include "worker/intake.h"

#include <string.h>

#include "app/evidence.h"
#include "app/provider_table.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/i18n.h"
#include "base/log.h"
#include "inbound/inbound.h"
#include "model/bounce.h"
#include "store/bounce_rule.h"
#include "store/inbound.h"
#include "store/mailboxes.h"
#include "worker/guard.h"

#define NAMES_KEPT_US (G_GINT64_CONSTANT(30) * 24 * 3600 * CLOCK_SECOND_US)
#define BATCH_MOST 32
#define BATCH_BYTES (2 * 1024 * 1024)
#define BATCH_WAIT_US (CLOCK_SECOND_US / 4) /* what came shows on the screens within a second */

struct intake {
    struct db *db;                /* borrowed */
    struct provider_table *table; /* owned */
    struct providers *providers;  /* owned; NULL: the table has a mistake */
    struct bounce_rules *rules;   /* owned; NULL: none */
    char *rules_stamp;            /* owned; which ones they are */
    struct guard *guard;          /* owned */
};

struct mail {
    char *uid; /* owned */
    gint64 tag, bytes, received_us;
    GString *raw;         /* owned */
    struct inbound *said; /* owned */
};

struct intake_batch {
    struct intake *in; /* borrowed */
    gint64 mailbox_id, row_version;
    GPtrArray *mails; /* owned; of struct mail */
    gsize n_bytes;
    gint64 since_us; /* monotonic; when the first came */
};

/* ---- tables and rules ---- */

static void load_rules(struct intake *in)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *stamp = bounce_rule_stamp(in->db);
    if (!stamp || g_strcmp0(stamp, in->rules_stamp) == 0)
        return;
    struct bounce_rules *rules = bounce_rule_load(in->db, &error);
    if (!rules) {
        log_warning("%s", error->message);
        return;
    }
    bounce_rules_free(in->rules);
    in->rules = rules;
    g_free(in->rules_stamp);
    in->rules_stamp = g_steal_pointer(&stamp);
}

/* With a mistake in it the last good one holds; without any each domain stands for itself. */
static void load_providers(struct intake *in)
{
    g_autoptr(GError) error = NULL;
    struct providers *now = provider_table_load(in->table, in->db, &error);
    if (!now) {
        log_warning("%s", error->message);
        return;
    }
    providers_free(in->providers);
    in->providers = now;
}

struct intake *intake_new(struct db *db, const struct workspace *ws, const char *guard_path,
                          GError **error)
{
    struct provider_table *table = provider_table_open(ws, error);
    if (!table)
        return NULL;
    struct intake *in = g_new0(struct intake, 1);
    in->db = db;
    in->table = table;
    in->guard = guard_open(guard_path);
    load_providers(in);
    load_rules(in);
    return in;
}

void intake_free(struct intake *in)
{
    if (!in)
        return;
    provider_table_free(in->table);
    providers_free(in->providers);
    bounce_rules_free(in->rules);
    g_free(in->rules_stamp);
    guard_free(in->guard);
    g_free(in);
}

void intake_look(struct intake *in)
{
    if (provider_table_has_changed(in->table, in->db))
        load_providers(in);
    load_rules(in);
}

/* ---- counting ---- */

void intake_counts_add(struct intake_counts *to, const struct intake_counts *more)
{
    to->n_read += more->n_read;
    to->n_there += more->n_there;
    to->n_bounces += more->n_bounces;
    to->n_complaints += more->n_complaints;
    to->n_unsubscribes += more->n_unsubscribes;
    to->n_others += more->n_others;
    to->n_unknown += more->n_unknown;
    to->n_marked += more->n_marked;
    to->n_waiting += more->n_waiting;
    to->n_returned += more->n_returned;
}

static void count(struct intake_counts *c, enum mail_kind kind, const struct evidence_result *r)
{
    c->n_read++;
    if (r->was_there) {
        c->n_there++;
        return;
    }
    switch (kind) {
    case MAIL_BOUNCE:
    case MAIL_DELAYED:
        c->n_bounces++;
        break;
    case MAIL_COMPLAINT:
        c->n_complaints++;
        break;
    case MAIL_UNSUBSCRIBE:
        c->n_unsubscribes++;
        break;
    default:
        c->n_others++;
        break;
    }
    c->n_unknown += r->is_unknown;
    c->n_marked += r->n_marked;
    c->n_waiting += r->n_waiting;
    c->n_returned += r->n_returned;
}

/* ---- batches ---- */

static void mail_free(gpointer p)
{
    struct mail *m = p;
    g_free(m->uid);
    g_string_free(m->raw, TRUE);
    inbound_free(m->said);
    g_free(m);
}

struct intake_batch *intake_batch_new(struct intake *in, const struct mailbox *m)
{
    struct intake_batch *b = g_new0(struct intake_batch, 1);
    b->in = in;
    b->mailbox_id = m->id;
    b->row_version = m->row_version;
    b->mails = g_ptr_array_new_with_free_func(mail_free);
    return b;
}

void intake_batch_free(struct intake_batch *b)
{
    if (!b)
        return;
    if (b->mails->len > 0)
        guard_end(b->in->guard);
    g_ptr_array_unref(b->mails);
    g_free(b);
}

static struct inbound *read_mail(struct intake_batch *b, const char *uid, const GString *raw)
{
    if (guard_begin(b->in->guard, b->mailbox_id, uid))
        return inbound_read(raw->str, raw->len, b->in->rules);
    log_error("message %s ended this program %d times: it is kept unread, and waits for a person",
              uid, GUARD_DEATHS);
    return inbound_read("", 0, NULL);
}

void intake_batch_add(struct intake_batch *b, const char *uid, gint64 tag, GString *raw,
                      gint64 bytes)
{
    struct mail *m = g_new0(struct mail, 1);
    m->uid = g_strdup(uid);
    m->tag = tag;
    m->raw = raw;
    m->bytes = bytes;
    m->received_us = clock_wall_us();
    m->said = read_mail(b, uid, raw);
    if (b->mails->len == 0)
        b->since_us = clock_mono_us();
    b->n_bytes += raw->len;
    g_ptr_array_add(b->mails, m);
}

guint intake_batch_count(const struct intake_batch *b)
{
    return b->mails->len;
}

gboolean intake_batch_is_due(const struct intake_batch *b, gint64 now_us)
{
    guint most = guard_is_careful(b->in->guard) ? 1 : BATCH_MOST;
    return b->mails->len > 0 && (b->mails->len >= most || b->n_bytes >= BATCH_BYTES ||
                                 now_us - b->since_us >= BATCH_WAIT_US);
}

static struct evidence_mail evidence_of(const struct intake_batch *b, const struct mail *m,
                                        gint64 validity)
{
    return (struct evidence_mail){.key = {b->mailbox_id, validity, m->uid},
                                  .received_us = m->received_us,
                                  .raw = m->raw->str,
                                  .len = m->raw->len,
                                  .bytes = m->bytes,
                                  .providers = b->in->providers};
}

static gboolean take_together(struct intake_batch *b, gint64 validity,
                              struct evidence_result *ret, GError **error)
{
    gsize n = b->mails->len;
    g_autofree struct evidence_mail *mails = g_new(struct evidence_mail, n);
    g_autofree struct inbound **said = g_new(struct inbound *, n);
    for (gsize i = 0; i < n; i++) {
        const struct mail *m = b->mails->pdata[i];
        mails[i] = evidence_of(b, m, validity);
        said[i] = m->said;
    }
    return evidence_take_all(b->in->db, mails, said, n, ret, error);
}

/* The same octets as a message of which nothing is known: a person looks at it. */
static gboolean take_as_unknown(struct intake_batch *b, struct mail *m, gint64 validity,
                                struct evidence_result *ret, GError **error)
{
    struct evidence_mail mail = evidence_of(b, m, validity);
    inbound_free(m->said);
    m->said = inbound_read("", 0, NULL);
    return evidence_take(b->in->db, &mail, m->said, ret, error);
}

/* One of them is at fault: it must not keep the others. */
static gboolean take_each(struct intake_batch *b, gint64 validity, struct evidence_result *ret,
                          GError **error)
{
    for (guint i = 0; i < b->mails->len; i++) {
        g_autoptr(GError) why = NULL;
        struct mail *m = b->mails->pdata[i];
        struct evidence_mail mail = evidence_of(b, m, validity);
        if (evidence_take(b->in->db, &mail, m->said, &ret[i], &why))
            continue;
        if (g_error_matches(why, CRIER_ERROR, CRIER_ERROR_TRY_AGAIN)) {
            g_propagate_error(error, g_steal_pointer(&why));
            return FALSE;
        }
        log_warning("message %s: %s. It is kept as it is, and waits for a person", m->uid,
                    why->message);
        if (!take_as_unknown(b, m, validity, &ret[i], error))
            return FALSE;
    }
    return TRUE;
}

static void settle(struct intake_batch *b, const struct evidence_result *results, GArray *tags,
                   struct intake_counts *counts)
{
    for (guint i = 0; i < b->mails->len; i++) {
        const struct mail *m = b->mails->pdata[i];
        g_array_append_val(tags, m->tag);
        count(counts, m->said->kind, &results[i]);
    }
    g_ptr_array_set_size(b->mails, 0);
    b->n_bytes = 0;
}

gboolean intake_batch_commit(struct intake_batch *b, gint64 validity, GArray *tags,
                             struct intake_counts *counts, GError **error)
{
    g_autoptr(GError) why = NULL;
    if (b->mails->len == 0)
        return TRUE;
    if (!mailboxes_is_current(b->in->db, b->mailbox_id, b->row_version)) {
        g_set_error_literal(error, CRIER_ERROR, CRIER_ERROR_TRY_AGAIN,
                            _("the mailbox was changed while it was read"));
        return FALSE;
    }
    g_autofree struct evidence_result *results = g_new0(struct evidence_result, b->mails->len);
    gboolean ok = take_together(b, validity, results, &why);
    if (!ok && g_error_matches(why, CRIER_ERROR, CRIER_ERROR_TRY_AGAIN))
        g_propagate_error(error, g_steal_pointer(&why));
    else if (!ok)
        ok = take_each(b, validity, results, error);
    if (ok) {
        guard_end(b->in->guard);
        settle(b, results, tags, counts);
    }
    return ok;
}

void intake_batch_forget(struct intake_batch *b, gint64 validity, GHashTable *gone)
{
    g_autoptr(GError) why = NULL;
    if (!inbound_forget_keys(b->in->db, b->mailbox_id, validity, gone,
                             clock_wall_us() - NAMES_KEPT_US, &why))
        log_warning("mailbox %" G_GINT64_FORMAT ": names of old messages: %s", b->mailbox_id,
                    why->message);
}

void intake_batch_forget_names(struct intake_batch *b, GHashTable *gone)
{
    g_autoptr(GError) why = NULL;
    if (!inbound_forget_names(b->in->db, b->mailbox_id, gone, &why))
        log_warning("mailbox %" G_GINT64_FORMAT ": names of messages that are gone: %s",
                    b->mailbox_id, why->message);
}
