/*
 * `crier firewall` in a child, a page a format, to be read, copied and saved. Nothing is
 * applied; the text is the verb's.
 */
#include "config.h"

#include "tui/firewall_view.h"

#include <string.h>

#include "base/file.h"
#include "base/i18n.h"
#include "base/text.h"
#include "tui/dialog.h"
#include "tui/pager.h"
#include "tui/saving.h"
#include "tui/task.h"
#include "tui/ui.h"

#define TEXT_MODE 0644 /* there is no secret in it, and root loads it */

/* In the order of their pages. */
static const struct {
    const char *format; /* of the verb; NULL: the overview */
    const char *title;  /* N_() where it is a word */
    const char *file;   /* to save it as */
} pages[] = {
    {NULL, N_("Overview"), "crier-ports.txt"},
    {"nft", "nft", "crier.nft"},
    {"iptables", "iptables", "crier.iptables"},
    {"ufw", "ufw", "crier-ufw.sh"},
    {"firewalld", "firewalld", "crier-firewalld.sh"},
    {"cloud", N_("cloud"), "crier-cloud.txt"},
    {"router", N_("router"), "crier-router.txt"},
    {"ssh", "ssh", "crier-ssh.txt"},
    {"nginx", "nginx", "crier-nginx.conf"},
    {"apache", "apache", "crier-apache.conf"},
    {"caddy", "caddy", "Caddyfile.crier"},
};
#define PAGES ((int)G_N_ELEMENTS(pages))

struct firewall_text {
    int page;
    struct pager pager;
    struct task *task; /* owned while it runs */
    char *text;        /* owned; of this page; NULL: not there yet */
};

/* ---- reading ---- */

static void take_end(const struct task_result *r, void *data)
{
    struct view *v = data;
    struct firewall_text *s = v->state;
    s->task = NULL;
    pager_empty(&s->pager);
    if (r->exit_code == 0) {
        s->text = text_safe_block(r->out, (gssize)r->out_len, 0);
        pager_set_text(&s->pager, s->text);
        pager_go_to(&s->pager, 0);
    } else {
        pager_add(&s->pager, ROLE_ERROR, *r->error ? r->error : _("There is no text."));
    }
    ui_redraw(v->ui);
}

static void read_page(struct view *v)
{
    static const struct task_calls calls = {.done = take_end};
    struct firewall_text *s = v->state;
    const char *format = pages[s->page].format;
    const char *const args[] = {"firewall", format ? "--format" : NULL, format, NULL};
    g_autoptr(GError) error = NULL;
    task_drop(s->task);
    g_clear_pointer(&s->text, g_free);
    s->task = task_start(v->ui, args, NULL, &calls, v, &error);
    if (!s->task)
        ui_fail(v->ui, g_steal_pointer(&error));
    ui_redraw(v->ui);
}

static gboolean open_firewall(struct view *v, const void *arg, GError **error)
{
    struct firewall_text *s = v->state;
    pager_init(&s->pager);
    for (int i = 0; arg && i < PAGES; i++)
        if (g_strcmp0(pages[i].format, arg) == 0)
            s->page = i;
    read_page(v);
    return TRUE;
}

static void close_firewall(struct view *v)
{
    struct firewall_text *s = v->state;
    task_drop(s->task);
    pager_clear(&s->pager);
    g_free(s->text);
}

void firewall_show(struct ui *ui, const char *format)
{
    ui_push(ui, firewall_view(), format);
}

/* ---- the frame and the page ---- */

static char *title(struct view *v)
{
    const struct firewall_text *s = v->state;
    return g_strdup_printf(_("Ports > Firewall > %s"), _(pages[s->page].title));
}

static const char *hint(struct view *v)
{
    struct firewall_text *s = v->state;
    const char *text = pager_hint(&s->pager);
    return text && *text ? text : _("Nothing of this is applied by crier.");
}

/* The one that is open has brackets; where not all have room, only that one. */
static void draw_pages(const struct firewall_text *s, struct rect r)
{
    int cells = 1, x = 0;
    for (int i = 0; i < PAGES; i++)
        cells += (int)text_cells(_(pages[i].title)) + 1;
    if (cells > r.w) {
        draw_format(r, 1, 0, ROLE_TAB_CURRENT, _("[%s] %d of %d"), _(pages[s->page].title),
                    s->page + 1, PAGES);
        return;
    }
    for (int i = 0; i < PAGES; i++) {
        const char *lead = i == s->page ? "[" : i > 0 && i == s->page + 1 ? "]" : " ";
        x += draw_text(r, x, 0, ROLE_TAB, lead);
        x += draw_text(r, x, 0, i == s->page ? ROLE_TAB_CURRENT : ROLE_TAB, _(pages[i].title));
    }
    draw_text(r, x, 0, ROLE_TAB, s->page == PAGES - 1 ? "]" : "");
}

static void draw(struct view *v, struct rect r)
{
    struct firewall_text *s = v->state;
    draw_pages(s, rect_rows(r, 0, 1));
    pager_draw(&s->pager, rect_part(r, 1, 2, r.w - 2, r.h - 2), TRUE);
}

static void draw_plain(struct view *v, struct rect r)
{
    struct firewall_text *s = v->state;
    draw_format(r, 0, 0, ROLE_NORMAL, _("%s, page %d of %d"), _(pages[s->page].title),
                s->page + 1, PAGES);
    pager_draw(&s->pager, rect_part(r, 0, 1, r.w, r.h - 1), TRUE);
}

/* ---- what can be done ---- */

static void turn(struct view *v, int by)
{
    struct firewall_text *s = v->state;
    s->page = (s->page + by + PAGES) % PAGES;
    read_page(v);
}

static void run_next(struct view *v)
{
    turn(v, 1);
}

static void run_before(struct view *v)
{
    turn(v, -1);
}

static const char *no_text(struct view *v)
{
    const struct firewall_text *s = v->state;
    return s->text ? NULL : _("There is no text yet.");
}

static void run_copy(struct view *v)
{
    const struct firewall_text *s = v->state;
    ui_copy(v->ui, s->text);
}

static void write_text(struct ui *ui, const char *path, gboolean may_overwrite, void *data)
{
    const struct firewall_text *s = ((struct view *)data)->state;
    g_autoptr(GError) error = NULL;
    if (!may_overwrite && g_file_test(path, G_FILE_TEST_EXISTS))
        ui_fail_text(ui, _("%s is there already. Choose another name."), path);
    else if (s->text && file_write_atomic(path, s->text, strlen(s->text), TEXT_MODE, &error))
        ui_say(ui, _("It is in %s. Nothing was applied: read it first."), path);
    else
        ui_fail(ui, g_steal_pointer(&error));
}

static void run_save(struct view *v)
{
    const struct firewall_text *s = v->state;
    g_autofree char *value = g_build_filename(g_get_home_dir(), pages[s->page].file, NULL);
    const struct dialog_line q = {.title = _("Save"),
                                  .text = _("This page as a file. crier applies nothing of it. "
                                            "The file:"),
                                  .label = _("File"),
                                  .value = value};
    saving_ask(v->ui, &q, NULL, write_text, v, NULL);
}

static void run_back(struct view *v)
{
    ui_close(v);
}

/* `w` saves here, as everywhere on these screens; the lines are short enough not to be folded.
 */
static gboolean key(struct view *v, const struct term_event *e)
{
    struct firewall_text *s = v->state;
    if (e->kind == EVENT_KEY && e->key == 'w' && !pager_is_asking(&s->pager))
        return FALSE;
    return pager_event(&s->pager, e);
}

static const struct action actions[] = {
    {"next-page", ']', 0, N_("next"), N_("the next format"), N_("FIREWALL"), "firewall", NULL,
     run_next},
    {"page-before", '[', 0, N_("before"), N_("the format before"), NULL, NULL, NULL,
     run_before},
    {"copy", 'y', 0, N_("copy"), N_("copy this page"), NULL, NULL, no_text, run_copy},
    {"save", 'w', 0, N_("save"), N_("write this page to a file"), NULL, "firewall", no_text,
     run_save},
    {"back", TK_ESC, 0, N_("back"), N_("back to the ports"), NULL, NULL, NULL, run_back},
    {NULL},
};

const struct view_ops *firewall_view(void)
{
    static const struct view_ops ops = {.name = "firewall",
                                        .state_size = sizeof(struct firewall_text),
                                        .open = open_firewall,
                                        .close = close_firewall,
                                        .title = title,
                                        .draw = draw,
                                        .draw_plain = draw_plain,
                                        .hint = hint,
                                        .key = key,
                                        .actions = actions};
    return &ops;
}
