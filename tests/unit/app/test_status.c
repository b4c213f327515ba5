#include "config.h"

#include <unistd.h>

#include "../store/place.h"

#include "app/mailbox_now.h"
#include "app/status.h"
#include "base/clock.h"
#include "model/hardening.h"
#include "store/audit.h"
#include "store/servers.h"

static struct status_campaign campaign(enum campaign_state state, gint64 queued, gint64 leased,
                                       gint64 deferred)
{
    struct status_campaign c = {.campaign = {.state = state}};
    c.counts.state[DELIVERY_QUEUED] = queued;
    c.counts.state[DELIVERY_LEASED] = leased;
    c.counts.state[DELIVERY_DEFERRED] = deferred;
    return c;
}

static void test_shares_by_what_is_left(void)
{
    struct status_campaign a = campaign(CAMPAIGN_SENDING, 290, 10, 0),
                           b = campaign(CAMPAIGN_SENDING, 100, 0, 5),
                           paused = campaign(CAMPAIGN_PAUSED, 1000, 0, 0);
    g_autoptr(GPtrArray) all = g_ptr_array_new();
    g_ptr_array_add(all, &a);
    g_ptr_array_add(all, &b);
    g_ptr_array_add(all, &paused);
    status_share_rate(all, 40);
    g_assert_cmpfloat(a.rate_per_s, ==, 30);
    g_assert_cmpint(a.eta_s, ==, 10);
    g_assert_cmpfloat(b.rate_per_s, ==, 10);
    g_assert_cmpint(b.eta_s, ==, -1); /* five wait for another try: no rate says when */
    g_assert_cmpfloat(paused.rate_per_s, ==, 0);
    g_assert_cmpint(paused.eta_s, ==, -1);
}

static void test_no_rate(void)
{
    struct status_campaign a = campaign(CAMPAIGN_SENDING, 290, 10, 0),
                           through = campaign(CAMPAIGN_SENDING, 0, 0, 0);
    g_autoptr(GPtrArray) all = g_ptr_array_new();
    g_ptr_array_add(all, &a);
    status_share_rate(all, 0);
    g_assert_cmpint(a.eta_s, ==, -1);
    g_ptr_array_index(all, 0) = &through;
    status_share_rate(all, 100);
    g_assert_cmpfloat(through.rate_per_s, ==, 0);
    g_assert_cmpint(through.eta_s, ==, -1);
}

/* ---- with a database ---- */

static void add(struct db *db, const char *name, enum campaign_state state, gint64 at_us)
{
    g_assert_true(sql_do(db, NULL,
                         "INSERT INTO campaign (name, state, created_us, server, give_up_s,"
                         " schedule_us, schedule_min, schedule_max, finished_us, held_reason)"
                         " VALUES (?1, ?2, 1, 'main', 100, ?3, 90, 110, ?3, ?4)",
                         "siis", name, (gint64)state, at_us,
                         state == CAMPAIGN_HELD ? "copied database" : NULL));
}

static void fill(struct db *db)
{
    run(db, "INSERT INTO server (id, name, host, security, connections, per_second,"
            " messages_per_connection) VALUES (1, 'main', 'localhost', 2, 1, 0, 0)");
    add(db, "draft", CAMPAIGN_DRAFT, 0);
    add(db, "later", CAMPAIGN_SCHEDULED, 2000);
    add(db, "sooner", CAMPAIGN_SCHEDULED, 1000);
    add(db, "going", CAMPAIGN_SENDING, 0);
    add(db, "held", CAMPAIGN_HELD, 0);
    for (int i = 0; i < STATUS_ENDED_MAX + 5; i++) {
        g_autofree char *name = g_strdup_printf("over-%d", i);
        add(db, name, i % 2 ? CAMPAIGN_FINISHED : CAMPAIGN_CANCELLED, 100 + i);
    }
}

static const struct status_campaign *at(const GPtrArray *campaigns, guint i)
{
    return g_ptr_array_index(campaigns, i);
}

static const struct status_problem *find(const GPtrArray *problems, const char *name)
{
    for (guint i = 0; i < problems->len; i++) {
        const struct status_problem *p = g_ptr_array_index(problems, i);
        if (g_strcmp0(p->name, name) == 0)
            return p;
    }
    return NULL;
}

static void home_has_what_is_lively(struct place *p, gconstpointer data)
{
    GError *error = NULL;
    fill(p->db);
    struct status *s = status_home(p->db, p->ws, &error);
    g_assert_no_error(error);
    g_assert_cmpint(s->campaigns->len, ==, 4 + STATUS_ENDED_MAX);
    g_assert_cmpint(s->next->len, ==, 2);
    g_assert_cmpstr(at(s->next, 0)->campaign.name, ==, "sooner");
    g_assert_cmpint(at(s->next, 0)->expected, ==, 100);
    g_assert_cmpint(s->ended->len, ==, STATUS_ENDED_MAX);
    g_assert_cmpstr(at(s->ended, 0)->campaign.name, ==, "over-14");
    g_assert_cmpint(s->n_in_state[CAMPAIGN_DRAFT], ==, 1);
    g_assert_cmpint(s->servers->len, ==, 1);
    const struct status_server *server = g_ptr_array_index(s->servers, 0);
    g_assert_cmpint(server->live->campaigns, ==, 0); /* nothing was built for it */
    status_free(s);
}

static void load_has_every_campaign(struct place *p, gconstpointer data)
{
    fill(p->db);
    struct status *s = status_load(p->db, p->ws, NULL, NULL);
    g_assert_cmpint(s->campaigns->len, ==, 5 + STATUS_ENDED_MAX + 5);
    g_assert_cmpint(s->ended->len, ==, STATUS_ENDED_MAX);
    status_free(s);
    s = status_load(p->db, p->ws, "held", NULL);
    g_assert_cmpint(s->campaigns->len, ==, 1);
    g_assert_cmpstr(at(s->campaigns, 0)->campaign.held_reason, ==, "copied database");
    status_free(s);
    GError *error = NULL;
    g_assert_null(status_load(p->db, p->ws, "hold", &error));
    assert_fails(error, CRIER_ERROR_NOT_FOUND, "held");
}

static void problems_say_what_to_do(struct place *p, gconstpointer data)
{
    fill(p->db);
    g_assert_true(servers_set_problem(p->db, 1, "login refused: 535", NULL));
    run(p->db, "UPDATE server SET enabled = 0");
    struct status *s = status_home(p->db, p->ws, NULL);
    const struct status_problem *held = find(s->problems, "held"),
                                *server = find(s->problems, "main"),
                                *going = find(s->problems, "going");
    g_assert_cmpstr(held->verb, ==, "campaign resume held");
    g_assert_cmpstr(held->screen, ==, "campaigns");
    g_assert_nonnull(strstr(held->what, "copied database"));
    g_assert_null(strstr(held->what, "resume"));
    g_assert_nonnull(strstr(held->text, "crier campaign resume held"));
    g_assert_cmpstr(server->text, ==, "server main: login refused: 535");
    g_assert_cmpstr(server->what, ==, "server main: login refused: 535"); /* hosts are alike */
    g_assert_cmpstr(server->verb, ==, "server test main");
    g_assert_cmpint(server->since_us, >, 0);
    g_assert_cmpstr(going->kind, ==, "worker"); /* the first: none runs */
    for (guint i = 0; i < s->problems->len; i++)
        g_assert_cmpstr(((const struct status_problem *)s->problems->pdata[i])->next, !=, "");
    status_free(s);
}

static void says_that_sending_stops(struct place *p, gconstpointer data)
{
    struct status *s = status_home(p->db, p->ws, NULL);
    g_assert_cmpint(s->notes->len, ==, 0); /* nothing is to be sent */
    status_free(s);
    fill(p->db);
    s = status_home(p->db, p->ws, NULL);
    g_assert_cmpint(s->notes->len, ==, 1);
    const struct status_problem *note = g_ptr_array_index(s->notes, 0);
    g_assert_cmpstr(note->verb, ==, "worker install");
    status_free(s);
    g_assert_true(service_note(p->ws, SERVICE_CRONTAB, NULL));
    s = status_home(p->db, p->ws, NULL);
    g_assert_cmpint(s->notes->len, ==, 0);
    status_free(s);
}

static void says_what_hardening_is_missing(struct place *p, gconstpointer data)
{
    static const struct {
        int hardened, notes;
        const char *what;
    } rows[] = {
        {-1, 0, ""}, /* not said yet */
        {HARDENING_ALL, 0, ""},
        {HARDENING_NO_NEW_PRIVS | HARDENING_CALLS, 1, "files, ports"},
        {HARDENING_OFF, 1, "switched off"},
    };
    int lock_fd = workspace_lock_worker(p->ws, NULL);
    g_assert_cmpint(lock_fd, >=, 0);
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct role_row r = {.role = (char *)"send",
                             .pid = 7,
                             .beat_us = clock_wall_us(),
                             .boot_id = (char *)clock_boot_id(),
                             .hardened = rows[i].hardened};
        g_assert_true(role_beat(p->db, &r, NULL));
        struct status *s = status_home(p->db, p->ws, NULL);
        g_assert_cmpint(s->hardened, ==, rows[i].hardened);
        g_assert_cmpint(s->notes->len, ==, rows[i].notes);
        g_assert_cmpint(s->problems->len, ==, 0);
        if (rows[i].notes) {
            const struct status_problem *note = g_ptr_array_index(s->notes, 0);
            g_assert_nonnull(strstr(note->what, rows[i].what));
        }
        status_free(s);
    }
    close(lock_fd);
    struct status *s = status_home(p->db, p->ws, NULL);
    g_assert_cmpint(s->hardened, ==, -1);
    status_free(s);
}

static void add_mailbox(struct db *db, const char *name)
{
    g_assert_true(sql_do(db, NULL,
                         "INSERT INTO mailbox (name, address, host, protocol, security, user)"
                         " VALUES (?1, 'b@example.org', 'imap.example.org', 0, 0, 'b')",
                         "s", name));
}

static char *mailboxes_of(const struct status *s)
{
    GString *text = g_string_new(NULL);
    for (guint i = 0; i < s->mailboxes->len; i++) {
        const struct mailbox_now *m = s->mailboxes->pdata[i];
        g_string_append_printf(text, "%s %s %" G_GINT64_FORMAT "\n", m->mailbox.name,
                               mailbox_health_name(mailbox_now_health(m)), m->read.n_read);
    }
    return g_string_free(text, FALSE);
}

static void mailboxes_are_told(struct place *p, gconstpointer data)
{
    static const char *const names[] = {"never", "old", "read", "wrong"};
    for (gsize i = 0; i < G_N_ELEMENTS(names); i++)
        add_mailbox(p->db, names[i]);
    run(p->db, "UPDATE mailbox SET enabled = 0 WHERE name = 'old'");
    run(p->db, "UPDATE mailbox SET problem = 'the login was refused' WHERE name = 'wrong'");
    run(p->db, "INSERT INTO mailbox_state (mailbox_id, validity, read_us, n_read)"
               " SELECT id, 7, 5, 12 FROM mailbox WHERE name = 'read'");
    struct status *s = status_home(p->db, p->ws, NULL);
    g_autofree char *all = mailboxes_of(s);
    g_assert_cmpstr(all, ==, "never unread 0\nold off 0\nread read 12\nwrong problem 0\n");
    g_assert_cmpint(s->problems->len, ==, 1);
    g_assert_cmpint(s->notes->len, ==, 0); /* nothing was sent */
    const struct status_problem *wrong = find(s->problems, "wrong");
    g_assert_cmpstr(wrong->kind, ==, "mailbox");
    g_assert_cmpstr(wrong->screen, ==, "mailboxes");
    g_assert_cmpstr(wrong->what, ==, "mailbox wrong: the login was refused");
    g_assert_cmpstr(wrong->verb, ==, "mailbox test wrong");
    status_free(s);
    add(p->db, "over", CAMPAIGN_FINISHED, 1);
    s = status_home(p->db, p->ws, NULL);
    g_assert_cmpint(s->notes->len, ==, 1);
    g_assert_cmpstr(((const struct status_problem *)s->notes->pdata[0])->verb, ==, "worker");
    status_free(s);
}

/* A worker runs since long ago, and one mailbox was looked into now. */
static void one_that_nobody_reads_is_told(struct place *p, gconstpointer data)
{
    static const char said[] = "pid 7 since 2020-01-01T00:00:00Z on host\n";
    add_mailbox(p->db, "fresh");
    add_mailbox(p->db, "never");
    add_mailbox(p->db, "stale");
    g_assert_true(
        sql_do(p->db, NULL,
               "INSERT INTO mailbox_state (mailbox_id, validity, read_us) SELECT id, 7,"
               " ?1 - (name = 'stale') * 7200000000 FROM mailbox WHERE name <> 'never'",
               "i", clock_wall_us()));
    int lock_fd = workspace_lock_worker(p->ws, NULL);
    g_assert_cmpint(ftruncate(lock_fd, 0), ==, 0);
    g_assert_cmpint(pwrite(lock_fd, said, strlen(said), 0), ==, (gssize)strlen(said));
    struct status *s = status_home(p->db, p->ws, NULL);
    g_assert_true(s->is_worker_running);
    g_assert_cmpint(s->problems->len, ==, 2);
    g_assert_null(find(s->problems, "fresh"));
    g_assert_nonnull(strstr(find(s->problems, "never")->what, "has never been read"));
    g_assert_nonnull(strstr(find(s->problems, "stale")->what, "was last read at"));
    status_free(s);
    close(lock_fd);
}

static void what_was_not_understood_is_told(struct place *p, gconstpointer data)
{
    run(p->db, "INSERT INTO inbound (mailbox_id, received_us, kind, state, bytes, hash) VALUES"
               " (1, 1, 'other', 1, 9, 'a'), (1, 1, 'other', 1, 9, 'b'),"
               " (1, 1, 'bounce', 0, 9, 'c')");
    struct status *s = status_home(p->db, p->ws, NULL);
    g_assert_cmpint(s->problems->len, ==, 1);
    const struct status_problem *x = s->problems->pdata[0];
    g_assert_cmpstr(x->what, ==, "2 messages that came in were not understood");
    g_assert_cmpstr(x->verb, ==, "bounce unknown");
    status_free(s);
    run(p->db, "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1100)"
               " INSERT INTO inbound (mailbox_id, received_us, kind, state, bytes, hash)"
               " SELECT 1, 1, 'other', 1, 9, i FROM n");
    s = status_home(p->db, p->ws, NULL);
    x = s->problems->pdata[0];
    g_assert_cmpstr(x->what, ==, "1,000 messages or more that came in were not understood");
    status_free(s);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/status/shares-by-what-is-left", test_shares_by_what_is_left);
    g_test_add_func("/status/no-rate", test_no_rate);
    TEST("/status/home/lively", home_has_what_is_lively);
    TEST("/status/load/every", load_has_every_campaign);
    TEST("/status/problems/what-to-do", problems_say_what_to_do);
    TEST("/status/mailboxes/told", mailboxes_are_told);
    TEST("/status/mailboxes/unread", one_that_nobody_reads_is_told);
    TEST("/status/mailboxes/unknown", what_was_not_understood_is_told);
    TEST("/status/notes/stops", says_that_sending_stops);
    TEST("/status/notes/hardening", says_what_hardening_is_missing);
    return g_test_run();
}
