/*
 * The tags of other systems' templates, translated into ours (Mustache with {{name|default}}).
 */
#ifndef CRIER_TRANSFER_TAGS_H
#define CRIER_TRANSFER_TAGS_H

#include <glib.h>

enum tags_system { TAGS_LISTMONK, TAGS_MAILCHIMP, TAGS_PHPLIST, TAGS_SYSTEM_COUNT };

/* CRIER_ERROR_USAGE for another name. */
gboolean tags_system_parse(const char *name, enum tags_system *ret, GError **error);

struct tags_unknown {
    int line;         /* from 1 */
    char *tag;        /* owned; as it stands there */
    const char *hint; /* translated; NULL: nothing is known about it */
};

/* Valid UTF-8 in, valid UTF-8 out; caller frees. Tags that cannot be translated stay as they
 * are and are appended to `unknown` (of struct tags_unknown *, see tags_unknown_new()), in
 * order. */
char *tags_translate(enum tags_system system, const char *text, gboolean is_html,
                     GPtrArray *unknown);
GPtrArray *tags_unknown_new(void);

#endif
