noinst_LIBRARIES += src/message/libmessage.a
CRIER_LIBS += src/message/libmessage.a
src_message_libmessage_a_CFLAGS = $(AM_CFLAGS)
src_message_libmessage_a_SOURCES =
src_message_libmessage_a_SOURCES += src/message/template.h src/message/template_private.h
src_message_libmessage_a_SOURCES += src/message/template_parse.c src/message/template_place.c
src_message_libmessage_a_SOURCES += src/message/template_render.c
