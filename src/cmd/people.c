/*
 * crier people: single persons and listings. Files of people are in people_import.c.
 */
#include "config.h"

#include "cmd/handlers.h"

#include <inttypes.h>
#include <string.h>

#include "app/people_data.h"
#include "app/shapes.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/i18n.h"
#include "base/mailaddr.h"
#include "base/text.h"
#include "store/deliveries.h"
#include "store/people.h"

#define PAGE_ROWS 1000
#define MAIL_SHOWN 1000

static const struct output_column list_columns[] = {
    {"address", N_("Address")},
    {"status", N_("Status")},
    {"lists", N_("Lists")},
    {"fields", N_("Fields")},
    {"created", N_("Added"), OUTPUT_TIME, TRUE},
    {"updated", N_("Changed"), OUTPUT_TIME, TRUE},
    {NULL},
};

static const struct output_column show_columns[] = {
    {"address", N_("Address")},
    {"status", N_("Status")},
    {"fields", N_("Fields")},
    {"created", N_("Added"), OUTPUT_TIME},
    {"updated", N_("Changed"), OUTPUT_TIME},
    {NULL},
};

static const struct output_column membership_columns[] = {
    {"list", N_("List")},
    {"joined", N_("Joined"), OUTPUT_TIME},
    {"consent", N_("Consent")},
    {"source", N_("Source")},
    {NULL},
};

static const struct output_column suppression_columns[] = {
    {"reason", N_("Never mail")}, {"list", N_("List")}, {"created", N_("Since"), OUTPUT_TIME},
    {"evidence", N_("Evidence")}, {"actor", N_("By")},  {NULL},
};

static const struct output_column mail_columns[] = {
    {"campaign", N_("Campaign")},
    {"state", N_("State")},
    {"time", N_("Time"), OUTPUT_TIME},
    {"attempts", N_("Tries"), OUTPUT_NUMBER},
    {"code", N_("Code"), OUTPUT_NUMBER},
    {"reply", N_("Reply")},
    {NULL},
};

static const struct output_column back_columns[] = {
    {"time", N_("Came back"), OUTPUT_TIME}, {"campaign", N_("Campaign")},
    {"kind", N_("Kind")},                   {"class", N_("Class")},
    {"status", N_("Status")},               {"why", N_("Why")},
    {"text", N_("Words"), OUTPUT_TEXT, TRUE}, {"evidence", N_("Message")},
    {NULL},
};

/* "ann@example.org" as typed -> a person without id. */
static gboolean person_from_word(const char *word, struct person *ret, GError **error)
{
    struct mailaddr a;
    if (!mailaddr_parse(word, &a, error))
        return FALSE;
    ret->address = mailaddr_format(&a);
    ret->address_key = mailaddr_key(&a);
    ret->domain = g_strdup(a.domain);
    mailaddr_clear(&a);
    return TRUE;
}

static gboolean find_person(struct db *db, const char *word, struct person *ret, GError **error)
{
    struct person asked = {0};
    if (!person_from_word(word, &asked, error))
        return FALSE;
    gboolean ok = people_get(db, asked.address_key, ret, error);
    person_clear(&asked);
    return ok;
}

/* ---- list ---- */

static gboolean put_person(struct output *o, struct db *db, const struct person *p,
                           GError **error)
{
    g_autoptr(GPtrArray) lists = membership_of(db, p->id, error);
    g_autoptr(GPtrArray) suppressions =
        lists ? suppression_of(db, p->address_key, error) : NULL;
    if (!suppressions)
        return FALSE;
    struct json_writer *w = output_row_begin(o);
    shape_person(w, p, lists, suppressions);
    output_row_end(o);
    return TRUE;
}

static gboolean put_people(struct output *o, struct db *db, gint64 list_id, GError **error)
{
    gint64 after = 0;
    for (;;) {
        g_autoptr(GPtrArray) page = people_page(db, list_id, after, PAGE_ROWS, error);
        if (!page)
            return FALSE;
        for (guint i = 0; i < page->len; i++) {
            const struct person *p = g_ptr_array_index(page, i);
            if (!put_person(o, db, p, error))
                return FALSE;
            after = p->id;
        }
        if (page->len < PAGE_ROWS)
            return TRUE;
    }
}

static gboolean list_id_of(struct db *db, const char *name, gint64 *ret_id, GError **error)
{
    struct list l = {0};
    if (!list_get(db, name, &l, error))
        return FALSE;
    *ret_id = l.id;
    list_clear(&l);
    return TRUE;
}

int cmd_people_list(struct cmd_context *c)
{
    GError *error = NULL;
    gint64 list_id = 0;
    const char *list = cmd_option(c, "list");
    if (list && !list_id_of(c->db, list, &list_id, &error))
        return cmd_fail(error);
    struct output *o =
        output_begin(stdout, c->line->format, list_columns, c->line->fields, &error);
    if (!o)
        return cmd_fail(error);
    gboolean ok = put_people(o, c->db, list_id, &error);
    output_end(o);
    return ok ? 0 : cmd_fail(error);
}

/* ---- show ---- */

/* A part of the record as a table of its own, when it has rows. */
static void put_part(const struct cmd_context *c, const struct json *record, const char *key,
                     const struct output_column *columns)
{
    const struct json *rows = json_member(record, key);
    if (json_size(rows) == 0)
        return;
    putchar('\n');
    struct output *o = output_begin(stdout, c->line->format, columns, NULL, NULL);
    for (gsize i = 0; i < json_size(rows); i++) {
        g_autofree char *row = json_dump(json_at(rows, i));
        output_row(o, row);
    }
    output_end(o);
}

/* How near they are to being never mailed again. */
static void put_soft(const struct json *record)
{
    gint64 n = json_get_int(json_member(record, "soft_in_a_row"));
    gint64 most = json_get_int(json_member(record, "soft_most"));
    if (n > 0 && json_size(json_member(record, "suppressions")) == 0)
        printf(_("\nSoft bounces in a row: %" PRId64 "; after %" PRId64
                 " the address is never mailed again.\n"),
               n, most);
}

static void put_record(const struct cmd_context *c, const GString *json)
{
    output_record(stdout, c->line->format, show_columns, json->str);
    if (cmd_wants_json(c))
        return;
    struct json *record = json_parse(json->str, json->len, NULL);
    put_part(c, record, "memberships", membership_columns);
    put_part(c, record, "suppressions", suppression_columns);
    put_part(c, record, "mail", mail_columns);
    put_part(c, record, "came_back", back_columns);
    put_soft(record);
    json_unref(record);
}

static gboolean write_record(struct json_writer *w, struct db *db, const struct person *p,
                             GError **error)
{
    g_autoptr(GPtrArray) lists = membership_of(db, p->id, error);
    g_autoptr(GPtrArray) suppressions =
        lists ? suppression_of(db, p->address_key, error) : NULL;
    g_autoptr(GPtrArray) mail =
        suppressions ? deliveries_of_person(db, p->id, MAIL_SHOWN, error) : NULL;
    if (!mail)
        return FALSE;
    json_begin_object(w);
    shape_person_members(w, p, lists, suppressions);
    shape_person_mail(w, mail);
    gboolean ok = people_data_came_back(db, w, p, MAIL_SHOWN, error);
    json_end_object(w);
    return ok;
}

int cmd_people_show(struct cmd_context *c)
{
    GError *error = NULL;
    struct person p = {0};
    if (!find_person(c->db, cmd_word(c, 0), &p, &error))
        return cmd_fail(error);
    g_autoptr(GString) json = g_string_new(NULL);
    struct json_writer *w = json_writer_new_string(json, FALSE);
    gboolean ok = write_record(w, c->db, &p, &error);
    json_writer_free(w);
    if (ok)
        put_record(c, json);
    person_clear(&p);
    return ok ? 0 : cmd_fail(error);
}

/* ---- add, set, remove ---- */

/* Every --set FIELD=VALUE into the person's fields. */
static gboolean set_custom_fields(const struct cmd_context *c, struct person *p, GError **error)
{
    const char *old = p->fields_json && *p->fields_json ? p->fields_json : "{}";
    struct json *fields = json_parse(old, strlen(old), error);
    if (!fields)
        return FALSE;
    const char *set;
    gboolean ok = TRUE;
    for (guint i = 0; ok && (set = cmd_option_nth(c, "set", i)); i++) {
        const char *equals = strchr(set, '=');
        g_autofree char *name = g_strndup(set, equals ? (gsize)(equals - set) : strlen(set));
        ok = person_field_name_check(name, error);
        if (ok && !equals) {
            g_set_error(error, CRIER_ERROR, CRIER_ERROR_USAGE,
                        _("--set %s: it must be FIELD=VALUE"), name);
            ok = FALSE;
        }
        ok = ok && text_check_utf8(name, equals + 1, strlen(equals + 1), PERSON_MAX_FIELD_BYTES,
                                   error);
        if (ok && equals[1])
            json_set_string(fields, name, equals + 1);
        else if (ok)
            json_remove(fields, name);
    }
    if (ok && json_size(fields) > PERSON_MAX_FIELDS) {
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_INVALID,
                    _("%s: a person can have %d fields"), p->address, PERSON_MAX_FIELDS);
        ok = FALSE;
    }
    if (ok) {
        g_free(p->fields_json);
        p->fields_json = json_dump(fields);
    }
    json_unref(fields);
    return ok || cmd_wrong_usage(error);
}

/* The ids of every --list, so that a wrong name changes nothing. */
static GArray *given_lists(const struct cmd_context *c, GError **error)
{
    GArray *ids = g_array_new(FALSE, FALSE, sizeof(gint64));
    const char *name;
    for (guint i = 0; (name = cmd_option_nth(c, "list", i)); i++) {
        gint64 id;
        if (!list_id_of(c->db, name, &id, error)) {
            g_array_unref(ids);
            return NULL;
        }
        g_array_append_val(ids, id);
    }
    return ids;
}

static gboolean join_lists(const struct cmd_context *c, const GArray *ids, gint64 person_id,
                           GError **error)
{
    struct consent consent = {
        .text = cmd_option(c, "consent"),
        .source = "crier people",
        .at_us = clock_wall_us(),
    };
    for (guint i = 0; i < ids->len; i++)
        if (!membership_add(c->db, g_array_index(ids, gint64, i), person_id, &consent, error))
            return FALSE;
    return TRUE;
}

static gboolean check_unknown(struct db *db, const struct person *p, GError **error)
{
    struct person known = {0};
    g_autoptr(GError) why = NULL;
    if (people_get(db, p->address_key, &known, &why)) {
        person_clear(&known);
        g_set_error(
            error, CRIER_ERROR, CRIER_ERROR_EXISTS,
            _("%s: this person is there already. crier people set changes fields and lists"),
            p->address);
        return FALSE;
    }
    if (g_error_matches(why, CRIER_ERROR, CRIER_ERROR_NOT_FOUND))
        return TRUE;
    g_propagate_error(error, g_steal_pointer(&why));
    return FALSE;
}

static void warn_when_suppressed(struct db *db, const struct person *p)
{
    g_autoptr(GPtrArray) all = suppression_of(db, p->address_key, NULL);
    if (all && all->len > 0) {
        const struct suppression *s = g_ptr_array_index(all, 0);
        cmd_warn(_("%s is never mailed (%s): crier suppress list shows why"), p->address,
                 s->reason);
    }
}

int cmd_people_add(struct cmd_context *c)
{
    GError *error = NULL;
    struct person p = {0};
    g_autoptr(GArray) ids = given_lists(c, &error);
    gboolean ok = ids && person_from_word(cmd_word(c, 0), &p, &error) &&
                  set_custom_fields(c, &p, &error) && check_unknown(c->db, &p, &error) &&
                  people_put(c->db, &p, &error) && join_lists(c, ids, p.id, &error);
    if (ok)
        warn_when_suppressed(c->db, &p);
    person_clear(&p);
    return ok ? 0 : cmd_fail(error);
}

static gboolean change_address(struct db *db, struct person *p, const char *word,
                               GError **error)
{
    struct person changed = {0};
    if (!person_from_word(word, &changed, error)) {
        g_prefix_error(error, "--address: ");
        return cmd_wrong_usage(error);
    }
    gboolean ok =
        strcmp(changed.address_key, p->address_key) == 0 || check_unknown(db, &changed, error);
    if (ok) {
        g_free(p->address);
        g_free(p->address_key);
        g_free(p->domain);
        p->address = g_steal_pointer(&changed.address);
        p->address_key = g_steal_pointer(&changed.address_key);
        p->domain = g_steal_pointer(&changed.domain);
    }
    person_clear(&changed);
    return ok;
}

int cmd_people_set(struct cmd_context *c)
{
    GError *error = NULL;
    struct person p = {0};
    const char *address = cmd_option(c, "address");
    if (!address && !cmd_has(c, "set") && !cmd_has(c, "list"))
        return cmd_fail(g_error_new(CRIER_ERROR, CRIER_ERROR_USAGE,
                                    _("nothing to set: use --set FIELD=VALUE, --list LIST or "
                                      "--address ADDRESS")));
    g_autoptr(GArray) ids = given_lists(c, &error);
    gboolean ok = ids && find_person(c->db, cmd_word(c, 0), &p, &error) &&
                  (!address || change_address(c->db, &p, address, &error)) &&
                  set_custom_fields(c, &p, &error);
    if (ok && (address || cmd_has(c, "set")))
        ok = people_put(c->db, &p, &error);
    ok = ok && join_lists(c, ids, p.id, &error);
    person_clear(&p);
    return ok ? 0 : cmd_fail(error);
}

int cmd_people_remove(struct cmd_context *c)
{
    GError *error = NULL;
    struct person p = {0};
    g_autoptr(GArray) ids = given_lists(c, &error);
    gboolean ok = ids && find_person(c->db, cmd_word(c, 0), &p, &error);
    if (ok && ids->len == 0)
        ok = people_remove(c->db, p.address_key, &error);
    for (guint i = 0; ok && i < ids->len; i++)
        ok = membership_remove(c->db, g_array_index(ids, gint64, i), p.id, &error);
    person_clear(&p);
    return ok ? 0 : cmd_fail(error);
}
