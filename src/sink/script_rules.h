/*
 * The insides of a script, shared by its parser (script_parse.c) and its decisions (script.c).
 * Nobody else includes this.
 */
#ifndef CRIER_SINK_SCRIPT_RULES_H
#define CRIER_SINK_SCRIPT_RULES_H

#include "sink/script.h"

enum script_selector { SELECT_RCPT, SELECT_NTH, SELECT_EVERY, SELECT_SHARE, SELECT_GREYLIST };

struct script_rule {
    enum script_selector selector;
    enum sink_phase phase;
    enum sink_action action;
    gboolean is_once;
    char *pattern; /* owned; NULL where the selector has none */
    gint64 number; /* nth, every: N; greylist: microseconds, 0 for once; share: per million */
    int code;
    char *text; /* owned */
    gint64 delay_ms;
    GHashTable *seen; /* recipient -> gint64 first seen; for once and greylist */
};

struct script {
    GPtrArray *rules; /* of struct script_rule, owned */
    guint64 seed;
    gint64 counts[SINK_PHASE_COUNT];
};

#endif
