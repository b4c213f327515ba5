/*
 * Octets of a file, of standard input or of a file in a ZIP archive, as one kind of stream.
 */
#ifndef CRIER_TRANSFER_SOURCE_H
#define CRIER_TRANSFER_SOURCE_H

#include <glib.h>

struct source;

/* `path` "-" is standard input; `entry` NULL: the file itself, else the file of that name in
 * the archive. Regular files only. Errors do not name the path. */
struct source *source_open(const char *path, const char *entry, GError **error);
void source_free(struct source *s); /* NULL is fine */
/* Fills the buffer, less only at the end; 0: the end; -1: an error. */
gssize source_read(struct source *s, char *buffer, gsize len, GError **error);
/* Octets read so far and in all (-1 unknown). */
void source_progress(const struct source *s, gint64 *ret_done, gint64 *ret_total);

#endif
