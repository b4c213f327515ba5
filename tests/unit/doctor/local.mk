check_PROGRAMS += tests/unit/doctor/test_doctor
TESTS += tests/unit/doctor/test_doctor
tests_unit_doctor_test_doctor_SOURCES = tests/unit/doctor/test_doctor.c
tests_unit_doctor_test_doctor_LDADD = $(UNIT_LIBS)
check_PROGRAMS += tests/unit/doctor/test_check_names
TESTS += tests/unit/doctor/test_check_names
tests_unit_doctor_test_check_names_SOURCES = tests/unit/doctor/test_check_names.c
tests_unit_doctor_test_check_names_LDADD = $(UNIT_LIBS)
