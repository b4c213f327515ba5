/*
 * One POP3 session: sends a command, gathers its answer, tells the owner. What the octets of an
 * answer mean is pop3_wire.c's business, how the connection came up stream.c's. It never
 * decides which mail is read or deleted.
 */
#include "config.h"

#include "net/pop3.h"

#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/i18n.h"
#include "base/loop.h"
#include "base/text.h"

#define IN_BYTES 16384
#define UIDS_BLOCK 16384
#define OUT_BYTES 64 /* "TOP", two numbers of up to 19 digits, CR LF */
#define SAID_MAX 300 /* characters of the server's words in an error */

enum { ARGUMENT_NONE, ARGUMENT_NUMBER, ARGUMENT_NUMBER_LINES };

static const struct {
    const char *name;
    enum pop3_shape shape;
    int arguments;
    int timeout_s;
} commands[POP3_COMMAND_COUNT] = {
    [POP3_CAPA] = {"CAPA", POP3_SHAPE_LINES, ARGUMENT_NONE, POP3_ANSWER_TIMEOUT_S},
    [POP3_STAT] = {"STAT", POP3_SHAPE_STATUS, ARGUMENT_NONE, POP3_ANSWER_TIMEOUT_S},
    [POP3_UIDL] = {"UIDL", POP3_SHAPE_LINES, ARGUMENT_NONE, POP3_ANSWER_TIMEOUT_S},
    [POP3_LIST] = {"LIST", POP3_SHAPE_LINES, ARGUMENT_NONE, POP3_ANSWER_TIMEOUT_S},
    [POP3_RETR] = {"RETR", POP3_SHAPE_MESSAGE, ARGUMENT_NUMBER, POP3_ANSWER_TIMEOUT_S},
    [POP3_TOP] = {"TOP", POP3_SHAPE_MESSAGE, ARGUMENT_NUMBER_LINES, POP3_ANSWER_TIMEOUT_S},
    [POP3_DELE] = {"DELE", POP3_SHAPE_STATUS, ARGUMENT_NUMBER, POP3_ANSWER_TIMEOUT_S},
    [POP3_RSET] = {"RSET", POP3_SHAPE_STATUS, ARGUMENT_NONE, POP3_ANSWER_TIMEOUT_S},
    [POP3_NOOP] = {"NOOP", POP3_SHAPE_STATUS, ARGUMENT_NONE, POP3_ANSWER_TIMEOUT_S},
    [POP3_QUIT] = {"QUIT", POP3_SHAPE_STATUS, ARGUMENT_NONE, POP3_QUIT_TIMEOUT_S},
};

/* What an answer is made of beside its status line and a message. */
struct gathered {
    GArray *items;      /* owned; struct pop3_item */
    GStringChunk *uids; /* owned; NULL while there are none */
    guint64 n_unread;
    struct pop3_capabilities capabilities;
};

enum pop3_state { STATE_IDLE, STATE_ASKED, STATE_OVER };

struct pop3_session {
    struct stream *stream; /* owned */
    struct pop3_handler handler;
    void *data;
    enum pop3_state state;
    struct pop3_ask ask; /* in hand while has_ask */
    gboolean has_ask;    /* its result is owed */

    struct pop3_reader reader;
    gsize in_left; /* octets received behind the answer that is being handled */
    struct gathered gathered;
    gint64 n_marked;

    char out[OUT_BYTES];
    gsize out_pos, out_end;
    gboolean wants_out;

    guint64 progress;      /* moves whenever the peer or the kernel took or gave something */
    guint64 seen_progress; /* what pop3_tick() saw last */
    gint64 since_us;

    GError *why;        /* owned */
    gboolean is_closed; /* `closed` was called */
    int depth;          /* within pop3_ready() or pop3_tick() */
    gboolean is_freed;
};

const char *pop3_command_name(enum pop3_command c)
{
    return commands[c].name;
}

static void gathered_init(struct gathered *g)
{
    memset(g, 0, sizeof *g);
    g->items = g_array_new(FALSE, FALSE, sizeof(struct pop3_item));
}

static void gathered_clear(struct gathered *g)
{
    g_array_free(g->items, TRUE);
    if (g->uids)
        g_string_chunk_free(g->uids);
    pop3_capabilities_clear(&g->capabilities);
}

/* --- the end of a session ----------------------------------------------------------------- */

/* Nothing more is sent or read. The owner hears of it when pop3_ready() or pop3_tick() ends;
 * the descriptor is writable or broken then, so that the loop comes back at once. Takes `why`.
 */
static void end(struct pop3_session *s, GError *why)
{
    if (s->state == STATE_OVER) {
        g_clear_error(&why);
        return;
    }
    s->state = STATE_OVER;
    s->why = why;
    if (s->depth == 0)
        stream_want(s->stream, LOOP_IN | LOOP_OUT);
}

static GError *new_error(const char *text)
{
    return g_error_new_literal(CRIER_ERROR, CRIER_ERROR_FAILED, text);
}

static GError *new_said_error(const char *what, const char *said)
{
    g_autofree char *safe = text_safe(said, -1, SAID_MAX);
    return g_error_new(CRIER_ERROR, CRIER_ERROR_FAILED, "%s: %s", what, safe);
}

static void destroy(struct pop3_session *s)
{
    stream_free(s->stream);
    pop3_reader_clear(&s->reader);
    gathered_clear(&s->gathered);
    g_clear_error(&s->why);
    g_free(s);
}

static void tell(struct pop3_session *s, const struct pop3_result *r)
{
    s->has_ask = FALSE;
    s->handler.result(s, r, s->data);
}

static void enter(struct pop3_session *s)
{
    s->depth++;
}

static void leave(struct pop3_session *s)
{
    if (s->depth == 1 && s->state == STATE_OVER && !s->is_closed && !s->is_freed) {
        if (s->has_ask) {
            struct pop3_result lost = {.command = s->ask.command,
                                       .number = s->ask.number,
                                       .outcome = POP3_LOST,
                                       .text = ""};
            tell(s, &lost);
        }
        s->is_closed = TRUE;
        if (!s->is_freed)
            s->handler.closed(s, s->why, s->data);
        /* An owner that frees later must not be woken again and again by a broken socket. */
        g_clear_pointer(&s->stream, stream_free);
    }
    if (--s->depth == 0 && s->is_freed)
        destroy(s);
}

/* --- answers ------------------------------------------------------------------------------ */

static void show(struct pop3_session *s, char direction, const char *prefix, const char *text)
{
    if (!s->handler.line)
        return;
    g_autofree char *safe = text_safe(text, -1, 0);
    g_autofree char *line = g_strconcat(prefix, prefix[0] && safe[0] ? " " : "", safe, NULL);
    s->handler.line(s, direction, line, s->data);
}

static void add_item(struct gathered *g, gboolean is_read, struct pop3_item item)
{
    if (!is_read || g->items->len >= POP3_ITEMS_MAX) {
        g->n_unread++;
        return;
    }
    if (item.uid && !g->uids)
        g->uids = g_string_chunk_new(UIDS_BLOCK);
    if (item.uid)
        item.uid = g_string_chunk_insert(g->uids, item.uid);
    g_array_append_val(g->items, item);
}

static void on_line(const char *line, void *data)
{
    struct pop3_session *s = data;
    struct pop3_item item = {0};
    s->progress++;
    if (s->ask.command == POP3_CAPA) {
        show(s, '<', "", line);
        pop3_capabilities_add(&s->gathered.capabilities, line);
    } else if (s->ask.command == POP3_UIDL) {
        add_item(&s->gathered, pop3_parse_uidl(line, &item.number, &item.uid), item);
    } else {
        add_item(&s->gathered, pop3_parse_list(line, &item.number, &item.bytes), item);
    }
}

/* What +OK means for what the session knows. */
static void settle_ok(struct pop3_session *s, struct pop3_result *r)
{
    if (r->command == POP3_DELE)
        s->n_marked++;
    else if (r->command == POP3_RSET)
        s->n_marked = 0;
    else if (r->command == POP3_QUIT)
        r->n_deleted = s->n_marked;
    else if (r->command == POP3_STAT && !pop3_parse_stat(r->text, &r->n_messages, &r->n_bytes))
        end(s, new_said_error(_("the server's answer to STAT has no numbers"), r->text));
}

static struct pop3_result make_result(const struct pop3_ask *ask,
                                      const struct pop3_reader *reader,
                                      const struct gathered *g)
{
    struct pop3_result r = {.command = ask->command,
                            .number = ask->number,
                            .outcome = reader->is_ok ? POP3_OK : POP3_REFUSED,
                            .text = reader->text};
    if (!reader->is_ok) {
        r.code = pop3_code_parse(reader->text);
        return r;
    }
    r.items = (const struct pop3_item *)(const void *)g->items->data;
    r.n_items = g->items->len;
    r.n_unread = g->n_unread + reader->n_unread;
    r.capabilities = ask->command == POP3_CAPA ? &g->capabilities : NULL;
    r.is_cut = reader->is_cut;
    if (reader->message) {
        r.message = reader->message->str;
        r.message_len = reader->message->len;
        r.message_bytes = (gint64)reader->n_octets;
    }
    return r;
}

/* The answer is whole. Octets behind it that nothing asked for would be taken for the next
 * answer, and the wrong mail for the one that was asked for: the session must end. */
static void on_answer(struct pop3_session *s)
{
    /* Taken out: the owner may ask for the next from within its result. */
    struct pop3_reader reader = s->reader;
    struct gathered gathered = s->gathered;
    pop3_reader_init(&s->reader);
    gathered_init(&s->gathered);
    struct pop3_result r = make_result(&s->ask, &reader, &gathered);
    s->state = STATE_IDLE;
    if (reader.is_ok)
        settle_ok(s, &r);
    gboolean is_answer = s->state == STATE_IDLE; /* otherwise the result is POP3_LOST */
    if (is_answer && s->ask.command == POP3_QUIT)
        end(s, NULL);
    else if (is_answer && s->in_left > 0)
        end(s, new_error(_("the server said something that was not asked for")));
    if (is_answer)
        tell(s, &r);
    pop3_reader_clear(&reader);
    gathered_clear(&gathered);
}

/* A server that is about to close may say why. */
static void on_unasked(struct pop3_session *s)
{
    if (s->reader.is_ok)
        end(s, new_error(_("the server said something that was not asked for")));
    else
        end(s, new_said_error(_("the server closes the connection"), s->reader.text));
}

static void take_bytes(struct pop3_session *s, const char *data, gsize len)
{
    while (len > 0 && s->state != STATE_OVER && !s->is_freed) {
        gboolean was_status = s->reader.reading == POP3_READING_STATUS;
        gboolean done = FALSE;
        GError *error = NULL;
        if (s->state == STATE_IDLE && !was_status) {
            pop3_reader_begin(&s->reader, POP3_SHAPE_STATUS, 0, NULL, NULL);
            was_status = TRUE;
        }
        gssize used = pop3_reader_feed(&s->reader, data, len, &done, &error);
        if (used < 0) {
            end(s, error);
            return;
        }
        if (was_status && s->reader.text)
            show(s, '<', s->reader.is_ok ? "+OK" : "-ERR", s->reader.text);
        s->progress++;
        data += used;
        len -= (gsize)used;
        s->in_left = len;
        if (done && s->state == STATE_IDLE)
            on_unasked(s);
        else if (done)
            on_answer(s);
    }
    s->in_left = 0;
}

static void receive(struct pop3_session *s)
{
    char buffer[IN_BYTES];
    gssize n;
    do {
        GError *error = NULL;
        n = stream_recv(s->stream, buffer, sizeof buffer, &error);
        if (n == -2)
            error = new_error(_("the server closed the connection"));
        if (n < 0)
            end(s, error);
        if (n > 0)
            take_bytes(s, buffer, (gsize)n);
    } while (n == (gssize)sizeof buffer && s->state != STATE_OVER && !s->is_freed);
}

/* --- commands ----------------------------------------------------------------------------- */

static void flush(struct pop3_session *s)
{
    while (s->out_pos < s->out_end) {
        GError *error = NULL;
        gssize n = stream_send(s->stream, s->out + s->out_pos, s->out_end - s->out_pos, &error);
        if (n < 0) {
            end(s, error);
            return;
        }
        if (n == 0) {
            s->wants_out = TRUE;
            stream_want(s->stream, LOOP_IN | LOOP_OUT);
            return;
        }
        s->out_pos += (gsize)n;
        s->progress++;
    }
    if (s->wants_out) {
        s->wants_out = FALSE;
        stream_want(s->stream, LOOP_IN);
    }
}

static void say(struct pop3_session *s)
{
    const char *name = commands[s->ask.command].name;
    char line[OUT_BYTES - 2];
    switch (commands[s->ask.command].arguments) {
    case ARGUMENT_NUMBER_LINES:
        g_snprintf(line, sizeof line, "%s %" G_GINT64_FORMAT " %" G_GINT64_FORMAT, name,
                   s->ask.number, s->ask.n_lines);
        break;
    case ARGUMENT_NUMBER:
        g_snprintf(line, sizeof line, "%s %" G_GINT64_FORMAT, name, s->ask.number);
        break;
    default:
        g_snprintf(line, sizeof line, "%s", name);
    }
    show(s, '>', "", line);
    s->out_pos = 0;
    s->out_end = (gsize)g_snprintf(s->out, sizeof s->out, "%s\r\n", line);
    flush(s);
}

/* What the server said already must not be taken for the answer: all there was has to be read
 * just now. From within a result it is, but for what lies behind a full buffer or in TLS. */
static void look_before_use(struct pop3_session *s)
{
    if (stream_is_read(s->stream))
        return;
    enter(s);
    receive(s);
    s->depth--; /* not leave(): the callbacks come from the loop */
    if (s->depth == 0 && s->state == STATE_OVER)
        stream_want(s->stream, LOOP_IN | LOOP_OUT);
}

gboolean pop3_ask(struct pop3_session *s, const struct pop3_ask *ask, GError **error)
{
    g_assert(commands[ask->command].arguments == ARGUMENT_NONE || ask->number > 0);
    if (!pop3_is_idle(s)) {
        g_set_error_literal(error, CRIER_ERROR, CRIER_ERROR_TRY_AGAIN,
                            _("the connection is busy or closing"));
        return FALSE;
    }
    look_before_use(s);
    s->ask = *ask;
    s->has_ask = TRUE;
    if (s->state == STATE_IDLE && s->reader.reading == POP3_READING_STATUS)
        end(s, new_error(_("the server said something that was not asked for")));
    if (s->state == STATE_OVER)
        return TRUE;
    pop3_reader_begin(&s->reader, commands[ask->command].shape, ask->max_bytes, on_line, s);
    s->state = STATE_ASKED;
    s->progress++;
    say(s);
    return TRUE;
}

/* --- what the owner asks for -------------------------------------------------------------- */

struct pop3_session *pop3_new(struct stream *stream, const struct pop3_handler *h, void *data)
{
    struct pop3_session *s = g_new0(struct pop3_session, 1);
    s->stream = stream;
    s->handler = *h;
    s->data = data;
    gathered_init(&s->gathered);
    pop3_reader_init(&s->reader);
    return s;
}

void pop3_free(struct pop3_session *s)
{
    if (!s)
        return;
    s->is_freed = TRUE;
    if (s->depth == 0)
        destroy(s);
}

gboolean pop3_is_idle(const struct pop3_session *s)
{
    return s->state == STATE_IDLE;
}

gint64 pop3_count_marked(const struct pop3_session *s)
{
    return s->n_marked;
}

void pop3_ready(struct pop3_session *s, unsigned loop_events)
{
    if (s->is_closed)
        return;
    enter(s);
    if ((loop_events & LOOP_OUT) && s->wants_out && s->state != STATE_OVER)
        flush(s);
    if ((loop_events & (LOOP_IN | LOOP_HUP)) && s->state != STATE_OVER && !s->is_freed)
        receive(s);
    leave(s);
}

void pop3_tick(struct pop3_session *s, gint64 now_mono_us)
{
    if (s->is_closed)
        return;
    enter(s);
    int limit_s = s->state == STATE_ASKED ? commands[s->ask.command].timeout_s : 0;
    if (s->progress != s->seen_progress) {
        s->seen_progress = s->progress;
        s->since_us = now_mono_us;
    } else if (limit_s > 0 && now_mono_us - s->since_us >= limit_s * CLOCK_SECOND_US) {
        g_autofree char *span = clock_format_span(limit_s);
        end(s, g_error_new(CRIER_ERROR, CRIER_ERROR_FAILED, _("no answer to %s within %s"),
                           commands[s->ask.command].name, span));
    }
    leave(s);
}
