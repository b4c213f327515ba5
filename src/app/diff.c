/*
 * The plans of apply, compared with what is stored. Nothing is printed here.
 */
#include "config.h"

#include "app/diff.h"

#include <inttypes.h>
#include <string.h>

#include "app/site.h"
#include "base/crypto.h"
#include "base/text.h"
#include "model/part.h"
#include "transfer/sitefile.h"

#define HASH_DIGITS 12

static void change_free(gpointer data)
{
    struct diff_change *c = data;
    g_free(c->key);
    g_free(c->old);
    g_free(c->new);
    g_free(c);
}

static void diff_free(gpointer data)
{
    struct diff *d = data;
    g_free(d->title);
    g_ptr_array_unref(d->changes);
    g_free(d);
}

static struct diff *diff_new(const char *noun, const char *name, enum apply_outcome outcome)
{
    struct diff *d = g_new0(struct diff, 1);
    d->title = g_strdup_printf("%s %s", noun, name);
    d->outcome = outcome;
    d->changes = g_ptr_array_new_with_free_func(change_free);
    return d;
}

/* Takes the texts. */
static void add(struct diff *d, char *key, char *old, char *new, gboolean is_body)
{
    struct diff_change *c = g_new0(struct diff_change, 1);
    c->key = key;
    c->old = old ? old : g_strdup("");
    c->new = new ? new : g_strdup("");
    c->is_body = is_body;
    g_ptr_array_add(d->changes, c);
}

/* `old` may be NULL: the record is new. */
static void add_fields(struct diff *d, const struct field *fields, const void *old,
                       const void *new)
{
    for (const struct field *f = fields; f->key; f++) {
        gboolean is_body = f->type == FIELD_TEXT;
        g_autofree char *before = old ? field_get(f, old) : g_strdup("");
        g_autofree char *after = field_get(f, new);
        if (strcmp(before, after) == 0)
            continue;
        if (is_body)
            add(d, g_strdup(f->key), g_steal_pointer(&before), g_steal_pointer(&after), TRUE);
        else
            add(d, g_strdup(f->key), old ? field_show(f, old) : NULL, field_show(f, new),
                FALSE);
    }
}

/* ---- parts ---- */

static char *part_key(const struct part *p)
{
    g_autofree char *safe = text_safe(p->file, -1, 0);
    return g_strdup_printf("%s %s", p->kind == PART_INLINE ? "image" : "attachment", safe);
}

static char *part_value(const struct part *p)
{
    gsize len = 0;
    const void *bytes = g_bytes_get_data(p->data, &len);
    g_autofree char *hash = crypto_sha256_hex(bytes, len);
    g_autofree char *name = text_safe(p->name, -1, 0);
    g_autofree char *type = text_safe(p->type, -1, 0);
    return g_strdup_printf("%s, %s, %zu bytes, sha256 %.*s", name, type, len, HASH_DIGITS,
                           hash);
}

static gboolean is_same_file(const struct part *a, const struct part *b)
{
    return a->kind == b->kind && strcmp(a->file, b->file) == 0;
}

/* The counterpart of part `i` of `parts`: a file may be attached more than once, under other
 * names, so it is the one that comes as often before. */
static const struct part *find(const GPtrArray *others, const GPtrArray *parts, guint i)
{
    guint skip = 0;
    for (guint k = 0; k < i; k++)
        skip += is_same_file(parts->pdata[k], parts->pdata[i]);
    for (guint k = 0; others && k < others->len; k++)
        if (is_same_file(others->pdata[k], parts->pdata[i]) && skip-- == 0)
            return others->pdata[k];
    return NULL;
}

static void add_parts(struct diff *d, const GPtrArray *old, const GPtrArray *new)
{
    for (guint i = 0; old && i < old->len; i++)
        if (!find(new, old, i))
            add(d, part_key(old->pdata[i]), part_value(old->pdata[i]), NULL, FALSE);
    for (guint i = 0; new &&i < new->len; i++) {
        const struct part *p = new->pdata[i], *before = find(old, new, i);
        g_autofree char *was = before ? part_value(before) : g_strdup("");
        g_autofree char *is = part_value(p);
        if (strcmp(was, is) != 0)
            add(d, part_key(p), g_steal_pointer(&was), g_steal_pointer(&is), FALSE);
    }
}

static char *names_of(const GPtrArray *parts)
{
    g_autoptr(GString) out = g_string_new(NULL);
    for (guint i = 0; parts && i < parts->len; i++) {
        g_autofree char *key = part_key(parts->pdata[i]);
        g_string_append_printf(out, "%s%s", i ? ", " : "", key);
    }
    return g_string_free(g_steal_pointer(&out), FALSE);
}

/* ---- plans ---- */

static gboolean diff_campaign(struct db *db, const char *path, GPtrArray *all, GError **error)
{
    struct apply_plan *plan = apply_prepare(db, path, TRUE, error);
    if (!plan)
        return FALSE;
    const struct campaign *have = plan->have.name ? &plan->have : NULL;
    struct diff *d = diff_new("campaign", plan->campaign.name, plan->outcome);
    g_ptr_array_add(all, d);
    add_fields(d, campaign_fields(), have, &plan->campaign);
    add_parts(d, have ? have->parts : NULL, plan->campaign.parts);
    if (plan->outcome == APPLY_UPDATED && d->changes->len == 0) /* only their order */
        add(d, g_strdup("parts"), names_of(have->parts), names_of(plan->campaign.parts), FALSE);
    apply_plan_free(plan);
    return TRUE;
}

static gboolean diff_site(struct db *db, const char *path, GPtrArray *all, GError **error)
{
    struct site_plan *plan = site_prepare(db, path, error);
    for (guint i = 0; plan && i < plan->rows->len; i++) {
        const struct site_row *r = plan->rows->pdata[i];
        struct diff *d = diff_new(r->noun, r->name, r->outcome);
        d->is_cut_off = r->is_cut_off;
        g_ptr_array_add(all, d);
        add_fields(d, r->fields, r->old, r->record);
    }
    gboolean ok = plan != NULL;
    site_plan_free(plan);
    return ok;
}

GPtrArray *diff_of(struct db *db, const char *path, GError **error)
{
    g_autoptr(GPtrArray) all = g_ptr_array_new_with_free_func(diff_free);
    gboolean ok = sitefile_is(path) ? diff_site(db, path, all, error)
                                    : diff_campaign(db, path, all, error);
    return ok ? g_steal_pointer(&all) : NULL;
}
