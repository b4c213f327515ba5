/*
 * The manual of the screens, made from the tables of screens, actions and verbs. What every
 * widget takes (lists, forms, texts) has no table of actions and stands here.
 */
#include "config.h"

#include "tui/help.h"

#include <string.h>

#include "app/verbs.h"
#include "base/i18n.h"
#include "base/text.h"
#include "tui/pager_dialog.h"
#include "tui/screens.h"
#include "tui/ui_private.h"
#include "tui/views.h"

#define INDENT 2
#define KEY_COLUMNS 12
#define MANUAL_COLUMNS 76

struct entry {
    const char *key;  /* N_() where it is a word */
    const char *text; /* N_() */
};

static const struct entry list_keys[] = {
    {N_("arrows, j k"), N_("move; PgUp PgDn and ^B ^F by pages, Home End and g G to the ends")},
    {"/", N_("show only rows with these words; FIELD:VALUE looks in one column; Esc clears")},
    {N_("Space, *"), N_("mark the row, mark or unmark all shown; actions then do all marked")},
    {"s, < >, I", N_("choose the order, the column before or behind, turn it round")},
    {"C", N_("choose the columns")},
    {NULL, NULL},
};

static const struct entry form_keys[] = {
    {N_("Tab, S-Tab"),
     N_("next field, field before; Enter goes on, too, and presses a button")},
    {"^S", N_("save")},
    {"^O", N_("this text in your editor: $VISUAL or $EDITOR")},
    {"^N ^P", N_("next and previous field with a problem")},
    {"^A ^E ^W ^K", N_("beginning, end, cut the word before, cut what is behind")},
    {"^Y, ^_", N_("put back what was cut; undo in the field")},
    {"^T", N_("show a password")},
    {"F1", N_("what this field is for")},
    {NULL, NULL},
};

static const struct entry text_keys[] = {
    {N_("arrows, j k"), N_("move; PgUp PgDn, Space, Home End and g G as in lists")},
    {"/, n N", N_("search, next, the one before")},
    {"w", N_("fold long lines, or not")},
    {"y", N_("copy it to the clipboard of your terminal, and to a file")},
    {NULL, NULL},
};

static const struct entry levels[] = {
    {N_("nothing"), N_("what can be undone is done at once; u takes it back")},
    {N_("a button"), N_("what reaches out in a small way: a test mail, a test of a server")},
    {"y", N_("what changes something that runs. Enter and the key that asked do not answer")},
    {N_("a number"), N_("what cannot be taken back: type the number that is shown, then y")},
    {NULL, NULL},
};

static const struct entry words[] = {
    {N_("accepted"), N_("a server took the mail; what becomes of it then nobody can see")},
    {N_("failed"), N_("refused at once, or came back later")},
    {N_("waiting"), N_("put off by a server; it is tried again by itself")},
    {N_("maybe sent"),
     N_("a line broke while a server answered: you decide whether to resend")},
    {N_("never mail"), N_("who is never written to: unsubscribed, bounced, complained")},
    {N_("held"), N_("stopped by itself; the reason stands beside it, and you resume")},
    {NULL, NULL},
};

/* ---- writing ---- */

/* `text` behind column `at`, folded under itself. The line so far ends there or before. */
static void put_folded(GString *out, int at, int width, const char *text)
{
    const char *s = text;
    do {
        gsize len;
        const char *next = text_wrap(s, (gsize)MAX(10, width - at), &len);
        g_string_append_len(out, s, (gssize)len);
        g_string_append_c(out, '\n');
        s = next;
        if (*s)
            g_string_append_printf(out, "%*s", at, "");
    } while (*s);
}

static void put_entry(GString *out, int width, const char *key, const char *text)
{
    int cells = (int)text_cells(key);
    int at = INDENT + KEY_COLUMNS + 1;
    g_string_append_printf(out, "%*s%s", INDENT, "", key);
    if (cells > KEY_COLUMNS)
        g_string_append_printf(out, "\n%*s", at, "");
    else
        g_string_append_printf(out, "%*s", at - INDENT - cells, "");
    put_folded(out, at, width, text);
}

static void put_heading(GString *out, const char *heading)
{
    g_string_append_printf(out, "%s%s\n", out->len > 0 ? "\n" : "", heading);
}

static void put_text(GString *out, int width, const char *text)
{
    g_string_append_printf(out, "%*s", INDENT, "");
    put_folded(out, INDENT, width, text);
}

static void put_entries(GString *out, int width, const char *heading, const struct entry *table)
{
    put_heading(out, heading);
    for (; table->text; table++)
        put_entry(out, width, _(table->key), _(table->text));
}

/* The line that the keys of a view stand under. Caller frees. */
static char *view_heading(const char *name)
{
    return g_strdup_printf(_("KEYS: %s"), name);
}

/* ---- keys ---- */

static void each_entry(const struct help_calls *calls, void *data, const char *name,
                       const struct entry *table)
{
    calls->section(name, data);
    for (; table->text; table++)
        calls->key(table->key, table->text, data);
}

static void each_action(const struct help_calls *calls, void *data, const char *name,
                        const char *view, const struct action *table)
{
    calls->section(name, data);
    for (const struct action *a = table; a && a->name; a++) {
        if (!help_is_there(view, a))
            continue;
        g_autofree char *key = term_key_name(action_key(view, a));
        g_autofree char *alias = a->alias ? term_key_name(a->alias) : NULL;
        g_autofree char *keys = alias ? g_strdup_printf("%s, %s", key, alias) : g_strdup(key);
        calls->key(keys, a->help, data);
    }
}

void help_each_key(const struct help_calls *calls, void *data)
{
    each_action(calls, data, N_("everywhere"), HELP_GLOBAL, ui_global_actions());
    each_entry(calls, data, N_("lists"), list_keys);
    each_entry(calls, data, N_("forms"), form_keys);
    each_entry(calls, data, N_("texts"), text_keys);
    for (const struct view_ops *const *v = views_all(); *v; v++)
        if ((*v)->actions)
            each_action(calls, data, (*v)->name, (*v)->name, (*v)->actions);
}

struct page {
    GString *out;
    int width;
};

static void put_section(const char *name, void *data)
{
    struct page *page = data;
    /* A view is called as the file of one's own keys has it, in every language. */
    g_autofree char *heading = view_heading(views_find(name) ? name : _(name));
    put_heading(page->out, heading);
}

static void put_key(const char *keys, const char *text, void *data)
{
    struct page *page = data;
    put_entry(page->out, page->width, _(keys), _(text));
}

static void put_screens(GString *out, int width)
{
    put_heading(out, _("SCREENS"));
    for (int i = 0; i < SCREENS_COUNT; i++) {
        const struct screen *s = &screens_all()[i];
        g_autofree char *key = g_strdup_printf("%d", s->number);
        if (s->view)
            put_entry(out, width, key, _(s->title));
    }
}

static void put_verbs(GString *out, int width)
{
    put_heading(out, _("COMMAND LINE"));
    put_text(
        out, width,
        _("These work behind : and as `crier ...` in a shell. crier VERB --help says more."));
    for (const struct verb *v = verbs_all(); v->noun; v++) {
        g_autofree char *name = g_strconcat(v->noun, v->verb ? " " : "", v->verb, NULL);
        put_entry(out, width, name, _(v->help));
    }
}

char *help_manual_text(int width)
{
    static const struct help_calls calls = {put_section, put_key};
    GString *out = g_string_new(NULL);
    struct page page = {out, width};
    put_heading(out, _("CRIER"));
    put_text(out, width,
             _("Write a mail, choose who gets it, check it, send it, see what became of it. ? "
               "shows what can be done at each place and does it; : takes commands. What is "
               "being sent goes on when you leave."));
    put_screens(out, width);
    help_each_key(&calls, &page);
    put_entries(out, width, _("QUESTIONS"), levels);
    put_entries(out, width, _("WORDS"), words);
    put_heading(out, _("YOUR OWN KEYS"));
    put_text(out, width,
             _("~/.config/crier/keys.cfg: keys = { VIEW = { ACTION = \"f5\"; }; }; F1 on a row "
               "of ? shows both names."));
    put_verbs(out, width);
    return g_string_free(out, FALSE);
}

void help_manual(struct ui *ui, const struct view *front)
{
    int columns, rows;
    term_size(&columns, &rows);
    g_autofree char *text = help_manual_text(CLAMP(columns - 4, 30, MANUAL_COLUMNS));
    g_autofree char *at = front ? view_heading(front->ops->name) : NULL;
    pager_dialog_show_at(ui, _("Manual"), text, at);
}
