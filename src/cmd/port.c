/*
 * crier port: the records of ports that we listen on. Whether one is free is asked by crier
 * ports; letting people in by crier firewall.
 */
#include "config.h"

#include "cmd/handlers.h"

#include <string.h>

#include "app/shapes.h"
#include "base/error.h"
#include "base/i18n.h"
#include "cmd/port_words.h"
#include "net/ownaddr.h"
#include "store/ports.h"

static const struct output_column columns[] = {
    {"name", N_("Name")},
    {"role", N_("Role")},
    {"listen", N_("Listens on")},
    {"public_url", N_("Public URL")},
    {"enabled", N_("Enabled")},
    {"problem", N_("Problem")},
    {"try", N_("Try from outside"), OUTPUT_TEXT, TRUE},
    {"warnings", N_("Unwise"), OUTPUT_TEXT, TRUE},
    {NULL},
};

char *port_words_url(const struct port *p)
{
    struct port_url u = {0};
    struct hostport h = {0};
    char *url = NULL;
    if (p->public_url && *p->public_url && port_url_parse(p->public_url, &u, NULL)) {
        url = port_url_format(&u);
        port_url_clear(&u);
        return url;
    }
    if (!port_endpoint(p, &h, NULL))
        return NULL;
    if (hostport_is_loopback(h.host)) {
        hostport_clear(&h);
        return NULL;
    }
    gboolean is_any = g_str_equal(h.host, "*") || g_str_equal(h.host, "0.0.0.0");
    g_autoptr(GPtrArray) own = ownaddr_all();
    const char *host = is_any                      ? ownaddr_first(own, FALSE)
                       : g_str_equal(h.host, "::") ? ownaddr_first(own, TRUE)
                                                   : h.host;
    if (!host && g_str_equal(h.host, "*"))
        host = ownaddr_first(own, TRUE);
    if (host) {
        u = (struct port_url){.host = (char *)host, .port = h.port, .path = (char *)""};
        url = port_url_format(&u);
    }
    hostport_clear(&h);
    return url;
}

static void put_port(struct json_writer *w, const void *record, void *db)
{
    const struct port *p = record;
    g_autofree char *problem = ports_get_problem(db, p->id);
    g_autofree char *url = port_words_url(p);
    g_auto(GStrv) warnings = NULL;
    port_check(p, &warnings, NULL);
    json_begin_object(w);
    shape_port_members(w, p, problem);
    json_kv_string(w, "try", url);
    json_key(w, "warnings");
    json_begin_array(w);
    for (char **warning = warnings; warning && *warning; warning++)
        json_put_string(w, *warning);
    json_end_array(w);
    json_end_object(w);
}

int cmd_port_list(struct cmd_context *c)
{
    GError *error = NULL;
    g_autoptr(GPtrArray) all = ports_all(c->db, &error);
    return cmd_put_list(c, columns, all, put_port, c->db, error);
}

int cmd_port_show(struct cmd_context *c)
{
    GError *error = NULL;
    struct port p;
    if (!ports_get(c->db, cmd_word(c, 0), &p, &error))
        return cmd_fail(error);
    cmd_put_record(c, columns, &p, put_port, c->db);
    port_clear(&p);
    return 0;
}

/* Sets what the command line says, checks the whole and stores it. */
static gboolean change_and_put(struct cmd_context *c, struct port *p, GError **error)
{
    guint n = 0;
    g_auto(GStrv) warnings = NULL;
    gboolean is_new = p->id == 0;
    if (!cmd_set_fields(c, p, &n, error))
        return FALSE;
    if (n == 0 && !is_new) {
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_USAGE,
                    _("port %s: nothing to set: name what it is to have, as in --listen '*:8081'"),
                    p->name);
        return FALSE;
    }
    port_fill_in(p);
    if (!port_check(p, &warnings, error)) {
        g_prefix_error(error, _("port %s: "), p->name);
        return cmd_wrong_usage(error);
    }
    if (!ports_put(c->db, p, error)) {
        g_prefix_error(error, _("port %s: "), p->name);
        return FALSE;
    }
    for (char **warning = warnings; *warning; warning++)
        cmd_warn(_("port %s: %s"), p->name, *warning);
    return TRUE;
}

int cmd_port_add(struct cmd_context *c)
{
    GError *error = NULL;
    const char *name = cmd_word(c, 0);
    struct port p;
    if (!cmd_check_new_name(name, &error))
        return cmd_fail(error);
    if (ports_get(c->db, name, &p, NULL)) {
        port_clear(&p);
        return cmd_fail(g_error_new(CRIER_ERROR, CRIER_ERROR_EXISTS,
                                    _("port %s: it is there already. crier port set %s changes "
                                      "it"),
                                    name, name));
    }
    port_init(&p);
    p.name = g_strdup(name);
    gboolean ok = change_and_put(c, &p, &error);
    if (ok)
        cmd_say(_("Port %s is there: %s on %s. crier ports shows whether it is free, crier "
                  "firewall what others have to let through."),
                name, _(port_role_words((enum port_role)p.role)), p.listen);
    port_clear(&p);
    return ok ? 0 : cmd_fail(error);
}

int cmd_port_set(struct cmd_context *c)
{
    GError *error = NULL;
    struct port p;
    if (!ports_get(c->db, cmd_word(c, 0), &p, &error))
        return cmd_fail(error);
    gboolean ok = change_and_put(c, &p, &error);
    port_clear(&p);
    return ok ? 0 : cmd_fail(error);
}

int cmd_port_delete(struct cmd_context *c)
{
    GError *error = NULL;
    if (!ports_delete(c->db, cmd_word(c, 0), &error))
        return cmd_fail(error);
    cmd_say(_("Port %s is deleted. For 30 days crier undo or crier bin restore brings it back."),
            cmd_word(c, 0));
    return 0;
}
