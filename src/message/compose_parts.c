/*
 * Images and attachments of a message: their header fields, their Content-ID, their bytes in
 * base64. Written once a campaign, never once a person. Not for the structure they stand in
 * (compose.c), and not for reading files.
 */
#include "config.h"

#include "message/compose_private.h"

#include <string.h>

#include "base/crypto.h"
#include "base/error.h"
#include "base/i18n.h"
#include "message/encode.h"
#include "message/header.h"

#define ID_MAX 120         /* bytes of a Content-ID before "@" */
#define ID_DIGITS 24       /* of a SHA-256, where the id itself cannot stand */
#define FALLBACK_MAX 60    /* bytes of the name for readers without RFC 2231 */
#define FALLBACK_ENDING 10 /* of these, at most for ".ending" */
#define TYPE_MAX 120

static const char unknown_type[] = "application/octet-stream";

static gboolean refuse(GError **error, const struct part *p, const char *why)
{
    g_autofree char *shown = g_strdup(p->name ? p->name : "");

    for (char *s = shown; *s; s++) {
        if ((unsigned char)*s < ' ' || *s == 0x7f)
            *s = '?';
    }
    g_set_error(error, CRIER_ERROR, CRIER_ERROR_INVALID, _("attachment '%s': %s"), shown, why);
    return FALSE;
}

gboolean compose_parts_check(const GPtrArray *parts, GError **error)
{
    gsize total = 0;

    if (parts && parts->len > PART_MAX_PARTS) {
        g_set_error(
            error, CRIER_ERROR, CRIER_ERROR_INVALID,
            _("the message has %u images and attachments, more than %d. Leave some out, "
              "or put them into one ZIP file"),
            parts->len, PART_MAX_PARTS);
        return FALSE;
    }
    for (guint i = 0; parts && i < parts->len; i++) {
        const struct part *p = parts->pdata[i];

        if (!p->name || *p->name == '\0' || !g_utf8_validate(p->name, -1, NULL))
            return refuse(error, p, _("its name is empty or not UTF-8. Rename the file"));
        if (!p->data)
            return refuse(error, p, _("its bytes are missing. Apply the campaign again"));
        total += g_bytes_get_size(p->data);
        if (total > PART_MAX_BYTES)
            return refuse(error, p,
                          _("with it, images and attachments are larger than 32 MiB. "
                            "Put large files on a web page and link to them"));
    }
    return TRUE;
}

gsize compose_part_size(const struct part *p)
{
    return g_bytes_get_size(p->data) / 54 * 76 + 1024;
}

static gboolean is_token(const char *s, gsize len)
{
    for (gsize i = 0; i < len; i++) {
        if (!g_ascii_isalnum(s[i]) && (s[i] == '\0' || !strchr("!#$&^_.+-", s[i])))
            return FALSE;
    }
    return len > 0;
}

/* RFC 2045 5.1 and 6.4: type "/" subtype; message and multipart may not be in base64. */
static const char *wire_type(const struct part *p)
{
    const char *type = p->type ? p->type : "", *slash = strchr(type, '/');

    if (!slash || strlen(type) > TYPE_MAX || !is_token(type, slash - type) ||
        !is_token(slash + 1, strlen(slash + 1)) ||
        g_ascii_strncasecmp(type, "message/", 8) == 0 ||
        g_ascii_strncasecmp(type, "multipart/", 10) == 0)
        return unknown_type;
    return type;
}

/* ASCII that is plain in quotes, short, with its ending: what readers without RFC 2231 show. */
static char *fallback_name(const char *name)
{
    GString *out = g_string_new(NULL);
    char *dot;

    for (const char *s = name; *s; s = g_utf8_next_char(s)) {
        gboolean stays =
            *s >= ' ' && *s < 0x7f && !strchr("\"\\/%", *s) && !g_str_has_prefix(s, "=?");

        g_string_append_c(out, stays ? *s : '_');
    }
    dot = strrchr(out->str, '.');
    if (out->len > FALLBACK_MAX && dot && strlen(dot) <= FALLBACK_ENDING) {
        g_autofree char *ending = g_strdup(dot);

        g_string_truncate(out, FALLBACK_MAX - strlen(ending));
        g_string_append(out, ending);
    }
    g_string_truncate(out, MIN(out->len, FALLBACK_MAX));
    return g_string_free(out, FALSE);
}

static void append_type(GString *out, const struct part *p)
{
    const char *type = wire_type(p);
    g_autofree char *name = fallback_name(p->name);
    gsize len;
    const char *bytes = g_bytes_get_data(p->data, &len);

    g_string_append_printf(out, "Content-Type: %s", type);
    if (g_ascii_strncasecmp(type, "text/", 5) == 0 && g_utf8_validate_len(bytes, len, NULL))
        g_string_append(out, "; charset=utf-8");
    header_append_param(out, "name", name);
    g_string_append(out, "\r\n");
}

/*
 * RFC 2392: an id is an addr-spec. What the author wrote into cid: links is a file's name, so
 * it gets our domain behind it; where it cannot stand in a header, digits made of it stand in.
 */
static char *wire_id(const char *id, const char *domain)
{
    gsize len = strlen(id);
    gsize plain =
        strspn(id, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.+@");
    const char *at = strchr(id, '@');
    gboolean fits = len > 0 && len <= ID_MAX && plain == len && id[0] != '.' &&
                    id[len - 1] != '.' && !strstr(id, "..");
    g_autofree char *digits = NULL;

    if (fits && at && at > id && at[1] && at[-1] != '.' && at[1] != '.' && !strchr(at + 1, '@'))
        return g_strdup(id);
    if (fits && !at)
        return g_strdup_printf("%s@%s", id, domain);
    digits = crypto_sha256_hex(id, len);
    return g_strdup_printf("%.*s@%s", ID_DIGITS, digits, domain);
}

void compose_part_append(GString *out, const struct part *p, gboolean is_inline,
                         const char *domain)
{
    gsize len;
    const char *bytes = g_bytes_get_data(p->data, &len);

    append_type(out, p);
    g_string_append(out, "Content-Transfer-Encoding: base64\r\n");
    g_string_append_printf(out, "Content-Disposition: %s", is_inline ? "inline" : "attachment");
    header_append_param(out, "filename", p->name);
    g_string_append(out, "\r\n");
    if (is_inline && p->content_id) {
        g_autofree char *id = wire_id(p->content_id, domain);

        g_string_append_printf(out, "Content-ID: <%s>\r\n", id);
    }
    g_string_append(out, "\r\n");
    if (len > 0)
        encode_base64(out, bytes, len);
    else
        g_string_append(out, "\r\n");
}

/* What may follow a URL in an attribute or in CSS. */
static gboolean ends_url(char c)
{
    return c == '\0' || strchr("\"'<>() \t\r\n", c) != NULL;
}

/* The length of `id` at `s`, as it is or percent-encoded; 0: another one. */
static gsize match_id(const char *s, const char *id)
{
    g_autofree char *escaped = g_uri_escape_string(id, "/@", FALSE);
    gsize len = strlen(id), escaped_len = strlen(escaped);

    if (strncmp(s, id, len) == 0 && ends_url(s[len]))
        return len;
    if (strncmp(s, escaped, escaped_len) == 0 && ends_url(s[escaped_len]))
        return escaped_len;
    return 0;
}

static gsize refer_one(GString *out, const char *s, const GPtrArray *parts, const char *domain)
{
    for (guint i = 0; i < parts->len; i++) {
        const struct part *p = parts->pdata[i];
        gsize len = p->content_id && *p->content_id ? match_id(s, p->content_id) : 0;

        if (len > 0) {
            g_autofree char *id = wire_id(p->content_id, domain);

            g_string_append(out, id);
            return len;
        }
    }
    return 0;
}

char *compose_parts_refer(const char *html, const GPtrArray *parts, const char *domain)
{
    static const char scheme[] = "cid:";
    GString *out = g_string_new(NULL);

    while (*html) {
        const char *at = strstr(html, scheme);

        if (!at)
            break;
        at += strlen(scheme);
        g_string_append_len(out, html, at - html);
        html = at + refer_one(out, at, parts, domain);
    }
    g_string_append(out, html);
    return g_string_free(out, FALSE);
}
