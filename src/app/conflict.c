/*
 * What differs between two edits of one record. Finding out that there are two is the store's:
 * row versions.
 */
#include "config.h"

#include "app/conflict.h"

#include "base/clock.h"
#include "store/audit.h"

static void row_free(gpointer data)
{
    struct conflict_row *r = data;
    g_free(r->base);
    g_free(r->mine);
    g_free(r->theirs);
    g_free(r);
}

GPtrArray *conflict_rows(const struct field *table, const void *base, const void *mine,
                         const void *theirs)
{
    GPtrArray *rows = g_ptr_array_new_with_free_func(row_free);
    for (const struct field *f = table; f->key != NULL; f++) {
        if (field_equal(f, mine, theirs))
            continue;
        struct conflict_row *r = g_new0(struct conflict_row, 1);
        r->field = f;
        r->base = base != NULL ? field_show(f, base) : NULL;
        r->mine = field_show(f, mine);
        r->theirs = field_show(f, theirs);
        r->by_me = base == NULL || !field_equal(f, base, mine);
        r->by_them = base == NULL || !field_equal(f, base, theirs);
        g_ptr_array_add(rows, r);
    }
    return rows;
}

guint conflict_merge(const struct field *table, const void *base, void *mine,
                     const void *theirs)
{
    guint n = 0;
    for (const struct field *f = table; f->key != NULL; f++) {
        if (field_equal(f, mine, theirs) || field_equal(f, base, theirs))
            continue;
        if (!field_equal(f, base, mine)) {
            n++;
            continue;
        }
        g_autofree char *value = field_get(f, theirs);
        /* What the record holds was taken by field_set() once. */
        field_set(f, mine, value, NULL);
    }
    return n;
}

char *conflict_who(struct db *db, const char *noun, const char *name)
{
    g_autoptr(GPtrArray) rows = audit_about(db, noun, name, NULL, NULL);
    if (rows == NULL || rows->len == 0)
        return NULL;
    const struct audit_row *last = rows->pdata[rows->len - 1];
    g_autofree char *when = clock_format_local(last->at_us, clock_wall_us());
    return g_strdup_printf("%s, %s", last->actor, when);
}
