/*
 * The list of what was done to a text. Steps are joined so that one undo takes back a word, not
 * a letter; whoever moves the cursor or pastes in between says undo_break(). Not for applying
 * them: the text is the owner's.
 */
#include "config.h"

#include "tui/undo.h"

#include <string.h>

void undo_init(struct undo *u, gsize max_bytes)
{
    *u = (struct undo){.max_bytes = max_bytes};
}

static void wipe(char *text)
{
    if (text)
        explicit_bzero(text, strlen(text));
    g_free(text);
}

static gsize weight(const struct undo_edit *e)
{
    return sizeof *e + strlen(e->removed) + strlen(e->inserted);
}

static void edit_free(gpointer data)
{
    struct undo_edit *e = data;
    wipe(e->removed);
    wipe(e->inserted);
    g_free(e);
}

void undo_clear(struct undo *u)
{
    g_clear_pointer(&u->edits, g_ptr_array_unref);
    undo_init(u, u->max_bytes);
}

void undo_break(struct undo *u)
{
    u->is_open = FALSE;
}

static gboolean is_blank(char c)
{
    return c == ' ' || c == '\t';
}

/* "a" then "b" behind it, with one text in each and no line end. Joined in front when
 * `is_back`.
 */
static void join(char **text, const char *more, gboolean is_back)
{
    char *joined = is_back ? g_strconcat(more, *text, NULL) : g_strconcat(*text, more, NULL);
    wipe(*text);
    *text = joined;
}

/* Whether `more`, next to `text` in reading order, still is the same word or the blanks behind
 * it. */
static gboolean goes_on(const char *before, const char *behind)
{
    if (strchr(before, '\n') || strchr(behind, '\n'))
        return FALSE;
    return !(is_blank(before[strlen(before) - 1]) && !is_blank(*behind));
}

static gboolean joins_typing(const struct undo_edit *last, const struct undo_edit *e)
{
    return !*last->removed && !*e->removed && *last->inserted && *e->inserted &&
           e->at == last->at + strlen(last->inserted) && goes_on(last->inserted, e->inserted);
}

static gboolean joins_backspace(const struct undo_edit *last, const struct undo_edit *e)
{
    return !*last->inserted && !*e->inserted && *last->removed && *e->removed &&
           e->at + strlen(e->removed) == last->at && goes_on(e->removed, last->removed);
}

static gboolean joins_delete(const struct undo_edit *last, const struct undo_edit *e)
{
    return !*last->inserted && !*e->inserted && *last->removed && *e->removed &&
           e->at == last->at && goes_on(last->removed, e->removed);
}

static gboolean join_last(struct undo *u, const struct undo_edit *e)
{
    if (!u->is_open || u->edits->len == 0)
        return FALSE;
    struct undo_edit *last = g_ptr_array_index(u->edits, u->edits->len - 1);
    if (last->line != e->line)
        return FALSE;
    if (joins_typing(last, e)) {
        join(&last->inserted, e->inserted, FALSE);
    } else if (joins_backspace(last, e)) {
        join(&last->removed, e->removed, TRUE);
        last->at = e->at;
    } else if (joins_delete(last, e)) {
        join(&last->removed, e->removed, FALSE);
    } else {
        return FALSE;
    }
    u->bytes += strlen(e->removed) + strlen(e->inserted);
    return TRUE;
}

static void drop(struct undo *u, guint at)
{
    u->bytes -= weight(g_ptr_array_index(u->edits, at));
    g_ptr_array_remove_index(u->edits, at);
}

void undo_note(struct undo *u, const struct undo_edit *e)
{
    if (!u->edits)
        u->edits = g_ptr_array_new_with_free_func(edit_free);
    while (u->edits->len > u->done)
        drop(u, u->edits->len - 1);
    if (!join_last(u, e)) {
        struct undo_edit *own = g_new(struct undo_edit, 1);
        *own = *e;
        own->removed = g_strdup(e->removed);
        own->inserted = g_strdup(e->inserted);
        g_ptr_array_add(u->edits, own);
        u->bytes += weight(own);
    }
    /* The last step always stays, however large: it is what a person wants back. */
    while (u->bytes > u->max_bytes && u->edits->len > 1)
        drop(u, 0);
    u->done = u->edits->len;
    u->is_open = TRUE;
}

const struct undo_edit *undo_back(struct undo *u)
{
    u->is_open = FALSE;
    if (u->done == 0)
        return NULL;
    return g_ptr_array_index(u->edits, --u->done);
}

const struct undo_edit *undo_again(struct undo *u)
{
    u->is_open = FALSE;
    if (!u->edits || u->done == u->edits->len)
        return NULL;
    return g_ptr_array_index(u->edits, u->done++);
}
