/*
 * Screen 3: lists beside their people, who is never mailed, imports. Each page reads its rows
 * in a file of its own (people_lists.c, people_members.c, people_never.c, people_imports.c);
 * what is done to them is in people_actions and in the views that open from here.
 */
#include "config.h"

#include "tui/screen_people.h"

#include <string.h>

#include "base/i18n.h"
#include "base/text.h"
#include "tui/people_actions.h"
#include "tui/people_import_view.h"
#include "tui/people_imports.h"
#include "tui/people_private.h"
#include "tui/person.h"
#include "tui/person_edit.h"

#define TWO_PANES 80 /* columns from which both are there */
#define WIDE 120
#define LEFT 33
#define LEFT_WIDE 48

static const char *const page_names[PEOPLE_PAGE_COUNT] = {
    [PEOPLE_LISTS] = N_("Lists"),
    [PEOPLE_NEVER] = N_("Never mail"),
    [PEOPLE_IMPORTS] = N_("Imports"),
};

static struct table *people_table(struct view *v)
{
    struct people *s = v->state;
    switch (s->page) {
    case PEOPLE_NEVER:
        return &s->never.table;
    case PEOPLE_IMPORTS:
        return &s->imports.table;
    default:
        return s->is_right ? &s->members.table : &s->lists.table;
    }
}

/* ---- reading ---- */

static void show_members(struct people *s)
{
    const struct list *l = people_lists_current(&s->lists);
    gint64 id = l ? l->id : 0;
    people_members_show(&s->members, id, people_lists_count(&s->lists, id));
}

static void load_lists(struct view *v)
{
    struct people *s = v->state;
    g_autoptr(GError) error = NULL;
    if (people_lists_load(&s->lists, &error))
        show_members(s);
    else
        ui_fail(v->ui, g_steal_pointer(&error));
}

static void load(struct view *v)
{
    struct people *s = v->state;
    if (s->page == PEOPLE_NEVER)
        people_never_load(&s->never);
    else if (s->page == PEOPLE_IMPORTS)
        people_imports_load(&s->imports);
    else
        load_lists(v);
}

static void counted(void *data)
{
    struct people *s = data;
    const struct list *l = people_lists_current(&s->lists);
    people_members_count(&s->members, people_lists_count(&s->lists, l ? l->id : 0));
}

static gboolean open_people(struct view *v, const void *arg, GError **error)
{
    struct people *s = v->state;
    people_lists_init(&s->lists, v->ui, counted, s);
    people_members_init(&s->members, v->ui);
    people_never_init(&s->never, v->ui);
    people_imports_init(&s->imports, v->ui);
    return TRUE;
}

static void close_people(struct view *v)
{
    struct people *s = v->state;
    people_lists_clear(&s->lists);
    people_members_clear(&s->members);
    people_never_clear(&s->never);
    people_imports_clear(&s->imports);
    g_free(s->hint);
}

/* ---- the frame ---- */

static char *title(struct view *v)
{
    struct people *s = v->state;
    return g_strdup_printf(
        "%s  %s", _("People"),
        s->page == PEOPLE_LISTS && !s->is_right ? "" : table_counts(people_table(v)));
}

static const char *hint(struct view *v)
{
    struct people *s = v->state;
    struct table *t = people_table(v);
    struct table_search *search = t == &s->members.table ? &s->members.search
                                  : t == &s->never.table ? &s->never.search
                                                         : NULL;
    const char *own = table_hint(t);
    const char *more = search ? table_search_hint(search) : NULL;
    if (!more)
        return own;
    g_free(s->hint);
    s->hint = own ? g_strdup_printf("%s   %s", more, own) : g_strdup(more);
    return s->hint;
}

/* ---- drawing ---- */

static void draw_pages(const struct people *s, struct rect r)
{
    int x = 1;
    for (int i = 0; i < PEOPLE_PAGE_COUNT; i++) {
        gboolean is_current = i == (int)s->page;
        x += draw_format(r, x, 0, is_current ? ROLE_TAB_CURRENT : ROLE_TAB,
                         is_current ? "[%s]" : " %s ", _(page_names[i]));
        x++;
    }
}

static char *list_heading(const struct people *s)
{
    const struct list *l = people_lists_current(&s->lists);
    const char *name = !l ? _("Everybody") : l->title && *l->title ? l->title : l->name;
    if (s->members.count < 0)
        return g_strdup_printf(_("%s: counting.."), name);
    g_autofree char *n = text_grouped(s->members.count);
    return g_strdup_printf(ngettext("%s: %s person", "%s: %s people", (gulong)s->members.count),
                           name, n);
}

static void draw_members(struct people *s, struct rect r, gboolean is_focused)
{
    g_autofree char *heading = list_heading(s);
    draw_text(r, 1, 0, ROLE_HEADING, heading);
    table_draw(&s->members.table, rect_part(r, 0, 1, r.w, r.h - 1), is_focused);
}

static void draw_lists(struct people *s, struct rect r)
{
    if (r.w < TWO_PANES) {
        if (s->is_right)
            draw_members(s, r, TRUE);
        else
            table_draw(&s->lists.table, r, TRUE);
        return;
    }
    int left = r.w >= WIDE ? LEFT_WIDE : LEFT;
    table_draw(&s->lists.table, rect_part(r, 0, 0, left, r.h), !s->is_right);
    draw_vline(rect_part(r, left, 0, 1, r.h), 0, ROLE_MUTED);
    struct rect pane = rect_part(r, left + 1, 0, r.w - left - 1, r.h);
    if (!ui_is_moving(s->members.table.ui) || !draw_keep(pane))
        draw_members(s, pane, s->is_right);
}

static void draw(struct view *v, struct rect r)
{
    struct people *s = v->state;
    struct rect inside = rect_part(r, 0, 1, r.w, r.h - 1);
    draw_pages(s, rect_rows(r, 0, 1));
    if (s->page == PEOPLE_LISTS)
        draw_lists(s, inside);
    else
        table_draw(people_table(v), inside, TRUE);
}

static void draw_plain(struct view *v, struct rect r)
{
    struct people *s = v->state;
    if (s->page == PEOPLE_LISTS && s->is_right) {
        g_autofree char *heading = list_heading(s);
        draw_text(r, 0, 0, ROLE_NORMAL, heading);
    } else {
        draw_text(r, 0, 0, ROLE_NORMAL, _(page_names[s->page]));
    }
    table_draw_plain(people_table(v), rect_part(r, 0, 1, r.w, r.h - 1), TRUE);
}

/* ---- where one is ---- */

static gboolean is_page(struct view *v, enum people_page page)
{
    return ((struct people *)v->state)->page == page;
}

static gboolean is_members(struct view *v)
{
    return is_page(v, PEOPLE_LISTS) && ((struct people *)v->state)->is_right;
}

static const struct list *list_of(struct view *v)
{
    return people_lists_current(&((struct people *)v->state)->lists);
}

static const char *address_of(struct view *v)
{
    const struct table_row *row = table_current(people_table(v));
    return row ? is_page(v, PEOPLE_NEVER) ? row->key : row->cells[0].text : NULL;
}

static const char *no_person(struct view *v)
{
    if (!is_members(v))
        return _("This is about a person: Tab goes to the people.");
    return table_current(people_table(v)) ? NULL : _("There is nobody under the cursor.");
}

static const char *not_lists(struct view *v)
{
    return is_page(v, PEOPLE_LISTS) ? NULL : _("This is about lists: [ goes to them.");
}

static const char *not_imports_page(struct view *v)
{
    return is_page(v, PEOPLE_IMPORTS) ? _("Imports are taken back by U.") : NULL;
}

static const char *no_row(struct view *v)
{
    return table_current(people_table(v)) ? NULL : _("There is nothing under the cursor.");
}

/* ---- panes and pages ---- */

static void go_right(struct view *v, gboolean is_right)
{
    struct people *s = v->state;
    s->is_right = is_right;
    ui_redraw(v->ui);
}

static void run_pane(struct view *v)
{
    go_right(v, !((struct people *)v->state)->is_right);
}

static void turn(struct view *v, int by)
{
    struct people *s = v->state;
    s->page = (enum people_page)(((int)s->page + by + PEOPLE_PAGE_COUNT) % PEOPLE_PAGE_COUNT);
    load(v);
    ui_redraw(v->ui);
}

static void run_next_page(struct view *v)
{
    turn(v, 1);
}

static void run_page_before(struct view *v)
{
    turn(v, -1);
}

/* ---- what can be done ---- */

static void run_open(struct view *v)
{
    struct people *s = v->state;
    const char *address = address_of(v);
    if (is_page(v, PEOPLE_IMPORTS))
        people_import_show(v->ui, people_imports_current(&s->imports));
    else if (!is_page(v, PEOPLE_NEVER) && !s->is_right)
        go_right(v, TRUE);
    else if (*address)
        ui_push(v->ui, person_view(), address);
    else
        ui_say(v->ui, "%s", _("This person is erased: nothing is known but a keyed hash."));
}

static void made_list(struct ui *ui, const char *name, void *data)
{
    struct view *v = data;
    struct people *s = v->state;
    people_lists_go_to(&s->lists, name);
    show_members(s);
}

static void run_new(struct view *v)
{
    people_new_list(v->ui, made_list, v);
}

static void run_add(struct view *v)
{
    const struct list *l = list_of(v);
    const struct person_edit_arg arg = {.list = l ? l->name : NULL};
    if (is_page(v, PEOPLE_NEVER))
        people_never_add(v->ui, NULL, NULL);
    else
        ui_push(v->ui, person_edit_view(), &arg);
}

static void run_edit(struct view *v)
{
    if (is_members(v)) {
        const struct person_edit_arg arg = {.address = address_of(v)};
        ui_push(v->ui, person_edit_view(), &arg);
    } else {
        people_edit_list(v->ui, list_of(v)->name);
    }
}

static const char *not_edit(struct view *v)
{
    if (is_members(v))
        return no_person(v);
    if (!is_page(v, PEOPLE_LISTS))
        return not_lists(v);
    return list_of(v) ? NULL : _("This row is everybody there is, not a list.");
}

static void remove_never(struct view *v)
{
    struct people *s = v->state;
    const struct table_row *row = table_current(&s->never.table);
    g_autofree char *list = people_never_list(&s->never);
    people_never_remove(v->ui, row->key, list, 'd');
}

static void run_delete(struct view *v)
{
    struct people *s = v->state;
    if (is_page(v, PEOPLE_NEVER)) {
        remove_never(v);
    } else if (s->is_right) {
        g_autoptr(GArray) ids = table_targets(&s->members.table);
        people_take_off(v->ui, ids, list_of(v));
    } else {
        people_delete_list(v->ui, list_of(v)->name);
    }
}

static const char *not_delete(struct view *v)
{
    if (is_page(v, PEOPLE_NEVER)) {
        const char *address = address_of(v);
        return !address   ? no_row(v)
               : *address ? NULL
                          : _("This person is erased: that cannot be taken back.");
    }
    return is_page(v, PEOPLE_IMPORTS) ? not_imports_page(v) : not_edit(v);
}

static void run_move(struct view *v)
{
    struct people *s = v->state;
    g_autoptr(GArray) ids = table_targets(&s->members.table);
    people_move(v->ui, ids, list_of(v));
}

static void run_import(struct view *v)
{
    const struct list *l = is_page(v, PEOPLE_LISTS) ? list_of(v) : NULL;
    const struct people_import_arg arg = {.list = l ? l->name : NULL};
    if (is_page(v, PEOPLE_NEVER))
        people_never_import(v->ui);
    else
        ui_push(v->ui, people_import_view(), &arg);
}

static void run_export(struct view *v)
{
    if (is_page(v, PEOPLE_NEVER))
        people_never_export(v->ui);
    else
        people_export_list(v->ui, list_of(v)->name);
}

static const char *not_export(struct view *v)
{
    if (is_page(v, PEOPLE_NEVER))
        return NULL;
    if (!is_page(v, PEOPLE_LISTS))
        return not_lists(v);
    return list_of(v) ? NULL : _("Choose a list: a file has the people of one list.");
}

static void run_never(struct view *v)
{
    people_never_add(v->ui, address_of(v), NULL);
}

static void run_erase(struct view *v)
{
    people_erase_ask(v->ui, address_of(v), 'X');
}

static void run_undo_import(struct view *v)
{
    struct people *s = v->state;
    people_import_undo(v->ui, people_imports_current(&s->imports)->id, 'U');
}

static const char *not_undo_import(struct view *v)
{
    struct people *s = v->state;
    if (!is_page(v, PEOPLE_IMPORTS))
        return _("This is about imports: ] goes to them.");
    const struct import_record *r = people_imports_current(&s->imports);
    if (!r)
        return no_row(v);
    return r->undone_us ? _("It is taken back already.") : NULL;
}

static void run_reload(struct view *v)
{
    struct people *s = v->state;
    s->lists.counted_us = 0;
    table_search_stale(&s->members.search, TRUE);
    table_search_stale(&s->never.search, TRUE);
    ui_reload(v->ui);
}

/* ---- keys ---- */

/* At the edge of its columns a pane gives the cursor to its neighbour. */
static gboolean cross(struct view *v, const struct term_event *e)
{
    struct people *s = v->state;
    if (s->page != PEOPLE_LISTS || e->kind != EVENT_KEY)
        return FALSE;
    gboolean to_right = e->key == TK_RIGHT || e->key == 'l';
    gboolean to_left = e->key == TK_LEFT || e->key == 'h';
    if ((!to_right || s->is_right) && (!to_left || !s->is_right))
        return FALSE;
    go_right(v, to_right);
    return TRUE;
}

static gboolean click(struct view *v, const struct term_event *e)
{
    struct people *s = v->state;
    if (s->page != PEOPLE_LISTS || e->key != TK_CLICK)
        return FALSE;
    struct rect p = s->is_right ? s->lists.table.place : s->members.table.place;
    if (e->x >= p.x && e->x < p.x + p.w && e->y >= p.y && e->y < p.y + p.h)
        s->is_right = !s->is_right;
    return FALSE;
}

static gboolean key(struct view *v, const struct term_event *e)
{
    struct people *s = v->state;
    if (!table_is_asking(people_table(v)))
        click(v, e);
    switch (table_event(people_table(v), e)) {
    case TABLE_MOVED:
        if (s->page == PEOPLE_LISTS && !s->is_right) {
            show_members(s);
            ui_moved(v->ui);
        }
        return TRUE;
    case TABLE_TAKEN:
        if (s->page == PEOPLE_LISTS && !s->is_right)
            show_members(s);
        return TRUE;
    case TABLE_OPEN:
        run_open(v);
        return TRUE;
    default:
        return cross(v, e);
    }
}

TABLE_COMMANDS(people, people_table)
TABLE_COPY_COMMAND(people, people_table)

static const struct action actions[] = {
    {"open", TK_ENTER, 0, N_("open"), N_("the people of a list; a person's card"), N_("PEOPLE"),
     "people show", no_row, run_open},
    {"pane", TK_TAB, TK_BACKTAB, N_("pane"), N_("from lists to people and back"), NULL, NULL,
     not_lists, run_pane},
    {"next", ']', 0, N_("next page"), N_("lists, never mail, imports"), NULL, NULL, NULL,
     run_next_page},
    {"before", '[', 0, NULL, N_("the page before"), NULL, NULL, NULL, run_page_before},
    {"add", 'a', 0, N_("add"), N_("add a person, or one who is never mailed"), NULL,
     "people add", not_imports_page, run_add},
    {"import", 'i', 0, N_("import"), N_("read people from a file, in four steps"), NULL,
     "people import", NULL, run_import},
    {"undo-import", 'U', 0, N_("undo.."), N_("take an import back; shows first what would go"),
     NULL, "people undo", not_undo_import, run_undo_import},
    {"new", 'n', 0, N_("new list"), N_("make a list"), N_("LIST"), "list new", not_lists,
     run_new},
    {"edit", 'e', 0, N_("edit"), N_("a list's title; a person's address and fields"), NULL,
     "people set", not_edit, run_edit},
    {"move", 'm', 0, N_("move"), N_("put on another list, or move there"), NULL, "people set",
     no_person, run_move},
    {"delete", 'd', TK_DELETE, N_("del"),
     N_("into the bin, or off the list; of never mail: allow again"), NULL, "people remove",
     not_delete, run_delete},
    {"export", 'x', 0, N_("export"), N_("write them to a CSV file"), NULL, "people export",
     not_export, run_export},
    {"never", 'v', 0, NULL, N_("never mail this person again"), NULL, "suppress add", no_person,
     run_never},
    {"erase", 'X', 0, NULL, N_("erase a person for good; asks for a number"), NULL,
     "people erase", no_person, run_erase},
    {"reload", 'r', TK_F5, NULL, N_("count and look again"), NULL, NULL, NULL, run_reload},
    TABLE_ACTIONS(people),
    TABLE_COPY_ACTION(people),
    {NULL},
};

const struct view_ops *screen_people(void)
{
    static const struct view_ops ops = {.name = "people",
                                        .state_size = sizeof(struct people),
                                        .open = open_people,
                                        .close = close_people,
                                        .load = load,
                                        .title = title,
                                        .draw = draw,
                                        .draw_plain = draw_plain,
                                        .hint = hint,
                                        .key = key,
                                        .actions = actions};
    return &ops;
}
