noinst_LIBRARIES += src/net/libnet.a
CRIER_LIBS += src/net/libnet.a
src_net_libnet_a_CFLAGS = $(AM_CFLAGS) $(CURL_CFLAGS) $(CARES_CFLAGS)
src_net_libnet_a_SOURCES =
src_net_libnet_a_SOURCES += src/net/smtp.c src/net/smtp.h src/net/smtp_wire.c src/net/smtp_wire.h
src_net_libnet_a_SOURCES += src/net/stream_core.c src/net/stream_private.h src/net/stream.h
src_net_libnet_a_SOURCES += src/net/stream.c src/net/stream_talk.c src/net/stream_talk.h
src_net_libnet_a_SOURCES += src/net/dns.c src/net/dns.h
