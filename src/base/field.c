/*
 * Field tables: text to record members and back, by the type and limits of a table row. Not for
 * checks between fields: each record has its own for those.
 */
#include "config.h"

#include "base/field.h"

#include <inttypes.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/hostport.h"
#include "base/i18n.h"
#include "base/mailaddr.h"
#include "base/text.h"

#define DEFAULT_MAX_OCTETS 1000
#define MAX_KEYS 200 /* of one table; bounds the list for text_nearest() */
#define SHOWN_CHARS 80

/* A member's value between parsing and storing. */
union value {
    char *text;   /* owned */
    char **slugs; /* owned */
    gint64 number;
};

static void *member(const struct field *f, void *record)
{
    return (char *)record + f->offset;
}

static const void *const_member(const struct field *f, const void *record)
{
    return (const char *)record + f->offset;
}

static gboolean is_text(enum field_type type)
{
    return type <= FIELD_COMMAND && type != FIELD_SLUGS;
}

static gboolean refuse(GError **error, const char *text, const char *why)
{
    g_autofree char *shown = text_safe(text, -1, SHOWN_CHARS);
    g_set_error(error, CRIER_ERROR, CRIER_ERROR_INVALID, "'%s': %s", shown, why);
    return FALSE;
}

/* --- parsing, one function a kind ------------------------------------------------------------
 */

typedef gboolean (*parse_fn)(const struct field *f, const char *text, union value *ret,
                             GError **error);

static gboolean parse_line(const struct field *f, const char *text, union value *ret,
                           GError **error)
{
    ret->text = g_strstrip(g_strdup(text));
    return TRUE;
}

static gboolean parse_text(const struct field *f, const char *text, union value *ret,
                           GError **error)
{
    ret->text = g_strdup(text);
    return TRUE;
}

static gboolean check_slug(const char *slug, GError **error)
{
    return text_is_slug(slug) ||
           refuse(
               error, slug,
               _("a name is 1 to 64 of a-z, 0-9, '-', '_' and '.', beginning with a letter or "
                 "digit"));
}

static gboolean parse_slug(const struct field *f, const char *text, union value *ret,
                           GError **error)
{
    g_autofree char *slug = g_strstrip(g_strdup(text));
    if (!check_slug(slug, error))
        return FALSE;
    ret->text = g_steal_pointer(&slug);
    return TRUE;
}

static gboolean parse_slugs(const struct field *f, const char *text, union value *ret,
                            GError **error)
{
    g_auto(GStrv) words = g_strsplit_set(text, ", \t\n", -1);
    g_autoptr(GHashTable) seen =
        g_hash_table_new(g_str_hash, g_str_equal); /* borrows `words` */
    g_autoptr(GPtrArray) slugs = g_ptr_array_new_with_free_func(g_free);
    for (char **word = words; *word; word++) {
        if (!**word)
            continue;
        if (!check_slug(*word, error))
            return FALSE;
        if (g_hash_table_add(seen, *word))
            g_ptr_array_add(slugs, g_strdup(*word));
    }
    g_ptr_array_add(slugs, NULL);
    ret->slugs = (char **)g_ptr_array_free(g_steal_pointer(&slugs), FALSE);
    return TRUE;
}

static gboolean parse_mailbox(const struct field *f, const char *text, union value *ret,
                              GError **error)
{
    g_autofree char *name = NULL;
    struct mailaddr address;
    if (!mailbox_parse(text, &name, &address, error))
        return FALSE;
    mailaddr_clear(&address);
    return parse_line(f, text, ret, error);
}

static gboolean parse_hostport(const struct field *f, const char *text, union value *ret,
                               GError **error)
{
    struct hostport h;
    if (!hostport_parse(text, HOSTPORT_PEER, &h, error))
        return FALSE;
    /* A bare IPv6 address stays bare, so that its "did you mean" can be said again later. */
    gboolean is_bare = h.port == 0 && !strchr(text, '[');
    ret->text = is_bare ? g_strdup(h.host) : hostport_format(&h);
    hostport_clear(&h);
    return TRUE;
}

static gboolean parse_listener(const struct field *f, const char *text, union value *ret,
                               GError **error)
{
    struct hostport h;
    if (!hostport_parse(text, HOSTPORT_LISTENER, &h, error))
        return FALSE;
    ret->text = hostport_format(&h);
    hostport_clear(&h);
    return TRUE;
}

static gboolean parse_command(const struct field *f, const char *text, union value *ret,
                              GError **error)
{
    g_autoptr(GError) why = NULL;
    if (!g_shell_parse_argv(text, NULL, NULL, &why))
        return refuse(error, text, why->message);
    return parse_line(f, text, ret, error);
}

static gboolean check_limits(const struct field *f, gint64 n, const char *text, GError **error)
{
    gboolean has_limits = f->min != 0 || f->max != 0;
    if (!has_limits || (n >= f->min && n <= f->max))
        return TRUE;
    g_autofree char *shown = text_safe(text, -1, SHOWN_CHARS);
    if (f->type == FIELD_SPAN) {
        g_autofree char *min = clock_format_span(f->min);
        g_autofree char *max = clock_format_span(f->max);
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_INVALID, _("%s is not between %s and %s"),
                    shown, min, max);
    } else {
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_INVALID,
                    _("%s is not in %" PRId64 "–%" PRId64), shown, f->min, f->max);
    }
    return FALSE;
}

static gboolean parse_int(const struct field *f, const char *text, union value *ret,
                          GError **error)
{
    g_autofree char *trimmed = g_strstrip(g_strdup(text));
    g_autoptr(GError) why = NULL;
    gint64 n;
    if (!g_ascii_string_to_signed(trimmed, 10, G_MININT64, G_MAXINT64, &n, &why)) {
        if (g_error_matches(why, G_NUMBER_PARSER_ERROR, G_NUMBER_PARSER_ERROR_OUT_OF_BOUNDS))
            return refuse(error, trimmed, _("the number is too large"));
        return refuse(error, trimmed, _("not a whole number"));
    }
    if (!check_limits(f, n, trimmed, error))
        return FALSE;
    ret->number = n;
    return TRUE;
}

static gboolean parse_span(const struct field *f, const char *text, union value *ret,
                           GError **error)
{
    gint64 seconds;
    if (!clock_parse_span(text, &seconds, error) || !check_limits(f, seconds, text, error))
        return FALSE;
    ret->number = seconds;
    return TRUE;
}

static gboolean parse_bool(const struct field *f, const char *text, union value *ret,
                           GError **error)
{
    static const struct {
        const char *word;
        gboolean value;
    } words[] = {
        {"yes", TRUE}, {"true", TRUE},   {"on", TRUE},   {"1", TRUE},
        {"no", FALSE}, {"false", FALSE}, {"off", FALSE}, {"0", FALSE},
    };
    g_autofree char *trimmed = g_strstrip(g_strdup(text));
    for (gsize i = 0; i < G_N_ELEMENTS(words); i++) {
        if (g_ascii_strcasecmp(trimmed, words[i].word) == 0) {
            ret->number = words[i].value;
            return TRUE;
        }
    }
    return refuse(error, trimmed, _("write yes or no"));
}

static gboolean parse_choice(const struct field *f, const char *text, union value *ret,
                             GError **error)
{
    g_autofree char *trimmed = g_strstrip(g_strdup(text));
    for (int i = 0; f->choices[i]; i++) {
        if (g_ascii_strcasecmp(trimmed, f->choices[i]) == 0) {
            ret->number = i;
            return TRUE;
        }
    }
    g_autofree char *shown = text_safe(trimmed, -1, SHOWN_CHARS);
    g_autofree char *all = g_strjoinv(", ", (char **)f->choices);
    g_set_error(error, CRIER_ERROR, CRIER_ERROR_INVALID, _("'%s' is none of: %s"), shown, all);
    return FALSE;
}

static const parse_fn parsers[FIELD_TYPE_COUNT] = {
    [FIELD_LINE] = parse_line,       [FIELD_TEXT] = parse_text,
    [FIELD_SLUG] = parse_slug,       [FIELD_SLUGS] = parse_slugs,
    [FIELD_MAILBOX] = parse_mailbox, [FIELD_HOSTPORT] = parse_hostport,
    [FIELD_LISTENER] = parse_listener, [FIELD_FILE] = parse_line,
    [FIELD_COMMAND] = parse_command, [FIELD_INT] = parse_int,
    [FIELD_SPAN] = parse_span,       [FIELD_BOOL] = parse_bool,
    [FIELD_CHOICE] = parse_choice,
};

/* Size and characters: before the type's own parser looks at it. */
static gboolean check_octets(const struct field *f, const char *text, GError **error)
{
    gboolean is_sized = is_text(f->type) || f->type == FIELD_SLUGS;
    gsize max = is_sized && f->max > 0 ? (gsize)f->max : DEFAULT_MAX_OCTETS;
    gsize len = strlen(text);
    if (is_sized && f->min > 0 && len < (gsize)f->min) {
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_INVALID,
                    _("the value is too short: %zu bytes, at least %" PRId64 " are needed"),
                    len, f->min);
        return FALSE;
    }
    if (f->type == FIELD_TEXT || f->type == FIELD_SLUGS)
        return text_check_utf8(_("the value"), text, len, max, error);
    return text_check_line(_("the value"), text, len, max, error);
}

/* --- storing ---------------------------------------------------------------------------------
 */

static void store(const struct field *f, void *record, union value v)
{
    void *at = member(f, record);
    switch (f->type) {
    case FIELD_SLUGS:
        g_strfreev(*(char ***)at);
        *(char ***)at = v.slugs;
        break;
    case FIELD_INT:
    case FIELD_SPAN:
        *(gint64 *)at = v.number;
        break;
    case FIELD_BOOL:
        *(gboolean *)at = v.number != 0;
        break;
    case FIELD_CHOICE:
        *(int *)at = (int)v.number;
        break;
    default:
        g_free(*(char **)at);
        *(char **)at = v.text;
    }
}

/* What an empty value is: "" and an empty list rather than NULL, so that readers need not ask.
 */
static union value empty_value(const struct field *f)
{
    union value v = {.number = 0};
    if (f->type == FIELD_SLUGS)
        v.slugs = g_new0(char *, 1);
    else if (is_text(f->type))
        v.text = g_strdup("");
    return v;
}

gboolean field_set(const struct field *f, void *record, const char *text, GError **error)
{
    gboolean is_default = !text || !*text;
    if (is_default)
        text = f->fallback;
    union value v;
    if (!text || !*text) {
        v = empty_value(f);
    } else if (!check_octets(f, text, error) || !parsers[f->type](f, text, &v, error)) {
        g_prefix_error(error, "%s: ", f->key);
        return FALSE;
    }
    store(f, record, v);
    return TRUE;
}

/* --- reading ---------------------------------------------------------------------------------
 */

static char *format_span(gint64 seconds)
{
    static const struct {
        gint64 seconds;
        char unit;
    } units[] = {{86400, 'd'}, {3600, 'h'}, {60, 'm'}, {1, 's'}};
    gsize i = 0;
    while (i < G_N_ELEMENTS(units) - 1 && (seconds == 0 || seconds % units[i].seconds != 0))
        i++;
    return g_strdup_printf("%" PRId64 "%c", seconds / units[i].seconds, units[i].unit);
}

static const char *choice_name(const struct field *f, gint64 n)
{
    for (gint64 i = 0; f->choices[i]; i++) {
        if (i == n)
            return f->choices[i];
    }
    return "";
}

char *field_get(const struct field *f, const void *record)
{
    const void *at = const_member(f, record);
    switch (f->type) {
    case FIELD_SLUGS: {
        char *const *slugs = *(char *const *const *)at;
        return slugs ? g_strjoinv(", ", (char **)slugs) : g_strdup("");
    }
    case FIELD_INT:
        return g_strdup_printf("%" PRId64, field_get_int(f, record));
    case FIELD_SPAN:
        return format_span(field_get_int(f, record));
    case FIELD_BOOL:
        return g_strdup(field_get_int(f, record) ? "yes" : "no");
    case FIELD_CHOICE:
        return g_strdup(choice_name(f, field_get_int(f, record)));
    default: {
        const char *text = *(char *const *)at;
        return g_strdup(text ? text : "");
    }
    }
}

char *field_show(const struct field *f, const void *record)
{
    g_autofree char *value = field_get(f, record);
    if (f->flags & FIELD_SECRET)
        return g_strdup(*value ? _("(set)") : "");
    return f->type == FIELD_TEXT ? text_safe_block(value, -1, 0) : text_safe(value, -1, 0);
}

char **field_text_ref(const struct field *f, void *record)
{
    g_assert(is_text(f->type));
    return member(f, record);
}

gint64 field_get_int(const struct field *f, const void *record)
{
    const void *at = const_member(f, record);
    switch (f->type) {
    case FIELD_INT:
    case FIELD_SPAN:
        return *(const gint64 *)at;
    case FIELD_BOOL:
        return *(const gboolean *)at;
    case FIELD_CHOICE:
        return *(const int *)at;
    default:
        g_assert_not_reached();
    }
}

/* --- tables ----------------------------------------------------------------------------------
 */

static char *with_underscores(const char *key)
{
    return g_strdelimit(g_strdup(key), "-", '_');
}

const struct field *field_find(const struct field *table, const char *key)
{
    g_autofree char *wanted = with_underscores(key);
    for (const struct field *f = table; f->key; f++) {
        if (g_str_equal(f->key, wanted))
            return f;
    }
    return NULL;
}

const char *field_nearest(const struct field *table, const char *key)
{
    g_autofree char *wanted = with_underscores(key);
    const char *keys[MAX_KEYS + 1];
    int n = 0;
    for (const struct field *f = table; f->key; f++) {
        g_assert(n < MAX_KEYS);
        keys[n++] = f->key;
    }
    keys[n] = NULL;
    return text_nearest(wanted, keys);
}

gboolean field_set_key(const struct field *table, void *record, const char *key,
                       const char *text, GError **error)
{
    const struct field *f = field_find(table, key);
    if (f)
        return field_set(f, record, text, error);
    g_autofree char *shown = text_safe(key, -1, SHOWN_CHARS);
    const char *nearest = field_nearest(table, key);
    if (nearest)
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_INVALID,
                    _("there is no field '%s'; did you mean '%s'?"), shown, nearest);
    else
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_INVALID, _("there is no field '%s'"),
                    shown);
    return FALSE;
}

void field_init_all(const struct field *table, void *record)
{
    for (const struct field *f = table; f->key; f++) {
        g_autoptr(GError) error = NULL;
        /* A default that its own row refuses is a slip in the table. */
        if (!field_set(f, record, NULL, &error))
            g_error("%s", error->message);
    }
}

void field_clear_all(const struct field *table, void *record)
{
    for (const struct field *f = table; f->key; f++)
        store(f, record, (union value){.number = 0});
}

static union value copied(const struct field *f, const void *record)
{
    const void *at = const_member(f, record);
    union value v = {.number = 0};
    if (f->type == FIELD_SLUGS)
        v.slugs = g_strdupv(*(char ***)at);
    else if (is_text(f->type))
        v.text = g_strdup(*(char *const *)at);
    else
        v.number = field_get_int(f, record);
    return v;
}

void field_copy_all(const struct field *table, void *to, const void *from)
{
    if (to == from)
        return;
    for (const struct field *f = table; f->key; f++)
        store(f, to, copied(f, from));
}

gboolean field_equal(const struct field *f, const void *a, const void *b)
{
    g_autofree char *text_a = field_get(f, a);
    g_autofree char *text_b = field_get(f, b);
    return g_str_equal(text_a, text_b);
}

gboolean field_check_required(const struct field *table, const void *record, GError **error)
{
    for (const struct field *f = table; f->key; f++) {
        if (!(f->flags & FIELD_REQUIRED))
            continue;
        g_autofree char *value = field_get(f, record);
        if (*value)
            continue;
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_INVALID,
                    _("%s is not set (%s). Set it first"), f->key, _(f->help));
        return FALSE;
    }
    return TRUE;
}
