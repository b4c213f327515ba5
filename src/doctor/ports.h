/*
 * Can we listen where we want to, and if not, who is in the way? Facts are gathered once
 * (ports_look()), then each wish is judged by them alone: a state, a sentence, notes, and a
 * port that would do. (doc: ports and the doctor, B)
 */
#ifndef CRIER_DOCTOR_PORTS_H
#define CRIER_DOCTOR_PORTS_H

#include <glib.h>

#include "model/port_number.h"
#include "net/binding.h"
#include "net/holder.h"
#include "net/sockdiag.h"

enum ports_state {
    PORTS_FREE,
    PORTS_OURS,   /* a process of this workspace's worker listens */
    PORTS_HELD,   /* another program does, and which is known or inferred */
    PORTS_HIDDEN, /* and which one may not be seen */
    PORTS_CLASH,  /* something listens on other addresses that include this one, or the reverse
                   */
    PORTS_POOLED, /* several sockets share it (SO_REUSEPORT) */
    PORTS_BUSY,   /* nobody listens, but connections use it */
    PORTS_PRIVILEGED, /* below ip_unprivileged_port_start */
    PORTS_FORBIDDEN,  /* refused for another reason: SELinux, a sandbox */
    PORTS_NOT_OURS,   /* this machine does not have the address */
    PORTS_WRONG,      /* the text is no address with a port */
    PORTS_OFF,        /* switched off */
    PORTS_STATE_COUNT
};
const char *ports_state_name(enum ports_state s);    /* N_(): "free", "not-ours" */
gboolean ports_state_is_trouble(enum ports_state s); /* it cannot be bound */

struct ports_socket {
    struct listener listener;
    const struct holder *holder; /* borrowed from the facts */
    gboolean is_ours;
};

struct ports_facts {
    GArray *sockets;    /* owned; of struct ports_socket, those in the way, or all */
    GPtrArray *holders; /* owned; of struct holder * */
    struct binding_limits limits;
    GPtrArray *own_addresses; /* owned; of char * */
    guint32 uid;              /* whose process asks */
    const char *program;      /* borrowed; the file of this program */
    /* How it is tried; a test has its own. Borrowed. */
    int (*try_binding)(const struct binding *b, gboolean beside_connections, void *data);
    /* Sockets on a port that do not listen: `sockets` and `holders` of `ret`. */
    gboolean (*look_at_others)(guint16 port, struct ports_facts *ret);
    void *data;
};

struct ports_wish {
    enum port_role role;
    const char *listen; /* borrowed; "*:81" */
    gboolean is_enabled;
};

struct ports_verdict {
    enum ports_state state;
    char *text;       /* owned; one sentence, safe to show, without its full stop */
    char *next;       /* owned; what to do, with its full stop; NULL: nothing */
    GPtrArray *notes; /* owned; of char *: sentences likewise */
    int n_warnings;   /* of the notes: those that hurt */
    const struct ports_socket
        *socket;      /* borrowed from the facts: the one the text names; NULL */
    char *suggestion; /* owned; "*:8081"; NULL: none is needed, or none is free */
};

/*
 * Who listens where. `wishes` (may be NULL): only what is in their way is looked at closely,
 * which costs less; NULL: everything. `worker_pid` 0: none runs.
 */
gboolean ports_look(struct ports_facts *ret, const struct ports_wish *wishes, guint n_wishes,
                    gint64 worker_pid, GError **error);
void ports_facts_clear(struct ports_facts *f);

/* `wishes` are all there are: none is suggested another's port. Pure but for try_binding() and
 * look_at_others(). */
struct ports_verdict *ports_judge(const struct ports_facts *f, const struct ports_wish *wishes,
                                  guint n_wishes, guint which);
void ports_verdict_free(struct ports_verdict *v); /* NULL is fine */

/* "nginx (process 812, user www-data, nginx.service)", as far as it is known. Caller frees. */
char *ports_who(const struct ports_facts *f, const struct ports_socket *s);

/* Notes on a port that anything may listen on. Adds char * to `to`; returns how many of them
 * hurt. */
int ports_add_notes(const struct binding_limits *limits, guint16 port, GPtrArray *to);

#endif
