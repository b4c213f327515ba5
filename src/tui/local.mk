EXTRA_DIST += src/tui/action.h src/tui/draw.h src/tui/screens.h src/tui/task.h src/tui/term.h \
	src/tui/ui.h src/tui/view.h
