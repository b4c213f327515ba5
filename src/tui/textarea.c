/*
 * A text area's life and its keys. The text itself changes in textarea_edit.c, the cursor moves
 * in textarea_move.c, long lines are folded in textarea_fold.c.
 */
#include "config.h"

#include "tui/textarea.h"

#include <string.h>

#include "base/error.h"
#include "base/i18n.h"
#include "base/text.h"
#include "tui/grapheme.h"
#include "tui/textarea_private.h"

#define UNDO_BYTES (8 * 1024 * 1024)
#define SEARCH_BYTES 200
#define TAB_BLANKS "  "
#define CTRL_UNDERSCORE 0x1f

/* ---- life ---- */

static void line_clear(gpointer line)
{
    g_free(((struct textarea_line *)line)->text);
}

void textarea_init(struct textarea *t)
{
    struct textarea_line empty = {0};
    *t = (struct textarea){.goal = -1, .max_bytes = TEXTAREA_MAX_BYTES};
    t->lines = g_array_new(FALSE, FALSE, sizeof(struct textarea_line));
    g_array_append_val(t->lines, empty);
    t->folds = area_folds_new();
    t->cut = g_string_new(NULL);
    undo_init(&t->undo, UNDO_BYTES);
    input_init(&t->search, SEARCH_BYTES);
}

void textarea_clear(struct textarea *t)
{
    if (!t->lines)
        return;
    for (guint i = 0; i < t->lines->len; i++)
        line_clear(&g_array_index(t->lines, struct textarea_line, i));
    g_array_unref(t->lines);
    area_folds_free(t->folds);
    g_string_free(t->cut, TRUE);
    undo_clear(&t->undo);
    input_clear(&t->search);
    g_free(t->sought);
    *t = (struct textarea){0};
}

/* ---- the whole text ---- */

static struct textarea_place the_end(const struct textarea *t)
{
    gsize line = area_last_line(t);
    return (struct textarea_place){line, area_line_len(t, line)};
}

static gboolean check(const struct textarea *t, const char *text, gsize len, GError **error)
{
    if (len > t->max_bytes) {
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_INVALID,
                    _("the text is too long to be edited here: %zu bytes, at most %zu. Take it "
                      "to your own editor (^O)"),
                    len, t->max_bytes);
        return FALSE;
    }
    return text_check_utf8(_("the text"), text, len, t->max_bytes, error);
}

/* CR LF and CR become LF; everything else stays as it is, also what could not be typed. */
static char *with_line_feeds(const char *text)
{
    GString *s = g_string_sized_new(strlen(text) + 1);
    for (const char *p = text; *p; p++) {
        if (*p != '\r')
            g_string_append_c(s, *p);
        else if (p[1] != '\n')
            g_string_append_c(s, '\n');
    }
    return g_string_free(s, FALSE);
}

gboolean textarea_set(struct textarea *t, const char *text, GError **error)
{
    if (!check(t, text, strlen(text), error))
        return FALSE;
    g_autofree char *own = with_line_feeds(text);
    area_swap(t, (struct textarea_place){0, 0}, the_end(t), own);
    undo_clear(&t->undo);
    t->cursor = t->top = (struct textarea_place){0, 0};
    t->said = NULL;
    t->found_len = 0;
    t->is_searching = FALSE;
    textarea_set_saved(t);
    return TRUE;
}

gboolean textarea_replace(struct textarea *t, const char *text, GError **error)
{
    if (!check(t, text, strlen(text), error))
        return FALSE;
    g_autofree char *own = with_line_feeds(text), *old = textarea_text(t);
    if (g_str_equal(own, old))
        return TRUE;
    gsize line = t->cursor.line;
    undo_break(&t->undo);
    area_edit(t, (struct textarea_place){0, 0}, the_end(t), own);
    area_go(t, (struct textarea_place){MIN(line, area_last_line(t)), 0});
    return TRUE;
}

char *textarea_text(const struct textarea *t)
{
    GString *s = g_string_sized_new(t->bytes + 1);
    for (gsize line = 0; line < t->lines->len; line++) {
        if (line > 0)
            g_string_append_c(s, '\n');
        g_string_append_len(s, area_line_text(t, line), (gssize)area_line_len(t, line));
    }
    return g_string_free(s, FALSE);
}

gboolean textarea_is_changed(const struct textarea *t)
{
    return t->serial != t->saved;
}

void textarea_set_saved(struct textarea *t)
{
    t->saved = t->serial;
}

/* ---- keys ---- */

/* As typed: joined to what was typed before it. */
static enum input_did put(struct textarea *t, const char *text)
{
    return area_edit(t, t->cursor, t->cursor, text) ? INPUT_CHANGED : INPUT_MOVED;
}

gboolean textarea_insert(struct textarea *t, const char *text)
{
    g_autofree char *own = area_fitting(text);
    undo_break(&t->undo);
    gboolean is_done = area_edit(t, t->cursor, t->cursor, own);
    undo_break(&t->undo);
    t->found_len = 0;
    return is_done;
}

static enum input_did key_enter(struct textarea *t)
{
    return put(t, "\n");
}

static enum input_did key_tab(struct textarea *t)
{
    return put(t, TAB_BLANKS);
}

static enum input_did take_out(struct textarea *t, struct textarea_place from,
                               struct textarea_place to)
{
    if (from.line == to.line && from.at == to.at)
        return INPUT_MOVED;
    area_edit(t, from, to, "");
    return INPUT_CHANGED;
}

static enum input_did key_backspace(struct textarea *t)
{
    struct textarea_place to = t->cursor, from = to;
    if (to.at > 0)
        from.at = grapheme_back(area_line_text(t, to.line), to.at);
    else if (to.line > 0)
        from = (struct textarea_place){to.line - 1, area_line_len(t, to.line - 1)};
    return take_out(t, from, to);
}

static enum input_did key_delete(struct textarea *t)
{
    struct textarea_place from = t->cursor, to = from;
    gsize len = area_line_len(t, from.line);
    if (from.at < len)
        to.at = grapheme_next(area_line_text(t, from.line), len, from.at);
    else if (from.line < area_last_line(t))
        to = (struct textarea_place){from.line + 1, 0};
    return take_out(t, from, to);
}

static enum input_did key_search(struct textarea *t)
{
    input_set(&t->search, "");
    t->is_searching = TRUE;
    return INPUT_MOVED;
}

static enum input_did find_again(struct textarea *t, gboolean is_forward)
{
    if (!t->sought)
        return key_search(t);
    textarea_find(t, t->sought, is_forward);
    return INPUT_MOVED;
}

static enum input_did key_find_next(struct textarea *t)
{
    return find_again(t, TRUE);
}
static enum input_did key_find_back(struct textarea *t)
{
    return find_again(t, FALSE);
}

static const struct {
    guint32 key;
    enum input_did (*run)(struct textarea *t);
} keys[] = {
    {TK_ENTER, key_enter},         {TK_TAB, key_tab},
    {TK_BACKSPACE, key_backspace}, {TK_DELETE, key_delete},
    {TK_CTRL('d'), key_delete},    {TK_CTRL('k'), area_cut_line},
    {TK_CTRL('u'), area_put_cut},  {TK_CTRL('y'), area_put_cut},
    {CTRL_UNDERSCORE, area_undo},  {TK_CTRL('r'), area_redo},
    {TK_CTRL('w'), key_search},    {TK_CTRL('f'), key_search},
    {TK_CTRL('n'), key_find_next}, {TK_CTRL('p'), key_find_back},
};

/* The search line: Enter looks for what is typed, or again for what was looked for. */
static enum input_did search_event(struct textarea *t, const struct term_event *e)
{
    gboolean is_key = e->kind == EVENT_KEY;
    gboolean is_cancel = is_key && (e->key == TK_ESC || e->key == TK_CTRL('c'));
    if (is_cancel || (is_key && e->key == TK_ENTER)) {
        t->is_searching = FALSE;
        if (is_cancel)
            return INPUT_MOVED;
        if (!input_is_empty(&t->search)) {
            g_free(t->sought);
            t->sought = g_strdup(input_text(&t->search));
        }
        if (t->sought)
            textarea_find(t, t->sought, TRUE);
        return INPUT_MOVED;
    }
    /* The search takes all keys but those that are nobody's in a text area either. */
    return input_event(&t->search, e) == INPUT_IGNORED ? INPUT_IGNORED : INPUT_MOVED;
}

static enum input_did key_event(struct textarea *t, guint32 key)
{
    void (*move)(struct textarea * t) = area_move_of(key);
    if (move) {
        move(t);
        return INPUT_MOVED;
    }
    for (gsize i = 0; i < G_N_ELEMENTS(keys); i++)
        if (keys[i].key == key)
            return keys[i].run(t);
    if (key < ' ' || key >= TK_SPECIAL)
        return INPUT_IGNORED;
    char typed[8] = {0};
    if (!g_unichar_validate(key))
        return INPUT_IGNORED;
    g_unichar_to_utf8(key, typed);
    g_autofree char *fit = area_fitting(typed);
    return *fit ? put(t, fit) : INPUT_IGNORED;
}

enum input_did textarea_event(struct textarea *t, const struct term_event *e)
{
    if (e->kind != EVENT_KEY && e->kind != EVENT_PASTE)
        return INPUT_IGNORED;
    t->said = NULL;
    if (t->is_searching)
        return search_event(t, e);
    t->found_len = 0;
    if (e->kind == EVENT_PASTE) {
        t->is_cutting = FALSE;
        return textarea_insert(t, e->text ? e->text : "") ? INPUT_CHANGED : INPUT_MOVED;
    }
    enum input_did did = key_event(t, e->key);
    t->is_cutting = t->is_cutting && e->key == TK_CTRL('k');
    return did;
}

gboolean textarea_is_searching(const struct textarea *t)
{
    return t->is_searching;
}

/* ---- what there is to say ---- */

static gsize column(const struct textarea *t)
{
    const char *text = area_line_text(t, t->cursor.line);
    gsize n = 1;
    for (gsize at = 0; at < t->cursor.at; n++)
        at = grapheme_next(text, t->cursor.at, at);
    return n;
}

char *textarea_status(const struct textarea *t)
{
    g_autofree char *n_chars = text_grouped((gint64)t->chars);
    g_autofree char *n_words = text_grouped((gint64)t->words);
    g_autofree char *chars =
        g_strdup_printf(ngettext("%s character", "%s characters", t->chars), n_chars);
    g_autofree char *words =
        g_strdup_printf(ngettext("%s word", "%s words", t->words), n_words);
    const char *said = t->said ? _(t->said) : "";
    return g_strdup_printf(_("%s%sline %zu of %zu, column %zu   %s, %s"), said,
                           *said ? ".  " : "", t->cursor.line + 1, area_last_line(t) + 1,
                           column(t), chars, words);
}
