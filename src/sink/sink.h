/*
 * `crier sink`: a local SMTP server for dry runs, demo and tests.
 */
#ifndef CRIER_SINK_SINK_H
#define CRIER_SINK_SINK_H

/* argv[0] is the verb's name. Serves until SIGTERM or SIGINT; returns the exit code. */
int sink_main(int argc, char **argv);

#endif
