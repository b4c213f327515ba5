/*
 * The text of a person's card: fields, lists with consent, never mail, what came back, every
 * mail with every try and its reply, imports, audit. Reading only; nothing is drawn here.
 */
#include "config.h"

#include "tui/person_private.h"

#include <inttypes.h>
#include <string.h>

#include "app/evidence.h"
#include "app/said_view.h"
#include "base/clock.h"
#include "base/i18n.h"
#include "base/json.h"
#include "base/text.h"
#include "store/audit.h"
#include "store/deliveries.h"
#include "store/people.h"
#include "tui/people_words.h"
#include "tui/words.h"

#define MAIL_SHOWN 200
#define LABEL_CELLS 16

struct card {
    struct person_lines *out;
    struct db *db;
    const struct person *p;
    gint64 now_us;
};

void person_lines_init(struct person_lines *l)
{
    l->text = g_string_new(NULL);
    l->roles = g_array_new(FALSE, FALSE, sizeof(int));
}

void person_lines_clear(struct person_lines *l)
{
    if (l->text)
        g_string_free(l->text, TRUE);
    if (l->roles)
        g_array_unref(l->roles);
    *l = (struct person_lines){0};
}

/* ---- lines ---- */

/* A text from outside is one line, whatever is in it. */
static void put(struct person_lines *l, enum term_role role, const char *text)
{
    int r = (int)role;
    g_autofree char *one = text_safe(text, -1, 0);
    g_string_append(l->text, one);
    g_string_append_c(l->text, '\n');
    g_array_append_val(l->roles, r);
}

static void put_format(struct person_lines *l, enum term_role role, const char *format, ...)
    G_GNUC_PRINTF(3, 4);
static void put_format(struct person_lines *l, enum term_role role, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_autofree char *text = g_strdup_vprintf(format, args);
    va_end(args);
    put(l, role, text);
}

static void put_heading(struct person_lines *l, const char *heading)
{
    put(l, ROLE_NORMAL, "");
    put(l, ROLE_HEADING, heading);
}

/* "  city            Bern": padded by cells. */
static void put_pair(struct person_lines *l, const char *label, const char *value)
{
    g_autofree char *safe = text_safe(label, -1, 0);
    int pad = MAX(LABEL_CELLS - (int)text_cells(safe), 0);
    put_format(l, ROLE_NORMAL, "  %s%*s %s", safe, pad, "", value);
}

static char *when_of(const struct card *c, gint64 us)
{
    return words_when(us, c->now_us);
}

/* ---- parts ---- */

static void put_field(const char *key, struct json *value, void *data)
{
    const char *text = json_get_string(value);
    put_pair(data, key, text ? text : "");
}

static void put_fields(const struct card *c)
{
    const char *json = c->p->fields_json ? c->p->fields_json : "{}";
    struct json *fields = json_parse(json, strlen(json), NULL);
    put_heading(c->out, _("FIELDS"));
    if (json_size(fields) > 0)
        json_foreach(fields, put_field, c->out);
    else
        put(c->out, ROLE_MUTED, _("  none: e adds some"));
    json_unref(fields);
}

static void put_membership(const struct card *c, const struct membership *m)
{
    g_autofree char *joined = when_of(c, m->joined_us);
    g_autofree char *agreed = when_of(c, m->consent_us);
    g_autofree char *since = g_strdup_printf(_("since %s"), joined);
    put_pair(c->out, m->list, since);
    if (m->consent_text)
        put_format(c->out, ROLE_NORMAL, _("    agreed to: %s (%s, %s)"), m->consent_text,
                   m->consent_source ? m->consent_source : "-", agreed);
    else if (m->consent_source)
        put_format(c->out, ROLE_NORMAL, _("    came by %s; no consent is kept"),
                   m->consent_source);
    if (m->retain_until_us > 0) {
        g_autofree char *until = when_of(c, m->retain_until_us);
        put_format(c->out, ROLE_NORMAL, _("    to be kept until %s"), until);
    }
}

static gboolean put_lists(const struct card *c, GError **error)
{
    g_autoptr(GPtrArray) all = membership_of(c->db, c->p->id, error);
    if (!all)
        return FALSE;
    put_heading(c->out, _("LISTS"));
    for (guint i = 0; i < all->len; i++)
        put_membership(c, all->pdata[i]);
    if (all->len == 0)
        put(c->out, ROLE_MUTED, _("  on no list: m puts them on one"));
    return TRUE;
}

static void put_suppressions(const struct card *c, const GPtrArray *all)
{
    put_heading(c->out, _("NEVER MAIL"));
    for (guint i = 0; i < all->len; i++) {
        const struct suppression *s = all->pdata[i];
        g_autofree char *when = when_of(c, s->created_us);
        put_format(c->out, ROLE_WARN, _("  %s: %s, %s, by %s"),
                   s->list ? s->list : _("everything"), people_reason(s->reason), when,
                   s->actor);
        if (*s->evidence)
            put_format(c->out, ROLE_NORMAL, "    %s", s->evidence);
    }
    if (all->len == 0)
        put(c->out, ROLE_MUTED, _("  no: may be mailed"));
}

static void put_try(const struct card *c, const struct attempt *a)
{
    g_autofree char *when = when_of(c, a->at_us);
    g_autofree char *code = a->code > 0 ? g_strdup_printf("%d ", a->code) : g_strdup("");
    put_format(c->out, ROLE_NORMAL, "    %d. %s  %s  %s  %s%s%s%s", a->n, when,
               a->server ? a->server : "-", words_delivery_state((enum delivery_state)a->state),
               code, a->enhanced ? a->enhanced : "", a->enhanced ? " " : "",
               a->reply ? a->reply : "");
}

static gboolean put_mail(const struct card *c, GError **error)
{
    g_autoptr(GPtrArray) mail = deliveries_of_person(c->db, c->p->id, MAIL_SHOWN, error);
    if (!mail)
        return FALSE;
    put_heading(c->out, _("MAIL, newest first"));
    for (guint i = 0; i < mail->len; i++) {
        const struct person_delivery *d = mail->pdata[i];
        g_autofree char *when = when_of(c, d->d.at_us);
        put_format(c->out, words_delivery_role(d->d.state), "  %s  %s  %s", d->campaign,
                   words_delivery_state(d->d.state), when);
        g_autoptr(GPtrArray) tries = deliveries_attempts(c->db, d->d.id, error);
        if (!tries)
            return FALSE;
        for (guint k = 0; k < tries->len; k++)
            put_try(c, tries->pdata[k]);
    }
    if (mail->len == MAIL_SHOWN)
        put(c->out, ROLE_MUTED, _("  and older ones: x writes all of it to a file"));
    if (mail->len == 0)
        put(c->out, ROLE_MUTED, _("  none yet"));
    return TRUE;
}

static void put_back(const struct card *c, const struct said_view *v)
{
    const struct said *s = &v->said;
    g_autofree char *when = when_of(c, s->at_us);
    g_autofree char *line = said_view_line(s);
    g_autofree char *message = said_view_message(v);
    g_autofree char *effects = said_view_effects(s);
    gboolean is_bad = s->effects & (SAID_HARD | SAID_COMPLAINED | SAID_SUPPRESSED);
    put_format(c->out, is_bad ? ROLE_ERROR : ROLE_NORMAL, "  %s  %s  %s", when,
               *v->campaign ? v->campaign : "-", line);
    if (*s->text)
        put_format(c->out, ROLE_NORMAL, "    %s", s->text);
    if (*message)
        put_format(c->out, ROLE_NORMAL, "    %s", message);
    if (*effects)
        put_format(c->out, ROLE_NORMAL, "    %s", effects);
}

/* Bounces, complaints, requests: what came back of the mail to them. */
static gboolean put_came_back(const struct card *c, gboolean is_never, GError **error)
{
    gint64 n = 0, most = 0;
    g_autoptr(GPtrArray) all =
        said_view_of_person(c->db, c->p->address_key, c->p->id, MAIL_SHOWN, error);
    if (!all || !evidence_soft_row(c->db, c->p->address_key, c->p->id, &n, &most, error))
        return FALSE;
    if (all->len == 0)
        return TRUE;
    put_heading(c->out, _("CAME BACK, newest first"));
    if (n > 0 && !is_never)
        put_format(c->out, ROLE_WARN,
                   _("  soft bounces: %" PRId64 " of %" PRId64 " in a row, then never mail"), n,
                   most);
    for (guint i = 0; i < all->len; i++)
        put_back(c, all->pdata[i]);
    return TRUE;
}

static gboolean put_imports(const struct card *c, GError **error)
{
    g_autoptr(GPtrArray) all = imports_of_person(c->db, c->p->id, error);
    if (!all)
        return FALSE;
    if (all->len > 0)
        put_heading(c->out, _("IMPORTS"));
    for (guint i = 0; i < all->len; i++) {
        const struct import_record *r = all->pdata[i];
        g_autofree char *when = when_of(c, r->begun_us);
        put_format(c->out, ROLE_NORMAL, _("  %s: %s into %s, by %s"), when,
                   people_file(r->source), r->list ? r->list : _("(a deleted list)"), r->actor);
    }
    return TRUE;
}

static gboolean put_audit_of(const struct card *c, const char *noun, const char *name,
                             const char *detail, gboolean *has_any, GError **error)
{
    g_autoptr(GPtrArray) rows = audit_about(c->db, noun, name, detail, error);
    if (!rows)
        return FALSE;
    if (rows->len > 0 && !*has_any)
        put_heading(c->out, _("WHO DID WHAT"));
    *has_any |= rows->len > 0;
    for (guint i = 0; i < rows->len; i++) {
        const struct audit_row *r = rows->pdata[i];
        g_autofree char *when = when_of(c, r->at_us);
        put_format(c->out, ROLE_NORMAL, "  %s  %s  %s %s", when, r->actor, r->action,
                   strcmp(r->noun, "person") == 0 ? r->detail : r->name);
    }
    return TRUE;
}

static gboolean put_audit(const struct card *c, const GPtrArray *suppressions, GError **error)
{
    g_autofree char *name = g_strdup_printf("#%" PRId64, c->p->id);
    g_autofree char *detail = g_strdup_printf("person #%" PRId64, c->p->id);
    gboolean has_any = FALSE;
    gboolean ok = c->p->id == 0 || put_audit_of(c, "person", name, detail, &has_any, error);
    for (guint i = 0; ok && i < suppressions->len; i++) {
        g_autofree char *number = g_strdup_printf(
            "#%" PRId64, ((const struct suppression *)suppressions->pdata[i])->id);
        ok = put_audit_of(c, "suppression", number, NULL, &has_any, error);
    }
    return ok;
}

/* ---- the whole ---- */

static void put_head(const struct card *c, gboolean is_never)
{
    const char *json = c->p->fields_json ? c->p->fields_json : "{}";
    struct json *fields = json_parse(json, strlen(json), NULL);
    g_autofree char *name = people_name(fields);
    json_unref(fields);
    if (name)
        put_format(c->out, ROLE_TITLE, "%s <%s>", name, c->p->address);
    else
        put(c->out, ROLE_TITLE, c->p->address);
    if (is_never)
        put(c->out, ROLE_WARN, _("Never mailed, see below."));
    else
        put(c->out, ROLE_OK, _("May be mailed."));
}

gboolean person_lines_read(struct person_lines *l, struct db *db, const struct person *p,
                           gint64 now_us, GError **error)
{
    const struct card c = {.out = l, .db = db, .p = p, .now_us = now_us};
    g_autoptr(GPtrArray) suppressions = suppression_of(db, p->address_key, error);
    if (!suppressions)
        return FALSE;
    put_head(&c, suppressions->len > 0);
    if (p->id == 0)
        put(l, ROLE_MUTED, _("Nobody of this address is known any more."));
    else
        put_fields(&c);
    if (p->id != 0 && !put_lists(&c, error))
        return FALSE;
    put_suppressions(&c, suppressions);
    if (!put_came_back(&c, suppressions->len > 0, error))
        return FALSE;
    return (p->id == 0 || (put_mail(&c, error) && put_imports(&c, error))) &&
           put_audit(&c, suppressions, error);
}
