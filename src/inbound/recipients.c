/*
 * Whom a mail is about, and the words about each: the report's groups, X-Failed-Recipients, the
 * notice's own text, the mail that came back, in this order. Never the daemon, the sender, or
 * an address in a link. What the words mean is model/bounce's.
 */
#include "config.h"

#include <string.h>

#include "inbound/inbound_private.h"

#define WRAPPED_MIN_CHARS 50 /* of a line that may go on in the next */

enum rank {
    RANK_NONE,
    RANK_WEAK,  /* somewhere in the text */
    RANK_TO,    /* in a quoted To */
    RANK_SAID,  /* a reply or a sentence about it */
    RANK_LINE,  /* its line begins with it */
    RANK_ALIAS, /* "generated from" it */
};

struct candidate {
    char *address; /* owned */
    enum rank rank;
    gsize line; /* where its line begins in the text */
};

static void candidate_clear(gpointer data)
{
    g_free(((struct candidate *)data)->address);
}

/* ---- one address in the text ---- */

/* Fields that, at the beginning of a line, name somebody else than who failed. */
static const char *const other_fields[] = {"from",
                                           "sender",
                                           "reply-to",
                                           "return-path",
                                           "message-id",
                                           "references",
                                           "in-reply-to",
                                           "received",
                                           "errors-to",
                                           "subject",
                                           "date",
                                           "mail from",
                                           "contact",
                                           "envelope-from",
                                           "x-envelope-from",
                                           "original-envelope-id",
                                           "reporting-mta",
                                           "message id",
                                           "id",
                                           "dsn gateway",
                                           "list-unsubscribe",
                                           "resent-from",
                                           "mime-version",
                                           "sender address",
                                           "sender's address",
                                           "from address",
                                           "reply to",
                                           "absender",
                                           "absenderadresse",
                                           "expéditeur",
                                           "remitente",
                                           "mittente",
                                           "remetente",
                                           "отправитель",
                                           "发件人",
                                           "差出人",
                                           "送信者",
                                           "von",
                                           "de",
                                           NULL};
static const char *const to_fields[] = {"to", "cc", "bcc", "apparently-to", "an", NULL};

/* The word before an address that says it is not whom the mail is about; and that it is. */
static const char *const other_words[] = {"from",    "from:",    "sender",      "sender:",
                                          "by",      "contact",  "mailto:",     "reply",
                                          "via",     "id",       "postmaster",  "administrator",
                                          "e-mail",  "email:",   "message-id:", "msgid",
                                          "sender,", "helpdesk", "at:",         "envelope-from",
                                          "helo",    "ehlo",     "please",      "see",
                                          "mail:",   "if",       "e.g.",        "e.g.,",
                                          "example", "example,", "try",         NULL};
static const char *const said_words[] = {
    "to",          "to:",           "user",         "user:",     "recipient",  "recipient:",
    "recipients:", "recipient(s):", "address",      "address:",  "addresses:", "mailbox",
    "mailbox:",    "account",       "account:",     "for",       "for:",       "rcpt",
    "recipient;",  "rfc822;",       "rfc822:",      "smtp;",     "deliver",    "local:",
    "error:",      "recipients",    "recipient(s)", "addresses", "users",      "size:",
    "unknown:",    "failed:",       "said:",        "username:", "user(s):",   "following:",
    "user;",       "empfänger:",    "an",           "адресату",  "получателя", "list",
    NULL};

static gboolean is_one_of(const char *const *words, const char *p, gsize n)
{
    for (int i = 0; words[i]; i++)
        if (strlen(words[i]) == n && g_ascii_strncasecmp(words[i], p, n) == 0)
            return TRUE;
    return FALSE;
}

static gboolean is_wrapping(char c)
{
    return strchr(" \t<\"'([*->+;`|", c) != NULL;
}

/* Whether the address stands in a link or in the middle of a longer word. */
static gboolean is_in_link(const char *line, const char *begin)
{
    const char *p = begin;
    while (p > line && !g_ascii_isspace(p[-1]) && p[-1] != '<' && p[-1] != '"')
        p--;
    gsize n = (gsize)(begin - p);
    return g_strstr_len(p, (gssize)n, "://") || g_strstr_len(p, (gssize)n, "mailto:") ||
           g_strstr_len(p, (gssize)n, "?");
}

static gboolean is_code(const char *word, gsize n)
{
    for (gsize i = 0; i < n; i++)
        if (!g_ascii_isdigit(word[i]) && !strchr(".-#", word[i]))
            return FALSE;
    return n >= 3;
}

static enum rank rank_by_field(const char *line, gsize n, gboolean *ret_known)
{
    *ret_known = TRUE;
    if (is_one_of(other_fields, line, n))
        return RANK_NONE;
    if (is_one_of(to_fields, line, n))
        return RANK_TO;
    *ret_known = FALSE;
    return RANK_WEAK;
}

static gboolean is_alias_word(const char *line, const char *begin)
{
    static const char *const aliases[] = {
        "generated from", "expanded from:", "expanded from", "(was", "original address:", NULL};
    g_autofree char *part = g_strndup(line, (gsize)(begin - line));
    for (int i = 0; aliases[i]; i++)
        if (strstr(part, aliases[i]))
            return TRUE;
    return FALSE;
}

/* What the last word before an address says of it; RANK_WEAK: nothing. */
static enum rank rank_by_word(const char *begin, const char *end, gboolean is_transcript)
{
    const char *word = end;
    while (word > begin && !g_ascii_isspace(word[-1]) && !strchr("<(", word[-1]))
        word--;
    gsize n = (gsize)(end - word);
    if (is_one_of(other_words, word, n) ||
        (n >= 5 && g_ascii_strncasecmp(end - 5, "from:", 5) == 0))
        return RANK_NONE;
    if (is_one_of(said_words, word, n) || is_code(word, n) || is_transcript ||
        (n >= 3 && g_ascii_strncasecmp(end - 3, "to:", 3) == 0))
        return RANK_SAID;
    return RANK_WEAK;
}

/* At the beginning of a line: that of a sentence that was wrapped, or one of its own. */
static enum rank rank_of_first(const char *text, const char *line)
{
    const char *end = line > text ? line - 1 : line, *begin = end;
    while (begin > text && begin[-1] != '\n')
        begin--;
    if (is_alias_word(begin, end) && strcspn(begin, ")\n") == (gsize)(end - begin))
        return RANK_ALIAS;
    if (end - begin < WRAPPED_MIN_CHARS || !(g_ascii_isalpha(end[-1]) || end[-1] == ','))
        return RANK_LINE;
    return rank_by_word(begin, end, FALSE) == RANK_NONE ? RANK_NONE : RANK_LINE;
}

/* "…try writing to X instead", "please contact X": whom to ask, not who failed. */
static gboolean is_advice(const char *line, const char *begin)
{
    gsize n = (gsize)(begin - line);
    return g_strstr_len(line, (gssize)n, "try ") ||
           g_strstr_len(line, (gssize)n, "please contact") ||
           g_strstr_len(line, (gssize)n, "lease send") ||
           g_strstr_len(line, (gssize)n, "orward this") ||
           g_strstr_len(line, (gssize)n, "orward the") ||
           g_strstr_len(line, (gssize)n, "lease report") ||
           g_strstr_len(line, (gssize)n, "ssistance") ||
           g_strstr_len(line, (gssize)n, "uestions");
}

/* By the words of its line before it. */
static enum rank rank_of(const char *text, const char *line, const char *begin)
{
    const char *p = line, *end = begin;
    if (is_in_link(line, begin) || is_advice(line, begin))
        return RANK_NONE;
    if (begin - line >= 5 && g_ascii_strncasecmp(begin - 5, "SMTP=", 5) == 0)
        return RANK_LINE;
    gboolean is_transcript = strncmp(line, "<<<", 3) == 0 || strncmp(line, ">>>", 3) == 0;
    while (end > p && is_wrapping(end[-1]))
        end--;
    while (p < end && is_wrapping(*p))
        p++;
    if (p >= end)
        return is_transcript ? RANK_SAID : rank_of_first(text, line);
    if (is_alias_word(line, begin))
        return RANK_ALIAS;
    const char *colon = memchr(p, ':', (gsize)(end - p));
    if (colon && colon - p < 30) {
        gboolean is_known;
        const char *field_end = colon; /* French sets a blank before the colon */
        while (field_end > p && field_end[-1] == ' ')
            field_end--;
        enum rank r = rank_by_field(p, (gsize)(field_end - p), &is_known);
        if (is_known)
            return r;
    }
    return rank_by_word(p, end, is_transcript);
}

/* An address that shows how addresses are formed, or that takes a list's commands. */
static gboolean is_placeholder(const char *address)
{
    static const char *const locals[] = {
        "name", "yourname", "your.name", "firstname.lastname", "first.last", "someone", NULL};
    gsize n = strcspn(address, "@");
    return is_one_of(locals, address, n) ||
           (n > 4 && g_ascii_strncasecmp(address + n - 4, "-ctl", 4) == 0);
}

/* ---- all of them ---- */

static void collect(const struct mail *m, GArray *out)
{
    const char *begin = m->text->str, *end = begin + m->text->len;
    struct address_found f;
    for (const char *p = begin;
         out->len < MAX_ADDRESSES && (p = address_next(p, begin, end, &f));) {
        const char *line = f.begin;
        while (line > begin && line[-1] != '\n')
            line--;
        struct candidate c = {.rank = rank_of(begin, line, f.begin),
                              .line = (gsize)(line - begin)};
        if (c.rank == RANK_NONE)
            continue;
        c.address = g_strndup(f.begin, (gsize)(f.end - f.begin));
        if (kind_is_daemon(c.address) || is_placeholder(c.address))
            g_free(c.address);
        else
            g_array_append_val(out, c);
    }
}

/* Whom the mail can hardly be about: who sent the one that came back. */
static GPtrArray *senders(const struct mail *m)
{
    static const char *const fields[] = {"From",     "Sender",    "Return-Path",
                                         "Reply-To", "Errors-To", NULL};
    GPtrArray *all = g_ptr_array_new_with_free_func(g_free);
    for (int i = 0; fields[i]; i++)
        addresses_of(mail_returned(m), fields[i], all);
    addresses_of(m->header, "From", all);
    addresses_of(m->header, "To", all);
    addresses_of(m->header, "Delivered-To", all);
    return all;
}

static void add_ranked(const GArray *all, enum rank rank, const GPtrArray * not,
                       struct inbound *in)
{
    for (guint i = 0; i < all->len; i++) {
        const struct candidate *c = &g_array_index(all, struct candidate, i);
        if (c->rank == rank && !addresses_have(not, c->address))
            inbound_add(in, g_strdup(c->address));
    }
}

/* An alias stands for the address before it, to which it was forwarded. */
static void use_aliases(const GArray *all, struct inbound *in)
{
    for (guint i = 1; i < all->len; i++) {
        const struct candidate *c = &g_array_index(all, struct candidate, i);
        const struct candidate *before = &g_array_index(all, struct candidate, i - 1);
        if (c->rank != RANK_ALIAS || g_ascii_strcasecmp(c->address, before->address) == 0)
            continue;
        for (guint k = 0; k < in->items->len; k++) {
            struct inbound_item *item = in->items->pdata[k];
            if (g_ascii_strcasecmp(item->address, before->address) == 0 &&
                !item->final_address) {
                item->final_address = item->address;
                item->address = g_strdup(c->address);
                break;
            }
        }
    }
}

static GPtrArray *returned_to(const struct mail *m)
{
    static const char *const fields[] = {
        "To", "Cc", "Bcc", "X-Envelope-To", "Envelope-To", "X-Receiver", "Apparently-To", NULL};
    GPtrArray *to = g_ptr_array_new_with_free_func(g_free);
    for (int i = 0; fields[i]; i++)
        addresses_of(mail_returned(m), fields[i], to);
    return to;
}

/* The address that our envelope sender may have carried: "bounces+user=example.org@…". */
static void add_verp(const struct mail *m, struct inbound *in)
{
    static const char *const fields[] = {"To", "Delivered-To", "X-Original-To", "Envelope-To",
                                         NULL};
    g_autoptr(GPtrArray) all = g_ptr_array_new_with_free_func(g_free);
    for (int i = 0; fields[i]; i++)
        addresses_of(m->header, fields[i], all);
    for (guint i = 0; i < all->len && in->items->len == 0; i++) {
        const char *local = all->pdata[i], *at = strrchr(local, '@');
        const char *equals = g_strrstr_len(local, at - local, "=");
        if (!equals || !memchr(equals, '.', (gsize)(at - equals)))
            continue;
        const char *begin = equals;
        while (begin > local && begin[-1] != '+' && begin[-1] != '=')
            begin--;
        if (begin == local)
            while (begin < equals && *begin != '-')
                begin++;
        begin += *begin == '-';
        if (begin < equals)
            inbound_add(in, g_strdup_printf("%.*s@%.*s", (int)(equals - begin), begin,
                                            (int)(at - equals - 1), equals + 1));
    }
}

/* "…to the following recipients…:" and beneath it a word alone: somebody at the daemon's own
 * domain. */
static void add_bare_local(const struct mail *m, struct inbound *in)
{
    const char *at = strrchr(m->from, '@'), *p = m->text->str;
    while (at && (p = strstr(p, ":\n"))) {
        p += 2;
        gsize blank = strspn(p, " \t");
        gsize n = strcspn(p + blank, " \t\n");
        const char *word = p + blank;
        if (blank == 0 || n < 2 || n > 64 || (word[n] && word[n] != '\n') ||
            !g_ascii_isalnum(word[0]) || strcspn(word, "@:;/()<>\"") < n)
            continue;
        inbound_add(in, g_strdup_printf("%.*s%s", (int)n, word, at));
    }
}

static void add_from_text(const struct mail *m, const GArray *all, struct inbound *in)
{
    g_autoptr(GPtrArray) not = senders(m);
    g_autoptr(GPtrArray) none = g_ptr_array_new();
    g_autoptr(GPtrArray) to = returned_to(m);
    add_ranked(all, RANK_LINE, not, in);
    if (in->items->len == 0)
        add_ranked(all, RANK_SAID, not, in);
    if (in->items->len == 0)
        add_ranked(all, RANK_ALIAS, not, in);
    if (in->items->len == 0)
        add_ranked(all, RANK_TO, not, in);
    if (in->items->len == 0) {
        for (guint i = 0; i < all->len; i++) {
            const struct candidate *c = &g_array_index(all, struct candidate, i);
            if (addresses_have(to, c->address))
                inbound_add(in, g_strdup(c->address));
        }
    }
    if (in->items->len == 0)
        add_verp(m, in);
    if (in->items->len == 0)
        add_ranked(all, RANK_WEAK, not, in);
    /* Nobody is named but one who sent it too: mail to oneself. */
    if (in->items->len == 0)
        add_ranked(all, RANK_LINE, none, in);
    if (in->items->len == 0 && to->len == 1)
        inbound_add(in, g_strdup(to->pdata[0]));
    if (in->items->len == 0)
        add_bare_local(m, in);
}

/* ---- the words about one ---- */

/* From each line of the address to the next line of somebody else, or a fair piece. */
static char *words_about(const struct mail *m, const GArray *all, const char *address)
{
    g_autoptr(GString) out = g_string_new(NULL);
    gsize done = 0;
    for (guint i = 0; i < all->len; i++) {
        const struct candidate *c = &g_array_index(all, struct candidate, i);
        if (g_ascii_strcasecmp(c->address, address) != 0 || c->line < done)
            continue;
        gsize stop = m->text->len;
        for (guint k = i + 1; k < all->len; k++) {
            const struct candidate *next = &g_array_index(all, struct candidate, k);
            if (next->line > c->line && next->rank >= RANK_SAID && next->rank != RANK_ALIAS &&
                g_ascii_strcasecmp(next->address, address) != 0) {
                stop = next->line;
                break;
            }
        }
        stop = MIN(stop, c->line + INBOUND_DIAGNOSTIC_MAX_BYTES);
        g_string_append_len(out, m->text->str + c->line, (gssize)(stop - c->line));
        done = stop;
        if (out->len > INBOUND_DIAGNOSTIC_MAX_BYTES)
            break;
    }
    return g_utf8_make_valid(out->str, (gssize)MIN(out->len, INBOUND_DIAGNOSTIC_MAX_BYTES));
}

static char *one_line(const char *text)
{
    g_autofree char *cut = g_strndup(text, INBOUND_DIAGNOSTIC_MAX_BYTES);
    g_autofree char *valid = g_utf8_make_valid(cut, -1);
    for (char *p = valid; *p; p++)
        if ((guint8)*p < ' ' || *p == 127)
            *p = ' ';
    return g_strdup(g_strstrip(valid));
}

/*
 * Sendmail writes a line of its own beneath the reply of the other server, "550 5.1.1 <a@b>...
 * User unknown" for any 550, be it said of our address in a block list. The reply is what
 * counts: its echo becomes blanks.
 */
static void drop_echoes(GString *text)
{
    gboolean is_behind_reply = FALSE;
    for (char *p = text->str; *p;) {
        gsize n = strcspn(p, "\n");
        gboolean is_echo = is_behind_reply && n > 8 && (*p == '4' || *p == '5') &&
                           g_ascii_isdigit(p[1]) && g_ascii_isdigit(p[2]) && p[3] == ' ';
        if (is_echo)
            memset(p, ' ', n);
        is_behind_reply = g_str_has_prefix(p, "<<< ");
        p += n + (p[n] != '\0');
    }
}

static void judge(const struct mail *m, const struct dsn_group *g, const char *words,
                  const struct bounce_rules *rules, struct inbound_item *item, gboolean is_only)
{
    const char *said = g && g->diagnostic ? g->diagnostic : words;
    struct bounce_facts facts = {
        .text = said,
        .around = is_only ? m->text->str : words,
        .status = g ? g->status : NULL,
        .action = g && g->action ? g->action : mail_kind_name(item->kind),
        .phase = -1,
    };
    struct bounce_verdict v;
    bounce_judge(&facts, rules, &v);
    g_free(item->status);
    g_free(item->diagnostic);
    g_free(item->remote_host);
    item->status = g_strdup(v.status);
    item->class = v.class;
    item->reason = v.reason;
    item->fault = v.fault;
    item->rule = v.rule;
    item->diagnostic = one_line(said ? said : "");
    item->remote_host = one_line(g && g->remote_mta ? g->remote_mta : "");
}

/* ---- by kind ---- */

static enum mail_kind kind_of_group(const struct dsn_group *g, enum mail_kind kind)
{
    if (!g->action)
        return kind;
    if (g_str_has_prefix(g->action, "fail"))
        return MAIL_BOUNCE;
    return g_str_has_prefix(g->action, "delay") ? MAIL_DELAYED : MAIL_SUCCESS;
}

static void add_groups(const struct mail *m, enum mail_kind kind, const GArray *all,
                       const struct bounce_rules *rules, struct inbound *in)
{
    for (guint i = 0; i < m->groups->len; i++) {
        const struct dsn_group *g = m->groups->pdata[i];
        const char *address = g->original ? g->original : g->final;
        /* In a mail that tells of failures, those who got it are not what it is about. */
        if (!address || kind_of_group(g, kind) == MAIL_SUCCESS)
            continue;
        struct inbound_item *item = inbound_add(in, g_strdup(address));
        if (!item)
            continue;
        if (g->final && g_ascii_strcasecmp(g->final, address) != 0)
            item->final_address = g_strdup(g->final);
        item->kind = kind_of_group(g, kind);
        g_autofree char *words = words_about(m, all, g->final ? g->final : address);
        judge(m, g, words, rules, item, m->groups->len == 1);
    }
}

/* The report's group without an address, if that is all there is. */
static const struct dsn_group *lone_group(const struct mail *m)
{
    return m->groups->len == 1 ? m->groups->pdata[0] : NULL;
}

static void add_failed(const struct mail *m, enum mail_kind kind, const GArray *all,
                       const struct bounce_rules *rules, struct inbound *in)
{
    g_autoptr(GPtrArray) failed = g_ptr_array_new_with_free_func(g_free);
    addresses_of(m->header, "X-Failed-Recipients", failed);
    for (guint i = 0; i < failed->len; i++)
        inbound_add(in, g_strdup(failed->pdata[i]));
    if (failed->len == 0)
        add_from_text(m, all, in);
    use_aliases(all, in);
    gboolean is_only = in->items->len == 1;
    for (guint i = 0; i < in->items->len; i++) {
        struct inbound_item *item = in->items->pdata[i];
        g_autofree char *words =
            words_about(m, all, item->final_address ? item->final_address : item->address);
        item->kind = kind;
        judge(m, lone_group(m), *words ? words : m->text->str, rules, item, is_only);
    }
}

void recipients_find(struct mail *m, enum mail_kind kind, const struct bounce_rules *rules,
                     struct inbound *in)
{
    g_autoptr(GArray) all = g_array_new(FALSE, FALSE, sizeof(struct candidate));
    g_array_set_clear_func(all, candidate_clear);
    switch (kind) {
    case MAIL_BOUNCE:
    case MAIL_DELAYED:
        collect(m, all);
        drop_echoes(m->text);
        add_groups(m, kind, all, rules, in);
        if (in->items->len == 0)
            add_failed(m, kind, all, rules, in);
        break;
    case MAIL_COMPLAINT:
        arf_items(m, in);
        break;
    case MAIL_UNSUBSCRIBE:
        if (strchr(m->from, '@'))
            inbound_add(in, g_strdup(m->from));
        break;
    default:
        break;
    }
}
