/*
 * crier hook: whoever is to be told when a campaign ends or stands still. `run` is what the
 * worker starts when something waits; one process at a time, so that nothing is told twice
 * while all is well.
 */
#include "config.h"

#include "cmd/handlers.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "app/hook_news.h"
#include "app/shapes.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/i18n.h"
#include "base/json.h"
#include "base/log.h"
#include "base/process.h"
#include "base/text.h"
#include "cmd/dial.h"
#include "store/audit.h"
#include "store/campaigns.h"
#include "store/hooks.h"
#include "store/pools.h"

#define LIMIT_S 60
#define OUTPUT_KEPT 1024
#define PAGE_ROWS 500

static const struct output_column columns[] = {
    {"id", N_("Id"), OUTPUT_NUMBER},
    {"time", N_("When"), OUTPUT_TIME},
    {"campaign", N_("Campaign")},
    {"event", N_("Event")},
    {"kind", N_("How")},
    {"state", N_("State")},
    {"tries", N_("Tries"), OUTPUT_NUMBER},
    {"result", N_("Result")},
    {"reason", N_("Reason"), 0, TRUE},
    {"actor", N_("By"), 0, TRUE},
    {"due", N_("Due"), OUTPUT_TIME, TRUE},
    {"done", N_("Done"), OUTPUT_TIME, TRUE},
    {NULL},
};

/* ---- list ---- */

static void put_hook(struct output *o, const struct hook *h)
{
    struct json_writer *w = output_row_begin(o);
    json_begin_object(w);
    json_kv_int(w, "id", h->id);
    shape_time(w, "time", h->at_us);
    json_kv_string(w, "campaign", h->campaign);
    json_kv_string(w, "event", h->event);
    json_kv_string(w, "kind", hook_kind_name(h->kind));
    json_kv_string(w, "state", hook_state_name(h->state));
    json_kv_int(w, "tries", h->tries);
    json_kv_string(w, "result", h->result);
    json_kv_string(w, "reason", *h->reason ? h->reason : NULL);
    json_kv_string(w, "actor", h->actor);
    shape_time(w, "due", h->state == HOOK_PENDING ? h->due_us : 0);
    shape_time(w, "done", h->done_us);
    json_end_object(w);
    output_row_end(o);
}

int cmd_hook_list(struct cmd_context *c)
{
    GError *error = NULL;
    gint64 before = 0;
    struct output *o = output_begin(stdout, c->line->format, columns, c->line->fields, &error);
    if (!o)
        return cmd_fail(error);
    for (guint n = PAGE_ROWS; n == PAGE_ROWS && !error;) {
        g_autoptr(GPtrArray) page = hooks_page(c->db, before, PAGE_ROWS, &error);
        n = page ? page->len : 0;
        for (guint i = 0; i < n; i++) {
            const struct hook *h = page->pdata[i];
            put_hook(o, h);
            before = h->id;
        }
    }
    output_end(o);
    return error ? cmd_fail(error) : 0;
}

/* ---- the two ways ---- */

/* What a command of somebody else's needs to find its way; nothing that was meant for us. */
static void clean_environment(void)
{
    static const char *const kept[] = {"HOME",   "LANG", "LANGUAGE", "LOGNAME", "PATH",
                                       "TMPDIR", "TZ",   "USER",     NULL};
    g_auto(GStrv) names = g_listenv();
    for (char **name = names; *name; name++)
        if (!g_strv_contains(kept, *name) && !g_str_has_prefix(*name, "LC_"))
            g_unsetenv(*name);
}

/* Told to end, we stop the command and leave the row for the next worker (process.h). */
static void hold_signals(int how)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigprocmask(how, &set, NULL);
}

static gboolean run_command(struct cmd_context *c, const struct settings *s,
                            const struct hook *h, char **ret_said, GError **error)
{
    g_auto(GStrv) argv = NULL;
    g_autoptr(GString) json = g_string_new(NULL);
    if (!hook_news_json(c->db, c->ws, h, json, error))
        return FALSE;
    if (!g_shell_parse_argv(s->hook_command, NULL, &argv, NULL)) {
        g_set_error_literal(error, CRIER_ERROR, CRIER_ERROR_INVALID,
                            _("the command has a quotation mark that is not closed"));
        return FALSE;
    }
    hold_signals(SIG_BLOCK);
    g_autofree char *output = process_filter((const char *const *)argv, json->str, json->len,
                                             OUTPUT_KEPT, LIMIT_S, error);
    if (output)
        *ret_said = g_strdup(_("exit code 0"));
    return output != NULL;
}

static gboolean send(struct cmd_context *c, const struct server *server,
                     const struct hook_mail *m, char **ret_said, GError **error)
{
    struct smtp_chunk chunk = {m->message->str, m->message->len};
    const struct smtp_message message = {.sender = m->sender,
                                         .recipient = m->recipient,
                                         .needs_smtputf8 = m->needs_smtputf8,
                                         .chunks = &chunk,
                                         .n_chunks = 1,
                                         .size = m->message->len};
    struct dial d = {
        .server = server, .messages = &message, .n_messages = 1, .timeout_s = LIMIT_S};
    gboolean ok = dial_run(c, &d, error);
    const struct dial_outcome *o = d.outcomes;
    if (ok && o->is_known && o->class == REPLY_ACCEPTED) {
        *ret_said = g_strdup(o->sentence);
    } else if (ok) {
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_FAILED,
                    _("server %s did not take the mail: %s"), server->name,
                    o->is_known ? o->sentence
                    : d.trouble ? d.trouble
                                : _("the connection was closed"));
        ok = FALSE;
    }
    dial_clear(&d);
    return ok;
}

static gboolean write_mail(struct cmd_context *c, const struct settings *s,
                           const struct hook *h, const struct campaign *about,
                           struct hook_mail *ret, char **ret_said, GError **error)
{
    return h->kind == HOOK_REPLY
               ? hook_reply_mail(c->db, c->ws, h, about, ret, ret_said, error)
               : hook_news_mail(c->db, c->ws, h, about, s->hook_mail, ret, error);
}

static gboolean run_mail(struct cmd_context *c, const struct settings *s, const struct hook *h,
                         char **ret_said, GError **error)
{
    struct campaign about = {0};
    struct server server = {0};
    struct hook_mail m = {0};
    gboolean ok = campaigns_get_id(c->db, h->campaign_id, &about, error) &&
                  pools_find_one(c->db, about.server ? about.server : "", &server, error) &&
                  write_mail(c, s, h, &about, &m, ret_said, error) &&
                  (*ret_said || send(c, &server, &m, ret_said, error));
    hook_mail_clear(&m);
    server_clear(&server);
    campaign_clear(&about);
    return ok;
}

/* Whom to tell, or by what. An answer's campaign says so itself. */
static const char *setting_of(const struct settings *s, enum hook_kind kind)
{
    const char *const settings[] = {s->hook_command, s->hook_mail, HOOKS_REPLY};
    G_STATIC_ASSERT(G_N_ELEMENTS(settings) == HOOK_KIND_COUNT);
    return settings[kind];
}

static gboolean tell(struct cmd_context *c, const struct hook *h, char **ret_said,
                     GError **error)
{
    struct settings s = {0};
    if (!settings_load(c->db, &s, error))
        return FALSE;
    const char *setting = setting_of(&s, h->kind);
    gboolean ok = TRUE;
    if (!setting || !*setting)
        *ret_said = g_strdup_printf(
            _("nobody: the setting is empty. Fill it with: crier settings set --hook-%s VALUE"),
            hook_kind_name(h->kind));
    else if (h->kind == HOOK_COMMAND)
        ok = run_command(c, &s, h, ret_said, error);
    else
        ok = run_mail(c, &s, h, ret_said, error);
    settings_clear(&s);
    return ok;
}

/* ---- run ---- */

/* Free when we end, however that is. -1: somebody else has it. */
static int take_turn(const struct workspace *ws, GError **error)
{
    g_autofree char *path = g_build_filename(ws->dir, "hooks.lock", NULL);
    int fd = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) == 0)
        return fd;
    g_autofree char *shown = text_safe(path, -1, 0);
    if (fd >= 0 && errno == EWOULDBLOCK)
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_TRY_AGAIN,
                    _("another crier runs hooks now. Try again when it has ended"));
    else
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_FAILED, "%s: %s", shown, g_strerror(errno));
    if (fd >= 0)
        close(fd);
    return -1;
}

static gboolean note_failure(struct cmd_context *c, struct hook *h, const GError *why,
                             GError **error)
{
    g_autofree char *text = text_safe(why->message, -1, 300);
    gboolean ok = hooks_fail(c->db, h, text, clock_wall_us(), error);
    if (!ok)
        return FALSE;
    if (h->state == HOOK_GIVEN_UP)
        log_error("campaign %s (%s): nobody was told by %s, it is given up: %s", h->campaign,
                  h->event, hook_kind_name(h->kind), text);
    else
        log_warning("campaign %s (%s): %s failed, it is tried again in %" PRId64 " s: %s",
                    h->campaign, h->event, hook_kind_name(h->kind), hooks_wait_s(h->tries),
                    text);
    return TRUE;
}

/* True: its end, good or bad, is stored. */
static gboolean run_one(struct cmd_context *c, struct hook *h, gboolean *ret_told,
                        GError **error)
{
    g_autofree char *said = NULL;
    g_autoptr(GError) why = NULL;
    *ret_told = FALSE;
    if (h->tries >= HOOKS_TRIES) { /* each of them ended us */
        g_set_error(&why, CRIER_ERROR, CRIER_ERROR_FAILED,
                    _("crier was killed while it ran, %d times"), HOOKS_TRIES);
        return note_failure(c, h, why, error);
    }
    if (!hooks_begin(c->db, h, error))
        return FALSE;
    if (tell(c, h, &said, &why)) {
        *ret_told = TRUE;
        log_info("campaign %s (%s): told by %s: %s", h->campaign, h->event,
                 hook_kind_name(h->kind), said);
        return hooks_succeed(c->db, h, said, error);
    }
    if (error_exit_code(why) != ERROR_EXIT_TRY_AGAIN)
        return note_failure(c, h, why, error);
    hooks_take_back(c->db, h, NULL);
    g_propagate_error(error, g_steal_pointer(&why));
    return FALSE;
}

/* Each at most once, so that what fails at once does not fail for ever. */
static gboolean run_all(struct cmd_context *c, gint64 only, guint *ret_told, guint *ret_failed,
                        GError **error)
{
    GError *why = NULL;
    gint64 due_us = cmd_has(c, "due") ? clock_wall_us() : 0;
    gint64 after = only > 0 ? only - 1 : 0;
    struct hook *h;
    while (!why && (h = hooks_next(c->db, after, due_us, &why))) {
        gboolean is_told;
        gboolean is_past = only > 0 && h->id != only;
        after = h->id;
        if (!is_past && run_one(c, h, &is_told, &why))
            *(is_told ? ret_told : ret_failed) += 1;
        hook_free(h);
        hold_signals(SIG_UNBLOCK);
        if (is_past)
            break;
    }
    if (why)
        g_propagate_error(error, why);
    return !why;
}

static gboolean read_id(const char *word, gint64 *ret, GError **error)
{
    char *end = NULL;
    *ret = g_ascii_strtoll(word, &end, 10);
    if (g_ascii_isdigit(*word) && *end == '\0' && *ret > 0)
        return TRUE;
    g_autofree char *safe = text_safe(word, -1, 40);
    g_set_error(error, CRIER_ERROR, CRIER_ERROR_USAGE,
                _("'%s' is no number. %s shows the numbers"), safe, "crier hook list");
    return FALSE;
}

int cmd_hook_run(struct cmd_context *c)
{
    GError *error = NULL;
    gint64 only = 0;
    guint told = 0, failed = 0;
    gboolean is_due = cmd_has(c, "due");
    const char *id = cmd_word(c, 0);
    log_open(cmd_has(c, "background") ? c->ws->log_path : NULL, "hook", NULL);
    log_set_level(is_due ? LOG_LEVEL_INFO : LOG_LEVEL_WARNING);
    clean_environment();
    int turn = !id || read_id(id, &only, &error) ? take_turn(c->ws, &error) : -1;
    gboolean ok = turn >= 0 && (!id || hooks_again(c->db, only, clock_wall_us(), &error)) &&
                  run_all(c, only, &told, &failed, &error);
    if (turn >= 0)
        close(turn);
    if (!ok && is_due && g_error_matches(error, CRIER_ERROR, CRIER_ERROR_TRY_AGAIN)) {
        g_error_free(error); /* the worker asks again */
        return ERROR_EXIT_TRY_AGAIN;
    }
    if (!ok)
        return cmd_fail(error);
    if (!is_due)
        cmd_say(_("%u told, %u failed. crier hook list shows them."), told, failed);
    return failed > 0 && !is_due ? 1 : 0;
}

/* ---- test ---- */

static gboolean test_one(struct cmd_context *c, struct hook *h, enum hook_kind kind,
                         GError **error)
{
    g_autofree char *said = NULL;
    h->kind = kind;
    gboolean ok = tell(c, h, &said, error);
    hold_signals(SIG_UNBLOCK);
    if (!ok) {
        g_prefix_error(error, "%s: ", hook_kind_name(kind));
        return FALSE;
    }
    cmd_say("%s: %s", hook_kind_name(kind), said);
    return TRUE;
}

int cmd_hook_test(struct cmd_context *c)
{
    GError *error = NULL;
    struct campaign about = {0};
    struct hook h = {.event = (char *)HOOK_NEWS_TEST,
                     .reason = (char *)"",
                     .actor = (char *)db_actor(c->db),
                     .at_us = clock_wall_us()};
    gboolean ok = campaigns_get(c->db, cmd_word(c, 0), &about, &error);
    h.campaign_id = about.id;
    h.campaign = about.name;
    clean_environment();
    for (int kind = HOOK_COMMAND; ok && kind <= HOOK_MAIL; kind++)
        ok = test_one(c, &h, (enum hook_kind)kind, &error);
    campaign_clear(&about);
    return ok ? 0 : cmd_fail(error);
}
