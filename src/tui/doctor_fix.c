/*
 * From a step of the doctor to the form that mends it. The forms themselves are server_edit's
 * and mailbox_edit's.
 */
#include "config.h"

#include "tui/doctor_fix.h"

#include <string.h>

#include "base/hostport.h"
#include "base/i18n.h"
#include "tui/doctor_run_private.h"
#include "tui/mailbox_edit.h"
#include "tui/server_edit.h"
#include "tui/ui.h"

#define SCREEN_SERVERS 4
#define SCREEN_MAILBOXES 5

/* The row of the form where what a check looks at is written. */
static const struct {
    const char *check, *row;
    gboolean is_about_port; /* another port of the same host may mend it */
} rows[] = {
    {"settings", "host", TRUE}, {"names", "host", FALSE},    {"connect", "host", TRUE},
    {"way", "host", TRUE},      {"doors", "host", TRUE},     {"mtu", "host", FALSE},
    {"greeting", "host", TRUE}, {"hello", "security", TRUE}, {"tls", "security", TRUE},
    {"login", "user", FALSE},   {"envelope", "user", FALSE}, {"mailbox", "folder", FALSE},
    {"srv", "host", TRUE},
};

static gboolean is_of_record(const struct doctor_run *s)
{
    return s->record_id != 0;
}

static int row_of(const struct diagnosis_step *x)
{
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
        if (strcmp(rows[i].check, x->check) == 0)
            return (int)i;
    return -1;
}

/* The port that the doctor found to work better; 0: none. */
static int port_for(const struct doctor_run *s, const struct diagnosis_step *x, int row)
{
    const GPtrArray *steps = doctor_run_steps(s);
    if (x->use_port > 0)
        return x->use_port;
    for (guint i = 0; steps && rows[row].is_about_port && i < steps->len; i++) {
        const struct diagnosis_step *other = steps->pdata[i];
        if (other->use_port > 0)
            return other->use_port;
    }
    return 0;
}

char *doctor_fix_words(const struct doctor_run *s, const struct diagnosis_step *x)
{
    gboolean is_bad = x->result == DIAGNOSIS_FAIL || x->result == DIAGNOSIS_WARN;
    int row = row_of(x), port = row >= 0 ? port_for(s, x, row) : 0;
    if (!is_bad || row < 0 || !is_of_record(s))
        return NULL;
    if (port > 0)
        return g_strdup_printf(_("open the settings of %s, with port %d"), s->name, port);
    if (g_strcmp0(x->who, "you") == 0)
        return g_strdup_printf(_("open the settings of %s"), s->name);
    return NULL;
}

void doctor_fix_open(struct ui *ui, const struct doctor_run *s, const struct diagnosis_step *x)
{
    gboolean is_server = strcmp(s->kind, "server") == 0;
    int row = row_of(x), port = port_for(s, x, row);
    /* Going there may let go of what is shown here. */
    g_autofree char *name = g_strdup(s->name);
    const struct hostport at = {.host = s->shown ? s->shown->host : NULL,
                                .port = (guint16)port};
    g_autofree char *endpoint = at.host && port > 0 ? hostport_format(&at) : NULL;
    struct view *v = ui_go_to(ui, is_server ? SCREEN_SERVERS : SCREEN_MAILBOXES,
                              is_server ? server_edit_view() : mailbox_edit_view(), name);
    if (!v)
        return;
    if (endpoint)
        (is_server ? server_edit_propose : mailbox_edit_propose)(v, endpoint);
    (is_server ? server_edit_focus : mailbox_edit_focus)(v, rows[row].row);
}
