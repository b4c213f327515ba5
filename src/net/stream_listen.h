/*
 * Inside net/ only: what a line of an IMAP or POP3 server means while a connection comes up,
 * said as the SMTP reply code for the same thing, so that faults have one table. Pure.
 */
#ifndef CRIER_NET_STREAM_LISTEN_H
#define CRIER_NET_STREAM_LISTEN_H

#include "net/stream_talk.h"

/* Notes a line without its end; its code: 220 and 554 a greeting, 250 done, 334 a challenge,
 * 235, 454 and 535 a login's verdict, 502 and 454 another refusal, 421 a goodbye. 0: it says
 * nothing of that kind. */
int stream_listen_imap(struct stream_talk *t, const char *line, gsize len);
int stream_listen_pop3(struct stream_talk *t, const char *line, gsize len);

#endif
