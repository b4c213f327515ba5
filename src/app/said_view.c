/*
 * Words and JSON for what came back. What it means for the person was decided in evidence.c.
 */
#include "config.h"

#include "app/said_view.h"

#include <inttypes.h>
#include <string.h>

#include "app/shapes.h"
#include "base/error.h"
#include "base/i18n.h"
#include "model/bounce.h"
#include "store/campaigns.h"
#include "store/inbound.h"

/* ---- reading ---- */

static void view_free(gpointer p)
{
    struct said_view *v = p;
    said_clear(&v->said);
    g_free(v->campaign);
    g_free(v->sender);
    g_free(v->subject);
    g_free(v);
}

static gboolean read_campaign(struct db *db, struct said_view *v, GError **error)
{
    g_autoptr(GError) why = NULL;
    struct campaign c;
    if (v->said.campaign_id > 0 && campaigns_get_id(db, v->said.campaign_id, &c, &why)) {
        v->campaign = g_strdup(c.name);
        campaign_clear(&c);
    }
    if (why && !g_error_matches(why, CRIER_ERROR, CRIER_ERROR_NOT_FOUND)) {
        g_propagate_error(error, g_steal_pointer(&why));
        return FALSE;
    }
    if (!v->campaign)
        v->campaign = g_strdup("");
    return TRUE;
}

static gboolean read_message(struct db *db, struct said_view *v, GError **error)
{
    struct inbound_row row = {0};
    if (v->said.inbound_id == 0) {
        v->sender = g_strdup("");
        v->subject = g_strdup("");
        return TRUE;
    }
    if (!inbound_get(db, v->said.inbound_id, &row, error))
        return FALSE;
    v->sender = g_steal_pointer(&row.sender);
    v->subject = g_steal_pointer(&row.subject);
    inbound_row_clear(&row);
    return TRUE;
}

/* Takes what is in the rows, and the array. */
static GPtrArray *take_rows(struct db *db, GPtrArray *rows, GError **error)
{
    g_autoptr(GPtrArray) from = rows;
    g_autoptr(GPtrArray) all = g_ptr_array_new_with_free_func(view_free);
    for (guint i = 0; from && i < from->len; i++) {
        struct said *s = from->pdata[i];
        struct said_view *v = g_new0(struct said_view, 1);
        v->said = *s;
        *s = (struct said){0};
        g_ptr_array_add(all, v);
        if (!read_campaign(db, v, error) || !read_message(db, v, error))
            return NULL;
    }
    return from ? g_steal_pointer(&all) : NULL;
}

GPtrArray *said_view_of_person(struct db *db, const char *address_key, gint64 person_id,
                               int max, GError **error)
{
    return take_rows(db, said_of_person(db, address_key, person_id, max, error), error);
}

GPtrArray *said_view_of_delivery(struct db *db, gint64 delivery_id, GError **error)
{
    return take_rows(db, said_of_delivery(db, delivery_id, error), error);
}

/* ---- words ---- */

static gboolean is_bounce(const struct said *s)
{
    return g_strcmp0(s->kind, mail_kind_name(MAIL_BOUNCE)) == 0;
}

const char *said_view_what(const struct said *s)
{
    enum mail_kind kind = MAIL_OTHER;
    enum bounce_class class = BOUNCE_NONE;
    static const char *const bounces[BOUNCE_CLASS_COUNT] = {
        [BOUNCE_NONE] = N_("came back"),
        [BOUNCE_SOFT] = N_("bounced soft"),
        [BOUNCE_HARD] = N_("bounced hard"),
    };
    if (is_bounce(s) && bounce_class_parse(s->class, &class))
        return _(bounces[class]);
    mail_kind_parse(s->kind, &kind);
    return _(mail_kind_label(kind));
}

const char *said_view_why(const struct said *s)
{
    enum bounce_reason reason = BOUNCE_UNKNOWN;
    if (!is_bounce(s) || !bounce_reason_parse(s->reason, &reason))
        return "";
    return _(bounce_reason_row(reason)->help);
}

char *said_view_line(const struct said *s)
{
    const char *why = said_view_why(s);
    return g_strdup_printf("%s%s%s%s%s", said_view_what(s), *s->status ? " " : "", s->status,
                           *why ? ": " : "", why);
}

char *said_view_message(const struct said_view *v)
{
    if (v->said.inbound_id == 0)
        return g_strdup("");
    return g_strdup_printf(_("message #%" PRId64 " from %s: %s"), v->said.inbound_id,
                           *v->sender ? v->sender : _("an empty sender"), v->subject);
}

/* ---- what followed ---- */

static const struct {
    enum said_effect bit;
    const char *name;
    const char *words; /* N_(); NULL: its kind says it */
} effects[] = {
    {SAID_HARD, "hard", NULL},
    {SAID_SOFT, "soft", NULL},
    {SAID_COMPLAINED, "complained", NULL},
    {SAID_UNSUBSCRIBED, "unsubscribed", NULL},
    {SAID_SUPPRESSED, "suppressed", N_("never mailed since")},
    {SAID_WAITS, "waits", N_("waits for a person's word: far more bounces than usual")},
    {SAID_RETURNED, "returned", N_("tried again, as the fault was ours")},
    {SAID_RESOLVED, "resolved", N_("shows that the message went out")},
    {SAID_AGAINST, "counted", N_("counts against the address")},
    {SAID_HEALED, "healed", N_("mail arrives there: earlier soft bounces count no more")},
};

char *said_view_effects(const struct said *s)
{
    g_autoptr(GString) text = g_string_new(NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(effects); i++)
        if (effects[i].words && (s->effects & (int)effects[i].bit))
            g_string_append_printf(text, "%s%s", text->len > 0 ? "; " : "",
                                   _(effects[i].words));
    return g_strdup(text->str);
}

void said_view_json(struct json_writer *w, const struct said_view *v)
{
    const struct said *s = &v->said;
    g_autofree char *message = said_view_message(v);
    json_begin_object(w);
    shape_time(w, "time", s->at_us);
    json_kv_string(w, "kind", s->kind);
    json_kv_string(w, "class", s->class);
    json_kv_string(w, "reason", s->reason);
    json_kv_string(w, "why", said_view_why(s));
    json_kv_string(w, "status", s->status);
    json_kv_string(w, "text", s->text);
    json_kv_string(w, "fault", s->fault);
    json_kv_string(w, "campaign", v->campaign);
    json_kv_string(w, "address", s->address);
    json_kv_int(w, "message", s->inbound_id);
    json_kv_string(w, "evidence", message);
    json_kv_string(w, "found_by", said_by_name(s->found_by));
    json_key(w, "effects");
    json_begin_array(w);
    for (gsize i = 0; i < G_N_ELEMENTS(effects); i++)
        if (s->effects & (int)effects[i].bit)
            json_put_string(w, effects[i].name);
    json_end_array(w);
    json_end_object(w);
}
