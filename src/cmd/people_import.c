/*
 * crier people import and the option handling it shares with crier suppress import. Rows are
 * read by app/import.
 */
#include "config.h"

#include "cmd/people_import.h"

#include <inttypes.h>
#include <string.h>

#include "base/error.h"
#include "base/i18n.h"
#include "cmd/handlers.h"
#include "cmd/output.h"
#include "cmd/progress.h"
#include "transfer/csvfile.h"

#define USUAL_REMOVALS "10%"

static const struct output_column columns[] = {
    {"file", N_("File")},
    {"rows", N_("Rows"), OUTPUT_NUMBER},
    {"new", N_("New"), OUTPUT_NUMBER},
    {"updated", N_("Updated"), OUTPUT_NUMBER},
    {"same", N_("Same"), OUTPUT_NUMBER},
    {"suppressed", N_("Never mail"), OUTPUT_NUMBER},
    {"invalid", N_("Invalid"), OUTPUT_NUMBER},
    {"duplicate", N_("Duplicate"), OUTPUT_NUMBER},
    {"never_mail", N_("Not to be mailed"), OUTPUT_NUMBER, TRUE},
    {"left_out", N_("Left out"), OUTPUT_NUMBER, TRUE},
    {"left", N_("Off the list"), OUTPUT_NUMBER, TRUE},
    {NULL},
};

char **people_import_maps(const struct cmd_context *c)
{
    GPtrArray *maps = g_ptr_array_new();
    const char *map;
    for (guint i = 0; (map = cmd_option_nth(c, "map", i)); i++)
        g_ptr_array_add(maps, g_strdup(map));
    g_ptr_array_add(maps, NULL);
    return (char **)g_ptr_array_free(maps, FALSE);
}

struct done { /* one file that was read */
    const char *path;
    struct import_counts counts;
};

static void done_free(gpointer p)
{
    struct done *d = p;
    import_counts_clear(&d->counts);
    g_free(d);
}

static void put_counts(struct output *o, const struct done *d)
{
    struct json_writer *w = output_row_begin(o);
    import_counts_json(w, d->path, &d->counts);
    output_row_end(o);
}

static void warn_of_invalid(const struct done *d)
{
    for (int i = 0; i < IMPORT_SHOWN_REASONS && d->counts.reasons[i]; i++)
        cmd_warn("%s: %s", d->path, d->counts.reasons[i]);
    gint64 more = d->counts.n[IMPORT_INVALID] - IMPORT_SHOWN_REASONS;
    if (more > 0)
        cmd_warn(ngettext("%s: and %" PRId64 " more row that cannot be used: --rejects FILE "
                          "writes them all",
                          "%s: and %" PRId64 " more rows that cannot be used: --rejects FILE "
                          "writes them all",
                          (gulong)more),
                 d->path, more);
}

/* What the numbers of the table do not tell. UTF-8 with commas needs no word. */
static void say_more(const struct cmd_context *c, const struct done *d)
{
    const struct import_counts *n = &d->counts;
    if (n->charset && (strcmp(n->charset, "utf-8") != 0 || n->delimiter != ','))
        cmd_say(_("%s: read as %s, separated by %s."), d->path, n->charset,
                csvfile_delimiter_name(n->delimiter));
    if (n->never_mail > 0)
        cmd_say(ngettext("%s: %" PRId64 " person is kept as one who must not be mailed: crier "
                         "suppress list shows why.",
                         "%s: %" PRId64
                         " people are kept as people who must not be mailed: crier "
                         "suppress list shows why.",
                         (gulong)n->never_mail),
                d->path, n->never_mail);
    if (n->left_out > 0)
        cmd_say(ngettext("%s: %" PRId64 " person was left out, because they have not confirmed "
                         "or are disabled.",
                         "%s: %" PRId64
                         " people were left out, because they have not confirmed "
                         "or are disabled.",
                         (gulong)n->left_out),
                d->path, n->left_out);
    if (n->left > 0)
        cmd_say(cmd_has(c, "dry-run")
                    ? ngettext("%s: %" PRId64 " person would leave the list.",
                               "%s: %" PRId64 " people would leave the list.", (gulong)n->left)
                    : ngettext("%s: %" PRId64 " person left the list; they are still known.",
                               "%s: %" PRId64 " people left the list; they are still known.",
                               (gulong)n->left),
                d->path, n->left);
}

static void put_all(const struct cmd_context *c, const GPtrArray *all)
{
    if (all->len == 0)
        return;
    struct output *o = output_begin(stdout, c->line->format, columns, NULL, NULL);
    for (guint i = 0; i < all->len; i++)
        put_counts(o, g_ptr_array_index(all, i));
    output_end(o);
    for (guint i = 0; i < all->len; i++)
        say_more(c, g_ptr_array_index(all, i));
    for (guint i = 0; i < all->len; i++)
        warn_of_invalid(g_ptr_array_index(all, i));
}

static gboolean import_one(struct cmd_context *c, struct import_options *o, GPtrArray *all,
                           import_function import, GError **error)
{
    struct done *d = g_new0(struct done, 1);
    struct progress *p = progress_new(o->path);
    d->path = o->path;
    o->progress = progress_show;
    o->data = p;
    gboolean ok = import(c->db, o, &d->counts, error);
    progress_free(p);
    if (ok)
        g_ptr_array_add(all, d);
    else
        done_free(d);
    return ok;
}

/* One file of rejects for several files would be written anew by each. */
static gboolean check_rejects(const struct cmd_context *c, GError **error)
{
    if (cmd_words(c) < 2 || !cmd_has(c, "rejects"))
        return TRUE;
    g_set_error(error, CRIER_ERROR, CRIER_ERROR_USAGE,
                _("--rejects goes with one file: import the files one by one"));
    return FALSE;
}

/* A file of which no row could be used was not imported, whatever the other files were. */
static gboolean has_useless_file(const GPtrArray *all)
{
    for (guint i = 0; i < all->len; i++) {
        const struct done *d = g_ptr_array_index(all, i);
        if (d->counts.n[IMPORT_INVALID] == d->counts.rows)
            return TRUE;
    }
    return FALSE;
}

int people_import_run(struct cmd_context *c, import_function import)
{
    GError *error = NULL;
    char **maps = people_import_maps(c);
    const char *most = cmd_option(c, "max-removals");
    struct import_limit limit = {0};
    struct import_options o = {
        .list = cmd_option(c, "list"),
        .from = cmd_option(c, "from"),
        .unsubscribed = cmd_option(c, "unsubscribed"),
        .charset = cmd_option(c, "charset"),
        .delimiter = cmd_option(c, "delimiter"),
        .maps = (const char *const *)maps,
        .consent = cmd_option(c, "consent"),
        .reason = cmd_option(c, "reason"),
        .rejects = cmd_option(c, "rejects"),
        .most_removals = &limit,
        .update = cmd_has(c, "update") || strcmp(c->verb->verb, "sync") == 0,
        .dry_run = cmd_has(c, "dry-run"),
    };
    g_autoptr(GPtrArray) all = g_ptr_array_new_with_free_func(done_free);
    gboolean ok = check_rejects(c, &error) &&
                  import_limit_parse(most ? most : USUAL_REMOVALS, &limit, &error);
    for (guint i = 0; ok && i < cmd_words(c); i++) {
        o.path = cmd_word(c, i);
        ok = import_one(c, &o, all, import, &error);
    }
    put_all(c, all);
    if (ok && o.dry_run)
        cmd_say(_("Nothing was changed (--dry-run)."));
    g_strfreev(maps);
    return !ok ? cmd_fail(error) : has_useless_file(all) ? 1 : 0;
}

static int fail_no_list(const struct cmd_context *c)
{
    return cmd_fail(g_error_new(CRIER_ERROR, CRIER_ERROR_USAGE,
                                _("people %s: name the list they join with --list LIST (crier "
                                  "list new LIST makes one)"),
                                c->verb->verb));
}

int cmd_people_import(struct cmd_context *c)
{
    return cmd_has(c, "list") ? people_import_run(c, import_people) : fail_no_list(c);
}

int cmd_people_sync(struct cmd_context *c)
{
    return cmd_has(c, "list") ? people_import_run(c, import_sync) : fail_no_list(c);
}
