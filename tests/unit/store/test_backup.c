/*
 * Check, backup, restore.
 */
#include "config.h"

#include "place.h"

#include <sys/stat.h>
#include <unistd.h>

#include "model/campaign.h"
#include "store/campaigns.h"
#include "store/db_private.h"
#include "store/schema.h"

static void add_campaign(struct db *db, const char *name, enum campaign_state state)
{
    g_assert_true(sql_do(db, NULL,
                         "INSERT INTO campaign (name, state, created_us, give_up_s,"
                         " content_version) VALUES (?, ?, 1, 1, 1)",
                         "si", name, (gint64)state));
}

/* Three queued, one accepted, one undecided uncertain. */
static void add_deliveries(struct db *db)
{
    run(db, "INSERT INTO delivery (campaign_id, person_id, version, state, address)"
            " VALUES (1, 1, 1, 0, 'a@x'), (1, 2, 1, 0, 'b@x'), (1, 3, 1, 0, 'c@x'),"
            " (1, 4, 1, 2, 'd@x'), (1, 5, 1, 5, 'e@x')");
    run(db,
        "INSERT INTO campaign_counter (campaign_id, total, queued, leased, accepted, refused,"
        " deferred, uncertain, suppressed, cancelled, undecided)"
        " VALUES (1, 5, 3, 0, 1, 0, 0, 1, 0, 0, 1)");
}

struct findings {
    int good, bad;
    GString *text;
};

static void collect(gboolean ok, const char *sentence, void *data)
{
    struct findings *f = data;
    if (ok)
        f->good++;
    else
        f->bad++;
    g_string_append_printf(f->text, "%s\n", sentence);
}

static void check_says(struct db *db, gboolean expected, const char *part)
{
    struct findings f = {.text = g_string_new(NULL)};
    GError *error = NULL;
    gboolean ok = db_check(db, FALSE, collect, &f, &error);
    if (strstr(f.text->str, part) == NULL)
        g_error("'%s' is not in: %s", part, f.text->str);
    g_assert_cmpint(ok, ==, expected);
    g_assert_cmpint(f.bad > 0, ==, !expected);
    g_assert_cmpint(f.good, >, 0);
    if (!expected)
        assert_fails(error, CRIER_ERROR_FAILED, "not in order");
    g_string_free(f.text, TRUE);
}

static void sound_one_passes(struct place *p, gconstpointer data)
{
    add_campaign(p->db, "one", CAMPAIGN_SENDING);
    add_deliveries(p->db);
    add_campaign(p->db, "being-built", CAMPAIGN_PREPARING);
    check_says(p->db, TRUE, "Every counter agrees");
    check_says(p->db, TRUE, "well-formed");
    g_assert_true(db_check(p->db, TRUE, NULL, NULL, NULL));
}

static void wrong_counter_is_found(struct place *p, gconstpointer data)
{
    static const struct {
        const char *sql, *part;
    } faults[] = {
        {"UPDATE delivery SET state = 3 WHERE person_id = 1", "3 queued, the ledger has 2"},
        {"UPDATE delivery SET decided = 1 WHERE state = 5", "1 undecided, the ledger has 0"},
        {"DELETE FROM delivery WHERE person_id = 2", "5 people, the ledger has 4"},
        {"DELETE FROM campaign_counter", "0 people, the ledger has 5"},
    };
    add_campaign(p->db, "one", CAMPAIGN_SENDING);
    add_deliveries(p->db);
    for (gsize i = 0; i < G_N_ELEMENTS(faults); i++) {
        run(p->db, faults[i].sql);
        check_says(p->db, FALSE, faults[i].part);
        run(p->db, "DELETE FROM campaign_counter");
        run(p->db, "DELETE FROM delivery");
        add_deliveries(p->db);
    }
}

/* Who waits for a receiver is forgotten there and cancelled in batches of their own: in between
 * nobody is lost. */
static void being_cancelled_is_in_order(struct place *p, gconstpointer data)
{
    static const enum campaign_state waits[] = {CAMPAIGN_SENDING, CAMPAIGN_PAUSED,
                                                CAMPAIGN_HELD};
    add_campaign(p->db, "one", CAMPAIGN_CANCELLED);
    add_deliveries(p->db);
    run(p->db, "UPDATE delivery SET state = 4 WHERE state = 0");
    run(p->db, "UPDATE campaign_counter SET deferred = 3, queued = 0");
    run(p->db, "INSERT INTO hold (id, receiver, label, cause, since_us) VALUES (7, 'r', 'R', 1,"
               " 1)");
    run(p->db, "INSERT INTO held (hold_id, campaign_id, delivery_id) VALUES (7, 1, 1)");
    run(p->db, "INSERT INTO hold_waiting (campaign_id, hold_id, n) VALUES (1, 7, 1)");
    check_says(p->db, TRUE, "Every counter agrees");
    for (gsize i = 0; i < G_N_ELEMENTS(waits); i++) {
        sql_do(p->db, NULL, "UPDATE campaign SET state = ?", "i", (gint64)waits[i]);
        check_says(p->db, FALSE, "2 people wait, and nothing says for what");
    }
}

static void lost_reference_is_found(struct place *p, gconstpointer data)
{
    g_assert_true(db_script(p->db, "PRAGMA foreign_keys=OFF", NULL));
    run(p->db, "INSERT INTO campaign_list VALUES (7, 7, 0)");
    check_says(p->db, FALSE, "campaign_list refer to a");
}

static void broken_index_is_found(struct place *p, gconstpointer data)
{
    run(p->db, "INSERT INTO list (name, created_us) VALUES ('a', 1), ('b', 1)");
    gint64 root = number_of(
        p->db, "SELECT rootpage FROM sqlite_master WHERE tbl_name = 'list' AND type = "
               "'index'");
    close_into_file(p);
    g_autofree char *bytes = NULL;
    gsize len;
    g_assert_true(g_file_get_contents(p->ws->db_path, &bytes, &len, NULL));
    /* The index loses an entry: its cell count goes down by one. */
    char *count = bytes + (root - 1) * DB_PAGE_BYTES + 4;
    g_assert_cmpint(count[0], ==, 2);
    count[0] = 1;
    g_assert_true(g_file_set_contents(p->ws->db_path, bytes, (gssize)len, NULL));
    reopen(p, DB_USE_VERB);
    check_says(p->db, FALSE, "damaged");
}

/* ---- a short look ---- */

static void look_finds_nothing(struct place *p, gconstpointer data)
{
    gboolean is_whole = FALSE;
    char unset[] = "unset", *damage = unset;
    GError *error = NULL;
    g_assert_true(db_look(p->db, 60000, &is_whole, &damage, &error));
    g_assert_no_error(error);
    g_assert_true(is_whole);
    g_assert_null(damage);
}

/* The handle is of use afterwards, however the look ended. */
static void look_ends_in_time(struct place *p, gconstpointer data)
{
    gboolean is_whole = TRUE;
    char *damage = NULL;
    g_assert_true(db_look(p->db, -1, &is_whole, &damage, NULL));
    g_assert_null(damage);
    add_campaign(p->db, "one", CAMPAIGN_SENDING);
    check_says(p->db, TRUE, "well-formed");
}

static void look_finds_damage(struct place *p, gconstpointer data)
{
    gboolean is_whole = FALSE;
    char *damage = NULL;
    run(p->db, "INSERT INTO list (name, created_us) VALUES ('a', 1), ('b', 1)");
    gint64 root = number_of(
        p->db, "SELECT rootpage FROM sqlite_master WHERE name = 'list' AND type = 'table'");
    close_into_file(p);
    g_autofree char *bytes = NULL;
    gsize len;
    g_assert_true(g_file_get_contents(p->ws->db_path, &bytes, &len, NULL));
    /* A page of a kind that there is not. */
    bytes[(root - 1) * DB_PAGE_BYTES] = 0x77;
    g_assert_true(g_file_set_contents(p->ws->db_path, bytes, (gssize)len, NULL));
    reopen(p, DB_USE_VERB);
    g_assert_true(db_look(p->db, 60000, &is_whole, &damage, NULL));
    g_assert_nonnull(damage);
    g_free(damage);
}

/* ---- backup ---- */

static void last_progress(int done, int total, void *data)
{
    int *last = data;
    last[0] = done;
    last[1] = total;
}

static void backup_is_one_private_file(struct place *p, gconstpointer data)
{
    GError *error = NULL;
    int last[2] = {-1, -1};
    struct stat st;
    run(p->db, "INSERT INTO list (name, created_us) VALUES ('in it', 1)");
    g_autofree char *to = g_build_filename(p->dir, "copy.db", NULL);
    g_autofree char *wal = g_strconcat(to, "-wal", NULL);
    g_assert_true(db_backup(p->db, to, last_progress, last, &error));
    g_assert_no_error(error);
    g_assert_cmpint(last[0], ==, last[1]);
    g_assert_cmpint(stat(to, &st), ==, 0);
    g_assert_cmpint(st.st_mode & 0777, ==, 0600);
    g_assert_cmpint(st.st_nlink, ==, 1);
    g_assert_false(g_file_test(wal, G_FILE_TEST_EXISTS));
    struct db *copy = db_open(to, DB_USE_VERB, &error);
    g_assert_no_error(error);
    g_assert_cmpint(number_of(copy, "SELECT count(*) FROM list"), ==, 1);
    db_close(copy);
}

static void backup_never_overwrites(struct place *p, gconstpointer data)
{
    GError *error = NULL;
    g_autofree char *to = g_build_filename(p->dir, "mine.txt", NULL);
    g_autofree char *after = NULL;
    g_assert_true(g_file_set_contents(to, "mine", -1, NULL));
    g_assert_false(db_backup(p->db, to, NULL, NULL, &error));
    assert_fails(error, CRIER_ERROR_EXISTS, "mine.txt");
    g_assert_true(g_file_get_contents(to, &after, NULL, NULL));
    g_assert_cmpstr(after, ==, "mine");
}

static int files_named(const char *dir, const char *part)
{
    GDir *d = g_dir_open(dir, 0, NULL);
    const char *name;
    int n = 0;
    while ((name = g_dir_read_name(d)) != NULL)
        n += strstr(name, part) != NULL;
    g_dir_close(d);
    return n;
}

static void failed_backup_leaves_nothing(struct place *p, gconstpointer data)
{
    GError *error = NULL;
    g_autofree char *to = g_build_filename(p->dir, "no", "such", "folder.db", NULL);
    g_assert_false(db_backup(p->db, to, NULL, NULL, &error));
    assert_fails(error, CRIER_ERROR_FAILED, "cannot be made");
    g_assert_cmpint(files_named(p->dir, "partial"), ==, 0);
}

#define STEPS_MAX 20 /* each makes the log as long again as the database */

struct writer {
    struct db *db;
    int n;
};

/* Another process writes between the steps; the copy is still one moment's. */
static void write_between(int done, int total, void *data)
{
    struct writer *w = data;
    g_assert_cmpint(w->n++, <, STEPS_MAX);
    run(w->db, "UPDATE list SET row_version = row_version + 1");
}

static void backup_of_a_busy_one_ends(struct place *p, gconstpointer data)
{
    GError *error = NULL;
    g_autofree char *big = g_strnfill(4000, 'x');
    g_assert_true(db_begin(p->db, NULL));
    for (int i = 0; i < 3000; i++)
        g_assert_true(sql_do(p->db, NULL,
                             "INSERT INTO list (name, title, created_us) VALUES"
                             " (?, ?, 1)",
                             "is", (gint64)i, big));
    g_assert_true(db_commit(p->db, NULL));
    struct writer other = {.db = db_open(p->ws->db_path, DB_USE_VERB, NULL)};
    g_autofree char *to = g_build_filename(p->dir, "copy.db", NULL);
    g_assert_true(db_backup(p->db, to, write_between, &other, &error));
    g_assert_no_error(error);
    g_assert_cmpint(other.n, >, 1);
    db_close(other.db);
    struct db *copy = db_open(to, DB_USE_VERB, &error);
    g_assert_no_error(error);
    g_assert_cmpint(number_of(copy, "SELECT count(DISTINCT row_version) FROM list"), ==, 1);
    db_close(copy);
}

/* ---- restore ---- */

static void restored_one_is_held(struct place *p, gconstpointer data)
{
    GError *error = NULL;
    g_autofree char *moved = NULL;
    g_autofree char *to = g_build_filename(p->dir, "copy.db", NULL);
    add_campaign(p->db, "running", CAMPAIGN_SENDING);
    g_assert_cmpint(db_claim_identity(p->db, NULL), ==, 0);
    g_assert_true(db_backup(p->db, to, NULL, NULL, NULL));
    run(p->db, "INSERT INTO list (name, created_us) VALUES ('later', 1)");
    g_clear_pointer(&p->db, db_close);
    g_assert_true(db_restore(p->ws->db_path, to, &moved, &error));
    g_assert_no_error(error);
    reopen(p, DB_USE_WORKER);
    g_assert_cmpint(number_of(p->db, "SELECT count(*) FROM list"), ==, 0);
    g_assert_cmpint(number_of(p->db, "SELECT count(*) FROM campaign"), ==, 1);
    g_assert_cmpint(db_claim_identity(p->db, NULL), ==, 1);
    struct campaign c = {0};
    g_assert_true(campaigns_get(p->db, "running", &c, NULL));
    g_assert_cmpint(c.state, ==, CAMPAIGN_HELD);
    campaign_clear(&c);
    /* What was there before is whole, beside it. */
    struct db *old = db_open(moved, DB_USE_VERB, &error);
    g_assert_no_error(error);
    g_assert_cmpint(number_of(old, "SELECT count(*) FROM list"), ==, 1);
    db_close(old);
    g_assert_cmpint(files_named(p->dir, "restoring"), ==, 0);
}

/* The same, while the log holds what the file does not have yet: it must not be played into the
 * restored file. */
static void log_of_the_old_one_moves_along(struct place *p, gconstpointer data)
{
    GError *error = NULL;
    g_autofree char *moved = NULL;
    g_autofree char *to = g_build_filename(p->dir, "copy.db", NULL);
    g_assert_true(db_backup(p->db, to, NULL, NULL, NULL));
    run(p->db, "INSERT INTO list (name, created_us) VALUES ('only in the log', 1)");
    /* Left open, as by a process that was killed. */
    struct db *leftover = g_steal_pointer(&p->db);
    g_assert_true(db_restore(p->ws->db_path, to, &moved, &error));
    g_assert_no_error(error);
    reopen(p, DB_USE_VERB);
    g_assert_cmpint(number_of(p->db, "SELECT count(*) FROM list"), ==, 0);
    db_close(leftover);
    struct db *old = db_open(moved, DB_USE_VERB, &error);
    g_assert_no_error(error);
    g_assert_cmpint(number_of(old, "SELECT count(*) FROM list"), ==, 1);
    db_close(old);
}

static void damaged_one_is_kept(struct place *p, gconstpointer data)
{
    GError *error = NULL;
    g_autofree char *moved = NULL;
    g_autofree char *to = g_build_filename(p->dir, "copy.db", NULL);
    g_assert_true(db_backup(p->db, to, NULL, NULL, NULL));
    g_clear_pointer(&p->db, db_close);
    g_assert_true(g_file_set_contents(p->ws->db_path, "broken", -1, NULL));
    g_assert_true(db_restore(p->ws->db_path, to, &moved, &error));
    g_assert_no_error(error);
    g_autofree char *kept = NULL;
    g_assert_true(g_file_get_contents(moved, &kept, NULL, NULL));
    g_assert_cmpstr(kept, ==, "broken");
    reopen(p, DB_USE_VERB);
}

static void missing_one_is_made(struct place *p, gconstpointer data)
{
    g_autofree char *moved = NULL;
    g_autofree char *to = g_build_filename(p->dir, "copy.db", NULL);
    g_autofree char *fresh = g_build_filename(p->dir, "fresh.db", NULL);
    g_assert_true(db_backup(p->db, to, NULL, NULL, NULL));
    g_assert_true(db_restore(fresh, to, &moved, NULL));
    g_assert_null(moved);
    struct db *db = db_open(fresh, DB_USE_VERB, NULL);
    g_assert_nonnull(db);
    db_close(db);
}

static void bad_backup_changes_nothing(struct place *p, gconstpointer data)
{
    GError *error = NULL;
    g_autofree char *text = g_build_filename(p->dir, "text", NULL);
    g_autofree char *none = g_build_filename(p->dir, "none", NULL);
    g_autofree char *newer = g_build_filename(p->dir, "newer", NULL);
    g_autofree char *empty = g_build_filename(p->dir, "empty", NULL);
    g_assert_true(db_backup(p->db, newer, NULL, NULL, NULL));
    sqlite3 *h = NULL;
    g_assert_cmpint(sqlite3_open(newer, &h), ==, SQLITE_OK);
    sqlite3_exec(h, "PRAGMA user_version=999", NULL, NULL, NULL);
    sqlite3_close(h);
    g_assert_true(
        g_file_set_contents(text, "a text that is long enough to be no header", -1, NULL));
    g_assert_true(g_file_set_contents(empty, "", 0, NULL));
    run(p->db, "INSERT INTO list (name, created_us) VALUES ('stays', 1)");
    const struct {
        const char *from;
        enum crier_error code;
        const char *part;
    } cases[] = {
        {text, CRIER_ERROR_INVALID, "not a crier database"},
        {none, CRIER_ERROR_FAILED, "cannot be read"},
        {newer, CRIER_ERROR_INVALID, "999"},
        {empty, CRIER_ERROR_INVALID, "not a crier database"},
        {p->dir, CRIER_ERROR_INVALID, "not a regular file"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_assert_false(db_restore(p->ws->db_path, cases[i].from, NULL, &error));
        assert_fails(error, cases[i].code, cases[i].part);
        g_assert_cmpint(files_named(p->dir, "restor"), ==, 0);
    }
    reopen(p, DB_USE_VERB);
    g_assert_cmpint(number_of(p->db, "SELECT count(*) FROM list"), ==, 1);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    TEST("/backup/check/sound", sound_one_passes);
    TEST("/backup/check/wrong-counter", wrong_counter_is_found);
    TEST("/backup/check/being-cancelled", being_cancelled_is_in_order);
    TEST("/backup/check/lost-reference", lost_reference_is_found);
    TEST("/backup/check/broken-index", broken_index_is_found);
    TEST("/backup/look/finds-nothing", look_finds_nothing);
    TEST("/backup/look/ends-in-time", look_ends_in_time);
    TEST("/backup/look/finds-damage", look_finds_damage);
    TEST("/backup/backup/one-private-file", backup_is_one_private_file);
    TEST("/backup/backup/never-overwrites", backup_never_overwrites);
    TEST("/backup/backup/failure-leaves-nothing", failed_backup_leaves_nothing);
    TEST("/backup/backup/busy-one-ends", backup_of_a_busy_one_ends);
    TEST("/backup/restore/is-held", restored_one_is_held);
    TEST("/backup/restore/log-moves-along", log_of_the_old_one_moves_along);
    TEST("/backup/restore/damaged-one-is-kept", damaged_one_is_kept);
    TEST("/backup/restore/missing-one-is-made", missing_one_is_made);
    TEST("/backup/restore/bad-backup-changes-nothing", bad_backup_changes_nothing);
    return g_test_run();
}
