/*
 * Suppressions from files: of their own, or rows of an export that must not be mailed. They are
 * gathered and stored many at once.
 */
#include "config.h"

#include "app/import_private.h"
#include "base/error.h"
#include "base/i18n.h"
#include "base/mailaddr.h"

#define SUPPRESSION_BATCH 500

struct pending { /* a suppression that waits for its batch; all owned */
    char *address, *key, *reason, *evidence;
    gint64 list_id;
};

static void pending_free(gpointer p)
{
    struct pending *x = p;
    g_free(x->address);
    g_free(x->key);
    g_free(x->reason);
    g_free(x->evidence);
    g_free(x);
}

/*
 * One transaction for many: each of its own would wait for the disk. They are gathered first,
 * so that no transaction is open while a slow pipe is read.
 */
gboolean import_never_store(struct import_run *r, GError **error)
{
    gint64 n_new = 0, n_same = 0;
    if (!r->pending || r->pending->len == 0)
        return TRUE;
    if (!r->o->dry_run && !db_begin(r->db, error))
        return FALSE;
    for (guint i = 0; i < r->pending->len; i++) {
        const struct pending *x = g_ptr_array_index(r->pending, i);
        gboolean was_there = FALSE;
        if (!r->o->dry_run && !suppression_add(r->db, x->address, x->key, x->list_id, x->reason,
                                               x->evidence, &was_there, error)) {
            db_rollback(r->db);
            return FALSE;
        }
        (*(was_there ? &n_same : &n_new))++;
    }
    if (!r->o->dry_run && !db_commit(r->db, error))
        return FALSE;
    db_give_way(r->db);
    if (r->counts_suppressions) {
        r->counts->n[IMPORT_NEW] += n_new;
        r->counts->n[IMPORT_SAME] += n_same;
    } else {
        r->counts->never_mail += n_new + n_same;
    }
    g_ptr_array_set_size(r->pending, 0);
    return TRUE;
}

gboolean import_never_add(struct import_run *r, const char *address, const char *key,
                          gint64 list_id, const char *reason, const char *evidence,
                          GError **error)
{
    if (!r->seen) {
        r->seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
        r->pending = g_ptr_array_new_with_free_func(pending_free);
    }
    if (!g_hash_table_add(r->seen, g_strdup(key))) {
        r->counts->n[IMPORT_DUPLICATE]++;
        return TRUE;
    }
    struct pending *x = g_new0(struct pending, 1);
    x->address = g_strdup(address);
    x->key = g_strdup(key);
    x->reason = g_strdup(reason);
    x->evidence = g_strdup(evidence);
    x->list_id = list_id;
    g_ptr_array_add(r->pending, x);
    return r->pending->len < SUPPRESSION_BATCH || import_never_store(r, error);
}

static const char *cell_of(const struct import_run *r, const char *const *cells,
                           const char *field)
{
    int i = import_columns_find(&r->columns, field);
    return i >= 0 && *cells[i] ? cells[i] : NULL;
}

static gboolean take_suppression(struct import_run *r, const char *const *cells, gint64 line,
                                 GError **error)
{
    g_autoptr(GError) why = NULL;
    struct mailaddr a;
    if (!mailaddr_parse(cells[r->columns.address], &a, &why)) {
        import_refuse_row(r, line, why->message, cells);
        return TRUE;
    }
    g_autofree char *address = mailaddr_format(&a), *key = mailaddr_key(&a);
    mailaddr_clear(&a);
    const char *reason = cell_of(r, cells, "reason");
    if (!reason)
        reason = r->o->reason ? r->o->reason : "imported";
    if (!g_strv_contains(suppression_reasons(), reason)) {
        g_autofree char *known = g_strjoinv(", ", (char **)suppression_reasons());
        g_autofree char *text = g_strdup_printf(_("the reason is none of %s"), known);
        import_refuse_row(r, line, text, cells);
        return TRUE;
    }
    return import_never_add(r, address, key, r->list_id, reason, cell_of(r, cells, "evidence"),
                            error);
}

gboolean import_suppressions(struct db *db, const struct import_options *o,
                             struct import_counts *ret, GError **error)
{
    struct import_counts counts = {0};
    struct import_run r = {.counts_suppressions = TRUE};
    gboolean ok = import_run_open(&r, db, o, &counts, error) && import_run_check(&r, error) &&
                  import_run_read(&r, take_suppression, error) &&
                  import_never_store(&r, error) && rejects_close(&r.rejects, error);
    import_run_clear(&r);
    if (ok)
        *ret = counts;
    else
        import_counts_clear(&counts);
    return ok;
}
