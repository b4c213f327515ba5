/* What sizes of packets mean. */
#include "config.h"

#include "doctor/mtu.h"

#include <string.h>

/* Runs `say` as a check. */
static const void *seen_now;

static void say_path(struct doctor *d, struct doctor_finding *f)
{
    mtu_judge_path(seen_now, f);
}

static void say_holes(struct doctor *d, struct doctor_finding *f)
{
    mtu_judge_holes(seen_now, f);
}

static struct doctor_run *run(void (*say)(struct doctor *, struct doctor_finding *),
                              const void *seen)
{
    struct doctor_check list[] = {
        {.number = 1, .name = "a", .title = "a", .of = DOCTOR_OF_ALL, .run = say},
        {.number = 0},
    };
    seen_now = seen;
    return doctor_run_list(list, doctor_subject_machine(NULL, NULL), NULL);
}

static void check(struct doctor_run *r, enum doctor_result result, const char *code,
                  const char *text, const char *evidence)
{
    const struct doctor_finding *f = r->findings->pdata[0];
    g_assert_cmpstr(f->text, ==, text);
    g_assert_cmpint(f->result, ==, result);
    g_assert_cmpstr(f->code, ==, code);
    gboolean is_there = FALSE;
    for (guint i = 0; i < f->evidence->len; i++)
        is_there = is_there || strstr(f->evidence->pdata[i], evidence);
    g_assert_true(is_there);
    doctor_run_free(r);
}

#define INFO(m)                                                                                \
    {                                                                                          \
        .mtu = 1500, .mss = m, .has_timestamps = TRUE, .rtt_us = 12300, .window = 65160        \
    }

static void test_path(void)
{
    static const struct {
        struct path_seen seen;
        enum doctor_result result;
        const char *code, *text, *evidence;
    } cases[] = {
        {{.address = "203.0.113.25",
          .info = INFO(1448),
          .own_mtu = 1500,
          .mtu = 1500,
          .is_proven = TRUE},
         DOCTOR_OK,
         NULL,
         "MTU 1500; a packet carries 1448 octets of mail (MSS), and a round trip takes 12.3 ms",
         "MTU 1500 - 40 (IP and TCP headers) - 12 (timestamps) = 1448 octets"},
        {{.address = "2001:db8::25", .info = INFO(1428), .own_mtu = 1500, .mtu = 1500},
         DOCTOR_OK,
         NULL,
         "MTU 1500; a packet carries 1428 octets of mail (MSS), and a round trip takes 12.3 ms",
         "met with silence"},
        {{.address = "203.0.113.25",
          .info = INFO(1448),
          .own_mtu = 1500,
          .mtu = 1400,
          .limit = "10.0.1.1"},
         DOCTOR_OK,
         NULL,
         "MTU 1400, limited by 10.0.1.1; a packet carries 1348 octets of mail (MSS), and a "
         "round "
         "trip takes 12.3 ms",
         "10.0.1.1 says: 1400 at most"},
        {{.address = "203.0.113.25", .info = INFO(1208), .own_mtu = 1500, .mtu = 1500},
         DOCTOR_OK,
         NULL,
         "MTU 1500; a packet carries 1208 octets of mail (MSS), and a round trip takes 12.3 ms",
         "1208 octets at most (MSS)"},
        {{.address = "203.0.113.25",
          .info = {.mss = 1448, .has_timestamps = TRUE, .rtt_us = 12300, .window = 2000},
          .own_mtu = 1500,
          .mtu = 1500},
         DOCTOR_WARN,
         "window",
         "203.0.113.25 takes only 2000 octets at a time: its receive window holds you back, at "
         "12.3 ms a round trip",
         "window 2000 octets"},
        {{.address = "203.0.113.25",
          .info = {.mss = 1460, .rtt_us = 12300, .window = 65160, .retransmissions = 2},
          .own_mtu = 1500,
          .mtu = 1500},
         DOCTOR_WARN,
         "loss",
         "2 packets were lost on the way to 203.0.113.25 before anything was said",
         "MTU 1500 - 40 (IP and TCP headers) = 1460 octets"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++)
        check(run(say_path, &cases[i].seen), cases[i].result, cases[i].code, cases[i].text,
              cases[i].evidence);
}

static void test_holes(void)
{
    static const struct {
        struct mtu_seen seen;
        enum doctor_result result;
        const char *code, *text, *evidence;
    } cases[] = {
        {{.peer = "a",
          .before = INFO(1448),
          .after = INFO(1448),
          .sent_bytes = 1848,
          .got_bytes = 900,
          .is_acked = TRUE,
          .took_us = 2000},
         DOCTOR_OK,
         NULL,
         "full-size packets get to a",
         "1848 octets at once, in packets of 1448: arrived (2.0 ms), sent again 0 times"},
        {{.peer = "a",
          .before = INFO(1448),
          .after = INFO(1448),
          .got_bytes = 3000,
          .is_acked = TRUE},
         DOCTOR_OK,
         NULL,
         "full-size packets get to a and back",
         "3000 octets came back"},
        {{.peer = "a",
          .before = INFO(1448),
          .after = {.mtu = 1280, .retransmissions = 1},
          .sent_bytes = 1848,
          .got_bytes = 900,
          .is_acked = TRUE},
         DOCTOR_OK,
         NULL,
         "full-size packets get to a; the way told the right size, 1280 octets",
         "1500 octets are too many: MTU 1280"},
        {{.peer = "a",
          .before = INFO(1448),
          .after = {.mtu = 1500, .retransmissions = 4},
          .sent_bytes = 1848},
         DOCTOR_FAIL,
         "mtu-hole",
         "small commands get to a, but full-size packets vanish on the way: a path MTU black "
         "hole",
         "no receipt (0.0 ms), sent again 4 times"},
        {{.peer = "a",
          .before = INFO(1448),
          .after = {.mtu = 1500, .out_of_order = 1},
          .is_acked = TRUE},
         DOCTOR_FAIL,
         "mtu-hole-back",
         "what a sends in full-size packets vanishes on the way back: a path MTU black hole",
         "0 octets came back"},
        {{.peer = "a", .before = INFO(1448), .after = INFO(1448), .is_acked = TRUE},
         DOCTOR_WARN,
         "mtu-back",
         "full-size packets get to a, but no answer to them came back: it is slow, or its own "
         "full-size packets vanish",
         "0 octets came back"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++)
        check(run(say_holes, &cases[i].seen), cases[i].result, cases[i].code, cases[i].text,
              cases[i].evidence);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/mtu/path", test_path);
    g_test_add_func("/mtu/holes", test_holes);
    return g_test_run();
}
