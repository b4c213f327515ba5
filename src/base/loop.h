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

struct loop *loop_new(void);
void loop_free(struct loop *l); /* removes all watches and timers */

/* Level-triggered. One watch a descriptor. The descriptor stays the caller's. */
struct loop_watch *loop_watch_add(struct loop *l, int fd, unsigned events,
                                  void (*ready)(int fd, unsigned events, void *data), void *data);
void loop_watch_set(struct loop_watch *w, unsigned events); /* no system call when unchanged */
void loop_watch_remove(struct loop_watch *w);

/* Once, at `due_us` (clock_mono_us). The timer is gone when its callback begins. */
struct loop_timer *loop_timer_add(struct loop *l, gint64 due_us, void (*fire)(void *data),
                                  void *data);
void loop_timer_remove(struct loop_timer *t);

/* Blocks the signal for this process's normal handling and delivers it as an event. */
void loop_signal_add(struct loop *l, int signum, void (*caught)(int signum, void *data),
                     void *data);

/* Waits for events (at most `max_wait_us`, -1: until one comes or a timer is due), runs their
 * callbacks, then due timers. Returns the number of callbacks run. */
int loop_run_once(struct loop *l, gint64 max_wait_us);
void loop_run(struct loop *l); /* until loop_quit() */
void loop_quit(struct loop *l);

#endif
