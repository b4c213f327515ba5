/*
 * A form's life, its values and its keys. Rows are checked when they are left and when all is
 * stored; nothing ever keeps the focus where it is.
 */
#include "config.h"

#include "tui/form.h"

#include <string.h>

#include "base/i18n.h"
#include "base/json.h"
#include "tui/form_private.h"

/* ---- life ---- */

static gsize room_of(const struct field *field)
{
    gboolean is_text = field && field->type <= FIELD_COMMAND;
    return is_text && field->max > 0 ? (gsize)field->max : INPUT_MAX_DEFAULT;
}

static void row_init(struct row *row, const struct form_setup *setup,
                     const struct form_row *spec)
{
    row->spec = spec;
    row->field = spec->field;
    if (row_has_value(row) && !row->field && spec->key && setup->table)
        row->field = field_find(setup->table, spec->key);
    if (!row_is_typed(row))
        return;
    input_init(&row->input, room_of(row->field));
    row->input.is_secret =
        spec->kind == FORM_SECRET || (row->field && (row->field->flags & FIELD_SECRET));
}

static void wipe(char *text)
{
    if (text)
        explicit_bzero(text, strlen(text));
    g_free(text);
}

static void row_clear(struct row *row)
{
    if (row_is_typed(row))
        input_clear(&row->input);
    g_free(row->text);
    wipe(row->saved);
    form_forget_problems(row);
}

struct form *form_new(const struct form_setup *setup, const void *record)
{
    struct form *f = g_new0(struct form, 1);
    f->setup = *setup;
    while (setup->rows[f->n].kind != FORM_END)
        f->n++;
    g_assert(f->n > 0);
    f->n_pages = setup->pages ? (int)g_strv_length((char **)setup->pages) : 1;
    f->rows = g_new0(struct row, f->n);
    for (guint i = 0; i < f->n; i++)
        row_init(&f->rows[i], setup, &setup->rows[i]);
    f->places = g_array_new(FALSE, TRUE, sizeof(struct place));
    g_array_set_clear_func(f->places, place_clear);
    form_load(f, record);
    form_settle(f);
    return f;
}

static void close_list(struct form *f)
{
    if (!f->is_listing)
        return;
    choice_clear(&f->list);
    g_clear_pointer(&f->list_values, g_strfreev);
    f->is_listing = FALSE;
}

void form_free(struct form *f)
{
    if (!f)
        return;
    close_list(f);
    for (guint i = 0; i < f->n; i++)
        row_clear(&f->rows[i]);
    g_array_unref(f->places);
    g_free(f->rows);
    g_free(f->hint);
    g_free(f);
}

/* ---- values ---- */

/* What a row is without a record: its field's default, the first of its words. */
static char *default_of(const struct row *row)
{
    if (row->field) {
        const struct field one[] = {*row->field, {.key = NULL}};
        g_autofree void *scratch = g_malloc0(row->field->offset + sizeof(gint64));
        field_init_all(one, scratch);
        char *text = field_get(row->field, scratch);
        field_clear_all(one, scratch);
        return text;
    }
    if (row->spec->kind == FORM_CHOICE && row_words(row)[0])
        return g_strdup(row_words(row)[0]);
    return g_strdup(row->spec->kind == FORM_BOOL ? "no" : "");
}

static void row_load(struct row *row, const void *record)
{
    form_forget_problems(row);
    row->is_visited = FALSE;
    if (!row_has_value(row))
        return;
    char *text = row->field && record ? field_get(row->field, record) : default_of(row);
    row_put(row, text);
    wipe(text);
    wipe(row->saved);
    row->saved = g_strdup(row_text(row));
}

void form_load(struct form *f, const void *record)
{
    close_list(f);
    f->is_all_checked = FALSE;
    for (guint i = 0; i < f->n; i++)
        row_load(&f->rows[i], record);
    form_settle(f);
}

const char *form_text(const struct form *f, const char *key)
{
    const struct row *row = form_row(f, key);
    return row && row_has_value(row) ? row_text(row) : "";
}

/* After any change of a value: what was said of it is over; a problem that is on the screen is
 * looked at again at once, so that it goes with its cause. */
static void changed(struct form *f, struct row *row)
{
    gboolean was_wrong = row_problem(f, row) != NULL;
    g_clear_pointer(&row->told, g_free);
    if (was_wrong) {
        form_check_row(f, row, FALSE);
        form_check_rules(f);
    }
    form_settle(f);
}

void form_set_text(struct form *f, const char *key, const char *text)
{
    struct row *row = form_row(f, key);
    g_return_if_fail(row != NULL && row_has_value(row));
    row_put(row, text);
    row->is_visited = TRUE;
    g_clear_pointer(&row->told, g_free);
    form_check_row(f, row, TRUE);
    form_check_rules(f);
    form_settle(f);
}

gboolean form_is_changed(const struct form *f)
{
    for (guint i = 0; i < f->n; i++)
        if (row_is_changed(&f->rows[i]))
            return TRUE;
    return FALSE;
}

gboolean form_row_is_changed(const struct form *f, const char *key)
{
    const struct row *row = form_row(f, key);
    return row && row_is_changed(row);
}

void form_set_saved(struct form *f)
{
    for (guint i = 0; i < f->n; i++) {
        struct row *row = &f->rows[i];
        if (!row_has_value(row))
            continue;
        wipe(row->saved);
        row->saved = g_strdup(row_text(row));
    }
}

static gboolean is_secret(const struct row *row)
{
    return row->spec->kind == FORM_SECRET || (row->field && (row->field->flags & FIELD_SECRET));
}

char *form_draft(const struct form *f)
{
    struct json *draft = json_new_object();
    for (guint i = 0; i < f->n; i++) {
        const struct row *row = &f->rows[i];
        if (row->spec->key && row_is_changed(row) && !is_secret(row))
            json_set_string(draft, row->spec->key, row_text(row));
    }
    char *text = json_dump(draft);
    json_unref(draft);
    return text;
}

static void restore_one(const char *key, struct json *value, void *data)
{
    struct form *f = data;
    const struct row *row = form_row(f, key);
    const char *text = json_get_string(value);
    if (row && row_has_value(row) && !is_secret(row) && text)
        form_set_text(f, key, text);
}

gboolean form_restore(struct form *f, const char *draft, GError **error)
{
    struct json *values = json_parse(draft, strlen(draft), error);
    if (!values)
        return FALSE;
    json_foreach(values, restore_one, f);
    json_unref(values);
    return TRUE;
}

/* ---- focus ---- */

const struct form_row *form_focused(const struct form *f)
{
    return f->rows[f->focus].spec;
}

const struct form_row *form_pressed(const struct form *f)
{
    return form_focused(f);
}

gboolean form_is_typing(const struct form *f)
{
    const struct row *row = &f->rows[f->focus];
    return f->is_listing || (row_is_typed(row) && !(row->spec->flags & FORM_READ_ONLY));
}

gboolean form_is_listing(const struct form *f)
{
    return f->is_listing;
}

int form_page(const struct form *f)
{
    return f->page;
}

/* The row that had the focus is checked; it does not matter to where it goes. */
static void leave(struct form *f)
{
    struct row *row = &f->rows[f->focus];
    close_list(f);
    if (row_has_value(row)) {
        row->is_visited = TRUE;
        form_check_row(f, row, TRUE);
        form_check_rules(f);
    }
}

static enum form_did move_to(struct form *f, guint i)
{
    if (i == f->focus)
        return FORM_TAKEN;
    leave(f);
    form_go(f, i);
    form_settle(f);
    return FORM_LEFT_ROW;
}

gboolean form_focus(struct form *f, const char *key)
{
    struct row *row = form_row(f, key);
    if (!row || row->spec->kind == FORM_NOTE || row->spec->kind == FORM_HEADING ||
        !form_is_shown(f, row))
        return FALSE;
    move_to(f, (guint)(row - f->rows));
    return TRUE;
}

static enum form_did turn_page(struct form *f, int page)
{
    int last = f->n_pages - 1;
    page = CLAMP(page, 0, last);
    if (page == f->page)
        return FORM_TAKEN;
    leave(f);
    f->page = page;
    f->scroll = 0;
    for (guint i = 0; i < f->n; i++) { /* its own rows first, not the buttons of all pages */
        if (form_can_focus(f, i) && f->rows[i].spec->page == page) {
            f->focus = i;
            break;
        }
    }
    form_settle(f);
    return FORM_LEFT_ROW;
}

void form_set_page(struct form *f, int page)
{
    turn_page(f, page);
}

/* The neighbour on this page; -1: there is none. */
static int neighbour(const struct form *f, int step)
{
    for (int i = (int)f->focus + step; i >= 0 && i < (int)f->n; i += step)
        if (form_can_focus(f, (guint)i))
            return i;
    return -1;
}

/* Tab goes through all pages and round, so that who knows no other key reaches every field. */
static enum form_did step(struct form *f, int by)
{
    int to = neighbour(f, by);
    if (to >= 0)
        return move_to(f, (guint)to);
    leave(f);
    f->page = (f->page + f->n_pages + by) % f->n_pages;
    f->scroll = 0;
    for (guint n = 0; n < f->n; n++) {
        guint i = by > 0 ? n : f->n - 1 - n;
        if (form_can_focus(f, i)) {
            f->focus = i;
            break;
        }
    }
    return FORM_LEFT_ROW;
}

/* ---- keys of the kinds ---- */

static enum form_did set_word(struct form *f, struct row *row, const char *text)
{
    if (g_str_equal(text, row_text(row)))
        return FORM_TAKEN;
    row_put(row, text);
    changed(f, row);
    return FORM_CHANGED;
}

static enum form_did press(struct form *f, struct row *row)
{
    return FORM_PRESSED;
}

static enum form_did next(struct form *f, struct row *row)
{
    return step(f, 1);
}

static enum form_did step_word(struct form *f, struct row *row, int by)
{
    const char *const *words = row_words(row);
    int n = (int)g_strv_length((char **)words);
    if (n == 0)
        return FORM_TAKEN;
    int at = row_word_at(row);
    return set_word(f, row, words[at < 0 ? 0 : (at + n + by) % n]);
}

static enum form_did word_next(struct form *f, struct row *row)
{
    return step_word(f, row, 1);
}

static enum form_did word_before(struct form *f, struct row *row)
{
    return step_word(f, row, -1);
}

static enum form_did turn(struct form *f, struct row *row)
{
    return set_word(f, row, g_str_equal(row_text(row), "yes") ? "no" : "yes");
}

static enum form_did empty(struct form *f, struct row *row)
{
    return set_word(f, row, "");
}

static enum form_did open_words(struct form *f, struct row *row)
{
    const struct place *p = form_place_of(f, f->focus);
    if (p && p->is_radio)
        return step(f, 1);
    const char *const *words = row_words(row);
    g_autoptr(GPtrArray) shown = g_ptr_array_new();
    for (guint i = 0; words[i]; i++)
        g_ptr_array_add(shown, g_strdup(row_word_shown(row, i)));
    g_ptr_array_add(shown, NULL);
    f->list_values = g_strdupv((char **)words);
    choice_init(&f->list, (char **)g_ptr_array_steal(shown, NULL), FALSE);
    f->is_listing = TRUE;
    choice_goto(&f->list, (guint)MAX(row_word_at(row), 0));
    return FORM_TAKEN;
}

/* The values a person may pick, those that are set in front of the ones that are not there any
 * more, so that they can be taken out. */
static char **pickable(const struct row *row, char **options)
{
    g_autoptr(GPtrArray) all = g_ptr_array_new();
    g_auto(GStrv) set = g_strsplit_set(row_text(row), ", ", -1);
    if (!row_is_several(row) && !row_is_required(row))
        g_ptr_array_add(all, g_strdup(""));
    for (char **o = options; *o; o++)
        g_ptr_array_add(all, g_strdup(*o));
    for (char **s = set; *s; s++)
        if (**s && !g_strv_contains((const char *const *)options, *s))
            g_ptr_array_add(all, g_strdup(*s));
    g_ptr_array_add(all, NULL);
    return (char **)g_ptr_array_steal(all, NULL);
}

static void open_pick_list(struct form *f, const struct row *row)
{
    g_auto(GStrv) set = g_strsplit_set(row_text(row), ", ", -1);
    char **shown = g_strdupv(f->list_values);
    if (shown[0] && !*shown[0]) {
        g_free(shown[0]);
        shown[0] = g_strdup(_("(none)"));
    }
    choice_init(&f->list, shown, row_is_several(row));
    f->is_listing = TRUE;
    for (guint i = 0; f->list_values[i]; i++) {
        if (!*f->list_values[i] ||
            !g_strv_contains((const char *const *)set, f->list_values[i]))
            continue;
        choice_mark(&f->list, i, TRUE);
        choice_goto(&f->list, i);
    }
}

static enum form_did open_pick(struct form *f, struct row *row)
{
    g_autoptr(GError) error = NULL;
    g_auto(GStrv) options =
        f->setup.options ? f->setup.options(f, row->spec, f->setup.data, &error) : NULL;
    if (!options) {
        form_set_problem(f, row->spec->key,
                         error ? error->message : _("there is nothing to choose from"));
        return FORM_TAKEN;
    }
    f->list_values = pickable(row, options);
    open_pick_list(f, row);
    return FORM_TAKEN;
}

/* From one button to the next on its line. */
static enum form_did along(struct form *f, int by)
{
    int to = neighbour(f, by);
    if (to < 0 || f->rows[to].spec->kind != FORM_BUTTON)
        return FORM_TAKEN;
    return move_to(f, (guint)to);
}

static enum form_did button_next(struct form *f, struct row *row)
{
    return along(f, 1);
}

static enum form_did button_before(struct form *f, struct row *row)
{
    return along(f, -1);
}

static const struct {
    enum form_kind kind;
    guint32 key;
    enum form_did (*run)(struct form *f, struct row *row);
    gboolean is_reading; /* also where nothing may be changed */
} kind_keys[] = {
    {FORM_LINE, TK_ENTER, next, TRUE},
    {FORM_SECRET, TK_ENTER, next, TRUE},
    {FORM_CHOICE, TK_ENTER, open_words, FALSE},
    {FORM_CHOICE, ' ', word_next, FALSE},
    {FORM_CHOICE, TK_RIGHT, word_next, FALSE},
    {FORM_CHOICE, TK_LEFT, word_before, FALSE},
    {FORM_BOOL, TK_ENTER, next, TRUE},
    {FORM_BOOL, ' ', turn, FALSE},
    {FORM_BOOL, TK_RIGHT, turn, FALSE},
    {FORM_BOOL, TK_LEFT, turn, FALSE},
    {FORM_TEXT, TK_ENTER, press, TRUE},
    {FORM_TEXT, ' ', press, TRUE},
    {FORM_PICK, TK_ENTER, open_pick, FALSE},
    {FORM_PICK, ' ', open_pick, FALSE},
    {FORM_PICK, TK_DELETE, empty, FALSE},
    {FORM_PICK, TK_BACKSPACE, empty, FALSE},
    {FORM_FILE, TK_ENTER, press, FALSE},
    {FORM_BUTTON, TK_ENTER, press, TRUE},
    {FORM_BUTTON, ' ', press, TRUE},
    {FORM_BUTTON, TK_RIGHT, button_next, TRUE},
    {FORM_BUTTON, TK_LEFT, button_before, TRUE},
};

static enum form_did kind_event(struct form *f, struct row *row, const struct term_event *e)
{
    gboolean is_fixed = (row->spec->flags & FORM_READ_ONLY) != 0;
    if (row_is_typed(row) && !is_fixed) {
        enum input_did did = input_event(&row->input, e);
        if (did == INPUT_CHANGED)
            changed(f, row);
        if (did != INPUT_IGNORED)
            return did == INPUT_CHANGED ? FORM_CHANGED : FORM_TAKEN;
    }
    for (gsize i = 0; e->kind == EVENT_KEY && i < G_N_ELEMENTS(kind_keys); i++)
        if (kind_keys[i].kind == row->spec->kind && kind_keys[i].key == e->key &&
            (kind_keys[i].is_reading || !is_fixed))
            return kind_keys[i].run(f, row);
    return FORM_IGNORED;
}

/* ---- keys of the form ---- */

static enum form_did key_next(struct form *f)
{
    return step(f, 1);
}
static enum form_did key_before(struct form *f)
{
    return step(f, -1);
}

/* A form of one page has its first and last field instead. */
static enum form_did key_far(struct form *f, int by)
{
    if (f->n_pages > 1)
        return turn_page(f, f->page + by);
    for (guint n = 0; n < f->n; n++) {
        guint i = by < 0 ? n : f->n - 1 - n;
        if (form_can_focus(f, i))
            return move_to(f, i);
    }
    return FORM_TAKEN;
}

static enum form_did key_page_down(struct form *f)
{
    return key_far(f, 1);
}
static enum form_did key_page_up(struct form *f)
{
    return key_far(f, -1);
}
static enum form_did key_page_next(struct form *f)
{
    return f->n_pages > 1 ? turn_page(f, f->page + 1) : FORM_IGNORED;
}
static enum form_did key_page_before(struct form *f)
{
    return f->n_pages > 1 ? turn_page(f, f->page - 1) : FORM_IGNORED;
}

static enum form_did to_problem(struct form *f, int by)
{
    leave(f); /* it may be the one */
    int to = form_next_problem(f, by);
    return to >= 0 ? move_to(f, (guint)to) : FORM_TAKEN;
}

static enum form_did key_problem_next(struct form *f)
{
    return to_problem(f, 1);
}
static enum form_did key_problem_before(struct form *f)
{
    return to_problem(f, -1);
}

static const struct {
    guint32 key;
    enum form_did (*run)(struct form *f);
} form_keys[] = {
    {TK_TAB, key_next},
    {TK_DOWN, key_next},
    {TK_ENTER, key_next},
    {TK_BACKTAB, key_before},
    {TK_UP, key_before},
    {TK_PAGE_DOWN, key_page_down},
    {']', key_page_next},
    {TK_PAGE_UP, key_page_up},
    {'[', key_page_before},
    {TK_CTRL('n'), key_problem_next},
    {TK_CTRL('p'), key_problem_before},
};

static char *chosen(const struct form *f)
{
    if (!f->list.is_multiple)
        return g_strdup(f->list_values[choice_get(&f->list)]);
    g_autoptr(GPtrArray) marked = g_ptr_array_new();
    for (guint i = 0; f->list_values[i]; i++)
        if (f->list.is_marked[i])
            g_ptr_array_add(marked, f->list_values[i]);
    g_ptr_array_add(marked, NULL);
    return g_strjoinv(", ", (char **)marked->pdata);
}

static enum form_did list_event(struct form *f, const struct term_event *e)
{
    switch (choice_event(&f->list, e)) {
    case CHOICE_CHOSEN: {
        g_autofree char *text = chosen(f);
        close_list(f);
        return set_word(f, &f->rows[f->focus], text);
    }
    case CHOICE_CANCELLED:
        close_list(f);
        return FORM_TAKEN;
    case CHOICE_IGNORED:
        return FORM_IGNORED;
    default:
        return FORM_TAKEN;
    }
}

/* A click gives the focus, and does on the second what Space does. */
static enum form_did click(struct form *f, const struct term_event *e)
{
    int x = e->x - f->body.x, y = e->y - f->body.y;
    if (x < 0 || y < 0 || x >= f->body.w || y >= f->body.h)
        return FORM_IGNORED;
    for (guint i = 0; i < f->places->len; i++) {
        const struct place *p = &g_array_index(f->places, struct place, i);
        gboolean is_here = y + f->scroll >= p->y && y + f->scroll < p->y + p->h;
        if (f->rows[p->row].spec->kind == FORM_BUTTON)
            is_here = y + f->scroll == p->field_y && x >= p->x && x < p->x + p->w;
        if (!is_here || !form_can_focus(f, p->row))
            continue;
        if (p->row != f->focus)
            return move_to(f, p->row);
        struct term_event space = {.kind = EVENT_KEY, .key = ' '};
        return form_is_typing(f) ? FORM_TAKEN : kind_event(f, &f->rows[f->focus], &space);
    }
    return FORM_TAKEN;
}

enum form_did form_event(struct form *f, const struct term_event *e)
{
    if (f->is_listing)
        return list_event(f, e);
    if (e->kind == EVENT_KEY && e->key == TK_CLICK)
        return click(f, e);
    enum form_did did = kind_event(f, &f->rows[f->focus], e);
    if (did != FORM_IGNORED || e->kind != EVENT_KEY)
        return did;
    for (gsize i = 0; i < G_N_ELEMENTS(form_keys); i++)
        if (form_keys[i].key == e->key)
            return form_keys[i].run(f);
    return FORM_IGNORED;
}
