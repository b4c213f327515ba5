/*
 * Inside the doctor only: the functions behind the rows of checks.c, by the file they are in.
 */
#ifndef CRIER_DOCTOR_CHECKS_PRIVATE_H
#define CRIER_DOCTOR_CHECKS_PRIVATE_H

#include "doctor/check_private.h"

/* check_settings.c */
void doctor_check_settings(struct doctor *d, struct doctor_finding *f);

/* check_machine.c */
void doctor_check_machine(struct doctor *d, struct doctor_finding *f);

/* check_address.c */
void doctor_check_address(struct doctor *d, struct doctor_finding *f);

/* check_names.c */
void doctor_check_names(struct doctor *d, struct doctor_finding *f);

/* check_route.c */
void doctor_check_route(struct doctor *d, struct doctor_finding *f);

/* check_neighbour.c */
void doctor_check_neighbour(struct doctor *d, struct doctor_finding *f);
void doctor_check_ping(struct doctor *d, struct doctor_finding *f);

/* check_way.c */
void doctor_check_connect(struct doctor *d, struct doctor_finding *f);
void doctor_check_way(struct doctor *d, struct doctor_finding *f);
void doctor_check_doors(struct doctor *d, struct doctor_finding *f);

/* check_path.c, check_mtu.c */
void doctor_check_path(struct doctor *d, struct doctor_finding *f);
void doctor_check_mtu(struct doctor *d, struct doctor_finding *f);

/* check_greeting.c, check_hello.c, check_tls.c, check_login.c, check_envelope.c */
void doctor_check_greeting(struct doctor *d, struct doctor_finding *f);
void doctor_check_hello(struct doctor *d, struct doctor_finding *f);
void doctor_check_tls(struct doctor *d, struct doctor_finding *f);
void doctor_check_login(struct doctor *d, struct doctor_finding *f);
void doctor_check_envelope(struct doctor *d, struct doctor_finding *f);

/* check_letter.c */
gboolean doctor_letter_is_asked(const struct doctor *d);
void doctor_check_letter(struct doctor *d, struct doctor_finding *f);

/* check_mailbox.c */
void doctor_check_mailbox(struct doctor *d, struct doctor_finding *f);

/* check_resources.c */
void doctor_check_resources(struct doctor *d, struct doctor_finding *f);

/* check_queue.c */
gboolean doctor_asks_queue(const struct doctor *d);
void doctor_check_queue(struct doctor *d, struct doctor_finding *f);

/* check_sandbox.c */
gboolean doctor_asks_sandbox(const struct doctor *d);
void doctor_check_sandbox(struct doctor *d, struct doctor_finding *f);

/* check_spf.c, check_dkim.c, check_dmarc.c, check_reverse.c, check_srv.c */
void doctor_check_spf(struct doctor *d, struct doctor_finding *f);
void doctor_check_dkim(struct doctor *d, struct doctor_finding *f);
void doctor_check_dmarc(struct doctor *d, struct doctor_finding *f);
void doctor_check_reverse(struct doctor *d, struct doctor_finding *f);
void doctor_check_srv(struct doctor *d, struct doctor_finding *f);
gboolean doctor_asks_srv(const struct doctor *d);

#endif
