/*
 * What is told at an event of a campaign: the JSON that a command gets, the mail that a person
 * gets; and a person's answer, passed on.
 */
#ifndef CRIER_APP_HOOK_NEWS_H
#define CRIER_APP_HOOK_NEWS_H

#include <glib.h>

#include "app/hook_mail.h"
#include "model/campaign.h"
#include "store/db.h"
#include "store/hooks.h"
#include "store/workspace.h"

#define HOOK_NEWS_TEST "test" /* the event of a trial */

/* One line of JSON. "campaign" is null when it is not there any more. */
gboolean hook_news_json(struct db *db, const struct workspace *ws, const struct hook *h,
                        GString *out, GError **error);

/* From the campaign's From to `to` (mailbox text). */
gboolean hook_news_mail(struct db *db, const struct workspace *ws, const struct hook *h,
                        const struct campaign *c, const char *to, struct hook_mail *ret,
                        GError **error);
/* The answer that `h` is about, to the campaign's Reply-To or From; answering it writes to the
 * person. `ret_note` (owned): why there is nobody to pass it on to, then `ret` is empty; NULL:
 * there is. */
gboolean hook_reply_mail(struct db *db, const struct workspace *ws, const struct hook *h,
                         const struct campaign *c, struct hook_mail *ret, char **ret_note,
                         GError **error);

#endif
