/*
 * The presets: a table of systems, each with its columns and what a row means. To take another
 * system is to add a row and its two small functions. Finding the files of a set is
 * import_inputs.c's.
 */
#include "config.h"

#include "app/import_preset.h"

#include <string.h>

#include "app/import.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/i18n.h"
#include "base/text.h"

#define MAX_DEPTH 3
#define MAX_TEXT 1000

void import_preset_verdict_clear(struct import_preset_verdict *v)
{
    g_free(v->text);
    memset(v, 0, sizeof *v);
}

static gboolean is_yes(const char *cell)
{
    return strcmp(cell, "1") == 0 || g_ascii_strcasecmp(cell, "yes") == 0 ||
           g_ascii_strcasecmp(cell, "true") == 0;
}

/* "2024-06-25 09:26:27" or with slashes, taken as UTC; 0 when it is no time. */
static gint64 time_of(const char *cell)
{
    int n[6] = {0};
    const char *p = cell;
    for (int i = 0; i < 6; i++) {
        char *end = NULL;
        if (!g_ascii_isdigit(*p)) {
            if (i < 3)
                return 0;
            break; /* a date alone */
        }
        n[i] = (int)MIN(g_ascii_strtoull(p, &end, 10), 9999);
        p = end + (*end != 0 && i < 5);
    }
    g_autoptr(GDateTime) t = g_date_time_new_utc(n[0], n[1], n[2], n[3], n[4], n[5]);
    return t ? g_date_time_to_unix(t) * CLOCK_SECOND_US : 0;
}

/* "TEXT CELL", with a comma before when something is there; nothing for an empty cell. */
static void append(GString *s, const char *text, const char *cell)
{
    g_autofree char *safe = text_safe(cell, -1, 200);
    if (*cell && s->len < MAX_TEXT)
        g_string_append_printf(s, "%s%s %s", s->len > 0 ? ", " : "", text, safe);
}

static void never_mail(struct import_preset_verdict *v, const char *reason, gboolean everywhere,
                       GString *evidence)
{
    v->action = PRESET_NEVER_MAIL;
    v->reason = reason;
    v->everywhere = everywhere;
    v->text = g_string_free(evidence, FALSE);
}

/* ---- listmonk ---- */

enum { LM_EMAIL, LM_NAME, LM_ATTRIBUTES, LM_STATUS, LM_UPDATED };

static const struct import_preset_column listmonk_columns[] = {
    [LM_EMAIL] = {"email", "address", TRUE},
    [LM_NAME] = {"name", "name", TRUE},
    [LM_ATTRIBUTES] = {"attributes", NULL, TRUE},
    [LM_STATUS] = {"status", NULL, TRUE},
    [LM_UPDATED] = {"updated_at", NULL, FALSE},
    {"created_at", NULL, FALSE},
    {"uuid", NULL, FALSE},
    {NULL},
};

static void judge_listmonk(enum import_preset_part part, const char *const *cells,
                           struct import_preset_verdict *v)
{
    const char *status = cells[LM_STATUS];
    GString *why = g_string_new("listmonk");
    if (part == PRESET_UNSUBSCRIBED && strcmp(status, "blocklisted") != 0) {
        g_string_append(why, ": unsubscribed from the list");
        append(why, "changed", cells[LM_UPDATED]);
        never_mail(v, "unsubscribed", FALSE, why);
    } else if (strcmp(status, "blocklisted") == 0) {
        g_string_append(why, ": blocklisted");
        append(why, "changed", cells[LM_UPDATED]);
        never_mail(v, "unsubscribed", TRUE, why);
    } else if (strcmp(status, "disabled") == 0) {
        g_string_append(why, ": disabled");
        never_mail(v, "imported", FALSE, why);
    } else {
        g_string_free(why, TRUE);
        v->action = strcmp(status, "enabled") == 0 ? PRESET_JOIN : PRESET_REFUSE;
        if (v->action == PRESET_REFUSE)
            v->text = g_strdup(_("the status is none of enabled, disabled, blocklisted"));
    }
}

struct flattening {
    struct json *fields; /* borrowed */
    const char *prefix;  /* borrowed; NULL at the top */
    int depth;
};

static void flatten(const char *key, struct json *value, void *data);

/* A list of texts and numbers is one field: "a, b". */
static char *join_array(const struct json *array)
{
    g_autoptr(GString) s = g_string_new(NULL);
    for (gsize i = 0; i < json_size(array); i++) {
        const struct json *item = json_at(array, i);
        g_autofree char *text =
            json_get_string(item) ? g_strdup(json_get_string(item)) : json_dump(item);
        g_string_append_printf(s, "%s%s", i > 0 ? ", " : "", text);
    }
    return g_string_free(g_steal_pointer(&s), FALSE);
}

static char *scalar_text(const struct json *v)
{
    switch (json_get_kind(v)) {
    case JSON_KIND_STRING:
        return g_strdup(json_get_string(v));
    case JSON_KIND_ARRAY:
        return join_array(v);
    case JSON_KIND_BOOL:
        return g_strdup(json_get_bool(v) ? "yes" : "");
    case JSON_KIND_NULL:
        return g_strdup("");
    default:
        return json_dump(v);
    }
}

static void flatten(const char *key, struct json *value, void *data)
{
    const struct flattening *up = data;
    g_autofree char *whole =
        up->prefix ? g_strdup_printf("%s_%s", up->prefix, key) : g_strdup(key);
    g_autofree char *lower = g_utf8_strdown(whole, -1);
    g_autofree char *name = import_field_name(lower, 0);
    if (json_get_kind(value) == JSON_KIND_OBJECT && up->depth < MAX_DEPTH) {
        struct flattening below = {up->fields, name, up->depth + 1};
        json_foreach(value, flatten, &below);
        return;
    }
    g_autofree char *text = scalar_text(value);
    if (*text)
        json_set_string(up->fields, name, text);
}

/* listmonk's templates have FirstName and LastName, which it takes from the name as here. */
static void split_name(const char *name, struct json *fields)
{
    g_autofree char *trimmed = g_strstrip(g_strdup(name));
    char *blank = strchr(trimmed, ' ');
    if (blank)
        *blank = 0;
    if (*trimmed)
        json_set_string(fields, "first_name", trimmed);
    if (blank && *g_strstrip(blank + 1))
        json_set_string(fields, "last_name", g_strstrip(blank + 1));
}

static gboolean add_listmonk(const char *const *cells, struct json *fields, char **ret_why)
{
    struct flattening top = {fields, NULL, 0};
    const char *text = *cells[LM_ATTRIBUTES] ? cells[LM_ATTRIBUTES] : "{}";
    struct json *attributes = json_parse(text, strlen(text), NULL);
    if (!attributes || json_get_kind(attributes) != JSON_KIND_OBJECT) {
        *ret_why = g_strdup(_("the attributes are no JSON object"));
        json_unref(attributes);
        return FALSE;
    }
    split_name(cells[LM_NAME], fields);
    json_foreach(attributes, flatten, &top);
    json_unref(attributes);
    return TRUE;
}

/* ---- Mailchimp ---- */

enum {
    MC_EMAIL,
    MC_OPTIN_TIME,
    MC_OPTIN_IP,
    MC_CONFIRM_TIME,
    MC_CONFIRM_IP,
    MC_UNSUB_TIME,
    MC_UNSUB_REASON,
    MC_UNSUB_OTHER,
    MC_UNSUB_CAMPAIGN,
    MC_CLEAN_TIME,
    MC_CLEAN_CAMPAIGN,
    MC_TAGS
};

static const struct import_preset_column mailchimp_columns[] = {
    [MC_EMAIL] = {"Email Address|Email", "address", TRUE},
    [MC_OPTIN_TIME] = {"OPTIN_TIME", NULL, TRUE},
    [MC_OPTIN_IP] = {"OPTIN_IP", NULL, FALSE},
    [MC_CONFIRM_TIME] = {"CONFIRM_TIME", NULL, FALSE},
    [MC_CONFIRM_IP] = {"CONFIRM_IP", NULL, FALSE},
    [MC_UNSUB_TIME] = {"UNSUB_TIME", NULL, FALSE},
    [MC_UNSUB_REASON] = {"UNSUB_REASON", NULL, FALSE},
    [MC_UNSUB_OTHER] = {"UNSUB_REASON_OTHER", NULL, FALSE},
    [MC_UNSUB_CAMPAIGN] = {"UNSUB_CAMPAIGN_TITLE", NULL, FALSE},
    [MC_CLEAN_TIME] = {"CLEAN_TIME", NULL, FALSE},
    [MC_CLEAN_CAMPAIGN] = {"CLEAN_CAMPAIGN_TITLE", NULL, FALSE},
    [MC_TAGS] = {"TAGS", NULL, FALSE},
    {"First Name|FNAME", "first_name", FALSE},
    {"Last Name|LNAME", "last_name", FALSE},
    {"Address", "postal_address", FALSE},
    {"Phone Number|PHONE", "phone", FALSE},
    {"MEMBER_RATING", NULL, FALSE},
    {"LATITUDE|LONGITUDE|GMTOFF|DSTOFF|TIMEZONE|CC|REGION", NULL, FALSE},
    {"LAST_CHANGED", NULL, FALSE},
    {"LEID|EUID|NOTES", NULL, FALSE},
    {"UNSUB_CAMPAIGN_ID|CLEAN_CAMPAIGN_ID", NULL, FALSE},
    {NULL},
};

static void consent_of_mailchimp(const char *const *cells, struct import_preset_verdict *v)
{
    g_autoptr(GString) s = g_string_new(NULL);
    append(s, "opted in", cells[MC_OPTIN_TIME]);
    append(s, "from", cells[MC_OPTIN_IP]);
    append(s, "confirmed", cells[MC_CONFIRM_TIME]);
    if (strcmp(cells[MC_CONFIRM_IP], cells[MC_OPTIN_IP]) != 0)
        append(s, "from", cells[MC_CONFIRM_IP]);
    v->consent_us =
        time_of(*cells[MC_CONFIRM_TIME] ? cells[MC_CONFIRM_TIME] : cells[MC_OPTIN_TIME]);
    if (s->len > 0)
        v->text = g_strdup_printf("Mailchimp: %s", s->str);
}

static void judge_mailchimp(enum import_preset_part part, const char *const *cells,
                            struct import_preset_verdict *v)
{
    GString *why = g_string_new("Mailchimp: ");
    switch (part) {
    case PRESET_UNSUBSCRIBED:
        g_string_append(why, "unsubscribed");
        if (*cells[MC_UNSUB_TIME])
            g_string_append_printf(why, " %s", cells[MC_UNSUB_TIME]);
        append(why, "campaign", cells[MC_UNSUB_CAMPAIGN]);
        append(why, "reason", cells[MC_UNSUB_REASON]);
        append(why, "reason", cells[MC_UNSUB_OTHER]);
        never_mail(v, "unsubscribed", FALSE, why);
        break;
    case PRESET_CLEANED:
        g_string_append(why, "cleaned after hard bounces");
        if (*cells[MC_CLEAN_TIME])
            g_string_append_printf(why, " %s", cells[MC_CLEAN_TIME]);
        append(why, "campaign", cells[MC_CLEAN_CAMPAIGN]);
        never_mail(v, "bounced", TRUE, why);
        break;
    case PRESET_NONSUBSCRIBED:
        g_string_append(why, "never subscribed");
        never_mail(v, "imported", FALSE, why);
        break;
    default:
        g_string_free(why, TRUE);
        v->action = PRESET_JOIN;
        consent_of_mailchimp(cells, v);
    }
}

/* TAGS are in quotes of their own: "A","B". */
static gboolean add_mailchimp(const char *const *cells, struct json *fields, char **ret_why)
{
    g_autoptr(GString) s = g_string_new(NULL);
    g_auto(GStrv) tags = g_strsplit(cells[MC_TAGS], ",", 0);
    for (char **t = tags; *t; t++) {
        g_strstrip(g_strdelimit(*t, "\"", ' '));
        if (**t)
            g_string_append_printf(s, "%s%s", s->len > 0 ? ", " : "", *t);
    }
    if (s->len > 0)
        json_set_string(fields, "tags", s->str);
    return TRUE;
}

/* ---- phpList ---- */

enum { PL_EMAIL, PL_CONFIRMED, PL_BLACKLISTED, PL_DISABLED, PL_ENTERED, PL_OPTED_IN };

static const struct import_preset_column phplist_columns[] = {
    [PL_EMAIL] = {"Email|E-mail", "address", TRUE},
    [PL_CONFIRMED] = {"Is this subscriber confirmed|Is this user confirmed", NULL, TRUE},
    [PL_BLACKLISTED] = {"Is this subscriber blacklisted|Is this user blacklisted", NULL, TRUE},
    [PL_DISABLED] = {"Is this account disabled?", NULL, FALSE},
    [PL_ENTERED] = {"Entered", NULL, FALSE},
    [PL_OPTED_IN] = {"Did this subscriber manually confirm|Did this user manually confirm",
                     NULL, FALSE},
    {"First name|Firstname", "first_name", FALSE},
    {"Last name|Lastname|Surname", "last_name", FALSE},
    {"Number of bounces|Last Modified|RSS Frequency|Password", NULL, FALSE},
    {"Send this subscriber HTML emails|Send this user HTML emails", NULL, FALSE},
    {"id|Unique ID|IP|Change Summary|Change Detail|List Membership", NULL, FALSE},
    {NULL},
};

static void judge_phplist(enum import_preset_part part, const char *const *cells,
                          struct import_preset_verdict *v)
{
    if (is_yes(cells[PL_BLACKLISTED])) {
        never_mail(v, "unsubscribed", TRUE, g_string_new("phpList: blacklisted"));
        return;
    }
    v->action = is_yes(cells[PL_CONFIRMED]) && !is_yes(cells[PL_DISABLED]) ? PRESET_JOIN
                                                                           : PRESET_LEAVE_OUT;
    v->consent_us = time_of(cells[PL_ENTERED]);
    if (v->action == PRESET_JOIN && v->consent_us > 0) {
        g_autofree char *safe = text_safe(cells[PL_ENTERED], -1, 40);
        v->text =
            g_strdup_printf("phpList: entered %s, %s", safe,
                            is_yes(cells[PL_OPTED_IN]) ? "confirmed by hand" : "confirmed");
    }
}

/* ---- the table ---- */

static const struct import_preset presets[] = {
    {"listmonk", "listmonk", N_("Export with the button of listmonk's list of subscribers"),
     listmonk_columns, judge_listmonk, add_listmonk, TRUE, FALSE},
    {"mailchimp", "Mailchimp",
     N_("Export with Audience, All contacts, Export Audience, and leave the file as it is"),
     mailchimp_columns, judge_mailchimp, add_mailchimp, FALSE, TRUE},
    {"phplist", "phpList", N_("Export again with all columns ticked"), phplist_columns,
     judge_phplist, NULL, FALSE, FALSE},
};

gboolean import_preset_find(const char *name, const struct import_preset **ret, GError **error)
{
    *ret = NULL;
    if (strcmp(name, "csv") == 0)
        return TRUE;
    for (gsize i = 0; i < G_N_ELEMENTS(presets) && !*ret; i++)
        if (strcmp(presets[i].name, name) == 0)
            *ret = &presets[i];
    if (*ret)
        return TRUE;
    g_autofree char *safe = text_safe(name, -1, 40);
    g_set_error(error, CRIER_ERROR, CRIER_ERROR_USAGE,
                _("--from %s: it must be csv, listmonk, mailchimp or phplist"), safe);
    return FALSE;
}

static gboolean is_spelling(const char *spellings, const char *heading)
{
    g_auto(GStrv) all = g_strsplit(spellings, "|", 0);
    for (char **s = all; *s; s++)
        if (g_ascii_strcasecmp(*s, heading) == 0)
            return TRUE;
    return FALSE;
}

int import_preset_column_of(const struct import_preset *p, const char *heading)
{
    for (int i = 0; p->columns[i].heading; i++)
        if (is_spelling(p->columns[i].heading, heading))
            return i;
    return -1;
}

gboolean import_preset_check_columns(const struct import_preset *p, const char *path,
                                     const char *const *columns, GError **error)
{
    g_autoptr(GString) missing = g_string_new(NULL);
    for (int i = 0; p->columns[i].heading; i++) {
        gboolean is_there = !p->columns[i].is_required;
        for (const char *const *c = columns; *c && !is_there; c++)
            is_there = is_spelling(p->columns[i].heading, *c);
        if (is_there)
            continue;
        g_auto(GStrv) names = g_strsplit(p->columns[i].heading, "|", 2);
        g_string_append_printf(missing, "%s'%s'", missing->len > 0 ? ", " : "", names[0]);
    }
    if (missing->len == 0)
        return TRUE;
    g_autofree char *all = g_strjoinv(", ", (char **)columns);
    g_autofree char *safe = text_safe(all, -1, 120);
    g_set_error(
        error, CRIER_ERROR, CRIER_ERROR_INVALID,
        _("%s: this is no whole %s export, for it lacks the column %s (there are: %s). %s"),
        path, p->title, missing->str, safe, _(p->advice));
    return FALSE;
}
