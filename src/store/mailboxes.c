/*
 * Mailbox records: where bounces and unsubscribe requests come in. Passwords are never among
 * them, only where to get one. Reading a mailbox is not for here.
 */
#include "config.h"

#include "store/mailboxes.h"

#include "base/error.h"
#include "base/i18n.h"
#include "store/records_private.h"

/* The address of one that a campaign goes out with stays. */
static gboolean check_change(struct db *db, const void *before, const void *after,
                             GError **error)
{
    const struct mailbox *old = before, *new = after;
    g_autofree char *campaign = NULL;
    enum campaign_state state;
    if (!record_check_current(mailboxes_kind(), old, new, error))
        return FALSE;
    if (g_strcmp0(old->address, new->address) == 0)
        return TRUE;
    int rc = record_used_by(db, "mailbox", new->name, FALSE, &campaign, &state, error);
    if (rc > 0)
        g_set_error(
            error, CRIER_ERROR, CRIER_ERROR_INVALID,
            _("mailbox '%s': campaign '%s' (%s) goes out with the address %s, and its "
              "bounces come back to it. Add a second mailbox, or let that campaign finish "
              "or cancel it, first"),
            new->name, campaign, campaign_state_word(state), old->address);
    return rc == 0;
}

static gboolean before_delete(struct db *db, const void *record, GError **error)
{
    return record_check_unused(db, mailboxes_kind(), "mailbox",
                               ((const struct mailbox *)record)->name, error);
}

RECORD_FREE(mailbox)

const struct record_kind *mailboxes_kind(void)
{
    static const struct record_kind kind = {
        .noun = "mailbox",
        .fields = mailbox_fields,
        RECORD_IN(struct mailbox),
        .free = mailbox_free,
        .told = "address",
        /* A changed record may have removed the cause of its problem. */
        .update_also = ", problem = NULL",
        .check_change = check_change,
        .before_delete = before_delete,
        .words =
            {
                .no_such = N_("there is no mailbox '%s'"),
                .remedy = N_("Add it with: crier mailbox add %s --address ADDRESS --host HOST "
                             "--user USER"),
                .gone = N_("mailbox %d is not there any more: somebody deleted it"),
                .changed = N_("mailbox '%s' was changed by somebody else meanwhile. Look at it "
                              "again, then repeat your change"),
                .taken =
                    N_("there is a mailbox '%s' already. Choose another name, or change that "
                       "one with: crier mailbox set %s"),
                .in_use = N_("mailbox '%s' is used by campaign '%s' (%s). Give that campaign "
                             "another mailbox, or let it finish or cancel it, first"),
            },
    };
    return &kind;
}

RECORD_READS(mailboxes, mailboxes_kind, struct mailbox)
RECORD_PUT(mailboxes, mailboxes_kind, struct mailbox)
RECORD_DELETE(mailboxes, mailboxes_kind)

gboolean mailboxes_are_used(struct db *db)
{
    gint64 is_used = 0;
    return sql_int(db, NULL, 0, &is_used,
                   "SELECT 1 FROM mailbox WHERE enabled AND deleted_us IS NULL LIMIT 1", "") &&
           is_used;
}

gboolean mailboxes_is_current(struct db *db, gint64 id, gint64 row_version)
{
    gint64 is_there = 0;
    return sql_int(db, NULL, 0, &is_there,
                   "SELECT 1 FROM mailbox WHERE id = ?1 AND row_version = ?2"
                   " AND deleted_us IS NULL",
                   "ii", id, row_version) &&
           is_there;
}

gboolean mailboxes_set_problem(struct db *db, gint64 id, const char *problem, GError **error)
{
    return sql_do(db, error, "UPDATE mailbox SET problem = nullif(?, '') WHERE id = ?", "si",
                  problem, id);
}

char *mailboxes_get_problem(struct db *db, gint64 id)
{
    return record_problem(db, mailboxes_kind(), id);
}
