noinst_LIBRARIES += src/base/libbase.a
CRIER_LIBS += src/base/libbase.a
src_base_libbase_a_CFLAGS = $(AM_CFLAGS) $(CRYPTO_CFLAGS) $(IDN2_CFLAGS) $(JANSSON_CFLAGS)
src_base_libbase_a_SOURCES =
src_base_libbase_a_SOURCES += src/base/error.c src/base/error.h
src_base_libbase_a_SOURCES += src/base/text.c src/base/text.h src/base/i18n.h
