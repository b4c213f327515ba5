/*
 * What signing whole messages costs: header fields, body hash and signature of a letter of
 * about 2 KB (or the size given), by one thread and by two at once with the same key. Rates are
 * by processor time, as those of openssl speed, and for two beside one by the clock less the
 * time that a thread could run and had no processor: what remains is work and waiting for each
 * other. Usage: bench_dkim rsa|ed25519 [SECONDS [BODY-BYTES]]
 */
#include "config.h"

#include <glib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "message/dkim.h"

#define BATCH 20

struct work {
    struct dkim_signer *signer; /* borrowed */
    const GString *message;     /* borrowed */
    double seconds;
    double signed_per_s;     /* by the clock less the time without a processor */
    double signed_per_cpu_s; /* of this thread's processor time */
};

static double now_s(clockid_t clock)
{
    struct timespec t;

    clock_gettime(clock, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* How long this thread could have run and had no processor; 0 where the kernel does not tell.
 */
static double without_processor_s(void)
{
    g_autofree char *text = NULL;
    char *second = NULL;

    if (!g_file_get_contents("/proc/thread-self/schedstat", &text, NULL, NULL) ||
        !(second = strchr(text, ' ')))
        return 0;
    return g_ascii_strtod(second, NULL) / 1e9;
}

static GString *make_message(gsize body_bytes)
{
    static const char line[] =
        "A paragraph about something that is new, long enough to fill it.\r\n";
    GString *m = g_string_new(
        "From: Ann Bell <ann@news.example.org>\r\nTo: juergen@example.org\r\n"
        "Subject: =?utf-8?q?J=C3=BCrgen?=, the autumn catalogue is here\r\n"
        "Date: Thu, 1 Jan 1970 00:00:00 +0000\r\n"
        "Message-ID: <mfrggzdfmztwq2lknnwg23tpob@news.example.org>\r\nMIME-Version: 1.0\r\n"
        "List-Id: <news.example.org>\r\n"
        "List-Unsubscribe: <https://t.example.org/u/mfrggzdfmztwq2lknnwg23tpob>,\r\n"
        " <mailto:unsubscribe+mfrggzdfmztwq2lk@news.example.org>\r\n"
        "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\nX-Campaign: c7\r\n"
        "Feedback-ID: c7:crier:mail:example\r\n"
        "Content-Type: multipart/alternative; boundary=\"b\"\r\n\r\n");
    gsize head = m->len;

    while (m->len - head < body_bytes)
        g_string_append(m, line);
    return m;
}

static gpointer sign_on(gpointer data)
{
    struct work *w = data;
    struct compose_chunk chunk = {w->message->str, w->message->len};
    g_autoptr(GString) out = g_string_new(NULL);
    double began = now_s(CLOCK_MONOTONIC), cpu = now_s(CLOCK_THREAD_CPUTIME_ID), now = began;
    double without = without_processor_s();
    int n = 0;

    for (; now - began < w->seconds; now = now_s(CLOCK_MONOTONIC))
        for (int i = 0; i < BATCH; i++, n++) {
            g_string_truncate(out, 0);
            if (!dkim_sign(&w->signer, 1, &chunk, 1, n, out, NULL))
                g_error("cannot sign");
        }
    w->signed_per_s = n / (now - began - (without_processor_s() - without));
    w->signed_per_cpu_s = n / (now_s(CLOCK_THREAD_CPUTIME_ID) - cpu);
    return NULL;
}

int main(int argc, char **argv)
{
    gboolean is_rsa = argc < 2 || strcmp(argv[1], "ed25519") != 0;
    double seconds = argc > 2 ? g_ascii_strtod(argv[2], NULL) : 1;
    g_autoptr(GString) message = make_message(argc > 3 ? strtoul(argv[3], NULL, 10) : 2048);
    struct crypto_key *key = crypto_key_generate(is_rsa ? CRYPTO_KEY_RSA : CRYPTO_KEY_ED25519);
    struct dkim_signer *signer = dkim_signer_new("example.org", "crier", key);
    struct work alone = {signer, message, seconds, 0, 0}, one = alone, other = alone;

    /* Alone before, both, alone after: what else the machine does weighs on all. */
    sign_on(&alone);
    GThread *thread = g_thread_new("sign", sign_on, &other);
    sign_on(&one);
    g_thread_join(thread);
    struct work again = {signer, message, seconds, 0, 0};
    sign_on(&again);
    double wall = (alone.signed_per_s + again.signed_per_s) / 2;
    printf("%s, messages of %u bytes: %.0f signed per processor second; one thread %.0f/s, two "
           "%.0f/s\n",
           is_rsa ? "rsa" : "ed25519", (guint)message->len,
           (alone.signed_per_cpu_s + again.signed_per_cpu_s) / 2, wall,
           one.signed_per_s + other.signed_per_s);
    dkim_signer_unref(signer);
    crypto_key_unref(key);
    return 0;
}
