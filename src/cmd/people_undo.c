/*
 * crier people imports and crier people undo: which imports there were, and taking one back.
 */
#include "config.h"

#include <inttypes.h>
#include <string.h>

#include "app/shapes.h"
#include "base/error.h"
#include "base/i18n.h"
#include "base/text.h"
#include "cmd/handlers.h"
#include "cmd/progress.h"
#include "store/people.h"
#include "store/undolog.h"

#define PAGE_ROWS 500

static const struct output_column import_columns[] = {
    {"import", N_("Import"), OUTPUT_NUMBER},
    {"begun", N_("When"), OUTPUT_TIME},
    {"source", N_("Source")},
    {"list", N_("List")},
    {"new", N_("New"), OUTPUT_NUMBER},
    {"updated", N_("Updated"), OUTPUT_NUMBER},
    {"actor", N_("By")},
    {"undone", N_("Undone"), OUTPUT_TIME},
    {"same", N_("Same"), OUTPUT_NUMBER, TRUE},
    {"suppressed", N_("Never mail"), OUTPUT_NUMBER, TRUE},
    {"ended", N_("Ended"), OUTPUT_TIME, TRUE},
    {NULL},
};

static const struct output_column undo_columns[] = {
    {"import", N_("Import"), OUTPUT_NUMBER},
    {"source", N_("Source")},
    {"list", N_("List")},
    {"removed", N_("Removed"), OUTPUT_NUMBER},
    {"left", N_("Off the list"), OUTPUT_NUMBER},
    {"restored", N_("As before"), OUTPUT_NUMBER},
    {"rejoined", N_("On the list again"), OUTPUT_NUMBER},
    {"kept_mailed", N_("Kept: mailed since"), OUTPUT_NUMBER},
    {"kept_changed", N_("Kept: changed since"), OUTPUT_NUMBER},
    {"kept_again", N_("Kept: came again"), OUTPUT_NUMBER},
    {"kept_elsewhere", N_("Kept: on other lists"), OUTPUT_NUMBER},
    {NULL},
};

static void put_import(struct output *o, const struct import_record *r)
{
    struct json_writer *w = output_row_begin(o);
    shape_import(w, r);
    output_row_end(o);
}

int cmd_people_imports(struct cmd_context *c)
{
    GError *error = NULL;
    struct output *o =
        output_begin(stdout, c->line->format, import_columns, c->line->fields, &error);
    if (!o)
        return cmd_fail(error);
    gint64 before = 0;
    guint n = PAGE_ROWS;
    while (n == PAGE_ROWS && !error) {
        g_autoptr(GPtrArray) page = imports_page(c->db, before, PAGE_ROWS, &error);
        n = page ? page->len : 0;
        for (guint i = 0; i < n; i++) {
            const struct import_record *r = g_ptr_array_index(page, i);
            put_import(o, r);
            before = r->id;
        }
    }
    output_end(o);
    return error ? cmd_fail(error) : 0;
}

/* The word, or --last: 0. */
static gboolean read_import(const struct cmd_context *c, gint64 *ret_id, GError **error)
{
    const char *word = cmd_word(c, 0);
    gboolean is_last = cmd_has(c, "last");
    char *end = NULL;
    *ret_id = 0;
    if ((word != NULL) == is_last) {
        g_set_error_literal(
            error, CRIER_ERROR, CRIER_ERROR_USAGE,
            _("people undo: name one import by its number, or say --last. crier "
              "people imports shows them"));
        return FALSE;
    }
    if (is_last)
        return TRUE;
    *ret_id = g_ascii_strtoll(word, &end, 10);
    if (g_ascii_isdigit(*word) && *end == 0 && *ret_id > 0)
        return TRUE;
    g_autofree char *safe = text_safe(word, -1, 40);
    g_set_error(
        error, CRIER_ERROR, CRIER_ERROR_USAGE,
        _("people undo: '%s' is no number of an import. crier people imports shows them"),
        safe);
    return FALSE;
}

static void put_result(const struct cmd_context *c, const struct import_record *r,
                       const gint64 *n)
{
    g_autoptr(GString) json = g_string_new(NULL);
    struct json_writer *w = json_writer_new_string(json, FALSE);
    json_begin_object(w);
    json_kv_int(w, "import", r->id);
    json_kv_string(w, "source", r->source);
    json_kv_string(w, "list", r->list);
    for (int i = 0; i < UNDO_COUNT; i++)
        json_kv_int(w, import_undo_name((enum import_undo)i), n[i]);
    json_end_object(w);
    json_writer_free(w);
    output_record(stdout, c->line->format, undo_columns, json->str);
}

int cmd_people_undo(struct cmd_context *c)
{
    GError *error = NULL;
    struct import_record r = {0};
    gint64 id, n[UNDO_COUNT] = {0};
    gboolean dry_run = cmd_has(c, "dry-run");
    gboolean ok = read_import(c, &id, &error) && import_get(c->db, id, &r, &error);
    if (ok) {
        struct progress *p = progress_new(_("taking back"));
        undolog_watch(c->db, progress_show, p);
        ok = import_undo(c->db, r.id, dry_run, n, &error);
        undolog_watch(c->db, NULL, NULL);
        progress_free(p);
    }
    if (ok) {
        put_result(c, &r, n);
        gint64 kept = n[UNDO_KEPT_MAILED] + n[UNDO_KEPT_CHANGED] + n[UNDO_KEPT_AGAIN] +
                      n[UNDO_KEPT_ELSEWHERE];
        if (kept > 0)
            cmd_warn(_("%" PRId64
                       " people stay as they are, because something happened to them "
                       "since: mailed %" PRId64 ", changed %" PRId64 ", came again %" PRId64
                       ", on other lists %" PRId64),
                     kept, n[UNDO_KEPT_MAILED], n[UNDO_KEPT_CHANGED], n[UNDO_KEPT_AGAIN],
                     n[UNDO_KEPT_ELSEWHERE]);
        cmd_say(dry_run
                    ? _("Nothing was changed (--dry-run).")
                    : _("Who must not be mailed stays so: crier suppress list shows them."));
    }
    import_record_clear(&r);
    return ok ? 0 : cmd_fail(error);
}
