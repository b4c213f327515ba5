/*
 * A Maildir that is only written to: tmp/ first, then moved to new/. The octets are the
 * message's own; the envelope is in the log.
 */
#ifndef CRIER_SINK_MAILDIR_H
#define CRIER_SINK_MAILDIR_H

#include <glib.h>

struct maildir;
struct maildir_file;

/* Makes DIR, DIR/tmp, DIR/new and DIR/cur (0700) where they are missing. */
struct maildir *maildir_open(const char *dir, GError **error);
void maildir_free(struct maildir *m); /* NULL is fine */

/* Begins the file of message `seq`; NULL and an error when it cannot be made. */
struct maildir_file *maildir_begin(struct maildir *m, gint64 seq, GError **error);
gboolean maildir_write(struct maildir_file *f, const char *data, gsize len, GError **error);
/* Moves it to new/ and returns "new/NAME" (caller frees), NULL on failure. Frees `f`. */
char *maildir_commit(struct maildir_file *f, GError **error);
/* Takes back what maildir_commit() called `name`. */
void maildir_remove(struct maildir *m, const char *name);
void maildir_abort(struct maildir_file *f); /* removes it, frees `f`; NULL is fine */

#endif
