/*
 * Queues, one behind the other: those ahead have been looked at, and what has to be signed is
 * being made or ready (lease->user is its struct signing_job, as of what was made here). A
 * lease that is swept goes back at once; a thread that is still busy with its message finds
 * nobody who wants it.
 */
#include "config.h"

#include "worker/waiting.h"

#include "base/clock.h"
#include "worker/receivers.h"

void waiting_push(struct waiting *w, struct lease *lease)
{
    g_queue_push_tail(lease->receiver ? &w->first : &w->behind, lease);
}

gint64 waiting_count(const struct waiting *w)
{
    return (gint64)w->ahead.length + w->first.length + w->behind.length;
}

void waiting_make(struct waiting *w, struct sender *s, gint64 most, enum server_envelope mode)
{
    /* However much memory others take: one must always be able to go on. */
    while (w->first.length + w->behind.length > 0 && w->ahead.length < most &&
           (w->ahead.length == 0 || signing_has_room(s->signing))) {
        GList *link = g_queue_pop_head_link(w->first.length > 0 ? &w->first : &w->behind);
        struct lease *lease = link->data;
        struct recipe recipe;
        g_autoptr(GError) error = NULL;
        if (!render_recipe(s->render, lease, mode, clock_wall_us(), &recipe, &error)) {
            g_list_free_1(link);
            sender_message_failed(s, lease, error);
            continue;
        }
        if (recipe.signers)
            lease->user = signing_start(s->signing, &recipe);
        g_queue_push_tail_link(&w->ahead, link);
    }
}

void waiting_make_next(struct waiting *w, struct sender *s, gint64 most,
                       enum server_envelope mode)
{
    for (GList *l = w->ahead.head; l && most > 0 && signing_has_room_here(s->signing);
         l = l->next, most--) {
        struct lease *lease = l->data;
        struct recipe recipe;
        if (lease->user)
            continue;
        if (!render_recipe(s->render, lease, mode, clock_wall_us(), &recipe, NULL) ||
            recipe.signers)
            return;
        lease->user = signing_make_here(s->signing, &recipe);
    }
}

struct lease *waiting_peek(const struct waiting *w)
{
    struct lease *lease = w->ahead.head ? w->ahead.head->data : NULL;
    return lease && (!lease->user || signing_is_ready(lease->user)) ? lease : NULL;
}

struct lease *waiting_pop(struct waiting *w)
{
    return g_queue_pop_head(&w->ahead);
}

gboolean waiting_take(struct sender *s, struct lease *lease, enum server_envelope mode,
                      struct rendered *m, GError **error)
{
    struct recipe recipe;
    if (lease->user)
        return signing_take(g_steal_pointer(&lease->user), m, error);
    return render_recipe(s->render, lease, mode, clock_wall_us(), &recipe, error) &&
           recipe_make(&recipe, m, error);
}

static void sweep(GQueue *queue, struct sender *s, gboolean all)
{
    GList *next;
    for (GList *l = queue->head; l; l = next) {
        struct lease *lease = l->data;
        next = l->next;
        if (!all && !lease->is_stopped && !receivers_must_go_back(lease))
            continue;
        g_queue_delete_link(queue, l);
        sender_give_back(s, lease);
    }
}

void waiting_sweep(struct waiting *w, struct sender *s, gboolean all)
{
    sweep(&w->ahead, s, all);
    sweep(&w->first, s, all);
    sweep(&w->behind, s, all);
}

void waiting_trim(struct waiting *w, struct sender *s, gint64 most)
{
    while (waiting_count(w) > most)
        sender_give_back(s, g_queue_pop_tail(w->behind.length > 0  ? &w->behind
                                             : w->first.length > 0 ? &w->first
                                                                   : &w->ahead));
}
