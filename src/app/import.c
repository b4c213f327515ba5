/*
 * Importing people and suppressions from CSV, row by row. Columns are resolved in
 * import_columns.c; nothing here prints.
 */
#include "config.h"

#include "app/import.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/import_columns.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/i18n.h"
#include "base/mailaddr.h"
#include "base/text.h"
#include "transfer/csvfile.h"

#define PROGRESS_EVERY 500
#define SUPPRESSION_BATCH 1000

/* ---- the file of rejects ---- */

struct rejects {
    FILE *out; /* NULL: nobody asked for it */
    const char *path;
};

static gboolean is_same_file(const char *a, const char *b)
{
    struct stat x, y;
    return stat(a, &x) == 0 && stat(b, &y) == 0 && x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

static gboolean rejects_open(struct rejects *r, const struct import_options *o,
                             const char *const *columns, GError **error)
{
    if (!o->rejects)
        return TRUE;
    if (is_same_file(o->path, o->rejects)) {
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_USAGE,
                    _("--rejects %s: that is the file being read. Name another one"), o->rejects);
        return FALSE;
    }
    int fd = open(o->rejects, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK,
                  0600);
    if (fd < 0 || !(r->out = fdopen(fd, "w"))) {
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_FAILED, _("%s: it cannot be written: %s"),
                    o->rejects, error_why(errno));
        if (fd >= 0)
            close(fd);
        return FALSE;
    }
    r->path = o->rejects;
    g_autoptr(GString) line = g_string_new("line,reason");
    for (const char *const *c = columns; *c; c++)
        csvfile_put_cell(line, *c, FALSE);
    g_string_append(line, "\r\n");
    fwrite(line->str, 1, line->len, r->out);
    return TRUE;
}

static void rejects_put(struct rejects *r, gint64 line_no, const char *reason,
                        const char *const *cells, guint n)
{
    if (!r->out)
        return;
    g_autoptr(GString) line = g_string_new(NULL);
    g_string_append_printf(line, "%" PRId64, line_no);
    csvfile_put_cell(line, reason, FALSE);
    for (guint i = 0; cells && i < n; i++)
        csvfile_put_cell(line, cells[i], FALSE);
    g_string_append(line, "\r\n");
    fwrite(line->str, 1, line->len, r->out);
}

static gboolean rejects_close(struct rejects *r, GError **error)
{
    if (!r->out)
        return TRUE;
    gboolean is_bad = ferror(r->out) != 0;
    is_bad = fclose(r->out) != 0 || is_bad;
    r->out = NULL;
    if (!is_bad)
        return TRUE;
    g_set_error(error, CRIER_ERROR, CRIER_ERROR_TRY_AGAIN,
                _("%s: it could not be written to the end: %s. Make room on the disk and import "
                  "again"),
                r->path, g_strerror(errno));
    return FALSE;
}

/* ---- one import ---- */

struct run {
    struct db *db; /* borrowed, as all but columns and rejects */
    const struct import_options *o;
    struct csvfile *csv;
    struct import_counts *counts;
    struct import_columns columns;
    struct rejects rejects;
    gint64 list_id;
    struct people_import *people; /* NULL for suppressions */
    GPtrArray *pending;           /* of struct pending *, for suppressions; owned */
    GHashTable *seen;             /* suppressions of a dry run and duplicates, by key; owned */
};

typedef gboolean (*row_taker)(struct run *r, const char *const *cells, gint64 line,
                              GError **error);

/* `cells` NULL: a row that could not be read, whose reason names the line itself. */
static void refuse_row(struct run *r, gint64 line, const char *reason, const char *const *cells)
{
    gint64 nth = r->counts->n[IMPORT_INVALID]++;
    if (nth < IMPORT_SHOWN_REASONS)
        r->counts->reasons[nth] = cells ? g_strdup_printf(_("line %" PRId64 ": %s"), line, reason)
                                        : g_strdup(reason);
    rejects_put(&r->rejects, line, reason, cells, r->columns.n);
}

/* The custom fields as a JSON object of strings; NULL and the reason when a cell is too long. */
static char *fields_json(const struct import_columns *c, const char *const *cells, char **ret_why)
{
    g_autoptr(GString) json = g_string_new(NULL);
    struct json_writer *w = json_writer_new_string(json, FALSE);
    json_begin_object(w);
    gboolean ok = TRUE;
    for (guint i = 0; ok && i < c->n; i++) {
        if (!c->fields[i] || !*cells[i])
            continue;
        if (strlen(cells[i]) > PERSON_MAX_FIELD_BYTES) {
            *ret_why = g_strdup_printf(_("the field %s has %zu bytes, and %d are allowed"),
                                       c->fields[i], strlen(cells[i]), PERSON_MAX_FIELD_BYTES);
            ok = FALSE;
        }
        json_kv_string(w, c->fields[i], cells[i]);
    }
    json_end_object(w);
    json_writer_free(w);
    return ok ? g_string_free(g_steal_pointer(&json), FALSE) : NULL;
}

static gboolean take_person(struct run *r, const char *const *cells, gint64 line, GError **error)
{
    g_autoptr(GError) why = NULL;
    struct mailaddr a;
    if (!mailaddr_parse(cells[r->columns.address], &a, &why)) {
        refuse_row(r, line, why->message, cells);
        return TRUE;
    }
    g_autofree char *too_long = NULL;
    struct person p = {
        .address = mailaddr_format(&a),
        .address_key = mailaddr_key(&a),
        .domain = g_strdup(a.domain),
        .fields_json = fields_json(&r->columns, cells, &too_long),
    };
    mailaddr_clear(&a);
    gboolean ok = TRUE;
    if (!p.fields_json)
        refuse_row(r, line, too_long, cells);
    else
        ok = people_import_add(r->people, &p, error);
    person_clear(&p);
    return ok;
}

static gboolean fail_empty(const char *path, GError **error)
{
    g_set_error(error, CRIER_ERROR, CRIER_ERROR_INVALID,
                _("%s: there is nothing below the heading. Nothing was imported"), path);
    return FALSE;
}

static gboolean read_rows(struct run *r, row_taker take, GError **error)
{
    for (;;) {
        const char *const *cells = NULL;
        gint64 line = 0, done, total;
        GError *why = NULL;
        switch (csvfile_next(r->csv, &cells, &line, &why)) {
        case CSVFILE_END:
            return r->counts->rows > 0 || fail_empty(r->o->path, error);
        case CSVFILE_FAILED:
            g_propagate_prefixed_error(error, why, "%s: ", r->o->path);
            return FALSE;
        case CSVFILE_BAD_ROW:
            r->counts->rows++;
            refuse_row(r, line, why->message, NULL);
            g_clear_error(&why);
            break;
        case CSVFILE_ROW:
            r->counts->rows++;
            if (!take(r, cells, line, error))
                return FALSE;
            break;
        }
        if (r->o->progress && r->counts->rows % PROGRESS_EVERY == 0) {
            csvfile_progress(r->csv, &done, &total);
            r->o->progress(done, total, r->o->data);
        }
    }
}

/*
 * Reads a file once to its end before anything is taken from it, so that an open quote in the
 * last line leaves nothing half imported, and a file without rows no trace. Standard input
 * cannot be read twice.
 */
static gboolean check_to_the_end(const char *path, gint64 *ret_rows, GError **error)
{
    *ret_rows = -1;
    if (strcmp(path, "-") == 0)
        return TRUE; /* -1: not known */
    struct csvfile *f = csvfile_open(path, error);
    if (!f)
        return FALSE;
    enum csvfile_status status;
    do {
        const char *const *cells = NULL;
        gint64 line = 0;
        GError *why = NULL;
        status = csvfile_next(f, &cells, &line, &why);
        ++*ret_rows;
        if (status == CSVFILE_FAILED)
            g_propagate_prefixed_error(error, why, "%s: ", path);
        else
            g_clear_error(&why);
    } while (status == CSVFILE_ROW || status == CSVFILE_BAD_ROW);
    csvfile_free(f);
    return status == CSVFILE_END;
}

static gboolean open_files(struct run *r, GError **error)
{
    gint64 n_rows;
    if (!check_to_the_end(r->o->path, &n_rows, error) ||
        !(r->csv = csvfile_open(r->o->path, error)))
        return FALSE;
    const char *const *columns = csvfile_columns(r->csv);
    return import_columns_resolve(r->o->path, columns, r->o->maps, &r->columns, error) &&
           (n_rows != 0 || fail_empty(r->o->path, error)) &&
           rejects_open(&r->rejects, r->o, columns, error);
}

static gboolean find_list(struct run *r, GError **error)
{
    struct list l = {0};
    if (!r->o->list)
        return TRUE;
    if (!list_get(r->db, r->o->list, &l, error))
        return FALSE;
    r->list_id = l.id;
    list_clear(&l);
    return TRUE;
}

static void run_clear(struct run *r)
{
    people_import_free(r->people);
    csvfile_free(r->csv);
    import_columns_clear(&r->columns);
    if (r->rejects.out)
        fclose(r->rejects.out);
    if (r->seen)
        g_hash_table_unref(r->seen);
    if (r->pending)
        g_ptr_array_unref(r->pending);
}

static gboolean run_people(struct run *r, GError **error)
{
    g_autofree char *source = g_path_get_basename(r->o->path);
    g_autofree char *shown = g_strdup_printf("import %s", source);
    struct consent consent = {
        .text = r->o->consent, .source = shown, .at_us = clock_wall_us()};
    r->people = people_import_begin(r->db, r->list_id, shown, &consent, r->o->update,
                                    r->o->dry_run, error);
    if (!r->people || !read_rows(r, take_person, error) ||
        !people_import_finish(r->people, error))
        return FALSE;
    for (int i = 0; i < IMPORT_OUTCOME_COUNT; i++)
        r->counts->n[i] += people_import_count(r->people, i);
    return rejects_close(&r->rejects, error);
}

gboolean import_people(struct db *db, const struct import_options *o, struct import_counts *ret,
                       GError **error)
{
    struct import_counts counts = {0};
    struct run r = {.db = db, .o = o, .counts = &counts, .columns = {.address = -1}};
    gboolean ok = find_list(&r, error) && open_files(&r, error) && run_people(&r, error);
    run_clear(&r);
    if (ok)
        *ret = counts;
    else
        import_counts_clear(&counts);
    return ok;
}

/* ---- suppressions ---- */

static const char *cell_of(const struct run *r, const char *const *cells, const char *field)
{
    int i = import_columns_find(&r->columns, field);
    return i >= 0 && *cells[i] ? cells[i] : NULL;
}

static gboolean is_known_reason(const char *reason)
{
    return g_strv_contains(suppression_reasons(), reason);
}

struct pending { /* a suppression that waits for its batch; all owned */
    char *address, *key, *reason, *evidence;
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
 * One transaction for many: each of its own would wait for the disk. They are gathered first, so that
 * no transaction is open while a slow pipe is read.
 */
static gboolean store_pending(struct run *r, GError **error)
{
    gint64 n_new = 0, n_same = 0;
    if (r->pending->len == 0)
        return TRUE;
    if (!r->o->dry_run && !db_begin(r->db, error))
        return FALSE;
    for (guint i = 0; i < r->pending->len; i++) {
        const struct pending *x = g_ptr_array_index(r->pending, i);
        gboolean was_there = FALSE;
        if (!r->o->dry_run && !suppression_add(r->db, x->address, x->key, r->list_id, x->reason,
                                               x->evidence, &was_there, error)) {
            db_rollback(r->db);
            return FALSE;
        }
        (*(was_there ? &n_same : &n_new))++;
    }
    if (!r->o->dry_run && !db_commit(r->db, error))
        return FALSE;
    r->counts->n[IMPORT_NEW] += n_new;
    r->counts->n[IMPORT_SAME] += n_same;
    g_ptr_array_set_size(r->pending, 0);
    return TRUE;
}

static gboolean take_suppression(struct run *r, const char *const *cells, gint64 line,
                                 GError **error)
{
    g_autoptr(GError) why = NULL;
    struct mailaddr a;
    if (!mailaddr_parse(cells[r->columns.address], &a, &why)) {
        refuse_row(r, line, why->message, cells);
        return TRUE;
    }
    g_autofree char *address = mailaddr_format(&a), *key = mailaddr_key(&a);
    mailaddr_clear(&a);
    const char *reason = cell_of(r, cells, "reason");
    if (!reason)
        reason = r->o->reason ? r->o->reason : "imported";
    if (!is_known_reason(reason)) {
        g_autofree char *known = g_strjoinv(", ", (char **)suppression_reasons());
        g_autofree char *text = g_strdup_printf(_("the reason is none of %s"), known);
        refuse_row(r, line, text, cells);
        return TRUE;
    }
    if (!g_hash_table_add(r->seen, g_strdup(key))) {
        r->counts->n[IMPORT_DUPLICATE]++;
        return TRUE;
    }
    struct pending *x = g_new0(struct pending, 1);
    x->address = g_steal_pointer(&address);
    x->key = g_steal_pointer(&key);
    x->reason = g_strdup(reason);
    x->evidence = g_strdup(cell_of(r, cells, "evidence"));
    g_ptr_array_add(r->pending, x);
    return r->pending->len < SUPPRESSION_BATCH || store_pending(r, error);
}

gboolean import_suppressions(struct db *db, const struct import_options *o,
                             struct import_counts *ret, GError **error)
{
    struct import_counts counts = {0};
    struct run r = {.db = db, .o = o, .counts = &counts, .columns = {.address = -1}};
    r.seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    r.pending = g_ptr_array_new_with_free_func(pending_free);
    gboolean ok = find_list(&r, error) && open_files(&r, error) &&
                  read_rows(&r, take_suppression, error) && store_pending(&r, error) &&
                  rejects_close(&r.rejects, error);
    run_clear(&r);
    if (ok)
        *ret = counts;
    else
        import_counts_clear(&counts);
    return ok;
}

/* ---- counts ---- */

void import_counts_clear(struct import_counts *c)
{
    for (int i = 0; i < IMPORT_SHOWN_REASONS; i++)
        g_clear_pointer(&c->reasons[i], g_free);
    memset(c, 0, sizeof *c);
}

void import_counts_json(struct json_writer *w, const char *path, const struct import_counts *c)
{
    json_begin_object(w);
    json_kv_string(w, "file", path);
    json_kv_int(w, "rows", c->rows);
    for (int i = 0; i < IMPORT_OUTCOME_COUNT; i++)
        json_kv_int(w, import_outcome_name((enum import_outcome)i), c->n[i]);
    json_key(w, "reasons");
    json_begin_array(w);
    for (int i = 0; i < IMPORT_SHOWN_REASONS && c->reasons[i]; i++)
        json_put_string(w, c->reasons[i]);
    json_end_array(w);
    json_end_object(w);
}
