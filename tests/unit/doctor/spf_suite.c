/*
 * SPF over cases that somebody else wrote: an array of them as JSON on standard input, what
 * came of each on standard output.
 *
 *     [{"ip", "domain", "sender", "helo",
 *       "zone": [{"name", "type", "hex"}, …], "failing": ["name", …]}, …]
 *  -> [{"result", "explanation", "lookups", "voids", "problem", "trail": […]}, …]
 */
#include "config.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/json.h"
#include "doctor/spf.h"
#include "fakedns.h"

static enum dns_type type_of(const char *name)
{
    for (int t = 0; t < DNS_TYPE_COUNT; t++)
        if (strcmp(dns_type_name(t), name) == 0)
            return t;
    g_error("no record type %s", name);
}

static void add_record(struct fakedns *d, const struct json *record)
{
    const char *hex = json_member_string(record, "hex");
    g_autoptr(GString) data = g_string_new(NULL);
    for (gsize i = 0; hex[i]; i += 2)
        g_string_append_c(
            data, (char)(g_ascii_xdigit_value(hex[i]) << 4 | g_ascii_xdigit_value(hex[i + 1])));
    fakedns_add(d, json_member_string(record, "name"),
                type_of(json_member_string(record, "type")), data->str, (gssize)data->len);
}

static void load(struct fakedns *d, const struct json *one)
{
    const struct json *zone = json_member(one, "zone"), *failing = json_member(one, "failing");
    for (gsize i = 0; i < json_size(zone); i++)
        add_record(d, json_at(zone, i));
    for (gsize i = 0; i < json_size(failing); i++)
        fakedns_fail(d, json_get_string(json_at(failing, i)));
}

static void put(struct json_writer *w, const struct spf_verdict *v)
{
    json_begin_object(w);
    json_kv_string(w, "result", spf_result_name(v->result));
    json_kv_string(w, "explanation", v->explanation);
    json_kv_string(w, "problem", v->problem);
    json_kv_int(w, "lookups", v->n_lookups);
    json_kv_int(w, "voids", v->n_voids);
    json_key(w, "trail");
    json_begin_array(w);
    for (guint i = 0; i < v->trail->len; i++)
        json_put_string(w, v->trail->pdata[i]);
    json_end_array(w);
    json_end_object(w);
}

static void check_one(struct json_writer *w, const struct json *one)
{
    struct fakedns d;
    struct spf_verdict v;
    fakedns_init(&d);
    load(&d, one);
    const struct spf_question q = {.ip = json_member_string(one, "ip"),
                                   .sender = json_member_string(one, "sender"),
                                   .hello = json_member_string(one, "helo"),
                                   .ask = fakedns_ask,
                                   .data = &d};
    spf_check(&q, json_member_string(one, "domain"), &v);
    put(w, &v);
    spf_verdict_clear(&v);
    fakedns_clear(&d);
}

int main(void)
{
    g_autoptr(GString) in = g_string_new(NULL);
    g_autoptr(GError) error = NULL;
    char buffer[65536];
    ssize_t n;
    while ((n = read(STDIN_FILENO, buffer, sizeof buffer)) > 0)
        g_string_append_len(in, buffer, n);
    struct json *all = json_parse(in->str, in->len, &error);
    if (!all) {
        fprintf(stderr, "%s\n", error->message);
        return 2;
    }
    struct json_writer *w = json_writer_new_file(stdout, FALSE);
    json_begin_array(w);
    for (gsize i = 0; i < json_size(all); i++)
        check_one(w, json_at(all, i));
    json_end_array(w);
    json_writer_free(w);
    json_unref(all);
    return 0;
}
