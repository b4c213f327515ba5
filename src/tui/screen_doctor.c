/*
 * Screen 7: every server and mailbox and this machine, each with what the doctor last found; a
 * host that somebody names is looked at, but not kept. One of them is doctor_run's.
 */
#include "config.h"

#include "tui/screen_doctor.h"

#include <string.h>

#include "app/diagnosis.h"
#include "base/error.h"
#include "base/hostport.h"
#include "base/i18n.h"
#include "store/doctor_verdicts.h"
#include "store/mailboxes.h"
#include "store/servers.h"
#include "tui/dialog.h"
#include "tui/doctor_run.h"
#include "tui/doctor_words.h"
#include "tui/mailbox_words.h"
#include "tui/prefs.h"
#include "tui/table.h"
#include "tui/table_memory.h"
#include "tui/ui.h"
#include "tui/words.h"

#define LABEL 11
#define SIDE 120    /* columns from which the verdict stands beside the table */
#define MIN_ROWS 14 /* with fewer there is no room for it */
#define DETAIL_ROWS 8
#define USUAL_PORT 25
#define NARROW 80
#define LOW 20

enum column { COL_NAME, COL_RESULT, COL_WHEN, COL_KIND, COL_VERDICT, COL_COUNT };

static const struct table_column columns[COL_COUNT] = {
    [COL_NAME] = {"name", N_("WHAT"), .width = 18, .min = 12, .flags = TABLE_SORT},
    [COL_RESULT] = {"result", N_("RESULT"), .width = 9, .flags = TABLE_SORT},
    [COL_WHEN] = {"when", N_("LOOKED"), .width = 12, .priority = 2,
                  .flags = TABLE_SORT | TABLE_DESCENDING, .plain = N_("looked at %s")},
    [COL_KIND] = {"kind", N_("KIND"), .width = 8, .priority = 3, .flags = TABLE_SORT},
    [COL_VERDICT] = {"verdict", N_("VERDICT"), .width = 24, .min = 16, .grow = 1,
                     .priority = 1},
};

/* A row: the record, and what was found of it. */
struct subject {
    gint64 id;                            /* of the row in the table */
    const char *kind;                     /* static; "server", "mailbox", "machine" */
    char *name;                           /* owned; "" the machine */
    char *where;                          /* owned; host and port; NULL: the machine */
    const struct doctor_verdict *verdict; /* borrowed from `verdicts`; NULL: never looked at */
};

struct doctor {
    struct table table;
    struct table_memory rows;
    GPtrArray *subjects; /* owned; of struct subject * */
    GPtrArray *verdicts; /* owned; of struct doctor_verdict * */
};

static const struct table_source source = TABLE_MEMORY_SOURCE;

static const struct table_spec spec = {.name = "doctor",
                                       .columns = columns,
                                       .n = COL_COUNT,
                                       .source = &source,
                                       .flags = TABLE_NO_MARKS};

/* ---- reading ---- */

/* Ids of records are of three tables: the kind makes them one's own. */
enum { KIND_MACHINE, KIND_SERVER, KIND_MAILBOX, KINDS };

static const struct {
    const char *kind, *shown; /* the latter NC_("kind", ), for 8 cells */
} kinds[KINDS] = {
    [KIND_MACHINE] = {"machine", NC_("kind", "machine")},
    [KIND_SERVER] = {"server", NC_("kind", "server")},
    [KIND_MAILBOX] = {"mailbox", NC_("kind", "mailbox")},
};

static int kind_of(const struct subject *x)
{
    return (int)(x->id % KINDS);
}

static void subject_free(gpointer data)
{
    struct subject *x = data;
    g_free(x->name);
    g_free(x->where);
    g_free(x);
}

static const struct doctor_verdict *verdict_of(const struct doctor *s, int kind, gint64 id)
{
    for (guint i = 0; i < s->verdicts->len; i++) {
        const struct doctor_verdict *x = s->verdicts->pdata[i];
        if (strcmp(x->kind, kinds[kind].kind) == 0 && x->record_id == id)
            return x;
    }
    return NULL;
}

static void add_subject(struct doctor *s, int kind, gint64 id, const char *name,
                        char *take_where)
{
    struct subject *x = g_new0(struct subject, 1);
    x->id = (id + 1) * KINDS + kind; /* never 0, which is no row */
    x->kind = kinds[kind].kind;
    x->name = g_strdup(name);
    x->where = take_where;
    x->verdict = verdict_of(s, kind, id);
    g_ptr_array_add(s->subjects, x);
}

static const char *shown_name(const struct subject *x)
{
    return *x->name ? x->name : _("this machine");
}

static struct table_row *make_row(const struct subject *x, gint64 now_us)
{
    struct table_row *row = table_row_new(x->id, COL_COUNT);
    const struct doctor_verdict *v = x->verdict;
    table_row_set(row, COL_NAME, shown_name(x));
    table_row_set(row, COL_KIND, g_dpgettext2(NULL, "kind", kinds[kind_of(x)].shown));
    if (v) {
        enum diagnosis_result result = diagnosis_result_of(v->result);
        table_row_role(row, COL_RESULT, doctor_words_role(result), doctor_words_result(result));
        table_row_take(row, COL_WHEN, words_when(v->begun_us, now_us), v->begun_us);
        table_row_set(row, COL_VERDICT, v->text);
    } else {
        table_row_set(row, COL_RESULT, _("not yet"));
        table_row_take(row, COL_WHEN, g_strdup("-"), 0);
    }
    return row;
}

static gboolean read_subjects(struct view *v, struct doctor *s, GError **error)
{
    struct db *db = ui_db(v->ui);
    g_autoptr(GPtrArray) servers = servers_all(db, error);
    g_autoptr(GPtrArray) mailboxes = servers ? mailboxes_all(db, error) : NULL;
    GPtrArray *verdicts = mailboxes ? doctor_verdicts_all(db, error) : NULL;
    if (!verdicts)
        return FALSE;
    g_ptr_array_set_size(s->subjects, 0);
    g_clear_pointer(&s->verdicts, g_ptr_array_unref);
    s->verdicts = verdicts;
    for (guint i = 0; i < servers->len; i++) {
        const struct server *x = servers->pdata[i];
        add_subject(s, KIND_SERVER, x->id, x->name, g_strdup(x->host));
    }
    for (guint i = 0; i < mailboxes->len; i++) {
        const struct mailbox *x = mailboxes->pdata[i];
        add_subject(s, KIND_MAILBOX, x->id, x->name, mailbox_words_endpoint(x));
    }
    add_subject(s, KIND_MACHINE, 0, "", NULL);
    return TRUE;
}

static void load(struct view *v)
{
    struct doctor *s = v->state;
    g_autoptr(GError) error = NULL;
    if (!read_subjects(v, s, &error)) {
        ui_fail(v->ui, g_steal_pointer(&error));
        return;
    }
    table_memory_begin(&s->rows);
    for (guint i = 0; i < s->subjects->len; i++)
        table_memory_take(&s->rows, make_row(s->subjects->pdata[i], ui_now_us(v->ui)));
    table_load(&s->table);
}

static gboolean open_doctor(struct view *v, const void *arg, GError **error)
{
    struct doctor *s = v->state;
    s->subjects = g_ptr_array_new_with_free_func(subject_free);
    table_memory_init(&s->rows, &spec);
    table_init(&s->table, &spec, &s->rows, v->ui);
    return TRUE;
}

static void close_doctor(struct view *v)
{
    struct doctor *s = v->state;
    table_clear(&s->table);
    table_memory_clear(&s->rows);
    g_ptr_array_unref(s->subjects);
    g_clear_pointer(&s->verdicts, g_ptr_array_unref);
}

static const struct subject *current(const struct doctor *s)
{
    gint64 id = table_current_id(&s->table);
    for (guint i = 0; i < s->subjects->len; i++) {
        const struct subject *x = s->subjects->pdata[i];
        if (x->id == id)
            return x;
    }
    return NULL;
}

/* ---- the frame ---- */

static char *title(struct view *v)
{
    struct doctor *s = v->state;
    return g_strdup_printf("%s  %s", _("Doctor"), table_counts(&s->table));
}

static const char *hint(struct view *v)
{
    struct doctor *s = v->state;
    const struct subject *x = current(s);
    const char *text = table_hint(&s->table);
    int width, height;
    term_size(&width, &height);
    if (text || (width >= NARROW && height >= LOW))
        return text; /* the pane says it */
    return x && x->verdict ? x->verdict->next ? x->verdict->next : x->verdict->text : NULL;
}

/* ---- drawing ---- */

static void put(struct rect r, int *y, const char *label, enum term_role role, const char *text)
{
    if (*y >= r.h || !text)
        return;
    draw_text(r, 0, *y, ROLE_NORMAL, label);
    *y += draw_folded(rect_part(r, LABEL, *y, r.w - LABEL, r.h - *y), role, text);
}

static void draw_verdict(struct view *v, const struct doctor_verdict *x, struct rect r, int *y)
{
    enum diagnosis_result result = diagnosis_result_of(x->result);
    g_autofree char *when = words_when(x->begun_us, ui_now_us(v->ui));
    put(r, y, doctor_words_result(result), doctor_words_role(result), x->text);
    put(r, y, _("To act"), ROLE_NORMAL, diagnosis_who(x->who));
    put(r, y, _("To do"), ROLE_TITLE, x->next);
    put(r, y, _("Looked at"), ROLE_NORMAL, when);
    put(r, y, _("Because"), ROLE_NORMAL, x->cause);
}

static void draw_detail(struct view *v, struct rect r)
{
    const struct subject *x = current(v->state);
    if (ui_is_moving(v->ui) && draw_keep(r))
        return;
    draw_fill(r, ROLE_NORMAL);
    if (!x)
        return;
    draw_hline(r, 0, ROLE_MUTED);
    draw_format(r, 2, 0, ROLE_TITLE, " %s%s%s ", shown_name(x), x->where ? "  " : "",
                x->where ? x->where : "");
    struct rect inside = rect_part(r, 1, 1, r.w - 2, r.h - 1);
    int y = 0;
    if (x->verdict)
        draw_verdict(v, x->verdict, inside, &y);
    else
        draw_folded(inside, ROLE_NORMAL,
                    _("Not looked at yet. Enter looks, step by step, from this machine to the "
                      "server, and says what is wrong and who must act. Nothing is changed and "
                      "no mail is sent."));
}

static void draw(struct view *v, struct rect r)
{
    struct doctor *s = v->state;
    gboolean is_side = r.w >= SIDE;
    int detail = is_side || r.h < MIN_ROWS ? 0 : DETAIL_ROWS;
    int width = is_side ? r.w * 3 / 5 : r.w;
    table_draw(&s->table, rect_part(r, 0, 0, width, r.h - detail), TRUE);
    if (is_side)
        draw_detail(v, rect_part(r, width + 1, 0, r.w - width - 1, r.h));
    else if (detail > 0)
        draw_detail(v, rect_part(r, 0, r.h - detail, r.w, detail));
}

static void draw_plain(struct view *v, struct rect r)
{
    struct doctor *s = v->state;
    const struct subject *x = current(s);
    int detail = x && x->verdict && r.h >= MIN_ROWS ? DETAIL_ROWS : 0, y = 0;
    table_draw_plain(&s->table, rect_part(r, 0, 0, r.w, r.h - detail), TRUE);
    if (detail > 0)
        draw_verdict(v, x->verdict, rect_part(r, 0, r.h - detail + 1, r.w, detail - 1), &y);
}

/* ---- what can be done ---- */

static const char *none(struct view *v)
{
    return current(v->state) ? NULL : _("There is nothing under the cursor.");
}

static void open_run(struct view *v, gboolean is_now)
{
    const struct subject *x = current(v->state);
    const struct doctor_run_arg arg = {.kind = x->kind, .name = x->name, .is_now = is_now};
    ui_push(v->ui, doctor_run_view(), &arg);
}

static void run_open(struct view *v)
{
    open_run(v, FALSE);
}

static void run_now(struct view *v)
{
    open_run(v, TRUE);
}

static gboolean check_host(const char *value, void *data, GError **error)
{
    struct hostport h;
    if (!hostport_parse(value, HOSTPORT_PEER, &h, error))
        return FALSE;
    hostport_clear(&h);
    return TRUE;
}

/* With a port it cannot be taken for the name of a record. */
static void take_host(struct ui *ui, const char *value, void *data)
{
    struct hostport h;
    if (!hostport_parse(value, HOSTPORT_PEER, &h, NULL))
        return;
    h.port = h.port ? h.port : USUAL_PORT;
    g_autofree char *host = hostport_format(&h);
    const struct doctor_run_arg arg = {.kind = "host", .name = host, .is_now = TRUE};
    hostport_clear(&h);
    prefs_set("doctor", "host", host, NULL);
    ui_push(ui, doctor_run_view(), &arg);
}

static void run_host(struct view *v)
{
    g_autofree char *last = prefs_get("doctor", "host");
    const struct dialog_line q = {
        .title = _("Another host"),
        .text = _("Host and port, as in mail.example.org:587. The usual mail port is 25."),
        .label = _("Host"),
        .value = last,
        .check = check_host};
    dialog_line(v->ui, &q, take_host, v, NULL);
}

static gboolean key(struct view *v, const struct term_event *e)
{
    struct doctor *s = v->state;
    switch (table_event(&s->table, e)) {
    case TABLE_MOVED:
        ui_moved(v->ui);
        return TRUE;
    case TABLE_TAKEN:
        return TRUE;
    case TABLE_OPEN:
        if (current(s))
            run_open(v);
        return TRUE;
    default:
        return FALSE;
    }
}

static struct table *doctor_table(struct view *v)
{
    return &((struct doctor *)v->state)->table;
}

TABLE_COMMANDS(doctor, doctor_table)
TABLE_COPY_COMMAND(doctor, doctor_table)

static const struct action actions[] = {
    {"open", TK_ENTER, 0, N_("steps"),
     N_("the steps of the last look; the first time it looks at once"), N_("THIS ONE"), NULL,
     none, run_open},
    {"run", 'r', TK_F5, N_("look now"), N_("look now, step by step; changes nothing"), NULL,
     "doctor", none, run_now},
    {"host", 'n', 0, N_("another host"), N_("look at a host and port that is typed"),
     N_("TABLE"), "doctor", NULL, run_host},
    TABLE_ACTIONS(doctor),
    TABLE_COPY_ACTION(doctor),
    {NULL},
};

const struct view_ops *screen_doctor(void)
{
    static const struct view_ops ops = {.name = "doctor",
                                        .state_size = sizeof(struct doctor),
                                        .open = open_doctor,
                                        .close = close_doctor,
                                        .load = load,
                                        .title = title,
                                        .draw = draw,
                                        .draw_plain = draw_plain,
                                        .hint = hint,
                                        .key = key,
                                        .actions = actions};
    return &ops;
}
