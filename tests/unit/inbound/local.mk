# A test NAME: add tests/unit/DIR/test_NAME to check_PROGRAMS and TESTS,
# with _SOURCES and _LDADD = $(UNIT_LIBS).
check_PROGRAMS += tests/unit/inbound/test_kind tests/unit/inbound/test_recipients \
	tests/unit/inbound/test_hostile tests/unit/inbound/test_families
TESTS += tests/unit/inbound/test_kind tests/unit/inbound/test_recipients \
	tests/unit/inbound/test_hostile tests/unit/inbound/test_families
tests_unit_inbound_test_kind_SOURCES = tests/unit/inbound/test_kind.c
tests_unit_inbound_test_kind_LDADD = $(UNIT_LIBS)
tests_unit_inbound_test_recipients_SOURCES = tests/unit/inbound/test_recipients.c
tests_unit_inbound_test_recipients_LDADD = $(UNIT_LIBS)
tests_unit_inbound_test_hostile_SOURCES = tests/unit/inbound/test_hostile.c
tests_unit_inbound_test_hostile_LDADD = $(UNIT_LIBS)
tests_unit_inbound_test_families_SOURCES = tests/unit/inbound/test_families.c
tests_unit_inbound_test_families_LDADD = $(UNIT_LIBS)
EXTRA_DIST += tests/unit/inbound/families.txt
check_PROGRAMS += tests/unit/inbound/test_tokens
TESTS += tests/unit/inbound/test_tokens
tests_unit_inbound_test_tokens_SOURCES = tests/unit/inbound/test_tokens.c
tests_unit_inbound_test_tokens_LDADD = $(UNIT_LIBS)
check_PROGRAMS += tests/unit/inbound/test_arf
TESTS += tests/unit/inbound/test_arf
tests_unit_inbound_test_arf_SOURCES = tests/unit/inbound/test_arf.c
tests_unit_inbound_test_arf_LDADD = $(UNIT_LIBS)
