/*
 * CSV files with people in them: the door to libcsv. Feeds it blocks and hands out rows one by
 * one; judges rows (UTF-8, NUL, number and length of cells) but not what is in them: addresses
 * and fields are the importer's business.
 *
 * libcsv runs strict. Where people's files are sloppy but clear (a quote inside an unquoted
 * cell, blanks behind a closing quote) its complaint is answered here; where a quoted cell goes
 * on behind its closing quote, only a guess could repair the row, so the row is refused.
 */
#include "config.h"

#include "transfer/csvfile.h"

#include <csv.h>
#include <inttypes.h>
#include <string.h>

#include "base/error.h"
#include "base/i18n.h"
#include "base/text.h"
#include "transfer/charset.h"
#include "transfer/source.h"

#define BLOCK_BYTES (64 * 1024)

enum fault { FAULT_NONE, FAULT_NUL, FAULT_UTF8, FAULT_CELLS, FAULT_LONG, FAULT_QUOTE };

struct row {
    gint64 line;
    guint first; /* index of its first cell in `cells` */
    guint n;     /* cells it has; more than CSVFILE_MAX_COLUMNS + 1 are not kept */
    enum fault fault;
    guint fault_cell; /* counted from 1 */
};

struct csvfile {
    struct csv_parser parser;
    struct source *source;           /* owned */
    char *charset;                   /* owned; as it is read */
    struct charset_decoder *decoder; /* owned; NULL: it is UTF-8 as it comes */
    GString *decoded;                /* owned; what the decoder gave; NULL without one */
    char *read;                      /* owned; as it came */
    const char *block;               /* borrowed from either; UTF-8 */
    gsize block_at, block_len;
    gboolean is_skipping;    /* the rest of a refused line */
    gboolean is_after_blank; /* blanks behind a closing quote were left out */
    gboolean is_finished;    /* the end of the file was told to libcsv */
    gboolean is_open_quote;
    /* --- rows that are whole, and the one that is being read --- */
    GString *text; /* owned; the cells, each with its NUL */
    GArray *cells; /* of gsize: offsets in `text` */
    GArray *rows;  /* of struct row */
    guint next_row;
    struct row partial;
    gint64 line; /* the line that is being read, or where its cell of many lines began */
    gint64 forgotten_lines; /* of the cell that is being read, see cap_cell() */
    gboolean is_after_cr;   /* so that the LF of CR LF does not count again */
    /* --- what the caller sees --- */
    char **columns; /* owned */
    guint n_columns;
    const char **out; /* owned; n_columns + 1 */
};

/* ---- what libcsv calls ---- */

/* libcsv trims what this calls a blank; cells keep theirs. */
static int is_never_space(unsigned char c)
{
    return 0;
}

static gint64 count_lines(const char *s, gsize len)
{
    gint64 n = 0;
    for (gsize i = 0; i < len; i++)
        n += s[i] == '\n' || (s[i] == '\r' && (i + 1 == len || s[i + 1] != '\n'));
    return n;
}

static enum fault judge_cell(const char *s, gsize len)
{
    if (len > CSVFILE_MAX_CELL_BYTES)
        return FAULT_LONG;
    if (g_utf8_validate_len(s, len, NULL))
        return FAULT_NONE;
    return memchr(s, 0, len) ? FAULT_NUL : FAULT_UTF8;
}

static void set_fault(struct row *r, enum fault fault)
{
    if (r->fault == FAULT_NONE) {
        r->fault = fault;
        r->fault_cell = r->n;
    }
}

static void take_cell(void *cell, size_t len, void *data)
{
    struct csvfile *f = data;
    struct row *r = &f->partial;
    const char *s = len ? cell : "";
    f->is_after_cr = FALSE;
    if (!r->n++)
        r->line = f->line;
    if (len && (memchr(s, '\n', len) || memchr(s, '\r', len)))
        f->line += count_lines(s, len);
    f->line += f->forgotten_lines;
    f->forgotten_lines = 0;
    if (r->n > CSVFILE_MAX_COLUMNS)
        return;
    enum fault fault = judge_cell(s, len);
    if (fault != FAULT_NONE)
        set_fault(r, fault);
    gsize at = f->text->len;
    g_array_append_val(f->cells, at);
    g_string_append_len(f->text, s, fault == FAULT_NONE ? (gssize)len : 0);
    g_string_append_c(f->text, '\0');
}

/* A line of blanks alone is as empty as one without them. */
static gboolean is_blank_row(const struct csvfile *f, const struct row *r)
{
    if (r->n != 1 || r->fault != FAULT_NONE)
        return FALSE;
    const char *s = f->text->str + g_array_index(f->cells, gsize, r->first);
    return s[strspn(s, " \t")] == '\0';
}

static void begin_row(struct csvfile *f)
{
    f->partial = (struct row){.first = f->cells->len};
}

static void end_row(struct csvfile *f)
{
    if (f->partial.n && !is_blank_row(f, &f->partial))
        g_array_append_val(f->rows, f->partial);
    begin_row(f);
}

/* `c` is what ended the row: CR, LF, or -1 for the end of the file. */
static void take_row(int c, void *data)
{
    struct csvfile *f = data;
    gboolean is_second_half = c == '\n' && f->is_after_cr && !f->partial.n;
    end_row(f);
    f->is_after_cr = c == '\r';
    if (!is_second_half)
        f->line++;
}

/* ---- feeding libcsv ---- */

/* Clears away rows that were handed out; the partial one moves to the front. */
static void drop_used(struct csvfile *f)
{
    gsize from = f->partial.first < f->cells->len
                     ? g_array_index(f->cells, gsize, f->partial.first)
                     : f->text->len;
    g_string_erase(f->text, 0, (gssize)from);
    g_array_remove_range(f->cells, 0, f->partial.first);
    for (guint i = 0; i < f->cells->len; i++)
        g_array_index(f->cells, gsize, i) -= from;
    f->partial.first = 0;
    g_array_set_size(f->rows, 0);
    f->next_row = 0;
}

/* The row cannot be understood: it is refused as a whole and reading goes on behind its line.
 */
static void refuse_row(struct csvfile *f)
{
    struct row *r = &f->partial;
    if (!r->n++)
        r->line = f->line;
    f->line += count_lines((const char *)f->parser.entry_buf, f->parser.entry_pos);
    f->line += f->forgotten_lines;
    f->forgotten_lines = 0;
    set_fault(r, FAULT_QUOTE);
    end_row(f);
    csv_fini(&f->parser, NULL, NULL, NULL); /* only to begin anew: nobody listens */
    f->is_skipping = TRUE;
}

/* What libcsv's strict mode stopped at: the octet at block_at. */
static void settle_quote(struct csvfile *f)
{
    char c = f->block[f->block_at];
    if (f->parser.quoted && (c == ' ' || c == '\t')) {
        f->block_at++; /* "cell" , */
        f->is_after_blank = TRUE;
    } else if (!f->parser.quoted) {
        csv_set_opts(&f->parser, CSV_REPALL_NL | CSV_APPEND_NULL);
        csv_parse(&f->parser, &c, 1, take_cell, take_row, f);
        csv_set_opts(&f->parser, CSV_REPALL_NL | CSV_APPEND_NULL | CSV_STRICT);
        f->block_at++;
    } else {
        refuse_row(f);
    }
}

static void skip_line(struct csvfile *f)
{
    const char *p = f->block + f->block_at;
    gsize len = f->block_len - f->block_at, n = 0;
    while (n < len && p[n] != '\r' && p[n] != '\n')
        n++;
    f->block_at += n;
    if (n < len)
        f->is_skipping = FALSE; /* the line's end is libcsv's, as an empty row */
}

/* An endless cell (an open quote, mostly) must not grow without end: what is too much anyway is
 * forgotten, and counted by its length. */
static void cap_cell(struct csvfile *f)
{
    const gsize most = CSVFILE_MAX_CELL_BYTES + 2;
    if (f->parser.entry_pos > most) {
        f->forgotten_lines +=
            count_lines((const char *)f->parser.entry_buf + most, f->parser.entry_pos - most);
        f->parser.entry_pos = most;
    }
}

/* What follows "cell" and blanks: another quote is no doubled one, whatever libcsv thinks. */
static void pass_blanks(struct csvfile *f)
{
    char c = f->block[f->block_at];
    f->is_after_blank = c == ' ' || (c == '\t' && csv_get_delim(&f->parser) != '\t');
    if (f->is_after_blank)
        f->block_at++;
    else if (c == '"')
        refuse_row(f);
}

static void parse_block(struct csvfile *f)
{
    while (f->block_at < f->block_len) {
        if (f->is_skipping) {
            skip_line(f);
            continue;
        }
        if (f->is_after_blank) {
            pass_blanks(f);
            continue;
        }
        gsize len = f->block_len - f->block_at;
        gsize n = csv_parse(&f->parser, f->block + f->block_at, len, take_cell, take_row, f);
        f->block_at += n;
        if (n < len && csv_error(&f->parser) != CSV_EPARSE)
            g_error("libcsv: %s", csv_strerror(csv_error(&f->parser))); /* out of memory */
        if (n < len)
            settle_quote(f);
    }
    cap_cell(f);
}

static void finish(struct csvfile *f)
{
    f->is_finished = TRUE;
    csv_set_opts(&f->parser, CSV_REPALL_NL | CSV_APPEND_NULL | CSV_STRICT | CSV_STRICT_FINI);
    if (csv_fini(&f->parser, take_cell, take_row, f) != 0)
        f->is_open_quote = TRUE;
}

/* The next whole block, less only at the end of the file; `skip` octets of it are left out.
 * FALSE on a read error. */
static gboolean read_block(struct csvfile *f, gsize skip, GError **error)
{
    f->block = f->read;
    f->block_at = f->block_len = 0;
    gssize n = source_read(f->source, f->read, BLOCK_BYTES, error);
    if (n < 0)
        return FALSE;
    skip = MIN(skip, (gsize)n);
    if (!f->decoder) {
        f->block_at = skip;
        f->block_len = (gsize)n;
        return TRUE;
    }
    g_string_truncate(f->decoded, 0);
    charset_decode(f->decoder, f->read + skip, (gsize)n - skip, n < BLOCK_BYTES, f->decoded);
    f->block = f->decoded->str;
    f->block_len = f->decoded->len;
    return TRUE;
}

/* ---- handing out ---- */

static void set_row_error(const struct csvfile *f, const struct row *r, GError **error)
{
    g_autofree char *where =
        g_strdup_printf(_("line %" PRId64 ", cell %u"), r->line, r->fault_cell);
    switch (r->fault) {
    case FAULT_NUL:
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_INVALID,
                    _("%s: it has a NUL octet. Remove it"), where);
        break;
    case FAULT_UTF8:
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_INVALID,
                    _("%s: it is not valid UTF-8. Save the file as UTF-8"), where);
        break;
    case FAULT_LONG:
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_INVALID,
                    _("%s: it is longer than %d octets. Shorten it"), where,
                    CSVFILE_MAX_CELL_BYTES);
        break;
    case FAULT_QUOTE:
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_INVALID,
                    _("%s: text follows the closing quote. Double the quotes inside a cell"),
                    where);
        break;
    default:
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_INVALID,
                    _("line %" PRId64
                      ": it has %u cells, but the heading has %u. Quote cells that hold the "
                      "delimiter"),
                    r->line, r->n, f->n_columns);
    }
}

/* Reads on until a whole row is there: TRUE. FALSE: the end, or an error in `*error`. */
static gboolean fill(struct csvfile *f, GError **error)
{
    if (f->next_row < f->rows->len)
        return TRUE;
    drop_used(f);
    while (!f->rows->len && !f->is_finished) {
        if (!read_block(f, 0, error))
            return FALSE;
        if (f->block_len)
            parse_block(f);
        else
            finish(f);
    }
    return f->rows->len > 0;
}

static const char *cell_at(const struct csvfile *f, const struct row *r, guint i)
{
    return f->text->str + g_array_index(f->cells, gsize, r->first + i);
}

enum csvfile_status csvfile_next(struct csvfile *f, const char *const **ret_cells,
                                 gint64 *ret_line, GError **error)
{
    GError *failure = NULL;
    if (!fill(f, &failure)) {
        if (!failure && f->is_open_quote)
            failure = g_error_new(CRIER_ERROR, CRIER_ERROR_INVALID,
                                  _("line %" PRId64 ": a quote is opened in this row and "
                                    "never closed. Close it or remove it"),
                                  f->partial.n ? f->partial.line : f->line);
        if (!failure)
            return CSVFILE_END;
        g_propagate_error(error, failure);
        return CSVFILE_FAILED;
    }
    struct row *r = &g_array_index(f->rows, struct row, f->next_row++);
    *ret_line = r->line;
    if (r->fault == FAULT_NONE && r->n > f->n_columns)
        set_fault(r, FAULT_CELLS);
    if (r->fault != FAULT_NONE) {
        set_row_error(f, r, error);
        return CSVFILE_BAD_ROW;
    }
    for (guint i = 0; i < f->n_columns; i++)
        f->out[i] = i < r->n ? cell_at(f, r, i) : "";
    *ret_cells = f->out;
    return CSVFILE_ROW;
}

void csvfile_progress(const struct csvfile *f, gint64 *ret_done, gint64 *ret_total)
{
    source_progress(f->source, ret_done, ret_total);
}

/* ---- opening ---- */

void csvfile_free(struct csvfile *f)
{
    if (!f)
        return;
    csv_free(&f->parser);
    source_free(f->source);
    charset_decoder_free(f->decoder);
    if (f->decoded)
        g_string_free(f->decoded, TRUE);
    g_free(f->charset);
    g_free(f->read);
    g_string_free(f->text, TRUE);
    g_array_free(f->cells, TRUE);
    g_array_free(f->rows, TRUE);
    g_strfreev(f->columns);
    g_free(f->out);
    g_free(f);
}

const char *const *csvfile_columns(const struct csvfile *f)
{
    return (const char *const *)f->columns;
}

const char *csvfile_charset(const struct csvfile *f)
{
    return f->charset;
}

/* Finds the charset out; the file is read to its end and opened anew. */
static gboolean find_charset(const struct csvfile_options *o, struct csvfile *f,
                             gsize *ret_skip, GError **error)
{
    struct charset_scan scan = {0};
    gssize n;
    while ((n = source_read(f->source, f->read, BLOCK_BYTES, error)) > 0)
        charset_scan_feed(&scan, f->read, (gsize)n);
    source_free(f->source);
    f->source = n < 0 ? NULL : source_open(o->path, o->entry, error);
    if (!f->source)
        return FALSE;
    f->charset = g_strdup(charset_scan_name(&scan, ret_skip, error));
    return f->charset != NULL;
}

/* The mark at the beginning: of the charset that is read, or of another one. */
static gboolean skip_mark(struct csvfile *f, const struct charset_scan *scan, gsize *ret_skip,
                          GError **error)
{
    gsize skip = 0;
    const char *found = charset_scan_name(scan, &skip, NULL);
    if (!found || skip == 0)
        return TRUE;
    if (g_ascii_strncasecmp(f->charset, found, 5) == 0) {
        *ret_skip = skip;
        if (g_ascii_strcasecmp(f->charset, "utf-16") == 0) {
            g_free(f->charset);
            f->charset = g_strdup(found);
        }
        return TRUE;
    }
    g_set_error(error, CRIER_ERROR, CRIER_ERROR_INVALID,
                _("this file is %s by its first octets, not %s. Leave --charset out"), found,
                f->charset);
    return FALSE;
}

/*
 * The first block, by which the heading is found. Of standard input, which cannot be read
 * twice, it is also all that the charset is found out by.
 */
static gboolean read_first(const struct csvfile_options *o, struct csvfile *f, GError **error)
{
    gsize skip = 0;
    gboolean is_given = o->charset != NULL, is_stdin = strcmp(o->path, "-") == 0;
    if (is_given)
        f->charset = g_ascii_strdown(o->charset, -1);
    else if (!is_stdin && !find_charset(o, f, &skip, error))
        return FALSE;
    if (!read_block(f, 0, error))
        return FALSE;
    struct charset_scan scan = {0};
    charset_scan_feed(&scan, f->block, f->block_len);
    if (!f->charset && !(f->charset = g_strdup(charset_scan_name(&scan, &skip, error))))
        return FALSE;
    if (is_given && !skip_mark(f, &scan, &skip, error))
        return FALSE;
    f->block_at = skip;
    if (strcmp(f->charset, "utf-8") == 0)
        return TRUE;
    if (!(f->decoder = charset_decoder_new(f->charset, error)))
        return FALSE;
    f->decoded = g_string_new(NULL);
    charset_decode(f->decoder, f->block + skip, f->block_len - skip, f->block_len < BLOCK_BYTES,
                   f->decoded);
    f->block = f->decoded->str;
    f->block_len = f->decoded->len;
    f->block_at = 0;
    return TRUE;
}

/* ---- the delimiter ---- */

static const char delimiters[] = {',', ';', '\t', '|'};

const char *csvfile_delimiter_name(char delimiter)
{
    return delimiter == ',' ? "," : delimiter == ';' ? ";" : delimiter == '|' ? "|" : "tab";
}

gboolean csvfile_delimiter_parse(const char *text, char *ret, GError **error)
{
    static const struct {
        const char *text;
        char delimiter;
    } known[] = {
        {",", ','},    {"comma", ','}, {";", ';'},    {"semicolon", ';'}, {"|", '|'},
        {"pipe", '|'}, {"tab", '\t'},  {"\\t", '\t'}, {"\t", '\t'},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(known); i++) {
        if (strcmp(known[i].text, text) != 0)
            continue;
        *ret = known[i].delimiter;
        return TRUE;
    }
    g_autofree char *safe = text_safe(text, -1, 20);
    g_set_error(error, CRIER_ERROR, CRIER_ERROR_USAGE,
                _("--delimiter '%s': it must be comma, semicolon, tab or pipe"), safe);
    return FALSE;
}

char csvfile_delimiter(const struct csvfile *f)
{
    return (char)csv_get_delim((struct csv_parser *)&f->parser);
}

/* Spreadsheets of many countries write ';', copied tables have tabs: what the heading has most
 * of outside of quotes; of two the one named first. */
static char find_delimiter(const struct csvfile *f)
{
    gboolean is_quoted = FALSE, has_text = FALSE;
    guint n[G_N_ELEMENTS(delimiters)] = {0};
    for (gsize i = f->block_at; i < f->block_len; i++) {
        char c = f->block[i];
        const char *known = memchr(delimiters, c, sizeof delimiters);
        has_text = has_text || !strchr(" \r\n", c);
        if (c == '"')
            is_quoted = !is_quoted;
        else if (!is_quoted && known)
            n[known - delimiters]++;
        else if (!is_quoted && has_text && (c == '\r' || c == '\n'))
            break;
    }
    gsize most = 0;
    for (gsize i = 1; i < sizeof delimiters; i++)
        if (n[i] > n[most])
            most = i;
    return delimiters[most];
}

/* ---- the heading ---- */

static gboolean check_columns(struct csvfile *f, GError **error)
{
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
    for (guint i = 0; i < f->n_columns; i++) {
        const char *name = f->columns[i];
        if (*name && !g_hash_table_add(seen, (gpointer)name)) {
            g_autofree char *safe = text_safe(name, -1, 60);
            g_set_error(
                error, CRIER_ERROR, CRIER_ERROR_INVALID,
                _("line 1: the column \"%s\" is there twice. Rename or remove one of them"),
                safe);
            return FALSE;
        }
    }
    return TRUE;
}

static gboolean take_heading(struct csvfile *f, GError **error)
{
    const char *const *cells;
    gint64 line;
    if (!fill(f, error)) {
        if (error && !*error)
            g_set_error_literal(
                error, CRIER_ERROR, CRIER_ERROR_INVALID,
                f->is_open_quote
                    ? _("a quote is opened in the heading and never closed. Close it or remove "
                        "it")
                    : _("this file is empty. Its first line must name the columns"));
        return FALSE;
    }
    const struct row *r = &g_array_index(f->rows, struct row, f->next_row);
    if (r->n > CSVFILE_MAX_COLUMNS) {
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_INVALID,
                    _("line %" PRId64
                      ": it has %u columns, and %d are the most. Remove those that "
                      "you do not need"),
                    r->line, r->n, CSVFILE_MAX_COLUMNS);
        return FALSE;
    }
    f->n_columns = r->n;
    f->out = g_new0(const char *, r->n + 1);
    if (csvfile_next(f, &cells, &line, error) != CSVFILE_ROW)
        return FALSE;
    f->columns = g_strdupv((char **)cells);
    for (guint i = 0; i < f->n_columns; i++)
        g_strstrip(f->columns[i]);
    return check_columns(f, error);
}

static gboolean begin(struct csvfile *f, const struct csvfile_options *o, GError **error)
{
    if (!(f->source = source_open(o->path, o->entry, error)) || !read_first(o, f, error))
        return FALSE;
    csv_set_delim(&f->parser, (unsigned char)(o->delimiter ? o->delimiter : find_delimiter(f)));
    parse_block(f);
    return take_heading(f, error);
}

struct csvfile *csvfile_open_with(const struct csvfile_options *o, GError **error)
{
    struct csvfile *f = g_new0(struct csvfile, 1);
    GError *failure = NULL;
    f->line = 1;
    f->read = g_malloc(BLOCK_BYTES);
    f->text = g_string_new(NULL);
    f->cells = g_array_new(FALSE, FALSE, sizeof(gsize));
    f->rows = g_array_new(FALSE, FALSE, sizeof(struct row));
    if (csv_init(&f->parser, CSV_REPALL_NL | CSV_APPEND_NULL | CSV_STRICT) != 0)
        g_error("libcsv cannot be set up");
    csv_set_space_func(&f->parser, is_never_space);
    if (begin(f, o, &failure))
        return f;
    g_autofree char *whole = o->entry ? g_build_filename(o->path, o->entry, NULL) : NULL;
    g_autofree char *safe = text_safe(whole ? whole : o->path, -1, 0);
    g_propagate_prefixed_error(error, failure, "%s: ", safe);
    csvfile_free(f);
    return NULL;
}

struct csvfile *csvfile_open(const char *path, GError **error)
{
    const struct csvfile_options o = {.path = path};
    return csvfile_open_with(&o, error);
}

/* ---- out ---- */

void csvfile_put_cell(GString *out, const char *cell, gboolean is_first)
{
    gsize len = strlen(cell);
    gboolean is_formula = *cell && strchr("=+-@\t\r", *cell); /* to a spreadsheet */
    gboolean is_quoted =
        strpbrk(cell, ",;\"\r\n\t") || (len && (cell[0] == ' ' || cell[len - 1] == ' '));
    if (!is_first)
        g_string_append_c(out, ',');
    if (is_quoted)
        g_string_append_c(out, '"');
    if (is_formula)
        g_string_append_c(out, '\'');
    for (const char *p = cell; *p; p++) {
        if (*p == '"')
            g_string_append_c(out, '"');
        g_string_append_c(out, *p);
    }
    if (is_quoted)
        g_string_append_c(out, '"');
}
