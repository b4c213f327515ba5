/*
 * Compares the ledger with the sink's log: who was taken how often, against what we say of
 * them. Neither side is trusted: each person is looked up in both.
 */
#include "config.h"

#include "cmd/demo_account.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/i18n.h"
#include "base/json.h"
#include "base/text.h"
#include "cmd/output.h"
#include "store/campaigns.h"
#include "store/deliveries.h"

#define LABEL_CELLS 22
#define NOTE_CELL 40 /* where the note begins */
#define PAGER_CELLS 78

struct found {
    struct campaign_counts n;
    gint64 rows;    /* people with a final word */
    gint64 taken;   /* messages that the sink took */
    gint64 doubled; /* people whom it took more than once */
    gint64 lost;    /* accepted by our ledger, never taken; or without a final word */
    gint64 strange; /* taken for somebody who has no row, or is refused or suppressed */
    gint64 settled; /* uncertain ones that the sink did take */
};

/* address -> number of times taken */
static GHashTable *read_log(const char *path, gint64 *ret_taken, GError **error)
{
    FILE *f = fopen(path, "re");
    if (!f) {
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_FAILED,
                    _("cannot read the sink's log %s: %s"), path, g_strerror(errno));
        return NULL;
    }
    GHashTable *taken = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    char *line = NULL;
    size_t room = 0;
    ssize_t len;
    while ((len = getline(&line, &room, f)) > 0) {
        struct json *row = json_parse(line, (gsize)len, NULL);
        const char *to = row ? json_member_string(row, "to") : NULL;
        const struct json *is_taken = row ? json_member(row, "taken") : NULL;
        if (to && is_taken && json_get_bool(is_taken)) {
            gsize n = GPOINTER_TO_SIZE(g_hash_table_lookup(taken, to));
            g_hash_table_insert(taken, g_strdup(to), GSIZE_TO_POINTER(n + 1));
            ++*ret_taken;
        }
        json_unref(row);
    }
    free(line);
    fclose(f);
    return taken;
}

static void judge(const struct delivery *d, gsize times, struct found *f)
{
    f->doubled += times > 1;
    f->rows += delivery_is_final(d->state);
    switch (d->state) {
    case DELIVERY_ACCEPTED:
        f->lost += times == 0;
        break;
    case DELIVERY_UNCERTAIN:
        f->settled += times > 0;
        break;
    case DELIVERY_REFUSED:
    case DELIVERY_SUPPRESSED:
    case DELIVERY_CANCELLED:
        f->strange += times > 0;
        break;
    default:
        f->lost++;
    }
}

static gboolean compare(const struct demo_account *a, struct found *f, GError **error)
{
    g_autoptr(GHashTable) taken = read_log(a->sink_log, &f->taken, error);
    if (!taken || !campaigns_recount(a->db, a->campaign_id, &f->n, error))
        return FALSE;
    for (gint64 after = 0;;) {
        g_autoptr(GPtrArray) page =
            deliveries_page(a->db, a->campaign_id, -1, after, 5000, error);
        if (!page)
            return FALSE;
        for (guint i = 0; i < page->len; i++) {
            const struct delivery *d = page->pdata[i];
            judge(d, GPOINTER_TO_SIZE(g_hash_table_lookup(taken, d->address)), f);
            g_hash_table_remove(taken, d->address);
            after = d->id;
        }
        if (page->len == 0)
            break;
    }
    f->strange += g_hash_table_size(taken);
    return TRUE;
}

/* Without a terminal it is read in the screens' pager, or from a file. */
static int width(void)
{
    return isatty(fileno(stdout)) ? output_width(stdout) : PAGER_CELLS;
}

static void print_row(const char *label, gint64 n, const char *note)
{
    g_autofree char *number = text_grouped(n);
    gsize pad = LABEL_CELLS - MIN(text_cells(label), LABEL_CELLS);
    printf("  %s%*s %12s%s", label, (int)pad, "", number, *note ? "   " : "");
    output_fold(stdout, note, NOTE_CELL, width());
}

static void print_text(const struct demo_account *a, const struct found *f, gboolean is_good)
{
    double seconds = MAX((double)a->took_us / 1e6, 0.001);
    printf(_("\n%" PRId64 " people in %.1f s; the worker was killed %" PRId64 " times\n\n"),
           a->people, seconds, a->kills);
    print_row(_("accepted"), f->n.state[DELIVERY_ACCEPTED], "");
    print_row(_("refused"), f->n.state[DELIVERY_REFUSED],
              _("by the server, each with its reply"));
    print_row(_("maybe sent"), f->n.state[DELIVERY_UNCERTAIN],
              _("the connection or the worker ended after the last byte: never sent again by "
                "itself"));
    print_row(_("never mail"), f->n.state[DELIVERY_SUPPRESSED], "");
    print_row(_("total"), f->n.total, "");
    printf("\n");
    print_row(_("lost"), f->lost, "");
    print_row(_("got it twice"), f->doubled, "");
    print_row(_("taken by the server"), f->taken, _("by its own log"));
    printf("\n%s\n",
           is_good ? _("The ledger adds up: nobody lost, nobody mailed twice.")
                   : _("THE LEDGER DOES NOT ADD UP. Run it again with --keep DIR and look."));
    printf("\n");
    output_fold(stdout,
                _("What it was: mail to people who do not exist, by a server on this machine that "
                  "takes most of it, lets some wait, refuses some and drops a connection at the "
                  "worst moment. Nothing left this machine."),
                0, width());
}

static void print_json(const struct demo_account *a, const struct found *f, gboolean is_good)
{
    struct json_writer *w = json_writer_new_file(stdout, FALSE);
    json_begin_object(w);
    json_kv_int(w, "people", a->people);
    json_kv_int(w, "kills", a->kills);
    json_kv_int(w, "took_ms", a->took_us / 1000);
    json_kv_int(w, "total", f->n.total);
    for (int i = 0; i < DELIVERY_STATE_COUNT; i++)
        json_kv_int(w, delivery_state_name((enum delivery_state)i), f->n.state[i]);
    json_kv_int(w, "taken", f->taken);
    json_kv_int(w, "lost", f->lost);
    json_kv_int(w, "doubled", f->doubled);
    json_kv_int(w, "strange", f->strange);
    json_kv_int(w, "uncertain_taken", f->settled);
    json_kv_bool(w, "adds_up", is_good);
    json_end_object(w);
    json_writer_free(w);
}

int demo_account_print(const struct demo_account *a, gboolean as_json, GError **error)
{
    struct found f = {0};
    if (!compare(a, &f, error))
        return 1;
    /* Who was accepted or suppressed may have been left out of the people; nobody else may. */
    gboolean is_good = f.lost == 0 && f.doubled == 0 && f.strange == 0 && f.rows == f.n.total &&
                       f.n.total == a->people &&
                       f.taken == f.n.state[DELIVERY_ACCEPTED] + f.settled;
    if (as_json)
        print_json(a, &f, is_good);
    else
        print_text(a, &f, is_good);
    return is_good ? 0 : 1;
}
