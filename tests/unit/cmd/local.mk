# A test NAME: add tests/unit/DIR/test_NAME to check_PROGRAMS and TESTS,
# with _SOURCES and _LDADD = $(UNIT_LIBS).
check_PROGRAMS += tests/unit/cmd/test_handlers
TESTS += tests/unit/cmd/test_handlers
tests_unit_cmd_test_handlers_SOURCES = tests/unit/cmd/test_handlers.c
tests_unit_cmd_test_handlers_LDADD = $(UNIT_LIBS)
check_PROGRAMS += tests/unit/cmd/test_parse
TESTS += tests/unit/cmd/test_parse
tests_unit_cmd_test_parse_SOURCES = tests/unit/cmd/test_parse.c
tests_unit_cmd_test_parse_LDADD = $(UNIT_LIBS)

check_PROGRAMS += tests/unit/cmd/test_output
TESTS += tests/unit/cmd/test_output
tests_unit_cmd_test_output_SOURCES = tests/unit/cmd/test_output.c
tests_unit_cmd_test_output_LDADD = $(UNIT_LIBS)
