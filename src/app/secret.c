/*
 * Reads a password or an access token from where the record says. Who keeps it, and how long,
 * is the caller's.
 */
#include "config.h"

#include "app/secret.h"

#include <inttypes.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/file.h"
#include "base/i18n.h"
#include "base/json.h"
#include "base/process.h"
#include "base/text.h"

#define MARGIN_S 60
#define MAX_LIFE_S (366 * 24 * 3600) /* above it a number is a time since 1970 */

/* The members of a record that say where its secret is. */
struct source {
    const char *noun, *name;
    const char *password_file, *password_command, *token_command;
    gboolean is_token;
};

void secret_clear(struct secret *s)
{
    process_wipe(s->text);
    *s = (struct secret){0};
}

gint64 secret_margin_s(gint64 life_s)
{
    return MIN(MARGIN_S, life_s / 2);
}

/* ---- tokens ---- */

static gboolean fail(GError **error, const char *why)
{
    g_set_error_literal(error, CRIER_ERROR, CRIER_ERROR_INVALID, why);
    return FALSE;
}

/* RFC 6750 2.1 allows less, but servers differ; what must not pass are the separators of the
 * login itself (RFC 7628 3.1), blanks and line ends. */
static gboolean check_token(const char *token, GError **error)
{
    gsize len = strlen(token);
    if (len == 0)
        return fail(error, _("the command printed no token on its first line"));
    if (len > SECRET_TOKEN_MAX_BYTES)
        return fail(error, _("the token is too long"));
    for (const char *c = token; *c; c++)
        if (!g_ascii_isgraph(*c))
            return fail(error,
                        _("what the command printed first is no access token: it has blanks "
                          "or other characters that no token has"));
    return TRUE;
}

/* A number of seconds from now, or since 1970, or a time. */
static gboolean parse_end(const char *text, gint64 now_us, gint64 *ret_life_s, GError **error)
{
    gint64 n, end_us;
    if (g_ascii_string_to_signed(text, 10, -1, G_MAXINT64 / CLOCK_SECOND_US, &n, NULL)) {
        *ret_life_s = n <= MAX_LIFE_S ? n : n - now_us / CLOCK_SECOND_US;
    } else if (clock_parse_utc(text, &end_us, NULL)) {
        *ret_life_s = (end_us - now_us) / CLOCK_SECOND_US;
    } else {
        /* Not quoted: it may be another secret. */
        return fail(error,
                    _("what follows the token does not say when it ends: write seconds, as in "
                      "3600, or a time, as in 2027-03-01T08:00:00Z"));
    }
    return *ret_life_s > 0 || fail(error, _("the token has ended already"));
}

static gboolean take_token(const char *token, gint64 life_s, struct secret *ret, GError **error)
{
    if (!check_token(token, error))
        return FALSE;
    *ret = (struct secret){g_strdup(token), life_s};
    return TRUE;
}

/* RFC 6749 5.2: what went wrong, in the token server's words. */
static gboolean fail_json(const struct json *json, GError **error)
{
    const char *code = json_member_string(json, "error");
    const char *words = json_member_string(json, "error_description");
    if (!code)
        return fail(error, _("the JSON that the command printed has no access_token"));
    g_autofree char *safe_code = text_safe(code, -1, 80);
    g_autofree char *safe_words = text_safe(words ? words : "", -1, 300);
    g_set_error(error, CRIER_ERROR, CRIER_ERROR_INVALID, _("the token server refused: %s%s%s"),
                safe_code, *safe_words ? ": " : "", safe_words);
    return FALSE;
}

static gboolean parse_json(const char *output, gint64 now_us, struct secret *ret,
                           GError **error)
{
    struct json *json = json_parse(output, strlen(output), NULL);
    if (!json)
        return fail(error, _("what the command printed begins like JSON, but is none"));
    const char *token = json_member_string(json, "access_token");
    const struct json *life = json_member(json, "expires_in");
    gint64 life_s = SECRET_TOKEN_LIFE_S;
    gboolean ok = TRUE;
    if (life && json_get_kind(life) == JSON_KIND_STRING)
        ok = parse_end(json_get_string(life), now_us, &life_s, error);
    else if (life)
        life_s = CLAMP(json_get_int(life), 0, MAX_LIFE_S);
    if (ok && token && life_s == 0)
        ok = fail(error, _("the token has ended already"));
    ok = ok && (token ? take_token(token, life_s, ret, error) : fail_json(json, error));
    json_unref(json);
    return ok;
}

gboolean secret_parse_token(const char *output, gint64 now_us, struct secret *ret,
                            GError **error)
{
    gint64 life_s = SECRET_TOKEN_LIFE_S;
    if (output[strspn(output, " \t\r\n")] == '{')
        return parse_json(output, now_us, ret, error);
    g_auto(GStrv) lines = g_strsplit(output, "\n", 3);
    g_strchomp(lines[0]);
    gboolean ok =
        (!lines[1] || !*g_strstrip(lines[1]) || parse_end(lines[1], now_us, &life_s, error)) &&
        take_token(lines[0], life_s, ret, error);
    explicit_bzero(lines[0], strlen(lines[0]));
    return ok;
}

static gboolean run_token_command(const char *command, struct secret *ret, GError **error)
{
    char *output = process_output(command, SECRET_COMMAND_TIMEOUT_S, error);
    gboolean ok = output && secret_parse_token(output, clock_wall_us(), ret, error);
    process_wipe(output);
    return ok;
}

/* ---- either ---- */

static gboolean is_set(const char *text)
{
    return text && *text;
}

static gboolean read_password(const struct source *s, struct secret *ret, GError **error)
{
    char *text = NULL;
    if (is_set(s->password_file))
        text = file_read_secret(s->password_file, error);
    else if (is_set(s->password_command))
        text = process_first_line(s->password_command, SECRET_COMMAND_TIMEOUT_S, error);
    else
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_INVALID,
                    _("it has a user but no password. `crier %s set %s --password-file FILE`"
                      " or --password-command COMMAND"),
                    s->noun, s->name);
    if (!text)
        return FALSE;
    *ret = (struct secret){text, 0};
    return TRUE;
}

static gboolean read_source(const struct source *s, struct secret *ret, GError **error)
{
    gboolean ok;
    if (!s->is_token)
        ok = read_password(s, ret, error);
    else if (is_set(s->token_command))
        ok = run_token_command(s->token_command, ret, error);
    else
        ok = fail(error, _("auth takes a token, but there is no token_command"));
    if (!ok)
        g_prefix_error(error, "%s: ", s->is_token ? _("access token") : _("password"));
    return ok;
}

gboolean secret_of_server(const struct server *s, struct secret *ret, GError **error)
{
    struct source from = {"server",         s->name,
                          s->password_file, s->password_command,
                          s->token_command, s->auth != SERVER_AUTH_PASSWORD};
    return read_source(&from, ret, error);
}

gboolean secret_of_mailbox(const struct mailbox *m, struct secret *ret, GError **error)
{
    struct source from = {"mailbox",        m->name,
                          m->password_file, m->password_command,
                          m->token_command, m->auth != SERVER_AUTH_PASSWORD};
    return read_source(&from, ret, error);
}

char *secret_store(const struct workspace *ws, const char *kind, const char *name,
                   const char *secret, GError **error)
{
    g_autofree char *dir = g_build_filename(ws->dir, "secrets", NULL);
    g_autofree char *below = g_build_filename(dir, kind, NULL);
    if (!file_make_private_dir(dir, error) || !file_make_private_dir(below, error))
        return NULL;
    g_autofree char *file = g_strdup_printf("%s.password", name);
    g_autofree char *path = g_build_filename(below, file, NULL);
    char *line = g_strdup_printf("%s\n", secret);
    gboolean ok = file_write_atomic(path, line, strlen(line), 0600, error);
    process_wipe(line);
    return ok ? g_steal_pointer(&path) : NULL;
}
