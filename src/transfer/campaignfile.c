/*
 * campaign.cfg and its bodies to a campaign record: the door to libconfig. The file may come
 * from a stranger, so its text is read and scanned by us (cfgscan.c) and libconfig only gets a
 * string. Which keys there are, of which type and within which limits is said by the record's
 * field table alone. Not for the database: app/ decides what becomes of the record.
 */
#include "config.h"

#include "transfer/campaignfile.h"

#include <libconfig.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/error.h"
#include "base/file.h"
#include "base/i18n.h"
#include "base/text.h"
#include "transfer/cfgscan.h"

/* libconfig 1.5 loses a few bytes when its parser stops at a string; the leak checker must not
 * blame us for them. */
#if defined(__SANITIZE_ADDRESS__)
void __lsan_disable(void);
void __lsan_enable(void);
#else
#define __lsan_disable()
#define __lsan_enable()
#endif

#define FILE_NAME "campaign.cfg"
#define FORMAT 1
#define MAX_KEYS 64

struct reader {
    char *folder; /* owned */
    char *file;   /* owned; the file's name in the folder */
    char *label;  /* owned; "spring/campaign.cfg", safe to show */
    struct campaign c;
    int html_line, text_line; /* where the bodies are named */
};

static gboolean refuse(GError **error, const char *format, ...) G_GNUC_PRINTF(2, 3);

static gboolean refuse(GError **error, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_autofree char *message = g_strdup_vprintf(format, args);
    va_end(args);
    g_set_error_literal(error, CRIER_ERROR, CRIER_ERROR_INVALID, message);
    return FALSE;
}

/* "spring/campaign.cfg:12: " before what `error` says. */
static gboolean at_line(const struct reader *r, int line, GError **error)
{
    g_prefix_error(error, "%s:%d: ", r->label, line);
    return FALSE;
}

static gboolean at_setting(const struct reader *r, const config_setting_t *s, GError **error)
{
    return at_line(r, config_setting_source_line(s), error);
}

/* ---- one setting ---- */

static const char *type_name(const config_setting_t *s)
{
    switch (config_setting_type(s)) {
    case CONFIG_TYPE_GROUP:
        return _("a group { }");
    case CONFIG_TYPE_LIST:
    case CONFIG_TYPE_ARRAY:
        return _("a list");
    case CONFIG_TYPE_STRING:
        return _("a text");
    case CONFIG_TYPE_BOOL:
        return _("true or false");
    case CONFIG_TYPE_FLOAT:
        return _("a number with a point");
    default:
        return _("a number");
    }
}

static gboolean wrong_type(const char *key, const config_setting_t *s, const char *want,
                           GError **error)
{
    return refuse(error, _("%s: this is %s. Write %s"), key, type_name(s), want);
}

/* A string of the file, checked: escapes like \xff can make what the file's own text was not.
 */
static const char *string_of(const char *key, const config_setting_t *s, GError **error)
{
    const char *text = config_setting_get_string(s);
    return text_check_utf8(key, text, strlen(text), CAMPAIGNFILE_MAX_STRING, error) ? text
                                                                                    : NULL;
}

/* ( "one", "two" ) -> "one,two". NULL on failure. */
static char *join_slugs(const char *key, const config_setting_t *s, GError **error)
{
    g_autoptr(GString) out = g_string_new(NULL);
    for (int i = 0; i < config_setting_length(s); i++) {
        const config_setting_t *element = config_setting_get_elem(s, (unsigned)i);
        const char *word;
        if (config_setting_type(element) != CONFIG_TYPE_STRING) {
            wrong_type(key, element, _("names in quotes: ( \"members\" )"), error);
            return NULL;
        }
        if (!(word = string_of(key, element, error)))
            return NULL;
        if (!text_is_slug(word)) {
            g_autofree char *safe = text_safe(word, -1, 60);
            refuse(error, _("%s: \"%s\" cannot be a name. Use a to z, 0 to 9, '-', '_' and '.'"), key,
                   safe);
            return NULL;
        }
        g_string_append_printf(out, "%s%s", i ? "," : "", word);
    }
    return g_strdup(out->str);
}

static gboolean is_integer(const config_setting_t *s)
{
    int type = config_setting_type(s);
    return type == CONFIG_TYPE_INT || type == CONFIG_TYPE_INT64;
}

/* The value as field_set() takes it. NULL on failure; caller frees. */
static char *value_of(const struct field *f, const config_setting_t *s, GError **error)
{
    int type = config_setting_type(s);
    gboolean is_number = is_integer(s);
    if (f->type == FIELD_SLUGS && (type == CONFIG_TYPE_LIST || type == CONFIG_TYPE_ARRAY))
        return join_slugs(f->key, s, error);
    if (f->type == FIELD_BOOL) {
        if (type == CONFIG_TYPE_BOOL)
            return g_strdup(config_setting_get_bool(s) ? "true" : "false");
        wrong_type(f->key, s, _("true or false, without quotes"), error);
        return NULL;
    }
    if (is_number && (f->type == FIELD_INT || f->type == FIELD_SPAN))
        return g_strdup_printf("%" PRId64, (gint64)config_setting_get_int64(s));
    if (f->type == FIELD_INT) {
        wrong_type(f->key, s, _("a whole number, without quotes"), error);
        return NULL;
    }
    if (type != CONFIG_TYPE_STRING) {
        wrong_type(f->key, s,
                   f->type == FIELD_SLUGS  ? _("a list of names: ( \"members\" )")
                   : f->type == FIELD_SPAN ? _("seconds, or a text like \"2d\"")
                                           : _("a text in quotes"),
                   error);
        return NULL;
    }
    return g_strdup(string_of(f->key, s, error));
}

/* ---- keys ---- */

static gboolean unknown_key(const char *key, const char *const *known, GError **error)
{
    const char *near = text_nearest(key, known);
    g_autofree char *safe = text_safe(key, -1, 60);
    if (near)
        return refuse(error, _("unknown key \"%s\". Did you mean \"%s\"?"), safe, near);
    g_autofree char *all = g_strjoinv(", ", (char **)known);
    return refuse(error, _("unknown key \"%s\". The keys here are %s"), safe, all);
}

static gboolean unknown_campaign_key(const char *key, GError **error)
{
    const char *known[MAX_KEYS + 2] = {"name"};
    gsize n = 1;
    for (const struct field *f = campaign_fields(); f->key && n < MAX_KEYS; f++)
        if (!(f->flags & FIELD_NOT_FILE))
            known[n++] = f->key;
    return unknown_key(key, known, error);
}

/* field_find() takes '-' for '_'; a file has one spelling only. */
static const struct field *file_field(const char *key)
{
    const struct field *f = field_find(campaign_fields(), key);
    return f && !(f->flags & FIELD_NOT_FILE) && strcmp(f->key, key) == 0 ? f : NULL;
}

static gboolean take_name(struct reader *r, const config_setting_t *s, GError **error)
{
    if (config_setting_type(s) != CONFIG_TYPE_STRING)
        return wrong_type("name", s, _("a text in quotes"), error);
    const char *name = config_setting_get_string(s);
    if (!text_is_slug(name)) {
        g_autofree char *safe = text_safe(name, -1, 60);
        return refuse(
            error,
            _("name: \"%s\" cannot be a campaign's name. Use a to z, 0 to 9, '-', '_' "
              "and '.', beginning with a letter or digit"),
            safe);
    }
    r->c.name = g_strdup(name);
    return TRUE;
}

static gboolean take_setting(struct reader *r, const config_setting_t *s, GError **error)
{
    const char *key = config_setting_name(s);
    if (strcmp(key, "name") == 0)
        return take_name(r, s, error);
    const struct field *f = file_field(key);
    if (!f)
        return unknown_campaign_key(key, error);
    g_autofree char *value = value_of(f, s, error);
    if (!value || !field_set(f, &r->c, value, error))
        return FALSE;
    if (strcmp(key, "html_file") == 0)
        r->html_line = config_setting_source_line(s);
    if (strcmp(key, "text_file") == 0)
        r->text_line = config_setting_source_line(s);
    return TRUE;
}

static gboolean take_campaign(struct reader *r, const config_setting_t *group, GError **error)
{
    for (int i = 0; i < config_setting_length(group); i++) {
        const config_setting_t *s = config_setting_get_elem(group, (unsigned)i);
        if (!take_setting(r, s, error))
            return at_setting(r, s, error);
    }
    return TRUE;
}

/* First of all: a file of a later format may well have keys that we cannot know. */
static gboolean check_format(const struct reader *r, const config_setting_t *root,
                             GError **error)
{
    const config_setting_t *s = config_setting_get_member(root, "format");
    if (!s) {
        refuse(error, _("the format is not named. Write format = %d; as the first line"),
               FORMAT);
        return at_line(r, 1, error);
    }
    if (!is_integer(s))
        wrong_type("format", s, "format = 1;", error);
    else if (config_setting_get_int64(s) != FORMAT)
        refuse(error,
               _("format %" PRId64 " is not known here, only format %d. A newer crier "
                 "may read it"),
               (gint64)config_setting_get_int64(s), FORMAT);
    else
        return TRUE;
    return at_setting(r, s, error);
}

static gboolean take_root(struct reader *r, const config_setting_t *root, GError **error)
{
    static const char *const known[] = {"format", "campaign", NULL};
    const config_setting_t *campaign = config_setting_get_member(root, "campaign");
    if (!check_format(r, root, error))
        return FALSE;
    for (int i = 0; i < config_setting_length(root); i++) {
        const config_setting_t *s = config_setting_get_elem(root, (unsigned)i);
        const char *key = config_setting_name(s);
        if (strcmp(key, "format") != 0 && strcmp(key, "campaign") != 0) {
            unknown_key(key, known, error);
            return at_setting(r, s, error);
        }
    }
    if (!campaign) {
        refuse(error, _("there is no campaign in this file. Write campaign = { … };"));
        return at_line(r, 1, error);
    }
    if (config_setting_type(campaign) != CONFIG_TYPE_GROUP) {
        wrong_type("campaign", campaign, "campaign = { … };", error);
        return at_setting(r, campaign, error);
    }
    return take_campaign(r, campaign, error);
}

/* ---- files ---- */

static gboolean parse_failed(const struct reader *r, const config_t *config, GError **error)
{
    const char *why = config_error_text(config);
    if (why && strcmp(why, "syntax error") == 0)
        refuse(error,
               _("this cannot be read. Settings look like key = \"value\"; and each { and ( "
                 "needs its } and ) (look at the lines before, too)"));
    else if (why && strcmp(why, "duplicate setting name") == 0)
        refuse(error, _("this key is there twice. Remove one of them"));
    else if (why && strcmp(why, "mismatched element type in array") == 0)
        refuse(error, _("the values in [ ] are not of one type. Use ( ) or make them alike"));
    else
        refuse(error, "%s", why ? why : _("this cannot be read"));
    return at_line(r, config_error_line(config), error);
}

static gboolean read_config(struct reader *r, GError **error)
{
    gsize len = 0;
    int line = 0;
    g_autofree char *text =
        file_read_beneath(r->folder, r->file, CAMPAIGNFILE_MAX_BYTES, &len, error);
    if (!text) {
        g_prefix_error(error, "%s: ", r->label);
        return FALSE;
    }
    g_autofree char *checked = cfgscan_check(text, len, CAMPAIGNFILE_MAX_STRING, &line, error);
    if (!checked)
        return at_line(r, line, error);
    config_t config;
    config_init(&config);
    __lsan_disable();
    int status = config_read_string(&config, checked);
    __lsan_enable();
    gboolean ok = status == CONFIG_TRUE ? take_root(r, config_root_setting(&config), error)
                                        : parse_failed(r, &config, error);
    config_destroy(&config);
    return ok;
}

/* `*ret` is only set when `name` names a file. */
static gboolean read_body(const struct reader *r, const char *key, const char *name, int line,
                          char **ret, GError **error)
{
    gsize len = 0;
    if (!name || !*name)
        return TRUE;
    g_autofree char *body =
        file_read_beneath(r->folder, name, CAMPAIGNFILE_MAX_BODY, &len, error);
    g_autofree char *safe = text_safe(name, -1, 100);
    if (!body || !text_check_utf8(safe, body, len, CAMPAIGNFILE_MAX_BODY, error)) {
        g_prefix_error(error, "%s: ", key);
        return at_line(r, line, error);
    }
    gsize bom = len >= 3 && memcmp(body, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
    g_free(*ret);
    *ret = g_strdup(body + bom);
    return TRUE;
}

/* The folder's own name, also for "." and "..". */
static gboolean name_by_folder(struct reader *r, GError **error)
{
    char *real = realpath(r->folder, NULL);
    g_autofree char *name = g_path_get_basename(real ? real : r->folder);
    free(real);
    if (text_is_slug(name)) {
        r->c.name = g_steal_pointer(&name);
        return TRUE;
    }
    g_autofree char *safe = text_safe(name, -1, 60);
    return refuse(
        error,
        _("%s: the folder's name \"%s\" cannot be the campaign's (a to z, 0 to 9, '-', "
          "'_' and '.'). Write name = \"…\"; into the campaign"),
        r->label, safe);
}

/* A folder, or the file in it. */
static gboolean find_file(struct reader *r, const char *path, GError **error)
{
    struct stat st;
    g_autofree char *safe = text_safe(path, -1, 0);
    if (stat(path, &st) != 0) {
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_NOT_FOUND,
                    _("%s: there is no such campaign folder. Name a folder that has a %s"),
                    safe, FILE_NAME);
        return FALSE;
    }
    r->folder = S_ISDIR(st.st_mode) ? g_strdup(path) : g_path_get_dirname(path);
    r->file = S_ISDIR(st.st_mode) ? g_strdup(FILE_NAME) : g_path_get_basename(path);
    g_autofree char *whole =
        S_ISDIR(st.st_mode) ? g_build_filename(path, FILE_NAME, NULL) : g_strdup(path);
    r->label = text_safe(whole, -1, 0);
    return TRUE;
}

static gboolean read_all(struct reader *r, const char *path, GError **error)
{
    return find_file(r, path, error) && read_config(r, error) &&
           (r->c.name || name_by_folder(r, error)) &&
           read_body(r, "html_file", r->c.html_file, r->html_line, &r->c.html, error) &&
           read_body(r, "text_file", r->c.text_file, r->text_line, &r->c.text, error);
}

gboolean campaignfile_read(const char *dir, struct campaign *ret, GError **error)
{
    struct reader r = {0};
    campaign_init(&r.c);
    gboolean ok = read_all(&r, dir, error);
    if (ok)
        *ret = r.c;
    else
        campaign_clear(&r.c);
    g_free(r.folder);
    g_free(r.file);
    g_free(r.label);
    return ok;
}
