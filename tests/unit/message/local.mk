# A test NAME: add tests/unit/DIR/test_NAME to check_PROGRAMS and TESTS,
# with _SOURCES and _LDADD = $(UNIT_LIBS).

check_PROGRAMS += tests/unit/message/test_template
TESTS += tests/unit/message/test_template
tests_unit_message_test_template_SOURCES = tests/unit/message/test_template.c
tests_unit_message_test_template_LDADD = $(UNIT_LIBS)

check_PROGRAMS += tests/unit/message/test_mustache_spec
TESTS += tests/unit/message/test_mustache_spec
tests_unit_message_test_mustache_spec_SOURCES = tests/unit/message/test_mustache_spec.c
tests_unit_message_test_mustache_spec_LDADD = $(UNIT_LIBS)
