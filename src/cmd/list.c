/*
 * crier list: the lists of people. Who is in them is said by crier people.
 */
#include "config.h"

#include "cmd/handlers.h"

#include "app/shapes.h"
#include "base/error.h"
#include "base/i18n.h"
#include "store/people.h"

static const struct output_column columns[] = {
    {"name", N_("Name")},
    {"members", N_("People"), OUTPUT_NUMBER},
    {"title", N_("Title")},
    {"created", N_("Made"), OUTPUT_TIME},
    {NULL},
};

static void put_list(struct json_writer *w, const void *record, void *data)
{
    shape_list(w, record);
}

int cmd_list_new(struct cmd_context *c)
{
    GError *error = NULL;
    gint64 id;
    if (!list_new(c->db, cmd_word(c, 0), cmd_option(c, "title"), &id, &error)) {
        cmd_wrong_usage(&error);
        return cmd_fail(error);
    }
    cmd_say(_("List %s is there, without people yet."), cmd_word(c, 0));
    return 0;
}

int cmd_list_list(struct cmd_context *c)
{
    GError *error = NULL;
    g_autoptr(GPtrArray) all = list_all(c->db, &error);
    return cmd_put_list(c, columns, all, put_list, NULL, error);
}

int cmd_list_show(struct cmd_context *c)
{
    GError *error = NULL;
    struct list l = {0};
    if (!list_get(c->db, cmd_word(c, 0), &l, &error))
        return cmd_fail(error);
    cmd_put_record(c, columns, &l, put_list, NULL);
    list_clear(&l);
    return 0;
}

int cmd_list_set(struct cmd_context *c)
{
    GError *error = NULL;
    struct list l = {0};
    guint n = 0;
    gboolean ok = list_get(c->db, cmd_word(c, 0), &l, &error) &&
                  cmd_set_fields(c, &l, &n, &error);
    if (ok && n == 0) {
        g_set_error(&error, CRIER_ERROR, CRIER_ERROR_USAGE,
                    _("nothing to set: use --title 'Our newsletter'"));
        ok = FALSE;
    }
    ok = ok && list_put(c->db, &l, &error);
    list_clear(&l);
    return ok ? 0 : cmd_fail(error);
}

int cmd_list_delete(struct cmd_context *c)
{
    GError *error = NULL;
    if (!list_delete(c->db, cmd_word(c, 0), &error))
        return cmd_fail(error);
    cmd_say(
        _("List %s is deleted. Its people are still there; for 30 days crier undo or crier bin "
          "restore brings it back."),
        cmd_word(c, 0));
    return 0;
}
