# Fuzz targets and their corpora, replayed by make check. A target NAME has its corpus in
# tests/fuzz/corpus/NAME; a new one is a row here and two lines below.
FUZZ_TARGETS = tests/fuzz/fuzz_campaignfile tests/fuzz/fuzz_compose tests/fuzz/fuzz_csv \
	tests/fuzz/fuzz_dmarc tests/fuzz/fuzz_eml tests/fuzz/fuzz_hear tests/fuzz/fuzz_imap tests/fuzz/fuzz_inbound tests/fuzz/fuzz_machine tests/fuzz/fuzz_pop3 \
	tests/fuzz/fuzz_spf tests/fuzz/fuzz_template
check_PROGRAMS += $(FUZZ_TARGETS)
TESTS += $(FUZZ_TARGETS)
EXTRA_DIST += tests/fuzz/corpus
FUZZ_SHARED = tests/fuzz/replay.c tests/fuzz/fuzz.h tests/fuzz/back.h tests/fuzz/folder.h

tests_fuzz_fuzz_campaignfile_SOURCES = tests/fuzz/fuzz_campaignfile.c $(FUZZ_SHARED)
tests_fuzz_fuzz_campaignfile_LDADD = $(UNIT_LIBS)
tests_fuzz_fuzz_compose_SOURCES = tests/fuzz/fuzz_compose.c $(FUZZ_SHARED)
tests_fuzz_fuzz_compose_LDADD = $(UNIT_LIBS)
tests_fuzz_fuzz_csv_SOURCES = tests/fuzz/fuzz_csv.c $(FUZZ_SHARED)
tests_fuzz_fuzz_csv_LDADD = $(UNIT_LIBS)
tests_fuzz_fuzz_dmarc_SOURCES = tests/fuzz/fuzz_dmarc.c $(FUZZ_SHARED)
tests_fuzz_fuzz_dmarc_LDADD = $(UNIT_LIBS)
tests_fuzz_fuzz_eml_SOURCES = tests/fuzz/fuzz_eml.c $(FUZZ_SHARED)
tests_fuzz_fuzz_eml_LDADD = $(UNIT_LIBS)
tests_fuzz_fuzz_hear_SOURCES = tests/fuzz/fuzz_hear.c $(FUZZ_SHARED)
tests_fuzz_fuzz_hear_LDADD = $(UNIT_LIBS)
tests_fuzz_fuzz_imap_SOURCES = tests/fuzz/fuzz_imap.c $(FUZZ_SHARED)
tests_fuzz_fuzz_imap_LDADD = $(UNIT_LIBS)
tests_fuzz_fuzz_inbound_SOURCES = tests/fuzz/fuzz_inbound.c $(FUZZ_SHARED)
tests_fuzz_fuzz_inbound_LDADD = $(UNIT_LIBS)
tests_fuzz_fuzz_machine_SOURCES = tests/fuzz/fuzz_machine.c $(FUZZ_SHARED)
tests_fuzz_fuzz_machine_LDADD = $(UNIT_LIBS)
tests_fuzz_fuzz_pop3_SOURCES = tests/fuzz/fuzz_pop3.c $(FUZZ_SHARED)
tests_fuzz_fuzz_pop3_LDADD = $(UNIT_LIBS)
tests_fuzz_fuzz_spf_SOURCES = tests/fuzz/fuzz_spf.c $(FUZZ_SHARED)
tests_fuzz_fuzz_spf_LDADD = $(UNIT_LIBS)
tests_fuzz_fuzz_template_SOURCES = tests/fuzz/fuzz_template.c $(FUZZ_SHARED)
tests_fuzz_fuzz_template_LDADD = $(UNIT_LIBS)
