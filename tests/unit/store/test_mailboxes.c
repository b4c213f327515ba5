/*
 * Mailbox records.
 */
#include "config.h"

#include "place.h"

#include "store/campaigns.h"
#include "store/mailboxes.h"

static struct mailbox sample(const char *name)
{
    static const char *const values[][2] = {
        {"address", "bounce@bounce.example.org"},
        {"protocol", "pop3"},
        {"host", "pop.example.org:1110"},
        {"security", "none"},
        {"plain_host", "pop.example.org"},
        {"user", "bounce"},
        {"password_command", "pass show mail"},
        {"password_file", "/run/secret"},
        {"token_command", "print-token"},
        {"auth", "oauthbearer"},
        {"ca_file", "/etc/ca.pem"},
        {"folder", "Bounces"},
        {"forward_replies", "yes"},
        {"after_read", "delete"},
        {"move_to", "Done"},
        {"poll", "5m"},
        {"enabled", "no"},
    };
    struct mailbox m;
    mailbox_init(&m);
    m.name = g_strdup(name);
    for (gsize i = 0; i < G_N_ELEMENTS(values); i++) {
        GError *error = NULL;
        field_set_key(mailbox_fields(), &m, values[i][0], values[i][1], &error);
        g_assert_no_error(error);
    }
    return m;
}

static void put(struct db *db, const char *name)
{
    GError *error = NULL;
    struct mailbox m = sample(name);
    g_assert_true(mailboxes_put(db, &m, &error));
    g_assert_no_error(error);
    mailbox_clear(&m);
}

static void every_field_comes_back(struct place *p, gconstpointer data)
{
    struct mailbox m = sample("main"), back, plain;
    mailbox_init(&plain);
    g_assert_true(mailboxes_put(p->db, &m, NULL));
    for (int round = 0; round < 2; round++) {
        g_assert_true(mailboxes_get(p->db, "main", &back, NULL));
        for (const struct field *f = mailbox_fields(); f->key != NULL; f++) {
            if (field_equal(f, &m, &plain))
                g_error("the sample has no value for %s", f->key);
            if (!field_equal(f, &m, &back))
                g_error("%s did not come back", f->key);
        }
        /* Round two looks at what an UPDATE writes. */
        g_assert_true(mailboxes_put(p->db, &back, NULL));
        mailbox_clear(&back);
    }
    g_assert_true(mailboxes_get_id(p->db, m.id, &back, NULL));
    g_assert_cmpint(back.row_version, ==, 3);
    mailbox_clear(&back);
    mailbox_clear(&m);
    mailbox_clear(&plain);
}

static void changes_are_audited(struct place *p, gconstpointer data)
{
    struct mailbox m;
    put(p->db, "main");
    g_assert_true(mailboxes_get(p->db, "main", &m, NULL));
    g_assert_true(field_set_key(mailbox_fields(), &m, "folder", "Other", NULL));
    g_assert_true(mailboxes_put(p->db, &m, NULL));
    mailbox_clear(&m);
    g_assert_true(mailboxes_delete(p->db, "main", NULL));
    static const char *const actions[] = {"new", "change", "delete"};
    for (gsize i = 0; i < G_N_ELEMENTS(actions); i++) {
        gint64 n = 0;
        g_assert_true(
            sql_int(p->db, NULL, 0, &n,
                    "SELECT count(*) FROM audit WHERE noun = 'mailbox' AND name = 'main'"
                    " AND action = ?",
                    "s", actions[i]));
        g_assert_cmpint(n, ==, 1);
    }
}

static void an_old_copy_is_refused(struct place *p, gconstpointer data)
{
    GError *error = NULL;
    struct mailbox one, two;
    put(p->db, "main");
    g_assert_true(mailboxes_get(p->db, "main", &one, NULL));
    g_assert_true(mailboxes_get(p->db, "main", &two, NULL));
    g_assert_true(mailboxes_put(p->db, &one, NULL));
    g_assert_false(mailboxes_put(p->db, &two, &error));
    assert_fails(error, CRIER_ERROR_PRECONDITION, "main");
    mailbox_clear(&one);
    mailbox_clear(&two);
}

static void unknown_and_taken_names(struct place *p, gconstpointer data)
{
    GError *error = NULL;
    struct mailbox m = sample("main");
    put(p->db, "main");
    g_assert_false(mailboxes_put(p->db, &m, &error));
    assert_fails(error, CRIER_ERROR_EXISTS, "main");
    mailbox_clear(&m);
    g_assert_false(mailboxes_get(p->db, "mian", &m, &error));
    assert_fails(error, CRIER_ERROR_NOT_FOUND, "main");
    g_assert_false(mailboxes_get_id(p->db, 999, &m, &error));
    assert_fails(error, CRIER_ERROR_NOT_FOUND, "999");
}

static void campaign_in_state(struct place *p, enum campaign_state state)
{
    struct campaign c;
    campaign_init(&c);
    g_free(c.name);
    c.name = g_strdup("spring");
    g_assert_true(field_set_key(campaign_fields(), &c, "mailbox", "main", NULL));
    g_assert_true(campaigns_put(p->db, &c, NULL, NULL));
    g_assert_true(sql_do(p->db, NULL, "UPDATE campaign SET state = ? WHERE id = ?", "ii",
                         (gint64)state, c.id));
    campaign_clear(&c);
}

static void one_in_use_keeps_its_address(struct place *p, gconstpointer data)
{
    GError *error = NULL;
    struct mailbox m;
    put(p->db, "main");
    campaign_in_state(p, CAMPAIGN_SENDING);
    g_assert_false(mailboxes_delete(p->db, "main", &error));
    assert_fails(error, CRIER_ERROR_INVALID, "spring");
    g_assert_true(mailboxes_get(p->db, "main", &m, NULL));
    g_assert_true(field_set_key(mailbox_fields(), &m, "host", "other.example.org", NULL));
    g_assert_true(mailboxes_put(p->db, &m, NULL));
    g_assert_true(field_set_key(mailbox_fields(), &m, "address", "b@example.org", NULL));
    g_assert_false(mailboxes_put(p->db, &m, &error));
    assert_fails(error, CRIER_ERROR_INVALID, "spring");
    mailbox_clear(&m);
    run(p->db, "UPDATE campaign SET state = 6");
    g_assert_true(mailboxes_delete(p->db, "main", NULL));
}

static void a_draft_follows_the_address(struct place *p, gconstpointer data)
{
    struct mailbox m;
    put(p->db, "main");
    campaign_in_state(p, CAMPAIGN_DRAFT);
    g_assert_true(mailboxes_get(p->db, "main", &m, NULL));
    g_assert_true(field_set_key(mailbox_fields(), &m, "address", "b@example.org", NULL));
    g_assert_true(mailboxes_put(p->db, &m, NULL));
    mailbox_clear(&m);
}

static void problems_are_kept_until_a_change(struct place *p, gconstpointer data)
{
    struct mailbox m;
    put(p->db, "main");
    g_assert_true(mailboxes_get(p->db, "main", &m, NULL));
    g_assert_true(mailboxes_set_problem(p->db, m.id, "login refused", NULL));
    g_autofree char *problem = mailboxes_get_problem(p->db, m.id);
    g_assert_cmpstr(problem, ==, "login refused");
    g_assert_true(mailboxes_put(p->db, &m, NULL));
    g_assert_null(mailboxes_get_problem(p->db, m.id));
    mailbox_clear(&m);
}

static void all_in_order(struct place *p, gconstpointer data)
{
    put(p->db, "b");
    put(p->db, "a");
    g_autoptr(GPtrArray) all = mailboxes_all(p->db, NULL);
    g_assert_cmpuint(all->len, ==, 2);
    g_assert_cmpstr(((struct mailbox *)all->pdata[0])->name, ==, "a");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    TEST("/mailboxes/every-field", every_field_comes_back);
    TEST("/mailboxes/audit", changes_are_audited);
    TEST("/mailboxes/old-copy", an_old_copy_is_refused);
    TEST("/mailboxes/names", unknown_and_taken_names);
    TEST("/mailboxes/in-use", one_in_use_keeps_its_address);
    TEST("/mailboxes/draft", a_draft_follows_the_address);
    TEST("/mailboxes/problem", problems_are_kept_until_a_change);
    TEST("/mailboxes/all", all_in_order);
    return g_test_run();
}
