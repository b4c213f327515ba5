/*
 * A person's answer, from the mailbox to the campaign's Reply-To: noted once, where the mailbox
 * wishes it, and written so that it can be read, answered and kept.
 */
#include "config.h"

#include "app/evidence.h"
#include "app/hook_news.h"
#include "base/clock.h"
#include "base/token.h"
#include "inbound/inbound.h"
#include "message/mimeread.h"
#include "model/part.h"
#include "store/campaigns.h"
#include "../store/place.h"

#define HEADER                                                                                 \
    "From: A Reader <reader@example.net>\r\nSubject: Re: spring\r\nMessage-ID: <a@b>\r\n"      \
    "In-Reply-To: <x@y>\r\n"

static const char plain[] = HEADER "Content-Type: text/plain; charset=iso-8859-1\r\n\r\n"
                                   "Gr\xfc\xdf"
                                   "e, and a question\r\n.\r\nFrom here on it is text.\r\n";
static const char html[] = HEADER "Content-Type: text/html; charset=utf-8\r\n\r\n"
                                  "<p>A question in <b>HTML</b></p>\r\n";

static void begin(struct place *p, gconstpointer data)
{
    place_begin(p, data);
    run(p->db,
        "INSERT INTO mailbox (id, name, address, protocol, host, security, user, enabled,"
        " row_version, forward_replies) VALUES (1, 'bounce',"
        " 'bounce@example.org', 0, 'localhost', 2, 'bounce', 1, 1, 1)");
    run(p->db,
        "INSERT INTO campaign (id, name, title, state, created_us, give_up_s,"
        " content_version, \"from\", reply_to) VALUES (1, 'spring', 'Spring', 6, 1, 100, 1,"
        " 'News <news@example.org>', 'Office <office@example.org>')");
    run(p->db, "INSERT INTO campaign_counter (campaign_id, total, queued, leased, accepted,"
               " refused, deferred, uncertain, suppressed, cancelled)"
               " VALUES (1, 1, 0, 0, 1, 0, 0, 0, 0, 0)");
    run(p->db, "INSERT INTO delivery (id, campaign_id, person_id, version, state, attempts,"
               " address) VALUES (1, 1, 1, 1, 2, 1, 'p1@example.org')");
}

/* As the inbox role takes it. */
static gint64 take(struct place *p, const char *raw, const char *uid)
{
    guint8 key[TOKEN_KEY_BYTES];
    GError *error = NULL;
    struct evidence_result r = {0};
    struct evidence_mail m = {{1, 7, uid}, clock_wall_us(), raw, strlen(raw), NULL};
    struct inbound *in = inbound_read(raw, strlen(raw), NULL);
    g_assert_cmpint(in->kind, ==, MAIL_REPLY);
    g_assert_true(db_hmac_key(p->db, key, NULL));
    g_ptr_array_add(in->tokens, token_make(key, TOKEN_MESSAGE, 1));
    gboolean ok = evidence_take(p->db, &m, in, &r, &error);
    g_assert_no_error(error);
    g_assert_true(ok);
    if (!r.was_there) { /* by another rule, say: nothing is noted twice */
        struct evidence_change c;
        evidence_change_init(&c, "bounce rerun");
        g_assert_true(evidence_read_again(p->db, r.inbound_id, in, &c, &error));
        g_assert_no_error(error);
        evidence_change_clear(&c);
    }
    inbound_free(in);
    return r.inbound_id;
}

static void once_where_it_is_wished(struct place *p, gconstpointer data)
{
    gint64 id = take(p, plain, "1");
    take(p, plain, "2"); /* the same mail under another number */
    g_assert_true(hooks_note_reply(p->db, id, 1, NULL)); /* read anew, it is an answer again */
    g_assert_cmpint(number_of(p->db, "SELECT count(*) FROM hook WHERE kind = 2"), ==, 1);
    run(p->db, "UPDATE mailbox SET forward_replies = 0");
    take(p, html, "3");
    g_assert_cmpint(number_of(p->db, "SELECT count(*) FROM hook WHERE kind = 2"), ==, 1);
}

static void write_reply(struct place *p, struct hook_mail *ret, char **ret_note)
{
    GError *error = NULL;
    struct campaign c;
    struct hook *h = hooks_next(p->db, 0, 0, &error);
    g_assert_no_error(error);
    g_assert_nonnull(h);
    g_assert_cmpstr(h->event, ==, HOOKS_REPLY);
    g_assert_true(campaigns_get_id(p->db, 1, &c, NULL));
    gboolean ok = hook_reply_mail(p->db, p->ws, h, &c, ret, ret_note, &error);
    g_assert_no_error(error);
    g_assert_true(ok);
    campaign_clear(&c);
    hook_free(h);
}

static void written_to_be_answered(struct place *p, gconstpointer data)
{
    struct hook_mail m, again;
    struct mimeread read;
    gsize len = 0;
    char *note = NULL;
    take(p, plain, "1");
    write_reply(p, &m, &note);
    g_assert_null(note);
    g_assert_cmpstr(m.sender, ==, "news@example.org");
    g_assert_cmpstr(m.recipient, ==, "office@example.org");
    g_assert_true(mimeread_parse(m.message->str, m.message->len, &read, NULL));
    g_assert_nonnull(strstr(read.reply_to, "reader@example.net"));
    g_assert_cmpstr(read.subject, ==, "Re: spring");
    g_assert_nonnull(strstr(read.text, "reader@example.net answered the campaign spring."));
    g_assert_nonnull(strstr(read.text, "Grüße, and a question\n.\nFrom here on it is text."));
    g_assert_cmpuint(read.parts->len, ==, 1);
    const char *data_of = g_bytes_get_data(((struct part *)read.parts->pdata[0])->data, &len);
    g_assert_cmpmem(data_of, len, plain, strlen(plain));
    mimeread_clear(&read);
    for (char **line = g_strsplit(m.message->str, "\r\n", -1), **l = line; l; l = NULL) {
        for (; *l; l++)
            g_assert_true(strlen(*l) <= 998 && **l != '.' && !strchr(*l, '\n'));
        g_strfreev(line);
    }
    write_reply(p, &again, &note);
    const char *id = strstr(m.message->str, "Message-ID: <answer-");
    g_assert_nonnull(id);
    g_autofree char *line = g_strndup(id, strcspn(id, "\r"));
    g_assert_nonnull(strstr(again.message->str, line));
    hook_mail_clear(&again);
    hook_mail_clear(&m);
}

static void html_is_read_as_text(struct place *p, gconstpointer data)
{
    struct hook_mail m;
    struct mimeread read;
    char *note = NULL;
    take(p, html, "1");
    write_reply(p, &m, &note);
    g_assert_true(mimeread_parse(m.message->str, m.message->len, &read, NULL));
    g_assert_nonnull(strstr(read.text, "A question in HTML"));
    mimeread_clear(&read);
    hook_mail_clear(&m);
}

/* It would come in again, for ever. */
static void not_to_the_mailbox_itself(struct place *p, gconstpointer data)
{
    struct hook_mail m;
    char *note = NULL;
    run(p->db, "UPDATE campaign SET reply_to = 'Us <BOUNCE@example.org>'");
    take(p, plain, "1");
    write_reply(p, &m, &note);
    g_assert_nonnull(note);
    g_assert_nonnull(strstr(note, "this mailbox itself"));
    g_assert_null(m.message);
    g_free(note);
}

static void what_is_not_kept_is_not_passed_on(struct place *p, gconstpointer data)
{
    struct hook_mail m;
    char *note = NULL;
    take(p, plain, "1");
    run(p->db, "UPDATE inbound_raw SET raw = x''");
    write_reply(p, &m, &note);
    g_assert_nonnull(note);
    g_assert_null(m.message);
    g_free(note);
}

#define CASE(path, function)                                                                   \
    g_test_add("/hook-reply/" path, struct place, NULL, begin, function, place_end)

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    CASE("once", once_where_it_is_wished);
    CASE("written", written_to_be_answered);
    CASE("html", html_is_read_as_text);
    CASE("own", not_to_the_mailbox_itself);
    CASE("forgotten", what_is_not_kept_is_not_passed_on);
    return g_test_run();
}
