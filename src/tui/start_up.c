/*
 * What is offered at the start, before anything is touched. Restoring is done by the view that
 * the record is edited in.
 */
#include "config.h"

#include "tui/start_up.h"

#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/i18n.h"
#include "store/people.h"
#include "store/recovery.h"
#include "tui/campaign_edit.h"
#include "tui/dialog.h"
#include "tui/menu.h"
#include "tui/person_edit.h"
#include "tui/port_edit.h"
#include "tui/mailbox_edit.h"
#include "tui/server_edit.h"
#include "tui/wizard.h"
#include "tui/words.h"

#define KEPT_US (30 * 24 * 3600 * CLOCK_SECOND_US) /* as long as the bin */
#define OFFERED_MAX 100

/* ---- what can be restored ---- */

static void restore_campaign(struct ui *ui, const struct recovery *r)
{
    const struct campaign_edit_arg arg = {.name = *r->name ? r->name : NULL,
                                          .recovery_id = r->id};
    ui_go_to(ui, 2, campaign_edit_view(), &arg);
}

static void restore_server(struct ui *ui, const struct recovery *r)
{
    g_autoptr(GError) error = NULL;
    struct view *v = ui_go_to(ui, 4, server_edit_view(), *r->name ? r->name : NULL);
    if (v && !server_edit_restore(v, r->id, &error))
        ui_fail(ui, g_steal_pointer(&error));
}

static void restore_mailbox(struct ui *ui, const struct recovery *r)
{
    g_autoptr(GError) error = NULL;
    struct view *v = ui_go_to(ui, 5, mailbox_edit_view(), *r->name ? r->name : NULL);
    if (v && !mailbox_edit_restore(v, r->id, &error))
        ui_fail(ui, g_steal_pointer(&error));
}

/* Edits of people are kept by their number: "#12". NULL: that one is gone. */
static char *address_of(struct ui *ui, const struct recovery *r)
{
    struct person p = {0};
    gint64 id = r->name[0] == '#' ? g_ascii_strtoll(r->name + 1, NULL, 10) : 0;
    char *address = people_get_id(ui_db(ui), id, &p, NULL) ? g_strdup(p.address) : NULL;
    person_clear(&p);
    return address;
}

static void restore_person(struct ui *ui, const struct recovery *r)
{
    g_autofree char *address = *r->name ? address_of(ui, r) : NULL;
    const struct person_edit_arg arg = {.address = address, .recovery_id = r->id};
    if (address || !*r->name)
        ui_go_to(ui, 3, person_edit_view(), &arg);
    else
        ui_fail_text(ui, "%s", _("This person is not there any more. :restore discards the edit."));
}

static void restore_port(struct ui *ui, const struct recovery *r)
{
    g_autoptr(GError) error = NULL;
    const struct port_edit_arg arg = {.name = *r->name ? r->name : NULL};
    struct view *v = ui_go_to(ui, 6, port_edit_view(), &arg);
    if (v && !port_edit_restore(v, r->id, &error))
        ui_fail(ui, g_steal_pointer(&error));
}

static const struct {
    const char *noun;
    const char *named, *new; /* N_(): the former with one %s */
    void (*restore)(struct ui *ui, const struct recovery *r);
    char *(*name)(struct ui *ui, const struct recovery *r); /* NULL: as it is kept */
} nouns[] = {
    {"campaign", N_("the campaign \"%s\""), N_("a new campaign"), restore_campaign},
    {"server", N_("the server \"%s\""), N_("a new server"), restore_server},
    {"mailbox", N_("the mailbox \"%s\""), N_("a new mailbox"), restore_mailbox},
    {"port", N_("the port \"%s\""), N_("a new port"), restore_port},
    {"person", N_("what is known of %s"), N_("a new person"), restore_person, address_of},
};

static int noun_of(const struct recovery *r)
{
    for (int i = 0; i < (int)G_N_ELEMENTS(nouns); i++)
        if (strcmp(nouns[i].noun, r->noun) == 0)
            return i;
    return -1;
}

/* "the campaign "spring"". Caller frees. */
static char *what(struct ui *ui, const struct recovery *r)
{
    int i = noun_of(r);
    if (!*r->name)
        return g_strdup(_(nouns[i].new));
    g_autofree char *name = nouns[i].name ? nouns[i].name(ui, r) : g_strdup(r->name);
    g_auto(GStrv) parts = g_strsplit(_(nouns[i].named), "%s", 2);
    return g_strconcat(parts[0], name ? name : "?", parts[1] ? parts[1] : "", NULL);
}

/* ---- one edit ---- */

struct offer {
    gint64 id;
};

enum { OFFER_RESTORE, OFFER_DISCARD, OFFER_LATER };

static void drop(struct ui *ui, gint64 id)
{
    g_autoptr(GError) error = NULL;
    if (recovery_drop(ui_db(ui), id, &error))
        ui_say(ui, "%s", _("It is thrown away."));
    else
        ui_fail(ui, g_steal_pointer(&error));
}

static void take_offer(struct ui *ui, int button, void *data)
{
    const struct offer *o = data;
    struct recovery r = {0};
    g_autoptr(GError) error = NULL;
    if (button == OFFER_DISCARD)
        drop(ui, o->id);
    else if (button == OFFER_LATER)
        ui_say(ui, "%s", _("It is kept for 30 days. :restore asks again."));
    else if (recovery_get(ui_db(ui), o->id, &r, &error))
        nouns[noun_of(&r)].restore(ui, &r);
    else
        ui_fail(ui, g_steal_pointer(&error));
    recovery_clear(&r);
}

static void offer_one(struct ui *ui, const struct recovery *r)
{
    const char *const buttons[] = {_("Restore"), _("Discard"), _("Later"), NULL};
    gboolean is_own = g_strcmp0(r->actor, db_actor(ui_db(ui))) == 0;
    g_autofree char *record = what(ui, r);
    g_autofree char *when = words_when(r->saved_us, ui_now_us(ui));
    g_autofree char *text =
        is_own ? g_strdup_printf(_("You were editing %s (%s) when the connection broke. What "
                                   "was typed and not saved is still there."),
                                 record, when)
               : g_strdup_printf(_("%s was editing %s (%s) when the connection broke. What was "
                                   "typed and not saved is still there."),
                                 r->actor, record, when);
    struct offer *o = g_new0(struct offer, 1);
    o->id = r->id;
    dialog_choose(ui, _("Not saved"), text, buttons, OFFER_LATER, take_offer, o, g_free);
}

/* ---- several ---- */

#define DISCARD_ALL (-1)

static void discard_all(struct ui *ui)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) all = recovery_all(ui_db(ui), &error);
    for (guint i = 0; all && i < all->len && !error; i++)
        recovery_drop(ui_db(ui), ((struct recovery *)all->pdata[i])->id, &error);
    if (error)
        ui_fail(ui, g_steal_pointer(&error));
    else
        ui_say(ui, "%s", _("They are thrown away."));
}

static void take_row(struct ui *ui, const gint64 *ids, int n, void *data)
{
    struct recovery r = {0};
    g_autoptr(GError) error = NULL;
    if (n == 1 && ids[0] == DISCARD_ALL)
        discard_all(ui);
    else if (n == 1 && recovery_get(ui_db(ui), ids[0], &r, &error))
        offer_one(ui, &r);
    else if (error)
        ui_fail(ui, g_steal_pointer(&error));
    recovery_clear(&r);
}

static void offer_many(struct ui *ui, const GPtrArray *all)
{
    g_autoptr(GPtrArray) texts = g_ptr_array_new_with_free_func(g_free);
    struct menu_item items[OFFERED_MAX + 1] = {{0}};
    int n = (int)MIN(all->len, OFFERED_MAX);
    for (int i = 0; i < n; i++) {
        const struct recovery *r = all->pdata[i];
        g_autofree char *when = words_when(r->saved_us, ui_now_us(ui));
        g_ptr_array_add(texts, what(ui, r));
        items[i].label = texts->pdata[texts->len - 1];
        g_ptr_array_add(texts, g_strdup_printf("%s, %s", when, r->actor));
        items[i].detail = texts->pdata[texts->len - 1];
        items[i].id = r->id;
    }
    items[n] = (struct menu_item){.label = _("Discard all of them"), .id = DISCARD_ALL};
    const struct menu m = {
        .title = _("Not saved"),
        .text = _("These were being edited when the connection broke. What was typed and not "
                  "saved is still there; Esc keeps it for later."),
        .items = items,
        .n = n + 1};
    menu_ask(ui, &m, take_row, NULL, NULL);
}

/* Edits of dead sessions that some view can take up again. NULL: they cannot be read. */
static GPtrArray *find_edits(struct ui *ui, GError **error)
{
    GPtrArray *all = recovery_all(ui_db(ui), error);
    for (guint i = all ? all->len : 0; i > 0; i--)
        if (noun_of(all->pdata[i - 1]) < 0)
            g_ptr_array_remove_index(all, i - 1);
    return all;
}

static gboolean offer(struct ui *ui, GError **error)
{
    g_autoptr(GPtrArray) all = find_edits(ui, error);
    if (!all)
        return FALSE;
    if (all->len == 1)
        offer_one(ui, all->pdata[0]);
    else if (all->len > 1)
        offer_many(ui, all);
    return all->len > 0;
}

gboolean start_up_restore(struct ui *ui, GError **error)
{
    g_autoptr(GError) failed = NULL;
    if (!offer(ui, &failed) && !failed)
        ui_say(ui, "%s", _("Nothing was left behind: all that was typed is saved."));
    if (!failed)
        return TRUE;
    g_propagate_error(error, g_steal_pointer(&failed));
    return FALSE;
}

void start_up(struct ui *ui)
{
    g_autoptr(GError) error = NULL;
    /* Comfort only: when it cannot be written now, the next start does it. */
    recovery_prune(ui_db(ui), clock_wall_us() - KEPT_US, NULL);
    if (!offer(ui, &error) && !error)
        wizard_offer(ui, &error);
    if (error)
        ui_fail(ui, g_steal_pointer(&error));
}
