/*
 * Rows as tables, TSV and JSON. All text of people passes text_safe() here, so that no verb
 * can forget it. What is in a row is decided by app/shapes.
 */
#include "config.h"

#include "cmd/output.h"

#include <inttypes.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/i18n.h"
#include "base/json.h"
#include "base/text.h"

#define MEASURED_ROWS 200
#define MIN_FOLD_CELLS 30 /* in a narrower terminal the terminal itself breaks the lines */
#define MIN_CLIPPED_CELLS 8
#define GAP_CELLS 2
#define MAX_CELL_CHARS 1000

struct output {
    FILE *out; /* borrowed */
    enum output_format format;
    GPtrArray *columns; /* of const struct output_column *, those shown */
    gboolean is_chosen; /* by --fields */
    gint64 n_rows;
    int width;          /* of the terminal; 0: ask it */
    gboolean is_cut;    /* to the width: a pipe or file takes everything as long as it is */
    gint64 now_us;      /* 0: the clock's */
    GPtrArray *waiting; /* of char ** (a table's first rows); NULL once the widths are known */
    int *cells;         /* owned; the width of each column */
    GString *row;       /* owned; the one that is being made, else NULL */
    struct json_writer *writer;
};

int output_width(FILE *out)
{
    struct winsize size;
    if (ioctl(fileno(out), TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
        return size.ws_col;
    return 80;
}

void output_fold(FILE *out, const char *text, int indent, int width)
{
    const char *next = text;
    do {
        gsize len = 0;
        const char *line = next;
        next = text_wrap(line, (gsize)MAX(width - indent, MIN_FOLD_CELLS), &len);
        fprintf(out, "%*s%.*s\n", line == text ? 0 : indent, "", (int)len, line);
    } while (*next);
}

static const struct output_column *column_find(const struct output_column *columns,
                                               const char *key)
{
    for (const struct output_column *c = columns; c->key; c++)
        if (strcmp(c->key, key) == 0)
            return c;
    return NULL;
}

static gboolean unknown_column(const struct output_column *columns, const char *key,
                               GError **error)
{
    g_autoptr(GPtrArray) keys = g_ptr_array_new();
    for (const struct output_column *c = columns; c->key; c++)
        g_ptr_array_add(keys, (char *)c->key);
    g_ptr_array_add(keys, NULL);
    const char *near = text_nearest(key, (const char *const *)keys->pdata);
    g_autofree char *all = g_strjoinv(", ", (char **)keys->pdata);
    g_autofree char *safe = text_safe(key, -1, 40);
    if (near)
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_USAGE,
                    _("--fields: no column '%s': did you mean %s?"), safe, near);
    else
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_USAGE,
                    _("--fields: no column '%s': the columns are %s"), safe, all);
    return FALSE;
}

static gboolean choose(struct output *o, const struct output_column *columns, char **fields,
                       GError **error)
{
    for (const struct output_column *c = columns; !fields && c->key; c++)
        if (!c->is_extra)
            g_ptr_array_add(o->columns, (gpointer)c);
    for (char **f = fields; f && *f; f++) {
        const struct output_column *c = column_find(columns, g_strstrip(*f));
        if (!c)
            return unknown_column(columns, *f, error);
        g_ptr_array_add(o->columns, (gpointer)c);
    }
    return TRUE;
}

static void output_free(struct output *o)
{
    g_ptr_array_unref(o->columns);
    if (o->waiting)
        g_ptr_array_unref(o->waiting);
    g_free(o->cells);
    g_free(o);
}

static enum output_format effective(FILE *out, enum output_format format)
{
    if (format != OUTPUT_AUTO)
        return format;
    return isatty(fileno(out)) ? OUTPUT_TABLE : OUTPUT_TSV;
}

struct output *output_begin(FILE *out, enum output_format format,
                            const struct output_column *columns, char **fields, GError **error)
{
    struct output *o = g_new0(struct output, 1);
    o->out = out;
    o->format = effective(out, format);
    o->is_chosen = fields != NULL;
    o->is_cut = o->format == OUTPUT_TABLE && isatty(fileno(out));
    o->columns = g_ptr_array_new();
    if (!choose(o, columns, fields, error)) {
        output_free(o);
        return NULL;
    }
    if (o->format == OUTPUT_TABLE)
        o->waiting = g_ptr_array_new_with_free_func((GDestroyNotify)g_strfreev);
    if (o->format == OUTPUT_JSON)
        fputc('[', out);
    return o;
}

void output_fix(struct output *o, int width, gint64 now_us)
{
    o->width = width;
    o->is_cut = o->format == OUTPUT_TABLE && width > 0;
    o->now_us = now_us;
}

static const struct output_column *shown_column(const struct output *o, guint i)
{
    return g_ptr_array_index(o->columns, i);
}

/* A value as text: scalars plain, arrays of scalars joined, objects as "key=value" pairs. */
static void append_value(GString *to, const struct json *v);

static void append_member(const char *key, struct json *value, void *data)
{
    GString *to = data;
    g_string_append_printf(to, "%s%s=", to->len ? ", " : "", key);
    append_value(to, value);
}

static void append_value(GString *to, const struct json *v)
{
    switch (json_get_kind(v)) {
    case JSON_KIND_NULL:
        break;
    case JSON_KIND_BOOL:
        g_string_append(to, json_get_bool(v) ? "yes" : "no");
        break;
    case JSON_KIND_INT:
        g_string_append_printf(to, "%" PRId64, json_get_int(v));
        break;
    case JSON_KIND_REAL: {
        char digits[G_ASCII_DTOSTR_BUF_SIZE];
        g_string_append(to, g_ascii_formatd(digits, sizeof digits, "%.1f", json_get_real(v)));
        break;
    }
    case JSON_KIND_STRING:
        g_string_append(to, json_get_string(v));
        break;
    case JSON_KIND_ARRAY:
        for (gsize i = 0; i < json_size(v); i++) {
            if (i > 0)
                g_string_append(to, ", ");
            append_value(to, json_at(v, i));
        }
        break;
    case JSON_KIND_OBJECT: {
        g_autoptr(GString) members = g_string_new(NULL);
        json_foreach(v, append_member, members);
        g_string_append(to, members->str);
        break;
    }
    }
}

static char *time_for_people(const char *utc, gint64 now_us)
{
    gint64 us;
    if (!clock_parse_utc(utc, &us, NULL))
        return text_safe(utc, -1, MAX_CELL_CHARS);
    return clock_format_local(us, now_us);
}

/* Where `context` (may be NULL) has no word of its own, the word is the common one. */
static const char *translated(const char *text, const char *context)
{
    const char *own = context ? g_dpgettext2(NULL, context, text) : text;
    return strcmp(own, text) == 0 ? _(text) : own;
}

/* The cell as it is printed: safe, on one line, of at most `max_chars` (0: all). Caller frees.
 */
static char *cell_text(const struct json *v, const struct output_column *c,
                       gboolean for_people, gsize max_chars, gint64 now_us)
{
    enum output_kind kind = c->kind;
    if (!v || json_get_kind(v) == JSON_KIND_NULL)
        return g_strdup("");
    if (for_people && kind == OUTPUT_TIME && json_get_string(v))
        return time_for_people(json_get_string(v), now_us ? now_us : clock_wall_us());
    if (for_people && kind == OUTPUT_NUMBER && json_get_kind(v) == JSON_KIND_INT)
        return text_grouped(json_get_int(v));
    if (for_people && kind == OUTPUT_NUMBER && json_get_kind(v) == JSON_KIND_REAL)
        return g_strdup_printf("%.1f", json_get_real(v)); /* with the locale's point */
    if (for_people && kind == OUTPUT_SPAN && json_get_kind(v) == JSON_KIND_INT)
        return clock_format_span(json_get_int(v));
    const char *ours = for_people && kind == OUTPUT_OURS ? json_get_string(v) : NULL;
    if (ours && *ours) /* the translation of "" is the head of all translations */
        return g_strdup(translated(ours, c->context));
    g_autoptr(GString) text = g_string_new(NULL);
    append_value(text, v);
    return text_safe(text->str, (gssize)text->len, max_chars);
}

/* The cells of a row, NULL-ended. */
static char **row_cells(const struct output *o, const struct json *row)
{
    gboolean for_people = o->format == OUTPUT_TABLE;
    char **cells = g_new0(char *, o->columns->len + 1);
    for (guint i = 0; i < o->columns->len; i++) {
        const struct output_column *c = shown_column(o, i);
        cells[i] = cell_text(json_member(row, c->key), c, for_people,
                             o->is_cut ? MAX_CELL_CHARS : 0, o->now_us);
    }
    return cells;
}

/* ---- the table ---- */

/* Cuts `text` to `cells` cells, the last one "…". Caller frees. */
static char *clip(const char *text, int cells)
{
    if ((int)text_cells(text) <= cells)
        return g_strdup(text);
    g_autoptr(GString) cut = g_string_new(NULL);
    for (const char *p = text; *p;) {
        const char *next = g_utf8_next_char(p);
        gsize before = cut->len;
        g_string_append_len(cut, p, next - p);
        if ((int)text_cells(cut->str) > cells - 1) {
            g_string_truncate(cut, before);
            break;
        }
        p = next;
    }
    g_string_append(cut, "…");
    return g_string_free(g_steal_pointer(&cut), FALSE);
}

static void put_spaces(FILE *out, int n)
{
    if (n > 0)
        fprintf(out, "%*s", n, "");
}

static void put_table_row(const struct output *o, char **row)
{
    for (guint i = 0; i < o->columns->len; i++) {
        gboolean is_last = i + 1 == o->columns->len;
        gboolean to_right = shown_column(o, i)->kind == OUTPUT_NUMBER;
        g_autofree char *text = o->is_cut ? clip(row[i], o->cells[i]) : g_strdup(row[i]);
        int pad = MAX(0, o->cells[i] - (int)text_cells(text));
        if (to_right)
            put_spaces(o->out, pad);
        fputs(text, o->out);
        if (!is_last)
            put_spaces(o->out, (to_right ? 0 : pad) + GAP_CELLS);
    }
    fputc('\n', o->out);
}

static gboolean is_clippable(enum output_kind kind)
{
    return kind == OUTPUT_TEXT || kind == OUTPUT_OURS;
}

/* Takes cells from the widest text columns until the row fits. */
static void fit_width(struct output *o)
{
    int width = o->width > 0 ? o->width : output_width(o->out);
    int all = 0;
    if (!o->is_cut)
        return;
    for (guint i = 0; i < o->columns->len; i++)
        all += o->cells[i] + (i > 0 ? GAP_CELLS : 0);
    for (; all > width; all--) {
        int widest = -1;
        for (guint i = 0; i < o->columns->len; i++)
            if (is_clippable(shown_column(o, i)->kind) && o->cells[i] > MIN_CLIPPED_CELLS &&
                (widest < 0 || o->cells[i] > o->cells[widest]))
                widest = (int)i;
        if (widest < 0)
            return;
        o->cells[widest]--;
    }
}

static void measure(struct output *o, char **row)
{
    for (guint i = 0; i < o->columns->len; i++)
        o->cells[i] = MAX(o->cells[i], (int)text_cells(row[i]));
}

/* The widths are decided by the rows so far; they and the headings go out. */
static void begin_table(struct output *o)
{
    char **headings = g_new0(char *, o->columns->len + 1);
    for (guint i = 0; i < o->columns->len; i++)
        headings[i] = g_strdup(_(shown_column(o, i)->heading));
    o->cells = g_new0(int, o->columns->len + 1);
    measure(o, headings);
    for (guint i = 0; i < o->waiting->len; i++)
        measure(o, g_ptr_array_index(o->waiting, i));
    fit_width(o);
    put_table_row(o, headings);
    for (guint i = 0; i < o->waiting->len; i++)
        put_table_row(o, g_ptr_array_index(o->waiting, i));
    g_strfreev(headings);
    g_clear_pointer(&o->waiting, g_ptr_array_unref);
}

static void add_table_row(struct output *o, const struct json *row)
{
    char **cells = row_cells(o, row);
    if (o->waiting) {
        g_ptr_array_add(o->waiting, cells);
        if (o->waiting->len >= MEASURED_ROWS)
            begin_table(o);
        return;
    }
    put_table_row(o, cells);
    g_strfreev(cells);
}

/* ---- TSV and JSON ---- */

static void put_tsv_heading(const struct output *o)
{
    for (guint i = 0; i < o->columns->len; i++)
        fprintf(o->out, "%s%s", i > 0 ? "\t" : "", shown_column(o, i)->key);
    fputc('\n', o->out);
}

static void put_tsv_row(const struct output *o, const struct json *row)
{
    char **cells = row_cells(o, row);
    for (guint i = 0; i < o->columns->len; i++)
        fprintf(o->out, "%s%s", i > 0 ? "\t" : "", cells[i]);
    fputc('\n', o->out);
    g_strfreev(cells);
}

static void put_json_row(const struct output *o, const char *text)
{
    if (o->format == OUTPUT_JSON)
        fputs(o->n_rows > 0 ? ",\n" : "\n", o->out);
    if (!o->is_chosen) {
        fputs(text, o->out);
    } else {
        struct json *row = json_parse(text, strlen(text), NULL);
        g_assert(row != NULL);
        g_autoptr(GString) chosen = g_string_new(NULL);
        struct json_writer *w = json_writer_new_string(chosen, FALSE);
        json_begin_object(w);
        for (guint i = 0; i < o->columns->len; i++) {
            const struct json *v = json_member(row, shown_column(o, i)->key);
            json_key(w, shown_column(o, i)->key);
            if (v)
                json_put_value(w, v);
            else
                json_put_null(w);
        }
        json_end_object(w);
        json_writer_free(w);
        json_unref(row);
        fputs(chosen->str, o->out);
    }
    if (o->format == OUTPUT_JSONL)
        fputc('\n', o->out);
}

void output_row(struct output *o, const char *json_object)
{
    if (o->format == OUTPUT_JSON || o->format == OUTPUT_JSONL) {
        put_json_row(o, json_object);
        o->n_rows++;
        return;
    }
    struct json *row = json_parse(json_object, strlen(json_object), NULL);
    g_assert(row != NULL); /* made by app/shapes */
    if (o->format == OUTPUT_TABLE) {
        add_table_row(o, row);
    } else {
        if (o->n_rows == 0)
            put_tsv_heading(o);
        put_tsv_row(o, row);
    }
    o->n_rows++;
    json_unref(row);
}

struct json_writer *output_row_begin(struct output *o)
{
    o->row = g_string_new(NULL);
    o->writer = json_writer_new_string(o->row, FALSE);
    return o->writer;
}

void output_row_end(struct output *o)
{
    g_clear_pointer(&o->writer, json_writer_free);
    output_row(o, o->row->str);
    g_string_free(g_steal_pointer(&o->row), TRUE);
}

void output_end(struct output *o)
{
    if (o->format == OUTPUT_JSON)
        fputs(o->n_rows > 0 ? "\n]\n" : "]\n", o->out);
    else if (o->format == OUTPUT_TSV && o->n_rows == 0)
        put_tsv_heading(o);
    else if (o->format == OUTPUT_TABLE && o->waiting)
        begin_table(o);
    output_free(o);
}

/* ---- one record ---- */

void output_record(FILE *out, enum output_format format, const struct output_column *columns,
                   const char *json_object)
{
    format = effective(out, format);
    if (format == OUTPUT_JSON || format == OUTPUT_JSONL) {
        fprintf(out, "%s\n", json_object);
        return;
    }
    struct json *row = json_parse(json_object, strlen(json_object), NULL);
    g_assert(row != NULL);
    gboolean for_people = format == OUTPUT_TABLE;
    gsize cells = 0;
    for (const struct output_column *c = columns; c->key; c++)
        cells = MAX(cells, text_cells(_(c->heading)));
    for (const struct output_column *c = columns; c->key; c++) {
        const struct json *v = json_member(row, c->key);
        if (!v)
            continue;
        gsize max_chars = for_people && isatty(fileno(out)) ? MAX_CELL_CHARS : 0;
        g_autofree char *text = cell_text(v, c, for_people, max_chars, 0);
        if (!for_people) {
            fprintf(out, "%s\t%s\n", c->key, text);
            continue;
        }
        if (!*text)
            continue;
        fputs(_(c->heading), out);
        put_spaces(out, (int)(cells - text_cells(_(c->heading))) + GAP_CELLS);
        fprintf(out, "%s\n", text);
    }
    json_unref(row);
}
