/*
 * A workspace with a campaign that is being sent, a child that ends after any step, and a ledger
 * with three leases: for the tests of the ledger.
 */
#ifndef CRIER_TEST_STORE_WORLD_H
#define CRIER_TEST_STORE_WORLD_H

#include "store/ledger.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "store/campaigns.h"
#include "store/deliveries.h"
#include "store/events.h"
#include "store/sql.h"

#define PEOPLE 12
#define MAX_PEOPLE 6000

struct world {
    char *dir;
    struct workspace *ws;
    struct db *db;
    gint64 campaign_id;
    int *dots; /* shared: how often each delivery's last byte left, by id */
};

static inline void must(gboolean ok, GError *error)
{
    if (!ok)
        g_error("%s", error ? error->message : "failed without an error");
}

static inline void run_sql(struct db *db, const char *sql)
{
    GError *error = NULL;
    must(sql_do(db, &error, sql, ""), error);
}

static inline gint64 number(struct db *db, const char *sql)
{
    GError *error = NULL;
    gint64 n = 0;
    must(sql_int(db, &error, -1, &n, sql, ""), error);
    return n;
}

static inline void world_open_db(struct world *w)
{
    GError *error = NULL;
    w->db = db_open(w->ws->db_path, DB_USE_VERB, &error);
    must(w->db != NULL, error);
}

static inline void add_people(struct world *w, int n)
{
    GError *error = NULL;
    must(db_begin(w->db, &error), error);
    for (int i = 1; i <= n; i++) {
        g_autofree char *address = g_strdup_printf("p%d@example.org", i);
        must(sql_do(w->db, &error,
                    "INSERT INTO person (id, address, address_key, domain, fields, created_us,"
                    " updated_us) VALUES (?1, ?2, ?2, 'example.org', '{}', 1, 1)",
                    "is", (gint64)i, address),
             error);
    }
    must(sql_do(w->db, &error,
                "INSERT INTO membership (list_id, person_id, joined_us) SELECT 1, id, 1 FROM "
                "person",
                ""),
         error);
    must(db_commit(w->db, &error), error);
}

static inline void build_all(struct world *w)
{
    GError *error = NULL;
    gboolean more = TRUE;
    gint64 built = 0;
    while (more)
        must(deliveries_build(w->db, w->campaign_id, 1, &more, &built, &error), error);
    must(deliveries_publish(w->db, w->campaign_id, -1, NULL, &error), error);
}

static inline void world_init(struct world *w, int people)
{
    GError *error = NULL;
    w->dir = g_dir_make_tmp("crier-ledger-XXXXXX", &error);
    must(w->dir != NULL, error);
    w->ws = workspace_open(w->dir, &error);
    must(w->ws != NULL, error);
    world_open_db(w);
    run_sql(w->db, "INSERT INTO list (id, name, created_us) VALUES (1, 'all', 1)");
    run_sql(w->db, "INSERT INTO server (id, name, host, security, connections, per_second,"
                   " messages_per_connection) VALUES (1, 'main', 'localhost', 2, 1, 0, 0)");
    run_sql(w->db,
            "INSERT INTO campaign (id, name, state, created_us, server, lists, give_up_s,"
            " content_version) VALUES (1, 'c', 1, 1, 'main', 'all', 100, 1)");
    run_sql(w->db, "INSERT INTO campaign_list VALUES (1, 1, 0)");
    w->campaign_id = 1;
    add_people(w, people);
    build_all(w);
    w->dots = mmap(NULL, sizeof(int) * (MAX_PEOPLE + 1), PROT_READ | PROT_WRITE,
                   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    g_assert_true(w->dots != MAP_FAILED);
}

static inline void remove_tree(const char *dir)
{
    GDir *d = g_dir_open(dir, 0, NULL);
    const char *name;
    while (d && (name = g_dir_read_name(d))) {
        g_autofree char *path = g_build_filename(dir, name, NULL);
        if (g_file_test(path, G_FILE_TEST_IS_DIR) && !g_file_test(path, G_FILE_TEST_IS_SYMLINK))
            remove_tree(path);
        else
            g_unlink(path);
    }
    if (d)
        g_dir_close(d);
    g_rmdir(dir);
}

static inline void world_clear(struct world *w)
{
    db_close(w->db);
    workspace_free(w->ws);
    remove_tree(w->dir);
    g_free(w->dir);
    munmap(w->dots, sizeof(int) * (MAX_PEOPLE + 1));
}

static inline void check_conservation(struct world *w)
{
    struct campaign_counts kept, counted;
    GError *error = NULL;
    must(campaigns_counts(w->db, w->campaign_id, &kept, &error), error);
    must(campaigns_recount(w->db, w->campaign_id, &counted, &error), error);
    for (int i = 0; i < DELIVERY_STATE_COUNT; i++)
        g_assert_cmpint(kept.state[i], ==, counted.state[i]);
    g_assert_cmpint(kept.total, ==, counted.total);
    g_assert_cmpint(number(w->db, "SELECT ifnull(sum(n), 0) FROM reply_counter"), ==,
                    number(w->db, "SELECT count(*) FROM attempt"));
    g_assert_cmpint(number(w->db, "SELECT ifnull(sum(accepted + uncertain), 0)"
                                  " FROM minute_counter WHERE campaign_id = 0"),
                    ==,
                    number(w->db, "SELECT count(*) FROM attempt WHERE state IN (2, 5)"));
    gint64 attempts = number(w->db, "SELECT count(*) FROM attempt");
    gint64 events = number(w->db, "SELECT count(*) FROM event JOIN attempt USING (delivery_id)"
                                  " WHERE n = event.attempt");
    g_assert_cmpint(events, ==, number(w->db, "SELECT count(*) FROM event"));
    g_assert_true(events == attempts || events >= EVENTS_COMMIT_MAX);
}

struct steps {
    int left; /* ends the process when it comes to 0 */
};

static inline void step(struct steps *s)
{
    if (--s->left == 0)
        _exit(9);
}

/* True when the child came to its end before its step. */
static inline gboolean run_child(struct world *w, int until,
                          void (*send_all)(struct world *w, struct steps *s))
{
    db_close(w->db);
    w->db = NULL;
    pid_t pid = fork();
    if (pid == 0) {
        struct steps s = {until};
        send_all(w, &s);
        _exit(0);
    }
    int status = 0;
    g_assert_cmpint(waitpid(pid, &status, 0), ==, pid);
    g_assert_true(WIFEXITED(status));
    g_assert_true(WEXITSTATUS(status) == 0 || WEXITSTATUS(status) == 9);
    world_open_db(w);
    return WEXITSTATUS(status) == 0;
}

static inline void check_nobody_lost_or_doubled(struct world *w, int most_uncertain)
{
    GError *error = NULL;
    g_autoptr(GPtrArray) rows = deliveries_page(w->db, 1, -1, 0, MAX_PEOPLE, &error);
    must(rows != NULL, error);
    int uncertain = 0;
    for (guint i = 0; i < rows->len; i++) {
        const struct delivery *d = rows->pdata[i];
        int dots = w->dots[d->id];
        g_assert_cmpint(dots, <=, 1);
        g_assert_true(d->state == DELIVERY_ACCEPTED || d->state == DELIVERY_UNCERTAIN);
        if (d->state == DELIVERY_ACCEPTED)
            g_assert_cmpint(dots, ==, 1);
        uncertain += d->state == DELIVERY_UNCERTAIN;
    }
    g_assert_cmpint(uncertain, <=, most_uncertain);
}

struct one { /* a world with an open ledger and three leases */
    struct world w;
    struct ledger *l;
    GPtrArray *leases;
};

static inline void one_init(struct one *o)
{
    GError *error = NULL;
    struct ledger_recovered found;
    world_init(&o->w, PEOPLE);
    must(ledger_recover(o->w.db, o->w.ws, &found, &error), error);
    o->l = ledger_open(o->w.db, o->w.ws, &error);
    must(o->l != NULL, error);
    o->leases = g_ptr_array_new();
    must(ledger_lease(o->l, 1, 3, clock_wall_us(), o->leases, NULL, &error), error);
    g_assert_cmpint(o->leases->len, ==, 3);
}

static inline void one_clear(struct one *o)
{
    ledger_close(o->l);
    g_ptr_array_unref(o->leases);
    check_conservation(&o->w);
    world_clear(&o->w);
}

static inline void other_does(struct one *o, const char *sql)
{
    GError *error = NULL;
    struct db *other = db_open(o->w.ws->db_path, DB_USE_VERB, &error);
    must(other != NULL, error);
    run_sql(other, sql);
    db_close(other);
}

static inline struct lease *lease_at(struct one *o, guint i)
{
    return o->leases->pdata[i];
}

static inline void authorise(struct one *o, gboolean expect)
{
    GError *error = NULL;
    must(ledger_authorise(o->l, (struct lease **)o->leases->pdata, 3, &error), error);
    g_assert_true(lease_at(o, 1)->is_authorised == expect);
}

static inline void record(struct one *o, guint i, enum delivery_state to, gint64 due_us)
{
    struct ledger_outcome out = {.to = to,
                                 .phase = REPLY_RCPT,
                                 .code = 450,
                                 .reply = "later",
                                 .server_id = 1,
                                 .at_us = 1000000,
                                 .due_us = due_us,
                                 .counts = to != DELIVERY_QUEUED};
    ledger_record(o->l, lease_at(o, i), &out);
}

static inline void commit(struct one *o)
{
    GError *error = NULL;
    must(ledger_commit(o->l, TRUE, 0, &error), error);
}

static inline struct ledger_recovered die_and_recover(struct one *o)
{
    GError *error = NULL;
    struct ledger_recovered found;
    struct db *db = db_open(o->w.ws->db_path, DB_USE_VERB, &error);
    must(db != NULL, error);
    must(ledger_recover(db, o->w.ws, &found, &error), error);
    db_close(db);
    return found;
}

/* A dead worker gives nothing back: its ledger stays reachable here, untouched. */
static GPtrArray *dead_ledgers;

static inline void one_clear_dead(struct one *o)
{
    if (!dead_ledgers)
        dead_ledgers = g_ptr_array_new();
    g_ptr_array_add(dead_ledgers, o->l);
    check_conservation(&o->w);
    g_ptr_array_unref(o->leases);
    db_close(o->w.db);
    o->w.db = NULL;
    world_open_db(&o->w);
    world_clear(&o->w);
}

static inline goffset journal_bytes(const struct one *o)
{
    GStatBuf st;
    g_assert_cmpint(g_stat(o->w.ws->journal_path, &st), ==, 0);
    return st.st_size;
}

#endif
