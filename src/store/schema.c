/*
 * The tables. Times are wall microseconds, states the numbers of model/. Text that reaches a
 * header or the wire is checked here a second time: no CR, LF or NUL. AUTOINCREMENT where an id
 * leaves the database or outlives its row: a token of a deleted delivery, an attempt by a
 * deleted server must never come to mean another one. (For people people.c sees to it: with
 * AUTOINCREMENT an import is a third slower.)
 */
#include "config.h"

#include "store/schema.h"

#include <stddef.h>

#include "base/i18n.h"

#define LINE_CHECK(column)                                                                     \
    "CHECK (instr(" column ", char(13)) = 0 AND instr(" column                                 \
    ", char(10)) = 0 AND instr(" column ", char(0)) = 0)"

static const char
    first_schema[] = "CREATE TABLE meta (key TEXT PRIMARY KEY, value) WITHOUT ROWID;"
    "CREATE TABLE setting (key TEXT PRIMARY KEY, value TEXT NOT NULL, actor "
    "TEXT NOT NULL,"
    " changed_us INTEGER NOT NULL) WITHOUT ROWID;"

    "CREATE TABLE person (id INTEGER PRIMARY KEY, address TEXT NOT "
    "NULL " LINE_CHECK("address") ","
    " address_key TEXT NOT NULL UNIQUE, domain "
    "TEXT NOT NULL, fields TEXT NOT NULL "
    "DEFAULT '{}',"
    " created_us INTEGER NOT NULL, updated_us "
    "INTEGER NOT NULL,"
    " row_version INTEGER NOT NULL DEFAULT 1);"

    "CREATE TABLE list (id INTEGER PRIMARY KEY "
    "AUTOINCREMENT, name TEXT NOT NULL UNIQUE,"
    " title TEXT NOT NULL DEFAULT '', "
    "created_us INTEGER NOT NULL,"
    " row_version INTEGER NOT NULL DEFAULT 1);"
    "CREATE TABLE consent (id INTEGER PRIMARY "
    "KEY, text TEXT NOT NULL, source TEXT NOT "
    "NULL,"
    " UNIQUE (text, source));"
    /* No index by person: who asks for a
                                                      person's lists goes through the few lists.
                                                    */
    "CREATE TABLE membership (list_id INTEGER "
    "NOT NULL REFERENCES list(id),"
    " person_id INTEGER NOT NULL, consent_id "
    "INTEGER,"
    " consent_us INTEGER, joined_us INTEGER NOT "
    "NULL, retain_until_us INTEGER,"
    " import_id INTEGER, PRIMARY KEY (list_id, "
    "person_id)) WITHOUT ROWID;"
    "CREATE TABLE import (id INTEGER PRIMARY "
    "KEY, list_id INTEGER NOT NULL, source TEXT "
    "NOT NULL,"
    " actor TEXT NOT NULL, begun_us INTEGER NOT "
    "NULL, ended_us INTEGER, counts TEXT);"

    /* list_id 0: everything. address_key of an
                                                      erased person is a keyed hash. */
    "CREATE TABLE suppression (id INTEGER "
    "PRIMARY KEY AUTOINCREMENT, address_key "
    "TEXT NOT NULL,"
    " list_id INTEGER NOT NULL DEFAULT 0, "
    "address TEXT NOT NULL, reason TEXT NOT "
    "NULL,"
    " evidence TEXT NOT NULL DEFAULT '', actor "
    "TEXT NOT NULL, created_us INTEGER NOT NULL,"
    " UNIQUE (address_key, list_id));"

    "CREATE TABLE server (id INTEGER PRIMARY "
    "KEY AUTOINCREMENT, name TEXT NOT NULL "
    "UNIQUE,"
    " host TEXT NOT NULL, security INTEGER NOT "
    "NULL, plain_host TEXT, user TEXT,"
    " password_command TEXT, password_file "
    "TEXT, ca_file TEXT, hello TEXT,"
    " connections INTEGER NOT NULL, per_second "
    "INTEGER NOT NULL,"
    " messages_per_connection INTEGER NOT NULL, "
    "reply_timeout_s INTEGER NOT NULL DEFAULT "
    "600,"
    " enabled INTEGER NOT NULL DEFAULT 1,"
    " problem TEXT, row_version INTEGER NOT "
    "NULL DEFAULT 1);"

    "CREATE TABLE campaign (id INTEGER PRIMARY "
    "KEY AUTOINCREMENT, name TEXT NOT NULL "
    "UNIQUE,"
    " state INTEGER NOT NULL DEFAULT 0, "
    "held_reason TEXT, content_version INTEGER "
    "NOT NULL DEFAULT 0,"
    " created_us INTEGER NOT NULL, started_us "
    "INTEGER, finished_us INTEGER,"
    " applied_hash TEXT,"
    " row_version INTEGER NOT NULL DEFAULT 1,"
    " title TEXT, \"from\" TEXT " LINE_CHECK("\""
    "fr"
    "om"
    "\"") ","
    " reply_to TEXT " LINE_CHECK(
    "reply_to") ", subject TEXT " LINE_CHECK("subject") ","
    " lists TEXT, exclude TEXT, server TEXT, html TEXT, text TEXT, html_file TEXT,"
    " text_file TEXT, list_id TEXT " LINE_CHECK(
    "list_id") ", give_up_s INTEGER NOT NULL);"
    "CREATE TABLE content (campaign_id INTEGER NOT NULL REFERENCES campaign(id),"
    " version INTEGER NOT NULL, hash TEXT NOT NULL, frozen_us INTEGER NOT NULL,"
    " actor TEXT NOT NULL, \"from\" TEXT NOT NULL, reply_to TEXT, subject TEXT NOT NULL,"
    " html TEXT, text TEXT, list_id TEXT, list_title TEXT, title TEXT,"
    " PRIMARY KEY (campaign_id, version)) WITHOUT ROWID;"
    "CREATE TRIGGER content_is_immutable BEFORE UPDATE ON content"
    " BEGIN SELECT RAISE(ABORT, 'a content version is never changed'); END;"
    "CREATE TABLE campaign_list (campaign_id INTEGER NOT NULL REFERENCES campaign(id),"
    " list_id INTEGER NOT NULL REFERENCES list(id), is_excluded INTEGER NOT NULL,"
    " PRIMARY KEY (campaign_id, list_id)) WITHOUT ROWID;"

    /* Small and of fixed shape, so that a change of state is made in place. */
    "CREATE TABLE delivery (id INTEGER PRIMARY KEY AUTOINCREMENT,"
    " campaign_id INTEGER NOT NULL REFERENCES campaign(id), person_id INTEGER NOT NULL,"
    " version INTEGER NOT NULL, state INTEGER NOT NULL DEFAULT 0 CHECK (state BETWEEN 0 AND 7),"
    " attempts INTEGER NOT NULL DEFAULT 0, decided INTEGER NOT NULL DEFAULT 0,"
    " first_us INTEGER, due_us INTEGER,"
    " address TEXT NOT NULL " LINE_CHECK("address") ", UNIQUE (campaign_id, person_id));"
    "CREATE INDEX delivery_due ON delivery (campaign_id, due_us) WHERE state = 4;"
    "CREATE INDEX delivery_person ON delivery (person_id);"
    /* Every try with its reply: the proof per person. Append-only. */
    "CREATE TABLE attempt (delivery_id INTEGER NOT NULL, n INTEGER NOT NULL,"
    " at_us INTEGER NOT NULL, server_id INTEGER, phase INTEGER NOT NULL, state INTEGER NOT NULL,"
    " code INTEGER NOT NULL, enhanced TEXT, reply TEXT, PRIMARY KEY (delivery_id, n)) WITHOUT ROWID;"

    "CREATE TABLE campaign_counter (campaign_id INTEGER PRIMARY KEY REFERENCES campaign(id),"
    " total INTEGER NOT NULL, queued INTEGER NOT NULL, leased INTEGER NOT NULL,"
    " accepted INTEGER NOT NULL, refused INTEGER NOT NULL, deferred INTEGER NOT NULL,"
    " uncertain INTEGER NOT NULL, suppressed INTEGER NOT NULL, cancelled INTEGER NOT NULL,"
    " in_flight INTEGER NOT NULL DEFAULT 0, undecided INTEGER NOT NULL DEFAULT 0,"
    /* The campaign's rows have ids above first_id, up to last_id; none at or below the cursor is queued. */
    " first_id INTEGER NOT NULL DEFAULT 0, cursor INTEGER NOT NULL DEFAULT 0,"
    " last_id INTEGER NOT NULL DEFAULT 0,"
    " CHECK (total = queued + leased + accepted + refused + deferred + uncertain + suppressed"
    " + cancelled),"
    " CHECK (min(queued, leased, accepted, refused, deferred, uncertain, suppressed, cancelled)"
    " >= 0));"
    "CREATE TABLE domain_counter (campaign_id INTEGER NOT NULL, domain TEXT NOT NULL,"
    " total INTEGER NOT NULL DEFAULT 0, accepted INTEGER NOT NULL DEFAULT 0,"
    " refused INTEGER NOT NULL DEFAULT 0, uncertain INTEGER NOT NULL DEFAULT 0,"
    " deferrals INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (campaign_id, domain)) WITHOUT ROWID;"
    "CREATE TABLE minute_counter (campaign_id INTEGER NOT NULL, minute INTEGER NOT NULL,"
    " accepted INTEGER NOT NULL DEFAULT 0, refused INTEGER NOT NULL DEFAULT 0,"
    " deferrals INTEGER NOT NULL DEFAULT 0, uncertain INTEGER NOT NULL DEFAULT 0,"
    " PRIMARY KEY (campaign_id, minute)) WITHOUT ROWID;"

    "CREATE TABLE audit (id INTEGER PRIMARY KEY, at_us INTEGER NOT NULL, actor TEXT NOT NULL,"
    " action TEXT NOT NULL, noun TEXT NOT NULL, name TEXT NOT NULL, detail TEXT NOT NULL);"
    "CREATE TRIGGER audit_is_append_only_u BEFORE UPDATE ON audit"
    " BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END;"
    "CREATE TRIGGER audit_is_append_only_d BEFORE DELETE ON audit"
    " BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END;"
    "CREATE TABLE role (role TEXT PRIMARY KEY, pid INTEGER NOT NULL, since_us INTEGER NOT NULL,"
    " beat_us INTEGER NOT NULL, boot_id TEXT NOT NULL, note TEXT NOT NULL DEFAULT '',"
    " in_flight INTEGER NOT NULL DEFAULT 0, rate REAL NOT NULL DEFAULT 0) WITHOUT ROWID;";

static const char whole_message[] =
    "ALTER TABLE campaign ADD COLUMN markdown TEXT;"
    "ALTER TABLE campaign ADD COLUMN markdown_file TEXT;"
    "ALTER TABLE campaign ADD COLUMN layout INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE campaign ADD COLUMN logo TEXT;"
    "ALTER TABLE campaign ADD COLUMN postal_address TEXT;"
    "ALTER TABLE campaign ADD COLUMN preheader TEXT;"
    "ALTER TABLE campaign ADD COLUMN mailbox TEXT;"
    "ALTER TABLE campaign ADD COLUMN late INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE campaign ADD COLUMN schedule_us INTEGER;"
    "ALTER TABLE campaign ADD COLUMN schedule_min INTEGER;"
    "ALTER TABLE campaign ADD COLUMN schedule_max INTEGER;"
    /* The mailbox's address when it was frozen: tokens in flight come back to it. */
    "ALTER TABLE content ADD COLUMN bounce TEXT;"

    /* Bytes once, however many versions and campaigns show the same logo. */
    "CREATE TABLE blob (id INTEGER PRIMARY KEY, hash TEXT NOT NULL UNIQUE, data BLOB NOT NULL);"
    /* version 0: the working content of a draft. */
    "CREATE TABLE part (campaign_id INTEGER NOT NULL REFERENCES campaign(id),"
    " version INTEGER NOT NULL, n INTEGER NOT NULL, kind INTEGER NOT NULL, file TEXT NOT NULL,"
    " name TEXT NOT NULL " LINE_CHECK("name") ", type TEXT NOT NULL " LINE_CHECK(
        "type") ","
    " content_id TEXT, blob_id INTEGER NOT NULL REFERENCES blob(id),"
    " PRIMARY KEY (campaign_id, version, n)) WITHOUT ROWID;"
    "CREATE INDEX part_blob ON part (blob_id);"
    "CREATE TRIGGER part_is_immutable BEFORE UPDATE ON part WHEN old.version > 0"
    " BEGIN SELECT RAISE(ABORT, 'a content version is never changed'); END;"

    "CREATE TABLE mailbox (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE,"
    " address TEXT NOT NULL " LINE_CHECK(
    "address") ", protocol INTEGER NOT NULL,"
    " host TEXT NOT NULL, security INTEGER NOT NULL, plain_host "
    "TEXT, user TEXT,"
    " password_command TEXT, password_file TEXT, token_command TEXT,"
    " auth INTEGER NOT NULL DEFAULT 0, ca_file TEXT, folder TEXT,"
    " enabled INTEGER NOT NULL DEFAULT 1, problem TEXT, row_version "
    "INTEGER NOT NULL DEFAULT 1);"
    "ALTER TABLE server ADD COLUMN auth INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE server ADD COLUMN token_command TEXT;"
    "ALTER TABLE server ADD COLUMN envelope INTEGER NOT NULL "
    "DEFAULT 0;"
    "ALTER TABLE server ADD COLUMN per_day INTEGER NOT NULL DEFAULT "
    "0;"

    /* The private key lies in a 0600 file; the public half is here
                                  to be compared with the DNS. */
    "CREATE TABLE dkim (id INTEGER PRIMARY KEY, domain TEXT NOT "
    "NULL, selector TEXT NOT NULL,"
    " algorithm INTEGER NOT NULL, key_file TEXT NOT NULL, "
    "public_key TEXT NOT NULL,"
    " enabled INTEGER NOT NULL DEFAULT 1, created_us INTEGER NOT "
    "NULL,"
    " UNIQUE (domain, selector));"

    /* What an import did, so that it can be undone. New people have
                                  ids in a row: a row a batch. */
    "CREATE TABLE import_new (import_id INTEGER NOT NULL REFERENCES "
    "import(id),"
    " first_id INTEGER NOT NULL, end_id INTEGER NOT NULL, PRIMARY "
    "KEY (import_id, first_id))"
    " WITHOUT ROWID;"
    /* People who were known and whom it changed. had_joined: were on
                                * the list before; has_left: it took them from the list;
                                * version: the person's after the change. Once undone a row only
                                * says that version is as good as old_version. */
    "CREATE TABLE import_row (import_id INTEGER NOT NULL REFERENCES "
    "import(id),"
    " person_id INTEGER NOT NULL, had_joined INTEGER NOT NULL, "
    "has_left INTEGER NOT NULL DEFAULT 0,"
    " version INTEGER NOT NULL, old_version INTEGER, is_undone "
    "INTEGER NOT NULL DEFAULT 0,"
    " old_fields TEXT, old_consent_id INTEGER, old_consent_us "
    "INTEGER,"
    " old_joined_us INTEGER, old_retain_until_us INTEGER, "
    "old_import_id INTEGER,"
    " PRIMARY KEY (import_id, person_id)) WITHOUT ROWID;"
    "ALTER TABLE import ADD COLUMN undone_us INTEGER;";

/* clang-format off */
static const char versions_and_bin[] =
    /* A correction: only to those who got an older version of another campaign. only_id is what
     * the name meant when its lists were taken. */
    "ALTER TABLE campaign ADD COLUMN only_campaign TEXT;"
    "ALTER TABLE campaign ADD COLUMN only_version INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE campaign ADD COLUMN only_id INTEGER;"
    /* Changed since its newest version was frozen. */
    "ALTER TABLE campaign ADD COLUMN is_edited INTEGER NOT NULL DEFAULT 0;"
    /* Which version that try was; NULL: from before this was kept. */
    "ALTER TABLE attempt ADD COLUMN version INTEGER;"

    /* In the bin: the row stays, under a name that no slug can be ("spring~12", 12 is the row of
     * the bin), so that the name is free and all that refers to the row still does. */
    "ALTER TABLE campaign ADD COLUMN deleted_us INTEGER;"
    "ALTER TABLE list ADD COLUMN deleted_us INTEGER;"
    "ALTER TABLE server ADD COLUMN deleted_us INTEGER;"
    "ALTER TABLE mailbox ADD COLUMN deleted_us INTEGER;"
    /* payload: a person, whose row does not stay. address_key: whose it is, for erasing. */
    "CREATE TABLE bin (id INTEGER PRIMARY KEY AUTOINCREMENT, noun TEXT NOT NULL,"
    " name TEXT NOT NULL, record_id INTEGER NOT NULL, actor TEXT NOT NULL,"
    " deleted_us INTEGER NOT NULL, address_key TEXT, payload TEXT, UNIQUE (noun, record_id));"
    "CREATE INDEX bin_address ON bin (address_key) WHERE address_key IS NOT NULL;"

    /* What can be taken back. group_id: of what was done at one go. person_id, address_key: whom
     * it names, for erasing. */
    "CREATE TABLE undo (id INTEGER PRIMARY KEY AUTOINCREMENT, group_id INTEGER NOT NULL,"
    " at_us INTEGER NOT NULL, actor TEXT NOT NULL, action TEXT NOT NULL, noun TEXT NOT NULL,"
    " name TEXT NOT NULL, record_id INTEGER NOT NULL, data TEXT NOT NULL DEFAULT '{}',"
    " person_id INTEGER, address_key TEXT, undone_us INTEGER);"

    /* What is being typed, for a session that ends without saving. */
    "CREATE TABLE recovery (id INTEGER PRIMARY KEY AUTOINCREMENT, session TEXT NOT NULL,"
    " actor TEXT NOT NULL, noun TEXT NOT NULL, name TEXT NOT NULL, row_version INTEGER NOT NULL,"
    " fields TEXT NOT NULL, saved_us INTEGER NOT NULL, UNIQUE (session, noun, name));";
/* clang-format on */

/* clang-format off */
/* What the screens ask once a second, kept by whoever writes the ledger, in the same commit. */
static const char live_data[] =
    /* Replies by class, and the first text of each as a sample. */
    "CREATE TABLE reply_counter (campaign_id INTEGER NOT NULL, state INTEGER NOT NULL,"
    " code INTEGER NOT NULL, enhanced TEXT NOT NULL, n INTEGER NOT NULL, reply TEXT NOT NULL,"
    " PRIMARY KEY (campaign_id, state, code, enhanced)) WITHOUT ROWID;"
    "INSERT INTO reply_counter (campaign_id, state, code, enhanced, n, reply)"
    " SELECT d.campaign_id, a.state, a.code, ifnull(a.enhanced, ''), count(*),"
    " ifnull(min(a.reply), '') FROM attempt a JOIN delivery d ON d.id = a.delivery_id"
    " GROUP BY 1, 2, 3, 4;"
    /* The newest attempts of each campaign: ids grow over all campaigns, and a number of them
     * a campaign is kept. What happened stands in the ledger. */
    "CREATE TABLE event (campaign_id INTEGER NOT NULL, id INTEGER NOT NULL,"
    " delivery_id INTEGER NOT NULL, attempt INTEGER NOT NULL, PRIMARY KEY (campaign_id, id))"
    " WITHOUT ROWID;"
    "ALTER TABLE campaign_counter ADD COLUMN event_id INTEGER NOT NULL DEFAULT 0;"
    /* Campaign 0: all of them, also those that were deleted since. */
    "INSERT INTO minute_counter (campaign_id, minute, accepted, refused, deferrals, uncertain)"
    " SELECT 0, minute, sum(accepted), sum(refused), sum(deferrals), sum(uncertain)"
    " FROM minute_counter GROUP BY minute;"
    "CREATE INDEX domain_largest ON domain_counter (campaign_id, total DESC, domain);"
    "CREATE INDEX suppression_recent ON suppression (reason, created_us)"
    " WHERE reason IN ('unsubscribed', 'bounced', 'complained');"
    /* Lists of campaigns without a look at their bodies: the columns behind those lie at the
     * end of a chain of pages. */
    "CREATE INDEX campaign_brief ON campaign (state, name, title, subject, server, held_reason,"
    " row_version, content_version, created_us, started_us, finished_us, schedule_us,"
    " schedule_min, schedule_max, is_edited, deleted_us);"
    "ALTER TABLE server ADD COLUMN problem_us INTEGER;"
    /* Written with the send role's heartbeat. */
    "CREATE TABLE server_live (server_id INTEGER PRIMARY KEY, at_us INTEGER NOT NULL,"
    " connections INTEGER NOT NULL, in_flight INTEGER NOT NULL, waiting INTEGER NOT NULL,"
    " rate REAL NOT NULL, rest_until_us INTEGER NOT NULL, code INTEGER NOT NULL,"
    " reply TEXT NOT NULL, reply_us INTEGER NOT NULL);";
/* clang-format on */

static const char undo_indexes[] =
    "CREATE INDEX undo_group ON undo (group_id);"
    "CREATE INDEX undo_address ON undo (address_key) WHERE address_key IS NOT NULL;";

static const char stop_rule[] =
    "ALTER TABLE campaign ADD COLUMN max_failed INTEGER NOT NULL DEFAULT 5;"
    /* What had a last word when somebody resumed it: that does not count again. */
    "ALTER TABLE campaign ADD COLUMN stop_done INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE campaign ADD COLUMN stop_failed INTEGER NOT NULL DEFAULT 0;";

static const char server_limits[] =
    "ALTER TABLE server ADD COLUMN per_hour INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE server ADD COLUMN warm_up TEXT;"
    /* Messages given to each server by quarters of an hour, written with their outcomes: what a
     * limit an hour or a day is counted by. */
    "CREATE TABLE server_use (server_id INTEGER NOT NULL, slot INTEGER NOT NULL,"
    " n INTEGER NOT NULL, PRIMARY KEY (server_id, slot)) WITHOUT ROWID;"
    /* The limit that is used up, how many it allows, and when it begins anew. */
    "ALTER TABLE server_live ADD COLUMN limit_kind INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE server_live ADD COLUMN limit_n INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE server_live ADD COLUMN limit_until_us INTEGER NOT NULL DEFAULT 0;";

/* What a role gave up, as bits of model/hardening.h; -1: it has not said. */
static const char hardened_roles[] =
    "ALTER TABLE role ADD COLUMN hardened INTEGER NOT NULL DEFAULT -1;";

static const char hooks[] =
    /* kind: enum hook_kind; state: enum hook_state. */
    "CREATE TABLE hook (id INTEGER PRIMARY KEY AUTOINCREMENT, campaign_id INTEGER NOT NULL,"
    " campaign TEXT NOT NULL, event TEXT NOT NULL, kind INTEGER NOT NULL,"
    " state INTEGER NOT NULL DEFAULT 0, reason TEXT NOT NULL, actor TEXT NOT NULL,"
    " at_us INTEGER NOT NULL, tries INTEGER NOT NULL DEFAULT 0, due_us INTEGER NOT NULL,"
    " done_us INTEGER, result TEXT NOT NULL DEFAULT '');"
    "CREATE INDEX hook_waiting ON hook (due_us) WHERE state = 0;"
    "CREATE INDEX hook_given_up ON hook (id) WHERE state = 2;";

static const char sending_hours[] =
    "ALTER TABLE campaign ADD COLUMN hours TEXT;"
    "ALTER TABLE campaign ADD COLUMN days TEXT;"
    "ALTER TABLE campaign ADD COLUMN not_on TEXT;"
    "ALTER TABLE campaign ADD COLUMN spread_s INTEGER NOT NULL DEFAULT 0;";

static const char server_window[] =
    "ALTER TABLE server ADD COLUMN window INTEGER NOT NULL DEFAULT 1;";

/* servers: "main:3, second:1", the form of model/pool. */
static const char pools[] =
    "CREATE TABLE pool (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE,"
    " servers TEXT NOT NULL, row_version INTEGER NOT NULL DEFAULT 1, deleted_us INTEGER);";

static const char receivers[] =
    /* A receiver with something to be remembered. cause: enum hold_cause. wake_us: when somebody
     * said that it may be written to again. */
    "CREATE TABLE hold (id INTEGER PRIMARY KEY, receiver TEXT NOT NULL UNIQUE,"
    " label TEXT NOT NULL, cause INTEGER NOT NULL, reply TEXT NOT NULL DEFAULT '',"
    " since_us INTEGER NOT NULL, until_us INTEGER NOT NULL DEFAULT 0,"
    " next_us INTEGER NOT NULL DEFAULT 0, rate REAL NOT NULL DEFAULT 0,"
    " base_rate REAL NOT NULL DEFAULT 0, slow_us INTEGER NOT NULL DEFAULT 0,"
    " connections INTEGER NOT NULL DEFAULT 0, n_ours INTEGER NOT NULL DEFAULT 0,"
    " wake_us INTEGER NOT NULL DEFAULT 0);"
    /* Who waits there, in order: deliveries that are deferred and have no time of their own. */
    "CREATE TABLE held (hold_id INTEGER NOT NULL, campaign_id INTEGER NOT NULL,"
    " delivery_id INTEGER NOT NULL, PRIMARY KEY (hold_id, campaign_id, delivery_id))"
    " WITHOUT ROWID;"
    "CREATE TABLE hold_waiting (campaign_id INTEGER NOT NULL, hold_id INTEGER NOT NULL,"
    " n INTEGER NOT NULL, PRIMARY KEY (campaign_id, hold_id)) WITHOUT ROWID;"
    /* Limits that go before those of the tables; NULL: not said here. */
    "CREATE TABLE provider_limit (name TEXT PRIMARY KEY, connections INTEGER, per_second REAL,"
    " actor TEXT NOT NULL, changed_us INTEGER NOT NULL) WITHOUT ROWID;"
    /* Which hosts take a domain's mail, the nearest first. status: enum mx_status. */
    "CREATE TABLE mx (domain TEXT PRIMARY KEY, hosts TEXT NOT NULL, status INTEGER NOT NULL,"
    " looked_us INTEGER NOT NULL) WITHOUT ROWID;";

static const char inbound[] =
    /* Mail that came back, raw as it came (its beginning, when it is huge). kind: a name of
     * model/bounce. state: enum inbound_state. note: why nobody was marked. */
    "CREATE TABLE inbound (id INTEGER PRIMARY KEY AUTOINCREMENT, mailbox_id INTEGER NOT NULL,"
    " received_us INTEGER NOT NULL, kind TEXT NOT NULL, state INTEGER NOT NULL,"
    " bytes INTEGER NOT NULL, hash TEXT NOT NULL, pattern TEXT NOT NULL DEFAULT '',"
    " message_id TEXT NOT NULL DEFAULT '', sender TEXT NOT NULL DEFAULT '',"
    " subject TEXT NOT NULL DEFAULT '', note TEXT NOT NULL DEFAULT '');"
    "CREATE INDEX inbound_hash ON inbound (mailbox_id, hash);"
    "CREATE INDEX inbound_unknown ON inbound (pattern, id) WHERE state = 1;"
    "CREATE TABLE inbound_raw (inbound_id INTEGER PRIMARY KEY, raw BLOB NOT NULL);"
    /* What the mailbox calls it: a UID with its UIDVALIDITY, or a UIDL. A message may have
     * several: the mailbox was numbered anew, or it lies there twice. */
    "CREATE TABLE inbound_key (mailbox_id INTEGER NOT NULL, validity INTEGER NOT NULL,"
    " uid TEXT NOT NULL, inbound_id INTEGER NOT NULL,"
    " PRIMARY KEY (mailbox_id, validity, uid)) WITHOUT ROWID;"
    "CREATE INDEX inbound_key_of ON inbound_key (inbound_id);"
    "CREATE TABLE mailbox_state (mailbox_id INTEGER PRIMARY KEY, validity INTEGER NOT NULL,"
    " last_uid INTEGER NOT NULL DEFAULT 0, read_us INTEGER NOT NULL DEFAULT 0,"
    " n_read INTEGER NOT NULL DEFAULT 0);"
    /* Numbers of mailboxes are given away again, and the next one has messages of its own. */
    "CREATE TRIGGER mailbox_is_gone AFTER DELETE ON mailbox BEGIN"
    " DELETE FROM mailbox_state WHERE mailbox_id = old.id;"
    " DELETE FROM inbound_key WHERE mailbox_id = old.id;"
    " UPDATE inbound SET mailbox_id = 0 WHERE mailbox_id = old.id; END;"

    /* What a message said about whom, and what followed. inbound_id 0: no message, a request or
     * a refusal. found_by, effects: enums of store/said.h; the others are names of
     * model/bounce. */
    "CREATE TABLE said (id INTEGER PRIMARY KEY AUTOINCREMENT, inbound_id INTEGER NOT NULL,"
    " at_us INTEGER NOT NULL, delivery_id INTEGER NOT NULL DEFAULT 0,"
    " campaign_id INTEGER NOT NULL DEFAULT 0, person_id INTEGER NOT NULL DEFAULT 0,"
    " address TEXT NOT NULL, address_key TEXT NOT NULL, provider TEXT NOT NULL,"
    " kind TEXT NOT NULL, class TEXT NOT NULL, reason TEXT NOT NULL, fault TEXT NOT NULL,"
    " status TEXT NOT NULL, text TEXT NOT NULL, found_by INTEGER NOT NULL,"
    " effects INTEGER NOT NULL DEFAULT 0);"
    "CREATE INDEX said_inbound ON said (inbound_id);"
    "CREATE INDEX said_delivery ON said (delivery_id);"
    "CREATE INDEX said_address ON said (address_key, at_us);"
    "CREATE INDEX said_provider ON said (provider, id) WHERE fault = 'us';"
    "CREATE INDEX said_waiting ON said (provider, campaign_id, id) WHERE effects & 32;"
    /* Which entries among those who are never mailed came of it. */
    "CREATE TABLE said_suppression (suppression_id INTEGER PRIMARY KEY, said_id INTEGER NOT"
    " NULL);"
    "CREATE INDEX said_suppression_of ON said_suppression (said_id);"
    /* When mail to an address was last known to arrive: soft bounces before count no more. */
    "CREATE TABLE healed (address_key TEXT PRIMARY KEY, at_us INTEGER NOT NULL) WITHOUT ROWID;"
    /* A user's own rules: the first that fits the text decides. class '': the reason's own. */
    "CREATE TABLE bounce_rule (id INTEGER PRIMARY KEY AUTOINCREMENT, position INTEGER NOT NULL,"
    " pattern TEXT NOT NULL, reason TEXT NOT NULL, class TEXT NOT NULL DEFAULT '',"
    " actor TEXT NOT NULL, created_us INTEGER NOT NULL);"

    /* Hard bounces by the domains that a provider takes the mail of. */
    "CREATE TABLE bounce_rate (provider TEXT NOT NULL, campaign_id INTEGER NOT NULL,"
    " domain TEXT NOT NULL, hard INTEGER NOT NULL, PRIMARY KEY (provider, campaign_id, domain))"
    " WITHOUT ROWID;"
    /* Far more of them than usual: a person decides. state: enum storm_state. */
    "CREATE TABLE storm (provider TEXT NOT NULL, campaign_id INTEGER NOT NULL,"
    " state INTEGER NOT NULL, since_us INTEGER NOT NULL, hard INTEGER NOT NULL,"
    " taken INTEGER NOT NULL, usual REAL NOT NULL, decided_us INTEGER NOT NULL DEFAULT 0,"
    " PRIMARY KEY (provider, campaign_id)) WITHOUT ROWID;"
    /* What the send role is to do: a receiver refuses us by what comes back. */
    "CREATE TABLE rest_wish (receiver TEXT PRIMARY KEY, campaign_id INTEGER NOT NULL,"
    " reply TEXT NOT NULL, at_us INTEGER NOT NULL) WITHOUT ROWID;"

    "ALTER TABLE campaign_counter ADD COLUMN bounced_hard INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE campaign_counter ADD COLUMN bounced_soft INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE campaign_counter ADD COLUMN complained INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE campaign_counter ADD COLUMN unsubscribed INTEGER NOT NULL DEFAULT 0;";

static const char refusals[] =
    /* Refusals of a recipient, attempt n, that nobody has judged yet. */
    "CREATE TABLE refusal (id INTEGER PRIMARY KEY, delivery_id INTEGER NOT NULL,"
    " n INTEGER NOT NULL);";

static const char rereading[] =
    "ALTER TABLE bounce_rule ADD COLUMN name TEXT NOT NULL DEFAULT '';"
    "UPDATE bounce_rule SET name = 'rule-' || id;"
    /* What lists of mail that came back are filtered by, the newest first. */
    "CREATE INDEX inbound_kind ON inbound (kind, id);"
    "CREATE INDEX inbound_state ON inbound (state, id);"
    "CREATE INDEX inbound_received ON inbound (received_us);"
    "CREATE INDEX said_campaign ON said (campaign_id, inbound_id);"
    "CREATE INDEX said_kind ON said (kind, inbound_id);"
    "CREATE INDEX said_class ON said (class, inbound_id);"
    "CREATE INDEX said_reason ON said (reason, inbound_id);"
    /* The domain: what stands behind the last @. */
    "CREATE INDEX said_domain ON said (replace(address_key, rtrim(address_key,"
    " replace(address_key, '@', '')), ''), inbound_id);"
    /* What messages said before they were read anew or assigned, for an undo. became: a mark of
     * what they said then. */
    "CREATE TABLE inbound_kept (undo_id INTEGER NOT NULL, inbound_id INTEGER NOT NULL,"
    " state INTEGER NOT NULL, kind TEXT NOT NULL, note TEXT NOT NULL,"
    " became TEXT NOT NULL DEFAULT '', PRIMARY KEY (undo_id, inbound_id)) WITHOUT ROWID;"
    "CREATE TABLE said_kept (undo_id INTEGER NOT NULL, inbound_id INTEGER NOT NULL,"
    " id INTEGER NOT NULL, at_us INTEGER NOT NULL, delivery_id INTEGER NOT NULL,"
    " campaign_id INTEGER NOT NULL, person_id INTEGER NOT NULL, address TEXT NOT NULL,"
    " address_key TEXT NOT NULL, provider TEXT NOT NULL, kind TEXT NOT NULL,"
    " class TEXT NOT NULL, reason TEXT NOT NULL, fault TEXT NOT NULL, status TEXT NOT NULL,"
    " text TEXT NOT NULL, found_by INTEGER NOT NULL, effects INTEGER NOT NULL,"
    " PRIMARY KEY (undo_id, inbound_id, id)) WITHOUT ROWID;"
    "CREATE INDEX said_kept_address ON said_kept (address_key);"
    "CREATE INDEX said_kept_person ON said_kept (person_id);"
    "CREATE TABLE suppression_kept (undo_id INTEGER NOT NULL, said_id INTEGER NOT NULL,"
    " address_key TEXT NOT NULL, list_id INTEGER NOT NULL, address TEXT NOT NULL,"
    " reason TEXT NOT NULL, evidence TEXT NOT NULL, actor TEXT NOT NULL,"
    " created_us INTEGER NOT NULL, PRIMARY KEY (undo_id, said_id, address_key, list_id))"
    " WITHOUT ROWID;"
    "CREATE INDEX suppression_kept_address ON suppression_kept (address_key);"
    "CREATE TRIGGER undo_is_gone AFTER DELETE ON undo WHEN old.noun = 'message' BEGIN"
    " DELETE FROM inbound_kept WHERE undo_id = old.id;"
    " DELETE FROM said_kept WHERE undo_id = old.id;"
    " DELETE FROM suppression_kept WHERE undo_id = old.id; END;";

static const char answers[] =
    "ALTER TABLE mailbox ADD COLUMN forward_replies INTEGER NOT NULL DEFAULT 0;"
    /* Of an answer that is passed on: the mail. */
    "ALTER TABLE hook ADD COLUMN inbound_id INTEGER NOT NULL DEFAULT 0;"
    "CREATE INDEX hook_inbound ON hook (inbound_id) WHERE inbound_id > 0;";

static const char reading_mailboxes[] =
    "ALTER TABLE mailbox ADD COLUMN after_read INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE mailbox ADD COLUMN move_to TEXT DEFAULT 'crier-read';"
    "ALTER TABLE mailbox ADD COLUMN poll_s INTEGER NOT NULL DEFAULT 60;"
    /* Another account or folder may number its messages alike: by these nothing there is known.
     * What was read before is, by its octets. */
    "CREATE TRIGGER mailbox_is_elsewhere AFTER UPDATE OF host, user, folder, protocol ON mailbox"
    " WHEN old.host IS NOT new.host OR old.user IS NOT new.user OR old.folder IS NOT new.folder"
    " OR old.protocol IS NOT new.protocol BEGIN"
    " DELETE FROM inbound_key WHERE mailbox_id = old.id;"
    " UPDATE mailbox_state SET validity = 0, last_uid = 0 WHERE mailbox_id = old.id; END;";

static const char reports[] =
    /* What counts into a campaign's counters, by what it says: bits of store/said.h. */
    "CREATE INDEX said_counted ON said (campaign_id, class, reason, status, effects, address_key)"
    " WHERE effects & 15;";

static const char ports[] =
    /* problem: what kept it from being bound. */
    "CREATE TABLE port (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE,"
    " role INTEGER NOT NULL DEFAULT 0, listen TEXT NOT NULL " LINE_CHECK("listen") ","
    " public_url TEXT " LINE_CHECK("public_url") ", enabled INTEGER NOT NULL DEFAULT 1,"
    " problem TEXT, row_version INTEGER NOT NULL DEFAULT 1, deleted_us INTEGER);";

static const char doctor_verdicts[] =
    "CREATE TABLE doctor_verdict (id INTEGER PRIMARY KEY, kind TEXT NOT NULL,"
    " record_id INTEGER NOT NULL, name TEXT NOT NULL, begun_us INTEGER NOT NULL,"
    " took_us INTEGER NOT NULL, result TEXT NOT NULL, text TEXT NOT NULL, code TEXT, who TEXT,"
    " next TEXT, cause TEXT, report TEXT);"
    "CREATE INDEX doctor_verdict_subject ON doctor_verdict (kind, record_id, name, id);";

const struct schema_migration schema_migrations[] = {
    {1, N_("people, lists, servers, campaigns, the ledger, audit"), first_schema},
    {2, N_("parts of messages, mailboxes, DKIM keys, schedules, undo of imports"),
     whole_message},
    {3, N_("versions of content while it goes out, corrections, the bin, undo, recovery"),
     versions_and_bin},
    {4, N_("counters, events and servers as the screens show them"), live_data},
    {5, N_("finding what can be undone"), undo_indexes},
    {6, N_("campaigns that too many refuse are held"), stop_rule},
    {7, N_("limits of servers an hour and a day"), server_limits},
    {8, N_("what the worker's roles gave up"), hardened_roles},
    {9, N_("who is told when a campaign ends or stands still"), hooks},
    {10, N_("sending hours of campaigns"), sending_hours},
    {11, N_("messages in flight on a connection"), server_window},
    {12, N_("pools of servers"), pools},
    {13, N_("receivers: their limits, who waits for them, their MX hosts"), receivers},
    {14, N_("mail that comes back, and what it says about whom"), inbound},
    {15, N_("refusals of recipients that are to be judged"), refusals},
    {16, N_("what becomes of mail that was read, and how often mailboxes are looked into"),
     reading_mailboxes},
    {17, N_("finding mail that came back, and reading it anew"), rereading},
    {18, N_("bounces of a campaign by what they say"), reports},
    {19, N_("answers of people are passed on"), answers},
    {20, N_("ports that we listen on"), ports},
    {21, N_("what the doctor found"), doctor_verdicts},
    {0, NULL, NULL},
};

int schema_newest(void)
{
    int newest = 0;
    for (const struct schema_migration *m = schema_migrations; m->version > 0; m++)
        newest = m->version;
    return newest;
}
