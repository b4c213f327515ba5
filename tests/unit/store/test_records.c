/*
 * What all kinds of records do, over their field tables: a field that has no column, or is not
 * stored or not read, is found here.
 */
#include "config.h"

#include "place.h"

#include "store/records_private.h"
#include "store/undolog.h"

static const char *const nouns[] = {"campaign", "list", "server", "pool", "mailbox", "port"};

static void each_field_has_a_column(struct place *p, gconstpointer data)
{
    for (gsize i = 0; i < G_N_ELEMENTS(nouns); i++) {
        GError *error = NULL;
        const struct record_kind *k = record_kind_of(nouns[i]);
        g_assert_nonnull(k);
        g_autofree void *none = g_malloc0(k->size);
        g_assert_cmpint(record_look(p->db, k, "nobody", none, &error), ==, 0);
        g_assert_no_error(error);
        g_autoptr(GPtrArray) all = record_all(p->db, k, &error);
        g_assert_no_error(error);
        g_assert_cmpuint(all->len, ==, 0);
    }
    g_assert_null(record_kind_of("person"));
}

/* Something that the field takes and that is not what it begins with. */
static const char *sample(const struct field *f, char *text, gsize size)
{
    static const struct {
        const char *key, *value;
    } special[] = {
        {"hours", "09:00-17:00"},
        {"days", "mon-fri"},
        {"not_on", "2026-12-25"},
        {"warm_up", "2026-12-01 50 100"},
    };
    static const char *const values[FIELD_TYPE_COUNT] = {
        [FIELD_LINE] = "a line",
        [FIELD_TEXT] = "a text\nof two lines",
        [FIELD_SLUG] = "slug",
        [FIELD_SLUGS] = "one, two",
        [FIELD_MAILBOX] = "somebody@example.org",
        [FIELD_HOSTPORT] = "host.example.org:2525",
        [FIELD_LISTENER] = "127.0.0.1:8081",
        [FIELD_FILE] = "/some/file",
        [FIELD_COMMAND] = "cat /some/file",
        [FIELD_SPAN] = "1h",
    };
    for (gsize i = 0; i < G_N_ELEMENTS(special); i++)
        if (strcmp(special[i].key, f->key) == 0)
            return special[i].value;
    if (f->type == FIELD_BOOL)
        return g_strcmp0(f->fallback, "yes") == 0 ? "no" : "yes";
    if (f->type == FIELD_CHOICE)
        return f->choices[g_strcmp0(f->fallback, f->choices[1]) == 0 ? 0 : 1];
    g_snprintf(text, size, "%d", (int)f->max);
    return f->type == FIELD_INT ? text : values[f->type];
}

static void fill(const struct record_kind *k, void *record)
{
    char text[32];
    for (const struct field *f = k->fields(); f->key != NULL; f++) {
        GError *error = NULL;
        field_set(f, record, sample(f, text, sizeof text), &error);
        g_assert_no_error(error);
    }
}

static void check_alike(const struct record_kind *k, const void *a, const void *b,
                        gboolean is_alike)
{
    for (const struct field *f = k->fields(); f->key != NULL; f++) {
        g_test_message("%s %s", k->noun, f->key);
        g_assert_cmpint(field_equal(f, a, b), ==, is_alike);
    }
}

static void *read_again(struct place *p, const struct record_kind *k)
{
    GError *error = NULL;
    void *record = g_malloc0(k->size);
    record_get(p->db, k, "sample", record, &error);
    g_assert_no_error(error);
    return record;
}

/* Stored as new with all its fields, then changed in all of them, then undone. */
static void every_field_comes_back(struct place *p, gconstpointer data)
{
    GError *error = NULL;
    const struct record_kind *k = record_kind_of(data);
    void *full = record_new(k), *plain = record_new(k);
    fill(k, full);
    check_alike(k, full, plain, FALSE);
    G_STRUCT_MEMBER(char *, full, k->name_at) = g_strdup("sample");
    record_put(p->db, k, full, &error);
    g_assert_no_error(error);
    void *stored = read_again(p, k);
    check_alike(k, stored, full, TRUE);

    field_copy_all(k->fields(), stored, plain);
    record_put(p->db, k, stored, &error);
    g_assert_no_error(error);
    void *changed = read_again(p, k);
    check_alike(k, changed, plain, TRUE);
    g_assert_cmpint(G_STRUCT_MEMBER(gint64, changed, k->row_version_at), ==, 2);
    g_assert_false(record_put(p->db, k, full, &error));
    g_assert_error(error, CRIER_ERROR, CRIER_ERROR_PRECONDITION);
    g_clear_error(&error);

    gint64 id = 0;
    struct undolog_done done = {0};
    g_assert_true(undolog_last(p->db, &id, NULL));
    undolog_do(p->db, id, &done, &error);
    g_assert_no_error(error);
    undolog_done_clear(&done);
    void *undone = read_again(p, k);
    check_alike(k, undone, full, TRUE);
    k->free(undone);
    k->free(changed);
    k->free(stored);
    k->free(plain);
    k->free(full);
}

static void goes_and_comes_back(struct place *p, gconstpointer data)
{
    GError *error = NULL;
    const struct record_kind *k = record_kind_of(data);
    void *record = record_new(k);
    fill(k, record);
    G_STRUCT_MEMBER(char *, record, k->name_at) = g_strdup("sample");
    g_assert_true(record_put(p->db, k, record, NULL));
    record_delete(p->db, k, "sample", &error);
    g_assert_no_error(error);
    g_autofree void *none = g_malloc0(k->size);
    g_assert_cmpint(record_look(p->db, k, "sample", none, NULL), ==, 0);

    g_autoptr(GPtrArray) bin = bin_page(p->db, 0, 10, NULL);
    g_assert_cmpuint(bin->len, ==, 1);
    struct bin_restored r = {0};
    bin_restore(p->db, ((const struct bin_entry *)bin->pdata[0])->id, &r, &error);
    g_assert_no_error(error);
    g_assert_cmpstr(r.noun, ==, k->noun);
    bin_restored_clear(&r);
    void *back = read_again(p, k);
    check_alike(k, back, record, TRUE);
    k->free(back);
    k->free(record);
}

#define EACH(path, noun, function)                                                             \
    g_test_add(path "/" noun, struct place, noun, place_begin, function, place_end)

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    TEST("/records/each-field-has-a-column", each_field_has_a_column);
    EACH("/records/every-field-comes-back", "campaign", every_field_comes_back);
    EACH("/records/every-field-comes-back", "server", every_field_comes_back);
    EACH("/records/every-field-comes-back", "mailbox", every_field_comes_back);
    EACH("/records/goes-and-comes-back", "campaign", goes_and_comes_back);
    EACH("/records/goes-and-comes-back", "server", goes_and_comes_back);
    EACH("/records/goes-and-comes-back", "mailbox", goes_and_comes_back);
    EACH("/records/every-field-comes-back", "port", every_field_comes_back);
    EACH("/records/goes-and-comes-back", "port", goes_and_comes_back);
    return g_test_run();
}
