/*
 * An e-mail from anywhere as a draft. The draft can be exported, applied and exported the same.
 */
#include "config.h"

#include "app/import_eml.h"
#include "back.h"
#include "fuzz.h"
#include "model/part.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct eml_draft *d = import_eml_parse((const char *)data, size, "draft", NULL);
    if (!d)
        return 0;
    g_assert_cmpuint(d->campaign.parts->len, <=, PART_MAX_PARTS);
    for (guint i = 0; i < d->left_out->len; i++)
        g_assert_true(g_utf8_validate(d->left_out->pdata[i], -1, NULL));
    g_autoptr(GPtrArray) files = campaignwrite_files(&d->campaign, NULL, NULL);
    g_assert_nonnull(files); /* whatever its parts were called */
    check_comes_back(&d->campaign);
    import_eml_free(d);
    return 0;
}
