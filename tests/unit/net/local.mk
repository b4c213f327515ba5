# A test NAME: add tests/unit/DIR/test_NAME to check_PROGRAMS and TESTS,
# with _SOURCES and _LDADD = $(UNIT_LIBS).
check_PROGRAMS += tests/unit/net/test_smtp_wire
TESTS += tests/unit/net/test_smtp_wire
tests_unit_net_test_smtp_wire_SOURCES = tests/unit/net/test_smtp_wire.c
tests_unit_net_test_smtp_wire_LDADD = $(UNIT_LIBS)
check_PROGRAMS += tests/unit/net/test_smtp
TESTS += tests/unit/net/test_smtp
tests_unit_net_test_smtp_SOURCES = tests/unit/net/test_smtp.c
tests_unit_net_test_smtp_LDADD = $(UNIT_LIBS)
check_PROGRAMS += tests/unit/net/test_stream
TESTS += tests/unit/net/test_stream
tests_unit_net_test_stream_SOURCES = tests/unit/net/test_stream.c tests/unit/net/server.c \
	tests/unit/net/server.h
tests_unit_net_test_stream_LDADD = $(UNIT_LIBS) -lssl
check_PROGRAMS += tests/unit/net/test_stream_core
TESTS += tests/unit/net/test_stream_core
tests_unit_net_test_stream_core_SOURCES = tests/unit/net/test_stream_core.c
tests_unit_net_test_stream_core_LDADD = $(UNIT_LIBS)
check_PROGRAMS += tests/unit/net/test_stream_talk
TESTS += tests/unit/net/test_stream_talk
tests_unit_net_test_stream_talk_SOURCES = tests/unit/net/test_stream_talk.c
tests_unit_net_test_stream_talk_LDADD = $(UNIT_LIBS)
check_PROGRAMS += tests/unit/net/test_dns
TESTS += tests/unit/net/test_dns
tests_unit_net_test_dns_SOURCES = tests/unit/net/test_dns.c
tests_unit_net_test_dns_LDADD = $(UNIT_LIBS)
