EXTRA_DIST += tests/tui
