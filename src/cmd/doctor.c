/*
 * crier doctor: runs the checks over servers, mailboxes, a host that was typed, or this
 * machine, and tells what they found as it comes. The checks are src/doctor's.
 */
#include "config.h"

#include "cmd/handlers.h"

#include <inttypes.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/file.h"
#include "base/i18n.h"
#include "base/json.h"
#include "base/log.h"
#include "base/mailaddr.h"
#include "base/text.h"
#include "cmd/tell.h"
#include "doctor/doctor.h"
#include "doctor/subject.h"
#include "store/doctor_verdicts.h"
#include "store/mailboxes.h"
#include "store/servers.h"

#define REPORT_MODE 0600
#define WARNINGS 4 /* the exit code */

struct clinic {
    struct cmd_context *c;
    struct workspace *ws; /* owned; NULL: there is none, and none is needed */
    struct db *db;        /* owned; NULL likewise */
    gboolean is_quiet;    /* what is found is not printed as it comes */
    GPtrArray *subjects;  /* owned; of struct doctor_subject *, until each is run */
    GPtrArray *runs;      /* owned; of struct doctor_run * */
    GPtrArray *left_out;  /* owned; of const char *: titles of checks that were not looked at,
                             and are not printed yet */
};

/* ---- whom it is about ---- */

/* What cannot be the name of a record, or is plainly a host. */
static gboolean looks_like_host(const char *word)
{
    return strpbrk(word, ".:/[") || strcmp(word, "localhost") == 0;
}

/* This machine and hosts can be looked at without the database: that it cannot be opened is one
 * of the things to be found. */
static gboolean goes_without(const struct clinic *k)
{
    return !cmd_has(k->c, "mailbox") &&
           (cmd_words(k->c) == 0 || looks_like_host(cmd_word(k->c, 0)));
}

static gboolean open_workspace(struct clinic *k, GError **error)
{
    GError *why = NULL;
    if (!workspace_is_there(k->c->line->workspace))
        return TRUE;
    k->ws = workspace_open(k->c->line->workspace, error);
    if (!k->ws)
        return FALSE;
    k->db = db_open(k->ws->db_path, DB_USE_VERB, &why);
    if (k->db && k->c->line->actor)
        db_set_actor(k->db, k->c->line->actor);
    if (k->db)
        return TRUE;
    if (goes_without(k))
        g_clear_error(&why);
    else
        g_propagate_error(error, why);
    return goes_without(k);
}

static gboolean take(struct clinic *k, struct doctor_subject *take_subject)
{
    if (take_subject)
        g_ptr_array_add(k->subjects, take_subject);
    return take_subject != NULL;
}

static gboolean is_there(struct clinic *k, const char *name, gboolean is_mailbox)
{
    struct server s;
    struct mailbox m;
    if (!k->db)
        return FALSE;
    if (is_mailbox) {
        if (!mailboxes_get(k->db, name, &m, NULL))
            return FALSE;
        mailbox_clear(&m);
    } else {
        if (!servers_get(k->db, name, &s, NULL))
            return FALSE;
        server_clear(&s);
    }
    return TRUE;
}

static gboolean take_word(struct clinic *k, const char *word, GError **error)
{
    const char *from = cmd_option(k->c, "from");
    gboolean wants_mailbox = cmd_has(k->c, "mailbox");
    if (!wants_mailbox && is_there(k, word, FALSE))
        return take(k, doctor_subject_server(k->db, k->ws, word, error));
    if (is_there(k, word, TRUE))
        return take(k, doctor_subject_mailbox(k->db, k->ws, word, error));
    if (!wants_mailbox && looks_like_host(word)) {
        if (take(k, doctor_subject_host(word, from, error)))
            return TRUE;
        g_prefix_error(error, "%s: ", word);
        return cmd_wrong_usage(error);
    }
    g_autofree char *shown = text_safe(word, -1, 80);
    if (wants_mailbox)
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_NOT_FOUND,
                    _("there is no mailbox '%s'. crier mailbox list shows which there are"),
                    shown);
    else
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_NOT_FOUND,
                    _("there is no server and no mailbox '%s'. crier server list shows which "
                      "there are; a host is named with its port, as in %s:25"),
                    shown, shown);
    return FALSE;
}

/* All that is switched on; without any of them this machine alone. */
static gboolean take_all(struct clinic *k, GError **error)
{
    g_autoptr(GPtrArray) servers = k->db ? servers_all(k->db, error) : NULL;
    g_autoptr(GPtrArray) mailboxes = servers ? mailboxes_all(k->db, error) : NULL;
    gboolean ok = !k->db || mailboxes;
    for (guint i = 0; ok && servers && i < servers->len; i++) {
        const struct server *s = servers->pdata[i];
        ok = !s->enabled || take(k, doctor_subject_server(k->db, k->ws, s->name, error));
    }
    for (guint i = 0; ok && mailboxes && i < mailboxes->len; i++) {
        const struct mailbox *m = mailboxes->pdata[i];
        ok = !m->enabled || take(k, doctor_subject_mailbox(k->db, k->ws, m->name, error));
    }
    if (ok && k->subjects->len == 0)
        take(k, doctor_subject_machine(k->db, k->ws));
    return ok;
}

static gboolean check_address(const char *option, const char *text, GError **error)
{
    struct mailaddr a;
    if (!text)
        return TRUE;
    if (mailaddr_parse(text, &a, error)) {
        mailaddr_clear(&a);
        return TRUE;
    }
    g_prefix_error(error, "%s: ", option);
    return cmd_wrong_usage(error);
}

/* A letter goes out by one server, and only where somebody said so. */
static gboolean set_letter(struct clinic *k, GError **error)
{
    const char *letter = cmd_option(k->c, "letter");
    struct doctor_subject *s = k->subjects->pdata[0];
    if (!letter)
        return TRUE;
    if (k->subjects->len != 1 || s->kind != DOCTOR_OF_SERVER) {
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_USAGE,
                    _("--letter: name the server that it is to go by, as in crier doctor main "
                      "--letter %s"),
                    letter);
        return FALSE;
    }
    s->letter = g_strdup(letter);
    return TRUE;
}

static gboolean choose(struct clinic *k, GError **error)
{
    const char *from = cmd_option(k->c, "from"), *letter = cmd_option(k->c, "letter");
    if (!check_address("--from", from, error) || !check_address("--letter", letter, error) ||
        !cmd_may_write(k->c, cmd_option(k->c, "report"), error) || !open_workspace(k, error))
        return FALSE;
    gboolean ok = cmd_has(k->c, "machine") ? take(k, doctor_subject_machine(k->db, k->ws))
                  : cmd_words(k->c) == 0   ? take_all(k, error)
                                           : take_word(k, cmd_word(k->c, 0), error);
    for (guint i = 0; ok && i < k->subjects->len; i++)
        ((struct doctor_subject *)k->subjects->pdata[i])->leaves_login =
            cmd_has(k->c, "no-login");
    return ok && set_letter(k, error);
}

/* ---- what is told meanwhile ---- */

static void on_begun(int done, int total, const char *title, void *data)
{
    if (!tell_is_wanted())
        return;
    g_autofree char *counted = g_strdup_printf("%d %d", done, total);
    tell_put(TELL_DOING, title);
    tell_put(TELL_PROGRESS, counted);
}

/* `first` is what stands before it. */
static void print_line(const char *first, const char *text, const char *next)
{
    int width = output_width(stdout), indent = (int)text_cells(first);
    fputs(first, stdout);
    output_fold(stdout, text, indent, width);
    if (next) {
        printf("%*s-> ", indent, "");
        output_fold(stdout, next, indent + 3, width);
    }
    fflush(stdout);
}

/* Those in a row are one line: what stopped them was told just before. */
static void print_left_out(struct clinic *k)
{
    g_autoptr(GString) titles = g_string_new(NULL);
    for (guint i = 0; i < k->left_out->len; i++)
        g_string_append_printf(titles, "%s%s", i > 0 ? ", " : "",
                               (const char *)k->left_out->pdata[i]);
    g_autofree char *text = g_strdup_printf(_("not looked at: %s"), titles->str);
    if (k->left_out->len > 0)
        print_line("[skip]     ", text, NULL);
    g_ptr_array_set_size(k->left_out, 0);
}

static void print_finding(struct clinic *k, const struct doctor_finding *f)
{
    if (doctor_is_left_out(f)) {
        g_ptr_array_add(k->left_out, (char *)_(f->title));
        return;
    }
    print_left_out(k);
    g_autofree char *head = g_strdup_printf("[%s]", doctor_result_name(f->result));
    g_autofree char *first = g_strdup_printf("%-6s %2d  ", head, f->number);
    g_autofree char *text = g_strdup_printf("%s: %s", _(f->title), f->text);
    print_line(first, text, f->result == DOCTOR_OK ? NULL : f->next);
}

static void on_found(const struct doctor_finding *f, void *data)
{
    struct clinic *k = data;
    if (tell_is_wanted()) {
        g_autoptr(GString) json = g_string_new(NULL);
        struct json_writer *w = json_writer_new_string(json, FALSE);
        doctor_finding_json(w, f);
        json_writer_free(w);
        tell_put(TELL_LINE, json->str);
    }
    if (!k->is_quiet)
        print_finding(k, f);
}

static void print_verdict(const struct doctor_run *r)
{
    const struct doctor_finding *cause = doctor_run_cause(r);
    g_autofree char *verdict = doctor_run_verdict(r);
    int width = output_width(stdout);
    fputs(_("Verdict: "), stdout);
    output_fold(stdout, verdict, 9, width);
    if (cause && cause->who != DOCTOR_NOBODY) {
        fputs(_("To act:  "), stdout);
        output_fold(stdout, doctor_who_words(cause->who), 9, width);
    }
    if (cause && cause->next) {
        fputs(_("Next:    "), stdout);
        output_fold(stdout, cause->next, 9, width);
    }
}

/* ---- running it ---- */

/* Of a record that is still there, so that every screen can tell it. */
static gint64 record_id_of(const struct doctor_subject *s)
{
    return s->kind == DOCTOR_OF_SERVER    ? s->server.id
           : s->kind == DOCTOR_OF_MAILBOX ? s->mailbox.id
                                          : 0;
}

static void remember(struct clinic *k, const struct doctor_run *r)
{
    g_autoptr(GError) error = NULL;
    const struct doctor_finding *cause = doctor_run_cause(r);
    g_autofree char *verdict = doctor_run_verdict(r);
    g_autoptr(GString) json = g_string_new(NULL);
    if (!k->db || r->subject->kind == DOCTOR_OF_HOST)
        return;
    struct json_writer *w = json_writer_new_string(json, FALSE);
    doctor_run_json(w, r);
    json_writer_free(w);
    struct doctor_verdict v = {
        .kind = (char *)doctor_kind_name(r->subject->kind),
        .name = r->subject->name ? r->subject->name : (char *)"",
        .record_id = record_id_of(r->subject),
        .begun_us = r->begun_us,
        .took_us = r->took_us,
        .result = (char *)doctor_result_name(doctor_run_result(r)),
        .text = verdict,
        .code = cause ? (char *)cause->code : NULL,
        .who =
            cause && cause->who != DOCTOR_NOBODY ? (char *)doctor_who_name(cause->who) : NULL,
        .next = cause ? cause->next : NULL,
        .cause = (char *)cmd_option(k->c, "cause"),
        .report = json->str,
    };
    if (!doctor_verdicts_put(k->db, &v, &error))
        cmd_warn(_("what the doctor found is not kept: %s"), error->message);
}

/* The worker started it: nobody looks on. */
static gboolean is_automatic(const struct cmd_context *c)
{
    return cmd_option(c, "cause") != NULL;
}

static void log_verdict(const struct clinic *k, const struct doctor_run *r)
{
    g_autofree char *words = doctor_subject_words(r->subject), *verdict = doctor_run_verdict(r);
    if (is_automatic(k->c))
        log_notice(_("doctor: %s: %s"), words, verdict);
}

static void run_all(struct clinic *k)
{
    const struct doctor_calls calls = {.begun = on_begun, .found = on_found, .data = k};
    for (guint i = 0; i < k->subjects->len; i++) {
        struct doctor_subject *s = g_steal_pointer(&k->subjects->pdata[i]);
        g_autofree char *words = doctor_subject_words(s);
        if (!k->is_quiet)
            printf("%s%s\n", i > 0 ? "\n" : "", words);
        struct doctor_run *r = doctor_run(s, &calls);
        g_ptr_array_add(k->runs, r);
        remember(k, r);
        log_verdict(k, r);
        if (k->is_quiet)
            continue;
        print_left_out(k);
        print_verdict(r);
    }
}

static enum doctor_result worst_of(const GPtrArray *runs)
{
    enum doctor_result worst = DOCTOR_OK;
    for (guint i = 0; i < runs->len; i++)
        worst = MAX(worst, doctor_run_result(runs->pdata[i]));
    return worst;
}

static void put_json(const struct clinic *k)
{
    g_autoptr(GString) json = g_string_new(NULL);
    struct json_writer *w = json_writer_new_string(json, FALSE);
    json_begin_object(w);
    json_kv_int(w, "format", 1);
    json_kv_string(w, "result", doctor_result_name(worst_of(k->runs)));
    json_key(w, "runs");
    json_begin_array(w);
    for (guint i = 0; i < k->runs->len; i++)
        doctor_run_json(w, k->runs->pdata[i]);
    json_end_array(w);
    json_end_object(w);
    json_writer_free(w);
    cmd_put_json(json);
}

static gboolean write_report(const struct clinic *k, GError **error)
{
    const char *path = cmd_option(k->c, "report");
    g_autoptr(GString) all = g_string_new(NULL);
    if (!path)
        return TRUE;
    for (guint i = 0; i < k->runs->len; i++) {
        g_autofree char *text = doctor_run_text(k->runs->pdata[i]);
        g_string_append_printf(all, "%s%s", i > 0 ? "\n" : "", text);
    }
    if (strcmp(path, "-") == 0) {
        fputs(all->str, stdout);
        return TRUE;
    }
    if (!file_write_atomic(path, all->str, all->len, REPORT_MODE, error))
        return FALSE;
    g_autofree char *shown = text_safe(path, -1, 0);
    cmd_say(_("The report is in %s. Passwords do not stand in it."), shown);
    return TRUE;
}

static void subject_free(gpointer s)
{
    doctor_subject_free(s);
}

static void run_free(gpointer r)
{
    doctor_run_free(r);
}

int cmd_doctor(struct cmd_context *c)
{
    static const int codes[DOCTOR_RESULT_COUNT] = {[DOCTOR_WARN] = WARNINGS, [DOCTOR_FAIL] = 1};
    GError *error = NULL;
    struct clinic k = {.c = c,
                       .is_quiet = cmd_wants_json(c) || is_automatic(c) ||
                                   g_strcmp0(cmd_option(c, "report"), "-") == 0,
                       .subjects = g_ptr_array_new_with_free_func(subject_free),
                       .runs = g_ptr_array_new_with_free_func(run_free),
                       .left_out = g_ptr_array_new()};
    int code = 1;
    gboolean ok = choose(&k, &error);
    if (is_automatic(c) && k.ws)
        log_open(cmd_has(c, "background") ? k.ws->log_path : NULL, "doctor", NULL);
    if (ok) {
        run_all(&k);
        code = codes[worst_of(k.runs)];
        if (cmd_wants_json(c))
            put_json(&k);
        ok = write_report(&k, &error);
    }
    g_ptr_array_unref(k.left_out);
    g_ptr_array_unref(k.runs);
    g_ptr_array_unref(k.subjects);
    db_close(k.db);
    workspace_free(k.ws);
    return ok ? code : cmd_fail(error);
}
