/*
 * Line differences by the greedy algorithm of E. W. Myers ("An O(ND) Difference Algorithm and
 * Its Variations", 1986). Equal ends are cut off first; the number of edits that are searched
 * is bounded, so that two unlike texts of many megabytes cost neither time nor memory.
 */
#include "config.h"

#include "base/linediff.h"

#include <string.h>

struct line {
    const char *s;
    gsize len; /* with its newline */
    guint id;  /* equal lines have equal ids */
};

struct side {
    GArray *lines;        /* of struct line */
    gboolean *is_changed; /* a flag a line: not in the other text */
};

/* ---- lines ---- */

static guint line_hash(gconstpointer p)
{
    const struct line *l = p;
    guint h = 5381;
    for (gsize i = 0; i < l->len; i++)
        h = h * 33 + (guchar)l->s[i];
    return h;
}

static gboolean line_equal(gconstpointer a, gconstpointer b)
{
    const struct line *x = a, *y = b;
    return x->len == y->len && memcmp(x->s, y->s, x->len) == 0;
}

static void split(struct side *side, const char *text)
{
    side->lines = g_array_new(FALSE, TRUE, sizeof(struct line));
    for (const char *s = text ? text : ""; *s;) {
        const char *end = strchr(s, '\n');
        gsize len = end ? (gsize)(end - s) + 1 : strlen(s);
        struct line l = {.s = s, .len = len};
        g_array_append_val(side->lines, l);
        s += len;
    }
    side->is_changed = g_new0(gboolean, side->lines->len + 1);
}

static struct line *line_at(const struct side *side, gsize i)
{
    return &g_array_index(side->lines, struct line, i);
}

static void number(struct side *side, GHashTable *ids)
{
    for (gsize i = 0; i < side->lines->len; i++) {
        struct line *l = line_at(side, i);
        gpointer id = g_hash_table_lookup(ids, l);
        l->id = id ? GPOINTER_TO_UINT(id) : g_hash_table_size(ids) + 1;
        if (!id)
            g_hash_table_insert(ids, l, GUINT_TO_POINTER(l->id));
    }
}

static gboolean same(const struct side *a, gsize i, const struct side *b, gsize j)
{
    return line_at(a, i)->id == line_at(b, j)->id;
}

/* ---- Myers ---- */

struct search {
    const struct side *a, *b;
    gsize first;      /* lines before it are equal */
    gssize n, m;      /* lines of each side to look at */
    gssize *v;        /* furthest x a diagonal; v[k + LINEDIFF_MAX_EDITS + 1] */
    GPtrArray *trace; /* of gssize *: v as it was before each round */
};

static gssize *diagonal(gssize *v, gssize k)
{
    return &v[k + LINEDIFF_MAX_EDITS + 1];
}

/* From which diagonal the path of `d` edits comes to `k`: down (an added line) or right. */
static gboolean comes_down(gssize *v, gssize k, gssize d)
{
    return k == -d || (k != d && *diagonal(v, k - 1) < *diagonal(v, k + 1));
}

/* One round of `d` edits; TRUE when the end is reached. */
static gboolean advance(struct search *s, gssize d)
{
    for (gssize k = -d; k <= d; k += 2) {
        gssize x = comes_down(s->v, k, d) ? *diagonal(s->v, k + 1) : *diagonal(s->v, k - 1) + 1;
        gssize y = x - k;
        while (x < s->n && y >= 0 && y < s->m &&
               same(s->a, s->first + (gsize)x, s->b, s->first + (gsize)y)) {
            x++;
            y++;
        }
        *diagonal(s->v, k) = x;
        if (x >= s->n && y >= s->m)
            return TRUE;
    }
    return FALSE;
}

/* Back along the trace, marking what was removed and added. */
static void mark(struct search *s)
{
    gssize x = s->n, y = s->m;
    for (gssize d = (gssize)s->trace->len - 1; d > 0; d--) {
        gssize *v = s->trace->pdata[d];
        gssize k = x - y;
        gboolean is_down = comes_down(v, k, d);
        gssize from_k = is_down ? k + 1 : k - 1;
        gssize from_x = *diagonal(v, from_k), from_y = from_x - from_k;
        g_assert(from_x >= 0 && from_y >= 0 && from_x <= s->n && from_y <= s->m);
        if (is_down)
            s->b->is_changed[s->first + (gsize)from_y] = TRUE;
        else
            s->a->is_changed[s->first + (gsize)from_x] = TRUE;
        x = from_x;
        y = from_y;
    }
}

/* Only the 2d + 3 diagonals that round d can read are kept, at their own places. */
static gssize *copy_round(const gssize *v, gssize d)
{
    gssize *copy = g_new(gssize, 2 * LINEDIFF_MAX_EDITS + 3);
    gsize from = (gsize)(LINEDIFF_MAX_EDITS - d), n = (gsize)(2 * d + 3);
    memcpy(copy + from, v + from, n * sizeof *v);
    return copy;
}

static void mark_all(struct search *s)
{
    for (gssize i = 0; i < s->n; i++)
        s->a->is_changed[s->first + (gsize)i] = TRUE;
    for (gssize j = 0; j < s->m; j++)
        s->b->is_changed[s->first + (gsize)j] = TRUE;
}

static void search(struct search *s)
{
    gboolean is_found = FALSE;
    s->v = g_new0(gssize, 2 * LINEDIFF_MAX_EDITS + 3);
    s->trace = g_ptr_array_new_with_free_func(g_free);
    for (gssize d = 0; !is_found && d <= LINEDIFF_MAX_EDITS; d++) {
        g_ptr_array_add(s->trace, copy_round(s->v, d));
        is_found = advance(s, d);
    }
    if (is_found)
        mark(s);
    else
        mark_all(s);
    g_ptr_array_unref(s->trace);
    g_free(s->v);
}

static void compare(const struct side *a, const struct side *b)
{
    gsize n = a->lines->len, m = b->lines->len, first = 0;
    while (first < n && first < m && same(a, first, b, first))
        first++;
    while (n > first && m > first && same(a, n - 1, b, m - 1)) {
        n--;
        m--;
    }
    struct search s = {.a = a, .b = b, .first = first};
    s.n = (gssize)(n - first);
    s.m = (gssize)(m - first);
    search(&s);
}

/* ---- hunks ---- */

struct writer {
    const struct side *a, *b;
    linediff_say say;
    void *data;
};

static void say_line(const struct writer *w, enum linediff_kind kind, const struct line *l)
{
    gboolean has_end = l->len > 0 && l->s[l->len - 1] == '\n';
    w->say(kind, l->s, has_end ? l->len - 1 : l->len, w->data);
    if (!has_end)
        w->say(LINEDIFF_NO_END, "", 0, w->data);
}

/* Where the hunk that begins at the change (i, j) ends: behind it and all changes that follow
 * within twice the context. */
static void hunk_end(const struct writer *w, gsize i, gsize j, gsize *ret_i, gsize *ret_j)
{
    gsize n = w->a->lines->len, m = w->b->lines->len, equal = 0;
    *ret_i = i;
    *ret_j = j;
    while ((i < n || j < m) && equal <= 2 * LINEDIFF_CONTEXT) {
        if (i < n && w->a->is_changed[i])
            i++;
        else if (j < m && w->b->is_changed[j])
            j++;
        else {
            i++;
            j++;
            equal++;
            continue;
        }
        equal = 0;
        *ret_i = i;
        *ret_j = j;
    }
}

/* By the custom of unified diffs an empty side names the line before it. */
static void say_header(const struct writer *w, gsize i, gsize n, gsize j, gsize m)
{
    g_autofree char *header =
        g_strdup_printf("-%zu,%zu +%zu,%zu", n ? i + 1 : i, n, m ? j + 1 : j, m);
    w->say(LINEDIFF_HUNK, header, strlen(header), w->data);
}

static void say_hunk(const struct writer *w, gsize i, gsize end_i, gsize j, gsize end_j)
{
    say_header(w, i, end_i - i, j, end_j - j);
    while (i < end_i || j < end_j) {
        if (i < end_i && w->a->is_changed[i]) {
            say_line(w, LINEDIFF_REMOVED, line_at(w->a, i++));
        } else if (j < end_j && w->b->is_changed[j]) {
            say_line(w, LINEDIFF_ADDED, line_at(w->b, j++));
        } else {
            say_line(w, LINEDIFF_EQUAL, line_at(w->a, i++));
            j++;
        }
    }
}

static gboolean say_all(const struct writer *w)
{
    gsize n = w->a->lines->len, m = w->b->lines->len, i = 0, j = 0;
    gboolean differs = FALSE;
    while (i < n || j < m) {
        gboolean is_change = (i < n && w->a->is_changed[i]) || (j < m && w->b->is_changed[j]);
        if (!is_change) {
            i++;
            j++;
            continue;
        }
        gsize end_i, end_j, before = MIN(MIN(i, j), (gsize)LINEDIFF_CONTEXT);
        differs = TRUE;
        hunk_end(w, i, j, &end_i, &end_j);
        gsize after = MIN(MIN(n - end_i, m - end_j), (gsize)LINEDIFF_CONTEXT);
        say_hunk(w, i - before, end_i + after, j - before, end_j + after);
        i = end_i + after;
        j = end_j + after;
    }
    return differs;
}

gboolean linediff(const char *old, const char *new, linediff_say say, void *data)
{
    struct side a, b;
    g_autoptr(GHashTable) ids = g_hash_table_new(line_hash, line_equal);
    split(&a, old);
    split(&b, new);
    number(&a, ids);
    number(&b, ids);
    compare(&a, &b);
    struct writer w = {.a = &a, .b = &b, .say = say, .data = data};
    gboolean differs = say_all(&w);
    g_array_unref(a.lines);
    g_array_unref(b.lines);
    g_free(a.is_changed);
    g_free(b.is_changed);
    return differs;
}
