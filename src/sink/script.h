/*
 * The script of `crier sink`: rules that say, per recipient or per nth event, what goes wrong.
 */
#ifndef CRIER_SINK_SCRIPT_H
#define CRIER_SINK_SCRIPT_H

#include <glib.h>

enum sink_phase {
    SINK_CONNECT, /* instead of the greeting */
    SINK_EHLO,
    SINK_MAIL,
    SINK_RCPT,
    SINK_DATA, /* instead of 354 */
    SINK_DOT,  /* instead of the final reply */
    SINK_PHASE_COUNT
};

enum sink_action {
    SINK_PASS, /* no rule fits */
    SINK_REFUSE,
    SINK_DEFER,
    SINK_DELAY,
    SINK_DROP_BEFORE_DOT,
    SINK_DROP,
    SINK_HALF_REPLY,
    SINK_SWALLOW,
    SINK_JUNK,
    SINK_CODE421,
    SINK_CLOSE, /* answer as usual, then close */
    SINK_ACTION_COUNT
};

struct sink_verdict {
    enum sink_action action; /* never SINK_DELAY: that is in delay_ms and adds up */
    int code;                /* for refuse and defer */
    const char *text;        /* for refuse and defer; borrowed from the script */
    gint64 delay_ms;
};

#define SCRIPT_MAX_BYTES (1024 * 1024)
#define SCRIPT_MAX_RULES 1000
#define SCRIPT_MAX_SEEN 4000000 /* recipients remembered by one rule */
#define SCRIPT_MAX_DELAY_MS (3600 * 1000)

struct script;

struct script *script_new(void); /* without rules */
/* `name` stands in errors, which read "NAME:LINE: what". */
struct script *script_parse(const char *text, gsize len, const char *name, GError **error);
void script_free(struct script *s); /* NULL is fine */

/*
 * Counts one event of `phase` and says what happens to it. `keys` are what patterns and shares
 * look at: the recipients at rcpt, data and dot; the sender at mail; the connection's number
 * before that. The first rule that fits decides; delays before it add up.
 */
struct sink_verdict script_decide(struct script *s, enum sink_phase phase,
                                  const char *const *keys, gsize n_keys, gint64 now_us);

/* The format in words, for --help. Translated, borrowed. */
const char *script_help(void);
const char *script_phase_name(enum sink_phase phase);

/* True when `text` fits `pattern` (* and ?, ASCII letters in any case). */
gboolean script_glob(const char *pattern, const char *text);

#endif
