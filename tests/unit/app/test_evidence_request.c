/* Requests to unsubscribe that a person types in: which delivery they name, and what follows.
 */
#include "config.h"

#include "app/evidence.h"

#include "base/token.h"
#include "mailed.h"
#include "store/said.h"

#define NOBODY G_MAXINT64 /* a preview's */

/* Caller frees. */
static char *token(struct place *p, enum token_kind kind, gint64 id)
{
    guint8 key[TOKEN_KEY_BYTES];
    g_assert_true(db_hmac_key(p->db, key, NULL));
    return token_make(key, kind, id);
}

static gint64 find(struct place *p, const char *text)
{
    gint64 id = 0;
    GError *error = NULL;
    gboolean ok = evidence_find_request(p->db, text, &id, &error);
    g_assert_no_error(error);
    g_assert_true(ok);
    return id;
}

static void not_found(struct place *p, const char *text, const char *why)
{
    gint64 id = 7;
    GError *error = NULL;
    g_assert_false(evidence_find_request(p->db, text, &id, &error));
    assert_fails(error, CRIER_ERROR_INVALID, why);
    g_assert_cmpint(id, ==, 7);
}

static void whatever_stands_around_it(struct place *p, gconstpointer data)
{
    static const char *const around[][2] = {
        {"", ""},
        {"news+u-", "@example.org"},
        {"mailto:news+u-", "@example.org?subject=unsubscribe"},
        {"unsubscribe%20", ""},
        {"Subject: unsubscribe ", " please"},
        {"aeaqcaibaeaqcaibaeaqcaibaeaqcai-", "-x"},
    };
    g_autofree char *t = token(p, TOKEN_UNSUBSCRIBE, 3);
    for (gsize i = 0; i < G_N_ELEMENTS(around); i++) {
        g_autofree char *text = g_strconcat(around[i][0], t, around[i][1], NULL);
        g_autofree char *loud = g_ascii_strup(text, -1);
        g_assert_cmpint(find(p, text), ==, 3);
        g_assert_cmpint(find(p, loud), ==, 3);
    }
}

static void only_a_request_is_one(struct place *p, gconstpointer data)
{
    g_autofree char *good = token(p, TOKEN_UNSUBSCRIBE, 3);
    g_autofree char *forged = g_strdup(good);
    char *last = forged + strlen(forged) - 5;
    *last = *last == 'a' ? 'b' : 'a';
    g_autofree char *longer = g_strconcat(good, "a", NULL);
    g_autofree char *shorter = g_strndup(good, strlen(good) - 1);
    g_autofree char *preview = token(p, TOKEN_UNSUBSCRIBE, NOBODY);
    g_autofree char *message = token(p, TOKEN_MESSAGE, 3);
    g_autofree char *bounce = token(p, TOKEN_BOUNCE, 3);
    g_autofree char *spaces = g_strnfill(2000 - strlen(good), ' ');
    g_autofree char *longest = g_strconcat(spaces, good, NULL);
    g_autofree char *too_long = g_strconcat(" ", longest, NULL);
    not_found(p, "", "there is no token");
    not_found(p, forged, "there is no token");
    not_found(p, longer, "there is no token");
    not_found(p, shorter, "there is no token");
    not_found(p, too_long, "there is no token");
    not_found(p, preview, "a preview's");
    not_found(p, message, "of a message or of its bounces");
    not_found(p, bounce, "of a message or of its bounces");
    g_assert_cmpint(find(p, longest), ==, 3);
}

/* ---- what follows ---- */

static struct evidence_done unsubscribe(struct place *p, gint64 delivery, const char *note)
{
    struct evidence_done done = {0};
    GError *error = NULL;
    gboolean ok = evidence_unsubscribe(p->db, delivery, note, &done, &error);
    g_assert_no_error(error);
    g_assert_true(ok);
    return done;
}

static gint64 n_of(struct place *p, const char *address, gint64 list)
{
    gint64 n = 0;
    g_assert_true(sql_int(p->db, NULL, 0, &n,
                          "SELECT count(*) FROM suppression WHERE address_key = ?1 AND"
                          " list_id = ?2 AND reason = 'unsubscribed'",
                          "si", address, list));
    return n;
}

static void off_the_lists_of_its_campaign(struct place *p, gconstpointer data)
{
    run(p->db,
        "INSERT INTO list (id, name, created_us) VALUES (2, 'more', 1), (3, 'other', 1)");
    run(p->db, "INSERT INTO campaign_list VALUES (1, 2, 0), (1, 3, 1)");
    struct evidence_done done = unsubscribe(p, 3, "by phone");
    g_assert_cmpstr(done.address, ==, "p3@example.org");
    g_assert_cmpstr(done.campaign, ==, "c1");
    g_assert_cmpstr(done.lists, ==, "all, more");
    g_assert_false(done.was_there);
    evidence_done_clear(&done);
    g_assert_cmpint(n_of(p, "p3@example.org", 1), ==, 1);
    g_assert_cmpint(n_of(p, "p3@example.org", 2), ==, 1);
    g_assert_cmpint(number_of(p->db, "SELECT count(*) FROM suppression"), ==, 2);
    g_autoptr(GPtrArray) all = suppression_of(p->db, "p3@example.org", NULL);
    const char *evidence = ((const struct suppression *)all->pdata[0])->evidence;
    g_assert_nonnull(strstr(evidence, "campaign c1, delivery 3: by phone"));
    g_assert_cmpint(counts_of(p, 1).unsubscribed, ==, 1);
    /* Once more changes nothing. */
    done = unsubscribe(p, 3, NULL);
    g_assert_true(done.was_there);
    evidence_done_clear(&done);
    g_assert_cmpint(counts_of(p, 1).unsubscribed, ==, 1);
    g_assert_cmpint(number_of(p->db, "SELECT count(*) FROM said"), ==, 1);
}

static void where_they_are_now_too(struct place *p, gconstpointer data)
{
    run(p->db, "UPDATE person SET address = 'new@example.net', address_key = 'new@example.net'"
               " WHERE id = 3");
    struct evidence_done done = unsubscribe(p, 3, NULL);
    evidence_done_clear(&done);
    g_assert_cmpint(n_of(p, "p3@example.org", 1), ==, 1);
    g_assert_cmpint(n_of(p, "new@example.net", 1), ==, 1);
    g_assert_cmpint(number_of(p->db, "SELECT count(*) FROM suppression"), ==, 2);
}

/* A list that is gone cannot be left. */
static void without_a_list_no_mail_at_all(struct place *p, gconstpointer data)
{
    run(p->db, "DELETE FROM campaign_list");
    struct evidence_done done = unsubscribe(p, 3, NULL);
    g_assert_cmpstr(done.lists, ==, "");
    evidence_done_clear(&done);
    g_assert_cmpint(n_of(p, "p3@example.org", 0), ==, 1);
}

static void nobodys(struct place *p, gconstpointer data)
{
    struct evidence_done done = {0};
    GError *error = NULL;
    g_assert_false(evidence_unsubscribe(p->db, 9999, NULL, &done, &error));
    assert_fails(error, CRIER_ERROR_NOT_FOUND, "9999");
    run(p->db, "UPDATE delivery SET address = '" PERSON_ERASED "' WHERE id = 3");
    done = unsubscribe(p, 3, NULL);
    g_assert_true(done.was_there);
    evidence_done_clear(&done);
    g_assert_cmpint(number_of(p->db, "SELECT count(*) FROM suppression"), ==, 0);
    g_assert_cmpint(number_of(p->db, "SELECT count(*) FROM said"), ==, 0);
}

static void wholly_or_not_at_all(struct place *p, gconstpointer data)
{
    struct evidence_done done = {0};
    GError *error = NULL;
    run(p->db, "CREATE TRIGGER no BEFORE INSERT ON said BEGIN SELECT raise(ABORT, 'no'); END");
    g_assert_false(evidence_unsubscribe(p->db, 3, NULL, &done, &error));
    g_assert_nonnull(error);
    g_clear_error(&error);
    g_assert_null(done.address);
    g_assert_cmpint(number_of(p->db, "SELECT count(*) FROM suppression"), ==, 0);
    run(p->db, "DROP TRIGGER no");
    done = unsubscribe(p, 3, NULL);
    g_assert_false(done.was_there);
    evidence_done_clear(&done);
}

#define CASE(path, function)                                                                   \
    g_test_add("/evidence_request/" path, struct place, NULL, begin, function, place_end)

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    CASE("find/around", whatever_stands_around_it);
    CASE("find/wrong", only_a_request_is_one);
    CASE("lists", off_the_lists_of_its_campaign);
    CASE("moved", where_they_are_now_too);
    CASE("no-list", without_a_list_no_mail_at_all);
    CASE("nobody", nobodys);
    CASE("one-transaction", wholly_or_not_at_all);
    return g_test_run();
}
