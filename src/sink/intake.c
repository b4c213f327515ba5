/*
 * Takes in one message. Works on whole blocks: the only thing searched for is CRLF followed by
 * a dot, so a block without one is passed on in a single piece. Replies and verdicts are made
 * elsewhere (smtpd.c).
 */
#include "config.h"

#include "sink/intake.h"

#include <string.h>

#define ID_FIELD "message-id:"

void intake_begin(struct intake *in, struct maildir *maildir, gint64 seq, gint64 max_bytes,
                  gboolean wants_head)
{
    intake_clear(in);
    in->max_bytes = max_bytes;
    in->is_line_start = TRUE;
    in->wants_head = wants_head;
    if (maildir) {
        in->file = maildir_begin(maildir, seq, &in->error);
        if (in->file)
            in->sum = g_checksum_new(G_CHECKSUM_SHA256);
    }
}

void intake_add(struct intake *in, const char *data, gsize len)
{
    if (!len)
        return;
    if (in->wants_head && in->bytes < INTAKE_MAX_HEAD) {
        if (!in->head)
            in->head = g_string_sized_new(4096);
        g_string_append_len(in->head, data,
                            (gssize)MIN(len, (gsize)(INTAKE_MAX_HEAD - in->bytes)));
    }
    in->bytes += (gint64)len;
    if (in->bytes > in->max_bytes)
        in->is_too_big = TRUE;
    if (!in->file || in->error || in->is_too_big)
        return;
    g_checksum_update(in->sum, (const guchar *)data, (gssize)len);
    maildir_write(in->file, data, len, &in->error);
}

/* At a line's beginning: how many octets to skip (a stuffed dot), -1 to wait for more. */
static int skip_dot(const char *p, gsize len, gboolean *ret_is_end)
{
    if (p[0] != '.')
        return 0;
    if (len >= 3 && p[1] == '\r' && p[2] == '\n') {
        *ret_is_end = TRUE;
        return 3;
    }
    if (len == 1 || (len == 2 && p[1] == '\r'))
        return -1;
    return 1;
}

gsize intake_add_dotted(struct intake *in, const char *data, gsize len, gboolean *ret_is_end)
{
    gsize pos = 0;
    *ret_is_end = FALSE;
    while (pos < len) {
        if (in->is_line_start) {
            int skip = skip_dot(data + pos, len - pos, ret_is_end);
            if (skip < 0)
                return pos;
            pos += (gsize)skip;
            if (*ret_is_end)
                return pos;
            in->is_line_start = FALSE;
            continue;
        }
        const char *dot = memmem(data + pos, len - pos, "\r\n.", 3);
        gsize end = len;
        if (dot) {
            end = (gsize)(dot - data) + 2;
            in->is_line_start = TRUE;
        } else if (data[len - 1] == '\r') {
            end--; /* its LF, and perhaps the dot, are still to come */
        } else if (len - pos >= 2 && data[len - 2] == '\r' && data[len - 1] == '\n') {
            in->is_line_start = TRUE;
        }
        intake_add(in, data + pos, end - pos);
        pos = end;
        if (!dot)
            break;
    }
    return pos;
}

char *intake_message_id(const struct intake *in)
{
    const char *p = in->head ? in->head->str : NULL;
    while (p && *p && *p != '\r' && *p != '\n') {
        const char *end = strchr(p, '\n');
        if (g_ascii_strncasecmp(p, ID_FIELD, strlen(ID_FIELD)) == 0) {
            const char *value = p + strlen(ID_FIELD);
            value += strspn(value, " \t");
            if (value[0] == '\r' && value[1] == '\n' && (value[2] == ' ' || value[2] == '\t'))
                value += 2 + strspn(value + 2, " \t"); /* folded before the value */
            return g_strndup(value, strcspn(value, " \t\r\n"));
        }
        p = end ? end + 1 : NULL;
    }
    return NULL;
}

void intake_clear(struct intake *in)
{
    maildir_abort(in->file);
    if (in->sum)
        g_checksum_free(in->sum);
    if (in->head)
        g_string_free(in->head, TRUE);
    g_clear_error(&in->error);
    *in = (struct intake){0};
}
