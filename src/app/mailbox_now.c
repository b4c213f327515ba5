/*
 * Gathers mailboxes with their state. It only reads. Words for people are tui/mailbox_words's.
 */
#include "config.h"

#include "app/mailbox_now.h"

#include "store/mailboxes.h"

static const char *const health_names[MAILBOX_HEALTH_COUNT] = {
    [MAILBOX_IS_OFF] = "off",
    [MAILBOX_HAS_PROBLEM] = "problem",
    [MAILBOX_IS_UNREAD] = "unread",
    [MAILBOX_IS_READ] = "read",
};

const char *mailbox_health_name(enum mailbox_health h)
{
    return (unsigned)h < MAILBOX_HEALTH_COUNT ? health_names[h] : "?";
}

enum mailbox_health mailbox_now_health(const struct mailbox_now *n)
{
    if (!n->mailbox.enabled)
        return MAILBOX_IS_OFF;
    if (n->problem)
        return MAILBOX_HAS_PROBLEM;
    return n->read.read_us > 0 ? MAILBOX_IS_READ : MAILBOX_IS_UNREAD;
}

static void now_free(gpointer data)
{
    struct mailbox_now *n = data;
    mailbox_clear(&n->mailbox);
    g_free(n->problem);
    g_free(n);
}

static gint by_name(gconstpointer a, gconstpointer b)
{
    const struct mailbox_now *x = *(const struct mailbox_now *const *)a,
                             *y = *(const struct mailbox_now *const *)b;
    return g_strcmp0(x->mailbox.name, y->mailbox.name);
}

GPtrArray *mailboxes_now(struct db *db, GError **error)
{
    g_autoptr(GPtrArray) all = mailboxes_all(db, error);
    g_autoptr(GPtrArray) out = g_ptr_array_new_with_free_func(now_free);
    for (guint i = 0; all && i < all->len; i++) {
        struct mailbox *m = all->pdata[i];
        struct mailbox_now *n = g_new0(struct mailbox_now, 1);
        n->mailbox = *m;
        *m = (struct mailbox){0}; /* its contents are ours now */
        n->problem = mailboxes_get_problem(db, n->mailbox.id);
        g_ptr_array_add(out, n);
        if (!inbound_mailbox(db, n->mailbox.id, &n->read, error))
            return NULL;
    }
    if (!all)
        return NULL;
    g_ptr_array_sort(out, by_name);
    return g_steal_pointer(&out);
}
