/*
 * What a screen asks once a second, beside a ledger of a million deliveries and two hundred
 * campaigns with long bodies: microseconds a call, the median of many. Usage: bench_live FOLDER
 * [DELIVERIES]; the workspace is made there and stays for the next time.
 */
#include "config.h"

#include <glib.h>
#include <stdio.h>
#include <stdlib.h>

#include "app/status.h"
#include "store/counters.h"
#include "store/db.h"
#include "store/events.h"
#include "store/server_live.h"
#include "store/sql.h"

#define CALLS 300
#define OTHERS 199
#define NOW_US g_get_real_time()

static void must(gboolean ok, GError *error)
{
    if (!ok)
        g_error("%s", error ? error->message : "failed");
}

/* Each literal has one number to bind; a text is repeated over rows 1…N. */
#define ROWS "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?1) "

static const char *const fill[] = {
    "INSERT INTO server (id, name, host, security, connections, per_second,"
    " messages_per_connection) SELECT ?1 - ?1 + 1, 'main', 'localhost', 2, 9, 0, 0",
    "INSERT INTO campaign (id, name, state, created_us, server, lists, give_up_s,"
    " content_version) SELECT ?1 - ?1 + 1, 'big', 3, 1, 'main', 'all', 100, 1",
    ROWS "INSERT INTO person (id, address, address_key, domain, fields, created_us, updated_us)"
         " SELECT i, 'p' || i || '@d' || (i % 20000) || '.example', 'p' || i || '@d' ||"
         " (i % 20000) || '.example', 'd' || (i % 20000) || '.example', '{}', 1, 1 FROM n",
    ROWS "INSERT INTO delivery (id, campaign_id, person_id, version, state, attempts, address)"
         " SELECT i, 1, i, 1, CASE WHEN i % 50 = 0 THEN 3 ELSE 2 END, 1, 'p' || i || '@d' ||"
         " (i % 20000) || '.example' FROM n",
    ROWS
    "INSERT INTO attempt (delivery_id, n, at_us, server_id, phase, state, code, enhanced,"
    " reply) SELECT i, 1, 1700000000000000 + i * 80, 1, 5, CASE WHEN i % 50 = 0 THEN 3 ELSE"
    " 2 END, 250, '2.0.0', 'Ok: queued as ' || i FROM n",
    "INSERT INTO campaign_counter (campaign_id, total, queued, leased, accepted, refused,"
    " deferred, uncertain, suppressed, cancelled, last_id) SELECT 1, ?1, 0, 0, ?1 - ?1 / 50,"
    " ?1 / 50, 0, 0, 0, 0, ?1",
    "INSERT INTO domain_counter (campaign_id, domain, total) SELECT 1, domain, count(*) FROM"
    " person WHERE ?1 > 0 GROUP BY domain",
    "INSERT INTO event (campaign_id, id, delivery_id, attempt) SELECT 1, id, id, 1 FROM "
    "delivery"
    " WHERE id > ?1 - 1000",
    "UPDATE campaign_counter SET event_id = ?1",
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 400)"
    " INSERT INTO reply_counter (campaign_id, state, code, enhanced, n, reply)"
    " SELECT 1, 3, 550, '5.1.' || i, i + (?1 - ?1), 'no' FROM n",
    NULL,
};

static void fill_rest(struct db *db)
{
    GError *error = NULL;
    g_autofree char *body = g_strnfill(60000, 'x');
    gint64 minute = NOW_US / COUNTERS_MINUTE_US;
    for (int i = 0; i < OTHERS; i++) {
        g_autofree char *name = g_strdup_printf("campaign-%d", i);
        must(sql_do(
                 db, &error,
                 "INSERT INTO campaign (name, title, subject, state, created_us, server, html,"
                 " give_up_s, finished_us) VALUES (?1, 'A title', 'A subject', ?2, 1, 'main',"
                 " ?3, 100, ?4)",
                 "sisi", name,
                 (gint64)(i % 5 == 0    ? 0
                          : i % 40 == 1 ? 3
                                        : 6),
                 body, (gint64)i + 1),
             error);
        must(
            sql_do(db, &error,
                   "INSERT INTO campaign_counter (campaign_id, total, queued, leased, accepted,"
                   " refused, deferred, uncertain, suppressed, cancelled)"
                   " SELECT max(id), 1000, 500, 0, 500, 0, 0, 0, 0, 0 FROM campaign",
                   ""),
            error);
    }
    for (int i = 0; i < 3000; i++)
        must(sql_do(
                 db, &error,
                 "INSERT INTO minute_counter (campaign_id, minute, accepted) VALUES (0, ?1, 7),"
                 " (1, ?1, 7)",
                 "i", minute - i),
             error);
    for (int i = 0; i < 50000; i++)
        must(sql_do(db, &error,
                    "INSERT INTO suppression (address_key, address, reason, actor, created_us)"
                    " VALUES (?1, 'x', 'unsubscribed', 'x', ?1)",
                    "i", NOW_US - (gint64)i * 60 * 1000000),
             error);
}

static void make(struct db *db, gint64 deliveries)
{
    GError *error = NULL;
    must(db_begin(db, &error), error);
    for (int i = 0; fill[i]; i++) {
        fprintf(stderr, "making the workspace, %d\n", i);
        must(sql_do(db, &error, fill[i], "i", deliveries), error);
    }
    fill_rest(db);
    must(db_commit(db, &error), error);
}

/* ---- the calls ---- */

struct place {
    struct db *db;
    struct workspace *ws;
};

static void minutes_of_one(struct place *p)
{
    struct minute_count m[60];
    counters_minutes(p->db, 1, NOW_US / COUNTERS_MINUTE_US - 59, 60, m, NULL);
}

static void minutes_of_all(struct place *p)
{
    struct minute_count m[60];
    counters_minutes(p->db, 0, NOW_US / COUNTERS_MINUTE_US - 59, 60, m, NULL);
}

static void sums_of_a_day(struct place *p)
{
    struct counters_sums sums;
    counters_since(p->db, NOW_US - G_GINT64_CONSTANT(86400000000), &sums, NULL);
}

static void replies(struct place *p)
{
    g_ptr_array_unref(counters_replies(p->db, 1, 10, NULL));
}

static void domains(struct place *p)
{
    struct domain_others others;
    g_ptr_array_unref(counters_domains(p->db, 1, 10, &others, NULL));
}

static void events_of_one(struct place *p)
{
    g_ptr_array_unref(events_page(p->db, 1, 0, 20, NULL));
}

static void events_of_all(struct place *p)
{
    g_ptr_array_unref(events_page(p->db, 0, 0, 20, NULL));
}

static void events_200(struct place *p)
{
    g_ptr_array_unref(events_page(p->db, 0, 0, 200, NULL));
}

static void live(struct place *p)
{
    g_ptr_array_unref(servers_live(p->db, NOW_US, NULL));
}

static void campaigns(struct place *p)
{
    g_ptr_array_unref(counters_campaigns(p->db, COUNTERS_ALL_STATES, NULL));
}

static void load(struct place *p)
{
    status_free(status_load(p->db, p->ws, NULL, NULL));
}

static void home(struct place *p)
{
    status_free(status_home(p->db, p->ws, NULL));
}

static const struct {
    const char *what;
    void (*call)(struct place *p);
} calls[] = {
    {"60 minutes of one campaign", minutes_of_one},
    {"60 minutes of all campaigns", minutes_of_all},
    {"sums of a day", sums_of_a_day},
    {"10 of 400 classes of replies", replies},
    {"10 of 20,000 domains, and the others", domains},
    {"20 newest events of one campaign", events_of_one},
    {"20 newest events of all", events_of_all},
    {"200 newest events of all", events_200},
    {"servers as they are", live},
    {"200 campaigns, for a list", campaigns},
    {"status_load(), 200 campaigns", load},
    {"status_home()", home},
};

static int by_size(gconstpointer a, gconstpointer b)
{
    gint64 x = *(const gint64 *)a, y = *(const gint64 *)b;
    return (x > y) - (x < y);
}

static void measure(struct place *p, const char *what, void (*call)(struct place *p))
{
    gint64 took[CALLS];
    for (int i = 0; i < CALLS; i++) {
        gint64 began = g_get_monotonic_time();
        call(p);
        took[i] = g_get_monotonic_time() - began;
    }
    qsort(took, CALLS, sizeof *took, by_size);
    printf("%6" G_GINT64_FORMAT " us, 19 of 20 under %6" G_GINT64_FORMAT " us  %s\n",
           took[CALLS / 2], took[CALLS * 19 / 20], what);
}

int main(int argc, char **argv)
{
    GError *error = NULL;
    struct place p = {0};
    if (argc < 2) {
        fprintf(stderr, "usage: bench_live FOLDER [DELIVERIES]\n");
        return 2;
    }
    p.ws = workspace_open(argv[1], &error);
    must(p.ws != NULL, error);
    p.db = db_open(p.ws->db_path, DB_USE_VERB, &error);
    must(p.db != NULL, error);
    gint64 n = 0;
    must(sql_int(p.db, &error, 0, &n, "SELECT count(*) FROM campaign", ""), error);
    if (n == 0)
        make(p.db, argc > 2 ? g_ascii_strtoll(argv[2], NULL, 10) : 1000000);
    for (gsize i = 0; i < G_N_ELEMENTS(calls); i++)
        measure(&p, calls[i].what, calls[i].call);
    db_close(p.db);
    workspace_free(p.ws);
    return 0;
}
