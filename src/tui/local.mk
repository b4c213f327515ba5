noinst_LIBRARIES += src/tui/libtui.a
CRIER_LIBS += src/tui/libtui.a
src_tui_libtui_a_CFLAGS = $(AM_CFLAGS) $(NCURSES_CFLAGS)
src_tui_libtui_a_SOURCES = \
	src/tui/action.c \
	src/tui/action.h \
	src/tui/draw.c \
	src/tui/draw.h \
	src/tui/frame.c \
	src/tui/options.c \
	src/tui/options.h \
	src/tui/screen_home.c \
	src/tui/screen_home.h \
	src/tui/screens.c \
	src/tui/screens.h \
	src/tui/task.c \
	src/tui/task.h \
	src/tui/term.c \
	src/tui/term.h \
	src/tui/term_names.c \
	src/tui/term_private.h \
	src/tui/ui.c \
	src/tui/ui.h \
	src/tui/ui_input.c \
	src/tui/ui_message.c \
	src/tui/ui_outside.c \
	src/tui/ui_private.h \
	src/tui/ui_show.c \
	src/tui/ui_stack.c \
	src/tui/view.h
src_tui_libtui_a_SOURCES += \
	src/tui/chooser.c \
	src/tui/chooser.h \
	src/tui/chooser_list.c \
	src/tui/chooser_list.h \
	src/tui/confirm.c \
	src/tui/confirm.h \
	src/tui/dialog.c \
	src/tui/dialog.h \
	src/tui/dialog_parts.c \
	src/tui/help.c \
	src/tui/help.h \
	src/tui/help_manual.c \
	src/tui/menu.c \
	src/tui/menu.h \
	src/tui/pager_dialog.c \
	src/tui/pager_dialog.h \
	src/tui/palette.c \
	src/tui/palette.h \
	src/tui/palette_complete.c \
	src/tui/palette_complete.h \
	src/tui/palette_routes.c \
	src/tui/palette_rules.c \
	src/tui/palette_rules.h \
	src/tui/picklist.c \
	src/tui/picklist.h \
	src/tui/settings_dialog.c \
	src/tui/settings_dialog.h \
	src/tui/views.c \
	src/tui/views.h
src_tui_libtui_a_SOURCES += \
	src/tui/choice.c \
	src/tui/choice.h \
	src/tui/form.c \
	src/tui/form.h \
	src/tui/form_check.c \
	src/tui/form_draw.c \
	src/tui/form_layout.c \
	src/tui/form_private.h \
	src/tui/form_rows.c \
	src/tui/form_words.c \
	src/tui/grapheme.c \
	src/tui/grapheme.h \
	src/tui/input.c \
	src/tui/input.h \
	src/tui/textarea.c \
	src/tui/textarea.h \
	src/tui/textarea_draw.c \
	src/tui/textarea_edit.c \
	src/tui/textarea_fold.c \
	src/tui/textarea_move.c \
	src/tui/textarea_private.h \
	src/tui/undo.c \
	src/tui/undo.h
src_tui_libtui_a_SOURCES += \
	src/tui/campaign_actions.c \
	src/tui/campaign_actions.h \
	src/tui/campaign_join.c \
	src/tui/campaign_join.h \
	src/tui/words.c \
	src/tui/words.h
src_tui_libtui_a_SOURCES += \
	src/tui/chart.c \
	src/tui/chart.h \
	src/tui/pager.c \
	src/tui/pager.h \
	src/tui/pager_draw.c \
	src/tui/pager_private.h \
	src/tui/pager_search.c \
	src/tui/prefs.c \
	src/tui/prefs.h \
	src/tui/saving.c \
	src/tui/saving.h \
	src/tui/tabs.c \
	src/tui/tabs.h \
	src/tui/table.c \
	src/tui/table.h \
	src/tui/table_ask.c \
	src/tui/table_columns.c \
	src/tui/table_copy.c \
	src/tui/table_draw.c \
	src/tui/table_filter.c \
	src/tui/table_filter.h \
	src/tui/table_layout.c \
	src/tui/table_memory.c \
	src/tui/table_memory.h \
	src/tui/table_private.h \
	src/tui/table_window.c
src_tui_libtui_a_SOURCES += \
	src/tui/home_data.c \
	src/tui/home_data.h \
	src/tui/home_draw.c \
	src/tui/home_plain.c \
	src/tui/home_private.h \
	src/tui/live.c \
	src/tui/live.h \
	src/tui/live_draw.c \
	src/tui/live_back.c \
	src/tui/live_private.h
src_tui_libtui_a_SOURCES += src/tui/delivery_list.c src/tui/delivery_list.h
src_tui_libtui_a_SOURCES += src/tui/campaign_preview.c src/tui/campaign_preview.h \
	src/tui/campaign_test.c src/tui/campaign_test.h
src_tui_libtui_a_SOURCES += src/tui/campaign_send.c src/tui/campaign_send.h \
	src/tui/campaign_send_draw.c src/tui/campaign_send_private.h \
	src/tui/campaign_edit.h
src_tui_libtui_a_SOURCES += src/tui/screen_campaigns.c src/tui/screen_campaigns.h \
	src/tui/campaign_files.c src/tui/deleted.c src/tui/deleted.h
src_tui_libtui_a_SOURCES += src/tui/campaign_edit.c src/tui/campaign_edit_fill.c \
	src/tui/campaign_edit_parts.c src/tui/campaign_edit_private.h \
	src/tui/text_edit.c src/tui/text_edit.h
src_tui_libtui_a_SOURCES += src/tui/screen_servers.c src/tui/screen_servers.h \
	src/tui/server_edit.c src/tui/server_edit.h src/tui/server_edit_fill.c \
	src/tui/server_edit_private.h src/tui/server_talk.c src/tui/server_talk.h \
	src/tui/pool_edit.c src/tui/pool_edit.h src/tui/pool_pane.c src/tui/pool_pane.h
src_tui_libtui_a_SOURCES += src/tui/server_speed.c src/tui/server_speed.h
src_tui_libtui_a_SOURCES += src/tui/keys.c src/tui/keys.h
src_tui_libtui_a_SOURCES += src/tui/log_source.c src/tui/log_source.h \
	src/tui/screen_log.c src/tui/screen_log.h
src_tui_libtui_a_SOURCES += src/tui/editing.c src/tui/editing.h
src_tui_libtui_a_SOURCES += src/tui/start_up.c src/tui/start_up.h
src_tui_libtui_a_SOURCES += \
	src/tui/people_actions.c \
	src/tui/people_actions.h \
	src/tui/people_dialog.c \
	src/tui/people_dialog.h \
	src/tui/people_import_check.c \
	src/tui/people_import_columns.c \
	src/tui/people_import_private.h \
	src/tui/people_import_view.c \
	src/tui/people_import_view.h \
	src/tui/people_imports.c \
	src/tui/people_imports.h \
	src/tui/people_imports_actions.c \
	src/tui/people_lists.c \
	src/tui/people_members.c \
	src/tui/people_never.c \
	src/tui/people_never_actions.c \
	src/tui/people_private.h \
	src/tui/people_words.c \
	src/tui/people_words.h \
	src/tui/person.c \
	src/tui/person.h \
	src/tui/person_edit.c \
	src/tui/person_edit.h \
	src/tui/person_edit_fields.c \
	src/tui/person_edit_private.h \
	src/tui/person_private.h \
	src/tui/person_text.c \
	src/tui/screen_people.c \
	src/tui/screen_people.h \
	src/tui/table_search.c \
	src/tui/table_search.h
src_tui_libtui_a_SOURCES += src/tui/wizard.c src/tui/wizard.h src/tui/wizard_private.h \
	src/tui/wizard_steps.c
src_tui_libtui_a_SOURCES += src/tui/ui_worker.c
src_tui_libtui_a_SOURCES += src/tui/about.c src/tui/about.h src/tui/bin_view.c src/tui/bin_view.h \
	src/tui/look.c src/tui/look.h
src_tui_libtui_a_SOURCES += src/tui/login_rows.c src/tui/login_rows.h src/tui/mailbox_edit.c \
	src/tui/storm_ask.c src/tui/storm_ask.h \
	src/tui/mailbox_edit.h src/tui/mailbox_words.c src/tui/mailbox_words.h \
	src/tui/screen_mailboxes.c src/tui/screen_mailboxes.h
src_tui_libtui_a_SOURCES += src/tui/theme.c src/tui/theme.h
src_tui_libtui_a_SOURCES += src/tui/report_draw.c src/tui/report_open.c src/tui/report_pages.c \
	src/tui/report_people.c src/tui/report_people.h src/tui/report_private.h \
	src/tui/report_view.c src/tui/report_view.h src/tui/reports_campaigns.c \
	src/tui/reports_private.h src/tui/reports_storms.c src/tui/reports_unknown.c \
	src/tui/screen_reports.c src/tui/screen_reports.h src/tui/unknown_actions.c \
	src/tui/unknown_actions.h src/tui/unknown_view.c src/tui/unknown_view.h
src_tui_libtui_a_SOURCES += \
	src/tui/doctor_fix.c \
	src/tui/doctor_fix.h \
	src/tui/doctor_run.c \
	src/tui/doctor_run.h \
	src/tui/doctor_run_draw.c \
	src/tui/doctor_run_private.h \
	src/tui/doctor_words.c \
	src/tui/doctor_words.h \
	src/tui/firewall_view.c \
	src/tui/firewall_view.h \
	src/tui/port_edit.c \
	src/tui/port_edit.h \
	src/tui/ports_data.c \
	src/tui/ports_data.h \
	src/tui/ports_draw.c \
	src/tui/ports_private.h \
	src/tui/screen_ports.c \
	src/tui/screen_ports.h \
	src/tui/sockets_view.c \
	src/tui/sockets_view.h \
	src/tui/screen_doctor.c \
	src/tui/screen_doctor.h
