/*
 * What starts the worker when the machine or the login begins anew: a systemd unit of the user,
 * or a line in the user's crontab. Here are the texts and what is known of them from files;
 * putting them in place is cmd/service.c's.
 */
#ifndef CRIER_APP_SERVICE_H
#define CRIER_APP_SERVICE_H

#include <glib.h>

#include "store/workspace.h"

enum service_state {
    SERVICE_NONE,      /* nothing starts a worker: sending stops at a reboot */
    SERVICE_LOGGED_IN, /* a user unit without lingering: it also ends at the logout */
    SERVICE_SYSTEMD,   /* a user unit that starts with the machine */
    SERVICE_CRONTAB,   /* an @reboot line, as far as `worker install` knows */
    SERVICE_SYSTEM,    /* the running worker was started by a service manager */
    SERVICE_STATE_COUNT
};

/* "none", "logged-in", "systemd", "crontab", "system": for scripts. */
const char *service_state_name(enum service_state s);
/* Whether sending goes on after a reboot. */
gboolean service_survives(enum service_state s);

/* From files only, some microseconds. `worker_pid` 0: none runs. */
enum service_state service_state(const struct workspace *ws, gint64 worker_pid);

/* "crier-worker-1a2b3c4d.service": of this workspace. Caller frees, as with all below. */
char *service_unit_name(const struct workspace *ws);
/* In the user's folder of units. */
char *service_unit_path(const struct workspace *ws);
/* `program` is the absolute path of crier. CRIER_ERROR_INVALID: a path that cannot be written
 * into a unit. */
char *service_unit_text(const struct workspace *ws, const char *program, GError **error);

/* The block for a crontab, between two comments that name the workspace. */
char *service_cron_block(const struct workspace *ws, const char *program, GError **error);
/* `crontab` without that block. */
char *service_cron_without(const struct workspace *ws, const char *crontab);

/* Notes in the workspace how the worker is started, for service_state(); SERVICE_NONE: not any
 * more. */
gboolean service_note(const struct workspace *ws, enum service_state s, GError **error);

#endif
