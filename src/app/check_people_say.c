/*
 * Counting faults and telling of them: each is one sentence with the first few people it is
 * about. Not for finding them: check_people.c does.
 */
#include "config.h"

#include "app/check_tally_private.h"

#include <inttypes.h>
#include <string.h>

#include "base/i18n.h"
#include "base/text.h"
#include "store/people.h"

/* ---- counting ---- */

/* Kept in the order of ids, whatever thread was first. */
static void spot_keep(struct check_spot *s, gint64 id, const char *text)
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

void check_spot_add(struct check_spot *s, gint64 id, const char *text)
{
    s->count++;
    spot_keep(s, id, text);
}

static void spot_merge(struct check_spot *to, const struct check_spot *from)
{
    to->count += from->count;
    for (guint i = 0; i < from->n; i++)
        spot_keep(to, from->first[i].id, from->first[i].text);
}

static void spot_clear(struct check_spot *s)
{
    for (guint i = 0; i < s->n; i++)
        g_free(s->first[i].text);
}

void check_tally_why(struct check_tally *t, gint64 id, const char *why)
{
    if (t->why && t->why_id <= id)
        return;
    g_free(t->why);
    t->why = g_strdup(why);
    t->why_id = id;
}

void check_tally_merge(struct check_tally *to, const struct check_tally *from)
{
    to->people += from->people;
    to->suppressed += from->suppressed;
    for (int i = 0; i < CHECK_MAX_REASONS; i++)
        to->reasons[i] += from->reasons[i];
    to->max_html = MAX(to->max_html, from->max_html);
    to->max_message = MAX(to->max_message, from->max_message);
    if (from->why)
        check_tally_why(to, from->why_id, from->why);
    for (int i = 0; i < CHECK_FAULT_COUNT; i++)
        spot_merge(&to->spots[i], &from->spots[i]);
    for (int i = 0; i < CHECK_MAX_FIELDS; i++)
        spot_merge(&to->fields[i], &from->fields[i]);
}

void check_tally_free(struct check_tally *t)
{
    for (int i = 0; i < CHECK_FAULT_COUNT; i++)
        spot_clear(&t->spots[i]);
    for (int i = 0; i < CHECK_MAX_FIELDS; i++)
        spot_clear(&t->fields[i]);
    g_free(t->why);
    g_free(t);
}

/* ---- what is said about it ---- */

static void add_examples(struct check_finding *f, const struct check_spot *s)
{
    f->count = s->count;
    for (guint i = 0; i < s->n; i++)
        check_example(f, s->first[i].text);
}

static void report_people(struct check *c, const struct check_tally *t)
{
    g_autofree char *people = text_grouped(t->people);
    if (t->people == 0)
        check_add(c, CHECK_FAIL, "people", _("It would go to nobody."));
    else
        check_add(c, CHECK_OK, "people",
                  ngettext("It goes to %s person.", "It goes to %s people.", (gulong)t->people),
                  people)
            ->count = t->people;
    const struct check_spot *bad = &t->spots[CHECK_FAULT_ADDRESS];
    if (bad->count == 0)
        check_add(c, CHECK_OK, "addresses", _("All addresses are well-formed."));
    else
        add_examples(
            check_add(c, CHECK_FAIL, "addresses",
                      ngettext("%" PRId64 " address is broken: nothing can be sent there.",
                               "%" PRId64 " addresses are broken: nothing can be sent there.",
                               (gulong)bad->count),
                      bad->count),
            bad);
    const struct check_spot *utf8 = &t->spots[CHECK_FAULT_SMTPUTF8];
    if (utf8->count > 0)
        add_examples(
            check_add(c, CHECK_WARN, "smtputf8",
                      ngettext("%" PRId64 " address has letters beyond ASCII before the @: "
                               "only a server with SMTPUTF8 takes it.",
                               "%" PRId64 " addresses have letters beyond ASCII before the @: "
                               "only a server with SMTPUTF8 takes them.",
                               (gulong)utf8->count),
                      utf8->count),
            utf8);
}

static void report_suppressed(struct check *c, const struct check_tally *t)
{
    const char *const *known = suppression_reasons();
    g_autoptr(GString) why = g_string_new(NULL);
    g_autofree char *n = text_grouped(t->suppressed);
    for (int i = 0; known[i] && i < CHECK_MAX_REASONS; i++)
        if (t->reasons[i] > 0)
            g_string_append_printf(why, "%s%s %" PRId64, why->len ? ", " : "", known[i],
                                   t->reasons[i]);
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
        check_add(
            c, CHECK_OK, "duplicates",
            ngettext(
                "%" PRId64
                " membership is of somebody who is on another of its lists too: each gets one.",
                "%" PRId64 " memberships are of people who are on another of its lists too: "
                "each gets one.",
                (gulong)(memberships - people)),
            memberships - people)
            ->count = memberships - people;
    return TRUE;
}

/* A name that nobody has is misspelt, or was never imported. */
static void report_field(struct check *c, const struct check_asked *a,
                         const struct check_spot *missing, gint64 people)
{
    g_autofree char *key = g_strconcat("field.", a->name, NULL),
                    *n = text_grouped(missing->count);
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
                      _("Nobody has %s: is it misspelt? {{%s|words}} gives a default."),
                      a->name, a->name);
    else
        f = check_add(
            c, CHECK_WARN, key,
            ngettext("%s person has no %s and there is no default: {{%s|words}} gives one.",
                     "%s people have no %s and there is no default: {{%s|words}} gives one.",
                     (gulong)missing->count),
            n, a->name, a->name);
    add_examples(f, missing);
}

/* Faults with one number in their sentence; nothing is said where nobody has them. */
static const struct {
    enum check_fault fault;
    enum check_level level;
    const char *key, *one, *many;
} rows[] = {
    {CHECK_FAULT_SUBJECT_EMPTY, CHECK_FAIL, "subject.empty",
     N_("The subject is empty for %s person."), N_("The subject is empty for %s people.")},
    {CHECK_FAULT_SUBJECT_ODD, CHECK_WARN, "subject.odd",
     N_("The subject of %s person looks as if a value were missing."),
     N_("The subjects of %s people look as if a value were missing.")},
    {CHECK_FAULT_SUBJECT_LONG, CHECK_WARN, "subject.long",
     N_("The subject of %s person has over 78 characters and will be cut."),
     N_("The subjects of %s people have over 78 characters and will be cut.")},
    {CHECK_FAULT_HTML_CLIPPED, CHECK_FAIL, "size.html",
     N_("The HTML for %s person is over 102 kB: Gmail cuts it, and the way out at its foot."),
     N_("The HTML for %s people is over 102 kB: Gmail cuts it, and the way out at its foot.")},
    {CHECK_FAULT_HTML_BIG, CHECK_WARN, "size.html",
     N_("The HTML for %s person is over 90 kB; Gmail cuts it at 102 kB."),
     N_("The HTML for %s people is over 90 kB; Gmail cuts it at 102 kB.")},
    {CHECK_FAULT_MESSAGE_HUGE, CHECK_FAIL, "size.message",
     N_("The message for %s person is over 25 MB, more than most servers take."),
     N_("The message for %s people is over 25 MB, more than most servers take.")},
    {CHECK_FAULT_MESSAGE_BIG, CHECK_WARN, "size.message",
     N_("The message for %s person is over 10 MB, more than many servers take."),
     N_("The message for %s people is over 10 MB, more than many servers take.")},
    {CHECK_FAULT_LINK_EMPTY, CHECK_WARN, "links.person",
     N_("A link made of fields leads nowhere for %s person."),
     N_("A link made of fields leads nowhere for %s people.")},
    {CHECK_FAULT_LINK_BROKEN, CHECK_FAIL, "links.person",
     N_("A link made of fields cannot be followed for %s person."),
     N_("A link made of fields cannot be followed for %s people.")},
};

/* The sentences of the table have one %s each. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
static void report_rows(struct check *c, const struct check_tally *t)
{
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        const struct check_spot *s = &t->spots[rows[i].fault];
        g_autofree char *n = text_grouped(s->count);
        if (s->count > 0)
            add_examples(check_add(c, rows[i].level, rows[i].key,
                                   ngettext(rows[i].one, rows[i].many, (gulong)s->count), n),
                         s);
    }
}
#pragma GCC diagnostic pop

static void report_fine(struct check *c, const struct check_tally *t)
{
    const struct check_spot *s = t->spots;
    if (s[CHECK_FAULT_SUBJECT_EMPTY].count + s[CHECK_FAULT_SUBJECT_ODD].count +
            s[CHECK_FAULT_SUBJECT_LONG].count ==
        0)
        check_add(c, CHECK_OK, "subject", _("Every subject reads well."));
    if (c->html && s[CHECK_FAULT_HTML_CLIPPED].count + s[CHECK_FAULT_HTML_BIG].count == 0)
        check_add(c, CHECK_OK, "size.html", _("The largest HTML has %u kB."),
                  (guint)(t->max_html + 1023) / 1024);
    if (s[CHECK_FAULT_MESSAGE_HUGE].count + s[CHECK_FAULT_MESSAGE_BIG].count == 0)
        check_add(c, CHECK_OK, "size.message", _("The largest message has %u kB."),
                  (guint)((t->max_message + 1023) / 1024));
}

gboolean check_people_say(struct check *c, const GArray *asked, const struct check_tally *t,
                          GError **error)
{
    const struct check_spot *broken = &t->spots[CHECK_FAULT_RENDER];
    c->report->people = t->people;
    c->report->suppressed = t->suppressed;
    c->report->total = t->people + t->suppressed;
    report_people(c, t);
    report_suppressed(c, t);
    if (!report_duplicates(c, error))
        return FALSE;
    if (t->people == 0)
        return TRUE;
    for (guint i = 0; i < asked->len; i++)
        report_field(c, &g_array_index(asked, struct check_asked, i), &t->fields[i], t->people);
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
