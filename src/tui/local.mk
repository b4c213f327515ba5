noinst_LIBRARIES += src/tui/libtui.a
CRIER_LIBS += src/tui/libtui.a
src_tui_libtui_a_CFLAGS = $(AM_CFLAGS) $(NCURSES_CFLAGS)
src_tui_libtui_a_SOURCES = \
	src/tui/action.c \
	src/tui/action.h \
	src/tui/draw.c \
	src/tui/draw.h \
	src/tui/screens.c \
	src/tui/screens.h \
	src/tui/task.c \
	src/tui/task.h \
	src/tui/term.c \
	src/tui/term.h \
	src/tui/ui.c \
	src/tui/ui.h \
	src/tui/view.h
