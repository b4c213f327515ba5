/*
 * DMARC over what strangers publish: the first octet chooses the domain, every line is the TXT
 * record at one step of its walk. The walk has at most eight questions, the organization is the
 * domain or above it, and what is shown is safe.
 */
#include "config.h"

#include <string.h>

#include "doctor/dmarc.h"
#include "fuzz.h"

#define LINES_MAX 10

struct zone {
    char **lines; /* owned; the record of the first question, of the second, … */
    struct dns_answer answers[DMARC_QUERIES_MAX + 4];
    struct dns_value values[DMARC_QUERIES_MAX + 4];
    guint n_walked, n_asked;
};

/* "s" instead of a record: no answer; "": no record. A line may hold two, parted by a tab. */
static const struct dns_answer *answer(void *data, const char *name, enum dns_type type)
{
    struct zone *z = data;
    g_assert_cmpuint(z->n_asked, <, G_N_ELEMENTS(z->answers));
    struct dns_answer *a = &z->answers[z->n_asked];
    struct dns_value *v = &z->values[z->n_asked++];
    const char *line =
        type == DNS_TXT && z->n_walked < g_strv_length(z->lines) ? z->lines[z->n_walked++] : "";
    a->type = type;
    a->status = *line == 's' ? DNS_FAILED : *line == '\0' ? DNS_NO_NAME : DNS_FOUND;
    a->why = (char *)"silent";
    a->values = g_ptr_array_new();
    v->text = (char *)line;
    v->len = strlen(line);
    if (a->status == DNS_FOUND)
        g_ptr_array_add(a->values, v);
    if (strchr(line, '\t'))
        g_ptr_array_add(a->values, v);
    return a;
}

static void zone_drop(struct zone *z)
{
    for (guint i = 0; i < z->n_asked; i++)
        g_ptr_array_unref(z->answers[i].values);
    g_strfreev(z->lines);
}

static void check_safe(const char *text)
{
    g_assert_true(!text || g_utf8_validate(text, -1, NULL));
    for (const char *c = text; c && *c; c++)
        g_assert_false((unsigned char)*c < ' ' || *c == 0x7f);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const domains[] = {"example.org", "a.b.example.org", "org",
                                          "a.b.c.d.e.f.g.h.i.j.example.org"};
    if (size == 0)
        return 0;
    const char *domain = domains[data[0] % G_N_ELEMENTS(domains)];
    g_autofree char *text = g_strndup((const char *)data + 1, size - 1);
    struct zone z = {.lines = g_strsplit(text, "\n", LINES_MAX)};
    struct dmarc_verdict v;
    dmarc_discover(answer, &z, domain, &v);
    g_assert_cmpuint(z.n_walked, <=, DMARC_QUERIES_MAX);
    g_assert_true(g_str_has_suffix(domain, v.organization));
    g_assert_true((v.where != NULL) == (v.found != DMARC_MISSING));
    g_assert_true((v.why != NULL) == (v.found == DMARC_UNKNOWN));
    g_assert_true(v.found != DMARC_FOUND || v.policy < DMARC_UNSET);
    check_safe(v.text);
    dmarc_verdict_clear(&v);
    zone_drop(&z);
    return 0;
}
