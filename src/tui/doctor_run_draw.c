/*
 * A run of the doctor on the screen: the steps, and below or beside them what the one under the
 * cursor means. What can be done about it is doctor_fix's.
 */
#include "config.h"

#include <inttypes.h>
#include <string.h>

#include "base/hostport.h"
#include "base/i18n.h"
#include "base/text.h"
#include "tui/doctor_fix.h"
#include "tui/doctor_run_private.h"
#include "tui/doctor_words.h"
#include "tui/ui.h"
#include "tui/words.h"

#define SIDE 120   /* columns from which the explanation stands beside the steps */
#define LOW 14     /* with fewer rows steps and explanation share them */
#define MIN_ROWS 6 /* with fewer there is no room for it */
#define PANE_ROWS 9
#define LABEL 9

enum column { COL_RESULT, COL_NUMBER, COL_TITLE, COL_TEXT, COL_COUNT };

static const struct table_column columns[COL_COUNT] = {
    [COL_RESULT] = {"result", N_("RESULT"), .width = 6},
    [COL_NUMBER] = {"number", N_("NO"), .width = 2, .priority = 3, .flags = TABLE_RIGHT,
                    .plain = N_("step %s")},
    [COL_TITLE] = {"step", N_("STEP"), .width = 24, .min = 12},
    [COL_TEXT] = {"text", N_("WHAT WAS FOUND"), .width = 40, .min = 12, .grow = 1,
                  .priority = 1},
};

static const struct table_source source = TABLE_MEMORY_SOURCE;

static char *empty(void *data)
{
    return g_strdup(
        _("Not looked at yet.\n\n"
          "The doctor goes from your settings to the mail server, step by step, and "
          "says what is in the way and who must act. It changes nothing and sends "
          "nothing.\n\n"
          "  r   look now"));
}

const struct table_spec *doctor_run_spec(void)
{
    static const struct table_spec spec = {.name = "doctor-run",
                                           .columns = columns,
                                           .n = COL_COUNT,
                                           .source = &source,
                                           .empty = empty,
                                           .flags = TABLE_NO_MARKS | TABLE_NO_FILTER |
                                                    TABLE_NO_HEADING};
    return &spec;
}

/* ---- rows ---- */

static struct table_row *make_row(const struct diagnosis_step *x)
{
    struct table_row *row = table_row_new(x->number, COL_COUNT);
    table_row_role(row, COL_RESULT, doctor_words_role(x->result),
                   doctor_words_result(x->result));
    table_row_format(row, COL_NUMBER, "%d", x->number);
    table_row_set(row, COL_TITLE, x->title);
    table_row_role(row, COL_TEXT, x->result == DIAGNOSIS_FAIL ? ROLE_ERROR : ROLE_NORMAL,
                   x->text);
    return row;
}

static struct table_row *make_row_now(const struct doctor_run *s)
{
    struct table_row *row = table_row_new(DOCTOR_ROW_NOW, COL_COUNT);
    table_row_set(row, COL_RESULT, " ....");
    table_row_set(row, COL_TITLE, s->doing ? s->doing : "");
    table_row_set(row, COL_TEXT, _("looking.."));
    return row;
}

void doctor_run_fill(struct doctor_run *s)
{
    const GPtrArray *steps = doctor_run_steps(s);
    table_memory_begin(&s->rows);
    for (guint i = 0; steps && i < steps->len; i++)
        table_memory_take(&s->rows, make_row(steps->pdata[i]));
    if (s->task)
        table_memory_take(&s->rows, make_row_now(s));
    table_load(&s->table);
}

/* ---- the line above ---- */

static char *head_running(const struct doctor_run *s)
{
    if (s->total > 0)
        return g_strdup_printf(_("%s: looking, %" PRId64 " of %" PRId64 ". Esc stops it."),
                               *s->name ? s->name : _("this machine"), s->done, s->total);
    return g_strdup_printf(_("%s: looking.. Esc stops it."),
                           *s->name ? s->name : _("this machine"));
}

/* Its name stands in the title of the screen. */
static char *where_of(const struct diagnosis *d)
{
    const struct hostport at = {.host = d->host, .port = (guint16)d->port};
    return d->host ? hostport_format(&at) : g_strdup(_("this machine"));
}

char *doctor_run_head(struct view *v)
{
    const struct doctor_run *s = v->state;
    if (s->task)
        return head_running(s);
    if (s->problem)
        return g_strdup(s->problem);
    if (s->coming)
        return g_strdup(_("Stopped: what was found so far. r looks again."));
    if (!s->shown)
        return g_strdup("");
    g_autofree char *subject = where_of(s->shown);
    g_autofree char *when = words_when(s->shown->begun_us, ui_now_us(v->ui));
    if (!diagnosis_cause(s->shown))
        return g_strdup_printf("%s, %s", s->shown->verdict, when);
    if (s->cause)
        return g_strdup_printf(_("%s, %s, because %s"), subject, when, s->cause);
    return g_strdup_printf(_("%s, %s, in %.1f s"), subject, when, s->shown->seconds);
}

static enum term_role head_role(const struct doctor_run *s)
{
    return s->task ? ROLE_WARN : s->problem ? ROLE_ERROR : ROLE_HEADING;
}

/* ---- the explanation ---- */

static void put_folded(struct rect r, int *y, enum term_role role, const char *text)
{
    if (*y < r.h)
        *y += draw_folded(rect_part(r, 0, *y, r.w, r.h - *y), role, text);
}

static void put_labelled(struct rect r, int *y, const char *label, enum term_role role,
                         const char *text)
{
    int w = MAX(LABEL, (int)text_cells(label) + 1);
    if (*y >= r.h)
        return;
    draw_text(r, 0, *y, ROLE_NORMAL, label);
    *y += draw_folded(rect_part(r, w, *y, r.w - w, r.h - *y), role, text);
}

static void put_lines(struct rect r, int *y, const char *lead, const GPtrArray *lines)
{
    for (guint i = 0; i < lines->len && *y < r.h; i++, (*y)++)
        draw_format(r, 0, *y, ROLE_NORMAL, "%s%s", lead, (const char *)lines->pdata[i]);
}

static void draw_explanation(struct view *v, struct rect r)
{
    const struct doctor_run *s = v->state;
    const struct diagnosis_step *x = doctor_run_step(s);
    if (!x)
        return;
    int y = 0;
    const char *who = diagnosis_who(x->who);
    g_autofree char *fix = doctor_fix_words(s, x);
    put_folded(r, &y, doctor_words_role(x->result), x->text);
    if (who)
        put_labelled(r, &y, _("To act:"), ROLE_NORMAL, who);
    if (x->next)
        put_labelled(r, &y, _("To do:"), ROLE_TITLE, x->next);
    if (fix)
        put_labelled(r, &y, _("Enter:"), ROLE_KEY, fix);
    if (x->evidence->len > 0 && y + 1 < r.h && r.h > PANE_ROWS)
        y++;
    put_lines(r, &y, "  ", x->evidence);
    if (x->transcript->len > 0 && r.h > PANE_ROWS) {
        y++;
        put_lines(r, &y, "  | ", x->transcript);
    }
}

static void draw_pane(struct view *v, struct rect r)
{
    const struct doctor_run *s = v->state;
    const struct diagnosis_step *x = doctor_run_step(s);
    if (ui_is_moving(v->ui) && draw_keep(r))
        return;
    draw_fill(r, ROLE_NORMAL);
    draw_hline(r, 0, ROLE_MUTED);
    if (x)
        draw_format(r, 2, 0, ROLE_TITLE, " %d  %s ", x->number, x->title);
    draw_explanation(v, rect_part(r, 1, 1, r.w - 2, r.h - 1));
}

/* ---- the whole ---- */

void doctor_run_draw(struct view *v, struct rect r)
{
    struct doctor_run *s = v->state;
    g_autofree char *head = doctor_run_head(v);
    draw_text(r, 1, 0, head_role(s), head);
    struct rect rest = rect_part(r, 0, 1, r.w, r.h - 1);
    gboolean is_side = rest.w >= SIDE, has_rows = s->rows.all->len > 0;
    if (!has_rows || (!is_side && rest.h < MIN_ROWS)) {
        table_draw(&s->table, rest, TRUE);
        return;
    }
    if (is_side) {
        int width = rest.w * 11 / 20;
        table_draw(&s->table, rect_part(rest, 0, 0, width, rest.h), TRUE);
        draw_pane(v, rect_part(rest, width + 1, 0, rest.w - width - 1, rest.h));
        return;
    }
    int pane = rest.h < LOW ? rest.h / 2 : MAX(PANE_ROWS, rest.h * 2 / 5);
    table_draw(&s->table, rect_rows(rest, 0, rest.h - pane), TRUE);
    draw_pane(v, rect_rows(rest, rest.h - pane, pane));
}

/* Half of the rows say what the step means, as nothing stands beside them. */
void doctor_run_draw_plain(struct view *v, struct rect r)
{
    struct doctor_run *s = v->state;
    g_autofree char *head = doctor_run_head(v);
    draw_text(r, 0, 0, head_role(s), head);
    struct rect rest = rect_part(r, 0, 1, r.w, r.h - 1);
    int pane = doctor_run_step(s) && rest.h >= 8 ? rest.h / 2 : 0;
    table_draw_plain(&s->table, rect_rows(rest, 0, rest.h - pane), TRUE);
    if (pane > 1)
        draw_explanation(v, rect_rows(rest, rest.h - pane + 1, pane - 1));
}
