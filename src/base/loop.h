/*
 * One epoll loop a process: descriptors, timers on the monotonic clock, signals as events
 * (signalfd). Callbacks may add and remove anything, themselves included.
 */
#ifndef CRIER_BASE_LOOP_H
#define CRIER_BASE_LOOP_H

#include <glib.h>

struct loop;
struct loop_watch;
struct loop_timer;

enum loop_events { LOOP_IN = 1, LOOP_OUT = 2, LOOP_HUP = 4 /* reported, never asked for */ };
/* Hang-up and errors are reported as LOOP_HUP together with everything that was asked for, so
 * that a callback that only reads or only writes meets the end or the error there. */

struct loop *loop_new(void);
void loop_free(struct loop *l); /* removes all watches and timers */

/* Level-triggered. One watch a descriptor: when a descriptor was closed and its number used
 * again, the newest watch has it and the older one is deaf. The descriptor stays the caller's.
 * NULL with errno set when it cannot be watched (EPERM: a regular file). */
struct loop_watch *loop_watch_add(struct loop *l, int fd, unsigned events,
                                  void (*ready)(int fd, unsigned events, void *data),
                                  void *data);
void loop_watch_set(struct loop_watch *w, unsigned events); /* no system call when unchanged */
void loop_watch_remove(struct loop_watch *w);               /* NULL is fine */

/* Once, at `due_us` (clock_mono_us). The timer is gone when its callback begins. */
struct loop_timer *loop_timer_add(struct loop *l, gint64 due_us, void (*fire)(void *data),
                                  void *data);
void loop_timer_remove(struct loop_timer *t); /* not after its callback began; NULL is fine */

/* Blocks the signal for this process's normal handling and delivers it as an event. It stays
 * blocked after loop_free(), so that a late one does not kill a process that is closing files.
 */
void loop_signal_add(struct loop *l, int signum, void (*caught)(int signum, void *data),
                     void *data);

/* For a loop that much comes to at once. A wait that brought fewer than `few` events, and brought
 * them soon, is followed by a pause of `pause_us` before the next: what comes meanwhile is taken
 * together, and who sends it has nobody to wake, which costs both sides more than the pause.
 * Timers and signals are late by at most that much. And the loop keeps to another processor than
 * who sends it from within this machine (processor.h). 0, 0: none of it, as at first. */
void loop_gather(struct loop *l, int few, gint64 pause_us);

/* Waits for events (at most `max_wait_us`, -1: until one comes or a timer is due), runs their
 * callbacks, then due timers. Returns the number of callbacks run. */
int loop_run_once(struct loop *l, gint64 max_wait_us);
/* The number of the wait for events whose callbacks ran last: the same number, the same moment. */
guint64 loop_turn(const struct loop *l);
void loop_run(struct loop *l); /* until loop_quit() */
void loop_quit(struct loop *l);

#endif
