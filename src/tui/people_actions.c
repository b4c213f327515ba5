/*
 * What is done to people and lists: deleting, moving, exporting, erasing, with the questions.
 * Who is never mailed is people_never_actions.c.
 */
#include "config.h"

#include "tui/people_actions.h"

#include <inttypes.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/i18n.h"
#include "base/mailaddr.h"
#include "base/text.h"
#include "store/people_browse.h"
#include "store/undolog.h"
#include "tui/confirm.h"
#include "tui/dialog.h"
#include "tui/menu.h"
#include "tui/pager_dialog.h"
#include "tui/people_dialog.h"
#include "tui/people_words.h"
#include "tui/saving.h"

char *people_key(const char *address, GError **error)
{
    struct mailaddr a;
    if (!mailaddr_parse(address, &a, error))
        return NULL;
    char *key = mailaddr_key(&a);
    mailaddr_clear(&a);
    return key;
}

/* ---- undo ---- */

static void take_back(struct ui *ui, void *data)
{
    struct undolog_done done = {0};
    g_autoptr(GError) error = NULL;
    if (!undolog_do(ui_db(ui), *(const gint64 *)data, &done, &error))
        ui_fail(ui, g_steal_pointer(&error));
    else if (done.kept->len > 0)
        ui_say(ui, "%s", (const char *)done.kept->pdata[0]);
    else
        ui_say(ui, "%s",
               done.said->len == 1 ? (const char *)done.said->pdata[0]
                                   : _("That is as it was before."));
    undolog_done_clear(&done);
    ui_reload(ui);
}

void people_say_undo(struct ui *ui, const char *sentence)
{
    gint64 id;
    if (undolog_last(ui_db(ui), &id, NULL))
        ui_say_undo(ui, sentence, take_back, g_memdup2(&id, sizeof id), g_free);
    else
        ui_say(ui, "%s", sentence);
    ui_reload(ui);
}

/* ---- a new list, its title ---- */

static const struct form_row list_rows[] = {
    {FORM_LINE, "title", N_("Title"), N_("what people who are on it know it by"),
     .flags = FORM_REQUIRED},
    {FORM_LINE, "name", N_("Short name"),
     N_("for the command line and files: a-z, 0-9, '-'; empty: made from the title")},
    {FORM_BUTTON, "save", N_("Make the list")},
    {FORM_BUTTON, "cancel", N_("Cancel")},
    {FORM_END},
};

static const struct form_row title_rows[] = {
    {FORM_LINE, "title", N_("Title"), N_("what people who are on it know it by")},
    {FORM_BUTTON, "save", N_("Save")},
    {FORM_BUTTON, "cancel", N_("Cancel")},
    {FORM_END},
};

struct new_list {
    void (*made)(struct ui *ui, const char *name, void *data);
    void *data;
};

static gboolean save_list(struct ui *ui, struct form *f, void *data, GError **error)
{
    const struct new_list *n = data;
    const char *title = form_text(f, "title"), *typed = form_text(f, "name");
    g_autofree char *name = *typed ? g_strdup(typed) : people_slug(title);
    g_autofree char *shown = g_strdup(title);
    if (!list_new(ui_db(ui), name, title, NULL, error))
        return FALSE;
    ui_say(ui, _("The list %s is made: i reads people into it, a adds one."), shown);
    ui_reload(ui);
    if (n->made)
        n->made(ui, name, n->data);
    return TRUE;
}

void people_new_list(struct ui *ui, void (*made)(struct ui *ui, const char *name, void *data),
                     void *data)
{
    struct new_list *n = g_new0(struct new_list, 1);
    *n = (struct new_list){made, data};
    const struct people_dialog d = {.title = _("New list"),
                                    .rows = list_rows,
                                    .save = save_list,
                                    .data = n,
                                    .free_data = g_free};
    people_dialog_open(ui, &d);
}

static void free_list(gpointer data)
{
    list_clear(data);
    g_free(data);
}

static void fill_title(struct form *f, void *data)
{
    const struct list *l = data;
    form_set_text(f, "title", l->title ? l->title : "");
}

static gboolean save_title(struct ui *ui, struct form *f, void *data, GError **error)
{
    struct list *l = data;
    g_free(l->title);
    l->title = g_strdup(form_text(f, "title"));
    if (list_put(ui_db(ui), l, error)) {
        people_say_undo(ui, _("The title is changed. u takes that back."));
        return TRUE;
    }
    /* What somebody else wrote meanwhile is shown, and the next save is over it. */
    struct list fresh = {0};
    if (error && g_error_matches(*error, CRIER_ERROR, CRIER_ERROR_PRECONDITION) &&
        list_get_id(ui_db(ui), l->id, &fresh, NULL)) {
        l->row_version = fresh.row_version;
        g_clear_error(error);
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_PRECONDITION,
                    _("Somebody else changed it to \"%s\" meanwhile. Save again to overwrite "
                      "that."),
                    fresh.title ? fresh.title : "");
        list_clear(&fresh);
    }
    return FALSE;
}

void people_edit_list(struct ui *ui, const char *name)
{
    g_autoptr(GError) error = NULL;
    struct list *l = g_new0(struct list, 1);
    if (!list_get(ui_db(ui), name, l, &error)) {
        g_free(l);
        ui_fail(ui, g_steal_pointer(&error));
        return;
    }
    g_autofree char *title = g_strdup_printf(_("List %s"), l->name);
    const struct people_dialog d = {.title = title,
                                    .rows = title_rows,
                                    .fill = fill_title,
                                    .save = save_title,
                                    .data = l,
                                    .free_data = free_list};
    people_dialog_open(ui, &d);
}

void people_delete_list(struct ui *ui, const char *name)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *text = g_strdup_printf(
        _("%s is in the bin for 30 days; its people stay. u brings it back."), name);
    if (list_delete(ui_db(ui), name, &error))
        people_say_undo(ui, text);
    else
        ui_fail(ui, g_steal_pointer(&error));
}

/* ---- files ---- */

static void write_list(struct ui *ui, const char *path, gboolean may_overwrite, void *data)
{
    const char *const args[] = {"people", "export", "--list", data, "-o", path,
                                may_overwrite ? "--force" : NULL, NULL};
    pager_dialog_run(ui, _("Export"), args, 0);
}

static void write_person(struct ui *ui, const char *path, gboolean may_overwrite, void *data)
{
    const char *const args[] = {"people", "export", data, "-o", path,
                                may_overwrite ? "--force" : NULL, NULL};
    pager_dialog_run(ui, _("Export"), args, 0);
}

static void ask_file(struct ui *ui, const char *text, const char *base, const char *suffix,
                     saving_done *done, const char *data)
{
    g_autofree char *file = g_strconcat(base, suffix, NULL);
    g_strdelimit(file, "/", '_');
    g_autofree char *value = g_build_filename(g_get_home_dir(), file, NULL);
    const struct dialog_line q = {
        .title = _("Export"), .text = text, .label = _("File"), .value = value};
    saving_ask(ui, &q, NULL, done, g_strdup(data), g_free);
}

void people_export_list(struct ui *ui, const char *name)
{
    ask_file(ui, _("Addresses and fields of everybody on the list, as CSV. The file:"), name,
             ".csv", write_list, name);
}

void people_export_person(struct ui *ui, const char *address)
{
    ask_file(ui, _("All that is held of this person, as JSON. The file:"), address, ".json",
             write_person, address);
}

/* ---- off a list, into the bin ---- */

/* Does `one` to each; what can be taken back is one undo. Returns how many it was done to. */
static guint each(struct ui *ui, const GArray *ids,
                  gboolean (*one)(struct db *db, gint64 id, gint64 list_id, GError **error),
                  gint64 list_id)
{
    g_autoptr(GError) error = NULL;
    guint n = 0;
    undolog_group_begin(ui_db(ui));
    for (; n < ids->len && !error; n++)
        if (!one(ui_db(ui), g_array_index(ids, gint64, n), list_id, &error))
            break;
    undolog_group_end(ui_db(ui));
    if (error) {
        ui_fail(ui, g_steal_pointer(&error));
        ui_reload(ui);
    }
    return n;
}

static gboolean remove_one(struct db *db, gint64 id, gint64 list_id, GError **error)
{
    struct person p = {0};
    if (!people_get_id(db, id, &p, error))
        return FALSE;
    gboolean ok = people_remove(db, p.address_key, error);
    person_clear(&p);
    return ok;
}

static gboolean leave_one(struct db *db, gint64 id, gint64 list_id, GError **error)
{
    return membership_remove(db, list_id, id, error);
}

void people_delete(struct ui *ui, const GArray *ids)
{
    guint n = each(ui, ids, remove_one, 0);
    g_autofree char *text = g_strdup_printf(
        ngettext("%u person is in the bin for 30 days. u brings them back.",
                 "%u people are in the bin for 30 days. u brings them back.", n),
        n);
    if (n == ids->len)
        people_say_undo(ui, text);
}

struct targets {
    GArray *ids;    /* owned */
    gint64 list_id; /* 0: none */
    char *title;    /* owned; of the list */
};

static void targets_free(gpointer data)
{
    struct targets *t = data;
    g_array_unref(t->ids);
    g_free(t->title);
    g_free(t);
}

static struct targets *targets_new(const GArray *ids, const struct list *list)
{
    struct targets *t = g_new0(struct targets, 1);
    t->ids = g_array_copy((GArray *)ids);
    t->list_id = list ? list->id : 0;
    t->title = g_strdup(!list ? "" : list->title && *list->title ? list->title : list->name);
    return t;
}

enum { OFF_KEEP, OFF_LIST, OFF_DELETE };

static void take_off(struct ui *ui, int button, void *data)
{
    const struct targets *t = data;
    if (button == OFF_DELETE) {
        people_delete(ui, t->ids);
    } else if (button == OFF_LIST) {
        guint n = each(ui, t->ids, leave_one, t->list_id);
        g_autofree char *text =
            g_strdup_printf(ngettext("%u person is off the list %s. u puts them back.",
                                     "%u people are off the list %s. u puts them back.", n),
                            n, t->title);
        if (n == t->ids->len)
            people_say_undo(ui, text);
    }
}

void people_take_off(struct ui *ui, const GArray *ids, const struct list *list)
{
    if (!list) {
        people_delete(ui, ids);
        return;
    }
    const char *const buttons[] = {_("Keep"), _("Off the list"), _("Delete everywhere"), NULL};
    struct targets *t = targets_new(ids, list);
    g_autofree char *text = g_strdup_printf(
        ngettext("%u person: off the list %s, or out of all lists and into the bin? Both can "
                 "be taken back.",
                 "%u people: off the list %s, or out of all lists and into the bin? Both can "
                 "be taken back.",
                 ids->len),
        ids->len, t->title);
    dialog_choose(ui, _("Delete"), text, buttons, OFF_KEEP, take_off, t, targets_free);
}

/* ---- other lists ---- */

/* The consent that a person gave for one list is kept when they move. */
static gboolean join_like(struct db *db, gint64 person_id, gint64 from, gint64 to,
                          GError **error)
{
    struct consent c = {.source = "crier people", .at_us = clock_wall_us()};
    struct list l = {0};
    g_autoptr(GPtrArray) all = membership_of(db, person_id, error);
    if (!all)
        return FALSE;
    if (from != 0 && !list_get_id(db, from, &l, NULL))
        from = 0;
    for (guint i = 0; from != 0 && i < all->len; i++) {
        const struct membership *m = all->pdata[i];
        if (strcmp(m->list, l.name) == 0)
            c = (struct consent){m->consent_text, m->consent_source, m->consent_us,
                                 m->retain_until_us};
    }
    gboolean ok = membership_add(db, to, person_id, &c, error);
    list_clear(&l);
    return ok;
}

struct move {
    struct targets *t; /* owned */
    gint64 to;
    char *to_title; /* owned */
};

static void move_free(gpointer data)
{
    struct move *m = data;
    targets_free(m->t);
    g_free(m->to_title);
    g_free(m);
}

enum { MOVE_KEEP, MOVE_COPY, MOVE_MOVE };

static void do_move(struct ui *ui, int button, void *data)
{
    const struct move *m = data;
    g_autoptr(GError) error = NULL;
    guint n = 0;
    if (button == MOVE_KEEP)
        return;
    undolog_group_begin(ui_db(ui));
    for (; n < m->t->ids->len; n++) {
        gint64 id = g_array_index(m->t->ids, gint64, n);
        if (!join_like(ui_db(ui), id, m->t->list_id, m->to, &error) ||
            (button == MOVE_MOVE && !membership_remove(ui_db(ui), m->t->list_id, id, &error)))
            break;
    }
    undolog_group_end(ui_db(ui));
    if (error)
        ui_fail(ui, g_steal_pointer(&error));
    else
        ui_say(ui,
               ngettext("%u person is on the list %s now.", "%u people are on the list %s now.",
                        n),
               n, m->to_title);
    ui_reload(ui);
}

static void chose_list(struct ui *ui, const gint64 *ids, int n, void *data)
{
    struct targets *t = data;
    struct list to = {0};
    g_autoptr(GError) error = NULL;
    if (n < 1)
        return;
    if (!list_get_id(ui_db(ui), ids[0], &to, &error)) {
        ui_fail(ui, g_steal_pointer(&error));
        return;
    }
    struct move *m = g_new0(struct move, 1);
    m->t = g_memdup2(t, sizeof *t);
    m->t->ids = g_array_copy(t->ids);
    m->t->title = g_strdup(t->title);
    m->to = to.id;
    m->to_title = g_strdup(to.title && *to.title ? to.title : to.name);
    list_clear(&to);
    if (t->list_id == 0) {
        do_move(ui, MOVE_COPY, m);
        move_free(m);
        return;
    }
    const char *const buttons[] = {_("Cancel"), _("On both lists"), _("Move"), NULL};
    g_autofree char *text = g_strdup_printf(
        ngettext("%u person of %s: also on the list %s, or only there? What was agreed to "
                 "goes along.",
                 "%u people of %s: also on the list %s, or only there? What was agreed to "
                 "goes along.",
                 t->ids->len),
        t->ids->len, t->title, m->to_title);
    dialog_choose(ui, _("Another list"), text, buttons, MOVE_KEEP, do_move, m, move_free);
}

static struct menu_item *lists_as_items(const GPtrArray *lists, gint64 but)
{
    struct menu_item *items = g_new0(struct menu_item, lists->len + 1);
    for (guint i = 0; i < lists->len; i++) {
        const struct list *l = lists->pdata[i];
        items[i] = (struct menu_item){.label = l->title && *l->title ? l->title : l->name,
                                      .detail = l->name,
                                      .why_not = l->id == but ? _("they are on it") : NULL,
                                      .id = l->id};
    }
    return items;
}

void people_move(struct ui *ui, const GArray *ids, const struct list *from)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) lists = lists_browse(ui_db(ui), &error);
    if (!lists) {
        ui_fail(ui, g_steal_pointer(&error));
        return;
    }
    g_autofree struct menu_item *items = lists_as_items(lists, from ? from->id : 0);
    g_autofree char *title = g_strdup_printf(
        ngettext("%u person: to which list?", "%u people: to which list?", ids->len), ids->len);
    const struct menu m = {.title = title,
                           .empty = _("There is no list yet: n makes one."),
                           .items = items,
                           .n = (int)lists->len};
    menu_ask(ui, &m, chose_list, targets_new(ids, from), targets_free);
}

/* ---- all lists of one person ---- */

static gboolean is_on(const GPtrArray *memberships, const char *list)
{
    for (guint i = 0; i < memberships->len; i++)
        if (strcmp(((const struct membership *)memberships->pdata[i])->list, list) == 0)
            return TRUE;
    return FALSE;
}

static gboolean has_id(const gint64 *ids, int n, gint64 id)
{
    for (int i = 0; i < n; i++)
        if (ids[i] == id)
            return TRUE;
    return FALSE;
}

static void set_lists(struct ui *ui, const gint64 *ids, int n, void *data)
{
    gint64 person_id = *(const gint64 *)data;
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) lists = lists_browse(ui_db(ui), &error);
    g_autoptr(GPtrArray) there = lists ? membership_of(ui_db(ui), person_id, &error) : NULL;
    const struct consent c = {.source = "crier people", .at_us = clock_wall_us()};
    gboolean has_left = FALSE;
    undolog_group_begin(ui_db(ui));
    for (guint i = 0; there && i < lists->len && !error; i++) {
        const struct list *l = lists->pdata[i];
        gboolean is_member = is_on(there, l->name), shall = has_id(ids, n, l->id);
        if (shall && !is_member)
            membership_add(ui_db(ui), l->id, person_id, &c, &error);
        else if (!shall && is_member)
            has_left = membership_remove(ui_db(ui), l->id, person_id, &error);
    }
    undolog_group_end(ui_db(ui));
    if (error)
        ui_fail(ui, g_steal_pointer(&error));
    else if (has_left)
        people_say_undo(ui, _("The lists are changed. u puts back what was left."));
    else
        ui_say(ui, "%s", _("The lists are as they are marked."));
    ui_reload(ui);
}

void people_choose_lists(struct ui *ui, gint64 person_id)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) lists = lists_browse(ui_db(ui), &error);
    g_autoptr(GPtrArray) there = lists ? membership_of(ui_db(ui), person_id, &error) : NULL;
    if (!there) {
        ui_fail(ui, g_steal_pointer(&error));
        return;
    }
    g_autofree struct menu_item *items = lists_as_items(lists, 0);
    for (guint i = 0; i < lists->len; i++)
        items[i].is_marked = is_on(there, ((const struct list *)lists->pdata[i])->name);
    const struct menu m = {.title = _("On which lists?"),
                           .text = _("Space marks a list or takes the mark away; Enter stores "
                                     "it."),
                           .empty =
                               _("There is no list yet. n on the screen of people makes one."),
                           .items = items,
                           .n = (int)lists->len,
                           .flags = MENU_MULTI};
    menu_ask(ui, &m, set_lists, g_memdup2(&person_id, sizeof person_id), g_free);
}

/* ---- for good ---- */

static void erase(struct ui *ui, void *data)
{
    struct erase_counts n = {0};
    g_autoptr(GError) error = NULL;
    if (!people_erase(ui_db(ui), data, &n, &error)) {
        ui_fail(ui, g_steal_pointer(&error));
        return;
    }
    ui_say(ui,
           _("Erased. %" PRId64 " mails keep their proof without the address; the person is "
             "never mailed again."),
           n.deliveries);
    ui_reload(ui);
}

void people_erase_ask(struct ui *ui, const char *address, guint32 asked_by)
{
    g_autoptr(GError) error = NULL;
    struct person p = {0};
    char *key = people_key(address, &error);
    if (!key) {
        ui_fail(ui, g_steal_pointer(&error));
        return;
    }
    /* Somebody removed before can be erased, too: then it is the address that is asked about.
     */
    gint64 id = people_get(ui_db(ui), key, &p, NULL) ? p.id : (gint64)(g_str_hash(key) % 1000);
    g_autofree char *text = g_strdup_printf(
        _("All that names %s is erased: fields, lists, what was agreed to, never-mail entries "
          "with their evidence. What was sent stays as proof, without the address. A keyed "
          "hash "
          "stays, so that they are never mailed again. This cannot be taken back."),
        address);
    const struct confirm q = {.level = CONFIRM_NUMBER,
                              .title = _("Erase for good?"),
                              .text = text,
                              .action = _("Erase"),
                              .asked_by = asked_by,
                              .number = confirm_number(1, id)};
    confirm_ask(ui, &q, erase, key, g_free);
    person_clear(&p);
}
