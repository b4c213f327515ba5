/*
 * Pools: the text form, and who takes the next message.
 */
#include "config.h"

#include "model/pool.h"

#include <string.h>

#include "base/error.h"

/* ---- the text ---- */

static void texts(void)
{
    static const struct {
        const char *text, *is;
    } rows[] = {
        {"main", "main:1"},
        {"main:3 second", "main:3, second:1"},
        {" main:3,second:1 ,, spare:0", "main:3, second:1, spare:0"},
        {"b:0,a:1000", "b:0, a:1000"},
        {"main:03", "main:3"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        GError *error = NULL;
        struct pool p;
        pool_init(&p);
        p.servers = (g_free(p.servers), g_strdup(rows[i].text));
        g_assert_true(pool_check(&p, &error));
        g_assert_no_error(error);
        g_assert_cmpstr(p.servers, ==, rows[i].is);
        /* What it writes it reads as the same. */
        g_assert_true(pool_check(&p, &error));
        g_assert_cmpstr(p.servers, ==, rows[i].is);
        pool_clear(&p);
    }
}

static void wrong_texts(void)
{
    static const struct {
        const char *text, *says;
    } rows[] = {
        {"", "at least one server"}, {" , ", "at least one server"},   {"Main:3", "'Main:3'"},
        {"main:", "0 to 1000"},      {"main:1001", "0 to 1000"},       {"main:-1", "0 to 1000"},
        {"main:3:4", "0 to 1000"},   {"main:x", "0 to 1000"},          {":3", "':3'"},
        {"main:1 main:2", "twice"},  {"a b c main \x1b[31m", "\\x1b"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(GError) error = NULL;
        g_assert_null(pool_parse(rows[i].text, &error));
        g_assert_error(error, CRIER_ERROR, CRIER_ERROR_INVALID);
        if (!strstr(error->message, rows[i].says))
            g_error("'%s': %s", rows[i].text, error->message);
    }
}

static void at_most_so_many(void)
{
    g_autoptr(GString) text = g_string_new(NULL);
    for (int i = 0; i < POOL_MAX_MEMBERS; i++)
        g_string_append_printf(text, "s%d ", i);
    g_autoptr(GPtrArray) all = pool_parse(text->str, NULL);
    g_assert_cmpuint(all->len, ==, POOL_MAX_MEMBERS);
    g_string_append(text, "more");
    g_assert_null(pool_parse(text->str, NULL));
}

static void names(void)
{
    g_assert_true(pool_names("main:3, second:1", "second"));
    g_assert_false(pool_names("main:3, second:1", "seco"));
    g_assert_false(pool_names("main:3, second:1", "second:1"));
    g_assert_false(pool_names("", "main"));
}

/* ---- the choice ---- */

#define MANY 1000000

static struct pool_turn turn(int weight)
{
    return (struct pool_turn){.weight = weight, .room = MANY, .may_send = TRUE};
}

static void weights_over_1000_picks(void)
{
    static const int rows[][4] = {{3, 1, 0, 0},    {1, 1, 0, 0}, {1, 1, 1, 1}, {5, 3, 2, 0},
                                  {1000, 1, 0, 0}, {7, 0, 0, 3}, {1, 0, 0, 0}};
    for (gsize row = 0; row < G_N_ELEMENTS(rows); row++) {
        struct pool_turn t[4];
        int n[4] = {0}, total = 0;
        for (int i = 0; i < 4; i++) {
            t[i] = turn(rows[row][i]);
            total += rows[row][i];
        }
        for (int k = 1; k <= 1000; k++) {
            int i = pool_pick(t, 4, NULL);
            g_assert_cmpint(i, >=, 0);
            n[i]++;
            /* At every moment each has its part, to within one message of each other. */
            for (int j = 0; j < 4; j++) {
                double due = (double)k * rows[row][j] / total;
                g_assert_cmpfloat(ABS((double)n[j] - due), <, 3.0);
            }
        }
        for (int i = 0; i < 4; i++)
            g_assert_cmpint(ABS(n[i] - 1000 * rows[row][i] / total), <=, 1);
    }
}

/* 3:1 is A A B A, not A A A B A A A B. */
static void it_is_smooth(void)
{
    struct pool_turn t[2] = {turn(3), turn(1)};
    char said[9] = "";
    for (int i = 0; i < 8; i++)
        said[i] = (char)('A' + pool_pick(t, 2, NULL));
    g_assert_cmpstr(said, ==, "AABAAABA");
}

static void who_rests_gets_none_and_makes_nothing_up(void)
{
    struct pool_turn t[2] = {turn(3), turn(1)};
    t[0].may_send = FALSE;
    for (int i = 0; i < 100; i++)
        g_assert_cmpint(pool_pick(t, 2, NULL), ==, 1);
    t[0].may_send = TRUE;
    int n = 0;
    for (int i = 0; i < 100; i++)
        n += pool_pick(t, 2, NULL) == 0;
    g_assert_cmpint(n, >=, 74);
    g_assert_cmpint(n, <=, 76);
}

static void reserves_in_their_order(void)
{
    struct pool_turn t[4] = {turn(0), turn(2), turn(0), turn(1)};
    for (int i = 0; i < 30; i++)
        g_assert_cmpint(pool_pick(t, 4, NULL) % 2, ==, 1);
    t[1].may_send = FALSE; /* one of weight is left: no reserve yet */
    g_assert_cmpint(pool_pick(t, 4, NULL), ==, 3);
    t[3].may_send = FALSE;
    g_assert_cmpint(pool_pick(t, 4, NULL), ==, 0);
    g_assert_cmpint(pool_pick(t, 4, NULL), ==, 0);
    t[0].may_send = FALSE;
    g_assert_cmpint(pool_pick(t, 4, NULL), ==, 2);
    t[2].may_send = FALSE;
    g_assert_cmpint(pool_pick(t, 4, NULL), ==, POOL_NOBODY);
    t[1].may_send = TRUE;
    g_assert_cmpint(pool_pick(t, 4, NULL), ==, 1);
}

/* A quota: room for 10 and then none may be sent. */
static void a_quota_moves_on(void)
{
    struct pool_turn t[2] = {turn(3), turn(1)};
    int n[2] = {0};
    t[0].room = 10;
    for (int i = 0; i < 40; i++) {
        int got = pool_pick(t, 2, NULL);
        if (got == POOL_FULL) {
            t[0].may_send = FALSE;
            got = pool_pick(t, 2, NULL);
        }
        n[got]++;
    }
    g_assert_cmpint(n[0], ==, 10);
    g_assert_cmpint(n[1], ==, 30);
}

static void the_turn_of_one_without_room_is_waited_for(void)
{
    struct pool_turn t[3] = {turn(3), turn(1), turn(0)};
    int whose = -1;
    t[0].room = 2;
    g_assert_cmpint(pool_pick(t, 3, NULL), ==, 0);
    g_assert_cmpint(pool_pick(t, 3, NULL), ==, 0);
    g_assert_cmpint(pool_pick(t, 3, NULL), ==, 1);
    struct pool_turn before[3];
    memcpy(before, t, sizeof t);
    g_assert_cmpint(pool_pick(t, 3, &whose), ==, POOL_FULL);
    g_assert_cmpint(whose, ==, 0);
    g_assert_cmpmem(before, sizeof before, t, sizeof t); /* asking changes nothing */
    t[0].is_passed = TRUE;
    g_assert_cmpint(pool_pick(t, 3, NULL), ==, 1);
    t[1].is_passed = TRUE;
    t[1].room = 0; /* both may send, so the reserve is none of theirs */
    g_assert_cmpint(pool_pick(t, 3, NULL), ==, POOL_FULL);
    t[0].room = 1;
    g_assert_cmpint(pool_pick(t, 3, NULL), ==, 0);
}

static void nobody(void)
{
    struct pool_turn none[1] = {{.weight = 1, .room = MANY}};
    g_assert_cmpint(pool_pick(NULL, 0, NULL), ==, POOL_NOBODY);
    g_assert_cmpint(pool_pick(none, 1, NULL), ==, POOL_NOBODY);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/pool/text", texts);
    g_test_add_func("/pool/wrong-text", wrong_texts);
    g_test_add_func("/pool/at-most-so-many", at_most_so_many);
    g_test_add_func("/pool/names", names);
    g_test_add_func("/pool/weights-over-1000-picks", weights_over_1000_picks);
    g_test_add_func("/pool/smooth", it_is_smooth);
    g_test_add_func("/pool/who-rests", who_rests_gets_none_and_makes_nothing_up);
    g_test_add_func("/pool/reserves", reserves_in_their_order);
    g_test_add_func("/pool/quota", a_quota_moves_on);
    g_test_add_func("/pool/waits", the_turn_of_one_without_room_is_waited_for);
    g_test_add_func("/pool/nobody", nobody);
    return g_test_run();
}
