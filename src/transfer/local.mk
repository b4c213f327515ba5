noinst_LIBRARIES += src/transfer/libtransfer.a
CRIER_LIBS += src/transfer/libtransfer.a
src_transfer_libtransfer_a_CFLAGS = $(AM_CFLAGS) $(LIBCONFIG_CFLAGS)
src_transfer_libtransfer_a_SOURCES = \
	src/transfer/csvfile.c src/transfer/csvfile.h
