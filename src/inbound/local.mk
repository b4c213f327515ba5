noinst_LIBRARIES += src/inbound/libinbound.a
CRIER_LIBS += src/inbound/libinbound.a
src_inbound_libinbound_a_SOURCES = src/inbound/inbound.c src/inbound/inbound.h
src_inbound_libinbound_a_SOURCES += src/inbound/inbound_private.h
src_inbound_libinbound_a_SOURCES += src/inbound/address.c src/inbound/arf.c src/inbound/dsn.c
src_inbound_libinbound_a_SOURCES += src/inbound/kind.c src/inbound/notice.c src/inbound/phrase.c
src_inbound_libinbound_a_SOURCES += src/inbound/recipients.c src/inbound/text.c
src_inbound_libinbound_a_SOURCES += src/inbound/tokens.c
