/*
 * Preflight on everybody: pages of people go to a pool of threads, which fill in each one's
 * subject, HTML and message and count what is wrong. Memory does not depend on how many there
 * are: only a few pages are under way at a time, and of each fault the first people are kept.
 */
#include "config.h"

#include "app/check_tally_private.h"

#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/mailaddr.h"
#include "base/text.h"
#include "message/template.h"
#include "store/people.h"

#define PAGE_PEOPLE 500
#define PAGES_PER_THREAD 3
#define MAX_THREADS 16
#define MAX_LINKS 200 /* that are made of fields */
#define HTML_WARN_BYTES (90 * 1024)
#define HTML_CLIP_BYTES (102 * 1024) /* Gmail shows no more */
#define MESSAGE_WARN_BYTES (10 * 1000 * 1000)
#define MESSAGE_FAIL_BYTES (25 * 1000 * 1000) /* what most servers still take */

/* ---- what is asked for ---- */

struct made_link {             /* a link of the HTML that fields complete */
    struct template *template; /* owned */
    char *source;              /* owned */
    gboolean may_be_empty;     /* a section sees to it that it is shown only with a value */
};

struct crowd { /* shared by the threads; all but `sum` and `n_pages` is constant meanwhile */
    const struct check *check;
    const char *date;
    GArray *asked; /* of struct check_asked */
    GArray *links; /* of struct made_link */
    GMutex lock;
    GCond less;
    guint n_pages; /* under way */
    struct check_tally *sum;
};

static gboolean is_reserved(const char *name)
{
    static const char *const names[] = {"unsubscribe_url", "view_url", "address",
                                        "campaign",        ".",        NULL};
    return g_strv_contains(names, name) || strchr(name, '.');
}

static void ask(char part, const struct template_use *use, void *data)
{
    GArray *asked = data;
    gboolean is_bare = !use->has_default && !use->is_guarded;
    if (use->is_section || is_reserved(use->name))
        return;
    for (guint i = 0; i < asked->len; i++) {
        struct check_asked *a = &g_array_index(asked, struct check_asked, i);
        if (strcmp(a->name, use->name) == 0) {
            a->is_bare |= is_bare;
            return;
        }
    }
    struct check_asked a = {g_strdup(use->name), is_bare};
    if (asked->len < CHECK_MAX_FIELDS)
        g_array_append_val(asked, a);
    else
        g_free(a.name);
}

static void asked_clear(gpointer data)
{
    g_free(((struct check_asked *)data)->name);
}

#define LINK_HEAD "<a href=\""
#define LINK_TAIL "\">"

/* A section around the link, {{#url}}<a href="{{url}}">{{/url}}, makes all its fields guarded.
 */
static gboolean is_any_guarded(const GArray *asked, const struct template *t)
{
    g_auto(GStrv) names = template_names(t);
    for (guint i = 0; i < asked->len; i++) {
        const struct check_asked *a = &g_array_index(asked, struct check_asked, i);
        if (!a->is_bare && g_strv_contains((const char *const *)names, a->name))
            return TRUE;
    }
    return FALSE;
}

static void made_link_clear(gpointer data)
{
    struct made_link *l = data;
    template_free(l->template);
    g_free(l->source);
}

static void find_made_links(struct crowd *w)
{
    const GPtrArray *links = w->check->has_scan ? w->check->in_html.links : NULL;
    for (guint i = 0; links && i < links->len && w->links->len < MAX_LINKS; i++) {
        const struct bodyscan_link *l = g_ptr_array_index(links, i);
        if (!strstr(l->url, "{{") || strstr(l->url, "unsubscribe_url") ||
            strstr(l->url, "view_url"))
            continue;
        g_autofree char *tag = g_strconcat(LINK_HEAD, l->url, LINK_TAIL, NULL);
        struct made_link made = {.template =
                                     template_new(tag, -1, TEMPLATE_ESCAPE_HTML, NULL, NULL)};
        if (!made.template)
            continue; /* a section of which the link is a part */
        made.source = g_strdup(l->url);
        made.may_be_empty = is_any_guarded(w->asked, made.template);
        g_array_append_val(w->links, made);
    }
}

/* ---- one person ---- */

enum check_subject check_subject(const char *subject)
{
    glong n = g_utf8_strlen(subject, -1);
    gsize blanks = strspn(subject, " \t");
    if (subject[blanks] == '\0')
        return CHECK_SUBJECT_EMPTY;
    if (blanks > 0 || strchr(",;.:!?)", subject[0]) || strstr(subject, " ,") ||
        strstr(subject, " !") || strstr(subject, "()") || strstr(subject, "{{") ||
        strstr(subject, "}}"))
        return CHECK_SUBJECT_ODD;
    return n > CHECK_SUBJECT_MAX ? CHECK_SUBJECT_LONG : CHECK_SUBJECT_FINE;
}

struct desk { /* a thread's own, for one page */
    const struct crowd *crowd;
    const struct addressee *who;
    struct check_tally *tally;
    GString *text;
    GArray *chunks; /* of struct compose_chunk */
};

static void note(struct desk *d, enum check_fault fault, const char *example)
{
    check_spot_add(&d->tally->spots[fault], d->who->person_id, example);
}

static void look_at_fields(struct desk *d, const struct json *fields)
{
    const GArray *asked = d->crowd->asked;
    for (guint i = 0; i < asked->len; i++) {
        const struct json *v =
            json_member(fields, g_array_index(asked, struct check_asked, i).name);
        const char *s = v ? json_get_string(v) : NULL;
        gboolean is_missing = !v || json_get_kind(v) == JSON_KIND_NULL || (s && *s == '\0');
        if (is_missing)
            check_spot_add(&d->tally->fields[i], d->who->person_id, d->who->address);
    }
}

static void look_at_subject(struct desk *d)
{
    static const enum check_fault faults[CHECK_SUBJECT_COUNT] = {
        [CHECK_SUBJECT_EMPTY] = CHECK_FAULT_SUBJECT_EMPTY,
        [CHECK_SUBJECT_ODD] = CHECK_FAULT_SUBJECT_ODD,
        [CHECK_SUBJECT_LONG] = CHECK_FAULT_SUBJECT_LONG};
    enum check_subject s = check_subject(d->text->str);
    if (s == CHECK_SUBJECT_FINE)
        return;
    g_autofree char *example = g_strdup_printf("%s: %s", d->who->address, d->text->str);
    note(d, faults[s], example);
}

static void look_at_links(struct desk *d, const struct compose_person *who)
{
    const GArray *links = d->crowd->links;
    for (guint i = 0; i < links->len; i++) {
        const struct made_link *l = &g_array_index(links, struct made_link, i);
        g_string_truncate(d->text, 0);
        if (!template_render(l->template, who->campaign, who->fields, d->text, NULL))
            continue;
        g_string_truncate(d->text, d->text->len - strlen(LINK_TAIL));
        const char *url = d->text->str + strlen(LINK_HEAD);
        enum bodyscan_fault fault = bodyscan_check_link(url);
        if (fault == BODYSCAN_FAULT_EMPTY && l->may_be_empty)
            continue;
        g_autofree char *example =
            g_strdup_printf("%s: %s", d->who->address, *url ? url : l->source);
        if (fault == BODYSCAN_FAULT_EMPTY)
            note(d, CHECK_FAULT_LINK_EMPTY, example);
        else if (fault == BODYSCAN_FAULT_SYNTAX || fault == BODYSCAN_FAULT_SCRIPT)
            note(d, CHECK_FAULT_LINK_BROKEN, example);
    }
}

static void look_at_size(struct desk *d, gsize html, gsize message)
{
    d->tally->max_html = MAX(d->tally->max_html, html);
    d->tally->max_message = MAX(d->tally->max_message, message);
    if (html > HTML_CLIP_BYTES)
        note(d, CHECK_FAULT_HTML_CLIPPED, d->who->address);
    else if (html > HTML_WARN_BYTES)
        note(d, CHECK_FAULT_HTML_BIG, d->who->address);
    if (message > MESSAGE_FAIL_BYTES)
        note(d, CHECK_FAULT_MESSAGE_HUGE, d->who->address);
    else if (message > MESSAGE_WARN_BYTES)
        note(d, CHECK_FAULT_MESSAGE_BIG, d->who->address);
}

static gboolean look(const struct compose_person *who, void *data, GError **error)
{
    struct desk *d = data;
    const struct composed *composed = letter_composed(d->crowd->check->letter);
    gsize html = 0, message = 0;
    look_at_fields(d, who->fields);
    g_string_truncate(d->text, 0);
    if (!compose_render_part(composed, who, 's', d->text, error))
        return FALSE;
    look_at_subject(d);
    if (d->crowd->check->html) {
        g_string_truncate(d->text, 0);
        if (!compose_render_part(composed, who, 'h', d->text, error))
            return FALSE;
        html = d->text->len;
    }
    g_array_set_size(d->chunks, 0);
    if (!compose_render_chunks(composed, who, d->text, d->chunks, error))
        return FALSE;
    for (guint i = 0; i < d->chunks->len; i++)
        message += g_array_index(d->chunks, struct compose_chunk, i).len;
    look_at_size(d, html, message);
    look_at_links(d, who);
    return TRUE;
}

static void look_at_person(struct desk *d)
{
    g_autoptr(GError) why = NULL;
    struct mailaddr a;
    const struct crowd *w = d->crowd;
    const struct letter_person p = {
        .address = d->who->address, .fields_json = d->who->fields_json, .date = w->date};
    d->tally->people++;
    if (!mailaddr_parse(d->who->address, &a, NULL)) {
        note(d, CHECK_FAULT_ADDRESS, d->who->address);
        return;
    }
    if (mailaddr_needs_smtputf8(&a))
        note(d, CHECK_FAULT_SMTPUTF8, d->who->address);
    mailaddr_clear(&a);
    if (letter_look(w->check->letter, w->check->key, &p, look, d, &why))
        return;
    note(d, CHECK_FAULT_RENDER, d->who->address);
    check_tally_why(d->tally, d->who->person_id, why->message);
}

static void count_suppressed(struct check_tally *t, const char *reason)
{
    const char *const *known = suppression_reasons();
    t->suppressed++;
    for (int i = 0; known[i] && i < CHECK_MAX_REASONS; i++)
        t->reasons[i] += strcmp(known[i], reason) == 0;
}

/* ---- the pool ---- */

static void look_at_page(gpointer data, gpointer user)
{
    GPtrArray *page = data;
    struct crowd *w = user;
    struct desk d = {.crowd = w,
                     .tally = g_new0(struct check_tally, 1),
                     .text = g_string_new(NULL),
                     .chunks = g_array_new(FALSE, FALSE, sizeof(struct compose_chunk))};
    for (guint i = 0; i < page->len; i++) {
        d.who = g_ptr_array_index(page, i);
        if (d.who->suppressed)
            count_suppressed(d.tally, d.who->suppressed);
        else
            look_at_person(&d);
    }
    g_string_free(d.text, TRUE);
    g_array_unref(d.chunks);
    g_ptr_array_unref(page);
    g_mutex_lock(&w->lock);
    check_tally_merge(w->sum, d.tally);
    w->n_pages--;
    g_cond_signal(&w->less);
    g_mutex_unlock(&w->lock);
    check_tally_free(d.tally);
}

static void keep_first(struct check *c, const GPtrArray *page)
{
    for (guint i = 0; i < page->len && !c->first_address; i++) {
        const struct addressee *a = g_ptr_array_index(page, i);
        if (a->suppressed)
            continue;
        c->first_address = g_strdup(a->address);
        c->first_fields = g_strdup(a->fields_json);
    }
}

/* Reading is here, so that the threads never touch the database. */
static gboolean feed(struct check *c, struct crowd *w, GThreadPool *pool, guint max_pages,
                     gint64 total, GError **error)
{
    gint64 after = 0, done = 0;
    for (;;) {
        GPtrArray *page = deliveries_who(c->db, c->campaign.id, after, PAGE_PEOPLE, error);
        if (!page)
            return FALSE;
        guint n = page->len;
        if (n > 0)
            after = ((struct addressee *)g_ptr_array_index(page, n - 1))->person_id;
        keep_first(c, page);
        g_mutex_lock(&w->lock);
        while (w->n_pages >= max_pages)
            g_cond_wait(&w->less, &w->lock);
        w->n_pages++;
        g_mutex_unlock(&w->lock);
        g_thread_pool_push(pool, page, NULL);
        done += n;
        if (c->q->progress)
            c->q->progress(done, total, c->q->data);
        if (n < PAGE_PEOPLE)
            return TRUE;
    }
}

static gboolean run_pool(struct check *c, struct crowd *w, gint64 total, GError **error)
{
    guint n = c->q->n_threads ? c->q->n_threads : g_get_num_processors();
    n = CLAMP(n, 1, MAX_THREADS);
    GThreadPool *pool = g_thread_pool_new(look_at_page, w, (gint)n, FALSE, error);
    if (!pool)
        return FALSE;
    gboolean ok = feed(c, w, pool, n * PAGES_PER_THREAD, total, error);
    g_thread_pool_free(pool, FALSE, TRUE); /* waits for what was given to it */
    return ok;
}

/* ---- all of it ---- */

/* A draft's lists as they are named now; one that has begun keeps those it began with. */
static gboolean settle_lists(struct check *c, gint64 *ret_total, GError **error)
{
    gint64 suppressed = 0;
    return (c->campaign.state != CAMPAIGN_DRAFT ||
            start_set_lists(c->db, &c->campaign, error)) &&
           deliveries_forecast(c->db, c->campaign.id, ret_total, &suppressed, error);
}

gboolean check_people(struct check *c, GError **error)
{
    gint64 total = 0;
    if (!settle_lists(c, &total, error))
        return FALSE;
    g_autofree char *date = clock_format_rfc5322(clock_wall_us());
    struct crowd w = {.check = c,
                      .date = date,
                      .sum = g_new0(struct check_tally, 1),
                      .asked = g_array_new(FALSE, FALSE, sizeof(struct check_asked)),
                      .links = g_array_new(FALSE, FALSE, sizeof(struct made_link))};
    g_array_set_clear_func(w.asked, asked_clear);
    g_array_set_clear_func(w.links, made_link_clear);
    g_mutex_init(&w.lock);
    g_cond_init(&w.less);
    composed_each_use(letter_composed(c->letter), ask, w.asked);
    find_made_links(&w);
    gboolean ok = run_pool(c, &w, total, error) && check_people_say(c, w.asked, w.sum, error);
    check_tally_free(w.sum);
    g_array_unref(w.asked);
    g_array_unref(w.links);
    g_mutex_clear(&w.lock);
    g_cond_clear(&w.less);
    return ok;
}
