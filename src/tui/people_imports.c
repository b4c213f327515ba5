/*
 * The page of imports: what came from which file into which list, newest first.
 */
#include "config.h"

#include <string.h>

#include "base/i18n.h"
#include "base/json.h"
#include "tui/people_private.h"
#include "tui/people_words.h"
#include "tui/words.h"

#define SHOWN 500

enum column {
    COL_WHEN,
    COL_FILE,
    COL_LIST,
    COL_NEW,
    COL_UPDATED,
    COL_SAME,
    COL_NEVER,
    COL_BY,
    COL_STATE,
    COL_COUNT
};

static const struct table_column columns[COL_COUNT] = {
    [COL_WHEN] = {"when", N_("WHEN"), .width = 16, .flags = TABLE_SORT | TABLE_DESCENDING},
    [COL_FILE] = {"file", N_("FILE"), .width = 16, .min = 10, .grow = 2, .flags = TABLE_SORT},
    [COL_LIST] = {"list", N_("LIST"), .width = 12, .min = 8, .grow = 1, .priority = 2,
                  .flags = TABLE_SORT, .plain = N_("into %s")},
    [COL_NEW] = {"new", N_("NEW"), .width = 8,
                 .flags = TABLE_SORT | TABLE_RIGHT | TABLE_DESCENDING, .plain = N_("%s new")},
    [COL_UPDATED] = {"updated", N_("CHANGED"), .width = 7, .priority = 3,
                     .flags = TABLE_SORT | TABLE_RIGHT | TABLE_DESCENDING,
                     .plain = N_("%s changed")},
    [COL_SAME] = {"same", N_("SAME"), .width = 7, .priority = 5,
                  .flags = TABLE_SORT | TABLE_RIGHT | TABLE_DESCENDING, .plain = N_("%s same")},
    [COL_NEVER] = {"never", N_("NEVER MAIL"), .width = 10, .priority = 6,
                   .flags = TABLE_SORT | TABLE_RIGHT | TABLE_DESCENDING,
                   .plain = N_("%s never mail")},
    [COL_BY] = {"by", N_("BY"), .width = 10, .priority = 4, .flags = TABLE_SORT},
    [COL_STATE] = {"state", N_("STATE"), .width = 11, .priority = 1},
};

static const struct table_source source = TABLE_MEMORY_SOURCE;

static char *empty(void *data)
{
    return g_strdup(_("No file was imported yet.\n\n"
                      "Each import stands here with its counts, and can be taken back.\n\n"
                      "  i   read people from a file"));
}

static const struct table_spec spec = {.name = "people",
                                       .kept = "imports",
                                       .columns = columns,
                                       .n = COL_COUNT,
                                       .source = &source,
                                       .empty = empty,
                                       .flags = TABLE_NO_MARKS};

void people_imports_init(struct people_imports *p, struct ui *ui)
{
    p->ui = ui;
    table_memory_init(&p->rows, &spec);
    table_init(&p->table, &spec, &p->rows, ui);
}

void people_imports_clear(struct people_imports *p)
{
    table_clear(&p->table);
    table_memory_clear(&p->rows);
    g_clear_pointer(&p->all, g_ptr_array_unref);
}

static struct table_row *make_row(const struct people_imports *p, const struct import_record *r)
{
    static const struct {
        int column;
        const char *key;
    } numbers[] = {{COL_NEW, "new"},
                   {COL_UPDATED, "updated"},
                   {COL_SAME, "same"},
                   {COL_NEVER, "suppressed"}};
    struct table_row *row = table_row_new(r->id, COL_COUNT);
    struct json *counts = r->counts ? json_parse(r->counts, strlen(r->counts), NULL) : NULL;
    table_row_take(row, COL_WHEN, words_when(r->begun_us, ui_now_us(p->ui)), r->begun_us);
    table_row_set(row, COL_FILE, people_file(r->source));
    table_row_set(row, COL_LIST, r->list ? r->list : _("(deleted)"));
    table_row_set(row, COL_BY, r->actor);
    for (gsize i = 0; i < G_N_ELEMENTS(numbers); i++) {
        gint64 n = counts ? json_member_int(counts, numbers[i].key, 0) : 0;
        table_row_take(row, numbers[i].column, words_number(n), n);
    }
    if (r->undone_us)
        table_row_role(row, COL_STATE, ROLE_MUTED, _("taken back"));
    else
        table_row_role(row, COL_STATE, r->ended_us ? ROLE_OK : ROLE_WARN,
                       r->ended_us ? _("done") : _("did not end"));
    json_unref(counts);
    return row;
}

void people_imports_load(struct people_imports *p)
{
    g_autoptr(GError) error = NULL;
    GPtrArray *fresh = imports_page(ui_db(p->ui), 0, SHOWN, &error);
    if (!fresh) {
        ui_fail(p->ui, g_steal_pointer(&error));
        return;
    }
    g_clear_pointer(&p->all, g_ptr_array_unref);
    p->all = fresh;
    table_memory_begin(&p->rows);
    for (guint i = 0; i < fresh->len; i++)
        table_memory_take(&p->rows, make_row(p, fresh->pdata[i]));
    table_load(&p->table);
}

const struct import_record *people_imports_current(const struct people_imports *p)
{
    gint64 id = table_current_id(&p->table);
    for (guint i = 0; p->all && i < p->all->len; i++) {
        const struct import_record *r = p->all->pdata[i];
        if (r->id == id)
            return r;
    }
    return NULL;
}
