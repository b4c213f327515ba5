/*
 * The table of errands: the doctor for a server or mailbox in trouble, who holds our ports. Children, because they
 * speak to servers and take seconds, and the supervisor's heart must go on.
 */
#include "config.h"

#include "worker/errands.h"

#include <signal.h>
#include <string.h>
#include <sys/wait.h>

#include "app/doctor_due.h"
#include "base/clock.h"
#include "base/i18n.h"
#include "base/log.h"
#include "base/process.h"
#include "store/ports.h"

#define LOOK_US (2 * CLOCK_SECOND_US)
#define REST_US (30 * CLOCK_SECOND_US)
#define PORTS_US (60 * CLOCK_SECOND_US)
#define FAILED_US (300 * CLOCK_SECOND_US) /* after one that could not even begin, or crashed   \
                                           */

enum errand_id { ERRAND_DOCTOR, ERRAND_PORTS, ERRAND_COUNT };

struct errand {
    pid_t pid;            /* 0: not running */
    gint64 not_before_us; /* monotonic */
};

struct errands {
    const struct workspace *ws;
    struct db *db;
    gboolean is_background, is_off, is_leaving;
    struct errand errand[ERRAND_COUNT];
};

/* Appends the words behind "crier -w DIR"; false: it is not due. */
static gboolean plan_doctor(struct errands *e, GPtrArray *words)
{
    struct doctor_due due = {0};
    if (!doctor_due_next(e->db, clock_wall_us(), &due))
        return FALSE;
    log_notice("%s %s is in trouble: the doctor looks (%s)", due.kind, due.name, due.cause);
    g_ptr_array_add(words, g_strdup("doctor"));
    g_ptr_array_add(words, g_steal_pointer(&due.name));
    g_ptr_array_add(words, g_strdup("--cause"));
    g_ptr_array_add(words, g_steal_pointer(&due.cause));
    if (strcmp(due.kind, "mailbox") == 0)
        g_ptr_array_add(words, g_strdup("--mailbox"));
    if (due.leaves_login)
        g_ptr_array_add(words, g_strdup("--no-login"));
    return TRUE;
}

/* Whether what we listen on could be bound: each minute, since others come and go. */
static gboolean plan_ports(struct errands *e, GPtrArray *words)
{
    if (!ports_are_used(e->db))
        return FALSE;
    g_ptr_array_add(words, g_strdup("ports"));
    g_ptr_array_add(words, g_strdup("--note"));
    return TRUE;
}

static const struct {
    const char *name;
    gint64 look_us; /* between two looks whether it is due */
    gint64 rest_us; /* after each run */
    gboolean (*plan)(struct errands *e, GPtrArray *words);
} table[ERRAND_COUNT] = {
    [ERRAND_DOCTOR] = {"doctor", LOOK_US, REST_US, plan_doctor},
    [ERRAND_PORTS] = {"ports", PORTS_US, PORTS_US, plan_ports},
};

struct errands *errands_new(const struct workspace *ws, struct db *db, gboolean is_background)
{
    struct errands *e = g_new0(struct errands, 1);
    e->ws = ws;
    e->db = db;
    e->is_background = is_background;
    e->is_off = g_strcmp0(g_getenv("CRIER_DOCTOR"), "off") == 0;
    return e;
}

void errands_free(struct errands *e)
{
    for (int i = 0; e && i < ERRAND_COUNT; i++)
        if (e->errand[i].pid > 0)
            kill(e->errand[i].pid, SIGTERM);
    g_free(e);
}

static void start(struct errands *e, int i, GPtrArray *words)
{
    g_autoptr(GError) error = NULL;
    g_ptr_array_add(words, g_strdup("--as"));
    g_ptr_array_add(words, g_strdup("worker"));
    if (e->is_background)
        g_ptr_array_add(words, g_strdup("--background"));
    g_ptr_array_add(words, NULL);
    pid_t pid = process_spawn((const char *const *)words->pdata, NULL, &error);
    e->errand[i].pid = MAX(pid, 0);
    if (pid >= 0)
        return;
    e->errand[i].not_before_us = clock_mono_us() + FAILED_US;
    log_error("%s", error->message);
}

void errands_look(struct errands *e)
{
    gint64 now_us = clock_mono_us();
    for (int i = 0; i < ERRAND_COUNT; i++) {
        struct errand *x = &e->errand[i];
        if (e->is_off || x->pid > 0 || now_us < x->not_before_us)
            continue;
        g_autoptr(GPtrArray) words = g_ptr_array_new_with_free_func(g_free);
        g_ptr_array_add(words, g_strdup(process_self()));
        g_ptr_array_add(words, g_strdup("-w"));
        g_ptr_array_add(words, g_strdup(e->ws->dir));
        x->not_before_us = now_us + table[i].look_us;
        if (table[i].plan(e, words))
            start(e, i, words);
    }
}

void errands_look_last(struct errands *e)
{
    for (int i = 0; i < ERRAND_COUNT && !e->is_leaving; i++)
        e->errand[i].not_before_us = 0;
    e->is_leaving = TRUE;
    errands_look(e);
}

gboolean errands_ended(struct errands *e, pid_t pid, int status)
{
    for (int i = 0; e && i < ERRAND_COUNT; i++) {
        struct errand *x = &e->errand[i];
        if (x->pid != pid)
            continue;
        x->pid = 0;
        x->not_before_us = clock_mono_us() + table[i].rest_us;
        /* 1 and 4 are what it found; anything else left nothing behind that says it was there.
         */
        if (WIFEXITED(status) && (WEXITSTATUS(status) <= 1 || WEXITSTATUS(status) == 4))
            return TRUE;
        x->not_before_us = clock_mono_us() + FAILED_US;
        log_warning("%s ended early; it is run again in five minutes", table[i].name);
        return TRUE;
    }
    return FALSE;
}

gboolean errands_is_any_running(const struct errands *e)
{
    for (int i = 0; e && i < ERRAND_COUNT; i++)
        if (e->errand[i].pid > 0)
            return TRUE;
    return FALSE;
}
