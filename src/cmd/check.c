/*
 * crier campaign check: the findings as people read them, as rows, or as JSON. What is looked
 * at is app/check*.c's.
 */
#include "config.h"

#include "cmd/handlers.h"

#include <unistd.h>

#include "app/check.h"
#include "base/i18n.h"
#include "base/text.h"
#include "cmd/progress.h"

#define EXIT_WARNINGS 4
#define LABEL_CELLS 20

static const struct output_column columns[] = {
    {"level", N_("Result")},
    {"key", N_("What")},
    {"count", N_("Count"), OUTPUT_NUMBER},
    {"sentence", N_("Finding")},
    {"examples", N_("Examples")},
    {NULL},
};

/* ---- a terminal ---- */

static void put_finding(const struct check_finding *f, int width)
{
    int indent = 6 + LABEL_CELLS + 1;
    printf("%-5s %-*s ", check_level_name(f->level), LABEL_CELLS, f->key);
    if ((int)text_cells(f->key) > LABEL_CELLS)
        printf("\n%*s", indent, "");
    output_fold(stdout, f->sentence, indent, width);
    for (guint i = 0; f->level != CHECK_OK && i < f->examples->len; i++) {
        printf("%*s", indent + 2, "");
        output_fold(stdout, g_ptr_array_index(f->examples, i), indent + 4, width);
    }
    gint64 more = f->count - f->examples->len;
    if (f->level != CHECK_OK && f->examples->len > 0 && more > 0) {
        g_autofree char *n = text_grouped(more);
        printf("%*s", indent + 2, "");
        printf(_("… and %s more\n"), n);
    }
}

/* ---- a pipe ---- */

static void put_rows(const struct check_report *r)
{
    struct output *o = output_begin(stdout, OUTPUT_TSV, columns, NULL, NULL);
    for (guint i = 0; i < r->findings->len; i++) {
        struct json_writer *w = output_row_begin(o);
        check_finding_json(w, g_ptr_array_index(r->findings, i));
        output_row_end(o);
    }
    output_end(o);
}

static void put(const struct cmd_context *c, const struct check_report *r)
{
    if (cmd_wants_json(c)) {
        g_autoptr(GString) json = g_string_new(NULL);
        struct json_writer *w = json_writer_new_string(json, FALSE);
        check_report_json(w, r);
        json_writer_free(w);
        cmd_put_json(json);
    } else if (isatty(STDOUT_FILENO)) {
        int width = output_width(stdout);
        for (guint i = 0; i < r->findings->len; i++)
            put_finding(g_ptr_array_index(r->findings, i), width);
    } else {
        put_rows(r);
    }
}

static void say_what_next(const struct check_report *r, enum check_level level)
{
    fflush(stdout);
    if (level == CHECK_FAIL)
        cmd_say(_("Something must be put right first."));
    else if (*r->revision)
        cmd_say(_("`crier campaign start %s --revision %s` sends exactly this."), r->name,
                r->revision);
}

int cmd_campaign_check(struct cmd_context *c)
{
    GError *error = NULL;
    struct progress *p = progress_new(_("checking"));
    struct check_request q = {.name = cmd_word(c, 0),
                              .no_spamassassin = cmd_has(c, "no-spamassassin"),
                              .progress = progress_show,
                              .data = p};
    struct check_report *r = check_campaign(c->db, c->ws, &q, &error);
    progress_free(p);
    if (!r)
        return cmd_fail(error);
    enum check_level level = check_report_level(r);
    put(c, r);
    say_what_next(r, level);
    check_report_free(r);
    return level == CHECK_FAIL ? 1 : level == CHECK_WARN ? EXIT_WARNINGS : 0;
}
