/*
 * A mail that came in, any octets: bounded in what it yields, and all of it UTF-8.
 */
#include "config.h"

#include <string.h>

#include "fuzz.h"
#include "inbound/inbound.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct inbound *in = inbound_read((const char *)data, size, NULL);
    g_assert_cmpuint(in->items->len, <=, INBOUND_MAX_ITEMS);
    g_assert_cmpuint(in->tokens->len, <=, INBOUND_MAX_TOKENS);
    for (guint i = 0; i < in->items->len; i++) {
        const struct inbound_item *item = in->items->pdata[i];
        g_assert_true(g_utf8_validate(item->address, -1, NULL));
        g_assert_true(g_utf8_validate(item->diagnostic, -1, NULL));
        g_assert_nonnull(strchr(item->address, '@'));
    }
    g_assert_true(g_utf8_validate(in->subject, -1, NULL));
    g_assert_true(g_utf8_validate(in->pattern, -1, NULL));
    inbound_free(in);
    return 0;
}
