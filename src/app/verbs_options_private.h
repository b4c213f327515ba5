/*
 * The options of the verbs, a table each; only verbs.c, whose rows name them, includes this.
 */
#ifndef CRIER_APP_VERBS_OPTIONS_PRIVATE_H
#define CRIER_APP_VERBS_OPTIONS_PRIVATE_H

#include "app/verbs.h"
#include "base/i18n.h"

#define END_OF_OPTIONS                                                                         \
    {                                                                                          \
        .name = NULL                                                                           \
    }

static const struct verb_option common_options[] = {
    {"workspace", 'w', "DIR",
     N_("the workspace (default: CRIER_WORKSPACE, else the user's own)"), NULL},
    {"as", 0, "NAME", N_("who does it, for the audit (default: the login name)"), NULL},
    {"help", 'h', NULL, N_("usage, options and an example"), NULL},
    END_OF_OPTIONS,
};

static const struct verb_option rows_options[] = {
    {"json", 0, NULL, N_("one JSON array"), NULL},
    {"jsonl", 0, NULL, N_("one JSON object a line"), NULL},
    {"tsv", 0, NULL, N_("tab-separated with a heading line (the default in a pipe)"), NULL},
    {"fields", 0, "A,B", N_("only these columns, in this order"), NULL},
    END_OF_OPTIONS,
};

static const struct verb_option record_options[] = {
    {"json", 0, NULL, N_("as JSON"), NULL},
    END_OF_OPTIONS,
};

static const struct verb_option demo_options[] = {
    {"people", 0, "N", N_("how many made-up people (default 1000)"), NULL},
    {"kill", 0, "N", N_("kill the worker N times on the way"), NULL},
    {"keep", 0, "DIR", N_("make the workspace in DIR and keep it"), NULL},
    END_OF_OPTIONS,
};

static const struct verb_option sink_options[] = {
    {"port", 'p', "N", N_("listen on port N; 0 takes a free one"), NULL},
    {"bind", 'b', "ADDRESS", N_("listen on this address (default 127.0.0.1)"), NULL},
    {"maildir", 'm', "DIR", N_("keep the messages, octet by octet, in DIR/new"), NULL},
    {"count-only", 0, NULL, N_("keep nothing (the default without --maildir)"), NULL},
    {"log", 'l', "FILE", N_("append one JSON object a recipient to FILE"), NULL},
    {"script", 's', "FILE", N_("what goes wrong: crier sink --help shows how to write it"),
     NULL},
    {"max-size", 0, "N", N_("refuse messages over N bytes (default 64 MiB)"), NULL},
    {"json", 0, NULL, N_("print the totals as JSON"), NULL},
    END_OF_OPTIONS,
};

static const struct verb_option settings_list_options[] = {
    {"origin", 0, NULL, N_("also who set each value and when"), NULL},
    END_OF_OPTIONS,
};

static const struct verb_option apply_options[] = {
    {"dry-run", 0, NULL, N_("say what would be done and change nothing"), NULL},
    {"force", 0, NULL, N_("also over changes made here since the last apply"), NULL},
    {"name", 0, "NAME",
     N_("what the draft from an .eml file is called (default: like the file)"), NULL},
    END_OF_OPTIONS,
};

static const struct verb_option diff_options[] = {
    {"exit-code", 0, NULL, N_("exit 1 when there is a difference"), NULL},
    END_OF_OPTIONS,
};

static const struct verb_option export_options[] = {
    {"output", 'o', "PATH",
     N_("the folder (default: named like the campaign), or with --site the file (default: "
        "standard output)"),
     NULL},
    {"site", 0, NULL, N_("servers, pools, mailboxes and ports as a site file, without secrets"), NULL},
    {"force", 0, NULL, N_("overwrite files that say something else"), NULL},
    END_OF_OPTIONS,
};

#define FILE_OPTIONS                                                                           \
    {"from", 0, "SYSTEM",                                                                      \
     N_("whose export it is: csv (default), listmonk, mailchimp (ZIP or folder), phplist"),    \
     NULL},                                                                                    \
        {"unsubscribed", 0, "FILE",                                                            \
         N_("listmonk: the export of those who unsubscribed from the list, or none"), NULL},   \
        {"charset", 0, "NAME",                                                                 \
         N_("the file's charset (default: UTF-8, UTF-16 or windows-1252, found out)"), NULL},  \
        {"delimiter", 0, "CHAR", N_("comma, semicolon, tab or pipe (default: found out)"),     \
         NULL},                                                                                \
        {"map", 0, "COL=FIELD",                                                                \
         N_("column COL goes into FIELD (address: the mail address; empty: leave it out); "    \
            "may be repeated"),                                                                \
         NULL},                                                                                \
        {"consent", 0, "TEXT", N_("what these people agreed to; kept with each membership"),   \
         NULL},                                                                                \
    {                                                                                          \
        "rejects", 0, "FILE",                                                                  \
            N_("write the rows that cannot be used to FILE, with line and reason"), NULL       \
    }

static const struct verb_option people_import_options[] = {
    {"list", 0, "LIST", N_("the list they join"), NULL},
    FILE_OPTIONS,
    {"update", 0, NULL, N_("overwrite the fields of people who are known already"), NULL},
    {"dry-run", 0, NULL, N_("count and change nothing"), NULL},
    END_OF_OPTIONS,
};

static const struct verb_option people_columns_options[] = {
    {"from", 0, "SYSTEM",
     N_("whose export it is: csv (default), listmonk, mailchimp (ZIP or folder), phplist"),
     NULL},
    {"unsubscribed", 0, "FILE",
     N_("listmonk: the export of those who unsubscribed from the list, or none"), NULL},
    {"charset", 0, "NAME",
     N_("the file's charset (default: UTF-8, UTF-16 or windows-1252, found out)"), NULL},
    {"delimiter", 0, "CHAR", N_("comma, semicolon, tab or pipe (default: found out)"), NULL},
    {"map", 0, "COL=FIELD",
     N_("column COL goes into FIELD (address: the mail address; empty: leave it out); "
        "may be repeated"),
     NULL},
    END_OF_OPTIONS,
};

static const struct verb_option people_sync_options[] = {
    {"list", 0, "LIST", N_("the list that becomes what the file is"), NULL},
    FILE_OPTIONS,
    {"max-removals", 0, "N|P%", N_("how many may leave the list (default 10%)"), NULL},
    {"dry-run", 0, NULL, N_("count and change nothing"), NULL},
    END_OF_OPTIONS,
};

static const struct verb_option people_undo_options[] = {
    {"last", 0, NULL, N_("the last import that is not undone"), NULL},
    {"dry-run", 0, NULL, N_("count and change nothing"), NULL},
    END_OF_OPTIONS,
};

static const struct verb_option people_export_options[] = {
    {"list", 0, "LIST", N_("the people of a list with their fields, as CSV"), NULL},
    {"output", 'o', "FILE", N_("write to FILE (default: standard output)"), NULL},
    {"force", 0, NULL, N_("overwrite FILE when it is there"), NULL},
    END_OF_OPTIONS,
};

static const struct verb_option people_erase_options[] = {
    {"yes", 0, NULL, N_("do not ask"), NULL},
    END_OF_OPTIONS,
};

static const struct verb_option translate_options[] = {
    {"from", 0, "SYSTEM", N_("whose tags they are: listmonk, mailchimp, phplist"), NULL},
    {"output", 'o', "PATH",
     N_("write to this file, or of several to this folder (default: standard output)"), NULL},
    END_OF_OPTIONS,
};

static const struct verb_option in_list_options[] = {
    {"list", 0, "LIST", N_("only people of this list"), NULL},
    END_OF_OPTIONS,
};

static const struct verb_option people_add_options[] = {
    {"set", 0, "FIELD=VALUE", N_("a custom field; may be repeated"), NULL},
    {"list", 0, "LIST", N_("the list to join; may be repeated"), NULL},
    {"consent", 0, "TEXT", N_("what the person agreed to"), NULL},
    END_OF_OPTIONS,
};

static const struct verb_option people_set_options[] = {
    {"set", 0, "FIELD=VALUE", N_("a custom field; an empty VALUE removes it; may be repeated"),
     NULL},
    {"address", 0, "ADDRESS", N_("a new mail address"), NULL},
    {"list", 0, "LIST", N_("a list to join; may be repeated"), NULL},
    {"consent", 0, "TEXT", N_("what the person agreed to, for --list"), NULL},
    END_OF_OPTIONS,
};

static const struct verb_option people_remove_options[] = {
    {"list", 0, "LIST", N_("only from this list; may be repeated"), NULL},
    END_OF_OPTIONS,
};

static const struct verb_option list_new_options[] = {
    {"title", 0, "TEXT", N_("the name that people read"), NULL},
    END_OF_OPTIONS,
};

static const struct verb_option suppress_add_options[] = {
    {"reason", 0, "REASON", N_("unsubscribed, bounced, complained, manual (default), imported"),
     NULL},
    {"evidence", 0, "TEXT", N_("how we know"), NULL},
    {"list", 0, "LIST", N_("only mail to this list"), NULL},
    END_OF_OPTIONS,
};

static const struct verb_option suppress_remove_options[] = {
    {"list", 0, "LIST", N_("the entry of this list, not the general one"), NULL},
    END_OF_OPTIONS,
};

static const struct verb_option suppress_undo_options[] = {
    {"since", 0, "T", N_("entries made since T: 2h, 3d or 2027-03-01T08:00:00Z"), NULL},
    {"domain", 0, "D", N_("only addresses of this domain"), NULL},
    {"dry-run", 0, NULL, N_("count and change nothing"), NULL},
    END_OF_OPTIONS,
};

static const struct verb_option suppress_storm_options[] = {
    {"never", 0, NULL, N_("the addresses are dead: never mail them again"), NULL},
    {"again", 0, NULL, N_("the receiver was out of order: mail them as before"), NULL},
    END_OF_OPTIONS,
};

static const struct verb_option bounce_list_options[] = {
    {"campaign", 0, "C", N_("only about deliveries of this campaign"), NULL},
    {"kind", 0, "K",
     N_("only this kind: bounce, delayed, complaint, unsubscribe, autoreply, reply …"), NULL},
    {"reason", 0, "R", N_("only this reason: crier bounce rules reasons lists them"), NULL},
    {"class", 0, "C", N_("only hard, soft or none"), NULL},
    {"domain", 0, "D", N_("only recipients of this domain"), NULL},
    {"since", 0, "T", N_("what came since T: 2h, 3d or 2027-03-01T08:00:00Z"), NULL},
    {"state", 0, "S", N_("only decided, unknown (waits for you) or assigned (by hand)"), NULL},
    {"limit", 'n', "N", N_("the newest N rows"), NULL},
    END_OF_OPTIONS,
};

static const struct verb_option bounce_show_options[] = {
    {"raw", 0, NULL, N_("the message octet by octet, as it came"), NULL},
    END_OF_OPTIONS,
};

static const struct verb_option bounce_assign_options[] = {
    {"pattern", 0, "P", N_("all unknown messages of this pattern: crier bounce unknown"), NULL},
    {"kind", 0, "K", N_("what it is: bounce, complaint, unsubscribe or nothing"), NULL},
    {"address", 0, "ADDRESS", N_("about whom (default: the one address that it names)"), NULL},
    {"reason", 0, "R", N_("why it bounced: crier bounce rules reasons lists them"), NULL},
    {"make-rule", 0, "NAME", N_("also make a rule of the first message's words"), NULL},
    {"dry-run", 0, NULL, N_("say what would follow and change nothing"), NULL},
    END_OF_OPTIONS,
};

static const struct verb_option bounce_rules_options[] = {
    {"match", 0, "REGEX", N_("a regular expression; capital letters do not matter"), NULL},
    {"reason", 0, "R", N_("what it means: crier bounce rules reasons lists them"), NULL},
    {"class", 0, "C", N_("hard, soft or none (default: the reason's own)"), NULL},
    {"name", 0, "NEW", N_("of set: another name"), NULL},
    {"position", 0, "N", N_("of set: where it is asked; 1 is first"), NULL},
    {"since", 0, "T", N_("of test: only what came since T"), NULL},
    {"unknown", 0, NULL, N_("of test: only what nobody understood"), NULL},
    END_OF_OPTIONS,
};

static const struct verb_option bounce_rerun_options[] = {
    {"since", 0, "T", N_("only what came since T: 2h, 3d or 2027-03-01T08:00:00Z"), NULL},
    {"unknown", 0, NULL, N_("only what nobody understood"), NULL},
    {"dry-run", 0, NULL, N_("say what would change and change nothing"), NULL},
    END_OF_OPTIONS,
};

static const struct verb_option suppress_token_options[] = {
    {"evidence", 0, "TEXT", N_("how we know; the campaign is noted by itself"), NULL},
    END_OF_OPTIONS,
};

static const struct verb_option suppress_import_options[] = {
    {"reason", 0, "REASON", N_("for rows without a reason column (default: imported)"), NULL},
    {"list", 0, "LIST", N_("only mail to this list"), NULL},
    {"charset", 0, "NAME",
     N_("the file's charset (default: UTF-8, UTF-16 or windows-1252, found out)"), NULL},
    {"delimiter", 0, "CHAR", N_("comma, semicolon, tab or pipe (default: found out)"), NULL},
    {"map", 0, "COL=FIELD", N_("column COL holds address, reason or evidence; may be repeated"),
     NULL},
    {"rejects", 0, "FILE",
     N_("write the rows that cannot be used to FILE, with line and reason"), NULL},
    {"dry-run", 0, NULL, N_("count and change nothing"), NULL},
    END_OF_OPTIONS,
};

static const struct verb_option output_file_options[] = {
    {"output", 'o', "FILE", N_("write to FILE (default: standard output)"), NULL},
    {"force", 0, NULL, N_("overwrite FILE when it is there"), NULL},
    END_OF_OPTIONS,
};

static const struct verb_option server_add_options[] = {
    {"preset", 'p', "P",
     N_("begin with what is known of this service: crier server presets lists them"), NULL},
    {"ask-password", 0, NULL,
     N_("ask for the password on the terminal and keep it in a private file of the workspace"),
     NULL},
    {"password", 0, "…", NULL,
     N_("a password on the command line can be read by everybody on this machine. Use "
        "--password-command or --password-file, or leave it out to be asked on a terminal")},
    END_OF_OPTIONS,
};

static const struct verb_option server_options[] = {
    {"ask-password", 0, NULL,
     N_("ask for the password on the terminal and keep it in a private file of the workspace"),
     NULL},
    {"password", 0, "…", NULL,
     N_("a password on the command line can be read by everybody on this machine. Use "
        "--password-command or --password-file, or leave it out to be asked on a terminal")},
    END_OF_OPTIONS,
};

static const struct verb_option server_test_options[] = {
    {"campaign", 0, "NAME",
     N_("try with the envelope sender of this campaign (default: of each that uses the "
        "server)"),
     NULL},
    {"from", 0, "ADDRESS", N_("try with the envelope sender of mail from this address"), NULL},
    {"mailbox", 0, "NAME", N_("with --from: and with this mailbox for bounces"), NULL},
    {"to", 0, "ADDRESS", N_("try with this recipient (default: the From address)"), NULL},
    {"timeout", 0, "T", N_("give up after T (default 60s)"), NULL},
    END_OF_OPTIONS,
};

static const struct verb_option mailbox_test_options[] = {
    {"timeout", 0, "T", N_("give up after T (default 60s)"), NULL},
    END_OF_OPTIONS,
};

static const struct verb_option dkim_new_options[] = {
    {"selector", 's', "S", N_("the record's first word (default crier, or crier-ed25519)"),
     NULL},
    {"algorithm", 'a', "A",
     N_("rsa (2048 bits, the default: every receiver knows it) or ed25519 (beside an RSA key)"),
     NULL},
    {"import", 0, "FILE", N_("take the private key from a PEM file instead of making one"),
     NULL},
    END_OF_OPTIONS,
};

static const struct verb_option port_test_options[] = {
    {"wait", 0, "T", N_("how long (default 120s)"), NULL},
    END_OF_OPTIONS,
};

static const struct verb_option ports_options[] = {
    {"all", 0, NULL, N_("also every other program of this machine that listens"), NULL},
    {"note", 0, NULL, NULL, NULL},
    {"background", 0, NULL, NULL, NULL},
    END_OF_OPTIONS,
};

static const struct verb_option firewall_options[] = {
    {"format", 0, "FORMAT",
     N_("nft, iptables, ufw, firewalld, cloud, router, ssh, nginx, apache or caddy"), NULL},
    {"output", 'o', "FILE", N_("write to FILE (default: standard output)"), NULL},
    {"force", 0, NULL, N_("overwrite FILE when it is there"), NULL},
    {"redirect", 0, NULL,
     N_("also rules that turn the public port into ours on this machine: 81 into 8081"), NULL},
    {NULL},
};

static const struct verb_option doctor_options[] = {
    {"report", 0, "FILE",
     N_("write all of it as text, for an administrator; -: to standard output"), NULL},
    {"force", 0, NULL, N_("overwrite FILE when it is there"), NULL},
    {"letter", 0, "ADDRESS", N_("send one test letter there by this server: nothing else sends"),
     NULL},
    {"from", 0, "ADDRESS", N_("of a HOST:PORT: the sender to try and to look up"), NULL},
    {"mailbox", 0, NULL, N_("the name is a mailbox's, although a server has it too"), NULL},
    {"machine", 0, NULL, N_("only this machine: its network, its resources, its own mail"), NULL},
    {"no-login", 0, NULL, N_("log in nowhere: for an account that too many tries lock"), NULL},
    {"cause", 0, "TEXT", NULL, NULL},
    {"background", 0, NULL, NULL, NULL},
    {NULL},
};

static const struct verb_option dkim_options[] = {
    {"selector", 's', "S", N_("only the key with this selector"), NULL},
    END_OF_OPTIONS,
};

static const struct verb_option deliveries_options[] = {
    {"state", 0, "STATE",
     N_("only this state: queued, leased, accepted, refused, deferred, uncertain, suppressed, "
        "cancelled; or those of whom that came back: bounced_hard, bounced_soft, complained, "
        "unsubscribed"),
     NULL},
    {"domain", 0, "DOMAIN", N_("only addresses at this domain"), NULL},
    {"code", 0, "CODE", N_("only who ever got this reply, as 550; 0: none came"), NULL},
    {"enhanced", 0, "STATUS", N_("with --code: only with this status, as 5.1.1"), NULL},
    {"limit", 0, "N", N_("at most so many"), NULL},
    END_OF_OPTIONS,
};

static const struct verb_option report_options[] = {
    {"part", 0, "PART",
     N_("only this part: summary, domains (what --csv writes otherwise), providers, replies, "
        "bounces, minutes, compare"),
     NULL},
    {"with", 0, "NAME", N_("another campaign to compare it with; may be repeated"), NULL},
    {"csv", 0, "FILE", N_("write one part to FILE as CSV"), NULL},
    {"output", 'o', "FILE", N_("write to FILE (default: standard output)"), NULL},
    {"force", 0, NULL, N_("overwrite FILE when it is there"), NULL},
    END_OF_OPTIONS,
};

static const struct verb_option start_options[] = {
    {"yes", 0, "N", N_("the number of people it goes to, as checked before"), NULL},
    {"people", 0, "MIN..MAX", N_("or the bounds that number must be in"), NULL},
    {"revision", 0, "R", N_("or what campaign check printed: nothing may have changed since"),
     NULL},
    {"at", 0, "TIME", N_("begin later: 2026-12-01T09:00+01:00, \"tomorrow 08:30\", \"in 2h\""),
     NULL},
    {"countdown", 0, "S", N_("begin in S seconds; until then it can be called off"), NULL},
    {"due", 0, NULL, NULL, NULL},
    {"wait", 0, NULL, N_("wait until it is finished, with progress"), NULL},
    {"no-worker", 0, NULL, N_("do not start a worker"), NULL},
    END_OF_OPTIONS,
};

static const struct verb_option correct_options[] = {
    {"version", 0, "N", N_("who got version N (default: any but the newest)"), NULL},
    {"name", 0, "NEW", N_("what the draft is called (default: NAME-correction)"), NULL},
    END_OF_OPTIONS,
};

static const struct verb_option check_options[] = {
    {"no-spamassassin", 0, NULL, N_("do not ask SpamAssassin, where it is installed"), NULL},
    END_OF_OPTIONS,
};

static const struct verb_option preview_options[] = {
    {"as", 0, "ADDRESS",
     N_("with this person's values (default: the first person of its lists)"), NULL},
    {"part", 0, "PART",
     N_("only this: text, html, headers, or source: the bytes that are sent"), NULL},
    END_OF_OPTIONS,
};

static const struct verb_option test_options[] = {
    {"to", 0, "ADDRESS", N_("who gets the copy; may be repeated"), NULL},
    {"as", 0, "ADDRESS",
     N_("with this person's values (default: the first person of its lists)"), NULL},
    {"timeout", 0, "T", N_("give up after T (default 60s)"), NULL},
    END_OF_OPTIONS,
};

static const struct verb_option wait_options[] = {
    {"for", 0, "STATE", N_("the state to wait for (default: finished)"), NULL},
    {"timeout", 0, "T", N_("give up after T: 90, 15m, 4h"), NULL},
    END_OF_OPTIONS,
};

static const struct verb_option resolve_options[] = {
    {"resend", 0, NULL, N_("send again: some may get it twice"), NULL},
    {"skip", 0, NULL, N_("leave it: some may not get it"), NULL},
    {"dry-run", 0, NULL, N_("only say about how many it would be decided"), NULL},
    END_OF_OPTIONS,
};

static const struct verb_option join_options[] = {
    {"yes", 0, "N", N_("only if exactly N people join"), NULL},
    {"within", 0, "T",
     N_("also when it was finished as long ago as that: 12h, 30d (default 7d)"), NULL},
    {"dry-run", 0, NULL, N_("only count them"), NULL},
    END_OF_OPTIONS,
};

static const struct verb_option resend_options[] = {
    {"failed", 0, NULL, N_("all who were refused"), NULL},
    {"dry-run", 0, NULL, N_("only say how many they are"), NULL},
    END_OF_OPTIONS,
};

static const struct verb_option pause_options[] = {
    {"all", 0, NULL, N_("every campaign that is sending"), NULL},
    END_OF_OPTIONS,
};

static const struct verb_option provider_list_options[] = {
    {"all", 0, NULL, N_("those without limits, too"), NULL},
    END_OF_OPTIONS,
};

static const struct verb_option provider_set_options[] = {
    {"connections", 0, "N", N_("messages in flight to it at once, 0: any number"), NULL},
    {"per-second", 0, "R", N_("messages a second, 0: any number; 0.5 is one in two seconds"),
     NULL},
    {"default", 0, NULL, N_("what was set here is forgotten: as the tables say"), NULL},
    END_OF_OPTIONS,
};

static const struct verb_option provider_look_options[] = {
    {"background", 0, NULL, NULL, NULL},
    END_OF_OPTIONS,
};

static const struct verb_option hook_run_options[] = {
    {"due", 0, NULL, NULL, NULL},
    {"background", 0, NULL, NULL, NULL},
    END_OF_OPTIONS,
};

static const struct verb_option bin_empty_options[] = {
    {"yes", 0, "N", N_("how many entries will be gone, as said before"), NULL},
    {"expired", 0, NULL, NULL, NULL},
    END_OF_OPTIONS,
};

static const struct verb_option undo_options[] = {
    {"list", 0, NULL, N_("what can be taken back, by everybody"), NULL},
    END_OF_OPTIONS,
};

static const struct verb_option worker_options[] = {
    {"once", 0, NULL, N_("end when nothing is due now and say when the next is"), NULL},
    {"wait", 0, NULL, N_("wait while another worker holds the workspace"), NULL},
    {"background", 0, NULL, NULL, NULL},
    {"role", 0, "R", N_("run only this: send, or inbox, which reads mailboxes"), NULL},
    {"link", 0, "FD", NULL, NULL},
    {"try", 0, "ADDRESS:PORT", NULL, NULL},
    {"name", 0, "HOST", NULL, NULL},
    END_OF_OPTIONS,
};

static const struct verb_option install_options[] = {
    {"show", 0, NULL, N_("only show what would be put in place"), NULL},
    END_OF_OPTIONS,
};

static const struct verb_option status_options[] = {
    {"watch", 0, NULL, N_("on a terminal: show changes as they happen"), NULL},
    END_OF_OPTIONS,
};

static const struct verb_option fault_explain_options[] = {
    {"receiver", 0, "NAME", N_("who said it: a provider (gmail) or a domain"), NULL},
    END_OF_OPTIONS,
};

static const struct verb_option log_options[] = {
    {"lines", 'n', "N", N_("the last N lines (default 50)"), NULL},
    {"follow", 'f', NULL, N_("go on showing new lines"), NULL},
    {"since", 0, "T", N_("only lines since T: 2h, 3d or 2027-03-01T08:00:00Z"), NULL},
    {"level", 0, "LEVEL", N_("only this level and above: debug, info, notice, warning, error"),
     NULL},
    {"campaign", 0, "NAME", N_("only lines that name this campaign"), NULL},
    END_OF_OPTIONS,
};

static const struct verb_option db_check_options[] = {
    {"quick", 0, NULL, N_("leave out the slow parts"), NULL},
    END_OF_OPTIONS,
};

static const struct verb_option render_options[] = {
    {"data", 0, "FILE.json", N_("the values"), NULL},
    {"partials", 0, "DIR", N_("a folder of NAME.mustache files for {{>NAME}}"), NULL},
    {"escape", 0, "KIND", N_("how values are written: html (default), text, header, none"),
     NULL},
    END_OF_OPTIONS,
};

#endif
