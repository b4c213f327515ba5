/*
 * Everything that is held of one person, and lists of people as CSV. Reading only.
 */
#include "config.h"

#include "app/people_data.h"

#include <string.h>

#include "app/evidence.h"
#include "app/said_view.h"
#include "app/shapes.h"
#include "base/error.h"
#include "base/i18n.h"
#include "base/text.h"
#include "store/audit.h"
#include "store/bin.h"
#include "store/deliveries.h"
#include "store/people.h"
#include "transfer/csvfile.h"

#define PAGE_ROWS 1000

/* ---- one person ---- */

static gboolean put_tries(struct db *db, struct json_writer *w, gint64 delivery_id,
                          GError **error)
{
    g_autoptr(GPtrArray) tries = deliveries_attempts(db, delivery_id, error);
    if (!tries)
        return FALSE;
    json_key(w, "tries");
    json_begin_array(w);
    for (guint i = 0; i < tries->len; i++)
        shape_attempt(w, g_ptr_array_index(tries, i));
    json_end_array(w);
    return TRUE;
}

static gboolean put_mail(struct db *db, struct json_writer *w, const char *address_key,
                         gint64 person_id, guint *ret_n, GError **error)
{
    g_autoptr(GArray) ids = deliveries_of_address(db, address_key, person_id, error);
    gboolean ok = ids != NULL;
    json_key(w, "mail");
    json_begin_array(w);
    for (guint i = 0; ok && i < ids->len; i++) {
        struct person_delivery d = {0};
        ok = deliveries_get(db, g_array_index(ids, gint64, i), &d, error);
        if (!ok)
            break;
        json_begin_object(w);
        json_kv_string(w, "campaign", d.campaign);
        shape_delivery_members(w, &d.d);
        ok = put_tries(db, w, d.d.id, error);
        json_end_object(w);
        person_delivery_clear(&d);
    }
    json_end_array(w);
    *ret_n = ids ? ids->len : 0;
    return ok;
}

gboolean people_data_came_back(struct db *db, struct json_writer *w, const struct person *p,
                               int max, GError **error)
{
    gint64 n = 0, most = 0;
    g_autoptr(GPtrArray) all = said_view_of_person(db, p->address_key, p->id, max, error);
    if (!all || !evidence_soft_row(db, p->address_key, p->id, &n, &most, error))
        return FALSE;
    json_key(w, "came_back");
    json_begin_array(w);
    for (guint i = 0; i < all->len; i++)
        said_view_json(w, g_ptr_array_index(all, i));
    json_end_array(w);
    json_kv_int(w, "soft_in_a_row", n);
    json_kv_int(w, "soft_most", most);
    return TRUE;
}

static void put_audit_row(struct json_writer *w, const struct audit_row *r)
{
    json_begin_object(w);
    shape_time(w, "time", r->at_us);
    json_kv_string(w, "actor", r->actor);
    json_kv_string(w, "action", r->action);
    json_kv_string(w, "noun", r->noun);
    json_kv_string(w, "name", r->name);
    json_kv_string(w, "detail", r->detail);
    json_end_object(w);
}

/* The audit names people and suppressions by number. */
static gboolean put_audit(struct db *db, struct json_writer *w, gint64 person_id,
                          const GPtrArray *suppressions, GError **error)
{
    g_autofree char *name = g_strdup_printf("#%" G_GINT64_FORMAT, person_id);
    g_autofree char *detail = g_strdup_printf("person #%" G_GINT64_FORMAT, person_id);
    g_autoptr(GPtrArray) rows =
        audit_about(db, "person", person_id > 0 ? name : "", detail, error);
    gboolean ok = rows != NULL;
    json_key(w, "audit");
    json_begin_array(w);
    for (guint i = 0; ok && i < rows->len; i++)
        put_audit_row(w, g_ptr_array_index(rows, i));
    for (guint i = 0; ok && i < suppressions->len; i++) {
        const struct suppression *s = g_ptr_array_index(suppressions, i);
        g_autofree char *number = g_strdup_printf("#%" G_GINT64_FORMAT, s->id);
        g_autoptr(GPtrArray) more = audit_about(db, "suppression", number, NULL, error);
        ok = more != NULL;
        for (guint k = 0; ok && k < more->len; k++)
            put_audit_row(w, g_ptr_array_index(more, k));
    }
    json_end_array(w);
    return ok;
}

static gboolean put_imports(struct db *db, struct json_writer *w, gint64 person_id,
                            GError **error)
{
    g_autoptr(GPtrArray) rows = imports_of_person(db, person_id, error);
    if (!rows)
        return FALSE;
    json_key(w, "imports");
    json_begin_array(w);
    for (guint i = 0; i < rows->len; i++)
        shape_import(w, g_ptr_array_index(rows, i));
    json_end_array(w);
    return TRUE;
}

/* In the bin, or for an undo. */
static gboolean put_kept(struct db *db, struct json_writer *w, const struct person *p,
                         guint *ret_n, GError **error)
{
    g_autoptr(GPtrArray) all = bin_held_of(db, p->id, p->address_key, error);
    if (!all)
        return FALSE;
    json_key(w, "kept");
    json_begin_array(w);
    for (guint i = 0; i < all->len; i++) {
        const char *text = all->pdata[i];
        struct json *one = json_parse(text, strlen(text), NULL);
        if (one)
            json_put_value(w, one);
        json_unref(one);
    }
    json_end_array(w);
    *ret_n = all->len;
    return TRUE;
}

/* Somebody who is not known any more has number 0. */
static gboolean find(struct db *db, const char *address_key, struct person *p, GError **error)
{
    g_autoptr(GError) why = NULL;
    if (people_get(db, address_key, p, &why))
        return TRUE;
    if (!g_error_matches(why, CRIER_ERROR, CRIER_ERROR_NOT_FOUND)) {
        g_propagate_error(error, g_steal_pointer(&why));
        return FALSE;
    }
    p->address = g_strdup(address_key);
    p->address_key = g_strdup(address_key);
    return TRUE;
}

static gboolean fail_nothing(const char *address_key, GError **error)
{
    g_autofree char *safe = text_safe(address_key, -1, 320);
    g_set_error(error, CRIER_ERROR, CRIER_ERROR_NOT_FOUND,
                _("nothing is held under the address %s. Check how it is written"), safe);
    return FALSE;
}

static gboolean write_person(struct db *db, const struct person *p, struct json_writer *w,
                             GError **error)
{
    g_autoptr(GPtrArray) lists = membership_of(db, p->id, error);
    g_autoptr(GPtrArray) suppressions =
        lists ? suppression_of(db, p->address_key, error) : NULL;
    guint n_mail = 0, n_kept = 0;
    if (!suppressions)
        return FALSE;
    json_begin_object(w);
    json_kv_bool(w, "known", p->id > 0);
    shape_person_members(w, p, lists, suppressions);
    gboolean ok = put_mail(db, w, p->address_key, p->id, &n_mail, error) &&
                  people_data_came_back(db, w, p, G_MAXINT, error) &&
                  put_imports(db, w, p->id, error) && put_kept(db, w, p, &n_kept, error) &&
                  put_audit(db, w, p->id, suppressions, error);
    json_end_object(w);
    if (ok && p->id == 0 && n_mail == 0 && n_kept == 0 && suppressions->len == 0)
        return fail_nothing(p->address_key, error);
    return ok;
}

gboolean people_data_write(struct db *db, const char *address_key, struct json_writer *w,
                           GError **error)
{
    struct person p = {0};
    gboolean ok = find(db, address_key, &p, error) && write_person(db, &p, w, error);
    person_clear(&p);
    return ok;
}

/* ---- a list as CSV ---- */

typedef gboolean (*person_taker)(const struct person *p, const struct json *fields, void *data);

static gboolean each_person(struct db *db, gint64 list_id, person_taker take, void *data,
                            GError **error)
{
    gint64 after = 0;
    for (guint n = PAGE_ROWS; n == PAGE_ROWS;) {
        g_autoptr(GPtrArray) page = people_page(db, list_id, after, PAGE_ROWS, error);
        if (!page)
            return FALSE;
        n = page->len;
        for (guint i = 0; i < n; i++) {
            const struct person *p = g_ptr_array_index(page, i);
            struct json *fields = json_parse(p->fields_json, strlen(p->fields_json), NULL);
            take(p, fields, data);
            json_unref(fields);
            after = p->id;
        }
    }
    return TRUE;
}

struct columns {
    GPtrArray *names;  /* owned; of char *, owned by the table */
    GHashTable *known; /* owned */
    gint64 n_people;
};

static void take_name(const char *key, struct json *value, void *data)
{
    struct columns *c = data;
    if (g_hash_table_contains(c->known, key))
        return;
    char *name = g_strdup(key);
    g_hash_table_add(c->known, name);
    g_ptr_array_add(c->names, name);
}

static gboolean take_names(const struct person *p, const struct json *fields, void *data)
{
    json_foreach(fields, take_name, data);
    ((struct columns *)data)->n_people++;
    return TRUE;
}

struct csv_out {
    const struct columns *columns; /* borrowed */
    FILE *out;                     /* borrowed */
    GString *line;                 /* owned */
    gint64 n;
    people_data_progress progress; /* NULL: nobody looks */
    void *data;
};

static gboolean write_row(const struct person *p, const struct json *fields, void *data)
{
    struct csv_out *o = data;
    g_string_truncate(o->line, 0);
    csvfile_put_cell(o->line, p->address, TRUE);
    for (guint i = 0; i < o->columns->names->len; i++) {
        const char *value = json_member_string(fields, g_ptr_array_index(o->columns->names, i));
        csvfile_put_cell(o->line, value ? value : "", FALSE);
    }
    g_string_append(o->line, "\r\n");
    fwrite(o->line->str, 1, o->line->len, o->out);
    o->n++;
    if (o->progress && (o->n % PAGE_ROWS == 0 || o->n == o->columns->n_people))
        o->progress(o->n, o->columns->n_people, o->data);
    return TRUE;
}

gboolean people_data_csv(struct db *db, gint64 list_id, FILE *out,
                         people_data_progress progress, void *data, gint64 *ret_n,
                         GError **error)
{
    struct columns c = {.names = g_ptr_array_new(),
                        .known = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL)};
    struct csv_out o = {.columns = &c,
                        .out = out,
                        .line = g_string_new("address"),
                        .progress = progress,
                        .data = data};
    gboolean ok = each_person(db, list_id, take_names, &c, error);
    for (guint i = 0; ok && i < c.names->len; i++)
        csvfile_put_cell(o.line, g_ptr_array_index(c.names, i), FALSE);
    if (ok) {
        g_string_append(o.line, "\r\n");
        fwrite(o.line->str, 1, o.line->len, out);
        ok = each_person(db, list_id, write_row, &o, error);
    }
    if (ok)
        *ret_n = o.n;
    g_string_free(o.line, TRUE);
    g_ptr_array_unref(c.names);
    g_hash_table_unref(c.known);
    return ok;
}
