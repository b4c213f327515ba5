noinst_LIBRARIES += src/doctor/libdoctor.a
CRIER_LIBS += src/doctor/libdoctor.a
src_doctor_libdoctor_a_SOURCES = src/doctor/doctor.c src/doctor/doctor.h
src_doctor_libdoctor_a_SOURCES += src/doctor/check_private.h src/doctor/checks.c src/doctor/checks_private.h
src_doctor_libdoctor_a_SOURCES += src/doctor/check_settings.c
src_doctor_libdoctor_a_SOURCES += src/doctor/report.c
src_doctor_libdoctor_a_SOURCES += src/doctor/check_names.c src/doctor/check_names.h
src_doctor_libdoctor_a_SOURCES += src/doctor/subject.c src/doctor/subject.h
