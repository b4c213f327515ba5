/*
 * Mail addresses: RFC 5321's Mailbox with its limits, RFC 6531's UTF-8 local parts, and the
 * "Name <address>" form of a From field. One pass over the text and two allocations, because an
 * import calls it for every row. Not for header fields with comments or groups, and not for
 * domains: those are domain.c's.
 */
#include "config.h"

#include "base/mailaddr.h"

#include <arpa/inet.h>
#include <string.h>

#include "base/error.h"
#include "base/i18n.h"
#include "base/text.h"

#define MAX_LOCAL 64    /* RFC 5321 4.5.3.1.1 */
#define MAX_ADDRESS 254 /* 4.5.3.1.3: a path of 256 octets has two angle brackets */
#define MAX_TYPED 1400  /* before the domain is converted */
#define MAX_NAME 500
#define SHOWN_CHARS 80

static gboolean refuse(GError **error, const char *text, gsize len, const char *why)
{
    g_autofree char *shown = text_safe(text, (gssize)len, SHOWN_CHARS);
    g_set_error(error, CRIER_ERROR, CRIER_ERROR_INVALID, _("'%s' is not a mail address: %s"),
                shown, why);
    return FALSE;
}

static gboolean is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static void trim(const char **text, gsize *len)
{
    while (*len && is_blank(**text)) {
        (*text)++;
        (*len)--;
    }
    while (*len && is_blank((*text)[*len - 1]))
        (*len)--;
}

static gboolean is_atext(char c)
{
    return (guchar)c >= 0x80 || g_ascii_isalnum(c) ||
           (c && strchr("!#$%&'*+-/=?^_`{|}~", c) != NULL);
}

/* Dot-string in `s`: sets `*ret_len` to its length (up to '@' or the end) or says what is
 * wrong. */
static const char *scan_dot_string(const char *s, gsize len, gsize *ret_len)
{
    gsize i = 0;
    for (; i < len && s[i] != '@'; i++) {
        if (s[i] == '.') {
            if (i == 0)
                return _("it begins with a dot");
            if (s[i - 1] == '.')
                return _("two dots follow each other");
        } else if (is_blank(s[i])) {
            return _("it has a blank inside");
        } else if (!is_atext(s[i])) {
            return _("it has a character before the @ that needs quotes");
        }
    }
    if (i && i < len && s[i - 1] == '.')
        return _("there is a dot right before the @");
    *ret_len = i;
    return NULL;
}

/* Quoted-string (RFC 5321: qtextSMTP and quoted pairs), the quotes included. */
static const char *scan_quoted(const char *s, gsize len, gsize *ret_len)
{
    gsize i = 1;
    while (i < len && s[i] != '"') {
        if (s[i] == '\\' && ++i < len && (guchar)s[i] >= 0x80)
            return _("a backslash stands before a character that is not ASCII");
        i++;
    }
    if (i >= len)
        return _("a quote is not closed");
    if (i + 1 < len && s[i + 1] != '@')
        return _("something stands between the closing quote and the @");
    *ret_len = i + 1;
    return NULL;
}

/* RFC 6531 lets any UTF-8 in. What nobody can see came in by copy and paste and would make two
 * people of one, or hide who is meant. */
static gboolean has_invisible(const char *s, gsize len)
{
    g_autofree char *local = g_strndup(s, len);
    g_autofree char *shown = text_safe(local, -1, 0);
    if (!g_str_equal(local, shown))
        return TRUE;
    for (const char *p = local; *p; p = g_utf8_next_char(p)) {
        gunichar c = g_utf8_get_char(p);
        if (c >= 0x80 && g_unichar_isspace(c))
            return TRUE;
    }
    return FALSE;
}

/* "[192.0.2.1]" or "[IPv6:2001:db8::1]" (RFC 5321 4.1.3), in its shortest spelling. */
static char *literal_domain(const char *text)
{
    static const char tag[] = "IPv6:";
    gsize len = strlen(text);
    if (len < 3 || text[len - 1] != ']')
        return NULL;
    g_autofree char *inner = g_strndup(text + 1, len - 2);
    struct in_addr v4;
    struct in6_addr v6;
    char shortest[INET6_ADDRSTRLEN];
    if (inet_pton(AF_INET, inner, &v4) == 1)
        return g_strdup(text);
    if (g_ascii_strncasecmp(inner, tag, strlen(tag)) != 0 ||
        inet_pton(AF_INET6, inner + strlen(tag), &v6) != 1)
        return NULL;
    inet_ntop(AF_INET6, &v6, shortest, sizeof shortest);
    return g_strdup_printf("[%s%s]", tag, shortest);
}

/* A control character or broken UTF-8 anywhere: checked first, so that the rest is about text.
 */
static gboolean check_characters(const char *text, gsize len, gboolean *ret_is_ascii,
                                 GError **error)
{
    gsize n_plain = 0;
    while (n_plain < len && (guchar)text[n_plain] >= ' ' && (guchar)text[n_plain] < 0x7f)
        n_plain++;
    *ret_is_ascii = n_plain == len;
    return n_plain == len ||
           text_check_line(_("the mail address"), text, len, MAX_TYPED, error);
}

static gboolean parse_domain(const char *text, gsize len, gsize local_len, char **ret_domain,
                             GError **error)
{
    const char *domain = text + local_len + 1;
    gsize domain_len = len - local_len - 1;
    if (domain_len == 0)
        return refuse(error, text, len, _("nothing stands behind the @"));
    if (memchr(domain, '@', domain_len))
        return refuse(error, text, len, _("it has two @"));
    g_autofree char *copy = g_strndup(domain, domain_len);
    g_autofree char *ascii = NULL;
    g_autoptr(GError) why = NULL;
    if (*copy == '[') {
        ascii = literal_domain(copy);
        if (!ascii)
            return refuse(error, text, len, _("the brackets hold no IP address"));
    } else if (!domain_to_ascii(copy, &ascii, &why)) {
        return refuse(error, text, len, why->message);
    }
    if (local_len + 1 + strlen(ascii) > MAX_ADDRESS)
        return refuse(error, text, len, _("it is longer than 254 octets"));
    *ret_domain = g_steal_pointer(&ascii);
    return TRUE;
}

static gboolean parse_span(const char *text, gsize len, struct mailaddr *ret_addr,
                           GError **error)
{
    if (len > MAX_TYPED)
        return refuse(error, text, len, _("it is longer than 254 octets"));
    trim(&text, &len);
    if (len == 0) {
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_INVALID, _("the mail address is empty"));
        return FALSE;
    }
    gboolean is_ascii;
    if (!check_characters(text, len, &is_ascii, error))
        return FALSE;

    gsize local_len = 0;
    const char *fault = *text == '"' ? scan_quoted(text, len, &local_len)
                                     : scan_dot_string(text, len, &local_len);
    /* Whatever else is wrong with "Example Association": it is a name, not an address. */
    if ((!fault && local_len == len) || (*text != '"' && !memchr(text, '@', len)))
        fault = _("it has no @");
    if (!fault && local_len == 0)
        fault = _("nothing stands before the @");
    if (!fault && local_len > MAX_LOCAL)
        fault = _("the part before the @ is longer than 64 octets");
    if (!fault && !is_ascii && has_invisible(text, local_len))
        fault = _("it has an invisible character before the @");
    if (fault)
        return refuse(error, text, len, fault);

    char *domain = NULL;
    if (!parse_domain(text, len, local_len, &domain, error))
        return FALSE;
    ret_addr->local = g_strndup(text, local_len);
    ret_addr->domain = domain;
    return TRUE;
}

gboolean mailaddr_parse(const char *text, struct mailaddr *ret_addr, GError **error)
{
    if (!text)
        text = "";
    /* Not strlen(): the text may be as long as its sender liked. */
    return parse_span(text, strnlen(text, MAX_TYPED + 1), ret_addr, error);
}

void mailaddr_clear(struct mailaddr *a)
{
    g_clear_pointer(&a->local, g_free);
    g_clear_pointer(&a->domain, g_free);
}

char *mailaddr_format(const struct mailaddr *a)
{
    return g_strconcat(a->local, "@", a->domain, NULL);
}

/* The text a quoted string stands for: without quotes and backslashes. Caller frees. */
static char *unquote(const char *quoted, gsize len)
{
    GString *out = g_string_sized_new(len);
    for (gsize i = 1; i + 1 < len; i++) {
        if (quoted[i] == '\\' && i + 2 < len)
            i++;
        g_string_append_c(out, quoted[i]);
    }
    return g_string_free(out, FALSE);
}

/* `text` between quotes, backslashes only where they must be. Caller frees. */
static char *quote(const char *text)
{
    GString *out = g_string_new("\"");
    for (; *text; text++) {
        if (*text == '"' || *text == '\\')
            g_string_append_c(out, '\\');
        g_string_append_c(out, *text);
    }
    g_string_append_c(out, '"');
    return g_string_free(out, FALSE);
}

/* "joe" and "\"joe\"" are one mailbox (RFC 5321 4.1.2): quotes stay only where they are needed,
 * else a suppressed person could be mailed by the other spelling. Caller frees. */
static char *plainest_local(const char *local)
{
    if (*local != '"')
        return g_strdup(local);
    g_autofree char *content = unquote(local, strlen(local));
    gsize len = strlen(content), scanned = 0;
    gboolean is_dot_string = len && !scan_dot_string(content, len, &scanned) &&
                             scanned == len && content[len - 1] != '.';
    return is_dot_string ? g_steal_pointer(&content) : quote(content);
}

char *mailaddr_key(const struct mailaddr *a)
{
    g_autofree char *local = plainest_local(a->local);
    if (!mailaddr_needs_smtputf8(a)) {
        for (char *p = local; *p; p++)
            *p = g_ascii_tolower(*p);
        return g_strconcat(local, "@", a->domain, NULL);
    }
    g_autofree char *folded = g_utf8_casefold(local, -1);
    /* Composed and decomposed letters look the same and come from different keyboards. */
    g_autofree char *composed = g_utf8_normalize(folded, -1, G_NORMALIZE_NFC);
    return g_strconcat(composed ? composed : folded, "@", a->domain, NULL);
}

gboolean mailaddr_needs_smtputf8(const struct mailaddr *a)
{
    for (const char *p = a->local; *p; p++) {
        if ((guchar)*p >= 0x80)
            return TRUE;
    }
    return FALSE;
}

static gboolean refuse_mailbox(GError **error, const char *text, const char *why)
{
    g_autofree char *shown = text_safe(text, -1, SHOWN_CHARS);
    g_set_error(error, CRIER_ERROR, CRIER_ERROR_INVALID,
                _("'%s' is not a name and address: %s. Write it like \"Anna Example\" "
                  "<anna@example.org>"),
                shown, why);
    return FALSE;
}

/* The name before '<' at `s`, quoted or not. `*ret_name` is NULL for none. */
static const char *scan_name(const char *s, gsize len, char **ret_name)
{
    trim(&s, &len);
    if (len > MAX_NAME)
        return _("the name is too long");
    g_autofree char *name = NULL;
    if (len && *s == '"') {
        gsize end = 1;
        while (end < len && s[end] != '"')
            end += s[end] == '\\' ? 2 : 1;
        if (end >= len)
            return _("a quote is not closed");
        if (end + 1 != len)
            return _("something stands between the closing quote and the '<'");
        name = g_strstrip(unquote(s, len));
    } else {
        name = g_strndup(s, len);
        if (strpbrk(name, ",;:<>@\"\\()[]"))
            return _("the name has a character that needs quotes around the name");
    }
    *ret_name = *name ? g_steal_pointer(&name) : NULL;
    return NULL;
}

/* Where the address begins: the first '<' outside quotes; NULL when there is none. */
static const char *find_angle(const char *s)
{
    gboolean is_quoted = FALSE;
    for (; *s; s++) {
        if (is_quoted && *s == '\\' && s[1])
            s++;
        else if (*s == '"')
            is_quoted = !is_quoted;
        else if (*s == '<' && !is_quoted)
            return s;
    }
    return NULL;
}

gboolean mailbox_parse(const char *text, char **ret_name, struct mailaddr *ret_addr,
                       GError **error)
{
    const char *s = text ? text : "";
    gsize len = text ? strnlen(text, MAX_TYPED + MAX_NAME + 1) : 0;
    if (!text_check_line(_("the name and address"), s, len, MAX_TYPED + MAX_NAME, error))
        return FALSE;
    const char *angle = find_angle(s);
    if (!angle) {
        if (!mailaddr_parse(s, ret_addr, error))
            return FALSE;
        *ret_name = NULL;
        return TRUE;
    }
    const char *end = strrchr(angle, '>'); /* the last: a quoted local part may hold others */
    if (!end)
        return refuse_mailbox(error, s, _("the '>' is missing"));
    if (end[1 + strspn(end + 1, " \t")])
        return refuse_mailbox(error, s, _("something stands behind the '>': one address only"));
    char *name = NULL;
    const char *fault = scan_name(s, (gsize)(angle - s), &name);
    if (fault)
        return refuse_mailbox(error, s, fault);
    if (!parse_span(angle + 1, (gsize)(end - angle - 1), ret_addr, error)) {
        g_free(name);
        return FALSE;
    }
    *ret_name = name;
    return TRUE;
}
