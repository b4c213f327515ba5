/*
 * crier campaign edit: the campaign's folder in the person's editor, then checked and stored.
 * The editor gets a private folder, files that only the person reads, and an environment
 * without what it does not need. No shell is asked.
 */
#include "config.h"

#include "cmd/handlers.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/error.h"
#include "base/i18n.h"
#include "base/text.h"
#include "store/campaigns.h"
#include "transfer/campaignfile.h"
#include "transfer/campaignwrite.h"

#define USUAL_EDITOR "vi"

struct edit {
    struct cmd_context *c; /* borrowed */
    struct campaign have;  /* owned; as it was when the editor began */
    char *dir;             /* owned */
    GPtrArray *files;      /* owned; as written */
};

/* ---- the folder ---- */

/* Not through symbolic links: what an editor linked to is not ours to remove. */
static void remove_tree(const char *path)
{
    struct stat st;
    if (lstat(path, &st) != 0)
        return;
    DIR *dir = S_ISDIR(st.st_mode) ? opendir(path) : NULL;
    for (struct dirent *e; dir && (e = readdir(dir));) {
        if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
            continue;
        g_autofree char *child = g_build_filename(path, e->d_name, NULL);
        remove_tree(child);
    }
    if (dir)
        closedir(dir);
    remove(path);
}

static gboolean make_folder(struct edit *e, GError **error)
{
    g_autofree char *name = g_strdup_printf("edit-%s-XXXXXX", e->have.name);
    g_autofree char *dir = g_build_filename(e->c->ws->dir, name, NULL);
    if (!(e->files = campaignwrite_files(&e->have, NULL, error)))
        return FALSE;
    if (!g_mkdtemp_full(dir, 0700)) {
        int why = errno;
        g_autofree char *safe = text_safe(dir, -1, 0);
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_FAILED, _("cannot make folder %s: %s"),
                    safe, error_why(why));
        return FALSE;
    }
    e->dir = g_steal_pointer(&dir);
    return campaignwrite_folder(e->files, e->dir, FALSE, error);
}

/* ---- the editor ---- */

static char **clean_environment(void)
{
    static const char *const kept[] = {"HOME",
                                       "PATH",
                                       "TERM",
                                       "COLORTERM",
                                       "LANG",
                                       "LANGUAGE",
                                       "USER",
                                       "LOGNAME",
                                       "SHELL",
                                       "TZ",
                                       "DISPLAY",
                                       "WAYLAND_DISPLAY",
                                       "XAUTHORITY",
                                       "XDG_CONFIG_HOME",
                                       "XDG_RUNTIME_DIR",
                                       NULL};
    g_auto(GStrv) names = g_listenv();
    char **env = NULL;
    for (char **n = names; *n; n++)
        if (g_strv_contains(kept, *n) || g_str_has_prefix(*n, "LC_"))
            env = g_environ_setenv(env, *n, g_getenv(*n), TRUE);
    return env ? env : g_new0(char *, 1);
}

/* Whether campaignwrite gives this body a file; they stand behind campaign.cfg. */
static gboolean has_body(const char *file, const char *body)
{
    return (file && *file) || (body && *body);
}

/* The editor's words, then campaign.cfg and the bodies. NULL-ended; g_strfreev(). */
static char **editor_argv(const struct edit *e, GError **error)
{
    const char *line = g_getenv("VISUAL");
    g_auto(GStrv) words = NULL;
    g_autoptr(GError) why = NULL;
    if (!line || !*line)
        line = g_getenv("EDITOR");
    if ((!line || !*line) && !cmd_can_ask()) {
        g_set_error(
            error, CRIER_ERROR, CRIER_ERROR_USAGE,
            _("there is no terminal to edit on, and EDITOR is not set. Use crier export, "
              "change the folder, then crier apply --force"));
        return NULL;
    }
    if (!g_shell_parse_argv(line && *line ? line : USUAL_EDITOR, NULL, &words, &why)) {
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_USAGE,
                    _("EDITOR cannot be split into words: %s"), why->message);
        return NULL;
    }
    GPtrArray *argv = g_ptr_array_new();
    for (char **w = words; *w; w++)
        g_ptr_array_add(argv, g_strdup(*w));
    const struct campaign *c = &e->have;
    guint n = 1 + has_body(c->html_file, c->html) + has_body(c->markdown_file, c->markdown) +
              has_body(c->text_file, c->text);
    for (guint i = 0; i < n && i < e->files->len; i++) {
        const struct campaignwrite_file *f = e->files->pdata[i];
        g_ptr_array_add(argv, g_strdup(f->path));
    }
    g_ptr_array_add(argv, NULL);
    return (char **)g_ptr_array_free(argv, FALSE);
}

/* In the child: what the parent ignores meanwhile is the editor's to hear. */
static void hear_signals(gpointer data)
{
    signal(SIGINT, SIG_DFL);
    signal(SIGQUIT, SIG_DFL);
}

static gboolean run_editor(const struct edit *e, GError **error)
{
    g_auto(GStrv) argv = editor_argv(e, error);
    g_auto(GStrv) env = clean_environment();
    g_autoptr(GError) why = NULL;
    int status = 0;
    if (!argv)
        return FALSE;
    void (*old_int)(int) = signal(SIGINT, SIG_IGN), (*old_quit)(int) = signal(SIGQUIT, SIG_IGN);
    gboolean ok = g_spawn_sync(e->dir, argv, env,
                               G_SPAWN_SEARCH_PATH_FROM_ENVP | G_SPAWN_CHILD_INHERITS_STDIN,
                               hear_signals, NULL, NULL, NULL, &status, &why);
    signal(SIGINT, old_int);
    signal(SIGQUIT, old_quit);
    if (ok && WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return TRUE;
    g_autofree char *safe = text_safe(argv[0], -1, 60);
    if (ok && WIFEXITED(status))
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_FAILED,
                    _("the editor %s ended with %d, so nothing was changed"), safe,
                    WEXITSTATUS(status));
    else
        g_set_error(
            error, CRIER_ERROR, CRIER_ERROR_FAILED,
            _("the editor %s did not run to its end, so nothing was changed. Set EDITOR to "
              "the one you use"),
            safe);
    return FALSE;
}

/* ---- the result ---- */

static gboolean check_name(const struct edit *e, const struct campaign *c, GError **error)
{
    if (strcmp(c->name, e->have.name) == 0)
        return TRUE;
    g_set_error(
        error, CRIER_ERROR, CRIER_ERROR_INVALID,
        _("name: a campaign keeps its name. Write name = \"%s\"; again; crier campaign copy "
          "makes another one"),
        e->have.name);
    return FALSE;
}

/* `*ret_changed` tells whether there was anything to store. */
static gboolean take_result(const struct edit *e, gboolean *ret_changed, GError **error)
{
    struct campaign c;
    if (!campaignfile_read(e->dir, &c, error))
        return FALSE;
    c.id = e->have.id;
    c.row_version = e->have.row_version;
    g_autofree char *before = campaigns_hash(&e->have);
    g_autofree char *after = campaigns_hash(&c);
    *ret_changed = strcmp(before, after) != 0;
    gboolean ok =
        check_name(e, &c, error) && (!*ret_changed || campaigns_put(e->c->db, &c, NULL, error));
    campaign_clear(&c);
    return ok;
}

/* One line of the terminal; an end of input is a no. */
static gboolean wants_again(const GError *why)
{
    char answer[16];
    if (!cmd_can_ask())
        return FALSE;
    cmd_warn("%s", why->message);
    fprintf(stderr, "%s ", _("Edit it again? [Y/n]"));
    fflush(stderr);
    return fgets(answer, sizeof answer, stdin) && answer[0] != 'n' && answer[0] != 'N';
}

static gboolean edit_until_good(const struct edit *e, gboolean *ret_changed, GError **error)
{
    for (;;) {
        GError *why = NULL;
        if (!run_editor(e, error))
            return FALSE;
        if (take_result(e, ret_changed, &why))
            return TRUE;
        if (!wants_again(why)) {
            g_propagate_error(error, why);
            return FALSE;
        }
        g_error_free(why);
    }
}

int cmd_campaign_edit(struct cmd_context *c)
{
    GError *error = NULL;
    gboolean changed = FALSE;
    struct edit e = {.c = c};
    if (!campaigns_get(c->db, cmd_word(c, 0), &e.have, &error))
        return cmd_fail(error);
    gboolean ok =
        campaign_check_edit(&e.have, &e.have, &error) && make_folder(&e, &error);
    if (ok && !edit_until_good(&e, &changed, &error)) {
        cmd_say(_("What was edited is kept in %s."), e.dir);
        ok = FALSE;
    } else if (e.dir) {
        remove_tree(e.dir);
    }
    if (ok && changed)
        cmd_say_changed(&e.have);
    else if (ok)
        cmd_say(_("Campaign %s is as it was."), e.have.name);
    campaign_clear(&e.have);
    g_clear_pointer(&e.files, g_ptr_array_unref);
    g_free(e.dir);
    return ok ? 0 : cmd_fail(error);
}
