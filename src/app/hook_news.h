/*
 * What is told at an event of a campaign: the JSON that a command gets, the mail that a person
 * gets.
 */
#ifndef CRIER_APP_HOOK_NEWS_H
#define CRIER_APP_HOOK_NEWS_H

#include <glib.h>

#include "model/campaign.h"
#include "store/db.h"
#include "store/hooks.h"
#include "store/workspace.h"

#define HOOK_NEWS_TEST "test" /* the event of a trial */

/* One line of JSON. "campaign" is null when it is not there any more. */
gboolean hook_news_json(struct db *db, const struct workspace *ws, const struct hook *h,
                        GString *out, GError **error);

struct hook_mail {
    char *sender, *recipient; /* owned; of the envelope */
    GString *message;         /* owned; ready for the wire, signed where mail from there is */
    gboolean needs_smtputf8;
};
/* From the campaign's From to `to` (mailbox text). */
gboolean hook_news_mail(struct db *db, const struct workspace *ws, const struct hook *h,
                        const struct campaign *c, const char *to, struct hook_mail *ret,
                        GError **error);
void hook_mail_clear(struct hook_mail *m);

#endif
