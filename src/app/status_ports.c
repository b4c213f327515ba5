/*
 * What status knows of the ports we listen on: the records, and what kept one from being bound.
 * Who holds a port is not asked here.
 */
#include "config.h"

#include "app/shapes.h"
#include "app/status.h"
#include "base/i18n.h"
#include "store/ports.h"

static void free_port(gpointer data)
{
    struct status_port *x = data;
    port_clear(&x->port);
    g_free(x->problem);
    g_free(x);
}

GPtrArray *status_load_ports(struct db *db, GError **error)
{
    g_autoptr(GPtrArray) all = ports_all(db, error);
    GPtrArray *ports = all ? g_ptr_array_new_with_free_func(free_port) : NULL;
    for (guint i = 0; all && i < all->len; i++) {
        struct port *p = all->pdata[i];
        struct status_port *x = g_new0(struct status_port, 1);
        x->port = *p;
        *p = (struct port){0}; /* its contents are ours now */
        x->problem = ports_get_problem(db, x->port.id);
        g_ptr_array_add(ports, x);
    }
    return ports;
}

void status_find_ports(struct status *s)
{
    for (guint i = 0; i < s->ports->len; i++) {
        const struct status_port *x = s->ports->pdata[i];
        if (!x->port.enabled || !x->problem || !*x->problem)
            continue;
        status_add_problem(s->problems, "port", "ports", x->port.name,
                           g_strdup_printf(_("port %s (%s): %s"), x->port.name, x->port.listen,
                                           x->problem),
                           g_strdup(_("Look who holds it, or choose another port")),
                           g_strdup("ports"))
            ->cause = "port";
    }
}

void status_ports_json(struct json_writer *w, const struct status *s)
{
    json_key(w, "ports");
    json_begin_array(w);
    for (guint i = 0; i < s->ports->len; i++) {
        const struct status_port *x = s->ports->pdata[i];
        shape_port(w, &x->port, x->problem);
    }
    json_end_array(w);
}
