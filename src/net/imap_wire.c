/*
 * The client's side of the IMAP wire. A message's bytes are only counted here, never looked at:
 * a line "A006 OK" in one of them ends nothing.
 */
#include "config.h"

#include "net/imap_wire.h"

#include <string.h>

#include "base/i18n.h"

/* ---- reading ---- */

void imap_reader_init(struct imap_reader *r)
{
    memset(r, 0, sizeof *r);
    r->line = g_string_new(NULL);
}

void imap_reader_clear(struct imap_reader *r)
{
    if (r->line)
        g_string_free(r->line, TRUE);
    memset(r, 0, sizeof *r);
}

static void set_bad(struct imap_piece *ret, const char *why)
{
    *ret = (struct imap_piece){.kind = IMAP_PIECE_BAD, .why = why};
}

static gboolean read_u64(const char **at, guint64 max, guint64 *ret)
{
    guint64 n = 0;
    const char *p = *at;
    if (!g_ascii_isdigit(*p))
        return FALSE;
    for (; g_ascii_isdigit(*p); p++) {
        guint digit = (guint)(*p - '0');
        if (n > (max - digit) / 10)
            return FALSE;
        n = n * 10 + digit;
    }
    *at = p;
    *ret = n;
    return TRUE;
}

static gboolean read_u32(const char **at, guint32 *ret)
{
    guint64 n;
    if (!read_u64(at, G_MAXUINT32, &n))
        return FALSE;
    *ret = (guint32)n;
    return TRUE;
}

/* Where "{123}" begins at the end of a line; NULL: it does not end so. */
static const char *literal_at(const GString *line)
{
    const char *end = line->str + line->len;
    if (line->len < 3 || end[-1] != '}')
        return NULL;
    const char *p = end - 2;
    if (*p == '+')
        p--;
    while (p > line->str && g_ascii_isdigit(*p))
        p--;
    return *p == '{' && g_ascii_isdigit(p[1]) ? p : NULL;
}

/* "* 3 FETCH (UID 7 BODY[] {" or "BODY[]<0> {". */
static gboolean is_body_at(const char *line, const char *literal)
{
    static const char *const items[] = {"BODY[] ", "BODY[]<0> "};
    if (line[0] != '*' || !strstr(line, " FETCH ("))
        return FALSE;
    for (gsize i = 0; i < G_N_ELEMENTS(items); i++) {
        gsize n = strlen(items[i]);
        if ((gsize)(literal - line) > n && g_ascii_strncasecmp(literal - n, items[i], n) == 0 &&
            (literal[-(gssize)n - 1] == ' ' || literal[-(gssize)n - 1] == '('))
            return TRUE;
    }
    return FALSE;
}

/* A line's end has come: a literal follows, or the response is whole. */
static void end_line(struct imap_reader *r, struct imap_piece *ret)
{
    if (r->line->len > 0 && r->line->str[r->line->len - 1] == '\r')
        g_string_truncate(r->line, r->line->len - 1);
    if (memchr(r->line->str, '\0', r->line->len)) {
        set_bad(ret, _("the server's answer has a NUL character"));
        return;
    }
    const char *literal = literal_at(r->line);
    if (!literal) {
        r->is_done = TRUE;
        *ret = (struct imap_piece){
            .kind = IMAP_PIECE_LINE, .data = r->line->str, .len = r->line->len};
        return;
    }
    const char *digits = literal + 1;
    guint64 n = 0;
    r->is_body = is_body_at(r->line->str, literal);
    if (!read_u64(&digits, r->is_body ? IMAP_BODY_MAX : IMAP_LITERAL_MAX, &n)) {
        set_bad(ret, _("the server announces a piece of text that is far too long"));
        return;
    }
    g_string_truncate(r->line, (gsize)(literal - r->line->str));
    g_string_append(r->line, "{}");
    r->is_in_literal = TRUE;
    r->literal_left = r->body_len = n;
}

static gsize take_literal(struct imap_reader *r, const char *data, gsize len,
                          struct imap_piece *ret)
{
    gsize n = (gsize)MIN((guint64)len, r->literal_left);
    r->literal_left -= n;
    if (r->literal_left == 0)
        r->is_in_literal = FALSE;
    if (r->is_body && n > 0)
        *ret = (struct imap_piece){
            .kind = IMAP_PIECE_BODY, .data = data, .len = n, .body_len = r->body_len};
    return n;
}

gsize imap_reader_take(struct imap_reader *r, const char *data, gsize len,
                       struct imap_piece *ret)
{
    gsize used = 0;
    *ret = (struct imap_piece){.kind = IMAP_PIECE_NONE};
    if (r->is_done)
        g_string_truncate(r->line, 0);
    r->is_done = FALSE;
    while (used < len && ret->kind == IMAP_PIECE_NONE) {
        if (r->is_in_literal) {
            used += take_literal(r, data + used, len - used, ret);
            continue;
        }
        const char *end = memchr(data + used, '\n', len - used);
        gsize n = end ? (gsize)(end - data) - used : len - used;
        if (r->line->len + n > IMAP_LINE_MAX) {
            set_bad(ret, _("the server's answer has a line that is far too long"));
            return len;
        }
        g_string_append_len(r->line, data + used, (gssize)n);
        used += n + (end ? 1 : 0);
        if (end)
            end_line(r, ret);
    }
    return used;
}

/* ---- what a response says ---- */

gboolean imap_wire_number(const char *line, const char *word, guint32 *ret)
{
    guint32 n;
    if (line[0] != '*' || line[1] != ' ')
        return FALSE;
    line += 2;
    if (!read_u32(&line, &n) || *line != ' ' || g_ascii_strcasecmp(line + 1, word) != 0)
        return FALSE;
    *ret = n;
    return TRUE;
}

char *imap_wire_code(const char *text)
{
    if (text[0] != '[')
        return g_strdup("");
    gsize n = strcspn(text + 1, " ]");
    return g_ascii_strup(text + 1, (gssize)n);
}

gboolean imap_wire_code_number(const char *text, const char *word, guint32 *ret)
{
    gsize n = strlen(word);
    if (text[0] != '[' || g_ascii_strncasecmp(text + 1, word, n) != 0 || text[n + 1] != ' ')
        return FALSE;
    const char *at = text + n + 2;
    return read_u32(&at, ret) && *at == ']';
}

gboolean imap_wire_search(const char *line, GArray *to, guint max)
{
    static const char word[] = "* SEARCH";
    if (g_ascii_strncasecmp(line, word, sizeof word - 1) != 0)
        return FALSE;
    for (const char *at = line + sizeof word - 1; *at;) {
        guint32 n;
        if (*at++ != ' ')
            return FALSE;
        if (*at == '\0') /* some put a blank at the end */
            break;
        if (*at == '(') /* (MODSEQ 1) of CONDSTORE */
            break;
        if (to->len >= max || !read_u32(&at, &n))
            return FALSE;
        g_array_append_val(to, n);
    }
    return TRUE;
}

/* Behind a value of any kind; NULL: it does not end. `*text` gets a quoted string's. */
static const char *skip_value(const char *p, GString *text)
{
    int depth = 0;
    gboolean is_quoted = FALSE;
    for (; *p; p++) {
        if (is_quoted) {
            if (*p == '"') {
                is_quoted = FALSE;
                continue;
            }
            if (*p == '\\' && *++p == '\0')
                return NULL;
            if (text)
                g_string_append_c(text, *p);
        } else if (*p == '"') {
            is_quoted = TRUE;
        } else if (*p == '(') {
            depth++;
        } else if ((*p == ')' || *p == ' ') && depth == 0) {
            return p;
        } else if (*p == ')') {
            depth--;
        }
    }
    return NULL;
}

/* Behind an item's name, which may have blanks within brackets. */
static const char *skip_name(const char *p)
{
    gboolean is_in = FALSE;
    for (; *p && (is_in || (*p != ' ' && *p != ')')); p++) {
        if (*p == '[')
            is_in = TRUE;
        else if (*p == ']')
            is_in = FALSE;
    }
    return p;
}

static gboolean is_item(const char *name, gsize len, const char *word)
{
    return len == strlen(word) && g_ascii_strncasecmp(name, word, len) == 0;
}

static const char *read_item(const char *p, struct imap_fetched *ret)
{
    const char *name = p;
    gsize len = (gsize)(skip_name(p) - p);
    guint64 n = 0;
    p += len;
    if (len == 0 || *p++ != ' ')
        return NULL;
    const char *value = p;
    if (is_item(name, len, "UID"))
        return read_u32(&p, &ret->uid) ? p : NULL;
    if (is_item(name, len, "RFC822.SIZE")) {
        if (!read_u64(&p, G_MAXINT64, &n))
            return NULL;
        ret->size = (gint64)n;
        return p;
    }
    if (!is_item(name, len, "BODY[]") && !is_item(name, len, "BODY[]<0>"))
        return skip_value(p, NULL);
    if (ret->has_body)
        return NULL;
    g_autoptr(GString) text = g_string_new(NULL);
    p = skip_value(p, text);
    ret->has_body = TRUE;
    ret->is_streamed = *value == '{';
    if (*value == '"')
        ret->body = g_strdup(text->str);
    return p;
}

gboolean imap_wire_fetched(const char *line, struct imap_fetched *ret)
{
    static const char word[] = " FETCH (";
    const char *p = line + 2;
    guint32 number;
    *ret = (struct imap_fetched){.size = -1};
    if (line[0] != '*' || line[1] != ' ' || !read_u32(&p, &number) ||
        g_ascii_strncasecmp(p, word, sizeof word - 1) != 0)
        return FALSE;
    p += sizeof word - 1;
    while (p && *p && *p != ')') {
        p = read_item(p, ret);
        if (p && *p == ' ')
            p++;
    }
    if (p && *p == ')' && p[1] == '\0')
        return TRUE;
    imap_fetched_clear(ret);
    return FALSE;
}

void imap_fetched_clear(struct imap_fetched *f)
{
    g_clear_pointer(&f->body, g_free);
}

/* ---- writing ---- */

/* UTF-16 in base64 with "," for "/" and without padding, between "&" and "-". */
static void put_shifted(GString *to, const char *text, glong n_chars)
{
    glong n_units = 0;
    g_autofree gunichar2 *units = g_utf8_to_utf16(text, -1, NULL, &n_units, NULL);
    gsize n_bytes = 0;
    g_autofree guchar *bytes = g_malloc((gsize)n_chars * 4);
    glong chars = 0;
    for (glong i = 0; i < n_units && (chars < n_chars || (units[i] & 0xfc00) == 0xdc00); i++) {
        if ((units[i] & 0xfc00) != 0xdc00)
            chars++;
        bytes[n_bytes++] = (guchar)(units[i] >> 8);
        bytes[n_bytes++] = (guchar)(units[i] & 0xff);
    }
    g_autofree char *base64 = g_base64_encode(bytes, n_bytes);
    g_strdelimit(base64, "/", ',');
    base64[strcspn(base64, "=")] = '\0';
    g_string_append_printf(to, "&%s-", base64);
}

char *imap_wire_folder(const char *name)
{
    if (!*name || strlen(name) > 500 || !g_utf8_validate(name, -1, NULL))
        return NULL;
    g_autoptr(GString) out = g_string_new("\"");
    for (const char *p = name; *p;) {
        const char *end = p;
        glong n_chars = 0;
        if (g_ascii_iscntrl(*p))
            return NULL;
        for (; *end & 0x80; end = g_utf8_next_char(end))
            n_chars++;
        if (n_chars > 0) {
            put_shifted(out, p, n_chars);
            p = end;
            continue;
        }
        if (*p == '"' || *p == '\\')
            g_string_append_c(out, '\\');
        g_string_append_c(out, *p);
        if (*p++ == '&')
            g_string_append_c(out, '-');
    }
    g_string_append_c(out, '"');
    return g_strdup(out->str);
}

char *imap_wire_set(const guint32 *uids, gsize n, gsize *at)
{
    GString *out = g_string_new(NULL);
    while (*at < n && out->len < IMAP_SET_CHARS) {
        gsize first = *at, last = first;
        while (last + 1 < n && uids[last] < G_MAXUINT32 && uids[last + 1] == uids[last] + 1)
            last++;
        if (out->len > 0)
            g_string_append_c(out, ',');
        g_string_append_printf(out, "%u", uids[first]);
        if (last > first)
            g_string_append_printf(out, ":%u", uids[last]);
        *at = last + 1;
    }
    return g_string_free(out, FALSE);
}

gboolean imap_wire_quota(const char *line, gint64 *ret_used, gint64 *ret_most)
{
    /* The root's name may hold anything, the last parentheses are the list. */
    const char *list = strrchr(line, '(');
    g_auto(GStrv) words = g_strsplit_set(list ? list + 1 : "", " )", 100);
    for (char **w = words; w[0] && w[1] && w[2]; w += 3) {
        gint64 used, most;
        if (g_ascii_strcasecmp(w[0], "STORAGE") == 0 &&
            g_ascii_string_to_signed(w[1], 10, 0, G_MAXINT64, &used, NULL) &&
            g_ascii_string_to_signed(w[2], 10, 1, G_MAXINT64, &most, NULL)) {
            *ret_used = used;
            *ret_most = most;
            return TRUE;
        }
        if (!w[3])
            break;
    }
    return FALSE;
}
