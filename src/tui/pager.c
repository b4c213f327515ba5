/*
 * Text to read: its lines, the place in them, the keys. Places are (line, row of the folded
 * line), so that a text of any length is never folded as a whole. Knows no view: copying is the
 * caller's. Search and drawing have files of their own.
 */
#include "config.h"

#include "tui/pager.h"

#include <string.h>

#include "base/text.h"
#include "tui/pager_private.h"

#define LINE_MAX_CHARS 100000
#define TAB 8
#define STEP_SIDEWAYS 8
#define WHEEL_ROWS 3

static void free_line(gpointer p)
{
    struct pager_line *line = p;
    g_free(line->text);
    g_free(line);
}

void pager_init(struct pager *p)
{
    memset(p, 0, sizeof *p);
    p->lines = g_ptr_array_new_with_free_func(free_line);
    p->found = -1;
    p->is_folded = TRUE;
}

void pager_clear(struct pager *p)
{
    pager_ask_end(p);
    g_clear_pointer(&p->lines, g_ptr_array_unref);
    g_free(p->needle);
    g_free(p->hint);
    memset(p, 0, sizeof *p);
}

/* ---- lines ---- */

static char *without_tabs(const char *text)
{
    GString *s = g_string_new(NULL);
    int cells = 0;
    for (const char *p = text; *p != '\0'; p = g_utf8_next_char(p)) {
        if (*p == '\t') {
            int n = TAB - cells % TAB;
            g_string_append_printf(s, "%*s", n, "");
            cells += n;
            continue;
        }
        gunichar c = g_utf8_get_char(p);
        g_string_append_unichar(s, c);
        cells += g_unichar_iszerowidth(c) ? 0 : g_unichar_iswide(c) ? 2 : 1;
    }
    return g_string_free(s, FALSE);
}

static void add_line(struct pager *p, enum term_role role, const char *text, gsize len)
{
    if (len > 0 && text[len - 1] == '\r')
        len--;
    g_autofree char *safe = text_safe_block(text, (gssize)len, LINE_MAX_CHARS);
    struct pager_line *line = g_new0(struct pager_line, 1);
    line->role = role;
    line->text = without_tabs(safe);
    line->cells = (int)text_cells(line->text);
    g_ptr_array_add(p->lines, line);
}

const struct pager_line *pager_line_at(const struct pager *p, int i)
{
    return g_ptr_array_index(p->lines, i);
}

int pager_last(const struct pager *p)
{
    return (int)p->lines->len - 1;
}

static int count_rows(const char *text, int w)
{
    int rows = 0;
    do {
        gsize len;
        text = text_wrap(text, (gsize)w, &len);
        rows++;
    } while (*text != '\0');
    return rows;
}

int pager_rows(const struct pager *p, int i)
{
    struct pager_line *line = g_ptr_array_index(p->lines, i);
    if (!p->is_folded || p->w <= 0 || line->cells <= p->w)
        return 1;
    if (line->rows_w != p->w) {
        line->rows = count_rows(line->text, p->w);
        line->rows_w = p->w;
    }
    return line->rows;
}

/* ---- the place ---- */

/* Where the screen stands when the last row is at its foot. */
static void end_place(const struct pager *p, int *ret_top, int *ret_part)
{
    int left = MAX(p->h, 1), top = pager_last(p), part = 0;
    for (; top >= 0; top--) {
        int rows = pager_rows(p, top);
        if (rows >= left) {
            part = rows - left;
            break;
        }
        left -= rows;
    }
    *ret_top = MAX(top, 0);
    *ret_part = part;
}

static gboolean is_behind(const struct pager *p, int top, int part)
{
    return p->top > top || (p->top == top && p->top_part > part);
}

void pager_keep_inside(struct pager *p)
{
    int top, part;
    end_place(p, &top, &part);
    if (p->lines->len > 0)
        p->top_part = CLAMP(p->top_part, 0, pager_rows(p, CLAMP(p->top, 0, pager_last(p))) - 1);
    if (is_behind(p, top, part)) {
        p->top = top;
        p->top_part = part;
    }
}

gboolean pager_is_at_end(const struct pager *p)
{
    int top, part;
    end_place(p, &top, &part);
    return !(p->top < top || (p->top == top && p->top_part < part));
}

void pager_go_end(struct pager *p)
{
    end_place(p, &p->top, &p->top_part);
}

static void move(struct pager *p, int rows)
{
    for (; rows > 0 && !pager_is_at_end(p); rows--) {
        if (++p->top_part >= pager_rows(p, p->top)) {
            p->top++;
            p->top_part = 0;
        }
    }
    for (; rows < 0 && (p->top > 0 || p->top_part > 0); rows++) {
        if (--p->top_part < 0) {
            p->top--;
            p->top_part = pager_rows(p, p->top) - 1;
        }
    }
}

void pager_go_to(struct pager *p, int line)
{
    p->top = CLAMP(line, 0, MAX(pager_last(p), 0));
    p->top_part = 0;
    p->follows = FALSE;
    if (p->h > 0)
        pager_keep_inside(p);
}

/* ---- text in, text out ---- */

static void add_lines(struct pager *p, enum term_role role, const char *text)
{
    const char *end = text + strlen(text);
    while (text < end) {
        const char *stop = memchr(text, '\n', (gsize)(end - text));
        add_line(p, role, text, (gsize)((stop != NULL ? stop : end) - text));
        text = stop != NULL ? stop + 1 : end;
    }
}

static void drop_oldest(struct pager *p)
{
    if (p->lines->len <= PAGER_LINES_MAX)
        return;
    guint over = p->lines->len - PAGER_LINES_MAX;
    g_ptr_array_remove_range(p->lines, 0, over);
    if (p->top < (int)over)
        p->top_part = 0;
    p->top = MAX(p->top - (int)over, 0);
    p->found = MAX(p->found - (int)over, -1);
}

void pager_add(struct pager *p, enum term_role role, const char *text)
{
    add_lines(p, role, text);
    drop_oldest(p);
    if (p->follows)
        pager_go_end(p);
}

void pager_set_text(struct pager *p, const char *text)
{
    g_ptr_array_set_size(p->lines, 0);
    p->found = -1;
    add_lines(p, ROLE_NORMAL, text != NULL ? text : "");
    drop_oldest(p);
    if (p->follows)
        pager_go_end(p);
    else
        pager_keep_inside(p);
}

void pager_empty(struct pager *p)
{
    g_ptr_array_set_size(p->lines, 0);
    p->top = p->top_part = p->left = 0;
    p->found = -1;
}

char *pager_text(const struct pager *p)
{
    GString *s = g_string_new(NULL);
    for (guint i = 0; i < p->lines->len; i++)
        g_string_append_printf(s, "%s\n", pager_line_at(p, (int)i)->text);
    return g_string_free(s, FALSE);
}

/* ---- keys ---- */

static gboolean go_sideways(struct pager *p, int by)
{
    int widest = 0;
    if (p->is_folded)
        return FALSE;
    for (guint i = 0; i < p->lines->len; i++)
        widest = MAX(widest, pager_line_at(p, (int)i)->cells);
    int to = CLAMP(p->left + by, 0, MAX(widest - p->w, 0));
    gboolean moved = to != p->left;
    p->left = to;
    return moved;
}

static gboolean toggle_folded(struct pager *p)
{
    p->is_folded = !p->is_folded;
    p->left = p->top_part = 0;
    pager_keep_inside(p);
    return TRUE;
}

static gboolean toggle_follows(struct pager *p)
{
    p->follows = !p->follows;
    if (p->follows)
        pager_go_end(p);
    return TRUE;
}

/* 0: no key that goes up or down. */
static int rows_by_key(const struct pager *p, guint32 key)
{
    int page = MAX(p->h - 1, 1);
    switch (key) {
    case TK_UP:
    case 'k':
        return -1;
    case TK_DOWN:
    case 'j':
        return 1;
    case TK_WHEEL_UP:
        return -WHEEL_ROWS;
    case TK_WHEEL_DOWN:
        return WHEEL_ROWS;
    case TK_PAGE_UP:
    case TK_CTRL('B'):
        return -page;
    case TK_PAGE_DOWN:
    case TK_CTRL('F'):
    case ' ':
        return page;
    default:
        return 0;
    }
}

static gboolean other_key(struct pager *p, guint32 key)
{
    switch (key) {
    case TK_HOME:
    case 'g':
        pager_go_to(p, 0);
        return TRUE;
    case TK_END:
    case 'G':
        pager_go_end(p);
        return TRUE;
    case TK_LEFT:
    case 'h':
        return go_sideways(p, -STEP_SIDEWAYS);
    case TK_RIGHT:
    case 'l':
        return go_sideways(p, STEP_SIDEWAYS);
    case '/':
        return pager_ask(p);
    case 'n':
        return pager_search_on(p, 1);
    case 'N':
        return pager_search_on(p, -1);
    case 'w':
        return toggle_folded(p);
    case 'F':
        return toggle_follows(p);
    case TK_ESC:
        return pager_forget(p);
    default:
        return FALSE;
    }
}

gboolean pager_event(struct pager *p, const struct term_event *e)
{
    if (p->asking != NULL && (e->kind == EVENT_KEY || e->kind == EVENT_PASTE))
        return pager_ask_event(p, e);
    if (e->kind != EVENT_KEY)
        return FALSE;
    int rows = rows_by_key(p, e->key);
    if (rows == 0)
        return other_key(p, e->key);
    move(p, rows);
    /* Who goes up wants to read there, also while lines come. */
    if (rows < 0)
        p->follows = FALSE;
    return TRUE;
}
