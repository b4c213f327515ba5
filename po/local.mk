# The translations where a build that is not installed finds them, by CRIER_LOCALEDIR=locale.
# What is installed is the work of po/Makefile.
EXTRA_DIST += po/update
if MSGFMT
noinst_DATA = locale/de/LC_MESSAGES/crier.mo locale/ja/LC_MESSAGES/crier.mo
CLEANFILES += $(noinst_DATA)
locale/%/LC_MESSAGES/crier.mo: po/%.po
	$(AM_V_GEN)$(MKDIR_P) $(@D) && $(MSGFMT) -o $@.tmp $< && mv $@.tmp $@
endif
