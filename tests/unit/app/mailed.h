/*
 * A workspace whose campaigns have gone out to the same people, for the tests of what came
 * back.
 */
#ifndef CRIER_TEST_APP_MAILED_H
#define CRIER_TEST_APP_MAILED_H

#include "../store/place.h"
#include "base/clock.h"
#include "store/campaigns.h"
#include "store/db_private.h"
#include "store/people.h"

#define PEOPLE 60

static inline void add_campaign(struct place *p, int id, int first_delivery,
                                enum campaign_state state)
{
    g_autofree char *campaign = g_strdup_printf(
        "INSERT INTO campaign (id, name, state, created_us, started_us, server, lists,"
        " give_up_s, content_version) VALUES (%d, 'c%d', %d, 1, 1, 'main', 'all', 100, 1)",
        id, id, (int)state);
    g_autofree char *list = g_strdup_printf("INSERT INTO campaign_list VALUES (%d, 1, 0)", id);
    g_autofree char *rows = g_strdup_printf(
        "INSERT INTO delivery (id, campaign_id, person_id, version, state, attempts, address)"
        " SELECT id + %d, %d, id, 1, 2, 1, address FROM person WHERE id <= %d",
        first_delivery - 1, id, PEOPLE);
    g_autofree char *tries = g_strdup_printf(
        "INSERT INTO attempt (delivery_id, n, at_us, server_id, phase, state, code, version)"
        " SELECT id, 1, %" G_GINT64_FORMAT ", 1, 5, 2, 250, 1 FROM delivery"
        " WHERE campaign_id = %d",
        clock_wall_us(), id);
    g_autofree char *sums = g_strdup_printf(
        "INSERT INTO campaign_counter (campaign_id, total, queued, leased, accepted, refused,"
        " deferred, uncertain, suppressed, cancelled, first_id, last_id)"
        " VALUES (%d, %d, 0, 0, %d, 0, 0, 0, 0, 0, %d, %d)",
        id, PEOPLE, PEOPLE, first_delivery - 1, first_delivery + PEOPLE - 1);
    g_autofree char *domain =
        g_strdup_printf("INSERT INTO domain_counter (campaign_id, domain, total, accepted)"
                        " VALUES (%d, 'example.org', %d, %d)",
                        id, PEOPLE, PEOPLE);
    const char *all[] = {campaign, list, rows, tries, sums, domain};
    GError *error = NULL;
    for (gsize i = 0; i < G_N_ELEMENTS(all); i++) {
        g_assert_true(db_script(p->db, all[i], &error));
        g_assert_no_error(error);
    }
}

/* Deliveries 1 … PEOPLE of campaign 1 went to p1@example.org … and were accepted. */
static inline void begin(struct place *p, gconstpointer data)
{
    place_begin(p, data);
    run(p->db, "INSERT INTO list (id, name, created_us) VALUES (1, 'all', 1)");
    run(p->db, "INSERT INTO server (id, name, host, security, connections, per_second,"
               " messages_per_connection) VALUES (1, 'main', 'localhost', 2, 1, 0, 0)");
    run(p->db, "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100)"
               " INSERT INTO person (id, address, address_key, domain, fields, created_us,"
               " updated_us) SELECT i, 'p' || i || '@example.org', 'p' || i || '@example.org',"
               " 'example.org', '{}', 1, 1 FROM n");
    run(p->db, "INSERT INTO membership (list_id, person_id, joined_us) SELECT 1, id, 1 FROM"
               " person");
    add_campaign(p, 1, 1, CAMPAIGN_SENDING);
}

static inline struct campaign_counts counts_of(struct place *p, gint64 campaign)
{
    struct campaign_counts c, counted;
    g_assert_true(campaigns_counts(p->db, campaign, &c, NULL));
    g_assert_true(campaigns_recount(p->db, campaign, &counted, NULL));
    for (int i = 0; i < DELIVERY_STATE_COUNT; i++)
        g_assert_cmpint(c.state[i], ==, counted.state[i]);
    return c;
}

static inline gboolean is_suppressed(struct place *p, const char *address, const char *reason)
{
    g_autoptr(GPtrArray) all = suppression_of(p->db, address, NULL);
    if (all->len == 0)
        return FALSE;
    g_assert_cmpstr(((struct suppression *)all->pdata[0])->reason, ==, reason);
    return TRUE;
}

#endif
