/*
 * crier campaign correct: a draft for those who got a version with a mistake.
 */
#include "config.h"

#include "cmd/handlers.h"

#include <inttypes.h>

#include "app/correct.h"
#include "base/error.h"
#include "base/i18n.h"
#include "base/json.h"
#include "base/text.h"

static void put_json(const char *name, gint64 version, const struct correction *made)
{
    g_autoptr(GString) json = g_string_new(NULL);
    struct json_writer *w = json_writer_new_string(json, FALSE);
    json_begin_object(w);
    json_kv_string(w, "name", made->name);
    json_kv_string(w, "only_campaign", name);
    json_kv_int(w, "only_version", version);
    json_kv_int(w, "total", made->total);
    json_kv_int(w, "suppressed", made->suppressed);
    json_kv_int(w, "people", made->people);
    json_end_object(w);
    json_writer_free(w);
    cmd_put_json(json);
}

static void say_made(const char *name, gint64 version, const struct correction *made)
{
    g_autofree char *people = text_grouped(made->people);
    g_autofree char *never = text_grouped(made->suppressed);
    g_autofree char *which = version > 0 ? g_strdup_printf(_("version %d"), (int)version)
                                         : g_strdup(_("an older version"));
    cmd_say(ngettext("Campaign %s is a draft like %s for the %s person who got %s of it.",
                     "Campaign %s is a draft like %s for the %s people who got %s of it.",
                     (unsigned long)made->people),
            made->name, name, people, which);
    if (made->suppressed > 0)
        cmd_say(_("%s more got it and are never to be mailed."), never);
    cmd_say(_("Write what was wrong (crier campaign edit %s), then check and start it."),
            made->name);
}

int cmd_campaign_correct(struct cmd_context *c)
{
    GError *error = NULL;
    const char *name = cmd_word(c, 0), *new_name = cmd_option(c, "name");
    struct correction made = {0};
    gint64 version = 0;
    if (!cmd_option_int(c, "version", 1, 1000000, 0, &version, &error) ||
        (new_name && !cmd_check_new_name(new_name, &error)) ||
        !correct_campaign(c->db, name, version, new_name, &made, &error))
        return cmd_fail(error);
    if (cmd_wants_json(c))
        put_json(name, version, &made);
    say_made(name, version, &made);
    correction_clear(&made);
    return 0;
}
