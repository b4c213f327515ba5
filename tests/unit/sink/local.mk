# A test NAME: add tests/unit/DIR/test_NAME to check_PROGRAMS and TESTS,
# with _SOURCES and _LDADD = $(UNIT_LIBS).
check_PROGRAMS += tests/unit/sink/test_script
TESTS += tests/unit/sink/test_script
tests_unit_sink_test_script_SOURCES = tests/unit/sink/test_script.c
tests_unit_sink_test_script_LDADD = $(UNIT_LIBS)

check_PROGRAMS += tests/unit/sink/test_intake
TESTS += tests/unit/sink/test_intake
tests_unit_sink_test_intake_SOURCES = tests/unit/sink/test_intake.c
tests_unit_sink_test_intake_LDADD = $(UNIT_LIBS)

check_PROGRAMS += tests/unit/sink/test_session
TESTS += tests/unit/sink/test_session
tests_unit_sink_test_session_SOURCES = tests/unit/sink/test_session.c
tests_unit_sink_test_session_LDADD = $(UNIT_LIBS)

check_PROGRAMS += tests/unit/sink/test_sink
TESTS += tests/unit/sink/test_sink
tests_unit_sink_test_sink_SOURCES = tests/unit/sink/test_sink.c
tests_unit_sink_test_sink_LDADD = $(UNIT_LIBS)
