/*
 * Asking for a file or a folder to write to, and before one is overwritten. The dialogs
 * themselves are dialog.c's.
 */
#include "config.h"

#include "tui/saving.h"

#include "base/i18n.h"

enum { ANSWER_OVERWRITE, ANSWER_KEEP };

struct saving {
    char *title, *path; /* owned */
    char *inside;       /* owned; may be NULL */
    saving_done *done;
    void *data; /* the caller's; freed with it */
    GDestroyNotify free_data;
};

static void saving_free(gpointer data)
{
    struct saving *s = data;
    if (s->free_data)
        s->free_data(s->data);
    g_free(s->title);
    g_free(s->path);
    g_free(s->inside);
    g_free(s);
}

/* A device or a pipe holds nothing that could be lost. */
static gboolean is_taken(const struct saving *s, const char *path)
{
    g_autofree char *file = s->inside ? g_build_filename(path, s->inside, NULL) : NULL;
    return g_file_test(file ? file : path, G_FILE_TEST_IS_REGULAR);
}

static void take_answer(struct ui *ui, int button, void *data)
{
    struct saving *s = data;
    if (button == ANSWER_OVERWRITE)
        s->done(ui, s->path, TRUE, s->data);
}

static void take_name(struct ui *ui, const char *value, void *data)
{
    struct saving *s = data;
    if (!is_taken(s, value)) {
        s->done(ui, value, FALSE, s->data);
        return;
    }
    const char *const buttons[] = {_("Overwrite"), _("Keep"), NULL};
    g_autofree char *text = g_strdup_printf(
        s->inside ? _("%s has a campaign already. Its files would be overwritten, and nothing "
                      "brings them back.")
                  : _("%s is there already. It would be overwritten, and nothing brings it "
                      "back."),
        value);
    /* The first question frees what it was given when this returns. */
    struct saving *again = g_new0(struct saving, 1);
    *again = *s;
    *s = (struct saving){0};
    again->path = g_strdup(value);
    dialog_choose(ui, again->title, text, buttons, ANSWER_KEEP, take_answer, again, saving_free);
}

void saving_ask(struct ui *ui, const struct dialog_line *q, const char *inside,
                saving_done *done, void *data, GDestroyNotify free_data)
{
    struct dialog_line line = *q;
    struct saving *s = g_new0(struct saving, 1);
    s->title = g_strdup(q->title);
    s->inside = g_strdup(inside);
    s->done = done;
    s->data = data;
    s->free_data = free_data;
    line.check = dialog_check_path;
    dialog_line(ui, &line, take_name, s, saving_free);
}
