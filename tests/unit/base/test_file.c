/*
 * Files: what a stranger could put in a file's place is refused, and refused without hanging.
 */
#include "config.h"

#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"

struct folder {
    char *path;
};

static void folder_make(struct folder *f, gconstpointer unused)
{
    g_autoptr(GError) error = NULL;

    f->path = g_dir_make_tmp("crier-file-XXXXXX", &error);
    g_assert_no_error(error);
}

static void remove_tree(const char *path)
{
    struct stat info;

    if (lstat(path, &info) == 0 && S_ISDIR(info.st_mode)) {
        GDir *dir = g_dir_open(path, 0, NULL);
        const char *name;

        while ((name = g_dir_read_name(dir)) != NULL) {
            g_autofree char *inner = g_build_filename(path, name, NULL);

            remove_tree(inner);
        }
        g_dir_close(dir);
        g_assert_cmpint(rmdir(path), ==, 0);
    } else {
        g_assert_cmpint(unlink(path), ==, 0);
    }
}

static void folder_remove(struct folder *f, gconstpointer unused)
{
    remove_tree(f->path);
    g_free(f->path);
}

static char *in(const struct folder *f, const char *name)
{
    return g_build_filename(f->path, name, NULL);
}

static void put(const struct folder *f, const char *name, const char *text, int mode)
{
    g_autofree char *path = in(f, name);
    g_autoptr(GError) error = NULL;

    file_write_atomic(path, text, strlen(text), mode, &error);
    g_assert_no_error(error);
}

static void make_dir(const struct folder *f, const char *name)
{
    g_autofree char *path = in(f, name);

    g_assert_cmpint(mkdir(path, 0700), ==, 0);
}

static void link_to(const struct folder *f, const char *target, const char *name)
{
    g_autofree char *path = in(f, name);

    g_assert_cmpint(symlink(target, path), ==, 0);
}

static void test_read(struct folder *f, gconstpointer unused)
{
    g_autofree char *path = in(f, "a");
    g_autofree char *text = NULL;
    gsize len = 0;

    put(f, "a", "hello\n", 0600);
    text = file_read(path, 6, &len, NULL);
    g_assert_cmpstr(text, ==, "hello\n");
    g_assert_cmpuint(len, ==, 6);
}

static void test_read_empty(struct folder *f, gconstpointer unused)
{
    g_autofree char *path = in(f, "a");
    g_autofree char *text = NULL;
    gsize len = 9;

    put(f, "a", "", 0600);
    text = file_read(path, 0, &len, NULL);
    g_assert_cmpstr(text, ==, "");
    g_assert_cmpuint(len, ==, 0);
}

static void test_read_large(struct folder *f, gconstpointer unused)
{
    g_autofree char *path = in(f, "a");
    g_autofree char *big = g_strnfill(300000, 'x');
    g_autofree char *text = NULL;

    put(f, "a", big, 0600);
    text = file_read(path, 300000, NULL, NULL);
    g_assert_cmpstr(text, ==, big);
}

/* A file that claims no size and has more than the first buffer. */
static void test_read_proc(void)
{
    gsize len = 0;
    g_autofree char *text = file_read("/proc/self/smaps", 16 << 20, &len, NULL);

    g_assert_nonnull(text);
    g_assert_cmpuint(len, >, 1024);
    g_assert_null(file_read("/proc/self/smaps", 1024, NULL, NULL));
}

static void refused(const char *path, gsize max_bytes, int code)
{
    g_autoptr(GError) error = NULL;
    gsize len = 7;

    g_assert_null(file_read(path, max_bytes, &len, &error));
    g_assert_error(error, CRIER_ERROR, code);
    g_assert_cmpuint(len, ==, 7);
}

static void test_read_refuses(struct folder *f, gconstpointer unused)
{
    g_autofree char *large = in(f, "large");
    g_autofree char *fifo = in(f, "fifo");
    g_autofree char *none = in(f, "none");
    g_autofree char *sock = in(f, "sock");

    put(f, "large", "1234567", 0600);
    g_assert_cmpint(mkfifo(fifo, 0600), ==, 0);
    /* Not by bind(): a folder for temporary files may have a longer name than a socket. */
    g_assert_cmpint(mknod(sock, S_IFSOCK | 0600, 0), ==, 0);
    refused(large, 6, CRIER_ERROR_INVALID);
    refused(fifo, 100, CRIER_ERROR_INVALID);
    refused(f->path, 100, CRIER_ERROR_INVALID);
    refused("/dev/zero", 100, CRIER_ERROR_INVALID);
    refused(none, 100, CRIER_ERROR_NOT_FOUND);
    refused(sock, 100, CRIER_ERROR_FAILED);
}

static void test_beneath(struct folder *f, gconstpointer unused)
{
    static const struct {
        const char *name;
        int code; /* -1: taken */
    } rows[] = {
        {"a", -1},
        {"./a", -1},
        {"sub/b", -1},
        {"sub//./b", -1},
        {"..a", -1},
        {"", CRIER_ERROR_INVALID},
        {".", CRIER_ERROR_INVALID},
        {"sub", CRIER_ERROR_INVALID},
        {"sub/", CRIER_ERROR_NOT_FOUND},
        {"a/b", CRIER_ERROR_NOT_FOUND},
        {"none", CRIER_ERROR_NOT_FOUND},
        {"/etc/passwd", CRIER_ERROR_INVALID},
        {"..", CRIER_ERROR_INVALID},
        {"../outside", CRIER_ERROR_INVALID},
        {"sub/../a", CRIER_ERROR_INVALID},
        {"sub/..", CRIER_ERROR_INVALID},
        {"link", CRIER_ERROR_INVALID},
        {"inside-link", CRIER_ERROR_INVALID},
        {"dir-link/b", CRIER_ERROR_INVALID},
        {"out-link/etc/passwd", CRIER_ERROR_INVALID},
        {"fifo", CRIER_ERROR_INVALID},
    };
    g_autofree char *fifo = in(f, "fifo");

    put(f, "a", "text", 0600);
    put(f, "..a", "text", 0600);
    make_dir(f, "sub");
    put(f, "sub/b", "text", 0600);
    link_to(f, "/etc/passwd", "link");
    link_to(f, "a", "inside-link");
    link_to(f, "sub", "dir-link");
    link_to(f, "/", "out-link");
    g_assert_cmpint(mkfifo(fifo, 0600), ==, 0);
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(GError) error = NULL;
        g_autofree char *text = file_read_beneath(f->path, rows[i].name, 100, NULL, &error);

        g_test_message("name \"%s\"", rows[i].name);
        if (rows[i].code < 0)
            g_assert_cmpstr(text, ==, "text");
        else
            g_assert_error(error, CRIER_ERROR, rows[i].code);
    }
}

/* The folder itself is the user's word: it may be reached through a link. */
static void test_beneath_linked_folder(struct folder *f, gconstpointer unused)
{
    g_autofree char *dir = in(f, "dir-link");
    g_autofree char *text = NULL;

    make_dir(f, "sub");
    put(f, "sub/b", "text", 0600);
    link_to(f, "sub", "dir-link");
    text = file_read_beneath(dir, "b", 100, NULL, NULL);
    g_assert_cmpstr(text, ==, "text");
}

static void test_beneath_leaks_nothing(struct folder *f, gconstpointer unused)
{
    int before = dup(0), after;

    put(f, "a", "text", 0600);
    make_dir(f, "sub");
    close(before);
    for (int i = 0; i < 10; i++) {
        g_free(file_read_beneath(f->path, "sub/./../a", 100, NULL, NULL));
        g_free(file_read_beneath(f->path, "sub/none", 100, NULL, NULL));
        g_free(file_read_beneath(f->path, "a", 100, NULL, NULL));
        g_free(file_read_beneath(f->path, "a", 1, NULL, NULL));
    }
    after = dup(0);
    close(after);
    g_assert_cmpint(after, ==, before);
}

static void test_error_is_safe(void)
{
    g_autoptr(GError) error = NULL;

    g_assert_null(file_read("/nowhere/\x1b[31m\n", 10, NULL, &error));
    g_assert_null(strchr(error->message, '\x1b'));
    g_assert_null(strchr(error->message, '\n'));
}

static guint count_names(const char *path)
{
    GDir *dir = g_dir_open(path, 0, NULL);
    guint count = 0;

    while (g_dir_read_name(dir) != NULL)
        count++;
    g_dir_close(dir);
    return count;
}

static void test_write_atomic(struct folder *f, gconstpointer unused)
{
    g_autofree char *path = in(f, "a");
    g_autofree char *text = NULL;
    struct stat info;
    mode_t before = umask(077);

    put(f, "a", "old and longer", 0600);
    put(f, "a", "new", 0640);
    umask(before);
    text = file_read(path, 100, NULL, NULL);
    g_assert_cmpstr(text, ==, "new");
    g_assert_cmpint(stat(path, &info), ==, 0);
    g_assert_cmpint(info.st_mode & 0777, ==, 0640);
    g_assert_cmpuint(count_names(f->path), ==, 1);
}

static void test_write_atomic_fails_clean(struct folder *f, gconstpointer unused)
{
    g_autofree char *path = in(f, "sub");
    g_autofree char *nowhere = in(f, "none/a");
    g_autoptr(GError) error = NULL;

    make_dir(f, "sub");
    g_assert_false(file_write_atomic(path, "x", 1, 0600, &error)); /* a folder has the name */
    g_assert_error(error, CRIER_ERROR, CRIER_ERROR_FAILED);
    g_clear_error(&error);
    g_assert_false(file_write_atomic(nowhere, "x", 1, 0600, &error));
    g_assert_error(error, CRIER_ERROR, CRIER_ERROR_NOT_FOUND);
    g_assert_cmpuint(count_names(f->path), ==, 1);
}

static void test_write_all_full(void)
{
    g_autoptr(GError) error = NULL;
    int fd = open("/dev/full", O_WRONLY | O_CLOEXEC);

    g_assert_false(file_write_all(fd, "x", 1, &error));
    g_assert_error(error, CRIER_ERROR, CRIER_ERROR_TRY_AGAIN);
    close(fd);
}

static gpointer drain(gpointer data)
{
    int fd = GPOINTER_TO_INT(data);
    gsize total = 0;
    char buffer[8192];
    gssize got;

    while ((got = read(fd, buffer, sizeof buffer)) > 0)
        total += (gsize)got;
    return GSIZE_TO_POINTER(total);
}

static void test_write_all_waits(void)
{
    int ends[2];
    g_autofree char *big = g_malloc0(1 << 20);
    GThread *reader;

    g_assert_cmpint(pipe2(ends, O_CLOEXEC), ==, 0);
    g_assert_cmpint(fcntl(ends[1], F_SETFL, O_NONBLOCK), ==, 0);
    reader = g_thread_new("drain", drain, GINT_TO_POINTER(ends[0]));
    g_assert_true(file_write_all(ends[1], big, 1 << 20, NULL));
    close(ends[1]);
    g_assert_cmpuint(GPOINTER_TO_SIZE(g_thread_join(reader)), ==, 1 << 20);
    close(ends[0]);
}

static void test_private_dir(struct folder *f, gconstpointer unused)
{
    static const mode_t open_modes[] = {0720, 0702, 01777};
    g_autofree char *path = in(f, "one/two");
    g_autofree char *file = in(f, "file");
    g_autoptr(GError) error = NULL;
    struct stat info;

    g_assert_true(file_make_private_dir(path, &error));
    g_assert_no_error(error);
    g_assert_cmpint(stat(path, &info), ==, 0);
    g_assert_cmpint(info.st_mode & 0777, ==, 0700);
    g_assert_true(file_make_private_dir(path, &error)); /* it exists now */
    g_assert_cmpint(chmod(path, 0755), ==, 0);
    g_assert_true(file_make_private_dir(path, &error)); /* others may look, not write */
    for (gsize i = 0; i < G_N_ELEMENTS(open_modes); i++) {
        g_assert_cmpint(chmod(path, open_modes[i]), ==, 0);
        g_assert_false(file_make_private_dir(path, &error));
        g_assert_error(error, CRIER_ERROR, CRIER_ERROR_INVALID);
        g_clear_error(&error);
    }
    put(f, "file", "x", 0600);
    g_assert_false(file_make_private_dir(file, &error));
    g_assert_nonnull(error);
}

static void test_private_dir_of_another(void)
{
    g_autoptr(GError) error = NULL;

    if (geteuid() == 0) {
        g_autofree char *dir = g_dir_make_tmp("crier-file-XXXXXX", NULL);

        g_assert_cmpint(chown(dir, 12345, 12345), ==, 0);
        g_assert_false(file_make_private_dir(dir, &error));
        g_assert_cmpint(rmdir(dir), ==, 0);
    } else {
        g_assert_false(file_make_private_dir("/etc", &error));
    }
    g_assert_error(error, CRIER_ERROR, CRIER_ERROR_INVALID);
}

static void test_secret(struct folder *f, gconstpointer unused)
{
    static const struct {
        const char *text;
        int mode;
        const char *want; /* NULL: refused */
    } rows[] = {
        {"pass word\n", 0600, "pass word"},
        {"pass\r\nmore\n", 0400, "pass"},
        {"no newline", 0600, "no newline"},
        {"pass\n", 0640, NULL},
        {"pass\n", 0604, NULL},
        {"pass\n", 0610, NULL},
        {"", 0600, NULL},
        {"\npass\n", 0600, NULL},
    };
    g_autofree char *path = in(f, "secret");

    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(GError) error = NULL;
        g_autofree char *got = NULL;

        put(f, "secret", rows[i].text, rows[i].mode);
        got = file_read_secret(path, &error);
        g_assert_cmpstr(got, ==, rows[i].want);
        if (rows[i].want == NULL)
            g_assert_error(error, CRIER_ERROR, CRIER_ERROR_INVALID);
    }
}

static void test_secret_refuses(struct folder *f, gconstpointer unused)
{
    g_autofree char *path = in(f, "secret");
    g_autofree char *fifo = in(f, "fifo");
    g_autofree char *big = g_strnfill(4097, 'x');
    g_autoptr(GError) error = NULL;

    g_assert_true(file_write_atomic(path, "a\0b\n", 4, 0600, NULL));
    g_assert_null(file_read_secret(path, &error));
    g_assert_error(error, CRIER_ERROR, CRIER_ERROR_INVALID);
    g_clear_error(&error);
    put(f, "secret", big, 0600);
    g_assert_null(file_read_secret(path, &error));
    g_assert_error(error, CRIER_ERROR, CRIER_ERROR_INVALID);
    g_clear_error(&error);
    g_assert_cmpint(mkfifo(fifo, 0600), ==, 0);
    g_assert_null(file_read_secret(fifo, &error));
    g_assert_error(error, CRIER_ERROR, CRIER_ERROR_INVALID);
}

static void test_network(void)
{
    const char *name = "unset";

    g_assert_false(file_is_on_network("/proc", &name));
    g_assert_false(file_is_on_network("/does/not/exist", &name));
    g_assert_cmpstr(name, ==, "unset");
}

static void add(const char *path, void (*test)(struct folder *, gconstpointer))
{
    g_test_add(path, struct folder, NULL, folder_make, test, folder_remove);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    add("/file/read/whole", test_read);
    add("/file/read/empty", test_read_empty);
    add("/file/read/large", test_read_large);
    g_test_add_func("/file/read/without-size", test_read_proc);
    add("/file/read/refuses", test_read_refuses);
    g_test_add_func("/file/read/error-is-safe", test_error_is_safe);
    add("/file/beneath/names", test_beneath);
    add("/file/beneath/linked-folder", test_beneath_linked_folder);
    add("/file/beneath/leaks-nothing", test_beneath_leaks_nothing);
    add("/file/write-atomic/replaces", test_write_atomic);
    add("/file/write-atomic/fails-clean", test_write_atomic_fails_clean);
    g_test_add_func("/file/write-all/full", test_write_all_full);
    g_test_add_func("/file/write-all/waits", test_write_all_waits);
    add("/file/private-dir/modes", test_private_dir);
    g_test_add_func("/file/private-dir/of-another", test_private_dir_of_another);
    add("/file/secret/lines-and-modes", test_secret);
    add("/file/secret/refuses", test_secret_refuses);
    g_test_add_func("/file/network", test_network);
    return g_test_run();
}
