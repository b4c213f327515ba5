/*
 * Records to JSON, one function a record. Not for tables or text: that is the faces' work.
 */
#include "config.h"

#include "app/shapes.h"

#include <string.h>

#include "base/clock.h"

void shape_time(struct json_writer *w, const char *key, gint64 wall_us)
{
    g_autofree char *text = wall_us > 0 ? clock_format_utc(wall_us) : NULL;
    json_kv_string(w, key, text);
}

/* "" is written as null: there is no such thing. */
static void put_text(struct json_writer *w, const char *key, const char *text)
{
    json_kv_string(w, key, text && *text ? text : NULL);
}

static void put_strings(struct json_writer *w, const char *key, char **strings)
{
    json_key(w, key);
    json_begin_array(w);
    for (char **s = strings; s && *s; s++)
        json_put_string(w, *s);
    json_end_array(w);
}

static void shape_field(struct json_writer *w, const char *key, const struct field *f,
                        const void *record)
{
    g_autofree char *text = NULL;
    switch (f->type) {
    case FIELD_INT:
    case FIELD_SPAN:
        json_kv_int(w, key, field_get_int(f, record));
        break;
    case FIELD_BOOL:
        json_kv_bool(w, key, field_get_int(f, record) != 0);
        break;
    case FIELD_SLUGS:
        put_strings(w, key, *(char **const *)((const char *)record + f->offset));
        break;
    default:
        text = field_show(f, record);
        put_text(w, key, text);
    }
}

void shape_fields(struct json_writer *w, const struct field *table, const void *record)
{
    for (const struct field *f = table; f->key; f++)
        if (!(f->flags & FIELD_SECRET))
            shape_field(w, f->key, f, record);
}

static gboolean is_suppressed_everywhere(const GPtrArray *suppressions)
{
    for (guint i = 0; suppressions && i < suppressions->len; i++)
        if (!((const struct suppression *)g_ptr_array_index(suppressions, i))->list)
            return TRUE;
    return FALSE;
}

/* Not raw: the writer keeps what could drive a terminal from being written as it is. */
static void put_person_fields(struct json_writer *w, const char *fields_json)
{
    struct json *fields =
        fields_json ? json_parse(fields_json, strlen(fields_json), NULL) : NULL;
    if (!fields)
        fields = json_new_object();
    json_key(w, "fields");
    json_put_value(w, fields);
    json_unref(fields);
}

static void person_members(struct json_writer *w, const struct person *p,
                           const GPtrArray *lists, const GPtrArray *suppressions)
{
    json_kv_string(w, "address", p->address);
    put_person_fields(w, p->fields_json);
    json_key(w, "lists");
    json_begin_array(w);
    for (guint i = 0; lists && i < lists->len; i++)
        json_put_string(w, ((const struct membership *)g_ptr_array_index(lists, i))->list);
    json_end_array(w);
    json_kv_string(w, "status",
                   is_suppressed_everywhere(suppressions) ? "suppressed" : "active");
    shape_time(w, "created", p->created_us);
    shape_time(w, "updated", p->updated_us);
}

void shape_person(struct json_writer *w, const struct person *p, const GPtrArray *lists,
                  const GPtrArray *suppressions)
{
    json_begin_object(w);
    person_members(w, p, lists, suppressions);
    json_end_object(w);
}

static void shape_membership(struct json_writer *w, const struct membership *m)
{
    json_begin_object(w);
    json_kv_string(w, "list", m->list);
    shape_time(w, "joined", m->joined_us);
    put_text(w, "consent", m->consent_text);
    put_text(w, "source", m->consent_source);
    shape_time(w, "consent_time", m->consent_us);
    shape_time(w, "retain_until", m->retain_until_us);
    json_end_object(w);
}

void shape_delivery_members(struct json_writer *w, const struct delivery *d)
{
    json_kv_string(w, "address", d->address);
    json_kv_string(w, "state", delivery_state_name(d->state));
    json_kv_int(w, "attempts", d->attempts);
    put_text(w, "server", d->server);
    shape_time(w, "time", d->at_us);
    json_key(w, "code");
    if (d->code > 0)
        json_put_int(w, d->code);
    else
        json_put_null(w);
    put_text(w, "enhanced", d->enhanced);
    put_text(w, "reply", d->reply);
    json_kv_int(w, "version", d->version);
    shape_time(w, "due", d->state == DELIVERY_DEFERRED ? d->due_us : 0);
    json_kv_bool(w, "decided", d->decided);
}

void shape_delivery(struct json_writer *w, const struct delivery *d)
{
    json_begin_object(w);
    shape_delivery_members(w, d);
    json_end_object(w);
}

void shape_person_members(struct json_writer *w, const struct person *p, const GPtrArray *lists,
                          const GPtrArray *suppressions)
{
    person_members(w, p, lists, suppressions);
    json_key(w, "memberships");
    json_begin_array(w);
    for (guint i = 0; i < lists->len; i++)
        shape_membership(w, g_ptr_array_index(lists, i));
    json_end_array(w);
    json_key(w, "suppressions");
    json_begin_array(w);
    for (guint i = 0; i < suppressions->len; i++)
        shape_suppression(w, g_ptr_array_index(suppressions, i));
    json_end_array(w);
}

void shape_person_mail(struct json_writer *w, const GPtrArray *mail)
{
    json_key(w, "mail");
    json_begin_array(w);
    for (guint i = 0; i < mail->len; i++) {
        const struct person_delivery *d = g_ptr_array_index(mail, i);
        json_begin_object(w);
        json_kv_string(w, "campaign", d->campaign);
        shape_delivery_members(w, &d->d);
        json_end_object(w);
    }
    json_end_array(w);
}

void shape_attempt(struct json_writer *w, const struct attempt *a)
{
    json_begin_object(w);
    json_kv_int(w, "n", a->n);
    shape_time(w, "time", a->at_us);
    put_text(w, "server", a->server);
    json_kv_string(w, "state", delivery_state_name((enum delivery_state)a->state));
    json_kv_int(w, "code", a->code);
    put_text(w, "enhanced", a->enhanced);
    put_text(w, "reply", a->reply);
    json_end_object(w);
}

void shape_import(struct json_writer *w, const struct import_record *r)
{
    struct json *counts = r->counts ? json_parse(r->counts, strlen(r->counts), NULL) : NULL;
    json_begin_object(w);
    json_kv_int(w, "import", r->id);
    json_kv_string(w, "source", r->source);
    put_text(w, "list", r->list);
    put_text(w, "actor", r->actor);
    shape_time(w, "begun", r->begun_us);
    shape_time(w, "ended", r->ended_us);
    shape_time(w, "undone", r->undone_us);
    for (int i = 0; i < IMPORT_OUTCOME_COUNT; i++) {
        const char *name = import_outcome_name((enum import_outcome)i);
        json_kv_int(w, name, json_member_int(counts, name, 0));
    }
    json_end_object(w);
    json_unref(counts);
}

void shape_list(struct json_writer *w, const struct list *l)
{
    json_begin_object(w);
    json_kv_string(w, "name", l->name);
    put_text(w, "title", l->title);
    json_kv_int(w, "members", l->members);
    shape_time(w, "created", l->created_us);
    json_end_object(w);
}

void shape_suppression(struct json_writer *w, const struct suppression *s)
{
    json_begin_object(w);
    json_kv_string(w, "address", s->address);
    put_text(w, "list", s->list);
    json_kv_string(w, "reason", s->reason);
    put_text(w, "evidence", s->evidence);
    put_text(w, "actor", s->actor);
    shape_time(w, "created", s->created_us);
    json_end_object(w);
}

void shape_server_members(struct json_writer *w, const struct server *s, const char *problem)
{
    json_kv_string(w, "name", s->name);
    shape_fields(w, server_fields(), s);
    put_text(w, "problem", problem);
}

void shape_mailbox(struct json_writer *w, const struct mailbox *m, const char *problem)
{
    g_autofree char *bounces = m->address ? mailbox_tagged(m->address, "TOKEN") : NULL;
    g_autofree char *requests = m->address ? mailbox_tagged(m->address, "u-TOKEN") : NULL;
    json_begin_object(w);
    json_kv_string(w, "name", m->name);
    shape_fields(w, mailbox_fields(), m);
    put_text(w, "bounces_to", bounces);
    put_text(w, "unsubscribe_to", requests);
    put_text(w, "problem", problem);
    json_end_object(w);
}

void shape_port_members(struct json_writer *w, const struct port *p, const char *problem)
{
    json_kv_string(w, "name", p->name);
    shape_fields(w, port_fields(), p);
    put_text(w, "problem", problem);
}

void shape_port(struct json_writer *w, const struct port *p, const char *problem)
{
    json_begin_object(w);
    shape_port_members(w, p, problem);
    json_end_object(w);
}

void shape_counts(struct json_writer *w, const struct campaign_counts *counts)
{
    json_kv_int(w, "total", counts->total);
    for (int s = 0; s < DELIVERY_STATE_COUNT; s++)
        json_kv_int(w, delivery_state_name(s), counts->state[s]);
    json_kv_int(w, "in_flight", counts->in_flight);
    json_kv_int(w, "undecided", counts->undecided);
    json_kv_int(w, "bounced_hard", counts->bounced_hard);
    json_kv_int(w, "bounced_soft", counts->bounced_soft);
    json_kv_int(w, "complained", counts->complained);
    json_kv_int(w, "unsubscribed", counts->unsubscribed);
}

static void campaign_members(struct json_writer *w, const struct campaign *c,
                             gboolean has_bodies, const struct campaign_counts *counts)
{
    json_kv_string(w, "name", c->name);
    json_kv_string(w, "state", campaign_state_name(c->state));
    put_text(w, "held_reason", c->held_reason);
    for (const struct field *f = campaign_fields(); f->key; f++) {
        /* Bodies may have megabytes: who wants them reads the folder. */
        gboolean is_body = strcmp(f->key, "html") == 0 || strcmp(f->key, "text") == 0;
        if (!is_body && !(f->flags & FIELD_SECRET))
            shape_field(w, f->key, f, c);
    }
    if (has_bodies) {
        json_kv_int(w, "html_bytes", c->html ? (gint64)strlen(c->html) : 0);
        json_kv_int(w, "text_bytes", c->text ? (gint64)strlen(c->text) : 0);
    }
    json_kv_int(w, "version", c->content_version);
    json_kv_bool(w, "edited", c->is_edited);
    shape_time(w, "created", c->created_us);
    shape_time(w, "started", c->started_us);
    shape_time(w, "finished", c->finished_us);
    if (counts)
        shape_counts(w, counts);
}

void shape_campaign(struct json_writer *w, const struct campaign *c, gboolean has_bodies,
                    const struct campaign_counts *counts)
{
    json_begin_object(w);
    campaign_members(w, c, has_bodies, counts);
    json_end_object(w);
}

void shape_setting(struct json_writer *w, const struct field *f, const struct settings *s,
                   const char *origin)
{
    json_begin_object(w);
    json_kv_string(w, "key", f->key);
    shape_field(w, "value", f, s);
    json_kv_string(w, "origin", origin);
    json_kv_string(w, "help", f->help);
    json_end_object(w);
}
