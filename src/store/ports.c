/*
 * Port records: where we listen, what for, and by which URL others come. Binding them is not
 * for here, only that no two of them get into each other's way.
 */
#include "config.h"

#include "store/ports.h"

#include "base/error.h"
#include "base/i18n.h"
#include "store/records_private.h"

/* Unreadable ones are in nobody's way: nothing listens there. */
static gboolean are_in_the_way(const struct port *a, const struct port *b)
{
    struct hostport x = {0}, y = {0};
    gboolean is_same = FALSE, clash = FALSE;
    if (port_endpoint(a, &x, NULL) && port_endpoint(b, &y, NULL)) {
        is_same = a->role == b->role && x.port == y.port && g_strcmp0(x.host, y.host) == 0;
        clash = a->enabled && b->enabled && port_endpoints_clash(&x, &y);
    }
    hostport_clear(&x);
    hostport_clear(&y);
    return is_same || clash;
}

static gboolean check_alone(struct db *db, const struct port *p, GError **error)
{
    g_autoptr(GPtrArray) all = ports_all(db, error);
    for (guint i = 0; all && i < all->len; i++) {
        const struct port *other = all->pdata[i];
        if (other->id == p->id || !are_in_the_way(other, p))
            continue;
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_EXISTS,
                    _("port '%s' listens on %s already, so nothing else can on %s. Choose another "
                      "port, or change or switch off that one with: crier port set %s"),
                    other->name, other->listen, p->listen, other->name);
        return FALSE;
    }
    return all != NULL;
}

static gboolean check_new(struct db *db, const void *record, GError **error)
{
    return check_alone(db, record, error);
}

static gboolean check_change(struct db *db, const void *old, const void *new, GError **error)
{
    return record_check_current(ports_kind(), old, new, error) && check_alone(db, new, error);
}

RECORD_FREE(port)

const struct record_kind *ports_kind(void)
{
    static const struct record_kind kind = {
        .noun = "port",
        .fields = port_fields,
        RECORD_IN(struct port),
        .free = port_free,
        .told = "listen",
        /* A changed record may have removed the cause of its problem. */
        .update_also = ", problem = NULL",
        .check_new = check_new,
        .check_change = check_change,
        .check_back = check_new,
        .words =
            {
                .no_such = N_("there is no port '%s'"),
                .remedy = N_("Add it with: crier port add %s --role tracking"),
                .gone = N_("port %d is not there any more: somebody deleted it"),
                .changed = N_("port '%s' was changed by somebody else meanwhile. Look at it "
                              "again, then repeat your change"),
                .taken = N_("there is a port '%s' already. Choose another name, or change that "
                            "one with: crier port set %s"),
            },
    };
    return &kind;
}

RECORD_READS(ports, ports_kind, struct port)
RECORD_PUT(ports, ports_kind, struct port)
RECORD_DELETE(ports, ports_kind)

gboolean ports_are_used(struct db *db)
{
    gint64 is_used = 0;
    return sql_int(db, NULL, 0, &is_used,
                   "SELECT 1 FROM port WHERE enabled AND deleted_us IS NULL LIMIT 1", "") &&
           is_used;
}

gboolean ports_set_problem(struct db *db, gint64 id, const char *problem, GError **error)
{
    return sql_do(db, error, "UPDATE port SET problem = nullif(?, '') WHERE id = ?", "si",
                  problem, id);
}

char *ports_get_problem(struct db *db, gint64 id)
{
    return record_problem(db, ports_kind(), id);
}
