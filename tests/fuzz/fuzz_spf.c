/*
 * SPF over what strangers publish: the first octets choose address and sender, every line is
 * the TXT record of one of a few names that may include each other. It ends within the limits
 * of RFC 7208, a result that is an error says why, and what is shown is safe.
 */
#include "config.h"

#include <string.h>

#include "doctor/spf.h"
#include "doctor/spf_macro.h"
#include "doctor/spf_parse.h"
#include "fuzz.h"

#define RECORDS_MAX 8
#define QUESTIONS_MAX 400 /* of one check: ten terms of eleven questions, and %{p} in each */

/* The zone: line N is the record of rN.example. */
struct zone {
    struct dns_answer answers[RECORDS_MAX + 1];
    struct dns_value values[RECORDS_MAX];
    int n, n_asked;
};

static void add_line(struct zone *z, const char *text, gsize len)
{
    int i = z->n++;
    z->values[i].text = g_memdup2(text, len + 1);
    z->values[i].text[len] = '\0';
    z->values[i].len = len;
    g_ptr_array_add(z->answers[i].values, &z->values[i]);
}

static void zone_load(struct zone *z, const char *text, gsize len)
{
    *z = (struct zone){.n = 0};
    for (int i = 0; i <= RECORDS_MAX; i++) {
        z->answers[i].values = g_ptr_array_new();
        z->answers[i].name = (char *)"x";
    }
    for (gsize at = 0; at < len && z->n < RECORDS_MAX;) {
        const char *end = memchr(text + at, '\n', len - at);
        gsize n = end ? (gsize)(end - text) - at : len - at;
        g_autofree char *copy = g_strndup("", n);
        memcpy(copy, text + at, n);
        add_line(z, copy, n);
        at += n + 1;
    }
}

static void zone_clear(struct zone *z)
{
    for (int i = 0; i <= RECORDS_MAX; i++)
        g_ptr_array_unref(z->answers[i].values);
    for (int i = 0; i < z->n; i++)
        g_free(z->values[i].text);
}

/* Of any type the line is the answer; another name is asked for in vain, or is silent. */
static const struct dns_answer *answer(void *data, const char *name, enum dns_type type)
{
    struct zone *z = data;
    struct dns_answer *a = &z->answers[RECORDS_MAX];
    g_assert_cmpint(++z->n_asked, <=, QUESTIONS_MAX);
    g_assert_true(*name && strlen(name) <= SPF_NAME_MAX);
    if (name[0] == 'r' && g_ascii_isdigit(name[1]) && name[1] - '0' < z->n) {
        a = &z->answers[name[1] - '0'];
        a->status = DNS_FOUND;
    } else {
        a->status = name[0] == 's' ? DNS_FAILED : DNS_NO_NAME;
        a->why = (char *)"silent";
    }
    a->type = type;
    return a;
}

static void check_safe(const char *text)
{
    g_assert_true(!text || g_utf8_validate(text, -1, NULL));
    for (const char *c = text; c && *c; c++)
        g_assert_false((unsigned char)*c < ' ' || *c == 0x7f);
}

static void check_host(struct zone *z, const char *ip, const char *sender)
{
    const struct spf_question q = {
        .ip = ip, .sender = sender, .hello = "h.example", .ask = answer, .data = z};
    struct spf_verdict v;
    spf_check(&q, "r0.example", &v);
    g_assert_cmpint(v.n_lookups, <=, SPF_LOOKUPS_MAX + 1);
    g_assert_cmpint(v.n_voids, <=, SPF_VOIDS_MAX + 1);
    g_assert_cmpuint(v.trail->len, <=, SPF_TRAIL_MAX);
    g_assert_true((v.problem != NULL) ==
                  (v.result == SPF_TEMPERROR || v.result == SPF_PERMERROR));
    g_assert_true(!v.explanation || v.result == SPF_FAIL);
    check_safe(v.problem);
    check_safe(v.term);
    check_safe(v.where);
    for (guint i = 0; i < v.trail->len; i++)
        check_safe(v.trail->pdata[i]);
    spf_verdict_clear(&v);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const ips[] = {"192.0.2.1", "2001:db8::1", "::ffff:192.0.2.1"};
    static const char *const senders[] = {"a@r1.example", "", "\xc3\xa4@r0.example", "a+b@c"};
    struct zone z;
    if (size < 2)
        return 0;
    zone_load(&z, (const char *)data + 2, size - 2);
    check_host(&z, ips[data[0] % G_N_ELEMENTS(ips)], senders[data[1] % G_N_ELEMENTS(senders)]);
    zone_clear(&z);
    return 0;
}
