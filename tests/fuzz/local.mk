# Fuzz targets and their corpora, replayed by make check. A target NAME has its corpus in
# tests/fuzz/corpus/NAME.
EXTRA_DIST += tests/fuzz/corpus
FUZZ_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests
FUZZ_SHARED = tests/fuzz/replay.c tests/fuzz/fuzz.h

check_PROGRAMS += tests/fuzz/fuzz_campaignfile
TESTS += tests/fuzz/fuzz_campaignfile
tests_fuzz_fuzz_campaignfile_SOURCES = tests/fuzz/fuzz_campaignfile.c tests/fuzz/back.h \
	tests/fuzz/folder.h $(FUZZ_SHARED)
tests_fuzz_fuzz_campaignfile_CPPFLAGS = $(FUZZ_CPPFLAGS)
tests_fuzz_fuzz_campaignfile_LDADD = $(UNIT_LIBS)

check_PROGRAMS += tests/fuzz/fuzz_compose
TESTS += tests/fuzz/fuzz_compose
tests_fuzz_fuzz_compose_SOURCES = tests/fuzz/fuzz_compose.c $(FUZZ_SHARED)
tests_fuzz_fuzz_compose_CPPFLAGS = $(FUZZ_CPPFLAGS)
tests_fuzz_fuzz_compose_LDADD = $(UNIT_LIBS)

check_PROGRAMS += tests/fuzz/fuzz_csv
TESTS += tests/fuzz/fuzz_csv
tests_fuzz_fuzz_csv_SOURCES = tests/fuzz/fuzz_csv.c tests/fuzz/folder.h $(FUZZ_SHARED)
tests_fuzz_fuzz_csv_CPPFLAGS = $(FUZZ_CPPFLAGS)
tests_fuzz_fuzz_csv_LDADD = $(UNIT_LIBS)

check_PROGRAMS += tests/fuzz/fuzz_eml
TESTS += tests/fuzz/fuzz_eml
tests_fuzz_fuzz_eml_SOURCES = tests/fuzz/fuzz_eml.c tests/fuzz/back.h tests/fuzz/folder.h \
	$(FUZZ_SHARED)
tests_fuzz_fuzz_eml_CPPFLAGS = $(FUZZ_CPPFLAGS)
tests_fuzz_fuzz_eml_LDADD = $(UNIT_LIBS)

check_PROGRAMS += tests/fuzz/fuzz_imap
TESTS += tests/fuzz/fuzz_imap
tests_fuzz_fuzz_imap_SOURCES = tests/fuzz/fuzz_imap.c $(FUZZ_SHARED)
tests_fuzz_fuzz_imap_CPPFLAGS = $(FUZZ_CPPFLAGS)
tests_fuzz_fuzz_imap_LDADD = $(UNIT_LIBS)

check_PROGRAMS += tests/fuzz/fuzz_pop3
TESTS += tests/fuzz/fuzz_pop3
tests_fuzz_fuzz_pop3_SOURCES = tests/fuzz/fuzz_pop3.c $(FUZZ_SHARED)
tests_fuzz_fuzz_pop3_CPPFLAGS = $(FUZZ_CPPFLAGS)
tests_fuzz_fuzz_pop3_LDADD = $(UNIT_LIBS)

check_PROGRAMS += tests/fuzz/fuzz_inbound
TESTS += tests/fuzz/fuzz_inbound
tests_fuzz_fuzz_inbound_SOURCES = tests/fuzz/fuzz_inbound.c $(FUZZ_SHARED)
tests_fuzz_fuzz_inbound_CPPFLAGS = $(FUZZ_CPPFLAGS)
tests_fuzz_fuzz_inbound_LDADD = $(UNIT_LIBS)

check_PROGRAMS += tests/fuzz/fuzz_template
TESTS += tests/fuzz/fuzz_template
tests_fuzz_fuzz_template_SOURCES = tests/fuzz/fuzz_template.c $(FUZZ_SHARED)
tests_fuzz_fuzz_template_CPPFLAGS = $(FUZZ_CPPFLAGS)
tests_fuzz_fuzz_template_LDADD = $(UNIT_LIBS)
