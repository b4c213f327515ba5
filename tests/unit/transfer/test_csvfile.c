/*
 * CSV as people write it, and as nobody should.
 */
#include "config.h"

#include "transfer/csvfile.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"

static char *folder;

static char *write_file(const char *data, gsize len)
{
    char *path = g_build_filename(folder, "people.csv", NULL);
    g_assert_true(g_file_set_contents(path, data, (gssize)len, NULL));
    return path;
}

/* As UTF-8 whatever is in it: what is found out is tested further down. */
static struct csvfile *open_utf8(const char *path, GError **error)
{
    const struct csvfile_options o = {.path = path, .charset = "utf-8"};
    return csvfile_open_with(&o, error);
}

static struct csvfile *open_text(const char *data, gsize len)
{
    GError *error = NULL;
    g_autofree char *path = write_file(data, len);
    struct csvfile *f = open_utf8(path, &error);
    g_assert_no_error(error);
    return f;
}

/* The whole file as text: "LINE:cell|cell;…", faults as "LINE:!", the end as "." or "failed".
 */
static char *digest(struct csvfile *f, GString *messages)
{
    GString *out = g_string_new(NULL);
    for (;;) {
        const char *const *cells;
        gint64 line = 0;
        GError *error = NULL;
        enum csvfile_status status = csvfile_next(f, &cells, &line, &error);
        if (error) {
            if (messages)
                g_string_append_printf(messages, "%s\n", error->message);
            g_error_free(error);
        }
        if (status == CSVFILE_END || status == CSVFILE_FAILED) {
            g_string_append(out, status == CSVFILE_END ? "." : "failed");
            return g_string_free(out, FALSE);
        }
        g_string_append_printf(out, "%" G_GINT64_FORMAT ":", line);
        for (int i = 0; status == CSVFILE_ROW && cells[i]; i++)
            g_string_append_printf(out, "%s%s", i ? "|" : "", cells[i]);
        g_string_append(out, status == CSVFILE_ROW ? ";" : "!;");
    }
}

static void check(const char *data, gsize len, const char *want, const char *message)
{
    g_autoptr(GString) messages = g_string_new(NULL);
    struct csvfile *f = open_text(data, len);
    g_autofree char *got = digest(f, messages);
    if (strcmp(got, want) != 0)
        g_error("\"%s\": expected %s, got %s (%s)", data, want, got, messages->str);
    if (message && !strstr(messages->str, message))
        g_error("\"%s\": expected \"%s\", got \"%s\"", data, message, messages->str);
    csvfile_free(f);
}

static void test_rows(void)
{
    static const struct {
        const char *text, *digest;
    } rows[] = {
        {"a,b\n", "."},
        {"a,b", "."},
        {"a,b\n1,2\n3,4\n", "2:1|2;3:3|4;."},
        {"a,b\r\n1,2\r\n3,4", "2:1|2;3:3|4;."},
        {"a,b\r1,2\r3,4\r", "2:1|2;3:3|4;."},
        {"\xef\xbb\xbf"
         "a,b\n1,2\n",
         "2:1|2;."},
        {"a,b\n1\n", "2:1|;."},
        {"a,b\n,\n", "2:|;."},
        {"a,b\n\n\n1,2\n\r\n   \n3,4\n", "4:1|2;7:3|4;."},
        {"\n\na,b\n1,2\n", "4:1|2;."},
        {"a,b\n  1 x , 2\t\n", "2:  1 x | 2\t;."},
        {"a,b\n\" 1 \",\"x, y\"\n", "2: 1 |x, y;."},
        {"a,b\n\"1\n2\",3\n4,5\n", "2:1\n2|3;4:4|5;."},
        {"a,b\r\n\"1\r\n2\",3\r\n4,5\r\n", "2:1\r\n2|3;4:4|5;."},
        {"a,b\n\"1\r2\r\r3\",3\r4,5\r", "2:1\r2\r\r3|3;6:4|5;."},
        {"a,b\n\"say \"\"hi\"\"\",\"\"\n", "2:say \"hi\"|;."},
        {"a,b\nRobert \"Bob\" Smith,5\"\n1,2\n", "2:Robert \"Bob\" Smith|5\";3:1|2;."},
        {"a,b\n\"1\" ,\"2\"\t\n\"3\"  \n", "2:1|2;3:3|;."},
        {"a;b\n1,5;2\n", "2:1,5|2;."},
        {"a\tb\n1;5\t\"2\"\n", "2:1;5|2;."},
        {"\"x;y\",b\n1;2,3\n", "2:1;2|3;."},
        {"a,b\n\xc3\xa9,\xf0\x9f\x8c\xb7\n", "2:\xc3\xa9|\xf0\x9f\x8c\xb7;."},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
        check(rows[i].text, strlen(rows[i].text), rows[i].digest, NULL);
}

static void test_bad_rows(void)
{
    static const struct {
        const char *text;
        gsize len; /* 0: strlen */
        const char *digest, *message;
    } rows[] = {
        {"a,b\n1,\xff\n3,4\n", 0, "2:!;3:3|4;.", "line 2, cell 2: it is not valid UTF-8"},
        {"a,b\n\xc3,2\n3,4\n", 0, "2:!;3:3|4;.", "line 2, cell 1: it is not valid UTF-8"},
        {"a,b\n1,x\0y\n3,4\n", 14, "2:!;3:3|4;.", "line 2, cell 2: it has a NUL octet"},
        {"a,b\n1,2,3\n4,5\n", 0, "2:!;3:4|5;.",
         "line 2: it has 3 cells, but the heading has 2"},
        {"a,b\n\"1\"x,2\n3,4\n", 0, "2:!;3:3|4;.", "line 2, cell 1: text follows the closing"},
        {"a,b\r\n1,\"2\"x\r\n3,4\r\n", 0, "2:!;3:3|4;.", "line 2, cell 2: text follows"},
        {"a,b\n\"1\" \"2\",3\n4,5\n", 0, "2:!;3:4|5;.", "line 2, cell 1: text follows"},
        {"a,b\n\"1\n2,3\n\"4\",5\n6,7\n", 0, "2:!;5:6|7;.", "line 2, cell 1: text follows"},
        {"a,b\n\"1\"x", 0, "2:!;.", "line 2, cell 1: text follows"},
        {"a,b\n1,2\n3,\"4\n5,6\n", 0, "2:1|2;failed", "line 3: a quote is opened in this row"},
        {"a,b\n1,2\n\"3,4", 0, "2:1|2;failed", "line 3: a quote is opened in this row"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
        check(rows[i].text, rows[i].len ? rows[i].len : strlen(rows[i].text), rows[i].digest,
              rows[i].message);
}

static void refuse(const char *path, int code, const char *words)
{
    GError *error = NULL;
    g_assert_null(open_utf8(path, &error));
    g_assert_error(error, CRIER_ERROR, code);
    if (!strstr(error->message, words) || !g_str_has_prefix(error->message, path))
        g_error("expected \"%s: %s\", got \"%s\"", path, words, error->message);
    g_error_free(error);
}

static void test_bad_headings(void)
{
    static const struct {
        const char *text;
        gsize len;
        const char *words;
    } rows[] = {
        {"", 0, "this file is empty"},
        {"\n\n  \n", 0, "this file is empty"},
        {"\xef\xbb\xbf", 0, "this file is empty"},
        {"a,b,a\n", 0, "the column \"a\" is there twice"},
        {"a, a \n", 0, "the column \"a\" is there twice"},
        {"a,\xff\n", 0, "line 1, cell 2: it is not valid UTF-8"},
        {"a,b\0\n", 5, "line 1, cell 2: it has a NUL octet"},
        {"\xff\xfe"
         "a\0,\0b\0",
         8, "this file is utf-16le"},
        {"\"a,b\n1,2\n", 0, "a quote is opened in the heading and never closed"},
        {"\"a\"b,c\n", 0, "line 1, cell 1: text follows the closing quote"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        gsize len = rows[i].len ? rows[i].len : strlen(rows[i].text);
        g_autofree char *path = write_file(rows[i].text, len);
        refuse(path, CRIER_ERROR_INVALID, rows[i].words);
    }
}

static void test_no_file(void)
{
    g_autofree char *missing = g_build_filename(folder, "missing.csv", NULL);
    g_autofree char *fifo = g_build_filename(folder, "fifo", NULL);
    refuse(missing, CRIER_ERROR_NOT_FOUND, "cannot be opened: there is no such file");
    refuse(folder, CRIER_ERROR_INVALID, "this is a folder");
    g_assert_cmpint(mkfifo(fifo, 0600), ==, 0);
    refuse(fifo, CRIER_ERROR_INVALID, "this is no regular file");
    g_remove(fifo);
}

/* n columns "c0,c1,…" and a row of as many cells. */
static char *many_columns(int n)
{
    GString *s = g_string_new(NULL);
    for (int line = 0; line < 2; line++)
        for (int i = 0; i < n; i++)
            g_string_append_printf(s, "c%d%s", i, i + 1 < n ? "," : "\n");
    return g_string_free(s, FALSE);
}

static void test_columns(void)
{
    g_autofree char *most = many_columns(CSVFILE_MAX_COLUMNS);
    g_autofree char *too_many = many_columns(300);
    struct csvfile *f = open_text(most, strlen(most));
    g_assert_cmpint(g_strv_length((char **)csvfile_columns(f)), ==, CSVFILE_MAX_COLUMNS);
    g_autofree char *got = digest(f, NULL);
    g_assert_true(g_str_has_suffix(got, "|c249;."));
    csvfile_free(f);
    g_autofree char *path = write_file(too_many, strlen(too_many));
    refuse(path, CRIER_ERROR_INVALID, "line 1: it has 300 columns, and 250 are the most");

    f = open_text(" Email , first name\n", 20);
    g_assert_cmpstr(csvfile_columns(f)[0], ==, "Email");
    g_assert_cmpstr(csvfile_columns(f)[1], ==, "first name");
    csvfile_free(f);
}

/* A cell of the greatest length passes, one more octet does not; the lines after it are right.
 */
static void test_long_cell(void)
{
    for (int extra = 0; extra < 3; extra++) {
        g_autoptr(GString) s = g_string_new("a,b\n\"");
        gsize len = CSVFILE_MAX_CELL_BYTES + (extra == 2 ? 300000 : extra);
        for (gsize i = 0; i < len; i++)
            g_string_append_c(s, i % 100 == 99 ? '\n' : 'x');
        g_string_append(s, "\",2\n3,4\n");
        struct csvfile *f = open_text(s->str, s->len);
        g_autofree char *got = digest(f, NULL);
        g_autofree char *end =
            g_strdup_printf("%s;%d:3|4;.", extra ? "2:!" : "|2", (int)(3 + len / 100));
        if (!g_str_has_suffix(got, end))
            g_error("expected …%s, got …%s", end, got + MAX(0, (int)strlen(got) - 40));
        csvfile_free(f);
    }
}

/* An open quote before megabytes: found at the end, without keeping them. */
static void test_endless_quote(void)
{
    g_autoptr(GString) s = g_string_new("a,b\n1,2\n3,\"");
    for (int i = 0; i < 300000; i++)
        g_string_append(s, "person@example.org,x\n");
    struct csvfile *f = open_text(s->str, s->len);
    g_autoptr(GString) messages = g_string_new(NULL);
    g_autofree char *got = digest(f, messages);
    g_assert_cmpstr(got, ==, "2:1|2;failed");
    g_assert_cmpstr(messages->str, ==,
                    "line 3: a quote is opened in this row and never closed. "
                    "Close it or remove it\n");
    csvfile_free(f);
}

/* Every place where a block can end, by moving the same rows along. */
static void test_block_ends(void)
{
    static const char rows[] = "\"a \"\"q\"\"\r\nb\" ,x\r\ny \"z\",\r\n\"bad\"row,1\r\n";
    for (int shift = 0; shift < 60; shift++) {
        g_autoptr(GString) s = g_string_new("c1,c2\r\n");
        for (gsize i = 0; i < 65536 - 40 - 7 - 4 + (gsize)shift; i++)
            g_string_append_c(s, 'p');
        g_string_append(s, ",1\r\n");
        g_string_append(s, rows);
        struct csvfile *f = open_text(s->str, s->len);
        g_autofree char *got = digest(f, NULL);
        const char *want = "p|1;3:a \"q\"\r\nb|x;5:y \"z\"|;6:!;.";
        if (!g_str_has_suffix(got, want) && !(shift > 51 && g_str_has_suffix(got, want + 4)))
            g_error("shift %d: got …%s", shift, got + MAX(0, (int)strlen(got) - 60));
        csvfile_free(f);
    }
}

static void test_many_rows(void)
{
    g_autoptr(GString) s = g_string_new("email,first_name,city\n");
    for (int i = 0; i < 50000; i++)
        g_string_append_printf(s, "p%d@example.org,\"Name, %d\",City\n", i, i);
    struct csvfile *f = open_text(s->str, s->len);
    const char *const *cells;
    gint64 line, done, total;
    for (int i = 0; i < 50000; i++) {
        g_autofree char *want = g_strdup_printf("Name, %d", i);
        g_assert_cmpint(csvfile_next(f, &cells, &line, NULL), ==, CSVFILE_ROW);
        g_assert_cmpint(line, ==, i + 2);
        g_assert_cmpstr(cells[1], ==, want);
        g_assert_null(cells[3]);
    }
    g_assert_cmpint(csvfile_next(f, &cells, &line, NULL), ==, CSVFILE_END);
    csvfile_progress(f, &done, &total);
    g_assert_cmpint(done, ==, (gint64)s->len);
    g_assert_cmpint(total, ==, (gint64)s->len);
    csvfile_free(f);
}

/* What is found out of a file: charset, delimiter, and its rows as UTF-8. */
static void test_found_out(void)
{
    static const struct {
        const char *text;
        gsize len; /* 0: strlen */
        const char *charset;
        char delimiter;
        const char *digest;
    } rows[] = {
        {"a,b\n1,2\n", 0, "utf-8", ',', "2:1|2;."},
        {"a;b\n1;\xc3\xa9\n", 0, "utf-8", ';', "2:1|\xc3\xa9;."},
        {"a|b\n1|\xe9\n", 0, "windows-1252", '|', "2:1|\xc3\xa9;."},
        {"a\tb\n\x80\t\x93x\x94\n", 0, "windows-1252", '\t',
         "2:\xe2\x82\xac|\xe2\x80\x9cx\xe2\x80\x9d;."},
        {"n\xe4me;b\n1;2\n", 0, "windows-1252", ';', "2:1|2;."},
        /* UTF-8 with one broken row stays UTF-8 */
        {"a,b\n\xc3\xa9,2\n\xff,2\n", 0, "utf-8", ',', "2:\xc3\xa9|2;3:!;."},
        {"\xef\xbb\xbf\"x;y\";b\n1;2\n", 0, "utf-8", ';', "2:1|2;."},
        {"a,street, no;b;c;d\n1;2;3;4\n", 0, "utf-8", ';', "2:1|2|3|4;."},
        {"\xff\xfe"
         "a\0;\0b\0\n\0\xe9\0;\0\xac\x20\n\0",
         18, "utf-16le", ';', "2:\xc3\xa9|\xe2\x82\xac;."},
        {"\xfe\xff\0a\0,\0b\0\n\0x\0,\xd8\x3c\xdf\x37", 18, "utf-16be", ',',
         "2:x|\xf0\x9f\x8c\xb7;."},
        /* half a surrogate pair spoils its row only */
        {"\xff\xfe"
         "a\0,\0b\0\n\0"
         "1\0,\0\x3c\xd8\n\0"
         "3\0,\0"
         "4\0",
         24, "utf-16le", ',', "2:!;3:3|4;."},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        GError *error = NULL;
        g_autofree char *path =
            write_file(rows[i].text, rows[i].len ? rows[i].len : strlen(rows[i].text));
        struct csvfile *f = csvfile_open(path, &error);
        g_assert_no_error(error);
        g_assert_cmpstr(csvfile_charset(f), ==, rows[i].charset);
        g_assert_cmpint(csvfile_delimiter(f), ==, rows[i].delimiter);
        g_autofree char *got = digest(f, NULL);
        if (strcmp(got, rows[i].digest) != 0)
            g_error("row %d: expected %s, got %s", (int)i, rows[i].digest, got);
        csvfile_free(f);
    }
}

static void test_given(void)
{
    GError *error = NULL;
    g_autofree char *path = write_file("a,b;c\n\xc8\xe2,x;y\n", 13);
    struct csvfile_options o = {.path = path, .charset = "windows-1251", .delimiter = ';'};
    struct csvfile *f = csvfile_open_with(&o, &error);
    g_assert_no_error(error);
    g_autofree char *got = digest(f, NULL);
    g_assert_cmpstr(got, ==, "2:\xd0\x98\xd0\xb2,x|y;.");
    csvfile_free(f);
    o.charset = "klingon";
    g_assert_null(csvfile_open_with(&o, &error));
    g_assert_error(error, CRIER_ERROR, CRIER_ERROR_USAGE);
    g_assert_nonnull(strstr(error->message, "klingon"));
    g_clear_error(&error);
    g_autofree char *strange = write_file("a,b\n\x81\xe9,2\n", 9);
    g_assert_null(csvfile_open(strange, &error));
    g_assert_error(error, CRIER_ERROR, CRIER_ERROR_INVALID);
    g_assert_nonnull(strstr(error->message, "--charset"));
    g_clear_error(&error);
    char delimiter = 0;
    g_assert_true(csvfile_delimiter_parse("tab", &delimiter, NULL) && delimiter == '\t');
    g_assert_false(csvfile_delimiter_parse("x", &delimiter, &error));
    g_assert_error(error, CRIER_ERROR, CRIER_ERROR_USAGE);
    g_clear_error(&error);
}

/* Characters that stand across the end of a block, in each way they can be cut. */
static void test_charset_across_blocks(void)
{
    for (int shift = 0; shift < 8; shift++) {
        g_autoptr(GString) s = g_string_new("a");
        for (int i = 0; i < shift; i++)
            g_string_append_c(s, 'p');
        g_string_append(s, ",b\n");
        for (int i = 0; i < 65536 / 8; i++)
            g_string_append(s, "\xc3\xa9\xf0\x9f\x8c\xb7,z\n");
        g_string_append(s, "\xf0\x9f\x8c\xb7\xc3\xa9,z");
        g_autoptr(GError) error = NULL;
        gsize len = 0;
        g_autofree char *wide =
            g_convert(s->str, (gssize)s->len, "UTF-16LE", "UTF-8", NULL, &len, &error);
        g_assert_no_error(error);
        g_autoptr(GString) marked = g_string_new("\xff\xfe");
        g_string_append_len(marked, wide, (gssize)len);
        g_autofree char *path = write_file(marked->str, marked->len);
        struct csvfile *f = csvfile_open(path, &error);
        g_assert_no_error(error);
        g_autofree char *got = digest(f, NULL);
        g_assert_true(g_str_has_suffix(got, ":\xf0\x9f\x8c\xb7\xc3\xa9|z;."));
        g_assert_null(strchr(got, '!'));
        csvfile_free(f);
    }
}

/* "-" reads a pipe. */
static void test_pipe(void)
{
    int fds[2];
    int saved = dup(STDIN_FILENO);
    const char *const *cells;
    gint64 line, done, total;
    g_assert_cmpint(pipe(fds), ==, 0);
    g_assert_cmpint(write(fds[1], "a,b\n1,2\n", 8), ==, 8);
    close(fds[1]);
    dup2(fds[0], STDIN_FILENO);
    close(fds[0]);
    struct csvfile *f = open_utf8("-", NULL);
    g_assert_nonnull(f);
    g_assert_cmpint(csvfile_next(f, &cells, &line, NULL), ==, CSVFILE_ROW);
    g_assert_cmpstr(cells[1], ==, "2");
    csvfile_progress(f, &done, &total);
    g_assert_cmpint(total, ==, -1);
    csvfile_free(f);
    dup2(saved, STDIN_FILENO);
    close(saved);
}

static void test_put_cell(void)
{
    static const struct {
        const char *cell, *out;
    } rows[] = {
        {"", ""},
        {"plain", "plain"},
        {"a,b", "\"a,b\""},
        {"a\"b", "\"a\"\"b\""},
        {"a\nb", "\"a\nb\""},
        {" a", "\" a\""},
        {"=1+1", "'=1+1"},
        {"+49", "'+49"},
        {"-1", "'-1"},
        {"@x", "'@x"},
        {"\tx", "\"'\tx\""},
        {"\rx", "\"'\rx\""},
        {"=\"x\"", "\"'=\"\"x\"\"\""},
        {"a=b", "a=b"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(GString) out = g_string_new(NULL);
        csvfile_put_cell(out, rows[i].cell, TRUE);
        g_assert_cmpstr(out->str, ==, rows[i].out);
        csvfile_put_cell(out, "x", FALSE);
        g_assert_true(g_str_has_suffix(out->str, ",x"));
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    folder = g_dir_make_tmp("crier-csv-XXXXXX", NULL);
    g_test_add_func("/csvfile/rows", test_rows);
    g_test_add_func("/csvfile/bad-rows", test_bad_rows);
    g_test_add_func("/csvfile/bad-headings", test_bad_headings);
    g_test_add_func("/csvfile/no-file", test_no_file);
    g_test_add_func("/csvfile/columns", test_columns);
    g_test_add_func("/csvfile/long-cell", test_long_cell);
    g_test_add_func("/csvfile/endless-quote", test_endless_quote);
    g_test_add_func("/csvfile/block-ends", test_block_ends);
    g_test_add_func("/csvfile/many-rows", test_many_rows);
    g_test_add_func("/csvfile/found-out", test_found_out);
    g_test_add_func("/csvfile/given", test_given);
    g_test_add_func("/csvfile/charset-across-blocks", test_charset_across_blocks);
    g_test_add_func("/csvfile/pipe", test_pipe);
    g_test_add_func("/csvfile/put-cell", test_put_cell);
    int failed = g_test_run();
    g_autofree char *path = g_build_filename(folder, "people.csv", NULL);
    g_remove(path);
    g_rmdir(folder);
    g_free(folder);
    return failed;
}
