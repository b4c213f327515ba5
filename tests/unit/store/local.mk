# A test NAME: add tests/unit/DIR/test_NAME to check_PROGRAMS and TESTS,
# with _SOURCES and _LDADD = $(UNIT_LIBS).

check_PROGRAMS += tests/unit/store/test_ledger
TESTS += tests/unit/store/test_ledger
tests_unit_store_test_ledger_SOURCES = tests/unit/store/test_ledger.c tests/unit/store/world.h
tests_unit_store_test_ledger_LDADD = $(UNIT_LIBS)
check_PROGRAMS += tests/unit/store/test_ledger_transact
TESTS += tests/unit/store/test_ledger_transact
tests_unit_store_test_ledger_transact_SOURCES = tests/unit/store/test_ledger_transact.c \
	tests/unit/store/world.h
tests_unit_store_test_ledger_transact_LDADD = $(UNIT_LIBS)

STORE_TESTS = \
	tests/unit/store/test_audit \
	tests/unit/store/test_backup \
	tests/unit/store/test_campaigns \
	tests/unit/store/test_db \
	tests/unit/store/test_deliveries \
	tests/unit/store/test_dkim_keys \
	tests/unit/store/test_import \
	tests/unit/store/test_meta \
	tests/unit/store/test_people \
	tests/unit/store/test_servers \
	tests/unit/store/test_sql \
	tests/unit/store/test_workspace
check_PROGRAMS += $(STORE_TESTS)
TESTS += $(STORE_TESTS)
tests_unit_store_test_audit_SOURCES = tests/unit/store/test_audit.c tests/unit/store/place.h
tests_unit_store_test_audit_LDADD = $(UNIT_LIBS)
tests_unit_store_test_backup_SOURCES = tests/unit/store/test_backup.c tests/unit/store/place.h
tests_unit_store_test_backup_LDADD = $(UNIT_LIBS)
tests_unit_store_test_campaigns_SOURCES = tests/unit/store/test_campaigns.c tests/unit/store/place.h
tests_unit_store_test_campaigns_LDADD = $(UNIT_LIBS)
tests_unit_store_test_db_SOURCES = tests/unit/store/test_db.c tests/unit/store/place.h
tests_unit_store_test_db_LDADD = $(UNIT_LIBS)
tests_unit_store_test_deliveries_SOURCES = tests/unit/store/test_deliveries.c tests/unit/store/place.h
tests_unit_store_test_deliveries_LDADD = $(UNIT_LIBS)
tests_unit_store_test_import_SOURCES = tests/unit/store/test_import.c tests/unit/store/place.h
tests_unit_store_test_import_LDADD = $(UNIT_LIBS)
tests_unit_store_test_meta_SOURCES = tests/unit/store/test_meta.c tests/unit/store/place.h
tests_unit_store_test_meta_LDADD = $(UNIT_LIBS)
tests_unit_store_test_people_SOURCES = tests/unit/store/test_people.c tests/unit/store/place.h
tests_unit_store_test_people_LDADD = $(UNIT_LIBS)
tests_unit_store_test_servers_SOURCES = tests/unit/store/test_servers.c tests/unit/store/place.h
tests_unit_store_test_servers_LDADD = $(UNIT_LIBS)
tests_unit_store_test_sql_SOURCES = tests/unit/store/test_sql.c tests/unit/store/place.h
tests_unit_store_test_sql_LDADD = $(UNIT_LIBS)
tests_unit_store_test_workspace_SOURCES = tests/unit/store/test_workspace.c tests/unit/store/place.h
tests_unit_store_test_workspace_LDADD = $(UNIT_LIBS)

check_PROGRAMS += tests/unit/store/test_mailboxes
TESTS += tests/unit/store/test_mailboxes
tests_unit_store_test_mailboxes_SOURCES = tests/unit/store/test_mailboxes.c
tests_unit_store_test_mailboxes_LDADD = $(UNIT_LIBS)
tests_unit_store_test_dkim_keys_SOURCES = tests/unit/store/test_dkim_keys.c tests/unit/store/place.h \
	tests/unit/base/keys.h
tests_unit_store_test_dkim_keys_LDADD = $(UNIT_LIBS)

check_PROGRAMS += tests/unit/store/test_import_undo tests/unit/store/test_people_erase
TESTS += tests/unit/store/test_import_undo tests/unit/store/test_people_erase
tests_unit_store_test_import_undo_SOURCES = tests/unit/store/test_import_undo.c tests/unit/store/place.h
tests_unit_store_test_import_undo_LDADD = $(UNIT_LIBS)
tests_unit_store_test_people_erase_SOURCES = tests/unit/store/test_people_erase.c tests/unit/store/place.h
tests_unit_store_test_people_erase_LDADD = $(UNIT_LIBS)

check_PROGRAMS += tests/unit/store/test_recovery
TESTS += tests/unit/store/test_recovery
tests_unit_store_test_recovery_SOURCES = tests/unit/store/test_recovery.c tests/unit/store/place.h
tests_unit_store_test_recovery_LDADD = $(UNIT_LIBS)

check_PROGRAMS += tests/unit/store/test_counters
TESTS += tests/unit/store/test_counters
tests_unit_store_test_counters_SOURCES = tests/unit/store/test_counters.c tests/unit/store/place.h
tests_unit_store_test_counters_LDADD = $(UNIT_LIBS)

check_PROGRAMS += tests/unit/store/test_bin tests/unit/store/test_undolog
TESTS += tests/unit/store/test_bin tests/unit/store/test_undolog
tests_unit_store_test_bin_SOURCES = tests/unit/store/test_bin.c tests/unit/store/place.h
tests_unit_store_test_bin_LDADD = $(UNIT_LIBS)
tests_unit_store_test_undolog_SOURCES = tests/unit/store/test_undolog.c tests/unit/store/place.h
tests_unit_store_test_undolog_LDADD = $(UNIT_LIBS)
check_PROGRAMS += tests/unit/store/test_query
TESTS += tests/unit/store/test_query
tests_unit_store_test_query_SOURCES = tests/unit/store/test_query.c tests/unit/store/place.h
tests_unit_store_test_query_LDADD = $(UNIT_LIBS)

check_PROGRAMS += tests/unit/store/test_people_browse
TESTS += tests/unit/store/test_people_browse
tests_unit_store_test_people_browse_SOURCES = tests/unit/store/test_people_browse.c tests/unit/store/place.h
tests_unit_store_test_people_browse_LDADD = $(UNIT_LIBS)

check_PROGRAMS += tests/unit/store/test_stop_rule
TESTS += tests/unit/store/test_stop_rule
tests_unit_store_test_stop_rule_SOURCES = tests/unit/store/test_stop_rule.c
tests_unit_store_test_stop_rule_LDADD = $(UNIT_LIBS)

check_PROGRAMS += tests/unit/store/test_hooks
TESTS += tests/unit/store/test_hooks
tests_unit_store_test_hooks_SOURCES = tests/unit/store/test_hooks.c tests/unit/store/place.h
tests_unit_store_test_hooks_LDADD = $(UNIT_LIBS)

check_PROGRAMS += tests/unit/store/test_latecomers
TESTS += tests/unit/store/test_latecomers
tests_unit_store_test_latecomers_SOURCES = tests/unit/store/test_latecomers.c tests/unit/store/place.h
tests_unit_store_test_latecomers_LDADD = $(UNIT_LIBS)
check_PROGRAMS += tests/unit/store/test_pools
TESTS += tests/unit/store/test_pools
tests_unit_store_test_pools_SOURCES = tests/unit/store/test_pools.c tests/unit/store/place.h
tests_unit_store_test_pools_LDADD = $(UNIT_LIBS)
check_PROGRAMS += tests/unit/store/test_records
TESTS += tests/unit/store/test_records
tests_unit_store_test_records_SOURCES = tests/unit/store/test_records.c tests/unit/store/place.h
tests_unit_store_test_records_LDADD = $(UNIT_LIBS)
check_PROGRAMS += tests/unit/store/test_inbound
TESTS += tests/unit/store/test_inbound
tests_unit_store_test_inbound_SOURCES = tests/unit/store/test_inbound.c tests/unit/store/place.h
tests_unit_store_test_inbound_LDADD = $(UNIT_LIBS)

check_PROGRAMS += tests/unit/store/test_ports
TESTS += tests/unit/store/test_ports
tests_unit_store_test_ports_SOURCES = tests/unit/store/test_ports.c
tests_unit_store_test_ports_LDADD = $(UNIT_LIBS)

check_PROGRAMS += tests/unit/store/test_settle
TESTS += tests/unit/store/test_settle
tests_unit_store_test_settle_SOURCES = tests/unit/store/test_settle.c tests/unit/store/world.h
tests_unit_store_test_settle_LDADD = $(UNIT_LIBS)
