EXTRA_DIST += tests/tui

# Writes the screens of tests/tui/golden anew: look at what changed before you commit it.
update-golden: crier$(EXEEXT)
	CRIER_UPDATE_GOLDEN=1 CRIER_SRCDIR='$(abs_top_srcdir)' CRIER_BUILDDIR='$(abs_top_builddir)' \
		LC_ALL=C.UTF-8 PYTHONDONTWRITEBYTECODE=1 $(bench_python) -s -m pytest -q \
		-c $(srcdir)/tests/system/pytest.ini $(srcdir)/tests/tui/test_golden.py $(srcdir)/tests/tui/test_log_screen.py
.PHONY: update-golden
