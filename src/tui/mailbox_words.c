/*
 * Words for mailboxes and what is known of them.
 */
#include "config.h"

#include "tui/mailbox_words.h"

#include "base/clock.h"
#include "base/i18n.h"

static const struct {
    const char *word; /* N_() */
    enum term_role role;
} states[MAILBOX_HEALTH_COUNT] = {
    [MAILBOX_IS_OFF] = {N_("off"), ROLE_NORMAL},
    [MAILBOX_HAS_PROBLEM] = {N_("FAIL"), ROLE_ERROR},
    [MAILBOX_IS_UNREAD] = {N_("on"), ROLE_OK},
    [MAILBOX_IS_READ] = {N_("on"), ROLE_OK},
};

const char *mailbox_words_state(const struct mailbox_now *m)
{
    return _(states[mailbox_now_health(m)].word);
}

enum term_role mailbox_words_role(const struct mailbox_now *m)
{
    return states[mailbox_now_health(m)].role;
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

char *mailbox_words_read(const struct mailbox_now *m, gint64 now_us)
{
    if (m->read.read_us > 0)
        return clock_format_local(m->read.read_us, now_us);
    return g_strdup(m->mailbox.enabled ? _("not yet") : "-");
}
