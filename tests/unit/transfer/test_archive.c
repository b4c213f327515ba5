/*
 * ZIP archives, whole ones and damaged ones. The archive is made here, octet by octet; the
 * system tests read those of another program.
 */
#include "config.h"

#include "transfer/archive.h"

#include <glib/gstdio.h>
#include <string.h>

#include "base/error.h"

static char *path;

/* "hello, hello, hello\n", packed by deflate. */
static const guint8 packed[] = {0xcb, 0x48, 0xcd, 0xc9, 0xc9, 0xd7,
                                0x51, 0xc8, 0x40, 0xa2, 0xb8, 0x00};
static const char plain[] = "hello, hello, hello\n";
#define PLAIN_CRC 0x526e42e7u

static void put(GByteArray *a, guint32 n, int octets)
{
    for (int i = 0; i < octets; i++, n >>= 8) {
        guint8 c = (guint8)n;
        g_byte_array_append(a, &c, 1);
    }
}

struct spec {
    const char *name;
    guint16 method, flags;
    guint32 crc, size;
    gint64 offset; /* -1: the right one */
};

static const struct spec good = {"letters/a.csv", 8, 0, PLAIN_CRC, sizeof plain - 1, -1};

static GByteArray *make(const struct spec *s, int copies)
{
    GByteArray *a = g_byte_array_new(), *dir = g_byte_array_new();
    for (int i = 0; i < copies; i++) {
        guint32 offset = a->len;
        put(a, 0x04034b50, 4);
        put(a, 20, 2), put(a, s->flags, 2), put(a, s->method, 2), put(a, 0, 4);
        put(a, s->crc, 4), put(a, sizeof packed, 4), put(a, s->size, 4);
        put(a, (guint32)strlen(s->name), 2), put(a, 0, 2);
        g_byte_array_append(a, (const guint8 *)s->name, (guint)strlen(s->name));
        g_byte_array_append(a, packed, sizeof packed);
        put(dir, 0x02014b50, 4), put(dir, 20, 2);
        put(dir, 20, 2), put(dir, s->flags, 2), put(dir, s->method, 2), put(dir, 0, 4);
        put(dir, s->crc, 4), put(dir, sizeof packed, 4), put(dir, s->size, 4);
        put(dir, (guint32)strlen(s->name), 2), put(dir, 0, 2), put(dir, 0, 2);
        put(dir, 0, 2), put(dir, 0, 2), put(dir, 0, 4);
        put(dir, s->offset < 0 ? offset : (guint32)s->offset, 4);
        g_byte_array_append(dir, (const guint8 *)s->name, (guint)strlen(s->name));
    }
    guint32 at = a->len;
    g_byte_array_append(a, dir->data, dir->len);
    put(a, 0x06054b50, 4), put(a, 0, 4), put(a, (guint32)copies, 2), put(a, (guint32)copies, 2);
    put(a, dir->len, 4), put(a, at, 4), put(a, 0, 2);
    g_byte_array_unref(dir);
    return a;
}

static struct archive *open_octets(const guint8 *data, gsize len, GError **error)
{
    g_assert_true(g_file_set_contents(path, (const char *)data, (gssize)len, NULL));
    return archive_open(path, error);
}

/* TRUE when the archive opens and its first entry reads to the end as it should. */
static gboolean reads(const guint8 *data, gsize len, GError **error)
{
    char buffer[7];
    g_autoptr(GString) text = g_string_new(NULL);
    struct archive *a = open_octets(data, len, error);
    gssize n = -1;
    if (a && archive_count(a) > 0 && archive_begin(a, 0, error))
        while ((n = archive_read(a, buffer, sizeof buffer, error)) > 0)
            g_string_append_len(text, buffer, n);
    archive_free(a);
    return n == 0 && strcmp(text->str, plain) == 0;
}

static void whole(void)
{
    GError *error = NULL;
    GByteArray *a = make(&good, 1);
    g_assert_true(reads(a->data, a->len, &error));
    g_assert_no_error(error);
    g_assert_true(archive_is_zip(path));
    struct archive *z = archive_open(path, NULL);
    g_assert_cmpint(archive_count(z), ==, 1);
    g_assert_cmpstr(archive_name(z, 0), ==, "a.csv");
    g_assert_cmpint(archive_size(z, 0), ==, (gint64)sizeof plain - 1);
    g_assert_cmpint(archive_find(z, "a.csv"), ==, 0);
    g_assert_cmpint(archive_find(z, "b.csv"), ==, -1);
    archive_free(z);
    g_byte_array_unref(a);
}

static void refused(void)
{
    static const struct {
        struct spec spec;
        int copies;
        const char *words;
    } rows[] = {
        {{"a.csv", 8, 1, PLAIN_CRC, 20, -1}, 1, "encrypted"},
        {{"a.csv", 12, 0, PLAIN_CRC, 20, -1}, 1, "method"},
        {{"a.csv", 8, 0, PLAIN_CRC, 0xffffffff, -1}, 1, "2 GiB"},
        {{"a.csv", 8, 0, PLAIN_CRC, 50 * 1024 * 1024, -1}, 1, "too large"},
        {{"a.csv", 8, 0, PLAIN_CRC, 20, -1}, 2, "twice"},
        {{"a.csv", 8, 0, PLAIN_CRC + 1, 20, -1}, 1, "damaged"},
        {{"a.csv", 8, 0, PLAIN_CRC, 21, -1}, 1, "damaged"},
        {{"a.csv", 8, 0, PLAIN_CRC, 19, -1}, 1, "damaged"},
        {{"a.csv", 8, 0, PLAIN_CRC, 20, 100000}, 1, "damaged"},
        {{"a.csv", 8, 0, PLAIN_CRC, 20, 7}, 1, "damaged"},
        {{"a.csv", 0, 0, PLAIN_CRC, 20, -1}, 1, "damaged"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        GError *error = NULL;
        GByteArray *a = make(&rows[i].spec, rows[i].copies);
        g_assert_false(reads(a->data, a->len, &error));
        g_assert_error(error, CRIER_ERROR, CRIER_ERROR_INVALID);
        if (!strstr(error->message, rows[i].words))
            g_error("row %d: expected \"%s\", got \"%s\"", (int)i, rows[i].words,
                    error->message);
        g_clear_error(&error);
        g_byte_array_unref(a);
    }
}

/* Cut at every length and with every octet changed: an error or the right text, never another.
 */
static void damaged(void)
{
    GByteArray *a = make(&good, 1);
    for (guint n = 0; n < a->len; n++) {
        g_autoptr(GError) error = NULL;
        g_assert_false(reads(a->data, n, &error));
        g_assert_nonnull(error);
    }
    for (guint i = 0; i < a->len; i++) {
        g_autoptr(GError) error = NULL;
        g_autofree guint8 *copy = g_memdup2(a->data, a->len);
        copy[i] ^= 0xff;
        if (!reads(copy, a->len, &error))
            continue;
        g_assert_no_error(error);
    }
    g_byte_array_unref(a);
}

static void hidden_and_folders(void)
{
    static const char *const names[] = {"__MACOSX/a.csv", "folder/", ".DS_Store", "x/.hidden"};
    for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
        struct spec s = good;
        s.name = names[i];
        GByteArray *a = make(&s, 1);
        struct archive *z = open_octets(a->data, a->len, NULL);
        g_assert_nonnull(z);
        g_assert_cmpint(archive_count(z), ==, 0);
        archive_free(z);
        g_byte_array_unref(a);
    }
    static const char *const paths[] = {"../../etc/a.csv", "/a.csv", "C:\\x\\a.csv"};
    for (gsize i = 0; i < G_N_ELEMENTS(paths); i++) {
        struct spec s = good;
        s.name = paths[i];
        GByteArray *a = make(&s, 1);
        struct archive *z = open_octets(a->data, a->len, NULL);
        g_assert_cmpstr(archive_name(z, 0), ==, "a.csv");
        archive_free(z);
        g_byte_array_unref(a);
    }
}

static void no_archive(void)
{
    GError *error = NULL;
    g_assert_null(open_octets((const guint8 *)"email\nann@example.org\n", 22, &error));
    g_assert_error(error, CRIER_ERROR, CRIER_ERROR_INVALID);
    g_clear_error(&error);
    g_assert_false(archive_is_zip(path));
    g_assert_false(archive_is_zip("/"));
    g_assert_null(archive_open("/nowhere/a.zip", &error));
    g_assert_error(error, CRIER_ERROR, CRIER_ERROR_NOT_FOUND);
    g_clear_error(&error);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_autofree char *dir = g_dir_make_tmp("crier-zip-XXXXXX", NULL);
    path = g_build_filename(dir, "x.zip", NULL);
    g_test_add_func("/archive/whole", whole);
    g_test_add_func("/archive/refused", refused);
    g_test_add_func("/archive/damaged", damaged);
    g_test_add_func("/archive/hidden-and-folders", hidden_and_folders);
    g_test_add_func("/archive/no-archive", no_archive);
    int rc = g_test_run();
    g_remove(path);
    g_rmdir(dir);
    g_free(path);
    return rc;
}
