/*
 * A list dropped down from a field. Narrowing keeps the options in their order and never loses
 * a mark. Not for lists that fill a screen: those are tables.
 */
#include "config.h"

#include "tui/choice.h"

#include <string.h>

#include "base/i18n.h"
#include "base/text.h"

#define NARROW_BYTES 60
#define FRAME 2      /* rows and columns of the box */
#define MARK_CELLS 4 /* "[x] " */
#define LEAST_CELLS 12

static gboolean matches(const struct choice *c, guint option, const char *folded)
{
    g_autofree char *text = g_utf8_casefold(c->options[option], -1);
    return strstr(text, folded) != NULL;
}

/* The options that are left, with the bar on the one it was on when that is still there. */
static void narrow(struct choice *c)
{
    int was = choice_get(c);
    g_autofree char *folded = g_utf8_casefold(input_text(&c->narrow), -1);
    g_array_set_size(c->shown, 0);
    c->at = 0;
    for (guint i = 0; c->options[i]; i++) {
        if (!matches(c, i, folded))
            continue;
        if ((int)i == was)
            c->at = c->shown->len;
        g_array_append_val(c->shown, i);
    }
}

void choice_init(struct choice *c, char **take_options, gboolean is_multiple)
{
    *c = (struct choice){.options = take_options,
                         .is_marked = g_new0(gboolean, g_strv_length(take_options) + 1),
                         .is_multiple = is_multiple,
                         .shown = g_array_new(FALSE, FALSE, sizeof(guint))};
    input_init(&c->narrow, NARROW_BYTES);
    narrow(c);
}

void choice_clear(struct choice *c)
{
    if (!c->options)
        return;
    g_strfreev(c->options);
    g_free(c->is_marked);
    g_array_unref(c->shown);
    input_clear(&c->narrow);
    *c = (struct choice){0};
}

int choice_get(const struct choice *c)
{
    return c->at < c->shown->len ? (int)g_array_index(c->shown, guint, c->at) : -1;
}

void choice_mark(struct choice *c, guint option, gboolean on)
{
    if (option < g_strv_length(c->options))
        c->is_marked[option] = on;
}

void choice_goto(struct choice *c, guint option)
{
    for (guint i = 0; i < c->shown->len; i++)
        if (g_array_index(c->shown, guint, i) == option)
            c->at = i;
}

/* ---- keys ---- */

static void move(struct choice *c, int by)
{
    int last = (int)c->shown->len - 1;
    c->at = (guint)CLAMP((int)c->at + by, 0, MAX(last, 0));
}

static gboolean move_by_key(struct choice *c, guint32 key)
{
    static const struct {
        guint32 key;
        int by;
    } moves[] = {
        {TK_UP, -1},
        {TK_DOWN, 1},
        {TK_PAGE_UP, -CHOICE_MAX_ROWS},
        {TK_PAGE_DOWN, CHOICE_MAX_ROWS},
        {TK_HOME, -G_MAXINT / 2},
        {TK_END, G_MAXINT / 2},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(moves); i++) {
        if (moves[i].key == key) {
            move(c, moves[i].by);
            return TRUE;
        }
    }
    return FALSE;
}

enum choice_did choice_event(struct choice *c, const struct term_event *e)
{
    if (e->kind == EVENT_KEY) {
        if (e->key == TK_ESC || e->key == TK_CTRL('c'))
            return CHOICE_CANCELLED;
        if (e->key == TK_ENTER || e->key == TK_TAB) {
            gboolean has_answer = c->is_multiple || choice_get(c) >= 0;
            return has_answer ? CHOICE_CHOSEN : CHOICE_KEPT;
        }
        if (move_by_key(c, e->key))
            return CHOICE_KEPT;
        if (e->key == ' ' && c->is_multiple) {
            int option = choice_get(c);
            if (option >= 0)
                c->is_marked[option] = !c->is_marked[option];
            return CHOICE_KEPT;
        }
    }
    enum input_did did = input_event(&c->narrow, e);
    if (did == INPUT_CHANGED)
        narrow(c);
    return did == INPUT_IGNORED ? CHOICE_IGNORED : CHOICE_KEPT;
}

/* ---- on the screen ---- */

struct rect choice_place(const struct choice *c, int w, int h, int x, int y)
{
    int cells = LEAST_CELLS, rows = 0;
    for (; c->options[rows]; rows++) {
        g_autofree char *safe = text_safe(c->options[rows], -1, 0);
        cells = MAX(cells, (int)text_cells(safe));
    }
    cells = MIN(cells + (c->is_multiple ? MARK_CELLS : 0) + FRAME + 2, w);
    rows = CLAMP(rows, 1, CHOICE_MAX_ROWS) + FRAME;
    int below = h - (y + 1), above = y;
    struct rect r = {.w = cells};
    r.x = MAX(MIN(x, w - cells), 0);
    if (rows <= below || below >= above) {
        r.h = MIN(rows, MAX(below, 0));
        r.y = y + 1;
    } else {
        r.h = MIN(rows, above);
        r.y = y - r.h;
    }
    /* No room beside the field: over it, rather than not to be seen. */
    if (r.h < FRAME + 1) {
        r.y = 0;
        r.h = MIN(rows, h);
    }
    return r;
}

static void draw_option(const struct choice *c, struct rect in, int y, guint index)
{
    guint option = g_array_index(c->shown, guint, index);
    const char *mark = !c->is_multiple ? "" : c->is_marked[option] ? "[x] " : "[ ] ";
    g_autofree char *text =
        g_strdup_printf("%s%s%s", index == c->at ? ">" : " ", mark, c->options[option]);
    draw_cell(in, 0, y, in.w, index == c->at ? ROLE_SELECTED : ROLE_NORMAL, text);
}

void choice_draw(struct choice *c, struct rect r)
{
    struct rect in = rect_part(r, 1, 1, r.w - FRAME, r.h - FRAME);
    const char *typed = input_text(&c->narrow);
    draw_fill(r, ROLE_NORMAL);
    draw_box(r, ROLE_NORMAL, *typed ? typed : c->is_multiple ? _("Space marks") : NULL);
    guint rows = (guint)MAX(in.h, 1);
    if (c->at < c->top)
        c->top = c->at;
    if (c->at >= c->top + rows)
        c->top = c->at - rows + 1;
    if (c->top + rows > c->shown->len)
        c->top = c->shown->len > rows ? c->shown->len - rows : 0;
    for (guint y = 0; y < rows && c->top + y < c->shown->len; y++)
        draw_option(c, in, (int)y, c->top + y);
    if (c->shown->len == 0)
        draw_cell(in, 0, 0, in.w, ROLE_MUTED,
                  c->options[0] ? _("nothing fits") : _("there is none"));
    draw_cursor(in, 0, (int)(c->at - c->top));
}
