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
