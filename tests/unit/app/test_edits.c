/*
 * Edits that two people make at once, and edits that were cut off: app/conflict and
 * app/recovery, and the row versions of every kind of record.
 */
#include "config.h"

#include "../store/place.h"

#include "app/conflict.h"
#include "app/recovery.h"
#include "store/audit.h"
#include "store/campaigns.h"
#include "store/mailboxes.h"
#include "store/people.h"
#include "store/servers.h"

static struct campaign sample(const char *subject, const char *server)
{
    struct campaign c;
    campaign_init(&c);
    g_assert_true(field_set_key(campaign_fields(), &c, "subject", subject, NULL));
    g_assert_true(field_set_key(campaign_fields(), &c, "server", server, NULL));
    return c;
}

/* ---- conflict ---- */

static void rows_say_who_changed_what(void)
{
    struct campaign base = sample("a", "main"), mine = sample("b", "main"),
                    theirs = sample("c", "spare");
    g_autoptr(GPtrArray) rows = conflict_rows(campaign_fields(), &base, &mine, &theirs);
    g_assert_cmpuint(rows->len, ==, 2);
    const struct conflict_row *subject = rows->pdata[0], *server = rows->pdata[1];
    g_assert_cmpstr(subject->field->key, ==, "subject");
    g_assert_cmpstr(subject->base, ==, "a");
    g_assert_cmpstr(subject->mine, ==, "b");
    g_assert_cmpstr(subject->theirs, ==, "c");
    g_assert_true(subject->by_me && subject->by_them);
    g_assert_cmpstr(server->field->key, ==, "server");
    g_assert_true(!server->by_me && server->by_them);
    g_autoptr(GPtrArray) blind = conflict_rows(campaign_fields(), NULL, &mine, &theirs);
    const struct conflict_row *row = blind->pdata[1];
    g_assert_true(row->by_me && row->by_them && row->base == NULL);
    campaign_clear(&base);
    campaign_clear(&mine);
    campaign_clear(&theirs);
}

static void a_merge_takes_what_only_they_changed(void)
{
    struct campaign base = sample("a", "main"), mine = sample("b", "main"),
                    theirs = sample("c", "spare");
    g_assert_cmpuint(conflict_merge(campaign_fields(), &base, &mine, &theirs), ==, 1);
    g_assert_cmpstr(mine.subject, ==, "b");
    g_assert_cmpstr(mine.server, ==, "spare");
    campaign_clear(&base);
    campaign_clear(&mine);
    campaign_clear(&theirs);
}

/* ---- every kind of record ---- */

#define STALE(put, record, part)                                                               \
    do {                                                                                       \
        GError *refusal = NULL;                                                                \
        gint64 was = (record)->row_version;                                                    \
        g_assert_true(put(p->db, record, NULL));                                               \
        g_assert_cmpint((record)->row_version, >, was);                                        \
        gint64 now = (record)->row_version;                                                    \
        (record)->row_version = was;                                                           \
        g_assert_false(put(p->db, record, &refusal));                                          \
        assert_fails(refusal, CRIER_ERROR_PRECONDITION, part);                                 \
        g_assert_cmpint((record)->row_version, ==, was);                                       \
        (record)->row_version = now; /* overwrite */                                           \
        g_assert_true(put(p->db, record, NULL));                                               \
    } while (0)

static gboolean put_campaign(struct db *db, struct campaign *c, GError **error)
{
    return campaigns_put(db, c, NULL, error);
}

static void a_stale_campaign_is_refused(struct place *p, gconstpointer data)
{
    struct campaign c = sample("a", "main");
    c.name = g_strdup("spring");
    g_assert_true(put_campaign(p->db, &c, NULL));
    STALE(put_campaign, &c, "'spring' was changed");
    g_autofree char *who = conflict_who(p->db, "campaign", "spring");
    g_assert_true(g_str_has_prefix(who, "tester, "));
    g_assert_null(conflict_who(p->db, "campaign", "summer"));
    campaign_clear(&c);
}

static void a_stale_server_is_refused(struct place *p, gconstpointer data)
{
    struct server s;
    server_init(&s);
    s.name = g_strdup("main");
    g_assert_true(field_set_key(server_fields(), &s, "host", "smtp.example.org", NULL));
    g_assert_true(servers_put(p->db, &s, NULL));
    STALE(servers_put, &s, "'main' was changed");
    server_clear(&s);
}

static void a_stale_mailbox_is_refused(struct place *p, gconstpointer data)
{
    struct mailbox m;
    mailbox_init(&m);
    m.name = g_strdup("bounces");
    g_assert_true(field_set_key(mailbox_fields(), &m, "address", "b@example.org", NULL));
    g_assert_true(field_set_key(mailbox_fields(), &m, "host", "imap.example.org", NULL));
    g_assert_true(mailboxes_put(p->db, &m, NULL));
    STALE(mailboxes_put, &m, "'bounces' was changed");
    mailbox_clear(&m);
}

static void a_stale_list_is_refused(struct place *p, gconstpointer data)
{
    GError *error = NULL;
    struct list l;
    gint64 id = 0;
    g_assert_true(list_new(p->db, "news", "News", &id, NULL));
    g_assert_true(list_get_id(p->db, id, &l, NULL));
    g_assert_true(field_set_key(list_fields(), &l, "title", "Our news", NULL));
    STALE(list_put, &l, "'news' was changed");
    list_clear(&l);
    g_assert_true(list_get(p->db, "news", &l, NULL));
    g_assert_cmpstr(l.title, ==, "Our news");
    list_clear(&l);
    g_assert_false(list_get_id(p->db, 99, &l, &error));
    assert_fails(error, CRIER_ERROR_NOT_FOUND, "not there any more");
}

static void a_stale_person_is_refused(struct place *p, gconstpointer data)
{
    GError *error = NULL;
    struct person ann = {.address = (char *)"ann@example.org",
                         .address_key = (char *)"ann@example.org",
                         .domain = (char *)"example.org"};
    struct person back;
    g_assert_true(people_put(p->db, &ann, NULL));
    STALE(people_put, &ann, "was changed or removed");
    g_assert_true(people_get_id(p->db, ann.id, &back, NULL));
    g_assert_cmpint(back.row_version, ==, ann.row_version);
    person_clear(&back);
    g_assert_true(people_remove(p->db, "ann@example.org", NULL));
    g_assert_false(people_get_id(p->db, ann.id, &back, &error));
    assert_fails(error, CRIER_ERROR_NOT_FOUND, "removed them");
}

static void stale_settings_are_refused(struct place *p, gconstpointer data)
{
    struct settings mine, again;
    g_assert_true(settings_load(p->db, &mine, NULL));
    g_assert_true(settings_set(p->db, "retry", "7m", NULL));
    g_assert_true(field_set_key(settings_fields(), &mine, "organisation", "Example", NULL));
    g_assert_false(settings_put(p->db, &mine, NULL));
    g_assert_true(settings_load(p->db, &again, NULL));
    g_assert_cmpint(again.retry_s, ==, 420);
    g_assert_cmpstr(again.organisation, ==, "");
    mine.row_version = again.row_version;
    STALE(settings_put, &mine, "settings were changed");
    settings_clear(&again);
    g_assert_true(settings_load(p->db, &again, NULL));
    /* Overwritten as they stood in the form: the wait is the default again, and no row. */
    g_assert_cmpint(again.retry_s, ==, 300);
    g_assert_cmpstr(again.organisation, ==, "Example");
    g_assert_cmpint(number_of(p->db, "SELECT count(*) FROM setting"), ==, 1);
    settings_clear(&mine);
    settings_clear(&again);
}

/* ---- recovery ---- */

struct thing {
    char *name, *password, *text;
    gint64 count;
};
static const struct field things[] = {
    {.key = "name", .type = FIELD_SLUG, .offset = G_STRUCT_OFFSET(struct thing, name)},
    {.key = "password",
     .type = FIELD_LINE,
     .offset = G_STRUCT_OFFSET(struct thing, password),
     .flags = FIELD_SECRET},
    {.key = "text", .type = FIELD_TEXT, .offset = G_STRUCT_OFFSET(struct thing, text)},
    {.key = "count",
     .type = FIELD_INT,
     .offset = G_STRUCT_OFFSET(struct thing, count),
     .max = 9},
    {.key = NULL},
};

static void secrets_are_never_kept(void)
{
    struct thing t = {0};
    field_init_all(things, &t);
    field_set_key(things, &t, "password", "geheim", NULL);
    field_set_key(things, &t, "text", "two\nlines", NULL);
    g_autofree char *json = recovery_of_record(things, &t);
    g_assert_cmpstr(json, ==, "{\"name\":\"\",\"text\":\"two\\nlines\",\"count\":\"0\"}");
    g_assert_true(recovery_to_record(things, &t, "{\"password\":\"other\"}", NULL, NULL));
    g_assert_cmpstr(t.password, ==, "geheim");
    field_clear_all(things, &t);
}

static void what_fits_is_restored(void)
{
    GError *error = NULL;
    struct thing t = {0};
    field_init_all(things, &t);
    g_autoptr(GPtrArray) refused = g_ptr_array_new_with_free_func(g_free);
    g_assert_true(recovery_to_record(
        things, &t, "{\"count\":\"12\",\"name\":\"ann\",\"gone\":\"x\",\"text\":5}", refused,
        NULL));
    g_assert_cmpstr(t.name, ==, "ann");
    g_assert_cmpint(t.count, ==, 0);
    g_assert_cmpuint(refused->len, ==, 1);
    g_assert_cmpstr(refused->pdata[0], ==, "count");
    g_assert_false(recovery_to_record(things, &t, "[1]", NULL, &error));
    assert_fails(error, CRIER_ERROR_INVALID, "cannot be read");
    g_assert_false(recovery_to_record(things, &t, "{\"na", NULL, &error));
    g_clear_error(&error);
    field_clear_all(things, &t);
}

static void every_field_of_a_campaign_comes_back(void)
{
    struct campaign c = sample("Spring {{x}}", "main"), back;
    field_set_key(campaign_fields(), &c, "lists", "a b", NULL);
    field_set_key(campaign_fields(), &c, "give_up", "4h", NULL);
    field_set_key(campaign_fields(), &c, "layout", "newsletter", NULL);
    field_set_key(campaign_fields(), &c, "markdown", "# Hello\n\n\"x\"\n", NULL);
    campaign_init(&back);
    g_autofree char *json = recovery_of_record(campaign_fields(), &c);
    g_assert_true(recovery_to_record(campaign_fields(), &back, json, NULL, NULL));
    for (const struct field *f = campaign_fields(); f->key != NULL; f++)
        if (!field_equal(f, &c, &back))
            g_error("%s did not come back", f->key);
    campaign_clear(&c);
    campaign_clear(&back);
}

static const char *typed(const struct field *f, void *data)
{
    return strcmp(f->key, "name") == 0    ? "not a slug"
           : strcmp(f->key, "text") == 0  ? "\xc3"
           : strcmp(f->key, "count") == 0 ? NULL
                                          : "geheim";
}

static void take(const struct field *f, const char *text, void *data)
{
    g_string_append_printf(data, "%s=%s;", f->key, text);
}

static void a_form_keeps_what_is_not_valid_yet(void)
{
    g_autofree char *json = recovery_of_texts(things, typed, NULL);
    g_autoptr(GString) all = g_string_new(NULL);
    g_assert_true(recovery_each_text(things, json, take, all, NULL));
    g_assert_cmpstr(all->str, ==, "name=not a slug;text=\xef\xbf\xbd;");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/conflict/rows-say-who-changed-what", rows_say_who_changed_what);
    g_test_add_func("/conflict/a-merge-takes-what-only-they-changed",
                    a_merge_takes_what_only_they_changed);
    TEST("/conflict/campaign", a_stale_campaign_is_refused);
    TEST("/conflict/server", a_stale_server_is_refused);
    TEST("/conflict/mailbox", a_stale_mailbox_is_refused);
    TEST("/conflict/list", a_stale_list_is_refused);
    TEST("/conflict/person", a_stale_person_is_refused);
    TEST("/conflict/settings", stale_settings_are_refused);
    g_test_add_func("/recovery/secrets-are-never-kept", secrets_are_never_kept);
    g_test_add_func("/recovery/what-fits-is-restored", what_fits_is_restored);
    g_test_add_func("/recovery/every-field-of-a-campaign",
                    every_field_of_a_campaign_comes_back);
    g_test_add_func("/recovery/a-form", a_form_keeps_what_is_not_valid_yet);
    return g_test_run();
}
