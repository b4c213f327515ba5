noinst_LIBRARIES += src/sink/libsink.a
CRIER_LIBS += src/sink/libsink.a
src_sink_libsink_a_CFLAGS = $(AM_CFLAGS)
src_sink_libsink_a_SOURCES = \
	src/sink/content.c src/sink/content.h \
	src/sink/intake.c src/sink/intake.h \
	src/sink/maildir.c src/sink/maildir.h \
	src/sink/script.c src/sink/script.h \
	src/sink/script_parse.c src/sink/script_rules.h \
	src/sink/session.c src/sink/session.h \
	src/sink/sink.c src/sink/sink.h \
	src/sink/smtpd.c src/sink/smtpd.h \
	src/sink/tally.c src/sink/tally.h
