# A test NAME: add tests/unit/DIR/test_NAME to check_PROGRAMS and TESTS,
# with _SOURCES and _LDADD = $(UNIT_LIBS).

check_PROGRAMS += tests/unit/app/test_verbs
TESTS += tests/unit/app/test_verbs
tests_unit_app_test_verbs_SOURCES = tests/unit/app/test_verbs.c
tests_unit_app_test_verbs_LDADD = $(UNIT_LIBS)

check_PROGRAMS += tests/unit/app/test_status
TESTS += tests/unit/app/test_status
tests_unit_app_test_status_SOURCES = tests/unit/app/test_status.c tests/unit/store/place.h
tests_unit_app_test_status_LDADD = $(UNIT_LIBS)

check_PROGRAMS += tests/unit/app/test_import_columns
TESTS += tests/unit/app/test_import_columns
tests_unit_app_test_import_columns_SOURCES = tests/unit/app/test_import_columns.c
tests_unit_app_test_import_columns_LDADD = $(UNIT_LIBS)

check_PROGRAMS += tests/unit/app/test_letter
TESTS += tests/unit/app/test_letter
tests_unit_app_test_letter_SOURCES = tests/unit/app/test_letter.c
tests_unit_app_test_letter_LDADD = $(UNIT_LIBS)

check_PROGRAMS += tests/unit/app/test_dkim
TESTS += tests/unit/app/test_dkim
tests_unit_app_test_dkim_SOURCES = tests/unit/app/test_dkim.c tests/unit/base/keys.h \
	tests/unit/store/place.h
tests_unit_app_test_dkim_LDADD = $(UNIT_LIBS)

check_PROGRAMS += tests/unit/app/test_secret
TESTS += tests/unit/app/test_secret
tests_unit_app_test_secret_SOURCES = tests/unit/app/test_secret.c
tests_unit_app_test_secret_LDADD = $(UNIT_LIBS)

check_PROGRAMS += tests/unit/app/test_check
TESTS += tests/unit/app/test_check
tests_unit_app_test_check_SOURCES = tests/unit/app/test_check.c
tests_unit_app_test_check_LDADD = $(UNIT_LIBS)

check_PROGRAMS += tests/unit/app/test_adding
TESTS += tests/unit/app/test_adding
tests_unit_app_test_adding_SOURCES = tests/unit/app/test_adding.c tests/unit/store/place.h
tests_unit_app_test_adding_LDADD = $(UNIT_LIBS)

check_PROGRAMS += tests/unit/app/test_edits
TESTS += tests/unit/app/test_edits
tests_unit_app_test_edits_SOURCES = tests/unit/app/test_edits.c tests/unit/store/place.h
tests_unit_app_test_edits_LDADD = $(UNIT_LIBS)

check_PROGRAMS += tests/unit/app/test_service
TESTS += tests/unit/app/test_service
tests_unit_app_test_service_SOURCES = tests/unit/app/test_service.c
tests_unit_app_test_service_LDADD = $(UNIT_LIBS)

check_PROGRAMS += tests/unit/app/test_logtail
TESTS += tests/unit/app/test_logtail
tests_unit_app_test_logtail_SOURCES = tests/unit/app/test_logtail.c tests/unit/store/place.h
tests_unit_app_test_logtail_LDADD = $(UNIT_LIBS)

check_PROGRAMS += tests/unit/app/test_evidence
TESTS += tests/unit/app/test_evidence
tests_unit_app_test_evidence_SOURCES = tests/unit/app/test_evidence.c tests/unit/app/mailed.h \
	tests/unit/app/came_back.h tests/unit/store/place.h
tests_unit_app_test_evidence_LDADD = $(UNIT_LIBS)

check_PROGRAMS += tests/unit/app/test_evidence_change
TESTS += tests/unit/app/test_evidence_change
tests_unit_app_test_evidence_change_SOURCES = tests/unit/app/test_evidence_change.c \
	tests/unit/app/came_back.h tests/unit/app/mailed.h tests/unit/store/place.h
tests_unit_app_test_evidence_change_LDADD = $(UNIT_LIBS)

check_PROGRAMS += tests/unit/app/test_hook_reply
TESTS += tests/unit/app/test_hook_reply
tests_unit_app_test_hook_reply_SOURCES = tests/unit/app/test_hook_reply.c tests/unit/store/place.h
tests_unit_app_test_hook_reply_LDADD = $(UNIT_LIBS)

check_PROGRAMS += tests/unit/app/test_evidence_refused
TESTS += tests/unit/app/test_evidence_refused
tests_unit_app_test_evidence_refused_SOURCES = tests/unit/app/test_evidence_refused.c \
	tests/unit/app/mailed.h tests/unit/store/place.h
tests_unit_app_test_evidence_refused_LDADD = $(UNIT_LIBS)
check_PROGRAMS += tests/unit/app/test_report
TESTS += tests/unit/app/test_report
tests_unit_app_test_report_SOURCES = tests/unit/app/test_report.c tests/unit/store/place.h
tests_unit_app_test_report_LDADD = $(UNIT_LIBS)

check_PROGRAMS += tests/unit/app/test_evidence_request
TESTS += tests/unit/app/test_evidence_request
tests_unit_app_test_evidence_request_SOURCES = tests/unit/app/test_evidence_request.c \
	tests/unit/app/mailed.h tests/unit/store/place.h
tests_unit_app_test_evidence_request_LDADD = $(UNIT_LIBS)

check_PROGRAMS += tests/unit/app/test_evidence_edges
TESTS += tests/unit/app/test_evidence_edges
tests_unit_app_test_evidence_edges_SOURCES = tests/unit/app/test_evidence_edges.c \
	tests/unit/app/came_back.h tests/unit/app/mailed.h tests/unit/store/place.h
tests_unit_app_test_evidence_edges_LDADD = $(UNIT_LIBS)
check_PROGRAMS += tests/unit/app/test_bounces
TESTS += tests/unit/app/test_bounces
tests_unit_app_test_bounces_SOURCES = tests/unit/app/test_bounces.c tests/unit/app/mailed.h \
	tests/unit/store/place.h
tests_unit_app_test_bounces_LDADD = $(UNIT_LIBS)

check_PROGRAMS += tests/unit/app/test_doctor_due
TESTS += tests/unit/app/test_doctor_due
tests_unit_app_test_doctor_due_SOURCES = tests/unit/app/test_doctor_due.c tests/unit/store/place.h
tests_unit_app_test_doctor_due_LDADD = $(UNIT_LIBS)

check_PROGRAMS += tests/unit/app/test_diagnosis
TESTS += tests/unit/app/test_diagnosis
tests_unit_app_test_diagnosis_SOURCES = tests/unit/app/test_diagnosis.c
tests_unit_app_test_diagnosis_LDADD = $(UNIT_LIBS)
