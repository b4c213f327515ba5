/*
 * Writes a ClientHello. It knows of TLS only how that is put together.
 */
#include "config.h"

#include "net/tlshello.h"

#include <string.h>

/* TLS 1.2 with forward secrecy; a server with TLS 1.3 alone refuses by a short alert. */
static const guint16 suites[] = {0xc02b, 0xc02f, 0xc02c, 0xc030, 0xcca9, 0xcca8};
static const guint16 groups[] = {0x001d, 0x0017, 0x0018};
static const guint16 signatures[] = {0x0403, 0x0804, 0x0401, 0x0503, 0x0805, 0x0501, 0x0601};

enum extension {
    SERVER_NAME = 0,
    SUPPORTED_GROUPS = 10,
    POINT_FORMATS = 11,
    SIGNATURE_ALGORITHMS = 13,
    PADDING = 21
};

static void put8(GByteArray *out, guint v)
{
    guint8 octet = (guint8)v;
    g_byte_array_append(out, &octet, 1);
}

static void put16(GByteArray *out, guint v)
{
    put8(out, v >> 8);
    put8(out, v);
}

static void put_list(GByteArray *out, const guint16 *list, gsize n)
{
    put16(out, (guint)(n * 2));
    for (gsize i = 0; i < n; i++)
        put16(out, list[i]);
}

static void put_numbers(GByteArray *out, enum extension type, const guint16 *list, gsize n)
{
    put16(out, type);
    put16(out, (guint)(n * 2 + 2));
    put_list(out, list, n);
}

static void put_name(GByteArray *out, const char *name)
{
    gsize len = strlen(name);
    put16(out, SERVER_NAME);
    put16(out, (guint)len + 5);
    put16(out, (guint)len + 3);
    put8(out, 0); /* host_name */
    put16(out, (guint)len);
    g_byte_array_append(out, (const guint8 *)name, (guint)len);
}

static void put_random(GByteArray *out, int n)
{
    while (n-- > 0)
        put8(out, g_random_int());
}

/* A length that is known when all behind it stands. */
static void fill_length(GByteArray *out, guint at, guint octets)
{
    guint len = out->len - at - octets;
    for (guint i = 0; i < octets; i++)
        out->data[at + i] = (guint8)(len >> (8 * (octets - 1 - i)));
}

static void put_extensions(GByteArray *out, const char *name, gsize size)
{
    guint at = out->len;
    put16(out, 0);
    if (name)
        put_name(out, name);
    put_numbers(out, SUPPORTED_GROUPS, groups, G_N_ELEMENTS(groups));
    put_numbers(out, SIGNATURE_ALGORITHMS, signatures, G_N_ELEMENTS(signatures));
    put16(out, POINT_FORMATS);
    put16(out, 2);
    put16(out, 0x0100);
    guint pad = (guint)size - out->len - 4;
    put16(out, PADDING);
    put16(out, pad);
    while (pad-- > 0)
        put8(out, 0);
    fill_length(out, at, 2);
}

GByteArray *tlshello_new(const char *name, gsize size)
{
    static const guint8 head[] = {
        22, 3, 1, 0, 0, /* record: handshake, its length */
        1,  0, 0, 0,    /* ClientHello, its length */
        3,  3           /* TLS 1.2 */
    };
    GByteArray *out = g_byte_array_new();
    g_assert(size >= TLSHELLO_MIN && size <= TLSHELLO_MAX);
    g_assert(!name || strlen(name) <= 255);
    g_byte_array_append(out, head, sizeof head);
    put_random(out, 32);
    put8(out, 0); /* no session */
    put_list(out, suites, G_N_ELEMENTS(suites));
    put16(out, 0x0100); /* no compression */
    put_extensions(out, name, size);
    fill_length(out, 3, 2);
    fill_length(out, 6, 3);
    return out;
}

GByteArray *tlshello_close(void)
{
    /* Alerts: user_canceled, then close_notify. */
    static const guint8 alerts[] = {21, 3, 3, 0, 2, 1, 90, 21, 3, 3, 0, 2, 1, 0};
    GByteArray *out = g_byte_array_new();
    g_byte_array_append(out, alerts, sizeof alerts);
    return out;
}
