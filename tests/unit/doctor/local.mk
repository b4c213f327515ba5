check_PROGRAMS += tests/unit/doctor/test_doctor
TESTS += tests/unit/doctor/test_doctor
tests_unit_doctor_test_doctor_SOURCES = tests/unit/doctor/test_doctor.c
tests_unit_doctor_test_doctor_LDADD = $(UNIT_LIBS)
check_PROGRAMS += tests/unit/doctor/test_check_names
TESTS += tests/unit/doctor/test_check_names
tests_unit_doctor_test_check_names_SOURCES = tests/unit/doctor/test_check_names.c
tests_unit_doctor_test_check_names_LDADD = $(UNIT_LIBS)
check_PROGRAMS += tests/unit/doctor/test_local
TESTS += tests/unit/doctor/test_local
tests_unit_doctor_test_local_SOURCES = tests/unit/doctor/test_local.c
tests_unit_doctor_test_local_LDADD = $(UNIT_LIBS)
check_PROGRAMS += tests/unit/doctor/test_ports
TESTS += tests/unit/doctor/test_ports
tests_unit_doctor_test_ports_SOURCES = tests/unit/doctor/test_ports.c
tests_unit_doctor_test_ports_LDADD = $(UNIT_LIBS)
check_PROGRAMS += tests/unit/doctor/test_check_settings
TESTS += tests/unit/doctor/test_check_settings
tests_unit_doctor_test_check_settings_SOURCES = tests/unit/doctor/test_check_settings.c
tests_unit_doctor_test_check_settings_LDADD = $(UNIT_LIBS)
# Not a test by itself: tests/system/test_spf.py gives it its cases.
check_PROGRAMS += tests/unit/doctor/spf_suite
tests_unit_doctor_spf_suite_SOURCES = tests/unit/doctor/spf_suite.c tests/unit/doctor/fakedns.c \
	tests/unit/doctor/fakedns.h
tests_unit_doctor_spf_suite_LDADD = $(UNIT_LIBS)
check_PROGRAMS += tests/unit/doctor/test_spf
TESTS += tests/unit/doctor/test_spf
tests_unit_doctor_test_spf_SOURCES = tests/unit/doctor/test_spf.c tests/unit/doctor/fakedns.c \
	tests/unit/doctor/fakedns.h
tests_unit_doctor_test_spf_LDADD = $(UNIT_LIBS)
check_PROGRAMS += tests/unit/doctor/test_check_resources
TESTS += tests/unit/doctor/test_check_resources
tests_unit_doctor_test_check_resources_SOURCES = tests/unit/doctor/test_check_resources.c
tests_unit_doctor_test_check_resources_LDADD = $(UNIT_LIBS)
check_PROGRAMS += tests/unit/doctor/test_check_queue
TESTS += tests/unit/doctor/test_check_queue
tests_unit_doctor_test_check_queue_SOURCES = tests/unit/doctor/test_check_queue.c
tests_unit_doctor_test_check_queue_LDADD = $(UNIT_LIBS)
check_PROGRAMS += tests/unit/doctor/test_check_sandbox
TESTS += tests/unit/doctor/test_check_sandbox
tests_unit_doctor_test_check_sandbox_SOURCES = tests/unit/doctor/test_check_sandbox.c
tests_unit_doctor_test_check_sandbox_LDADD = $(UNIT_LIBS)
check_PROGRAMS += tests/unit/doctor/test_dmarc
TESTS += tests/unit/doctor/test_dmarc
tests_unit_doctor_test_dmarc_SOURCES = tests/unit/doctor/test_dmarc.c tests/unit/doctor/fakedns.c \
	tests/unit/doctor/fakedns.h
tests_unit_doctor_test_dmarc_LDADD = $(UNIT_LIBS)
check_PROGRAMS += tests/unit/doctor/test_sender
TESTS += tests/unit/doctor/test_sender
tests_unit_doctor_test_sender_SOURCES = tests/unit/doctor/test_sender.c tests/unit/doctor/fakedns.c \
	tests/unit/doctor/fakedns.h
tests_unit_doctor_test_sender_LDADD = $(UNIT_LIBS)
check_PROGRAMS += tests/unit/doctor/test_verdict
TESTS += tests/unit/doctor/test_verdict
tests_unit_doctor_test_verdict_SOURCES = tests/unit/doctor/test_verdict.c
tests_unit_doctor_test_verdict_LDADD = $(UNIT_LIBS)
