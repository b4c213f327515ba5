/*
 * Lines for a program that waits for a verb. What is said is the verb's.
 */
#include "config.h"

#include "cmd/tell.h"

#include <stdio.h>

#include "base/text.h"

gboolean tell_is_wanted(void)
{
    return g_strcmp0(g_getenv("CRIER_PROGRESS"), "1") == 0;
}

void tell_put(enum tell kind, const char *text)
{
    static const char *const words[] = {[TELL_DOING] = "doing",
                                        [TELL_PROGRESS] = "progress",
                                        [TELL_SAID] = "said",
                                        [TELL_LINE] = "line",
                                        [TELL_ERROR] = "error"};
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    fflush(stdout);
    for (char **line = lines; *line; line++) {
        g_autofree char *safe = text_safe(*line, -1, 0);
        fprintf(stderr, "%s %s\n", words[kind], safe);
    }
    fflush(stderr);
}
