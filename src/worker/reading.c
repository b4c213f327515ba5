/*
 * One mailbox, once, by whoever asks for it: the box of the inbox role in a loop of its own.
 * Beside a worker that reads the same mailbox nothing is taken twice: a message that was taken
 * is known.
 */
#include "config.h"

#include "worker/reading.h"

#include <signal.h>

#include "app/secret.h"
#include "base/clock.h"
#include "base/process.h"
#include "worker/box.h"
#include "worker/harden.h"
#include "worker/link.h"

#define TICK_US (CLOCK_SECOND_US / 4)

struct run {
    struct reading *reading;
    struct loop *loop;
    struct box_env env;
    struct box *box;
    struct secret secret;
};

/* It was asked for before the rights were given up; a new one cannot be had any more. */
static void ask_secret(gint64 mailbox_id, gboolean fresh, void *data)
{
    struct run *x = data;
    struct link_answer answer = {.server_id = mailbox_id, .secret = x->secret.text};
    box_secret(x->box, &answer);
}

static void on_over(struct box *b, void *data)
{
    struct run *x = data;
    loop_quit(x->loop);
}

static void on_tick(void *data)
{
    struct run *x = data;
    struct reading *r = x->reading;
    box_tick(x->box, clock_mono_us());
    db_checkpoint(r->db); /* unless a worker does it; thousands of messages grow the log */
    if (r->progress)
        r->progress(box_counts(x->box)->n_read, box_found(x->box), r->data);
    loop_timer_add(x->loop, clock_mono_us() + TICK_US, on_tick, x);
}

static struct harden *give_up_rights(const struct reading *r)
{
    struct harden *h = harden_new(harden_rights_of("inbox"), r->ws->dir);
    struct hostport at = {0};
    if (mailbox_endpoint(r->mailbox, &at, NULL))
        harden_add_port(h, at.port);
    hostport_clear(&at);
    harden_add_readable(h, r->mailbox->ca_file);
    harden_apply(h);
    return h;
}

static void run_box(struct run *x)
{
    struct reading *r = x->reading;
    x->loop = loop_new();
    x->env.loop = x->loop;
    x->env.pool = stream_pool_new(x->loop);
    x->box = box_new(&x->env, r->mailbox);
    on_tick(x);
    loop_run(x->loop);
    r->counts = *box_counts(x->box);
    r->n_found = box_found(x->box);
    r->is_whole = !box_has_failed(x->box);
    r->problem = g_strdup(box_problem(x->box));
    box_free(x->box);
    stream_pool_free(x->env.pool);
    loop_free(x->loop);
}

gboolean reading_run(struct reading *r, GError **error)
{
    struct run x = {.reading = r,
                    .env = {.db = r->db,
                            .is_once = TRUE,
                            .ask_secret = ask_secret,
                            .over = on_over,
                            .data = &x}};
    if (!mailbox_check(r->mailbox, error) || !secret_of_mailbox(r->mailbox, &x.secret, error))
        return FALSE;
    x.env.intake = intake_new(r->db, r->ws, NULL, error);
    if (x.env.intake) {
        struct harden *h = give_up_rights(r);
        signal(SIGPIPE, SIG_IGN);
        run_box(&x);
        harden_free(h);
    }
    gboolean ok = x.env.intake != NULL;
    intake_free(x.env.intake);
    secret_clear(&x.secret);
    return ok;
}

void reading_clear(struct reading *r)
{
    g_clear_pointer(&r->problem, g_free);
}
