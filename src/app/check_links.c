/*
 * Preflight of links and images, as they stand in the templates. What a person's own values
 * make of a link is check_people.c's.
 */
#include "config.h"

#include "app/check_private.h"

#include <string.h>

#include "base/i18n.h"
#include "model/part.h"

/* ---- links ---- */

static gboolean is_ours(const char *url)
{
    return strstr(url, "unsubscribe_url") || strstr(url, "view_url");
}

/* One finding a fault: key, level and the two sentences. */
static const struct {
    const char *key;
    enum check_level level;
    const char *one, *many;
} link_faults[BODYSCAN_FAULT_COUNT] = {
    [BODYSCAN_FAULT_EMPTY] = {"links.empty", CHECK_WARN, N_("%u link leads nowhere."),
                              N_("%u links lead nowhere.")},
    [BODYSCAN_FAULT_SYNTAX] = {"links.syntax", CHECK_FAIL,
                               N_("%u link cannot be followed: it is no whole address such as "
                                  "https://www.host/page."),
                               N_("%u links cannot be followed: they are no whole addresses "
                                  "such as https://www.host/page.")},
    [BODYSCAN_FAULT_SCRIPT] =
        {"links.script", CHECK_FAIL,
         N_("%u link runs a script: mail programs drop it or the whole message."),
         N_("%u links run scripts: mail programs drop them or the whole message.")},
    [BODYSCAN_FAULT_PLACEHOLDER] = {"links.placeholder", CHECK_WARN,
                                    N_("%u link looks like a placeholder."),
                                    N_("%u links look like placeholders.")},
    [BODYSCAN_FAULT_HTTP] = {"links.http", CHECK_WARN,
                             N_("%u link is not encrypted: use https."),
                             N_("%u links are not encrypted: use https.")},
};

struct faulty {
    guint n[BODYSCAN_FAULT_COUNT];
    GHashTable *seen; /* of urls; borrowed */
    const char *first[BODYSCAN_FAULT_COUNT][CHECK_MAX_EXAMPLES];
};

static void judge_links(struct faulty *f, const GPtrArray *links)
{
    for (guint i = 0; i < links->len; i++) {
        const struct bodyscan_link *l = g_ptr_array_index(links, i);
        enum bodyscan_fault fault = bodyscan_check_link(l->url);
        if (is_ours(l->url) || !g_hash_table_add(f->seen, l->url))
            continue;
        if (f->n[fault] < CHECK_MAX_EXAMPLES)
            f->first[fault][f->n[fault]] = l->url;
        f->n[fault]++;
    }
}

/* The sentences of the table have one %u each. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
static void report_fault(struct check *c, const struct faulty *f, enum bodyscan_fault fault)
{
    guint n = f->n[fault];
    struct check_finding *found =
        check_add(c, link_faults[fault].level, link_faults[fault].key,
                  ngettext(link_faults[fault].one, link_faults[fault].many, n), n);
    found->count = n;
    for (guint i = 0; i < MIN(n, (guint)CHECK_MAX_EXAMPLES); i++)
        check_example(found, f->first[fault][i]);
}
#pragma GCC diagnostic pop

void check_links(struct check *c)
{
    struct faulty f = {.seen = g_hash_table_new(g_str_hash, g_str_equal)};
    guint n_bad = 0;
    if (c->has_scan)
        judge_links(&f, c->in_html.links);
    if (c->text)
        judge_links(&f, c->in_text.links);
    for (int fault = 1; fault < BODYSCAN_FAULT_COUNT; fault++)
        if (f.n[fault] > 0) {
            report_fault(c, &f, (enum bodyscan_fault)fault);
            n_bad += f.n[fault];
        }
    if (n_bad == 0 && (c->has_scan || c->text))
        check_add(c, CHECK_OK, "links",
                  ngettext("%u link, as it should be.",
                           "%u different links, all as they should be.",
                           f.n[BODYSCAN_FAULT_NONE]),
                  f.n[BODYSCAN_FAULT_NONE])
            ->count = f.n[BODYSCAN_FAULT_NONE];
    g_hash_table_unref(f.seen);
}

/* ---- images ---- */

static const struct part *part_of(const struct check *c, const char *content_id)
{
    const GPtrArray *parts = c->campaign.parts;
    for (guint i = 0; parts && i < parts->len; i++) {
        const struct part *p = g_ptr_array_index(parts, i);
        if (p->content_id && strcmp(p->content_id, content_id) == 0)
            return p;
    }
    return NULL;
}

static gboolean has_scheme(const char *url, const char *scheme)
{
    return g_ascii_strncasecmp(url, scheme, strlen(scheme)) == 0;
}

/* Whether a mail program could show it. */
static gboolean is_reachable(const char *src)
{
    return has_scheme(src, "https://") || has_scheme(src, "http://") ||
           has_scheme(src, "cid:") || g_str_has_prefix(src, "{{");
}

static void add_count(struct check *c, struct check_finding **f, enum check_level level,
                      const char *key, const char *sentence, const char *example)
{
    if (!*f)
        *f = check_add(c, level, key, "%s", sentence);
    (*f)->count++;
    check_example(*f, example);
}

static void check_shown_parts(struct check *c)
{
    const GPtrArray *parts = c->campaign.parts;
    struct check_finding *unused = NULL;
    for (guint i = 0; parts && i < parts->len; i++) {
        const struct part *p = g_ptr_array_index(parts, i);
        g_autofree char *cid = p->content_id ? g_strconcat("cid:", p->content_id, NULL) : NULL;
        if (p->kind == PART_INLINE && cid && !strstr(c->html, cid))
            add_count(c, &unused, CHECK_WARN, "images.unused",
                      _("Inline images that the HTML does not show are sent all the same."),
                      p->file);
    }
}

void check_images(struct check *c)
{
    struct check_finding *alt = NULL, *lost = NULL, *missing = NULL, *http = NULL;
    if (!c->has_scan)
        return;
    for (guint i = 0; i < c->in_html.images->len; i++) {
        const struct bodyscan_image *image = g_ptr_array_index(c->in_html.images, i);
        if (!image->has_alt)
            add_count(
                c, &alt, CHECK_WARN, "images.alt",
                _("Images have no alt text, which is what people see until they load them."),
                image->src);
        if (!is_reachable(image->src))
            add_count(c, &lost, CHECK_FAIL, "images.source",
                      _("Images cannot be shown: their source is neither https:// nor cid:."),
                      image->src);
        else if (has_scheme(image->src, "cid:") && !part_of(c, image->src + 4))
            add_count(c, &missing, CHECK_FAIL, "images.cid",
                      _("Images name a cid: that no inline image has."), image->src);
        else if (has_scheme(image->src, "http://"))
            add_count(c, &http, CHECK_WARN, "images.http",
                      _("Images are loaded unencrypted: use https."), image->src);
    }
    check_shown_parts(c);
    if (!alt && !lost && !missing && !http && c->in_html.images->len > 0)
        check_add(c, CHECK_OK, "images",
                  ngettext("%u image, as it should be.", "%u images, all as they should be.",
                           c->in_html.images->len),
                  c->in_html.images->len)
            ->count = c->in_html.images->len;
}
