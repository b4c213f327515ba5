noinst_LIBRARIES += src/store/libstore.a
CRIER_LIBS += src/store/libstore.a
src_store_libstore_a_CFLAGS = $(AM_CFLAGS) $(SQLITE_CFLAGS)
src_store_libstore_a_SOURCES = src/store/schema.c \
	src/store/schema.h \
	src/store/adding.c \
	src/store/adding.h \
	src/store/audit.c \
	src/store/audit.h \
	src/store/backup.c \
	src/store/bounced.c \
	src/store/doctor_verdicts.c \
	src/store/doctor_verdicts.h \
	src/store/bounced.h \
	src/store/bounce_rule.c \
	src/store/bounce_rule.h \
	src/store/bounce_rule_private.h \
	src/store/inbound.c \
	src/store/inbound.h \
	src/store/inbound_browse.c \
	src/store/inbound_browse.h \
	src/store/reread.c \
	src/store/reread.h \
	src/store/refused.c \
	src/store/refused.h \
	src/store/rest_wish.c \
	src/store/rest_wish.h \
	src/store/said.c \
	src/store/said.h \
	src/store/said_back.c \
	src/store/said_private.h \
	src/store/storm.c \
	src/store/storm.h \
	src/store/campaigns.c \
	src/store/campaigns.h \
	src/store/contents.c \
	src/store/db.c \
	src/store/db.h \
	src/store/db_private.h \
	src/store/deliveries.c \
	src/store/deliveries.h \
	src/store/deliveries_build.c \
	src/store/deliveries_decide.c \
	src/store/deliveries_learn.c \
	src/store/deliveries_learn.h \
	src/store/deliveries_private.h \
	src/store/deliveries_undo.c \
	src/store/deliveries_undo.h \
	src/store/latecomers.c \
	src/store/latecomers.h \
	src/store/import.c \
	src/store/journal.c \
	src/store/journal.h \
	src/store/ledger.c \
	src/store/ledger.h \
	src/store/ledger_clock.c \
	src/store/ledger_lease.c \
	src/store/ledger_private.h \
	src/store/ledger_recover.c \
	src/store/ledger_transact.c \
	src/store/lists.c \
	src/store/meta.c \
	src/store/migrate.c \
	src/store/people.c \
	src/store/people.h \
	src/store/people_browse.c \
	src/store/people_browse.h \
	src/store/people_private.h \
	src/store/servers.c \
	src/store/servers.h \
	src/store/attempt_rows.c \
	src/store/attempt_rows.h \
	src/store/settle.c \
	src/store/settle.h \
	src/store/hooks.c \
	src/store/hooks.h \
	src/store/stop_rule.c \
	src/store/stop_rule.h \
	src/store/sql.c \
	src/store/sql.h \
	src/store/suppressions.c \
	src/store/workspace.c \
	src/store/workspace.h
src_store_libstore_a_SOURCES += src/store/parts.c src/store/parts.h
src_store_libstore_a_SOURCES += src/store/mailboxes.c src/store/mailboxes.h
src_store_libstore_a_SOURCES += src/store/dkim_keys.c src/store/dkim_keys.h
src_store_libstore_a_SOURCES += src/store/ledger_restore.c
src_store_libstore_a_SOURCES += src/store/recovery.c src/store/recovery.h
src_store_libstore_a_SOURCES += src/store/bin.c src/store/bin.h src/store/bin_people.c \
	src/store/bin_private.h
src_store_libstore_a_SOURCES += src/store/undolog.c src/store/undolog.h src/store/undolog_apply.c \
	src/store/undolog_private.h
src_store_libstore_a_SOURCES += src/store/import_private.h
src_store_libstore_a_SOURCES += src/store/import_sort.c src/store/import_sort.h
src_store_libstore_a_SOURCES += src/store/import_sync.c src/store/import_undo.c
src_store_libstore_a_SOURCES += src/store/people_erase.c
src_store_libstore_a_SOURCES += src/store/counters.c src/store/counters.h
src_store_libstore_a_SOURCES += src/store/events.c src/store/events.h
src_store_libstore_a_SOURCES += src/store/server_live.c src/store/server_live.h
src_store_libstore_a_SOURCES += src/store/server_use.c src/store/server_use.h
src_store_libstore_a_SOURCES += src/store/holds.h
src_store_libstore_a_SOURCES += src/store/query.c src/store/query.h
src_store_libstore_a_SOURCES += src/store/ports.c src/store/ports.h
src_store_libstore_a_SOURCES += src/store/pools.c src/store/pools.h
src_store_libstore_a_SOURCES += src/store/holds.c
src_store_libstore_a_SOURCES += src/store/mx.c src/store/mx.h
src_store_libstore_a_SOURCES += src/store/provider_limits.c src/store/provider_limits.h
src_store_libstore_a_SOURCES += src/store/domains.c src/store/domains.h
src_store_libstore_a_SOURCES += src/store/records.c src/store/records_private.h
