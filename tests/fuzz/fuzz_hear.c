/*
 * Lines of servers and letters, and what is told of certificates: the first octet chooses the
 * protocol, the rest is read in every way there is. Nothing crashes, an address that is told
 * is an address, and a certificate's texts are safe to show.
 */
#include "config.h"

#include <arpa/inet.h>
#include <string.h>

#include "base/text.h"
#include "doctor/hear_private.h"
#include "doctor/tls_private.h"
#include "fuzz.h"
#include "net/imap_wire.h"
#include "net/stream_chain.h"

static void check_address(char *take_text)
{
    guint8 octets[sizeof(struct in6_addr)];
    if (take_text)
        g_assert_true(
            inet_pton(strchr(take_text, ':') ? AF_INET6 : AF_INET, take_text, octets) == 1);
    g_free(take_text);
}

static void check_safe(const char *text)
{
    g_autofree char *safe = text ? text_safe(text, -1, 0) : NULL;
    g_assert_cmpstr(safe, ==, text);
}

static void read_letter(const char *text)
{
    struct hear_verdicts v;
    check_address(hear_received_from(text));
    if (hear_verdicts(text, &v))
        g_assert_true(*v.spf || *v.dkim || *v.dmarc);
}

static void read_server(enum stream_protocol protocol, const char *text, gsize len)
{
    g_autofree char *masked = hear_masked(text);
    g_autofree char *mechanisms = hear_mechanisms(protocol, text);
    enum hear_speech speech = hear_speech(text, len);
    int code = hear_code(protocol, text);
    g_assert_true(speech < HEAR_COUNT && code >= 0 && code < 600);
    g_assert_true(tls_fault_of(text) < TLS_FAULT_COUNT);
    check_address(hear_seen_as(text, "[192.0.2.1]"));
    check_address(hear_seen_as(text, NULL));
    (void)hear_offers(protocol, text, "STARTTLS");
}

static void read_certificate(const char *text)
{
    struct stream_certificate *c = stream_certificate_new();
    g_auto(GStrv) lines = g_strsplit(text, "\n", 100);
    for (char **line = lines; *line; line++)
        stream_certificate_note(c, *line);
    check_safe(c->subject);
    check_safe(c->issuer);
    for (guint i = 0; i < c->names->len; i++)
        check_safe(c->names->pdata[i]);
    (void)stream_certificate_is_for(c, "mx.example.org");
    stream_certificate_free(c);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    gint64 used, most;
    if (size == 0 || size > 65536)
        return 0;
    g_autofree char *text = g_strndup((const char *)data + 1, size - 1);
    read_server(data[0] % STREAM_PROTOCOL_COUNT, text, strlen(text));
    read_letter(text);
    read_certificate(text);
    if (imap_wire_quota(text, &used, &most))
        g_assert_true(used >= 0 && most > 0);
    return 0;
}
