/*
 * Finds the phrases of all tables in one pass over a text's words: at each word's beginning the
 * first three bytes choose a short list, whose phrases are compared. What words are is
 * bounce_words.c's, what is done with the phrase bounce_judge.c's.
 */
#include "config.h"

#include "model/bounce_private.h"

#include <string.h>

#define KEY_BYTES 3
#define BUCKETS 4096 /* a power of two */
#define HITS_MAX 64  /* of a text; later ones do not count */

struct entry {
    struct bounce_phrase row;
    gsize first_len;   /* of what stands before the first '*' */
    gboolean is_plain; /* without '*' */
    int order;
    int next; /* in the same bucket; -1: none */
};

struct index {
    struct entry *entries; /* owned */
    int n;
    int first[BUCKETS];
};

static guint key(const char *s)
{
    return (((guint)(guchar)s[0] * 31 + (guchar)s[1]) * 131 + (guchar)s[2]) & (BUCKETS - 1);
}

static void add_groups(GArray *into, const struct bounce_group *g)
{
    for (; g->phrases != NULL; g++) {
        for (const char *const *p = g->phrases; *p != NULL; p++) {
            gsize n = strcspn(*p, "*");
            struct entry e = {.row = {*p, g->reason, g->rank},
                              .first_len = n,
                              .is_plain = (*p)[n] == '\0',
                              .order = (int)into->len,
                              .next = -1};
            g_assert(n >= KEY_BYTES);
            g_array_append_val(into, e);
        }
    }
}

/* Made once and kept to the program's end. */
static const struct index *phrase_index(void)
{
    static struct index *made;
    if (g_once_init_enter(&made)) {
        struct index *x = g_new0(struct index, 1);
        GArray *all = g_array_new(FALSE, FALSE, sizeof(struct entry));
        add_groups(all, bounce_phrases_person());
        add_groups(all, bounce_phrases_mailbox());
        add_groups(all, bounce_phrases_us());
        add_groups(all, bounce_phrases_later());
        add_groups(all, bounce_phrases_abroad());
        add_groups(all, bounce_phrases_standard());
        x->n = (int)all->len;
        x->entries = (struct entry *)(void *)g_array_free(all, FALSE);
        for (int i = 0; i < BUCKETS; i++)
            x->first[i] = -1;
        for (int i = x->n - 1; i >= 0; i--) {
            guint k = key(x->entries[i].row.phrase);
            x->entries[i].next = x->first[k];
            x->first[k] = i;
        }
        g_once_init_leave(&made, x);
    }
    return made;
}

/* Where the phrase ends when it stands at `at`: pieces parted by '*', each near behind the one
 * before; NULL: it does not. */
static const char *stands_at(const struct entry *e, const char *at, const char *end)
{
    const char *phrase = e->row.phrase;
    gsize n = e->first_len;
    /* Its last byte tells most of them apart. */
    if ((gsize)(end - at) < n || at[n - 1] != phrase[n - 1] || memcmp(phrase, at, n) != 0)
        return NULL;
    at += n;
    const char *star = e->is_plain ? NULL : phrase + n;
    while (star != NULL) {
        const char *piece = star + 1;
        star = strchr(piece, '*');
        n = star != NULL ? (gsize)(star - piece) : strlen(piece);
        const char *limit =
            (gsize)(end - at) > BOUNCE_GAP_BYTES + n ? at + BOUNCE_GAP_BYTES + n : end;
        const char *found = memmem(at, (gsize)(limit - at), piece, n);
        if (found == NULL)
            return NULL;
        at = found + n;
    }
    return at;
}

static gboolean begins_word(const char *words, gsize i)
{
    return i == 0 || words[i - 1] == ' ' || words[i - 1] == '.' || (guchar)words[i] >= 0xc0;
}

/* A phrase where it was found. */
struct hit {
    const struct entry *entry;
    const char *begin;
    const char *end;
    gboolean is_plain; /* without '*' */
};

struct hits {
    struct hit rows[HITS_MAX];
    int n;
};

static gboolean is_inside(const struct hit *small, const struct hit *large)
{
    return large->is_plain && small->begin >= large->begin && small->end <= large->end &&
           large->end - large->begin > small->end - small->begin;
}

/* "host or domain name not found" is not "name not found": of two plain phrases the one that
 * holds the other counts. */
static void add_hit(struct hits *h, struct hit new)
{
    for (int i = 0; i < h->n; i++) {
        if (is_inside(&new, &h->rows[i]))
            return;
    }
    int kept = 0;
    for (int i = 0; i < h->n; i++) {
        if (!is_inside(&h->rows[i], &new))
            h->rows[kept++] = h->rows[i];
    }
    h->n = kept;
    if (h->n < HITS_MAX)
        h->rows[h->n++] = new;
}

static gboolean is_better(const struct entry *a, const struct entry *b)
{
    if (a->row.rank != b->row.rank)
        return a->row.rank < b->row.rank;
    /* Of two hints the one that spares the address: to lose a person by a guess is worse. */
    gboolean a_ends = bounce_reason_row(a->row.reason)->class == BOUNCE_HARD;
    gboolean b_ends = bounce_reason_row(b->row.reason)->class == BOUNCE_HARD;
    if (a->row.rank >= RANK_WEAK && a_ends != b_ends)
        return b_ends;
    return a->order < b->order;
}

const struct bounce_phrase *bounce_phrase_find(const char *words, gsize len)
{
    const struct index *x = phrase_index();
    struct hits hits = {.n = 0};
    for (gsize i = 0; i + KEY_BYTES <= len; i++) {
        if (!begins_word(words, i))
            continue;
        for (int k = x->first[key(words + i)]; k >= 0; k = x->entries[k].next) {
            const struct entry *e = &x->entries[k];
            const char *end = stands_at(e, words + i, words + len);
            if (end != NULL)
                add_hit(&hits, (struct hit){e, words + i, end, e->is_plain});
        }
    }
    const struct entry *best = NULL;
    for (int i = 0; i < hits.n; i++) {
        if (best == NULL || is_better(hits.rows[i].entry, best))
            best = hits.rows[i].entry;
    }
    return best != NULL ? &best->row : NULL;
}
