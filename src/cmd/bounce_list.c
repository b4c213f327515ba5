/*
 * crier bounce list, unknown, show: mail that came back, as it lies in the workspace. Reading
 * only.
 */
#include "config.h"

#include "cmd/handlers.h"

#include <inttypes.h>
#include <string.h>

#include "app/bounces_shapes.h"
#include "base/error.h"
#include "base/i18n.h"
#include "base/mailaddr.h"
#include "base/text.h"
#include "cmd/bounce_words.h"
#include "store/campaigns.h"
#include "store/inbound_browse.h"

#define GROUPS_MOST 10000

static const struct output_column list_columns[] = {
    {"id", N_("No."), OUTPUT_NUMBER},
    {"time", N_("Time"), OUTPUT_TIME},
    {"mailbox", N_("Mailbox")},
    {"kind", N_("Kind")},
    {"recipient", N_("Recipient")},
    {"class", N_("Class")},
    {"status", N_("Status")},
    {"reason", N_("Reason")},
    {"campaign", N_("Campaign")},
    {"state", N_("State"), OUTPUT_TEXT, TRUE},
    {"fault", N_("Fault of"), OUTPUT_TEXT, TRUE},
    {"found_by", N_("Matched by"), OUTPUT_TEXT, TRUE},
    {"delivery", N_("Delivery"), OUTPUT_NUMBER, TRUE},
    {"sender", N_("From"), OUTPUT_TEXT, TRUE},
    {"subject", N_("Subject"), OUTPUT_TEXT, TRUE},
    {"message_id", N_("Message-ID"), OUTPUT_TEXT, TRUE},
    {"diagnostic", N_("Diagnostic"), OUTPUT_TEXT, TRUE},
    {"pattern_id", N_("Pattern"), OUTPUT_TEXT, TRUE},
    {"note", N_("Note"), OUTPUT_TEXT, TRUE},
    {NULL},
};

/* ---- list ---- */

static const char *const state_names[] = {"decided", "unknown", "assigned", NULL};

static gboolean read_state(const struct cmd_context *c, int *ret, GError **error)
{
    const char *name;
    if (!bounce_read_name(c, "state", state_names, &name, error))
        return FALSE;
    *ret = -1;
    for (int i = 0; name && state_names[i]; i++)
        if (strcmp(state_names[i], name) == 0)
            *ret = i;
    return TRUE;
}

static gboolean read_campaign(const struct cmd_context *c, gint64 *ret_id, GError **error)
{
    const char *name = cmd_option(c, "campaign");
    struct campaign campaign = {0};
    *ret_id = 0;
    if (!name)
        return TRUE;
    if (!campaigns_get(c->db, name, &campaign, error))
        return FALSE;
    *ret_id = campaign.id;
    campaign_clear(&campaign);
    return TRUE;
}

static gboolean read_domain(const struct cmd_context *c, char **ret, GError **error)
{
    const char *domain = cmd_option(c, "domain");
    *ret = NULL;
    if (!domain || domain_to_ascii(domain, ret, error))
        return TRUE;
    g_prefix_error(error, "--domain: ");
    return cmd_wrong_usage(error);
}

static gboolean put_pages(const struct cmd_context *c, const struct inbound_filter *f,
                          gint64 limit, struct output *o, GError **error)
{
    g_autoptr(GPtrArray) page = NULL;
    for (gint64 left = limit;;) {
        int max = (int)MIN(left, BOUNCE_PAGE_ROWS);
        const struct inbound_entry *last =
            page && page->len > 0 ? page->pdata[page->len - 1] : NULL;
        g_autoptr(GPtrArray) next = inbound_browse(c->db, f, last, max, error);
        if (!next)
            return FALSE;
        for (guint i = 0; i < next->len; i++) {
            bounces_shape_entry(output_row_begin(o), next->pdata[i]);
            output_row_end(o);
        }
        left -= next->len;
        if (next->len < (guint)max || left == 0)
            return TRUE;
        g_clear_pointer(&page, g_ptr_array_unref);
        page = g_steal_pointer(&next);
    }
}

int cmd_bounce_list(struct cmd_context *c)
{
    GError *error = NULL;
    struct inbound_filter f = {0};
    gint64 limit = G_MAXINT64;
    g_autofree char *domain = NULL;
    if (!bounce_read_name(c, "kind", bounce_kind_names(), &f.kind, &error) ||
        !bounce_read_name(c, "reason", bounce_reason_names(), &f.reason, &error) ||
        !bounce_read_name(c, "class", bounce_class_names(), &f.class, &error) ||
        !read_state(c, &f.state, &error) || !read_domain(c, &domain, &error) ||
        !bounce_read_since(c, &f.since_us, &error) ||
        !cmd_option_int(c, "limit", 1, G_MAXINT64, G_MAXINT64, &limit, &error) ||
        !read_campaign(c, &f.campaign_id, &error))
        return cmd_fail(error);
    f.domain = domain;
    struct output *o =
        output_begin(stdout, c->line->format, list_columns, c->line->fields, &error);
    if (!o)
        return cmd_fail(error);
    gboolean ok = put_pages(c, &f, limit, o, &error);
    output_end(o);
    return ok ? cmd_done(0) : cmd_fail(error);
}

/* ---- unknown ---- */

static const struct output_column group_columns[] = {
    {"pattern_id", N_("Pattern")},
    {"count", N_("Messages"), OUTPUT_NUMBER},
    {"newest", N_("Newest"), OUTPUT_TIME},
    {"example", N_("Example"), OUTPUT_NUMBER},
    {"subject", N_("Subject")},
    {"pattern", N_("Its words"), OUTPUT_TEXT, TRUE},
    {NULL},
};

static const struct output_column unknown_columns[] = {
    {"id", N_("No."), OUTPUT_NUMBER},
    {"time", N_("Time"), OUTPUT_TIME},
    {"kind", N_("Kind")},
    {"sender", N_("From")},
    {"subject", N_("Subject")},
    {"note", N_("Why it waits")},
    {"pattern_id", N_("Pattern"), OUTPUT_TEXT, TRUE},
    {NULL},
};

static void say_next_step(const struct inbound_group *g)
{
    g_autofree char *id = bounces_pattern_id(g->pattern);
    cmd_say(_("Read one: crier bounce show %" PRId64 ". All that are alike: crier bounce "
              "unknown %s."),
            g->newest_id, id);
    cmd_say(
        _("Say what they are: crier bounce assign --pattern %s --kind bounce --reason R, or "
          "--kind nothing."),
        id);
}

static int list_groups(struct cmd_context *c)
{
    GError *error = NULL;
    g_autoptr(GPtrArray) all = inbound_unknown(c->db, GROUPS_MOST, &error);
    struct output *o =
        all ? output_begin(stdout, c->line->format, group_columns, c->line->fields, &error)
            : NULL;
    if (!o)
        return cmd_fail(error);
    for (guint i = 0; i < all->len; i++) {
        bounces_shape_group(output_row_begin(o), all->pdata[i]);
        output_row_end(o);
    }
    output_end(o);
    if (cmd_wants_json(c))
        return cmd_done(0);
    if (all->len == 0)
        cmd_say(_("All mail that came back was understood."));
    else
        say_next_step(all->pdata[0]);
    return cmd_done(0);
}

static int list_pattern(struct cmd_context *c, const char *word)
{
    GError *error = NULL;
    g_autofree char *pattern = bounces_find_pattern(c->db, word, &error);
    struct output *o = pattern ? output_begin(stdout, c->line->format, unknown_columns,
                                              c->line->fields, &error)
                               : NULL;
    if (!o)
        return cmd_fail(error);
    gint64 before = 0;
    for (guint n = BOUNCE_PAGE_ROWS; n == BOUNCE_PAGE_ROWS && !error;) {
        g_autoptr(GPtrArray) page =
            inbound_of_pattern(c->db, pattern, before, BOUNCE_PAGE_ROWS, &error);
        n = page ? page->len : 0;
        for (guint i = 0; i < n; i++) {
            const struct inbound_row *r = page->pdata[i];
            bounces_shape_message(output_row_begin(o), r);
            output_row_end(o);
            before = r->id;
        }
    }
    output_end(o);
    return error ? cmd_fail(error) : cmd_done(0);
}

int cmd_bounce_unknown(struct cmd_context *c)
{
    return cmd_words(c) > 0 ? list_pattern(c, cmd_word(c, 0)) : list_groups(c);
}

/* ---- show ---- */

static const struct output_column show_columns[] = {
    {"id", N_("No."), OUTPUT_NUMBER},
    {"time", N_("Time"), OUTPUT_TIME},
    {"mailbox", N_("Mailbox")},
    {"kind", N_("Kind")},
    {"state", N_("State")},
    {"sender", N_("From")},
    {"subject", N_("Subject")},
    {"message_id", N_("Message-ID")},
    {"bytes", N_("Bytes"), OUTPUT_NUMBER},
    {"pattern_id", N_("Pattern")},
    {"note", N_("Note")},
    {NULL},
};

static const struct output_column said_columns[] = {
    {"recipient", N_("Recipient")},
    {"kind", N_("Kind")},
    {"class", N_("Class")},
    {"status", N_("Status")},
    {"reason", N_("Reason")},
    {"meaning", N_("Meaning"), OUTPUT_OURS},
    {"fault", N_("Fault of")},
    {"campaign", N_("Campaign")},
    {"delivery", N_("Delivery"), OUTPUT_NUMBER},
    {"match", N_("Matched"), OUTPUT_OURS},
    {"remote_host", N_("Said by")},
    {"rule", N_("Decided by")},
    {"diagnostic", N_("Diagnostic")},
    {NULL},
};

static void put_recipient(const struct cmd_context *c, const struct bounces_said *s)
{
    g_autoptr(GString) json = g_string_new(NULL);
    struct json_writer *w = json_writer_new_string(json, FALSE);
    bounces_shape_said(w, s);
    json_writer_free(w);
    putchar('\n');
    output_record(stdout, c->line->format, said_columns, json->str);
    for (guint i = 0; i < s->followed->len; i++)
        printf("%s %s.\n", i == 0 ? _("What followed:") : "              ",
               _((const char *)s->followed->pdata[i]));
    if (s->followed->len == 0)
        printf("%s\n", _("Nothing followed."));
}

static void put_text(const struct bounces_shown *b)
{
    g_autofree char *text = text_safe_block(b->text, -1, 0);
    putchar('\n');
    if (!b->has_raw)
        printf("%s\n",
               _("The message itself was forgotten after its time; the facts are left."));
    else
        printf("%s\n", g_strchomp(text));
    if (b->is_cut)
        printf("%s\n", _("(Only the beginning of the message was kept.)"));
}

static void put_shown(const struct cmd_context *c, const struct bounces_shown *b)
{
    g_autoptr(GString) json = g_string_new(NULL);
    struct json_writer *w = json_writer_new_string(json, FALSE);
    bounces_shape_shown(w, b);
    json_writer_free(w);
    output_record(stdout, c->line->format, show_columns, json->str);
    if (cmd_wants_json(c))
        return;
    for (guint i = 0; i < b->said->len; i++)
        put_recipient(c, b->said->pdata[i]);
    put_text(b);
}

static int put_raw(struct cmd_context *c, gint64 id)
{
    GError *error = NULL;
    gsize len = 0;
    g_autoptr(GBytes) raw = inbound_raw(c->db, id, &error);
    const char *octets = raw ? g_bytes_get_data(raw, &len) : NULL;
    if (raw && len == 0)
        g_set_error(&error, CRIER_ERROR, CRIER_ERROR_NOT_FOUND,
                    _("message #%" PRId64 ": its octets were forgotten after their time. What "
                      "is known of it: crier bounce show %" PRId64),
                    id, id);
    if (error)
        return cmd_fail(error);
    fwrite(octets, 1, len, stdout);
    return cmd_done(0);
}

int cmd_bounce_show(struct cmd_context *c)
{
    GError *error = NULL;
    struct bounces_shown b = {0};
    gint64 id = 0;
    if (!bounce_read_id(cmd_word(c, 0), &id, &error))
        return cmd_fail(error);
    if (cmd_has(c, "raw") && cmd_wants_json(c))
        return cmd_fail(
            g_error_new(CRIER_ERROR, CRIER_ERROR_USAGE,
                        _("--raw and --json do not go together: give one of them")));
    if (cmd_has(c, "raw"))
        return put_raw(c, id);
    if (!bounces_show(c->db, id, &b, &error))
        return cmd_fail(error);
    put_shown(c, &b);
    if (b.row.state == INBOUND_UNKNOWN && !cmd_wants_json(c))
        cmd_say(_("Say what it means: crier bounce assign %" PRId64 " --kind bounce --reason R "
                  "--address ADDRESS, or --kind nothing."),
                id);
    bounces_shown_clear(&b);
    return cmd_done(0);
}
