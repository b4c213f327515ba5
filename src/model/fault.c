/*
 * The table of refusals that are our fault, and how long we rest then. Text is compared as one
 * line in small letters; phrases are whole words, so that "spam" is not found in "spamhaus".
 */
#include "config.h"

#include "model/fault.h"

#include <string.h>

#include "base/i18n.h"

#define FIRST_REST_S 3600
#define LONGEST_REST_S (6 * 3600)
#define CODE_DIGITS 3

struct faults {
    GPtrArray *rows; /* owned; of struct fault * */
};

static const char *const rest_names[FAULT_REST_COUNT] = {
    [FAULT_REST_NONE] = "nothing",
    [FAULT_REST_RECEIVER] = "receiver",
    [FAULT_REST_SERVER] = "server",
};

const char *fault_rest_name(enum fault_rest r)
{
    return rest_names[r];
}

static const struct fault_cause causes[] = {
    {"person", N_("the person"), N_("Nothing: this is about the address, not about us"),
     FAULT_REST_NONE},
    {"later", N_("not now"), N_("Nothing: it asks to come again later, and that is done"),
     FAULT_REST_NONE},
    {"spf", N_("SPF"),
     N_("Name the machine that sends in the SPF record of the envelope sender's domain"),
     FAULT_REST_RECEIVER},
    {"dkim", N_("DKIM"),
     N_("Look whether the DKIM record in DNS is that of the key which signs: crier dkim check"),
     FAULT_REST_RECEIVER},
    {"dmarc", N_("DMARC"),
     N_("Let SPF or DKIM pass for the very domain of the From address, or send from another"),
     FAULT_REST_RECEIVER},
    {"authentication", N_("SPF and DKIM"),
     N_("Set up SPF and DKIM for the From address's domain, so that it takes the mail as yours"),
     FAULT_REST_RECEIVER},
    {"ptr", N_("reverse DNS"),
     N_("Have whoever gave you the sending machine's IP address set its reverse DNS (PTR) to the "
        "machine's name, and that name to the address"),
     FAULT_REST_RECEIVER},
    {"helo", N_("EHLO name"),
     N_("Set hello to the sending machine's full name, which must be in DNS: crier settings"),
     FAULT_REST_RECEIVER},
    {"blocklist", N_("blocklist"),
     N_("Look up the sending IP address and your domain at the list that the reply names, stop "
        "what brought them there, then ask there for removal"),
     FAULT_REST_RECEIVER},
    {"reputation", N_("reputation"),
     N_("Send less and only to those who wait for it; then ask the provider's postmaster"),
     FAULT_REST_RECEIVER},
    {"content", N_("taken for spam"),
     N_("Look at subject, links and pictures; crier check CAMPAIGN shows what filters dislike"),
     FAULT_REST_RECEIVER},
    {"rate", N_("too much mail"),
     N_("Give the provider fewer messages a second or a day: crier provider set"),
     FAULT_REST_RECEIVER},
    {"tls", N_("TLS required"),
     N_("The sending server must use TLS with this receiver; its administrator can turn it on"),
     FAULT_REST_RECEIVER},
    {"sender", N_("sender refused"),
     N_("The From and envelope sender addresses must exist, and their domain must be in DNS"),
     FAULT_REST_RECEIVER},
    {"policy", N_("policy"),
     N_("The reply says which rule; what helps is the receiver's postmaster with that reply"),
     FAULT_REST_RECEIVER},
    {"auth", N_("login"),
     N_("The outgoing server wants a login before it sends for you: set user and password, then "
        "crier server test"),
     FAULT_REST_SERVER},
    {NULL},
};

const struct fault_cause *fault_causes(void)
{
    return causes;
}

const struct fault_cause *fault_cause_find(const char *name)
{
    for (gsize i = 0; causes[i].name; i++)
        if (strcmp(causes[i].name, name) == 0)
            return &causes[i];
    return NULL;
}

/* ---- rows ---- */

struct fault *fault_new(void)
{
    return g_new0(struct fault, 1);
}

void fault_free(struct fault *f)
{
    if (!f)
        return;
    g_free(f->cause);
    g_free(f->label);
    g_free(f->todo);
    g_free(f->link);
    g_free(f->code);
    g_free(f->enhanced);
    g_strfreev(f->phrases);
    g_free(f->provider);
    g_free(f->file);
    g_free(f);
}

static void free_item(gpointer p)
{
    fault_free(p);
}

struct faults *faults_new(void)
{
    struct faults *t = g_new0(struct faults, 1);
    t->rows = g_ptr_array_new_with_free_func(free_item);
    return t;
}

void faults_free(struct faults *t)
{
    if (!t)
        return;
    g_ptr_array_unref(t->rows);
    g_free(t);
}

void faults_take(struct faults *t, struct fault *row)
{
    for (char **p = row->phrases; p && *p; p++) {
        char *lower = g_ascii_strdown(*p, -1);
        g_free(*p);
        *p = lower;
    }
    g_ptr_array_add(t->rows, row);
}

void faults_take_all(struct faults *t, struct faults *rows)
{
    g_ptr_array_extend_and_steal(t->rows, g_steal_pointer(&rows->rows));
    g_free(rows);
}

guint faults_count(const struct faults *t)
{
    return t->rows->len;
}

const struct fault *faults_at(const struct faults *t, guint i)
{
    return t->rows->pdata[i];
}

/* ---- finding one ---- */

static gboolean is_word_char(char c)
{
    return g_ascii_isalnum(c) || (c & 0x80);
}

/* The first `piece` in `text` that begins and ends where a word does, as far as asked for. */
static const char *find_piece(const char *text, const char *piece, gboolean begins_word,
                              gboolean ends_word)
{
    gsize len = strlen(piece);
    for (const char *at = text; (at = strstr(at, piece)); at++) {
        gboolean begins =
            !begins_word || !is_word_char(*piece) || at == text || !is_word_char(at[-1]);
        gboolean ends = !ends_word || !is_word_char(piece[len - 1]) || !is_word_char(at[len]);
        if (begins && ends)
            return at + len;
    }
    return NULL;
}

/* Pieces between stars, one behind the other. */
static gboolean has_pieces(const char *text, const char *phrase)
{
    g_auto(GStrv) pieces = g_strsplit(phrase, "*", -1);
    const char *from = text;
    for (char **p = pieces; *p && from; p++)
        if (**p)
            from = find_piece(from, *p, p == pieces, !p[1]);
    return from != NULL;
}

/* Both in small letters. */
static gboolean has_phrase(const char *text, const char *phrase)
{
    return strchr(phrase, '*') ? has_pieces(text, phrase)
                               : find_piece(text, phrase, TRUE, TRUE) != NULL;
}

static gboolean has_any_phrase(const struct fault *f, const char *text)
{
    if (!f->phrases)
        return TRUE;
    for (char **p = f->phrases; *p; p++)
        if (has_phrase(text, *p))
            return TRUE;
    return FALSE;
}

static gboolean is_of(const struct fault *f, const char *receiver)
{
    return !f->provider || (receiver && g_pattern_match_simple(f->provider, receiver));
}

static gboolean codes_fit(const struct fault *f, const struct reply *r)
{
    const struct reply_rule rule = {.phase = REPLY_PHASE_COUNT,
                                    .code = f->code ? f->code : "*",
                                    .enhanced = f->enhanced};
    return reply_rule_fits(&rule, REPLY_PHASE_COUNT, r);
}

/* One line in small letters, blanks in a row as one. */
static char *plain_text(const char *text)
{
    GString *out = g_string_sized_new(text ? strlen(text) : 0);
    for (const char *p = text ? text : ""; *p; p++) {
        char c = g_ascii_isspace(*p) ? ' ' : g_ascii_tolower(*p);
        if (c != ' ' || (out->len > 0 && out->str[out->len - 1] != ' '))
            g_string_append_c(out, c);
    }
    return g_string_free(out, FALSE);
}

const struct fault *faults_find(const struct faults *t, const struct reply *r,
                                const char *receiver)
{
    if (r->code < 400 || r->code > 599)
        return NULL;
    g_autofree char *text = plain_text(r->text);
    for (guint i = 0; i < t->rows->len; i++) {
        const struct fault *f = t->rows->pdata[i];
        if (codes_fit(f, r) && is_of(f, receiver) && has_any_phrase(f, text))
            return f;
    }
    return NULL;
}

gboolean fault_is_ours(const struct fault *f)
{
    return f && f->rest != FAULT_REST_NONE;
}

const char *fault_label(const struct fault *f)
{
    const struct fault_cause *c = fault_cause_find(f->cause);
    return f->label ? f->label : c ? _(c->label) : f->cause;
}

char *fault_todo(const struct fault *f)
{
    const struct fault_cause *c = fault_cause_find(f->cause);
    const char *todo = f->todo ? f->todo
                       : c     ? _(c->todo)
                               : _("Mend what the reply says, then wake the receiver");
    return f->link ? g_strdup_printf(_("%s; see %s"), todo, f->link) : g_strdup(todo);
}

/* ---- how long ---- */

gint64 fault_rest_s(int n_in_row)
{
    if (n_in_row < FAULT_ROW_LENGTH)
        return 0;
    int doublings = MIN(n_in_row - FAULT_ROW_LENGTH, 8);
    return MIN((gint64)FIRST_REST_S << doublings, LONGEST_REST_S);
}

gint64 fault_wait_s(gint64 age_s, gint64 retry_s)
{
    return CLAMP(age_s, retry_s, MAX(retry_s, LONGEST_REST_S));
}

/* ---- a reply that was written down ---- */

/* "550-5.7.26 ", "550 5.7.26 ", "550-" at `s`: its length, 0: none of them. */
static gsize prefix_length(const char *s, const struct reply *r)
{
    g_autofree char *code = g_strdup_printf("%d", r->code);
    if (!g_str_has_prefix(s, code) || (s[CODE_DIGITS] != ' ' && s[CODE_DIGITS] != '-'))
        return 0;
    gsize n = CODE_DIGITS + 1, len = strlen(r->enhanced);
    if (len > 0 && strncmp(s + n, r->enhanced, len) == 0 && (s[n + len] == ' ' || !s[n + len]))
        return n + len + (s[n + len] == ' ');
    /* A bare number within a text says nothing; at its beginning, and as "550-", it does. */
    return s[CODE_DIGITS] == '-' ? n : 0;
}

static void read_enhanced(const char *s, struct reply *r)
{
    gsize n = strspn(s, "0123456789.");
    gboolean is_one = n >= 5 && n < sizeof r->enhanced && s[0] == '0' + r->code / 100 &&
                      s[1] == '.' && strchr(s + 2, '.') && strchr(s + 2, '.') < s + n &&
                      (s[n] == ' ' || !s[n]);
    memcpy(r->enhanced, s, is_one ? n : 0);
    r->enhanced[is_one ? n : 0] = '\0';
}

gboolean fault_parse_reply(const char *text, struct reply *ret)
{
    g_autofree char *line = g_strdup(text);
    g_strstrip(g_strdelimit(line, "\r\n\t", ' '));
    if (strspn(line, "0123456789") != CODE_DIGITS || line[0] < '2' || line[0] > '5')
        return FALSE;
    reply_clear(ret);
    ret->code = (int)g_ascii_strtoll(line, NULL, 10);
    const char *s = line + CODE_DIGITS;
    s += *s == '-' || *s == ' ';
    read_enhanced(s, ret);
    s += strlen(ret->enhanced);
    GString *out = g_string_new(NULL);
    for (s += strspn(s, " "); *s; s++) {
        gboolean begins = out->len == 0 || s[-1] == ' ';
        gsize n = begins ? prefix_length(s, ret) : 0;
        if (n > 0)
            s += n - 1;
        else if (*s != ' ' || s[-1] != ' ')
            g_string_append_c(out, *s);
    }
    ret->text = g_string_free(out, FALSE);
    return TRUE;
}

char *fault_write_reply(const struct reply *r)
{
    GString *out = g_string_new(NULL);
    g_string_append_printf(out, "%d%s%s ", r->code, *r->enhanced ? " " : "", r->enhanced);
    for (const char *p = r->text ? r->text : ""; *p; p++)
        g_string_append_c(out, *p == '\n' || *p == '\r' ? ' ' : *p);
    g_strchomp(out->str);
    return g_string_free(out, FALSE);
}
