/*
 * What dialogs are built from: their place, the frame, folded text and rows of buttons. The
 * dialogs themselves are in dialog.c, confirm.c, menu.c and beside them.
 */
#include "config.h"

#include "tui/dialog.h"

#include "base/text.h"

/* Under this many columns a frame takes more than it gives. */
#define NARROW_COLUMNS 60
/* Lines that are longer are hard to read. */
#define READABLE_COLUMNS 72
#define FRAME_COLUMNS 4
#define FRAME_ROWS 2

/* ---- place and frame ---- */

struct rect dialog_place(struct ui *ui, struct rect screen, int columns, int rows)
{
    int w = columns + FRAME_COLUMNS;
    int h = rows + FRAME_ROWS;
    if (ui_is_accessible(ui) || screen.w < NARROW_COLUMNS || h > screen.h)
        return screen;
    /* One column of the screen stays free at each side: the frame is told by it. */
    w = MIN(w, screen.w - 2);
    return rect_part(screen, (screen.w - w) / 2, (screen.h - h) / 2, w, h);
}

int dialog_columns(struct rect screen, int wanted)
{
    int most = screen.w < NARROW_COLUMNS ? screen.w - 2 : screen.w - 2 - FRAME_COLUMNS;
    return CLAMP(wanted, 1, MAX(1, MIN(most, READABLE_COLUMNS)));
}

struct rect dialog_frame(struct rect r, const char *title)
{
    draw_fill(r, ROLE_NORMAL);
    if (r.x > 0) {
        draw_box(r, ROLE_NORMAL, title);
        return rect_part(r, 2, 1, r.w - FRAME_COLUMNS, r.h - FRAME_ROWS);
    }
    draw_text(r, 1, 0, ROLE_HEADING, title);
    return rect_part(r, 1, 1, r.w - 2, r.h - 1);
}

/* ---- folded text ---- */

void folded_init(struct folded *f, const char *text)
{
    *f = (struct folded){.text = text_safe_block(text, -1, 0)};
    g_strdelimit(f->text, "\t", ' ');
}

void folded_clear(struct folded *f)
{
    g_free(f->text);
    if (f->lines)
        g_ptr_array_unref(f->lines);
    *f = (struct folded){.text = NULL};
}

int folded_rows(struct folded *f, int columns)
{
    if (f->lines && f->columns == columns)
        return (int)f->lines->len;
    if (f->lines)
        g_ptr_array_unref(f->lines);
    f->lines = g_ptr_array_new_with_free_func(g_free);
    f->columns = columns;
    for (const char *s = f->text; s && *s;) {
        gsize len;
        const char *next = text_wrap(s, (gsize)MAX(1, columns), &len);
        g_ptr_array_add(f->lines, g_strndup(s, len));
        s = next;
    }
    return (int)f->lines->len;
}

int folded_columns(const struct folded *f)
{
    int most = 0;
    g_auto(GStrv) lines = g_strsplit(f->text ? f->text : "", "\n", -1);
    for (char **line = lines; *line; line++)
        most = MAX(most, (int)text_cells(*line));
    return most;
}

void folded_draw(struct folded *f, struct rect r, enum term_role role)
{
    int rows = folded_rows(f, r.w);
    f->top = CLAMP(f->top, 0, MAX(0, rows - r.h));
    for (int y = 0; y < r.h && f->top + y < rows; y++)
        draw_text(r, 0, y, role, g_ptr_array_index(f->lines, (guint)(f->top + y)));
    if (r.h > 0 && r.w > 1 && f->top > 0)
        draw_text(r, r.w - 1, 0, ROLE_KEY, "^");
    if (r.h > 0 && r.w > 1 && f->top + r.h < rows)
        draw_text(r, r.w - 1, r.h - 1, ROLE_KEY, "v");
}

gboolean folded_key(struct folded *f, guint32 key, int rows)
{
    static const struct {
        guint32 key;
        int pages, lines;
    } moves[] = {
        {TK_PAGE_UP, -1, 1},
        {TK_PAGE_DOWN, 1, -1},
        {TK_WHEEL_UP, 0, -3},
        {TK_WHEEL_DOWN, 0, 3},
    };
    if (!f->lines || (int)f->lines->len <= rows)
        return FALSE;
    for (guint i = 0; i < G_N_ELEMENTS(moves); i++) {
        if (moves[i].key != key)
            continue;
        int to = f->top + moves[i].pages * rows + moves[i].lines;
        f->top = CLAMP(to, 0, (int)f->lines->len - rows);
        return TRUE;
    }
    return FALSE;
}

/* ---- buttons ---- */

void buttons_init(struct buttons *b, const char *const *labels, int focus)
{
    *b = (struct buttons){.labels = labels, .n = (int)g_strv_length((char **)labels)};
    b->focus = CLAMP(focus, 0, MAX(0, b->n - 1));
}

static gunichar first_letter(const char *label)
{
    return g_unichar_tolower(g_utf8_get_char(label));
}

/* The first button of that letter: one that comes later with the same has none. */
static int button_of_letter(const struct buttons *b, guint32 key)
{
    if (key >= TK_SPECIAL || !g_unichar_isalnum(key))
        return BUTTON_PASS;
    for (int i = 0; i < b->n; i++)
        if (first_letter(b->labels[i]) == g_unichar_tolower(key))
            return i;
    return BUTTON_PASS;
}

static int buttons_step(struct buttons *b, int step, gboolean passes)
{
    int to = b->focus + step;
    if (passes && (to < 0 || to >= b->n))
        return BUTTON_PASS;
    b->focus = (to + b->n) % b->n;
    return BUTTON_NONE;
}

int buttons_key(struct buttons *b, guint32 key, gboolean is_part)
{
    if (b->n == 0)
        return BUTTON_PASS;
    switch (key) {
    case TK_ENTER:
    case ' ':
        return b->focus;
    case TK_TAB:
        return buttons_step(b, 1, is_part);
    case TK_BACKTAB:
        return buttons_step(b, -1, is_part);
    case TK_RIGHT:
        return buttons_step(b, 1, FALSE);
    case TK_LEFT:
        return buttons_step(b, -1, FALSE);
    case TK_DOWN:
        return is_part ? BUTTON_PASS : buttons_step(b, 1, FALSE);
    case TK_UP:
        return is_part ? BUTTON_PASS : buttons_step(b, -1, FALSE);
    default:
        return is_part ? BUTTON_PASS : button_of_letter(b, key);
    }
}

#define BUTTON_GAP 2

/* ">[ Label ]" */
static int button_cells(const char *label)
{
    return (int)text_cells(label) + 5;
}

static int buttons_cells(const struct buttons *b)
{
    int cells = 0;
    for (int i = 0; i < b->n; i++)
        cells += button_cells(b->labels[i]) + (i > 0 ? BUTTON_GAP : 0);
    return cells;
}

int buttons_columns(const struct buttons *b)
{
    return buttons_cells(b);
}

int buttons_rows(const struct buttons *b, int columns)
{
    return buttons_cells(b) <= columns ? MIN(1, b->n) : b->n;
}

int buttons_draw(const struct buttons *b, struct rect r, int y, gboolean has_focus)
{
    int cells = buttons_cells(b);
    gboolean is_stacked = cells > r.w;
    int x = is_stacked ? 0 : (r.w - cells) / 2;
    for (int i = 0; i < b->n; i++) {
        gboolean is_focus = has_focus && i == b->focus;
        enum term_role role = is_focus ? ROLE_SELECTED : ROLE_NORMAL;
        /* The sign in front says it where reverse video is not seen. */
        draw_text(r, x, y, ROLE_NORMAL, is_focus ? ">" : " ");
        draw_format(r, x + 1, y, role, "[ %s ]", b->labels[i]);
        if (is_focus)
            draw_cursor(r, x + 3, y);
        if (is_stacked)
            y++;
        else
            x += button_cells(b->labels[i]) + BUTTON_GAP;
    }
    return buttons_rows(b, r.w);
}
