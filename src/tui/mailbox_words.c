/*
 * Mailboxes with what is known of them now, and the words for it.
 */
#include "config.h"

#include "tui/mailbox_words.h"

#include "base/i18n.h"
#include "store/mailboxes.h"

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
    GPtrArray *out = all ? g_ptr_array_new_with_free_func(now_free) : NULL;
    for (guint i = 0; all && i < all->len; i++) {
        struct mailbox *m = all->pdata[i];
        struct mailbox_now *n = g_new0(struct mailbox_now, 1);
        n->mailbox = *m;
        *m = (struct mailbox){0}; /* its contents are ours now */
        n->problem = mailboxes_get_problem(db, n->mailbox.id);
        g_ptr_array_add(out, n);
    }
    if (out)
        g_ptr_array_sort(out, by_name);
    return out;
}

const char *mailbox_words_state(const struct mailbox_now *m)
{
    return !m->mailbox.enabled ? _("off") : m->problem ? _("FAIL") : _("on");
}

enum term_role mailbox_words_role(const struct mailbox_now *m)
{
    return !m->mailbox.enabled ? ROLE_NORMAL : m->problem ? ROLE_ERROR : ROLE_OK;
}

char *mailbox_words_endpoint(const struct mailbox *m)
{
    struct hostport h;
    if (!mailbox_endpoint(m, &h, NULL))
        return g_strdup(m->host);
    char *text = hostport_format(&h);
    hostport_clear(&h);
    return text;
}
