/*
 * What others have to let through so that mail goes out and clicks come in, as text for the
 * program or the person who opens the way. Nothing is ever applied by us.
 */
#ifndef CRIER_DOCTOR_FIREWALL_H
#define CRIER_DOCTOR_FIREWALL_H

#include <glib.h>

#include "base/json.h"
#include "model/port.h"
#include "store/db.h"

/* Traffic that is begun towards a port: by others to one of ours, by us to one of theirs. */
struct firewall_rule {
    char *names;   /* owned; of the records, for comments: "server main, mailbox bounces" */
    char *hosts;   /* owned; their names: "smtp.example.org"; "" of our own ports */
    char *address; /* owned; the only one it is about, ours or theirs; NULL: any */
    int family;    /* AF_INET or AF_INET6; 0: both */
    gboolean is_udp;
    guint16 port;
};

/* A port of ours, as its record says. */
struct firewall_listener {
    enum port_role role;
    char *name;         /* owned */
    struct hostport at; /* owned */
    gboolean has_url;
    struct port_url url; /* owned; without has_url: by our own name */
};

struct firewall {
    GPtrArray *in, *out;  /* owned; of struct firewall_rule * */
    GPtrArray *listeners; /* owned; of struct firewall_listener *: those that are enabled */
    GPtrArray *notes;     /* owned; of char *: what was left out or supposed, a sentence each */
    guint16 first, last;  /* the ports that our connections come from */
    char *host;           /* owned; this machine's name */
    char *user;           /* owned; who asks */
    char *address, *address6; /* owned; our own; NULL: none that others could reach */
    gboolean redirects; /* also turn a public port into ours on this machine */
};

/* `db` NULL: without a workspace the usual mail ports and our usual ports. */
struct firewall *firewall_gather(struct db *db, GError **error);
void firewall_free(struct firewall *f); /* NULL is fine */

struct firewall_format {
    const char *name; /* "nft" */
    const char *help; /* one line, N_() */
    void (*write)(const struct firewall *f, GString *out);
};
const struct firewall_format *firewall_formats(void); /* ends with name NULL */
/* NULL: there is none of that name. */
const struct firewall_format *firewall_format_of(const char *name);

/* In words, without a format. Caller frees. */
char *firewall_overview(const struct firewall *f);
/* Caller frees. */
char *firewall_text(const struct firewall *f, const struct firewall_format *format);
/* Members, not an object. */
void firewall_json(struct json_writer *w, const struct firewall *f);

#endif
