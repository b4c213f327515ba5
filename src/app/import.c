/*
 * Importing people from CSV files and exports of other systems, row by row. Columns are
 * resolved in import_columns.c, what a row of an export means is import_preset.c's; nothing
 * here prints.
 */
#include "config.h"

#include "app/import.h"

#include <inttypes.h>
#include <string.h>

#include "app/import_private.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/i18n.h"
#include "base/mailaddr.h"
#include "base/text.h"

#define PROGRESS_EVERY 500

void import_refuse_row(struct import_run *r, gint64 line, const char *reason,
                       const char *const *cells)
{
    gint64 nth = r->counts->n[IMPORT_INVALID]++;
    g_autofree char *text =
        cells ? g_strdup_printf(_("line %" PRId64 ": %s"), line, reason) : g_strdup(reason);
    /* Of a set the file is not the one that was named. */
    if (nth < IMPORT_SHOWN_REASONS)
        r->counts->reasons[nth] = strcmp(r->input->shown, r->o->path) == 0
                                      ? g_strdup(text)
                                      : g_strdup_printf("%s: %s", r->input->shown, text);
    rejects_put(&r->rejects, line, reason, cells, r->columns.n);
}

/* ---- one person ---- */

static gboolean fail_long(const char *field, gsize len, char **ret_why)
{
    *ret_why = g_strdup_printf(_("the field %s has %zu bytes, and %d are allowed"), field, len,
                               PERSON_MAX_FIELD_BYTES);
    return FALSE;
}

/* The custom fields as a JSON object of strings; NULL and the reason when a cell is too long.
 */
static char *fields_json(const struct import_columns *c, const char *const *cells,
                         char **ret_why)
{
    g_autoptr(GString) json = g_string_new(NULL);
    struct json_writer *w = json_writer_new_string(json, FALSE);
    json_begin_object(w);
    gboolean ok = TRUE;
    for (guint i = 0; ok && i < c->n; i++) {
        if (!c->fields[i] || !*cells[i])
            continue;
        if (strlen(cells[i]) > PERSON_MAX_FIELD_BYTES)
            ok = fail_long(c->fields[i], strlen(cells[i]), ret_why);
        json_kv_string(w, c->fields[i], cells[i]);
    }
    json_end_object(w);
    json_writer_free(w);
    return ok ? g_string_free(g_steal_pointer(&json), FALSE) : NULL;
}

static void check_length(const char *key, struct json *value, void *data)
{
    char **why = data;
    const char *text = json_get_string(value);
    if (!*why && text && strlen(text) > PERSON_MAX_FIELD_BYTES)
        fail_long(key, strlen(text), why);
}

/* The same with fields that a preset makes of other cells; a column's own value wins. */
static char *preset_fields_json(const struct import_run *r, const char *const *cells,
                                const char *const *special, char **ret_why)
{
    struct json *fields = json_new_object();
    char *json = NULL;
    if (r->preset->add_fields(special, fields, ret_why)) {
        for (guint i = 0; i < r->columns.n; i++)
            if (r->columns.fields[i] && *cells[i])
                json_set_string(fields, r->columns.fields[i], cells[i]);
        json_foreach(fields, check_length, ret_why);
        if (!*ret_why && json_size(fields) > PERSON_MAX_FIELDS)
            *ret_why = g_strdup_printf(_("it has %zu fields, and a person can have %d"),
                                       json_size(fields), PERSON_MAX_FIELDS);
        if (!*ret_why)
            json = json_dump(fields);
    }
    json_unref(fields);
    return json;
}

/* The cells of the preset's own columns, "" where the file has none. */
static void special_cells(const struct import_run *r, const char *const *cells,
                          const char *ret[PRESET_MAX_COLUMNS])
{
    for (int i = 0; i < PRESET_MAX_COLUMNS; i++)
        ret[i] = r->columns.special[i] >= 0 ? cells[r->columns.special[i]] : "";
}

static gboolean join(struct import_run *r, struct person *p, const char *const *cells,
                     const char *const *special, const struct import_preset_verdict *v,
                     gint64 line, GError **error)
{
    g_autofree char *why = NULL;
    const struct consent own = {.text = v->text ? v->text : r->o->consent,
                                .at_us = v->consent_us > 0 ? v->consent_us : clock_wall_us()};
    p->fields_json = r->preset && r->preset->add_fields
                         ? preset_fields_json(r, cells, special, &why)
                         : fields_json(&r->columns, cells, &why);
    if (!p->fields_json) {
        import_refuse_row(r, line, why, cells);
        return TRUE;
    }
    if (r->seen && g_hash_table_contains(r->seen, p->address_key)) {
        /* Is in the part of those who must not be mailed as well. */
        r->counts->n[IMPORT_SUPPRESSED]++;
        return TRUE;
    }
    gboolean has_own = v->text || v->consent_us > 0;
    return people_import_add_consented(r->people, p, has_own ? &own : NULL, error);
}

static gboolean take_person(struct import_run *r, const char *const *cells, gint64 line,
                            GError **error)
{
    g_autoptr(GError) why = NULL;
    struct mailaddr a;
    if (!mailaddr_parse(cells[r->columns.address], &a, &why)) {
        import_refuse_row(r, line, why->message, cells);
        return TRUE;
    }
    struct person p = {
        .address = mailaddr_format(&a),
        .address_key = mailaddr_key(&a),
        .domain = g_strdup(a.domain),
    };
    mailaddr_clear(&a);
    struct import_preset_verdict v = {.action = PRESET_JOIN};
    const char *special[PRESET_MAX_COLUMNS] = {0};
    if (r->preset) {
        special_cells(r, cells, special);
        r->preset->judge(r->input->part, special, &v);
    }
    gboolean ok = TRUE;
    if (v.action == PRESET_JOIN)
        ok = join(r, &p, cells, special, &v, line, error);
    else if (v.action == PRESET_NEVER_MAIL)
        ok = import_never_add(r, p.address, p.address_key, v.everywhere ? 0 : r->list_id,
                              v.reason, v.text, error);
    else if (v.action == PRESET_REFUSE)
        import_refuse_row(r, line, v.text, cells);
    else
        r->counts->left_out++;
    import_preset_verdict_clear(&v);
    person_clear(&p);
    return ok;
}

/* ---- the files ---- */

static gboolean fail_empty(const struct import_preset_input *i, GError **error)
{
    g_set_error(error, CRIER_ERROR, CRIER_ERROR_INVALID,
                _("%s: there is nothing below the heading. Nothing was imported"), i->shown);
    return FALSE;
}

static struct csvfile *open_csv(const struct import_run *r, const char *charset, GError **error)
{
    const struct csvfile_options o = {.path = r->input->path,
                                      .entry = r->input->entry,
                                      .charset = charset,
                                      .delimiter = r->delimiter};
    return csvfile_open_with(&o, error);
}

static gboolean read_rows(struct import_run *r, import_row_taker take, GError **error)
{
    for (gint64 n = 0;; n++) {
        const char *const *cells = NULL;
        gint64 line = 0, done, total;
        GError *why = NULL;
        enum csvfile_status status = csvfile_next(r->csv, &cells, &line, &why);
        if (status == CSVFILE_END)
            return n > 0 || r->inputs->len > 1 || fail_empty(r->input, error);
        if (status == CSVFILE_FAILED) {
            g_propagate_prefixed_error(error, why, "%s: ", r->input->shown);
            return FALSE;
        }
        r->counts->rows++;
        if (status == CSVFILE_BAD_ROW) {
            import_refuse_row(r, line, why->message, NULL);
            g_clear_error(&why);
        } else if (!take(r, cells, line, error)) {
            return FALSE;
        }
        if (r->o->progress && n % PROGRESS_EVERY == 0) {
            csvfile_progress(r->csv, &done, &total);
            r->o->progress(done, total, r->o->data);
        }
    }
}

/* What a file holds, for telling whether two hold the same people. */
struct digest {
    gint64 rows;
    guint32 people; /* the hashes of all addresses, whatever their order */
};

/*
 * Reads the file that is open once to its end, so that an open quote in the last line leaves
 * nothing half imported, and a file without rows no trace.
 */
static gboolean read_to_the_end(struct import_run *r, struct digest *ret, GError **error)
{
    struct digest d = {0, 0};
    for (;;) {
        const char *const *cells = NULL;
        gint64 line = 0;
        GError *why = NULL;
        enum csvfile_status status = csvfile_next(r->csv, &cells, &line, &why);
        if (status == CSVFILE_END)
            break;
        if (status == CSVFILE_FAILED) {
            g_propagate_prefixed_error(error, why, "%s: ", r->input->shown);
            return FALSE;
        }
        g_clear_error(&why);
        d.rows++;
        if (r->preset && status == CSVFILE_ROW)
            d.people ^= g_str_hash(cells[r->columns.address]);
    }
    *ret = d;
    return TRUE;
}

static gboolean begin_file(struct import_run *r, const struct import_preset_input *i,
                           const char *charset, GError **error)
{
    csvfile_free(r->csv);
    import_columns_clear(&r->columns);
    r->input = i;
    r->csv = open_csv(r, charset, error);
    return r->csv && import_columns_resolve(i->shown, csvfile_columns(r->csv), r->o->maps,
                                            r->preset, &r->columns, error);
}

/* Standard input cannot be read twice. */
static gboolean check_file(struct import_run *r, struct import_preset_input *i,
                           struct digest *ret, GError **error)
{
    if (strcmp(i->path, "-") == 0)
        return TRUE;
    if (!rejects_check(r->o->rejects, i->path, error) ||
        !begin_file(r, i, r->o->charset, error) || !read_to_the_end(r, ret, error))
        return FALSE;
    i->charset = g_strdup(csvfile_charset(r->csv));
    return ret->rows > 0 || r->inputs->len > 1 || fail_empty(i, error);
}

static gboolean fail_same_people(const struct import_run *r, GError **error)
{
    g_set_error(
        error, CRIER_ERROR, CRIER_ERROR_INVALID,
        _("%s: it holds the very same people as %s. Some versions of listmonk export the "
          "whole list there: update listmonk and export the unsubscribed ones again"),
        r->o->unsubscribed, r->o->path);
    return FALSE;
}

gboolean import_run_check(struct import_run *r, GError **error)
{
    struct digest before = {0, 0};
    for (guint n = 0; n < r->inputs->len; n++) {
        struct import_preset_input *i = g_ptr_array_index(r->inputs, n);
        struct digest d = {0, 0};
        if (!check_file(r, i, &d, error))
            return FALSE;
        if (n > 0 && r->preset->needs_unsubscribed && d.rows > 0 && d.rows == before.rows &&
            d.people == before.people)
            return fail_same_people(r, error);
        before = d;
    }
    return TRUE;
}

gboolean import_run_read(struct import_run *r, import_row_taker take, GError **error)
{
    for (guint n = 0; n < r->inputs->len; n++) {
        const struct import_preset_input *i = g_ptr_array_index(r->inputs, n);
        if (!begin_file(r, i, i->charset ? i->charset : r->o->charset, error) ||
            (n == 0 &&
             !rejects_open(&r->rejects, r->o->rejects, csvfile_columns(r->csv), error)))
            return FALSE;
        g_free(r->counts->charset);
        r->counts->charset = g_strdup(csvfile_charset(r->csv));
        r->counts->delimiter = csvfile_delimiter(r->csv);
        if (!read_rows(r, take, error))
            return FALSE;
    }
    return TRUE;
}

/* ---- one import ---- */

static gboolean find_list(struct import_run *r, GError **error)
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

gboolean import_run_open(struct import_run *r, struct db *db, const struct import_options *o,
                         struct import_counts *counts, GError **error)
{
    r->db = db;
    r->o = o;
    r->counts = counts;
    r->columns.address = -1;
    return import_preset_find(o->from ? o->from : "csv", &r->preset, error) &&
           (!o->delimiter || csvfile_delimiter_parse(o->delimiter, &r->delimiter, error)) &&
           find_list(r, error) &&
           (r->inputs = import_preset_inputs(r->preset, o->path, o->unsubscribed, error));
}

void import_run_clear(struct import_run *r)
{
    people_import_free(r->people);
    csvfile_free(r->csv);
    import_columns_clear(&r->columns);
    rejects_abandon(&r->rejects);
    if (r->seen)
        g_hash_table_unref(r->seen);
    if (r->pending)
        g_ptr_array_unref(r->pending);
    if (r->inputs)
        g_ptr_array_unref(r->inputs);
}

/* The files into the list, or only counted. Leaves r->people open. */
static gboolean run_people(struct import_run *r, gboolean dry_run, GError **error)
{
    g_autofree char *source = g_path_get_basename(r->o->path);
    g_autofree char *shown = g_strdup_printf("import %s", source);
    struct consent consent = {.text = r->o->consent, .source = shown, .at_us = clock_wall_us()};
    r->people =
        people_import_begin(r->db, r->list_id, shown, &consent, r->o->update, dry_run, error);
    if (!r->people || !import_run_read(r, take_person, error) ||
        !import_never_store(r, error) || !people_import_finish(r->people, error))
        return FALSE;
    r->counts->import_id = people_import_id(r->people);
    for (int i = 0; i < IMPORT_OUTCOME_COUNT; i++)
        r->counts->n[i] += people_import_count(r->people, i);
    return rejects_close(&r->rejects, error);
}

gboolean import_people(struct db *db, const struct import_options *o, struct import_counts *ret,
                       GError **error)
{
    struct import_counts counts = {0};
    struct import_run r = {0};
    gboolean ok = import_run_open(&r, db, o, &counts, error) && import_run_check(&r, error) &&
                  run_people(&r, o->dry_run, error);
    import_run_clear(&r);
    if (ok)
        *ret = counts;
    else
        import_counts_clear(&counts);
    return ok;
}

/* ---- the difference ---- */

gboolean import_limit_parse(const char *text, struct import_limit *ret, GError **error)
{
    char *end = NULL;
    guint64 n = g_ascii_isdigit(*text) ? g_ascii_strtoull(text, &end, 10) : 0;
    gboolean is_percent = end && *end == '%';
    if (end && !*(end + is_percent) && n <= (is_percent ? 100 : 1000000000)) {
        *ret = (struct import_limit){(gint64)n, is_percent};
        return TRUE;
    }
    g_autofree char *safe = text_safe(text, -1, 40);
    g_set_error(
        error, CRIER_ERROR, CRIER_ERROR_USAGE,
        _("--max-removals '%s': it must be a number, or a share of the list as in 10%%"), safe);
    return FALSE;
}

static gboolean check_limit(struct import_run *r, const struct import_limit *most,
                            GError **error)
{
    gint64 members = people_count(r->db, r->list_id, error), missing = 0;
    if (members < 0 || !people_import_missing(r->people, &missing, error))
        return FALSE;
    gint64 allowed = most->is_percent ? members * most->n / 100 : most->n;
    r->counts->left = missing;
    if (missing <= allowed)
        return TRUE;
    g_set_error(error, CRIER_ERROR, CRIER_ERROR_PRECONDITION,
                _("%s: %" PRId64 " of %" PRId64
                  " people would leave the list '%s', and %" PRId64
                  " are allowed. Nothing was changed. If the file is right, say so with "
                  "--max-removals %" PRId64),
                r->o->path, missing, members, r->o->list, allowed, missing);
    return FALSE;
}

static gboolean sync_really(struct db *db, const struct import_options *o,
                            struct import_counts *counts, GError **error)
{
    struct import_run r = {0};
    gboolean ok = import_run_open(&r, db, o, counts, error) && import_run_check(&r, error) &&
                  run_people(&r, FALSE, error) &&
                  people_import_drop_missing(r.people, &counts->left, error);
    import_run_clear(&r);
    return ok;
}

gboolean import_sync(struct db *db, const struct import_options *o, struct import_counts *ret,
                     GError **error)
{
    struct import_counts counts = {0};
    struct import_run r = {0};
    if (strcmp(o->path, "-") == 0) {
        g_set_error_literal(error, CRIER_ERROR, CRIER_ERROR_USAGE,
                            _("people sync reads the file twice, which standard input does not "
                              "allow. Name a file"));
        return FALSE;
    }
    struct import_options counting = *o;
    counting.rejects = o->dry_run ? o->rejects : NULL;
    counting.dry_run = TRUE;
    gboolean ok = import_run_open(&r, db, &counting, &counts, error) &&
                  import_run_check(&r, error) && run_people(&r, TRUE, error) &&
                  check_limit(&r, o->most_removals, error);
    import_run_clear(&r);
    if (ok && !o->dry_run) {
        import_counts_clear(&counts);
        ok = sync_really(db, o, &counts, error);
    }
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
    g_free(c->charset);
    memset(c, 0, sizeof *c);
}

void import_counts_json(struct json_writer *w, const char *path, const struct import_counts *c)
{
    json_begin_object(w);
    json_kv_string(w, "file", path);
    json_kv_int(w, "rows", c->rows);
    for (int i = 0; i < IMPORT_OUTCOME_COUNT; i++)
        json_kv_int(w, import_outcome_name((enum import_outcome)i), c->n[i]);
    json_kv_int(w, "never_mail", c->never_mail);
    json_kv_int(w, "left_out", c->left_out);
    json_kv_int(w, "left", c->left);
    json_key(w, "import");
    if (c->import_id > 0)
        json_put_int(w, c->import_id);
    else
        json_put_null(w);
    json_kv_string(w, "charset", c->charset);
    json_kv_string(w, "delimiter", c->charset ? csvfile_delimiter_name(c->delimiter) : NULL);
    json_key(w, "reasons");
    json_begin_array(w);
    for (int i = 0; i < IMPORT_SHOWN_REASONS && c->reasons[i]; i++)
        json_put_string(w, c->reasons[i]);
    json_end_array(w);
    json_end_object(w);
}
