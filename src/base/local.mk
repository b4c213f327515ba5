noinst_LIBRARIES += src/base/libbase.a
CRIER_LIBS += src/base/libbase.a
src_base_libbase_a_CFLAGS = $(AM_CFLAGS) $(CRYPTO_CFLAGS) $(IDN2_CFLAGS) $(JANSSON_CFLAGS)
src_base_libbase_a_SOURCES =
src_base_libbase_a_SOURCES += src/base/error.c src/base/error.h
src_base_libbase_a_SOURCES += src/base/text.c src/base/text.h src/base/i18n.h
src_base_libbase_a_SOURCES += src/base/loop.c src/base/loop.h
src_base_libbase_a_SOURCES += src/base/json.c src/base/json_writer.c src/base/json.h
