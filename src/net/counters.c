/*
 * Counts of the kernel, from its text files. What they mean for whom is not known here.
 */
#include "config.h"

#include "net/counters.h"

#include <string.h>

#define FILE_NAME "/proc/self/net/netstat"

gint64 counters_find(const char *text, const char *group, const char *name)
{
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    gsize len = strlen(group);
    for (guint i = 0; lines[i] && lines[i + 1]; i++) {
        /* Names stand in one line, their numbers in the next. */
        if (!g_str_has_prefix(lines[i], group) || lines[i][len] != ':' ||
            !g_str_has_prefix(lines[i + 1], group))
            continue;
        g_auto(GStrv) names = g_strsplit(lines[i], " ", -1);
        g_auto(GStrv) numbers = g_strsplit(lines[i + 1], " ", -1);
        for (guint n = 1; names[n] && numbers[n]; n++)
            if (strcmp(names[n], name) == 0)
                return g_ascii_strtoll(numbers[n], NULL, 10);
    }
    return -1;
}

gint64 counters_tcp(const char *name)
{
    g_autofree char *text = NULL;
    if (!g_file_get_contents(FILE_NAME, &text, NULL, NULL))
        return -1;
    return counters_find(text, "TcpExt", name);
}
