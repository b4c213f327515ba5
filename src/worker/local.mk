noinst_LIBRARIES += src/worker/libworker.a
CRIER_LIBS += src/worker/libworker.a
src_worker_libworker_a_CFLAGS = $(AM_CFLAGS)
src_worker_libworker_a_SOURCES =
