# A test NAME: add tests/unit/DIR/test_NAME to check_PROGRAMS and TESTS,
# with _SOURCES and _LDADD = $(UNIT_LIBS).
EXTRA_DIST += tests/unit/tui/keys.h

check_PROGRAMS += tests/unit/tui/test_grapheme
TESTS += tests/unit/tui/test_grapheme
tests_unit_tui_test_grapheme_SOURCES = tests/unit/tui/test_grapheme.c
tests_unit_tui_test_grapheme_LDADD = $(UNIT_LIBS)

check_PROGRAMS += tests/unit/tui/test_undo
TESTS += tests/unit/tui/test_undo
tests_unit_tui_test_undo_SOURCES = tests/unit/tui/test_undo.c
tests_unit_tui_test_undo_LDADD = $(UNIT_LIBS)

check_PROGRAMS += tests/unit/tui/test_input
TESTS += tests/unit/tui/test_input
tests_unit_tui_test_input_SOURCES = tests/unit/tui/test_input.c
tests_unit_tui_test_input_LDADD = $(UNIT_LIBS)

EXTRA_DIST += tests/unit/tui/rows.h tests/unit/tui/screen.h
TUI_WRAP_SCREEN = -Wl,--wrap=term_put -Wl,--wrap=term_cursor -Wl,--wrap=term_glyphs
TUI_WRAP_TABLE = -Wl,--wrap=ui_fail -Wl,--wrap=menu_ask

check_PROGRAMS += tests/unit/tui/test_table_filter
TESTS += tests/unit/tui/test_table_filter
tests_unit_tui_test_table_filter_SOURCES = tests/unit/tui/test_table_filter.c
tests_unit_tui_test_table_filter_LDADD = $(UNIT_LIBS)

check_PROGRAMS += tests/unit/tui/test_table
TESTS += tests/unit/tui/test_table
tests_unit_tui_test_table_SOURCES = tests/unit/tui/test_table.c
tests_unit_tui_test_table_LDADD = $(UNIT_LIBS)
tests_unit_tui_test_table_LDFLAGS = $(AM_LDFLAGS) $(TUI_WRAP_TABLE)

check_PROGRAMS += tests/unit/tui/test_form
TESTS += tests/unit/tui/test_form
tests_unit_tui_test_form_SOURCES = tests/unit/tui/test_form.c
tests_unit_tui_test_form_LDADD = $(UNIT_LIBS)
tests_unit_tui_test_form_LDFLAGS = $(AM_LDFLAGS) $(TUI_WRAP_SCREEN)

check_PROGRAMS += tests/unit/tui/test_choice
TESTS += tests/unit/tui/test_choice
tests_unit_tui_test_choice_SOURCES = tests/unit/tui/test_choice.c
tests_unit_tui_test_choice_LDADD = $(UNIT_LIBS)
tests_unit_tui_test_choice_LDFLAGS = $(AM_LDFLAGS) $(TUI_WRAP_SCREEN)
check_PROGRAMS += tests/unit/tui/test_chart
TESTS += tests/unit/tui/test_chart
tests_unit_tui_test_chart_SOURCES = tests/unit/tui/test_chart.c
tests_unit_tui_test_chart_LDADD = $(UNIT_LIBS)
tests_unit_tui_test_chart_LDFLAGS = $(AM_LDFLAGS) $(TUI_WRAP_SCREEN)

check_PROGRAMS += tests/unit/tui/test_pager
TESTS += tests/unit/tui/test_pager
tests_unit_tui_test_pager_SOURCES = tests/unit/tui/test_pager.c
tests_unit_tui_test_pager_LDADD = $(UNIT_LIBS)
tests_unit_tui_test_pager_LDFLAGS = $(AM_LDFLAGS) $(TUI_WRAP_SCREEN)
check_PROGRAMS += tests/unit/tui/test_confirm
TESTS += tests/unit/tui/test_confirm
tests_unit_tui_test_confirm_SOURCES = tests/unit/tui/test_confirm.c
tests_unit_tui_test_confirm_LDADD = $(UNIT_LIBS)
tests_unit_tui_test_confirm_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=ui_say

check_PROGRAMS += tests/unit/tui/test_picklist
TESTS += tests/unit/tui/test_picklist
tests_unit_tui_test_picklist_SOURCES = tests/unit/tui/test_picklist.c
tests_unit_tui_test_picklist_LDADD = $(UNIT_LIBS)

check_PROGRAMS += tests/unit/tui/test_dialog_parts
TESTS += tests/unit/tui/test_dialog_parts
tests_unit_tui_test_dialog_parts_SOURCES = tests/unit/tui/test_dialog_parts.c
tests_unit_tui_test_dialog_parts_LDADD = $(UNIT_LIBS)
tests_unit_tui_test_dialog_parts_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=ui_is_accessible

check_PROGRAMS += tests/unit/tui/test_chooser_list
TESTS += tests/unit/tui/test_chooser_list
tests_unit_tui_test_chooser_list_SOURCES = tests/unit/tui/test_chooser_list.c
tests_unit_tui_test_chooser_list_LDADD = $(UNIT_LIBS)

check_PROGRAMS += tests/unit/tui/test_palette
TESTS += tests/unit/tui/test_palette
tests_unit_tui_test_palette_SOURCES = tests/unit/tui/test_palette.c
tests_unit_tui_test_palette_LDADD = $(UNIT_LIBS)

check_PROGRAMS += tests/unit/tui/test_views
TESTS += tests/unit/tui/test_views
tests_unit_tui_test_views_SOURCES = tests/unit/tui/test_views.c
tests_unit_tui_test_views_LDADD = $(UNIT_LIBS)

TUI_WRAP_STAGE = -Wl,--wrap=ui_push -Wl,--wrap=ui_close -Wl,--wrap=ui_when_shown \
	-Wl,--wrap=ui_is_accessible -Wl,--wrap=ui_redraw -Wl,--wrap=ui_say -Wl,--wrap=ui_fail \
	-Wl,--wrap=ui_fail_text -Wl,--wrap=ui_workspace -Wl,--wrap=ui_now_us

check_PROGRAMS += tests/unit/tui/test_dialogs
TESTS += tests/unit/tui/test_dialogs
tests_unit_tui_test_dialogs_SOURCES = tests/unit/tui/test_dialogs.c
tests_unit_tui_test_dialogs_LDADD = $(UNIT_LIBS)
tests_unit_tui_test_dialogs_LDFLAGS = $(AM_LDFLAGS) $(TUI_WRAP_SCREEN) $(TUI_WRAP_STAGE)

check_PROGRAMS += tests/unit/tui/test_table_layout
TESTS += tests/unit/tui/test_table_layout
tests_unit_tui_test_table_layout_SOURCES = tests/unit/tui/test_table_layout.c
tests_unit_tui_test_table_layout_LDADD = $(UNIT_LIBS)

check_PROGRAMS += tests/unit/tui/test_table_memory
TESTS += tests/unit/tui/test_table_memory
tests_unit_tui_test_table_memory_SOURCES = tests/unit/tui/test_table_memory.c
tests_unit_tui_test_table_memory_LDADD = $(UNIT_LIBS)

check_PROGRAMS += tests/unit/tui/test_table_draw
TESTS += tests/unit/tui/test_table_draw
tests_unit_tui_test_table_draw_SOURCES = tests/unit/tui/test_table_draw.c
tests_unit_tui_test_table_draw_LDADD = $(UNIT_LIBS)
tests_unit_tui_test_table_draw_LDFLAGS = $(AM_LDFLAGS) $(TUI_WRAP_SCREEN)

check_PROGRAMS += tests/unit/tui/test_prefs
TESTS += tests/unit/tui/test_prefs
tests_unit_tui_test_prefs_SOURCES = tests/unit/tui/test_prefs.c
tests_unit_tui_test_prefs_LDADD = $(UNIT_LIBS)

check_PROGRAMS += tests/unit/tui/test_textarea
TESTS += tests/unit/tui/test_textarea
tests_unit_tui_test_textarea_SOURCES = tests/unit/tui/test_textarea.c
tests_unit_tui_test_textarea_LDADD = $(UNIT_LIBS)
tests_unit_tui_test_textarea_LDFLAGS = $(AM_LDFLAGS) $(TUI_WRAP_SCREEN)

check_PROGRAMS += tests/unit/tui/test_keys
TESTS += tests/unit/tui/test_keys
tests_unit_tui_test_keys_SOURCES = tests/unit/tui/test_keys.c
tests_unit_tui_test_keys_LDADD = $(UNIT_LIBS)

check_PROGRAMS += tests/unit/tui/test_theme
TESTS += tests/unit/tui/test_theme
tests_unit_tui_test_theme_SOURCES = tests/unit/tui/test_theme.c
tests_unit_tui_test_theme_LDADD = $(UNIT_LIBS)
check_PROGRAMS += tests/unit/tui/test_people_words
TESTS += tests/unit/tui/test_people_words
tests_unit_tui_test_people_words_SOURCES = tests/unit/tui/test_people_words.c
tests_unit_tui_test_people_words_LDADD = $(UNIT_LIBS)

check_PROGRAMS += tests/unit/tui/test_table_search
TESTS += tests/unit/tui/test_table_search
tests_unit_tui_test_table_search_SOURCES = tests/unit/tui/test_table_search.c
tests_unit_tui_test_table_search_LDADD = $(UNIT_LIBS)

check_PROGRAMS += tests/unit/tui/test_look
TESTS += tests/unit/tui/test_look
tests_unit_tui_test_look_SOURCES = tests/unit/tui/test_look.c
tests_unit_tui_test_look_LDADD = $(UNIT_LIBS)

check_PROGRAMS += tests/unit/tui/test_tabs
TESTS += tests/unit/tui/test_tabs
tests_unit_tui_test_tabs_SOURCES = tests/unit/tui/test_tabs.c
tests_unit_tui_test_tabs_LDADD = $(UNIT_LIBS)
tests_unit_tui_test_tabs_LDFLAGS = $(AM_LDFLAGS) $(TUI_WRAP_SCREEN)

check_PROGRAMS += tests/unit/tui/test_ports_data
TESTS += tests/unit/tui/test_ports_data
tests_unit_tui_test_ports_data_SOURCES = tests/unit/tui/test_ports_data.c
tests_unit_tui_test_ports_data_LDADD = $(UNIT_LIBS)
