/*
 * The inbox role: one connection to each mailbox that is in use, all in one loop. What a mailbox
 * goes through is box.c's.
 */
#include "config.h"

#include "worker/worker.h"

#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "app/evidence.h"
#include "base/error.h"
#include "base/i18n.h"
#include "base/log.h"
#include "base/loop.h"
#include "store/audit.h"
#include "store/mailboxes.h"
#include "worker/box.h"
#include "worker/harden.h"
#include "worker/link.h"

#define GUARD_FILE "inbox.guard"
#define LOOK_US 250000 /* changes of rows are noticed at least this often */
#define LEAVE_US (10 * CLOCK_SECOND_US)

struct inbox {
    const struct workspace *ws;
    struct db *db;
    struct loop *loop;
    struct box_env env;
    GHashTable *boxes; /* owned; gint64 id -> struct box */
    struct harden *harden;
    struct loop_watch *link_watch;
    int link_fd; /* -1: the supervisor is gone */
    int hardened;
    gint64 uncertain_seen; /* see evidence_settle_late() */
    gint64 since_us;   /* wall */
    gint64 n_changes;  /* of the database, when the records were read last */
    gint64 rate_us;    /* monotonic; n_rated was then */
    gint64 n_rated;
    double rate;       /* messages a second */
    gint64 end_us;     /* monotonic; at the latest */
    gboolean must_look, is_leaving, must_start_anew;
};

/* ---- the end ---- */

static void leave(struct inbox *x, const char *why)
{
    GHashTableIter i;
    gpointer b;
    if (x->is_leaving)
        return;
    log_info("draining: %s", why);
    x->is_leaving = TRUE;
    x->end_us = clock_mono_us() + LEAVE_US;
    g_hash_table_iter_init(&i, x->boxes);
    while (g_hash_table_iter_next(&i, NULL, &b))
        box_leave(b);
}

static gboolean are_over(const struct inbox *x)
{
    GHashTableIter i;
    gpointer b;
    g_hash_table_iter_init(&i, x->boxes);
    while (g_hash_table_iter_next(&i, NULL, &b))
        if (!box_is_over(b))
            return FALSE;
    return TRUE;
}

static gboolean must_end(const struct inbox *x)
{
    /* Without a mailbox there is nothing to do; the supervisor starts the role when there is. */
    gboolean is_done = x->env.is_once || x->is_leaving || g_hash_table_size(x->boxes) == 0;
    return (is_done && are_over(x)) || (x->is_leaving && clock_mono_us() > x->end_us);
}

/* ---- what this process may ---- */

static gboolean raise_fence(struct inbox *x, GError **error)
{
    g_autoptr(GPtrArray) all = mailboxes_all(x->db, error);
    if (!all)
        return FALSE;
    x->harden = harden_new(harden_rights_of("inbox"), x->ws->dir);
    for (guint i = 0; i < all->len; i++) {
        const struct mailbox *m = all->pdata[i];
        struct hostport at = {0};
        /* A record that is no good is told about when it is used. */
        if (mailbox_endpoint(m, &at, NULL))
            harden_add_port(x->harden, at.port);
        harden_add_readable(x->harden, m->ca_file);
        hostport_clear(&at);
    }
    x->hardened = harden_apply(x->harden);
    return TRUE;
}

static gboolean may_connect(const struct mailbox *m, guint16 port, void *data)
{
    struct inbox *x = data;
    if (harden_covers(x->harden, port, m->ca_file))
        return TRUE;
    if (!x->must_start_anew)
        log_info("mailbox %s: its port or ca_file came after this role gave up the right to new"
                 " ones; the role is started anew",
                 m->name);
    x->must_start_anew = TRUE;
    return FALSE;
}

/* ---- records ---- */

static void box_free_item(gpointer b)
{
    box_free(b);
}

static void take_mailbox(struct inbox *x, const struct mailbox *m)
{
    struct box *b = g_hash_table_lookup(x->boxes, &m->id);
    if (b) {
        box_update(b, m);
        return;
    }
    b = box_new(&x->env, m);
    g_hash_table_insert(x->boxes, g_memdup2(&m->id, sizeof m->id), b);
}

static gboolean is_among(const GPtrArray *all, gint64 id)
{
    for (guint i = 0; i < all->len; i++) {
        const struct mailbox *m = all->pdata[i];
        if (m->id == id && m->enabled)
            return TRUE;
    }
    return FALSE;
}

static gboolean load_settings(struct inbox *x, GError **error)
{
    struct settings settings = {0};
    if (!settings_load(x->db, &settings, error))
        return FALSE;
    log_set_level((enum log_level)settings.log_level);
    settings_clear(&settings);
    return TRUE;
}

static gboolean reload(struct inbox *x, GError **error)
{
    GHashTableIter i;
    gpointer key;
    g_autoptr(GPtrArray) all = load_settings(x, error) ? mailboxes_all(x->db, error) : NULL;
    if (!all)
        return FALSE;
    g_hash_table_iter_init(&i, x->boxes);
    while (g_hash_table_iter_next(&i, &key, NULL))
        if (!is_among(all, *(const gint64 *)key))
            g_hash_table_iter_remove(&i);
    for (guint k = 0; k < all->len; k++)
        if (((const struct mailbox *)all->pdata[k])->enabled)
            take_mailbox(x, all->pdata[k]);
    return TRUE;
}

static void look_for_changes(struct inbox *x)
{
    g_autoptr(GError) error = NULL;
    gint64 n = db_data_version(x->db);
    if ((n == x->n_changes && !x->must_look) || x->is_leaving)
        return;
    x->n_changes = n;
    x->must_look = FALSE;
    if (!reload(x, &error))
        log_warning("%s", error->message);
}

/* ---- timers, signals, the link ---- */

static void tick_boxes(struct inbox *x)
{
    GHashTableIter i;
    gpointer b;
    g_hash_table_iter_init(&i, x->boxes);
    while (g_hash_table_iter_next(&i, NULL, &b))
        box_tick(b, clock_mono_us());
}

static void on_look(void *data)
{
    struct inbox *x = data;
    if (!x->env.is_once)
        look_for_changes(x);
    tick_boxes(x);
    loop_timer_add(x->loop, clock_mono_us() + LOOK_US, on_look, x);
}

static void beat(struct inbox *x)
{
    struct role_row row = {.role = (char *)"inbox",
                           .pid = getpid(),
                           .since_us = x->since_us,
                           .beat_us = clock_wall_us(),
                           .boot_id = (char *)clock_boot_id(),
                           .note = (char *)"",
                           .hardened = x->hardened};
    g_autoptr(GError) error = NULL;
    GHashTableIter i;
    gpointer b;
    gint64 n = 0, now = clock_mono_us();
    g_hash_table_iter_init(&i, x->boxes);
    while (g_hash_table_iter_next(&i, NULL, &b)) {
        row.in_flight += box_is_busy(b);
        n += box_counts(b)->n_read;
    }
    if (now > x->rate_us)
        x->rate = (double)MAX(0, n - x->n_rated) * CLOCK_SECOND_US / (double)(now - x->rate_us);
    x->n_rated = n;
    x->rate_us = now;
    row.rate = x->rate;
    if (!role_beat(x->db, &row, &error))
        log_debug("heartbeat: %s", error->message);
}

static void settle_late(struct inbox *x)
{
    g_autoptr(GError) error = NULL;
    if (!evidence_settle_late(x->db, &x->uncertain_seen, &error))
        log_debug("maybe sent: %s", error->message);
}

static void on_beat(void *data)
{
    struct inbox *x = data;
    beat(x);
    settle_late(x);
    intake_look(x->env.intake);
    if (!harden_is_current(x->harden) && !x->must_start_anew) {
        log_info("files of this system that the role may read were replaced; the role is started"
                 " anew");
        x->must_start_anew = TRUE;
    }
    loop_timer_add(x->loop, clock_mono_us() + CLOCK_SECOND_US, on_beat, x);
}

static void on_signal(int signum, void *data)
{
    struct inbox *x = data;
    if (signum == SIGUSR1)
        x->must_look = TRUE;
    else if (signum == SIGINT && x->is_leaving)
        x->end_us = 0;
    else
        leave(x, signum == SIGINT ? "interrupted" : "told to end");
}

static void ask_secret(gint64 mailbox_id, gboolean fresh, void *data)
{
    struct inbox *x = data;
    if (x->link_fd >= 0)
        link_ask_secret(x->link_fd, mailbox_id, fresh);
}

static void on_link(int fd, unsigned events, void *data)
{
    struct inbox *x = data;
    struct link_answer answer = {0};
    int got = link_next_answer(fd, &answer);
    struct box *b = got > 0 ? g_hash_table_lookup(x->boxes, &answer.server_id) : NULL;
    if (b)
        box_secret(b, &answer);
    link_answer_clear(&answer);
    if (got == 0) {
        leave(x, "the supervisor is gone");
        loop_watch_remove(x->link_watch);
        close(fd);
        x->link_fd = -1;
    }
}

/* ---- beginning and end ---- */

static gboolean begin(struct inbox *x, GError **error)
{
    x->db = db_open(x->ws->db_path, DB_USE_VERB, error);
    if (!x->db)
        return FALSE;
    db_set_actor(x->db, "worker");
    x->env.db = x->db;
    g_autofree char *guard_path = g_build_filename(x->ws->dir, GUARD_FILE, NULL);
    x->env.intake = intake_new(x->db, x->ws, guard_path, error);
    if (!x->env.intake || !raise_fence(x, error))
        return FALSE;
    x->n_changes = db_data_version(x->db);
    return reload(x, error);
}

static void run(struct inbox *x)
{
    on_look(x);
    on_beat(x);
    if (x->link_fd >= 0)
        x->link_watch = loop_watch_add(x->loop, x->link_fd, LOOP_IN, on_link, x);
    while (!must_end(x)) {
        loop_run_once(x->loop, -1);
        if (x->must_start_anew)
            leave(x, "to start anew");
    }
    settle_late(x);
}

/* --once: whether each was read to its end. */
static gboolean have_all_worked(const struct inbox *x)
{
    GHashTableIter i;
    gpointer b;
    g_hash_table_iter_init(&i, x->boxes);
    while (g_hash_table_iter_next(&i, NULL, &b))
        if (box_has_failed(b))
            return FALSE;
    return TRUE;
}

int inbox_run(const struct workspace *w, const struct worker_options *o, GError **error)
{
    struct inbox x = {.ws = w,
                      .loop = loop_new(),
                      .link_fd = o->link_fd,
                      .since_us = clock_wall_us(),
                      .uncertain_seen = -1,
                      .rate_us = clock_mono_us()};
    x.boxes = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, box_free_item);
    x.env = (struct box_env){.loop = x.loop,
                             .pool = stream_pool_new(x.loop),
                             .is_once = o->is_once,
                             .ask_secret = ask_secret,
                             .may_connect = may_connect,
                             .data = &x};
    int code = 0;
    loop_signal_add(x.loop, SIGTERM, on_signal, &x);
    loop_signal_add(x.loop, SIGINT, on_signal, &x);
    loop_signal_add(x.loop, SIGUSR1, on_signal, &x);
    if (begin(&x, error)) {
        run(&x);
        code = x.must_start_anew                          ? WORKER_EXIT_ANEW
               : o->is_once && !have_all_worked(&x) ? 1
                                                          : 0;
    } else {
        code = error_exit_code(*error);
    }
    g_hash_table_unref(x.boxes);
    if (x.db)
        role_gone(x.db, "inbox", NULL);
    intake_free(x.env.intake);
    stream_pool_free(x.env.pool);
    harden_free(x.harden);
    loop_free(x.loop);
    db_close(x.db);
    return code;
}
