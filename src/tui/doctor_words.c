/* The doctor's results as words and roles. What they are is app/diagnosis's. */
#include "config.h"

#include "tui/doctor_words.h"

#include "base/i18n.h"

static const struct {
    const char *word; /* N_() */
    enum term_role role;
} results[DIAGNOSIS_RESULT_COUNT] = {
    [DIAGNOSIS_OK] = {N_("[ok]"), ROLE_OK},
    [DIAGNOSIS_WARN] = {N_("[warn]"), ROLE_WARN},
    [DIAGNOSIS_FAIL] = {N_("[FAIL]"), ROLE_ERROR},
    [DIAGNOSIS_SKIP] = {N_("[skip]"), ROLE_MUTED},
};

const char *doctor_words_result(enum diagnosis_result r)
{
    return _(results[r].word);
}

enum term_role doctor_words_role(enum diagnosis_result r)
{
    return results[r].role;
}

char *doctor_words_count(const GPtrArray *steps)
{
    int n[DIAGNOSIS_RESULT_COUNT] = {0};
    for (guint i = 0; i < steps->len; i++)
        n[((const struct diagnosis_step *)steps->pdata[i])->result]++;
    int failed = n[DIAGNOSIS_FAIL], warned = n[DIAGNOSIS_WARN];
    g_autofree char *fail =
        g_strdup_printf(ngettext("%d failed", "%d failed", (gulong)failed), failed);
    g_autofree char *warn =
        g_strdup_printf(ngettext("%d warning", "%d warnings", (gulong)warned), warned);
    if (failed > 0 && warned > 0)
        return g_strdup_printf("%s, %s", fail, warn);
    return g_strdup(failed > 0 ? fail : warned > 0 ? warn : _("all is well"));
}
