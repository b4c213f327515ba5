/*
 * From content and person to message: Message-ID, unsubscribe address, campaign fields. The
 * bytes are message/compose.c's.
 */
#include "config.h"

#include "app/letter.h"

#include <string.h>

#include "base/error.h"
#include "base/i18n.h"
#include "base/json.h"
#include "base/mailaddr.h"
#include "base/text.h"
#include "base/token.h"
#include "message/compose.h"
#include "model/mailbox.h"
#include "store/mailboxes.h"
#include "store/people.h"

#define MAX_LOCAL_OCTETS 64 /* RFC 5321 4.5.3.1.1 */
#define UNSUBSCRIBE_TAG "+u-"
#define BOUNCE_TAG "+"

struct letter {
    gatomicrefcount refs;
    struct composed *composed; /* owned */
    struct json *campaign;     /* owned; the outer context */
    char *sender;              /* owned; From's own address */
    char *bounce;              /* owned; the mailbox's address as on the wire, NULL: none */
    /* owned; what stands around a token in List-Unsubscribe, and in the subject of a request
     * where the local part takes no tag. */
    char *tag_head, *tag_tail, *subject_head;
    gsize tag_room;                  /* octets of a token; 0: takes no tag */
    char *bounce_head, *bounce_tail; /* owned; the same of `bounce` as envelope sender */
    gsize bounce_room;
    gboolean shows_unsubscribe;
    gboolean says_email; /* {{email}}: what most people's files call the address */
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

/* The octets that a local part leaves for a token behind `tag`; 0: it takes no tag. */
static gsize room_for_token(const char *local, const char *tag)
{
    gsize taken = strlen(local) + strlen(tag);
    return strpbrk(local, "\" \\") || taken > MAX_LOCAL_OCTETS ? 0 : MAX_LOCAL_OCTETS - taken;
}

/* What mailbox_tagged() would put together anew for each message. */
static void set_bounce_sender(struct letter *l)
{
    g_clear_pointer(&l->bounce_head, g_free);
    g_clear_pointer(&l->bounce_tail, g_free);
    l->bounce_room = 0;
    if (!l->bounce)
        return;
    const char *at = strrchr(l->bounce, '@');
    g_autofree char *local = g_strndup(l->bounce, (gsize)(at - l->bounce));
    l->bounce_room = room_for_token(local, BOUNCE_TAG);
    l->bounce_head = g_strconcat(local, BOUNCE_TAG, NULL);
    l->bounce_tail = g_strdup(at);
}

/* Where requests to leave go: the mailbox, else From's own address, which a person reads. RFC
 * 6068: what of a local part may not stand in a URI is percent-encoded, letters beyond ASCII
 * too: List-Unsubscribe is never written as RFC 2047 words, which no mail program would follow.
 */
static void set_unsubscribe(struct letter *l)
{
    const char *address = l->bounce ? l->bounce : l->sender, *at = strrchr(address, '@');
    g_autofree char *local = g_strndup(address, (gsize)(at - address));
    g_autofree char *escaped = g_uri_escape_string(local, "!$'*+", FALSE);
    g_free(l->tag_head);
    g_free(l->tag_tail);
    g_free(l->subject_head);
    l->tag_room = room_for_token(local, UNSUBSCRIBE_TAG);
    l->tag_head = g_strconcat("<mailto:", escaped, UNSUBSCRIBE_TAG, NULL);
    l->tag_tail = g_strconcat(at, "?subject=unsubscribe>", NULL);
    l->subject_head = g_strconcat("<mailto:", escaped, at, "?subject=unsubscribe%20", NULL);
}

static struct letter *letter_from(const struct compose_content *content, const char *title,
                                  GError **error)
{
    struct composed *composed = compose_prepare(content, error);
    if (!composed)
        return NULL;
    struct letter *l = g_new0(struct letter, 1);
    g_atomic_ref_count_init(&l->refs);
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
    l->says_email = g_strv_contains((const char *const *)names, "email");
    return l;
}

struct letter *letter_new(const struct campaign *c, const char *list_title, GError **error)
{
    g_autofree char *list_id = list_id_of(c);
    struct compose_content content = {.from = c->from,
                                      .reply_to = c->reply_to,
                                      .subject = c->subject,
                                      .html = c->html && *c->html ? c->html : NULL,
                                      .text = c->text && *c->text ? c->text : NULL,
                                      .list_id = list_id,
                                      .list_title =
                                          list_title && *list_title ? list_title : NULL,
                                      .campaign = c->name,
                                      .parts = c->parts};
    return letter_from(&content, c->title, error);
}

static char *title_of_list(struct db *db, const char *name)
{
    struct list list = {0};
    if (!list_get(db, name, &list, NULL))
        return NULL;
    char *title = g_strdup(list.title && *list.title ? list.title : list.name);
    list_clear(&list);
    return title;
}

/* The address of the campaign's mailbox; "" when it has none. */
static gboolean bounce_of(struct db *db, const struct campaign *c, char **ret, GError **error)
{
    struct mailbox m;
    if (!c->mailbox || !*c->mailbox) {
        *ret = g_strdup("");
        return TRUE;
    }
    if (!mailboxes_get(db, c->mailbox, &m, error))
        return FALSE;
    if (m.enabled)
        *ret = g_strdup(m.address);
    else
        g_set_error(
            error, CRIER_ERROR, CRIER_ERROR_INVALID,
            _("mailbox '%s' is switched off. `crier mailbox set %s --enabled yes` switches"
              " it on"),
            m.name, m.name);
    gboolean ok = m.enabled;
    mailbox_clear(&m);
    return ok;
}

struct letter *letter_draft(struct db *db, const struct campaign *c, GError **error)
{
    g_autofree char *bounce = NULL;
    g_autofree char *title = c->lists && c->lists[0] ? title_of_list(db, c->lists[0]) : NULL;
    struct campaign full;
    if (!bounce_of(db, c, &bounce, error) || !letter_expand(db, c, &full, error))
        return NULL;
    struct letter *l = letter_new(&full, title, error);
    letter_expanded_clear(&full);
    if (l && letter_set_bounce(l, bounce, error))
        return l;
    letter_free(l);
    return NULL;
}

struct letter *letter_load(struct db *db, gint64 campaign_id, int version, GError **error)
{
    struct content k;
    if (!content_get(db, campaign_id, version, &k, error))
        return NULL;
    struct compose_content content = {.from = k.from,
                                      .reply_to = k.reply_to,
                                      .subject = k.subject,
                                      .html = k.html && *k.html ? k.html : NULL,
                                      .text = k.text && *k.text ? k.text : NULL,
                                      .list_id = k.list_id && *k.list_id ? k.list_id : NULL,
                                      .list_title =
                                          k.list_title && *k.list_title ? k.list_title : NULL,
                                      .campaign = k.campaign_name,
                                      .parts = k.parts};
    struct letter *l = letter_from(&content, k.title, error);
    if (l && !letter_set_bounce(l, k.bounce, error))
        g_clear_pointer(&l, letter_free);
    content_clear(&k);
    return l;
}

struct letter *letter_ref(struct letter *l)
{
    g_atomic_ref_count_inc(&l->refs);
    return l;
}

void letter_free(struct letter *l)
{
    if (!l || !g_atomic_ref_count_dec(&l->refs))
        return;
    composed_unref(l->composed);
    json_unref(l->campaign);
    g_free(l->sender);
    g_free(l->bounce);
    g_free(l->bounce_head);
    g_free(l->bounce_tail);
    g_free(l->tag_head);
    g_free(l->tag_tail);
    g_free(l->subject_head);
    g_free(l);
}

const char *letter_sender(const struct letter *l)
{
    return l->sender;
}

gboolean letter_shows_unsubscribe(const struct letter *l)
{
    return l->shows_unsubscribe;
}

gboolean letter_set_bounce(struct letter *l, const char *address, GError **error)
{
    struct mailaddr a;
    g_clear_pointer(&l->bounce, g_free);
    if (address && *address) {
        if (!mailaddr_parse(address, &a, error)) {
            g_prefix_error(error, _("mailbox address: "));
            return FALSE;
        }
        l->bounce = mailaddr_format(&a); /* its domain as A-labels */
        mailaddr_clear(&a);
    }
    set_bounce_sender(l);
    set_unsubscribe(l);
    return TRUE;
}

/* A preview's tokens must not be anybody's. */
static gint64 token_id(gint64 delivery_id)
{
    return delivery_id > 0 ? delivery_id : G_MAXINT64;
}

char *letter_bounce_sender(const char *bounce, const guint8 key[32], gint64 delivery_id)
{
    g_autofree char *token = token_make(key, TOKEN_BOUNCE, token_id(delivery_id));
    return mailbox_tagged(bounce, token);
}

/* The parts one behind the other, and a NUL. Moves on behind them. */
static char *put_texts(char **at, const char *const parts[], guint n)
{
    char *start = *at;
    for (guint i = 0; i < n; i++)
        *at = stpcpy(*at, parts[i]);
    ++*at;
    return start;
}

/* Both in one piece of memory, that of an earlier one where it has room. */
static void envelope_fill(const struct letter *l, const guint8 key[32], gint64 delivery_id,
                          enum server_envelope mode, const char *token,
                          struct letter_envelope *ret)
{
    char tag[TOKEN_TEXT_BYTES];
    const char *sender[] = {l->sender, tag, l->bounce_tail}, *const envid[] = {token};
    guint n_parts = 1;
    gsize size = strlen(token) + 2;
    if (l->bounce && mode == SERVER_ENVELOPE_VERP &&
        token_put(tag, key, TOKEN_BOUNCE, token_id(delivery_id)) <= l->bounce_room) {
        sender[0] = l->bounce_head;
        n_parts = G_N_ELEMENTS(sender);
    }
    for (guint i = 0; i < n_parts; i++)
        size += strlen(sender[i]);
    if (size > ret->room) {
        g_free(ret->sender);
        ret->sender = g_malloc(size);
        ret->room = size;
    }
    char *at = ret->sender;
    put_texts(&at, sender, n_parts);
    ret->envid = put_texts(&at, envid, G_N_ELEMENTS(envid));
}

void letter_envelope(const struct letter *l, const guint8 key[32], gint64 delivery_id,
                     enum server_envelope mode, struct letter_envelope *ret)
{
    char token[TOKEN_TEXT_BYTES];
    token_put(token, key, TOKEN_MESSAGE, token_id(delivery_id));
    *ret = (struct letter_envelope){0};
    envelope_fill(l, key, delivery_id, mode, token, ret);
}

void letter_envelope_clear(struct letter_envelope *e)
{
    g_free(e->sender);
    *e = (struct letter_envelope){0};
}

struct composed *letter_composed(const struct letter *l)
{
    return l->composed;
}

char **letter_names(const struct letter *l)
{
    return composed_names(l->composed);
}

#define SHEET_BYTES 1024 /* of texts that need no memory of their own */

/* What compose needs for one person, with the memory behind it. */
struct sheet {
    struct compose_person person;
    struct fields plain;
    struct json *fields; /* owned; NULL: `plain` is enough */
    char *own;           /* owned; instead of `room`, where that is too small */
    char message_token[TOKEN_TEXT_BYTES];
    char room[SHEET_BYTES];
};

static void sheet_clear(struct sheet *s)
{
    if (s->fields)
        json_unref(s->fields);
    g_free(s->own);
}

/* The fields' own "address" and, where letters say {{email}}, one of that name too. */
static gboolean read_fields(const struct letter *l, const struct letter_person *p,
                            gboolean may_be_plain, struct sheet *s, GError **error)
{
    gsize len = strlen(p->fields_json);
    if (may_be_plain && text_is_utf8(p->address, strlen(p->address)) &&
        fields_read(&s->plain, p->fields_json, len)) {
        fields_set(&s->plain, "address", p->address);
        if (l->says_email && !fields_find(&s->plain, "email"))
            fields_set(&s->plain, "email", p->address);
        return TRUE;
    }
    s->fields = json_parse(p->fields_json, len, error);
    if (!s->fields)
        return FALSE;
    json_set_string(s->fields, "address", p->address);
    if (l->says_email && !json_member(s->fields, "email"))
        json_set_string(s->fields, "email", p->address);
    return TRUE;
}

/* What is made of the tokens: Message-ID, List-Unsubscribe, the address that a body shows. */
static void fill_texts(const struct letter *l, const guint8 key[32], gint64 id, struct sheet *s)
{
    char token[TOKEN_TEXT_BYTES];
    gboolean is_tag = token_put(token, key, TOKEN_UNSUBSCRIBE, id) <= l->tag_room;
    const char *domain = composed_from_domain(l->composed);
    const char *const list[] = {is_tag ? l->tag_head : l->subject_head, token,
                                is_tag ? l->tag_tail : ">"};
    const char *const message_id[] = {s->message_token, "@", domain};
    gsize need =
        2 * (strlen(list[0]) + strlen(list[2])) + strlen(domain) + 3 * sizeof token + 4;
    char *at = need <= sizeof s->room ? s->room : (s->own = g_malloc(need));
    token_put(s->message_token, key, TOKEN_MESSAGE, id);
    s->person.message_id = put_texts(&at, message_id, G_N_ELEMENTS(message_id));
    s->person.list_unsubscribe = put_texts(&at, list, G_N_ELEMENTS(list));
    if (!l->shows_unsubscribe)
        return;
    /* Without its brackets. */
    gsize len = (gsize)(at - s->person.list_unsubscribe) - 3;
    s->person.unsubscribe_url = memcpy(at, s->person.list_unsubscribe + 1, len);
    at[len] = '\0';
}

static gboolean sheet_fill(const struct letter *l, const guint8 key[32],
                           const struct letter_person *p, gboolean may_be_plain,
                           struct sheet *s, GError **error)
{
    s->fields = NULL;
    s->own = NULL;
    if (!read_fields(l, p, may_be_plain, s, error))
        return FALSE;
    s->person = (struct compose_person){.address = p->address,
                                        .fields = s->fields,
                                        .plain = s->fields ? NULL : &s->plain,
                                        .campaign = l->campaign,
                                        .date = p->date};
    fill_texts(l, key, token_id(p->delivery_id), s);
    return TRUE;
}

gboolean letter_write(const struct letter *l, const guint8 key[32],
                      const struct letter_person *p, GString *out, GError **error)
{
    struct sheet s;
    gboolean ok = sheet_fill(l, key, p, TRUE, &s, error) &&
                  compose_render(l->composed, &s.person, out, error);
    sheet_clear(&s);
    return ok;
}

gboolean letter_write_chunks(const struct letter *l, const guint8 key[32],
                             const struct letter_person *p, enum server_envelope mode,
                             GString *own, GArray *chunks, struct letter_envelope *ret,
                             GError **error)
{
    struct sheet s;
    gboolean ok = sheet_fill(l, key, p, TRUE, &s, error) &&
                  compose_render_chunks(l->composed, &s.person, own, chunks, error);
    if (ok)
        envelope_fill(l, key, p->delivery_id, mode, s.message_token, ret);
    sheet_clear(&s);
    return ok;
}

gboolean letter_write_part(const struct letter *l, const guint8 key[32],
                           const struct letter_person *p, char part, GString *out,
                           GError **error)
{
    struct sheet s;
    gboolean ok = sheet_fill(l, key, p, TRUE, &s, error) &&
                  compose_render_part(l->composed, &s.person, part, out, error);
    sheet_clear(&s);
    return ok;
}

gboolean
letter_look(const struct letter *l, const guint8 key[32], const struct letter_person *p,
            gboolean (*look)(const struct compose_person *who, void *data, GError **error),
            void *data, GError **error)
{
    struct sheet s;
    gboolean ok = sheet_fill(l, key, p, FALSE, &s, error) && look(&s.person, data, error);
    sheet_clear(&s);
    return ok;
}
