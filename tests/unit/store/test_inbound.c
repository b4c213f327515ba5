/* Messages that came back as rows: keys, raw octets, mailboxes, groups, storms' numbers, rules.
 */
#include "config.h"

#include "store/inbound.h"

#include "base/clock.h"
#include "base/error.h"
#include "store/audit.h"
#include "store/bounce_rule.h"
#include "store/inbound_browse.h"
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

/* ---- what is kept ---- */

#define DAY (G_GINT64_CONSTANT(24) * 3600 * 1000000)

static void age(struct place *p, gint64 id, int days)
{
    GError *error = NULL;
    g_assert_true(sql_do(p->db, &error, "UPDATE inbound SET received_us = ?2 WHERE id = ?1",
                         "ii", id, clock_wall_us() - days * DAY));
    g_assert_no_error(error);
}

static void octets_go_and_facts_stay(struct place *p, gconstpointer data)
{
    gboolean was_there;
    gint64 n = 0, old = put(p, 1, 7, "1", "one", &was_there);
    gint64 young = put(p, 1, 7, "2", "two", &was_there);
    age(p, old, 401);
    age(p, young, 399);
    g_assert_true(bin_has_expired(p->db, clock_wall_us()));
    g_assert_true(bin_expire(p->db, clock_wall_us(), &n, NULL));
    g_assert_false(bin_has_expired(p->db, clock_wall_us()));
    g_autoptr(GBytes) gone = inbound_raw(p->db, old, NULL);
    g_autoptr(GBytes) kept = inbound_raw(p->db, young, NULL);
    g_assert_cmpint(g_bytes_get_size(gone), ==, 0);
    g_assert_cmpint(g_bytes_get_size(kept), ==, 3);
    g_assert_cmpint(number_of(p->db, "SELECT count(*) FROM inbound"), ==, 2);
    /* It comes again: by its name, and by its octets. */
    g_assert_cmpint(put(p, 1, 7, "1", "one", &was_there), ==, old);
    g_assert_true(was_there);
    g_assert_cmpint(put(p, 1, 8, "5", "one", &was_there), ==, old);
    g_assert_true(was_there);
    /* It is a setting. */
    g_assert_true(settings_set(p->db, "keep_mail", "30d", NULL));
    g_assert_true(bin_expire(p->db, clock_wall_us(), &n, NULL));
    g_assert_cmpint(number_of(p->db, "SELECT count(*) FROM inbound_raw"), ==, 0);
}

static void names_of_what_is_gone_are_forgotten(struct place *p, gconstpointer data)
{
    gboolean was_there;
    GError *error = NULL;
    gint64 gone = put(p, 1, 7, "1", "one", &was_there);
    gint64 there = put(p, 1, 7, "2", "two", &was_there);
    put(p, 1, 7, "3", "three", &was_there); /* gone, too, but lately */
    gint64 other = put(p, 1, 6, "4", "four", &was_there);
    gint64 popped = put(p, 1, 0, "uidl", "five", &was_there);
    gint64 another = put(p, 2, 6, "4", "six", &was_there);
    const gint64 old[] = {gone, there, other, popped, another};
    run(p->db, "UPDATE inbound SET received_us = unixepoch() * 1000000");
    for (gsize i = 0; i < G_N_ELEMENTS(old); i++)
        age(p, old[i], 40);
    g_autoptr(GHashTable) names = g_hash_table_new(g_str_hash, g_str_equal);
    g_hash_table_add(names, (char *)"1");
    g_hash_table_add(names, (char *)"3");
    g_assert_true(inbound_forget_keys(p->db, 1, 7, names, clock_wall_us() - 30 * DAY, &error));
    g_assert_no_error(error);
    g_autoptr(GHashTable) left = inbound_keys(p->db, 1, 7, NULL);
    g_assert_cmpuint(g_hash_table_size(left), ==, 2);
    g_assert_true(g_hash_table_contains(left, "2") && g_hash_table_contains(left, "3"));
    g_assert_cmpint(number_of(p->db, "SELECT count(*) FROM inbound_key WHERE validity = 6"
                                     " AND mailbox_id = 1"),
                    ==, 0);
    g_assert_cmpint(number_of(p->db, "SELECT count(*) FROM inbound_key"), ==, 4);
    /* Should it come back, it is the one it was. */
    g_assert_cmpint(put(p, 1, 7, "9", "one", &was_there), ==, gone);
    g_assert_true(was_there);
}

/* ---- the list ---- */

/* Messages 1 … 60: each third names nobody, each fifth two people. */
static void fill(struct place *p)
{
    run(p->db,
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 60)"
        " INSERT INTO inbound (id, mailbox_id, received_us, kind, state, bytes, hash, pattern)"
        " SELECT i, 1 + i % 2, i * 1000000, CASE WHEN i % 4 = 0 THEN 'complaint' WHEN i % 7 = 0"
        " THEN 'other' ELSE 'bounce' END, i % 3, 1, i, 'p' FROM n");
    run(p->db,
        "INSERT INTO said (inbound_id, at_us, campaign_id, address, address_key, provider, "
        "kind,"
        " class, reason, fault, status, text, found_by) SELECT i.id, 1, 1 + i.id % 3, k.a, k.a,"
        " '', i.kind, CASE WHEN i.id % 2 THEN 'hard' ELSE 'soft' END, CASE WHEN i.id % 2 THEN"
        " 'user-unknown' ELSE 'spam' END, 'address', '', '', 1 FROM inbound i JOIN (SELECT"
        " 'a@example.org' AS a, 1 AS each UNION ALL SELECT '\"x@y\"@example.net', 5) k"
        " ON i.id % k.each = 0 WHERE i.id % 3 <> 0");
}

static guint walk(struct place *p, const struct inbound_filter *f, int page_rows,
                  GString *ret_order)
{
    GError *error = NULL;
    g_autoptr(GPtrArray) last = NULL;
    guint n = 0;
    for (;;) {
        const struct inbound_entry *after = last ? last->pdata[last->len - 1] : NULL;
        g_autoptr(GPtrArray) page = inbound_browse(p->db, f, after, page_rows, &error);
        g_assert_no_error(error);
        g_assert_nonnull(page);
        for (guint i = 0; i < page->len; i++) {
            const struct inbound_entry *e = page->pdata[i];
            g_string_append_printf(ret_order, "%" G_GINT64_FORMAT "/%" G_GINT64_FORMAT " ",
                                   e->message.id, e->said.id);
        }
        n += page->len;
        if (page->len == 0)
            return n;
        g_clear_pointer(&last, g_ptr_array_unref);
        last = g_steal_pointer(&page);
    }
}

#define COUNT(condition)                                                                       \
    "SELECT count(*) FROM inbound i LEFT JOIN said s ON s.inbound_id = i.id WHERE " condition

static void pages_of_a_list(struct place *p, gconstpointer data)
{
    static const struct {
        struct inbound_filter filter;
        const char *count; /* the same, of a plain join */
    } rows[] = {
        {{.state = -1}, COUNT("1")},
        {{.state = 1}, COUNT("i.state = 1")},
        {{.state = 0}, COUNT("i.state = 0")},
        {{.state = -1, .campaign_id = 2}, COUNT("s.campaign_id = 2")},
        {{.state = -1, .mailbox_id = 2}, COUNT("i.mailbox_id = 2")},
        {{.state = -1, .kind = "bounce"}, COUNT("ifnull(s.kind, i.kind) = 'bounce'")},
        {{.state = -1, .kind = "complaint"}, COUNT("ifnull(s.kind, i.kind) = 'complaint'")},
        {{.state = -1, .kind = "other"}, COUNT("ifnull(s.kind, i.kind) = 'other'")},
        {{.state = -1, .class = "hard"}, COUNT("s.class = 'hard'")},
        {{.state = -1, .reason = "spam"}, COUNT("s.reason = 'spam'")},
        {{.state = -1, .domain = "example.org"}, COUNT("s.address_key LIKE '%@example.org'")},
        {{.state = -1, .domain = "example.net"}, COUNT("s.address_key LIKE '%@example.net'")},
        {{.state = -1, .since_us = 41000000}, COUNT("i.received_us >= 41000000")},
        {{.state = 1, .kind = "bounce", .class = "hard", .since_us = 9000000, .campaign_id = 2},
         COUNT("i.state = 1 AND s.kind = 'bounce' AND s.class = 'hard' AND s.campaign_id = 2"
               " AND i.received_us >= 9000000")},
    };
    fill(p);
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(GString) whole = g_string_new(NULL), parts = g_string_new(NULL);
        g_test_message("%s", rows[i].count);
        guint n = walk(p, &rows[i].filter, 1000, whole);
        g_assert_cmpuint(n, ==, number_of(p->db, rows[i].count));
        g_assert_cmpuint(n, >, 0);
        g_assert_cmpuint(walk(p, &rows[i].filter, 1, parts), ==, n);
        g_assert_cmpstr(parts->str, ==, whole->str);
    }
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
    TEST("/inbound/kept/octets", octets_go_and_facts_stay);
    TEST("/inbound/kept/names", names_of_what_is_gone_are_forgotten);
    TEST("/inbound/browse", pages_of_a_list);
    return g_test_run();
}
