/*
 * The values of a form's rows as text, and which rows are there. Not for what is wrong with a
 * value (form_check.c) or for where it stands (form_layout.c).
 */
#include "config.h"

#include <string.h>

#include "base/i18n.h"
#include "base/text.h"
#include "tui/form_private.h"

#define FIRST_LINE_CHARS 200 /* of a long text that are looked at */

gboolean row_has_value(const struct row *row)
{
    return row->spec->kind >= FORM_LINE && row->spec->kind <= FORM_FILE;
}

gboolean row_is_typed(const struct row *row)
{
    enum form_kind kind = row->spec->kind;
    return kind == FORM_LINE || kind == FORM_SECRET || kind == FORM_FILE;
}

const char *row_text(const struct row *row)
{
    if (row_is_typed(row))
        return input_text(&row->input);
    return row->text ? row->text : "";
}

void row_put(struct row *row, const char *text)
{
    if (row_is_typed(row)) {
        input_set(&row->input, text);
        return;
    }
    char *own = g_strdup(text);
    g_free(row->text);
    row->text = own;
}

gboolean row_is_changed(const struct row *row)
{
    return row_has_value(row) && g_strcmp0(row_text(row), row->saved) != 0;
}

gboolean row_is_empty(const struct row *row)
{
    const char *text = row_text(row);
    return text[strspn(text, " \t\n")] == '\0';
}

gboolean row_is_required(const struct row *row)
{
    return row_has_value(row) && ((row->spec->flags & FORM_REQUIRED) ||
                                  (row->field && (row->field->flags & FIELD_REQUIRED)));
}

gboolean row_is_several(const struct row *row)
{
    return row->field && row->field->type == FIELD_SLUGS;
}

const char *row_label(const struct row *row)
{
    return row->spec->label && *row->spec->label ? _(row->spec->label) : "";
}

const char *row_help(const struct row *row)
{
    const char *help = row->spec->help;
    if (!help && row->field)
        help = row->field->help;
    return help && *help ? _(help) : "";
}

/* ---- choices ---- */

const char *const *row_words(const struct row *row)
{
    static const char *const none[] = {NULL};
    if (row->spec->words)
        return row->spec->words;
    return row->field && row->field->choices ? row->field->choices : none;
}

const char *row_word_shown(const struct row *row, guint i)
{
    return row->spec->shown ? _(row->spec->shown[i]) : row_words(row)[i];
}

int row_word_at(const struct row *row)
{
    const char *const *words = row_words(row);
    for (int i = 0; words[i]; i++)
        if (g_ascii_strcasecmp(words[i], row_text(row)) == 0)
            return i;
    return -1;
}

/* ---- what is read ---- */

/* The first line with something in it, and how much there is. */
static char *text_shown(const char *text)
{
    gsize chars = (gsize)g_utf8_strlen(text, -1);
    text += strspn(text, " \t\n");
    if (!*text)
        return g_strdup(_("(empty)"));
    g_autofree char *line = text_safe(text, (gssize)strcspn(text, "\n"), FIRST_LINE_CHARS);
    g_autofree char *count = text_grouped((gint64)chars);
    g_autofree char *size =
        g_strdup_printf(ngettext("%s character", "%s characters", chars), count);
    return g_strdup_printf("%s: %s", size, line);
}

char *row_shown(const struct form *f, const struct row *row)
{
    int word;
    switch (row->spec->kind) {
    case FORM_CHOICE:
        word = row_word_at(row);
        return g_strdup(word >= 0 ? row_word_shown(row, (guint)word) : row_text(row));
    case FORM_BOOL:
        return g_strdup(g_str_equal(row_text(row), "yes") ? _("yes") : _("no"));
    case FORM_TEXT:
        if (f->setup.note) {
            char *own = f->setup.note(f, row->spec, f->setup.data);
            if (own)
                return own;
        }
        return text_shown(row_text(row));
    case FORM_PICK:
        return g_strdup(row_is_empty(row) ? _("(none)") : row_text(row));
    case FORM_NOTE:
    case FORM_HEADING: {
        char *own = f->setup.note ? f->setup.note(f, row->spec, f->setup.data) : NULL;
        const char *words = row->spec->beside ? _(row->spec->beside) : row_label(row);
        return own ? own : g_strdup(row->spec->kind == FORM_NOTE ? words : row_label(row));
    }
    default:
        return g_strdup(row_text(row));
    }
}

/* ---- which are there ---- */

struct row *form_row(const struct form *f, const char *key)
{
    for (guint i = 0; i < f->n; i++)
        if (key && g_strcmp0(f->rows[i].spec->key, key) == 0)
            return &f->rows[i];
    return NULL;
}

gboolean form_is_shown(const struct form *f, const struct row *row)
{
    return !f->setup.is_shown || f->setup.is_shown(f, row->spec, f->setup.data);
}

static gboolean takes_focus(const struct form *f, const struct row *row)
{
    enum form_kind kind = row->spec->kind;
    return kind != FORM_NOTE && kind != FORM_HEADING && form_is_shown(f, row);
}

static gboolean is_on(const struct row *row, int page)
{
    return row->spec->page == page || row->spec->page == FORM_ALL_PAGES;
}

gboolean form_can_focus(const struct form *f, guint i)
{
    return i < f->n && is_on(&f->rows[i], f->page) && takes_focus(f, &f->rows[i]);
}

void form_go(struct form *f, guint i)
{
    if (f->rows[i].spec->page != FORM_ALL_PAGES)
        f->page = f->rows[i].spec->page;
    f->focus = i;
}

void form_settle(struct form *f)
{
    for (guint n = 0; n < f->n; n++) {
        guint i = (f->focus + n) % f->n;
        if (form_can_focus(f, i)) {
            f->focus = i;
            return;
        }
    }
}
