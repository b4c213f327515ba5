# A test NAME: add tests/unit/DIR/test_NAME to check_PROGRAMS and TESTS,
# with _SOURCES and _LDADD = $(UNIT_LIBS).

check_PROGRAMS += tests/unit/worker/test_outcome
TESTS += tests/unit/worker/test_outcome
tests_unit_worker_test_outcome_SOURCES = tests/unit/worker/test_outcome.c
tests_unit_worker_test_outcome_LDADD = $(UNIT_LIBS)

check_PROGRAMS += tests/unit/worker/test_link
TESTS += tests/unit/worker/test_link
tests_unit_worker_test_link_SOURCES = tests/unit/worker/test_link.c
tests_unit_worker_test_link_LDADD = $(UNIT_LIBS)
check_PROGRAMS += tests/unit/worker/test_signing
TESTS += tests/unit/worker/test_signing
tests_unit_worker_test_signing_SOURCES = tests/unit/worker/test_signing.c tests/unit/base/keys.h
tests_unit_worker_test_signing_LDADD = $(UNIT_LIBS)

check_PROGRAMS += tests/unit/worker/test_harden
TESTS += tests/unit/worker/test_harden
tests_unit_worker_test_harden_SOURCES = tests/unit/worker/test_harden.c
tests_unit_worker_test_harden_LDADD = $(UNIT_LIBS)

check_PROGRAMS += tests/unit/worker/test_timers
TESTS += tests/unit/worker/test_timers
tests_unit_worker_test_timers_SOURCES = tests/unit/worker/test_timers.c
tests_unit_worker_test_timers_LDADD = $(UNIT_LIBS)

check_PROGRAMS += tests/unit/worker/test_receivers
TESTS += tests/unit/worker/test_receivers
tests_unit_worker_test_receivers_SOURCES = tests/unit/worker/test_receivers.c
tests_unit_worker_test_receivers_LDADD = $(UNIT_LIBS)

check_PROGRAMS += tests/unit/worker/test_guard
TESTS += tests/unit/worker/test_guard
tests_unit_worker_test_guard_SOURCES = tests/unit/worker/test_guard.c
tests_unit_worker_test_guard_LDADD = $(UNIT_LIBS)

check_PROGRAMS += tests/unit/worker/test_intake
TESTS += tests/unit/worker/test_intake
tests_unit_worker_test_intake_SOURCES = tests/unit/worker/test_intake.c tests/unit/store/place.h
tests_unit_worker_test_intake_LDADD = $(UNIT_LIBS)
