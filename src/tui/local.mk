EXTRA_DIST += src/tui/action.h src/tui/draw.h src/tui/screens.h src/tui/task.h src/tui/term.h \
	src/tui/ui.h src/tui/view.h
EXTRA_DIST += src/tui/chooser.h src/tui/confirm.h src/tui/dialog.h src/tui/help.h \
	src/tui/menu.h src/tui/pager_dialog.h src/tui/palette.h src/tui/views.h
EXTRA_DIST += src/tui/choice.h src/tui/form.h src/tui/grapheme.h src/tui/input.h \
	src/tui/textarea.h src/tui/undo.h
EXTRA_DIST += src/tui/chart.h src/tui/pager.h src/tui/prefs.h src/tui/table.h \
	src/tui/table_filter.h src/tui/table_memory.h
