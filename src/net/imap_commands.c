/*
 * What an IMAP session asks for, step by step, and what it reads from the answers. Bytes and
 * the end of the connection are imap.c's.
 */
#include "config.h"

#include "net/imap.h"

#include <string.h>

#include "base/error.h"
#include "base/i18n.h"
#include "base/text.h"
#include "net/imap_private.h"

#define WINDOW 1000 /* messages in one answer to SEARCH: at most 11 octets each */

static void begin(struct imap_session *s, enum imap_command command)
{
    g_assert(imap_is_idle(s));
    s->is_busy = TRUE;
    s->command = command;
    s->is_only_marked = FALSE;
    s->set_begin = s->set_end = 0;
    s->fetch = (struct imap_fetch){.size = -1};
    g_array_set_size(s->uids, 0);
}

static void begin_line(struct imap_session *s, enum imap_command command, const char *line)
{
    begin(s, command);
    imap_say(s, line);
}

static char *folder_word(const char *name, GError **error)
{
    char *word = imap_wire_folder(name);
    if (!word) {
        g_autofree char *safe = text_safe(name, -1, 100);
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_INVALID,
                    _("the folder “%s” cannot be asked for: it is empty, too long or has "
                      "control characters"),
                    safe);
    }
    return word;
}

/* ---- commands of one line ---- */

void imap_capability(struct imap_session *s)
{
    begin_line(s, IMAP_CAPABILITY, "CAPABILITY");
}

void imap_noop(struct imap_session *s)
{
    begin_line(s, IMAP_NOOP, "NOOP");
}

void imap_logout(struct imap_session *s)
{
    begin(s, IMAP_LOGOUT);
    s->is_asked_to_end = TRUE;
    imap_say(s, "LOGOUT");
}

static gboolean say_folder(struct imap_session *s, enum imap_command command, const char *verb,
                           const char *folder, GError **error)
{
    g_autofree char *word = folder_word(folder, error);
    if (!word)
        return FALSE;
    g_autofree char *line = g_strdup_printf("%s %s", verb, word);
    begin_line(s, command, line);
    return TRUE;
}

gboolean imap_select(struct imap_session *s, const char *folder, GError **error)
{
    if (!say_folder(s, IMAP_SELECT, "SELECT", folder, error))
        return FALSE;
    s->folder = (struct imap_folder){0};
    return TRUE;
}

gboolean imap_create(struct imap_session *s, const char *folder, GError **error)
{
    return say_folder(s, IMAP_CREATE, "CREATE", folder, error);
}

gboolean imap_quota(struct imap_session *s, const char *folder, GError **error)
{
    return say_folder(s, IMAP_QUOTA, "GETQUOTAROOT", folder, error);
}

/* Of several limits the one that is nearest. */
static void on_quota(struct imap_session *s, const char *line)
{
    struct imap_folder *f = &s->folder;
    gint64 used, most;
    if (!s->is_busy || s->command != IMAP_QUOTA || !imap_wire_quota(line, &used, &most))
        return;
    if (f->quota_kib == 0 || most - used < f->quota_kib - f->used_kib) {
        f->quota_kib = most;
        f->used_kib = used;
    }
}

static void say_idle(struct imap_session *s)
{
    s->is_idling = s->has_said_done = FALSE;
    s->idle_since_us = 0;
    imap_say(s, "IDLE");
}

void imap_idle(struct imap_session *s)
{
    begin(s, IMAP_IDLE);
    s->wants_idle_end = FALSE;
    say_idle(s);
}

void imap_idle_end(struct imap_session *s)
{
    if (!s->is_busy || s->command != IMAP_IDLE || s->is_over)
        return;
    s->wants_idle_end = TRUE;
    if (s->is_idling)
        imap_say_done(s);
}

/* The server has ended it, or we have, for good or to begin anew. */
static void on_idle_tagged(struct imap_session *s, enum imap_status status, const char *text)
{
    gboolean is_renewal = status == IMAP_OK && s->has_said_done && !s->wants_idle_end;
    s->is_idling = FALSE;
    if (is_renewal)
        say_idle(s);
    else
        imap_tell(s, status, text);
}

/* ---- one message ---- */

void imap_fetch(struct imap_session *s, guint32 uid, guint32 max_bytes)
{
    begin(s, IMAP_FETCH);
    s->fetch.uid = uid;
    s->fetch.max_bytes = max_bytes;
    g_autofree char *line =
        g_strdup_printf("UID FETCH %u (UID RFC822.SIZE BODY.PEEK[]<0.%u>)", uid, max_bytes);
    imap_say(s, line);
}

static void give_body(struct imap_session *s, const char *octets, gsize len)
{
    guint64 room = s->fetch.max_bytes - s->fetch.n_given;
    gsize n = (gsize)MIN((guint64)len, room);
    s->fetch.n_octets += len;
    s->fetch.n_given += n;
    if (n > 0)
        s->handler.body(s, octets, n, s->data);
}

void imap_on_body(struct imap_session *s, const struct imap_piece *p)
{
    /* One that was not asked for is only counted. */
    if (s->is_busy && s->command == IMAP_FETCH && !s->fetch.is_there)
        give_body(s, p->data, p->len);
}

static void on_fetched(struct imap_session *s, struct imap_fetched *f)
{
    if (s->is_busy && s->command == IMAP_SIZES && f->uid > 0 && f->size >= 0)
        s->handler.message(s, f->uid, f->size, s->data);
    if (!s->is_busy || s->command != IMAP_FETCH || !f->has_body)
        return;
    if (f->uid != s->fetch.uid || s->fetch.is_there) {
        imap_end(s, g_error_new(CRIER_ERROR, CRIER_ERROR_FAILED,
                                _("the server gave another message than the one asked for")));
        return;
    }
    if (f->body)
        give_body(s, f->body, strlen(f->body));
    s->fetch.is_there = TRUE;
    s->fetch.size = MAX(f->size, (gint64)s->fetch.n_octets);
}

static void on_fetch_tagged(struct imap_session *s, enum imap_status status, const char *text)
{
    imap_tell(s, status == IMAP_OK && !s->fetch.is_there ? IMAP_GONE : status, text);
}

/* ---- many messages ---- */

static void put_uids(struct imap_session *s, const guint32 *uids, gsize n)
{
    g_array_append_vals(s->uids, uids, (guint)n);
}

/* The next set of messages; FALSE: all are through. */
static gboolean next_set(struct imap_session *s)
{
    s->set_begin = s->set_end;
    g_clear_pointer(&s->set, g_free);
    if (s->set_begin >= s->uids->len)
        return FALSE;
    s->set = imap_wire_set((const guint32 *)(void *)s->uids->data, s->uids->len, &s->set_end);
    return TRUE;
}

static void say_step(struct imap_session *s)
{
    g_autofree char *line = NULL;
    switch (*s->steps) {
    case IMAP_STEP_MOVE:
        line = g_strdup_printf("UID MOVE %s %s", s->set, s->destination);
        break;
    case IMAP_STEP_COPY:
        line = g_strdup_printf("UID COPY %s %s", s->set, s->destination);
        break;
    case IMAP_STEP_MARK:
        line = g_strdup_printf("UID STORE %s +FLAGS.SILENT (\\Deleted)", s->set);
        break;
    case IMAP_STEP_EXPUNGE:
        line = g_strdup_printf("UID EXPUNGE %s", s->set);
        break;
    case IMAP_STEP_SEEN:
        line = g_strdup_printf("UID STORE %s +FLAGS.SILENT (\\Seen)", s->set);
        break;
    default:
        line = g_strdup_printf("UID FETCH %s (UID RFC822.SIZE)", s->set);
        break;
    }
    imap_say(s, line);
}

static const enum imap_step *steps_of(struct imap_session *s)
{
    static const enum imap_step moves[] = {IMAP_STEP_MOVE, IMAP_STEP_END},
                                copies[] = {IMAP_STEP_COPY, IMAP_STEP_MARK, IMAP_STEP_EXPUNGE,
                                            IMAP_STEP_END},
                                copies_only[] = {IMAP_STEP_COPY, IMAP_STEP_MARK, IMAP_STEP_END},
                                deletes[] = {IMAP_STEP_MARK, IMAP_STEP_EXPUNGE, IMAP_STEP_END},
                                marks[] = {IMAP_STEP_MARK, IMAP_STEP_END},
                                seen[] = {IMAP_STEP_SEEN, IMAP_STEP_END},
                                sizes[] = {IMAP_STEP_SIMPLE, IMAP_STEP_END};
    gboolean may_expunge = s->features.uidplus;
    switch (s->command) {
    case IMAP_MOVE:
        return s->features.move ? moves : may_expunge ? copies : copies_only;
    case IMAP_DELETE:
        return may_expunge ? deletes : marks;
    case IMAP_STORE:
        return seen;
    default:
        return sizes;
    }
}

static void begin_sets(struct imap_session *s, enum imap_command command, const guint32 *uids,
                       gsize n, char *take_destination)
{
    g_assert(n > 0 && n < G_MAXUINT32);
    begin(s, command);
    put_uids(s, uids, n);
    g_free(s->destination);
    s->destination = take_destination;
    s->steps = steps_of(s);
    /* EXPUNGE without UIDs would take what others have marked, too. */
    s->is_only_marked = !s->features.uidplus &&
                        (command == IMAP_DELETE || (command == IMAP_MOVE && !s->features.move));
    next_set(s);
    say_step(s);
}

static void on_set_tagged(struct imap_session *s, enum imap_status status, const char *text)
{
    if (status == IMAP_OK && *++s->steps == IMAP_STEP_END) {
        s->steps = steps_of(s);
        if (!next_set(s)) {
            imap_tell(s, status, text);
            return;
        }
    }
    if (status == IMAP_OK)
        say_step(s);
    else
        imap_tell(s, status, text);
}

void imap_sizes(struct imap_session *s, const guint32 *uids, gsize n)
{
    begin_sets(s, IMAP_SIZES, uids, n, NULL);
}

void imap_delete(struct imap_session *s, const guint32 *uids, gsize n)
{
    begin_sets(s, IMAP_DELETE, uids, n, NULL);
}

void imap_mark_seen(struct imap_session *s, const guint32 *uids, gsize n)
{
    begin_sets(s, IMAP_STORE, uids, n, NULL);
}

gboolean imap_move(struct imap_session *s, const guint32 *uids, gsize n, const char *folder,
                   GError **error)
{
    char *word = folder_word(folder, error);
    if (word)
        begin_sets(s, IMAP_MOVE, uids, n, word);
    return word != NULL;
}

/* ---- searching in windows ---- */

static guint32 plus(guint32 n, guint32 more)
{
    return n > G_MAXUINT32 - more ? G_MAXUINT32 : n + more;
}

static void say_window(struct imap_session *s)
{
    struct imap_search *q = &s->search;
    guint32 end = plus(q->next, WINDOW - 1);
    g_autofree char *line = NULL;
    if (q->is_by_uid)
        line = g_strdup_printf("UID SEARCH UID %u:%u", q->next, end);
    else /* a message beyond the last one must not be named */
        line = g_strdup_printf("UID SEARCH %u:%u UID %u:*", q->next,
                               MIN(end, MIN(q->end, s->folder.exists)), q->first_uid);
    g_array_set_size(q->found, 0);
    imap_say(s, line);
    q->next = plus(end, 1);
}

/* UIDs may be few and far between: then it is messages that are counted. */
void imap_search(struct imap_session *s, guint32 first_uid)
{
    struct imap_search *q = &s->search;
    const struct imap_folder *f = &s->folder;
    first_uid = MAX(first_uid, 1);
    begin(s, IMAP_SEARCH);
    q->first_uid = first_uid;
    q->last_uid = 0;
    guint32 n_uids = f->uid_next > first_uid ? f->uid_next - first_uid : 0;
    /* The numbers of what came since are not known, but it stands behind all the others. */
    gboolean has_new = f->exists > s->n_settled;
    guint32 first = has_new && f->uid_next > 0 && n_uids == 0 ? s->n_settled + 1 : 1;
    q->is_by_uid = f->exists == 0 || (!has_new && f->uid_next > 0 && n_uids <= f->exists);
    q->next = q->is_by_uid ? first_uid : first;
    /* What comes meanwhile is for the next time: a busy folder must not keep us for ever. */
    q->end = q->is_by_uid ? plus(first_uid, n_uids) - 1 : f->exists;
    say_window(s);
}

static gboolean is_last_window(const struct imap_session *s)
{
    const struct imap_search *q = &s->search;
    return q->next > q->end || (!q->is_by_uid && q->next > s->folder.exists);
}

static int compare_uids(gconstpointer a, gconstpointer b)
{
    guint32 x = *(const guint32 *)a, y = *(const guint32 *)b;
    return (x > y) - (x < y);
}

static void tell_found(struct imap_session *s)
{
    struct imap_search *q = &s->search;
    g_array_sort(q->found, compare_uids);
    for (guint i = 0; i < q->found->len && !s->is_freed; i++) {
        guint32 uid = g_array_index(q->found, guint32, i);
        /* "n:*" is at least the last message, however low its number; and a window that was
         * moved back finds some again. */
        if (uid < q->first_uid || uid <= q->last_uid)
            continue;
        q->last_uid = uid;
        s->handler.message(s, uid, -1, s->data);
    }
}

static void on_search_tagged(struct imap_session *s, enum imap_status status, const char *text)
{
    if (status == IMAP_OK)
        tell_found(s);
    if (s->is_freed)
        return;
    if (status == IMAP_OK && !is_last_window(s))
        say_window(s);
    else
        imap_tell(s, status, text);
}

static void on_search_line(struct imap_session *s, const char *line)
{
    if (!s->is_busy || s->command != IMAP_SEARCH)
        return;
    if (!imap_wire_search(line, s->search.found, WINDOW + 1))
        imap_end(s, g_error_new(CRIER_ERROR, CRIER_ERROR_FAILED,
                                _("the server's answer to SEARCH makes no sense")));
}

/* ---- what comes unasked, and answers ---- */

static void on_capability(struct imap_session *s, const char *words)
{
    struct imap_features f = {0};
    const struct {
        const char *word;
        gboolean *flag;
    } flags[] = {{"IDLE", &f.idle},
                 {"MOVE", &f.move},
                 {"UIDPLUS", &f.uidplus},
                 {"ESEARCH", &f.esearch},
                 {"QUOTA", &f.quota},
                 {"IMAP4rev2", &f.move}};
    g_auto(GStrv) list = g_strsplit(words, " ", -1);
    for (int i = 0; list[i]; i++)
        for (gsize k = 0; k < G_N_ELEMENTS(flags); k++)
            if (g_ascii_strcasecmp(list[i], flags[k].word) == 0)
                *flags[k].flag = TRUE;
    s->features = f;
}

static void on_status_text(struct imap_session *s, const char *text)
{
    if (!s->is_busy || s->command != IMAP_SELECT)
        return;
    imap_wire_code_number(text, "UIDVALIDITY", &s->folder.uid_validity);
    imap_wire_code_number(text, "UIDNEXT", &s->folder.uid_next);
}

static void tell_changed(struct imap_session *s)
{
    /* What SELECT says is not news. */
    if (s->handler.changed && !(s->is_busy && s->command == IMAP_SELECT))
        s->handler.changed(s, s->data);
}

static void on_expunge(struct imap_session *s, guint32 number)
{
    if (s->folder.exists > 0)
        s->folder.exists--;
    if (s->n_settled > 0 && number <= s->n_settled)
        s->n_settled--;
    /* Those behind it have moved up by one. */
    if (s->is_busy && s->command == IMAP_SEARCH && !s->search.is_by_uid && s->search.next > 1) {
        s->search.next--;
        s->search.end--;
    }
    tell_changed(s);
}

void imap_on_untagged(struct imap_session *s, const char *line)
{
    guint32 n;
    struct imap_fetched f;
    if (imap_wire_number(line, "EXISTS", &n)) {
        s->folder.exists = n;
        tell_changed(s);
    } else if (imap_wire_number(line, "EXPUNGE", &n)) {
        on_expunge(s, n);
    } else if (g_ascii_strncasecmp(line, "* CAPABILITY ", 13) == 0) {
        on_capability(s, line + 13);
    } else if (g_ascii_strncasecmp(line, "* OK ", 5) == 0) {
        on_status_text(s, line + 5);
    } else if (g_ascii_strncasecmp(line, "* SEARCH", 8) == 0) {
        on_search_line(s, line);
    } else if (g_ascii_strncasecmp(line, "* QUOTA ", 8) == 0) {
        on_quota(s, line);
    } else if (imap_wire_fetched(line, &f)) {
        on_fetched(s, &f);
        imap_fetched_clear(&f);
    }
}

void imap_on_tagged(struct imap_session *s, enum imap_status status, const char *text)
{
    switch (s->command) {
    case IMAP_SELECT:
        s->n_settled = s->folder.exists;
        s->folder.is_read_only = g_ascii_strncasecmp(text, "[READ-ONLY]", 11) == 0;
        imap_tell(s, status, text);
        break;
    case IMAP_SEARCH:
        on_search_tagged(s, status, text);
        break;
    case IMAP_FETCH:
        on_fetch_tagged(s, status, text);
        break;
    case IMAP_IDLE:
        on_idle_tagged(s, status, text);
        break;
    case IMAP_SIZES:
    case IMAP_MOVE:
    case IMAP_DELETE:
    case IMAP_STORE:
        on_set_tagged(s, status, text);
        break;
    case IMAP_LOGOUT:
        imap_end(s, NULL);
        break;
    default:
        imap_tell(s, status, text);
        break;
    }
}
