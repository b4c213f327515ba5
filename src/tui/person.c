/*
 * The card of a person, as a text to scroll, with what can be done to them. The text is made in
 * person_text.c; the questions are in people_actions.
 */
#include "config.h"

#include "tui/person.h"

#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/i18n.h"
#include "store/people.h"
#include "tui/menu.h"
#include "tui/people_actions.h"
#include "tui/person_edit.h"
#include "tui/person_private.h"
#include "tui/ui.h"
#include "tui/people_words.h"

/* Reading all of it again may take this part of the time: one in fifty. */
#define READ_SHARE 50

struct card {
    struct person p;         /* owned; id 0: not known any more */
    GPtrArray *suppressions; /* owned; of struct suppression * */
    struct pager pager;
    char *shown; /* owned; the text in the pager */
    gint64 read_us, reading_us;
};

/* ---- reading ---- */

static gboolean read_person(struct card *s, struct db *db, GError **error)
{
    struct person fresh = {0};
    g_autoptr(GError) why = NULL;
    gboolean is_there = s->p.id ? people_get_id(db, s->p.id, &fresh, &why)
                                : people_get(db, s->p.address_key, &fresh, &why);
    if (is_there) {
        person_clear(&s->p);
        s->p = fresh;
    } else if (g_error_matches(why, CRIER_ERROR, CRIER_ERROR_NOT_FOUND)) {
        s->p.id = 0;
    } else {
        g_propagate_error(error, g_steal_pointer(&why));
        return FALSE;
    }
    g_clear_pointer(&s->suppressions, g_ptr_array_unref);
    s->suppressions = suppression_of(db, s->p.address_key, error);
    return s->suppressions != NULL;
}

static void show(struct card *s, const struct person_lines *l)
{
    if (g_strcmp0(s->shown, l->text->str) == 0)
        return;
    int top = s->shown ? s->pager.top : 0;
    g_auto(GStrv) lines = g_strsplit(l->text->str, "\n", -1);
    pager_empty(&s->pager);
    for (guint i = 0; i < l->roles->len; i++)
        pager_add(&s->pager, (enum term_role)g_array_index(l->roles, int, i),
                  *lines[i] ? lines[i] : " "); /* of nothing it would make no line */
    pager_go_to(&s->pager, top);
    g_free(s->shown);
    s->shown = g_strdup(l->text->str);
}

static gboolean read_all(struct view *v, GError **error)
{
    struct card *s = v->state;
    struct person_lines lines;
    gint64 begin = clock_mono_us();
    person_lines_init(&lines);
    gboolean ok = read_person(s, ui_db(v->ui), error) &&
                  person_lines_read(&lines, ui_db(v->ui), &s->p, ui_now_us(v->ui), error);
    if (ok)
        show(s, &lines);
    person_lines_clear(&lines);
    s->read_us = clock_mono_us();
    s->reading_us = s->read_us - begin;
    return ok;
}

static void load(struct view *v)
{
    struct card *s = v->state;
    g_autoptr(GError) error = NULL;
    if (s->read_us && clock_mono_us() - s->read_us < s->reading_us * READ_SHARE)
        return;
    if (!read_all(v, &error))
        ui_fail(v->ui, g_steal_pointer(&error));
}

static void close_card(struct view *v)
{
    struct card *s = v->state;
    pager_clear(&s->pager);
    person_clear(&s->p);
    g_clear_pointer(&s->suppressions, g_ptr_array_unref);
    g_free(s->shown);
}

static gboolean open_card(struct view *v, const void *arg, GError **error)
{
    struct card *s = v->state;
    pager_init(&s->pager);
    s->p.address = g_strdup(arg);
    s->p.address_key = people_key(arg, error);
    if (!s->p.address_key || !read_all(v, error)) {
        close_card(v);
        return FALSE;
    }
    if (s->p.id == 0 && s->suppressions->len == 0) {
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_NOT_FOUND,
                    _("%s: nobody of this address is known. Check how it is written"),
                    (const char *)arg);
        close_card(v);
        return FALSE;
    }
    s->read_us = 0;
    return TRUE;
}

/* ---- the frame ---- */

static char *title(struct view *v)
{
    const struct card *s = v->state;
    return g_strdup_printf(_("People > %s"), s->p.address);
}

static char *note(struct view *v)
{
    const struct card *s = v->state;
    return g_strdup(s->suppressions->len > 0 ? _("never mail") : "");
}

static void draw(struct view *v, struct rect r)
{
    struct card *s = v->state;
    pager_draw(&s->pager, rect_part(r, 1, 0, r.w - 1, r.h), TRUE);
}

static const char *hint(struct view *v)
{
    struct card *s = v->state;
    return pager_hint(&s->pager);
}

static gboolean key(struct view *v, const struct term_event *e)
{
    struct card *s = v->state;
    return pager_event(&s->pager, e);
}

/* ---- what can be done ---- */

static const char *unknown(struct view *v)
{
    const struct card *s = v->state;
    return s->p.id ? NULL : _("This person is not known any more.");
}

static void run_edit(struct view *v)
{
    const struct card *s = v->state;
    const struct person_edit_arg arg = {.address = s->p.address};
    ui_push(v->ui, person_edit_view(), &arg);
}

static void run_lists(struct view *v)
{
    const struct card *s = v->state;
    people_choose_lists(v->ui, s->p.id);
}

static void run_never(struct view *v)
{
    const struct card *s = v->state;
    people_never_add(v->ui, s->p.address, NULL);
}

static void allow(struct ui *ui, const gint64 *ids, int n, void *data)
{
    struct view *v = data;
    const struct card *s = v->state;
    for (guint i = 0; n == 1 && i < s->suppressions->len; i++) {
        const struct suppression *x = s->suppressions->pdata[i];
        if (x->id == ids[0])
            people_never_remove(ui, s->p.address, x->list, 'A');
    }
}

static void run_allow(struct view *v)
{
    const struct card *s = v->state;
    const GPtrArray *all = s->suppressions;
    if (all->len == 1) {
        people_never_remove(v->ui, s->p.address, ((struct suppression *)all->pdata[0])->list,
                            'A');
        return;
    }
    g_autofree struct menu_item *items = g_new0(struct menu_item, all->len);
    for (guint i = 0; i < all->len; i++) {
        const struct suppression *x = all->pdata[i];
        items[i] = (struct menu_item){.label = x->list ? x->list : _("everything"),
                                      .detail = people_reason(x->reason),
                                      .id = x->id};
    }
    const struct menu m = {
        .title = _("Allow mail again: which?"), .items = items, .n = (int)all->len};
    menu_ask(v->ui, &m, allow, v, NULL);
}

static const char *not_allow(struct view *v)
{
    const struct card *s = v->state;
    return s->suppressions->len > 0 ? NULL : _("This person may be mailed.");
}

static void run_delete(struct view *v)
{
    const struct card *s = v->state;
    g_autoptr(GArray) ids = g_array_new(FALSE, FALSE, sizeof(gint64));
    g_array_append_val(ids, s->p.id);
    people_delete(v->ui, ids);
}

static void run_export(struct view *v)
{
    const struct card *s = v->state;
    people_export_person(v->ui, s->p.address);
}

static void run_erase(struct view *v)
{
    const struct card *s = v->state;
    people_erase_ask(v->ui, s->p.address, 'X');
}

static void run_copy(struct view *v)
{
    const struct card *s = v->state;
    ui_copy(v->ui, s->p.address);
}

static const struct action actions[] = {
    {"edit", 'e', 0, N_("edit"), N_("change address and fields"), N_("THIS PERSON"),
     "people set", unknown, run_edit},
    {"lists", 'm', 0, N_("lists"), N_("put on lists, take off lists"), NULL, "people set",
     unknown, run_lists},
    {"never", 'v', 0, N_("never mail.."), N_("never mail this address again"), NULL,
     "suppress add", NULL, run_never},
    {"allow", 'A', 0, N_("allow.."), N_("allow mail again; asks"), NULL, "suppress remove",
     not_allow, run_allow},
    {"delete", 'd', TK_DELETE, N_("del"), N_("put them into the bin; u brings them back"), NULL,
     "people remove", unknown, run_delete},
    {"export", 'x', 0, N_("export"), N_("write all that is held of them to a file"), NULL,
     "people export", NULL, run_export},
    {"copy", 'y', 0, NULL, N_("copy the address"), NULL, NULL, NULL, run_copy},
    {"erase", 'X', 0, NULL, N_("erase for good; asks for a number"), NULL, "people erase", NULL,
     run_erase},
    {NULL},
};

const struct view_ops *person_view(void)
{
    static const struct view_ops ops = {.name = "person",
                                        .state_size = sizeof(struct card),
                                        .open = open_card,
                                        .close = close_card,
                                        .load = load,
                                        .title = title,
                                        .note = note,
                                        .draw = draw,
                                        .hint = hint,
                                        .key = key,
                                        .actions = actions};
    return &ops;
}
