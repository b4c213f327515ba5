/*
 * Which function runs which verb. A unit test compares this with the table of verbs, both
 * ways.
 */
#include "config.h"

#include "cmd/handlers.h"

#include <string.h>

static const struct cmd_handler handlers[] = {
    {"demo", NULL, cmd_demo},
    {"init", NULL, cmd_init},
    {"settings", "list", cmd_settings_list},
    {"settings", "set", cmd_settings_set},
    {"apply", NULL, cmd_apply},
    {"import", NULL, cmd_apply},
    {"diff", NULL, cmd_diff},
    {"export", NULL, cmd_export},
    {"people", "import", cmd_people_import},
    {"people", "columns", cmd_people_columns},
    {"people", "sync", cmd_people_sync},
    {"people", "imports", cmd_people_imports},
    {"people", "undo", cmd_people_undo},
    {"people", "list", cmd_people_list},
    {"people", "show", cmd_people_show},
    {"people", "add", cmd_people_add},
    {"people", "set", cmd_people_set},
    {"people", "remove", cmd_people_remove},
    {"people", "export", cmd_people_export},
    {"people", "erase", cmd_people_erase},
    {"list", "new", cmd_list_new},
    {"list", "list", cmd_list_list},
    {"list", "show", cmd_list_show},
    {"list", "set", cmd_list_set},
    {"list", "delete", cmd_list_delete},
    {"suppress", "list", cmd_suppress_list},
    {"suppress", "add", cmd_suppress_add},
    {"suppress", "remove", cmd_suppress_remove},
    {"suppress", "undo", cmd_suppress_undo},
    {"suppress", "token", cmd_suppress_token},
    {"suppress", "import", cmd_suppress_import},
    {"suppress", "export", cmd_suppress_export},
    {"server", "add", cmd_server_add},
    {"server", "set", cmd_server_set},
    {"server", "list", cmd_server_list},
    {"server", "show", cmd_server_show},
    {"server", "presets", cmd_server_presets},
    {"server", "delete", cmd_server_delete},
    {"server", "test", cmd_server_test},
    {"pool", "set", cmd_pool_set},
    {"pool", "list", cmd_pool_list},
    {"pool", "show", cmd_pool_show},
    {"pool", "delete", cmd_pool_delete},
    {"provider", "list", cmd_provider_list},
    {"provider", "show", cmd_provider_show},
    {"provider", "set", cmd_provider_set},
    {"provider", "wake", cmd_provider_wake},
    {"provider", "look", cmd_provider_look},
    {"mailbox", "add", cmd_mailbox_add},
    {"mailbox", "set", cmd_mailbox_set},
    {"mailbox", "list", cmd_mailbox_list},
    {"mailbox", "show", cmd_mailbox_show},
    {"mailbox", "delete", cmd_mailbox_delete},
    {"dkim", "new", cmd_dkim_new},
    {"dkim", "show", cmd_dkim_show},
    {"dkim", "check", cmd_dkim_check},
    {"dkim", "delete", cmd_dkim_delete},
    {"bounce", "classify", cmd_bounce_classify},
    {"campaign", "new", cmd_campaign_new},
    {"campaign", "list", cmd_campaign_list},
    {"campaign", "show", cmd_campaign_show},
    {"campaign", "set", cmd_campaign_set},
    {"campaign", "edit", cmd_campaign_edit},
    {"campaign", "copy", cmd_campaign_copy},
    {"campaign", "correct", cmd_campaign_correct},
    {"campaign", "delete", cmd_campaign_delete},
    {"campaign", "explain", cmd_campaign_explain},
    {"campaign", "deliveries", cmd_campaign_deliveries},
    {"campaign", "report", cmd_campaign_report},
    {"campaign", "check", cmd_campaign_check},
    {"campaign", "preview", cmd_campaign_preview},
    {"campaign", "test", cmd_campaign_test},
    {"campaign", "start", cmd_campaign_start},
    {"campaign", "unschedule", cmd_campaign_unschedule},
    {"campaign", "pause", cmd_campaign_pause},
    {"campaign", "resume", cmd_campaign_resume},
    {"campaign", "cancel", cmd_campaign_cancel},
    {"campaign", "wait", cmd_campaign_wait},
    {"campaign", "resolve", cmd_campaign_resolve},
    {"campaign", "resend", cmd_campaign_resend},
    {"campaign", "join", cmd_campaign_join},
    {"pause", NULL, cmd_pause},
    {"sql", NULL, cmd_sql},
    {"worker", NULL, cmd_worker},
    {"worker", "stop", cmd_worker_stop},
    {"worker", "install", cmd_worker_install},
    {"worker", "remove", cmd_worker_remove},
    {"status", NULL, cmd_status},
    {"log", NULL, cmd_log},
    {"fault", "list", cmd_fault_list},
    {"fault", "explain", cmd_fault_explain},
    {"hook", "list", cmd_hook_list},
    {"hook", "run", cmd_hook_run},
    {"hook", "test", cmd_hook_test},
    {"bin", "list", cmd_bin_list},
    {"bin", "restore", cmd_bin_restore},
    {"bin", "empty", cmd_bin_empty},
    {"undo", NULL, cmd_undo},
    {"db", "check", cmd_db_check},
    {"db", "backup", cmd_db_backup},
    {"db", "restore", cmd_db_restore},
    {"template", "render", cmd_template_render},
    {"template", "translate", cmd_template_translate},
    {NULL, NULL, NULL},
};

const struct cmd_handler *cmd_handlers(void)
{
    return handlers;
}

const struct cmd_handler *cmd_handler_find(const char *noun, const char *verb)
{
    for (const struct cmd_handler *h = handlers; h->noun; h++)
        if (strcmp(h->noun, noun) == 0 && g_strcmp0(h->verb, verb) == 0)
            return h;
    return NULL;
}
