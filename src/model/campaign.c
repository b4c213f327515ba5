/*
 * The campaign record: its field table, its states and the moves between them. Not for making
 * moves: store/campaigns.c and the use cases in app/ do that and write them down.
 */
#include "config.h"

#include "model/campaign.h"

#include <string.h>

#include "base/error.h"
#include "base/i18n.h"
#include "model/retry.h"

#define MAX_BODY_OCTETS (32 * 1024 * 1024)
#define MAX_SUBJECT_OCTETS 998 /* RFC 5322 2.1.1; the composer folds and encodes it */
#define MAX_LISTS_OCTETS 10000

#define TO(state) (1u << (state))
#define ENDING TO(CAMPAIGN_CANCELLED)

static const struct {
    const char *name;
    unsigned moves; /* the states that may follow, a bit each */
} states[CAMPAIGN_STATE_COUNT] = {
    [CAMPAIGN_DRAFT] = {N_("draft"), TO(CAMPAIGN_PREPARING) | TO(CAMPAIGN_SCHEDULED) | ENDING},
    /* Back to draft: the start is called off, as long as nothing has gone out. */
    [CAMPAIGN_PREPARING] = {N_("preparing"), TO(CAMPAIGN_DRAFT) | TO(CAMPAIGN_SCHEDULED) |
                                                 TO(CAMPAIGN_SENDING) | TO(CAMPAIGN_HELD) |
                                                 ENDING},
    /* To preparing: a schedule whose rows are built only when its time has come. */
    [CAMPAIGN_SCHEDULED] = {N_("scheduled"), TO(CAMPAIGN_DRAFT) | TO(CAMPAIGN_PREPARING) |
                                                 TO(CAMPAIGN_SENDING) | TO(CAMPAIGN_PAUSED) |
                                                 TO(CAMPAIGN_HELD) | ENDING},
    [CAMPAIGN_SENDING] = {N_("sending"), TO(CAMPAIGN_PAUSED) | TO(CAMPAIGN_HELD) |
                                             TO(CAMPAIGN_FINISHED) | ENDING},
    /* To preparing or scheduled: it was paused or held before its rows were there, and sending
     * would find nobody and finish. */
    [CAMPAIGN_PAUSED] = {N_("paused"), TO(CAMPAIGN_PREPARING) | TO(CAMPAIGN_SCHEDULED) |
                                           TO(CAMPAIGN_SENDING) | TO(CAMPAIGN_HELD) | ENDING},
    [CAMPAIGN_HELD] = {N_("held"), TO(CAMPAIGN_PREPARING) | TO(CAMPAIGN_SCHEDULED) |
                                       TO(CAMPAIGN_SENDING) | ENDING},
    /* To sending: maybe-sent ones are sent again because a person decided so. */
    [CAMPAIGN_FINISHED] = {N_("finished"), TO(CAMPAIGN_SENDING)},
    [CAMPAIGN_CANCELLED] = {N_("cancelled"), 0},
};

#define AT(member) offsetof(struct campaign, member)

static const char *const layout_names[CAMPAIGN_LAYOUT_COUNT + 1] = {
    [CAMPAIGN_LAYOUT_NONE] = "none",
    [CAMPAIGN_LAYOUT_PLAIN] = "plain",
    [CAMPAIGN_LAYOUT_NEWSLETTER] = "newsletter",
    [CAMPAIGN_LAYOUT_ANNOUNCEMENT] = "announcement",
};
static const char *const late_names[CAMPAIGN_LATE_COUNT + 1] = {
    [CAMPAIGN_LATE_HOLD] = "hold",
    [CAMPAIGN_LATE_SEND] = "send",
};

static const struct field fields[] = {
    {.key = "title",
     .type = FIELD_LINE,
     .offset = AT(title),
     .max = 500,
     .help = N_("free text that names it for people")},
    {.key = "from",
     .type = FIELD_MAILBOX,
     .offset = AT(from),
     .flags = FIELD_REQUIRED,
     .help = N_("sender: \"Name <address>\" or an address")},
    {.key = "reply_to",
     .type = FIELD_MAILBOX,
     .offset = AT(reply_to),
     .help = N_("where answers go when not to the sender")},
    {.key = "subject",
     .type = FIELD_LINE,
     .offset = AT(subject),
     .max = MAX_SUBJECT_OCTETS,
     .flags = FIELD_REQUIRED,
     .help = N_("subject line; a template")},
    {.key = "lists",
     .type = FIELD_SLUGS,
     .offset = AT(lists),
     .max = MAX_LISTS_OCTETS,
     .flags = FIELD_REQUIRED | FIELD_FIXED,
     .help = N_("lists of people it goes to")},
    {.key = "exclude",
     .type = FIELD_SLUGS,
     .offset = AT(exclude),
     .max = MAX_LISTS_OCTETS,
     .flags = FIELD_FIXED,
     .help = N_("lists of people it does not go to")},
    {.key = "server",
     .type = FIELD_SLUG,
     .offset = AT(server),
     .flags = FIELD_REQUIRED,
     .help = N_("outgoing mail server, or a pool of them")},
    {.key = "html",
     .type = FIELD_TEXT,
     .offset = AT(html),
     .max = MAX_BODY_OCTETS,
     .flags = FIELD_NOT_CLI | FIELD_NOT_FILE,
     .help = N_("HTML body; a template")},
    {.key = "text",
     .type = FIELD_TEXT,
     .offset = AT(text),
     .max = MAX_BODY_OCTETS,
     .flags = FIELD_NOT_CLI | FIELD_NOT_FILE,
     .help = N_("text body; a template")},
    {.key = "html_file",
     .type = FIELD_FILE,
     .offset = AT(html_file),
     .max = 255,
     .help = N_("file of the HTML body, in the campaign's folder")},
    {.key = "text_file",
     .type = FIELD_FILE,
     .offset = AT(text_file),
     .max = 255,
     .help = N_("file of the text body, in the campaign's folder")},
    {.key = "markdown",
     .type = FIELD_TEXT,
     .offset = AT(markdown),
     .max = MAX_BODY_OCTETS,
     .flags = FIELD_NOT_CLI | FIELD_NOT_FILE,
     .help = N_("Markdown body; a template")},
    {.key = "markdown_file",
     .type = FIELD_FILE,
     .offset = AT(markdown_file),
     .max = 255,
     .help = N_("file of the Markdown body, in the campaign's folder; HTML is made of it")},
    {.key = "layout",
     .type = FIELD_CHOICE,
     .offset = AT(layout),
     .fallback = "none",
     .choices = layout_names,
     .help = N_("what is put around the body: none, plain, newsletter, announcement")},
    {.key = "logo",
     .type = FIELD_FILE,
     .offset = AT(logo),
     .max = 255,
     .help = N_("image in the campaign's folder that the layout shows")},
    {.key = "postal_address",
     .type = FIELD_LINE,
     .offset = AT(postal_address),
     .max = 500,
     .help = N_("postal address that the layout shows at the foot")},
    {.key = "preheader",
     .type = FIELD_LINE,
     .offset = AT(preheader),
     .max = 500,
     .help =
         N_("the words a mailbox shows behind the subject; a template, hidden in the HTML")},
    {.key = "mailbox",
     .type = FIELD_SLUG,
     .offset = AT(mailbox),
     .help = N_("mailbox that bounces and unsubscribe requests go to")},
    {.key = "late",
     .type = FIELD_CHOICE,
     .offset = AT(late),
     .fallback = "hold",
     .choices = late_names,
     .help = N_("when its time has passed unnoticed: hold it, or send it all the same")},
    {.key = "list_id",
     .type = FIELD_LINE,
     .offset = AT(list_id),
     .max = 255,
     .flags = FIELD_FIXED,
     .help = N_("List-Id header; empty to make it of the first list and the sender's domain")},
    {.key = "give_up",
     .type = FIELD_SPAN,
     .offset = AT(give_up_s),
     .fallback = "2d",
     .min = 60,
     .max = 30 * 24 * 3600,
     .help = N_("how long a receiver that asks to wait is tried again, like 2d")},
    {.key = "max_failed",
     .type = FIELD_INT,
     .offset = AT(max_failed),
     .fallback = "5",
     .max = 100,
     .flags = FIELD_SPARSE,
     .help = N_("hold it when more than so many of a hundred are refused, once 100 people are "
                "through; 0: never")},
    {.key = "hours",
     .type = FIELD_LINE,
     .offset = AT(hours),
     .max = 100,
     .flags = FIELD_SPARSE,
     .help = N_("times of day within which it goes out, like 08:00-18:00, in this machine's "
                "zone; empty for any")},
    {.key = "days",
     .type = FIELD_LINE,
     .offset = AT(days),
     .max = 200,
     .flags = FIELD_SPARSE,
     .help = N_("days of the week on which it goes out, like mon-fri or tue, thu; empty for "
                "any")},
    {.key = "not_on",
     .type = FIELD_LINE,
     .offset = AT(not_on),
     .max = 2000,
     .flags = FIELD_SPARSE,
     .help = N_("dates on which it does not go out, like 2026-12-24..2026-12-26, 2027-01-01")},
    {.key = "spread",
     .type = FIELD_SPAN,
     .offset = AT(spread_s),
     .fallback = "0",
     .max = 30 * 24 * 3600,
     .flags = FIELD_SPARSE,
     .help = N_("spread it evenly over so long, like 8h; pauses make it longer; 0: as fast as "
                "the server takes it")},
    {.key = "only_campaign",
     .type = FIELD_SLUG,
     .offset = AT(only_campaign),
     .flags = FIELD_FIXED | FIELD_SPARSE,
     .help = N_("a correction: only to people of its lists who got this campaign")},
    {.key = "only_version",
     .type = FIELD_INT,
     .offset = AT(only_version),
     .max = 1000000,
     .flags = FIELD_FIXED | FIELD_SPARSE,
     .help = N_("with only_campaign: who got this version of it; 0: any but its newest")},
    {.key = NULL},
};
G_STATIC_ASSERT(RETRY_GIVE_UP_DEFAULT_S == 2 * 24 * 3600); /* "2d" above */

const struct field *campaign_fields(void)
{
    return fields;
}

void campaign_init(struct campaign *c)
{
    memset(c, 0, sizeof *c);
    field_init_all(fields, c);
}

void campaign_clear(struct campaign *c)
{
    g_free(c->name);
    g_free(c->held_reason);
    g_clear_pointer(&c->parts, g_ptr_array_unref);
    field_clear_all(fields, c);
    memset(c, 0, sizeof *c);
}

const char *campaign_layout_name(enum campaign_layout l)
{
    return layout_names[l];
}

static gboolean is_state(enum campaign_state s)
{
    return (unsigned)s < CAMPAIGN_STATE_COUNT;
}

const char *campaign_state_name(enum campaign_state s)
{
    g_return_val_if_fail(is_state(s), "unknown");
    return states[s].name;
}

const char *campaign_state_word(enum campaign_state s)
{
    return _(campaign_state_name(s));
}

gboolean campaign_state_parse(const char *name, enum campaign_state *ret)
{
    for (int s = 0; name && s < CAMPAIGN_STATE_COUNT; s++) {
        if (g_str_equal(name, states[s].name)) {
            *ret = (enum campaign_state)s;
            return TRUE;
        }
    }
    return FALSE;
}

gboolean campaign_may_move(enum campaign_state from, enum campaign_state to)
{
    return is_state(from) && is_state(to) && (states[from].moves & TO(to)) != 0;
}

/* What cannot be done, by the state it would lead to. */
static const char *const refused_moves[CAMPAIGN_STATE_COUNT] = {
    [CAMPAIGN_DRAFT] = N_("a %s campaign cannot become a draft again"),
    [CAMPAIGN_PREPARING] = N_("a %s campaign cannot be started"),
    [CAMPAIGN_SCHEDULED] = N_("a %s campaign cannot be scheduled"),
    [CAMPAIGN_SENDING] = N_("a %s campaign cannot be set sending"),
    [CAMPAIGN_PAUSED] = N_("a %s campaign cannot be paused"),
    [CAMPAIGN_HELD] = N_("a %s campaign cannot be held"),
    [CAMPAIGN_FINISHED] = N_("a %s campaign cannot finish"),
    [CAMPAIGN_CANCELLED] = N_("a %s campaign cannot be cancelled"),
};

/* What to do instead, by the state it is in. */
static const char *const remedies[CAMPAIGN_STATE_COUNT] = {
    [CAMPAIGN_DRAFT] = N_("Start it first"),
    [CAMPAIGN_PREPARING] = N_("Wait until it is prepared, or cancel it"),
    [CAMPAIGN_SCHEDULED] = N_("Wait for its time, or cancel it"),
    [CAMPAIGN_SENDING] = N_("Pause it or cancel it instead"),
    [CAMPAIGN_PAUSED] = N_("Resume it or cancel it instead"),
    [CAMPAIGN_HELD] = N_("Resume it or cancel it instead"),
    [CAMPAIGN_FINISHED] = N_("Make a new one to send it anew"),
    [CAMPAIGN_CANCELLED] = N_("Make a new one to send it anew"),
};

gboolean campaign_check_move(const char *name, enum campaign_state from, enum campaign_state to,
                             GError **error)
{
    g_return_val_if_fail(is_state(from) && is_state(to), FALSE);
    if (campaign_may_move(from, to))
        return TRUE;
    if (from == to) {
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_INVALID, _("campaign '%s' is already %s"),
                    name, campaign_state_word(from));
        return FALSE;
    }
    /* Each row of refused_moves has one %s. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    g_autofree char *why = g_strdup_printf(_(refused_moves[to]), campaign_state_word(from));
#pragma GCC diagnostic pop
    g_set_error(error, CRIER_ERROR, CRIER_ERROR_INVALID, _("campaign '%s': %s. %s"), name, why,
                _(remedies[from]));
    return FALSE;
}

gboolean campaign_is_open(const struct campaign *c)
{
    return c->state == CAMPAIGN_DRAFT || c->is_edited;
}

/* What to do first where it cannot be changed; each has one %s, the name. */
static const char *const edit_remedies[CAMPAIGN_STATE_COUNT] = {
    [CAMPAIGN_PREPARING] = N_("Wait until it is prepared and pause it: crier campaign pause %s"),
    [CAMPAIGN_SCHEDULED] = N_("Take its time back first: crier campaign unschedule %s"),
    [CAMPAIGN_SENDING] =
        N_("To change it for those who have not got it yet: crier campaign pause %s"),
    [CAMPAIGN_FINISHED] = N_("Make a new one of it with: crier campaign copy %s NEW"),
    [CAMPAIGN_CANCELLED] = N_("Make a new one of it with: crier campaign copy %s NEW"),
};

static gboolean may_edit(const struct campaign *old, GError **error)
{
    if (!edit_remedies[old->state])
        return TRUE;
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    g_autofree char *remedy = g_strdup_printf(_(edit_remedies[old->state]), old->name);
#pragma GCC diagnostic pop
    g_set_error(error, CRIER_ERROR, CRIER_ERROR_INVALID,
                _("campaign '%s' has begun (it is %s), so what it says is not changed. %s"),
                old->name, campaign_state_word(old->state), remedy);
    return FALSE;
}

gboolean campaign_check_edit(const struct campaign *old, const struct campaign *c,
                             GError **error)
{
    if (old->state == CAMPAIGN_DRAFT)
        return TRUE;
    if (!may_edit(old, error))
        return FALSE;
    for (const struct field *f = fields; f->key != NULL; f++) {
        if ((f->flags & FIELD_FIXED) == 0 || field_equal(f, old, c))
            continue;
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_INVALID,
                    _("campaign '%s' has begun, so whom it goes to is settled and '%s' stays "
                      "as it is. What it says, its server and its times can be changed"),
                    old->name, f->key);
        return FALSE;
    }
    return TRUE;
}

gboolean campaign_check_ready(const struct campaign *c, GError **error)
{
    if (!field_check_required(fields, c, error))
        return FALSE;
    gboolean has_body =
        (c->html && *c->html) || (c->text && *c->text) || (c->markdown && *c->markdown);
    if (has_body)
        return TRUE;
    g_set_error(error, CRIER_ERROR, CRIER_ERROR_INVALID,
                _("there is no body: neither HTML, Markdown nor text. Name html_file, "
                  "markdown_file or text_file in"
                  " the campaign.cfg of its folder and `crier apply` it"));
    return FALSE;
}
