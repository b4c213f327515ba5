check_PROGRAMS += tests/unit/doctor/test_doctor
TESTS += tests/unit/doctor/test_doctor
tests_unit_doctor_test_doctor_SOURCES = tests/unit/doctor/test_doctor.c
tests_unit_doctor_test_doctor_LDADD = $(UNIT_LIBS)
