/*
 * Header fields on the wire: folded, encoded, impossible to break out of. Each function appends
 * whole fields, with their CRLF. For the composer.
 */
#ifndef CRIER_MESSAGE_HEADER_H
#define CRIER_MESSAGE_HEADER_H

#include <glib.h>

#define HEADER_MAX_LINE 998 /* RFC 5322 2.1.1, without CRLF */
#define HEADER_MAX_URIS 8

/* An unstructured field (Subject). `s` is valid UTF-8; controls in it are left out. */
void header_append_text(GString *out, const char *name, const char *s, gsize len);
/* The same in steps: begins the field and returns its column, where the text is appended. Then
 * the field that began at `start` is ended, and its text made fit for a header. */
guint header_begin_text(GString *out, const char *name);
void header_end_text(GString *out, gsize start, guint column);

/* name: Display name <spec>, or the bare spec when `display` is NULL or blank. `spec` is
 * trusted: an address that mailaddr formatted, or a List-Id. `is_bracketed` keeps <> without a
 * name. */
void header_append_mailbox(GString *out, const char *name, const char *display,
                           const char *spec, gboolean is_bracketed);

/*
 * A list of URIs in angle brackets (List-Unsubscribe): folds only between URIs, never encoded
 * (RFC 8058 readers want it bare). CRIER_ERROR_INVALID when `list` is anything else than 1–8
 * "<https:…>", "<http:…>" or "<mailto:…>". `*ret_has_https` tells whether one is https.
 */
gboolean header_append_uris(GString *out, const char *name, const char *list,
                            gboolean *ret_has_https, GError **error);

/* A value that goes out as it is: printable ASCII (with blanks if `allow_blanks`), short
 * enough. */
gboolean header_append_plain(GString *out, const char *name, const char *value,
                             gboolean allow_blanks, GError **error);
/* The same with "<" and ">" around it, which `id` has not; no blanks. */
gboolean header_append_id(GString *out, const char *name, const char *id, GError **error);

/* To: the address alone, raw UTF-8 in its local part (RFC 6532) as it is. Refuses what is not
 * one address. */
gboolean header_append_to(GString *out, const char *address, GError **error);

/*
 * A parameter of a field that is begun but not ended, on a line of its own: ";" CRLF " name=…".
 * ASCII in quotes; anything else, and what is too long for a line, by RFC 2231 in as many
 * pieces as it takes. `value` is valid UTF-8; controls in it are left out.
 */
void header_append_param(GString *out, const char *name, const char *value);

#endif
