/* Sums, shares and parts of a report, out of counters that are put there. */
#include "config.h"

#include "app/report.h"

#include "../store/place.h"

static void put(struct place *p, gboolean ok, GError *error)
{
    g_assert_no_error(error);
    g_assert_true(ok);
}

static void add_campaign(struct place *p, int id, const char *name, int accepted, int refused,
                         int suppressed)
{
    GError *error = NULL;
    put(p,
        sql_do(p->db, &error,
               "INSERT INTO campaign (id, name, title, state, created_us, started_us,"
               " finished_us, server, give_up_s) VALUES (?1, ?2, ?2, 6, 1, 60000000, ?3, 'main',"
               " 100)",
               "isi", (gint64)id, name, G_GINT64_CONSTANT(60000000) * (id + 10)),
        error);
    put(p,
        sql_do(p->db, &error,
               "INSERT INTO campaign_counter (campaign_id, total, queued, leased, accepted,"
               " refused, deferred, uncertain, suppressed, cancelled) VALUES (?1, ?2 + ?3 + ?4,"
               " 0, 0, ?2, ?3, 0, 0, ?4, 0)",
               "iiii", (gint64)id, (gint64)accepted, (gint64)refused, (gint64)suppressed),
        error);
}

static void add_domain(struct place *p, int campaign, const char *domain, int n, int refused)
{
    GError *error = NULL;
    put(p,
        sql_do(p->db, &error,
               "INSERT INTO domain_counter (campaign_id, domain, total, accepted, refused)"
               " VALUES (?1, ?2, ?3, ?3 - ?4, ?4)",
               "isii", (gint64)campaign, domain, (gint64)n, (gint64)refused),
        error);
}

static void add_row(struct place *p, int delivery, int campaign, const char *address,
                    const char *class, const char *reason, int effects)
{
    GError *error = NULL;
    put(p,
        sql_do(p->db, &error,
               "INSERT INTO said (inbound_id, at_us, delivery_id, campaign_id, address,"
               " address_key, provider, kind, class, reason, fault, status, text, found_by,"
               " effects) VALUES (1, 1, ?1, ?2, ?3, ?3, 'a.example', 'bounce', ?4, ?5,"
               " 'address', '', '', 1, ?6)",
               "iisssi", (gint64)delivery, (gint64)campaign, address, class, reason,
               (gint64)effects),
        error);
}

static void add_said(struct place *p, int delivery, int campaign, const char *class,
                     const char *reason, int effects)
{
    add_row(p, delivery, campaign, "p@a.example", class, reason, effects);
}

static void bounce(struct place *p, int delivery, int campaign, const char *address,
                   int effects)
{
    add_row(p, delivery, campaign, address, effects & SAID_SOFT ? "soft" : "hard",
            "user-unknown", effects);
}

static struct report_sums *sums_of(struct place *p, const char *name)
{
    GError *error = NULL;
    struct report_sums *s = report_sums(p->db, name, &error);
    g_assert_no_error(error);
    return s;
}

static void test_sums(struct place *p, gconstpointer data)
{
    add_campaign(p, 1, "spring", 80, 20, 5);
    run(p->db, "UPDATE campaign_counter SET bounced_hard = 3, bounced_soft = 2");
    run(p->db, "INSERT INTO minute_counter (campaign_id, minute, accepted, refused) VALUES"
               " (1, 1, 60, 0), (1, 2, 0, 0), (1, 5, 20, 20)");
    struct report_sums *s = sums_of(p, "spring");
    g_assert_cmpint(s->people, ==, 100);
    g_assert_cmpint(s->sent, ==, 100);
    g_assert_cmpint(s->failed, ==, 25);
    g_assert_cmpint(s->bounced, ==, 5);
    g_assert_cmpint(s->busy_minutes, ==, 2);
    g_assert_cmpint(s->most_in_minute, ==, 60);
    g_assert_cmpint(s->last_us, ==, 5 * COUNTERS_MINUTE_US);
    g_assert_cmpfloat_with_epsilon(s->per_s, 100.0 / 120, 1e-9);
    report_sums_free(s);
    GError *error = NULL;
    g_assert_null(report_sums(p->db, "sprong", &error));
    assert_fails(error, CRIER_ERROR_NOT_FOUND, "spring");
}

static void test_figures_add_up(struct place *p, gconstpointer data)
{
    struct campaign_counts c = {.total = 36, .bounced_hard = 4, .unsubscribed = 2};
    gint64 sum = 0;
    for (int i = 0; i < DELIVERY_STATE_COUNT; i++)
        c.state[i] = i + 1;
    for (int f = REPORT_ACCEPTED; f < REPORT_FIGURE_COUNT; f++)
        if (f != REPORT_BOUNCED_HARD && f != REPORT_BOUNCED_SOFT && f != REPORT_COMPLAINED &&
            f != REPORT_UNSUBSCRIBED && f != REPORT_NEVER)
            sum += report_figure(&c, (enum report_figure)f);
    g_assert_cmpint(sum, ==, report_figure(&c, REPORT_PEOPLE));
    g_assert_cmpfloat(report_share(&c, REPORT_PEOPLE), ==, -1);
    g_assert_cmpfloat(report_share(&c, REPORT_NEVER), ==, -1);
    g_assert_cmpfloat_with_epsilon(report_share(&c, REPORT_BOUNCED_HARD), 4.0 / 29, 1e-9);
    c = (struct campaign_counts){0};
    g_assert_cmpfloat(report_share(&c, REPORT_ACCEPTED), ==, 0);
    for (int f = 0; f < REPORT_FIGURE_COUNT; f++) {
        g_assert_true(*report_figure_label((enum report_figure)f));
        g_assert_true(*report_figure_help((enum report_figure)f));
    }
}

static void test_average(struct place *p, gconstpointer data)
{
    double mean[REPORT_FIGURE_COUNT];
    int n = -1;
    g_assert_true(report_average(p->db, 1, 6, mean, &n, NULL));
    g_assert_cmpint(n, ==, 0);
    add_campaign(p, 1, "spring", 0, 100, 0);
    add_campaign(p, 2, "half", 50, 50, 0);
    add_campaign(p, 3, "all", 100, 0, 0);
    add_campaign(p, 4, "nobody", 0, 0, 7);
    g_assert_true(report_average(p->db, 1, 6, mean, &n, NULL));
    g_assert_cmpint(n, ==, 2);
    g_assert_cmpfloat_with_epsilon(mean[REPORT_ACCEPTED], 0.75, 1e-9);
    g_assert_true(report_average(p->db, 4, 1, mean, &n, NULL)); /* the last that ended */
    g_assert_cmpint(n, ==, 1);
    g_assert_cmpfloat_with_epsilon(mean[REPORT_ACCEPTED], 1, 1e-9);
}

static void test_domains(struct place *p, gconstpointer data)
{
    struct report_domain others;
    add_campaign(p, 1, "spring", 90, 10, 0);
    add_domain(p, 1, "a.example", 50, 5);
    add_domain(p, 1, "b.example", 30, 4);
    add_domain(p, 1, "c.example", 20, 1);
    run(p->db, "UPDATE campaign_counter SET bounced_hard = 3, bounced_soft = 2");
    bounce(p, 1, 1, "x@a.example", SAID_HARD | SAID_SUPPRESSED);
    bounce(p, 2, 1, "y@a.example", SAID_SOFT);
    bounce(p, 3, 1, "x@b.example", SAID_HARD);
    bounce(p, 4, 1, "x@c.example", SAID_SOFT);
    bounce(p, 5, 1, "", SAID_HARD);            /* erased since */
    bounce(p, 6, 1, "z@a.example", 0);         /* counted already */
    bounce(p, 7, 2, "z@a.example", SAID_HARD); /* of another */
    g_autoptr(GPtrArray) top = report_domains(p->db, 1, 2, NULL, &others, NULL);
    g_assert_cmpint(top->len, ==, 2);
    const struct report_domain *first = top->pdata[0];
    g_assert_cmpstr(first->name, ==, "a.example");
    g_assert_cmpint(first->bounced, ==, 2);
    g_assert_cmpint(others.domains, ==, 1);
    g_assert_cmpint(others.total, ==, 20);
    g_assert_cmpint(others.refused, ==, 1);
    g_assert_cmpint(others.bounced, ==, 2);
}

static void test_providers(struct place *p, gconstpointer data)
{
    struct providers *all = providers_new();
    struct provider *mail = providers_add(all, "mail");
    const char *const domains[] = {"a.example", NULL}, *const mx[] = {"*.mx.example", NULL};
    mail->label = g_strdup("Mail");
    mail->domains = g_strdupv((char **)domains);
    mail->mx = g_strdupv((char **)mx);
    g_assert_true(providers_index(all, NULL));
    add_campaign(p, 1, "spring", 90, 10, 0);
    add_domain(p, 1, "a.example", 10, 1);
    add_domain(p, 1, "hosted.example", 20, 2);
    add_domain(p, 1, "c.example", 60, 3);
    add_domain(p, 1, "d.example", 10, 4);
    run(p->db, "INSERT INTO mx (domain, hosts, status, looked_us) VALUES"
               " ('hosted.example', 'in.mx.example', 1, 1), ('d.example', 'd.example', 1, 1)");
    bounce(p, 1, 1, "x@hosted.example", SAID_HARD);
    bounce(p, 2, 1, "y@hosted.example", SAID_HARD);
    bounce(p, 3, 1, "y@d.example", SAID_SOFT);
    g_autoptr(GPtrArray) rows = report_providers(p->db, 1, all, NULL, 4, NULL);
    g_assert_cmpint(rows->len, ==, 2);
    const struct report_domain *first = rows->pdata[0], *rest = rows->pdata[1];
    g_assert_cmpstr(first->name, ==, "mail");
    g_assert_cmpstr(first->label, ==, "Mail");
    g_assert_cmpint(first->domains, ==, 2);
    g_assert_cmpint(first->total, ==, 30);
    g_assert_cmpint(first->bounced, ==, 2);
    g_assert_cmpstr(rest->name, ==, "");
    g_assert_cmpint(rest->total, ==, 70);
    g_assert_cmpint(rest->bounced, ==, 1);
    GError *error = NULL;
    g_assert_null(report_providers(p->db, 1, all, NULL, 3, &error)); /* too many for a screen */
    g_assert_no_error(error);
    providers_free(all);
}

static void test_bounces(struct place *p, gconstpointer data)
{
    add_campaign(p, 1, "spring", 90, 10, 0);
    for (int i = 0; i < 3; i++)
        add_said(p, 10 + i, 1, "hard", "user-unknown", SAID_HARD | SAID_SUPPRESSED);
    add_said(p, 20, 1, "soft", "mailbox-full", SAID_SOFT);
    add_said(p, 21, 1, "soft", "mailbox-full", 0); /* of a delivery that is counted already */
    add_said(p, 22, 2, "hard", "user-unknown", SAID_HARD);
    add_said(p, 23, 1, "none", "unknown", SAID_COMPLAINED);
    g_autoptr(GPtrArray) groups = bounced_groups(p->db, 1, 10, NULL);
    g_assert_cmpint(groups->len, ==, 2);
    const struct bounced_group *g = groups->pdata[0];
    g_assert_cmpstr(g->reason, ==, "user-unknown");
    g_assert_cmpint(g->n, ==, 3);
    struct bounced_who who = {SAID_HARD | SAID_SOFT, "hard", "user-unknown", ""};
    g_autoptr(GPtrArray) rows = bounced_page(p->db, 1, &who, 0, 2, NULL);
    g_assert_cmpint(rows->len, ==, 2);
    const struct said *last = rows->pdata[1];
    g_autoptr(GPtrArray) more = bounced_page(p->db, 1, &who, last->id, 2, NULL);
    g_assert_cmpint(more->len, ==, 1);
    who = (struct bounced_who){.effects = SAID_COMPLAINED};
    g_autoptr(GPtrArray) spam = bounced_page(p->db, 1, &who, 0, 10, NULL);
    g_assert_cmpint(spam->len, ==, 1);
    g_assert_cmpint(((const struct said *)spam->pdata[0])->delivery_id, ==, 23);
}

static void test_course(struct place *p, gconstpointer data)
{
    gint64 wide = 0;
    add_campaign(p, 1, "spring", 100, 0, 0);
    struct report_sums *none = sums_of(p, "spring");
    g_autoptr(GArray) empty = report_course(p->db, none, 10, &wide, NULL);
    g_assert_cmpint(empty->len, ==, 0);
    report_sums_free(none);
    /* Longer than a slice, the last minute in a slot of its own. */
    run(p->db, "INSERT INTO minute_counter (campaign_id, minute, accepted) VALUES"
               " (1, 100, 10), (1, 101, 20), (1, 5099, 30), (1, 10100, 40)");
    struct report_sums *s = sums_of(p, "spring");
    g_autoptr(GArray) slots = report_course(p->db, s, 100, &wide, NULL);
    gint64 sum = 0;
    g_assert_cmpint(wide, ==, 101);
    g_assert_cmpint(slots->len, ==, 100);
    for (guint i = 0; i < slots->len; i++)
        sum += g_array_index(slots, struct minute_count, i).accepted;
    g_assert_cmpint(sum, ==, 100);
    g_assert_cmpint(g_array_index(slots, struct minute_count, 0).accepted, ==, 30);
    g_assert_cmpint(g_array_index(slots, struct minute_count, 99).accepted, ==, 40);
    g_assert_cmpint(g_array_index(slots, struct minute_count, 1).minute, ==, 201);
    report_sums_free(s);
}

static void test_parts_have_names(struct place *p, gconstpointer data)
{
    for (int i = 0; i < REPORT_PART_COUNT; i++) {
        enum report_part part = REPORT_PART_COUNT;
        g_assert_true(report_part_parse(report_part_name((enum report_part)i), &part));
        g_assert_cmpint(part, ==, i);
    }
    g_assert_false(report_part_parse("links", &(enum report_part){0}));
}

static void test_csv_is_quoted(struct place *p, gconstpointer data)
{
    GError *error = NULL;
    struct providers *all = providers_new();
    const struct report_request r = {.name = "spring", .providers = all};
    add_campaign(p, 1, "spring", 1, 0, 0);
    run(p->db, "INSERT INTO reply_counter (campaign_id, state, code, enhanced, n, reply) VALUES"
               " (1, 3, 550, '5.1.1', 2, '=no, \"none\"')");
    g_autoptr(GString) csv = report_csv(p->db, &r, REPORT_PART_REPLIES, &error);
    g_assert_no_error(error);
    g_assert_cmpstr(csv->str, ==,
                    "state,count,code,enhanced,reply\r\n"
                    "refused,2,550,5.1.1,\"'=no, \"\"none\"\"\"\r\n");
    providers_free(all);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    TEST("/report/sums", test_sums);
    TEST("/report/figures/add-up", test_figures_add_up);
    TEST("/report/average", test_average);
    TEST("/report/domains", test_domains);
    TEST("/report/providers", test_providers);
    TEST("/report/bounces", test_bounces);
    TEST("/report/course", test_course);
    TEST("/report/parts/names", test_parts_have_names);
    TEST("/report/csv/quoted", test_csv_is_quoted);
    return g_test_run();
}
