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
EXTRA_DIST += src/tui/chooser.h src/tui/confirm.h src/tui/dialog.h src/tui/help.h \
	src/tui/menu.h src/tui/pager_dialog.h src/tui/palette.h src/tui/views.h
src_tui_libtui_a_SOURCES += \
	src/tui/choice.h \
	src/tui/form.h \
	src/tui/grapheme.c \
	src/tui/grapheme.h \
	src/tui/input.c \
	src/tui/input.h \
	src/tui/textarea.h \
	src/tui/undo.c \
	src/tui/undo.h
EXTRA_DIST += src/tui/chart.h src/tui/pager.h src/tui/prefs.h src/tui/table.h \
	src/tui/table_filter.h src/tui/table_memory.h
