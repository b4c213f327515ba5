/*
 * The frame around a verb: reads the command line, opens what the verb needs, runs its handler,
 * prints errors. What a verb does is in its noun's file.
 */
#include "config.h"

#include "cmd/cmd.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/i18n.h"
#include "base/json.h"
#include "base/text.h"
#include "cmd/tell.h"

const char *cmd_word(const struct cmd_context *c, guint i)
{
    return i < c->line->words->len ? g_ptr_array_index(c->line->words, i) : NULL;
}

guint cmd_words(const struct cmd_context *c)
{
    return c->line->words->len;
}

/* An option and a field are told apart by the table: a name is never both. */
const char *cmd_option_nth(const struct cmd_context *c, const char *option, guint n)
{
    for (guint i = 0; i < c->line->given->len; i++) {
        const struct cmd_given *g = &g_array_index(c->line->given, struct cmd_given, i);
        if (strcmp(g->name, option) == 0 && n-- == 0)
            return g->value ? g->value : "";
    }
    return NULL;
}

gboolean cmd_has(const struct cmd_context *c, const char *option)
{
    return cmd_option_nth(c, option, 0) != NULL;
}

const char *cmd_option(const struct cmd_context *c, const char *option)
{
    const char *last = NULL, *value;
    for (guint i = 0; (value = cmd_option_nth(c, option, i)); i++)
        last = value;
    return last;
}

gboolean cmd_option_int(const struct cmd_context *c, const char *option, gint64 min, gint64 max,
                        gint64 fallback, gint64 *ret, GError **error)
{
    const char *text = cmd_option(c, option);
    if (!text) {
        *ret = fallback;
        return TRUE;
    }
    if (!g_ascii_string_to_signed(text, 10, min, max, ret, NULL)) {
        g_autofree char *safe = text_safe(text, -1, 40);
        if (max == G_MAXINT64)
            g_set_error(error, CRIER_ERROR, CRIER_ERROR_USAGE,
                        _("--%s '%s': it must be a whole number, %" PRId64 " or more"), option,
                        safe, min);
        else
            g_set_error(error, CRIER_ERROR, CRIER_ERROR_USAGE,
                        _("--%s '%s': it must be a whole number from %" PRId64 " to %" PRId64),
                        option, safe, min, max);
        return FALSE;
    }
    return TRUE;
}

gboolean cmd_wrong_usage(GError **error)
{
    if (error && g_error_matches(*error, CRIER_ERROR, CRIER_ERROR_INVALID))
        (*error)->code = CRIER_ERROR_USAGE;
    return FALSE;
}

/* The message begins with the key; the option is spelled with '-'. */
static void name_option(const char *key, GError **error)
{
    g_prefix_error(error, "--");
    if (error && g_str_has_prefix((*error)->message + 2, key))
        for (char *p = (*error)->message; *p && *p != ':'; p++)
            if (*p == '_')
                *p = '-';
}

gboolean cmd_set_fields(const struct cmd_context *c, void *record, guint *ret_n, GError **error)
{
    guint n = 0;
    for (guint i = 0; i < c->line->given->len; i++) {
        const struct cmd_given *g = &g_array_index(c->line->given, struct cmd_given, i);
        if (!g->field)
            continue;
        if (!field_set(g->field, record, g->value, error)) {
            name_option(g->field->key, error);
            return cmd_wrong_usage(error);
        }
        n++;
    }
    if (ret_n)
        *ret_n = n;
    return TRUE;
}

void cmd_make_absolute(char **path)
{
    if (!*path || !**path || g_path_is_absolute(*path))
        return;
    char *absolute = g_canonicalize_filename(*path, NULL);
    g_free(*path);
    *path = absolute;
}

gboolean cmd_may_write(const struct cmd_context *c, const char *path, GError **error)
{
    if (!path || strcmp(path, "-") == 0 || cmd_has(c, "force") ||
        !g_file_test(path, G_FILE_TEST_IS_REGULAR))
        return TRUE;
    g_autofree char *safe = text_safe(path, -1, 0);
    g_set_error(error, CRIER_ERROR, CRIER_ERROR_EXISTS,
                _("%s: it is there already. Use --force to overwrite it, or name another file"),
                safe);
    return FALSE;
}

gboolean cmd_check_new_name(const char *name, GError **error)
{
    if (text_is_slug(name))
        return TRUE;
    g_autofree char *safe = text_safe(name, -1, 64);
    g_set_error(error, CRIER_ERROR, CRIER_ERROR_USAGE,
                _("'%s' cannot be a name: use 1 to 64 of a–z, 0–9, '-', '_' and '.', beginning "
                  "with a letter or a digit"),
                safe);
    return FALSE;
}

gboolean cmd_wants_json(const struct cmd_context *c)
{
    return c->line->format == OUTPUT_JSON || c->line->format == OUTPUT_JSONL;
}

static void put_message(const char *message)
{
    if (tell_is_wanted()) {
        tell_put(TELL_ERROR, message);
        return;
    }
    g_autofree char *safe = text_safe(message, -1, 0);
    fflush(stdout);
    fprintf(stderr, "crier: %s\n", safe);
}

int cmd_fail(GError *error)
{
    put_message(error ? error->message : _("it did not work, and no reason was given"));
    int code = error ? error_exit_code(error) : 1;
    g_clear_error(&error);
    return code;
}

void cmd_warn(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_autofree char *text = g_strdup_vprintf(format, args);
    va_end(args);
    put_message(text);
}

void cmd_say(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_autofree char *text = g_strdup_vprintf(format, args);
    va_end(args);
    if (tell_is_wanted()) {
        tell_put(TELL_SAID, text);
        return;
    }
    g_autofree char *safe = text_safe(text, -1, 0);
    fflush(stdout);
    fprintf(stderr, "%s\n", safe);
}

int cmd_put_list(const struct cmd_context *c, const struct output_column *columns,
                 const GPtrArray *all, cmd_shape *shape, void *data, GError *error)
{
    struct output *o =
        all ? output_begin(stdout, c->line->format, columns, c->line->fields, &error) : NULL;
    if (!o)
        return cmd_fail(error);
    for (guint i = 0; i < all->len; i++) {
        shape(output_row_begin(o), all->pdata[i], data);
        output_row_end(o);
    }
    output_end(o);
    return 0;
}

void cmd_put_record(const struct cmd_context *c, const struct output_column *columns,
                    const void *record, cmd_shape *shape, void *data)
{
    g_autoptr(GString) json = g_string_new(NULL);
    struct json_writer *w = json_writer_new_string(json, FALSE);
    shape(w, record, data);
    json_writer_free(w);
    output_record(stdout, c->line->format, columns, json->str);
}

void cmd_put_json(const GString *json)
{
    fwrite(json->str, 1, json->len, stdout);
    putchar('\n');
}

int cmd_done(int code)
{
    if (fflush(stdout) == 0 && !ferror(stdout))
        return code;
    cmd_warn(_("standard output: what was printed is not complete: %s"), error_why(errno));
    return ERROR_EXIT_TRY_AGAIN;
}

gboolean cmd_can_ask(void)
{
    return isatty(STDIN_FILENO) && isatty(STDERR_FILENO);
}

static gboolean open_what_it_needs(struct cmd_context *c, GError **error)
{
    if (!(c->verb->flags & (VERB_WORKSPACE | VERB_DATABASE)))
        return TRUE;
    c->ws = workspace_open(c->line->workspace, error);
    if (!c->ws)
        return FALSE;
    if (!(c->verb->flags & VERB_DATABASE))
        return TRUE;
    c->db = db_open(c->ws->db_path, DB_USE_VERB, error);
    if (!c->db)
        return FALSE;
    if (c->line->actor)
        db_set_actor(c->db, c->line->actor);
    return TRUE;
}

static gboolean check_actor(const struct cmd_line *l, GError **error)
{
    if (!l->actor)
        return TRUE;
    if (!*l->actor) {
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_USAGE, _("--as needs a name"));
        return FALSE;
    }
    return text_check_line("--as", l->actor, strlen(l->actor), 100, error);
}

/* It is found by main() when it is the first word. */
static int fail_elsewhere(const struct cmd_line *l)
{
    return cmd_fail(g_error_new(CRIER_ERROR, CRIER_ERROR_USAGE,
                                _("%s takes no options of others: write crier %s first"),
                                l->verb->noun, l->verb->noun));
}

static int run_verb(const struct cmd_line *l)
{
    if (l->verb->flags & VERB_ELSEWHERE)
        return fail_elsewhere(l);
    const struct cmd_handler *h = cmd_handler_find(l->verb->noun, l->verb->verb);
    g_assert(h != NULL); /* the unit test compares both tables */
    struct cmd_context c = {.line = l, .verb = l->verb};
    GError *error = NULL;
    int code;
    if (check_actor(l, &error) && open_what_it_needs(&c, &error))
        code = h->run(&c);
    else
        code = cmd_fail(error);
    db_close(c.db);
    workspace_free(c.ws);
    return cmd_done(code);
}

static int show_help(const struct cmd_line *l)
{
    if (l->verb)
        help_verb(stdout, l->verb);
    else if (l->noun)
        help_noun(stdout, l->noun);
    else
        help_program(stdout);
    return cmd_done(0);
}

int cmd_main(int argc, char **argv)
{
    struct cmd_line line;
    GError *error = NULL;
    if (!cmd_parse(argc, argv, &line, &error))
        return cmd_fail(error);
    int code;
    if (line.wants_version) {
        puts(PACKAGE_STRING);
        code = cmd_done(0);
    } else if (line.wants_help || !line.verb) {
        code = show_help(&line);
    } else {
        code = run_verb(&line);
    }
    cmd_line_clear(&line);
    return code;
}
