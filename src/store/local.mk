noinst_LIBRARIES += src/store/libstore.a
CRIER_LIBS += src/store/libstore.a
src_store_libstore_a_CFLAGS = $(AM_CFLAGS) $(SQLITE_CFLAGS)
src_store_libstore_a_SOURCES = src/store/schema.c
