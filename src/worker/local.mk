noinst_LIBRARIES += src/worker/libworker.a
CRIER_LIBS += src/worker/libworker.a
src_worker_libworker_a_CFLAGS = $(AM_CFLAGS)
src_worker_libworker_a_SOURCES = \
	src/worker/beat.c \
	src/worker/box.c src/worker/box.h \
	src/worker/guard.c src/worker/guard.h \
	src/worker/inbox.c \
	src/worker/intake.c src/worker/intake.h \
	src/worker/session.h src/worker/session_imap.c src/worker/session_pop3.c \
	src/worker/books.c \
	src/worker/errands.c \
	src/worker/errands.h \
	src/worker/fence.c \
	src/worker/harden.c \
	src/worker/harden.h \
	src/worker/harden_calls.c \
	src/worker/harden_files.c \
	src/worker/harden_private.h \
	src/worker/link.c \
	src/worker/link.h \
	src/worker/outcome.c \
	src/worker/outcome.h \
	src/worker/ours.c \
	src/worker/ours.h \
	src/worker/connection.c \
	src/worker/outgoing.c \
	src/worker/outgoing_private.h \
	src/worker/reading.c src/worker/reading.h \
	src/worker/trial.c src/worker/trial.h \
	src/worker/render.c \
	src/worker/render.h \
	src/worker/secrets.c \
	src/worker/secrets.h \
	src/worker/signing.c \
	src/worker/signing.h \
	src/worker/routes.c \
	src/worker/sender.c \
	src/worker/sender.h \
	src/worker/supervisor.c \
	src/worker/sending_pace.c src/worker/sending_receivers.c \
	src/worker/leasing.c src/worker/limits.c src/worker/limits.h \
	src/worker/timers.c \
	src/worker/timers.h \
	src/worker/waiting.c \
	src/worker/waiting.h \
	src/worker/receivers.c src/worker/receivers.h \
	src/worker/receivers_gate.c src/worker/receivers_private.h \
	src/worker/worker.h
