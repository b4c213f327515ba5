/*
 * What status knows of mailboxes: how far each was read, and what keeps it from being read. The
 * rest is status.c's.
 */
#include "config.h"

#include <inttypes.h>

#include "app/shapes.h"
#include "app/status.h"
#include "base/i18n.h"
#include "model/server.h"

void status_mailbox_free(gpointer p)
{
    struct status_mailbox *x = p;
    mailbox_clear(&x->mailbox);
    g_free(x->problem);
    g_free(x);
}

gboolean status_load_mailboxes(struct status *s, struct db *db, GError **error)
{
    g_autoptr(GPtrArray) all = mailboxes_all(db, error);
    for (guint i = 0; all && i < all->len; i++) {
        struct mailbox *m = all->pdata[i];
        struct status_mailbox *x = g_new0(struct status_mailbox, 1);
        x->mailbox = *m;
        *m = (struct mailbox){0};
        x->problem = mailboxes_get_problem(db, x->mailbox.id);
        g_ptr_array_add(s->mailboxes, x);
        if (!inbound_mailbox(db, x->mailbox.id, &x->state, error))
            return FALSE;
    }
    return all != NULL;
}

void status_find_mailboxes(struct status *s)
{
    for (guint i = 0; i < s->mailboxes->len; i++) {
        const struct status_mailbox *x = s->mailboxes->pdata[i];
        if (!x->problem || !*x->problem || !x->mailbox.enabled)
            continue;
        g_autofree char *what =
            g_strdup_printf(_("mailbox %s: %s"), x->mailbox.name, x->problem);
        struct status_problem *p = status_add_problem(
            s->problems, "mailbox", "mailboxes", x->mailbox.name, g_strdup(what),
            g_strdup(_("Mend it, then test the mailbox: it goes on by itself")),
            g_strdup_printf("mailbox test %s", x->mailbox.name));
        p->cause = "mailbox";
        g_free(p->text);
        p->text = g_steal_pointer(&what);
    }
}

void status_mailboxes_json(struct json_writer *w, const struct status *s)
{
    json_key(w, "mailboxes");
    json_begin_array(w);
    for (guint i = 0; i < s->mailboxes->len; i++) {
        const struct status_mailbox *x = s->mailboxes->pdata[i];
        json_begin_object(w);
        json_kv_string(w, "name", x->mailbox.name);
        json_kv_string(w, "address", x->mailbox.address);
        json_kv_bool(w, "enabled", x->mailbox.enabled);
        json_kv_string(w, "problem", x->problem);
        shape_time(w, "read", x->state.read_us);
        json_kv_int(w, "messages", x->state.n_read);
        json_end_object(w);
    }
    json_end_array(w);
}
