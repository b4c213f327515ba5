/*
 * crier db: check, back up, restore. What is checked and how a copy is made is store/db's.
 */
#include "config.h"

#include "cmd/handlers.h"

#include <inttypes.h>
#include <unistd.h>

#include "base/i18n.h"
#include "base/text.h"
#include "cmd/progress.h"
#include "store/ledger.h"

static void say_finding(gboolean ok, const char *sentence, void *data)
{
    g_autofree char *safe = text_safe(sentence, -1, 0);
    printf("%s  %s\n", ok ? _("ok") : _("BAD"), safe);
}

int cmd_db_check(struct cmd_context *c)
{
    GError *error = NULL;
    struct progress *p = progress_new(_("checking"));
    gboolean ok = db_check(c->db, cmd_has(c, "quick"), say_finding, NULL, &error);
    progress_free(p);
    if (error)
        return cmd_fail(error);
    return ok ? 0 : 1;
}

static void show_progress(int done, int total, void *data)
{
    progress_set(data, done, total);
}

int cmd_db_backup(struct cmd_context *c)
{
    GError *error = NULL;
    struct progress *p = progress_new(_("backup"));
    gboolean ok = db_backup(c->db, cmd_word(c, 0), show_progress, p, &error);
    progress_free(p);
    if (!ok)
        return cmd_fail(error);
    cmd_say(_("The whole database is in %s. It holds no passwords."), cmd_word(c, 0));
    return 0;
}

int cmd_db_restore(struct cmd_context *c)
{
    GError *error = NULL;
    g_autofree char *moved_to = NULL;
    int lock = workspace_lock_worker(c->ws, &error);
    if (lock < 0)
        return cmd_fail(error);
    struct ledger_recovered known = {0};
    gboolean ok = db_restore(c->ws->db_path, cmd_word(c, 0), &moved_to, &error) &&
                  ledger_after_restore(c->ws, moved_to, &known, &error);
    close(lock);
    if (!ok)
        return cmd_fail(error);
    if (moved_to)
        cmd_say(_("Restored from %s. The database that was here is kept as %s."),
                cmd_word(c, 0), moved_to);
    else
        cmd_say(_("Restored from %s."), cmd_word(c, 0));
    if (known.replayed + known.uncertain > 0)
        cmd_say(_("Since the backup more was sent: %" PRId64
                  " outcomes were added to it, %" PRId64 " deliveries are maybe sent."),
                known.replayed, known.uncertain);
    if (known.suppressed > 0)
        cmd_say(_("%" PRId64 " who asked since the backup never to be mailed are kept so."),
                known.suppressed);
    cmd_say(
        _("Campaigns that were sending in it are held: crier status shows them, crier campaign "
          "resume lets one go on."));
    return 0;
}
