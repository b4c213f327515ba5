# A test NAME: add tests/unit/DIR/test_NAME to check_PROGRAMS and TESTS,
# with _SOURCES and _LDADD = $(UNIT_LIBS).

check_PROGRAMS += tests/unit/store/test_ledger
TESTS += tests/unit/store/test_ledger
tests_unit_store_test_ledger_SOURCES = tests/unit/store/test_ledger.c
tests_unit_store_test_ledger_LDADD = $(UNIT_LIBS)
