/*
 * The IMAP session: bytes in and out, order, goodbyes and patience. What is asked for and what
 * the answers say is imap_commands.c's.
 */
#include "config.h"

#include "net/imap.h"

#include <string.h>

#include "base/clock.h"
#include "base/crypto.h"
#include "base/error.h"
#include "base/i18n.h"
#include "base/text.h"
#include "net/imap_private.h"

#define IN_BYTES 16384
#define SHOWN_CHARS 300

static const char *const command_names[IMAP_COMMAND_COUNT] = {
    [IMAP_CAPABILITY] = "CAPABILITY",
    [IMAP_SELECT] = "SELECT",
    [IMAP_SEARCH] = "SEARCH",
    [IMAP_SIZES] = "FETCH SIZE",
    [IMAP_FETCH] = "FETCH",
    [IMAP_MOVE] = "MOVE",
    [IMAP_DELETE] = "DELETE",
    [IMAP_STORE] = "STORE",
    [IMAP_CREATE] = "CREATE",
    [IMAP_IDLE] = "IDLE",
    [IMAP_NOOP] = "NOOP",
    [IMAP_QUOTA] = "GETQUOTAROOT",
    [IMAP_LOGOUT] = "LOGOUT",
};

const char *imap_command_name(enum imap_command c)
{
    g_assert((unsigned)c < IMAP_COMMAND_COUNT);
    return command_names[c];
}

static GError *new_error(const char *text)
{
    return g_error_new_literal(CRIER_ERROR, CRIER_ERROR_FAILED, text);
}

static void show(struct imap_session *s, char direction, const char *text)
{
    if (!s->handler.line)
        return;
    g_autofree char *safe = text_safe(text, -1, SHOWN_CHARS);
    s->handler.line(s, direction, safe, s->data);
}

/* ---- the end ---- */

static void destroy(struct imap_session *s)
{
    stream_free(s->stream);
    imap_reader_clear(&s->reader);
    g_array_unref(s->uids);
    g_array_unref(s->search.found);
    g_free(s->set);
    g_free(s->destination);
    g_string_free(s->out, TRUE);
    g_free(s->bye);
    g_clear_error(&s->why);
    g_free(s);
}

void imap_end(struct imap_session *s, GError *why)
{
    if (s->is_over) {
        g_clear_error(&why);
        return;
    }
    s->is_over = TRUE;
    s->why = why;
    stream_want(s->stream, 0);
}

/* What is due when the connection is over: the command's outcome, then the end. */
static void tell_end(struct imap_session *s)
{
    if (s->is_busy && s->command != IMAP_LOGOUT)
        imap_tell(s, IMAP_BROKEN, s->why ? s->why->message : "");
    if (s->is_freed || s->is_closed)
        return;
    s->is_closed = TRUE;
    s->handler.closed(s, s->why, s->data);
}

static void leave(struct imap_session *s)
{
    if (s->depth == 1 && s->is_over && !s->is_freed)
        tell_end(s);
    if (--s->depth == 0 && s->is_freed)
        destroy(s);
}

static GError *new_lost_error(const struct imap_session *s)
{
    if (s->bye)
        return g_error_new(CRIER_ERROR, CRIER_ERROR_FAILED, _("the server said goodbye: “%s”"),
                           s->bye);
    if (!s->is_busy)
        return new_error(_("the server closed the connection"));
    return g_error_new(CRIER_ERROR, CRIER_ERROR_FAILED,
                       _("the server closed the connection in the middle of %s"),
                       imap_command_name(s->command));
}

/* ---- sending ---- */

static void flush(struct imap_session *s)
{
    while (s->out_pos < s->out->len && !s->is_over) {
        GError *error = NULL;
        gsize len = s->blocked_len ? s->blocked_len : s->out->len - s->out_pos;
        gssize n = stream_send(s->stream, s->out->str + s->out_pos, len, &error);
        if (n < 0) {
            imap_end(s, error);
            stream_want(s->stream, LOOP_OUT); /* `closed` comes from the loop */
            return;
        }
        s->blocked_len = n == 0 ? len : 0;
        if (n == 0)
            break;
        s->out_pos += (gsize)n;
        s->has_progress = TRUE;
    }
    if (s->out_pos == s->out->len) {
        g_string_truncate(s->out, 0);
        s->out_pos = 0;
    }
    if (!s->is_over)
        stream_want(s->stream, LOOP_IN | (s->out->len > 0 ? LOOP_OUT : 0));
}

static void put_line(struct imap_session *s, const char *line)
{
    g_string_append(s->out, line);
    show(s, '>', line);
    g_string_append(s->out, "\r\n");
    s->has_progress = TRUE;
    flush(s);
}

void imap_say(struct imap_session *s, const char *line)
{
    guint32 random[2];
    crypto_random(random, sizeof random);
    g_snprintf(s->tag, sizeof s->tag, "c%08x%04x", random[0], random[1] & 0xffff);
    g_autofree char *tagged = g_strconcat(s->tag, " ", line, NULL);
    put_line(s, tagged);
}

void imap_say_done(struct imap_session *s)
{
    if (s->has_said_done)
        return;
    s->has_said_done = TRUE;
    put_line(s, "DONE");
}

void imap_tell(struct imap_session *s, enum imap_status status, const char *text)
{
    g_autofree char *safe = text_safe(text, -1, SHOWN_CHARS);
    g_autofree char *code = imap_wire_code(text);
    struct imap_result r = {
        .command = s->command,
        .status = status,
        .text = safe,
        .code = code,
        .n_done = (guint)s->set_begin,
        .is_only_marked = s->is_only_marked,
        .size = s->fetch.size,
        /* RFC822.SIZE is a guess with some servers: what came counts first. */
        .is_cut = s->command == IMAP_FETCH && s->fetch.n_given >= s->fetch.max_bytes &&
                  s->fetch.size > (gint64)s->fetch.n_given,
    };
    s->is_busy = FALSE;
    s->tag[0] = '\0';
    s->handler.done(s, &r, s->data);
}

/* ---- receiving ---- */

static void on_bye(struct imap_session *s, const char *text)
{
    g_free(s->bye);
    s->bye = text_safe(text, -1, SHOWN_CHARS);
}

static void on_stranger(struct imap_session *s, const char *line)
{
    g_autofree char *safe = text_safe(line, -1, 100);
    imap_end(s, g_error_new(CRIER_ERROR, CRIER_ERROR_FAILED,
                            _("the server answers what was not asked: “%s”"), safe));
}

static void on_tagged(struct imap_session *s, const char *text)
{
    static const struct {
        const char *word;
        enum imap_status status;
    } rows[] = {{"OK", IMAP_OK}, {"NO", IMAP_NO}, {"BAD", IMAP_BAD}};
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        gsize n = strlen(rows[i].word);
        if (g_ascii_strncasecmp(text, rows[i].word, n) == 0 &&
            (text[n] == ' ' || text[n] == '\0')) {
            imap_on_tagged(s, rows[i].status, text + n + (text[n] == ' '));
            return;
        }
    }
    on_stranger(s, text);
}

static void on_continuation(struct imap_session *s, const char *line)
{
    if (!s->is_busy || s->command != IMAP_IDLE || s->is_idling) {
        on_stranger(s, line);
        return;
    }
    s->is_idling = TRUE;
    if (s->wants_idle_end)
        imap_say_done(s);
}

static void on_line(struct imap_session *s, const char *line)
{
    gsize n = strlen(s->tag);
    show(s, '<', line);
    if (line[0] == '*' && line[1] == ' ') {
        if (g_ascii_strncasecmp(line + 2, "BYE", 3) == 0)
            on_bye(s, line + (line[5] == ' ' ? 6 : 5));
        else
            imap_on_untagged(s, line);
    } else if (s->out->len > 0) {
        on_stranger(s, line); /* what it answers has not even left */
    } else if (line[0] == '+') {
        on_continuation(s, line);
    } else if (s->is_busy && n > 0 && strncmp(line, s->tag, n) == 0 && line[n] == ' ') {
        on_tagged(s, line + n + 1);
    } else {
        on_stranger(s, line);
    }
}

static void take_bytes(struct imap_session *s, const char *data, gsize len)
{
    while (len > 0 && !s->is_over && !s->is_freed) {
        struct imap_piece p;
        gsize used = imap_reader_take(&s->reader, data, len, &p);
        data += used;
        len -= used;
        if (p.kind == IMAP_PIECE_BODY)
            imap_on_body(s, &p);
        else if (p.kind == IMAP_PIECE_LINE)
            on_line(s, p.data);
        else if (p.kind == IMAP_PIECE_BAD)
            imap_end(s, new_error(p.why));
    }
}

static void receive(struct imap_session *s)
{
    char buffer[IN_BYTES];
    gssize n;
    do {
        GError *error = NULL;
        n = stream_recv(s->stream, buffer, sizeof buffer, &error);
        if (n > 0) {
            s->has_progress = TRUE;
            take_bytes(s, buffer, (gsize)n);
        } else if (n < 0) {
            gboolean is_wanted = s->is_asked_to_end;
            if (is_wanted || n == -2 || s->bye)
                g_clear_error(&error);
            imap_end(s, is_wanted ? NULL : error ? error : new_lost_error(s));
        }
    } while (n == (gssize)sizeof buffer && !s->is_over && !s->is_freed);
}

void imap_ready(struct imap_session *s, unsigned loop_events)
{
    if (s->is_closed)
        return;
    s->depth++;
    if ((loop_events & LOOP_OUT) && !s->is_over)
        flush(s);
    if ((loop_events & (LOOP_IN | LOOP_HUP)) && !s->is_over && !s->is_freed)
        receive(s);
    leave(s);
}

static void on_patience_lost(struct imap_session *s, int limit_s)
{
    g_autofree char *span = clock_format_span(limit_s);
    imap_end(s, s->is_asked_to_end ? NULL
                                   : g_error_new(CRIER_ERROR, CRIER_ERROR_FAILED,
                                                 _("no answer to %s within %s"),
                                                 imap_command_name(s->command), span));
}

void imap_tick(struct imap_session *s, gint64 now_mono_us)
{
    if (s->is_closed)
        return;
    s->depth++;
    int limit_s = s->is_asked_to_end ? IMAP_LOGOUT_TIMEOUT_S : IMAP_TIMEOUT_S;
    gboolean is_owed = s->is_busy && !(s->is_idling && !s->has_said_done);
    if (s->is_idling && s->idle_since_us == 0)
        s->idle_since_us = now_mono_us;
    if (s->is_idling && !s->has_said_done &&
        now_mono_us - s->idle_since_us >= IMAP_IDLE_RENEW_S * CLOCK_SECOND_US)
        imap_say_done(s);
    if (s->has_progress || !is_owed)
        s->since_us = now_mono_us;
    else if (now_mono_us - s->since_us >= limit_s * CLOCK_SECOND_US)
        on_patience_lost(s, limit_s);
    s->has_progress = FALSE;
    leave(s);
}

/* ---- life ---- */

struct imap_session *imap_new(struct stream *stream, const struct imap_handler *h, void *data)
{
    struct imap_session *s = g_new0(struct imap_session, 1);
    s->stream = stream;
    s->handler = *h;
    s->data = data;
    s->uids = g_array_new(FALSE, FALSE, sizeof(guint32));
    s->search.found = g_array_new(FALSE, FALSE, sizeof(guint32));
    s->out = g_string_new(NULL);
    s->fetch.size = -1;
    imap_reader_init(&s->reader);
    g_autofree char *line = g_strconcat("* CAPABILITY ", stream_capabilities(stream), NULL);
    imap_on_untagged(s, line);
    return s;
}

void imap_free(struct imap_session *s)
{
    if (!s)
        return;
    s->is_freed = TRUE;
    if (s->depth == 0)
        destroy(s);
}

gboolean imap_is_idle(const struct imap_session *s)
{
    return !s->is_busy && !s->is_over && !s->is_asked_to_end;
}

const struct imap_features *imap_get_features(const struct imap_session *s)
{
    return &s->features;
}

const struct imap_folder *imap_get_folder(const struct imap_session *s)
{
    return &s->folder;
}
