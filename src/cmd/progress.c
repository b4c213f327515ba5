/*
 * The progress bar. It knows nothing of what is counted.
 */
#include "config.h"

#include "cmd/progress.h"

#include <unistd.h>

#include "base/clock.h"
#include "base/i18n.h"
#include "base/text.h"
#include "cmd/output.h"
#include "cmd/tell.h"

#define QUIET_US CLOCK_SECOND_US
#define REDRAW_US (CLOCK_SECOND_US / 10)
#define MIN_BAR_CELLS 10
#define MAX_BAR_CELLS 40

struct progress {
    char *what; /* owned */
    gint64 begun_us, drawn_us;
    gboolean is_terminal, is_told, is_drawn;
};

struct progress *progress_new(const char *what)
{
    struct progress *p = g_new0(struct progress, 1);
    p->what = text_safe(what, -1, 30);
    p->begun_us = clock_mono_us();
    p->is_told = tell_is_wanted();
    p->is_terminal = !p->is_told && isatty(STDERR_FILENO);
    if (p->is_told)
        tell_put(TELL_DOING, what);
    return p;
}

static void append_bar(GString *line, double part, int cells)
{
    int full = (int)(part * cells);
    g_string_append_c(line, '[');
    for (int i = 0; i < cells; i++)
        g_string_append_c(line, i < full ? '#' : '.');
    g_string_append_c(line, ']');
}

char *progress_line(const char *what, gint64 done, gint64 total, gint64 elapsed_us, int width)
{
    g_autoptr(GString) line = g_string_new(what);
    g_string_append_c(line, ' ');
    if (total < 1) {
        g_autofree char *count = text_grouped(done);
        g_string_append(line, count);
        return g_string_free(g_steal_pointer(&line), FALSE);
    }
    done = CLAMP(done, 0, total);
    double part = (double)done / (double)total;
    g_autoptr(GString) tail = g_string_new(NULL);
    g_string_append_printf(tail, " %3d %%", (int)(part * 100));
    if (done > 0 && done < total) {
        gint64 left_s = (gint64)((double)elapsed_us / part * (1 - part)) / CLOCK_SECOND_US;
        g_autofree char *span = clock_format_span(left_s);
        g_string_append_printf(tail, _(", %s left"), span);
    }
    int room = width - (int)text_cells(line->str) - (int)text_cells(tail->str) - 3;
    if (room >= MIN_BAR_CELLS)
        append_bar(line, part, MIN(room, MAX_BAR_CELLS));
    g_string_append(line, tail->str);
    return g_string_free(g_steal_pointer(&line), FALSE);
}

/* Ten times a second at most, and the end. */
static void tell_progress(struct progress *p, gint64 done, gint64 total)
{
    gint64 now = clock_mono_us();
    if (now - p->drawn_us < REDRAW_US && done != total)
        return;
    g_autofree char *text =
        g_strdup_printf("%" G_GINT64_FORMAT " %" G_GINT64_FORMAT, done, MAX(total, 0));
    tell_put(TELL_PROGRESS, text);
    p->drawn_us = now;
}

void progress_set(struct progress *p, gint64 done, gint64 total)
{
    if (p && p->is_told)
        tell_progress(p, done, total);
    if (!p || !p->is_terminal)
        return;
    gint64 now = clock_mono_us();
    if (now - p->begun_us < QUIET_US || now - p->drawn_us < REDRAW_US)
        return;
    g_autofree char *line =
        progress_line(p->what, done, total, now - p->begun_us, output_width(stderr));
    fprintf(stderr, "\r%s\x1b[K", line);
    fflush(stderr);
    p->drawn_us = now;
    p->is_drawn = TRUE;
}

void progress_show(gint64 done, gint64 total, void *data)
{
    progress_set(data, done, total);
}

void progress_free(struct progress *p)
{
    if (!p)
        return;
    if (p->is_drawn)
        fputs("\r\x1b[K", stderr);
    g_free(p->what);
    g_free(p);
}
