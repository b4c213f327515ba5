/*
 * Help on every level, made from the table of verbs and the field tables. Nothing about a
 * single verb is written here.
 */
#include "config.h"

#include <string.h>
#include <unistd.h>

#include "base/i18n.h"
#include "base/text.h"
#include "cmd/cmd.h"
#include "cmd/output.h"

#define LABEL_CELLS 26

/* What is left of the line behind `indent` cells; a pipe has lines as long as they come. */
static void put_text(FILE *out, int indent, const char *text)
{
    output_fold(out, text, indent, isatty(fileno(out)) ? output_width(out) : G_MAXINT);
}

/* "  --label      text", the text on a line of its own when the label is long. */
static void put_row(FILE *out, const char *label, const char *text)
{
    gsize cells = text_cells(label);
    if (cells <= LABEL_CELLS)
        fprintf(out, "  %s%*s  ", label, (int)(LABEL_CELLS - cells), "");
    else
        fprintf(out, "  %s\n  %*s  ", label, LABEL_CELLS, "");
    put_text(out, LABEL_CELLS + 4, text);
}

static void put_option(FILE *out, const struct verb_option *o)
{
    g_autoptr(GString) label = g_string_new(NULL);
    if (o->letter)
        g_string_append_printf(label, "-%c, ", o->letter);
    g_string_append_printf(label, "--%s", o->name);
    if (o->argument)
        g_string_append_printf(label, " %s", o->argument);
    put_row(out, label->str, _(o->help));
}

static void put_options(FILE *out, const struct verb_option *table)
{
    for (const struct verb_option *o = table; o && o->name; o++)
        if (o->help)
            put_option(out, o);
}

/* Those that the verb has not given another meaning. */
static void put_common_options(FILE *out, const struct verb *v)
{
    for (const struct verb_option *o = verbs_common_options(); o->name; o++)
        if (verbs_option(v, o->name) == o)
            put_option(out, o);
}

static char *field_argument(const struct field *f)
{
    if (f->type == FIELD_CHOICE) {
        g_autofree char *all = g_strjoinv("|", (char **)f->choices);
        return g_steal_pointer(&all);
    }
    static const char *const words[FIELD_TYPE_COUNT] = {
        [FIELD_LINE] = "TEXT",       [FIELD_TEXT] = "TEXT",
        [FIELD_SLUG] = "NAME",       [FIELD_SLUGS] = "NAME,NAME",
        [FIELD_MAILBOX] = "MAILBOX", [FIELD_HOSTPORT] = "HOST[:PORT]",
        [FIELD_LISTENER] = "ADDRESS:PORT",
        [FIELD_FILE] = "FILE",       [FIELD_COMMAND] = "COMMAND",
        [FIELD_INT] = "N",           [FIELD_SPAN] = "TIME",
        [FIELD_BOOL] = "yes|no",
    };
    return g_strdup(words[f->type] ? words[f->type] : "VALUE");
}

static void put_fields(FILE *out, const struct field *table)
{
    for (const struct field *f = table; f && f->key; f++) {
        if (f->flags & FIELD_NOT_CLI)
            continue;
        g_autofree char *name = verbs_field_option(f);
        g_autofree char *argument = field_argument(f);
        g_autofree char *label = g_strdup_printf("--%s %s", name, argument);
        g_autofree char *text =
            f->fallback && *f->fallback && f->type != FIELD_BOOL
                ? g_strdup_printf(_("%s (default %s)"), _(f->help), f->fallback)
                : g_strdup(_(f->help));
        put_row(out, label, text);
    }
}

static void put_usage(FILE *out, const struct verb *v)
{
    fprintf(out, "crier %s%s%s%s%s\n", v->noun, v->verb ? " " : "", v->verb ? v->verb : "",
            *v->usage ? " " : "", v->usage);
}

void help_verb(FILE *out, const struct verb *v)
{
    fprintf(out, "%s ", _("Usage:"));
    put_usage(out, v);
    g_autofree char *sentence = g_strdup_printf(_("%s."), _(v->help));
    fputs("\n  ", out);
    put_text(out, 2, sentence);
    fprintf(out, "\n%s\n", _("Options:"));
    put_options(out, v->options);
    put_fields(out, v->fields ? v->fields() : NULL);
    if (v->flags & VERB_ROWS)
        put_options(out, verbs_rows_options());
    else if (v->flags & VERB_RECORD)
        put_options(out, verbs_record_options());
    put_common_options(out, v);
    fprintf(out, "\n%s\n  %s\n", _("Example:"), v->example);
}

void help_noun(FILE *out, const char *noun)
{
    fprintf(out, "%s\n", _("Usage:"));
    for (const struct verb *v = verbs_all(); v->noun; v++) {
        if (strcmp(v->noun, noun) != 0)
            continue;
        fputs("  ", out);
        put_usage(out, v);
        fputs("      ", out);
        put_text(out, 6, _(v->help));
    }
    fprintf(out, "\n%s\n", _("Options:"));
    put_options(out, verbs_common_options());
    fputs("\n", out);
    fprintf(out, _("crier %s VERB --help shows the options of a verb with an example."), noun);
    fputs("\n", out);
}

void help_program(FILE *out)
{
    fprintf(out, "%s crier [-w DIR] %s\n\n%s\n", _("Usage:"), _("COMMAND [VERB] [option…]"),
            _("Commands:"));
    for (const struct verb_noun *n = verbs_nouns(); n->noun; n++) {
        g_autoptr(GString) verbs = g_string_new(n->noun);
        const char *glue = " ";
        for (const struct verb *v = verbs_all(); v->noun; v++) {
            if (strcmp(v->noun, n->noun) != 0 || !v->verb)
                continue;
            g_string_append_printf(verbs, "%s%s", glue, v->verb);
            glue = "|";
        }
        put_row(out, verbs->str, _(n->help));
    }
    fprintf(out, "\n%s\n", _("Options:"));
    put_options(out, verbs_common_options());
    put_row(out, "--version", _("the version"));
    fprintf(out, "\n%s\n",
            _("crier COMMAND --help and crier COMMAND VERB --help show more, with examples."));
}
