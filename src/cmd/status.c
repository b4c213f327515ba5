/*
 * crier status: what goes on, once or as it changes. What is gathered is app/status's.
 */
#include "config.h"

#include "cmd/handlers.h"

#include <inttypes.h>
#include <poll.h>
#include <unistd.h>

#include "app/mailbox_now.h"
#include "app/pace_words.h"
#include "app/status.h"
#include "base/clock.h"
#include "base/i18n.h"
#include "base/text.h"
#include "base/when.h"
#include "model/hardening.h"

#define LOOK_MS 250
#define REDRAW_US CLOCK_SECOND_US
#define RECEIVERS_TOLD 10 /* those that the most wait for */

static const struct output_column columns[] = {
    {"name", N_("Campaign")},
    {"state", N_("State")},
    {"total", N_("People"), OUTPUT_NUMBER},
    {"queued", N_("Queued"), OUTPUT_NUMBER},
    {"leased", N_("Sending"), OUTPUT_NUMBER},
    {"accepted", N_("Accepted"), OUTPUT_NUMBER},
    {"refused", N_("Refused"), OUTPUT_NUMBER},
    {"deferred", N_("Waiting"), OUTPUT_NUMBER},
    {"uncertain", N_("Maybe sent"), OUTPUT_NUMBER},
    {"rate_per_s", N_("Per second"), OUTPUT_NUMBER},
    {"eta_s", N_("Left"), OUTPUT_SPAN},
    {NULL},
};

static void put_worker(const struct status *s)
{
    if (!s->is_worker_running) {
        puts(_("No worker runs."));
        return;
    }
    g_autofree char *since = clock_format_local(s->worker_since_us, clock_wall_us());
    printf(_("The worker runs (process %" PRId64 ") since %s.\n"), s->worker_pid, since);
    if (s->hardened > 0 && s->hardened != HARDENING_OFF) {
        g_autofree char *words = hardening_words(s->hardened);
        printf(_("Its send role is hardened: %s.\n"), words);
    }
}

static void put_campaigns(const struct status *s)
{
    if (s->campaigns->len == 0)
        return;
    putchar('\n');
    struct output *o = output_begin(stdout, OUTPUT_TABLE, columns, NULL, NULL);
    for (guint i = 0; i < s->campaigns->len; i++) {
        struct json_writer *w = output_row_begin(o);
        status_campaign_json(w, g_ptr_array_index(s->campaigns, i));
        output_row_end(o);
    }
    output_end(o);
}

static void put_problems(const char *title, const GPtrArray *problems)
{
    for (guint i = 0; i < problems->len; i++) {
        const struct status_problem *p = g_ptr_array_index(problems, i);
        g_autofree char *safe = text_safe(p->text, -1, 0);
        if (i == 0)
            printf("\n%s\n", title);
        printf("  %s\n", safe);
    }
}

static void put_scheduled(const struct status *s)
{
    for (guint i = 0; i < s->campaigns->len; i++) {
        const struct status_campaign *c = g_ptr_array_index(s->campaigns, i);
        if (c->campaign.state != CAMPAIGN_SCHEDULED)
            continue;
        g_autofree char *when = when_format(c->campaign.schedule_us);
        gint64 left_us = MAX(0, c->campaign.schedule_us - clock_wall_us());
        g_autofree char *span = clock_format_span(left_us / CLOCK_SECOND_US);
        printf(_("%s begins at %s, in %s.\n"), c->campaign.name, when, span);
    }
}

/* "spring: bounced hard 29, soft 8; complained 1; unsubscribed 2." */
static void put_came_back(const struct status *s)
{
    for (guint i = 0; i < s->campaigns->len; i++) {
        const struct status_campaign *c = g_ptr_array_index(s->campaigns, i);
        const struct campaign_counts *n = &c->counts;
        if (n->bounced_hard + n->bounced_soft + n->complained + n->unsubscribed > 0)
            printf(_("Of %s came back: bounced hard %" PRId64 ", bounced soft %" PRId64
                     ", complained %" PRId64 ", unsubscribed %" PRId64 ".\n"),
                   c->campaign.name, n->bounced_hard, n->bounced_soft, n->complained,
                   n->unsubscribed);
    }
}

static void put_mailboxes(const struct status *s)
{
    for (guint i = 0; i < s->mailboxes->len; i++) {
        const struct mailbox_now *m = g_ptr_array_index(s->mailboxes, i);
        g_autofree char *when = clock_format_local(m->read.read_us, clock_wall_us());
        if (i == 0)
            printf("\n%s\n", _("Mailboxes:"));
        if (!m->mailbox.enabled)
            printf(_("  %s is switched off\n"), m->mailbox.name);
        else if (m->read.read_us == 0)
            printf(_("  %s has not been read yet\n"), m->mailbox.name);
        else
            printf(ngettext("  %s was last read at %s; %" PRId64 " message so far\n",
                            "  %s was last read at %s; %" PRId64 " messages so far\n",
                            (gulong)m->read.n_read),
                   m->mailbox.name, when, m->read.n_read);
    }
}

static void put_receivers(const struct status *s)
{
    for (guint i = 0; i < s->holds->len && i < RECEIVERS_TOLD; i++) {
        g_autofree char *words = pace_words_hold(s->holds->pdata[i]);
        g_autofree char *safe = text_safe(words, -1, 0);
        if (i == 0)
            printf("\n%s\n", _("Receivers:"));
        printf("  %s\n", safe);
    }
}

static void put_table(const struct status *s)
{
    put_worker(s);
    put_campaigns(s);
    put_came_back(s);
    put_scheduled(s);
    put_receivers(s);
    put_mailboxes(s);
    put_problems(_("Problems:"), s->problems);
    put_problems(_("Good to know:"), s->notes);
}

static void put_status(const struct cmd_context *c, const struct status *s)
{
    if (!cmd_wants_json(c)) {
        put_table(s);
        return;
    }
    g_autoptr(GString) json = g_string_new(NULL);
    struct json_writer *w = json_writer_new_string(json, FALSE);
    status_json(w, s);
    json_writer_free(w);
    cmd_put_json(json);
}

static gboolean show_once(struct cmd_context *c, GError **error)
{
    struct status *s = status_load(c->db, c->ws, cmd_word(c, 0), error);
    if (!s)
        return FALSE;
    put_status(c, s);
    status_free(s);
    return TRUE;
}

/* Draws again when the database changed, and each second for the worker's own rows. Until
 * Ctrl-C. */
static gboolean watch(struct cmd_context *c, GError **error)
{
    for (;;) {
        gint64 version = db_data_version(c->db), drawn_us = clock_mono_us();
        fputs("\x1b[H\x1b[2J", stdout);
        if (!show_once(c, error))
            return FALSE;
        if (fflush(stdout) != 0)
            return TRUE;
        do
            poll(NULL, 0, LOOK_MS);
        while (db_data_version(c->db) == version && clock_mono_us() - drawn_us < REDRAW_US);
    }
}

int cmd_status(struct cmd_context *c)
{
    GError *error = NULL;
    gboolean is_live = cmd_has(c, "watch") && isatty(STDOUT_FILENO) && !cmd_wants_json(c);
    gboolean ok = is_live ? watch(c, &error) : show_once(c, &error);
    return ok ? 0 : cmd_fail(error);
}
