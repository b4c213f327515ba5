/*
 * Changing the text of an area: one replacement underlies typing, pasting, cutting and undo,
 * and keeps the counts. Not for where the cursor goes without a change.
 */
#include "config.h"

#include <string.h>

#include "base/i18n.h"
#include "tui/grapheme.h"
#include "tui/textarea_private.h"

/* ---- lines ---- */

const struct textarea_line *area_line(const struct textarea *t, gsize line)
{
    return &g_array_index(t->lines, struct textarea_line, line);
}

const char *area_line_text(const struct textarea *t, gsize line)
{
    const char *text = area_line(t, line)->text;
    return text ? text : "";
}

gsize area_line_len(const struct textarea *t, gsize line)
{
    return area_line(t, line)->len;
}

gsize area_last_line(const struct textarea *t)
{
    return t->lines->len - 1;
}

/* Takes `text`, without line ends. */
static struct textarea_line line_of(char *text, gsize len)
{
    struct textarea_line l = {.text = text, .len = (guint32)len};
    gboolean is_word = FALSE;
    for (gsize i = 0; i < len; i++) {
        guchar c = (guchar)text[i];
        gboolean is_blank = c == ' ' || c == '\t';
        l.chars += (c & 0xc0) != 0x80;
        l.words += !is_blank && !is_word;
        is_word = !is_blank;
    }
    if (len == 0)
        g_clear_pointer(&l.text, g_free);
    return l;
}

static void count(struct textarea *t, const struct textarea_line *l, gboolean is_added)
{
    t->bytes += is_added ? l->len : -(gsize)l->len;
    t->chars += is_added ? l->chars : -(gsize)l->chars;
    t->words += is_added ? l->words : -(gsize)l->words;
}

/* ---- text that may stand here ---- */

char *area_fitting(const char *text)
{
    g_autofree char *valid = g_utf8_make_valid(text, -1);
    GString *out = g_string_sized_new(strlen(valid) + 1);
    for (const char *p = valid; *p; p = g_utf8_next_char(p)) {
        gunichar c = g_utf8_get_char(p);
        if (c == '\r') {
            if (p[1] != '\n')
                g_string_append_c(out, '\n');
        } else if (c == '\n' || c == '\t' ||
                   (c >= ' ' && c != 0x7f && !(c >= 0x80 && c < 0xa0))) {
            g_string_append_unichar(out, c);
        }
    }
    return g_string_free(out, FALSE);
}

/* ---- one replacement ---- */

char *area_between(const struct textarea *t, struct textarea_place from,
                   struct textarea_place to)
{
    if (from.line == to.line)
        return g_strndup(area_line_text(t, from.line) + from.at, to.at - from.at);
    GString *s = g_string_new(area_line_text(t, from.line) + from.at);
    for (gsize line = from.line + 1; line <= to.line; line++) {
        gsize len = line == to.line ? to.at : area_line_len(t, line);
        g_string_append_c(s, '\n');
        g_string_append_len(s, area_line_text(t, line), (gssize)len);
    }
    return g_string_free(s, FALSE);
}

/* Where a text ends that stands at `from`. */
static struct textarea_place behind(struct textarea_place from, const char *text)
{
    const char *end = strrchr(text, '\n');
    if (!end)
        return (struct textarea_place){from.line, from.at + strlen(text)};
    gsize ends = 0;
    for (const char *p = text; (p = strchr(p, '\n')) != NULL; p++)
        ends++;
    return (struct textarea_place){from.line + ends, strlen(end + 1)};
}

/* The lines that `whole` makes, in place of those from `first` to `last`. */
static void put_lines(struct textarea *t, gsize first, gsize last, const char *whole)
{
    g_autoptr(GArray) made = g_array_new(FALSE, FALSE, sizeof(struct textarea_line));
    for (const char *p = whole;; p++) {
        gsize len = strcspn(p, "\n");
        struct textarea_line l = line_of(g_strndup(p, len), len);
        count(t, &l, TRUE);
        g_array_append_val(made, l);
        p += len;
        if (!*p)
            break;
    }
    for (gsize line = first; line <= last; line++) {
        count(t, area_line(t, line), FALSE);
        g_free(area_line(t, line)->text);
    }
    gsize ends = made->len - (last - first + 1); /* wraps round when there are fewer */
    t->bytes += ends;
    t->chars += ends;
    if (made->len == 1 && first == last) {
        g_array_index(t->lines, struct textarea_line, first) =
            g_array_index(made, struct textarea_line, 0);
        return;
    }
    g_array_remove_range(t->lines, (guint)first, (guint)(last - first + 1));
    g_array_insert_vals(t->lines, (guint)first, made->data, made->len);
}

/* The cursor behind what was put in, and behind a mark that was first in its line and now
 * stands on that. */
static void go_behind(struct textarea *t, struct textarea_place p)
{
    while (!grapheme_is_edge(area_line_text(t, p.line), area_line_len(t, p.line), p.at))
        p.at++;
    t->cursor = p;
}

void area_swap(struct textarea *t, struct textarea_place from, struct textarea_place to,
               const char *text)
{
    g_autofree char *whole =
        g_strdup_printf("%.*s%s%s", (int)from.at, area_line_text(t, from.line), text,
                        area_line_text(t, to.line) + to.at);
    gsize lines = t->lines->len;
    put_lines(t, from.line, to.line, whole);
    if (t->lines->len == lines && from.line == to.line)
        area_folds_changed(t, from.line, from.at);
    else
        area_folds_forget(t);
    go_behind(t, behind(from, text));
    t->serial++;
    t->goal = -1;
}

gboolean area_edit(struct textarea *t, struct textarea_place from, struct textarea_place to,
                   const char *text)
{
    g_autofree char *removed = area_between(t, from, to);
    if (t->bytes - strlen(removed) + strlen(text) > t->max_bytes) {
        t->said = N_("there is no room for more");
        return FALSE;
    }
    if (!*removed && !*text)
        return TRUE;
    struct undo_edit e = {.line = from.line,
                          .at = from.at,
                          .removed = removed,
                          .inserted = (char *)text,
                          .cursor_line = t->cursor.line,
                          .cursor_at = t->cursor.at};
    undo_note(&t->undo, &e);
    area_swap(t, from, to, text);
    return TRUE;
}

/* ---- undo ---- */

enum input_did area_undo(struct textarea *t)
{
    const struct undo_edit *e = undo_back(&t->undo);
    if (!e) {
        t->said = N_("nothing to undo");
        return INPUT_MOVED;
    }
    struct textarea_place from = {e->line, e->at};
    area_swap(t, from, behind(from, e->inserted), e->removed);
    t->cursor = (struct textarea_place){e->cursor_line, e->cursor_at};
    return INPUT_CHANGED;
}

enum input_did area_redo(struct textarea *t)
{
    const struct undo_edit *e = undo_again(&t->undo);
    if (!e) {
        t->said = N_("nothing to do again");
        return INPUT_MOVED;
    }
    struct textarea_place from = {e->line, e->at};
    area_swap(t, from, behind(from, e->removed), e->inserted);
    return INPUT_CHANGED;
}

/* ---- whole lines ---- */

enum input_did area_cut_line(struct textarea *t)
{
    gsize line = t->cursor.line;
    gboolean is_last = line == area_last_line(t);
    struct textarea_place from = {line, 0};
    struct textarea_place to = {is_last ? line : line + 1,
                                is_last ? area_line_len(t, line) : 0};
    g_autofree char *text = area_between(t, from, to);
    if (!*text)
        return INPUT_MOVED;
    if (!t->is_cutting)
        g_string_truncate(t->cut, 0);
    g_string_append(t->cut, text);
    undo_break(&t->undo);
    area_edit(t, from, to, "");
    undo_break(&t->undo);
    t->is_cutting = TRUE;
    return INPUT_CHANGED;
}

enum input_did area_put_cut(struct textarea *t)
{
    if (t->cut->len == 0) {
        t->said = N_("nothing was cut yet");
        return INPUT_MOVED;
    }
    return textarea_insert(t, t->cut->str) ? INPUT_CHANGED : INPUT_MOVED;
}
