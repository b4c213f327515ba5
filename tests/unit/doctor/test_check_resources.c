/* What a machine short of something looks like: figures in, a finding out. */
#include "config.h"

#include "doctor/check_resources.h"

#include <errno.h>
#include <string.h>

#define MIB (G_GINT64_CONSTANT(1024) * 1024)

static struct doctor_finding *finding(void)
{
    struct doctor_finding *f = g_new0(struct doctor_finding, 1);
    f->evidence = g_ptr_array_new_with_free_func(g_free);
    f->transcript = g_ptr_array_new_with_free_func(g_free);
    return f;
}

static void finding_end(struct doctor_finding *f)
{
    g_free(f->text);
    g_free(f->next);
    g_ptr_array_unref(f->evidence);
    g_ptr_array_unref(f->transcript);
    g_free(f);
}

static struct resources healthy(void)
{
    return (struct resources){.dir = "/w",
                              .has_room = TRUE,
                              .room = {.total_bytes = 1000 * MIB,
                                       .free_bytes = 500 * MIB,
                                       .total_inodes = 1000,
                                       .free_inodes = 900},
                              .descriptors = 1024,
                              .connections = 8};
}

static void check(const struct resources *r, enum doctor_result result, const char *code,
                  const char *part)
{
    struct doctor_finding *f = finding();
    resources_judge(r, f);
    g_test_message("%s", f->text);
    g_assert_cmpstr(f->code, ==, code);
    g_assert_cmpint(f->result, ==, result);
    g_assert_nonnull(strstr(f->text, part));
    finding_end(f);
}

static void test_disk(void)
{
    static const struct {
        gint64 free_mib, total_mib;
        enum doctor_result result;
        const char *code, *part;
    } rows[] = {
        {500, 1000, DOCTOR_OK, NULL, "of disk are left"},
        {50, 1000, DOCTOR_OK, NULL, "of disk are left"},
        {40, 1000, DOCTOR_WARN, "disk", "4 % of the disk of /w is left"},
        {3, 1000, DOCTOR_FAIL, "disk-full", "sending stops"},
        {0, 1000, DOCTOR_FAIL, "disk-full", "sending stops"},
        {30 * 1024, 4 * 1024 * 1024, DOCTOR_OK, NULL, "of disk are left"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct resources r = healthy();
        r.room.free_bytes = rows[i].free_mib * MIB;
        r.room.total_bytes = rows[i].total_mib * MIB;
        check(&r, rows[i].result, rows[i].code, rows[i].part);
    }
}

static void test_files(void)
{
    struct resources r = healthy();
    r.room.free_inodes = 20;
    check(&r, DOCTOR_WARN, "inodes", "room for only 20 more files");
    r.room.free_inodes = 0;
    check(&r, DOCTOR_FAIL, "inodes", "room for only 0 more files");
    r.room.total_inodes = 0; /* it does not count them */
    check(&r, DOCTOR_OK, NULL, "left");
    r = healthy();
    r.room.is_readonly = TRUE;
    check(&r, DOCTOR_FAIL, "read-only", "mounted read-only");
    r = healthy();
    r.write_error = EACCES;
    check(&r, DOCTOR_FAIL, "read-only", "/w cannot be written to");
    r.write_error = EIO;
    check(&r, DOCTOR_FAIL, "read-only", "Input/output error");
}

static void test_database(void)
{
    struct resources r = healthy();
    r.damage = "row 1 missing from index";
    check(&r, DOCTOR_FAIL, "damaged", "the database is damaged: row 1 missing from index");
    r = healthy();
    r.unreadable = "database /w/crier.db: it is no database. Bring one back";
    struct doctor_finding *f = finding();
    resources_judge(&r, f);
    g_assert_cmpstr(f->code, ==, "unreadable");
    g_assert_cmpstr(f->text, ==, "database /w/crier.db: it is no database");
    g_assert_cmpstr(f->next, ==, "Bring one back");
    finding_end(f);
    r = healthy();
    r.wal_bytes = 1500 * MIB;
    check(&r, DOCTOR_WARN, "wal", "grown to 1500 MiB");
}

static void test_clock(void)
{
    static const struct {
        gint64 ahead_s;
        const char *source;
        enum doctor_result result;
        const char *part;
    } rows[] = {
        {7 * 60, "mail.example.org", DOCTOR_WARN,
         "the clock of this machine is 7 min ahead of mail.example.org"},
        {-2 * 3600, "Gmail", DOCTOR_WARN, "behind Gmail"},
        {119, "mail.example.org", DOCTOR_OK, "left"},
        {7 * 60, NULL, DOCTOR_OK, "left"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct resources r = healthy();
        r.ahead_s = rows[i].ahead_s;
        r.clock_source = rows[i].source;
        check(&r, rows[i].result, rows[i].result == DOCTOR_WARN ? "clock" : NULL, rows[i].part);
    }
    struct resources alone = {.descriptors = -1, .clock_source = "mail.example.org"};
    check(&alone, DOCTOR_OK, NULL, "the clock of this machine agrees with mail.example.org");
    alone.clock_source = NULL;
    check(&alone, DOCTOR_OK, NULL, "without a workspace");
}

static void test_worker(void)
{
    struct resources r = healthy();
    r.worker = "the role send (process 7) has been silent for 99 s";
    r.worker_next = "End the worker and start it again";
    check(&r, DOCTOR_WARN, "worker", "silent for 99 s");
    r.is_worker_stuck = TRUE;
    check(&r, DOCTOR_FAIL, "worker", "silent for 99 s");
}

static void test_descriptors(void)
{
    struct resources r = healthy();
    r.connections = 960;
    check(&r, DOCTOR_OK, NULL, "left");
    r.connections = 961;
    check(&r, DOCTOR_WARN, "descriptors", "961 connections");
    r.descriptors = -1;
    check(&r, DOCTOR_OK, NULL, "left");
}

/* What stops mail is said; the rest stands below it. */
static void test_worst_first(void)
{
    struct resources r = healthy();
    struct doctor_finding *f = finding();
    r.room.free_bytes = 40 * MIB;
    r.damage = "page 7";
    r.connections = 5000;
    resources_judge(&r, f);
    g_assert_cmpstr(f->code, ==, "damaged");
    g_assert_cmpuint(f->evidence->len, ==, 2);
    g_assert_true(g_str_has_prefix(f->evidence->pdata[0], "4 % of the disk"));
    finding_end(f);
}

static void test_times_in_replies(void)
{
    gint64 at = 0;
    g_assert_true(
        resources_find_time("2.0.0 OK  1795340412 d2e1a72fcca58-1.2 - gsmtp", 1, &at));
    g_assert_cmpint(at, ==, G_GINT64_CONSTANT(1795340412) * G_USEC_PER_SEC);
    g_assert_false(resources_find_time("2.0.0 Ok: queued as 1795340412", 1, &at));
    g_assert_false(resources_find_time("2.0.0 OK 17953404120 x - gsmtp", 1, &at));
    g_assert_false(resources_find_time("", 1, &at));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/doctor/resources/disk", test_disk);
    g_test_add_func("/doctor/resources/files", test_files);
    g_test_add_func("/doctor/resources/database", test_database);
    g_test_add_func("/doctor/resources/clock", test_clock);
    g_test_add_func("/doctor/resources/worker", test_worker);
    g_test_add_func("/doctor/resources/descriptors", test_descriptors);
    g_test_add_func("/doctor/resources/worst-first", test_worst_first);
    g_test_add_func("/doctor/resources/times-in-replies", test_times_in_replies);
    return g_test_run();
}
