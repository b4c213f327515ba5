/*
 * Many phrases looked up in one walk over a text: by the first octets of each word. Not a
 * search engine: tables here are short, and so are texts.
 */
#include "config.h"

#include <string.h>

#include "inbound/inbound_private.h"

static guint key(const char *s)
{
    return ((guint)(guint8)s[0] * 37 + (guint8)s[1]) & (PHRASE_BUCKETS - 1);
}

static void prepare(struct phrase_set *set)
{
    if (!g_once_init_enter(&set->once))
        return;
    memset(set->first, -1, sizeof set->first);
    gint16 n = 0;
    while (set->rows[n].text)
        n++;
    g_assert(n <= PHRASE_MAX_ROWS);
    /* From the last to the first, so that a chain keeps the order of the table. */
    for (gint16 i = n; i-- > 0;) {
        guint k = key(set->rows[i].text);
        set->next[i] = set->first[k];
        set->first[k] = i;
    }
    g_once_init_leave(&set->once, 1);
}

static gboolean is_begin(const char *text, const char *p)
{
    guint8 c = (guint8)*p;
    if (c >= 0x80) /* scripts without blanks: any character begins */
        return c >= 0xc0;
    return p == text || !g_ascii_isalnum(p[-1]) || !g_ascii_isalnum(*p);
}

static gboolean begins_with(const char *p, const char *phrase)
{
    while (*phrase && *p == *phrase) {
        p++;
        phrase++;
    }
    return !*phrase;
}

guint64 phrase_values(struct phrase_set *set, const char *folded)
{
    guint64 found = 0;
    prepare(set);
    for (const char *p = folded; *p; p++) {
        gint16 i = set->first[key(p)];
        if (i < 0 || !is_begin(folded, p))
            continue;
        for (; i >= 0; i = set->next[i])
            if (begins_with(p, set->rows[i].text))
                found |= G_GUINT64_CONSTANT(1) << set->rows[i].value;
    }
    return found;
}

int phrase_at(struct phrase_set *set, const char *folded)
{
    prepare(set);
    if (!*folded)
        return -1;
    for (gint16 i = set->first[key(folded)]; i >= 0; i = set->next[i])
        if (begins_with(folded, set->rows[i].text))
            return set->rows[i].value;
    return -1;
}
