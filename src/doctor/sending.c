/* The address that mail leaves with, out of what the checks before found. */
#include "config.h"

#include "doctor/sending.h"

#include <string.h>

#include "base/ipkind.h"
#include "net/ownaddr.h"

#define SMTP_PORT 25

static void sending_free(gpointer data)
{
    struct sending *s = data;
    g_free(s->address);
    g_free(s);
}

/* Nobody outside sees the others. Addresses of documentation are what tests use. */
static gboolean is_seen_outside(const char *address)
{
    static const enum ipkind seen[] = {IPKIND_PUBLIC, IPKIND_TRANSITION, IPKIND_EXAMPLE};
    enum ipkind kind;
    if (!address || !ipkind_of(address, &kind, NULL))
        return FALSE;
    for (gsize i = 0; i < G_N_ELEMENTS(seen); i++)
        if (kind == seen[i])
            return TRUE;
    return FALSE;
}

static void add(GPtrArray *all, const char *address, enum sending_of of)
{
    if (!is_seen_outside(address))
        return;
    for (guint i = 0; i < all->len; i++)
        if (strcmp(((struct sending *)all->pdata[i])->address, address) == 0)
            return;
    struct sending *s = g_new0(struct sending, 1);
    s->address = g_strdup(address);
    s->of = of;
    g_ptr_array_add(all, s);
}

/* Without a login to port 25: a receiver, or a relay that knows us by our address. */
static gboolean is_direct(const struct doctor_subject *s)
{
    return s->port == SMTP_PORT && !s->user;
}

/* Of a mail server on this machine: by which it goes out is not told, so all that could be. */
static void add_own(GPtrArray *all)
{
    g_autoptr(GPtrArray) own = ownaddr_all();
    add(all, ownaddr_first(own, FALSE), SENDING_OURS);
    add(all, ownaddr_first(own, TRUE), SENDING_OURS);
}

GPtrArray *sending_addresses(const struct doctor *d)
{
    const struct doctor_facts *facts = &d->facts;
    GPtrArray *all = g_ptr_array_new_with_free_func(sending_free);
    if (!doctor_subject_is_smtp(d->subject))
        return all;
    if (facts->is_loopback) {
        add_own(all);
        return all;
    }
    if (is_direct(d->subject)) {
        add(all, facts->seen_as, SENDING_OURS);
        if (all->len == 0)
            add(all, facts->source, SENDING_OURS);
    }
    add(all, facts->address, SENDING_RELAY);
    return all;
}
