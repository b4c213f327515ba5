/*
 * Signed tokens. Octets: kind, id (big-endian, without leading zeros), 10 octets of an
 * HMAC-SHA256 over the id as 8 octets, which ones the kind says: no kind's tell another's.
 * Written in base32, because mail systems change the case of a local part. Not for looking up
 * what the id names.
 */
#include "config.h"

#include "base/token.h"

#include <string.h>

#include "base/crypto.h"

#define MAC_BYTES 10
#define ID_BYTES_MAX 8
#define TEXT_MAX (TOKEN_TEXT_BYTES - 1)

/* One HMAC has room for the signatures of three kinds: a message bears two or three of them. */
#define KINDS_A_MAC (CRYPTO_SHA256_BYTES / MAC_BYTES)

struct last_mac { /* of this thread */
    guint8 key[TOKEN_KEY_BYTES];
    guint8 message[1 + ID_BYTES_MAX]; /* the first octet counts from 1: zeros are none */
    guint8 mac[CRYPTO_SHA256_BYTES];
};

static void last_mac_free(gpointer p)
{
    explicit_bzero(p, sizeof(struct last_mac));
    g_free(p);
}

static void sign(const guint8 *key, enum token_kind kind, gint64 id, guint8 ret_mac[MAC_BYTES])
{
    static GPrivate slot = G_PRIVATE_INIT(last_mac_free);
    struct last_mac *last = g_private_get(&slot);
    guint at = (guint)kind - 1;
    guint8 message[1 + ID_BYTES_MAX] = {(guint8)(1 + at / KINDS_A_MAC)};
    guint64 big = GUINT64_TO_BE((guint64)id);

    memcpy(message + 1, &big, ID_BYTES_MAX);
    if (last == NULL) {
        last = g_new0(struct last_mac, 1);
        g_private_set(&slot, last);
    }
    if (memcmp(last->message, message, sizeof message) != 0 ||
        memcmp(last->key, key, TOKEN_KEY_BYTES) != 0) {
        crypto_hmac_sha256(key, TOKEN_KEY_BYTES, message, sizeof message, last->mac);
        memcpy(last->message, message, sizeof message);
        memcpy(last->key, key, TOKEN_KEY_BYTES);
    }
    memcpy(ret_mac, last->mac + at % KINDS_A_MAC * MAC_BYTES, MAC_BYTES);
}

G_STATIC_ASSERT(CRYPTO_BASE32_ROOM(1 + ID_BYTES_MAX + MAC_BYTES) <= TOKEN_TEXT_BYTES);

gsize token_put(char ret[TOKEN_TEXT_BYTES], const guint8 key[TOKEN_KEY_BYTES],
                enum token_kind kind, gint64 id)
{
    guint8 octets[1 + ID_BYTES_MAX + MAC_BYTES] = {(guint8)kind};
    guint64 big = (guint64)id;
    gsize id_len = ID_BYTES_MAX;

    g_assert(id > 0);
    for (; big >> 56 == 0; big <<= 8)
        id_len--;
    big = GUINT64_TO_BE(big);
    memcpy(octets + 1, &big, ID_BYTES_MAX);
    sign(key, kind, id, octets + 1 + id_len);
    return crypto_base32_put(ret, octets, 1 + id_len + MAC_BYTES);
}

char *token_make(const guint8 key[TOKEN_KEY_BYTES], enum token_kind kind, gint64 id)
{
    char text[TOKEN_TEXT_BYTES];

    token_put(text, key, kind, id);
    return g_strdup(text);
}

gboolean token_verify(const guint8 key[TOKEN_KEY_BYTES], enum token_kind kind, const char *text,
                      gint64 *ret_id)
{
    g_autofree guint8 *octets = NULL;
    guint8 mac[MAC_BYTES];
    gsize text_len = text != NULL ? strnlen(text, TEXT_MAX + 1) : 0;
    gsize len = 0, id_len;
    guint64 id = 0;

    if (text_len == 0 || text_len > TEXT_MAX)
        return FALSE;
    octets = crypto_unbase32(text, text_len, &len);
    if (octets == NULL || len < 1 + 1 + MAC_BYTES || octets[0] != (guint8)kind)
        return FALSE;
    id_len = len - 1 - MAC_BYTES;
    /* A leading zero would be a second spelling of the same id. */
    if (id_len > ID_BYTES_MAX || octets[1] == 0)
        return FALSE;
    for (gsize i = 0; i < id_len; i++)
        id = id << 8 | octets[1 + i];
    if (id > G_MAXINT64)
        return FALSE;
    sign(key, kind, (gint64)id, mac);
    if (!crypto_equal(mac, octets + 1 + id_len, MAC_BYTES))
        return FALSE;
    *ret_id = (gint64)id;
    return TRUE;
}
