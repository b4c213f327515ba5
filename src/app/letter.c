/*
 * From content and person to message: Message-ID, unsubscribe address, campaign fields. The bytes
 * are message/compose.c's.
 */
#include "config.h"

#include "app/letter.h"

#include <string.h>

#include "base/error.h"
#include "base/i18n.h"
#include "base/json.h"
#include "base/mailaddr.h"
#include "base/token.h"
#include "message/compose.h"

struct letter {
    struct composed *composed; /* owned */
    struct json *campaign;     /* owned; the outer context */
    char *sender;              /* owned */
    /* owned; what stands around a token in List-Unsubscribe. head is NULL where From's local part
     * cannot take a tag. */
    char *unsubscribe_head, *unsubscribe_tail;
    gsize local_len;           /* of From's address */
    gboolean shows_unsubscribe;
};

static char *list_id_of(const struct campaign *c)
{
    if (c->list_id && *c->list_id)
        return g_strdup(c->list_id);
    struct mailaddr from;
    g_autofree char *name = NULL;
    if (!c->lists || !c->lists[0] || !mailbox_parse(c->from, &name, &from, NULL))
        return NULL;
    char *id = g_strdup_printf("%s.%s", c->lists[0], from.domain);
    mailaddr_clear(&from);
    return id;
}

/* From's own address with a signed tag: a person reads it where no mailbox record does. */
static void set_unsubscribe(struct letter *l)
{
    g_autofree char *local = NULL;
    l->local_len = (gsize)(strrchr(l->sender, '@') - l->sender);
    local = g_strndup(l->sender, l->local_len);
    if (strpbrk(local, "\" \\"))
        return;
    l->unsubscribe_head = g_strdup_printf("<mailto:%s+u-", local);
    l->unsubscribe_tail = g_strdup_printf("@%s?subject=unsubscribe>",
                                          composed_from_domain(l->composed));
}

static struct letter *letter_from(const struct compose_content *content, const char *title,
                                  GError **error)
{
    struct composed *composed = compose_prepare(content, error);
    if (!composed)
        return NULL;
    struct letter *l = g_new0(struct letter, 1);
    l->composed = composed;
    l->sender = g_strdup(composed_from_address(composed));
    set_unsubscribe(l);
    struct json *campaign = json_new_object();
    json_set_string(campaign, "name", content->campaign);
    json_set_string(campaign, "title", title ? title : "");
    l->campaign = json_new_object();
    json_set_take(l->campaign, "campaign", campaign);
    g_auto(GStrv) names = composed_names(composed);
    l->shows_unsubscribe = g_strv_contains((const char *const *)names, "unsubscribe_url");
    return l;
}

struct letter *letter_new(const struct campaign *c, const char *list_title, GError **error)
{
    g_autofree char *list_id = list_id_of(c);
    struct compose_content content = {
        .from = c->from, .reply_to = c->reply_to, .subject = c->subject,
        .html = c->html && *c->html ? c->html : NULL,
        .text = c->text && *c->text ? c->text : NULL, .list_id = list_id,
        .list_title = list_title && *list_title ? list_title : NULL, .campaign = c->name};
    return letter_from(&content, c->title, error);
}

struct letter *letter_load(struct db *db, gint64 campaign_id, int version, GError **error)
{
    struct content k;
    if (!content_get(db, campaign_id, version, &k, error))
        return NULL;
    struct compose_content content = {
        .from = k.from, .reply_to = k.reply_to, .subject = k.subject,
        .html = k.html && *k.html ? k.html : NULL, .text = k.text && *k.text ? k.text : NULL,
        .list_id = k.list_id && *k.list_id ? k.list_id : NULL,
        .list_title = k.list_title && *k.list_title ? k.list_title : NULL,
        .campaign = k.campaign_name};
    struct letter *l = letter_from(&content, k.title, error);
    content_clear(&k);
    return l;
}

void letter_free(struct letter *l)
{
    if (!l)
        return;
    composed_unref(l->composed);
    json_unref(l->campaign);
    g_free(l->sender);
    g_free(l->unsubscribe_head);
    g_free(l->unsubscribe_tail);
    g_free(l);
}

const char *letter_sender(const struct letter *l)
{
    return l->sender;
}

char **letter_names(const struct letter *l)
{
    return composed_names(l->composed);
}

/* What compose needs for one person, with the memory behind it. */
struct sheet {
    struct compose_person person;
    struct json *fields;     /* owned */
    char *message_id;        /* owned */
    char *list_unsubscribe;  /* owned; NULL where the address would get too long */
    char *unsubscribe;       /* owned; its URI, where a body shows it */
};

static void sheet_clear(struct sheet *s)
{
    json_unref(s->fields);
    g_free(s->message_id);
    g_free(s->unsubscribe);
    g_free(s->list_unsubscribe);
}

/* RFC 5321 4.5.3.1.1: a local part has at most 64 octets. */
static gboolean has_unsubscribe(const struct letter *l, const char *token)
{
    return l->unsubscribe_head && l->local_len + strlen("+u-") + strlen(token) <= 64;
}

static gboolean sheet_fill(const struct letter *l, const guint8 key[32],
                           const struct letter_person *p, struct sheet *s, GError **error)
{
    memset(s, 0, sizeof *s);
    s->fields = json_parse(p->fields_json, strlen(p->fields_json), error);
    if (!s->fields)
        return FALSE;
    /* A preview's tokens must not be anybody's. */
    gint64 id = p->delivery_id > 0 ? p->delivery_id : G_MAXINT64;
    g_autofree char *message_token = token_make(key, TOKEN_MESSAGE, id);
    g_autofree char *unsubscribe_token = token_make(key, TOKEN_UNSUBSCRIBE, id);
    s->message_id = g_strconcat(message_token, "@", composed_from_domain(l->composed), NULL);
    if (has_unsubscribe(l, unsubscribe_token))
        s->list_unsubscribe =
            g_strconcat(l->unsubscribe_head, unsubscribe_token, l->unsubscribe_tail, NULL);
    if (s->list_unsubscribe && l->shows_unsubscribe)
        s->unsubscribe = g_strndup(s->list_unsubscribe + 1, strlen(s->list_unsubscribe) - 2);
    json_set_string(s->fields, "address", p->address);
    s->person = (struct compose_person){.address = p->address, .fields = s->fields,
                                        .campaign = l->campaign, .message_id = s->message_id,
                                        .date = p->date,
                                        .list_unsubscribe = s->list_unsubscribe,
                                        .unsubscribe_url = s->unsubscribe};
    return TRUE;
}

gboolean letter_write(const struct letter *l, const guint8 key[32], const struct letter_person *p,
                      GString *out, GError **error)
{
    struct sheet s;
    gboolean ok = sheet_fill(l, key, p, &s, error) &&
                  compose_render(l->composed, &s.person, out, error);
    sheet_clear(&s);
    return ok;
}

gboolean letter_write_part(const struct letter *l, const guint8 key[32],
                           const struct letter_person *p, char part, GString *out, GError **error)
{
    struct sheet s;
    gboolean ok = sheet_fill(l, key, p, &s, error) &&
                  compose_render_part(l->composed, &s.person, part, out, error);
    sheet_clear(&s);
    return ok;
}
