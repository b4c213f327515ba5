# A test NAME: add tests/unit/DIR/test_NAME to check_PROGRAMS and TESTS,
# with _SOURCES and _LDADD = $(UNIT_LIBS).
check_PROGRAMS += tests/unit/transfer/test_csvfile
TESTS += tests/unit/transfer/test_csvfile
tests_unit_transfer_test_csvfile_SOURCES = tests/unit/transfer/test_csvfile.c
tests_unit_transfer_test_csvfile_LDADD = $(UNIT_LIBS)

check_PROGRAMS += tests/unit/transfer/test_campaignfile
TESTS += tests/unit/transfer/test_campaignfile
tests_unit_transfer_test_campaignfile_SOURCES = tests/unit/transfer/test_campaignfile.c
tests_unit_transfer_test_campaignfile_LDADD = $(UNIT_LIBS)

check_PROGRAMS += tests/unit/transfer/test_campaignwrite
TESTS += tests/unit/transfer/test_campaignwrite
tests_unit_transfer_test_campaignwrite_SOURCES = tests/unit/transfer/test_campaignwrite.c
tests_unit_transfer_test_campaignwrite_LDADD = $(UNIT_LIBS)

check_PROGRAMS += tests/unit/transfer/test_archive tests/unit/transfer/test_tags
TESTS += tests/unit/transfer/test_archive tests/unit/transfer/test_tags
tests_unit_transfer_test_archive_SOURCES = tests/unit/transfer/test_archive.c
tests_unit_transfer_test_archive_LDADD = $(UNIT_LIBS)
tests_unit_transfer_test_tags_SOURCES = tests/unit/transfer/test_tags.c
tests_unit_transfer_test_tags_LDADD = $(UNIT_LIBS)

check_PROGRAMS += tests/unit/transfer/test_providerfile
TESTS += tests/unit/transfer/test_providerfile
tests_unit_transfer_test_providerfile_SOURCES = tests/unit/transfer/test_providerfile.c
tests_unit_transfer_test_providerfile_LDADD = $(UNIT_LIBS)
check_PROGRAMS += tests/unit/transfer/test_faultfile
TESTS += tests/unit/transfer/test_faultfile
tests_unit_transfer_test_faultfile_SOURCES = tests/unit/transfer/test_faultfile.c
tests_unit_transfer_test_faultfile_LDADD = $(UNIT_LIBS)
