/*
 * The table of phase timers, and the way by which tests (and who looks for a fault) shorten
 * them: waiting ten minutes for a reply that never comes is nothing that a test can do.
 */
#include "config.h"

#include "worker/timers.h"

#include <string.h>

#include "base/log.h"

#define LONGEST_S 86400

static const struct {
    const char *name;
    gsize offset;
    int rfc_s; /* RFC 5321, 4.5.3.2: at least */
} table[] = {
    {"greeting", G_STRUCT_OFFSET(struct timers, greeting_s), TIMERS_GREETING_S},
    {"mail", G_STRUCT_OFFSET(struct timers, phases.mail_s), SMTP_MAIL_TIMEOUT_S},
    {"rcpt", G_STRUCT_OFFSET(struct timers, phases.rcpt_s), SMTP_RCPT_TIMEOUT_S},
    {"data", G_STRUCT_OFFSET(struct timers, phases.data_s), SMTP_DATA_TIMEOUT_S},
    {"block", G_STRUCT_OFFSET(struct timers, phases.block_s), SMTP_BLOCK_TIMEOUT_S},
    {"dot", G_STRUCT_OFFSET(struct timers, phases.dot_s), SMTP_DOT_TIMEOUT_S},
    {"rset", G_STRUCT_OFFSET(struct timers, phases.rset_s), SMTP_RSET_TIMEOUT_S},
    {"quit", G_STRUCT_OFFSET(struct timers, phases.quit_s), SMTP_QUIT_TIMEOUT_S},
};

static gboolean read_word(const char *word, struct timers *ret)
{
    const char *equals = strchr(word, '=');
    gint64 seconds = 0;
    if (!equals || !g_ascii_string_to_signed(equals + 1, 10, 1, LONGEST_S, &seconds, NULL))
        return FALSE;
    for (gsize i = 0; i < G_N_ELEMENTS(table); i++) {
        gsize len = strlen(table[i].name);
        if (len != (gsize)(equals - word) || memcmp(word, table[i].name, len) != 0)
            continue;
        *(int *)G_STRUCT_MEMBER_P(ret, table[i].offset) = (int)seconds;
        ret->is_dot_fixed = ret->is_dot_fixed || strcmp(table[i].name, "dot") == 0;
        return TRUE;
    }
    return FALSE;
}

gboolean timers_read(const char *text, struct timers *ret, char **ret_bad)
{
    memset(ret, 0, sizeof *ret);
    for (gsize i = 0; i < G_N_ELEMENTS(table); i++)
        *(int *)G_STRUCT_MEMBER_P(ret, table[i].offset) = table[i].rfc_s;
    g_auto(GStrv) words = g_strsplit(text ? text : "", " ", -1);
    char *bad = NULL;
    for (char **word = words; *word; word++)
        if (**word && !read_word(*word, ret) && !bad)
            bad = g_strdup(*word);
    if (bad)
        *ret_bad = bad;
    return bad == NULL;
}

const struct timers *timers_get(void)
{
    static struct timers timers;
    static gsize is_read;
    g_autofree char *bad = NULL;
    if (g_once_init_enter(&is_read)) {
        if (!timers_read(g_getenv("CRIER_TIMERS"), &timers, &bad))
            log_warning("CRIER_TIMERS: '%s' is no PHASE=SECONDS; see crier(1)", bad);
        g_once_init_leave(&is_read, 1);
    }
    return &timers;
}
