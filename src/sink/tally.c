/*
 * The totals and the log of `crier sink`. The log is opened O_APPEND and each message is one
 * write(2), so lines of several sinks never mix and a killed client changes nothing. It is not
 * synced: it has to survive the clients, not the machine.
 */
#include "config.h"

#include "sink/tally.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/file.h"
#include "base/i18n.h"
#include "base/json.h"

static const struct {
    const char *name;
    gboolean is_taken;
} verdict_rows[TALLY_VERDICT_COUNT] = {
    [TALLY_ACCEPTED] = {"accepted", TRUE},
    [TALLY_REFUSED] = {"refused", FALSE},
    [TALLY_DEFERRED] = {"deferred", FALSE},
    [TALLY_DROPPED_BEFORE] = {"dropped-before", FALSE},
    [TALLY_DROPPED_AFTER] = {"dropped-after", TRUE},
    [TALLY_HALF_REPLY] = {"half-reply", TRUE},
    [TALLY_SWALLOWED] = {"swallowed", TRUE},
    [TALLY_JUNK] = {"junk", TRUE},
};

gboolean tally_is_taken(enum tally_verdict v)
{
    g_assert(v < TALLY_VERDICT_COUNT);
    return verdict_rows[v].is_taken;
}

const char *tally_verdict_name(enum tally_verdict v)
{
    g_assert(v < TALLY_VERDICT_COUNT);
    return verdict_rows[v].name;
}

/* O_NONBLOCK: a FIFO without a reader must fail here, not hang. /dev/null is welcome. */
static int open_log(const char *path, GError **error)
{
    int fd =
        open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, 0600);
    struct stat st;
    if (fd < 0 || fstat(fd, &st) < 0) {
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_FAILED, _("cannot open the log %s: %s"),
                    path, g_strerror(errno));
    } else if (!S_ISREG(st.st_mode) && !S_ISCHR(st.st_mode)) {
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_INVALID,
                    _("cannot use the log %s: it is no regular file. Name another one"), path);
    } else {
        return fd;
    }
    if (fd >= 0)
        close(fd);
    return -1;
}

gboolean tally_open(struct tally *t, const char *path, GError **error)
{
    *t = (struct tally){.fd = -1};
    if (path && (t->fd = open_log(path, error)) < 0)
        return FALSE;
    t->line = g_string_new(NULL);
    return TRUE;
}

void tally_close(struct tally *t)
{
    if (t->fd >= 0)
        close(t->fd);
    t->fd = -1;
    if (t->line)
        g_string_free(t->line, TRUE);
    t->line = NULL;
}

static void put_line(GString *out, const struct tally_event *e, const char *to, const char *now)
{
    struct json_writer *w = json_writer_new_string(out, FALSE);
    json_begin_object(w);
    json_kv_string(w, "t", now);
    if (e->seq)
        json_kv_int(w, "seq", e->seq);
    json_kv_string(w, "phase", e->phase);
    json_kv_string(w, "from", e->from);
    json_kv_string(w, "to", to);
    if (e->bytes >= 0)
        json_kv_int(w, "bytes", e->bytes);
    if (e->sha256)
        json_kv_string(w, "sha256", e->sha256);
    if (e->message_id)
        json_kv_string(w, "message_id", e->message_id);
    if (e->envid)
        json_kv_string(w, "envid", e->envid);
    json_kv_string(w, "verdict", verdict_rows[e->verdict].name);
    json_kv_bool(w, "taken", verdict_rows[e->verdict].is_taken);
    json_kv_int(w, "code", e->code);
    if (e->file)
        json_kv_string(w, "file", e->file);
    json_end_object(w);
    json_writer_free(w);
    if (!out->len || out->str[out->len - 1] != '\n')
        g_string_append_c(out, '\n');
}

static gboolean write_lines(struct tally *t, const struct tally_event *e, GError **error)
{
    g_autofree char *now = clock_format_utc(clock_wall_us());
    g_string_truncate(t->line, 0);
    for (gsize i = 0; i < e->n_to; i++)
        put_line(t->line, e, e->to[i], now);
    if (!file_write_all(t->fd, t->line->str, t->line->len, error)) {
        g_prefix_error(error, "%s: ", _("cannot write the log"));
        return FALSE;
    }
    return TRUE;
}

gboolean tally_add(struct tally *t, const struct tally_event *e, GError **error)
{
    if (t->fd >= 0 && !write_lines(t, e, error))
        return FALSE;
    t->verdicts[e->verdict] += (gint64)e->n_to;
    if (verdict_rows[e->verdict].is_taken) {
        t->messages++;
        t->bytes += e->bytes;
    }
    return TRUE;
}

void tally_print(const struct tally *t, gboolean as_json, FILE *out)
{
    if (!as_json) {
        fprintf(out, "%-15s %" G_GINT64_FORMAT "\n", "connections", t->connections);
        fprintf(out, "%-15s %" G_GINT64_FORMAT "\n", "messages", t->messages);
        fprintf(out, "%-15s %" G_GINT64_FORMAT "\n", "bytes", t->bytes);
        for (int i = 0; i < TALLY_VERDICT_COUNT; i++)
            fprintf(out, "%-15s %" G_GINT64_FORMAT "\n", verdict_rows[i].name, t->verdicts[i]);
        return;
    }
    struct json_writer *w = json_writer_new_file(out, FALSE);
    json_begin_object(w);
    json_kv_int(w, "connections", t->connections);
    json_kv_int(w, "messages", t->messages);
    json_kv_int(w, "bytes", t->bytes);
    for (int i = 0; i < TALLY_VERDICT_COUNT; i++)
        json_kv_int(w, verdict_rows[i].name, t->verdicts[i]);
    json_end_object(w);
    json_writer_free(w);
}
