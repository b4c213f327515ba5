/*
 * Words for limits, the same on every screen and in explain. What holds is decided by the
 * worker.
 */
#include "config.h"

#include "app/pace_words.h"

#include "base/clock.h"
#include "base/i18n.h"
#include "base/text.h"
#include "model/quota.h"

/* Each has two %s: how many, and when again. */
static const char *const limit_words[QUOTA_KIND_COUNT] = {
    [QUOTA_HOUR] = N_("hourly limit of %s reached, again at %s"),
    [QUOTA_DAY] = N_("daily limit of %s reached, again at %s"),
    [QUOTA_WARM_UP] = N_("warm-up: today's %s are sent, again at %s"),
};

char *pace_words_limit(const struct server_live *l)
{
    if (l->limit_kind <= QUOTA_NONE || l->limit_kind >= QUOTA_KIND_COUNT)
        return NULL;
    g_autofree char *n = text_grouped(l->limit_n);
    g_autofree char *again = clock_format_local(l->limit_until_us, l->at_us);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    return g_strdup_printf(_(limit_words[l->limit_kind]), n, again);
#pragma GCC diagnostic pop
}
