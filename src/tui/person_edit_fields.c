/*
 * The rows of the form over a person, which custom fields make, and the record they become.
 */
#include "config.h"

#include <string.h>

#include "base/error.h"
#include "base/i18n.h"
#include "base/json.h"
#include "base/mailaddr.h"
#include "base/text.h"
#include "store/people.h"
#include "store/people_browse.h"
#include "tui/people_actions.h"
#include "tui/person_edit_private.h"
#include "tui/ui.h"

#define PREFIX "f." /* in front of a custom field's name: no key of ours is one of theirs */

static const struct field value_field = {
    .key = "value", .type = FIELD_LINE, .max = PERSON_MAX_FIELD_BYTES};
static const struct field lists_field = {.key = "lists", .type = FIELD_SLUGS, .max = 10000};

static const struct form_row head[] = {
    {FORM_LINE, "address", N_("Address"), N_("where mail goes: name@example.org"),
     .flags = FORM_REQUIRED},
};
static const struct form_row tail_new[] = {
    {FORM_BUTTON, "add-field", N_("Another field"), N_("a field of any name: city, member_no")},
    {FORM_PICK, "lists", N_("Lists"), N_("the lists that this person joins"),
     .field = &lists_field},
    {FORM_LINE, "consent", N_("Agreed to"),
     N_("what they agreed to and how: \"form on paper, 3 March\"; kept as proof")},
    {FORM_BUTTON, "save", N_("Add")},
    {FORM_BUTTON, "cancel", N_("Cancel")},
};
static const struct form_row tail_known[] = {
    {FORM_BUTTON, "add-field", N_("Another field"), N_("a field of any name: city, member_no")},
    {FORM_BUTTON, "save", N_("Save")},
    {FORM_BUTTON, "cancel", N_("Cancel")},
};

/* ---- names ---- */

gboolean person_edit_add_name(struct person_edit *s, const char *name)
{
    for (guint i = 0; i < s->names->len; i++)
        if (strcmp(s->names->pdata[i], name) == 0)
            return FALSE;
    if (s->names->len >= PERSON_MAX_FIELDS)
        return FALSE;
    g_ptr_array_add(s->names, g_strdup(name));
    return TRUE;
}

static void take_name(const char *key, struct json *value, void *data)
{
    person_edit_add_name(data, key);
}

void person_edit_take_names(struct person_edit *s, const char *fields_json)
{
    struct json *fields =
        fields_json ? json_parse(fields_json, strlen(fields_json), NULL) : NULL;
    if (fields)
        json_foreach(fields, take_name, s);
    json_unref(fields);
}

/* ---- the form ---- */

void person_edit_free_form(struct person_edit *s)
{
    if (s->form)
        form_free(s->form);
    s->form = NULL;
    if (s->rows)
        g_array_unref(s->rows);
    s->rows = NULL;
    g_clear_pointer(&s->texts, g_ptr_array_unref);
}

static void add_rows(struct person_edit *s)
{
    static const struct form_row end = {FORM_END};
    gboolean is_new = s->person.id == 0;
    s->rows = g_array_new(FALSE, FALSE, sizeof(struct form_row));
    s->texts = g_ptr_array_new_with_free_func(g_free);
    g_array_append_vals(s->rows, head, G_N_ELEMENTS(head));
    for (guint i = 0; i < s->names->len; i++) {
        char *key = g_strconcat(PREFIX, s->names->pdata[i], NULL);
        const struct form_row row = {.kind = FORM_LINE,
                                     .key = key,
                                     .label = s->names->pdata[i],
                                     .help = N_("a field for letters; empty: it is removed"),
                                     .field = &value_field};
        g_ptr_array_add(s->texts, key);
        g_array_append_val(s->rows, row);
    }
    if (is_new)
        g_array_append_vals(s->rows, tail_new, G_N_ELEMENTS(tail_new));
    else
        g_array_append_vals(s->rows, tail_known, G_N_ELEMENTS(tail_known));
    g_array_append_val(s->rows, end);
}

static void put_value(const char *name, struct json *value, void *data)
{
    struct form *f = data;
    g_autofree char *key = g_strconcat(PREFIX, name, NULL);
    const char *text = json_get_string(value);
    form_set_text(f, key, text ? text : "");
}

void person_edit_load(struct person_edit *s)
{
    const char *json = s->person.fields_json ? s->person.fields_json : "{}";
    struct json *fields = json_parse(json, strlen(json), NULL);
    for (guint i = 0; i < s->texts->len; i++)
        form_set_text(s->form, s->texts->pdata[i], "");
    if (s->person.id)
        form_set_text(s->form, "address", s->person.address);
    if (fields)
        json_foreach(fields, put_value, s->form);
    json_unref(fields);
    if (s->person.id == 0 && s->list)
        form_set_text(s->form, "lists", s->list);
    form_set_saved(s->form);
}

void person_edit_make_form(struct person_edit *s)
{
    g_autofree char *typed = s->form ? form_draft(s->form) : NULL;
    person_edit_free_form(s);
    add_rows(s);
    s->form = form_new(&(struct form_setup){.rows = (const struct form_row *)s->rows->data,
                                            .is_plain = ui_is_accessible(s->view->ui),
                                            .options = person_edit_options,
                                            .check = person_edit_check,
                                            .data = s},
                       NULL);
    person_edit_load(s);
    if (typed)
        form_restore(s->form, typed, NULL);
}

char **person_edit_options(const struct form *f, const struct form_row *row, void *data,
                           GError **error)
{
    const struct person_edit *s = data;
    return lists_names(ui_db(s->view->ui), error);
}

void person_edit_check(struct form *f, void *data)
{
    const struct person_edit *s = data;
    struct person there = {0};
    g_autoptr(GError) error = NULL;
    const char *address = form_text(f, "address");
    g_autofree char *key = *address ? people_key(address, &error) : NULL;
    if (error)
        form_set_problem(f, "address", error->message);
    else if (key && people_get(ui_db(s->view->ui), key, &there, NULL) &&
             there.id != s->person.id)
        form_set_problem(f, "address",
                         _("This address is known already: / finds it in the "
                           "list of everybody."));
    person_clear(&there);
    if (s->person.id == 0 && *form_text(f, "lists") && !*form_text(f, "consent"))
        form_set_problem(f, "consent",
                         _("How is it known that they agreed to be on the list?"));
}

/* ---- the record ---- */

static gboolean take_address(struct person *p, const char *text, GError **error)
{
    struct mailaddr a;
    if (!mailaddr_parse(text, &a, error))
        return FALSE;
    g_free(p->address);
    g_free(p->address_key);
    g_free(p->domain);
    p->address = mailaddr_format(&a);
    p->address_key = mailaddr_key(&a);
    p->domain = g_strdup(a.domain);
    mailaddr_clear(&a);
    return TRUE;
}

static gboolean take_values(struct person_edit *s, struct json *fields, GError **error)
{
    for (guint i = 0; i < s->names->len; i++) {
        const char *name = s->names->pdata[i];
        const char *key = s->texts->pdata[i], *text = form_text(s->form, key);
        if (!form_row_is_changed(s->form, key))
            continue;
        if (!text_check_utf8(name, text, strlen(text), PERSON_MAX_FIELD_BYTES, error))
            return FALSE;
        if (*text)
            json_set_string(fields, name, text);
        else
            json_remove(fields, name);
    }
    return TRUE;
}

gboolean person_edit_take(struct person_edit *s, const struct person *base, struct person *ret,
                          GError **error)
{
    const char *json = base->fields_json && *base->fields_json ? base->fields_json : "{}";
    struct json *fields = json_parse(json, strlen(json), error);
    ret->id = base->id;
    ret->row_version = base->row_version;
    gboolean ok = fields && take_address(ret, form_text(s->form, "address"), error) &&
                  take_values(s, fields, error);
    if (ok)
        ret->fields_json = json_dump(fields);
    json_unref(fields);
    return ok;
}

/* ---- the difference ---- */

struct differences {
    GString *text;
    const struct json *other;
    gboolean is_other_way; /* only what the first does not have */
};

static void add_difference(GString *text, const char *key, const char *mine, const char *theirs)
{
    if (g_strcmp0(mine, theirs) == 0)
        return;
    g_string_append_printf(text, _("%s\n  theirs: %s\n  mine:   %s\n\n"), key,
                           theirs ? theirs : _("(empty)"), mine ? mine : _("(empty)"));
}

static void compare(const char *key, struct json *value, void *data)
{
    const struct differences *d = data;
    const char *other = json_member_string(d->other, key);
    if (d->is_other_way && !other)
        add_difference(d->text, key, NULL, json_get_string(value));
    else if (!d->is_other_way)
        add_difference(d->text, key, json_get_string(value), other);
}

char *person_edit_difference(const struct person *mine, const struct person *theirs)
{
    struct json *a = json_parse(mine->fields_json, strlen(mine->fields_json), NULL);
    struct json *b = json_parse(theirs->fields_json, strlen(theirs->fields_json), NULL);
    GString *text = g_string_new(NULL);
    struct differences forth = {text, b, FALSE}, back = {text, a, TRUE};
    add_difference(text, _("Address"), mine->address, theirs->address);
    if (a && b) {
        json_foreach(a, compare, &forth);
        json_foreach(b, compare, &back);
    }
    json_unref(a);
    json_unref(b);
    return g_string_free(text, FALSE);
}
