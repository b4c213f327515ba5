/*
 * Finding the content and the person of a preview or a test copy. The bytes are letter.c's, so
 * that what is shown is what is sent. Not for sending.
 */
#include "config.h"

#include "app/preview.h"

#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/i18n.h"
#include "base/json.h"
#include "base/mailaddr.h"
#include "store/people.h"

#define MADE_UP_ADDRESS "somebody@example.org"

gboolean preview_part_parse(const char *name, enum preview_part *ret)
{
    static const char *const names[PREVIEW_PART_COUNT] = {[PREVIEW_SUMMARY] = "summary",
                                                          [PREVIEW_TEXT] = "text",
                                                          [PREVIEW_HTML] = "html",
                                                          [PREVIEW_SOURCE] = "source",
                                                          [PREVIEW_HEADERS] = "headers"};
    for (int i = 0; i < PREVIEW_PART_COUNT; i++)
        if (strcmp(name, names[i]) == 0) {
            *ret = (enum preview_part)i;
            return TRUE;
        }
    return FALSE;
}

/* ---- what it says ---- */

static void mark(char **subject)
{
    char *marked = g_strconcat(PREVIEW_TEST_PREFIX, *subject ? *subject : "", NULL);
    g_free(*subject);
    *subject = marked;
}

/* A frozen version as the record it was; its strings move to `ret`. */
static void take_content(struct content *k, struct campaign *ret)
{
    campaign_init(ret);
    field_clear_all(campaign_fields(), ret);
    ret->name = g_steal_pointer(&k->campaign_name);
    ret->title = g_steal_pointer(&k->title);
    ret->from = g_steal_pointer(&k->from);
    ret->reply_to = g_steal_pointer(&k->reply_to);
    ret->subject = g_steal_pointer(&k->subject);
    ret->html = g_steal_pointer(&k->html);
    ret->text = g_steal_pointer(&k->text);
    ret->list_id = g_steal_pointer(&k->list_id);
    ret->parts = g_steal_pointer(&k->parts);
}

static struct letter *load_frozen(struct db *db, const struct campaign *c, gboolean is_test,
                                  GError **error)
{
    struct content k;
    struct campaign as_frozen;
    if (!is_test)
        return letter_load(db, c->id, (int)c->content_version, error);
    if (!content_get(db, c->id, (int)c->content_version, &k, error))
        return NULL;
    take_content(&k, &as_frozen);
    mark(&as_frozen.subject);
    struct letter *l = letter_new(&as_frozen, k.list_title, error);
    if (l && !letter_set_bounce(l, k.bounce, error))
        g_clear_pointer(&l, letter_free);
    campaign_clear(&as_frozen);
    content_clear(&k);
    return l;
}

static struct letter *load(struct db *db, struct campaign *c, gboolean is_test, GError **error)
{
    if (!campaign_is_open(c) && c->content_version > 0)
        return load_frozen(db, c, is_test, error);
    if (is_test)
        mark(&c->subject);
    return letter_draft(db, c, error);
}

/* ---- whose values ---- */

static gboolean person_by_address(struct db *db, const char *as, struct preview *p,
                                  GError **error)
{
    struct mailaddr a;
    struct person person = {0};
    if (!mailaddr_parse(as, &a, error))
        return FALSE;
    g_autofree char *key = mailaddr_key(&a);
    mailaddr_clear(&a);
    if (!people_get(db, key, &person, error))
        return FALSE;
    p->address = g_steal_pointer(&person.address);
    p->fields_json = g_steal_pointer(&person.fields_json);
    person_clear(&person);
    return TRUE;
}

/* The first of the first list that has anybody; lists that are not there have nobody. */
static gboolean first_person(struct db *db, const struct campaign *c, struct preview *p,
                             GError **error)
{
    for (char **name = c->lists; name && *name; name++) {
        struct list list = {0};
        if (!list_get(db, *name, &list, NULL))
            continue;
        g_autoptr(GPtrArray) page = people_page(db, list.id, 0, 1, error);
        list_clear(&list);
        if (!page)
            return FALSE;
        if (page->len == 0)
            continue;
        const struct person *first = g_ptr_array_index(page, 0);
        p->address = g_strdup(first->address);
        p->fields_json = g_strdup(first->fields_json);
        return TRUE;
    }
    return TRUE;
}

/* "[first_name]" for each field that is asked for: nobody takes it for a person's. */
static void make_up(struct preview *p)
{
    struct json *fields = json_new_object();
    g_auto(GStrv) names = letter_names(p->letter);
    for (char **name = names; *name; name++) {
        g_autofree char *value = g_strdup_printf("[%s]", *name);
        if (!strchr(*name, '.'))
            json_set_string(fields, *name, value);
    }
    p->is_made_up = TRUE;
    p->address = g_strdup(MADE_UP_ADDRESS);
    p->fields_json = json_dump(fields);
    json_unref(fields);
}

static gboolean find_person(struct db *db, const struct campaign *c, const char *as,
                            struct preview *p, GError **error)
{
    if (as)
        return person_by_address(db, as, p, error);
    if (!first_person(db, c, p, error))
        return FALSE;
    if (!p->address)
        make_up(p);
    return TRUE;
}

gboolean preview_open(struct db *db, const struct workspace *w, const char *name,
                      const char *as, gboolean is_test, struct preview *ret, GError **error)
{
    struct campaign c;
    struct preview p = {.is_test = is_test};
    if (!campaigns_get(db, name, &c, error))
        return FALSE;
    gboolean ok =
        db_hmac_key(db, p.key, error) && (p.ring = dkim_ring_load(db, w, error)) != NULL;
    if (ok && !(p.letter = load(db, &c, is_test, error))) {
        g_prefix_error(error, _("campaign '%s': "), name);
        ok = FALSE;
    }
    ok = ok && find_person(db, &c, as, &p, error);
    campaign_clear(&c);
    if (ok)
        *ret = p;
    else
        preview_clear(&p);
    return ok;
}

void preview_clear(struct preview *p)
{
    g_clear_pointer(&p->letter, letter_free);
    g_clear_pointer(&p->ring, dkim_ring_free);
    g_clear_pointer(&p->address, g_free);
    g_clear_pointer(&p->fields_json, g_free);
    explicit_bzero(p->key, sizeof p->key);
}

/* ---- parts ---- */

/* Appends the signatures of `message`, when mail from there has any. */
static gboolean sign(const struct preview *p, const GString *message, GString *out,
                     GError **error)
{
    const struct compose_chunk chunk = {message->str, message->len};
    const GPtrArray *signers = NULL;
    return dkim_ring_signers(p->ring, composed_from_domain(letter_composed(p->letter)),
                             &signers, error) &&
           (!signers || dkim_sign((struct dkim_signer *const *)signers->pdata, signers->len,
                                  &chunk, 1, clock_wall_us() / CLOCK_SECOND_US, out, error));
}

static gboolean write_source(const struct preview *p, const struct letter_person *who,
                             gboolean is_headers, GString *out, GError **error)
{
    g_autoptr(GString) message = g_string_new(p->is_test ? PREVIEW_TEST_HEADER : NULL);
    if (!letter_write(p->letter, p->key, who, message, error) || !sign(p, message, out, error))
        return FALSE;
    const char *end = strstr(message->str, "\r\n\r\n");
    if (is_headers && end)
        g_string_truncate(message, (gsize)(end - message->str) + 2);
    g_string_append_len(out, message->str, (gssize)message->len);
    return TRUE;
}

static gboolean write_body(const struct preview *p, const struct letter_person *who, char part,
                           GString *out, GError **error)
{
    return letter_write_part(p->letter, p->key, who, part, out, error);
}

static gboolean write_summary(const struct preview *p, const struct letter_person *who,
                              GString *out, GError **error)
{
    g_autoptr(GString) subject = g_string_new(NULL);
    g_autoptr(GError) no_text = NULL;
    if (!write_body(p, who, 's', subject, error))
        return FALSE;
    g_string_append_printf(out, "From: %s\nTo: %s\nSubject: %s\n\n", letter_sender(p->letter),
                           who->address, subject->str);
    return write_body(p, who, 't', out, &no_text) || write_body(p, who, 'h', out, error);
}

gboolean preview_write(const struct preview *p, const char *to, enum preview_part part,
                       GString *out, GError **error)
{
    g_autofree char *date = clock_format_rfc5322(clock_wall_us());
    const struct letter_person who = {
        .address = to ? to : p->address, .fields_json = p->fields_json, .date = date};
    switch (part) {
    case PREVIEW_TEXT:
        return write_body(p, &who, 't', out, error);
    case PREVIEW_HTML:
        return write_body(p, &who, 'h', out, error);
    case PREVIEW_SOURCE:
    case PREVIEW_HEADERS:
        return write_source(p, &who, part == PREVIEW_HEADERS, out, error);
    default:
        return write_summary(p, &who, out, error);
    }
}
