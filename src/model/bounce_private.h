/*
 * What the files of the bounce judge share: a text reduced to plain words, phrases found in it,
 * codes seen in it. Nobody else includes this.
 */
#ifndef CRIER_MODEL_BOUNCE_PRIVATE_H
#define CRIER_MODEL_BOUNCE_PRIVATE_H

#include <glib.h>

#include "model/bounce.h"

/*
 * When several phrases are found, the lowest rank decides. Down to RANK_LATER a phrase
 * outranks every code; of the others codes are asked first.
 */
enum bounce_rank {
    RANK_GUARD,   /* says that a stronger looking phrase is about something else */
    RANK_ADDRESS, /* no such user */
    RANK_DOMAIN,  /* no such domain */
    RANK_FULL,
    RANK_US, /* spam, block lists, authentication */
    RANK_SIZE,
    RANK_LATER, /* greylisting, network, expired, their system */
    RANK_WEAK,  /* a hint only: codes that say something are stronger */
    RANK_VAGUE, /* hardly a hint: even weaker than the three digits */
    RANK_COUNT
};

struct bounce_phrase {
    const char *phrase; /* as bounce_words_read() writes words; '*': up to BOUNCE_GAP_BYTES of
                           others, '@': an address */
    enum bounce_reason reason;
    enum bounce_rank rank;
};
/* Phrases that mean the same. */
struct bounce_group {
    enum bounce_reason reason;
    enum bounce_rank rank;
    const char *const *phrases; /* NULL at the end */
};
#define BOUNCE_GAP_BYTES 120

/* The tables, each ended by phrases NULL. */
const struct bounce_group *bounce_phrases_person(void);   /* no such person */
const struct bounce_group *bounce_phrases_mailbox(void);  /* mailbox and domain */
const struct bounce_group *bounce_phrases_us(void);       /* about us and what we send */
const struct bounce_group *bounce_phrases_later(void);    /* about their machines and the way */
const struct bounce_group *bounce_phrases_abroad(void);   /* in other languages */
const struct bounce_group *bounce_phrases_standard(void); /* the codes' own texts */

#define BOUNCE_CODES_MAX 16

/* What a text holds. */
struct bounce_words {
    GString *words; /* owned: small letters, one blank between words, addresses as "@", without
                       reply codes and most signs */
    char status[BOUNCE_CODES_MAX][BOUNCE_STATUS_BYTES]; /* in the order seen */
    int n_status;
    int code;  /* the first reply code, 0: none */
    int phase; /* enum reply_phase, -1: not said */
};
void bounce_words_read(struct bounce_words *w, const char *text, gsize len);
void bounce_words_clear(struct bounce_words *w);

/* The phrase of lowest rank, the first of equals; NULL: none. */
const struct bounce_phrase *bounce_phrase_find(const char *words, gsize len);

/* What an enhanced status means; BOUNCE_UNKNOWN when it says too little. */
enum bounce_reason bounce_status_reason(const char *status);
/* Whether `s` begins with an enhanced status code; its length, 0: no. */
gsize bounce_status_length(const char *s, gsize len);

/* A user rule that fits the text; FALSE: none. */
gboolean bounce_rules_match(const struct bounce_rules *rules, const char *text, gsize len,
                            struct bounce_verdict *ret);

#endif
