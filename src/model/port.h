/*
 * A port of ours: what it is for, where we listen, and the URL that others reach it by, which
 * may be another one behind a router that translates or a proxy. Binding it is not for here.
 */
#ifndef CRIER_MODEL_PORT_H
#define CRIER_MODEL_PORT_H

#include <glib.h>

#include "base/field.h"
#include "base/hostport.h"
#include "model/port_number.h"

struct port {
    gint64 id;
    char *name; /* owned; slug */
    gint64 row_version;
    /* --- the field table --- */
    int role;         /* enum port_role */
    char *listen;     /* "*:81" any address of both families, "0.0.0.0:81" any IPv4, "[::]:81"
                         any IPv6, "127.0.0.1:82" this one */
    char *public_url; /* "" or what stands in mails: "https://news.example.org/c" */
    gboolean enabled;
};

const struct field *port_fields(void);
void port_init(struct port *p);
void port_clear(struct port *p);

const char *port_role_name(enum port_role role);  /* "tracking", "admin" */
const char *port_role_words(enum port_role role); /* N_(): "tracking: clicks, opens, …" */
/* "*:81" for tracking, "127.0.0.1:82" for admin: who administers comes by SSH. */
const char *port_usual_listen(enum port_role role);
/* Listen address by the role where none is given. */
void port_fill_in(struct port *p);

/* Where it listens; INVALID where that is no address with a port. */
gboolean port_endpoint(const struct port *p, struct hostport *ret, GError **error);
/* Whether both cannot listen at once: the same port, and addresses that have one in common. */
gboolean port_endpoints_clash(const struct hostport *a, const struct hostport *b);

/* The parts of a public URL. */
struct port_url {
    gboolean is_https;
    char *host;   /* owned; A-labels or address text without brackets */
    guint16 port; /* 80 or 443 where it names none */
    char *path;   /* owned; "" or "/c", without a slash at the end */
};
gboolean port_url_parse(const char *text, struct port_url *ret, GError **error);
void port_url_clear(struct port_url *u);
/* "http://track.example.org:81/c": ASCII, without the usual port and a slash at the end. Caller
 * frees. */
char *port_url_format(const struct port_url *u);

/*
 * Consistency beyond single fields. `*ret_warnings` (may be NULL; caller g_strfreev()s): what
 * is allowed and hurts, a sentence each: readers cannot reach it, browsers refuse it, anybody
 * can.
 */
gboolean port_check(const struct port *p, char ***ret_warnings, GError **error);

#endif
