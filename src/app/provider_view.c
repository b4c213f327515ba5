/*
 * Objects about providers and receivers.
 */
#include "config.h"

#include "app/provider_view.h"

#include "app/pace_words.h"
#include "app/shapes.h"
#include "base/clock.h"

/* "open", or what holds people back. */
static const char *state_of(const struct hold *h)
{
    if (!h)
        return "open";
    if (h->until_us > clock_wall_us())
        return "rests";
    return h->base_rate > 0 ? "slowed" : h->n_waiting > 0 ? "paced" : "open";
}

static void put_rate(struct json_writer *w, const char *key, double rate)
{
    json_key(w, key);
    json_put_real(w, rate);
}

static void put_hold(struct json_writer *w, const struct hold *h)
{
    g_autofree char *why = h ? pace_words_hold_cause(h) : NULL;
    const char *state = state_of(h);
    json_kv_string(w, "state", state);
    json_kv_int(w, "waiting", h ? h->n_waiting : 0);
    json_kv_string(w, "why", g_str_equal(state, "open") ? NULL : why);
    put_rate(w, "rate_now", h ? h->rate : 0);
    shape_time(w, "since", h && !g_str_equal(state, "open") ? h->since_us : 0);
    shape_time(w, "until", h && h->until_us < HOLD_FOR_EVER ? h->until_us : 0);
    json_kv_string(w, "reply", h && h->reply && *h->reply ? h->reply : NULL);
}

static void put_members(struct json_writer *w, const struct provider *p, const struct hold *h)
{
    json_kv_string(w, "name", p ? p->name : h->receiver);
    json_kv_string(w, "label", p ? p->label : h->label);
    json_kv_int(w, "connections", p ? p->connections : h->connections);
    put_rate(w, "per_second", p ? p->per_second : 0);
    put_hold(w, h);
}

void provider_view_json(struct json_writer *w, const struct provider *p, const struct hold *h)
{
    json_begin_object(w);
    put_members(w, p, h);
    json_end_object(w);
}

static void put_texts(struct json_writer *w, const char *key, char **texts)
{
    json_key(w, key);
    json_begin_array(w);
    for (char **t = texts; t && *t; t++)
        json_put_string(w, *t);
    json_end_array(w);
}

void provider_view_json_full(struct json_writer *w, const struct provider *p,
                             const struct hold *h)
{
    json_begin_object(w);
    put_members(w, p, h);
    put_texts(w, "domains", p->domains);
    put_texts(w, "mx", p->mx);
    json_end_object(w);
}

void provider_view_hold_json(struct json_writer *w, const struct hold *h)
{
    g_autofree char *words = pace_words_hold(h);
    json_begin_object(w);
    json_kv_string(w, "receiver", h->receiver);
    json_kv_string(w, "label", h->label);
    json_kv_string(w, "cause", hold_cause_name(h->cause));
    json_kv_string(w, "text", words);
    put_hold(w, h);
    json_end_object(w);
}
