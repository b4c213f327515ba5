/*
 * Screen 9: the log of the workspace, followed at its end, and who did what. Reading both is
 * log_source's. The newest line is the lowest one: a cursor on it follows what comes.
 */
#include "config.h"

#include "tui/screen_log.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/file.h"
#include "base/i18n.h"
#include "base/text.h"
#include "tui/dialog.h"
#include "tui/log_source.h"
#include "tui/menu.h"
#include "tui/pager_dialog.h"
#include "tui/prefs.h"
#include "tui/saving.h"
#include "tui/table.h"
#include "tui/ui.h"

enum page { PAGE_LOG, PAGE_AUDIT, PAGE_COUNT };

#define DETAIL_FROM_ROWS 32 /* so much room: the whole line under the cursor stands below */
#define DETAIL_ROWS 6
#define COPY_MAX 500 /* lines */

struct log_screen {
    struct log_source source;
    struct table tables[PAGE_COUNT];
    gboolean follows[PAGE_COUNT];
    enum page page;
    gint64 end;   /* of the log, as it was looked at last */
    gint64 fixed; /* not following: what lies behind is new */
    int n_new;    /* lines that are new and below the last row; at most LOG_COUNT_MAX */
    gint64 counted_from, counted_to; /* n_new was counted for */
    char *hint;   /* owned */
};

static const char *const page_titles[PAGE_COUNT] = {N_("Log"), N_("Who did what")};

static struct table *table_of(struct view *v)
{
    struct log_screen *s = v->state;
    return &s->tables[s->page];
}

/* ---- following ---- */

static const struct term_event to_end = {.kind = EVENT_KEY, .key = TK_END};

static gboolean is_on_last(const struct table *t)
{
    return t->at_end && t->cursor == MAX((int)t->rows->len - 1, 0);
}

static void go_to_end(struct view *v)
{
    struct log_screen *s = v->state;
    table_event(&s->tables[s->page], &to_end);
    s->follows[s->page] = TRUE;
    s->fixed = s->end;
}

/* What came meanwhile and is not in the window yet. */
static void count_new(struct log_screen *s)
{
    struct table *t = &s->tables[PAGE_LOG];
    const struct table_row *last =
        t->rows->len > 0 ? g_ptr_array_index(t->rows, t->rows->len - 1) : NULL;
    gint64 from = MAX(s->fixed, last ? log_source_behind(last) : 0);
    if (from == s->counted_from && s->end == s->counted_to)
        return;
    s->counted_from = from;
    s->counted_to = s->end;
    s->n_new = log_source_count(&s->source, t, from);
    if (s->n_new > 0)
        t->at_end = FALSE; /* there is more to go down to */
}

/* The cursor was moved by a person. */
static void look_at_cursor(struct view *v)
{
    struct log_screen *s = v->state;
    gboolean did_follow = s->follows[s->page];
    if (table_is_asking(table_of(v)))
        return;
    if (s->page == PAGE_LOG && !did_follow)
        count_new(s);
    s->follows[s->page] = is_on_last(table_of(v));
    if (s->page == PAGE_LOG && did_follow && !s->follows[s->page])
        s->fixed = s->end;
}

/* ---- life ---- */

static int kept_level(void)
{
    g_autofree char *name = prefs_get("log", "level");
    enum log_level level;
    return name && log_level_parse(name, &level) ? (int)level : LOG_LEVEL_INFO;
}

static gboolean open_log(struct view *v, const void *arg, GError **error)
{
    struct log_screen *s = v->state;
    if (!log_source_open(&s->source, v->ui, error))
        return FALSE;
    s->source.level = kept_level();
    table_init(&s->tables[PAGE_LOG], log_source_lines(), &s->source, v->ui);
    table_init(&s->tables[PAGE_AUDIT], log_source_audit(), &s->source, v->ui);
    s->follows[PAGE_LOG] = s->follows[PAGE_AUDIT] = TRUE;
    return TRUE;
}

static void close_log(struct view *v)
{
    struct log_screen *s = v->state;
    for (int i = 0; i < PAGE_COUNT; i++)
        table_clear(&s->tables[i]);
    log_source_clear(&s->source);
    g_free(s->hint);
}

static void load_log(struct view *v)
{
    struct log_screen *s = v->state;
    s->end = logtail_end(s->source.tail);
    if (s->follows[s->page])
        go_to_end(v);
    else
        table_load(table_of(v));
    if (s->page == PAGE_LOG && !s->follows[s->page])
        count_new(s);
}

static gboolean tick_log(struct view *v)
{
    struct log_screen *s = v->state;
    gint64 end = logtail_end(s->source.tail), before = s->end;
    if (s->page != PAGE_LOG || end == before)
        return FALSE;
    s->end = end;
    if (s->follows[PAGE_LOG]) {
        if (log_source_count(&s->source, table_of(v), before) == 0)
            return FALSE; /* the level or the filter hides it */
        go_to_end(v);
    } else {
        count_new(s);
    }
    return TRUE;
}

/* ---- the frame ---- */

static char *title_log(struct view *v)
{
    const struct log_screen *s = v->state;
    return s->page == PAGE_LOG ? g_strdup(_("Log"))
                               : g_strdup_printf("%s > %s", _("Log"), _(page_titles[s->page]));
}

static char *following(const struct log_screen *s)
{
    int n = s->page == PAGE_LOG ? s->n_new : 0;
    if (s->follows[s->page])
        return g_strdup(_("following"));
    if (n >= LOG_COUNT_MAX)
        return g_strdup_printf(_("%d new lines and more below   End follows"), n);
    if (n > 0)
        return g_strdup_printf(ngettext("%d new line below   End follows",
                                        "%d new lines below   End follows", (gulong)n),
                               n);
    return g_strdup(_("not following   End follows"));
}

static const char *hint_log(struct view *v)
{
    struct log_screen *s = v->state;
    struct table *t = table_of(v);
    if (table_is_asking(t))
        return table_hint(t);
    if (s->page == PAGE_LOG && !s->follows[PAGE_LOG])
        count_new(s); /* drawing may have read more of them */
    g_autofree char *follow = following(s);
    g_autoptr(GString) text = g_string_new(follow);
    if (s->page == PAGE_LOG && s->source.level != LOG_LEVEL_INFO)
        g_string_append_printf(text, _("   level: %s"), log_level_words(s->source.level));
    if (table_is_filtered(t))
        g_string_append_printf(text, _("   filter: %s   Esc clears"), t->filter.text);
    if (table_marked(t) > 0)
        g_string_append_printf(
            text, ngettext("   %d marked", "   %d marked", (gulong)table_marked(t)),
            table_marked(t));
    g_free(s->hint);
    return s->hint = g_string_free(g_steal_pointer(&text), FALSE);
}

static void draw_pages(const struct log_screen *s, struct rect r)
{
    int x = 1;
    for (int i = 0; i < PAGE_COUNT; i++) {
        gboolean is_current = i == (int)s->page;
        g_autofree char *text =
            g_strdup_printf(is_current ? "[%s]" : " %s ", _(page_titles[i]));
        x += draw_text(r, x, 0, is_current ? ROLE_TAB_CURRENT : ROLE_TAB, text) + 1;
    }
}

static void draw_details(struct view *v, struct rect r)
{
    struct log_screen *s = v->state;
    gint64 id = table_current_id(table_of(v));
    g_autofree char *text = id ? log_source_details(&s->source, table_of(v), id) : NULL;
    draw_hline(r, 0, ROLE_MUTED);
    if (text) {
        g_auto(GStrv) lines = g_strsplit(text, "\n", 4);
        for (int i = 0; lines[i] && i < 2; i++)
            draw_text(r, 1, i + 1, ROLE_MUTED, lines[i]);
        if (g_strv_length(lines) == 4)
            draw_folded(rect_part(r, 1, 3, r.w - 2, r.h - 3), ROLE_NORMAL, lines[3]);
    }
}

static void draw_log(struct view *v, struct rect r)
{
    struct log_screen *s = v->state;
    int details = r.h >= DETAIL_FROM_ROWS ? DETAIL_ROWS : 0;
    draw_pages(s, rect_rows(r, 0, 1));
    if (details > 0)
        draw_details(v, rect_rows(r, r.h - details, details));
    table_draw(table_of(v), rect_rows(r, 1, r.h - 1 - details), TRUE);
}

static void draw_log_plain(struct view *v, struct rect r)
{
    table_draw_plain(table_of(v), r, TRUE);
}

/* ---- what can be done ---- */

static const char *none(struct view *v)
{
    return table_current_id(table_of(v)) ? NULL : _("There is no line under the cursor.");
}

static void run_open(struct view *v)
{
    struct log_screen *s = v->state;
    g_autofree char *text =
        log_source_details(&s->source, table_of(v), table_current_id(table_of(v)));
    pager_dialog_show(v->ui, _(page_titles[s->page]),
                      text ? text : _("The line is not in the log any more."));
}

static void set_level(struct ui *ui, const gint64 *ids, int n, void *data)
{
    struct view *v = data;
    struct log_screen *s = v->state;
    g_autoptr(GError) error = NULL;
    if (n != 1)
        return;
    s->source.level = (int)ids[0];
    if (!prefs_set("log", "level", log_level_name((enum log_level)ids[0]), &error))
        ui_fail(ui, g_steal_pointer(&error));
    load_log(v);
    ui_redraw(ui);
}

static void run_level(struct view *v)
{
    struct log_screen *s = v->state;
    struct menu_item items[LOG_LEVEL_COUNT] = {{0}};
    for (int i = 0; i < LOG_LEVEL_COUNT; i++)
        items[i] = (struct menu_item){.label = log_level_words(i),
                                      .detail = log_level_name((enum log_level)i),
                                      .id = i,
                                      .is_marked = i == s->source.level};
    const struct menu m = {.title = _("Which lines"),
                           .text = _("What the worker writes at all is in :settings."),
                           .items = items,
                           .n = LOG_LEVEL_COUNT};
    menu_ask(v->ui, &m, set_level, v, NULL);
}

static const char *not_level(struct view *v)
{
    const struct log_screen *s = v->state;
    return s->page == PAGE_LOG ? NULL : _("What people did has no levels.");
}

static void run_follow(struct view *v)
{
    struct log_screen *s = v->state;
    s->follows[s->page] = !s->follows[s->page];
    if (s->follows[s->page])
        go_to_end(v);
    else
        s->fixed = s->end;
    ui_redraw(v->ui);
}

static void turn_page(struct view *v)
{
    struct log_screen *s = v->state;
    s->page = (s->page + 1) % PAGE_COUNT;
    load_log(v);
    ui_redraw(v->ui);
}

static void run_copy(struct view *v)
{
    struct log_screen *s = v->state;
    g_autoptr(GArray) ids = table_targets(table_of(v));
    g_autoptr(GString) text = g_string_new(NULL);
    for (guint i = 0; i < MIN(ids->len, COPY_MAX); i++) {
        g_autofree char *line =
            log_source_line(&s->source, table_of(v), g_array_index(ids, gint64, i));
        g_string_append_printf(text, "%s\n", line ? line : "");
    }
    ui_copy(v->ui, text->str);
    if (ids->len > COPY_MAX)
        ui_say(v->ui, _("The first %d lines were copied; w writes them all to a file."),
               COPY_MAX);
}

/* ---- to a file ---- */

struct writing {
    int fd;
    gint64 n;
};

static gboolean write_line(const char *line, void *data, GError **error)
{
    struct writing *w = data;
    w->n++;
    return file_write_all(w->fd, line, strlen(line), error) &&
           file_write_all(w->fd, "\n", 1, error);
}

static void save_to(struct ui *ui, const char *path, gboolean may_overwrite, void *data)
{
    struct view *v = data;
    struct log_screen *s = v->state;
    g_autoptr(GError) error = NULL;
    int how = may_overwrite ? O_TRUNC : O_EXCL;
    struct writing w = {
        .fd = open(path, O_WRONLY | O_CREAT | how | O_CLOEXEC | O_NOFOLLOW, 0600)};
    if (w.fd < 0) {
        int why = errno;
        g_autofree char *name = g_path_get_basename(path);
        ui_fail_text(ui, _("%s: it cannot be written: %s. w asks for another name."), name,
                     g_strerror(why));
        return;
    }
    gboolean ok = log_source_each(&s->source, table_of(v), write_line, &w, &error);
    if (close(w.fd) != 0 && ok) {
        ok = FALSE;
        g_set_error(&error, CRIER_ERROR, CRIER_ERROR_FAILED, _("%s: it cannot be written: %s"),
                    path, g_strerror(errno));
    }
    if (ok) {
        g_autofree char *n = text_grouped(w.n);
        ui_say(ui, ngettext("%s line is in %s", "%s lines are in %s", (gulong)w.n), n, path);
    } else {
        ui_fail(ui, g_steal_pointer(&error));
    }
}

static void run_save(struct view *v)
{
    struct log_screen *s = v->state;
    g_autoptr(GDateTime) now =
        g_date_time_new_from_unix_local(ui_now_us(v->ui) / G_USEC_PER_SEC);
    g_autofree char *name = g_date_time_format(
        now, s->page == PAGE_LOG ? "log-%Y%m%d-%H%M%S.txt" : "audit-%Y%m%d-%H%M%S.txt");
    g_autofree char *path = g_build_filename(ui_workspace(v->ui)->dir, name, NULL);
    const struct dialog_line q = {
        .title = _("Write to a file"),
        .text = _("The lines that level and filter show, as text. Mind what is in it before you "
                  "hand it to others: names and addresses."),
        .label = _("File"),
        .value = path};
    saving_ask(v->ui, &q, NULL, save_to, v, NULL);
}

static void run_reload(struct view *v)
{
    load_log(v);
    ui_redraw(v->ui);
}

/* ---- keys ---- */

static gboolean key_log(struct view *v, const struct term_event *e)
{
    struct table *t = table_of(v);
    switch (table_event(t, e)) {
    case TABLE_MOVED:
    case TABLE_TAKEN:
        look_at_cursor(v);
        return TRUE;
    case TABLE_OPEN:
        run_open(v);
        return TRUE;
    default:
        return table_is_asking(t);
    }
}

TABLE_COMMANDS(log, table_of)

static const struct action actions[] = {
    {"open", TK_ENTER, 0, N_("details"), N_("the whole line"), N_("THIS LINE"), NULL, none,
     run_open},
    {"level", 'L', 0, N_("level"), N_("choose how important lines must be"), N_("LOG"), "log",
     not_level, run_level},
    {"follow", 'f', 0, N_("follow"), N_("follow what comes, or stop"), NULL, "log", NULL,
     run_follow},
    {"copy", 'y', 0, N_("copy"), N_("copy this line, or those that are marked"), NULL, NULL,
     none, run_copy},
    {"write", 'w', 0, N_("save"), N_("write what is shown to a file"), NULL, "log", none,
     run_save},
    {"next", ']', 0, N_("who did what"), N_("the log, or who did what"), NULL, NULL, NULL,
     turn_page},
    {"before", '[', 0, NULL, N_("the page before"), NULL, NULL, NULL, turn_page},
    {"read", 'r', 0, NULL, N_("read it again"), NULL, NULL, NULL, run_reload},
    TABLE_ACTIONS(log),
    {NULL},
};

const struct view_ops *screen_log(void)
{
    static const struct view_ops ops = {.name = "log",
                                        .state_size = sizeof(struct log_screen),
                                        .open = open_log,
                                        .close = close_log,
                                        .load = load_log,
                                        .title = title_log,
                                        .draw = draw_log,
                                        .draw_plain = draw_log_plain,
                                        .hint = hint_log,
                                        .key = key_log,
                                        .actions = actions,
                                        .tick = tick_log};
    return &ops;
}
