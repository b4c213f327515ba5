noinst_LIBRARIES += src/cmd/libcmd.a
CRIER_LIBS += src/cmd/libcmd.a
src_cmd_libcmd_a_CFLAGS = $(AM_CFLAGS)
src_cmd_libcmd_a_SOURCES = \
	src/cmd/apply.c \
	src/cmd/campaign.c \
	src/cmd/campaign_report.c \
	src/cmd/campaign_test.c \
	src/cmd/bin.c src/cmd/bounce.c \
	src/cmd/bounce_decide.c \
	src/cmd/bounce_list.c \
	src/cmd/bounce_rules.c \
	src/cmd/bounce_words.c \
	src/cmd/bounce_words.h \
	src/cmd/campaign_correct.c \
	src/cmd/campaign_edit.c \
	src/cmd/check.c \
	src/cmd/cmd.c \
	src/cmd/cmd.h \
	src/cmd/control.c \
	src/cmd/demo.c \
	src/cmd/demo_account.c \
	src/cmd/demo_account.h \
	src/cmd/worker.c \
	src/cmd/db.c \
	src/cmd/dkim.c \
	src/cmd/doctor.c \
	src/cmd/diff.c \
	src/cmd/export.c \
	src/cmd/fault.c \
	src/cmd/handlers.c \
	src/cmd/handlers.h \
	src/cmd/help.c \
	src/cmd/hook.c \
	src/cmd/init.c \
	src/cmd/list.c \
	src/cmd/log.c \
	src/cmd/mailbox.c \
	src/cmd/mailbox_steps.c \
	src/cmd/mailbox_steps.h \
	src/cmd/mailbox_read.c \
	src/cmd/mailbox_test.c \
	src/cmd/port.c src/cmd/port_test.c src/cmd/port_words.h \
	src/cmd/firewall.c \
	src/cmd/pool.c \
	src/cmd/output.c \
	src/cmd/output.h \
	src/cmd/parse.c \
	src/cmd/dial.c \
	src/cmd/dial.h \
	src/cmd/dial_steps.c \
	src/cmd/dial_steps.h \
	src/cmd/password.c \
	src/cmd/password.h \
	src/cmd/people.c \
	src/cmd/people_import.c \
	src/cmd/people_import.h \
	src/cmd/preview.c \
	src/cmd/progress.c \
	src/cmd/progress.h \
	src/cmd/schedule.c \
	src/cmd/schedule.h \
	src/cmd/server.c \
	src/cmd/server_test.c \
	src/cmd/service.c \
	src/cmd/service.h \
	src/cmd/settings.c \
	src/cmd/status.c \
	src/cmd/tell.c \
	src/cmd/tell.h \
	src/cmd/suppress.c \
	src/cmd/template.c
src_cmd_libcmd_a_SOURCES += \
	src/cmd/people_data.c \
	src/cmd/people_undo.c \
	src/cmd/translate.c
src_cmd_libcmd_a_SOURCES += src/cmd/people_columns.c
src_cmd_libcmd_a_SOURCES += src/cmd/sql.c
src_cmd_libcmd_a_SOURCES += src/cmd/explain.c
src_cmd_libcmd_a_SOURCES += src/cmd/decide.c src/cmd/decide.h
src_cmd_libcmd_a_SOURCES += src/cmd/provider.c src/cmd/provider_look.c
src_cmd_libcmd_a_SOURCES += src/cmd/ports.c src/cmd/ports_rows.c src/cmd/ports_rows.h src/cmd/ports_connect.c
