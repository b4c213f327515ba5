/*
 * What a piece of text about ONE failed recipient means: which reason, whether the address is
 * dead (hard) or not (soft), whose fault it is, and the enhanced status code that says it best.
 * Tables of phrases and codes only. Finding the recipients in a mail and cutting out their text
 * is src/inbound's, what follows from the verdict app/evidence.c's.
 */
#ifndef CRIER_MODEL_BOUNCE_H
#define CRIER_MODEL_BOUNCE_H

#include <glib.h>

#include "model/reply.h"

enum mail_kind {
    MAIL_OTHER,
    MAIL_BOUNCE,      /* final: it was not delivered */
    MAIL_DELAYED,     /* still being tried */
    MAIL_COMPLAINT,   /* a feedback loop's report: somebody pressed "this is spam" */
    MAIL_AUTOREPLY,   /* out of office and the like */
    MAIL_UNSUBSCRIBE, /* somebody wants no more */
    MAIL_SUCCESS,     /* a delivery notice that says it arrived */
    MAIL_CHALLENGE,   /* "prove that you are a person" */
    MAIL_REPLY,       /* a person wrote back */
    MAIL_RECEIPT,     /* a read receipt (RFC 8098) */
    MAIL_KIND_COUNT
};
const char *mail_kind_name(enum mail_kind k);  /* "bounce" … for programs */
const char *mail_kind_label(enum mail_kind k); /* untranslated: pass it through _() */
gboolean mail_kind_parse(const char *name, enum mail_kind *ret_kind);

enum bounce_class {
    BOUNCE_NONE, /* says nothing against the address */
    BOUNCE_SOFT, /* counted; the address may work again */
    BOUNCE_HARD, /* the address is dead: never mailed again */
    BOUNCE_CLASS_COUNT
};
const char *bounce_class_name(enum bounce_class c);  /* "none" "soft" "hard" */
const char *bounce_class_label(enum bounce_class c); /* untranslated */
gboolean bounce_class_parse(const char *name, enum bounce_class *ret_class);

enum bounce_fault {
    FAULT_OF_NOBODY,   /* not known */
    FAULT_OF_ADDRESS,  /* the person's address or mailbox */
    FAULT_OF_RECEIVER, /* their provider, or the way to it */
    FAULT_OF_US, /* we, our server, our name or what we wrote: never held against a person */
    FAULT_OF_COUNT
};
const char *bounce_fault_name(enum bounce_fault f);  /* "nobody" "address" "receiver" "us" */
const char *bounce_fault_label(enum bounce_fault f); /* untranslated */

enum bounce_reason {
    BOUNCE_UNKNOWN,
    BOUNCE_USER_UNKNOWN,
    BOUNCE_HOST_UNKNOWN,
    BOUNCE_NO_MAIL, /* the domain takes no mail at all: null MX, RFC 7505 */
    BOUNCE_BAD_ADDRESS,
    BOUNCE_DISABLED,
    BOUNCE_SUSPENDED,
    BOUNCE_MOVED,
    BOUNCE_MAILBOX_FULL,
    BOUNCE_FILTERED, /* the recipient's own settings turn us away */
    BOUNCE_NOT_ALLOWED,
    BOUNCE_TOO_LARGE,
    BOUNCE_SPAM,
    BOUNCE_VIRUS,
    BOUNCE_CONTENT,
    BOUNCE_BLOCKED,
    BOUNCE_REVERSE_DNS,
    BOUNCE_AUTH,
    BOUNCE_POLICY,
    BOUNCE_SENDER_REFUSED,
    BOUNCE_RATE,
    BOUNCE_GREYLISTED,
    BOUNCE_EXPIRED,
    BOUNCE_NETWORK,
    BOUNCE_LOOP,
    BOUNCE_RELAY,
    BOUNCE_TLS,
    BOUNCE_SYSTEM,
    BOUNCE_SYNTAX,
    BOUNCE_REASON_COUNT
};
struct bounce_reason_row {
    const char *name; /* "user-unknown": for programs, files and the database */
    enum bounce_class class;
    enum bounce_fault fault;
    const char *help; /* one plain sentence, untranslated: pass it through _() */
};
/* Never NULL; `r` out of range gives that of BOUNCE_UNKNOWN. */
const struct bounce_reason_row *bounce_reason_row(enum bounce_reason r);
gboolean bounce_reason_parse(const char *name, enum bounce_reason *ret_reason);

#define BOUNCE_TEXT_MAX_BYTES (16 * 1024) /* what is read of a text: its beginning */
#define BOUNCE_STATUS_BYTES 16

/*
 * What is known about one recipient. Texts are as decoded; broken UTF-8, NULs and any length do
 * no harm. Everything but the texts may be left out.
 */
struct bounce_facts {
    const char *text;   /* what the receiving server said about this recipient: the DSN's
                           Diagnostic-Code, the lines beneath the address; NULL: nothing */
    gsize text_len;     /* 0: up to the NUL */
    const char *around; /* the notice's other words, without the returned message: asked when
                           `text` says nothing; NULL: nothing */
    gsize around_len;   /* 0: up to the NUL */
    const char *status; /* the DSN's Status; NULL: none */
    const char *action; /* the DSN's Action; NULL: none */
    int phase;          /* enum reply_phase that the refusal answered; -1: as the text says */
    int code;           /* three digits of the reply; 0: as the text says */
};

struct bounce_verdict {
    char status[BOUNCE_STATUS_BYTES]; /* "5.1.1": the DSN's, the best that was said, or the
                                         reason's own; "": none */
    enum bounce_class class;
    enum bounce_reason reason;
    enum bounce_fault fault;
    const char *rule; /* what decided: a phrase of the tables, "status 5.1.1", "code 550"; a
                         user rule's id. Borrowed from the tables or from the rules */
};

/* Rules of the user's own, asked before the tables, in the order they were added. */
#define BOUNCE_RULES_MAX 500
#define BOUNCE_PATTERN_MAX_BYTES 500
struct bounce_rules;
struct bounce_rules *bounce_rules_new(void);
void bounce_rules_free(struct bounce_rules *rules);
/*
 * `pattern`: a regular expression (PCRE), small and capital letters alike, looked for in the
 * text in one line. `class`: BOUNCE_CLASS_COUNT for the reason's own. A pattern that takes too
 * long on a text does not fit it. FALSE: not a regular expression, or too long, or too many.
 */
gboolean bounce_rules_add(struct bounce_rules *rules, const char *id, const char *pattern,
                          enum bounce_reason reason, enum bounce_class class, GError **error);
/* A pattern for a person to keep: it must not fit every text, nor take too long on one. That it
 * is a regular expression is asked by bounce_rules_add(). */
gboolean bounce_rules_check(const char *pattern, GError **error);
/* Whether any rule fits. */
gboolean bounce_rules_fit(const struct bounce_rules *rules, const char *text, gsize len);
gsize bounce_rules_count(const struct bounce_rules *rules);

/* `rules`: NULL: none. Never fails. */
void bounce_judge(const struct bounce_facts *f, const struct bounce_rules *rules,
                  struct bounce_verdict *ret);

/* Whether the text holds plain words of a server that refuses a mail. */
gboolean bounce_text_fails(const char *text, gsize len);

#endif
