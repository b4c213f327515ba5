/*
 * Messages made by other threads: what comes back is what would have been made here, whatever
 * is forgotten meanwhile.
 */
#include "config.h"

#include "tests/unit/patience.h"
#include "worker/signing.h"

#include <string.h>

#include "../base/keys.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/field.h"
#include "message/dkim.h"
#include "net/smtp.h"

#define JOBS 200
#define NOW_US (G_GINT64_CONSTANT(1795282080) * CLOCK_SECOND_US)

static const guint8 key[RENDER_KEY_BYTES] = {1, 2, 3};

struct bench { /* what each test needs */
    struct loop *loop;
    struct signing *signing;
    struct letter *letter;
    GPtrArray *signers;
};

static struct letter *make_letter(void)
{
    g_autoptr(GError) error = NULL;
    struct campaign c;

    campaign_init(&c);
    g_assert_true(field_set_key(campaign_fields(), &c, "from", "news@example.org", &error));
    g_assert_true(field_set_key(campaign_fields(), &c, "subject", "Hello", &error));
    c.name = g_strdup("spring");
    g_free(c.text);
    c.text = g_strdup("Dear {{name}},\n\nwelcome.\n");
    struct letter *l = letter_new(&c, NULL, &error);
    g_assert_no_error(error);
    campaign_clear(&c);
    return l;
}

static void signer_unref(gpointer s)
{
    dkim_signer_unref(s);
}

static void begin(struct bench *b, gconstpointer data)
{
    static const char *const pems[] = {key_rsa_pkcs8, key_ed25519};

    b->loop = loop_new();
    b->signing = signing_new(b->loop);
    b->letter = make_letter();
    b->signers = g_ptr_array_new_with_free_func(signer_unref);
    for (gsize i = 0; i < G_N_ELEMENTS(pems); i++) {
        struct crypto_key *k = crypto_key_parse(pems[i], strlen(pems[i]), NULL);

        g_ptr_array_add(b->signers, dkim_signer_new("example.org", "s", k));
        crypto_key_unref(k);
    }
}

static void end(struct bench *b, gconstpointer data)
{
    signing_free(b->signing);
    loop_free(b->loop);
    g_ptr_array_unref(b->signers);
    letter_free(b->letter);
}

/* The texts are freed by the caller as soon as the job is started. */
static struct signing_job *start(struct bench *b, int i, const char *name)
{
    g_autofree char *address = g_strdup_printf("member%d@example.net", i);
    g_autofree char *json = g_strdup_printf("{\"name\":\"%s %d\"}", name, i);
    struct recipe recipe = {.letter = b->letter,
                            .signers = b->signers,
                            .key = key,
                            .now_us = NOW_US,
                            .person = {.delivery_id = i + 1,
                                       .address = address,
                                       .fields_json = json,
                                       .date = "Thu, 1 Jan 1970 00:00:00 +0000"}};

    return b->signers ? signing_start(b->signing, &recipe)
                      : signing_make_here(b->signing, &recipe);
}

static char *whole(const struct rendered *m)
{
    GString *s = g_string_new(NULL);

    for (guint i = 0; i < m->chunks->len; i++) {
        const struct smtp_chunk *c = &g_array_index(m->chunks, struct smtp_chunk, i);
        g_string_append_len(s, c->data, (gssize)c->len);
    }
    g_assert_cmpuint(s->len, ==, m->size);
    return g_string_free(s, FALSE);
}

static char *made_here(struct bench *b, int i)
{
    g_autofree char *address = g_strdup_printf("member%d@example.net", i);
    g_autofree char *json = g_strdup_printf("{\"name\":\"Ann %d\"}", i);
    struct recipe recipe = {.letter = b->letter,
                            .signers = b->signers,
                            .key = key,
                            .now_us = NOW_US,
                            .person = {.delivery_id = i + 1,
                                       .address = address,
                                       .fields_json = json,
                                       .date = "Thu, 1 Jan 1970 00:00:00 +0000"}};
    struct rendered m;

    rendered_init(&m);
    g_assert_true(recipe_make(&recipe, &m, NULL));
    char *text = whole(&m);
    rendered_clear(&m);
    return text;
}

static void wait_ready(struct bench *b, const struct signing_job *j)
{
    gint64 deadline = clock_mono_us() + PATIENCE_US;

    while (!signing_is_ready(j)) {
        g_assert_cmpint(clock_mono_us(), <, deadline);
        loop_run_once(b->loop, CLOCK_SECOND_US);
    }
}

static void test_same(struct bench *b, gconstpointer data)
{
    struct signing_job *jobs[JOBS];
    struct rendered m;

    rendered_init(&m);
    for (int i = 0; i < JOBS; i++)
        jobs[i] = start(b, i, "Ann");
    for (int i = 0; i < JOBS; i++) {
        g_autofree char *want = made_here(b, i);

        wait_ready(b, jobs[i]);
        g_assert_true(signing_take(jobs[i], &m, NULL));
        g_autofree char *got = whole(&m);
        g_assert_cmpstr(got, ==, want);
        g_assert_true(g_str_has_prefix(got, "DKIM-Signature: v=1; a=rsa-sha256;"));
        g_assert_nonnull(strstr(got, "DKIM-Signature: v=1; a=ed25519-sha256;"));
        g_assert_cmpstr(m.envelope.sender, ==, "news@example.org");
    }
    rendered_clear(&m);
}

/* Every third is taken; the others are forgotten at once, while they are made, or when ready.
 */
static void test_forgotten(struct bench *b, gconstpointer data)
{
    struct signing_job *jobs[JOBS];
    struct rendered m;

    rendered_init(&m);
    for (int i = 0; i < JOBS; i++) {
        jobs[i] = start(b, i, "Ann");
        if (i % 3 == 0)
            signing_forget(g_steal_pointer(&jobs[i]));
    }
    for (int i = 0; i < JOBS; i++) {
        if (i % 3 == 1) {
            g_autofree char *want = made_here(b, i);

            wait_ready(b, jobs[i]);
            g_assert_true(signing_take(jobs[i], &m, NULL));
            g_autofree char *got = whole(&m);
            g_assert_cmpstr(got, ==, want);
        } else {
            signing_forget(jobs[i]); /* NULL, ready or not */
        }
    }
    rendered_clear(&m);
}

/* Not signed, made by no thread: more at a time than are kept, taken and forgotten in turn. */
static void test_here(struct bench *b, gconstpointer data)
{
    struct signing_job *jobs[JOBS];
    struct rendered m;

    g_clear_pointer(&b->signers, g_ptr_array_unref);
    rendered_init(&m);
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < JOBS; i++) {
            jobs[i] = start(b, i, i == 7 ? "\"broken" : "Ann");
            g_assert_true(signing_is_ready(jobs[i]));
        }
        for (int i = 0; i < JOBS; i++) {
            g_autofree char *want = made_here(b, i);
            g_autoptr(GError) error = NULL;

            if (i % 3 == 0) {
                signing_forget(jobs[i]);
                continue;
            }
            gboolean ok = signing_take(jobs[i], &m, &error);
            g_assert_cmpint(ok, ==, i != 7);
            g_assert_cmpint(ok, ==, error == NULL);
            g_autofree char *got = ok ? whole(&m) : g_strdup(want);
            g_assert_cmpstr(got, ==, want);
        }
    }
    rendered_clear(&m);
    b->signers = g_ptr_array_new();
}

static void test_ends_in_the_middle(struct bench *b, gconstpointer data)
{
    for (int i = 0; i < JOBS; i++)
        signing_forget(start(b, i, "Ann"));
    /* end() frees the pool while jobs are in it. */
}

static void test_errors(struct bench *b, gconstpointer data)
{
    struct signing_job *bad = start(b, 1, "\"broken");
    struct signing_job *good = start(b, 2, "Ann");
    g_autoptr(GError) error = NULL;
    struct rendered m;

    rendered_init(&m);
    wait_ready(b, bad);
    wait_ready(b, good);
    g_assert_false(signing_take(bad, &m, &error));
    g_assert_error(error, CRIER_ERROR, CRIER_ERROR_INVALID);
    g_assert_true(signing_take(good, &m, NULL));
    rendered_clear(&m);
}

static void test_room(struct bench *b, gconstpointer data)
{
    struct signing_job *jobs[JOBS];
    g_autofree char *name = g_strnfill(400 * 1024, 'x');
    int n = 0;

    /* Ready ones of some size, until no more are wanted; without them there is room again. */
    g_assert_true(signing_has_room(b->signing));
    while (signing_has_room(b->signing)) {
        g_assert_cmpint(n, <, JOBS);
        jobs[n] = start(b, n, name);
        wait_ready(b, jobs[n++]);
    }
    g_assert_cmpint(n, >, 1);
    for (int i = 0; i < n; i++)
        signing_forget(jobs[i]);
    g_assert_true(signing_has_room(b->signing));
}

/* The same for those that are made here: less is held ready, and nothing when they are gone. */
static void test_room_here(struct bench *b, gconstpointer data)
{
    struct signing_job *jobs[JOBS];
    g_autofree char *name = g_strnfill(100 * 1024, 'x');
    int n = 0;

    g_clear_pointer(&b->signers, g_ptr_array_unref);
    while (signing_has_room_here(b->signing)) {
        g_assert_cmpint(n, <, JOBS);
        jobs[n] = start(b, n, name);
        n++;
    }
    g_assert_cmpint(n, >, 1);
    g_assert_true(signing_has_room(b->signing));
    for (int i = 0; i < n; i++)
        signing_forget(jobs[i]);
    g_assert_true(signing_has_room_here(b->signing));
    b->signers = g_ptr_array_new();
}

#ifdef __SANITIZE_ADDRESS__
/* GLib keeps a pool's threads for a while after it is gone; what libcrypto holds for each is freed
 * when the thread ends, which may be after this program. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
    return "leak:libcrypto";
}
#endif

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define ADD(path, test) g_test_add(path, struct bench, NULL, begin, test, end)
    ADD("/signing/as-if-made-here", test_same);
    ADD("/signing/forgotten-jobs", test_forgotten);
    ADD("/signing/without-a-thread", test_here);
    ADD("/signing/ends-in-the-middle", test_ends_in_the_middle);
    ADD("/signing/errors-come-back", test_errors);
    ADD("/signing/room", test_room);
    ADD("/signing/room-here", test_room_here);
    return g_test_run();
}
