/*
 * What was said while a connection came up: the server's lines in, its capabilities, the last
 * reply and whether it logged us in out; and the lines of a transcript with secrets masked.
 * Pure. For stream.c.
 */
#ifndef CRIER_NET_STREAM_TALK_H
#define CRIER_NET_STREAM_TALK_H

#include <glib.h>

#include "net/stream.h"

enum stream_speech {
    STREAM_SPEECH_NONE, /* silent so far */
    STREAM_SPEECH_OURS, /* the protocol that we came for */
    STREAM_SPEECH_HTTP,
    STREAM_SPEECH_OTHER,
};

struct stream_talk {
    enum stream_protocol protocol;
    enum stream_speech speech;
    int code;              /* of the last complete reply, 0: none yet; of IMAP and POP3 as
                              stream_listen.h says */
    GString *verbatim;     /* owned; its lines as they came, joined by '\n' */
    GString *text;         /* owned; the same without codes */
    GString *capabilities; /* owned; the text of the last 250 outside a login: EHLO's. IMAP: the
                              words of the last CAPABILITY. POP3: the lines of CAPA */
    gboolean is_complete;  /* the last reply is */
    gboolean is_in_auth;   /* between AUTH and its verdict */
    gboolean has_tried_auth;
    gboolean is_logged_in;              /* 235 was seen */
    gboolean is_asked_list, is_in_list; /* POP3: CAPA was sent; its answer is under way */
    gboolean is_named_only;             /* POP3: USER was sent */
    int n_lines;                        /* in all, bounded */
};

void stream_talk_init(struct stream_talk *t, enum stream_protocol protocol);
void stream_talk_clear(struct stream_talk *t);

/* A line of the server. False when nothing good can follow: it is not the protocol, or
 * endless. */
gboolean stream_talk_received(struct stream_talk *t, const char *line, gsize len);
/* A line of ours. */
void stream_talk_sent(struct stream_talk *t, const char *line, gsize len);

/* The line to show for one that was just noted by the calls above: safe, and without anything
 * that helps to log in. Caller frees. */
char *stream_talk_show_received(const struct stream_talk *t, const char *line, gsize len);
char *stream_talk_show_sent(const struct stream_talk *t, const char *line, gsize len);

#endif
