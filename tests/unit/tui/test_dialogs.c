/*
 * Dialogs on a stage instead of the UI: what their keys answer, that what they were given is
 * freed once, and that they can be drawn at every size.
 */
#include "config.h"

#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "tests/unit/tui/keys.h"
#include "tests/unit/tui/screen.h"
#include "tui/chooser.h"
#include "tui/confirm.h"
#include "tui/dialog.h"
#include "tui/help.h"
#include "tui/menu.h"
#include "tui/saving.h"
#include "tui/views.h"

/* ---- the stage ---- */

static struct {
    struct view *front;
    GPtrArray *closed; /* views are freed when a test is over, as the UI does later */
    void (*ready)(struct view *v);
    gboolean is_accessible;
    struct workspace workspace;
    char *said; /* the last sentence */
} stage;

struct view *__wrap_ui_push(struct ui *ui, const struct view_ops *ops, const void *arg);
void __wrap_ui_close(struct view *v);
void __wrap_ui_when_shown(struct ui *ui, struct view *v, void (*ready)(struct view *v));
gboolean __wrap_ui_is_accessible(struct ui *ui);
void __wrap_ui_redraw(struct ui *ui);
void __wrap_ui_say(struct ui *ui, const char *format, ...) G_GNUC_PRINTF(2, 3);
void __wrap_ui_fail(struct ui *ui, GError *error);
void __wrap_ui_fail_text(struct ui *ui, const char *format, ...) G_GNUC_PRINTF(2, 3);
const struct workspace *__wrap_ui_workspace(struct ui *ui);
gint64 __wrap_ui_now_us(struct ui *ui);

struct view *__wrap_ui_push(struct ui *ui, const struct view_ops *ops, const void *arg)
{
    struct view *v = g_new0(struct view, 1);
    v->ops = ops;
    v->ui = ui;
    v->state = g_malloc0(ops->state_size);
    g_assert_true(ops->open(v, arg, NULL));
    v->below = stage.front;
    stage.front = v;
    return v;
}

void __wrap_ui_close(struct view *v)
{
    g_assert_true(v == stage.front);
    stage.front = v->below;
    v->ops->close(v);
    g_ptr_array_add(stage.closed, v);
}

void __wrap_ui_when_shown(struct ui *ui, struct view *v, void (*ready)(struct view *v))
{
    (void)ui;
    g_assert_true(v == stage.front);
    stage.ready = ready;
}

gboolean __wrap_ui_is_accessible(struct ui *ui)
{
    (void)ui;
    return stage.is_accessible;
}

void __wrap_ui_redraw(struct ui *ui)
{
    (void)ui;
}

static void say(const char *format, va_list args)
{
    g_free(stage.said);
    stage.said = g_strdup_vprintf(format, args);
}

void __wrap_ui_say(struct ui *ui, const char *format, ...)
{
    (void)ui;
    va_list args;
    va_start(args, format);
    say(format, args);
    va_end(args);
}

void __wrap_ui_fail_text(struct ui *ui, const char *format, ...)
{
    (void)ui;
    va_list args;
    va_start(args, format);
    say(format, args);
    va_end(args);
}

void __wrap_ui_fail(struct ui *ui, GError *error)
{
    if (error)
        __wrap_ui_say(ui, "%s", error->message);
    g_clear_error(&error);
}

const struct workspace *__wrap_ui_workspace(struct ui *ui)
{
    (void)ui;
    return &stage.workspace;
}

gint64 __wrap_ui_now_us(struct ui *ui)
{
    (void)ui;
    return G_GINT64_CONSTANT(1795282080000000);
}

static void free_view(gpointer data)
{
    struct view *v = data;
    g_free(v->state);
    g_free(v);
}

static void stage_begin(void)
{
    stage.closed = g_ptr_array_new_with_free_func(free_view);
    stage.ready = NULL;
    stage.is_accessible = FALSE;
    screen.glyphs = GLYPHS_ASCII;
}

static void stage_end(void)
{
    g_assert_null(stage.front);
    g_clear_pointer(&stage.closed, g_ptr_array_unref);
    g_clear_pointer(&stage.said, g_free);
}

static void arm(void)
{
    g_assert_nonnull(stage.ready);
    stage.ready(stage.front);
    stage.ready = NULL;
}

/* As the UI hands keys out: to the view, then to its actions. */
static void press(const char *keys)
{
    while (*keys) {
        struct term_event e = key_event(next_key(&keys));
        struct view *v = stage.front;
        g_assert_nonnull(v);
        if (v->ops->key && v->ops->key(v, &e))
            continue;
        const struct action *a = action_of_key(v->ops->name, v->ops->actions, e.key);
        const char *why_not = a && a->why_not ? a->why_not(v) : NULL;
        if (why_not)
            __wrap_ui_say(v->ui, "%s", why_not);
        else if (a)
            a->run(v);
    }
}

/* Draws the view in front on a screen of that size: nothing may lie outside of it. */
static void draw(int columns, int rows)
{
    struct rect all = {0, 1, columns, rows};
    struct rect r = stage.front->ops->place(stage.front, all);
    screen_erase();
    g_assert_cmpint(r.x, >=, 0);
    g_assert_cmpint(r.y, >=, 1);
    g_assert_cmpint(r.x + r.w, <=, columns);
    g_assert_cmpint(r.y + r.h, <=, rows + 1);
    stage.front->ops->draw(stage.front, r);
    for (int y = 0; y < SCREEN_H; y++)
        for (int x = 0; x < SCREEN_W; x++)
            if (x < r.x || x >= r.x + r.w || y < r.y || y >= r.y + r.h)
                g_assert_cmpstr(screen.text[y][x], ==, " ");
}

static gboolean is_shown(const char *words)
{
    for (int y = 0; y < SCREEN_H; y++) {
        g_autofree char *row = screen_row(y);
        if (strstr(row, words))
            return TRUE;
    }
    return FALSE;
}

/* ---- what was answered ---- */

static int answered, times;
static char *answer_text;
static int freed;

static void note_button(struct ui *ui, int button, void *data)
{
    (void)ui;
    g_assert_cmpstr(data, ==, "data");
    answered = button;
    times++;
}

static void note_yes(struct ui *ui, void *data)
{
    note_button(ui, 1, data);
}

static void note_text(struct ui *ui, const char *text, void *data)
{
    note_button(ui, 0, data);
    g_free(answer_text);
    answer_text = g_strdup(text);
}

static void note_ids(struct ui *ui, const gint64 *ids, int n, void *data)
{
    g_autoptr(GString) text = g_string_new(NULL);
    for (int i = 0; i < n; i++)
        g_string_append_printf(text, "%s%d", i ? "," : "", (int)ids[i]);
    note_text(ui, text->str, data);
}

static void note_free(gpointer data)
{
    freed++;
    g_free(data);
}

static void forget(void)
{
    answered = -1;
    times = freed = 0;
    g_clear_pointer(&answer_text, g_free);
}

/* ---- questions with buttons ---- */

static void test_choose(void)
{
    static const struct {
        const char *keys;
        int button;
    } rows[] = {
        {"<Enter>", 0},
        {"<Esc>", 0},
        {"<Right><Enter>", 1},
        {"<Tab><Tab> ", 2},
        {"s", 1},
        {"D", 2},
        {"zz<Down><Up><Left><Enter>", 2},
    };
    static const char *const buttons[] = {"Keep editing", "Save", "Discard", NULL};
    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
        stage_begin();
        forget();
        dialog_choose(NULL, "Unsaved", "What about it?", buttons, 0, note_button,
                      g_strdup("data"), note_free);
        /* Before it is seen no key answers. */
        press(rows[i].keys);
        g_assert_cmpint(times, ==, 0);
        arm();
        press(rows[i].keys);
        g_assert_cmpint(times, ==, 1);
        g_assert_cmpint(answered, ==, rows[i].button);
        g_assert_cmpint(freed, ==, 1);
        stage_end();
    }
}

/* The view that asked went away: nobody is answered, and nothing is kept. */
static void test_closed_from_outside(void)
{
    static const char *const buttons[] = {"No", "Yes", NULL};
    stage_begin();
    forget();
    dialog_choose(NULL, "Q", "?", buttons, 0, note_button, g_strdup("data"), note_free);
    __wrap_ui_close(stage.front);
    g_assert_cmpint(times, ==, 0);
    g_assert_cmpint(freed, ==, 1);
    stage_end();
}

static const char long_text[] =
    "This sends e-mail to 1,204 people. It can be paused, but mail that has left cannot be "
    "called back.\n\nSee the list of those who have no value for \"stand\" first, and read "
    "the mail once more as one of them would get it.";

static void test_choose_is_drawn(void)
{
    static const char *const buttons[] = {"Keep editing", "Save", "Discard", NULL};
    static const int sizes[][2] = {{80, 21}, {40, 9}, {200, 57}, {60, 9}, {59, 5}, {40, 3}};
    stage_begin();
    forget();
    dialog_choose(NULL, "Title", long_text, buttons, 0, note_button, g_strdup("data"),
                  note_free);
    arm();
    for (guint i = 0; i < G_N_ELEMENTS(sizes); i++) {
        draw(sizes[i][0], sizes[i][1]);
        g_assert_true(is_shown("Title"));
        g_assert_cmpint(screen.cursor_x, >=, 0);
        if (sizes[i][1] >= 9)
            g_assert_true(is_shown(">[ Keep editing ]"));
    }
    /* What does not fit can be scrolled to. */
    draw(40, 9);
    g_assert_false(is_shown("get it."));
    press("<PgDn><PgDn>");
    draw(40, 9);
    g_assert_true(is_shown("get it."));
    stage.is_accessible = TRUE;
    draw(80, 21);
    g_assert_false(is_shown("+-"));
    g_assert_true(is_shown("Title"));
    press("<Esc>");
    stage_end();
}

/* ---- one line ---- */

static gboolean only_short(const char *value, void *data, GError **error)
{
    g_assert_cmpstr(data, ==, "data");
    if (strlen(value) < 4)
        return TRUE;
    g_set_error_literal(error, g_quark_from_static_string("test"), 1, "too long");
    return FALSE;
}

static void test_line(void)
{
    const struct dialog_line q = {.title = "Copy",
                                  .text = "Name of the copy",
                                  .label = "Name",
                                  .value = "ab",
                                  .check = only_short};
    stage_begin();
    forget();
    dialog_line(NULL, &q, note_text, g_strdup("data"), note_free);
    press("cde<Enter>");
    g_assert_cmpint(times, ==, 0);
    draw(80, 21);
    g_assert_true(is_shown("! too long"));
    press("<BS><BS>");
    draw(40, 9);
    g_assert_false(is_shown("too long"));
    press("<Enter>");
    g_assert_cmpstr(answer_text, ==, "abc");
    g_assert_cmpint(times, ==, 1);
    g_assert_cmpint(freed, ==, 1);
    stage_end();
}

static void test_line_cancelled(void)
{
    const struct dialog_line q = {.title = "Copy"};
    stage_begin();
    forget();
    dialog_line(NULL, &q, note_text, g_strdup("data"), note_free);
    press("abc<Esc>");
    g_assert_cmpint(times, ==, 0);
    g_assert_cmpint(freed, ==, 1);
    stage_end();
}

/* ---- questions by level ---- */

static void test_confirm(void)
{
    static const struct {
        enum confirm_level level;
        guint32 asked_by;
        const char *keys;
        gboolean is_done, is_open;
    } rows[] = {
        {CONFIRM_BUTTON, 't', "<Enter>", FALSE, FALSE},
        {CONFIRM_BUTTON, 't', "<Left><Enter>", TRUE, FALSE},
        {CONFIRM_BUTTON, 't', "tttt", FALSE, TRUE},
        {CONFIRM_YES, 'P', "PPPP", FALSE, TRUE},
        {CONFIRM_YES, 'P', "<Enter>", FALSE, FALSE},
        {CONFIRM_YES, 'P', "y", TRUE, FALSE},
        {CONFIRM_YES, 'P', "xxdn", FALSE, FALSE},
        {CONFIRM_NUMBER, 'X', "y<Enter><Enter>XXX", FALSE, TRUE},
        {CONFIRM_NUMBER, 'X', "1204<Enter>", FALSE, TRUE},
        {CONFIRM_NUMBER, 'X', "1204y", TRUE, FALSE},
        {CONFIRM_NUMBER, 'X', "1,204y", TRUE, FALSE},
        {CONFIRM_NUMBER, 'X', "1205y", FALSE, TRUE},
        {CONFIRM_NUMBER, 'X', "1204<Esc>", FALSE, FALSE},
    };
    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
        const struct confirm c = {.level = rows[i].level,
                                  .title = "Send?",
                                  .text = long_text,
                                  .action = "Send",
                                  .asked_by = rows[i].asked_by,
                                  .number = 1204};
        stage_begin();
        forget();
        g_test_message("row %u: %s", i, rows[i].keys);
        confirm_ask(NULL, &c, note_yes, g_strdup("data"), note_free);
        press("y1204y<Enter>"); /* typed ahead */
        g_assert_cmpint(times + freed, ==, 0);
        arm();
        press(rows[i].keys);
        g_assert_cmpint(times, ==, rows[i].is_done ? 1 : 0);
        g_assert_cmpint(stage.front != NULL, ==, rows[i].is_open);
        if (stage.front) {
            draw(40, 9);
            g_assert_cmpint(is_shown("n, Esc  no"), ==, rows[i].level != CONFIRM_BUTTON);
            g_assert_cmpint(is_shown("Type  1,204:  [ "), ==, rows[i].level == CONFIRM_NUMBER);
            draw(80, 21);
            g_assert_cmpint(is_shown("for \"Send\":  [ "), ==, rows[i].level == CONFIRM_NUMBER);
            press("<Esc>");
        }
        g_assert_cmpint(freed, ==, 1);
        stage_end();
    }
}

static void test_confirm_nothing(void)
{
    const struct confirm c = {.level = CONFIRM_NONE};
    stage_begin();
    forget();
    confirm_ask(NULL, &c, note_yes, g_strdup("data"), note_free);
    g_assert_cmpint(times, ==, 1);
    g_assert_cmpint(freed, ==, 1);
    stage_end();
}

/* ---- menus ---- */

static const struct menu_item items[] = {
    {.label = "Name", .detail = "of the campaign", .id = 10, .group = "Columns"},
    {.label = "State", .id = 20, .is_marked = TRUE},
    {.label = "Rate", .id = 30, .why_not = "nothing is being sent"},
    {.label = "Changed", .id = 40, .group = "Times"},
};

static void test_menu(void)
{
    static const struct {
        unsigned flags;
        const char *keys, *ids; /* NULL: no answer, and it is still open */
    } rows[] = {
        {0, "<Enter>", "20"},
        {0, "<Up><Enter>", "10"},
        {0, "chan<Enter>", "40"},
        {0, "rate<Enter>", NULL},
        {0, "zzz<Enter>", NULL},
        {0, "zzz<Esc><End><Enter>", "40"},
        {MENU_MULTI, "<Enter>", "20"},
        {MENU_MULTI, " <Enter>", "10,20"},
        {MENU_MULTI, "<Down> <Enter>", ""},
        {MENU_MULTI, "*<Enter>", "10,20,40"},
        {MENU_MULTI | MENU_ORDER, " <Up><Up>++<Enter>", "20,10"},
    };
    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
        const struct menu m = {.title = "Columns",
                               .items = items,
                               .n = G_N_ELEMENTS(items),
                               .flags = rows[i].flags};
        stage_begin();
        forget();
        g_test_message("row %u: %s", i, rows[i].keys);
        menu_ask(NULL, &m, note_ids, g_strdup("data"), note_free);
        press(rows[i].keys);
        g_assert_cmpstr(answer_text, ==, rows[i].ids);
        if (!rows[i].ids) {
            draw(80, 21);
            draw(40, 9);
            draw(40, 2);
            press("<Esc><Esc>");
            g_assert_cmpint(times, ==, 0);
        }
        g_assert_cmpint(freed, ==, 1);
        stage_end();
    }
}

static void test_menu_is_drawn(void)
{
    const struct menu m = {.title = "Columns",
                           .text = long_text,
                           .items = items,
                           .n = G_N_ELEMENTS(items),
                           .flags = MENU_MULTI};
    const struct menu none = {.title = "Lists", .empty = "No lists yet. i imports one."};
    stage_begin();
    forget();
    menu_ask(NULL, &m, note_ids, g_strdup("data"), note_free);
    draw(80, 21);
    g_assert_true(is_shown(">[ ] Name"));
    g_assert_true(is_shown("[x] State"));
    g_assert_true(is_shown("nothing is being sent"));
    g_assert_true(is_shown("Times"));
    draw(40, 9);
    g_assert_true(is_shown(">[ ] Name"));
    press("<Esc>");
    menu_ask(NULL, &none, note_ids, g_strdup("data"), note_free);
    draw(80, 21);
    g_assert_true(is_shown("No lists yet"));
    press("<Enter>");
    g_assert_cmpint(times, ==, 0);
    press("<Esc>");
    g_assert_cmpint(freed, ==, 2);
    stage_end();
}

/* ---- what can be done here ---- */

static int ran;

static void run_one(struct view *v)
{
    g_assert_true(stage.front == v); /* the menu is gone */
    ran++;
}

static const char *why_not_two(struct view *v)
{
    (void)v;
    return "nothing is being sent";
}

static void draw_nothing(struct view *v, struct rect r)
{
    (void)v;
    (void)r;
}

static char *front_title(struct view *v)
{
    (void)v;
    return g_strdup("Volunteers March");
}

static gboolean open_nothing(struct view *v, const void *arg, GError **error)
{
    (void)v;
    (void)arg;
    (void)error;
    return TRUE;
}

static void close_nothing(struct view *v)
{
    (void)v;
}

static const struct action front_actions[] = {
    {"one", '1', 0, "one", "do the first thing", NULL, "campaign report", NULL, run_one},
    {"two", '2', TK_F2, "two", "do the second thing", "Others", NULL, why_not_two, run_one},
    {.name = NULL},
};

static const struct view_ops front_ops = {.name = "front",
                                          .open = open_nothing,
                                          .close = close_nothing,
                                          .title = front_title,
                                          .draw = draw_nothing,
                                          .actions = front_actions};

static void test_help(void)
{
    stage_begin();
    ran = 0;
    struct view *front = __wrap_ui_push(NULL, &front_ops, NULL);
    help_open(front);
    draw(80, 21);
    g_assert_true(is_shown("Volunteers March")); /* a heading of what has none */
    g_assert_true(is_shown("not possible: nothing is being sent"));
    g_assert_true(is_shown("Everywhere"));
    g_assert_nonnull(strstr(stage.front->ops->hint(stage.front), "crier campaign report"));
    press("second<Enter>");
    g_assert_cmpint(ran, ==, 0);
    g_assert_nonnull(strstr(stage.said, "nothing is being sent"));
    press("<F1>");
    draw(80, 21);
    g_assert_true(is_shown("Key: 2, also F2"));
    g_assert_true(is_shown("front = { two ="));
    arm();
    press("<Esc><Esc>");
    press("campaign rep<Enter>"); /* its verb finds it, too */
    g_assert_cmpint(ran, ==, 1);
    __wrap_ui_close(front);
    stage_end();
}

/* ---- files ---- */

static void make_file(const char *dir, const char *name)
{
    g_autofree char *path = g_build_filename(dir, name, NULL);
    g_assert_true(g_file_set_contents(path, "x", 1, NULL));
}

static void remove_all(const char *dir)
{
    GDir *d = g_dir_open(dir, 0, NULL);
    for (const char *name; (name = g_dir_read_name(d));) {
        g_autofree char *path = g_build_filename(dir, name, NULL);
        if (g_file_test(path, G_FILE_TEST_IS_DIR))
            remove_all(path);
        else
            g_assert_cmpint(g_remove(path), ==, 0);
    }
    g_dir_close(d);
    g_assert_cmpint(g_rmdir(dir), ==, 0);
}

static void test_chooser(void)
{
    static const char *const suffixes[] = {".csv", NULL};
    const struct chooser c = {.title = "Which file?", .suffixes = suffixes};
    g_autofree char *dir = g_dir_make_tmp("crier-files-XXXXXX", NULL);
    g_autofree char *inbox = g_build_filename(dir, "inbox", NULL);
    g_autofree char *people = g_build_filename(inbox, "people.csv", NULL);
    struct stat st;
    stage.workspace.dir = dir;
    stage_begin();
    forget();
    chooser_ask(NULL, &c, note_text, g_strdup("data"), note_free);
    g_assert_cmpint(stat(inbox, &st), ==, 0);
    g_assert_cmpint(st.st_mode & 0777, ==, 0700);
    draw(80, 21);
    g_assert_true(is_shown("scp FILE"));
    /* What is dropped meanwhile is seen. */
    make_file(inbox, "people.csv");
    make_file(inbox, "flyer.pdf");
    g_assert_true(stage.front->ops->tick(stage.front));
    draw(80, 21);
    g_assert_true(is_shown("people.csv"));
    g_assert_false(is_shown("flyer.pdf"));
    draw(40, 9);
    g_assert_true(is_shown("people.csv"));
    press("<^A>");
    draw(80, 21);
    g_assert_true(is_shown("flyer.pdf"));
    press("<^A>peo<Enter>");
    g_assert_cmpstr(answer_text, ==, people);
    g_assert_cmpint(freed, ==, 1);
    stage_end();
    remove_all(dir);
}

static void test_chooser_goes_about(void)
{
    g_autofree char *dir = g_dir_make_tmp("crier-files-XXXXXX", NULL);
    g_autofree char *sub = g_build_filename(dir, "sub", NULL);
    g_autofree char *deep = g_build_filename(sub, "deep", NULL);
    const struct chooser c = {.title = "Which?", .folder = dir, .takes_folders = TRUE};
    stage.workspace.dir = dir;
    g_assert_cmpint(mkdir(sub, 0700), ==, 0);
    g_assert_cmpint(mkdir(deep, 0700), ==, 0);
    stage_begin();
    forget();
    chooser_ask(NULL, &c, note_text, g_strdup("data"), note_free);
    press("sub<Enter>");
    draw(80, 21);
    g_assert_true(is_shown(sub));
    press("sub/nothing<Enter>"); /* a path from here */
    g_assert_nonnull(strstr(stage.said, "there is no such file"));
    press("<Esc>./deep<Enter>");
    draw(200, 21);
    g_assert_true(is_shown(deep));
    press("<BS>");
    press("<^D>");
    g_assert_cmpstr(answer_text, ==, sub);
    stage_end();
    remove_all(dir);
}

static void test_chooser_takes_no_folder(void)
{
    g_autofree char *dir = g_dir_make_tmp("crier-files-XXXXXX", NULL);
    const struct chooser c = {.title = "Which?", .folder = "/nonexistent/folder"};
    stage.workspace.dir = dir;
    stage_begin();
    forget();
    chooser_ask(NULL, &c, note_text, g_strdup("data"), note_free);
    press("<^D>");
    g_assert_nonnull(strstr(stage.said, "not a folder"));
    press("<Esc>");
    g_assert_cmpint(times, ==, 0);
    g_assert_cmpint(freed, ==, 1);
    stage_end();
    remove_all(dir);
}

/* ---- where to write ---- */

static void note_path(struct ui *ui, const char *path, gboolean may_overwrite, void *data)
{
    note_text(ui, path, data);
    answered = may_overwrite;
}

/* What is there already is only written over when somebody says so. */
static void test_saving(void)
{
    static const struct {
        const char *name, *inside, *keys;
        int times;
        gboolean may_overwrite;
    } rows[] = {
        {"new", NULL, "<Enter>", 1, FALSE},
        {"old", NULL, "<Enter><Esc>", 0, FALSE},
        {"old", NULL, "<Enter><Enter>", 0, FALSE},
        {"old", NULL, "<Enter>O", 1, TRUE},
        {"old", NULL, "<Enter><Left><Enter>", 1, TRUE},
        {"folder", "old", "<Enter><Enter>", 0, FALSE},
        {"folder", "old", "<Enter>O", 1, TRUE},
        {"folder", "other", "<Enter>", 1, FALSE},
        {"folder", NULL, "<Enter>", 1, FALSE}, /* whoever writes it says what is wrong */
        {"old", NULL, "<Esc>", 0, FALSE},
    };
    g_autofree char *dir = g_dir_make_tmp("crier-files-XXXXXX", NULL);
    g_autofree char *folder = g_build_filename(dir, "folder", NULL);
    g_autofree char *old = g_build_filename(dir, "old", NULL);
    g_autofree char *inside = g_build_filename(folder, "old", NULL);
    g_assert_cmpint(g_mkdir(folder, 0700), ==, 0);
    g_assert_true(g_file_set_contents(old, "x", -1, NULL));
    g_assert_true(g_file_set_contents(inside, "x", -1, NULL));
    stage_begin();
    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *path = g_build_filename(dir, rows[i].name, NULL);
        const struct dialog_line q = {.title = "Export", .label = "File", .value = path};
        forget();
        saving_ask(NULL, &q, rows[i].inside, note_path, g_strdup("data"), note_free);
        const char *keys = rows[i].keys, *rest = strchr(keys, '>') + 1;
        g_autofree char *first = g_strndup(keys, (gsize)(rest - keys));
        press(first);
        if (stage.front) {
            draw(80, 21);
            g_assert_true(is_shown("already"));
            arm();
            press(rest);
        }
        g_assert_null(stage.front);
        g_assert_cmpint(times, ==, rows[i].times);
        g_assert_cmpint(freed, ==, 1);
        if (times > 0) {
            g_assert_cmpstr(answer_text, ==, path);
            g_assert_cmpint(answered, ==, rows[i].may_overwrite);
        }
    }
    stage_end();
    remove_all(dir);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/dialogs/choose", test_choose);
    g_test_add_func("/dialogs/closed-from-outside", test_closed_from_outside);
    g_test_add_func("/dialogs/choose-is-drawn", test_choose_is_drawn);
    g_test_add_func("/dialogs/line", test_line);
    g_test_add_func("/dialogs/line-cancelled", test_line_cancelled);
    g_test_add_func("/dialogs/saving", test_saving);
    g_test_add_func("/dialogs/confirm", test_confirm);
    g_test_add_func("/dialogs/confirm-nothing", test_confirm_nothing);
    g_test_add_func("/dialogs/menu", test_menu);
    g_test_add_func("/dialogs/menu-is-drawn", test_menu_is_drawn);
    g_test_add_func("/dialogs/help", test_help);
    g_test_add_func("/dialogs/chooser", test_chooser);
    g_test_add_func("/dialogs/chooser-goes-about", test_chooser_goes_about);
    g_test_add_func("/dialogs/chooser-takes-no-folder", test_chooser_takes_no_folder);
    return g_test_run();
}
