/*
 * The shapes of mail that came back. Nothing is looked up here.
 */
#include "config.h"

#include "app/bounces_shapes.h"

#include "app/shapes.h"

/* "" is written as null: there is no such thing. */
static void put_text(struct json_writer *w, const char *key, const char *text)
{
    json_kv_string(w, key, text && *text ? text : NULL);
}

static void put_number(struct json_writer *w, const char *key, gint64 n)
{
    if (n > 0) {
        json_kv_int(w, key, n);
        return;
    }
    json_key(w, key);
    json_put_null(w);
}

/* What is judged is a bounce; of others class and reason say nothing. */
static gboolean is_judged(const struct said *s)
{
    enum mail_kind kind;
    return s->id > 0 && mail_kind_parse(s->kind, &kind) &&
           (kind == MAIL_BOUNCE || kind == MAIL_DELAYED);
}

static void put_pattern_id(struct json_writer *w, const char *pattern)
{
    g_autofree char *id = bounces_pattern_id(pattern);
    put_text(w, "pattern_id", *pattern ? id : NULL);
}

static void put_message(struct json_writer *w, const struct inbound_row *r)
{
    put_text(w, "sender", r->sender);
    put_text(w, "subject", r->subject);
    put_text(w, "message_id", r->message_id);
    put_pattern_id(w, r->pattern);
    put_text(w, "note", r->note);
}

void bounces_shape_entry(struct json_writer *w, const struct inbound_entry *e)
{
    const struct said *s = &e->said;
    gboolean judged = is_judged(s);
    json_begin_object(w);
    json_kv_int(w, "id", e->message.id);
    shape_time(w, "time", e->message.received_us);
    put_text(w, "mailbox", e->mailbox);
    json_kv_string(w, "kind", inbound_entry_kind(e));
    put_text(w, "recipient", s->address);
    put_text(w, "class", judged ? s->class : NULL);
    put_text(w, "status", s->status);
    put_text(w, "reason", judged ? s->reason : NULL);
    put_text(w, "campaign", e->campaign);
    json_kv_string(w, "state", inbound_state_name(e->message.state));
    put_text(w, "fault", judged ? s->fault : NULL);
    put_text(w, "found_by", s->id > 0 ? said_by_name(s->found_by) : NULL);
    put_number(w, "delivery", s->delivery_id);
    put_text(w, "diagnostic", s->text);
    put_message(w, &e->message);
    json_end_object(w);
}

void bounces_shape_message(struct json_writer *w, const struct inbound_row *r)
{
    json_begin_object(w);
    json_kv_int(w, "id", r->id);
    shape_time(w, "time", r->received_us);
    json_kv_string(w, "kind", r->kind);
    json_kv_string(w, "state", inbound_state_name(r->state));
    put_message(w, r);
    json_end_object(w);
}

void bounces_shape_group(struct json_writer *w, const struct inbound_group *g)
{
    json_begin_object(w);
    put_pattern_id(w, g->pattern);
    json_kv_int(w, "count", g->n);
    shape_time(w, "newest", g->newest_us);
    json_kv_int(w, "example", g->newest_id);
    put_text(w, "subject", g->subject);
    put_text(w, "pattern", g->pattern);
    json_end_object(w);
}

void bounces_shape_said(struct json_writer *w, const struct bounces_said *b)
{
    const struct said *s = &b->said;
    enum bounce_reason reason = BOUNCE_UNKNOWN;
    enum mail_kind kind = MAIL_OTHER;
    mail_kind_parse(s->kind, &kind);
    gboolean judged = kind == MAIL_BOUNCE || kind == MAIL_DELAYED;
    bounce_reason_parse(s->reason, &reason);
    json_begin_object(w);
    put_text(w, "recipient", s->address);
    json_kv_string(w, "kind", s->kind);
    put_text(w, "class", judged ? s->class : NULL);
    put_text(w, "status", s->status);
    put_text(w, "reason", judged ? s->reason : NULL);
    put_text(w, "meaning", judged ? bounce_reason_row(reason)->help : NULL);
    put_text(w, "fault", judged ? s->fault : NULL);
    put_text(w, "campaign", b->campaign);
    put_number(w, "delivery", s->delivery_id);
    put_text(w, "found_by", s->id > 0 ? said_by_name(s->found_by) : NULL);
    put_text(w, "match", bounces_found_words(s->found_by));
    put_text(w, "remote_host", b->remote_host);
    put_text(w, "rule", b->rule);
    put_text(w, "diagnostic", s->text);
    json_key(w, "followed");
    json_begin_array(w);
    for (guint i = 0; i < b->followed->len; i++)
        json_put_string(w, b->followed->pdata[i]);
    json_end_array(w);
    json_end_object(w);
}

void bounces_shape_shown(struct json_writer *w, const struct bounces_shown *b)
{
    json_begin_object(w);
    json_kv_int(w, "id", b->row.id);
    shape_time(w, "time", b->row.received_us);
    put_text(w, "mailbox", b->mailbox);
    json_kv_string(w, "kind", b->row.kind);
    json_kv_string(w, "state", inbound_state_name(b->row.state));
    json_kv_int(w, "bytes", b->row.bytes);
    put_message(w, &b->row);
    put_text(w, "pattern", b->row.pattern);
    json_kv_bool(w, "has_raw", b->has_raw);
    json_kv_bool(w, "is_cut", b->is_cut);
    json_key(w, "said");
    json_begin_array(w);
    for (guint i = 0; i < b->said->len; i++)
        bounces_shape_said(w, b->said->pdata[i]);
    json_end_array(w);
    json_kv_string(w, "text", b->has_raw ? b->text : NULL);
    json_end_object(w);
}

void bounces_shape_rule(struct json_writer *w, const struct bounce_rule *r)
{
    enum bounce_reason reason = BOUNCE_UNKNOWN;
    bounce_reason_parse(r->reason, &reason);
    json_begin_object(w);
    json_kv_string(w, "name", r->name);
    json_kv_string(w, "match", r->pattern);
    json_kv_string(w, "reason", r->reason);
    json_kv_string(w, "class",
                   *r->class ? r->class : bounce_class_name(bounce_reason_row(reason)->class));
    json_kv_bool(w, "class_is_own", *r->class != '\0');
    json_kv_string(w, "by", r->actor);
    shape_time(w, "created", r->created_us);
    json_end_object(w);
}
