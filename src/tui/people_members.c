/*
 * The right pane of People: who is on a list, a page at a time from the store, however many
 * there are; a filter is looked for in slices.
 */
#include "config.h"

#include <string.h>

#include "base/i18n.h"
#include "base/json.h"
#include "tui/people_private.h"
#include "tui/people_words.h"
#include "tui/words.h"

#define SAMPLE 50 /* people whose fields name what a filter may ask for */
#define FIELDS_MAX 100

enum column { COL_ADDRESS, COL_NAME, COL_STATE, COL_FIELDS, COL_ADDED, COL_COUNT };
#define CELL_JSON COL_COUNT /* behind the columns: all fields, for filters */

static const struct table_column columns[COL_COUNT] = {
    [COL_ADDRESS] = {"address", N_("ADDRESS"), .width = 24, .min = 18, .grow = 2,
                     .flags = TABLE_SORT},
    [COL_NAME] = {"name", N_("NAME"), .width = 12, .min = 6, .grow = 1, .priority = 2},
    [COL_STATE] = {"state", N_("STATE"), .width = 12,
                   .help = N_("ok, or why this person is never mailed")},
    [COL_FIELDS] = {"fields", N_("FIELDS"), .width = 30, .min = 12, .grow = 3, .priority = 4},
    [COL_ADDED] = {"added", N_("ADDED"), .width = 16, .priority = 3,
                   .flags = TABLE_SORT | TABLE_HIDDEN, .plain = N_("added %s")},
};

/* ---- rows ---- */

static struct table_row *make_row(const struct people_members *m, const struct browse_person *b)
{
    struct table_row *row = table_row_new(b->p.id, COL_COUNT + 1);
    struct json *fields = json_parse(b->p.fields_json, strlen(b->p.fields_json), NULL);
    g_autofree char *name = people_name(fields);
    g_autofree char *rest = people_rest(fields);
    json_unref(fields);
    table_row_set(row, CELL_JSON, b->p.fields_json);
    row->key = g_strdup(b->p.address_key);
    table_row_set(row, COL_ADDRESS, b->p.address);
    table_row_set(row, COL_NAME, name ? name : "");
    table_row_set(row, COL_FIELDS, rest);
    table_row_take(row, COL_ADDED, words_when(b->p.created_us, ui_now_us(m->ui)),
                   b->p.created_us);
    if (b->never_mail)
        table_row_role(row, COL_STATE, ROLE_WARN, people_never_short(b->never_mail));
    else
        table_row_role(row, COL_STATE, ROLE_NORMAL, _("ok"));
    return row;
}

static gboolean page(void *data, const struct table_query *q, const struct table_row *anchor,
                     enum table_way way, int n, GPtrArray *out, GError **error)
{
    const struct people_members *m = data;
    const struct table_sort *sort = &q->sort[0];
    const struct browse b = {
        .list_id = m->list_id,
        .order = sort->column == COL_ADDED ? BROWSE_ADDED : BROWSE_ADDRESS,
        .is_backwards = (way == TABLE_BEFORE) != (sort->column >= 0 && sort->is_descending),
        .key = anchor ? anchor->key : NULL,
        .id = anchor ? anchor->id : 0,
    };
    g_autoptr(GPtrArray) rows = people_browse(ui_db(m->ui), &b, n, error);
    for (guint i = 0; rows && i < rows->len; i++)
        g_ptr_array_add(out, make_row(m, rows->pdata[i]));
    return rows != NULL;
}

static struct table_row *row_of(void *data, gint64 id, GError **error)
{
    const struct people_members *m = data;
    struct browse_person *b = people_browse_one(ui_db(m->ui), m->list_id, id, error);
    struct table_row *row = b ? make_row(m, b) : NULL;
    browse_person_free(b);
    return row;
}

static gint64 count(void *data)
{
    const struct people_members *m = data;
    return m->count;
}

/* ---- filters ---- */

struct texts {
    GPtrArray *keys, *values; /* borrowed texts */
};

static void take_field(const char *key, struct json *value, void *data)
{
    struct texts *t = data;
    const char *text = json_get_string(value);
    g_ptr_array_add(t->keys, (gpointer)key);
    g_ptr_array_add(t->values, (gpointer)(text ? text : ""));
}

/* The columns, and each custom field under its own name. */
static gboolean matches(void *data, const struct filter *f, const struct table_row *row)
{
    g_autoptr(GPtrArray) keys = g_ptr_array_new(), values = g_ptr_array_new();
    struct texts t = {keys, values};
    static const int plain[] = {COL_ADDRESS, COL_NAME, COL_STATE, COL_ADDED};
    for (gsize i = 0; i < G_N_ELEMENTS(plain); i++) {
        g_ptr_array_add(keys, (gpointer)columns[plain[i]].key);
        g_ptr_array_add(values, row->cells[plain[i]].text);
    }
    const char *text = row->cells[CELL_JSON].text;
    struct json *fields = json_parse(text, strlen(text), NULL);
    if (fields)
        json_foreach(fields, take_field, &t);
    g_ptr_array_add(keys, NULL);
    gboolean is_match = filter_matches(f, (const char *const *)keys->pdata,
                                       (const char *const *)values->pdata, NULL);
    json_unref(fields);
    return is_match;
}

/* The addresses that begin with the first word stand together in the index: they come first, at
 * once, however long the rest takes. */
static gboolean first(void *data, const struct filter *f, int n, GPtrArray *out, GError **error)
{
    const struct people_members *m = data;
    const struct filter_term *t = &f->terms[0];
    if (t->kind != FILTER_WORD || t->is_not || !t->values[0] || t->values[1] ||
        !*t->values[0] || (t->field && strcmp(t->field, columns[COL_ADDRESS].key) != 0))
        return TRUE;
    /* Just before the word: the address that is it, as a whole, is among them. */
    g_autofree char *before = g_strconcat(t->values[0], "\x7f", NULL);
    before[strlen(before) - 2]--;
    const struct browse b = {.list_id = m->list_id, .key = before, .id = 1};
    g_autoptr(GPtrArray) rows = people_browse(ui_db(m->ui), &b, n, error);
    for (guint i = 0; rows && i < rows->len; i++) {
        const struct browse_person *p = rows->pdata[i];
        if (g_str_has_prefix(p->p.address_key, t->values[0]))
            g_ptr_array_add(out, make_row(m, p));
    }
    return rows != NULL;
}

static void take_key(const char *key, struct json *value, void *data)
{
    GHashTable *names = data;
    if (g_hash_table_size(names) < FIELDS_MAX && !g_hash_table_contains(names, key))
        g_hash_table_add(names, g_strdup(key));
}

static void read_fields(struct people_members *m)
{
    const struct browse b = {
        .list_id = m->list_id, .order = BROWSE_ADDED, .is_backwards = TRUE};
    g_autoptr(GHashTable) names = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_autoptr(GPtrArray) some = people_browse(ui_db(m->ui), &b, SAMPLE, NULL);
    for (guint i = 0; some && i < some->len; i++) {
        const struct browse_person *p = some->pdata[i];
        struct json *fields = json_parse(p->p.fields_json, strlen(p->p.fields_json), NULL);
        if (fields)
            json_foreach(fields, take_key, names);
        json_unref(fields);
    }
    GPtrArray *all = g_ptr_array_new();
    GHashTableIter i;
    gpointer name;
    g_hash_table_iter_init(&i, names);
    while (g_hash_table_iter_next(&i, &name, NULL))
        g_ptr_array_add(all, g_strdup(name));
    g_ptr_array_add(all, NULL);
    g_strfreev(m->fields);
    m->fields = (char **)g_ptr_array_free(all, FALSE);
    m->source.fields = (const char *const *)m->fields;
}

/* ---- life ---- */

static char *empty(void *data)
{
    const struct table_search *search = data;
    const struct people_members *m = search->data;
    return g_strdup(m->list_id != 0
                        ? _("Nobody is on this list yet.\n\n"
                            "  i   read people from a file\n"
                            "  a   add one person")
                        : _("No people yet.\n\n"
                            "People come by a file, or one by one. What they agreed to is "
                            "kept with them.\n\n"
                            "  i   read people from a file\n"
                            "  a   add one person\n"
                            "  n   make a list"));
}

static const struct table_search_ops ops = {
    .page = page, .row = row_of, .count = count, .matches = matches, .first = first};

void people_members_init(struct people_members *m, struct ui *ui)
{
    m->ui = ui;
    m->count = -1;
    m->source = (struct table_source){.fetch = table_search_fetch,
                                      .find = table_search_find,
                                      .count = table_search_count,
                                      .is_quick = TRUE};
    m->spec = (struct table_spec){.name = "people",
                                  .kept = "members",
                                  .columns = columns,
                                  .n = COL_COUNT,
                                  .sort = "address",
                                  .source = &m->source,
                                  .empty = empty};
    table_search_init(&m->search, &ops, m, &m->table, ui);
    table_init(&m->table, &m->spec, &m->search, ui);
}

void people_members_clear(struct people_members *m)
{
    table_search_clear(&m->search);
    table_clear(&m->table);
    g_clear_pointer(&m->fields, g_strfreev);
}

void people_members_show(struct people_members *m, gint64 list_id, gint64 n)
{
    gboolean is_other = list_id != m->list_id || !m->fields;
    m->list_id = list_id;
    m->count = n;
    if (is_other) {
        read_fields(m);
        table_search_stale(&m->search, TRUE);
        table_set_data(&m->table, &m->search);
    } else {
        table_search_stale(&m->search, FALSE);
        table_load(&m->table);
    }
}

void people_members_count(struct people_members *m, gint64 n)
{
    m->count = n;
    table_load(&m->table);
}
