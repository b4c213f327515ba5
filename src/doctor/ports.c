/*
 * The judgement: which of the rows of the table it is. Sentences are ports_words.c's; nothing
 * is stored or printed here.
 */
#include "config.h"

#include "doctor/ports_private.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/i18n.h"
#include "base/process.h"
#include "base/text.h"

static const struct {
    const char *name;
    gboolean is_trouble;
} states[PORTS_STATE_COUNT] = {
    [PORTS_FREE] = {N_("free"), FALSE},          [PORTS_OURS] = {N_("ours"), FALSE},
    [PORTS_HELD] = {NC_("port", "held"), TRUE},  [PORTS_HIDDEN] = {N_("hidden"), TRUE},
    [PORTS_CLASH] = {N_("clash"), TRUE},         [PORTS_POOLED] = {N_("pooled"), TRUE},
    [PORTS_BUSY] = {N_("busy"), TRUE},           [PORTS_PRIVILEGED] = {N_("privileged"), TRUE},
    [PORTS_FORBIDDEN] = {N_("forbidden"), TRUE}, [PORTS_NOT_OURS] = {N_("not-ours"), TRUE},
    [PORTS_WRONG] = {N_("wrong"), TRUE},         [PORTS_OFF] = {N_("off"), FALSE},
};

const char *ports_state_name(enum ports_state s)
{
    return states[s].name;
}

gboolean ports_state_is_trouble(enum ports_state s)
{
    return states[s].is_trouble;
}

/* ---- facts ---- */

static int try_really(const struct binding *b, gboolean beside_connections, void *data)
{
    (void)data;
    return binding_try(b, beside_connections);
}

static void take_sockets(struct ports_facts *f, const GArray *listeners)
{
    f->sockets = g_array_sized_new(FALSE, FALSE, sizeof(struct ports_socket), listeners->len);
    f->holders = holders_find(listeners);
    for (guint i = 0; i < listeners->len; i++) {
        struct ports_socket s = {.listener = g_array_index(listeners, struct listener, i),
                                 .holder = f->holders->pdata[i]};
        g_array_append_val(f->sockets, s);
    }
}

static gboolean look_at_others(guint16 port, struct ports_facts *ret)
{
    g_autoptr(GArray) others = sockdiag_others_on(port);
    *ret = (struct ports_facts){0};
    if (others)
        take_sockets(ret, others);
    return others != NULL;
}

/* Of one that hides itself, as our own processes do, ours is what nobody else can be. */
static gboolean is_of_worker(const struct holder *h, gint64 worker_pid)
{
    if (worker_pid == 0)
        return FALSE;
    if (h->pid != 0)
        return holder_is_child_of(h->pid, worker_pid);
    for (guint i = 0; h->suspects && i < h->suspects->len; i++)
        if (!holder_is_child_of(g_array_index(h->suspects, gint64, i), worker_pid))
            return FALSE;
    return h->suspects && h->suspects->len > 0 && h->suspects->len < HOLDER_MAX_SUSPECTS;
}

static gboolean is_in_the_way(const struct listener *l, const struct ports_wish *wishes,
                              guint n_wishes)
{
    for (guint i = 0; i < n_wishes; i++) {
        struct binding b;
        if (binding_parse(wishes[i].listen, &b, NULL) && binding_clashes(&b, l))
            return TRUE;
    }
    return FALSE;
}

static void keep_what_is_in_the_way(GArray *listeners, const struct ports_wish *wishes,
                                    guint n_wishes)
{
    guint n_kept = 0;
    for (guint i = 0; i < listeners->len; i++) {
        const struct listener l = g_array_index(listeners, struct listener, i);
        if (is_in_the_way(&l, wishes, n_wishes))
            g_array_index(listeners, struct listener, n_kept++) = l;
    }
    g_array_set_size(listeners, n_kept);
}

gboolean ports_look(struct ports_facts *ret, const struct ports_wish *wishes, guint n_wishes,
                    gint64 worker_pid, GError **error)
{
    g_autoptr(GArray) listeners = sockdiag_listeners(error);
    if (!listeners)
        return FALSE;
    if (wishes)
        keep_what_is_in_the_way(listeners, wishes, n_wishes);
    *ret = (struct ports_facts){
        .own_addresses = binding_own_addresses(),
        .uid = geteuid(),
        .program = process_self(),
        .try_binding = try_really,
        .look_at_others = look_at_others,
    };
    binding_limits_read(&ret->limits);
    take_sockets(ret, listeners);
    for (guint i = 0; i < ret->sockets->len; i++) {
        struct ports_socket *s = &g_array_index(ret->sockets, struct ports_socket, i);
        s->is_ours = is_of_worker(s->holder, worker_pid);
    }
    return TRUE;
}

void ports_facts_clear(struct ports_facts *f)
{
    g_clear_pointer(&f->sockets, g_array_unref);
    g_clear_pointer(&f->holders, g_ptr_array_unref);
    g_clear_pointer(&f->own_addresses, g_ptr_array_unref);
    binding_limits_clear(&f->limits);
}

/* ---- which row it is ---- */

static gboolean is_exact(const struct binding *b, const struct listener *l)
{
    return socket_address_equal(&b->at, &l->at) && b->takes_both == l->takes_both;
}

/* The socket in the way that says most: on the very address, and another's before ours. */
static void find_socket(struct ports_case *c)
{
    guint n_ours = 0, n = 0;
    int best = -1;
    for (guint i = 0; i < c->facts->sockets->len; i++) {
        const struct ports_socket *s =
            &g_array_index(c->facts->sockets, struct ports_socket, i);
        if (!binding_clashes(&c->binding, &s->listener))
            continue;
        n++;
        n_ours += s->is_ours;
        int rank = 2 * is_exact(&c->binding, &s->listener) + !s->is_ours;
        if (rank > best) {
            best = rank;
            c->socket = s;
        }
    }
    c->is_mixed = n_ours > 0 && n_ours < n;
    for (guint i = 0; c->socket && i < c->facts->sockets->len; i++) {
        const struct ports_socket *s =
            &g_array_index(c->facts->sockets, struct ports_socket, i);
        c->n_alike += socket_address_equal(&s->listener.at, &c->socket->listener.at) &&
                      s->listener.takes_both == c->socket->listener.takes_both;
    }
}

static enum ports_state state_of_socket(const struct ports_case *c)
{
    if (c->is_mixed && c->n_alike > 1)
        return PORTS_POOLED;
    if (c->socket->is_ours)
        return PORTS_OURS;
    if (c->n_alike > 1)
        return PORTS_POOLED;
    if (!is_exact(&c->binding, &c->socket->listener))
        return PORTS_CLASH;
    return c->socket->holder->program ? PORTS_HELD : PORTS_HIDDEN;
}

static enum ports_state state_of_refusal(const struct ports_case *c)
{
    const struct binding_limits *l = &c->facts->limits;
    switch (c->why) {
    case 0:
        return PORTS_FREE;
    case EADDRINUSE:
        return PORTS_BUSY;
    case EADDRNOTAVAIL:
    case EAFNOSUPPORT:
    case ENODEV:
    case EINVAL: /* a link-local address without its interface */
        return PORTS_NOT_OURS;
    case EACCES:
        return c->binding.at.port < l->privileged_below && !l->may_bind_low ? PORTS_PRIVILEGED
                                                                            : PORTS_FORBIDDEN;
    default:
        return PORTS_FORBIDDEN;
    }
}

static enum ports_state look(struct ports_case *c)
{
    g_autoptr(GError) error = NULL;
    if (!binding_parse(c->wish->listen, &c->binding, &error)) {
        c->problem = g_strdup(error->message);
        return PORTS_WRONG;
    }
    if (!c->wish->is_enabled)
        return PORTS_OFF;
    c->why = c->facts->try_binding(&c->binding, FALSE, c->facts->data);
    /* Who is bound to one interface alone is in nobody's way. */
    if (c->why != 0)
        find_socket(c);
    if (c->why == EADDRINUSE && !c->socket) {
        c->why = c->facts->try_binding(&c->binding, TRUE, c->facts->data);
        c->is_ending = c->why == 0;
    }
    return c->socket ? state_of_socket(c) : state_of_refusal(c);
}

/* ---- a port that would do ---- */

static gboolean is_wished(const struct ports_wish *wishes, guint n_wishes, guint but,
                          guint16 port)
{
    for (guint i = 0; i < n_wishes; i++) {
        struct binding b;
        if (i != but && binding_parse(wishes[i].listen, &b, NULL) && b.at.port == port)
            return TRUE;
    }
    return FALSE;
}

static char *suggest(const struct ports_case *c, enum ports_state state,
                     const struct ports_wish *wishes, guint n_wishes, guint which)
{
    struct binding b = c->binding;
    if (state == PORTS_WRONG || state == PORTS_NOT_OURS)
        b = (struct binding){.at.is_ipv6 = TRUE, .takes_both = TRUE};
    for (const guint16 *p = port_number_choices(c->wish->role); *p; p++) {
        b.at.port = *p;
        if (!is_wished(wishes, n_wishes, which, *p) && !port_number_is_blocked(*p) &&
            !binding_is_outgoing(&c->facts->limits, *p) &&
            c->facts->try_binding(&b, FALSE, c->facts->data) == 0)
            return binding_text(&b);
    }
    return NULL;
}

struct ports_verdict *ports_judge(const struct ports_facts *f, const struct ports_wish *wishes,
                                  guint n_wishes, guint which)
{
    struct ports_case c = {.facts = f, .wish = &wishes[which]};
    struct ports_verdict *v = g_new0(struct ports_verdict, 1);
    v->notes = g_ptr_array_new_with_free_func(g_free);
    v->state = look(&c);
    v->socket = c.socket;
    if (v->state != PORTS_WRONG && v->state != PORTS_OFF)
        v->n_warnings = ports_add_notes(&f->limits, c.binding.at.port, v->notes);
    if (ports_state_is_trouble(v->state) || v->n_warnings > 0)
        v->suggestion = suggest(&c, v->state, wishes, n_wishes, which);
    ports_words(&c, v);
    g_free(c.problem);
    return v;
}

void ports_verdict_free(struct ports_verdict *v)
{
    if (!v)
        return;
    g_free(v->text);
    g_free(v->next);
    g_free(v->suggestion);
    g_ptr_array_unref(v->notes);
    g_free(v);
}
