/*
 * A progress bar on standard error, when that is a terminal and the work takes over a second;
 * or lines for a program that asked for them (tell.h).
 */
#ifndef CRIER_CMD_PROGRESS_H
#define CRIER_CMD_PROGRESS_H

#include <glib.h>
#include <stdio.h>

struct progress;

/* `what` ("people.csv") is shown before the bar. */
struct progress *progress_new(const char *what);
/* `total` under 1: not known. Cheap: draws ten times a second at most. */
void progress_set(struct progress *p, gint64 done, gint64 total);
/* progress_set() as what is asked to tell how far it is takes it; `data` is the progress. */
void progress_show(gint64 done, gint64 total, void *data);
void progress_free(struct progress *p); /* wipes the line; NULL is fine */

/* The line as drawn, without its carriage return. Caller frees. For the bar and its test. */
char *progress_line(const char *what, gint64 done, gint64 total, gint64 elapsed_us, int width);

#endif
