/*
 * Runs the corpus of a fuzz target: each file as it is, cut short at many places, and with
 * octets changed by a generator of fixed seed, so that a failure comes again. Not for
 * searching: that is libFuzzer's.
 */
#include "config.h"

#include <glib.h>
#include <string.h>

#include "fuzz.h"

#define CUTS 24
#define CHANGES 200   /* unless CRIER_FUZZ_CHANGES says another number */
#define MAX_CHANGED 8 /* octets of one input */

/* Octets that mean something to one grammar or the other. */
static const char telling[] = "\0\n\r\t \"'\\{}()<>[]=;:,.#/@&%|-+*\xff\xc3\x80";

static void run(const char *data, gsize len)
{
    /* A copy of the exact size, so that a sanitizer sees what reads past its end. */
    g_autofree char *copy = g_malloc(MAX(len, 1));
    memcpy(copy, data, len);
    LLVMFuzzerTestOneInput((const guint8 *)copy, len);
}

static void run_changed(GRand *rand, const char *data, gsize len)
{
    g_autofree char *copy = g_memdup2(data, len);
    int n = g_rand_int_range(rand, 1, MAX_CHANGED + 1);
    for (int i = 0; i < n; i++) {
        gsize at = (gsize)g_rand_int_range(rand, 0, (gint32)len);
        copy[at] = g_rand_boolean(rand)
                       ? telling[g_rand_int_range(rand, 0, (gint32)sizeof telling - 1)]
                       : (char)g_rand_int_range(rand, 0, 256);
    }
    run(copy, len);
}

static void test_file(gconstpointer path)
{
    g_autofree char *data = NULL;
    gsize len;
    GError *error = NULL;
    if (!g_file_get_contents(path, &data, &len, &error))
        g_error("%s", error->message);
    run(data, len);
    for (gsize i = 0; i < CUTS && len > 0; i++)
        run(data, len * i / CUTS);
    GRand *rand = g_rand_new_with_seed(20270301);
    const char *more = g_getenv("CRIER_FUZZ_CHANGES");
    gint64 changes = more ? g_ascii_strtoll(more, NULL, 10) : CHANGES;
    for (gint64 i = 0; i < changes && len > 0; i++)
        run_changed(rand, data, len);
    g_rand_free(rand);
}

static gint by_name(gconstpointer a, gconstpointer b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* "fuzz_template" -> CRIER_SRCDIR/tests/fuzz/corpus/template */
static char *corpus_of(const char *program)
{
    const char *name = strstr(program, "fuzz_");
    const char *source = g_getenv("CRIER_SRCDIR");
    g_assert(name && source);
    return g_build_filename(source, "tests", "fuzz", "corpus", name + strlen("fuzz_"), NULL);
}

int main(int argc, char **argv)
{
    g_autofree char *program = g_path_get_basename(argv[0]);
    g_test_init(&argc, &argv, NULL);
    g_autofree char *folder = corpus_of(program);
    GError *error = NULL;
    GDir *dir = g_dir_open(folder, 0, &error);
    if (!dir)
        g_error("%s", error->message);
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    for (const char *name; (name = g_dir_read_name(dir));)
        g_ptr_array_add(names, g_strdup(name));
    g_dir_close(dir);
    g_ptr_array_sort(names, by_name);
    g_autoptr(GPtrArray) paths = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; i < names->len; i++) {
        g_autofree char *test = g_strdup_printf("/%s/%s", program, (char *)names->pdata[i]);
        char *path = g_build_filename(folder, names->pdata[i], NULL);
        g_ptr_array_add(paths, path);
        g_test_add_data_func(test, path, test_file);
    }
    g_assert_cmpuint(names->len, >, 0);
    return g_test_run();
}
