/*
 * Inside the doctor only: what single lines of servers and of letters tell. Pure.
 */
#ifndef CRIER_DOCTOR_HEAR_PRIVATE_H
#define CRIER_DOCTOR_HEAR_PRIVATE_H

#include <glib.h>

#include "net/stream.h"

enum hear_speech {
    HEAR_SMTP,
    HEAR_IMAP,
    HEAR_POP3,
    HEAR_HTTP,
    HEAR_SSH,
    HEAR_FTP,
    HEAR_VNC,
    HEAR_TLS, /* bytes of its handshake or an alert */
    HEAR_OTHER,
    HEAR_COUNT
};
/* By the first line that it says, or the bytes that stand for it. */
enum hear_speech hear_speech(const char *line, gsize len);
/* "a web server"; translated. */
const char *hear_speech_words(enum hear_speech s);
enum hear_speech hear_speech_of(enum stream_protocol protocol);

/* 220 of "220 mx" and "220-mx"; of IMAP and POP3: 220, 421 (not now), 554 (turned away). 0: no
 * reply. */
int hear_code(enum stream_protocol protocol, const char *line);

/* The last address in brackets of "mx Hello us [192.0.2.1]" that is not what we said ourselves
 * as `hello`; NULL: there is none. Caller frees. */
char *hear_seen_as(const char *line, const char *hello);

/* Whether a list of capabilities (as stream_capabilities()) has this word. */
gboolean hear_offers(enum stream_protocol protocol, const char *capabilities, const char *word);
/* "XXXXXXXA" in an EHLO reply: what some firewalls make of words that they do not like. NULL:
 * none. Caller frees. */
char *hear_masked(const char *ehlo);
/* Mechanisms of AUTH (SMTP), AUTH= (IMAP), SASL (POP3), blanks between. Caller frees; "" for
 * none. */
char *hear_mechanisms(enum stream_protocol protocol, const char *capabilities);

/* ---- of letters ---- */

/* The address that a Received field was written for: that of "from x (y [192.0.2.1]) by z";
 * NULL: none. Caller frees. */
char *hear_received_from(const char *value);

#define HEAR_RESULT_BYTES 24
struct hear_verdicts { /* "pass", "fail"…; "": not told */
    char spf[HEAR_RESULT_BYTES], dkim[HEAR_RESULT_BYTES], dmarc[HEAR_RESULT_BYTES];
};
/* An Authentication-Results field (RFC 8601), unfolded. False: nothing of these stands in it.
 */
gboolean hear_verdicts(const char *value, struct hear_verdicts *ret);

#endif
