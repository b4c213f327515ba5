/*
 * One message that came back with all that is known of it, and the groups of those that nobody
 * understood. Nothing is changed here.
 */
#include "config.h"

#include "app/bounces.h"

#include <inttypes.h>
#include <string.h>

#include "base/crypto.h"
#include "base/error.h"
#include "base/i18n.h"
#include "base/mailaddr.h"
#include "base/text.h"
#include "inbound/inbound.h"
#include "store/inbound_browse.h"

#define GROUPS_MOST 10000
#define SHOWN_MOST (INBOUND_MAX_ITEMS + 1)

/* ---- what followed ---- */

static const struct {
    int effect;
    const char *sentence;
} effect_rows[] = {
    {SAID_SUPPRESSED, N_("the address is not mailed any more")},
    {SAID_WAITS, N_("far more came back of this receiver than usual, so nobody is marked until "
                    "you decide (crier suppress storms)")},
    {SAID_HARD, N_("counts as a hard bounce of the campaign")},
    {SAID_SOFT, N_("counts as a soft bounce of the campaign")},
    {SAID_AGAINST, N_("counts among the soft bounces in a row of this address")},
    {SAID_COMPLAINED, N_("counts as a complaint about the campaign")},
    {SAID_UNSUBSCRIBED, N_("counts as an unsubscription of the campaign")},
    {SAID_RETURNED, N_("it was not the person's fault: the message is tried again")},
    {SAID_RESOLVED, N_("a delivery that was maybe sent is known to have gone out")},
    {SAID_HEALED, N_("mail arrives there: soft bounces before it count no more")},
};

GPtrArray *bounces_followed(const struct said *s)
{
    GPtrArray *all = g_ptr_array_new();
    for (gsize i = 0; i < G_N_ELEMENTS(effect_rows); i++)
        if (s->effects & effect_rows[i].effect)
            g_ptr_array_add(all, (char *)effect_rows[i].sentence);
    return all;
}

const char *bounces_found_words(enum said_by by)
{
    static const char *const words[SAID_BY_COUNT] = {
        [SAID_BY_NOTHING] = N_("matched to nobody who was mailed"),
        [SAID_BY_TOKEN] = N_("known by a token that we signed"),
        [SAID_BY_ADDRESS] = N_("known by the address, the newest message to it"),
        [SAID_BY_HAND] = N_("assigned by hand"),
    };
    return words[(unsigned)by < SAID_BY_COUNT ? by : SAID_BY_NOTHING];
}

/* ---- one message ---- */

static void free_said(gpointer p)
{
    struct bounces_said *s = p;
    said_clear(&s->said);
    g_free(s->campaign);
    g_free(s->remote_host);
    g_free(s->rule);
    g_ptr_array_unref(s->followed);
    g_free(s);
}

void bounces_shown_clear(struct bounces_shown *b)
{
    inbound_row_clear(&b->row);
    g_free(b->mailbox);
    g_free(b->text);
    g_clear_pointer(&b->said, g_ptr_array_unref);
    *b = (struct bounces_shown){0};
}

/* What the message's words say of this address as they are read today; NULL: nothing. */
static const struct inbound_item *item_of(const struct inbound *in, const struct said *s)
{
    for (guint i = 0; in && i < in->items->len; i++) {
        const struct inbound_item *item = in->items->pdata[i];
        struct mailaddr a;
        if (!mailaddr_parse(item->address, &a, NULL))
            continue;
        g_autofree char *key = mailaddr_key(&a);
        mailaddr_clear(&a);
        if (strcmp(key, s->address_key) == 0)
            return item;
    }
    return in && in->items->len == 1 ? in->items->pdata[0] : NULL;
}

static struct bounces_said *noted(struct inbound_entry *e, const struct inbound *in)
{
    struct bounces_said *s = g_new0(struct bounces_said, 1);
    const struct inbound_item *item = item_of(in, &e->said);
    s->followed = bounces_followed(&e->said);
    s->campaign = g_steal_pointer(&e->campaign);
    s->remote_host = g_strdup(item ? item->remote_host : "");
    s->rule = g_strdup(item && item->rule ? item->rule : "");
    s->said = e->said;
    e->said = (struct said){0};
    return s;
}

static struct said only_read(const struct inbound_item *item)
{
    return (struct said){.address = g_strdup(item->address),
                         .address_key = g_strdup(""),
                         .provider = g_strdup(""),
                         .kind = g_strdup(mail_kind_name(item->kind)),
                         .class = g_strdup(bounce_class_name(item->class)),
                         .reason = g_strdup(bounce_reason_row(item->reason)->name),
                         .fault = g_strdup(bounce_fault_name(item->fault)),
                         .status = g_strdup(item->status),
                         .text = g_strdup(item->diagnostic)};
}

/* A message that names people of whom nothing was noted. */
static void add_only_read(struct bounces_shown *b, const struct inbound *in)
{
    for (guint i = 0; in && b->said->len == 0 && i < in->items->len; i++) {
        const struct inbound_item *item = in->items->pdata[i];
        struct bounces_said *s = g_new0(struct bounces_said, 1);
        s->said = only_read(item);
        s->campaign = g_strdup("");
        s->remote_host = g_strdup(item->remote_host);
        s->rule = g_strdup(item->rule ? item->rule : "");
        s->followed = g_ptr_array_new();
        g_ptr_array_add(b->said, s);
    }
}

/* The rows of the list that are this message's. */
static gboolean read_noted(struct db *db, struct bounces_shown *b, const struct inbound *in,
                           GError **error)
{
    const struct inbound_filter all = {.state = -1};
    const struct inbound_entry from = {.message.id = b->row.id, .said.id = G_MAXINT64};
    g_autoptr(GPtrArray) page = inbound_browse(db, &all, &from, SHOWN_MOST, error);
    for (guint i = 0; page && i < page->len; i++) {
        struct inbound_entry *e = page->pdata[i];
        if (e->message.id != b->row.id)
            break;
        if (!b->mailbox)
            b->mailbox = g_steal_pointer(&e->mailbox);
        if (e->said.id > 0)
            g_ptr_array_insert(b->said, 0, noted(e, in));
    }
    return page != NULL;
}

gboolean bounces_show(struct db *db, gint64 id, struct bounces_shown *ret, GError **error)
{
    struct bounces_shown b = {.said = g_ptr_array_new_with_free_func(free_said)};
    g_autoptr(GBytes) raw = inbound_raw(db, id, error);
    struct bounce_rules *rules = raw ? bounce_rule_load(db, error) : NULL;
    gsize len = 0;
    const char *octets = raw ? g_bytes_get_data(raw, &len) : NULL;
    struct inbound *in = rules && len > 0 ? inbound_read(octets, len, rules) : NULL;
    gboolean ok = rules && inbound_get(db, id, &b.row, error) && read_noted(db, &b, in, error);
    if (ok) {
        add_only_read(&b, in);
        b.has_raw = len > 0;
        b.is_cut = len > 0 && (gint64)len < b.row.bytes;
        b.text = len > 0 ? inbound_text(octets, len) : g_strdup("");
        b.mailbox = b.mailbox ? b.mailbox : g_strdup("");
        *ret = b;
    } else {
        bounces_shown_clear(&b);
    }
    inbound_free(in);
    bounce_rules_free(rules);
    return ok;
}

/* ---- what nobody understood ---- */

char *bounces_pattern_id(const char *pattern)
{
    g_autofree char *hex = crypto_sha256_hex(pattern, strlen(pattern));
    return g_strndup(hex, BOUNCES_PATTERN_ID_CHARS);
}

static gboolean fits(const char *pattern, const char *word)
{
    g_autofree char *id = bounces_pattern_id(pattern);
    return strcmp(pattern, word) == 0 || g_str_has_prefix(id, word);
}

char *bounces_find_pattern(struct db *db, const char *word, GError **error)
{
    g_autoptr(GPtrArray) all = inbound_unknown(db, GROUPS_MOST, error);
    const char *found = NULL;
    guint n = 0;
    if (!all)
        return NULL;
    for (guint i = 0; i < all->len && *word; i++) {
        const struct inbound_group *g = all->pdata[i];
        if (!fits(g->pattern, word))
            continue;
        found = g->pattern;
        n++;
    }
    if (n == 1)
        return g_strdup(found);
    g_autofree char *safe = text_safe(word, -1, 80);
    if (n == 0)
        g_set_error(
            error, CRIER_ERROR, CRIER_ERROR_NOT_FOUND,
            _("no message that was not understood has the pattern '%s'. See those there "
              "are with: crier bounce unknown"),
            safe);
    else
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_INVALID,
                    _("'%s' begins the numbers of %u patterns. Give more of it"), safe, n);
    return NULL;
}

GArray *bounces_of_pattern(struct db *db, const char *pattern, GError **error)
{
    g_autoptr(GArray) ids = g_array_new(FALSE, FALSE, sizeof(gint64));
    gint64 before = 0;
    for (;;) {
        g_autoptr(GPtrArray) page = inbound_of_pattern(db, pattern, before, 1000, error);
        if (!page)
            return NULL;
        if (page->len == 0)
            return g_steal_pointer(&ids);
        for (guint i = 0; i < page->len; i++) {
            before = ((const struct inbound_row *)page->pdata[i])->id;
            g_array_append_val(ids, before);
        }
    }
}
