/*
 * A host that has several addresses is reached as long as one of them works: the one of a
 * family whose way is broken would be blamed for mail that goes out by the other.
 */
#include "config.h"

#include "doctor/choose.h"

#include "base/clock.h"
#include "base/i18n.h"

#define PATIENCE_MS 1000 /* with the first; then the others are tried besides */
#define AGAIN_MS 2500    /* its first SYN may be lost: the next one follows after a second */

struct attempts {
    struct probes *probes;
    int numbers[CHOOSE_MAX]; /* -1: it could not be begun */
    guint n;
};

static void add(struct attempts *a, const char *address, guint16 port)
{
    struct probe_wish wish = {.address = address, .port = port, .deadline_ms = CHOOSE_WAIT_MS};
    a->numbers[a->n++] = probes_add(a->probes, &wish);
}

static enum probe_end end_of(const struct attempts *a, guint i)
{
    return a->numbers[i] < 0 ? PROBE_LOCAL : probes_answer(a->probes, a->numbers[i])->end;
}

/* The first of `n` that is open; -1: none is. `ret_waits`: some are not over. */
static int find_open(const struct attempts *a, guint n, gboolean *ret_waits)
{
    *ret_waits = FALSE;
    for (guint i = 0; i < n; i++) {
        if (end_of(a, i) == PROBE_OPEN)
            return (int)i;
        *ret_waits = *ret_waits || end_of(a, i) == PROBE_WAITING;
    }
    return -1;
}

/* The first `n`. */
static int wait_for_one(const struct attempts *a, guint n, gint64 until_us)
{
    for (;;) {
        gboolean waits;
        int open = find_open(a, n, &waits);
        if (open >= 0 || !waits || clock_mono_us() >= until_us)
            return open;
        probes_turn(a->probes, until_us);
    }
}

guint choose_address(const GPtrArray *addresses, guint16 port, struct probe_answer *ret_first)
{
    gint64 begun = clock_mono_us();
    guint most = MIN(addresses->len, CHOOSE_MAX);
    if (most < 2)
        return 0;
    struct attempts a = {.probes = probes_new()};
    add(&a, addresses->pdata[0], port);
    int open = wait_for_one(&a, 1, begun + PATIENCE_MS * (gint64)1000);
    for (guint i = 1; open < 0 && i < most; i++)
        add(&a, addresses->pdata[i], port);
    if (open < 0)
        open = wait_for_one(&a, a.n, begun + CHOOSE_WAIT_MS * (gint64)1000);
    if (open > 0 && wait_for_one(&a, 1, begun + AGAIN_MS * (gint64)1000) == 0)
        open = 0;
    if (open > 0 && a.numbers[0] >= 0) {
        probes_stop(a.probes, a.numbers[0]);
        *ret_first = *probes_answer(a.probes, a.numbers[0]);
    } else if (open > 0) {
        *ret_first = (struct probe_answer){.end = PROBE_SILENT};
    }
    probes_free(a.probes);
    return open > 0 ? (guint)open : 0;
}

char *choose_words(const struct probe_answer *a)
{
    switch (a->end) {
    case PROBE_REFUSED:
        return g_strdup(_("refused"));
    case PROBE_ICMP:
    case PROBE_EXPIRED:
        return g_strdup_printf(_("ICMP %d/%d from %s"), a->type, a->code, a->from);
    case PROBE_LOCAL:
        return g_strdup(g_strerror(a->error));
    default:
        return g_strdup(_("no answer"));
    }
}
