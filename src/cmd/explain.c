/*
 * crier campaign explain: why it is not out yet. The reasons are app/explain's.
 */
#include "config.h"

#include "cmd/handlers.h"

#include "app/explain.h"
#include "base/text.h"

static void put_json(const struct cmd_context *c, const GPtrArray *reasons)
{
    g_autoptr(GString) json = g_string_new(NULL);
    struct json_writer *w = json_writer_new_string(json, FALSE);
    json_begin_object(w);
    json_kv_string(w, "campaign", cmd_word(c, 0));
    json_kv_string(w, "address", cmd_word(c, 1));
    json_key(w, "reasons");
    json_begin_array(w);
    for (guint i = 0; i < reasons->len; i++)
        explain_reason_json(w, g_ptr_array_index(reasons, i));
    json_end_array(w);
    json_end_object(w);
    json_writer_free(w);
    cmd_put_json(json);
}

static void put_lines(const GPtrArray *reasons)
{
    for (guint i = 0; i < reasons->len; i++) {
        const struct explain_reason *r = g_ptr_array_index(reasons, i);
        g_autofree char *text = text_safe(r->text, -1, 0);
        g_autofree char *verb = r->verb ? text_safe(r->verb, -1, 0) : NULL;
        printf("%s%s%s\n", text, verb ? ": crier " : "", verb ? verb : "");
    }
}

int cmd_campaign_explain(struct cmd_context *c)
{
    GError *error = NULL;
    const char *name = cmd_word(c, 0), *address = cmd_word(c, 1);
    g_autoptr(GPtrArray) reasons = address ? explain_person(c->db, c->ws, name, address, &error)
                                           : explain_campaign(c->db, c->ws, name, &error);
    if (!reasons)
        return cmd_fail(error);
    if (cmd_wants_json(c))
        put_json(c, reasons);
    else
        put_lines(reasons);
    return 0;
}
