/*
 * What the files of the template engine share, and what the composer needs to lay a template
 * out once: the compiled form (a flat array of nodes, no tree), the places a value can stand
 * in, and a walk that hands values to a sink. Not for anybody outside src/message.
 */
#ifndef CRIER_MESSAGE_TEMPLATE_PRIVATE_H
#define CRIER_MESSAGE_TEMPLATE_PRIVATE_H

#include <glib.h>

#include "message/fields.h"
#include "message/template.h"

#define TEMPLATE_MAX_NODES 200000  /* of one template with its partials */
#define TEMPLATE_MAX_PROGRAMS 1000 /* partials, each counted once per indentation */
#define TEMPLATE_MAX_STEPS                                                                     \
    10000000                      /* nodes and turns of lists in one rendering: they multiply */
#define TEMPLATE_MAX_NAME 256     /* bytes */
#define TEMPLATE_MAX_DELIMITER 16 /* bytes */
#define TEMPLATE_MAX_TAG (64 * 1024) /* bytes of one tag that is no comment */

/* Where a value stands, and so how it is escaped. Decided when the template is parsed. */
enum template_place {
    TEMPLATE_PLACE_RAW,        /* as it is */
    TEMPLATE_PLACE_HTML,       /* text, or a quoted attribute's value */
    TEMPLATE_PLACE_BARE,       /* inside a tag without quotes: blanks would end the value */
    TEMPLATE_PLACE_URL_START,  /* the whole URL or its beginning: the scheme is looked at */
    TEMPLATE_PLACE_URL_PART,   /* inside a URL: percent-encoded */
    TEMPLATE_PLACE_URL_MAILTO, /* inside a mailto: URL before "?": as above, "@" stays */
    TEMPLATE_PLACE_HEADER,     /* one line without controls */
};

enum template_kind {
    TEMPLATE_TEXT,
    TEMPLATE_VALUE,
    TEMPLATE_SECTION,
    TEMPLATE_INVERTED,
    TEMPLATE_PARTIAL,
};

struct template_node {
    guint8 kind;  /* enum template_kind */
    guint8 place; /* enum template_place, of a value */
    guint8 mark;  /* free for the sink's own use; 0 after parsing */
    guint8 slot;  /* values and sections: which of the scope's slots has the name, from 1; 0:
                     none, also after parsing */
    guint8 needs_top; /* sections: "." or a partial stands inside */
    guint32 end;      /* sections: index of the first node after the section */
    gint32 program;   /* partials: index; -1: nested deeper than TEMPLATE_MAX_DEPTH */
    gsize offset;     /* texts: where in the program's `text` */
    gsize len;
    char *name;     /* owned; "." is the value on top of the stack */
    char **path;    /* owned; the parts of a dotted name, NULL for a plain one */
    char *fallback; /* owned; of {{name|default}}, NULL when there is none */
};

/* Where in an HTML or plain text we are: just enough to know what surrounds a value. */
struct template_html {
    guint8 state;
    guint8 is_url;      /* the attribute holds a URL */
    guint8 has_started; /* something of the URL was seen */
    guint8 name_len;
    guint8 head_len;
    char name[16]; /* attribute's name, lower case */
    char head[8];  /* the URL's first characters, lower case */
};

struct template_program {
    GArray *nodes; /* of struct template_node */
    GString *text; /* all static text, one piece after the other */
    struct template_html start, stop;
};

struct template
{
    GPtrArray *programs; /* [0] is the template itself, the rest its partials */
    GPtrArray *names;    /* distinct names in order of first use */
    guint n_nodes;
};

/* Moves `h` over static text, or over a value; the latter gives the value's place. */
void template_html_text(struct template_html *h, const char *s, gsize len);
enum template_place template_html_value(struct template_html *h);
/* The same in plain text, where URLs begin with their scheme and end with a blank. */
void template_plain_text(struct template_html *h, const char *s, gsize len);
enum template_place template_plain_value(struct template_html *h);
/* Forgets what no longer matters, so that equal surroundings are equal bytes. */
void template_html_settle(struct template_html *h);

/* True when `s` can stand in `place` as it is. */
gboolean template_place_fits(enum template_place place, const char *s, gsize len);
/* The same in two steps: what is found in `s` is the same for all places. */
guint8 template_place_marks(const char *s, gsize len);
gboolean template_place_fits_marked(enum template_place place, guint8 marks, const char *s,
                                    gsize len);
/* Appends `s` (valid UTF-8) escaped for `place`. */
void template_place_append(GString *out, enum template_place place, const char *s, gsize len);

/* A value's text on its way out. `s` is valid UTF-8 and not yet escaped for node->place. */
typedef void (*template_sink)(GString *out, const struct template_node *node, const char *s,
                              gsize len, void *data);

/* Names that stand above every context. Ends with a NULL name; a NULL value is passed over. */
struct template_extra {
    const char *name;
    const char *value;
};

/* What a name stands for while one person's message is written, looked up once for all places
 * where it stands. */
struct template_slot {
    const char *text; /* valid UTF-8; "": there is none. NULL: each place looks it up */
    gsize len;
};

struct template_scope {
    const struct template_extra *extra; /* may be NULL */
    const struct json *outer;           /* may be NULL */
    const struct json *data;            /* may be NULL */
    const struct fields *fields;        /* instead of `data`; may be NULL */
    const struct template_slot *slots;  /* NULL: none, whatever the nodes say */
};

/* Numbers the names of `t`: `names` (of const struct template_node *, borrowed from their
 * templates) has one node of each name that has a slot, at most `most` (up to 255). */
void template_number_names(struct template *t, GPtrArray *names, guint most);
/* Looks all of `names` up; `scope` has no slots yet. */
void template_fill_slots(const GPtrArray *names, const struct template_scope *scope,
                         struct template_slot *ret);

/* As template_render(), but values go through `sink`. `out` is cut back on failure. */
gboolean template_walk(const struct template *t, const struct template_scope *scope,
                       template_sink sink, void *data, GString *out, GError **error);

/* True when the template is static text alone. */
gboolean template_is_fixed(const struct template *t);

#endif
