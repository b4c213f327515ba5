/*
 * Preflight on everybody: pages of people go to a pool of threads, which fill in each one's
 * subject, HTML and message and count what is wrong. Memory does not depend on how many there
 * are: only a few pages are under way at a time, and of each fault the first people are kept.
 */
#include "config.h"

#include "app/check_private.h"

#include <inttypes.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/i18n.h"
#include "base/mailaddr.h"
#include "base/text.h"
#include "message/template.h"
#include "store/people.h"

#define PAGE_PEOPLE 500
#define PAGES_PER_THREAD 3
#define MAX_THREADS 16
#define MAX_FIELDS 200  /* looked at; templates with more are rare */
#define MAX_LINKS 200   /* that are made of fields */
#define HTML_WARN_BYTES (90 * 1024)
#define HTML_CLIP_BYTES (102 * 1024) /* Gmail shows no more */
#define MESSAGE_WARN_BYTES (10 * 1000 * 1000)
#define MESSAGE_FAIL_BYTES (25 * 1000 * 1000) /* what most servers still take */

/* ---- what is counted ---- */

struct spot { /* a fault: how many have it, and the first of them */
    gint64 count;
    guint n;
    struct {
        gint64 id;
        char *text; /* owned */
    } first[CHECK_MAX_EXAMPLES];
};

enum fault {
    FAULT_ADDRESS,
    FAULT_SMTPUTF8,
    FAULT_RENDER,
    FAULT_SUBJECT_EMPTY,
    FAULT_SUBJECT_ODD,
    FAULT_SUBJECT_LONG,
    FAULT_HTML_BIG,
    FAULT_HTML_CLIPPED,
    FAULT_MESSAGE_BIG,
    FAULT_MESSAGE_HUGE,
    FAULT_LINK_EMPTY,
    FAULT_LINK_BROKEN,
    FAULT_COUNT
};

#define MAX_REASONS 8

struct tally {
    gint64 people, suppressed;
    gint64 reasons[MAX_REASONS]; /* by suppression_reasons() */
    gsize max_html, max_message;
    gint64 why_id;
    char *why; /* owned; of the first that cannot be rendered */
    struct spot spots[FAULT_COUNT];
    struct spot fields[MAX_FIELDS]; /* who lacks each */
};

/* Kept in the order of ids, whatever thread was first. */
static void spot_keep(struct spot *s, gint64 id, const char *text)
{
    guint at = s->n;
    while (at > 0 && s->first[at - 1].id > id)
        at--;
    if (at == CHECK_MAX_EXAMPLES)
        return;
    if (s->n == CHECK_MAX_EXAMPLES)
        g_free(s->first[--s->n].text);
    memmove(&s->first[at + 1], &s->first[at], (s->n - at) * sizeof s->first[0]);
    s->first[at].id = id;
    s->first[at].text = g_strdup(text);
    s->n++;
}

static void spot_add(struct spot *s, gint64 id, const char *text)
{
    s->count++;
    spot_keep(s, id, text);
}

static void spot_merge(struct spot *to, const struct spot *from)
{
    to->count += from->count;
    for (guint i = 0; i < from->n; i++)
        spot_keep(to, from->first[i].id, from->first[i].text);
}

static void spot_clear(struct spot *s)
{
    for (guint i = 0; i < s->n; i++)
        g_free(s->first[i].text);
}

static void tally_why(struct tally *t, gint64 id, const char *why)
{
    if (t->why && t->why_id <= id)
        return;
    g_free(t->why);
    t->why = g_strdup(why);
    t->why_id = id;
}

static void tally_merge(struct tally *to, const struct tally *from)
{
    to->people += from->people;
    to->suppressed += from->suppressed;
    for (int i = 0; i < MAX_REASONS; i++)
        to->reasons[i] += from->reasons[i];
    to->max_html = MAX(to->max_html, from->max_html);
    to->max_message = MAX(to->max_message, from->max_message);
    if (from->why)
        tally_why(to, from->why_id, from->why);
    for (int i = 0; i < FAULT_COUNT; i++)
        spot_merge(&to->spots[i], &from->spots[i]);
    for (int i = 0; i < MAX_FIELDS; i++)
        spot_merge(&to->fields[i], &from->fields[i]);
}

static void tally_free(struct tally *t)
{
    for (int i = 0; i < FAULT_COUNT; i++)
        spot_clear(&t->spots[i]);
    for (int i = 0; i < MAX_FIELDS; i++)
        spot_clear(&t->fields[i]);
    g_free(t->why);
    g_free(t);
}

/* ---- what is asked for ---- */

struct asked { /* a person's field that the templates write */
    char *name;       /* owned */
    gboolean is_bare; /* somewhere without a default and not inside its own section */
};

struct made_link { /* a link of the HTML that fields complete */
    struct template *template; /* owned */
    char *source;              /* owned */
    gboolean may_be_empty;     /* a section sees to it that it is shown only with a value */
};

struct crowd { /* shared by the threads; all but `sum` and `n_pages` is constant meanwhile */
    const struct check *check;
    const char *date;
    GArray *asked; /* of struct asked */
    GArray *links; /* of struct made_link */
    GMutex lock;
    GCond less;
    guint n_pages; /* under way */
    struct tally *sum;
};

static gboolean is_reserved(const char *name)
{
    static const char *const names[] = {"unsubscribe_url", "view_url", "address", "campaign", ".", NULL};
    return g_strv_contains(names, name) || strchr(name, '.');
}

static void ask(char part, const struct template_use *use, void *data)
{
    GArray *asked = data;
    gboolean is_bare = !use->has_default && !use->is_guarded;
    if (use->is_section || is_reserved(use->name))
        return;
    for (guint i = 0; i < asked->len; i++) {
        struct asked *a = &g_array_index(asked, struct asked, i);
        if (strcmp(a->name, use->name) == 0) {
            a->is_bare |= is_bare;
            return;
        }
    }
    struct asked a = {g_strdup(use->name), is_bare};
    if (asked->len < MAX_FIELDS)
        g_array_append_val(asked, a);
    else
        g_free(a.name);
}

static void asked_clear(gpointer data)
{
    g_free(((struct asked *)data)->name);
}

#define LINK_HEAD "<a href=\""
#define LINK_TAIL "\">"

/* A section around the link, {{#url}}<a href="{{url}}">{{/url}}, makes all its fields guarded. */
static gboolean is_any_guarded(const GArray *asked, const struct template *t)
{
    g_auto(GStrv) names = template_names(t);
    for (guint i = 0; i < asked->len; i++) {
        const struct asked *a = &g_array_index(asked, struct asked, i);
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
        if (!strstr(l->url, "{{") || strstr(l->url, "unsubscribe_url") || strstr(l->url, "view_url"))
            continue;
        g_autofree char *tag = g_strconcat(LINK_HEAD, l->url, LINK_TAIL, NULL);
        struct made_link made = {.template = template_new(tag, -1, TEMPLATE_ESCAPE_HTML, NULL, NULL)};
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
    if (blanks > 0 || strchr(",;.:!?)", subject[0]) || strstr(subject, " ,") || strstr(subject, " !") ||
        strstr(subject, "()") || strstr(subject, "{{") || strstr(subject, "}}"))
        return CHECK_SUBJECT_ODD;
    return n > CHECK_SUBJECT_MAX ? CHECK_SUBJECT_LONG : CHECK_SUBJECT_FINE;
}

struct desk { /* a thread's own, for one page */
    const struct crowd *crowd;
    const struct addressee *who;
    struct tally *tally;
    GString *text;
    GArray *chunks; /* of struct compose_chunk */
};

static void note(struct desk *d, enum fault fault, const char *example)
{
    spot_add(&d->tally->spots[fault], d->who->person_id, example);
}

static void look_at_fields(struct desk *d, const struct json *fields)
{
    const GArray *asked = d->crowd->asked;
    for (guint i = 0; i < asked->len; i++) {
        const struct json *v = json_member(fields, g_array_index(asked, struct asked, i).name);
        const char *s = v ? json_get_string(v) : NULL;
        gboolean is_missing = !v || json_get_kind(v) == JSON_KIND_NULL || (s && *s == '\0');
        if (is_missing)
            spot_add(&d->tally->fields[i], d->who->person_id, d->who->address);
    }
}

static void look_at_subject(struct desk *d)
{
    static const enum fault faults[CHECK_SUBJECT_COUNT] = {
        [CHECK_SUBJECT_EMPTY] = FAULT_SUBJECT_EMPTY,
        [CHECK_SUBJECT_ODD] = FAULT_SUBJECT_ODD,
        [CHECK_SUBJECT_LONG] = FAULT_SUBJECT_LONG};
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
        g_autofree char *example = g_strdup_printf("%s: %s", d->who->address, *url ? url : l->source);
        if (fault == BODYSCAN_FAULT_EMPTY)
            note(d, FAULT_LINK_EMPTY, example);
        else if (fault == BODYSCAN_FAULT_SYNTAX || fault == BODYSCAN_FAULT_SCRIPT)
            note(d, FAULT_LINK_BROKEN, example);
    }
}

static void look_at_size(struct desk *d, gsize html, gsize message)
{
    d->tally->max_html = MAX(d->tally->max_html, html);
    d->tally->max_message = MAX(d->tally->max_message, message);
    if (html > HTML_CLIP_BYTES)
        note(d, FAULT_HTML_CLIPPED, d->who->address);
    else if (html > HTML_WARN_BYTES)
        note(d, FAULT_HTML_BIG, d->who->address);
    if (message > MESSAGE_FAIL_BYTES)
        note(d, FAULT_MESSAGE_HUGE, d->who->address);
    else if (message > MESSAGE_WARN_BYTES)
        note(d, FAULT_MESSAGE_BIG, d->who->address);
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
    const struct letter_person p = {.address = d->who->address, .fields_json = d->who->fields_json,
                                    .date = w->date};
    d->tally->people++;
    if (!mailaddr_parse(d->who->address, &a, NULL)) {
        note(d, FAULT_ADDRESS, d->who->address);
        return;
    }
    if (mailaddr_needs_smtputf8(&a))
        note(d, FAULT_SMTPUTF8, d->who->address);
    mailaddr_clear(&a);
    if (letter_look(w->check->letter, w->check->key, &p, look, d, &why))
        return;
    note(d, FAULT_RENDER, d->who->address);
    tally_why(d->tally, d->who->person_id, why->message);
}

static void count_suppressed(struct tally *t, const char *reason)
{
    const char *const *known = suppression_reasons();
    t->suppressed++;
    for (int i = 0; known[i] && i < MAX_REASONS; i++)
        t->reasons[i] += strcmp(known[i], reason) == 0;
}

/* ---- the pool ---- */

static void look_at_page(gpointer data, gpointer user)
{
    GPtrArray *page = data;
    struct crowd *w = user;
    struct desk d = {.crowd = w, .tally = g_new0(struct tally, 1), .text = g_string_new(NULL),
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
    tally_merge(w->sum, d.tally);
    w->n_pages--;
    g_cond_signal(&w->less);
    g_mutex_unlock(&w->lock);
    tally_free(d.tally);
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

/* ---- what is said about it ---- */

static void add_examples(struct check_finding *f, const struct spot *s)
{
    f->count = s->count;
    for (guint i = 0; i < s->n; i++)
        check_example(f, s->first[i].text);
}

static void report_people(struct check *c, const struct tally *t)
{
    g_autofree char *people = text_grouped(t->people);
    if (t->people == 0)
        check_add(c, CHECK_FAIL, "people", _("It would go to nobody."));
    else
        check_add(c, CHECK_OK, "people",
                  ngettext("It goes to %s person.", "It goes to %s people.", (gulong)t->people), people)
            ->count = t->people;
    const struct spot *bad = &t->spots[FAULT_ADDRESS];
    if (bad->count == 0)
        check_add(c, CHECK_OK, "addresses", _("All addresses are well-formed."));
    else
        add_examples(check_add(c, CHECK_FAIL, "addresses",
                               ngettext("%" PRId64 " address is broken: nothing can be sent there.",
                                        "%" PRId64 " addresses are broken: nothing can be sent there.",
                                        (gulong)bad->count),
                               bad->count),
                     bad);
    const struct spot *utf8 = &t->spots[FAULT_SMTPUTF8];
    if (utf8->count > 0)
        add_examples(check_add(c, CHECK_WARN, "smtputf8",
                               ngettext("%" PRId64 " address has letters beyond ASCII before the @: only a server with SMTPUTF8 takes it.",
                                        "%" PRId64 " addresses have letters beyond ASCII before the @: only a server with SMTPUTF8 takes them.",
                                        (gulong)utf8->count),
                               utf8->count),
                     utf8);
}

static void report_suppressed(struct check *c, const struct tally *t)
{
    const char *const *known = suppression_reasons();
    g_autoptr(GString) why = g_string_new(NULL);
    g_autofree char *n = text_grouped(t->suppressed);
    for (int i = 0; known[i] && i < MAX_REASONS; i++)
        if (t->reasons[i] > 0)
            g_string_append_printf(why, "%s%s %" PRId64, why->len ? ", " : "", known[i], t->reasons[i]);
    if (t->suppressed == 0)
        check_add(c, CHECK_OK, "suppressed", _("Nobody on its lists is never to be mailed."));
    else
        check_add(c, CHECK_OK, "suppressed",
                  ngettext("%s person on its lists is never to be mailed and left out: %s.",
                           "%s people on its lists are never to be mailed and left out: %s.",
                           (gulong)t->suppressed),
                  n, why->str)
            ->count = t->suppressed;
}

static gboolean report_duplicates(struct check *c, GError **error)
{
    gint64 memberships = 0, people = 0;
    if (!deliveries_overlap(c->db, c->campaign.id, &memberships, &people, error))
        return FALSE;
    if (memberships == people)
        check_add(c, CHECK_OK, "duplicates", _("Nobody is on its lists twice."));
    else
        check_add(c, CHECK_OK, "duplicates",
                  ngettext("%" PRId64 " membership is of somebody who is on another of its lists too: each gets one.",
                           "%" PRId64 " memberships are of people who are on another of its lists too: each gets one.",
                           (gulong)(memberships - people)),
                  memberships - people)
            ->count = memberships - people;
    return TRUE;
}

/* A name that nobody has is misspelt, or was never imported. */
static void report_field(struct check *c, const struct asked *a, const struct spot *missing, gint64 people)
{
    g_autofree char *key = g_strconcat("field.", a->name, NULL), *n = text_grouped(missing->count);
    if (missing->count == 0) {
        check_add(c, CHECK_OK, key, _("Everybody has %s."), a->name);
        return;
    }
    struct check_finding *f;
    if (!a->is_bare)
        f = check_add(c, CHECK_OK, key,
                      ngettext("%s person has no %s; the template provides for it.",
                               "%s people have no %s; the template provides for it.",
                               (gulong)missing->count),
                      n, a->name);
    else if (missing->count == people)
        f = check_add(c, CHECK_FAIL, key,
                      _("Nobody has %s: is it misspelt? {{%s|words}} gives a default."), a->name, a->name);
    else
        f = check_add(c, CHECK_WARN, key,
                      ngettext("%s person has no %s and there is no default: {{%s|words}} gives one.",
                               "%s people have no %s and there is no default: {{%s|words}} gives one.",
                               (gulong)missing->count),
                      n, a->name, a->name);
    add_examples(f, missing);
}

/* Faults with one number in their sentence; nothing is said where nobody has them. */
static const struct {
    enum fault fault;
    enum check_level level;
    const char *key, *one, *many;
} rows[] = {
    {FAULT_SUBJECT_EMPTY, CHECK_FAIL, "subject.empty", N_("The subject is empty for %s person."),
     N_("The subject is empty for %s people.")},
    {FAULT_SUBJECT_ODD, CHECK_WARN, "subject.odd",
     N_("The subject of %s person looks as if a value were missing."),
     N_("The subjects of %s people look as if a value were missing.")},
    {FAULT_SUBJECT_LONG, CHECK_WARN, "subject.long",
     N_("The subject of %s person has over 78 characters and will be cut."),
     N_("The subjects of %s people have over 78 characters and will be cut.")},
    {FAULT_HTML_CLIPPED, CHECK_FAIL, "size.html",
     N_("The HTML for %s person is over 102 kB: Gmail cuts it, and the way out at its foot."),
     N_("The HTML for %s people is over 102 kB: Gmail cuts it, and the way out at its foot.")},
    {FAULT_HTML_BIG, CHECK_WARN, "size.html",
     N_("The HTML for %s person is over 90 kB; Gmail cuts it at 102 kB."),
     N_("The HTML for %s people is over 90 kB; Gmail cuts it at 102 kB.")},
    {FAULT_MESSAGE_HUGE, CHECK_FAIL, "size.message",
     N_("The message for %s person is over 25 MB, more than most servers take."),
     N_("The message for %s people is over 25 MB, more than most servers take.")},
    {FAULT_MESSAGE_BIG, CHECK_WARN, "size.message",
     N_("The message for %s person is over 10 MB, more than many servers take."),
     N_("The message for %s people is over 10 MB, more than many servers take.")},
    {FAULT_LINK_EMPTY, CHECK_WARN, "links.person", N_("A link made of fields leads nowhere for %s person."),
     N_("A link made of fields leads nowhere for %s people.")},
    {FAULT_LINK_BROKEN, CHECK_FAIL, "links.person", N_("A link made of fields cannot be followed for %s person."),
     N_("A link made of fields cannot be followed for %s people.")},
};

/* The sentences of the table have one %s each. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
static void report_rows(struct check *c, const struct tally *t)
{
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        const struct spot *s = &t->spots[rows[i].fault];
        g_autofree char *n = text_grouped(s->count);
        if (s->count > 0)
            add_examples(check_add(c, rows[i].level, rows[i].key,
                                   ngettext(rows[i].one, rows[i].many, (gulong)s->count), n),
                         s);
    }
}
#pragma GCC diagnostic pop

static void report_fine(struct check *c, const struct tally *t)
{
    const struct spot *s = t->spots;
    if (s[FAULT_SUBJECT_EMPTY].count + s[FAULT_SUBJECT_ODD].count + s[FAULT_SUBJECT_LONG].count == 0)
        check_add(c, CHECK_OK, "subject", _("Every subject reads well."));
    if (c->html && s[FAULT_HTML_CLIPPED].count + s[FAULT_HTML_BIG].count == 0)
        check_add(c, CHECK_OK, "size.html", _("The largest HTML has %u kB."), (guint)(t->max_html + 1023) / 1024);
    if (s[FAULT_MESSAGE_HUGE].count + s[FAULT_MESSAGE_BIG].count == 0)
        check_add(c, CHECK_OK, "size.message", _("The largest message has %u kB."),
                  (guint)((t->max_message + 1023) / 1024));
}

static gboolean report(struct check *c, const struct crowd *w, GError **error)
{
    const struct tally *t = w->sum;
    const struct spot *broken = &t->spots[FAULT_RENDER];
    c->report->people = t->people;
    c->report->suppressed = t->suppressed;
    c->report->total = t->people + t->suppressed;
    report_people(c, t);
    report_suppressed(c, t);
    if (!report_duplicates(c, error))
        return FALSE;
    if (t->people == 0)
        return TRUE;
    for (guint i = 0; i < w->asked->len; i++)
        report_field(c, &g_array_index(w->asked, struct asked, i), &t->fields[i], t->people);
    if (broken->count > 0)
        add_examples(check_add(c, CHECK_FAIL, "render",
                               ngettext("The message cannot be made for %" PRId64 " person: %s",
                                        "The message cannot be made for %" PRId64 " people: %s",
                                        (gulong)broken->count),
                               broken->count, t->why),
                     broken);
    else
        check_add(c, CHECK_OK, "render", _("The message can be made for everybody."));
    report_rows(c, t);
    report_fine(c, t);
    return TRUE;
}

/* ---- all of it ---- */

/* A draft's lists as they are named now; one that has begun keeps those it began with. */
static gboolean settle_lists(struct check *c, gint64 *ret_total, GError **error)
{
    gint64 suppressed = 0;
    return (c->campaign.state != CAMPAIGN_DRAFT || start_set_lists(c->db, &c->campaign, error)) &&
           deliveries_forecast(c->db, c->campaign.id, ret_total, &suppressed, error);
}

gboolean check_people(struct check *c, GError **error)
{
    gint64 total = 0;
    if (!settle_lists(c, &total, error))
        return FALSE;
    g_autofree char *date = clock_format_rfc5322(clock_wall_us());
    struct crowd w = {.check = c, .date = date, .sum = g_new0(struct tally, 1),
                      .asked = g_array_new(FALSE, FALSE, sizeof(struct asked)),
                      .links = g_array_new(FALSE, FALSE, sizeof(struct made_link))};
    g_array_set_clear_func(w.asked, asked_clear);
    g_array_set_clear_func(w.links, made_link_clear);
    g_mutex_init(&w.lock);
    g_cond_init(&w.less);
    composed_each_use(letter_composed(c->letter), ask, w.asked);
    find_made_links(&w);
    gboolean ok = run_pool(c, &w, total, error) && report(c, &w, error);
    tally_free(w.sum);
    g_array_unref(w.asked);
    g_array_unref(w.links);
    g_mutex_clear(&w.lock);
    g_cond_clear(&w.less);
    return ok;
}
