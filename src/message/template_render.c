/*
 * Programs + contexts -> text: looks names up, decides sections, prints values through a sink.
 * Work, depth and output are capped, because both template and data may come from a stranger.
 * Not for escaping (template_place.c) nor for transfer encoding (compose.c).
 */
#include "config.h"

#include "message/template_private.h"

#include <string.h>

#include "base/error.h"
#include "base/i18n.h"
#include "base/text.h"

/* Something in a context: JSON, or one of `fields`, or these as a whole. All NULL: nothing. */
struct value {
    const struct json *json;
    const struct fields_one *one;
    const struct fields *fields;
};

struct walk {
    const struct template *t;
    const struct template_scope *scope;
    template_sink sink;
    void *data;
    const struct template_slot *slots; /* NULL: none, or not while a JSON value is open */
    GString *out;
    gsize limit; /* of out->len */
    guint steps;
    guint depth; /* sections and partials */
    guint n_stack;
    struct value stack[TEMPLATE_MAX_DEPTH + 3]; /* outer, data, one a section */
};

static gboolean walk_range(struct walk *w, const struct template_program *p, guint from,
                           guint to, GError **error);

static gboolean fail(GError **error, const char *why)
{
    g_set_error_literal(error, CRIER_ERROR, CRIER_ERROR_INVALID, why);
    return FALSE;
}

static gboolean is_there(const struct value *v)
{
    return v->json || v->one || v->fields;
}

/* What `v` has of that name: a text has nothing. */
static struct value member_of(const struct value *v, const char *name)
{
    if (v->fields)
        return (struct value){.one = fields_find(v->fields, name)};
    return (struct value){.json = v->json ? json_member(v->json, name) : NULL};
}

/* The first part is looked for from the top of the stack down, the rest only below it. */
static struct value look_up(const struct walk *w, const struct template_node *node)
{
    const char *first = node->path ? node->path[0] : node->name;
    struct value v = {0};

    if (first[0] == '.' && first[1] == '\0')
        return w->n_stack > 0 ? w->stack[w->n_stack - 1] : v;
    for (guint i = w->n_stack; i > 0 && !is_there(&v); i--)
        v = member_of(&w->stack[i - 1], first);
    for (guint i = 1; node->path && node->path[i] && is_there(&v); i++)
        v = member_of(&v, node->path[i]);
    return v;
}

static const char *look_up_extra(const struct walk *w, const char *name)
{
    const struct template_extra *e = w->scope->extra;

    for (; e && e->name; e++) {
        if (e->value && strcmp(e->name, name) == 0)
            return e->value;
    }
    return NULL;
}

/* The shortest digits that read back as the same number. */
static void print_real(char *buf, gsize size, double x)
{
    static const char *const formats[] = {"%.15g", "%.16g", "%.17g"};

    for (guint i = 0; i < G_N_ELEMENTS(formats); i++) {
        g_ascii_formatd(buf, size, formats[i], x);
        if (g_ascii_strtod(buf, NULL) == x)
            return;
    }
}

/* A value as text; lists, objects, null and nothing are empty. May use `buf`. */
static const char *json_text(const struct json *v, char *buf, gsize size)
{
    if (!v)
        return "";
    switch (json_get_kind(v)) {
    case JSON_KIND_STRING:
        return json_get_string(v);
    case JSON_KIND_BOOL:
        return json_get_bool(v) ? "true" : "false";
    case JSON_KIND_INT:
        g_snprintf(buf, size, "%" G_GINT64_FORMAT, json_get_int(v));
        return buf;
    case JSON_KIND_REAL:
        print_real(buf, size, json_get_real(v));
        return buf;
    default:
        return "";
    }
}

/* Text that may have come from anywhere. */
static void put_text(struct walk *w, const struct template_node *node, const char *s)
{
    g_autofree char *repaired = NULL;
    gsize len;

    if (s[0] == '\0' && node->fallback)
        s = node->fallback;
    len = strlen(s);
    if (!text_is_utf8(s, len)) {
        s = repaired = g_utf8_make_valid(s, len);
        len = strlen(s);
    }
    w->sink(w->out, node, s, len, w->data);
}

/* The slot of the node's name; NULL: it is looked up. */
static const struct template_slot *slot_of(const struct walk *w,
                                           const struct template_node *node)
{
    const struct template_slot *slot;

    if (!w->slots || node->slot == 0)
        return NULL;
    slot = &w->slots[node->slot - 1];
    return slot->text ? slot : NULL;
}

static void walk_value(struct walk *w, const struct template_node *node)
{
    char buf[G_ASCII_DTOSTR_BUF_SIZE];
    const struct template_slot *slot = slot_of(w, node);
    const char *extra = slot ? slot->text : look_up_extra(w, node->name);
    struct value v = {0};

    if (slot && slot->len > 0) {
        w->sink(w->out, node, slot->text, slot->len, w->data);
        return;
    }
    if (!extra)
        v = look_up(w, node);
    if (v.one && v.one->len > 0)
        w->sink(w->out, node, v.one->text, v.one->len, w->data);
    else
        put_text(w, node, extra ? extra : json_text(v.json, buf, sizeof buf));
}

/* False: nothing, null, false, an empty list, an empty text (a blank CSV cell is no value). */
static gboolean is_truthy(const struct value *v)
{
    if (!v->json)
        return v->fields || (v->one && v->one->len > 0);
    switch (json_get_kind(v->json)) {
    case JSON_KIND_NULL:
        return FALSE;
    case JSON_KIND_BOOL:
        return json_get_bool(v->json);
    case JSON_KIND_STRING:
        return json_get_string(v->json)[0] != '\0';
    case JSON_KIND_ARRAY:
        return json_size(v->json) > 0;
    default:
        return TRUE;
    }
}

/* Each turn of a list counts too: the lists inside an empty section cost time as well. */
static gboolean count_step(struct walk *w, GError **error)
{
    return ++w->steps <= TEMPLATE_MAX_STEPS ||
           fail(error, _("the template's lists multiply to more than can be written"));
}

static gboolean walk_once(struct walk *w, const struct template_program *p, guint i,
                          struct value top, GError **error)
{
    const struct template_node *node = &g_array_index(p->nodes, struct template_node, i);
    const struct template_slot *slots = w->slots;
    guint n_stack = w->n_stack;
    gboolean ok;

    if (is_there(&top))
        w->stack[w->n_stack++] = top;
    if (top.json)
        w->slots = NULL; /* it may have members of the same names */
    ok = walk_range(w, p, i + 1, node->end, error);
    w->slots = slots;
    w->n_stack = n_stack;
    return ok;
}

static gboolean walk_list(struct walk *w, const struct template_program *p, guint i,
                          const struct json *list, GError **error)
{
    for (gsize k = 0; k < json_size(list); k++) {
        if (!count_step(w, error) ||
            !walk_once(w, p, i, (struct value){.json = json_at(list, k)}, error))
            return FALSE;
    }
    return TRUE;
}

/*
 * `*ret_next` is the node behind the section, or the first in it: where nothing inside could
 * tell that it is a section, its nodes are walked as if they stood beside it.
 */
static gboolean walk_section(struct walk *w, const struct template_program *p, guint i,
                             guint *ret_next, GError **error)
{
    const struct template_node *node = &g_array_index(p->nodes, struct template_node, i);
    const struct template_slot *slot = node->needs_top ? NULL : slot_of(w, node);
    const char *extra = slot ? slot->text : look_up_extra(w, node->name);
    struct value v = extra ? (struct value){0} : look_up(w, node);
    gboolean is_true = extra ? extra[0] != '\0' : is_truthy(&v);

    *ret_next = node->end;
    if (!is_true == (node->kind == TEMPLATE_SECTION))
        return TRUE;
    if (slot) {
        *ret_next = i + 1;
        return TRUE;
    }
    if (is_true && v.json && json_get_kind(v.json) == JSON_KIND_ARRAY)
        return walk_list(w, p, i, v.json, error);
    return walk_once(w, p, i, is_true ? v : (struct value){0}, error);
}

static gboolean walk_partial(struct walk *w, const struct template_node *node, GError **error)
{
    const struct template_program *p;

    if (node->program < 0)
        return fail(error, _("partials are nested too deep. Does one call itself?"));
    p = w->t->programs->pdata[node->program];
    return walk_range(w, p, 0, p->nodes->len, error);
}

/* `*node` moves on to the next one. Not for texts. */
static gboolean walk_node(struct walk *w, const struct template_program *p,
                          const struct template_node **node, GError **error)
{
    const struct template_node *first = (const struct template_node *)(void *)p->nodes->data;
    guint next;

    switch ((*node)->kind) {
    case TEMPLATE_VALUE:
        walk_value(w, (*node)++);
        return TRUE;
    case TEMPLATE_PARTIAL:
        return walk_partial(w, (*node)++, error);
    default:
        if (!walk_section(w, p, (guint)(*node - first), &next, error))
            return FALSE;
        *node = first + next;
        return TRUE;
    }
}

static gboolean walk_range(struct walk *w, const struct template_program *p, guint from,
                           guint to, GError **error)
{
    const struct template_node *node = &g_array_index(p->nodes, struct template_node, from),
                               *end = &g_array_index(p->nodes, struct template_node, to);
    GString *out = w->out;

    if (w->depth > TEMPLATE_MAX_DEPTH)
        return fail(error, _("sections and partials are nested too deep. Does a partial call "
                             "itself?"));
    w->depth++;
    while (node < end) {
        if (!count_step(w, error))
            return FALSE;
        if (node->kind == TEMPLATE_TEXT) {
            text_append(out, p->text->str + node->offset, node->len);
            node++;
        } else if (!walk_node(w, p, &node, error)) {
            return FALSE;
        }
        if (out->len > w->limit)
            return fail(error, _("the text grows beyond 64 MiB"));
    }
    w->depth--;
    return TRUE;
}

/* Only what every place may rely on: the person's own data and what is below. */
static void begin_stack(struct walk *w, const struct template_scope *scope)
{
    w->scope = scope;
    w->n_stack = 0;
    if (scope->outer)
        w->stack[w->n_stack++] = (struct value){.json = scope->outer};
    if (scope->fields || scope->data)
        w->stack[w->n_stack++] =
            (struct value){.json = scope->fields ? NULL : scope->data, .fields = scope->fields};
}

static void fill_slot(const struct walk *w, const struct template_node *node,
                      struct template_slot *ret)
{
    const char *text = look_up_extra(w, node->name);
    const struct fields *fields = w->scope->fields;
    const struct fields_one *one =
        text || !fields || node->path ? NULL : fields_find(fields, node->name);
    struct value v = {0};

    if (one) {
        *ret = (struct template_slot){one->len > 0 ? one->text : "", one->len};
        return;
    }
    if (!text)
        v = look_up(w, node);
    if (!text && v.json && json_get_kind(v.json) == JSON_KIND_STRING)
        text = json_get_string(v.json);
    else if (!text && !is_there(&v))
        text = "";
    *ret = (struct template_slot){text, text ? strlen(text) : 0};
    if (!text_is_utf8(ret->text, ret->len))
        ret->text = NULL;
}

void template_fill_slots(const GPtrArray *names, const struct template_scope *scope,
                         struct template_slot *ret)
{
    struct walk w;

    begin_stack(&w, scope);
    for (guint i = 0; i < names->len; i++)
        fill_slot(&w, names->pdata[i], &ret[i]);
}

gboolean template_walk(const struct template *t, const struct template_scope *scope,
                       template_sink sink, void *data, GString *out, GError **error)
{
    const struct template_program *p = t->programs->pdata[0];
    gsize start = out->len;
    struct walk w;

    w.t = t;
    w.slots = scope->slots;
    w.sink = sink;
    w.data = data;
    w.out = out;
    w.limit = start + TEMPLATE_MAX_OUTPUT;
    w.steps = w.depth = 0;
    begin_stack(&w, scope);
    if (walk_range(&w, p, 0, p->nodes->len, error))
        return TRUE;
    g_string_truncate(out, start);
    return FALSE;
}

static void escape_value(GString *out, const struct template_node *node, const char *s,
                         gsize len, void *data)
{
    template_place_append(out, node->place, s, len);
}

gboolean template_render(const struct template *t, const struct json *outer,
                         const struct json *data, GString *out, GError **error)
{
    const struct template_scope scope = {.outer = outer, .data = data};

    return template_walk(t, &scope, escape_value, NULL, out, error);
}
