# A test NAME: add tests/unit/DIR/test_NAME to check_PROGRAMS and TESTS,
# with _SOURCES and _LDADD = $(UNIT_LIBS).

check_PROGRAMS += tests/unit/message/test_template
TESTS += tests/unit/message/test_template
tests_unit_message_test_template_SOURCES = tests/unit/message/test_template.c
tests_unit_message_test_template_LDADD = $(UNIT_LIBS)

check_PROGRAMS += tests/unit/message/test_mustache_spec
TESTS += tests/unit/message/test_mustache_spec
tests_unit_message_test_mustache_spec_SOURCES = tests/unit/message/test_mustache_spec.c
tests_unit_message_test_mustache_spec_LDADD = $(UNIT_LIBS)

check_PROGRAMS += tests/unit/message/test_encode
TESTS += tests/unit/message/test_encode
tests_unit_message_test_encode_SOURCES = tests/unit/message/test_encode.c tests/unit/message/decode.c \
	tests/unit/message/decode.h
tests_unit_message_test_encode_LDADD = $(UNIT_LIBS)

check_PROGRAMS += tests/unit/message/test_header
TESTS += tests/unit/message/test_header
tests_unit_message_test_header_SOURCES = tests/unit/message/test_header.c tests/unit/message/decode.c \
	tests/unit/message/decode.h
tests_unit_message_test_header_LDADD = $(UNIT_LIBS)

check_PROGRAMS += tests/unit/message/test_compose
TESTS += tests/unit/message/test_compose
tests_unit_message_test_compose_SOURCES = tests/unit/message/test_compose.c tests/unit/message/decode.c \
	tests/unit/message/decode.h
tests_unit_message_test_compose_LDADD = $(UNIT_LIBS)

check_PROGRAMS += tests/unit/message/test_compose_slots
TESTS += tests/unit/message/test_compose_slots
tests_unit_message_test_compose_slots_SOURCES = tests/unit/message/test_compose_slots.c \
	tests/unit/message/decode.c tests/unit/message/decode.h
tests_unit_message_test_compose_slots_LDADD = $(UNIT_LIBS)

check_PROGRAMS += tests/unit/message/test_compose_bad
TESTS += tests/unit/message/test_compose_bad
tests_unit_message_test_compose_bad_SOURCES = tests/unit/message/test_compose_bad.c
tests_unit_message_test_compose_bad_LDADD = $(UNIT_LIBS)

check_PROGRAMS += tests/unit/message/test_dkim tests/unit/message/test_dkim_canon \
	tests/unit/message/test_dkim_record
TESTS += tests/unit/message/test_dkim tests/unit/message/test_dkim_canon \
	tests/unit/message/test_dkim_record
tests_unit_message_test_dkim_SOURCES = tests/unit/message/test_dkim.c tests/unit/base/keys.h
tests_unit_message_test_dkim_LDADD = $(UNIT_LIBS)
tests_unit_message_test_dkim_canon_SOURCES = tests/unit/message/test_dkim_canon.c
tests_unit_message_test_dkim_canon_LDADD = $(UNIT_LIBS)

check_PROGRAMS += tests/unit/message/test_compose_parts
TESTS += tests/unit/message/test_compose_parts
tests_unit_message_test_compose_parts_SOURCES = tests/unit/message/test_compose_parts.c \
	tests/unit/message/decode.c tests/unit/message/decode.h
tests_unit_message_test_compose_parts_LDADD = $(UNIT_LIBS)

check_PROGRAMS += tests/unit/message/test_cidref
TESTS += tests/unit/message/test_cidref
tests_unit_message_test_cidref_SOURCES = tests/unit/message/test_cidref.c
tests_unit_message_test_cidref_LDADD = $(UNIT_LIBS)

check_PROGRAMS += tests/unit/message/test_html tests/unit/message/test_bodyscan
TESTS += tests/unit/message/test_html tests/unit/message/test_bodyscan
tests_unit_message_test_html_SOURCES = tests/unit/message/test_html.c
tests_unit_message_test_html_LDADD = $(UNIT_LIBS)
tests_unit_message_test_bodyscan_SOURCES = tests/unit/message/test_bodyscan.c
tests_unit_message_test_bodyscan_LDADD = $(UNIT_LIBS)
tests_unit_message_test_dkim_record_SOURCES = tests/unit/message/test_dkim_record.c \
	tests/unit/base/keys.h
tests_unit_message_test_dkim_record_LDADD = $(UNIT_LIBS)

check_PROGRAMS += tests/unit/message/test_markdown
TESTS += tests/unit/message/test_markdown
tests_unit_message_test_markdown_SOURCES = tests/unit/message/test_markdown.c
tests_unit_message_test_markdown_LDADD = $(UNIT_LIBS)

check_PROGRAMS += tests/unit/message/test_htmltext
TESTS += tests/unit/message/test_htmltext
tests_unit_message_test_htmltext_SOURCES = tests/unit/message/test_htmltext.c
tests_unit_message_test_htmltext_LDADD = $(UNIT_LIBS)
EXTRA_DIST += tests/unit/message/htmltext

check_PROGRAMS += tests/unit/message/test_mimeread
TESTS += tests/unit/message/test_mimeread
tests_unit_message_test_mimeread_SOURCES = tests/unit/message/test_mimeread.c
tests_unit_message_test_mimeread_LDADD = $(UNIT_LIBS)

check_PROGRAMS += tests/unit/message/test_body
TESTS += tests/unit/message/test_body
tests_unit_message_test_body_SOURCES = tests/unit/message/test_body.c
tests_unit_message_test_body_LDADD = $(UNIT_LIBS)

check_PROGRAMS += tests/unit/message/test_fields
TESTS += tests/unit/message/test_fields
tests_unit_message_test_fields_SOURCES = tests/unit/message/test_fields.c
tests_unit_message_test_fields_LDADD = $(UNIT_LIBS)
