/*
 * Template tags of listmonk (Go templates), Mailchimp (merge tags) and phpList (placeholders)
 * into Mustache. Each system has a row with its delimiters and a function for what stands
 * between them, and a table of names. Field names come out as the import's presets make them of
 * columns. Not a Go interpreter: what has no counterpart here is said by line, for a person to
 * decide.
 */
#include "config.h"

#include "transfer/tags.h"

#include <string.h>

#include "base/error.h"
#include "base/i18n.h"
#include "base/text.h"

#define MAX_TAG_BYTES 2000
#define MAX_OPEN 60

struct name { /* a row of a system's table */
    const char *tag;
    const char
        *field; /* what stands for it: a field; "": nothing; NULL: there is nothing like it */
    const char *hint; /* N_() */
};

struct open {   /* a condition that is not closed yet */
    char *name; /* owned; NULL: was not translated */
    gboolean is_inverted;
    int line;
};

struct state {
    GString *out;
    GPtrArray *unknown; /* borrowed */
    GArray *open;       /* of struct open */
    gboolean is_html;
    int line;
};

enum answer { ANSWER_DONE, ANSWER_UNKNOWN, ANSWER_TEXT /* no tag at all */ };

struct system {
    const char *name, *begin, *end;
    enum answer (*take)(struct state *s, const char *inner, const char **ret_hint);
};

static const char hint_profile[] = N_("there is no page where people change their data");
static const char hint_forward[] = N_("there is no page for forwarding");
static const char hint_address[] = N_("write the postal address, or set the campaign's");
static const char hint_date[] = N_("write the date");
static const char hint_body[] = N_("put the body of the message in its place");
static const char hint_name[] = N_("put the name of your organisation in its place");

/* ---- shared ---- */

static void unknown_free(gpointer p)
{
    struct tags_unknown *u = p;
    g_free(u->tag);
    g_free(u);
}

GPtrArray *tags_unknown_new(void)
{
    return g_ptr_array_new_with_free_func(unknown_free);
}

static void report(struct state *s, int line, const char *tag, gsize len, const char *hint)
{
    struct tags_unknown *u = g_new0(struct tags_unknown, 1);
    u->line = line;
    u->tag = g_strndup(tag, len);
    u->hint = hint ? _(hint) : NULL;
    g_ptr_array_add(s->unknown, u);
}

/* "First Name" -> "first_name" */
static char *field_name(const char *tag)
{
    g_autofree char *lower = g_utf8_strdown(tag, -1);
    g_autoptr(GString) name = g_string_new(NULL);
    for (const char *p = g_strstrip(lower); *p; p = g_utf8_next_char(p)) {
        gunichar c = g_utf8_get_char(p);
        if (g_unichar_isalnum(c) || c == '-')
            g_string_append_unichar(name, c);
        else if (name->len > 0 && name->str[name->len - 1] != '_')
            g_string_append_c(name, '_');
    }
    while (name->len > 1 && name->str[name->len - 1] == '_')
        g_string_truncate(name, name->len - 1);
    return g_string_free(g_steal_pointer(&name), FALSE);
}

static const struct name *find_name(const struct name *table, const char *tag)
{
    for (const struct name *n = table; n->tag; n++)
        if (strcmp(n->tag, tag) == 0)
            return n;
    return NULL;
}

/* {{field}} or {{field|fallback}}. */
static void put_field(struct state *s, const char *field, const char *fallback)
{
    if (!*field)
        return;
    g_string_append_printf(s->out, "{{%s%s%s}}", field, fallback && *fallback ? "|" : "",
                           fallback && *fallback ? fallback : "");
}

static enum answer put_known(struct state *s, const struct name *n, const char *fallback,
                             const char **ret_hint)
{
    *ret_hint = n->hint;
    if (!n->field)
        return ANSWER_UNKNOWN;
    put_field(s, n->field, fallback);
    return ANSWER_DONE;
}

/* A default holds no tags and no end of one. */
static gboolean is_plain(const char *text)
{
    return !strpbrk(text, "{}|\r\n");
}

static gboolean is_upper_name(const char *text, const char *also)
{
    if (!g_ascii_isupper(*text))
        return FALSE;
    for (const char *p = text; *p; p++)
        if (!g_ascii_isupper(*p) && !g_ascii_isdigit(*p) && !strchr(also, *p))
            return FALSE;
    return TRUE;
}

/* ---- conditions ---- */

static enum answer open_section(struct state *s, const char *name, gboolean is_inverted)
{
    struct open o = {.name = s->open->len < MAX_OPEN ? g_strdup(name) : NULL,
                     .is_inverted = is_inverted,
                     .line = s->line};
    g_array_append_val(s->open, o);
    if (!o.name)
        return ANSWER_UNKNOWN;
    g_string_append_printf(s->out, "{{%c%s}}", is_inverted ? '^' : '#', name);
    return ANSWER_DONE;
}

/* Of a condition that was not translated, the rest stays too: it was said once. */
static enum answer else_section(struct state *s)
{
    if (s->open->len == 0)
        return ANSWER_UNKNOWN;
    struct open *o = &g_array_index(s->open, struct open, s->open->len - 1);
    if (!o->name)
        return ANSWER_TEXT;
    o->is_inverted = !o->is_inverted;
    g_string_append_printf(s->out, "{{/%s}}{{%c%s}}", o->name, o->is_inverted ? '^' : '#',
                           o->name);
    return ANSWER_DONE;
}

static enum answer close_section(struct state *s)
{
    if (s->open->len == 0)
        return ANSWER_UNKNOWN;
    struct open *o = &g_array_index(s->open, struct open, s->open->len - 1);
    enum answer answer = o->name ? ANSWER_DONE : ANSWER_TEXT;
    if (o->name)
        g_string_append_printf(s->out, "{{/%s}}", o->name);
    g_free(o->name);
    g_array_set_size(s->open, s->open->len - 1);
    return answer;
}

/* ---- Mailchimp ---- */

static const struct name mailchimp_names[] = {
    {"UNSUB", "unsubscribe_url", NULL},
    {"EMAIL", "address", NULL},
    {"FNAME", "first_name", NULL},
    {"LNAME", "last_name", NULL},
    {"ADDRESS", "postal_address", NULL},
    {"ARCHIVE", "view_url", NULL},
    {"MC:SUBJECT", "campaign.title", NULL},
    {"REWARDS", "", NULL},
    {"HTML:REWARDS", "", NULL},
    {"MC_PREVIEW_TEXT", NULL, N_("set the campaign's preheader")},
    {"UPDATE_PROFILE", NULL, hint_profile},
    {"FORWARD", NULL, hint_forward},
    {"CURRENT_YEAR", NULL, hint_date},
    {"LIST:COMPANY", NULL, hint_name},
    {"LIST:NAME", NULL, N_("write the name of the list")},
    {"LIST:DESCRIPTION", NULL, N_("write why people get this mail")},
    {"LIST:ADDRESS", NULL, hint_address},
    {"LIST:ADDRESSLINE", NULL, hint_address},
    {"LIST_ADDRESS", NULL, hint_address},
    {"LIST_ADDRESSLINE", NULL, hint_address},
    {"LIST_ADDRESSLINE_TEXT", NULL, hint_address},
    {"HTML:LIST_ADDRESS", NULL, hint_address},
    {"HTML:LIST_ADDRESS_HTML", NULL, hint_address},
    {"USER:COMPANY", NULL, hint_name},
    {"USER:ADDRESS_HTML", NULL, hint_address},
    {NULL, NULL, NULL},
};

static enum answer mailchimp_condition(struct state *s, const char *name, gboolean is_inverted)
{
    /* "is there a list?" is always true here, and no field has this name. */
    if (strcmp(name, "LIST") == 0)
        return open_section(s, "archive_page", !is_inverted);
    if (!is_upper_name(name, "_"))
        return open_section(s, NULL, FALSE);
    const struct name *n = find_name(mailchimp_names, name);
    g_autofree char *field = n && n->field && *n->field ? g_strdup(n->field) : field_name(name);
    return open_section(s, field, is_inverted);
}

static enum answer take_mailchimp(struct state *s, const char *inner, const char **ret_hint)
{
    g_autofree char *tag = g_strstrip(g_strdup(inner));
    if (g_str_has_prefix(tag, "IFNOT:"))
        return mailchimp_condition(s, tag + 6, TRUE);
    if (g_str_has_prefix(tag, "IF:"))
        return mailchimp_condition(s, tag + 3, FALSE);
    if (strcmp(tag, "ELSE:") == 0 || strcmp(tag, "ELSE") == 0)
        return else_section(s);
    if (strcmp(tag, "END:IF") == 0)
        return close_section(s);
    if (g_str_has_prefix(tag, "INTERESTED:") || g_str_has_prefix(tag, "GROUP:"))
        return open_section(s, NULL, FALSE);
    if (strcmp(tag, "END:INTERESTED") == 0 || strcmp(tag, "END:GROUP") == 0)
        return close_section(s);
    if (g_str_has_prefix(tag, "DATE:"))
        *ret_hint = hint_date;
    const struct name *n = find_name(mailchimp_names, tag);
    if (n)
        return put_known(s, n, NULL, ret_hint);
    if (g_str_has_prefix(tag, "MMERGE")) {
        *ret_hint = N_("Mailchimp's export does not tell which column this is: write the "
                       "name of the field");
        return ANSWER_UNKNOWN;
    }
    if (!is_upper_name(tag, "_"))
        return ANSWER_UNKNOWN;
    g_autofree char *field = field_name(tag);
    put_field(s, field, NULL);
    return ANSWER_DONE;
}

/* ---- phpList ---- */

static const struct name phplist_names[] = {
    {"EMAIL", "address", NULL},
    {"FIRSTNAME", "first_name", NULL},
    {"LASTNAME", "last_name", NULL},
    {"SURNAME", "last_name", NULL},
    {"UNSUBSCRIBEURL", "unsubscribe_url", NULL},
    {"JUMPOFFURL", "unsubscribe_url", NULL},
    {"BLACKLISTURL", "unsubscribe_url", NULL},
    {"SUBJECT", "campaign.title", NULL},
    {"USERTRACK", "", NULL},
    {"PREFERENCES", NULL, hint_profile},
    {"PREFERENCESURL", NULL, hint_profile},
    {"FORWARD", NULL, hint_forward},
    {"FORWARDURL", NULL, hint_forward},
    {"FORWARDFORM", NULL, hint_forward},
    {"CONFIRMATIONURL", NULL, N_("there are no confirmation mails")},
    {"CONTENT", NULL, hint_body},
    {"FOOTER", NULL, N_("write the footer")},
    {"SIGNATURE", NULL, N_("write the signature, or leave it out")},
    {"LISTS", NULL, N_("write why people get this mail")},
    {"LISTNAME", NULL, N_("write the name of the list")},
    {"WEBSITE", NULL, N_("write the address of your web site")},
    {"DOMAIN", NULL, N_("write the address of your web site")},
    {"ORGANIZATION_NAME", NULL, hint_name},
    {"USERID", NULL, NULL},
    {"MESSAGEID", NULL, NULL},
    {"SUBSCRIBE", NULL, NULL},
    {"SUBSCRIBEURL", NULL, NULL},
    {"CONTACT", NULL, NULL},
    {"CONTACTURL", NULL, NULL},
    {NULL, NULL, NULL},
};

static enum answer put_link(struct state *s)
{
    g_string_append(s->out, s->is_html ? "<a href=\"{{unsubscribe_url}}\">Unsubscribe</a>"
                                       : "{{unsubscribe_url}}");
    return ANSWER_DONE;
}

/* Whatever is in capitals between brackets phpList takes for a placeholder; so do we. */
static enum answer take_phplist(struct state *s, const char *inner, const char **ret_hint)
{
    g_autofree char *tag = g_strdup(inner);
    char *fallback = strstr(tag, "%%");
    if (fallback) {
        *fallback = 0;
        fallback += 2;
    }
    if (!is_upper_name(tag, " _-:"))
        return ANSWER_TEXT;
    if (g_str_has_prefix(tag, "DATE") || g_str_has_prefix(tag, "TODAY"))
        *ret_hint = hint_date;
    if (*ret_hint || strchr(tag, ':') || (fallback && !is_plain(fallback)))
        return ANSWER_UNKNOWN;
    if (strcmp(tag, "UNSUBSCRIBE") == 0 || strcmp(tag, "JUMPOFF") == 0 ||
        strcmp(tag, "BLACKLIST") == 0)
        return put_link(s);
    const struct name *n = find_name(phplist_names, tag);
    if (n)
        return put_known(s, n, fallback, ret_hint);
    g_autofree char *field = field_name(tag);
    put_field(s, field, fallback);
    return ANSWER_DONE;
}

/* ---- listmonk ---- */

static const struct name listmonk_names[] = {
    {".Subscriber.Email", "address", NULL},
    {".Subscriber.Name", "name", NULL},
    {".Subscriber.FirstName", "first_name", NULL},
    {".Subscriber.LastName", "last_name", NULL},
    {".Campaign.Subject", "campaign.title", NULL},
    {".Campaign.Name", "campaign.name", NULL},
    {"UnsubscribeURL", "unsubscribe_url", NULL},
    {"MessageURL", "view_url", NULL},
    {"TrackView", "", NULL},
    {"ManageURL", NULL, hint_profile},
    {"OptinURL", NULL, N_("there are no confirmation mails")},
    {"RootURL", NULL, N_("write the address of your web site")},
    {".Subscriber.UUID", NULL, NULL},
    {NULL, NULL, NULL},
};

/* The field that an expression without functions stands for; NULL: it has none. Caller frees.
 */
static char *listmonk_field(const char *expression)
{
    static const char attribs[] = ".Subscriber.Attribs.";
    g_autofree char *e = g_strstrip(g_strdup(expression));
    gsize len = strlen(e);
    if (len > 2 && e[0] == '(' && e[len - 1] == ')') {
        e[len - 1] = 0;
        memmove(e, e + 1, len - 1);
        return listmonk_field(e);
    }
    if (g_str_has_suffix(e, " .") && e[0] != '.')
        e[len - 2] = 0;
    const struct name *n = find_name(listmonk_names, g_strstrip(e));
    if (n)
        return g_strdup(n->field);
    if (g_str_has_prefix(e, attribs) && !strpbrk(e, " \"()"))
        return field_name(e + strlen(attribs));
    if (!g_str_has_prefix(e, "index .Subscriber.Attribs \""))
        return NULL;
    g_auto(GStrv) parts = g_strsplit(e, "\"", 0);
    return g_strv_length(parts) == 3 && !*g_strstrip(parts[2]) ? field_name(parts[1]) : NULL;
}

/* `X | default "Y"` and `default "Y" X`. */
static gboolean take_default(struct state *s, const char *e)
{
    g_auto(GStrv) quoted = g_strsplit(e, "\"", 0);
    if (g_strv_length(quoted) != 3 || !is_plain(quoted[1]))
        return FALSE;
    g_autofree char *before = g_strstrip(g_strdup(quoted[0]));
    const char *expression = g_strstrip(quoted[2]);
    if (g_str_has_suffix(before, "| default") && !*expression)
        expression = before, before[strlen(before) - strlen("| default")] = 0;
    else if (strcmp(before, "default") != 0)
        return FALSE;
    g_autofree char *field = listmonk_field(expression);
    if (field && *field)
        put_field(s, field, quoted[1]);
    return field && *field;
}

static enum answer take_condition(struct state *s, const char *expression)
{
    gboolean is_inverted = g_str_has_prefix(expression, "not ");
    g_autofree char *field = listmonk_field(expression + (is_inverted ? 4 : 0));
    return open_section(s, field && *field ? field : NULL, is_inverted);
}

static gboolean take_track_link(struct state *s, const char *e)
{
    g_auto(GStrv) parts = g_strsplit(e, "\"", 0);
    if (!g_str_has_prefix(e, "TrackLink \"") || g_strv_length(parts) != 3)
        return FALSE;
    g_string_append(s->out, parts[1]);
    return TRUE;
}

static enum answer take_listmonk(struct state *s, const char *inner, const char **ret_hint)
{
    g_autofree char *whole = g_strdup(inner);
    gsize len = strlen(whole);
    if (len > 1 && whole[len - 1] == '-' && whole[len - 2] == ' ')
        whole[len - 1] = 0;
    const char *e = g_strstrip(whole[0] == '-' && whole[1] == ' ' ? whole + 1 : whole);
    if (g_str_has_prefix(e, "/*"))
        return ANSWER_DONE;
    if (g_str_has_prefix(e, "if "))
        return take_condition(s, e + 3);
    if (g_str_has_prefix(e, "with ") || g_str_has_prefix(e, "range "))
        return open_section(s, NULL, FALSE);
    if (strcmp(e, "else") == 0)
        return else_section(s);
    if (strcmp(e, "end") == 0)
        return close_section(s);
    if (take_track_link(s, e) || take_default(s, e))
        return ANSWER_DONE;
    if (g_str_has_prefix(e, "Date "))
        *ret_hint = hint_date;
    if (g_str_has_prefix(e, "template \"content\""))
        *ret_hint = hint_body;
    g_auto(GStrv) words = g_strsplit(e, " ", 2);
    const struct name *n = words[0] ? find_name(listmonk_names, words[0]) : NULL;
    g_autofree char *field = listmonk_field(e);
    if (!field && n && !n->field)
        *ret_hint = n->hint;
    if (!field)
        return ANSWER_UNKNOWN;
    put_field(s, field, NULL);
    return ANSWER_DONE;
}

/* ---- all of them ---- */

static const struct system systems[TAGS_SYSTEM_COUNT] = {
    [TAGS_LISTMONK] = {"listmonk", "{{", "}}", take_listmonk},
    [TAGS_MAILCHIMP] = {"mailchimp", "*|", "|*", take_mailchimp},
    [TAGS_PHPLIST] = {"phplist", "[", "]", take_phplist},
};

gboolean tags_system_parse(const char *name, enum tags_system *ret, GError **error)
{
    for (int i = 0; i < TAGS_SYSTEM_COUNT; i++) {
        if (strcmp(systems[i].name, name) != 0)
            continue;
        *ret = (enum tags_system)i;
        return TRUE;
    }
    g_autofree char *safe = text_safe(name, -1, 40);
    g_set_error(error, CRIER_ERROR, CRIER_ERROR_USAGE,
                _("--from %s: it must be listmonk, mailchimp or phplist"), safe);
    return FALSE;
}

/* One tag at `p`; what comes behind it, NULL when there is none. */
static const char *take_tag(struct state *s, const struct system *system, const char *p)
{
    const char *begin = p + strlen(system->begin);
    const char *end = strstr(begin, system->end);
    if (!end || end - begin > MAX_TAG_BYTES || end == begin)
        return NULL;
    g_autofree char *inner = g_strndup(begin, (gsize)(end - begin));
    const char *hint = NULL, *after = end + strlen(system->end);
    gsize before = s->out->len;
    enum answer answer = system->take(s, inner, &hint);
    if (answer == ANSWER_TEXT && system->begin[1] == 0)
        return NULL; /* a bracket in the text; there may be a tag in it */
    if (answer != ANSWER_DONE) {
        g_string_truncate(s->out, before);
        g_string_append_len(s->out, p, after - p);
    }
    if (answer == ANSWER_UNKNOWN)
        report(s, s->line, p, (gsize)(after - p), hint);
    for (const char *q = p; q < after; q++)
        s->line += *q == '\n';
    return after;
}

static void translate(struct state *s, const struct system *system, const char *text)
{
    static const char suffix[] = "@TrackLink"; /* listmonk's mark on links */
    const gboolean is_listmonk = system == &systems[TAGS_LISTMONK];
    for (const char *p = text; *p;) {
        const char *after = g_str_has_prefix(p, system->begin) ? take_tag(s, system, p) : NULL;
        if (after) {
            p = after;
            continue;
        }
        if (is_listmonk && *p == '@' && g_str_has_prefix(p, suffix)) {
            p += strlen(suffix);
            continue;
        }
        if (!is_listmonk && g_str_has_prefix(p, "{{"))
            report(s, s->line, p, 2,
                   N_("crier takes this for the beginning of a tag of its own"));
        s->line += *p == '\n';
        g_string_append_c(s->out, *p++);
    }
}

char *tags_translate(enum tags_system system, const char *text, gboolean is_html,
                     GPtrArray *unknown)
{
    struct state s = {.out = g_string_new(NULL),
                      .unknown = unknown,
                      .is_html = is_html,
                      .line = 1,
                      .open = g_array_new(FALSE, FALSE, sizeof(struct open))};
    translate(&s, &systems[system], text);
    for (guint i = 0; i < s.open->len; i++) {
        struct open *o = &g_array_index(s.open, struct open, i);
        if (o->name)
            report(&s, o->line, o->name, strlen(o->name), N_("this condition is never closed"));
        g_free(o->name);
    }
    g_array_unref(s.open);
    return g_string_free(s.out, FALSE);
}
