/*
 * What a form says in words: the message row, the help behind F1, and the focused row for those
 * who hear or feel the screen instead of seeing it.
 */
#include "config.h"

#include <inttypes.h>

#include "base/clock.h"
#include "base/i18n.h"
#include "tui/form_private.h"

const char *form_hint(struct form *f)
{
    g_free(f->hint);
    f->hint = NULL;
    g_autofree char *attention = form_attention(f);
    if (attention) {
        gboolean is_here = form_next_problem(f, 1) == (int)f->focus;
        f->hint = is_here ? g_steal_pointer(&attention)
                          : g_strdup_printf(_("%s   ^N next"), attention);
    } else if (!f->shows_help && *row_help(&f->rows[f->focus])) {
        f->hint = g_strdup(row_help(&f->rows[f->focus]));
    }
    return f->hint;
}

/* ---- F1 ---- */

static void say(GString *s, const char *sentence)
{
    if (s->len > 0)
        g_string_append_c(s, '\n');
    g_string_append(s, sentence);
}

static void say_limits(GString *s, const struct row *row)
{
    const struct field *field = row->field;
    g_autofree char *words = NULL;
    if (field->type == FIELD_INT && (field->min != 0 || field->max != 0)) {
        words = g_strdup_printf(_("A whole number from %" PRId64 " to %" PRId64 "."),
                                field->min, field->max);
    } else if (field->type == FIELD_SPAN && (field->min != 0 || field->max != 0)) {
        g_autofree char *least = clock_format_span(field->min);
        g_autofree char *most = clock_format_span(field->max);
        words = g_strdup_printf(_("A time like 30m, 12h or 2d, from %s to %s."), least, most);
    } else if (field->type <= FIELD_COMMAND && field->max > 0) {
        words = g_strdup_printf(_("At most %" PRId64 " bytes."), field->max);
    }
    if (words)
        say(s, words);
    if (field->fallback && *field->fallback) {
        g_autofree char *usual = g_strdup_printf(_("Left empty it is %s."), field->fallback);
        say(s, usual);
    }
}

static void say_words(GString *s, const struct row *row)
{
    const char *const *words = row_words(row);
    g_autoptr(GString) all = g_string_new(NULL);
    for (guint i = 0; words[i]; i++)
        g_string_append_printf(all, "%s%s", i ? ", " : "", row_word_shown(row, i));
    g_autofree char *sentence = g_strdup_printf(_("It is one of: %s."), all->str);
    say(s, sentence);
}

char *form_help(const struct form *f)
{
    const struct row *row = &f->rows[f->focus];
    GString *s = g_string_new(NULL);
    g_autofree char *first = *row_help(row)
                                 ? g_strdup_printf("%s: %s", row_label(row), row_help(row))
                                 : g_strdup(row_label(row));
    say(s, first);
    if (row_is_required(row))
        say(s, _("It is needed."));
    if (row->spec->kind == FORM_CHOICE)
        say_words(s, row);
    else if (row->field && row_has_value(row))
        say_limits(s, row);
    const char *problem = row_problem(f, row);
    if (problem) {
        g_autofree char *wrong = g_strdup_printf(_("Now: %s"), problem);
        say(s, wrong);
    }
    return g_string_free(s, FALSE);
}

/* ---- accessible ---- */

char *form_said_before(const struct form *f)
{
    const struct row *row = &f->rows[f->focus];
    if (row->spec->kind == FORM_BUTTON)
        return g_strdup_printf(_("Button %s"), row_label(row));
    if (row_is_required(row))
        return g_strdup_printf(_("%s, required: "), row_label(row));
    return g_strdup_printf("%s: ", row_label(row));
}

char *form_said_option(const struct form *f)
{
    const struct choice *c = &f->list;
    int option = choice_get(c);
    if (option < 0)
        return g_strdup(_("nothing fits"));
    if (!c->is_multiple)
        return g_strdup_printf(_("%s. %u of %u"), c->options[option], c->at + 1, c->shown->len);
    return g_strdup_printf(c->is_marked[option] ? _("%s, chosen. %u of %u")
                                                : _("%s, not chosen. %u of %u"),
                           c->options[option], c->at + 1, c->shown->len);
}

char *form_said_behind(const struct form *f)
{
    guint at = 0, n = 0;
    for (guint i = 0; i < f->n; i++) {
        if (!form_can_focus(f, i))
            continue;
        n++;
        if (i == f->focus)
            at = n;
    }
    return g_strdup_printf(_(". %u of %u"), at, n);
}
