noinst_LIBRARIES += src/net/libnet.a
CRIER_LIBS += src/net/libnet.a
src_net_libnet_a_CFLAGS = $(AM_CFLAGS) $(CURL_CFLAGS)
src_net_libnet_a_SOURCES =
