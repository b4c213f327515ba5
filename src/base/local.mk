noinst_LIBRARIES += src/base/libbase.a
CRIER_LIBS += src/base/libbase.a
src_base_libbase_a_CFLAGS = $(AM_CFLAGS) $(CRYPTO_CFLAGS) $(IDN2_CFLAGS) $(JANSSON_CFLAGS)
src_base_libbase_a_SOURCES =
