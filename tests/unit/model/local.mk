# A test NAME: add tests/unit/DIR/test_NAME to check_PROGRAMS and TESTS,
# with _SOURCES and _LDADD = $(UNIT_LIBS).
check_PROGRAMS += tests/unit/model/test_reply
TESTS += tests/unit/model/test_reply
tests_unit_model_test_reply_SOURCES = tests/unit/model/test_reply.c
tests_unit_model_test_reply_LDADD = $(UNIT_LIBS)

check_PROGRAMS += tests/unit/model/test_campaign
TESTS += tests/unit/model/test_campaign
tests_unit_model_test_campaign_SOURCES = tests/unit/model/test_campaign.c
tests_unit_model_test_campaign_LDADD = $(UNIT_LIBS)

check_PROGRAMS += tests/unit/model/test_delivery
TESTS += tests/unit/model/test_delivery
tests_unit_model_test_delivery_SOURCES = tests/unit/model/test_delivery.c
tests_unit_model_test_delivery_LDADD = $(UNIT_LIBS)

check_PROGRAMS += tests/unit/model/test_server
TESTS += tests/unit/model/test_server
tests_unit_model_test_server_SOURCES = tests/unit/model/test_server.c
tests_unit_model_test_server_LDADD = $(UNIT_LIBS)

check_PROGRAMS += tests/unit/model/test_person
TESTS += tests/unit/model/test_person
tests_unit_model_test_person_SOURCES = tests/unit/model/test_person.c
tests_unit_model_test_person_LDADD = $(UNIT_LIBS)

check_PROGRAMS += tests/unit/model/test_pace
TESTS += tests/unit/model/test_pace
tests_unit_model_test_pace_SOURCES = tests/unit/model/test_pace.c
tests_unit_model_test_pace_LDADD = $(UNIT_LIBS)

check_PROGRAMS += tests/unit/model/test_retry
TESTS += tests/unit/model/test_retry
tests_unit_model_test_retry_SOURCES = tests/unit/model/test_retry.c
tests_unit_model_test_retry_LDADD = $(UNIT_LIBS)

check_PROGRAMS += tests/unit/model/test_preset
TESTS += tests/unit/model/test_preset
tests_unit_model_test_preset_SOURCES = tests/unit/model/test_preset.c
tests_unit_model_test_preset_LDADD = $(UNIT_LIBS)

check_PROGRAMS += tests/unit/model/test_quota
TESTS += tests/unit/model/test_quota
tests_unit_model_test_quota_SOURCES = tests/unit/model/test_quota.c
tests_unit_model_test_quota_LDADD = $(UNIT_LIBS)

check_PROGRAMS += tests/unit/model/test_hours
TESTS += tests/unit/model/test_hours
tests_unit_model_test_hours_SOURCES = tests/unit/model/test_hours.c
tests_unit_model_test_hours_LDADD = $(UNIT_LIBS)

check_PROGRAMS += tests/unit/model/test_provider
TESTS += tests/unit/model/test_provider
tests_unit_model_test_provider_SOURCES = tests/unit/model/test_provider.c
tests_unit_model_test_provider_LDADD = $(UNIT_LIBS)

check_PROGRAMS += tests/unit/model/test_throttle
TESTS += tests/unit/model/test_throttle
tests_unit_model_test_throttle_SOURCES = tests/unit/model/test_throttle.c
tests_unit_model_test_throttle_LDADD = $(UNIT_LIBS)
check_PROGRAMS += tests/unit/model/test_fault
TESTS += tests/unit/model/test_fault
tests_unit_model_test_fault_SOURCES = tests/unit/model/test_fault.c
tests_unit_model_test_fault_LDADD = $(UNIT_LIBS)
check_PROGRAMS += tests/unit/model/test_pool
TESTS += tests/unit/model/test_pool
tests_unit_model_test_pool_SOURCES = tests/unit/model/test_pool.c
tests_unit_model_test_pool_LDADD = $(UNIT_LIBS)
check_PROGRAMS += tests/unit/model/test_estimate
TESTS += tests/unit/model/test_estimate
tests_unit_model_test_estimate_SOURCES = tests/unit/model/test_estimate.c
tests_unit_model_test_estimate_LDADD = $(UNIT_LIBS)

check_PROGRAMS += tests/unit/model/test_bounce
TESTS += tests/unit/model/test_bounce
tests_unit_model_test_bounce_SOURCES = tests/unit/model/test_bounce.c
tests_unit_model_test_bounce_LDADD = $(UNIT_LIBS)
EXTRA_DIST += tests/unit/model/said.txt

check_PROGRAMS += tests/unit/model/test_port
TESTS += tests/unit/model/test_port
tests_unit_model_test_port_SOURCES = tests/unit/model/test_port.c
tests_unit_model_test_port_LDADD = $(UNIT_LIBS)

check_PROGRAMS += tests/unit/model/test_port_number
TESTS += tests/unit/model/test_port_number
tests_unit_model_test_port_number_SOURCES = tests/unit/model/test_port_number.c
tests_unit_model_test_port_number_LDADD = $(UNIT_LIBS)
