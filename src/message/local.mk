noinst_LIBRARIES += src/message/libmessage.a
CRIER_LIBS += src/message/libmessage.a
src_message_libmessage_a_CFLAGS = $(AM_CFLAGS)
src_message_libmessage_a_SOURCES =
