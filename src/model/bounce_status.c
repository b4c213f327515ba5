/*
 * What an enhanced status code says by itself (RFC 3463, RFC 5248, RFC 7505 and the codes of
 * the large providers): one table, the first row that fits decides. Phrases are stronger, see
 * bounce_judge.c.
 */
#include "config.h"

#include "model/bounce_private.h"

#include <string.h>

static const struct {
    const char *subject; /* behind the class digit: "1.1"; "7.5xx": any digits for the x */
    enum bounce_reason reason;
} rows[] = {
    {"1.1", BOUNCE_USER_UNKNOWN},
    {"1.2", BOUNCE_HOST_UNKNOWN},
    {"1.3", BOUNCE_BAD_ADDRESS},
    {"1.4", BOUNCE_USER_UNKNOWN}, /* ambiguous: two could be meant, so it reaches nobody */
    {"1.6", BOUNCE_MOVED},
    {"1.7", BOUNCE_SENDER_REFUSED},
    {"1.8", BOUNCE_SENDER_REFUSED},
    {"1.9", BOUNCE_SYSTEM},
    {"1.10", BOUNCE_NO_MAIL},
    {"2.1", BOUNCE_DISABLED},
    {"2.2", BOUNCE_MAILBOX_FULL},
    {"2.3", BOUNCE_TOO_LARGE},
    {"2.4", BOUNCE_SYSTEM},
    {"3.1", BOUNCE_SYSTEM}, /* their disk is full */
    {"3.2", BOUNCE_SYSTEM},
    {"3.3", BOUNCE_SYSTEM},
    {"3.4", BOUNCE_TOO_LARGE},
    {"3.5", BOUNCE_SYSTEM},
    {"4.1", BOUNCE_NETWORK},
    {"4.2", BOUNCE_NETWORK},
    {"4.3", BOUNCE_NETWORK},
    {"4.4", BOUNCE_HOST_UNKNOWN},
    {"4.5", BOUNCE_NETWORK},
    {"4.6", BOUNCE_LOOP},
    {"4.7", BOUNCE_EXPIRED},
    {"4.3xx", BOUNCE_NETWORK},
    {"5.1", BOUNCE_SYNTAX},
    {"5.2", BOUNCE_SYNTAX},
    {"5.4", BOUNCE_SYNTAX},
    {"5.5", BOUNCE_SYNTAX},
    {"5.6", BOUNCE_SYNTAX},
    {"5.3", BOUNCE_RATE}, /* too many recipients */
    {"6.x", BOUNCE_CONTENT},
    {"6.xx", BOUNCE_CONTENT},
    {"7.2", BOUNCE_NOT_ALLOWED},
    {"7.7", BOUNCE_CONTENT},
    {"7.8", BOUNCE_AUTH},
    {"7.9", BOUNCE_AUTH},
    {"7.10", BOUNCE_TLS},
    {"7.17", BOUNCE_MOVED}, /* the mailbox has another owner (RFC 7293) */
    {"7.20", BOUNCE_AUTH},
    {"7.21", BOUNCE_AUTH},
    {"7.22", BOUNCE_AUTH},
    {"7.23", BOUNCE_AUTH},
    {"7.24", BOUNCE_AUTH},
    {"7.25", BOUNCE_REVERSE_DNS},
    {"7.26", BOUNCE_AUTH},
    {"7.27", BOUNCE_SENDER_REFUSED}, /* the sender's domain takes no mail (RFC 7505) */
    {"7.28", BOUNCE_RATE},
    {"7.29", BOUNCE_AUTH},
    {"7.30", BOUNCE_TLS},
    {"7.5xx", BOUNCE_BLOCKED},
    {"7.6xx", BOUNCE_BLOCKED},
    {"7.7xx", BOUNCE_RATE},
};

static gboolean fits(const char *pattern, const char *s)
{
    for (; *pattern != '\0'; pattern++, s++) {
        if (*pattern == 'x' ? !g_ascii_isdigit(*s) : *pattern != *s)
            return FALSE;
    }
    return *s == '\0';
}

enum bounce_reason bounce_status_reason(const char *status)
{
    if (status == NULL || strlen(status) < 5)
        return BOUNCE_UNKNOWN;
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        if (fits(rows[i].subject, status + 2))
            return rows[i].reason;
    }
    return BOUNCE_UNKNOWN;
}
