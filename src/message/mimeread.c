/*
 * Reading MIME by GMime, which stands hostile input; what it gives is checked and bounded here
 * all the same. Not for deciding what a part means for a campaign: app/import_eml.c.
 */
#include "config.h"

#include "message/mimeread.h"

#include <gmime/gmime.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/i18n.h"
#include "base/text.h"
#include "model/part.h"

#define MAX_NAME_BYTES 200
#define MAX_LINE_BYTES 998
#define SHOWN_CHARS 60

struct walk {
    struct mimeread *out; /* borrowed */
    gsize total;          /* bytes of the parts so far */
    int depth;
};

static void walk_object(struct walk *w, GMimeObject *object, gboolean is_choice);

static void start(void)
{
    static gsize once;
    if (g_once_init_enter(&once)) {
        g_mime_init();
        atexit(g_mime_shutdown);
        g_once_init_leave(&once, 1);
    }
}

/* Takes `what`. `w` may be NULL: nobody asks. */
static void leave_out(struct walk *w, char *what)
{
    GPtrArray *notes = w ? w->out->left_out : NULL;
    if (notes && notes->len < MIMEREAD_MAX_NOTES)
        g_ptr_array_add(notes, what);
    else
        g_free(what);
}

/* ---- texts ---- */

/* One line of at most `max` bytes, cut between characters; NULL for NULL. Caller frees. */
static char *clean_line(const char *text, gsize max)
{
    if (!text)
        return NULL;
    g_autofree char *valid = g_utf8_make_valid(text, -1);
    g_autoptr(GString) out = g_string_new(NULL);
    for (const char *p = valid; *p; p = g_utf8_next_char(p)) {
        gunichar c = g_utf8_get_char(p);
        gsize n = (gsize)(g_utf8_next_char(p) - p);
        if (out->len + n > max)
            break;
        if (g_unichar_iscntrl(c))
            g_string_append_c(out, ' ');
        else
            g_string_append_len(out, p, (gssize)n);
    }
    return g_strstrip(g_string_free(g_steal_pointer(&out), FALSE));
}

static gboolean is_charset_name(const char *name)
{
    return *name && strlen(name) < 40 &&
           !name[strspn(name,
                        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.:-")];
}

/* Mail that says it is Latin-1 or ASCII is mostly Windows-1252, which holds both. */
static const char *charset_in_fact(const char *name)
{
    static const char *const narrow[] = {"iso-8859-1", "iso8859-1", "latin1",
                                         "us-ascii",   "ascii",     NULL};
    if (!name || !is_charset_name(name))
        return "windows-1252";
    for (int i = 0; narrow[i]; i++)
        if (g_ascii_strcasecmp(name, narrow[i]) == 0)
            return "windows-1252";
    return name;
}

/* Never fails: octets that mean nothing become the replacement character. Caller frees. */
static char *to_utf8(struct walk *w, const char *data, gsize len, const char *charset)
{
    gboolean is_wide = charset && (g_ascii_strncasecmp(charset, "utf-16", 6) == 0 ||
                                   g_ascii_strncasecmp(charset, "utf-32", 6) == 0 ||
                                   g_ascii_strncasecmp(charset, "iso-2022", 8) == 0 ||
                                   g_ascii_strncasecmp(charset, "hz", 2) == 0);
    /* What is UTF-8 is UTF-8, whatever it was labelled, unless its octets are all ASCII anyway.
     */
    if (!is_wide && g_utf8_validate_len(data, len, NULL))
        return g_strndup(data, len);
    gsize n = 0;
    char *text =
        g_convert(data, (gssize)len, "UTF-8", charset_in_fact(charset), NULL, &n, NULL);
    if (!text) {
        g_autofree char *safe = text_safe(charset ? charset : "none", -1, SHOWN_CHARS);
        leave_out(w, g_strdup_printf(_("characters that are not of the charset it names (%s)"),
                                     safe));
        text = g_convert(data, (gssize)len, "UTF-8", "windows-1252", NULL, &n, NULL);
    }
    if (!text)
        return g_utf8_make_valid(data, (gssize)len);
    if (memchr(text, 0, n) || !g_utf8_validate(text, (gssize)n, NULL)) {
        g_autofree char *broken = text;
        text = g_utf8_make_valid(broken, (gssize)n);
    }
    return text;
}

/* LF alone, and no mark at the beginning. Changes `text`. */
static char *plain_newlines(char *text)
{
    char *to = text;
    const char *from = text;
    while (g_str_has_prefix(from, "\xef\xbb\xbf"))
        from += 3;
    for (; *from; from++) {
        if (*from == '\r') {
            if (from[1] != '\n')
                *to++ = '\n';
            continue;
        }
        *to++ = *from;
    }
    *to = '\0';
    return text;
}

/* ---- parts ---- */

static GBytes *content_of(GMimePart *part)
{
    GMimeDataWrapper *wrapper = g_mime_part_get_content(part);
    GMimeStream *stream = g_mime_stream_mem_new();
    if (wrapper)
        g_mime_data_wrapper_write_to_stream(wrapper, stream);
    GByteArray *array = g_mime_stream_mem_get_byte_array(GMIME_STREAM_MEM(stream));
    GBytes *bytes = g_bytes_new(array->data, array->len);
    g_object_unref(stream);
    return bytes;
}

/* One that no header could hold is as good as none. */
static char *type_of(GMimeObject *object)
{
    g_autofree char *type =
        g_mime_content_type_get_mime_type(g_mime_object_get_content_type(object));
    return part_type_is_valid(type) ? g_ascii_strdown(type, -1) : g_strdup(part_type_of(""));
}

/* The last word of a path in any system's spelling; "" when there is none. Caller frees. */
static char *name_of(const char *raw)
{
    g_autofree char *line = clean_line(raw ? raw : "", MAX_LINE_BYTES);
    const char *base = line;
    for (const char *p = line; *p; p++)
        if (*p == '/' || *p == '\\')
            base = p + 1;
    return clean_line(base, MAX_NAME_BYTES);
}

/* Takes `data`. */
static void add_part(struct walk *w, const char *name, const char *type, const char *id,
                     GBytes *data)
{
    g_autofree char *what = text_safe(*name ? name : type, -1, SHOWN_CHARS);
    if (w->out->parts->len == PART_MAX_PARTS) {
        leave_out(w, g_strdup_printf(_("%s (more than %d parts)"), what, PART_MAX_PARTS));
    } else if (w->total + g_bytes_get_size(data) > PART_MAX_BYTES) {
        leave_out(w, g_strdup_printf(_("%s (more than %d MiB in all)"), what,
                                     PART_MAX_BYTES / (1024 * 1024)));
    } else {
        struct part *p = g_new0(struct part, 1);
        p->kind = PART_ATTACHMENT;
        p->name = g_strdup(name);
        p->type = g_strdup(type);
        p->content_id = clean_line(id, MAX_NAME_BYTES);
        p->data = g_bytes_ref(data);
        w->total += g_bytes_get_size(data);
        g_ptr_array_add(w->out->parts, p);
    }
    g_bytes_unref(data);
}

static gboolean is_attachment(GMimeObject *object)
{
    const char *disposition = g_mime_object_get_disposition(object);
    return disposition && g_ascii_strcasecmp(disposition, "attachment") == 0;
}

/* A body goes into `*ret` and the part is done with. */
static void take_body(struct walk *w, GMimePart *part, char **ret)
{
    gsize len = 0;
    g_autoptr(GBytes) data = content_of(part);
    const char *bytes = g_bytes_get_data(data, &len);
    const char *charset =
        g_mime_object_get_content_type_parameter(GMIME_OBJECT(part), "charset");
    *ret = plain_newlines(to_utf8(w, bytes ? bytes : "", len, charset));
}

static void walk_leaf(struct walk *w, GMimePart *part, gboolean is_choice)
{
    GMimeObject *object = GMIME_OBJECT(part);
    g_autofree char *type = type_of(object);
    g_autofree char *name = name_of(g_mime_part_get_filename(part));
    gboolean may_be_body = !is_attachment(object) && !*name;
    if (may_be_body && strcmp(type, "text/plain") == 0 && !w->out->text)
        take_body(w, part, &w->out->text);
    else if (may_be_body && strcmp(type, "text/html") == 0 && !w->out->html)
        take_body(w, part, &w->out->html);
    else if (strcmp(type, "application/pkcs7-mime") == 0 ||
             strcmp(type, "application/x-pkcs7-mime") == 0)
        leave_out(w, g_strdup(_("a part that is encrypted or signed with S/MIME")));
    else if (is_choice && !is_attachment(object)) {
        g_autofree char *safe = text_safe(type, -1, SHOWN_CHARS);
        leave_out(w, g_strdup_printf(_("another form of the body (%s)"), safe));
    } else
        add_part(w, name, type, g_mime_part_get_content_id(part), content_of(part));
}

/* A mail inside the mail, as a file. */
static void walk_message(struct walk *w, GMimeMessagePart *part)
{
    GMimeMessage *message = g_mime_message_part_get_message(part);
    if (!message)
        return;
    g_autofree char *subject = name_of(g_mime_message_get_subject(message));
    g_autofree char *name = g_strdup_printf("%s.eml", *subject ? subject : "message");
    char *text = g_mime_object_to_string(GMIME_OBJECT(message), NULL);
    add_part(w, name, "message/rfc822", NULL, g_bytes_new_take(text, strlen(text)));
}

static void walk_multipart(struct walk *w, GMimeMultipart *multipart)
{
    GMimeObject *object = GMIME_OBJECT(multipart);
    GMimeContentType *type = g_mime_object_get_content_type(object);
    int n = g_mime_multipart_get_count(multipart);
    if (g_mime_content_type_is_type(type, "multipart", "encrypted")) {
        leave_out(w, g_strdup(_("an encrypted part")));
        return;
    }
    if (g_mime_content_type_is_type(type, "multipart", "signed") && n > 1) {
        leave_out(w, g_strdup(_("the signature")));
        n = 1;
    }
    gboolean is_choice = g_mime_content_type_is_type(type, "multipart", "alternative");
    for (int i = 0; i < n; i++)
        walk_object(w, g_mime_multipart_get_part(multipart, i), is_choice);
}

/* Bounded by MIMEREAD_MAX_DEPTH. `is_choice`: a direct child of multipart/alternative. */
static void walk_object(struct walk *w, GMimeObject *object, gboolean is_choice)
{
    if (!object)
        return;
    if (w->depth == MIMEREAD_MAX_DEPTH) {
        leave_out(w, g_strdup(_("parts that are nested too deep")));
        return;
    }
    w->depth++;
    if (GMIME_IS_MULTIPART(object))
        walk_multipart(w, GMIME_MULTIPART(object));
    else if (GMIME_IS_MESSAGE_PART(object))
        walk_message(w, GMIME_MESSAGE_PART(object));
    else if (GMIME_IS_PART(object))
        walk_leaf(w, GMIME_PART(object), is_choice);
    else
        leave_out(w, g_strdup(_("a part of a kind that is not known")));
    w->depth--;
}

/* ---- header ---- */

/* A name that RFC 5322 lets stand without quotes needs none for us either. */
static char *format_mailbox(const char *name, const char *address)
{
    if (!name || !*name)
        return g_strdup(address);
    if (!strpbrk(name, "()<>[]:;@\\,.\""))
        return g_strdup_printf("%s <%s>", name, address);
    g_autoptr(GString) quoted = g_string_new(NULL);
    for (const char *p = name; *p; p++) {
        if (*p == '"' || *p == '\\')
            g_string_append_c(quoted, '\\');
        g_string_append_c(quoted, *p);
    }
    return g_strdup_printf("\"%s\" <%s>", quoted->str, address);
}

/* The first mailbox of an address field; NULL when it has none. Caller frees. */
static char *first_mailbox(struct walk *w, InternetAddressList *list, const char *field)
{
    int n = list ? internet_address_list_length(list) : 0;
    char *first = NULL;
    for (int i = 0; i < n; i++) {
        InternetAddress *a = internet_address_list_get_address(list, i);
        if (!INTERNET_ADDRESS_IS_MAILBOX(a))
            continue;
        if (first) {
            leave_out(w, g_strdup_printf(_("further addresses in %s"), field));
            break;
        }
        const char *raw = internet_address_mailbox_get_addr(INTERNET_ADDRESS_MAILBOX(a));
        g_autofree char *name = clean_line(internet_address_get_name(a), MAX_NAME_BYTES);
        g_autofree char *address = clean_line(raw, MAX_LINE_BYTES);
        if (address && *address)
            first = format_mailbox(name, address);
    }
    return first;
}

static char *take_mailbox(struct walk *w, GMimeMessage *message, InternetAddressList *list,
                          const char *field)
{
    char *mailbox = first_mailbox(w, list, field);
    if (!mailbox && g_mime_object_get_header(GMIME_OBJECT(message), field))
        leave_out(w, g_strdup_printf(_("%s, in which there is no address"), field));
    return mailbox;
}

/* Fields that are kept, or that say how the parts are coded. */
static gboolean is_used(const char *name)
{
    static const char *const used[] = {"From", "Subject", "Reply-To", "MIME-Version", NULL};
    for (int i = 0; used[i]; i++)
        if (g_ascii_strcasecmp(name, used[i]) == 0)
            return TRUE;
    return g_ascii_strncasecmp(name, "Content-", 8) == 0;
}

static void note_other_fields(struct walk *w, GMimeMessage *message)
{
    GMimeHeaderList *list = g_mime_object_get_header_list(GMIME_OBJECT(message));
    g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_autoptr(GString) names = g_string_new(NULL);
    int n = g_mime_header_list_get_count(list);
    for (int i = 0; i < n && g_hash_table_size(seen) < MIMEREAD_MAX_NOTES; i++) {
        const char *name = g_mime_header_get_name(g_mime_header_list_get_header_at(list, i));
        g_autofree char *safe = text_safe(name, -1, SHOWN_CHARS);
        if (!is_used(name) && g_hash_table_add(seen, g_ascii_strdown(safe, -1)))
            g_string_append_printf(names, "%s%s", names->len ? ", " : "", safe);
    }
    if (names->len)
        leave_out(w, g_strdup_printf(_("header fields: %s"), names->str));
}

static void read_header(struct walk *w, GMimeMessage *message)
{
    const char *subject = g_mime_message_get_subject(message);
    w->out->from = take_mailbox(w, message, g_mime_message_get_from(message), "From");
    w->out->reply_to =
        take_mailbox(w, message, g_mime_message_get_reply_to(message), "Reply-To");
    w->out->subject = clean_line(subject, MAX_LINE_BYTES);
    if (subject && strlen(subject) > MAX_LINE_BYTES)
        leave_out(w, g_strdup(_("the end of the subject, which is too long")));
    note_other_fields(w, message);
}

/* A file that is no mail gives no header that mail cannot do without. */
static gboolean is_mail(GMimeMessage *message)
{
    static const char *const fields[] = {"From", "Subject", "Content-Type", "MIME-Version",
                                         "Date"};
    for (gsize i = 0; i < G_N_ELEMENTS(fields); i++)
        if (g_mime_object_get_header(GMIME_OBJECT(message), fields[i]))
            return TRUE;
    return FALSE;
}

static GMimeMessage *parse(const char *data, gsize len)
{
    GMimeStream *stream = g_mime_stream_mem_new_with_buffer(data, len);
    GMimeParser *parser = g_mime_parser_new_with_stream(stream);
    GMimeMessage *message = g_mime_parser_construct_message(parser, NULL);
    g_object_unref(parser);
    g_object_unref(stream);
    return message;
}

gboolean mimeread_parse(const char *data, gsize len, struct mimeread *ret, GError **error)
{
    if (len > MIMEREAD_MAX_BYTES) {
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_INVALID,
                    _("the mail is larger than %d MiB. Make it smaller"),
                    MIMEREAD_MAX_BYTES / (1024 * 1024));
        return FALSE;
    }
    start();
    GMimeMessage *message = parse(data, len);
    if (!message || !is_mail(message)) {
        g_clear_object(&message);
        g_set_error(
            error, CRIER_ERROR, CRIER_ERROR_INVALID,
            _("this is no e-mail: it has neither From nor Subject. Save the mail with its "
              "header, as .eml"));
        return FALSE;
    }
    *ret = (struct mimeread){.parts = part_array_new(),
                             .left_out = g_ptr_array_new_with_free_func(g_free)};
    struct walk w = {.out = ret};
    read_header(&w, message);
    walk_object(&w, g_mime_message_get_mime_part(message), FALSE);
    g_object_unref(message);
    return TRUE;
}

void mimeread_clear(struct mimeread *m)
{
    g_free(m->from);
    g_free(m->reply_to);
    g_free(m->subject);
    g_free(m->text);
    g_free(m->html);
    g_clear_pointer(&m->parts, g_ptr_array_unref);
    g_clear_pointer(&m->left_out, g_ptr_array_unref);
    memset(m, 0, sizeof *m);
}

/* ---- single pieces, for who has found them by message/mailscan ---- */

static char *decode_content(const char *data, gsize len, const char *encoding, gsize *ret_len)
{
    GMimeEncoding state;
    GMimeContentEncoding kind = g_mime_content_encoding_from_string(encoding);
    g_mime_encoding_init_decode(&state, kind);
    char *out = g_malloc(g_mime_encoding_outlen(&state, len) + 1);
    gsize n = g_mime_encoding_flush(&state, data, len, out);
    *ret_len = n;
    return out;
}

char *mimeread_decode_text(const char *data, gsize len, const char *encoding,
                           const char *charset)
{
    static const char *const coded[] = {"base64", "quoted-printable", "x-uuencode", NULL};
    if (!encoding || !g_strv_contains(coded, encoding))
        return plain_newlines(to_utf8(NULL, data, len, charset));
    start();
    gsize n = 0;
    g_autofree char *raw = decode_content(data, len, encoding, &n);
    return plain_newlines(to_utf8(NULL, raw, n, charset));
}

char *mimeread_decode_words(const char *value)
{
    if (!value)
        return NULL;
    if (!strstr(value, "=?"))
        return clean_line(value, MAX_LINE_BYTES);
    start();
    g_autofree char *text = g_mime_utils_header_decode_text(NULL, value);
    return clean_line(text, MAX_LINE_BYTES);
}

gint64 mimeread_date_us(const char *value)
{
    start();
    GDateTime *date = value ? g_mime_utils_header_decode_date(value) : NULL;
    if (!date)
        return 0;
    gint64 us = g_date_time_to_unix(date) * G_USEC_PER_SEC;
    g_date_time_unref(date);
    return us;
}
