/*
 * Files, opened with care: regular files only, no symbolic links where a stranger chose the
 * name, bounded sizes, private modes, atomic replacement.
 */
#ifndef CRIER_BASE_FILE_H
#define CRIER_BASE_FILE_H

#include <glib.h>

/* Reads a whole regular file of at most `max_bytes`. FIFOs, devices and folders are refused
 * without blocking. `*ret_len` may be NULL; the buffer has a NUL behind it. Caller frees. */
char *file_read(const char *path, gsize max_bytes, gsize *ret_len, GError **error);

/* As file_read(), of `name` relative to folder `dir`: absolute names, ".." and symbolic links
 * below `dir` are refused, also when somebody changes the folder meanwhile. */
char *file_read_beneath(const char *dir, const char *name, gsize max_bytes, gsize *ret_len,
                        GError **error);

/* Writes to a temporary name beside `path`, fsyncs, renames. The file gets `mode` whatever the
 * umask is. */
gboolean file_write_atomic(const char *path, const char *data, gsize len, int mode,
                           GError **error);

/* FALSE: a device, a pipe, a folder: what is renamed over one takes it away from everybody. */
gboolean file_is_regular_or_new(const char *path);

/* Makes `dir` and its parents (0700). An existing folder that others own or may write to is
 * refused. */
gboolean file_make_private_dir(const char *dir, GError **error);

/* A secret: regular file, mode without group and other bits, first line without its newline,
 * at most 4 KiB. Caller wipes and frees (process_wipe()). */
char *file_read_secret(const char *path, GError **error);

/* True when `path` lies on a network file system (by statfs f_type); `*ret_name` is its name.
 * FUSE counts as local: what is behind it cannot be told. */
gboolean file_is_on_network(const char *path, const char **ret_name);

gboolean file_write_all(int fd, const void *data, gsize len, GError **error);

#endif
