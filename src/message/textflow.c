/*
 * Lines of plain text. Blank lines are written late, when it is known that something follows
 * and at which depth of quotes. Not for deciding what is a paragraph.
 */
#include "config.h"

#include "message/textflow.h"

#include <string.h>

#include "base/text.h"

#define SOLID_BLANK '\001' /* a blank at which no line is broken */
#define NO_GAP G_MAXUINT

struct prefix {
    char *first, *rest; /* owned */
    gboolean is_used;
};

struct textflow {
    const struct tags *t; /* borrowed */
    GString *out;         /* owned; whole lines */
    GString *para;    /* owned; the paragraph at hand, '\n' where a line is broken on purpose */
    GArray *prefixes; /* of struct prefix */
    guint width;
    guint gap;          /* an empty line comes next, with this many prefixes; or NO_GAP */
    gboolean has_blank; /* a blank comes before the next word */
    gboolean is_apart;  /* nothing but section tags since an empty line, or since the start */
};

static void prefix_clear(gpointer data)
{
    struct prefix *p = data;

    g_free(p->first);
    g_free(p->rest);
}

struct textflow *textflow_new(const struct tags *t, guint width)
{
    struct textflow *f = g_new0(struct textflow, 1);

    f->t = t;
    f->width = width;
    f->out = g_string_new(NULL);
    f->para = g_string_new(NULL);
    f->prefixes = g_array_new(FALSE, FALSE, sizeof(struct prefix));
    g_array_set_clear_func(f->prefixes, prefix_clear);
    f->gap = NO_GAP;
    f->is_apart = TRUE;
    return f;
}

void textflow_free(struct textflow *f)
{
    if (!f)
        return;
    g_string_free(f->out, TRUE);
    g_string_free(f->para, TRUE);
    g_array_unref(f->prefixes);
    g_free(f);
}

char *textflow_finish(struct textflow *f)
{
    char *text;

    textflow_block(f);
    text = g_string_free(f->out, FALSE);
    f->out = g_string_new(NULL);
    return text;
}

/* ---- lines ---- */

static void end_line(GString *out, gsize start)
{
    while (out->len > start &&
           (out->str[out->len - 1] == ' ' || out->str[out->len - 1] == '\t'))
        g_string_truncate(out, out->len - 1);
    g_string_append_c(out, '\n');
}

static void put_prefixes(struct textflow *f, guint n)
{
    for (guint i = 0; i < n; i++) {
        struct prefix *p = &g_array_index(f->prefixes, struct prefix, i);

        g_string_append(f->out, p->is_used ? p->rest : p->first);
        p->is_used = TRUE;
    }
}

static void put_gap(struct textflow *f)
{
    gsize start = f->out->len;

    if (f->gap != NO_GAP && !f->is_apart) {
        put_prefixes(f, f->gap);
        end_line(f->out, start);
        f->is_apart = TRUE;
    }
    f->gap = NO_GAP;
}

static void put_line(struct textflow *f, const char *s, gsize len)
{
    gsize start;

    put_gap(f);
    start = f->out->len;
    put_prefixes(f, f->prefixes->len);
    for (gsize i = 0; i < len; i++)
        g_string_append_c(f->out, s[i] == SOLID_BLANK ? ' ' : s[i]);
    end_line(f->out, start);
    f->is_apart = FALSE;
}

/* ---- folding ---- */

gsize textflow_cells(const struct tags *t, const char *s, gsize len)
{
    const char *end = s + len, *run = s;
    gsize cells = 0, n;
    guint i;

    while (s < end) {
        n = *s == 'Q' ? tags_match(t, s, &i) : 0;
        if (n == 0) {
            s++;
            continue;
        }
        if (s > run) {
            g_autofree char *plain = g_strndup(run, s - run);
            cells += text_cells(plain);
        }
        if (!tag_is_section(tags_get(t, i)))
            cells += strlen("{{}}") + text_cells(tags_get(t, i)->name);
        run = s += n;
    }
    if (end > run) {
        g_autofree char *plain = g_strndup(run, end - run);
        cells += text_cells(plain);
    }
    return cells;
}

static gboolean opens_ideographic(GUnicodeBreakType type)
{
    return type == G_UNICODE_BREAK_IDEOGRAPHIC || type == G_UNICODE_BREAK_OPEN_PUNCTUATION;
}

static gboolean closes_ideographic(GUnicodeBreakType type)
{
    return type == G_UNICODE_BREAK_IDEOGRAPHIC || type == G_UNICODE_BREAK_CLOSE_PUNCTUATION ||
           type == G_UNICODE_BREAK_NON_STARTER || type == G_UNICODE_BREAK_EXCLAMATION ||
           type == G_UNICODE_BREAK_CONDITIONAL_JAPANESE_STARTER;
}

/* Chinese and Japanese have no blanks: a line may end between two of their characters. */
static gboolean may_break(gunichar before, gunichar after)
{
    return g_unichar_iswide(before) && g_unichar_iswide(after) &&
           closes_ideographic(g_unichar_break_type(before)) &&
           opens_ideographic(g_unichar_break_type(after));
}

/* The end of the unbreakable piece at `s`: blanks before it, then characters. */
static const char *piece_end(const char *s, const char *end)
{
    gunichar before = 0;

    while (s < end && *s == ' ')
        s++;
    while (s < end && *s != ' ') {
        gunichar c = g_utf8_get_char(s);

        if (before && may_break(before, c))
            break;
        before = c;
        s = g_utf8_next_char(s);
    }
    return s;
}

static void fold(struct textflow *f, const char *s, const char *end)
{
    const char *from = s, *at = s;
    gsize used = 0;

    while (at < end) {
        const char *next = piece_end(at, end);
        gsize cells = textflow_cells(f->t, at, next - at);

        if (at > from && used + cells > textflow_room(f)) {
            put_line(f, from, at - from);
            while (at < next && *at == ' ')
                at++;
            from = at;
            cells = textflow_cells(f->t, at, next - at);
            used = 0;
        }
        used += cells;
        at = next;
    }
    put_line(f, from, end - from);
}

guint textflow_room(const struct textflow *f)
{
    gsize taken = 0;

    if (f->width == TEXTFLOW_ENDLESS)
        return f->width;
    for (guint i = 0; i < f->prefixes->len; i++)
        taken += text_cells(g_array_index(f->prefixes, struct prefix, i).rest);
    return taken + 20 < f->width ? f->width - (guint)taken : 20;
}

/* ---- what is written ---- */

static void before_word(struct textflow *f)
{
    if (f->has_blank && f->para->len > 0 && f->para->str[f->para->len - 1] != '\n')
        g_string_append_c(f->para, ' ');
    f->has_blank = FALSE;
}

/* Invisible characters that only fill, or would only be in the way: zero-width space, soft
 * hyphen, byte order mark, grapheme joiner. The joiners inside words and emoji stay. */
static gboolean is_filler(gunichar c)
{
    return c == 0x200b || c == 0xad || c == 0xfeff || c == 0x34f || c == 0x2060;
}

void textflow_text(struct textflow *f, const char *s, gsize len)
{
    for (const char *end = s + len, *next; s < end; s = next) {
        gunichar c = g_utf8_get_char(s);

        next = g_utf8_next_char(s);
        if (g_ascii_isspace(*s)) {
            f->has_blank = TRUE;
        } else if (c == 0xa0 || c == 0x202f || c == 0x2007) {
            before_word(f);
            g_string_append_c(f->para, SOLID_BLANK);
        } else if ((unsigned char)*s >= ' ' && *s != 0x7f && !is_filler(c)) {
            before_word(f);
            g_string_append_len(f->para, s, next - s);
        }
    }
}

void textflow_solid(struct textflow *f, const char *s)
{
    before_word(f);
    for (; *s; s++) {
        if (*s == ' ')
            g_string_append_c(f->para, SOLID_BLANK);
        else if ((unsigned char)*s > ' ' && *s != 0x7f)
            g_string_append_c(f->para, *s);
    }
}

void textflow_break(struct textflow *f)
{
    g_string_append_c(f->para, '\n');
    f->has_blank = FALSE;
}

static gboolean is_blank(const char *s)
{
    return s[strspn(s, " \n\001")] == '\0';
}

gboolean textflow_is_empty(const struct textflow *f)
{
    return is_blank(f->para->str);
}

void textflow_block(struct textflow *f)
{
    g_autofree char *para = NULL;
    const char *s;

    f->has_blank = FALSE;
    if (f->para->len == 0)
        return;
    para = g_strdup(f->para->str);
    g_string_truncate(f->para, 0);
    if (is_blank(para))
        return;
    g_strchomp(para);
    for (s = para + strspn(para, " \n"); s;) {
        const char *eol = strchr(s, '\n');

        fold(f, s, eol ? eol : s + strlen(s));
        s = eol ? eol + 1 : NULL;
    }
}

void textflow_gap(struct textflow *f)
{
    guint n = f->prefixes->len;

    textflow_block(f);
    /* Nothing stands apart from its own bullet. */
    if (n > 0 && !g_array_index(f->prefixes, struct prefix, n - 1).is_used)
        return;
    f->gap = MIN(f->gap, n);
}

gboolean textflow_stay(struct textflow *f)
{
    gboolean was_apart = f->gap != NO_GAP;

    f->gap = NO_GAP;
    return was_apart;
}

void textflow_line(struct textflow *f, const char *s, gsize len)
{
    textflow_block(f);
    put_line(f, s, len);
}

/* Alone on its line it leaves nothing behind, whatever it is inside of. */
void textflow_section(struct textflow *f, const char *word, gsize len)
{
    textflow_block(f);
    put_gap(f);
    g_string_append_len(f->out, word, len);
    g_string_append_c(f->out, '\n');
}

void textflow_push(struct textflow *f, const char *first, const char *rest)
{
    struct prefix p = {g_strdup(first), g_strdup(rest), FALSE};

    textflow_block(f);
    g_array_append_val(f->prefixes, p);
}

void textflow_pop(struct textflow *f)
{
    textflow_block(f);
    g_array_set_size(f->prefixes, f->prefixes->len - 1);
    if (f->gap != NO_GAP)
        f->gap = MIN(f->gap, f->prefixes->len);
}
