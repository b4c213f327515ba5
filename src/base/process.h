/*
 * Children: argv arrays only, never a shell.
 */
#ifndef CRIER_BASE_PROCESS_H
#define CRIER_BASE_PROCESS_H

#include <glib.h>
#include <sys/types.h>

/* The path of this program's own executable (/proc/self/exe). Borrowed. */
const char *process_self(void);

/* No core file, not dumpable (secrets in memory). */
void process_harden(void);

/*
 * Starts `argv` detached: new session, cwd /, umask 077, descriptors 0 on /dev/null, 1 and 2
 * appended to `log_path` (NULL: /dev/null), all others closed except `keep` (ended by -1; may
 * be NULL), which keep their numbers. Returns the pid or -1. exec failures are reported here.
 */
pid_t process_spawn_detached(const char *const *argv, const char *log_path, const int *keep,
                             GError **error);

/* As above but a plain child in our session and cwd, 0–2 inherited: for roles. */
pid_t process_spawn(const char *const *argv, const int *keep, GError **error);

/* As above with pipes of its own for 0, 1 and 2, in a session of its own, so that no key of the
 * terminal reaches it. Our ends, close-on-exec: `ret_fds`[0] to write to, [1] and [2] to read. */
pid_t process_spawn_piped(const char *const *argv, int ret_fds[3], GError **error);

/*
 * Runs a command line (split by g_shell_parse_argv) and returns the first line of its standard
 * output without the newline; for password commands. Killed after `timeout_s`, or when
 * SIGTERM or SIGINT waits for us (a loop's signals are blocked until it turns):
 * CRIER_ERROR_TRY_AGAIN. Its standard error is shown as the error's text. Caller frees (and
 * wipes with process_wipe()).
 */
char *process_first_line(const char *command, int timeout_s, GError **error);
/* As process_first_line(), but all that it printed, at most PROCESS_OUTPUT_MAX bytes; for
 * commands that print a token with what belongs to it. */
#define PROCESS_OUTPUT_MAX 16384
char *process_output(const char *command, int timeout_s, GError **error);
/* Runs `argv` (a program of PATH) with `input` as its standard input and returns the beginning
 * of what it printed, at most `max` bytes. Killed after `timeout_s`. A NUL byte ends the text.
 * Caller frees. */
char *process_filter(const char *const *argv, const char *input, gsize len, gsize max,
                     int timeout_s, GError **error);
/* As process_filter(), but killed as soon as its standard error has `last_words`, for a program
 * that says at once that it is of no use and then takes its time: what it said is the error. */
char *process_filter_until(const char *const *argv, const char *input, gsize len, gsize max,
                           int timeout_s, const char *last_words, GError **error);
void process_wipe(char *secret); /* zeroes and frees; NULL is fine */

/* Tells a service manager our state by the protocol of sd_notify(3) over NOTIFY_SOCKET; without
 * one nothing happens. `state` is "READY=1", "WATCHDOG=1", "STATUS=…". */
void process_notify(const char *state);

/* The actor for the audit: login name, or "uid N". Caller frees. */
char *process_login_name(void);

#endif
