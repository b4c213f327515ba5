/*
 * CSV from anywhere: each row has a cell a column, each cell is UTF-8 without NUL, and the end
 * is reached.
 */
#include "config.h"

#include "folder.h"
#include "fuzz.h"
#include "transfer/csvfile.h"

static void check_row(const struct csvfile *f, const char *const *cells)
{
    const char *const *columns = csvfile_columns(f);
    for (gsize i = 0; columns[i]; i++)
        g_assert_true(cells[i] && g_utf8_validate(cells[i], -1, NULL));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autofree char *path = fuzz_folder_path("people.csv");
    fuzz_folder_put("people.csv", data, size);
    struct csvfile *f = csvfile_open(path, NULL);
    enum csvfile_status status = f ? CSVFILE_ROW : CSVFILE_END;
    gint64 line = 0, before = 0;
    for (gsize rows = 0; status == CSVFILE_ROW || status == CSVFILE_BAD_ROW; rows++) {
        const char *const *cells = NULL;
        g_autoptr(GError) error = NULL;
        g_assert_cmpuint(rows, <=, size + 1);
        status = csvfile_next(f, &cells, &line, &error);
        if (status == CSVFILE_ROW)
            check_row(f, cells);
        g_assert_true((error != NULL) ==
                      (status == CSVFILE_BAD_ROW || status == CSVFILE_FAILED));
        g_assert_cmpint(line, >=, before);
        before = line;
    }
    csvfile_free(f);
    return 0;
}
