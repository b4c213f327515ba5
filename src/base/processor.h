/*
 * Which of the machine's processors this thread runs on. Not for binding threads: where one
 * runs best the scheduler knows, but for a single case.
 */
#ifndef CRIER_BASE_PROCESSOR_H
#define CRIER_BASE_PROCESSOR_H

#include <glib.h>

/* How it has been lately; begins as zeros. */
struct processor_parting {
    int n_calls, n_shared;
};

/* Two that hand each other small things all the time, we and a server on this machine, do so at
 * half their speed on one processor. Once the scheduler has put both there while another was
 * busy, they stay for up to tens of milliseconds: each of them sleeps too little to be moved.
 *
 * To be called whenever something has come by the descriptor `fd`. When a connection within
 * this machine has, several looks in a row, been served by the processor that runs this thread,
 * the thread goes to another of those it may run on; it may come back any time. TRUE: it has
 * gone. All other descriptors are harmless. (Linux: socket(7), SO_INCOMING_CPU) */
gboolean processor_part(struct processor_parting *p, int fd);

#endif
