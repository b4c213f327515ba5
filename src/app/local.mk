noinst_LIBRARIES += src/app/libapp.a
CRIER_LIBS += src/app/libapp.a
src_app_libapp_a_CFLAGS = $(AM_CFLAGS)
src_app_libapp_a_SOURCES = \
	src/app/apply.c \
	src/app/apply.h \
	src/app/check.c \
	src/app/check.h \
	src/app/check_private.h \
	src/app/check_tally_private.h \
	src/app/check_content.c \
	src/app/check_links.c \
	src/app/check_people.c \
	src/app/check_pool.c \
	src/app/check_people_say.c \
	src/app/check_setup.c \
	src/app/check_spam.c \
	src/app/bounces.c \
	src/app/bounces.h \
	src/app/bounces_again.c \
	src/app/bounces_rules.c \
	src/app/bounces_shapes.c \
	src/app/bounces_shapes.h \
	src/app/control.c \
	src/app/control.h \
	src/app/dkim.c \
	src/app/dkim.h \
	src/app/diagnosis.c \
	src/app/diagnosis.h \
	src/app/diff.c \
	src/app/doctor_due.c \
	src/app/doctor_due.h \
	src/app/diff.h \
	src/app/export.c \
	src/app/export.h \
	src/app/import_eml.c \
	src/app/import_eml.h \
	src/app/site.c \
	src/app/site.h \
	src/app/said_view.c \
	src/app/said_view.h \
	src/app/mailbox_now.c \
	src/app/mailbox_now.h \
	src/app/evidence.c \
	src/app/evidence.h \
	src/app/evidence_change.c \
	src/app/evidence_late.c \
	src/app/evidence_follow.c \
	src/app/evidence_private.h \
	src/app/evidence_refused.c \
	src/app/evidence_take.c \
	src/app/hook_mail.c \
	src/app/hook_mail.h \
	src/app/hook_news.c \
	src/app/hook_news.h \
	src/app/hook_reply.c \
	src/app/import.c \
	src/app/import.h \
	src/app/import_columns.c \
	src/app/import_columns.h \
	src/app/letter.c \
	src/app/letter.h \
	src/app/letter_expand.c \
	src/app/pace_words.c \
	src/app/preview.c \
	src/app/refusals.c \
	src/app/report.c \
	src/app/report.h \
	src/app/report_write.c \
	src/app/refusals.h \
	src/app/preview.h \
	src/app/schedule.c \
	src/app/schedule.h \
	src/app/secret.c \
	src/app/secret.h \
	src/app/shapes.c \
	src/app/shapes.h \
	src/app/start.c \
	src/app/start.h \
	src/app/status.c \
	src/app/status.h \
	src/app/verbs.c \
	src/app/verbs_find.c \
	src/app/verbs.h \
	src/app/verbs_options_private.h
src_app_libapp_a_SOURCES += \
	src/app/import_inputs.c \
	src/app/import_never.c \
	src/app/import_preset.c \
	src/app/import_preset.h \
	src/app/import_private.h \
	src/app/import_rejects.c \
	src/app/import_rejects.h
src_app_libapp_a_SOURCES += src/app/people_data.c src/app/people_data.h
src_app_libapp_a_SOURCES += src/app/recovery.c src/app/recovery.h
src_app_libapp_a_SOURCES += src/app/conflict.c src/app/conflict.h
src_app_libapp_a_SOURCES += src/app/resume.c src/app/resume.h
src_app_libapp_a_SOURCES += src/app/correct.c src/app/correct.h
src_app_libapp_a_SOURCES += src/app/service.c src/app/service.h
src_app_libapp_a_SOURCES += src/app/status_mailboxes.c src/app/status_ports.c src/app/status_problems.c
src_app_libapp_a_SOURCES += src/app/import_look.c src/app/import_look.h
src_app_libapp_a_SOURCES += src/app/logtail.c src/app/logtail.h
src_app_libapp_a_SOURCES += src/app/explain.c src/app/explain.h
src_app_libapp_a_SOURCES += src/app/join.c src/app/join.h
src_app_libapp_a_SOURCES += src/app/explain_causes.c src/app/explain_private.h
src_app_libapp_a_SOURCES += src/app/members.c src/app/members.h
src_app_libapp_a_SOURCES += src/app/check_limits.c
src_app_libapp_a_SOURCES += src/app/provider_table.c src/app/provider_table.h
src_app_libapp_a_SOURCES += src/app/provider_view.c src/app/provider_view.h
src_app_libapp_a_SOURCES += src/app/check_receivers.c
src_app_libapp_a_SOURCES += src/app/envelopes.c src/app/envelopes.h
