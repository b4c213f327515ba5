/*
 * The functions that run the verbs, one a row of the table. Each returns the exit code.
 */
#ifndef CRIER_CMD_HANDLERS_H
#define CRIER_CMD_HANDLERS_H

#include "cmd/cmd.h"

/* init.c */
int cmd_init(struct cmd_context *c);

/* settings.c */
int cmd_settings_list(struct cmd_context *c);
int cmd_settings_set(struct cmd_context *c);

/* apply.c */
int cmd_apply(struct cmd_context *c);

/* diff.c */
int cmd_diff(struct cmd_context *c);

/* export.c */
int cmd_export(struct cmd_context *c);
int cmd_campaign_copy(struct cmd_context *c);

/* bin.c */
int cmd_bin_list(struct cmd_context *c);
int cmd_bin_restore(struct cmd_context *c);
int cmd_bin_empty(struct cmd_context *c);
int cmd_undo(struct cmd_context *c);

/* fault.c */
int cmd_fault_list(struct cmd_context *c);
int cmd_fault_explain(struct cmd_context *c);
/* provider.c, provider_look.c */
int cmd_provider_list(struct cmd_context *c);
int cmd_provider_show(struct cmd_context *c);
int cmd_provider_set(struct cmd_context *c);
int cmd_provider_wake(struct cmd_context *c);
int cmd_provider_look(struct cmd_context *c);

/* hook.c */
int cmd_hook_list(struct cmd_context *c);
int cmd_hook_run(struct cmd_context *c);
int cmd_hook_test(struct cmd_context *c);

/* campaign_correct.c */
int cmd_campaign_correct(struct cmd_context *c);

/* campaign_edit.c */
int cmd_campaign_edit(struct cmd_context *c);

/* people.c */
int cmd_people_list(struct cmd_context *c);
int cmd_people_show(struct cmd_context *c);
int cmd_people_add(struct cmd_context *c);
int cmd_people_set(struct cmd_context *c);
int cmd_people_remove(struct cmd_context *c);

/* people_import.c */
int cmd_people_import(struct cmd_context *c);
int cmd_people_sync(struct cmd_context *c);

/* people_columns.c */
int cmd_people_columns(struct cmd_context *c);

/* people_undo.c */
int cmd_people_imports(struct cmd_context *c);
int cmd_people_undo(struct cmd_context *c);

/* people_data.c */
int cmd_people_export(struct cmd_context *c);
int cmd_people_erase(struct cmd_context *c);

/* list.c */
int cmd_list_new(struct cmd_context *c);
int cmd_list_list(struct cmd_context *c);
int cmd_list_show(struct cmd_context *c);
int cmd_list_set(struct cmd_context *c);
int cmd_list_delete(struct cmd_context *c);

/* suppress.c */
int cmd_suppress_list(struct cmd_context *c);
int cmd_suppress_add(struct cmd_context *c);
int cmd_suppress_remove(struct cmd_context *c);
int cmd_suppress_undo(struct cmd_context *c);
int cmd_suppress_storms(struct cmd_context *c);
int cmd_suppress_storm(struct cmd_context *c);
int cmd_suppress_token(struct cmd_context *c);
int cmd_suppress_import(struct cmd_context *c);
int cmd_suppress_export(struct cmd_context *c);

/* server.c */
int cmd_server_add(struct cmd_context *c);
int cmd_server_set(struct cmd_context *c);
int cmd_server_list(struct cmd_context *c);
int cmd_server_show(struct cmd_context *c);
int cmd_server_delete(struct cmd_context *c);
int cmd_server_presets(struct cmd_context *c);

/* server_test.c */
int cmd_server_test(struct cmd_context *c);

/* pool.c */
int cmd_pool_list(struct cmd_context *c);
int cmd_pool_show(struct cmd_context *c);
int cmd_pool_set(struct cmd_context *c);
int cmd_pool_delete(struct cmd_context *c);

/* mailbox.c */
int cmd_mailbox_add(struct cmd_context *c);
int cmd_mailbox_set(struct cmd_context *c);
int cmd_mailbox_list(struct cmd_context *c);
int cmd_mailbox_show(struct cmd_context *c);
int cmd_mailbox_delete(struct cmd_context *c);

/* port.c */
int cmd_port_add(struct cmd_context *c);
int cmd_port_set(struct cmd_context *c);
int cmd_port_list(struct cmd_context *c);
int cmd_port_show(struct cmd_context *c);
int cmd_port_delete(struct cmd_context *c);
/* port_test.c */
int cmd_port_test(struct cmd_context *c);

/* mailbox_read.c */
int cmd_mailbox_read(struct cmd_context *c);
/* mailbox_test.c */
int cmd_mailbox_test(struct cmd_context *c);

/* dkim.c */
int cmd_dkim_new(struct cmd_context *c);
int cmd_dkim_show(struct cmd_context *c);
int cmd_dkim_check(struct cmd_context *c);
int cmd_dkim_delete(struct cmd_context *c);

/* ports.c */
int cmd_ports(struct cmd_context *c);

/* firewall.c */
int cmd_firewall(struct cmd_context *c);

/* doctor.c */
int cmd_doctor(struct cmd_context *c);

/* bounce.c */
int cmd_bounce_assign(struct cmd_context *c);
int cmd_bounce_classify(struct cmd_context *c);
int cmd_bounce_list(struct cmd_context *c);
int cmd_bounce_rerun(struct cmd_context *c);
int cmd_bounce_rules(struct cmd_context *c);
int cmd_bounce_show(struct cmd_context *c);
int cmd_bounce_unknown(struct cmd_context *c);

/* campaign.c */
int cmd_campaign_new(struct cmd_context *c);
int cmd_campaign_list(struct cmd_context *c);
int cmd_campaign_show(struct cmd_context *c);
int cmd_campaign_set(struct cmd_context *c);
struct campaign;
/* Says that it was changed, and what comes of it when it has begun. */
void cmd_say_changed(const struct campaign *c);
int cmd_campaign_delete(struct cmd_context *c);
int cmd_campaign_deliveries(struct cmd_context *c);
int cmd_campaign_report(struct cmd_context *c);

/* explain.c */
int cmd_campaign_explain(struct cmd_context *c);

/* check.c */
int cmd_campaign_check(struct cmd_context *c);

/* preview.c */
int cmd_campaign_preview(struct cmd_context *c);

/* campaign_test.c */
int cmd_campaign_test(struct cmd_context *c);

/* demo.c */
int cmd_demo(struct cmd_context *c);

/* control.c */
int cmd_campaign_start(struct cmd_context *c);
int cmd_campaign_unschedule(struct cmd_context *c);
int cmd_campaign_pause(struct cmd_context *c);
int cmd_campaign_resume(struct cmd_context *c);
int cmd_campaign_cancel(struct cmd_context *c);
int cmd_campaign_wait(struct cmd_context *c);
int cmd_pause(struct cmd_context *c);

/* decide.c */
int cmd_campaign_join(struct cmd_context *c);
int cmd_campaign_resolve(struct cmd_context *c);
int cmd_campaign_resend(struct cmd_context *c);

/* worker.c */
int cmd_worker(struct cmd_context *c);
int cmd_worker_stop(struct cmd_context *c);

/* service.c */
int cmd_worker_install(struct cmd_context *c);
int cmd_worker_remove(struct cmd_context *c);

/* status.c */
int cmd_status(struct cmd_context *c);

/* log.c */
int cmd_log(struct cmd_context *c);

/* db.c */
int cmd_db_check(struct cmd_context *c);
int cmd_db_backup(struct cmd_context *c);
int cmd_db_restore(struct cmd_context *c);

/* sql.c */
int cmd_sql(struct cmd_context *c);

/* template.c */
int cmd_template_render(struct cmd_context *c);

/* translate.c */
int cmd_template_translate(struct cmd_context *c);

#endif
