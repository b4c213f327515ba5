# A test NAME: add tests/unit/DIR/test_NAME to check_PROGRAMS and TESTS,
# with _SOURCES and _LDADD = $(UNIT_LIBS).

check_PROGRAMS += tests/unit/base/test_error
TESTS += tests/unit/base/test_error
tests_unit_base_test_error_SOURCES = tests/unit/base/test_error.c
tests_unit_base_test_error_LDADD = $(UNIT_LIBS)

check_PROGRAMS += tests/unit/base/test_text
TESTS += tests/unit/base/test_text
tests_unit_base_test_text_SOURCES = tests/unit/base/test_text.c
tests_unit_base_test_text_LDADD = $(UNIT_LIBS)
check_PROGRAMS += tests/unit/base/test_json
TESTS += tests/unit/base/test_json
tests_unit_base_test_json_SOURCES = tests/unit/base/test_json.c
tests_unit_base_test_json_LDADD = $(UNIT_LIBS)

check_PROGRAMS += tests/unit/base/test_crypto
TESTS += tests/unit/base/test_crypto
tests_unit_base_test_crypto_SOURCES = tests/unit/base/test_crypto.c
tests_unit_base_test_crypto_LDADD = $(UNIT_LIBS)

check_PROGRAMS += tests/unit/base/test_token
TESTS += tests/unit/base/test_token
tests_unit_base_test_token_SOURCES = tests/unit/base/test_token.c
tests_unit_base_test_token_LDADD = $(UNIT_LIBS)

check_PROGRAMS += tests/unit/base/test_file
TESTS += tests/unit/base/test_file
tests_unit_base_test_file_SOURCES = tests/unit/base/test_file.c
tests_unit_base_test_file_LDADD = $(UNIT_LIBS)

check_PROGRAMS += tests/unit/base/test_hostport
TESTS += tests/unit/base/test_hostport
tests_unit_base_test_hostport_SOURCES = tests/unit/base/test_hostport.c
tests_unit_base_test_hostport_LDADD = $(UNIT_LIBS)

check_PROGRAMS += tests/unit/base/test_mailaddr
TESTS += tests/unit/base/test_mailaddr
tests_unit_base_test_mailaddr_SOURCES = tests/unit/base/test_mailaddr.c
tests_unit_base_test_mailaddr_LDADD = $(UNIT_LIBS)
check_PROGRAMS += tests/unit/base/test_processor
TESTS += tests/unit/base/test_processor
tests_unit_base_test_processor_SOURCES = tests/unit/base/test_processor.c
tests_unit_base_test_processor_LDADD = $(UNIT_LIBS)

check_PROGRAMS += tests/unit/base/test_loop
TESTS += tests/unit/base/test_loop
tests_unit_base_test_loop_SOURCES = tests/unit/base/test_loop.c
tests_unit_base_test_loop_LDADD = $(UNIT_LIBS)

check_PROGRAMS += tests/unit/base/test_process
TESTS += tests/unit/base/test_process
tests_unit_base_test_process_SOURCES = tests/unit/base/test_process.c
tests_unit_base_test_process_LDADD = $(UNIT_LIBS)

check_PROGRAMS += tests/unit/base/test_log
TESTS += tests/unit/base/test_log
tests_unit_base_test_log_SOURCES = tests/unit/base/test_log.c
tests_unit_base_test_log_LDADD = $(UNIT_LIBS)

check_PROGRAMS += tests/unit/base/test_clock
TESTS += tests/unit/base/test_clock
tests_unit_base_test_clock_SOURCES = tests/unit/base/test_clock.c
tests_unit_base_test_clock_LDADD = $(UNIT_LIBS)

check_PROGRAMS += tests/unit/base/test_field
TESTS += tests/unit/base/test_field
tests_unit_base_test_field_SOURCES = tests/unit/base/test_field.c
tests_unit_base_test_field_LDADD = $(UNIT_LIBS)

check_PROGRAMS += tests/unit/base/test_when
TESTS += tests/unit/base/test_when
tests_unit_base_test_when_SOURCES = tests/unit/base/test_when.c
tests_unit_base_test_when_LDADD = $(UNIT_LIBS)
check_PROGRAMS += tests/unit/base/test_crypto_key
TESTS += tests/unit/base/test_crypto_key
tests_unit_base_test_crypto_key_SOURCES = tests/unit/base/test_crypto_key.c tests/unit/base/keys.h
tests_unit_base_test_crypto_key_LDADD = $(UNIT_LIBS)

check_PROGRAMS += tests/unit/base/test_linediff
TESTS += tests/unit/base/test_linediff
tests_unit_base_test_linediff_SOURCES = tests/unit/base/test_linediff.c
tests_unit_base_test_linediff_LDADD = $(UNIT_LIBS)
check_PROGRAMS += tests/unit/base/test_ipkind
TESTS += tests/unit/base/test_ipkind
tests_unit_base_test_ipkind_SOURCES = tests/unit/base/test_ipkind.c
tests_unit_base_test_ipkind_LDADD = $(UNIT_LIBS)
