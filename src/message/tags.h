/*
 * Template tags kept out of the way: while a text with {{tags}} passes through a reader of
 * Markdown or HTML, each tag is a word of letters and digits that no such reader changes,
 * breaks or escapes; afterwards the tag is put back. Tags come back in the usual delimiters,
 * whatever the text had set; comments and delimiter tags do not come back.
 */
#ifndef CRIER_MESSAGE_TAGS_H
#define CRIER_MESSAGE_TAGS_H

#include <glib.h>

struct tag {
    gsize begin, end; /* in the text that was read */
    char sigil; /* '\0' value, '&' raw value ({{{x}}} too), '#' '^' '/', '>'; '!': nothing */
    char *name; /* owned; the body, trimmed: "city", "city|Berlin" */
};

struct tags;

/* The tags of `text`, which template_new() accepts. Caller frees by tags_free(). */
struct tags *tags_find(const char *text);
void tags_free(struct tags *t);
guint tags_count(const struct tags *t);
const struct tag *tags_get(const struct tags *t, guint i);

/* True for # ^ and /. */
gboolean tag_is_section(const struct tag *tag);

/* Appends the word that stands for tag `i`; nothing for a tag that means nothing. */
void tags_append_word(const struct tags *t, guint i, GString *out);
/* The length of a word at `s` and its tag; 0 when there is none. */
gsize tags_match(const struct tags *t, const char *s, guint *ret_i);

/* Appends the tag itself, as in "{{name}}". */
void tags_append_tag(const struct tags *t, guint i, GString *out);

/* A copy of `s` with every tag in place of its word. What else looks like the beginning of a
 * tag is replaced by `brace`: it is text. Caller frees. */
char *tags_restore(const struct tags *t, const char *s, const char *brace);

/* How "{{" is written as text in HTML, and where there is nothing but tags to write it with. */
#define TAGS_BRACE_HTML "&#123;&#123;"
#define TAGS_BRACE_TEXT "{{=[ ]=}}{{[={{ }}=]"

#endif
