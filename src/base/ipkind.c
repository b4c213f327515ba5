/*
 * The table of address kinds. It knows no network: whether an address is used here is asked
 * elsewhere.
 */
#include "config.h"

#include "base/ipkind.h"

#include <arpa/inet.h>
#include <string.h>

#include "base/i18n.h"

/* The first row that fits: what is narrower stands before what it lies in. */
static const struct {
    int family;
    const char *network;
    int bits;
    enum ipkind kind;
    const char *source;
} kinds[] = {
    {AF_INET, "0.0.0.0", 32, IPKIND_UNSPECIFIED, "RFC 1122"},
    {AF_INET, "0.0.0.0", 8, IPKIND_RESERVED, "RFC 791"},
    {AF_INET, "10.0.0.0", 8, IPKIND_PRIVATE, "RFC 1918"},
    {AF_INET, "100.64.0.0", 10, IPKIND_CARRIER, "RFC 6598"},
    {AF_INET, "127.0.0.0", 8, IPKIND_LOOPBACK, "RFC 1122"},
    {AF_INET, "169.254.0.0", 16, IPKIND_LINK_LOCAL, "RFC 3927"},
    {AF_INET, "172.16.0.0", 12, IPKIND_PRIVATE, "RFC 1918"},
    {AF_INET, "192.0.0.0", 29, IPKIND_CARRIER, "RFC 7335"}, /* DS-Lite, 464XLAT */
    {AF_INET, "192.0.0.9", 32, IPKIND_PUBLIC, "RFC 7723"},
    {AF_INET, "192.0.0.10", 32, IPKIND_PUBLIC, "RFC 8155"},
    {AF_INET, "192.0.0.0", 24, IPKIND_RESERVED, "RFC 6890"},
    {AF_INET, "192.0.2.0", 24, IPKIND_EXAMPLE, "RFC 5737"},
    {AF_INET, "192.88.99.0", 24, IPKIND_TRANSITION, "RFC 7526"},
    {AF_INET, "192.168.0.0", 16, IPKIND_PRIVATE, "RFC 1918"},
    {AF_INET, "198.18.0.0", 15, IPKIND_EXAMPLE, "RFC 2544"},
    {AF_INET, "198.51.100.0", 24, IPKIND_EXAMPLE, "RFC 5737"},
    {AF_INET, "203.0.113.0", 24, IPKIND_EXAMPLE, "RFC 5737"},
    {AF_INET, "224.0.0.0", 4, IPKIND_MULTICAST, "RFC 5771"},
    {AF_INET, "255.255.255.255", 32, IPKIND_MULTICAST, "RFC 919"},
    {AF_INET, "240.0.0.0", 4, IPKIND_RESERVED, "RFC 1112"},
    {AF_INET6, "::", 128, IPKIND_UNSPECIFIED, "RFC 4291"},
    {AF_INET6, "::1", 128, IPKIND_LOOPBACK, "RFC 4291"},
    {AF_INET6, "64:ff9b::", 96, IPKIND_TRANSITION, "RFC 6052"},
    {AF_INET6, "64:ff9b:1::", 48, IPKIND_TRANSITION, "RFC 8215"},
    {AF_INET6, "100::", 64, IPKIND_RESERVED, "RFC 6666"},
    {AF_INET6, "2001::", 32, IPKIND_TRANSITION, "RFC 4380"},
    {AF_INET6, "2001:2::", 48, IPKIND_EXAMPLE, "RFC 5180"},
    {AF_INET6, "2001:db8::", 32, IPKIND_EXAMPLE, "RFC 3849"},
    {AF_INET6, "2002::", 16, IPKIND_TRANSITION, "RFC 3056"},
    {AF_INET6, "3fff::", 20, IPKIND_EXAMPLE, "RFC 9637"},
    {AF_INET6, "5f00::", 16, IPKIND_RESERVED, "RFC 9602"},
    {AF_INET6, "fc00::", 7, IPKIND_PRIVATE, "RFC 4193"},
    {AF_INET6, "fe80::", 10, IPKIND_LINK_LOCAL, "RFC 4291"},
    {AF_INET6, "fec0::", 10, IPKIND_PRIVATE, "RFC 3879"},
    {AF_INET6, "ff00::", 8, IPKIND_MULTICAST, "RFC 4291"},
    {AF_INET6, "2000::", 3, IPKIND_PUBLIC, NULL},
    {AF_INET6, "::", 0, IPKIND_RESERVED, "RFC 4291"},
};

const char *ipkind_name(enum ipkind k)
{
    static const char *const names[IPKIND_COUNT] = {
        [IPKIND_PUBLIC] = "public",         [IPKIND_PRIVATE] = "private",
        [IPKIND_CARRIER] = "carrier",       [IPKIND_LOOPBACK] = "loopback",
        [IPKIND_LINK_LOCAL] = "link-local", [IPKIND_TRANSITION] = "transition",
        [IPKIND_EXAMPLE] = "example",       [IPKIND_MULTICAST] = "multicast",
        [IPKIND_RESERVED] = "reserved",     [IPKIND_UNSPECIFIED] = "unspecified",
    };
    return names[k];
}

static gboolean fits(const guint8 *a, const guint8 *b, int bits)
{
    gsize whole = (gsize)bits / 8;
    int rest = bits % 8;
    return memcmp(a, b, whole) == 0 && (rest == 0 || (a[whole] ^ b[whole]) >> (8 - rest) == 0);
}

/* AF_INET or AF_INET6; 0: it is no address. */
static int read_address(const char *text, guint8 ret[16])
{
    static const guint8 mapped[12] = {[10] = 0xff, [11] = 0xff};
    gsize len = strcspn(text, "%");
    g_autofree char *bare = g_strndup(text, len);
    if (text[len] == '\0' && inet_pton(AF_INET, bare, ret) == 1)
        return AF_INET;
    if (inet_pton(AF_INET6, bare, ret) != 1)
        return 0;
    if (memcmp(ret, mapped, sizeof mapped) != 0)
        return AF_INET6;
    memmove(ret, ret + sizeof mapped, 4);
    return AF_INET;
}

gboolean ipkind_of(const char *address, enum ipkind *ret, const char **ret_source)
{
    guint8 bytes[16], network[16];
    int family = read_address(address, bytes);
    if (family == 0)
        return FALSE;
    enum ipkind kind = IPKIND_PUBLIC;
    const char *source = NULL;
    for (gsize i = 0; i < G_N_ELEMENTS(kinds); i++)
        if (kinds[i].family == family && inet_pton(family, kinds[i].network, network) == 1 &&
            fits(bytes, network, kinds[i].bits)) {
            kind = kinds[i].kind;
            source = kind == IPKIND_PUBLIC ? NULL : kinds[i].source;
            break;
        }
    *ret = kind;
    if (ret_source)
        *ret_source = source;
    return TRUE;
}

static char *say(enum ipkind kind, const char *a, const char *rfc)
{
    switch (kind) {
    case IPKIND_PRIVATE:
        return g_strdup_printf(_("%s is private (%s): a router translates it"), a, rfc);
    case IPKIND_CARRIER:
        return g_strdup_printf(_("%s is behind the address translation of a provider (%s): "
                                 "nobody outside can open a connection to it"),
                               a, rfc);
    case IPKIND_LOOPBACK:
        return g_strdup_printf(_("%s is this machine itself (%s)"), a, rfc);
    case IPKIND_LINK_LOCAL:
        return g_strdup_printf(_("%s is an address that only its own wire knows (%s)"), a, rfc);
    case IPKIND_TRANSITION:
        return g_strdup_printf(
            _("%s is a passage between IPv4 and IPv6 (%s), which relays of others carry"), a,
            rfc);
    case IPKIND_EXAMPLE:
        return g_strdup_printf(
            _("%s is meant for examples and tests (%s): nobody outside can answer to it"), a,
            rfc);
    case IPKIND_MULTICAST:
        return g_strdup_printf(_("%s is the address of a group, not of a machine (%s)"), a,
                               rfc);
    case IPKIND_RESERVED:
        return g_strdup_printf(_("%s is reserved (%s): no machine may have it"), a, rfc);
    case IPKIND_UNSPECIFIED:
        return g_strdup_printf(_("%s is no address: it stands for any (%s)"), a, rfc);
    default:
        return g_strdup_printf(_("%s is a public address"), a);
    }
}

char *ipkind_sentence(const char *address)
{
    enum ipkind kind;
    const char *source = NULL;
    return ipkind_of(address, &kind, &source) ? say(kind, address, source) : g_strdup("");
}
