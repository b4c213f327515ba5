/*
 * One line being edited: the keys, what a paste becomes, and which part is seen. Not for what a
 * text must be: the form checks that by its field.
 */
#include "config.h"

#include "tui/input.h"

#include <string.h>

#include "base/text.h"
#include "tui/grapheme.h"

#define UNDO_BYTES (64 * 1024)
#define SECRET_STARS 10 /* says nothing about the length */

void input_init(struct input *in, gsize max_bytes)
{
    *in = (struct input){.text = g_string_new(NULL),
                         .max_bytes = max_bytes ? max_bytes : INPUT_MAX_DEFAULT};
    undo_init(&in->undo, UNDO_BYTES);
}

static void wipe(char *text)
{
    if (text)
        explicit_bzero(text, strlen(text));
    g_free(text);
}

void input_clear(struct input *in)
{
    if (in->text) {
        explicit_bzero(in->text->str, in->text->allocated_len);
        g_string_free(in->text, TRUE);
    }
    wipe(in->cut);
    undo_clear(&in->undo);
    *in = (struct input){0};
}

const char *input_text(const struct input *in)
{
    return in->text->str;
}

gboolean input_is_empty(const struct input *in)
{
    return in->text->len == 0;
}

gsize input_chars(const struct input *in)
{
    gsize n = 0;
    for (gsize at = 0; at < in->text->len; n++)
        at = grapheme_next(in->text->str, in->text->len, at);
    return n;
}

/* ---- what may stand in it ---- */

/* The character as it may stand here: a blank for a line end or tab, 0 for nothing. */
static gunichar fit(gunichar c)
{
    if (c == '\n' || c == '\r' || c == '\t' || c == 0x2028 || c == 0x2029)
        return ' ';
    if (c < ' ' || (c >= 0x7f && c < 0xa0) || !g_unichar_validate(c))
        return 0;
    return c;
}

/* The beginning of `text`, at most `max` bytes and no part of a character. */
static char *beginning(const char *text, gsize max)
{
    gsize len = strlen(text);
    if (len > max) {
        len = max;
        while (len > 0 && ((guchar)text[len] & 0xc0) == 0x80)
            len--;
    }
    return g_strndup(text, len);
}

/* At most `room` bytes of `text`, each of them fit to stand here. Caller frees. */
static char *fitting(const char *text, gsize room)
{
    /* A paste may be a thousand times what there is room for. */
    g_autofree char *part = beginning(text, room * 4 + 16);
    g_autofree char *valid = g_utf8_make_valid(part, -1);
    g_autoptr(GString) out = g_string_sized_new(strlen(valid) + 1);
    for (const char *p = valid; *p; p = g_utf8_next_char(p)) {
        gboolean is_first_of_two = *p == '\r' && p[1] == '\n';
        gunichar c = is_first_of_two ? 0 : fit(g_utf8_get_char(p));
        if (c)
            g_string_append_unichar(out, c);
    }
    gsize len = 0;
    while (len < out->len) {
        gsize next = grapheme_next(out->str, out->len, len);
        if (next > room)
            break;
        len = next;
    }
    explicit_bzero(part, strlen(part));
    explicit_bzero(valid, strlen(valid));
    char *fit_text = g_strndup(out->str, len);
    explicit_bzero(out->str, out->len);
    return fit_text;
}

void input_set(struct input *in, const char *text)
{
    char *fit_text = fitting(text ? text : "", in->max_bytes);
    explicit_bzero(in->text->str, in->text->len);
    g_string_assign(in->text, fit_text);
    wipe(fit_text);
    undo_clear(&in->undo);
    in->cursor = in->text->len;
    in->scroll = 0;
}

/* ---- edits ---- */

/* `len` bytes at `at` give way to `text`, without a note of it. The old buffer may hold a
 * password, so it is never left to realloc(). */
static void replace(struct input *in, gsize at, gsize len, const char *text)
{
    gsize more = strlen(text);
    GString *s = in->text;
    if (s->len - len + more >= s->allocated_len) {
        GString *larger = g_string_sized_new((s->len + more) * 2);
        g_string_append_len(larger, s->str, (gssize)s->len);
        explicit_bzero(s->str, s->len);
        g_string_free(s, TRUE);
        s = in->text = larger;
    }
    g_string_erase(s, (gssize)at, (gssize)len);
    g_string_insert(s, (gssize)at, text);
}

/* The cursor behind what was put in: also behind a mark that was first in the text and now
 * stands on that. */
static void go_behind(struct input *in, gsize at)
{
    while (!grapheme_is_edge(in->text->str, in->text->len, at))
        at++;
    in->cursor = at;
}

static enum input_did edit(struct input *in, gsize at, gsize len, const char *text)
{
    if (len == 0 && !*text)
        return INPUT_MOVED;
    char *removed = g_strndup(in->text->str + at, len);
    struct undo_edit e = {
        .at = at, .removed = removed, .inserted = (char *)text, .cursor_at = in->cursor};
    undo_note(&in->undo, &e);
    wipe(removed);
    replace(in, at, len, text);
    go_behind(in, at + strlen(text));
    return INPUT_CHANGED;
}

/* Puts `text` at the cursor, as far as there is room. */
static enum input_did put(struct input *in, const char *text)
{
    gsize room = in->max_bytes > in->text->len ? in->max_bytes - in->text->len : 0;
    char *fit_text = fitting(text, room);
    enum input_did did = edit(in, in->cursor, 0, fit_text);
    wipe(fit_text);
    return did;
}

enum input_did input_insert(struct input *in, const char *text)
{
    undo_break(&in->undo);
    enum input_did did = put(in, text);
    undo_break(&in->undo);
    return did;
}

/* What is copied from a table or a terminal often has a line end behind it that nobody means.
 */
static enum input_did paste(struct input *in, const char *text)
{
    gsize len = strlen(text);
    while (len > 0 && (text[len - 1] == '\n' || text[len - 1] == '\r'))
        len--;
    char *part = g_strndup(text, len);
    enum input_did did = input_insert(in, part);
    wipe(part);
    return did;
}

static enum input_did take_out(struct input *in, gsize from, gsize to)
{
    if (from == to)
        return INPUT_MOVED;
    wipe(in->cut);
    in->cut = g_strndup(in->text->str + from, to - from);
    undo_break(&in->undo);
    enum input_did did = edit(in, from, to - from, "");
    undo_break(&in->undo);
    return did;
}

static enum input_did go(struct input *in, gsize to)
{
    undo_break(&in->undo);
    in->cursor = to;
    return INPUT_MOVED;
}

/* ---- keys ---- */

static enum input_did key_left(struct input *in)
{
    return go(in, grapheme_back(in->text->str, in->cursor));
}
static enum input_did key_right(struct input *in)
{
    return go(in, grapheme_next(in->text->str, in->text->len, in->cursor));
}
static enum input_did key_word_left(struct input *in)
{
    return go(in, grapheme_word_back(in->text->str, in->cursor));
}
static enum input_did key_word_right(struct input *in)
{
    return go(in, grapheme_word_next(in->text->str, in->text->len, in->cursor));
}
static enum input_did key_home(struct input *in)
{
    return go(in, 0);
}
static enum input_did key_end(struct input *in)
{
    return go(in, in->text->len);
}
static enum input_did key_backspace(struct input *in)
{
    gsize from = grapheme_back(in->text->str, in->cursor);
    return edit(in, from, in->cursor - from, "");
}
static enum input_did key_delete(struct input *in)
{
    gsize to = grapheme_next(in->text->str, in->text->len, in->cursor);
    return edit(in, in->cursor, to - in->cursor, "");
}
static enum input_did key_cut_word(struct input *in)
{
    return take_out(in, grapheme_word_back(in->text->str, in->cursor), in->cursor);
}
static enum input_did key_cut_before(struct input *in)
{
    return take_out(in, 0, in->cursor);
}
static enum input_did key_cut_behind(struct input *in)
{
    return take_out(in, in->cursor, in->text->len);
}
static enum input_did key_put_back(struct input *in)
{
    return in->cut ? input_insert(in, in->cut) : INPUT_MOVED;
}

static enum input_did key_undo(struct input *in)
{
    const struct undo_edit *e = undo_back(&in->undo);
    if (!e)
        return INPUT_MOVED;
    replace(in, e->at, strlen(e->inserted), e->removed);
    in->cursor = e->cursor_at;
    return INPUT_CHANGED;
}

static enum input_did key_redo(struct input *in)
{
    const struct undo_edit *e = undo_again(&in->undo);
    if (!e)
        return INPUT_MOVED;
    replace(in, e->at, strlen(e->removed), e->inserted);
    go_behind(in, e->at + strlen(e->inserted));
    return INPUT_CHANGED;
}

static enum input_did key_reveal(struct input *in)
{
    if (!in->is_secret)
        return INPUT_IGNORED;
    in->is_revealed = !in->is_revealed;
    return INPUT_MOVED;
}

#define CTRL_UNDERSCORE 0x1f

static const struct {
    guint32 key;
    enum input_did (*run)(struct input *in);
} keys[] = {
    {TK_LEFT, key_left},
    {TK_RIGHT, key_right},
    {TK_CTRL_LEFT, key_word_left},
    {TK_CTRL_RIGHT, key_word_right},
    {TK_HOME, key_home},
    {TK_CTRL('a'), key_home},
    {TK_END, key_end},
    {TK_CTRL('e'), key_end},
    {TK_BACKSPACE, key_backspace},
    {TK_DELETE, key_delete},
    {TK_CTRL('d'), key_delete},
    {TK_CTRL('w'), key_cut_word},
    {TK_CTRL('u'), key_cut_before},
    {TK_CTRL('k'), key_cut_behind},
    {TK_CTRL('y'), key_put_back},
    {CTRL_UNDERSCORE, key_undo},
    {TK_CTRL('r'), key_redo},
    {TK_CTRL('t'), key_reveal},
};

enum input_did input_event(struct input *in, const struct term_event *e)
{
    if (e->kind == EVENT_PASTE)
        return paste(in, e->text ? e->text : "");
    if (e->kind != EVENT_KEY)
        return INPUT_IGNORED;
    for (gsize i = 0; i < G_N_ELEMENTS(keys); i++)
        if (keys[i].key == e->key)
            return keys[i].run(in);
    if (e->key < ' ' || e->key >= TK_SPECIAL || !fit(e->key))
        return INPUT_IGNORED;
    char typed[8] = {0};
    g_unichar_to_utf8(e->key, typed);
    return put(in, typed);
}

/* ---- what is seen ---- */

static int cells_between(const struct input *in, gsize from, gsize to)
{
    return (int)grapheme_cells(in->text->str + from, to - from);
}

/* The text from `scroll` on, with the sign for what is left of it and the cell behind it. */
static int cells_from(const struct input *in, gsize scroll)
{
    return (scroll > 0) + cells_between(in, scroll, in->text->len) + 1;
}

static gboolean is_in_sight(const struct input *in, gsize scroll, int w)
{
    gsize len = in->text->len, next = grapheme_next(in->text->str, len, in->cursor);
    if (in->cursor < scroll)
        return FALSE;
    if (cells_from(in, scroll) <= w)
        return TRUE;
    int under = in->cursor < len ? cells_between(in, in->cursor, next) : 1;
    int is_cut = next < len;
    return (scroll > 0) + cells_between(in, scroll, in->cursor) + under + is_cut <= w;
}

/* Moves the part that is seen only when it must, and then by a good piece: on a slow line every
 * move is a row drawn anew. */
static void follow_cursor(struct input *in, int w)
{
    const char *text = in->text->str;
    in->scroll = MIN(in->scroll, in->text->len);
    while (!grapheme_is_edge(text, in->text->len, in->scroll)) /* after an edit */
        in->scroll--;
    if (!is_in_sight(in, in->scroll, w)) {
        int room = in->cursor < in->scroll ? w / 3 : w * 2 / 3;
        in->scroll = in->cursor;
        while (in->scroll > 0) {
            gsize back = grapheme_back(text, in->scroll);
            if (cells_between(in, back, in->cursor) > room)
                break;
            in->scroll = back;
        }
        while (in->scroll < in->cursor && !is_in_sight(in, in->scroll, w))
            in->scroll = grapheme_next(text, in->text->len, in->scroll);
    }
    while (in->scroll > 0) {
        gsize back = grapheme_back(text, in->scroll);
        if (cells_from(in, back) > w)
            break;
        in->scroll = back;
    }
}

static char *show_secret(const struct input *in, int w, int *ret_cursor)
{
    int n = input_is_empty(in) ? 0 : MIN(SECRET_STARS, MAX(w - 1, 0));
    *ret_cursor = n;
    return g_strnfill((gsize)n, '*');
}

char *input_show(struct input *in, int w, int *ret_cursor)
{
    *ret_cursor = 0;
    if (w <= 0)
        return g_strdup("");
    if (in->is_secret && !in->is_revealed)
        return show_secret(in, w, ret_cursor);
    follow_cursor(in, w);
    const char *text = in->text->str;
    gsize len = in->text->len, end = in->scroll;
    int used = in->scroll > 0 && w > 1;
    int before = used + cells_between(in, in->scroll, in->cursor);
    gboolean is_whole = cells_from(in, in->scroll) <= w;
    while (end < len) {
        gsize next = grapheme_next(text, len, end);
        int cells = cells_between(in, end, next);
        gboolean is_last = next == len;
        if (!is_whole && used + cells + !is_last > w)
            break;
        used += cells;
        end = next;
    }
    g_autofree char *safe = text_safe(text + in->scroll, (gssize)(end - in->scroll), 0);
    g_autofree char *seen =
        g_strconcat(in->scroll > 0 && w > 1 ? term_sign(SIGN_MORE_LEFT) : "", safe,
                    end < len ? term_sign(SIGN_ELLIPSIS) : "", NULL);
    *ret_cursor = CLAMP(before, 0, w - 1);
    return draw_cut(seen, w);
}

/* Terminals without an underline, and the plain glyphs of people who want to see on paper or by
 * Braille where a field ends. */
static gboolean has_underscores(void)
{
    return term_glyphs() == GLYPHS_ASCII || term_theme() == THEME_MONO;
}

void input_draw(struct input *in, struct rect r, int x, int y, int w, enum term_role role,
                gboolean is_focused)
{
    if (w <= 0)
        return;
    gsize cursor = in->cursor, scroll = in->scroll;
    if (!is_focused) /* its beginning is what tells fields apart */
        in->cursor = in->scroll = 0;
    int at;
    g_autofree char *seen = input_show(in, w, &at);
    if (!is_focused) {
        in->cursor = cursor;
        in->scroll = scroll;
    }
    int used = (int)text_cells(seen);
    g_autofree char *empty = g_strnfill((gsize)MAX(w - used, 0), has_underscores() ? '_' : ' ');
    draw_text(r, x, y, role, seen);
    draw_text(r, x + used, y, role, empty);
    if (is_focused)
        draw_cursor(r, x + at, y);
}
