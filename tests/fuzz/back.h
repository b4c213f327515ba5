/* A promise that two targets keep: a campaign that was read is written, read and written the
 * same. */
#ifndef CRIER_TESTS_FUZZ_BACK_H
#define CRIER_TESTS_FUZZ_BACK_H

#include <string.h>

#include "folder.h"
#include "transfer/campaignfile.h"
#include "transfer/campaignwrite.h"

static inline void check_comes_back(const struct campaign *c)
{
    g_autofree char *dir = fuzz_folder_path("back");
    g_autoptr(GPtrArray) first = campaignwrite_files(c, NULL, NULL);
    if (!first) /* two bodies that claim one file, and the like */
        return;
    GError *error = NULL;
    struct campaign again;
    if (!campaignwrite_folder(first, dir, TRUE, &error) ||
        !campaignfile_read(dir, &again, &error))
        g_error("what was written is not read: %s", error->message);
    g_autoptr(GPtrArray) second = campaignwrite_files(&again, NULL, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(first->len, ==, second->len);
    for (guint i = 0; i < first->len; i++) {
        const struct campaignwrite_file *x = first->pdata[i], *y = second->pdata[i];
        g_assert_cmpstr(x->path, ==, y->path);
        g_assert_true(g_bytes_equal(x->data, y->data));
    }
    campaign_clear(&again);
    fuzz_folder_remove_tree(dir);
}

#endif
