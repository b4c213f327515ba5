/*
 * Text to read, on the screen. Places are (line, row of the folded line), so that a text of any
 * length is never folded as a whole. Knows no view: copying and asking are the caller's.
 */
#include "config.h"

#include "tui/pager.h"

#include <string.h>

#include "base/i18n.h"
#include "base/text.h"
#include "tui/input.h"

#define LINE_MAX_CHARS 100000
#define TAB 8
#define STEP_SIDEWAYS 8
#define NEEDLE_MAX 200
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

static void end_asking(struct pager *p)
{
    if (p->asking == NULL)
        return;
    input_clear(p->asking);
    g_clear_pointer(&p->asking, g_free);
}

void pager_clear(struct pager *p)
{
    end_asking(p);
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

static const struct pager_line *line_at(const struct pager *p, int i)
{
    return g_ptr_array_index(p->lines, i);
}

static int last_line(const struct pager *p)
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

static int rows_of(const struct pager *p, int i)
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
    int left = MAX(p->h, 1), top = last_line(p), part = 0;
    for (; top >= 0; top--) {
        int rows = rows_of(p, top);
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

static void keep_inside(struct pager *p)
{
    int top, part;
    end_place(p, &top, &part);
    if (p->lines->len > 0)
        p->top_part = CLAMP(p->top_part, 0, rows_of(p, CLAMP(p->top, 0, last_line(p))) - 1);
    if (is_behind(p, top, part)) {
        p->top = top;
        p->top_part = part;
    }
}

static gboolean is_at_end(const struct pager *p)
{
    int top, part;
    end_place(p, &top, &part);
    return !(p->top < top || (p->top == top && p->top_part < part));
}

static void go_end(struct pager *p)
{
    end_place(p, &p->top, &p->top_part);
}

static void move(struct pager *p, int rows)
{
    for (; rows > 0 && !is_at_end(p); rows--) {
        if (++p->top_part >= rows_of(p, p->top)) {
            p->top++;
            p->top_part = 0;
        }
    }
    for (; rows < 0 && (p->top > 0 || p->top_part > 0); rows++) {
        if (--p->top_part < 0) {
            p->top--;
            p->top_part = rows_of(p, p->top) - 1;
        }
    }
}

void pager_go_to(struct pager *p, int line)
{
    p->top = CLAMP(line, 0, MAX(last_line(p), 0));
    p->top_part = 0;
    p->follows = FALSE;
    if (p->h > 0)
        keep_inside(p);
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
        go_end(p);
}

void pager_set_text(struct pager *p, const char *text)
{
    g_ptr_array_set_size(p->lines, 0);
    p->found = -1;
    add_lines(p, ROLE_NORMAL, text != NULL ? text : "");
    drop_oldest(p);
    if (p->follows)
        go_end(p);
    else
        keep_inside(p);
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
        g_string_append_printf(s, "%s\n", line_at(p, (int)i)->text);
    return g_string_free(s, FALSE);
}

/* ---- search ---- */

/* Where `needle` is in `text`, whatever the case; `*ret_len` octets. NULL: nowhere. */
static const char *find_in(const char *text, const char *needle, gsize *ret_len)
{
    for (; *text != '\0'; text = g_utf8_next_char(text)) {
        const char *a = text, *b = needle;
        while (*a != '\0' && *b != '\0' &&
               g_unichar_tolower(g_utf8_get_char(a)) == g_unichar_tolower(g_utf8_get_char(b))) {
            a = g_utf8_next_char(a);
            b = g_utf8_next_char(b);
        }
        if (*b == '\0') {
            *ret_len = (gsize)(a - text);
            return text;
        }
    }
    return NULL;
}

static int cells_before(const char *text, const char *at)
{
    g_autofree char *part = g_strndup(text, (gsize)(at - text));
    return (int)text_cells(part);
}

/* Brings a hit into sight: its line, and where lines are not folded its cells. */
static void show_found(struct pager *p)
{
    int last = p->top + MAX(p->h, 1) - 1;
    if (p->found < p->top || p->found > last || p->is_folded) {
        p->top = MAX(p->found - p->h / 3, 0);
        p->top_part = 0;
        keep_inside(p);
    }
    const char *text = line_at(p, p->found)->text;
    gsize len = 0;
    const char *at = find_in(text, p->needle, &len);
    int from = at != NULL ? cells_before(text, at) : 0;
    if (!p->is_folded && p->w > 0 && (from < p->left || from >= p->left + p->w - 1))
        p->left = MAX(from - p->w / 3, 0);
}

/* From line `from`, round at the ends. */
static gboolean search(struct pager *p, int from, int by)
{
    int n = (int)p->lines->len;
    gsize len;
    p->not_found = TRUE;
    if (p->needle == NULL || *p->needle == '\0' || n == 0)
        return FALSE;
    for (int i = 0; i < n; i++) {
        int line = ((from + i * by) % n + n) % n;
        if (find_in(line_at(p, line)->text, p->needle, &len) == NULL)
            continue;
        p->found = line;
        p->not_found = FALSE;
        p->follows = FALSE;
        show_found(p);
        return TRUE;
    }
    p->found = -1;
    return FALSE;
}

gboolean pager_search(struct pager *p, const char *needle)
{
    char *copy = text_safe(needle, -1, NEEDLE_MAX); /* as the lines are */
    g_free(p->needle);
    p->needle = copy;
    return search(p, p->top, 1);
}

static gboolean search_on(struct pager *p, int by)
{
    if (p->needle == NULL)
        return FALSE;
    (void)search(p, p->found >= 0 ? p->found + by : p->top, by);
    return TRUE;
}

static gboolean forget_search(struct pager *p)
{
    if (p->needle == NULL)
        return FALSE;
    g_clear_pointer(&p->needle, g_free);
    p->found = -1;
    p->not_found = FALSE;
    return TRUE;
}

static gboolean ask(struct pager *p)
{
    p->asking = g_new0(struct input, 1);
    input_init(p->asking, NEEDLE_MAX);
    input_set(p->asking, p->needle != NULL ? p->needle : "");
    return TRUE;
}

gboolean pager_is_asking(const struct pager *p)
{
    return p->asking != NULL;
}

static gboolean ask_event(struct pager *p, const struct term_event *e)
{
    gboolean is_key = e->kind == EVENT_KEY;
    if (is_key && (e->key == TK_ESC || e->key == TK_CTRL('C'))) {
        end_asking(p);
    } else if (is_key &&
               (e->key == TK_ENTER || (e->key == TK_BACKSPACE && input_is_empty(p->asking)))) {
        g_autofree char *needle = g_strdup(input_text(p->asking));
        end_asking(p);
        if (*needle == '\0')
            (void)forget_search(p);
        else
            (void)pager_search(p, needle);
    } else {
        (void)input_event(p->asking, e);
    }
    return TRUE;
}

/* ---- keys ---- */

static gboolean go_sideways(struct pager *p, int by)
{
    int widest = 0;
    if (p->is_folded)
        return FALSE;
    for (guint i = 0; i < p->lines->len; i++)
        widest = MAX(widest, line_at(p, (int)i)->cells);
    int to = CLAMP(p->left + by, 0, MAX(widest - p->w, 0));
    gboolean moved = to != p->left;
    p->left = to;
    return moved;
}

static gboolean toggle_folded(struct pager *p)
{
    p->is_folded = !p->is_folded;
    p->left = p->top_part = 0;
    keep_inside(p);
    return TRUE;
}

static gboolean toggle_follows(struct pager *p)
{
    p->follows = !p->follows;
    if (p->follows)
        go_end(p);
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
        go_end(p);
        return TRUE;
    case TK_LEFT:
    case 'h':
        return go_sideways(p, -STEP_SIDEWAYS);
    case TK_RIGHT:
    case 'l':
        return go_sideways(p, STEP_SIDEWAYS);
    case '/':
        return ask(p);
    case 'n':
        return search_on(p, 1);
    case 'N':
        return search_on(p, -1);
    case 'w':
        return toggle_folded(p);
    case 'F':
        return toggle_follows(p);
    case TK_ESC:
        return forget_search(p);
    default:
        return FALSE;
    }
}

gboolean pager_event(struct pager *p, const struct term_event *e)
{
    if (p->asking != NULL && (e->kind == EVENT_KEY || e->kind == EVENT_PASTE))
        return ask_event(p, e);
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

/* ---- drawing ---- */

/* `text` in a row, with what is searched for set off. */
static void draw_hits(const struct pager *p, struct rect r, int y, enum term_role role,
                      enum term_role hit, const char *text)
{
    int x = 0;
    gsize len = 0;
    while (p->needle != NULL && *p->needle != '\0') {
        const char *at = find_in(text, p->needle, &len);
        if (at == NULL || x >= r.w)
            break;
        g_autofree char *before = g_strndup(text, (gsize)(at - text));
        g_autofree char *found = g_strndup(at, len);
        x += draw_text(r, x, y, role, before);
        x += draw_text(r, x, y, hit, found);
        text = at + len;
    }
    if (x < r.w)
        (void)draw_text(r, x, y, role, text);
}

/* The part of a line from cell `left` on; half of a wide character that is cut is a blank. */
static char *from_cell(const char *text, int left)
{
    int cells = 0;
    for (; *text != '\0' && cells < left; text = g_utf8_next_char(text)) {
        gunichar c = g_utf8_get_char(text);
        cells += g_unichar_iszerowidth(c) ? 0 : g_unichar_iswide(c) ? 2 : 1;
    }
    while (*text != '\0' && g_unichar_iszerowidth(g_utf8_get_char(text)))
        text = g_utf8_next_char(text);
    return g_strconcat(cells > left ? " " : "", text, NULL);
}

static enum term_role hit_role(const struct pager *p, int line)
{
    return line == p->found ? ROLE_SELECTED : ROLE_MARKED;
}

static void draw_sideways(const struct pager *p, struct rect r, int y, int i)
{
    const struct pager_line *line = line_at(p, i);
    if (p->left == 0 || line->cells == 0) {
        draw_hits(p, r, y, line->role, hit_role(p, i), line->text);
        return;
    }
    g_autofree char *rest = from_cell(line->text, p->left + 1);
    (void)draw_text(r, 0, y, ROLE_KEY, term_sign(SIGN_MORE_LEFT));
    draw_hits(p, rect_part(r, 1, 0, r.w - 1, r.h), y, line->role, hit_role(p, i), rest);
}

/* Rows of line `i` from `part` on; returns the row behind them. */
static int draw_line(const struct pager *p, struct rect r, int y, int i, int part)
{
    const struct pager_line *line = line_at(p, i);
    if (!p->is_folded) {
        draw_sideways(p, r, y, i);
        return y + 1;
    }
    const char *text = line->text;
    do {
        gsize len;
        const char *next = text_wrap(text, (gsize)r.w, &len);
        g_autofree char *row = g_strndup(text, len);
        if (part-- <= 0)
            draw_hits(p, r, y++, line->role, hit_role(p, i), row);
        text = next;
    } while (*text != '\0' && y < r.h);
    return y;
}

static struct rect draw_asking(struct pager *p, struct rect r, gboolean is_focused)
{
    struct rect row = rect_rows(r, r.h - 1, 1);
    draw_fill(row, ROLE_NORMAL);
    int x = draw_text(row, 0, 0, ROLE_KEY, _("Search: "));
    input_draw(p->asking, row, x, 0, MAX(row.w - x, 1), ROLE_INPUT, is_focused);
    return rect_rows(r, 0, r.h - 1);
}

void pager_draw(struct pager *p, struct rect r, gboolean is_focused)
{
    gboolean is_new = r.w != p->w || r.h != p->h;
    gboolean was_end = p->follows;
    if (r.w <= 0 || r.h <= 0)
        return;
    draw_fill(r, ROLE_NORMAL);
    if (p->asking != NULL)
        r = draw_asking(p, r, is_focused);
    p->w = r.w;
    p->h = r.h;
    if (was_end)
        go_end(p);
    else if (is_new)
        keep_inside(p);
    int found_y = 0, y = 0;
    for (int i = p->top; i <= last_line(p) && y < r.h; i++) {
        if (i == p->found)
            found_y = y;
        y = draw_line(p, r, y, i, i == p->top ? p->top_part : 0);
    }
    if (is_focused && p->asking == NULL)
        draw_cursor(r, 0, found_y);
}

/* ---- what is said about it ---- */

static int last_shown(const struct pager *p)
{
    int rows = -p->top_part, i = p->top;
    for (; i < last_line(p); i++) {
        rows += rows_of(p, i);
        if (rows >= p->h)
            break;
    }
    return i;
}

static char *place_text(const struct pager *p)
{
    gint64 last = last_shown(p) + 1, n = p->lines->len;
    g_autofree char *first = text_grouped(p->top + 1);
    g_autofree char *end = text_grouped(last);
    g_autofree char *all = text_grouped(n);
    return g_strdup_printf(_("lines %s-%s of %s, %d%%"), first, end, all,
                           (int)(last * 100 / n));
}

static char *search_text(const struct pager *p)
{
    if (p->not_found)
        return g_strdup_printf(_("\"%s\" is not in this text"), p->needle);
    g_autofree char *line = text_grouped(p->found + 1);
    return g_strdup_printf(_("\"%s\" in line %s, n next, N back"), p->needle, line);
}

const char *pager_hint(struct pager *p)
{
    g_autoptr(GPtrArray) parts = g_ptr_array_new_with_free_func(g_free);
    gboolean fits = p->lines->len == 0 || (p->top == 0 && p->top_part == 0 && is_at_end(p));
    if (p->asking != NULL)
        g_ptr_array_add(parts, g_strdup(_("Enter searches, Esc cancels")));
    if (!fits)
        g_ptr_array_add(parts, place_text(p));
    if (p->follows)
        g_ptr_array_add(parts, g_strdup(_("new lines are followed")));
    if (p->needle != NULL && p->asking == NULL)
        g_ptr_array_add(parts, search_text(p));
    g_ptr_array_add(parts, NULL);
    g_free(p->hint);
    p->hint = parts->len > 1 ? g_strjoinv("   ", (char **)parts->pdata) : NULL;
    return p->hint;
}
