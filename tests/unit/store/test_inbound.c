/* Messages that came back as rows: keys, raw octets, mailboxes, groups, storms' numbers, rules.
 */
#include "config.h"

#include "store/inbound.h"

#include "base/error.h"
#include "store/bounce_rule.h"
#include "store/said.h"
#include "store/storm.h"
#include "place.h"

static gint64 put(struct place *p, gint64 mailbox, gint64 validity, const char *uid,
                  const char *raw, gboolean *ret_was_there)
{
    GError *error = NULL;
    struct inbound_key key = {mailbox, validity, uid};
    struct inbound_row r = {.received_us = 5,
                            .kind = (char *)"other",
                            .state = INBOUND_UNKNOWN,
                            .pattern = (char *)"p",
                            .subject = (char *)uid};
    gboolean ok = db_begin(p->db, &error) &&
                  inbound_put(p->db, &key, &r, raw, strlen(raw), ret_was_there, &error) &&
                  db_commit(p->db, &error);
    g_assert_no_error(error);
    g_assert_true(ok);
    return r.id;
}

static void stored_once_by_its_key(struct place *p, gconstpointer data)
{
    gboolean was_there = TRUE;
    gint64 id = put(p, 1, 7, "3", "one", &was_there);
    g_assert_false(was_there);
    g_assert_cmpint(put(p, 1, 7, "3", "one", &was_there), ==, id);
    g_assert_true(was_there);
    g_autoptr(GBytes) raw = inbound_raw(p->db, id, NULL);
    g_assert_cmpmem(g_bytes_get_data(raw, NULL), g_bytes_get_size(raw), "one", 3);
}

/* UIDVALIDITY changed: all that is left on the server comes again under other numbers. */
static void the_same_octets_are_the_same_message(struct place *p, gconstpointer data)
{
    gboolean was_there = TRUE;
    gint64 id = put(p, 1, 7, "3", "one", &was_there);
    g_assert_cmpint(put(p, 1, 8, "1", "one", &was_there), ==, id);
    g_assert_true(was_there);
    g_assert_cmpint(put(p, 1, 7, "3", "one", &was_there), ==, id);
    g_assert_cmpint(number_of(p->db, "SELECT count(*) FROM inbound_key"), ==, 2);
    g_assert_cmpint(put(p, 2, 8, "1", "one", &was_there), !=, id);
    g_assert_false(was_there);
}

static void how_far_a_mailbox_was_read(struct place *p, gconstpointer data)
{
    struct mailbox_state s = {.last_uid = 9};
    gboolean was_there;
    g_assert_true(inbound_mailbox(p->db, 1, &s, NULL));
    g_assert_cmpint(s.last_uid, ==, 0);
    put(p, 1, 7, "12", "twelve", &was_there);
    put(p, 1, 7, "11", "eleven", &was_there);
    g_assert_true(inbound_mailbox(p->db, 1, &s, NULL));
    g_assert_cmpint(s.last_uid, ==, 12);
    g_assert_cmpint(s.n_read, ==, 2);
    g_assert_true(inbound_mailbox_looked(p->db, 1, 8, 99, NULL));
    g_assert_true(inbound_mailbox(p->db, 1, &s, NULL));
    g_assert_cmpint(s.last_uid, ==, 0);
    g_assert_cmpint(s.validity, ==, 8);
    g_assert_cmpint(s.read_us, ==, 99);
    put(p, 2, 0, "uidl-a", "pop", &was_there);
    g_autoptr(GHashTable) keys = inbound_keys(p->db, 2, 0, NULL);
    g_assert_true(g_hash_table_contains(keys, "uidl-a"));
    g_assert_cmpint(g_hash_table_size(keys), ==, 1);
}

static void a_deleted_mailbox_leaves_its_number(struct place *p, gconstpointer data)
{
    gboolean was_there;
    run(p->db, "INSERT INTO mailbox (id, name, address, protocol, host, security) VALUES"
               " (4, 'm', 'b@example.org', 0, 'localhost', 0)");
    gint64 id = put(p, 4, 1, "1", "one", &was_there);
    run(p->db, "DELETE FROM mailbox WHERE id = 4");
    g_assert_cmpint(put(p, 4, 1, "1", "another", &was_there), !=, id);
    g_assert_false(was_there);
}

static void unknown_ones_stand_in_groups(struct place *p, gconstpointer data)
{
    gboolean was_there;
    put(p, 1, 7, "1", "a", &was_there);
    gint64 newest = put(p, 1, 7, "2", "b", &was_there);
    g_autoptr(GPtrArray) groups = inbound_unknown(p->db, 10, NULL);
    g_assert_cmpint(groups->len, ==, 1);
    const struct inbound_group *g = groups->pdata[0];
    g_assert_cmpint(g->n, ==, 2);
    g_assert_cmpint(g->newest_id, ==, newest);
    g_autoptr(GPtrArray) rows = inbound_of_pattern(p->db, "p", 0, 10, NULL);
    g_assert_cmpint(rows->len, ==, 2);
    g_assert_true(inbound_assign(p->db, newest, "bounce", NULL));
    g_autoptr(GPtrArray) left = inbound_page(p->db, INBOUND_UNKNOWN, 0, 10, NULL);
    g_assert_cmpint(left->len, ==, 1);
}

static void a_wrong_uid_is_refused(struct place *p, gconstpointer data)
{
    GError *error = NULL;
    g_autofree char *longest = g_strnfill(INBOUND_UID_MAX_BYTES + 1, 'x');
    const char *wrong[] = {"", longest, "\xff"};
    for (gsize i = 0; i < G_N_ELEMENTS(wrong); i++) {
        struct inbound_key key = {1, 0, wrong[i]};
        struct inbound_row r = {.kind = (char *)"other"};
        gboolean was_there;
        g_assert_false(inbound_put(p->db, &key, &r, "x", 1, &was_there, &error));
        assert_fails(error, CRIER_ERROR_INVALID, "UID");
    }
}

static void huge_ones_are_cut(struct place *p, gconstpointer data)
{
    gboolean was_there;
    g_autofree char *huge = g_strnfill(INBOUND_RAW_MAX_BYTES + 10, 'x');
    gint64 id = put(p, 1, 7, "1", huge, &was_there);
    struct inbound_row r;
    g_autoptr(GBytes) raw = inbound_raw(p->db, id, NULL);
    g_assert_cmpint(g_bytes_get_size(raw), ==, INBOUND_RAW_MAX_BYTES);
    g_assert_true(inbound_get(p->db, id, &r, NULL));
    g_assert_cmpint(r.bytes, ==, INBOUND_RAW_MAX_BYTES + 10);
    inbound_row_clear(&r);
}

static void rules_keep_their_order(struct place *p, gconstpointer data)
{
    GError *error = NULL;
    struct bounce_rule first = {.pattern = (char *)"mailbox is (full|closed)",
                                .reason = (char *)"mailbox-full",
                                .class = (char *)""};
    struct bounce_rule second = {
        .pattern = (char *)"gone away", .reason = (char *)"moved", .class = (char *)"hard"};
    struct bounce_rule wrong = {
        .pattern = (char *)"(", .reason = (char *)"moved", .class = (char *)""};
    g_assert_true(bounce_rule_add(p->db, &first, &error));
    g_assert_true(bounce_rule_add(p->db, &second, &error));
    g_assert_true(bounce_rule_move(p->db, second.id, 0, &error));
    g_assert_no_error(error);
    g_autoptr(GPtrArray) all = bounce_rule_all(p->db, NULL);
    g_assert_cmpint(((struct bounce_rule *)all->pdata[0])->id, ==, second.id);
    struct bounce_rules *compiled = bounce_rule_load(p->db, &error);
    g_assert_cmpint(bounce_rules_count(compiled), ==, 2);
    bounce_rules_free(compiled);
    g_assert_false(bounce_rule_add(p->db, &wrong, &error));
    g_clear_error(&error);
    wrong.pattern = (char *)"x";
    wrong.reason = (char *)"no-such-reason";
    g_assert_false(bounce_rule_add(p->db, &wrong, &error));
    assert_fails(error, CRIER_ERROR_INVALID, "no-such-reason");
    g_assert_true(bounce_rule_remove(p->db, first.id, &error));
    g_assert_false(bounce_rule_remove(p->db, first.id, &error));
    assert_fails(error, CRIER_ERROR_NOT_FOUND, "no bounce rule");
    g_free(first.name);
    g_free(second.name);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    TEST("/inbound/put/once-by-its-key", stored_once_by_its_key);
    TEST("/inbound/put/once-by-its-octets", the_same_octets_are_the_same_message);
    TEST("/inbound/put/wrong-uid", a_wrong_uid_is_refused);
    TEST("/inbound/put/huge", huge_ones_are_cut);
    TEST("/inbound/mailbox/how-far", how_far_a_mailbox_was_read);
    TEST("/inbound/mailbox/deleted", a_deleted_mailbox_leaves_its_number);
    TEST("/inbound/unknown/groups", unknown_ones_stand_in_groups);
    TEST("/inbound/rules", rules_keep_their_order);
    return g_test_run();
}
