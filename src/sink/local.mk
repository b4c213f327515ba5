noinst_LIBRARIES += src/sink/libsink.a
CRIER_LIBS += src/sink/libsink.a
src_sink_libsink_a_CFLAGS = $(AM_CFLAGS)
src_sink_libsink_a_SOURCES =
