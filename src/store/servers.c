/*
 * Server records. Passwords are never among them: only where to get one.
 */
#include "config.h"

#include "store/servers.h"

#include "base/clock.h"
#include "base/i18n.h"
#include "store/pools.h"
#include "store/records_private.h"

static gboolean check_new(struct db *db, const void *record, GError **error)
{
    return pools_check_free_name(db, ((const struct server *)record)->name, error);
}

static gboolean before_delete(struct db *db, const void *record, GError **error)
{
    const struct server *v = record;
    return record_check_unused(db, servers_kind(), "server", v->name, error) &&
           pools_check_unused(db, v->name, error) &&
           sql_do(db, error, "DELETE FROM server_live WHERE server_id = ?", "i", v->id);
}

RECORD_FREE(server)

const struct record_kind *servers_kind(void)
{
    static const struct record_kind kind = {
        .noun = "server",
        .fields = server_fields,
        RECORD_IN(struct server),
        .free = server_free,
        .told = "host",
        /* A changed record may have removed the cause of its problem: the worker tries it
         * anew. */
        .update_also = ", problem = NULL",
        .check_new = check_new,
        .before_delete = before_delete,
        .namesakes = "pool", /* campaigns name either */
        .words =
            {
                .no_such = N_("there is no server '%s'"),
                .remedy = N_("Add it with: crier server add %s --host HOST:PORT"),
                .gone = N_("server %d is not there any more: somebody deleted it"),
                .changed = N_("server '%s' was changed by somebody else meanwhile. Look at it "
                              "again, then repeat your change"),
                .bad_name = N_("server name '%s': use 1 to 64 of a-z, 0-9, '-', '_' and '.', "
                               "beginning with a letter or digit"),
                .taken =
                    N_("there is a server '%s' already. Choose another name, or change that "
                       "one with: crier server set %s"),
                .in_use = N_("server '%s' is used by campaign '%s' (%s). Give that campaign "
                             "another server, or let it finish or cancel it, first"),
            },
    };
    return &kind;
}

RECORD_READS(servers, servers_kind, struct server)
RECORD_PUT(servers, servers_kind, struct server)
RECORD_DELETE(servers, servers_kind)

gboolean servers_set_problem(struct db *db, gint64 id, const char *problem, GError **error)
{
    return sql_do(db, error,
                  "UPDATE server SET problem_us = CASE WHEN ?1 = '' THEN NULL"
                  " WHEN problem IS NULL THEN ?3 ELSE problem_us END,"
                  " problem = nullif(?1, '') WHERE id = ?2",
                  "sii", problem, id, clock_wall_us());
}

char *servers_get_problem(struct db *db, gint64 id)
{
    return record_problem(db, servers_kind(), id);
}
