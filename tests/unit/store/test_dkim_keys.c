/*
 * DKIM keys: row and file together, both or none, and a file that is not the row's.
 */
#include "config.h"

#include "store/dkim_keys.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>

#include "../base/keys.h"
#include "base/error.h"
#include "place.h"

static struct crypto_key *key_of(const char *pem)
{
    struct crypto_key *k = crypto_key_parse(pem, strlen(pem), NULL);

    g_assert_nonnull(k);
    return k;
}

static void add(struct place *p, const char *domain, const char *selector, const char *pem)
{
    g_autoptr(GError) error = NULL;
    struct crypto_key *k = key_of(pem);

    g_assert_true(dkim_keys_add(p->db, p->ws, domain, selector, k, &error));
    g_assert_no_error(error);
    crypto_key_unref(k);
}

static GPtrArray *all(struct place *p, const char *domain)
{
    g_autoptr(GError) error = NULL;
    GPtrArray *keys = dkim_keys_all(p->db, domain, &error);

    g_assert_no_error(error);
    return keys;
}

static void test_add(struct place *p, gconstpointer data)
{
    struct stat st;

    add(p, "example.org", "two", key_ed25519);
    add(p, "example.org", "one", key_rsa_pkcs1);
    add(p, "example.com", "one", key_rsa_pkcs1);
    g_autoptr(GPtrArray) keys = all(p, NULL);
    g_autoptr(GPtrArray) some = all(p, "example.org");
    g_assert_cmpuint(keys->len, ==, 3);
    g_assert_cmpuint(some->len, ==, 2);
    const struct dkim_key *first = some->pdata[0], *second = some->pdata[1];
    g_assert_cmpstr(first->selector, ==, "one"); /* RSA first, whatever came first */
    g_assert_cmpint(first->kind, ==, CRYPTO_KEY_RSA);
    g_assert_cmpstr(first->public_key, ==, key_rsa_public);
    g_assert_cmpint(second->kind, ==, CRYPTO_KEY_ED25519);
    g_assert_true(second->enabled);
    g_assert_false(g_path_is_absolute(first->key_file));

    g_autofree char *path = dkim_keys_path(p->ws, first);
    g_autofree char *dir = g_path_get_dirname(path);
    g_assert_cmpint(stat(path, &st), ==, 0);
    g_assert_cmpint(st.st_mode & 07777, ==, 0600);
    g_assert_cmpint(stat(dir, &st), ==, 0);
    g_assert_cmpint(st.st_mode & 07777, ==, 0700);
    struct crypto_key *k = dkim_keys_load(p->ws, first, NULL);
    g_autofree char *public = crypto_key_public(k);
    g_assert_cmpstr(public, ==, key_rsa_public);
    crypto_key_unref(k);
}

/* A taken selector, and a file that nobody knows: neither is overwritten. */
static void test_taken(struct place *p, gconstpointer data)
{
    struct crypto_key *k = key_of(key_rsa_pkcs8);
    g_autofree char *stray =
        g_build_filename(p->ws->dir, "secrets/dkim/example.org-b.pem", NULL);
    g_autofree char *kept = NULL;
    g_autoptr(GError) error = NULL;

    add(p, "example.org", "a", key_ed25519);
    g_assert_false(dkim_keys_add(p->db, p->ws, "example.org", "a", k, &error));
    g_assert_error(error, CRIER_ERROR, CRIER_ERROR_EXISTS);
    g_clear_error(&error);
    g_assert_true(g_file_set_contents(stray, "precious", -1, NULL));
    g_assert_false(dkim_keys_add(p->db, p->ws, "example.org", "b", k, &error));
    g_assert_error(error, CRIER_ERROR, CRIER_ERROR_EXISTS);
    g_assert_true(g_file_get_contents(stray, &kept, NULL, NULL));
    g_assert_cmpstr(kept, ==, "precious");
    g_autoptr(GPtrArray) keys = all(p, NULL);
    g_assert_cmpuint(keys->len, ==, 1);
    crypto_key_unref(k);
}

/* No row without its file. */
static void test_unwritable(struct place *p, gconstpointer data)
{
    struct crypto_key *k = key_of(key_rsa_pkcs8);
    g_autofree char *secrets = g_build_filename(p->ws->dir, "secrets", NULL);
    g_autoptr(GError) error = NULL;

    g_assert_true(g_file_set_contents(secrets, "a file where the folder should be", -1, NULL));
    g_assert_false(dkim_keys_add(p->db, p->ws, "example.org", "a", k, &error));
    g_assert_nonnull(error);
    g_autoptr(GPtrArray) keys = all(p, NULL);
    g_assert_cmpuint(keys->len, ==, 0);
    crypto_key_unref(k);
}

static void test_delete(struct place *p, gconstpointer data)
{
    g_autoptr(GError) error = NULL;

    add(p, "example.org", "a", key_ed25519);
    g_autoptr(GPtrArray) keys = all(p, NULL);
    const struct dkim_key *k = keys->pdata[0];
    g_autofree char *path = dkim_keys_path(p->ws, k);
    g_assert_true(dkim_keys_delete(p->db, p->ws, k, &error));
    g_assert_no_error(error);
    g_assert_false(g_file_test(path, G_FILE_TEST_EXISTS));
    g_autoptr(GPtrArray) none = all(p, NULL);
    g_assert_cmpuint(none->len, ==, 0);
    add(p, "example.org", "a", key_rsa_pkcs8); /* the name is free again */
}

static void check_load(struct place *p, const struct dkim_key *k, const char *says)
{
    g_autoptr(GError) error = NULL;

    g_assert_null(dkim_keys_load(p->ws, k, &error));
    g_assert_nonnull(error);
    g_assert_nonnull(strstr(error->message, "example.org"));
    g_assert_nonnull(strstr(error->message, says));
}

static void test_load(struct place *p, gconstpointer data)
{
    add(p, "example.org", "a", key_ed25519);
    g_autoptr(GPtrArray) keys = all(p, NULL);
    const struct dkim_key *k = keys->pdata[0];
    g_autofree char *path = dkim_keys_path(p->ws, k);
    g_assert_true(g_file_set_contents(path, key_rsa_pkcs8, -1, NULL));
    check_load(p, k, "another key");
    g_assert_true(g_file_set_contents(path, "garbage", -1, NULL));
    check_load(p, k, "no private key");
    g_assert_cmpint(g_unlink(path), ==, 0);
    check_load(p, k, "example.org-a.pem");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add("/dkim-keys/add", struct place, NULL, place_begin, test_add, place_end);
    g_test_add("/dkim-keys/never-overwrites", struct place, NULL, place_begin, test_taken,
               place_end);
    g_test_add("/dkim-keys/no-row-without-its-file", struct place, NULL, place_begin,
               test_unwritable, place_end);
    g_test_add("/dkim-keys/delete", struct place, NULL, place_begin, test_delete, place_end);
    g_test_add("/dkim-keys/load", struct place, NULL, place_begin, test_load, place_end);
    return g_test_run();
}
