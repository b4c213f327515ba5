/*
 * How many messages a server may still be given in this hour and on this day: hours and days of
 * the clock on the wall, in the machine's zone. Pure: what was used and the time are arguments.
 */
#ifndef CRIER_MODEL_QUOTA_H
#define CRIER_MODEL_QUOTA_H

#include <glib.h>

#include "model/server.h"

/* Use is kept by such slots: short enough that midnight begins one in every zone. */
#define QUOTA_SLOT_US G_GINT64_CONSTANT(900000000)

struct quota_windows { /* wall; the ends belong to the next */
    gint64 hour_us, hour_end_us, day_us, day_end_us;
    guint32 julian; /* the day's number */
};
void quota_windows_at(gint64 now_us, struct quota_windows *ret);
/* False when the hour or the day is over, or the clock was set back. */
gboolean quota_windows_hold(const struct quota_windows *w, gint64 now_us);

struct quota_use {
    struct quota_windows windows;
    gint64 hour_n, day_n; /* messages given to it within them */
};

enum quota_kind { /* numbers are stored: never renumber */
                  QUOTA_NONE = 0,
                  QUOTA_HOUR = 1,
                  QUOTA_DAY = 2,
                  QUOTA_WARM_UP = 3,
                  QUOTA_KIND_COUNT
};

struct quota_word {
    enum quota_kind kind; /* the limit that leaves the least */
    gint64 limit, left;   /* left is G_MAXINT64 without a limit, never below 0 */
    gint64 again_us;      /* wall; when it begins anew */
};
void quota_ask(const struct server *s, const struct quota_use *use, struct quota_word *ret);

/* "2026-12-01 50 100 200": the first day, and what each day allows from then on. Empty is fine.
 */
gboolean quota_check_warm_up(const char *text, GError **error);
/* What it allows on that day, 0: any number. Before the first day the first number holds. */
gint64 quota_warm_up_of(const char *text, guint32 julian);

#endif
