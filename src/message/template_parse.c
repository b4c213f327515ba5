/*
 * Mustache text -> programs: flat arrays of nodes over one run of static text, one for the
 * template and one for each partial and indentation it is used with. Everything that can be
 * decided before a person is known is decided here: standalone lines, delimiters, where each
 * value stands. Not for rendering (template_render.c).
 */
#include "config.h"

#include "message/template_private.h"

#include <string.h>

#include "base/error.h"
#include "base/i18n.h"

/* What one {{…}} says. */
struct tag {
    char sigil;       /* '\0' value, '{' '&' raw value, '#' '^' '/' '>' '!' '=' */
    const char *body; /* between sigil and closing delimiter, trimmed */
    gsize len;
    const char *after; /* behind the closing delimiter */
    guint line;
};

struct open_section {
    guint node;
    guint line;
};

/* Shared by the parsers of one template and its partials. */
struct compiler {
    struct template *t; /* borrowed */
    const struct json *partials;
    enum template_escape escape;
    GHashTable *known;      /* key of a partial -> its index + 1 */
    GHashTable *seen_names; /* keys are borrowed from t->names */
};

struct parser {
    struct compiler *c;
    struct template_program *program; /* borrowed from c->t->programs */
    const char *begin, *pos, *end;
    const char *counted; /* lines up to here are in `line` */
    guint line;
    char open[TEMPLATE_MAX_DELIMITER + 1], close[TEMPLATE_MAX_DELIMITER + 1];
    struct template_html html;
    struct open_section sections[TEMPLATE_MAX_DEPTH];
    guint depth;   /* open sections */
    guint nesting; /* of partials */
};

static gboolean compile(struct compiler *c, guint index, const char *text, gsize len,
                        guint nesting, GError **error);

static gboolean fail_line(GError **error, guint line, const char *format, ...)
    G_GNUC_PRINTF(3, 4);

static gboolean fail_line(GError **error, guint line, const char *format, ...)
{
    va_list args;
    g_autofree char *why = NULL;

    va_start(args, format);
    why = g_strdup_vprintf(format, args);
    va_end(args);
    g_set_error(error, CRIER_ERROR, CRIER_ERROR_INVALID, _("line %u: %s"), line, why);
    return FALSE;
}

static void node_clear(gpointer data)
{
    struct template_node *node = data;

    g_free(node->name);
    g_strfreev(node->path);
    g_free(node->fallback);
}

static struct template_program *program_new(void)
{
    struct template_program *p = g_new0(struct template_program, 1);

    p->nodes = g_array_new(FALSE, TRUE, sizeof(struct template_node));
    g_array_set_clear_func(p->nodes, node_clear);
    p->text = g_string_new(NULL);
    return p;
}

static void program_free(gpointer data)
{
    struct template_program *p = data;

    g_array_unref(p->nodes);
    g_string_free(p->text, TRUE);
    g_free(p);
}

static guint line_at(struct parser *p, const char *where)
{
    for (; p->counted < where; p->counted++) {
        if (*p->counted == '\n')
            p->line++;
    }
    return p->line;
}

static struct template_node *last_node(struct parser *p)
{
    GArray *nodes = p->program->nodes;

    return nodes->len > 0 ? &g_array_index(nodes, struct template_node, nodes->len - 1) : NULL;
}

static struct template_node *add_node(struct parser *p, enum template_kind kind)
{
    GArray *nodes = p->program->nodes;

    g_array_set_size(nodes, nodes->len + 1);
    p->c->t->n_nodes++;
    last_node(p)->kind = kind;
    return last_node(p);
}

/*
 * Static text that only a comment parted becomes one node again; but not across the end of a
 * section, where the last node belongs to the section.
 */
static void add_text(struct parser *p, const char *from, const char *to)
{
    struct template_node *last = last_node(p);
    gboolean can_join = last && last->kind == TEMPLATE_TEXT && last->mark == 0;
    gsize len = to - from;

    if (len == 0)
        return;
    if (!can_join) {
        last = add_node(p, TEMPLATE_TEXT);
        last->offset = p->program->text->len;
    }
    g_string_append_len(p->program->text, from, len);
    last->len += len;
    if (p->c->escape == TEMPLATE_ESCAPE_HTML)
        template_html_text(&p->html, from, len);
    else if (p->c->escape == TEMPLATE_ESCAPE_TEXT)
        template_plain_text(&p->html, from, len);
}

static void trim(const char **s, gsize *len)
{
    while (*len > 0 && g_ascii_isspace(**s)) {
        (*s)++;
        (*len)--;
    }
    while (*len > 0 && g_ascii_isspace((*s)[*len - 1]))
        (*len)--;
}

static gboolean starts_with(const char *s, const char *end, const char *word)
{
    gsize n = strlen(word);

    return (gsize)(end - s) >= n && memcmp(s, word, n) == 0;
}

/* Checks the rules that hold for every tag but a comment. */
static gboolean check_tag(const struct parser *p, const struct tag *tag, GError **error)
{
    if (tag->len > TEMPLATE_MAX_TAG)
        return fail_line(error, tag->line,
                         _("a tag is longer than %d bytes. Is its end, %s, missing?"),
                         TEMPLATE_MAX_TAG, p->close);
    if (tag->sigil != '=' && memmem(tag->body, tag->len, p->open, strlen(p->open)))
        return fail_line(error, tag->line,
                         _("a tag begins inside another one. End the first with %s"), p->close);
    if (tag->len == 0)
        return fail_line(error, tag->line,
                         _("a tag without a name. Write a field's name into it"));
    return TRUE;
}

/* `at` points at an opening delimiter. */
static gboolean read_tag(struct parser *p, const char *at, struct tag *tag, GError **error)
{
    const char *body = at + strlen(p->open), *close;
    char ending[TEMPLATE_MAX_DELIMITER + 2] = "";

    tag->line = line_at(p, at);
    tag->sigil = body < p->end && strchr("{&#^/>!=", *body) && *body ? *body : '\0';
    if (tag->sigil)
        body++;
    if (tag->sigil == '{')
        ending[0] = '}';
    else if (tag->sigil == '=')
        ending[0] = '=';
    g_strlcat(ending, p->close, sizeof ending);
    close = memmem(body, p->end - body, ending, strlen(ending));
    if (!close)
        return fail_line(error, tag->line,
                         _("a tag that begins with %s%.1s is never closed. Add %s"), p->open,
                         tag->sigil ? body - 1 : "", ending);
    tag->body = body;
    tag->len = close - body;
    tag->after = close + strlen(ending);
    trim(&tag->body, &tag->len);
    return tag->sigil == '!' || check_tag(p, tag, error);
}

/*
 * A line that holds one section, comment, partial or delimiter tag and blanks leaves nothing
 * behind. On TRUE, [*ret_from, tag) are the blanks before it and *ret_after is the next line.
 */
static gboolean stands_alone(const struct parser *p, const char *tag_begin, const char *tag_end,
                             const char **ret_from, const char **ret_after)
{
    const char *from = tag_begin, *after = tag_end;

    while (from > p->begin && (from[-1] == ' ' || from[-1] == '\t'))
        from--;
    if (from > p->begin && from[-1] != '\n')
        return FALSE;
    while (after < p->end && (*after == ' ' || *after == '\t'))
        after++;
    if (starts_with(after, p->end, "\r\n"))
        after += 2;
    else if (starts_with(after, p->end, "\n"))
        after++;
    else if (after < p->end)
        return FALSE;
    *ret_from = from;
    *ret_after = after;
    return TRUE;
}

static gboolean check_name(const struct tag *tag, const char *name, gsize len, GError **error)
{
    if (len == 0)
        return fail_line(error, tag->line,
                         _("a tag without a name. Write a field's name into it"));
    if (len > TEMPLATE_MAX_NAME)
        return fail_line(error, tag->line, _("a name is longer than %d bytes"),
                         TEMPLATE_MAX_NAME);
    if (strchr("<$*", name[0]))
        return fail_line(error, tag->line,
                         _("tags that begin with \"%c\" are not known. Known are names, "
                           "# ^ / > ! = & and {"),
                         name[0]);
    for (gsize i = 0; i < len; i++) {
        if ((unsigned char)name[i] < ' ' || name[i] == 0x7f)
            return fail_line(error, tag->line,
                             _("a name holds a line end or control character. "
                               "Is the tag's end missing?"));
    }
    return TRUE;
}

static void remember_name(struct compiler *c, const char *name)
{
    char *copy;

    if (strcmp(name, ".") == 0 || g_hash_table_contains(c->seen_names, name))
        return;
    copy = g_strdup(name);
    g_ptr_array_add(c->t->names, copy);
    g_hash_table_add(c->seen_names, copy);
}

/* What is inside the open sections needs to know what they stand for. */
static void need_top(struct parser *p)
{
    for (guint i = 0; i < p->depth; i++)
        g_array_index(p->program->nodes, struct template_node, p->sections[i].node).needs_top =
            TRUE;
}

static gboolean set_name(struct parser *p, struct template_node *node, const struct tag *tag,
                         const char *name, gsize len, GError **error)
{
    if (!check_name(tag, name, len, error))
        return FALSE;
    node->name = g_strndup(name, len);
    if (strcmp(node->name, ".") != 0 && strchr(node->name, '.')) {
        node->path = g_strsplit(node->name, ".", -1);
        for (int i = 0; node->path[i]; i++) {
            if (node->path[i][0] == '\0')
                return fail_line(error, tag->line,
                                 _("\"%s\" has nothing before, after or "
                                   "between its dots"),
                                 node->name);
        }
    }
    if (strcmp(node->name, ".") == 0)
        need_top(p);
    remember_name(p->c, node->name);
    return TRUE;
}

static enum template_place value_place(struct parser *p, gboolean is_raw)
{
    enum template_place place = TEMPLATE_PLACE_RAW;

    if (p->c->escape == TEMPLATE_ESCAPE_HEADER)
        return TEMPLATE_PLACE_HEADER;
    if (p->c->escape == TEMPLATE_ESCAPE_HTML)
        place = template_html_value(&p->html);
    else if (p->c->escape == TEMPLATE_ESCAPE_TEXT)
        place = template_plain_value(&p->html);
    return is_raw ? TEMPLATE_PLACE_RAW : place;
}

/* {{name}}, {{name|default}}: blanks around either are not part of it. */
static gboolean add_value(struct parser *p, const struct tag *tag, GError **error)
{
    struct template_node *node = add_node(p, TEMPLATE_VALUE);
    const char *name = tag->body, *bar = memchr(tag->body, '|', tag->len);
    gsize len = bar ? (gsize)(bar - name) : tag->len;

    node->place = value_place(p, tag->sigil != '\0');
    if (bar) {
        const char *fallback = bar + 1;
        gsize n = tag->body + tag->len - fallback;

        trim(&fallback, &n);
        node->fallback = g_strndup(fallback, n);
    }
    trim(&name, &len);
    return set_name(p, node, tag, name, len, error);
}

static gboolean open_section(struct parser *p, const struct tag *tag, GError **error)
{
    struct template_node *node;

    if (p->depth == TEMPLATE_MAX_DEPTH)
        return fail_line(error, tag->line, _("sections are nested more than %d deep"),
                         TEMPLATE_MAX_DEPTH);
    if (memchr(tag->body, '|', tag->len))
        return fail_line(error, tag->line,
                         _("a section cannot have a default (\"|\"). Use "
                           "{{^name}}…{{/name}} for people without a value"));
    p->sections[p->depth].node = p->program->nodes->len;
    p->sections[p->depth].line = tag->line;
    p->depth++;
    node = add_node(p, tag->sigil == '#' ? TEMPLATE_SECTION : TEMPLATE_INVERTED);
    return set_name(p, node, tag, tag->body, tag->len, error);
}

static gboolean close_section(struct parser *p, const struct tag *tag, GError **error)
{
    const struct open_section *open;
    struct template_node *node, *last = last_node(p);

    if (p->depth == 0)
        return fail_line(error, tag->line,
                         _("the section \"%.*s\" ends here but was never begun"), (int)tag->len,
                         tag->body);
    open = &p->sections[p->depth - 1];
    node = &g_array_index(p->program->nodes, struct template_node, open->node);
    if (strlen(node->name) != tag->len || memcmp(node->name, tag->body, tag->len) != 0)
        return fail_line(
            error, tag->line,
            _("the section \"%.*s\" ends here, but \"%s\" of line %u is still open. "
              "End that one first"),
            (int)tag->len, tag->body, node->name, open->line);
    if (last->kind == TEMPLATE_TEXT)
        last->mark = 1; /* text after the section must not join the text in it */
    node->end = p->program->nodes->len;
    p->depth--;
    return TRUE;
}

static gboolean set_delimiters(struct parser *p, const struct tag *tag, GError **error)
{
    g_autofree char *body = g_strndup(tag->body, tag->len);
    char *second = body;

    while (*second && !g_ascii_isspace(*second))
        second++;
    if (*second)
        *second++ = '\0';
    second += strspn(second, " \t\r\n\v\f");
    if (strpbrk(second, " \t\r\n\v\f") || second[0] == '\0' || strchr(body, '=') ||
        strchr(second, '='))
        return fail_line(error, tag->line,
                         _("unknown delimiters. Write two words without \"=\" between them, "
                           "like {{=<%% %%>=}}"));
    if (strlen(body) > TEMPLATE_MAX_DELIMITER || strlen(second) > TEMPLATE_MAX_DELIMITER)
        return fail_line(error, tag->line, _("a delimiter is longer than %d bytes"),
                         TEMPLATE_MAX_DELIMITER);
    g_strlcpy(p->open, body, sizeof p->open);
    g_strlcpy(p->close, second, sizeof p->close);
    return TRUE;
}

/* Every line of `text` behind `indent`; nothing after a final line end. Caller frees. */
static GString *indented(const char *text, const char *indent, gsize indent_len)
{
    GString *out = g_string_new(NULL);

    while (*text) {
        const char *eol = strchr(text, '\n');
        gsize len = eol ? (gsize)(eol + 1 - text) : strlen(text);

        g_string_append_len(out, indent, indent_len);
        g_string_append_len(out, text, len);
        text += len;
    }
    return out;
}

/*
 * A partial is compiled once for each indentation and HTML surrounding it is called with; a
 * partial that calls itself finds itself already known. Returns its index, -1 on error.
 */
static gint32 find_partial(struct parser *p, const char *name, const char *text,
                           const char *indent, gsize indent_len, GError **error)
{
    struct compiler *c = p->c;
    g_autoptr(GString) key = g_string_new(name);
    g_autofree char *where = NULL;
    g_autoptr(GString) source = NULL;
    struct template_program *program;
    guint index;

    template_html_settle(&p->html);
    where = g_base64_encode((const guchar *)&p->html, sizeof p->html);
    g_string_append_printf(key, "\n%s\n", where);
    g_string_append_len(key, indent, indent_len);
    index = GPOINTER_TO_UINT(g_hash_table_lookup(c->known, key->str));
    if (index > 0)
        return index - 1;
    index = c->t->programs->len;
    if (index >= TEMPLATE_MAX_PROGRAMS) {
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_INVALID,
                    _("more than %d partials, each indentation counted"),
                    TEMPLATE_MAX_PROGRAMS);
        return -1;
    }
    program = program_new();
    program->start = program->stop = p->html;
    g_ptr_array_add(c->t->programs, program);
    g_hash_table_insert(c->known, g_strdup(key->str), GUINT_TO_POINTER(index + 1));
    source = indented(text, indent, indent_len);
    if (!compile(c, index, source->str, source->len, p->nesting + 1, error)) {
        g_prefix_error(error, _("partial \"%s\": "), name);
        return -1;
    }
    return index;
}

static gboolean add_partial(struct parser *p, const struct tag *tag, const char *indent,
                            gsize indent_len, GError **error)
{
    struct template_node *node;
    g_autofree char *name = g_strndup(tag->body, tag->len);
    const char *text;
    gint32 index = -1;

    if (!check_name(tag, tag->body, tag->len, error))
        return FALSE;
    text = p->c->partials ? json_member_string(p->c->partials, name) : NULL;
    if (!text || *text == '\0')
        return TRUE;
    if (p->nesting < TEMPLATE_MAX_DEPTH) {
        index = find_partial(p, name, text, indent, indent_len, error);
        if (index < 0)
            return FALSE;
        p->html = ((struct template_program *)p->c->t->programs->pdata[index])->stop;
    }
    node = add_node(p, TEMPLATE_PARTIAL);
    node->program = index;
    need_top(p);
    return TRUE;
}

static gboolean apply_tag(struct parser *p, const struct tag *tag, const char *indent,
                          gsize indent_len, GError **error)
{
    if (p->c->t->n_nodes >= TEMPLATE_MAX_NODES)
        return fail_line(error, tag->line, _("the template has more than %d tags and texts"),
                         TEMPLATE_MAX_NODES);
    switch (tag->sigil) {
    case '!':
        return TRUE;
    case '=':
        return set_delimiters(p, tag, error);
    case '#':
    case '^':
        return open_section(p, tag, error);
    case '/':
        return close_section(p, tag, error);
    case '>':
        return add_partial(p, tag, indent, indent_len, error);
    default:
        return add_value(p, tag, error);
    }
}

static gboolean parse(struct parser *p, GError **error)
{
    while (p->pos < p->end) {
        const char *at = memmem(p->pos, p->end - p->pos, p->open, strlen(p->open));
        const char *from = at, *after;
        struct tag tag = {0};

        if (!at)
            break;
        if (!read_tag(p, at, &tag, error))
            return FALSE;
        after = tag.after;
        if (tag.sigil && !strchr("{&", tag.sigil))
            stands_alone(p, at, tag.after, &from, &after);
        add_text(p, p->pos, from);
        if (!apply_tag(p, &tag, from, at - from, error))
            return FALSE;
        p->pos = after;
    }
    if (p->pos < p->end)
        add_text(p, p->pos, p->end);
    if (p->depth > 0) {
        const struct open_section *open = &p->sections[p->depth - 1];

        return fail_line(
            error, open->line, _("the section \"%s\" is never ended. Add {{/%s}}"),
            g_array_index(p->program->nodes, struct template_node, open->node).name,
            g_array_index(p->program->nodes, struct template_node, open->node).name);
    }
    return TRUE;
}

static gboolean compile(struct compiler *c, guint index, const char *text, gsize len,
                        guint nesting, GError **error)
{
    struct template_program *program = c->t->programs->pdata[index];
    struct parser *p = g_new0(struct parser, 1);
    gboolean ok;

    p->c = c;
    p->program = program;
    p->begin = p->pos = p->counted = text;
    p->end = text + len;
    p->line = 1;
    p->html = program->start;
    p->nesting = nesting;
    g_strlcpy(p->open, "{{", sizeof p->open);
    g_strlcpy(p->close, "}}", sizeof p->close);
    ok = parse(p, error);
    program->stop = p->html;
    for (guint i = 0; i < program->nodes->len; i++)
        g_array_index(program->nodes, struct template_node, i).mark = 0;
    g_free(p);
    return ok;
}

static gboolean check_text(const char *text, gsize len, GError **error)
{
    const char *bad = NULL;
    guint line = 1;

    if (len > TEMPLATE_MAX_OUTPUT) {
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_INVALID,
                    _("the template is longer than %d bytes"), TEMPLATE_MAX_OUTPUT);
        return FALSE;
    }
    if (g_utf8_validate_len(text, len, &bad))
        return TRUE;
    for (const char *s = text; s < bad; s++)
        line += *s == '\n';
    return fail_line(error, line,
                     _("a character is not UTF-8 (byte 0x%02x). Save the template as UTF-8"),
                     (unsigned char)*bad);
}

struct template *template_new(const char *text, gssize len, enum template_escape escape,
                              const struct json *partials, GError **error)
{
    gsize n = len < 0 ? strlen(text) : (gsize)len;
    struct compiler c = {.partials = partials, .escape = escape};
    gboolean ok;

    if (!check_text(text, n, error))
        return NULL;
    c.t = g_new0(struct template, 1);
    c.t->programs = g_ptr_array_new_with_free_func(program_free);
    c.t->names = g_ptr_array_new_with_free_func(g_free);
    c.known = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    c.seen_names = g_hash_table_new(g_str_hash, g_str_equal);
    g_ptr_array_add(c.t->programs, program_new());
    ok = compile(&c, 0, text, n, 0, error);
    g_hash_table_unref(c.known);
    g_hash_table_unref(c.seen_names);
    if (!ok) {
        template_free(c.t);
        return NULL;
    }
    return c.t;
}

void template_free(struct template *t)
{
    if (!t)
        return;
    g_ptr_array_unref(t->programs);
    g_ptr_array_unref(t->names);
    g_free(t);
}

char **template_names(const struct template *t)
{
    char **names = g_new0(char *, t->names->len + 1);

    for (guint i = 0; i < t->names->len; i++)
        names[i] = g_strdup(t->names->pdata[i]);
    return names;
}

/* Whether node `i` lies inside a section that asks for its own name. */
static gboolean is_guarded(const GArray *nodes, guint i)
{
    const char *name = g_array_index(nodes, struct template_node, i).name;

    for (guint k = 0; k < i; k++) {
        const struct template_node *outer = &g_array_index(nodes, struct template_node, k);

        if (outer->kind == TEMPLATE_SECTION && outer->end > i && strcmp(outer->name, name) == 0)
            return TRUE;
    }
    return FALSE;
}

void template_each_use(const struct template *t,
                       void (*each)(const struct template_use *use, void *data), void *data)
{
    const GArray *nodes = ((struct template_program *)t->programs->pdata[0])->nodes;

    for (guint i = 0; i < nodes->len; i++) {
        const struct template_node *node = &g_array_index(nodes, struct template_node, i);
        struct template_use use = {.name = node->name};

        if (node->kind == TEMPLATE_TEXT || node->kind == TEMPLATE_PARTIAL)
            continue;
        use.is_section = node->kind != TEMPLATE_VALUE;
        use.has_default = node->fallback != NULL;
        use.is_guarded = !use.is_section && is_guarded(nodes, i);
        each(&use, data);
    }
}

gboolean template_uses(const struct template *t, const char *name)
{
    for (guint i = 0; i < t->names->len; i++) {
        if (strcmp(t->names->pdata[i], name) == 0)
            return TRUE;
    }
    return FALSE;
}

/* The number of the node's name, from 1; 0: there are too many. */
static guint number_of(const struct template_node *node, GPtrArray *names, guint most)
{
    for (guint i = 0; i < names->len; i++) {
        if (strcmp(((const struct template_node *)names->pdata[i])->name, node->name) == 0)
            return i + 1;
    }
    if (names->len == most)
        return 0;
    g_ptr_array_add(names, (gpointer)node);
    return names->len;
}

void template_number_names(struct template *t, GPtrArray *names, guint most)
{
    const GArray *nodes = ((struct template_program *)t->programs->pdata[0])->nodes;

    for (guint i = 0; i < nodes->len; i++) {
        struct template_node *node = &g_array_index(nodes, struct template_node, i);

        if (node->name && strcmp(node->name, ".") != 0)
            node->slot = (guint8)number_of(node, names, most);
    }
}

gboolean template_is_fixed(const struct template *t)
{
    const GArray *nodes = ((struct template_program *)t->programs->pdata[0])->nodes;

    for (guint i = 0; i < nodes->len; i++) {
        if (g_array_index(nodes, struct template_node, i).kind != TEMPLATE_TEXT)
            return FALSE;
    }
    return TRUE;
}
