/*
 * ZIP archives that people bring: the door to zlib. Entries are listed and read as a stream;
 * nothing is ever unpacked to the disk, so names in an archive cannot point anywhere.
 */
#ifndef CRIER_TRANSFER_ARCHIVE_H
#define CRIER_TRANSFER_ARCHIVE_H

#include <glib.h>

#define ARCHIVE_MAX_ENTRIES 1000
#define ARCHIVE_MAX_ENTRY_BYTES (G_GINT64_CONSTANT(2) * 1024 * 1024 * 1024 - 1)
/* Deflate cannot pack text much better than this; a bomb can. */
#define ARCHIVE_MAX_RATIO 250

struct archive;

/* Whether the file begins like a ZIP archive. FALSE also when it cannot be read. */
gboolean archive_is_zip(const char *path);
/* Reads the table of contents. Errors: not a regular file, damaged, encrypted, larger than the
 * limits above, packed by another method than deflate, the same name twice. None names the
 * path. */
struct archive *archive_open(const char *path, GError **error);
void archive_free(struct archive *a); /* NULL is fine */

/* Files only, by the last part of their names. */
guint archive_count(const struct archive *a);
const char *archive_name(const struct archive *a, guint i);  /* borrowed */
gint64 archive_size(const struct archive *a, guint i);       /* unpacked */
int archive_find(const struct archive *a, const char *name); /* -1: none */

/* One entry as a stream; `a` is borrowed, and one entry is read at a time. */
gboolean archive_begin(struct archive *a, guint i, GError **error);
/* The next octets; 0 at the end, where size and checksum are verified; -1 on error. */
gssize archive_read(struct archive *a, char *buffer, gsize len, GError **error);

#endif
