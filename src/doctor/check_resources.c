/*
 * Check 24: what this machine gives crier: room on the disk, descriptors, a clock that is
 * right, a database that is whole, a worker that lives. Nothing of it is about the network.
 */
#include "config.h"

#include "doctor/check_resources.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/status.h"
#include "base/clock.h"
#include "base/i18n.h"
#include "base/text.h"
#include "doctor/checks_private.h"
#include "model/server.h"
#include "store/inbound.h"
#include "store/mailboxes.h"
#include "store/server_live.h"
#include "store/servers.h"

#define MIB (1024 * 1024)
#define STOPS_AT_BYTES (4 * MIB) /* as much as the ballast: the worker gives that up last */
#define SCARCE_PERCENT 5
#define PLENTY_BYTES (20 * 1024 * (gint64)MIB) /* 5 % of a large disk is no shortage */
#define PLENTY_INODES 100000
#define WAL_MAX_BYTES (1024 * (gint64)MIB)
#define OTHER_DESCRIPTORS 64 /* database, log, name look-ups … */
#define CLOCK_OFF_S 120      /* DKIM signatures and certificates are judged by the minute */
#define LOOK_MS 2000
#define LOOK_AGAIN_US (60 * CLOCK_SECOND_US)
#define MAILS_ASKED 5
#define MAIL_TOP_BYTES 4000

/* ---- the judgement ---- */

/* One thing that is wrong. */
struct fault {
    enum doctor_result result; /* DOCTOR_OK: nothing is */
    enum doctor_who who;
    const char *code;
    char *text, *next; /* owned */
};

static int percent(gint64 part, gint64 whole)
{
    return whole > 0 ? (int)(part * 100 / whole) : 100;
}

/* With a plain blank: GLib's own is one that not every terminal has. Caller frees. */
static char *size_words(gint64 bytes)
{
    g_autofree char *size = g_format_size((guint64)MAX(bytes, 0));
    g_auto(GStrv) parts = g_strsplit(size, "\302\240", 2);
    return g_strjoinv(" ", parts);
}

static void judge_write(const struct resources *r, struct fault *x)
{
    gboolean is_readonly = r->write_error == EROFS || (r->has_room && r->room.is_readonly) ||
                           r->write_error == EACCES || r->write_error == EPERM;
    if (r->write_error == 0 && !is_readonly)
        return;
    *x = (struct fault){
        DOCTOR_FAIL, DOCTOR_ADMIN, "read-only",
        is_readonly
            ? g_strdup_printf(_("the workspace %s cannot be written to: its file system "
                                "is mounted read-only, or its rights were changed"),
                              r->dir)
            : g_strdup_printf(_("the workspace %s cannot be written to: %s"), r->dir,
                              g_strerror(r->write_error)),
        g_strdup(_("Make the folder and the files in it writable for the user that runs "
                   "crier."))};
}

static void judge_disk(const struct resources *r, struct fault *x)
{
    const struct hostinfo_room *room = &r->room;
    int left = percent(room->free_bytes, room->total_bytes);
    g_autofree char *size = size_words(room->free_bytes);
    if (!r->has_room || left >= SCARCE_PERCENT || room->free_bytes >= PLENTY_BYTES)
        return;
    if (room->free_bytes < STOPS_AT_BYTES)
        *x =
            (struct fault){DOCTOR_FAIL, DOCTOR_ADMIN, "disk-full",
                           g_strdup_printf(_("the disk of %s is full (%s left): sending stops, "
                                             "as nothing can be recorded"),
                                           r->dir, size),
                           g_strdup(_("Free some space; sending goes on by itself."))};
    else
        *x = (struct fault){
            DOCTOR_WARN, DOCTOR_ADMIN, "disk",
            g_strdup_printf(_("%d %% of the disk of %s is left (%s)"), left, r->dir, size),
            g_strdup(_("Free some space: on a full disk sending stops."))};
}

static void judge_inodes(const struct resources *r, struct fault *x)
{
    const struct hostinfo_room *room = &r->room;
    int left = percent(room->free_inodes, room->total_inodes);
    if (!r->has_room || room->total_inodes == 0 || left >= SCARCE_PERCENT ||
        room->free_inodes >= PLENTY_INODES)
        return;
    *x = (struct fault){room->free_inodes == 0 ? DOCTOR_FAIL : DOCTOR_WARN, DOCTOR_ADMIN,
                        "inodes",
                        g_strdup_printf(_("the file system of %s has room for only %" PRId64
                                          " more files, however large they are"),
                                        r->dir, room->free_inodes),
                        g_strdup(_("Remove files that nobody needs: small ones count as much "
                                   "as large ones."))};
}

/* "WHAT: WHY. REMEDY", as errors are written. */
static void say_unreadable(const char *message, struct fault *x)
{
    const char *end = strstr(message, ". ");
    *x = (struct fault){DOCTOR_FAIL, DOCTOR_ADMIN, "unreadable",
                        end ? g_strndup(message, (gsize)(end - message)) : g_strdup(message),
                        end ? g_strdup(end + 2)
                            : g_strdup(_("Look at the disk and at the rights of the file."))};
}

static void judge_database(const struct resources *r, struct fault *x)
{
    if (r->damage)
        *x =
            (struct fault){DOCTOR_FAIL, DOCTOR_ADMIN, "damaged",
                           g_strdup_printf(_("the database is damaged: %s"), r->damage),
                           g_strdup(_("Bring back a backup with crier db restore, and have the "
                                      "disk checked."))};
    else if (r->unreadable)
        say_unreadable(r->unreadable, x);
    else if (r->wal_bytes > WAL_MAX_BYTES)
        *x = (struct fault){
            DOCTOR_WARN, DOCTOR_ADMIN, "wal",
            g_strdup_printf(_("the database's write-ahead log has grown to %" PRId64
                              " MiB: another program reads it without an end"),
                            r->wal_bytes / MIB),
            g_strdup(_("End programs that hold the database open for long, as backups of the "
                       "file."))};
}

static void judge_worker(const struct resources *r, struct fault *x)
{
    if (r->worker)
        *x = (struct fault){r->is_worker_stuck ? DOCTOR_FAIL : DOCTOR_WARN, DOCTOR_YOU,
                            "worker", g_strdup(r->worker), g_strdup(r->worker_next)};
}

static void judge_clock(const struct resources *r, struct fault *x)
{
    gint64 off = ABS(r->ahead_s);
    if (!r->clock_source || off < CLOCK_OFF_S)
        return;
    g_autofree char *span = clock_format_span(off);
    *x = (struct fault){
        DOCTOR_WARN, DOCTOR_ADMIN, "clock",
        r->ahead_s > 0
            ? g_strdup_printf(_("the clock of this machine is %s ahead of %s: DKIM signatures "
                                "and TLS certificates may be refused"),
                              span, r->clock_source)
            : g_strdup_printf(_("the clock of this machine is %s behind %s: DKIM signatures "
                                "and TLS certificates may be refused"),
                              span, r->clock_source),
        g_strdup(_("Let a time service (chrony, systemd-timesyncd) keep the clock."))};
}

static void judge_descriptors(const struct resources *r, struct fault *x)
{
    if (r->descriptors < 0 || r->connections + OTHER_DESCRIPTORS <= r->descriptors)
        return;
    *x = (struct fault){
        DOCTOR_WARN, DOCTOR_ADMIN, "descriptors",
        g_strdup_printf(_("servers and mailboxes may have %" PRId64
                          " connections, but a program here gets %" PRId64 " descriptors only"),
                        r->connections, r->descriptors),
        g_strdup(_("Raise the limit (ulimit -n, LimitNOFILE= of a unit), or lower the "
                   "connections."))};
}

/* What weighs as much is told in this order. */
static void (*const judges[])(const struct resources *r, struct fault *x) = {
    judge_write,  judge_disk,  judge_inodes,      judge_database,
    judge_worker, judge_clock, judge_descriptors,
};

static void say_well(const struct resources *r, struct doctor_finding *f)
{
    g_autofree char *size = r->has_room ? size_words(r->room.free_bytes) : NULL;
    if (r->dir && size)
        doctor_ok(f,
                  g_strdup_printf(
                      _("%s of disk are left, and no damage of the database was found"), size));
    else if (r->clock_source)
        doctor_ok(
            f, g_strdup_printf(_("the clock of this machine agrees with %s"), r->clock_source));
    else
        doctor_ok(f, g_strdup(_("without a workspace there is nothing of it that could lack")));
}

void resources_judge(const struct resources *r, struct doctor_finding *f)
{
    struct fault worst = {0};
    for (gsize i = 0; i < G_N_ELEMENTS(judges); i++) {
        struct fault x = {0};
        judges[i](r, &x);
        if (x.text &&
            (!worst.text || (x.result == DOCTOR_FAIL && worst.result != DOCTOR_FAIL))) {
            struct fault other = worst;
            worst = x;
            x = other;
        }
        if (x.text)
            doctor_evidence(f, "%s", x.text);
        g_free(x.text);
        g_free(x.next);
    }
    if (worst.text)
        doctor_say(f, worst.result, worst.who, worst.code, worst.text, worst.next);
    else
        say_well(r, f);
}

/* ---- the clock ---- */

/* Google writes the time of each acceptance into its reply: "OK 1732268412 d2e1… - gsmtp". */
static gboolean find_epoch(const char *reply, gint64 *ret_us)
{
    g_auto(GStrv) words = g_strsplit(reply, " ", 0);
    for (char **w = words; *w; w++)
        if (strlen(*w) == 10 && strspn(*w, "0123456789") == 10) {
            *ret_us = g_ascii_strtoll(*w, NULL, 10) * G_USEC_PER_SEC;
            return TRUE;
        }
    return FALSE;
}

gboolean resources_find_time(const char *reply, gint64 at_us, gint64 *ret_us)
{
    g_autofree char *trimmed = g_strchomp(g_strdup(reply));
    if (at_us <= 0 || !g_str_has_suffix(trimmed, "gsmtp"))
        return FALSE;
    return find_epoch(trimmed, ret_us);
}

/* The greeting came some seconds ago at most: what a run takes. */
static void ask_greeting(struct doctor *d, struct resources *r)
{
    gint64 theirs;
    if (!d->facts.greeting || !hostinfo_find_date(d->facts.greeting, &theirs))
        return;
    r->ahead_s = (clock_wall_us() - theirs) / CLOCK_SECOND_US;
    r->clock_source = d->subject->host;
}

static void ask_replies(struct doctor *d, struct resources *r, struct doctor_finding *f)
{
    g_autoptr(GPtrArray) all = servers_live(d->subject->db, clock_wall_us(), NULL);
    for (guint i = 0; all && i < all->len && !r->clock_source; i++) {
        const struct server_live *l = all->pdata[i];
        gint64 theirs;
        gboolean is_recent = l->reply_us > clock_wall_us() - 3600 * CLOCK_SECOND_US;
        if (!is_recent || !resources_find_time(l->reply, l->reply_us, &theirs))
            continue;
        r->ahead_s = (l->reply_us - theirs) / CLOCK_SECOND_US;
        r->clock_source = "Gmail";
        doctor_evidence(f, "%s: %s", l->name, l->reply);
    }
}

/* The last mail that came: what its mailbox's server wrote on top of it cannot be of later than
 * when we read it. That it is of earlier proves nothing. */
static void ask_mail(struct doctor *d, struct resources *r)
{
    struct db *db = d->subject->db;
    g_autoptr(GPtrArray) newest = inbound_page(db, -1, 0, MAILS_ASKED, NULL);
    for (guint i = 0; newest && i < newest->len; i++) {
        const struct inbound_row *row = newest->pdata[i];
        g_autoptr(GBytes) raw = inbound_raw(db, row->id, NULL);
        gsize len = 0;
        const char *octets = raw ? g_bytes_get_data(raw, &len) : NULL;
        g_autofree char *top = octets ? g_strndup(octets, MIN(len, MAIL_TOP_BYTES)) : NULL;
        gint64 theirs, behind_s;
        if (!top || !hostinfo_find_date(top, &theirs))
            continue;
        behind_s = (theirs - row->received_us) / CLOCK_SECOND_US;
        if (behind_s < CLOCK_OFF_S || -behind_s >= r->ahead_s)
            continue;
        r->ahead_s = -behind_s;
        r->clock_source = _("the mailbox's server");
    }
}

/* What we wrote ourselves is not of later than now. */
static void ask_files(struct doctor *d, struct resources *r)
{
    struct stat st;
    gint64 now_s = clock_wall_us() / CLOCK_SECOND_US;
    if (stat(d->subject->ws->db_path, &st) != 0 || st.st_mtime - now_s < CLOCK_OFF_S)
        return;
    r->ahead_s = now_s - st.st_mtime;
    r->clock_source = _("the workspace's own files");
}

/* ---- the workspace ---- */

static gint64 size_of(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 ? (gint64)st.st_size : 0;
}

static int try_writing(const struct workspace *ws)
{
    const char *const paths[] = {ws->dir, ws->db_path, ws->journal_path};
    for (gsize i = 0; i < G_N_ELEMENTS(paths); i++)
        if (access(paths[i], W_OK) < 0 && errno != ENOENT)
            return errno;
    return 0;
}

static gint64 count_connections(struct db *db)
{
    g_autoptr(GPtrArray) servers = servers_all(db, NULL);
    g_autoptr(GPtrArray) mailboxes = mailboxes_all(db, NULL);
    gint64 n = mailboxes ? mailboxes->len : 0;
    for (guint i = 0; servers && i < servers->len; i++) {
        const struct server *s = servers->pdata[i];
        n += s->enabled ? s->connections : 0;
    }
    return n;
}

/* The worst that status says of the worker. */
static const struct status_problem *find_worker_problem(const struct status *s,
                                                        gboolean *ret_is_stuck)
{
    const struct status_problem *found = NULL;
    *ret_is_stuck = FALSE;
    for (guint i = 0; i < s->problems->len; i++) {
        const struct status_problem *p = s->problems->pdata[i];
        gboolean is_stuck = g_strcmp0(p->cause, "stuck-worker") == 0 ||
                            g_strcmp0(p->cause, "cannot-write") == 0;
        if (strcmp(p->kind, "worker") != 0 || !p->cause || *ret_is_stuck ||
            (found && !is_stuck))
            continue;
        found = p;
        *ret_is_stuck = is_stuck;
    }
    return found;
}

static void note_worker(const struct status *s, struct doctor_finding *f)
{
    g_autofree char *since = s->is_worker_running && s->worker_since_us > 0
                                 ? clock_format_local(s->worker_since_us, clock_wall_us())
                                 : NULL;
    if (s->is_worker_running)
        doctor_evidence(f, _("worker: process %d, since %s"), (int)s->worker_pid,
                        since ? since : "?");
    else
        doctor_evidence(f, "%s", _("worker: none runs"));
}

static void look_at_workspace(struct doctor *d, struct resources *r, struct doctor_finding *f)
{
    const struct workspace *ws = d->subject->ws;
    g_autofree char *wal = g_strdup_printf("%s-wal", ws->db_path);
    r->dir = ws->dir;
    r->has_room = hostinfo_room(ws->dir, &r->room);
    r->write_error = try_writing(ws);
    r->wal_bytes = size_of(wal);
    if (r->has_room) {
        g_autofree char *total = size_words(r->room.total_bytes);
        g_autofree char *left = size_words(r->room.free_bytes);
        doctor_evidence(f, _("disk: %s of %s left, %" PRId64 " of %" PRId64 " inodes"), left,
                        total, r->room.free_inodes, r->room.total_inodes);
    }
    doctor_evidence(f, _("database: %" PRId64 " KiB, write-ahead log %" PRId64 " KiB"),
                    size_of(ws->db_path) / 1024, r->wal_bytes / 1024);
}

/* What the resources borrow from. */
struct looked {
    char *damage;
    GError *error;
    struct status *status;
};

/* There is none because it could not be opened: why is asked once more. */
static void ask_why_closed(struct doctor *d, struct resources *r, struct looked *l)
{
    struct db *db = db_open(d->subject->ws->db_path, DB_USE_READ, &l->error);
    if (!db)
        r->unreadable = l->error->message;
    db_close(db);
}

/* Once a minute: several servers are often looked at one after the other. */
static gboolean look_at_pages(struct db *db, struct looked *l, struct doctor_finding *f)
{
    static const struct db *sound; /* only compared */
    static gint64 sound_us;
    gboolean is_whole = FALSE;
    if (sound == db && clock_mono_us() - sound_us < LOOK_AGAIN_US) {
        doctor_evidence(f, "%s", _("database: looked at a moment ago"));
        return TRUE;
    }
    if (!db_look(db, LOOK_MS, &is_whole, &l->damage, &l->error))
        return FALSE;
    sound = l->damage ? NULL : db;
    sound_us = clock_mono_us();
    if (!is_whole)
        doctor_evidence(f,
                        _("database: not looked at to its end within %d s; `crier db check` "
                          "takes its time"),
                        LOOK_MS / 1000);
    return TRUE;
}

static void look_at_database(struct doctor *d, struct resources *r, struct looked *l,
                             struct doctor_finding *f)
{
    gint64 pid = 0;
    if (!look_at_pages(d->subject->db, l, f)) {
        r->unreadable = l->error->message;
        return;
    }
    r->damage = l->damage;
    l->status = status_home(d->subject->db, d->subject->ws, NULL);
    if (l->status) {
        const struct status_problem *p = find_worker_problem(l->status, &r->is_worker_stuck);
        r->worker = p ? p->what : NULL;
        r->worker_next = p ? p->next : NULL;
        pid = l->status->is_worker_running ? l->status->worker_pid : 0;
        note_worker(l->status, f);
    }
    r->connections = count_connections(d->subject->db);
    r->descriptors = hostinfo_descriptors((pid_t)pid);
    doctor_evidence(f, _("connections: %" PRId64 " at most, descriptors: %" PRId64),
                    r->connections, r->descriptors);
}

static void note_clock(const struct resources *r, struct doctor_finding *f)
{
    gint64 error_us = 0;
    gboolean is_held = hostinfo_is_clock_held(&error_us);
    g_autofree char *now = clock_format_utc(clock_wall_us());
    doctor_evidence(f,
                    is_held ? _("clock: %s, held by a time service")
                            : _("clock: %s, no time service holds it"),
                    now);
    if (r->clock_source)
        doctor_evidence(f, _("clock: %" PRId64 " s ahead of %s"), r->ahead_s, r->clock_source);
}

void doctor_check_resources(struct doctor *d, struct doctor_finding *f)
{
    struct resources r = {.descriptors = -1};
    struct looked l = {0};
    if (d->subject->ws)
        look_at_workspace(d, &r, f);
    if (d->subject->db)
        look_at_database(d, &r, &l, f);
    else if (d->subject->ws)
        ask_why_closed(d, &r, &l);
    ask_greeting(d, &r);
    if (!r.clock_source && d->subject->db)
        ask_replies(d, &r, f);
    if (!r.clock_source && d->subject->db)
        ask_mail(d, &r);
    if (!r.clock_source && d->subject->ws)
        ask_files(d, &r);
    note_clock(&r, f);
    resources_judge(&r, f);
    status_free(l.status);
    g_free(l.damage);
    g_clear_error(&l.error);
}
