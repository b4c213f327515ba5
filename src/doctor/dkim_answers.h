/*
 * DKIM keys and what the DNS answered about them: for `crier dkim check` and the doctor. What a
 * record means is app/dkim.h's; asking is the caller's.
 */
#ifndef CRIER_DOCTOR_DKIM_ANSWERS_H
#define CRIER_DOCTOR_DKIM_ANSWERS_H

#include "app/dkim.h"
#include "net/dns.h"

/* The two names whose TXT records are needed: where it must be, and where a DNS form that adds
 * the domain by itself puts it. Caller frees. */
char *dkim_answers_name(const struct dkim_key *k);
char *dkim_answers_doubled(const struct dkim_key *k);

/* One sentence about `k`; neither answer may be DNS_FAILED. `*ret_sentence`: caller frees. */
enum dkim_level dkim_answers_judge(const struct dkim_key *k, const struct dns_answer *record,
                                   const struct dns_answer *doubled, char **ret_sentence);

/* The enabled keys that sign mail from `from_domain`: its own, else those of its nearest parent
 * that has any, as dkim_ring_signers() takes them. Of struct dkim_key *, owned by the caller;
 * empty without `db`. */
GPtrArray *dkim_answers_keys(struct db *db, const char *from_domain);

#endif
