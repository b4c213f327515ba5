/* Between the DNS door and app/dkim.c, which may not know each other. */
#include "config.h"

#include "doctor/dkim_answers.h"

#include <string.h>

#include "message/dkim_record.h"

char *dkim_answers_name(const struct dkim_key *k)
{
    return dkim_record_name(k->selector, k->domain);
}

char *dkim_answers_doubled(const struct dkim_key *k)
{
    g_autofree char *name = dkim_answers_name(k);
    return g_strdup_printf("%s.%s", name, k->domain);
}

static void text_free(gpointer text)
{
    g_string_free(text, TRUE);
}

static GPtrArray *texts_of(const struct dns_answer *a)
{
    GPtrArray *texts = g_ptr_array_new_with_free_func(text_free);
    for (guint i = 0; i < a->values->len; i++) {
        const struct dns_value *v = a->values->pdata[i];
        g_ptr_array_add(texts, g_string_new_len(v->text, (gssize)v->len));
    }
    return texts;
}

enum dkim_level dkim_answers_judge(const struct dkim_key *k, const struct dns_answer *record,
                                   const struct dns_answer *doubled, char **ret_sentence)
{
    g_autoptr(GPtrArray) texts = texts_of(record);
    struct dkim_published p = {.has_name = record->status != DNS_NO_NAME,
                               .alias = record->alias,
                               .texts = texts,
                               .is_doubled = doubled->status == DNS_FOUND};
    return dkim_judge(k, &p, ret_sentence);
}

static void key_free(gpointer data)
{
    dkim_key_clear(data);
    g_free(data);
}

GPtrArray *dkim_answers_keys(struct db *db, const char *from_domain)
{
    for (const char *at = from_domain; db && at && *at;) {
        g_autoptr(GPtrArray) keys = dkim_keys_all(db, at, NULL);
        for (guint i = keys ? keys->len : 0; i-- > 0;)
            if (!((struct dkim_key *)keys->pdata[i])->enabled)
                g_ptr_array_remove_index(keys, i);
        if (keys && keys->len > 0)
            return g_steal_pointer(&keys);
        at = strchr(at, '.');
        at = at ? at + 1 : NULL;
    }
    return g_ptr_array_new_with_free_func(key_free);
}
