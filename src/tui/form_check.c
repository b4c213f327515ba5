/*
 * What is wrong with the values of a form: each row by its own field, then the rules across
 * them; and writing into a record what is right. A problem is shown once its row was left, so
 * that nobody is told off for what he is about to type.
 */
#include "config.h"

#include <string.h>

#include "base/error.h"
#include "base/hostport.h"
#include "base/i18n.h"
#include "tui/form_private.h"

#define NAMED_MAX 3 /* fields that the message row names */

/* ---- one value ---- */

/* `text` as the field would keep it, without a record. Caller frees. */
static char *parse(const struct field *f, const char *text, GError **error)
{
    const struct field one[] = {*f, {.key = NULL}};
    g_autofree void *scratch = g_malloc0(f->offset + sizeof(gint64));
    char *kept = NULL;
    if (field_set(f, scratch, text, error))
        kept = field_get(f, scratch);
    field_clear_all(one, scratch);
    return kept;
}

static const struct {
    const char *prefix;
    guint16 port; /* that goes without saying; 0: what the field makes of none */
} schemes[] = {
    {"smtp://", 0},   {"smtps://", 465}, {"submission://", 587}, {"submissions://", 465},
    {"imap://", 143}, {"imaps://", 993}, {"pop3://", 110},       {"pop3s://", 995},
    {"pop://", 110},  {"pops://", 995},
};

/* Addresses are often given as smtp://host/: without what a host field has no place for. NULL:
 * it is none. Caller frees. */
static char *without_scheme(const char *text)
{
    text += strspn(text, " ");
    for (gsize i = 0; i < G_N_ELEMENTS(schemes); i++) {
        gsize len = strlen(schemes[i].prefix);
        if (g_ascii_strncasecmp(text, schemes[i].prefix, len) != 0)
            continue;
        g_autofree char *rest = g_strndup(text + len, strcspn(text + len, "/"));
        struct hostport h;
        if (!hostport_parse(rest, HOSTPORT_PEER, &h, NULL))
            return g_steal_pointer(&rest);
        if (h.port == 0)
            h.port = schemes[i].port;
        char *host = hostport_format(&h);
        hostport_clear(&h);
        return host;
    }
    return NULL;
}

/* The reason alone: the field's key in front of it says nothing to a person who sees the field.
 */
static char *reason_of(const struct field *f, const GError *error)
{
    const char *message = error->message;
    gsize len = strlen(f->key);
    if (strncmp(message, f->key, len) == 0 && strncmp(message + len, ": ", 2) == 0)
        message += len + 2;
    return g_strdup(message);
}

static void check_field(struct row *row, gboolean normalise)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *host =
        row->field->type == FIELD_HOSTPORT ? without_scheme(row_text(row)) : NULL;
    g_autofree char *kept = parse(row->field, host ? host : row_text(row), &error);
    if (!kept)
        row->problem = reason_of(row->field, error);
    else if (normalise && row->spec->kind != FORM_SECRET && !g_str_equal(kept, row_text(row)))
        row_put(row, kept);
}

void form_check_row(struct form *f, struct row *row, gboolean normalise)
{
    g_clear_pointer(&row->problem, g_free);
    row->is_lacking = FALSE;
    if (!row_has_value(row) || !form_is_shown(f, row))
        return;
    if (row_is_required(row) && row_is_empty(row)) {
        row->is_lacking = TRUE;
        row->problem = g_strdup_printf(_("%s is needed"), row_label(row));
    } else if (row->field) {
        check_field(row, normalise);
    }
}

void form_check_rules(struct form *f)
{
    for (guint i = 0; i < f->n; i++)
        g_clear_pointer(&f->rows[i].rule, g_free);
    if (!f->setup.check)
        return;
    f->is_checking = TRUE;
    f->setup.check(f, f->setup.data);
    f->is_checking = FALSE;
}

void form_forget_problems(struct row *row)
{
    g_clear_pointer(&row->problem, g_free);
    g_clear_pointer(&row->rule, g_free);
    g_clear_pointer(&row->told, g_free);
    row->is_lacking = FALSE;
}

void form_set_problem(struct form *f, const char *key, const char *sentence)
{
    struct row *row = form_row(f, key);
    g_return_if_fail(row != NULL);
    char **slot = f->is_checking ? &row->rule : &row->told;
    char *own = g_strdup(sentence);
    g_free(*slot);
    *slot = own;
}

/* ---- all of them ---- */

static const char *any_problem(const struct form *f, const struct row *row)
{
    if (!form_is_shown(f, row))
        return NULL;
    return row->problem ? row->problem : row->rule ? row->rule : row->told;
}

const char *row_problem(const struct form *f, const struct row *row)
{
    if (row->is_visited || f->is_all_checked)
        return any_problem(f, row);
    return form_is_shown(f, row) ? row->told : NULL;
}

const char *form_problem(const struct form *f, const char *key)
{
    const struct row *row = form_row(f, key);
    return row ? row_problem(f, row) : NULL;
}

int form_next_problem(const struct form *f, int step)
{
    for (guint n = 1; n <= f->n; n++) {
        guint i = (guint)((int)f->focus + (int)f->n + step * (int)n) % f->n;
        if (row_problem(f, &f->rows[i]))
            return (int)i;
    }
    return -1;
}

char *form_attention(const struct form *f)
{
    g_autoptr(GString) names = g_string_new(NULL);
    guint n = 0;
    for (guint i = 0; i < f->n; i++) {
        if (!row_problem(f, &f->rows[i]))
            continue;
        if (n < NAMED_MAX)
            g_string_append_printf(names, "%s%s", n ? ", " : "", row_label(&f->rows[i]));
        else if (n == NAMED_MAX)
            g_string_append(names, ", …");
        n++;
    }
    if (n == 0)
        return NULL;
    return g_strdup_printf(
        ngettext("%u field needs attention: %s", "%u fields need attention: %s", n), n,
        names->str);
}

guint form_check(struct form *f)
{
    guint n = 0;
    int first = -1;
    for (guint i = 0; i < f->n; i++)
        form_check_row(f, &f->rows[i], TRUE);
    form_check_rules(f);
    f->is_all_checked = TRUE;
    for (guint i = 0; i < f->n; i++) {
        const struct row *row = &f->rows[i];
        gboolean is_excused = f->setup.is_draft && row->is_lacking && !row->rule;
        if (!any_problem(f, row) || is_excused)
            continue;
        if (n++ == 0)
            first = (int)i;
    }
    if (first >= 0)
        form_go(f, (guint)first);
    form_settle(f);
    return n;
}

/* What a row leaves in the record: NULL is empty or the default; FALSE: nothing. */
static gboolean stored_text(const struct form *f, const struct row *row, const char **ret)
{
    if (!row->field || !row_has_value(row) || (row->spec->flags & FORM_READ_ONLY))
        return FALSE;
    gboolean is_shown = form_is_shown(f, row);
    if (!is_shown && !(row->spec->flags & FORM_EMPTY_HIDDEN))
        return FALSE;
    *ret = is_shown ? row_text(row) : NULL;
    return TRUE;
}

gboolean form_store(struct form *f, void *record, GError **error)
{
    for (guint i = 0; i < f->n; i++)
        g_clear_pointer(&f->rows[i].told, g_free); /* it may be right now: the view tells */
    if (form_check(f) > 0) {
        g_autofree char *attention = form_attention(f);
        g_set_error_literal(error, CRIER_ERROR, CRIER_ERROR_INVALID, attention);
        return FALSE;
    }
    for (guint i = 0; i < f->n; i++) {
        const char *text;
        /* The check has taken each text by the same call, so none is refused half way. */
        if (stored_text(f, &f->rows[i], &text) &&
            !field_set(f->rows[i].field, record, text, error))
            return FALSE;
    }
    return TRUE;
}
