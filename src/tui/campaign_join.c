/*
 * The question before late joiners get a campaign. Who they are and what is done is app/join.c's,
 * behind `crier campaign join`.
 */
#include "config.h"

#include "tui/campaign_join.h"

#include <inttypes.h>

#include "base/i18n.h"
#include "base/json.h"
#include "base/text.h"
#include "tui/confirm.h"
#include "tui/pager_dialog.h"
#include "tui/task.h"

struct campaign_join {
    struct ui *ui;     /* borrowed */
    struct task *task; /* owned; NULL: nothing is counted */
    char *name;        /* owned */
    guint32 asked_by;
};

struct agreed { /* what was asked, for the answer */
    char *name; /* owned */
    gint64 people;
};

static void agreed_free(gpointer data)
{
    struct agreed *a = data;
    g_free(a->name);
    g_free(a);
}

/* As many as were asked about, or nobody. */
static void join(struct ui *ui, void *data)
{
    const struct agreed *a = data;
    g_autofree char *n = g_strdup_printf("%" PRId64, a->people);
    const char *const args[] = {"campaign", "join", a->name, "--yes", n, NULL};
    pager_dialog_run(ui, _("Late joiners"), args, 0);
}

/* " N more are never to be mailed." and the like, or nothing. */
static char *left_out(const struct json *told)
{
    gint64 never = json_member_int(told, "suppressed", 0);
    gint64 known = json_member_int(told, "known", 0);
    g_autofree char *never_words =
        never > 0 ? g_strdup_printf(ngettext(" %" PRId64 " more is never to be mailed.",
                                             " %" PRId64 " more are never to be mailed.",
                                             (gulong)never),
                                    never)
                  : g_strdup("");
    g_autofree char *known_words =
        known > 0
            ? g_strdup_printf(ngettext(" %" PRId64 " is left out: that address got it before.",
                                       " %" PRId64 " are left out: those addresses got it before.",
                                       (gulong)known),
                              known)
            : g_strdup("");
    return g_strconcat(never_words, known_words, NULL);
}

static void ask(struct campaign_join *j, const struct json *told)
{
    gint64 people = json_member_int(told, "people", 0);
    g_autofree char *grouped = text_grouped(people), *others = left_out(told);
    if (people == 0) {
        ui_say(j->ui, _("%s: nobody who could get it came onto its lists since it began.%s"),
               j->name, others);
        return;
    }
    g_autofree char *text = g_strdup_printf(
        ngettext("%s person came onto the lists of %s since it began, and gets it now.%s",
                 "%s people came onto the lists of %s since it began, and get it now.%s",
                 (gulong)people),
        grouped, j->name, others);
    struct agreed *a = g_new0(struct agreed, 1);
    *a = (struct agreed){g_strdup(j->name), people};
    const struct confirm q = {.level = CONFIRM_NUMBER,
                              .title = _("Late joiners"),
                              .text = text,
                              .action = _("Send"),
                              .asked_by = j->asked_by,
                              .number = confirm_number(people, (gint64)g_str_hash(j->name))};
    confirm_ask(j->ui, &q, join, a, agreed_free);
}

static void counted(const struct task_result *r, void *data)
{
    struct campaign_join *j = data;
    j->task = NULL;
    struct json *told = r->exit_code == 0 ? json_parse(r->out, r->out_len, NULL) : NULL;
    if (told)
        ask(j, told);
    else if (!r->was_stopped)
        ui_say(j->ui, "%s", *r->error ? r->error : _("They could not be counted."));
    json_unref(told);
}

void campaign_join_start(struct campaign_join **slot, struct ui *ui, const char *name,
                         guint32 asked_by)
{
    static const struct task_calls calls = {.done = counted};
    const char *const args[] = {"campaign", "join", name, "--dry-run", "--json", NULL};
    g_autoptr(GError) error = NULL;
    if (*slot && (*slot)->task)
        return;
    if (!*slot)
        *slot = g_new0(struct campaign_join, 1);
    struct campaign_join *j = *slot;
    g_free(j->name);
    j->name = g_strdup(name);
    j->ui = ui;
    j->asked_by = asked_by;
    ui_say(ui, "%s", _("Counting who came onto its lists …"));
    j->task = task_start(ui, args, NULL, &calls, j, &error);
    if (!j->task)
        ui_fail(ui, g_steal_pointer(&error));
}

void campaign_join_free(struct campaign_join *j)
{
    if (!j)
        return;
    task_drop(j->task);
    g_free(j->name);
    g_free(j);
}
