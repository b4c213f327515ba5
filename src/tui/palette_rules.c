/*
 * The table of what is asked before a verb runs behind ':'. A test holds it against the table
 * of verbs: each that changes something has a row here, a route, or stands in the test's own
 * list of those that can be undone.
 */
#include "config.h"

#include "tui/palette_rules.h"

#include <string.h>

#include "base/i18n.h"
#include "tui/palette_complete.h"

static const struct palette_rule rules[] = {
    {.words = "campaign test",
     .level = CONFIRM_BUTTON,
     .text = N_("A marked copy goes to these addresses now. Nobody else gets anything.")},
    {.words = "hook run",
     .level = CONFIRM_BUTTON,
     .text = N_("The command is run, and the mail goes out, for all that waits.")},
    {.words = "hook test",
     .level = CONFIRM_BUTTON,
     .text = N_("The command is run, and the mail goes out, now.")},
    {.words = "campaign resolve",
     .level = CONFIRM_YES,
     .text = N_("Those who have maybe got it are decided about. With --resend some may get it "
                "twice, with --skip some may not get it at all."),
     .not_with = "dry-run"},
    {.words = "campaign resend",
     .level = CONFIRM_NUMBER,
     .text = N_("Those whom it failed for are sent it again."),
     .not_with = "dry-run"},
    {.words = "campaign join",
     .level = CONFIRM_NUMBER,
     .text = N_("It is sent to those, too, who came onto its lists since it began. --dry-run "
                "counts them first."),
     .not_with = "dry-run"},
    {.words = "people erase",
     .level = CONFIRM_NUMBER,
     .text = N_("All that names the person is erased for good. They are never mailed again."),
     .add = "--yes"},
    {.words = "people sync",
     .level = CONFIRM_YES,
     .text = N_("Whoever is not in the file leaves the list. --dry-run shows who first."),
     .not_with = "dry-run"},
    {.words = "people undo",
     .level = CONFIRM_YES,
     .text = N_("The import is taken back, but for people who were mailed or changed since. "
                "--dry-run counts first."),
     .not_with = "dry-run"},
    {.words = "suppress remove",
     .level = CONFIRM_NUMBER,
     .text = N_("Mail to this address is allowed again, although it was on the never-mail "
                "list. Be sure that the person wants it.")},
    {.words = "suppress undo",
     .level = CONFIRM_NUMBER,
     .text = N_("Mail to all these addresses is allowed again. --dry-run shows which first."),
     .not_with = "dry-run"},
    {.words = "suppress storm",
     .level = CONFIRM_YES,
     .text = N_("All addresses that wait because of this receiver are decided about at once. "
                "suppress storms shows how many.")},
    {.words = "bounce rerun",
     .level = CONFIRM_YES,
     .text = N_("Mail that came back is read anew. Some people may be mailed no more, and some "
                "again. --dry-run shows who first."),
     .not_with = "dry-run"},
    {.words = "bounce assign",
     .level = CONFIRM_YES,
     .text = N_("All messages of this pattern are decided about at once. --dry-run shows what "
                "follows first."),
     .only_with = "pattern",
     .not_with = "dry-run"},
    {.words = "dkim delete",
     .level = CONFIRM_YES,
     .text = N_("The key signs no more, and its file is removed.")},
    {.words = "apply",
     .level = CONFIRM_YES,
     .text = N_("With --force, changes that were made here since are overwritten."),
     .only_with = "force",
     .not_with = "dry-run"},
    {.words = "import",
     .level = CONFIRM_YES,
     .text = N_("With --force, changes that were made here since are overwritten."),
     .only_with = "force",
     .not_with = "dry-run"},
    {.words = "export",
     .level = CONFIRM_YES,
     .text = N_("With --force, files that say something else are overwritten."),
     .only_with = "force"},
    {.words = "worker stop",
     .level = CONFIRM_YES,
     .text = N_("The worker ends when its last replies are in. What is being sent waits until "
                "a worker runs again; nobody gets anything twice.")},
    {.words = "campaign start",
     .refusal = N_("Name only the campaign: the check list asks for the rest.")},
    {.words = "campaign edit",
     .refusal = N_("Name only the campaign: then it is edited here.")},
    {.words = "server add",
     .only_with = "ask-password",
     .refusal = N_("A password is not asked here: add the server on the screen Servers.")},
    {.words = "server set",
     .only_with = "ask-password",
     .refusal = N_("A password is not asked here: edit the server on the screen Servers.")},
    {.words = "mailbox add",
     .only_with = "ask-password",
     .refusal = N_("A password is not asked here: add the mailbox on the screen Mailboxes.")},
    {.words = "mailbox set",
     .only_with = "ask-password",
     .refusal = N_("A password is not asked here: edit the mailbox on the screen Mailboxes.")},
    {.words = "db restore",
     .refusal = N_("This replaces the database under the screens: quit, then use a shell.")},
    {.words = "sink",
     .refusal = N_("This runs until it is stopped: start it in a shell of its own.")},
    {.words = "status",
     .only_with = "watch",
     .refusal = N_("The screens show changes as they happen: see Home.")},
    {.words = "log",
     .only_with = "follow",
     .refusal = N_("This does not end by itself: leave out --follow.")},
    {.words = NULL},
};

const struct palette_rule *palette_rules(void)
{
    return rules;
}

const struct palette_rule *palette_rule_for(const struct verb *v, char *const *words)
{
    g_autofree char *name = g_strconcat(v->noun, v->verb ? " " : "", v->verb, NULL);
    for (const struct palette_rule *r = rules; r->words; r++) {
        if (strcmp(r->words, name) != 0)
            continue;
        if (r->only_with && !palette_has_option(v, words, r->only_with))
            continue;
        if (r->not_with && palette_has_option(v, words, r->not_with))
            continue;
        return r;
    }
    return NULL;
}
