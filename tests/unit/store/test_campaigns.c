/*
 * Campaign records, their state, their frozen versions and counters.
 */
#include "config.h"

#include "place.h"

#include "store/campaigns.h"
#include "store/people.h"

static struct campaign sample(const char *name)
{
    struct campaign c = {0};
    campaign_init(&c);
    g_free(c.name);
    c.name = g_strdup(name);
    static const char *const values[][2] = {
        {"title", "Spring"},
        {"from", "News <news@example.org>"},
        {"reply_to", "a@example.org"},
        {"subject", "Hello {{first_name}}"},
        {"lists", "letter, extra"},
        {"exclude", "staff"},
        {"server", "main"},
        {"html", "<p>Hi</p>\n"},
        {"text", "Hi\n"},
        {"html_file", "body.html"},
        {"text_file", "body.txt"},
        {"list_id", "letter.example.org"},
        {"give_up", "3d"},
        {"markdown", "# Hi\n"},
        {"markdown_file", "body.md"},
        {"layout", "newsletter"},
        {"logo", "logo.png"},
        {"postal_address", "Road 1, Town"},
        {"preheader", "For you"},
        {"mailbox", "bounces"},
        {"late", "send"},
        {"only_campaign", "winter"},
        {"only_version", "2"},
        {"max_failed", "7"},
        {"hours", "08:00-18:00"},
        {"days", "mon-fri"},
        {"not_on", "2026-12-24..2026-12-26"},
        {"spread", "8h"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(values); i++) {
        GError *error = NULL;
        field_set_key(campaign_fields(), &c, values[i][0], values[i][1], &error);
        g_assert_no_error(error);
    }
    return c;
}

static gint64 put(struct db *db, const char *name)
{
    GError *error = NULL;
    struct campaign c = sample(name);
    g_assert_true(campaigns_put(db, &c, NULL, &error));
    g_assert_no_error(error);
    gint64 id = c.id;
    campaign_clear(&c);
    return id;
}

/* Every field of the table, so that a new one cannot be forgotten here. */
static void every_field_comes_back(struct place *p, gconstpointer data)
{
    struct campaign c = sample("one"), back = {0}, plain = {0};
    campaign_init(&plain);
    g_assert_true(campaigns_put(p->db, &c, "the hash", NULL));
    g_assert_cmpint(c.row_version, ==, 1);
    g_assert_true(campaigns_get(p->db, "one", &back, NULL));
    g_assert_cmpint(back.id, ==, c.id);
    g_assert_cmpint(back.state, ==, CAMPAIGN_DRAFT);
    g_assert_cmpint(back.created_us, ==, c.created_us);
    for (const struct field *f = campaign_fields(); f->key != NULL; f++) {
        if (field_equal(f, &c, &plain))
            g_error("the sample has no value for %s", f->key);
        if (!field_equal(f, &c, &back))
            g_error("%s did not come back", f->key);
    }
    g_autofree char *hash = campaigns_applied_hash(p->db, c.id);
    g_assert_cmpstr(hash, ==, "the hash");
    /* And when it is changed. */
    g_assert_true(field_set_key(campaign_fields(), &back, "subject", "Other", NULL));
    g_assert_true(campaigns_put(p->db, &back, NULL, NULL));
    g_assert_cmpint(back.row_version, ==, 2);
    campaign_clear(&c);
    g_assert_true(campaigns_get_id(p->db, back.id, &c, NULL));
    for (const struct field *f = campaign_fields(); f->key != NULL; f++)
        g_assert_true(field_equal(f, &c, &back));
    g_autofree char *same = campaigns_applied_hash(p->db, c.id);
    g_assert_cmpstr(same, ==, "the hash");
    g_assert_cmpint(number_of(p->db, "SELECT count(*) FROM audit WHERE noun = 'campaign' AND"
                                     " action = 'change' AND detail = 'subject' AND"
                                     " actor = 'tester'"),
                    ==, 1);
    campaign_clear(&c);
    campaign_clear(&back);
    campaign_clear(&plain);
}

static void unknown_one_names_the_nearest(struct place *p, gconstpointer data)
{
    GError *error = NULL;
    struct campaign c = {0};
    g_assert_false(campaigns_get(p->db, "spring", &c, &error));
    assert_fails(error, CRIER_ERROR_NOT_FOUND, "crier campaign new spring");
    put(p->db, "spring");
    g_assert_false(campaigns_get(p->db, "sprng", &c, &error));
    assert_fails(error, CRIER_ERROR_NOT_FOUND,
                 "there is no campaign 'sprng'. Did you mean 'spring'?");
    g_assert_null(c.name);
}

static void bad_names_and_taken_ones(struct place *p, gconstpointer data)
{
    GError *error = NULL;
    struct campaign c = sample("Not a slug");
    g_assert_false(campaigns_put(p->db, &c, NULL, &error));
    assert_fails(error, CRIER_ERROR_INVALID, "Not a slug");
    campaign_clear(&c);
    put(p->db, "one");
    c = sample("one");
    g_assert_false(campaigns_put(p->db, &c, NULL, &error));
    assert_fails(error, CRIER_ERROR_EXISTS, "already");
    g_assert_cmpint(c.id, ==, 0);
    campaign_clear(&c);
}

static void old_version_is_refused(struct place *p, gconstpointer data)
{
    GError *error = NULL;
    struct campaign mine = {0}, theirs = {0};
    put(p->db, "one");
    g_assert_true(campaigns_get(p->db, "one", &mine, NULL));
    g_assert_true(campaigns_get(p->db, "one", &theirs, NULL));
    g_assert_true(campaigns_put(p->db, &theirs, NULL, NULL));
    g_assert_false(campaigns_put(p->db, &mine, NULL, &error));
    assert_fails(error, CRIER_ERROR_PRECONDITION, "somebody else");
    g_assert_cmpint(mine.row_version, ==, 1);
    campaign_clear(&mine);
    campaign_clear(&theirs);
}

static void begun_one_is_not_changed(struct place *p, gconstpointer data)
{
    GError *error = NULL;
    gint64 id = put(p->db, "one");
    struct campaign c = {0};
    g_assert_true(campaigns_move(p->db, id, CAMPAIGN_PREPARING, NULL, NULL));
    g_assert_true(campaigns_get(p->db, "one", &c, NULL));
    g_assert_false(campaigns_put(p->db, &c, NULL, &error));
    assert_fails(error, CRIER_ERROR_INVALID, "has begun");
    campaign_clear(&c);
}

static void paused_one_is_changed(struct place *p, gconstpointer data)
{
    gint64 id = put(p->db, "one");
    struct campaign c = {0};
    g_assert_true(campaigns_move(p->db, id, CAMPAIGN_PREPARING, NULL, NULL));
    g_assert_true(campaigns_move(p->db, id, CAMPAIGN_SENDING, NULL, NULL));
    g_assert_true(campaigns_move(p->db, id, CAMPAIGN_PAUSED, NULL, NULL));
    g_assert_true(campaigns_get(p->db, "one", &c, NULL));
    g_assert_false(c.is_edited);
    g_assert_true(field_set_key(campaign_fields(), &c, "subject", "Better", NULL));
    g_assert_true(campaigns_put(p->db, &c, NULL, NULL));
    campaign_clear(&c);
    g_assert_true(campaigns_get(p->db, "one", &c, NULL));
    g_assert_true(c.is_edited);
    g_assert_cmpstr(c.subject, ==, "Better");
    campaign_clear(&c);
    /* Nobody gets it any more: what it said is what was frozen. */
    g_assert_true(campaigns_move(p->db, id, CAMPAIGN_CANCELLED, NULL, NULL));
    g_assert_true(campaigns_get(p->db, "one", &c, NULL));
    g_assert_false(c.is_edited);
    campaign_clear(&c);
}

static void a_later_version_keeps_the_list_id(struct place *p, gconstpointer data)
{
    struct campaign c = {0};
    struct content second = {0};
    int version = 0;
    gint64 id = put(p->db, "one");
    g_assert_true(campaigns_get_id(p->db, id, &c, NULL));
    g_assert_true(db_begin(p->db, NULL));
    g_assert_true(campaigns_freeze(p->db, &c, &version, NULL));
    c.started_us = 1;
    g_assert_true(field_set_key(campaign_fields(), &c, "from", "b@other.example", NULL));
    g_assert_true(campaigns_freeze(p->db, &c, &version, NULL));
    g_assert_true(db_commit(p->db, NULL));
    g_assert_cmpint(version, ==, 2);
    g_assert_true(content_get(p->db, id, 2, &second, NULL));
    g_assert_cmpstr(second.from, ==, "b@other.example");
    g_assert_cmpstr(second.list_id, ==, "letter.example.org");
    content_clear(&second);
    campaign_clear(&c);
}

static void all_come_without_bodies(struct place *p, gconstpointer data)
{
    put(p->db, "one");
    put(p->db, "two");
    g_autoptr(GPtrArray) all = campaigns_all(p->db, NULL);
    g_assert_cmpint(all->len, ==, 2);
    const struct campaign *c = g_ptr_array_index(all, 1);
    g_assert_cmpstr(c->name, ==, "two");
    g_assert_cmpstr(c->title, ==, "Spring");
    g_assert_null(c->html);
    g_assert_null(c->text);
}

static void hash_tells_fields_apart(struct place *p, gconstpointer data)
{
    struct campaign a = sample("one"), b = sample("two");
    g_autofree char *first = campaigns_hash(&a);
    g_autofree char *same = campaigns_hash(&b);
    g_assert_cmpstr(first, ==, same);
    for (const struct field *f = campaign_fields(); f->key != NULL; f++) {
        struct campaign c = sample("one");
        field_set(f, &c, NULL, NULL);
        g_autofree char *other = campaigns_hash(&c);
        g_assert_cmpstr(first, !=, other);
        campaign_clear(&c);
    }
    campaign_clear(&a);
    campaign_clear(&b);
}

/* ---- state ---- */

static void moves_follow_the_table(struct place *p, gconstpointer data)
{
    gint64 id = put(p->db, "one");
    for (int from = 0; from < CAMPAIGN_STATE_COUNT; from++)
        for (int to = 0; to < CAMPAIGN_STATE_COUNT; to++) {
            GError *error = NULL;
            struct campaign c = {0};
            g_assert_true(
                sql_do(p->db, NULL, "UPDATE campaign SET state = ?", "i", (gint64)from));
            gboolean ok = campaigns_move(p->db, id, to, "why", &error);
            g_assert_cmpint(ok, ==, campaign_may_move(from, to));
            g_assert_true(ok || g_error_matches(error, CRIER_ERROR, CRIER_ERROR_INVALID));
            g_clear_error(&error);
            g_assert_true(campaigns_get_id(p->db, id, &c, NULL));
            g_assert_cmpint(c.state, ==, ok ? to : from);
            if (ok) {
                g_assert_cmpstr(c.held_reason, ==, to == CAMPAIGN_HELD ? "why" : NULL);
                gboolean is_over = to == CAMPAIGN_FINISHED || to == CAMPAIGN_CANCELLED;
                g_assert_cmpint(c.finished_us > 0, ==, is_over);
            }
            campaign_clear(&c);
        }
}

static void moves_keep_time_and_audit(struct place *p, gconstpointer data)
{
    gint64 id = put(p->db, "one");
    struct campaign c = {0};
    g_assert_true(campaigns_move(p->db, id, CAMPAIGN_PREPARING, NULL, NULL));
    g_assert_true(campaigns_move(p->db, id, CAMPAIGN_SENDING, NULL, NULL));
    g_assert_true(campaigns_get_id(p->db, id, &c, NULL));
    gint64 started = c.started_us;
    g_assert_cmpint(started, >, 0);
    g_assert_cmpint(c.row_version, ==, 3);
    campaign_clear(&c);
    g_assert_true(campaigns_move(p->db, id, CAMPAIGN_PAUSED, NULL, NULL));
    g_assert_true(campaigns_move(p->db, id, CAMPAIGN_SENDING, NULL, NULL));
    g_assert_true(campaigns_get_id(p->db, id, &c, NULL));
    g_assert_cmpint(c.started_us, ==, started);
    campaign_clear(&c);
    g_assert_cmpint(number_of(p->db, "SELECT count(*) FROM audit WHERE action = 'move' AND"
                                     " name = 'one' AND actor = 'tester'"),
                    ==, 4);
    g_assert_cmpint(
        number_of(p->db, "SELECT count(*) FROM audit WHERE detail = 'sending -> paused'"), ==,
        1);
}

static void move_joins_an_open_transaction(struct place *p, gconstpointer data)
{
    gint64 id = put(p->db, "one");
    g_assert_true(db_begin(p->db, NULL));
    g_assert_true(campaigns_move(p->db, id, CAMPAIGN_PREPARING, NULL, NULL));
    db_rollback(p->db);
    g_assert_cmpint(number_of(p->db, "SELECT state FROM campaign"), ==, CAMPAIGN_DRAFT);
    g_assert_cmpint(number_of(p->db, "SELECT count(*) FROM audit WHERE action = 'move'"), ==,
                    0);
}

/* ---- versions ---- */

static int freeze(struct db *db, const struct campaign *c)
{
    GError *error = NULL;
    int version = 0;
    g_assert_true(db_begin(db, NULL));
    g_assert_true(campaigns_freeze(db, c, &version, &error));
    g_assert_no_error(error);
    g_assert_true(db_commit(db, NULL));
    return version;
}

static void freeze_numbers_what_changed(struct place *p, gconstpointer data)
{
    GError *error = NULL;
    struct campaign c = {0};
    struct content first = {0}, second = {0};
    gint64 id = put(p->db, "one");
    g_assert_true(list_new(p->db, "letter", "The letter", NULL, NULL));
    g_assert_true(campaigns_get_id(p->db, id, &c, NULL));
    g_assert_cmpint(freeze(p->db, &c), ==, 1);
    g_assert_cmpint(freeze(p->db, &c), ==, 1);
    g_assert_true(field_set_key(campaign_fields(), &c, "subject", "New one", NULL));
    g_assert_cmpint(freeze(p->db, &c), ==, 2);
    g_assert_cmpint(number_of(p->db, "SELECT content_version FROM campaign"), ==, 2);
    g_assert_true(content_get(p->db, id, 1, &first, NULL));
    g_assert_true(content_get(p->db, id, 2, &second, NULL));
    g_assert_cmpstr(first.subject, ==, "Hello {{first_name}}");
    g_assert_cmpstr(second.subject, ==, "New one");
    g_assert_cmpstr(first.from, ==, "News <news@example.org>");
    g_assert_cmpstr(first.html, ==, "<p>Hi</p>\n");
    g_assert_cmpstr(first.list_id, ==, "letter.example.org");
    g_assert_cmpstr(first.list_title, ==, "The letter");
    g_assert_cmpstr(first.campaign_name, ==, "one");
    g_assert_cmpstr(first.title, ==, "Spring");
    g_assert_false(content_get(p->db, id, 3, &second, &error));
    assert_fails(error, CRIER_ERROR_NOT_FOUND, "version 3");
    content_clear(&first);
    content_clear(&second);
    campaign_clear(&c);
}

static void list_id_is_made(struct place *p, gconstpointer data)
{
    struct campaign c = {0};
    struct content v = {0};
    gint64 id = put(p->db, "one");
    g_assert_true(campaigns_get_id(p->db, id, &c, NULL));
    g_assert_true(field_set_key(campaign_fields(), &c, "list_id", "", NULL));
    g_assert_cmpint(freeze(p->db, &c), ==, 1);
    g_assert_true(content_get(p->db, id, 1, &v, NULL));
    g_assert_cmpstr(v.list_id, ==, "letter.example.org");
    content_clear(&v);
    campaign_clear(&c);
}

static void frozen_content_is_immutable(struct place *p, gconstpointer data)
{
    GError *error = NULL;
    struct campaign c = {0};
    gint64 id = put(p->db, "one");
    g_assert_true(campaigns_get_id(p->db, id, &c, NULL));
    freeze(p->db, &c);
    g_assert_false(sql_do(p->db, &error, "UPDATE content SET subject = 'other'", ""));
    assert_fails(error, CRIER_ERROR_FAILED, "never changed");
    campaign_clear(&c);
}

/* ---- counters and deleting ---- */

static void add_ledger(struct db *db)
{
    run(db, "INSERT INTO delivery (campaign_id, person_id, version, state, decided, attempts,"
            " address) VALUES (1, 1, 1, 0, 0, 0, 'a@x'), (1, 2, 1, 2, 0, 1, 'b@x'),"
            " (1, 3, 1, 5, 0, 1, 'c@x'), (1, 4, 1, 5, 1, 1, 'd@x'), (1, 5, 1, 3, 0, 2, 'e@y')");
    run(db,
        "INSERT INTO campaign_counter (campaign_id, total, queued, leased, accepted, refused,"
        " deferred, uncertain, suppressed, cancelled, in_flight, undecided)"
        " VALUES (1, 5, 1, 0, 1, 1, 0, 2, 0, 0, 0, 1)");
    run(db,
        "INSERT INTO domain_counter (campaign_id, domain, total, accepted, refused, uncertain,"
        " deferrals) VALUES (1, 'y', 1, 0, 1, 0, 1), (1, 'x', 4, 1, 0, 2, 0)");
    run(db,
        "INSERT INTO attempt (delivery_id, n, at_us, server_id, phase, state, code, enhanced,"
        " reply) VALUES (2, 1, 1, 1, 5, 2, 250, '2.0.0', 'ok'),"
        " (5, 1, 1, 1, 3, 4, 450, '4.2.0', 'later'), (5, 2, 2, 1, 3, 3, 550, NULL, 'no'),"
        " (3, 1, 1, 1, 5, 5, 0, NULL, NULL), (4, 1, 1, 1, 5, 5, 0, NULL, NULL)");
    run(db, "INSERT INTO reply_counter VALUES (1, 2, 250, '2.0.0', 1, 'ok')");
    run(db, "INSERT INTO event VALUES (1, 1, 2, 1)");
}

static void counters_and_recount_agree(struct place *p, gconstpointer data)
{
    struct campaign_counts kept, found;
    put(p->db, "one");
    g_assert_true(campaigns_counts(p->db, 1, &kept, NULL));
    g_assert_cmpint(kept.total, ==, 0);
    add_ledger(p->db);
    g_assert_true(campaigns_counts(p->db, 1, &kept, NULL));
    g_assert_true(campaigns_recount(p->db, 1, &found, NULL));
    g_assert_cmpmem(&kept, sizeof kept, &found, sizeof found);
    g_assert_cmpint(found.total, ==, 5);
    g_assert_cmpint(found.state[DELIVERY_UNCERTAIN], ==, 2);
    g_assert_cmpint(found.undecided, ==, 1);
}

static void reports_are_sorted(struct place *p, gconstpointer data)
{
    put(p->db, "one");
    add_ledger(p->db);
    g_autoptr(GPtrArray) domains = campaigns_domains(p->db, 1, 10, NULL);
    g_assert_cmpint(domains->len, ==, 2);
    const struct domain_count *x = g_ptr_array_index(domains, 0);
    g_assert_cmpstr(x->domain, ==, "x");
    g_assert_cmpint(x->uncertain, ==, 2);
}

static void delete_takes_all_of_it(struct place *p, gconstpointer data)
{
    static const char *const tables[] = {"campaign",         "delivery",       "attempt",
                                         "campaign_counter", "domain_counter", "content",
                                         "campaign_list",    "reply_counter",  "event"};
    GError *error = NULL;
    struct campaign c = {0};
    gint64 id = put(p->db, "one");
    g_assert_true(campaigns_get_id(p->db, id, &c, NULL));
    freeze(p->db, &c);
    campaign_clear(&c);
    add_ledger(p->db);
    gint64 list = 0;
    g_assert_true(list_new(p->db, "letter", NULL, &list, NULL));
    g_assert_true(
        sql_do(p->db, NULL, "INSERT INTO campaign_list VALUES (?, ?, 0)", "ii", id, list));
    run(p->db, "UPDATE campaign SET state = 3");
    g_assert_false(campaigns_delete(p->db, "one", &error));
    assert_fails(error, CRIER_ERROR_INVALID, "Cancel it first");
    run(p->db, "UPDATE campaign SET state = 6");
    g_assert_true(campaigns_delete(p->db, "one", &error));
    g_assert_no_error(error);
    empty_bin(p->db);
    for (gsize i = 0; i < G_N_ELEMENTS(tables); i++) {
        g_autofree char *sql = g_strdup_printf("SELECT count(*) FROM %s", tables[i]);
        sqlite3_stmt *s = NULL;
        g_assert_cmpint(sqlite3_prepare_v2(db_handle(p->db), sql, -1, &s, NULL), ==, SQLITE_OK);
        g_assert_cmpint(sqlite3_step(s), ==, SQLITE_ROW);
        g_assert_cmpint(sqlite3_column_int(s, 0), ==, 0);
        sqlite3_finalize(s);
    }
    g_assert_cmpint(number_of(p->db, "SELECT count(*) FROM audit WHERE action = 'delete'"), ==,
                    1);
    /* Its number and those of its deliveries are gone for good: old links mean nobody else. */
    g_assert_cmpint(put(p->db, "two"), ==, id + 1);
    run(p->db, "INSERT INTO delivery (campaign_id, person_id, version, address) VALUES (2, 1, "
               "1, 'a')");
    g_assert_cmpint(number_of(p->db, "SELECT id FROM delivery"), >, 5);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    TEST("/campaigns/put/every-field-comes-back", every_field_comes_back);
    TEST("/campaigns/put/bad-and-taken-names", bad_names_and_taken_ones);
    TEST("/campaigns/put/old-version", old_version_is_refused);
    TEST("/campaigns/put/begun-one", begun_one_is_not_changed);
    TEST("/campaigns/put/paused-one", paused_one_is_changed);
    TEST("/contents/freeze/keeps-list-id", a_later_version_keeps_the_list_id);
    TEST("/campaigns/get/nearest", unknown_one_names_the_nearest);
    TEST("/campaigns/all/without-bodies", all_come_without_bodies);
    TEST("/campaigns/hash/tells-fields-apart", hash_tells_fields_apart);
    TEST("/campaigns/move/follows-the-table", moves_follow_the_table);
    TEST("/campaigns/move/time-and-audit", moves_keep_time_and_audit);
    TEST("/campaigns/move/open-transaction", move_joins_an_open_transaction);
    TEST("/contents/freeze/numbers-what-changed", freeze_numbers_what_changed);
    TEST("/contents/freeze/list-id", list_id_is_made);
    TEST("/contents/freeze/immutable", frozen_content_is_immutable);
    TEST("/contents/counts/agree", counters_and_recount_agree);
    TEST("/contents/reports/sorted", reports_are_sorted);
    TEST("/campaigns/delete/takes-all", delete_takes_all_of_it);
    return g_test_run();
}
