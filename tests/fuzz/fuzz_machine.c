/*
 * What other programs and servers tell the doctor about this machine: dates in greetings, the
 * queue of Postfix, the rules of a unit, addresses. Nothing crashes, a sum adds up, and what is
 * said is safe to show.
 */
#include "config.h"

#include <string.h>

#include "base/ipkind.h"
#include "base/text.h"
#include "doctor/check_queue.h"
#include "doctor/check_resources.h"
#include "doctor/check_sandbox.h"
#include "fuzz.h"
#include "net/netlink.h"

static void read_queue(const char *octets, gsize len)
{
    struct queue *q = queue_parse(octets, len);
    int last = G_MAXINT;
    g_assert_true(q->n >= q->n_deferred && q->n_deferred >= 0);
    for (guint i = 0; i < q->reasons->len; i++) {
        const struct queue_reason *r = q->reasons->pdata[i];
        g_autofree char *safe = text_safe(r->text, -1, 0);
        g_assert_cmpstr(safe, ==, r->text);
        g_assert_true(r->n > 0 && r->n <= last);
        last = r->n;
    }
    queue_free(q);
}

static void read_address(const char *text)
{
    struct netlink_ip ip;
    enum ipkind kind = IPKIND_COUNT;
    g_autofree char *sentence = ipkind_sentence(text);
    gboolean is_one = ipkind_of(text, &kind, NULL);
    g_assert_true(is_one == (kind < IPKIND_COUNT) && is_one == (*sentence != '\0'));
    if (is_one)
        g_assert_true(netlink_ip_parse(text, &ip));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    gint64 at;
    if (size > 65536)
        return 0;
    g_autofree char *text = g_strndup((const char *)data, size);
    read_queue((const char *)data, size);
    read_address(text);
    (void)hostinfo_find_date(text, &at);
    (void)resources_find_time(text, 1, &at);
    g_free(sandbox_unit_forbids(text, "192.0.2.1", "eth0"));
    g_free(sandbox_unit_forbids(text, "2001:db8::1", NULL));
    return 0;
}
