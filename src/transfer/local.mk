noinst_LIBRARIES += src/transfer/libtransfer.a
CRIER_LIBS += src/transfer/libtransfer.a
src_transfer_libtransfer_a_CFLAGS = $(AM_CFLAGS) $(LIBCONFIG_CFLAGS) $(ZLIB_CFLAGS)
src_transfer_libtransfer_a_SOURCES = \
	src/transfer/campaignfile.c src/transfer/campaignfile.h \
	src/transfer/campaignparts.c src/transfer/campaignparts.h \
	src/transfer/campaignwrite.c src/transfer/campaignwrite.h \
	src/transfer/cfgrecord.c src/transfer/cfgrecord.h \
	src/transfer/cfgscan.c src/transfer/cfgscan.h \
	src/transfer/cfgtree.c src/transfer/cfgtree.h \
	src/transfer/csvfile.c src/transfer/csvfile.h \
	src/transfer/sitefile.c src/transfer/sitefile.h
src_transfer_libtransfer_a_SOURCES += src/transfer/archive.c src/transfer/archive.h
src_transfer_libtransfer_a_SOURCES += src/transfer/charset.c src/transfer/charset.h
src_transfer_libtransfer_a_SOURCES += src/transfer/source.c src/transfer/source.h
src_transfer_libtransfer_a_SOURCES += src/transfer/tags.c src/transfer/tags.h
src_transfer_libtransfer_a_SOURCES += src/transfer/providerfile.c \
	src/transfer/providerfile.h
src_transfer_libtransfer_a_SOURCES += src/transfer/faultfile.c src/transfer/faultfile.h
