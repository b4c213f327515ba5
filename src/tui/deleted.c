/*
 * The undo of deletions: the ids of the bin's entries are kept with the sentence.
 */
#include "config.h"

#include "tui/deleted.h"

#include "base/i18n.h"
#include "store/bin.h"

static void bring_back(struct ui *ui, void *data)
{
    GArray *ids = data;
    g_autoptr(GError) error = NULL;
    for (guint i = 0; i < ids->len && !error; i++) {
        struct bin_restored r = {0};
        if (bin_restore(ui_db(ui), g_array_index(ids, gint64, i), &r, &error))
            ui_say(ui, r.was ? _("%s is back as %s: its name is another's now.")
                             : _("%s is back."),
                   r.was ? r.was : r.name, r.name);
        bin_restored_clear(&r);
    }
    ui_fail(ui, g_steal_pointer(&error));
    ui_reload(ui);
}

static void free_ids(gpointer ids)
{
    g_array_unref(ids);
}

void deleted_say(struct ui *ui, const char *sentence, int n)
{
    g_autoptr(GError) error = NULL;
    GArray *ids = g_array_new(FALSE, FALSE, sizeof(gint64));
    g_autoptr(GPtrArray) page = bin_page(ui_db(ui), 0, n, &error);
    for (guint i = 0; page && i < page->len; i++) {
        const struct bin_entry *e = page->pdata[i];
        g_array_append_val(ids, e->id);
    }
    ui_say_undo(ui, sentence, bring_back, ids, free_ids);
    ui_reload(ui);
}
