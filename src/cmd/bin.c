/*
 * crier bin and crier undo: what was deleted, and taking back what was done.
 */
#include "config.h"

#include "cmd/handlers.h"

#include <inttypes.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/i18n.h"
#include "base/json.h"
#include "base/text.h"
#include "cmd/progress.h"
#include "store/bin.h"
#include "store/undolog.h"

#define PAGE_ROWS 500
#define MAX_NOT_POSSIBLE 5

static const struct output_column bin_columns[] = {
    {"id", N_("Id"), OUTPUT_NUMBER},
    {"noun", N_("What")},
    {"name", N_("Name")},
    {"deleted", N_("Deleted"), OUTPUT_TIME},
    {"actor", N_("By")},
    {"until", N_("Kept until"), OUTPUT_TIME},
    {NULL},
};

static const struct output_column undo_columns[] = {
    {"id", N_("Id"), OUTPUT_NUMBER},
    {"time", N_("When"), OUTPUT_TIME},
    {"action", N_("Action")},
    {"noun", N_("What")},
    {"name", N_("Name")},
    {"detail", N_("Detail")},
    {"actor", N_("By")},
    {"undone", N_("Undone"), OUTPUT_TIME},
    {"steps", N_("Steps"), OUTPUT_NUMBER, TRUE},
    {NULL},
};

static void put_time(struct json_writer *w, const char *key, gint64 at_us)
{
    g_autofree char *text = at_us > 0 ? clock_format_utc(at_us) : NULL;
    json_kv_string(w, key, text);
}

/* ---- the bin ---- */

static void put_entry(struct output *o, const struct bin_entry *e)
{
    struct json_writer *w = output_row_begin(o);
    json_begin_object(w);
    json_kv_int(w, "id", e->id);
    json_kv_string(w, "noun", e->noun);
    json_kv_string(w, "name", e->name);
    put_time(w, "deleted", e->deleted_us);
    json_kv_string(w, "actor", e->actor);
    put_time(w, "until", e->ends_us);
    json_end_object(w);
    output_row_end(o);
}

int cmd_bin_list(struct cmd_context *c)
{
    GError *error = NULL;
    gint64 before = 0;
    struct output *o =
        output_begin(stdout, c->line->format, bin_columns, c->line->fields, &error);
    if (!o)
        return cmd_fail(error);
    for (guint n = PAGE_ROWS; n == PAGE_ROWS && !error;) {
        g_autoptr(GPtrArray) page = bin_page(c->db, before, PAGE_ROWS, &error);
        n = page ? page->len : 0;
        for (guint i = 0; i < n; i++) {
            const struct bin_entry *e = page->pdata[i];
            put_entry(o, e);
            before = e->id;
        }
    }
    output_end(o);
    return error ? cmd_fail(error) : 0;
}

static gboolean read_id(const char *word, const char *list, gint64 *ret, GError **error)
{
    char *end = NULL;
    *ret = g_ascii_strtoll(word, &end, 10);
    if (g_ascii_isdigit(*word) && *end == '\0' && *ret > 0)
        return TRUE;
    g_autofree char *safe = text_safe(word, -1, 40);
    g_set_error(error, CRIER_ERROR, CRIER_ERROR_USAGE,
                _("'%s' is no number. %s shows the numbers"), safe, list);
    return FALSE;
}

int cmd_bin_restore(struct cmd_context *c)
{
    GError *error = NULL;
    struct bin_restored r = {0};
    gint64 id;
    if (!read_id(cmd_word(c, 0), "crier bin list", &id, &error) ||
        !bin_restore(c->db, id, &r, &error))
        return cmd_fail(error);
    g_autofree char *safe = text_safe(r.name, -1, 320);
    if (r.was)
        cmd_warn(_("%s %s is back as %s: there is another %s of that name now"), r.noun, r.was,
                 safe, r.noun);
    else
        cmd_say(_("%s %s is back."), r.noun, safe);
    if (r.left_out > 0)
        cmd_warn(ngettext("%d list is gone since and was left out",
                          "%d lists are gone since and were left out",
                          (unsigned long)r.left_out),
                 r.left_out);
    bin_restored_clear(&r);
    return 0;
}

/* The number must be said: nothing brings back what is dropped here. */
static gboolean check_number(const struct cmd_context *c, gint64 n, GError **error)
{
    gint64 said = 0;
    if (!cmd_option_int(c, "yes", 1, G_MAXINT64, 0, &said, error))
        return FALSE;
    if (said == n)
        return TRUE;
    g_set_error(error, CRIER_ERROR, CRIER_ERROR_PRECONDITION,
                ngettext("%" PRId64 " entry would be gone for good. If that is right: --yes "
                         "%" PRId64,
                         "%" PRId64 " entries would be gone for good. If that is right: --yes "
                         "%" PRId64,
                         (unsigned long)n),
                n, n);
    return FALSE;
}

static int drop_one(struct cmd_context *c)
{
    GError *error = NULL;
    gint64 id;
    if (!read_id(cmd_word(c, 0), "crier bin list", &id, &error) ||
        !check_number(c, 1, &error) || !bin_drop(c->db, id, &error))
        return cmd_fail(error);
    cmd_say(_("Entry %" PRId64 " of the bin is gone for good."), id);
    return 0;
}

/* What the worker does by itself: only what is older than it is kept. */
static int expire(struct cmd_context *c)
{
    GError *error = NULL;
    gint64 n = 0;
    if (!bin_expire(c->db, clock_wall_us(), &n, &error))
        return cmd_fail(error);
    return 0;
}

int cmd_bin_empty(struct cmd_context *c)
{
    GError *error = NULL;
    gint64 n = 0;
    if (cmd_has(c, "expired"))
        return expire(c);
    if (cmd_words(c) > 0)
        return drop_one(c);
    gint64 there = bin_count(c->db, &error);
    if (there == 0) {
        cmd_say(_("The bin is empty."));
        return 0;
    }
    if (there < 0 || !check_number(c, there, &error) ||
        !bin_empty(c->db, G_MAXINT64, &n, &error))
        return cmd_fail(error);
    cmd_say(ngettext("%" PRId64 " entry is gone for good.",
                     "%" PRId64 " entries are gone for good.", (unsigned long)n),
            n);
    return 0;
}

/* ---- undo ---- */

static void put_undo(struct output *o, const struct undolog_row *r)
{
    struct json_writer *w = output_row_begin(o);
    json_begin_object(w);
    json_kv_int(w, "id", r->id);
    put_time(w, "time", r->at_us);
    json_kv_string(w, "action", r->action);
    json_kv_string(w, "noun", r->noun);
    json_kv_string(w, "name", r->name);
    json_kv_string(w, "detail", r->detail);
    json_kv_string(w, "actor", r->actor);
    put_time(w, "undone", r->undone_us);
    json_kv_int(w, "steps", r->n);
    json_end_object(w);
    output_row_end(o);
}

static int list_undos(struct cmd_context *c)
{
    GError *error = NULL;
    gint64 before = 0;
    struct output *o =
        output_begin(stdout, c->line->format, undo_columns, c->line->fields, &error);
    if (!o)
        return cmd_fail(error);
    for (guint n = PAGE_ROWS; n == PAGE_ROWS && !error;) {
        g_autoptr(GPtrArray) page = undolog_page(c->db, before, PAGE_ROWS, &error);
        n = page ? page->len : 0;
        for (guint i = 0; i < n; i++) {
            const struct undolog_row *r = page->pdata[i];
            put_undo(o, r);
            before = r->id;
        }
    }
    output_end(o);
    return error ? cmd_fail(error) : 0;
}

static void say_undone(const struct undolog_done *u)
{
    for (guint i = 0; i < u->said->len; i++)
        cmd_say("%s.", (const char *)u->said->pdata[i]);
    for (guint i = 0; i < u->kept->len; i++)
        cmd_warn(_("not taken back: %s"), (const char *)u->kept->pdata[i]);
}

/* Whoever says undo may mean something that was done later. */
static void say_not_possible(const struct cmd_context *c, gint64 id)
{
    g_autoptr(GPtrArray) all = undolog_not_possible(c->db, id, MAX_NOT_POSSIBLE, NULL);
    for (guint i = 0; all && i < all->len; i++) {
        g_autofree char *safe = text_safe(all->pdata[i], -1, 200);
        cmd_warn(_("done later, and cannot be taken back: %s"), safe);
    }
}

int cmd_undo(struct cmd_context *c)
{
    GError *error = NULL;
    struct undolog_done u = {0};
    gint64 id = 0;
    if (cmd_has(c, "list"))
        return list_undos(c);
    gboolean is_last = cmd_words(c) == 0;
    if (!(is_last ? undolog_last(c->db, &id, &error)
                  : read_id(cmd_word(c, 0), "crier undo --list", &id, &error)))
        return cmd_fail(error);
    if (is_last)
        say_not_possible(c, id);
    struct progress *p = progress_new(_("taking back"));
    undolog_watch(c->db, progress_show, p);
    gboolean ok = undolog_do(c->db, id, &u, &error);
    undolog_watch(c->db, NULL, NULL);
    progress_free(p);
    if (!ok) {
        gboolean is_known = !g_error_matches(error, CRIER_ERROR, CRIER_ERROR_NOT_FOUND);
        int code = cmd_fail(error);
        if (is_known)
            cmd_say(_("What was done before it: crier undo --list, then crier undo NUMBER."));
        return code;
    }
    say_undone(&u);
    int code = u.kept->len > 0 ? 4 : 0;
    undolog_done_clear(&u);
    return code;
}
