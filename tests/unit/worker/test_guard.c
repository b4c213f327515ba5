/* Messages in hand when a process dies: which of them is at fault. */
#include "config.h"

#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "worker/guard.h"

struct place {
    char *path;
};

static void set_up(struct place *p, gconstpointer data)
{
    int fd = g_file_open_tmp("crier-guard-XXXXXX", &p->path, NULL);
    g_assert_cmpint(fd, >=, 0);
    close(fd);
}

static void tear_down(struct place *p, gconstpointer data)
{
    g_unlink(p->path);
    g_free(p->path);
}

/* As a death leaves it: the file is opened anew while it says what is in hand. */
static struct guard *after_death(struct place *p, gint64 mailbox_id, const char *uid)
{
    g_autofree char *was = NULL;
    gsize len = 0;
    struct guard *g = guard_open(p->path);
    g_assert_true(guard_begin(g, mailbox_id, uid));
    g_assert_true(g_file_get_contents(p->path, &was, &len, NULL));
    guard_free(g);
    g_assert_true(g_file_set_contents(p->path, was, (gssize)len, NULL));
    return guard_open(p->path);
}

static void nothing_happened(struct place *p, gconstpointer data)
{
    for (int i = 0; i < 5; i++) {
        struct guard *g = guard_open(p->path);
        g_assert_false(guard_is_careful(g));
        g_assert_true(guard_begin(g, 1, "7"));
        guard_end(g);
        guard_free(g);
    }
}

static void one_death_makes_careful(struct place *p, gconstpointer data)
{
    struct guard *g = after_death(p, 1, "7");
    g_assert_true(guard_is_careful(g));
    g_assert_true(guard_begin(g, 1, "7"));
    for (int i = 0; i < 1000; i++)
        g_assert_true(guard_begin(g, 1, "8"));
    g_assert_false(guard_is_careful(g));
    guard_free(g);
}

static void the_same_again_and_again(struct place *p, gconstpointer data)
{
    for (int i = 1; i <= GUARD_DEATHS; i++) {
        struct guard *g = after_death(p, 1, "7");
        g_assert_true(guard_begin(g, 1, "8"));
        g_assert_true(guard_begin(g, 2, "7"));
        g_assert_cmpint(guard_begin(g, 1, "7"), ==, i < GUARD_DEATHS);
        g_assert_true(guard_is_careful(g));
        /* Its end is another death, with the same one in hand. */
        g_autofree char *line = g_strdup_printf("%d 1 7", i);
        guard_free(g);
        g_assert_true(g_file_set_contents(p->path, line, -1, NULL));
    }
}

static void different_ones(struct place *p, gconstpointer data)
{
    static const char *const uids[] = {"1", "2", "3", "4", "5"};
    for (gsize i = 0; i < G_N_ELEMENTS(uids); i++) {
        struct guard *g = after_death(p, 1, uids[i]);
        g_assert_true(guard_begin(g, 1, uids[i]));
        guard_free(g);
        g_autofree char *line = g_strdup_printf("1 1 %s", uids[i]);
        g_assert_true(g_file_set_contents(p->path, line, -1, NULL));
    }
}

static void without_a_file(void)
{
    const char *const paths[] = {NULL, "/nowhere/at/all"};
    for (gsize i = 0; i < G_N_ELEMENTS(paths); i++) {
        struct guard *g = guard_open(paths[i]);
        g_assert_true(guard_begin(g, 1, "7"));
        g_assert_false(guard_is_careful(g));
        guard_free(g);
    }
}

static void nonsense_is_no_death_of_anybody(struct place *p, gconstpointer data)
{
    g_autofree char *long_line = g_strnfill(5000, '9');
    const char *const texts[] = {"", "-", "9", "x y z", "-1 1 7", "99999999999999999999 1 7",
                                 long_line};
    for (gsize i = 0; i < G_N_ELEMENTS(texts); i++) {
        g_assert_true(g_file_set_contents(p->path, texts[i], -1, NULL));
        struct guard *g = guard_open(p->path);
        g_assert_true(guard_begin(g, 1, "8"));
        guard_free(g);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define ADD(name, function)                                                                    \
    g_test_add("/guard/" name, struct place, NULL, set_up, function, tear_down)
    ADD("nothing-happened", nothing_happened);
    ADD("one-death-makes-careful", one_death_makes_careful);
    ADD("the-same-again-and-again", the_same_again_and_again);
    ADD("different-ones", different_ones);
    ADD("nonsense", nonsense_is_no_death_of_anybody);
    g_test_add_func("/guard/without-a-file", without_a_file);
    return g_test_run();
}
