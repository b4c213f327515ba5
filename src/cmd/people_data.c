/*
 * crier people export and crier people erase: what is held of people, and the end of it.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "app/people_data.h"
#include "base/error.h"
#include "base/file.h"
#include "base/i18n.h"
#include "base/mailaddr.h"
#include "cmd/handlers.h"
#include "cmd/progress.h"
#include "store/people.h"

static char *read_key(const char *word, GError **error)
{
    struct mailaddr a;
    if (!mailaddr_parse(word, &a, error))
        return NULL;
    char *key = mailaddr_key(&a);
    mailaddr_clear(&a);
    return key;
}

/* ---- export ---- */

static gboolean write_out(const char *path, const GString *text, GError **error)
{
    if (path && strcmp(path, "-") != 0)
        return file_write_atomic(path, text->str, text->len, 0600, error);
    fwrite(text->str, 1, text->len, stdout);
    return TRUE;
}

static gboolean export_person(struct cmd_context *c, GError **error)
{
    g_autofree char *key = read_key(cmd_word(c, 0), error);
    g_autoptr(GString) text = g_string_new(NULL);
    if (!key)
        return FALSE;
    struct json_writer *w = json_writer_new_string(text, TRUE);
    gboolean ok = people_data_write(c->db, key, w, error);
    json_writer_free(w);
    g_string_append_c(text, '\n');
    return ok && write_out(cmd_option(c, "output"), text, error);
}

static gboolean fail_write(const char *path, GError **error)
{
    g_set_error(error, CRIER_ERROR, CRIER_ERROR_TRY_AGAIN,
                _("%s: it could not be written to the end: %s"), path, error_why(errno));
    return FALSE;
}

/* Beside its place first, so that a file of that name is whole or as it was; a device or a pipe
 * is written to. */
static gboolean export_file(struct cmd_context *c, gint64 list_id, const char *path,
                            GError **error)
{
    gint64 n = 0;
    gboolean is_file = file_is_regular_or_new(path);
    g_autofree char *beside =
        is_file ? g_strdup_printf("%s.new-%d", path, (int)getpid()) : g_strdup(path);
    int how = is_file ? O_CREAT | O_EXCL | O_NOFOLLOW : O_NOCTTY;
    int fd = open(beside, O_WRONLY | O_CLOEXEC | how, 0600);
    FILE *out = fd >= 0 ? fdopen(fd, "w") : NULL;
    if (!out) {
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_FAILED, _("%s: it cannot be written: %s"),
                    path, error_why(errno));
        if (fd >= 0)
            close(fd);
        return FALSE;
    }
    struct progress *p = progress_new(_("export"));
    gboolean ok = people_data_csv(c->db, list_id, out, progress_show, p, &n, error);
    progress_free(p);
    if (ok && (fflush(out) != 0 || ferror(out) || (is_file && fsync(fd) != 0)))
        ok = fail_write(path, error);
    if (fclose(out) != 0 && ok)
        ok = fail_write(path, error);
    if (ok && is_file && rename(beside, path) != 0)
        ok = fail_write(path, error);
    if (!ok && is_file)
        unlink(beside);
    if (ok)
        cmd_say(ngettext("%s has %" PRId64 " person.", "%s has %" PRId64 " people.", (gulong)n),
                path, n);
    return ok;
}

static gboolean export_list(struct cmd_context *c, GError **error)
{
    struct list l = {0};
    const char *path = cmd_option(c, "output");
    gint64 n = 0;
    if (!list_get(c->db, cmd_option(c, "list"), &l, error))
        return FALSE;
    gint64 id = l.id;
    list_clear(&l);
    return path && strcmp(path, "-") != 0 ? export_file(c, id, path, error)
                                          : people_data_csv(c->db, id, stdout, NULL, NULL, &n, error);
}

int cmd_people_export(struct cmd_context *c)
{
    GError *error = NULL;
    gboolean is_list = cmd_has(c, "list");
    if ((cmd_words(c) == 1) == is_list)
        return cmd_fail(g_error_new_literal(
            CRIER_ERROR, CRIER_ERROR_USAGE,
            _("people export: name one person by the address, or a list with --list LIST")));
    if (is_list && cmd_wants_json(c))
        return cmd_fail(g_error_new_literal(
            CRIER_ERROR, CRIER_ERROR_USAGE,
            _("people export: a list is written as CSV. As JSON: crier people list --list LIST "
              "--json")));
    if (!cmd_may_write(c, cmd_option(c, "output"), &error))
        return cmd_fail(error);
    return (is_list ? export_list(c, &error) : export_person(c, &error)) ? 0 : cmd_fail(error);
}

/* ---- erase ---- */

/* TRUE when it may be done. */
static gboolean ask(const struct cmd_context *c, const char *address, GError **error)
{
    char answer[16] = "";
    if (cmd_has(c, "yes"))
        return TRUE;
    if (!cmd_can_ask()) {
        g_set_error(
            error, CRIER_ERROR, CRIER_ERROR_USAGE,
            _("people erase: this cannot be taken back. Say that you mean it with --yes"));
        return FALSE;
    }
    fprintf(stderr, _("Erase all that is held of %s? This cannot be taken back. [y/N] "),
            address);
    fflush(stderr);
    /* TRANSLATORS: the letters that say yes to [y/N]: ASCII only, with y and Y among them */
    if (fgets(answer, sizeof answer, stdin) && *answer && strchr(_("yY"), *answer))
        return TRUE;
    g_set_error_literal(error, CRIER_ERROR, CRIER_ERROR_FAILED, _("nothing was erased"));
    return FALSE;
}

int cmd_people_erase(struct cmd_context *c)
{
    GError *error = NULL;
    struct erase_counts n = {0};
    g_autofree char *key = read_key(cmd_word(c, 0), &error);
    if (!key || !ask(c, key, &error))
        return cmd_fail(error);
    struct progress *p = progress_new(_("erasing"));
    gboolean ok = people_erase(c->db, key, &n, &error);
    progress_free(p);
    if (!ok)
        return cmd_fail(error);
    cmd_say(_("Erased: the person, %" PRId64 " lists, %" PRId64 " suppressions; %" PRId64
              " mails keep their proof without the address, %" PRId64
              " that waited are stopped."),
            n.memberships, n.suppressions, n.deliveries, n.stopped);
    cmd_say(
        _("This address is never mailed again. Copies of the database made before, and files "
          "you imported, still have it."));
    return 0;
}
