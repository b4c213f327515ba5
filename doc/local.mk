man_MANS = doc/crier.1
EXTRA_DIST += doc/ARCHITECTURE doc/SINK doc/PROGRESS doc/crier.1.in
CLEANFILES += doc/crier.1 doc/crier.1.tmp

# The commands in the manual come from the table of verbs, by a program that is not installed.
noinst_PROGRAMS = doc/make_manual
doc_make_manual_SOURCES = doc/make_manual.c
doc_make_manual_LDADD = $(CRIER_LIBS) $(ALL_LIBS)

doc/crier.1: doc/crier.1.in doc/make_manual
	$(AM_V_GEN)doc/make_manual$(EXEEXT) $(srcdir)/doc/crier.1.in >$@.tmp && mv $@.tmp $@
