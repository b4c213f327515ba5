/*
 * Signing a finished message: which header fields, the body's hash, the DKIM-Signature field.
 * Where keys come from is app/dkim.c's, how things are hashed dkim_canon.c's.
 */
#include "config.h"

#include "message/dkim.h"

#include <inttypes.h>
#include <string.h>

#include "base/error.h"
#include "base/i18n.h"
#include "message/dkim_canon.h"

#define LINE_BYTES 78

/* Always signed, also where they are missing: nobody may add them on the way. */
static const char *const always_signed[] = {
    "From", "To", "Subject", "Date", "Message-ID", "List-Unsubscribe", "List-Unsubscribe-Post",
};
/* Signed where they are there: a list or a gateway may have reasons to add them. */
static const char *const signed_if_there[] = {
    "MIME-Version",     "Content-Type", "Content-Transfer-Encoding",
    "Reply-To",         "Cc",           "Sender",
    "List-Id",          "Feedback-ID",  "CFBL-Address",
    "CFBL-Feedback-ID",
};

struct dkim_signer {
    gatomicrefcount refs;
    char *domain, *selector; /* owned */
    struct crypto_key *key;  /* owned */
    char *head;              /* owned; the field up to "t=", the same for every message */
    gsize head_column;       /* where its last line ends */
};

struct field { /* borrowed from the header section */
    const char *name, *value;
    gsize name_len, value_len; /* the value without its last CR LF */
};

/* ---- writing a folded field ---- */

struct folded {
    GString *out; /* borrowed */
    gsize column;
};

static void start_line(struct folded *f)
{
    g_string_append(f->out, "\r\n ");
    f->column = 1;
}

/* A piece that may stand on a line of its own; `glue` is what parts it from the one before
 * where both are on one line. */
static void put_piece(struct folded *f, const char *glue, const char *text)
{
    gsize len = strlen(text), glue_len = strlen(glue);
    if (f->column + glue_len + len > LINE_BYTES && f->column > 1) {
        start_line(f);
    } else {
        g_string_append_len(f->out, glue, (gssize)glue_len);
        f->column += glue_len;
    }
    g_string_append_len(f->out, text, (gssize)len);
    f->column += len;
}

/* Base64 may be folded anywhere. */
static void put_base64(struct folded *f, const guint8 *data, gsize len)
{
    g_autofree char *text = g_base64_encode(data, len);
    for (gsize at = 0, n, all = strlen(text); at < all; at += n) {
        if (f->column >= LINE_BYTES)
            start_line(f);
        n = MIN(all - at, LINE_BYTES - f->column);
        g_string_append_len(f->out, text + at, (gssize)n);
        f->column += n;
    }
}

/* ---- the signer ---- */

struct dkim_signer *dkim_signer_new(const char *domain, const char *selector,
                                    struct crypto_key *key)
{
    struct dkim_signer *s = g_new0(struct dkim_signer, 1);
    gboolean is_rsa = crypto_key_kind(key) == CRYPTO_KEY_RSA;
    g_autofree char *d = g_strdup_printf("d=%s;", domain);
    g_autofree char *sel = g_strdup_printf("s=%s;", selector);
    GString *head = g_string_new("DKIM-Signature:");
    struct folded f = {head, head->len};
    put_piece(&f, " ", "v=1;");
    put_piece(&f, " ", is_rsa ? "a=rsa-sha256;" : "a=ed25519-sha256;");
    put_piece(&f, " ", "c=relaxed/relaxed;");
    put_piece(&f, " ", d);
    put_piece(&f, " ", sel);
    g_atomic_ref_count_init(&s->refs);
    s->domain = g_strdup(domain);
    s->selector = g_strdup(selector);
    s->key = crypto_key_ref(key);
    s->head_column = f.column;
    s->head = g_string_free(head, FALSE);
    return s;
}

struct dkim_signer *dkim_signer_ref(struct dkim_signer *s)
{
    g_atomic_ref_count_inc(&s->refs);
    return s;
}

void dkim_signer_unref(struct dkim_signer *s)
{
    if (!s || !g_atomic_ref_count_dec(&s->refs))
        return;
    g_free(s->domain);
    g_free(s->selector);
    g_free(s->head);
    crypto_key_unref(s->key);
    g_free(s);
}

const char *dkim_signer_domain(const struct dkim_signer *s)
{
    return s->domain;
}

const char *dkim_signer_selector(const struct dkim_signer *s)
{
    return s->selector;
}

/* ---- the header section ---- */

static gboolean fail_header(GError **error)
{
    g_set_error(error, CRIER_ERROR, CRIER_ERROR_INVALID,
                _("the message cannot be signed: it does not begin with header fields and an "
                  "empty line"));
    return FALSE;
}

/* Where the header section's empty line begins, NULL when it is not there yet. */
static const char *find_end(const char *text, gsize from, gsize len)
{
    return memmem(text + from, len - from, "\r\n\r\n", 4);
}

/*
 * The header section with the last field's CR LF: where it lies, when the first chunk has all
 * of it, else in `copy`. `*ret_chunk`, `*ret_at`: where the body begins.
 */
static const char *find_header(const struct compose_chunk *chunks, gsize n_chunks,
                               GString *copy, gsize *ret_len, gsize *ret_chunk, gsize *ret_at)
{
    const char *end = n_chunks > 0 ? find_end(chunks[0].data, 0, chunks[0].len) : NULL;
    if (end) {
        *ret_chunk = 0;
        *ret_at = (gsize)(end - chunks[0].data) + 4;
        *ret_len = *ret_at - 2;
        return chunks[0].data;
    }
    for (gsize i = 0; i < n_chunks && copy->len < DKIM_MAX_HEADER_BYTES; i++) {
        gsize before = copy->len;
        gsize len = MIN(chunks[i].len, DKIM_MAX_HEADER_BYTES - before);
        g_string_append_len(copy, chunks[i].data, (gssize)len);
        end = find_end(copy->str, before > 3 ? before - 3 : 0, copy->len);
        if (end) {
            *ret_chunk = i;
            *ret_len = (gsize)(end - copy->str) + 2;
            *ret_at = *ret_len + 2 - before;
            return copy->str;
        }
    }
    return NULL;
}

/* The fields of a header section; -1 when it is none. */
static int split_fields(const char *header, gsize len, struct field fields[DKIM_MAX_FIELDS])
{
    int n = 0;
    for (gsize at = 0; at < len;) {
        const char *line = header + at, *end = line, *stop = header + len;
        do { /* up to a line end that no blank follows */
            end = memmem(end, (gsize)(stop - end), "\r\n", 2);
            if (!end)
                return -1;
            end += 2;
        } while (end < stop && (*end == ' ' || *end == '\t'));
        const char *colon = memchr(line, ':', (gsize)(end - line));
        if (!colon || colon == line || n == DKIM_MAX_FIELDS)
            return -1;
        fields[n++] = (struct field){line, colon + 1, (gsize)(colon - line),
                                     (gsize)(end - 2 - (colon + 1))};
        at = (gsize)(end - header);
    }
    return n;
}

static gboolean is_named(const struct field *f, const char *name, gsize len)
{
    gsize own = f->name_len;
    while (own > 0 && (f->name[own - 1] == ' ' || f->name[own - 1] == '\t'))
        own--;
    return own == len && g_ascii_strncasecmp(f->name, name, len) == 0;
}

/* Fields of one name, the last one first (RFC 6376, 5.4.2), to the text that is hashed and to
 * the list of names; once more than they are there. */
static void sign_name(const char *name, gboolean also_missing, const struct field *fields,
                      int n_fields, GString *hashed, GPtrArray *names)
{
    gsize len = strlen(name);
    int found = 0;
    for (int i = n_fields; i-- > 0;) {
        if (!is_named(&fields[i], name, len))
            continue;
        found++;
        dkim_canon_field(hashed, fields[i].name, fields[i].name_len, fields[i].value,
                         fields[i].value_len);
        g_ptr_array_add(names, (gpointer)name);
    }
    if (found > 0 || also_missing)
        g_ptr_array_add(names, (gpointer)name);
}

static void sign_fields(const struct field *fields, int n_fields, GString *hashed,
                        GPtrArray *names)
{
    for (gsize i = 0; i < G_N_ELEMENTS(always_signed); i++)
        sign_name(always_signed[i], TRUE, fields, n_fields, hashed, names);
    for (gsize i = 0; i < G_N_ELEMENTS(signed_if_there); i++)
        sign_name(signed_if_there[i], FALSE, fields, n_fields, hashed, names);
}

/* ---- signing ---- */

static void hash_body(const struct compose_chunk *chunks, gsize n_chunks, gsize chunk, gsize at,
                      guint8 ret_hash[CRYPTO_SHA256_BYTES])
{
    struct crypto_sha256 *hash = crypto_sha256_new();
    struct dkim_canon_body body;
    dkim_canon_body_begin(&body, hash);
    for (; chunk < n_chunks; chunk++, at = 0)
        dkim_canon_body_feed(&body, chunks[chunk].data + at, chunks[chunk].len - at);
    dkim_canon_body_end(&body, ret_hash);
    crypto_sha256_free(hash);
}

static void put_names(struct folded *f, const GPtrArray *names)
{
    for (guint i = 0; i < names->len; i++) {
        gboolean is_last = i + 1 == names->len;
        g_autofree char *piece =
            g_strconcat(i == 0 ? "h=" : "", names->pdata[i], is_last ? ";" : ":", NULL);
        put_piece(f, i == 0 ? " " : "", piece);
    }
}

static void append_signature(const struct dkim_signer *s, const GString *hashed,
                             const GPtrArray *names,
                             const guint8 body_hash[CRYPTO_SHA256_BYTES], gint64 now_s,
                             GString *out)
{
    gsize start = out->len;
    g_autofree char *t = g_strdup_printf("t=%" PRId64 ";", now_s);
    g_string_append(out, s->head);
    struct folded f = {out, s->head_column};
    put_piece(&f, " ", t);
    put_names(&f, names);
    put_piece(&f, " ", "bh=");
    put_base64(&f, body_hash, CRYPTO_SHA256_BYTES);
    put_piece(&f, "", ";");
    put_piece(&f, " ", "b=");

    /* The field itself is hashed last, with an empty b= and without a line end (3.7). */
    g_autoptr(GString) own = g_string_sized_new(2048);
    const char *value = out->str + start + strlen("DKIM-Signature:");
    g_string_append_len(own, hashed->str, (gssize)hashed->len);
    dkim_canon_field(own, "DKIM-Signature", strlen("DKIM-Signature"), value,
                     (gsize)(out->str + out->len - value));
    guint8 hash[CRYPTO_SHA256_BYTES], signature[CRYPTO_KEY_MAX_SIGNATURE_BYTES];
    crypto_sha256(own->str, own->len - 2, hash);
    gsize len = crypto_key_sign(s->key, hash, signature);
    put_base64(&f, signature, len);
    g_string_append(out, "\r\n");
}

gboolean dkim_sign(struct dkim_signer *const *signers, gsize n_signers,
                   const struct compose_chunk *chunks, gsize n_chunks, gint64 now_s,
                   GString *out, GError **error)
{
    struct field fields[DKIM_MAX_FIELDS];
    g_autoptr(GString) copy = g_string_new(NULL);
    gsize len = 0, chunk = 0, at = 0;
    const char *header = find_header(chunks, n_chunks, copy, &len, &chunk, &at);
    int n_fields = header ? split_fields(header, len, fields) : -1;
    if (n_fields <= 0)
        return fail_header(error);

    guint8 body_hash[CRYPTO_SHA256_BYTES];
    hash_body(chunks, n_chunks, chunk, at, body_hash);
    g_autoptr(GString) hashed = g_string_sized_new(2048);
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    sign_fields(fields, n_fields, hashed, names);
    for (gsize i = 0; i < n_signers; i++)
        append_signature(signers[i], hashed, names, body_hash, now_s, out);
    return TRUE;
}
