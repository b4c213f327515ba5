/* The doctor's results as words and roles. What they are is app/diagnosis's. */
#include "config.h"

#include "tui/doctor_words.h"

#include "base/i18n.h"
#include "tui/words.h"

#define VERDICT_ROWS 2

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

char *doctor_words_count(const GPtrArray *steps, gboolean is_short)
{
    int n[DIAGNOSIS_RESULT_COUNT] = {0};
    for (guint i = 0; i < steps->len; i++)
        n[((const struct diagnosis_step *)steps->pdata[i])->result]++;
    int failed = n[DIAGNOSIS_FAIL], warned = n[DIAGNOSIS_WARN];
    g_autofree char *fail =
        g_strdup_printf(ngettext("%d failed", "%d failed", (gulong)failed), failed);
    g_autofree char *warn =
        g_strdup_printf(ngettext("%d warning", "%d warnings", (gulong)warned), warned);
    if (failed > 0 && warned > 0 && !is_short)
        return g_strdup_printf("%s, %s", fail, warn);
    return g_strdup(failed > 0 ? fail : warned > 0 ? warn : _("all is well"));
}

void doctor_words_draw(struct rect r, int *y, int label, const struct doctor_verdict *v,
                       gint64 now_us)
{
    if (!v) {
        draw_labelled(r, y, label, _("Doctor"), _("not asked yet: D asks"));
        return;
    }
    enum diagnosis_result result = diagnosis_result_of(v->result);
    g_autofree char *when = words_when(v->begun_us, now_us);
    g_autofree char *text =
        g_strdup_printf("%s %s: %s", doctor_words_result(result), when, v->text);
    int rows = MIN(VERDICT_ROWS, r.h - *y);
    draw_cell(r, 1, *y, label, ROLE_HEADING, _("Doctor"));
    struct rect place = rect_part(r, 2 + label, *y, r.w - 3 - label, MAX(rows, 0));
    *y += MAX(MIN(draw_folded(place, doctor_words_role(result), text), rows), 0);
}
