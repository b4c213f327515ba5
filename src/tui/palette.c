/*
 * The command line behind ':' as a dialog at the foot of the screen: what is typed, how it can
 * go on, and running it. What a line means is palette_complete.c's, what is asked before a verb
 * runs palette_rules.c's.
 */
#include "config.h"

#include "tui/palette.h"

#include <string.h>

#include "base/error.h"
#include "base/i18n.h"
#include "store/campaigns.h"
#include "store/mailboxes.h"
#include "store/people.h"
#include "store/pools.h"
#include "store/ports.h"
#include "store/servers.h"
#include "tui/confirm.h"
#include "tui/dialog.h"
#include "tui/input.h"
#include "tui/pager_dialog.h"
#include "tui/palette_complete.h"
#include "tui/palette_rules.h"
#include "tui/picklist.h"
#include "tui/words.h"

#define HISTORY_MAX 50
#define OFFER_ROWS 9
#define NARROW_COLUMNS 60

struct palette {
    struct view *front; /* borrowed: it cannot go away while a dialog is open */
    struct palette_context context;
    struct input input;
    GPtrArray *offers; /* owned, of struct palette_offer * */
    struct picklist list;
    gboolean is_chosen; /* the cursor was moved: Enter takes the row */
    guint back;         /* in the history; 0: the line that is typed */
    char *hint;         /* owned */
};

static GPtrArray *history; /* of char *, the newest last; for the life of the program */

/* ---- names ---- */

static void add_campaigns(struct palette_context *c, struct ui *ui)
{
    g_autoptr(GPtrArray) all = campaigns_all(ui_db(ui), NULL);
    for (guint i = 0; all && i < all->len; i++) {
        const struct campaign *one = g_ptr_array_index(all, i);
        palette_add_name(c, PALETTE_CAMPAIGN, one->name, words_campaign_state(one->state));
    }
}

static void add_lists(struct palette_context *c, struct ui *ui)
{
    g_autoptr(GPtrArray) all = list_all(ui_db(ui), NULL);
    for (guint i = 0; all && i < all->len; i++) {
        const struct list *one = g_ptr_array_index(all, i);
        g_autofree char *people = words_number(one->members);
        g_autofree char *detail = g_strdup_printf(_("list, %s people"), people);
        palette_add_name(c, PALETTE_LIST, one->name, detail);
    }
}

static void add_servers(struct palette_context *c, struct ui *ui)
{
    g_autoptr(GPtrArray) all = servers_all(ui_db(ui), NULL);
    for (guint i = 0; all && i < all->len; i++) {
        const struct server *one = g_ptr_array_index(all, i);
        palette_add_name(c, PALETTE_SERVER, one->name, one->host);
    }
}

static void add_pools(struct palette_context *c, struct ui *ui)
{
    g_autoptr(GPtrArray) all = pools_all(ui_db(ui), NULL);
    for (guint i = 0; all && i < all->len; i++) {
        const struct pool *one = g_ptr_array_index(all, i);
        palette_add_name(c, PALETTE_POOL, one->name, one->servers);
    }
}

static void add_mailboxes(struct palette_context *c, struct ui *ui)
{
    g_autoptr(GPtrArray) all = mailboxes_all(ui_db(ui), NULL);
    for (guint i = 0; all && i < all->len; i++) {
        const struct mailbox *one = g_ptr_array_index(all, i);
        palette_add_name(c, PALETTE_MAILBOX, one->name, one->address);
    }
}

static void add_ports(struct palette_context *c, struct ui *ui)
{
    g_autoptr(GPtrArray) all = ports_all(ui_db(ui), NULL);
    for (guint i = 0; all && i < all->len; i++) {
        const struct port *one = g_ptr_array_index(all, i);
        palette_add_name(c, PALETTE_PORT, one->name, one->listen);
    }
}

/* Names that cannot be read are not completed; the verb says what is wrong. */
static void context_fill(struct palette_context *c, struct view *front)
{
    *c = (struct palette_context){
        .view = front->ops->name, .actions = front->ops->actions, .routes = palette_routes()};
    add_campaigns(c, front->ui);
    add_lists(c, front->ui);
    add_servers(c, front->ui);
    add_pools(c, front->ui);
    add_mailboxes(c, front->ui);
    add_ports(c, front->ui);
}

/* ---- running ---- */

struct run { /* a verb that waits for an answer */
    struct ui *ui;
    char **words; /* owned */
    gboolean is_table;
};

static void run_free(gpointer data)
{
    struct run *r = data;
    g_strfreev(r->words);
    g_free(r);
}

static void run_child(struct ui *ui, void *data)
{
    struct run *r = data;
    g_autofree char *line = g_strjoinv(" ", r->words);
    g_autofree char *title = g_strconcat("crier ", line, NULL);
    pager_dialog_run(ui, title, (const char *const *)r->words,
                     r->is_table ? PAGER_RUN_TABLE : 0);
}

/* Prints rows or a record, and no format is asked for by name. */
static gboolean is_table(const struct verb *v, char *const *words)
{
    return (v->flags & (VERB_ROWS | VERB_RECORD)) && !palette_has_option(v, words, "json") &&
           !palette_has_option(v, words, "jsonl") && !palette_has_option(v, words, "tsv");
}

static struct run *run_new(struct ui *ui, const struct palette_command *cmd, const char *add)
{
    struct run *r = g_new0(struct run, 1);
    GPtrArray *words = g_ptr_array_new();
    for (char **word = cmd->words; *word; word++)
        g_ptr_array_add(words, g_strdup(*word));
    if (add)
        g_ptr_array_add(words, g_strdup(add));
    g_ptr_array_add(words, NULL);
    r->ui = ui;
    r->words = (char **)g_ptr_array_free(words, FALSE);
    r->is_table = is_table(cmd->verb, cmd->words);
    return r;
}

static void run_verb(struct ui *ui, const struct palette_command *cmd)
{
    const struct palette_rule *rule = palette_rule_for(cmd->verb, cmd->words);
    if (rule && rule->refusal) {
        ui_say(ui, "%s", _(rule->refusal));
        return;
    }
    struct run *r = run_new(ui, cmd, rule ? rule->add : NULL);
    g_autofree char *line = g_strjoinv(" ", cmd->words);
    g_autofree char *text = g_strdup_printf("crier %s\n\n%s", line, rule ? _(rule->text) : "");
    const struct confirm c = {.level = rule ? rule->level : CONFIRM_NONE,
                              .title = _("Do this?"),
                              .text = text,
                              .action = _("Do it"),
                              .number = confirm_number(0, (gint64)g_str_hash(line))};
    confirm_ask(ui, &c, run_child, r, run_free);
}

static void run_action(struct view *front, const struct action *a)
{
    const char *why_not = a->why_not ? a->why_not(front) : NULL;
    if (why_not)
        ui_say(front->ui, "%s", why_not);
    else
        a->run(front);
}

static void run_command(struct view *front, const struct palette_command *cmd)
{
    struct ui *ui = front->ui;
    g_autoptr(GError) error = NULL;
    switch (cmd->meaning) {
    case PALETTE_SCREEN:
        ui_go(ui, cmd->screen);
        break;
    case PALETTE_ACTION:
        run_action(front, cmd->action);
        break;
    case PALETTE_ROUTE:
        if (!cmd->route->open(ui, (const char *const *)cmd->words + cmd->n_name, &error))
            ui_fail(ui, g_steal_pointer(&error));
        break;
    case PALETTE_VERB:
        run_verb(ui, cmd);
        break;
    default:
        break;
    }
}

static void remember(const char *line)
{
    if (!history)
        history = g_ptr_array_new_with_free_func(g_free);
    if (history->len > 0 && strcmp(g_ptr_array_index(history, history->len - 1), line) == 0)
        return;
    g_ptr_array_add(history, g_strdup(line));
    if (history->len > HISTORY_MAX)
        g_ptr_array_remove_index(history, 0);
}

void palette_run(struct view *front, const char *line)
{
    struct palette_context context;
    struct palette_command cmd;
    context_fill(&context, front);
    palette_understand(&context, line, &cmd);
    if (cmd.meaning == PALETTE_NOTHING && cmd.words[0]) {
        g_autofree char *why = palette_why_nothing(&context, line);
        ui_fail_text(front->ui, "%s", why);
    }
    run_command(front, &cmd);
    palette_command_clear(&cmd);
    palette_context_clear(&context);
}

/* ---- the view ---- */

static void complete(struct palette *p)
{
    if (p->offers)
        g_ptr_array_unref(p->offers);
    p->offers = palette_complete(&p->context, input_text(&p->input));
    p->is_chosen = FALSE;
    picklist_empty(&p->list);
    for (guint i = 0; i < p->offers->len; i++) {
        const struct palette_offer *o = g_ptr_array_index(p->offers, i);
        struct picklist_row *row = picklist_add(&p->list, o->line);
        row->detail = g_strdup(o->detail);
        row->tail = g_strdup(o->key);
        row->id = i;
    }
    picklist_narrow(&p->list);
}

static gboolean palette_view_open(struct view *v, const void *arg, GError **error)
{
    struct palette *p = v->state;
    (void)error;
    p->front = (struct view *)arg;
    context_fill(&p->context, p->front);
    input_init(&p->input, 0);
    picklist_init(&p->list, PICKLIST_FIXED);
    complete(p);
    return TRUE;
}

static void palette_view_close(struct view *v)
{
    struct palette *p = v->state;
    palette_context_clear(&p->context);
    input_clear(&p->input);
    picklist_clear(&p->list);
    g_ptr_array_unref(p->offers);
    g_free(p->hint);
}

static char *palette_title(struct view *v)
{
    (void)v;
    return g_strdup(_("Command"));
}

static struct rect palette_place(struct view *v, struct rect screen)
{
    (void)v;
    int h = MIN(screen.h, OFFER_ROWS + 3);
    int margin = screen.w < NARROW_COLUMNS || ui_is_accessible(v->ui) ? 0 : 1;
    return rect_part(screen, margin, screen.h - h, screen.w - 2 * margin, h);
}

static void palette_draw(struct view *v, struct rect r)
{
    struct palette *p = v->state;
    struct rect in = dialog_frame(r, _("Command"));
    struct rect list = rect_rows(in, 0, in.h - 1);
    if (p->list.shown->len == 0)
        draw_text(list, 0, 0, ROLE_MUTED, _("Enter runs it."));
    picklist_draw(&p->list, list);
    draw_text(in, 0, in.h - 1, ROLE_KEY, ":");
    input_draw(&p->input, in, 1, in.h - 1, in.w - 1, ROLE_INPUT, TRUE);
}

static const struct palette_offer *current(const struct palette *p)
{
    const struct picklist_row *row = picklist_current(&p->list);
    return row ? g_ptr_array_index(p->offers, (guint)row->id) : NULL;
}

static void set_line(struct palette *p, const char *line)
{
    input_set(&p->input, line);
    complete(p);
}

static void palette_tab(struct view *v)
{
    struct palette *p = v->state;
    const struct palette_offer *o = current(p);
    if (!o)
        return;
    gboolean has_blank = g_str_has_suffix(o->line, " ");
    g_autofree char *line = g_strconcat(o->line, has_blank ? "" : " ", NULL);
    p->back = 0;
    set_line(p, line);
    ui_redraw(v->ui);
}

/* The line that Enter runs: what was chosen, or typed if it can be understood; else the first
 * offer. NULL: it has to go on. Caller frees. */
static char *line_to_run(struct palette *p)
{
    const struct palette_offer *o = current(p);
    struct palette_command cmd;
    palette_understand(&p->context, input_text(&p->input), &cmd);
    gboolean is_understood = cmd.meaning != PALETTE_NOTHING;
    palette_command_clear(&cmd);
    if (is_understood && !p->is_chosen)
        return g_strdup(input_text(&p->input));
    if (!o)
        return g_strdup(input_text(&p->input));
    return o->is_whole ? g_strdup(o->line) : NULL;
}

static void palette_enter(struct view *v)
{
    struct palette *p = v->state;
    struct view *front = p->front;
    g_autofree char *line = line_to_run(p);
    if (!line) {
        palette_tab(v);
        return;
    }
    g_strstrip(line);
    if (*line)
        remember(line);
    ui_close(v);
    palette_run(front, line);
}

/* Goes `step` lines back (or forward, below 0) in what was run before. */
static void recall(struct palette *p, int step)
{
    int to = (int)p->back + step;
    if (!history || to < 0 || to > (int)history->len)
        return;
    p->back = (guint)to;
    set_line(p, to == 0 ? "" : g_ptr_array_index(history, history->len - p->back));
}

static gboolean palette_key(struct view *v, const struct term_event *e)
{
    struct palette *p = v->state;
    gboolean is_key = e->kind == EVENT_KEY;
    if (is_key && (e->key == TK_ENTER || e->key == TK_TAB || e->key == TK_ESC))
        return FALSE;
    if (is_key && (e->key == TK_CTRL('p') || e->key == TK_CTRL('n'))) {
        recall(p, e->key == TK_CTRL('p') ? 1 : -1);
        return TRUE;
    }
    if (is_key && e->key == TK_BACKSPACE && input_is_empty(&p->input)) {
        ui_close(v);
        return TRUE;
    }
    if (is_key && (e->key == TK_UP || e->key == TK_DOWN || e->key == TK_PAGE_UP ||
                   e->key == TK_PAGE_DOWN || e->key == TK_WHEEL_UP || e->key == TK_WHEEL_DOWN ||
                   e->key == TK_CLICK)) {
        p->is_chosen = p->list.shown->len > 0;
        if (picklist_event(&p->list, e) == PICKLIST_CHOSEN)
            palette_enter(v);
        return TRUE;
    }
    enum input_did did = input_event(&p->input, e);
    if (did == INPUT_CHANGED)
        complete(p);
    return did != INPUT_IGNORED;
}

/* How the verb that is typed is used. */
static const char *palette_hint(struct view *v)
{
    struct palette *p = v->state;
    struct palette_command cmd;
    palette_understand(&p->context, input_text(&p->input), &cmd);
    g_free(p->hint);
    p->hint = cmd.verb ? g_strdup_printf(_("For example: %s"), cmd.verb->example) : NULL;
    palette_command_clear(&cmd);
    return p->hint;
}

static void close_view(struct view *v)
{
    ui_close(v);
}

static const struct action palette_actions[] = {
    {"complete", TK_TAB, 0, N_("complete"), N_("write out the row"), N_("Command line"), NULL,
     NULL, palette_tab},
    {"run", TK_ENTER, 0, N_("run"), N_("run the line, or the row that was chosen"), NULL, NULL,
     NULL, palette_enter},
    {"cancel", TK_ESC, TK_CTRL('C'), N_("cancel"), N_("run nothing"), NULL, NULL, NULL,
     close_view},
    {.name = NULL},
};

const struct view_ops *palette_view(void)
{
    static const struct view_ops ops = {
        .name = "command",
        .state_size = sizeof(struct palette),
        .open = palette_view_open,
        .close = palette_view_close,
        .title = palette_title,
        .draw = palette_draw,
        .place = palette_place,
        .hint = palette_hint,
        .key = palette_key,
        .actions = palette_actions,
    };
    return &ops;
}

void palette_open(struct view *front, const char *text)
{
    struct view *v = ui_push(front->ui, palette_view(), front);
    if (v && text)
        set_line(v->state, text);
}
