/*
 * Gathers what belongs to a campaign and has every theme look at it: check_people.c at
 * everybody, check_content.c and check_links.c at what is said, check_setup.c at server, sender
 * and time.
 */
#include "config.h"

#include "app/check.h"

#include <string.h>

#include "app/check_private.h"
#include "base/error.h"
#include "base/i18n.h"
#include "base/text.h"
#include "store/mailboxes.h"

static const char *const level_names[CHECK_LEVEL_COUNT] = {"ok", "warn", "fail"};

const char *check_level_name(enum check_level l)
{
    return level_names[l];
}

/* ---- findings ---- */

static void finding_free(gpointer data)
{
    struct check_finding *f = data;
    g_free(f->key);
    g_free(f->sentence);
    g_ptr_array_unref(f->examples);
    g_free(f);
}

struct check_finding *check_add(struct check *c, enum check_level level, const char *key,
                                const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_autofree char *sentence = g_strdup_vprintf(format, args);
    va_end(args);
    struct check_finding *f = g_new0(struct check_finding, 1);
    f->level = level;
    f->key = text_safe(key, -1, 100);
    f->sentence = text_safe(sentence, -1, 0);
    f->examples = g_ptr_array_new_with_free_func(g_free);
    g_ptr_array_add(c->report->findings, f);
    return f;
}

void check_example(struct check_finding *f, const char *text)
{
    if (f->examples->len < CHECK_MAX_EXAMPLES)
        g_ptr_array_add(f->examples, text_safe(text, -1, 200));
}

void check_report_free(struct check_report *r)
{
    if (!r)
        return;
    g_free(r->name);
    g_ptr_array_unref(r->findings);
    g_free(r);
}

enum check_level check_report_level(const struct check_report *r)
{
    enum check_level worst = CHECK_OK;
    for (guint i = 0; i < r->findings->len; i++) {
        const struct check_finding *f = g_ptr_array_index(r->findings, i);
        worst = MAX(worst, f->level);
    }
    return worst;
}

void check_finding_json(struct json_writer *w, const struct check_finding *f)
{
    json_begin_object(w);
    json_kv_string(w, "level", check_level_name(f->level));
    json_kv_string(w, "key", f->key);
    json_kv_string(w, "sentence", f->sentence);
    json_kv_int(w, "count", f->count);
    json_key(w, "examples");
    json_begin_array(w);
    for (guint i = 0; i < f->examples->len; i++)
        json_put_string(w, g_ptr_array_index(f->examples, i));
    json_end_array(w);
    json_end_object(w);
}

void check_report_json(struct json_writer *w, const struct check_report *r)
{
    json_begin_object(w);
    json_kv_int(w, "format", 1);
    json_kv_string(w, "name", r->name);
    json_kv_string(w, "state", campaign_state_name(r->state));
    json_kv_string(w, "level", check_level_name(check_report_level(r)));
    json_kv_string(w, "revision", *r->revision ? r->revision : NULL);
    json_kv_int(w, "total", r->total);
    json_kv_int(w, "suppressed", r->suppressed);
    json_kv_int(w, "people", r->people);
    json_key(w, "findings");
    json_begin_array(w);
    for (guint i = 0; i < r->findings->len; i++)
        check_finding_json(w, g_ptr_array_index(r->findings, i));
    json_end_array(w);
    json_end_object(w);
}

/* ---- gathering ---- */

static void check_clear(struct check *c)
{
    letter_expanded_clear(&c->full); /* before what it borrows from */
    campaign_clear(&c->campaign);
    letter_free(c->letter);
    server_clear(&c->server);
    pool_servers_clear(&c->servers);
    g_free(c->bounce);
    bodyscan_clear(&c->in_html);
    bodyscan_clear(&c->in_text);
    g_free(c->first_address);
    g_free(c->first_fields);
    explicit_bzero(c->key, sizeof c->key);
    check_report_free(c->report);
}

static const char *or_null(const char *s)
{
    return s && *s ? s : NULL;
}

/* The bodies of a draft as they would be frozen, of one that has begun as they are. */
static gboolean load_bodies(struct check *c, GError **error)
{
    struct content k;
    if (campaign_is_open(&c->campaign))
        return letter_expand(c->db, &c->campaign, &c->full, error);
    if (!content_get(c->db, c->campaign.id, (int)c->campaign.content_version, &k, error))
        return FALSE;
    c->full = c->campaign;
    c->full.html = g_steal_pointer(&k.html);
    c->full.text = g_steal_pointer(&k.text);
    content_clear(&k);
    return TRUE;
}

/* Without a mailbox that is there it is looked at all the same. */
static gboolean make_letter(struct check *c, GError **error)
{
    if (!load_bodies(c, error))
        return FALSE;
    if (!campaign_is_open(&c->campaign))
        c->letter = letter_load(c->db, c->campaign.id, (int)c->campaign.content_version, error);
    else if (!(c->letter = letter_draft(c->db, &c->campaign, NULL)))
        c->letter = letter_new(&c->full, NULL, error);
    return c->letter != NULL;
}

static void load_letter(struct check *c)
{
    g_autoptr(GError) why = NULL;
    struct mailbox m;
    if (or_null(c->campaign.mailbox) && mailboxes_get(c->db, c->campaign.mailbox, &m, NULL)) {
        c->bounce = g_strdup(m.address);
        mailbox_clear(&m);
    }
    if (!make_letter(c, &why))
        check_add(c, CHECK_FAIL, "content", _("No message can be made of it: %s"),
                  why->message);
}

static void load_scans(struct check *c)
{
    g_autoptr(GError) why = NULL;
    c->html = or_null(c->full.html);
    c->text = or_null(c->full.text);
    if (c->text)
        bodyscan_text(c->text, &c->in_text);
    if (!c->html)
        return;
    c->has_scan = bodyscan_html(c->html, strlen(c->html), &c->in_html, &why);
    if (!c->has_scan)
        check_add(c, CHECK_FAIL, "html", _("The HTML cannot be looked at: %s"), why->message);
}

static gboolean gather(struct check *c, GError **error)
{
    if (!campaigns_get(c->db, c->q->name, &c->campaign, error) ||
        !db_hmac_key(c->db, c->key, error))
        return FALSE;
    c->report->name = g_strdup(c->campaign.name);
    c->report->state = c->campaign.state;
    c->has_server = or_null(c->campaign.server) &&
                    pools_find(c->db, c->campaign.server, &c->servers, NULL) &&
                    pools_find_one(c->db, c->campaign.server, &c->server, NULL);
    check_state(c);
    check_lists(c);
    check_correction(c);
    load_letter(c);
    load_scans(c);
    return TRUE;
}

/* Last: what start itself would say, where nothing else has found it. */
static void check_start(struct check *c)
{
    g_autoptr(GError) why = NULL;
    struct start_forecast f;
    if (c->campaign.state != CAMPAIGN_DRAFT)
        return;
    if (start_look(c->db, c->campaign.name, &f, &why)) {
        g_strlcpy(c->report->revision, f.revision, sizeof c->report->revision);
        c->report->total = f.total;
        c->report->suppressed = f.suppressed;
        c->report->people = f.people;
        check_add(c, CHECK_OK, "start", _("It can be started; its revision is %s."),
                  f.revision);
    } else if (check_report_level(c->report) != CHECK_FAIL) {
        check_add(c, CHECK_FAIL, "start", _("It cannot be started: %s"), why->message);
    }
}

static gboolean look_at_all(struct check *c, GError **error)
{
    if (!gather(c, error))
        return FALSE;
    if (c->letter && c->has_lists && !check_people(c, error))
        return FALSE;
    check_content(c);
    check_links(c);
    check_images(c);
    check_sender(c);
    check_server(c);
    check_time(c);
    check_spam(c);
    check_start(c);
    return TRUE;
}

struct check_report *check_campaign(struct db *db, const struct workspace *ws,
                                    const struct check_request *q, GError **error)
{
    struct check c = {.db = db, .ws = ws, .q = q};
    c.report = g_new0(struct check_report, 1);
    c.report->findings = g_ptr_array_new_with_free_func(finding_free);
    gboolean ok = look_at_all(&c, error);
    struct check_report *report = ok ? g_steal_pointer(&c.report) : NULL;
    check_clear(&c);
    return report;
}
