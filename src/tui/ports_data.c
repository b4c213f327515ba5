/*
 * The rows of `crier ports --json`, read with care, and their states as words and roles.
 */
#include "config.h"

#include "tui/ports_data.h"

#include <inttypes.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/i18n.h"
#include "base/json.h"
#include "base/text.h"

#define NOTES_MAX 50

static void seen_free(gpointer data)
{
    struct ports_seen *s = data;
    char *const texts[] = {s->role, s->name,       s->bind,    s->state, s->text,
                           s->next, s->suggestion, s->program, s->user,  s->service};
    for (gsize i = 0; i < G_N_ELEMENTS(texts); i++)
        g_free(texts[i]);
    g_ptr_array_unref(s->notes);
    g_free(s);
}

static char *safe(const struct json *row, const char *key)
{
    const char *text = json_member_string(row, key);
    return text ? text_safe(text, -1, 0) : NULL;
}

static gint64 time_of(const struct json *row, const char *key)
{
    const char *text = json_member_string(row, key);
    gint64 us = 0;
    return text && clock_parse_utc(text, &us, NULL) ? us : 0;
}

static GPtrArray *notes_of(const struct json *row)
{
    GPtrArray *notes = g_ptr_array_new_with_free_func(g_free);
    const struct json *all = json_member(row, "notes");
    gsize n = all && json_get_kind(all) == JSON_KIND_ARRAY ? json_size(all) : 0;
    for (gsize i = 0; i < MIN(n, NOTES_MAX); i++)
        if (json_get_string(json_at(all, i)))
            g_ptr_array_add(notes, text_safe(json_get_string(json_at(all, i)), -1, 0));
    return notes;
}

static struct ports_seen *read_row(const struct json *row)
{
    struct ports_seen *s = g_new0(struct ports_seen, 1);
    s->is_connect = g_strcmp0(json_member_string(row, "direction"), "connect") == 0;
    s->role = safe(row, "role");
    s->name = safe(row, "name");
    s->bind = safe(row, "bind");
    s->state = safe(row, "state");
    s->text = safe(row, "text");
    s->next = safe(row, "next");
    s->suggestion = safe(row, "suggestion");
    s->program = safe(row, "program");
    s->user = safe(row, "user");
    s->service = safe(row, "service");
    s->pid = json_member_int(row, "pid", 0);
    s->last_us = time_of(row, "last");
    s->ms = json_member_int(row, "ms", -1);
    s->notes = notes_of(row);
    return s;
}

GPtrArray *ports_data_parse(const char *text, gsize len, GError **error)
{
    struct json *root = json_parse(text, len, error);
    if (!root)
        return NULL;
    if (json_get_kind(root) != JSON_KIND_ARRAY) {
        g_set_error_literal(error, CRIER_ERROR, CRIER_ERROR_INVALID,
                            _("this is no list of ports"));
        json_unref(root);
        return NULL;
    }
    GPtrArray *rows = g_ptr_array_new_with_free_func(seen_free);
    for (gsize i = 0; i < MIN(json_size(root), PORTS_DATA_MAX); i++)
        g_ptr_array_add(rows, read_row(json_at(root, i)));
    json_unref(root);
    return rows;
}

/* ---- states ---- */

static const struct {
    const char *state; /* as in the JSON */
    const char *word;  /* N_() */
    enum term_role role;
    gboolean is_trouble, is_held;
} states[] = {
    {"free", N_("free"), ROLE_OK, FALSE, FALSE},
    {"ours", N_("ours"), ROLE_OK, FALSE, FALSE},
    {"held", N_("HELD"), ROLE_ERROR, TRUE, TRUE},
    {"hidden", N_("HELD by somebody"), ROLE_ERROR, TRUE, TRUE},
    {"clash", N_("CLASHES with"), ROLE_ERROR, TRUE, TRUE},
    {"pooled", N_("SHARED"), ROLE_ERROR, TRUE, TRUE},
    {"busy", N_("BUSY: connections use it"), ROLE_ERROR, TRUE, TRUE},
    {"privileged", N_("NOT ALLOWED: a low port"), ROLE_ERROR, TRUE, FALSE},
    {"forbidden", N_("NOT ALLOWED"), ROLE_ERROR, TRUE, FALSE},
    {"not-ours", N_("NOT AN ADDRESS of this machine"), ROLE_ERROR, TRUE, FALSE},
    {"wrong", N_("NO ADDRESS with a port"), ROLE_ERROR, TRUE, FALSE},
    {"off", N_("off"), ROLE_NORMAL, FALSE, FALSE},
    {"ok", N_("ok"), ROLE_OK, FALSE, FALSE},
    {"failed", N_("FAIL"), ROLE_ERROR, FALSE, FALSE},
    {"resting", N_("resting"), ROLE_WARN, FALSE, FALSE},
    {"unused", N_("not used yet"), ROLE_NORMAL, FALSE, FALSE},
    {"listed", N_("listed"), ROLE_NORMAL, FALSE, FALSE},
};

static int state_of(const struct ports_seen *s)
{
    for (gsize i = 0; s && s->state && i < G_N_ELEMENTS(states); i++)
        if (strcmp(s->state, states[i].state) == 0)
            return (int)i;
    return -1;
}

enum term_role ports_data_role(const struct ports_seen *s)
{
    int i = state_of(s);
    return i >= 0 ? states[i].role : ROLE_NORMAL;
}

gboolean ports_data_is_trouble(const struct ports_seen *s)
{
    int i = state_of(s);
    return i >= 0 && states[i].is_trouble;
}

gboolean ports_data_is_held(const struct ports_seen *s)
{
    int i = state_of(s);
    return i >= 0 && states[i].is_held;
}

/* "nginx, process 812 (www-data)", as far as it is known; NULL: nothing is. Caller frees. */
static char *holder_of(const struct ports_seen *s)
{
    const char *who = s->program ? s->program : s->service;
    if (!who)
        return NULL;
    if (s->pid > 0 && s->user)
        return g_strdup_printf(_("%s, process %" PRId64 " (%s)"), who, s->pid, s->user);
    if (s->pid > 0)
        return g_strdup_printf(_("%s, process %" PRId64), who, s->pid);
    return g_strdup(who);
}

char *ports_data_words(const struct ports_seen *s)
{
    int i = state_of(s);
    if (!s)
        return g_strdup(_("looking.."));
    if (i < 0)
        return g_strdup(s->state ? s->state : "?");
    g_autofree char *holder =
        states[i].is_trouble || strcmp(s->state, "ours") == 0 ? holder_of(s) : NULL;
    if (!holder)
        return g_strdup(_(states[i].word));
    if (strcmp(s->state, "held") == 0 || strcmp(s->state, "pooled") == 0)
        return g_strdup_printf(_("%s by %s"), _(states[i].word), holder);
    return g_strdup_printf("%s %s", _(states[i].word), holder);
}
