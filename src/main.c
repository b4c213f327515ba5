/*
 * The entry of crier: locale, then the screens or the command line. Everything else lives below.
 */
#include "config.h"

#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/i18n.h"
#include "base/process.h"
#include "cmd/cmd.h"
#include "sink/sink.h"
#include "tui/options.h"
#include "tui/ui.h"

/* A build that is not installed finds its translations by the variable. */
static void choose_language(void)
{
    const char *dir = getenv("CRIER_LOCALEDIR");
    setlocale(LC_ALL, "");
    bindtextdomain(PACKAGE, dir && *dir ? dir : LOCALEDIR);
    bind_textdomain_codeset(PACKAGE, "UTF-8");
    textdomain(PACKAGE);
}

/* A terminal that cannot move its cursor gets the help, as a pipe does. */
static gboolean is_dumb(void)
{
    const char *term = getenv("TERM");
    return !term || !*term || strcmp(term, "dumb") == 0;
}

int main(int argc, char **argv)
{
    choose_language();
    process_harden();
    /* Past a limit of file size (ulimit -f) a write fails and is told, like on a full disk. */
    signal(SIGXFSZ, SIG_IGN);
    /* The sink is a face of its own, with options and help of its own. */
    if (argc > 1 && strcmp(argv[1], "sink") == 0)
        return sink_main(argc - 1, argv + 1);
    struct ui_options screens;
    g_autoptr(GError) error = NULL;
    if (isatty(STDIN_FILENO) && isatty(STDOUT_FILENO) && !is_dumb() &&
        options_parse(argc, argv, &screens, &error))
        return ui_main(&screens);
    if (error) {
        fprintf(stderr, "crier: %s\n", error->message);
        return error_exit_code(error);
    }
    return cmd_main(argc, argv);
}
