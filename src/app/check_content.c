/*
 * Preflight of what is said, as it stands in the templates: the way out, text beside HTML, the
 * words behind the subject, the postal address.
 */
#include "config.h"

#include "app/check_private.h"

#include <string.h>

#include "base/i18n.h"
#include "message/template.h"

#define PREHEADER_MAX 150        /* characters that a mailbox shows at most */
#define TEXT_SHARE_MIN 3         /* text under a third of what the HTML shows */
#define TEXT_WORTH_COMPARING 200 /* bytes of visible HTML text */

/* ---- the way out ---- */

static gboolean shows_way_out(const struct check *c)
{
    for (guint i = 0; i < c->in_html.links->len; i++) {
        const struct bodyscan_link *l = g_ptr_array_index(c->in_html.links, i);
        if (strstr(l->url, "unsubscribe_url") && !l->is_hidden && *l->text)
            return TRUE;
    }
    return strstr(c->in_html.text->str, "unsubscribe_url") != NULL;
}

static void check_unsubscribe(struct check *c)
{
    gboolean in_html = !c->has_scan || shows_way_out(c);
    gboolean in_text = !c->text || strstr(c->text, "unsubscribe_url");
    if (!in_html)
        check_add(
            c, CHECK_FAIL, "unsubscribe",
            _("The HTML shows no link to {{unsubscribe_url}}: people must see how to leave."));
    if (!in_text)
        check_add(
            c, CHECK_FAIL, "unsubscribe",
            _("The text does not show {{unsubscribe_url}}: people must see how to leave."));
    if (in_html && in_text)
        check_add(c, CHECK_OK, "unsubscribe", _("People see how to leave."));
}

/* ---- text beside HTML ---- */

static gboolean has_link(const GPtrArray *links, const char *url)
{
    for (guint i = 0; i < links->len; i++) {
        const struct bodyscan_link *l = g_ptr_array_index(links, i);
        if (strcmp(l->url, url) == 0)
            return TRUE;
    }
    return FALSE;
}

static guint only_in(const GPtrArray *links, const GPtrArray *others,
                     const char *first[CHECK_MAX_EXAMPLES])
{
    guint n = 0;
    for (guint i = 0; i < links->len; i++) {
        const struct bodyscan_link *l = g_ptr_array_index(links, i);
        if (g_ascii_strncasecmp(l->url, "http", 4) != 0 || has_link(others, l->url))
            continue;
        if (n < CHECK_MAX_EXAMPLES)
            first[n] = l->url;
        n++;
    }
    return n;
}

static guint compare_links(struct check *c, gboolean is_html)
{
    const char *first[CHECK_MAX_EXAMPLES];
    guint n = is_html ? only_in(c->in_html.links, c->in_text.links, first)
                      : only_in(c->in_text.links, c->in_html.links, first);
    if (n == 0)
        return 0;
    struct check_finding *f =
        is_html ? check_add(c, CHECK_WARN, "text.links",
                            ngettext("%u link of the HTML is not in the text.",
                                     "%u links of the HTML are not in the text.", n),
                            n)
                : check_add(c, CHECK_WARN, "text.links",
                            ngettext("%u link of the text is not in the HTML.",
                                     "%u links of the text are not in the HTML.", n),
                            n);
    f->count = n;
    for (guint i = 0; i < MIN(n, (guint)CHECK_MAX_EXAMPLES); i++)
        check_example(f, first[i]);
    return n;
}

struct names {
    GHashTable *html, *text; /* of names; borrowed from the letter */
};

static void sort_name(char part, const struct template_use *use, void *data)
{
    struct names *n = data;
    if (part == 'h')
        g_hash_table_add(n->html, (char *)use->name);
    else if (part == 't')
        g_hash_table_add(n->text, (char *)use->name);
}

static guint names_only_in(struct check *c, GHashTable *names, GHashTable *others,
                           gboolean is_html)
{
    GHashTableIter iter;
    gpointer name;
    struct check_finding *f = NULL;
    g_hash_table_iter_init(&iter, names);
    while (g_hash_table_iter_next(&iter, &name, NULL)) {
        if (g_hash_table_contains(others, name))
            continue;
        if (!f)
            f = check_add(c, CHECK_WARN, "text.fields",
                          is_html ? _("The HTML has fields that the text does not have.")
                                  : _("The text has fields that the HTML does not have."));
        f->count++;
        check_example(f, name);
    }
    return f ? (guint)f->count : 0;
}

static guint compare_names(struct check *c)
{
    struct names n = {g_hash_table_new(g_str_hash, g_str_equal),
                      g_hash_table_new(g_str_hash, g_str_equal)};
    composed_each_use(letter_composed(c->letter), sort_name, &n);
    guint found =
        names_only_in(c, n.html, n.text, TRUE) + names_only_in(c, n.text, n.html, FALSE);
    g_hash_table_unref(n.html);
    g_hash_table_unref(n.text);
    return found;
}

static void check_text(struct check *c)
{
    if (!c->html) {
        check_add(c, CHECK_OK, "text", _("It is text alone."));
        return;
    }
    if (!c->text) {
        check_add(c, CHECK_WARN, "text",
                  _("There is no text part for people whose mail program shows no HTML, and "
                    "for filters."));
        return;
    }
    if (!c->campaign.text || !*c->campaign.text) {
        check_add(c, CHECK_OK, "text", _("The text part is made from the HTML."));
        return;
    }
    if (!c->has_scan || !c->letter)
        return;
    gsize seen = c->in_html.text->len;
    guint found = compare_links(c, TRUE) + compare_links(c, FALSE) + compare_names(c);
    if (seen > TEXT_WORTH_COMPARING && c->in_text.text->len < seen / TEXT_SHARE_MIN) {
        check_add(c, CHECK_WARN, "text",
                  _("The text is much shorter than what the HTML shows: filters take that for "
                    "a trick."));
        found++;
    }
    if (found == 0)
        check_add(c, CHECK_OK, "text",
                  _("Text and HTML say the same, as far as one can tell."));
}

/* ---- smaller ones ---- */

static void check_preheader(struct check *c)
{
    const char *preheader = c->campaign.preheader;
    if (!c->html)
        return;
    if (!preheader || !*preheader)
        check_add(c, CHECK_OK, "preheader",
                  _("There is no preheader: mailboxes show the first words of the body."));
    else if (g_utf8_strlen(preheader, -1) > PREHEADER_MAX)
        check_add(c, CHECK_WARN, "preheader",
                  _("The preheader is longer than mailboxes show (%d characters)."),
                  PREHEADER_MAX);
    else
        check_add(c, CHECK_OK, "preheader", _("There is a preheader."));
}

/* Blanks do not count, so that an address may be broken over lines. */
static char *without_blanks(const char *s)
{
    GString *out = g_string_new(NULL);
    for (; *s; s++)
        if (!g_ascii_isspace(*s) && *s != ',')
            g_string_append_c(out, *s);
    return g_string_free(out, FALSE);
}

static void check_postal(struct check *c)
{
    const char *address = c->campaign.postal_address;
    if (!address || !*address) {
        check_add(c, CHECK_WARN, "postal",
                  _("No postal address is named, which the law asks for in many countries."
                    " `crier campaign set %s --postal-address ADDRESS` names it."),
                  c->campaign.name);
        return;
    }
    g_autofree char *wanted = without_blanks(address);
    g_autofree char *html = without_blanks(c->has_scan ? c->in_html.text->str : "");
    g_autofree char *text = without_blanks(c->text ? c->text : "");
    if (c->campaign.layout != CAMPAIGN_LAYOUT_NONE || strstr(html, wanted) ||
        strstr(text, wanted))
        check_add(c, CHECK_OK, "postal", _("The postal address is shown."));
    else
        check_add(c, CHECK_WARN, "postal", _("The body does not show the postal address."));
}

void check_content(struct check *c)
{
    if (!c->html && !c->text)
        return; /* said by "ready" */
    check_unsubscribe(c);
    check_text(c);
    check_preheader(c);
    check_postal(c);
    if (c->has_scan && c->in_html.has_active)
        check_add(c, CHECK_WARN, "html.active",
                  _("The HTML has scripts, forms or frames, which mail programs drop."));
}
