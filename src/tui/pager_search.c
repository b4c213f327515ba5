/* Searching in a text that is read: what is typed behind '/', and where it is. */
#include "config.h"

#include <string.h>

#include "base/text.h"
#include "tui/input.h"
#include "tui/pager_private.h"

#define NEEDLE_MAX 200

const char *pager_find(const char *text, const char *needle, gsize *ret_len)
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
        pager_keep_inside(p);
    }
    const char *text = pager_line_at(p, p->found)->text;
    gsize len = 0;
    const char *at = pager_find(text, p->needle, &len);
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
        if (pager_find(pager_line_at(p, line)->text, p->needle, &len) == NULL)
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

gboolean pager_search_on(struct pager *p, int by)
{
    if (p->needle == NULL)
        return FALSE;
    (void)search(p, p->found >= 0 ? p->found + by : p->top, by);
    return TRUE;
}

gboolean pager_forget(struct pager *p)
{
    if (p->needle == NULL)
        return FALSE;
    g_clear_pointer(&p->needle, g_free);
    p->found = -1;
    p->not_found = FALSE;
    return TRUE;
}

void pager_ask_end(struct pager *p)
{
    if (p->asking == NULL)
        return;
    input_clear(p->asking);
    g_clear_pointer(&p->asking, g_free);
}

gboolean pager_ask(struct pager *p)
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

gboolean pager_ask_event(struct pager *p, const struct term_event *e)
{
    gboolean is_key = e->kind == EVENT_KEY;
    if (is_key && (e->key == TK_ESC || e->key == TK_CTRL('C'))) {
        pager_ask_end(p);
    } else if (is_key &&
               (e->key == TK_ENTER || (e->key == TK_BACKSPACE && input_is_empty(p->asking)))) {
        g_autofree char *needle = g_strdup(input_text(p->asking));
        pager_ask_end(p);
        if (*needle == '\0')
            (void)pager_forget(p);
        else
            (void)pager_search(p, needle);
    } else {
        (void)input_event(p->asking, e);
    }
    return TRUE;
}
