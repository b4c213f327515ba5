/*
 * Inside the firewall files only: one writer a format, and what they share.
 */
#ifndef CRIER_DOCTOR_FIREWALL_PRIVATE_H
#define CRIER_DOCTOR_FIREWALL_PRIVATE_H

#include "doctor/firewall.h"

/* firewall_rules.c: what programs load */
void firewall_write_nft(const struct firewall *f, GString *out);
void firewall_write_iptables(const struct firewall *f, GString *out);
/* firewall_commands.c: what is typed */
void firewall_write_ufw(const struct firewall *f, GString *out);
void firewall_write_firewalld(const struct firewall *f, GString *out);
/* firewall_words.c: what is clicked together in somebody's web page */
void firewall_write_cloud(const struct firewall *f, GString *out);
void firewall_write_router(const struct firewall *f, GString *out);
void firewall_write_ssh(const struct firewall *f, GString *out);
/* firewall_proxies.c */
void firewall_write_nginx(const struct firewall *f, GString *out);
void firewall_write_apache(const struct firewall *f, GString *out);
void firewall_write_caddy(const struct firewall *f, GString *out);

/* ---- firewall_words.c, for all ---- */

/* Lines that begin with '#'. */
void firewall_comment(GString *out, const char *text);
/* What it is, that nothing was applied, how it is (a sentence, may be NULL), and the notes. */
void firewall_head(GString *out, const struct firewall *f, const char *format, const char *how);

const char *firewall_protocol(const struct firewall_rule *r); /* "tcp", "udp" */
gboolean firewall_is_any(const struct hostport *at);
/* Whether others come to another port than ours, and not by a proxy on this machine. */
gboolean firewall_is_translated(const struct firewall_listener *l);
/* Whether others come to a proxy: by https, or to what nobody else reaches. */
gboolean firewall_is_proxied(const struct firewall_listener *l);
/* Names for a comment in a rule: cut where a program would refuse it. Caller frees. */
char *firewall_short_names(const struct firewall_rule *r);

#endif
