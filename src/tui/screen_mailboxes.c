/*
 * Screen 5: the table of mailboxes, what is known of the one under the cursor, and its test.
 * Changing one is mailbox_edit's.
 */
#include "config.h"

#include "tui/screen_mailboxes.h"

#include "base/i18n.h"
#include "base/text.h"
#include "store/campaigns.h"
#include "store/doctor_verdicts.h"
#include "store/mailboxes.h"
#include "tui/deleted.h"
#include "tui/doctor_run.h"
#include "tui/doctor_words.h"
#include "tui/login_rows.h"
#include "tui/mailbox_edit.h"
#include "tui/mailbox_words.h"
#include "tui/pager_dialog.h"
#include "tui/server_talk.h"
#include "tui/table.h"
#include "tui/table_memory.h"
#include "tui/ui.h"
#include "tui/words.h"

#define LABEL 14
#define DETAIL_ROWS 11
#define PROBLEM_ROWS 2
#define NAMES_SHOWN 5

enum column {
    COL_NAME,
    COL_STATE,
    COL_READ,
    COL_CAME,
    COL_ADDRESS,
    COL_PROTOCOL,
    COL_SERVER,
    COL_COUNT
};

static const struct table_column columns[COL_COUNT] = {
    [COL_NAME] = {"name", N_("MAILBOX"), .width = 12, .min = 10, .grow = 1,
                  .flags = TABLE_SORT},
    [COL_STATE] = {"state", N_("STATE"), .width = 6, .flags = TABLE_SORT},
    [COL_READ] = {"read", N_("LAST READ"), .width = 16, .min = 10, .flags = TABLE_SORT,
                  .plain = N_("last read: %s")},
    [COL_CAME] = {"came", N_("CAME"), .width = 7, .priority = 2,
                  .flags = TABLE_SORT | TABLE_RIGHT, .plain = N_("%s came"),
                  .help = N_("messages read so far")},
    [COL_ADDRESS] = {"address", N_("ADDRESS"), .width = 24, .min = 22, .grow = 1, .priority = 1,
                     .flags = TABLE_SORT},
    [COL_PROTOCOL] = {"protocol", N_("KIND"), .width = 5, .priority = 4, .flags = TABLE_SORT},
    [COL_SERVER] = {"server", N_("SERVER"), .width = 28, .min = 22, .grow = 1, .priority = 3,
                    .flags = TABLE_SORT},
};

struct mailboxes {
    struct table table;
    struct table_memory rows;
    GPtrArray *all;       /* owned; of struct mailbox_now * */
    GPtrArray *campaigns; /* owned; of struct campaign * */
    char *used_by;        /* owned; the campaigns of the one under the cursor */
    struct doctor_verdict *verdict; /* owned; of that one; NULL: none */
    struct server_talk talk;
};

static const struct table_source source = TABLE_MEMORY_SOURCE;

static char *empty(void *data)
{
    return g_strdup(_("No mailbox yet.\n\n"
                      "Mail that cannot be delivered and requests to leave come back to a "
                      "mailbox that no person uses: campaigns that name it write its address "
                      "into their mail.\n\n"
                      "  n        add one\n"
                      "  :setup   be led through it"));
}

static const struct table_spec spec = {.name = "mailboxes",
                                       .columns = columns,
                                       .n = COL_COUNT,
                                       .sort = "name",
                                       .source = &source,
                                       .empty = empty};

/* ---- reading ---- */

static const char *protocol_word(const struct mailbox *m)
{
    return m->protocol == MAILBOX_POP3 ? "POP3" : "IMAP";
}

/* "imap.example.org:993 tls". Caller frees. */
static char *server_of(const struct mailbox *m)
{
    g_autofree char *endpoint = mailbox_words_endpoint(m);
    g_autofree char *security = field_get(field_find(mailbox_fields(), "security"), m);
    return g_strdup_printf("%s %s", endpoint, security);
}

static struct table_row *make_row(const struct mailbox_now *n, gint64 now_us)
{
    const struct mailbox *m = &n->mailbox;
    struct table_row *row = table_row_new(m->id, COL_COUNT);
    g_autofree char *server = server_of(m);
    table_row_set(row, COL_NAME, m->name);
    table_row_role(row, COL_STATE, mailbox_words_role(n), mailbox_words_state(n));
    table_row_take(row, COL_READ, mailbox_words_read(n, now_us), n->read.read_us);
    table_row_take(row, COL_CAME, words_number(n->read.n_read), n->read.n_read);
    table_row_set(row, COL_ADDRESS, m->address);
    table_row_set(row, COL_PROTOCOL, protocol_word(m));
    table_row_set(row, COL_SERVER, server);
    return row;
}

static const struct mailbox_now *current(const struct mailboxes *s)
{
    gint64 id = table_current_id(&s->table);
    for (guint i = 0; s->all && i < s->all->len; i++) {
        const struct mailbox_now *n = s->all->pdata[i];
        if (n->mailbox.id == id)
            return n;
    }
    return NULL;
}

static gboolean is_over(const struct campaign *c)
{
    return c->state == CAMPAIGN_FINISHED || c->state == CAMPAIGN_CANCELLED;
}

/* "spring, renewal, 3 more": the first campaigns that name it and are not over; "-" none. */
static char *users_of(const struct mailboxes *s, const char *name)
{
    GString *text = g_string_new(NULL);
    int n = 0;
    for (guint i = 0; s->campaigns && i < s->campaigns->len; i++) {
        const struct campaign *c = s->campaigns->pdata[i];
        if (is_over(c) || g_strcmp0(c->mailbox, name) != 0)
            continue;
        if (n++ < NAMES_SHOWN)
            g_string_append_printf(text, "%s%s", text->len ? ", " : "", c->name);
    }
    if (n > NAMES_SHOWN)
        g_string_append_printf(text, _(", %d more"), n - NAMES_SHOWN);
    if (n == 0)
        g_string_append_c(text, '-');
    return g_string_free(text, FALSE);
}

static void read_current(struct view *v)
{
    struct mailboxes *s = v->state;
    const struct mailbox_now *n = current(s);
    g_free(s->used_by);
    s->used_by = n ? users_of(s, n->mailbox.name) : NULL;
    doctor_verdict_free(s->verdict);
    s->verdict = NULL;
    if (n)
        doctor_verdicts_latest(ui_db(v->ui), "mailbox", n->mailbox.id, NULL, &s->verdict, NULL);
}

static void load(struct view *v)
{
    struct mailboxes *s = v->state;
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) campaigns = campaigns_all(ui_db(v->ui), &error);
    GPtrArray *all = campaigns ? mailboxes_now(ui_db(v->ui), &error) : NULL;
    if (!all) {
        ui_fail(v->ui, g_steal_pointer(&error));
        return;
    }
    g_clear_pointer(&s->all, g_ptr_array_unref);
    s->all = all;
    g_clear_pointer(&s->campaigns, g_ptr_array_unref);
    s->campaigns = g_steal_pointer(&campaigns);
    table_memory_begin(&s->rows);
    for (guint i = 0; i < all->len; i++)
        table_memory_take(&s->rows, make_row(all->pdata[i], ui_now_us(v->ui)));
    table_load(&s->table);
    read_current(v);
}

static gboolean open_mailboxes(struct view *v, const void *arg, GError **error)
{
    struct mailboxes *s = v->state;
    table_memory_init(&s->rows, &spec);
    table_init(&s->table, &spec, &s->rows, v->ui);
    server_talk_init(&s->talk, v->ui);
    return TRUE;
}

static void close_mailboxes(struct view *v)
{
    struct mailboxes *s = v->state;
    table_clear(&s->table);
    table_memory_clear(&s->rows);
    g_clear_pointer(&s->all, g_ptr_array_unref);
    g_clear_pointer(&s->campaigns, g_ptr_array_unref);
    g_free(s->used_by);
    doctor_verdict_free(s->verdict);
    server_talk_clear(&s->talk);
}

/* ---- the frame ---- */

static char *title(struct view *v)
{
    struct mailboxes *s = v->state;
    return g_strdup_printf("%s  %s", _("Mailboxes"), table_counts(&s->table));
}

static const char *hint(struct view *v)
{
    struct mailboxes *s = v->state;
    const struct mailbox_now *n = current(s);
    const char *text = table_hint(&s->table);
    return text ? text : n ? n->problem : NULL;
}

/* ---- drawing ---- */

/* "14:31, 12 messages so far". Caller frees. */
static char *words_of_reading(const struct mailbox_now *n, gint64 now_us)
{
    g_autofree char *when = mailbox_words_read(n, now_us);
    g_autofree char *came = text_grouped(n->read.n_read);
    if (n->read.read_us == 0)
        return g_strdup(when);
    return g_strdup_printf(ngettext("%s, %s message so far", "%s, %s messages so far",
                                    (gulong)n->read.n_read),
                           when, came);
}

static void draw_detail(struct view *v, struct rect r)
{
    struct mailboxes *s = v->state;
    const struct mailbox_now *n = current(s);
    int y = 0;
    if (!n)
        return;
    const struct mailbox *m = &n->mailbox;
    g_autofree char *bounces = mailbox_tagged(m->address, "TOKEN");
    g_autofree char *requests = mailbox_tagged(m->address, "u-TOKEN");
    g_autofree char *login = login_words(LOGIN_OF(m));
    draw_hline(r, y, ROLE_MUTED);
    draw_format(r, 2, y++, ROLE_TITLE, " %s ", m->name);
    draw_labelled(r, &y, LABEL, _("Bounces to"), bounces ? bounces : "-");
    draw_labelled(r, &y, LABEL, _("Requests to"), requests ? requests : "-");
    g_autofree char *read = words_of_reading(n, ui_now_us(v->ui));
    draw_labelled(r, &y, LABEL, _("Last read"), read);
    g_autofree char *server = server_of(m);
    draw_labelled(r, &y, LABEL, _("Server"), server);
    draw_labelled(r, &y, LABEL, _("Login"), login);
    if (m->protocol == MAILBOX_IMAP)
        draw_labelled(r, &y, LABEL, _("Folder"), m->folder);
    draw_labelled(r, &y, LABEL, _("Campaigns"), s->used_by);
    if (n->problem)
        y += draw_folded(rect_part(r, 1, y, r.w - 2, MIN(PROBLEM_ROWS, r.h - y)), ROLE_ERROR,
                         n->problem);
    doctor_words_draw(r, &y, LABEL, s->verdict, ui_now_us(v->ui));
    server_talk_draw_below(&s->talk, r, y);
}

static void draw(struct view *v, struct rect r)
{
    struct mailboxes *s = v->state;
    server_talk_draw_table(&s->talk, &s->table, v, r, current(s) != NULL, DETAIL_ROWS, draw_detail);
}

static void draw_plain(struct view *v, struct rect r)
{
    struct mailboxes *s = v->state;
    server_talk_draw_table_plain(&s->talk, &s->table, r);
}

/* ---- what can be done ---- */

static const char *none(struct view *v)
{
    return current(v->state) ? NULL : _("There is no mailbox under the cursor.");
}

static void run_edit(struct view *v)
{
    ui_push(v->ui, mailbox_edit_view(), current(v->state)->mailbox.name);
}

static void run_new(struct view *v)
{
    ui_push(v->ui, mailbox_edit_view(), NULL);
}

static void run_test(struct view *v)
{
    struct mailboxes *s = v->state;
    server_talk_start_mailbox(&s->talk, current(s)->mailbox.name);
    ui_redraw(v->ui);
}

static void run_read(struct view *v)
{
    const char *name = current(v->state)->mailbox.name;
    const char *const args[] = {"mailbox", "read", name, NULL};
    pager_dialog_run(v->ui, _("Read now"), args, 0);
}

static const char *not_read(struct view *v)
{
    const struct mailbox_now *n = current(v->state);
    return !n                   ? none(v)
           : n->mailbox.enabled ? NULL
                                : _("It is off: o switches it on.");
}

static void run_doctor(struct view *v)
{
    doctor_run_show(v->ui, "mailbox", current(v->state)->mailbox.name, FALSE);
}

static void run_stop(struct view *v)
{
    struct mailboxes *s = v->state;
    server_talk_put_away(&s->talk);
}

static const char *not_stop(struct view *v)
{
    const struct mailboxes *s = v->state;
    return server_talk_why_not(&s->talk);
}

static void run_switch(struct view *v)
{
    g_autoptr(GError) error = NULL;
    struct mailbox x = {0};
    if (!mailboxes_get_id(ui_db(v->ui), current(v->state)->mailbox.id, &x, &error)) {
        ui_fail(v->ui, g_steal_pointer(&error));
        ui_reload(v->ui);
        return;
    }
    x.enabled = !x.enabled;
    if (!mailboxes_put(ui_db(v->ui), &x, &error)) {
        ui_fail(v->ui, g_steal_pointer(&error));
    } else {
        ui_nudge(v->ui);
        ui_say(v->ui,
               x.enabled ? _("%s is on: campaigns may use it.")
                         : _("%s is off: no campaign that names it begins."),
               x.name);
    }
    mailbox_clear(&x);
    ui_reload(v->ui);
}

static void run_delete(struct view *v)
{
    g_autofree char *name = g_strdup(current(v->state)->mailbox.name);
    g_autoptr(GError) error = NULL;
    if (!mailboxes_delete(ui_db(v->ui), name, &error)) {
        ui_fail(v->ui, g_steal_pointer(&error));
        return;
    }
    g_autofree char *text = g_strdup_printf(_("%s is in the bin for 30 days."), name);
    deleted_say(v->ui, text, 1);
}

static gboolean key(struct view *v, const struct term_event *e)
{
    struct mailboxes *s = v->state;
    switch (table_event(&s->table, e)) {
    case TABLE_MOVED:
        server_talk_moved(&s->talk);
        read_current(v);
        return TRUE;
    case TABLE_TAKEN:
        return TRUE;
    case TABLE_OPEN:
        if (current(s))
            run_edit(v);
        return TRUE;
    default:
        return FALSE;
    }
}

static struct table *mailboxes_table(struct view *v)
{
    return &((struct mailboxes *)v->state)->table;
}

TABLE_COMMANDS(mailboxes, mailboxes_table)
TABLE_COPY_COMMAND(mailboxes, mailboxes_table)

static const struct action actions[] = {
    {"edit", TK_ENTER, 'e', N_("edit"), N_("change it"), N_("THIS MAILBOX"), "mailbox set",
     none, run_edit},
    {"new", 'n', 0, N_("new"), N_("add a mailbox for bounces and requests to leave"),
     N_("TABLE"), "mailbox add", NULL, run_new},
    {"test", 't', 0, N_("test"), N_("talk to it and show the talk; no mail is read"),
     N_("THIS MAILBOX"), "mailbox test", none, run_test},
    {"read-now", 'R', 0, N_("read now"),
     N_("read it now and act on what came; the worker does so by itself"), NULL, "mailbox read",
     not_read, run_read},
    {"doctor", 'D', 0, N_("doctor"),
     N_("why can it not be read? the doctor's steps, and who must act"), NULL, "doctor", none,
     run_doctor},
    {"switch", 'o', 0, N_("on/off"), N_("let campaigns use it, or not"), NULL, "mailbox set",
     none, run_switch},
    {"delete", 'd', TK_DELETE, N_("del"), N_("put it into the bin; u brings it back"), NULL,
     "mailbox delete", none, run_delete},
    {"stop", TK_ESC, 0, NULL, N_("stop a test, or put it away"), NULL, NULL, not_stop,
     run_stop},
    TABLE_ACTIONS(mailboxes),
    TABLE_COPY_ACTION(mailboxes),
    {NULL},
};

const struct view_ops *screen_mailboxes(void)
{
    static const struct view_ops ops = {.name = "mailboxes",
                                        .state_size = sizeof(struct mailboxes),
                                        .open = open_mailboxes,
                                        .close = close_mailboxes,
                                        .load = load,
                                        .title = title,
                                        .draw = draw,
                                        .draw_plain = draw_plain,
                                        .hint = hint,
                                        .key = key,
                                        .actions = actions};
    return &ops;
}
