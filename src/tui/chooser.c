/*
 * The file chooser: a list of a folder's files that is narrowed while typing, beginning in the
 * workspace's inbox/. Reading folders is chooser_list.c's; what a file is for is the caller's.
 */
#include "config.h"

#include "tui/chooser.h"

#include <string.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/i18n.h"
#include "base/text.h"
#include "tui/chooser_list.h"
#include "tui/dialog.h"
#include "tui/picklist.h"

#define INBOX "inbox"

struct chooser_arg {
    const struct chooser *c;
    void (*done)(struct ui *ui, const char *path, void *data);
    void *data;
    GDestroyNotify free_data;
};

struct chooser_state {
    char *title;     /* owned */
    char **suffixes; /* owned; NULL: any */
    char *inbox;     /* owned; NULL when it could not be made */
    char *folder;    /* owned, absolute */
    gboolean takes_folders, shows_all;
    GPtrArray *files; /* owned, of struct chooser_file *; a row's id is its place here */
    int left_out;
    struct picklist list;
    struct folded note; /* how files come here */
    char *hint;         /* owned */
    void (*done)(struct ui *ui, const char *path, void *data);
    void *data; /* owned by free_data */
    GDestroyNotify free_data;
};

/* Where the last choice was made: most choices in a row are of one folder. */
static char *last_folder;

char *chooser_inbox(struct ui *ui, GError **error)
{
    g_autofree char *inbox = g_build_filename(ui_workspace(ui)->dir, INBOX, NULL);
    return file_make_private_dir(inbox, error) ? g_steal_pointer(&inbox) : NULL;
}

/* ---- the list ---- */

static void add_rows(struct ui *ui, struct chooser_state *c)
{
    gint64 now_us = ui_now_us(ui);
    picklist_empty(&c->list);
    for (guint i = 0; c->files && i < c->files->len; i++) {
        const struct chooser_file *f = g_ptr_array_index(c->files, i);
        g_autofree char *shown = text_safe(f->name, -1, 0);
        g_autofree char *label = f->is_folder ? g_strconcat(shown, "/", NULL) : g_strdup(shown);
        struct picklist_row *row = picklist_add(&c->list, label);
        row->id = i;
        if (!f->is_folder) {
            g_autofree char *size = chooser_size(f->size);
            g_autofree char *when = clock_format_local(f->changed_us, now_us);
            row->tail = g_strdup_printf("%s  %16s", size, when);
        }
    }
    picklist_narrow(&c->list);
}

/* Reads `folder` and goes there; stays where it is when it cannot be read. Takes `folder`. */
static gboolean go_to(struct ui *ui, struct chooser_state *c, char *folder)
{
    g_autofree char *to = folder;
    g_autoptr(GError) error = NULL;
    int left_out = 0;
    const char *const *suffixes = c->shows_all ? NULL : (const char *const *)c->suffixes;
    GPtrArray *files = chooser_list(to, suffixes, c->shows_all, &left_out, &error);
    if (!files) {
        ui_fail(ui, g_steal_pointer(&error));
        return FALSE;
    }
    if (c->files)
        g_ptr_array_unref(c->files);
    c->files = files;
    c->left_out = left_out;
    g_free(c->folder);
    c->folder = g_steal_pointer(&to);
    g_string_truncate(c->list.typed, 0);
    add_rows(ui, c);
    return TRUE;
}

static char *drop_note(const struct chooser_state *c)
{
    if (!c->inbox)
        return g_strdup("");
    return g_strdup_printf(_("From another computer: scp FILE %s@%s:%s/"), g_get_user_name(),
                           g_get_host_name(), c->inbox);
}

static gboolean chooser_open(struct view *v, const void *arg, GError **error)
{
    const struct chooser_arg *a = arg;
    struct chooser_state *c = v->state;
    g_autoptr(GError) problem = NULL;
    (void)error;
    c->title = g_strdup(a->c->title);
    c->suffixes = g_strdupv((char **)a->c->suffixes);
    c->takes_folders = a->c->takes_folders;
    picklist_init(&c->list, 0);
    c->inbox = chooser_inbox(v->ui, &problem);
    g_autofree char *note = drop_note(c);
    folded_init(&c->note, note);
    c->done = a->done;
    c->data = a->data;
    c->free_data = a->free_data;
    const char *begin = a->c->folder ? a->c->folder : last_folder ? last_folder : c->inbox;
    if (!begin || !go_to(v->ui, c, g_canonicalize_filename(begin, NULL)))
        go_to(v->ui, c, g_strdup(c->inbox ? c->inbox : "/"));
    ui_fail(v->ui, g_steal_pointer(&problem));
    return TRUE;
}

static void chooser_close(struct view *v)
{
    struct chooser_state *c = v->state;
    if (c->free_data)
        c->free_data(c->data);
    if (c->files)
        g_ptr_array_unref(c->files);
    picklist_clear(&c->list);
    folded_clear(&c->note);
    g_strfreev(c->suffixes);
    g_free(c->title);
    g_free(c->inbox);
    g_free(c->folder);
    g_free(c->hint);
}

/* New files are seen as they are dropped. */
static void chooser_load(struct view *v)
{
    struct chooser_state *c = v->state;
    g_autoptr(GError) error = NULL;
    int left_out = 0;
    const char *const *suffixes = c->shows_all ? NULL : (const char *const *)c->suffixes;
    if (!c->folder)
        return;
    GPtrArray *files = chooser_list(c->folder, suffixes, c->shows_all, &left_out, &error);
    if (!files)
        return;
    const struct picklist_row *row = picklist_current(&c->list);
    g_autofree char *label = row ? g_strdup(row->label) : NULL;
    g_ptr_array_unref(c->files);
    c->files = files;
    c->left_out = left_out;
    add_rows(v->ui, c);
    for (guint i = 0; label && i < c->list.rows->len; i++) {
        const struct picklist_row *other = g_ptr_array_index(c->list.rows, i);
        if (strcmp(other->label, label) == 0)
            picklist_go_to(&c->list, other->id);
    }
}

static gboolean chooser_tick(struct view *v)
{
    struct chooser_state *c = v->state;
    guint was = c->files ? c->files->len : 0;
    chooser_load(v);
    return c->files && c->files->len != was;
}

static char *chooser_title(struct view *v)
{
    struct chooser_state *c = v->state;
    return g_strdup(c->title);
}

static struct rect chooser_place(struct view *v, struct rect screen)
{
    return dialog_place(v->ui, screen, dialog_columns(screen, screen.w), screen.h - 4);
}

static const char *empty_text(const struct chooser_state *c)
{
    if (c->list.typed->len > 0)
        return _("Nothing matches. Esc clears; Enter takes what is typed as a path.");
    return c->left_out > 0 ? _("No such files here. ^A shows the others.")
                           : _("No files here yet.");
}

static void chooser_draw(struct view *v, struct rect r)
{
    struct chooser_state *c = v->state;
    struct rect in = dialog_frame(r, c->title);
    int note = MIN(folded_rows(&c->note, in.w), MAX(0, in.h - 6));
    struct rect list = rect_rows(in, 2, in.h - 3 - note);
    draw_text(in, 0, 0, ROLE_HEADING, c->folder ? c->folder : "");
    picklist_draw_typed(&c->list, in, 1);
    if (c->list.shown->len == 0) {
        draw_folded(list, ROLE_MUTED, empty_text(c));
        draw_cursor(list, 0, 0);
    }
    picklist_draw(&c->list, list);
    folded_draw(&c->note, rect_rows(in, in.h - note, note), ROLE_MUTED);
}

static const char *chooser_hint(struct view *v)
{
    struct chooser_state *c = v->state;
    g_free(c->hint);
    c->hint = NULL;
    if (c->left_out > 0) {
        g_autofree char *suffixes = c->suffixes ? g_strjoinv(" ", c->suffixes) : g_strdup("");
        c->hint = g_strdup_printf(ngettext("%d file is not shown: only %s. ^A shows all.",
                                           "%d files are not shown: only %s. ^A shows all.",
                                           (gulong)c->left_out),
                                  c->left_out, suffixes);
    }
    return c->hint;
}

/* ---- choosing ---- */

/* Answers with `path`, which is taken. */
static void answer(struct view *v, char *path)
{
    struct chooser_state *c = v->state;
    struct ui *ui = v->ui;
    g_autofree char *chosen = path;
    void (*done)(struct ui *, const char *, void *) = c->done;
    void *data = c->data;
    GDestroyNotify free_data = c->free_data;
    g_free(last_folder);
    last_folder = g_strdup(c->folder);
    c->free_data = NULL;
    ui_close(v);
    done(ui, chosen, data);
    if (free_data)
        free_data(data);
}

/* A path that was typed in full: a folder is gone to, a file taken. */
static void take_typed(struct view *v)
{
    struct chooser_state *c = v->state;
    g_autofree char *path = chooser_path(c->folder, c->list.typed->str);
    if (g_file_test(path, G_FILE_TEST_IS_DIR))
        go_to(v->ui, c, g_steal_pointer(&path));
    else if (g_file_test(path, G_FILE_TEST_IS_REGULAR))
        answer(v, g_steal_pointer(&path));
    else
        ui_fail_text(v->ui, _("%s: there is no such file"), path);
}

static void chooser_take(struct view *v)
{
    struct chooser_state *c = v->state;
    const struct picklist_row *row = picklist_current(&c->list);
    const char *typed = c->list.typed->str;
    if (!row || strchr(typed, '/') || strcmp(typed, "~") == 0) {
        if (*typed)
            take_typed(v);
        return;
    }
    const struct chooser_file *f = g_ptr_array_index(c->files, (guint)row->id);
    char *path = g_canonicalize_filename(f->name, c->folder);
    if (f->is_folder)
        go_to(v->ui, c, path);
    else
        answer(v, path);
}

static void take_folder(struct view *v)
{
    struct chooser_state *c = v->state;
    answer(v, g_strdup(c->folder));
}

static const char *why_no_folder(struct view *v)
{
    struct chooser_state *c = v->state;
    return c->takes_folders ? NULL : _("a file is asked for, not a folder");
}

static void show_all(struct view *v)
{
    struct chooser_state *c = v->state;
    c->shows_all = !c->shows_all;
    go_to(v->ui, c, g_strdup(c->folder));
    ui_redraw(v->ui);
}

static void go_to_inbox(struct view *v)
{
    struct chooser_state *c = v->state;
    go_to(v->ui, c, g_strdup(c->inbox));
    ui_redraw(v->ui);
}

static const char *why_no_inbox(struct view *v)
{
    struct chooser_state *c = v->state;
    return c->inbox ? NULL : _("the folder inbox/ could not be made");
}

static gboolean chooser_key(struct view *v, const struct term_event *e)
{
    struct chooser_state *c = v->state;
    if (e->kind == EVENT_PASTE) {
        for (const char *p = e->text; *p && g_utf8_validate(e->text, -1, NULL);
             p = g_utf8_next_char(p))
            if (g_unichar_isprint(g_utf8_get_char(p)))
                g_string_append_unichar(c->list.typed, g_utf8_get_char(p));
        picklist_narrow(&c->list);
        return TRUE;
    }
    /* With nothing to take back, one folder up. */
    if (e->kind == EVENT_KEY && e->key == TK_BACKSPACE && c->list.typed->len == 0) {
        go_to(v->ui, c, g_canonicalize_filename("..", c->folder));
        return TRUE;
    }
    enum picklist_did did = picklist_event(&c->list, e);
    if (did == PICKLIST_CHOSEN)
        chooser_take(v);
    return did != PICKLIST_PASS;
}

static void close_view(struct view *v)
{
    ui_close(v);
}

static const struct action chooser_actions[] = {
    {"take", TK_ENTER, 0, N_("choose"), N_("take the file, go into the folder"), N_("Files"),
     NULL, NULL, chooser_take},
    {"folder", TK_CTRL('D'), 0, N_("this folder"), N_("take the folder that is shown"), NULL,
     NULL, why_no_folder, take_folder},
    {"all", TK_CTRL('A'), 0, N_("all files"), N_("show files of every kind, also hidden ones"),
     NULL, NULL, NULL, show_all},
    {"inbox", TK_CTRL('T'), 0, N_("inbox"), N_("go to the folder where files are dropped"),
     NULL, NULL, why_no_inbox, go_to_inbox},
    {"cancel", TK_ESC, TK_CTRL('C'), N_("cancel"), N_("choose nothing"), NULL, NULL, NULL,
     close_view},
    {.name = NULL},
};

const struct view_ops *chooser_view(void)
{
    static const struct view_ops ops = {
        .name = "files",
        .state_size = sizeof(struct chooser_state),
        .open = chooser_open,
        .close = chooser_close,
        .load = chooser_load,
        .title = chooser_title,
        .draw = chooser_draw,
        .place = chooser_place,
        .hint = chooser_hint,
        .key = chooser_key,
        .actions = chooser_actions,
        .tick = chooser_tick,
    };
    return &ops;
}

void chooser_ask(struct ui *ui, const struct chooser *c,
                 void (*done)(struct ui *ui, const char *path, void *data), void *data,
                 GDestroyNotify free_data)
{
    struct chooser_arg arg = {c, done, data, free_data};
    ui_push(ui, chooser_view(), &arg);
}
