/*
 * The table of verbs. A new verb is a row here and a handler in cmd; nothing is run from this
 * file, and looking things up in it is verbs_find.c's.
 */
#include "config.h"

#include "app/verbs.h"

#include "base/i18n.h"
#include "model/campaign.h"
#include "model/mailbox.h"
#include "model/server.h"
#include "store/audit.h"
#include "store/people.h"

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
    {"site", 0, NULL, N_("servers and mailboxes as a site file, without secrets"), NULL},
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

static const struct verb_option dkim_options[] = {
    {"selector", 's', "S", N_("only the key with this selector"), NULL},
    END_OF_OPTIONS,
};

static const struct verb_option deliveries_options[] = {
    {"state", 0, "STATE",
     N_("only this state: queued, leased, accepted, refused, deferred, uncertain, suppressed, "
        "cancelled"),
     NULL},
    END_OF_OPTIONS,
};

static const struct verb_option report_options[] = {
    {"csv", 0, "FILE", N_("write the part by domain to FILE"), NULL},
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
    END_OF_OPTIONS,
};

static const struct verb_option pause_options[] = {
    {"all", 0, NULL, N_("every campaign that is sending"), NULL},
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
    {"role", 0, "R", NULL, NULL},
    {"link", 0, "FD", NULL, NULL},
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

static const struct verb_noun nouns[] = {
    {"demo", N_("a sample campaign to made-up people, in a throw-away workspace")},
    {"sink", N_("a local SMTP server for dry runs")},
    {"init", N_("make the workspace")},
    {"settings", N_("settings of the workspace")},
    {"apply", N_("campaign folders, site files and e-mails into the workspace")},
    {"import", N_("the same as apply")},
    {"diff", N_("what apply would change")},
    {"export", N_("campaigns, servers and mailboxes into files")},
    {"people", N_("people and their custom fields")},
    {"list", N_("lists of people")},
    {"suppress", N_("who must never be mailed")},
    {"server", N_("outgoing mail servers")},
    {"mailbox", N_("mailboxes for bounces and unsubscribe requests")},
    {"dkim", N_("keys that sign mail, and their DNS records")},
    {"campaign", N_("campaigns, from draft to report")},
    {"pause", N_("pause everything that is sending")},
    {"worker", N_("the worker, in the foreground")},
    {"status", N_("what goes on")},
    {"log", N_("the log of the workspace")},
    {"bin", N_("what was deleted, for 30 days")},
    {"undo", N_("take back what was done last")},
    {"db", N_("check, back up and restore the database")},
    {"sql", N_("your own questions to the database")},
    {"template", N_("templates without a campaign")},
    {NULL, NULL},
};

#define DB (VERB_WORKSPACE | VERB_DATABASE)

static const struct verb verbs[] = {
    {"demo", NULL, "[--people N] [--kill N] [--keep DIR]",
     N_("send a sample campaign to made-up people through crier sink, and show that the ledger "
        "adds up"),
     "crier demo --people 1000 --kill 3", demo_options, NULL, 0, 0,
     VERB_IN_CHILD | VERB_RECORD},
    {"sink", NULL, "--port P [--maildir DIR] [--log FILE] [--script FILE]",
     N_("a local SMTP server that keeps or counts mail and delivers none"),
     "crier sink --port 2525 --maildir /tmp/mail", sink_options, NULL, 0, 0,
     VERB_ELSEWHERE | VERB_IN_CHILD},
    {"init", NULL, "", N_("make the workspace and its database"), "crier init -w ~/mailings",
     NULL, NULL, 0, 0, DB | VERB_CHANGES},
    {"settings", "list", "[--origin]", N_("all settings with their values"),
     "crier settings list --origin", settings_list_options, NULL, 0, 0, DB | VERB_ROWS},
    {"settings", "set", "--KEY VALUE…", N_("change settings"),
     "crier settings set --organisation 'Example Association'", NULL, settings_fields, 0, 0,
     DB | VERB_CHANGES},
    {"apply", NULL, "PATH… [--dry-run] [--force] [--name NAME]",
     N_("create or update: campaigns from folders with a campaign.cfg, servers and mailboxes "
        "from a site file, a draft from an .eml file"),
     "crier apply spring/", apply_options, NULL, 1, VERB_ANY_NUMBER, DB | VERB_CHANGES},
    {"import", NULL, "PATH… [--dry-run] [--force] [--name NAME]", N_("the same as crier apply"),
     "crier import letter.eml --name spring", apply_options, NULL, 1, VERB_ANY_NUMBER,
     DB | VERB_CHANGES},
    {"diff", NULL, "PATH… [--exit-code]",
     N_("what crier apply would change: each key, and bodies line by line"),
     "crier diff spring/", diff_options, NULL, 1, VERB_ANY_NUMBER, DB},
    {"export", NULL, "CAMPAIGN [-o DIR] | --site [-o FILE]",
     N_("a campaign as a folder, or servers and mailboxes as a site file, for crier apply"),
     "crier export spring -o spring/", export_options, NULL, 0, 1, DB},

    {"people", "import", "FILE… --list LIST [option…]",
     N_("people from CSV files (- is standard input) into a list"),
     "crier people import people.csv --list newsletter --consent 'web form 2027'",
     people_import_options, NULL, 1, VERB_ANY_NUMBER, DB | VERB_RECORD | VERB_CHANGES},
    {"people", "columns", "FILE [option…]",
     N_("look into a file before it is imported: its columns, where they would go, first values"),
     "crier people columns people.csv --map 'First name=first_name'", people_columns_options,
     NULL, 1, 1, VERB_RECORD},
    {"people", "sync", "FILE --list L [--max-removals N|P%] [option…]",
     N_("make a list what a file is: who is new joins, who is missing leaves"),
     "crier people sync members.csv --list members --dry-run", people_sync_options, NULL, 1, 1,
     DB | VERB_RECORD | VERB_CHANGES},
    {"people", "imports", "", N_("the imports there were, newest first"),
     "crier people imports", NULL, NULL, 0, 0, DB | VERB_ROWS},
    {"people", "undo", "IMPORT|--last [--dry-run]",
     N_("take an import back, but for people who were mailed or changed since"),
     "crier people undo --last --dry-run", people_undo_options, NULL, 0, 1,
     DB | VERB_RECORD | VERB_CHANGES},
    {"people", "list", "[--list LIST]", N_("everybody, or the people of a list"),
     "crier people list --list newsletter --fields address,status", in_list_options, NULL, 0, 0,
     DB | VERB_ROWS},
    {"people", "show", "ADDRESS", N_("one person: fields, lists, consent, every mail sent"),
     "crier people show ann@example.org", NULL, NULL, 1, 1, DB | VERB_RECORD},
    {"people", "add", "ADDRESS [--set FIELD=VALUE]… [--list LIST]…", N_("add a person"),
     "crier people add ann@example.org --set first_name=Ann --list newsletter",
     people_add_options, NULL, 1, 1, DB | VERB_CHANGES},
    {"people", "set", "ADDRESS [--set FIELD=VALUE]… [--list LIST]… [--address NEW]",
     N_("change a person"), "crier people set ann@example.org --set first_name=Anne",
     people_set_options, NULL, 1, 1, DB | VERB_CHANGES},
    {"people", "remove", "ADDRESS [--list LIST]…",
     N_("remove a person, or only from lists (what was sent stays in the ledger)"),
     "crier people remove ann@example.org --list newsletter", people_remove_options, NULL, 1, 1,
     DB | VERB_CHANGES},

    {"people", "export", "ADDRESS|--list LIST [-o FILE]",
     N_("all that is held of a person as JSON, or the people of a list as CSV"),
     "crier people export ann@example.org -o ann.json", people_export_options, NULL, 0, 1,
     DB | VERB_RECORD},
    {"people", "erase", "ADDRESS [--yes]",
     N_("erase a person for good; a keyed hash keeps them from being mailed again"),
     "crier people erase ann@example.org", people_erase_options, NULL, 1, 1, DB | VERB_CHANGES},

    {"list", "new", "NAME [--title TEXT]", N_("make a list"),
     "crier list new newsletter --title 'Our newsletter'", list_new_options, NULL, 1, 1,
     DB | VERB_CHANGES},
    {"list", "list", "", N_("all lists"), "crier list list", NULL, NULL, 0, 0, DB | VERB_ROWS},
    {"list", "show", "NAME", N_("one list"), "crier list show newsletter", NULL, NULL, 1, 1,
     DB | VERB_RECORD},
    {"list", "delete", "NAME", N_("delete a list; its people stay"), "crier list delete old",
     NULL, NULL, 1, 1, DB | VERB_CHANGES},

    {"suppress", "list", "", N_("who is never mailed, why and since when"),
     "crier suppress list", NULL, NULL, 0, 0, DB | VERB_ROWS},
    {"suppress", "add", "ADDRESS [--reason REASON] [--evidence TEXT] [--list LIST]",
     N_("never mail this address again"),
     "crier suppress add ann@example.org --reason unsubscribed --evidence 'asked by phone'",
     suppress_add_options, NULL, 1, 1, DB | VERB_CHANGES},
    {"suppress", "remove", "ADDRESS [--list LIST]", N_("allow mail to this address again"),
     "crier suppress remove ann@example.org", suppress_remove_options, NULL, 1, 1,
     DB | VERB_CHANGES},
    {"suppress", "token", "TOKEN|ADDRESS|SUBJECT [--evidence TEXT]",
     N_("act on a request to unsubscribe by the address it came to, or its subject"),
     "crier suppress token bounce+u-aicz3qbzrz76gkk6xmva@bounce.example.org",
     suppress_token_options, NULL, 1, 1, DB | VERB_CHANGES},
    {"suppress", "import", "FILE… [option…]", N_("suppressions from CSV files"),
     "crier suppress import unsubscribed.csv --reason unsubscribed", suppress_import_options,
     NULL, 1, VERB_ANY_NUMBER, DB | VERB_RECORD | VERB_CHANGES},
    {"suppress", "export", "[-o FILE]", N_("all suppressions as CSV"),
     "crier suppress export -o never.csv", output_file_options, NULL, 0, 0, DB},

    {"server", "add", "NAME --host HOST[:PORT]|--preset P [option…]",
     N_("add an outgoing mail server"),
     "crier server add main --host smtp.example.org:587 --user news --password-file ~/.smtp",
     server_add_options, server_fields, 1, 1, DB | VERB_CHANGES},
    {"server", "set", "NAME [option…]", N_("change a server"),
     "crier server set main --connections 10 --per-second 50", server_options, server_fields, 1,
     1, DB | VERB_CHANGES},
    {"server", "list", "", N_("all servers"), "crier server list", NULL, NULL, 0, 0,
     DB | VERB_ROWS},
    {"server", "show", "NAME", N_("one server; passwords are never shown"),
     "crier server show main", NULL, NULL, 1, 1, DB | VERB_RECORD},
    {"server", "presets", "",
     N_("services that are known: hosts, limits and what is peculiar to them"),
     "crier server presets", NULL, NULL, 0, 0, VERB_ROWS},
    {"server", "delete", "NAME", N_("delete a server"), "crier server delete old", NULL, NULL,
     1, 1, DB | VERB_CHANGES},
    {"server", "test", "NAME [--campaign NAME|--from ADDRESS [--mailbox NAME]] [--to ADDRESS]",
     N_("connect, log in and try the envelopes of its campaigns without sending; shows the "
        "conversation"),
     "crier server test main --from news@example.org", server_test_options, NULL, 1, 1,
     DB | VERB_RECORD | VERB_IN_CHILD},

    {"mailbox", "add", "NAME --address ADDRESS --host HOST[:PORT] --user USER [option…]",
     N_("add a mailbox that bounces and unsubscribe requests come to"),
     "crier mailbox add bounces --address bounce@bounce.example.org --host imap.example.org "
     "--user bounce",
     server_options, mailbox_fields, 1, 1, DB | VERB_CHANGES},
    {"mailbox", "set", "NAME [option…]", N_("change a mailbox"),
     "crier mailbox set bounces --host imap.example.org:993", server_options, mailbox_fields, 1,
     1, DB | VERB_CHANGES},
    {"mailbox", "list", "", N_("all mailboxes"), "crier mailbox list", NULL, NULL, 0, 0,
     DB | VERB_ROWS},
    {"mailbox", "show", "NAME", N_("one mailbox, and the addresses that lead to it"),
     "crier mailbox show bounces", NULL, NULL, 1, 1, DB | VERB_RECORD},
    {"mailbox", "delete", "NAME", N_("delete a mailbox"), "crier mailbox delete old", NULL,
     NULL, 1, 1, DB | VERB_CHANGES},

    {"dkim", "new", "DOMAIN [--selector S] [--algorithm rsa|ed25519] [--import FILE]",
     N_("make a key that signs mail from DOMAIN, and print the DNS record to publish"),
     "crier dkim new example.org", dkim_new_options, NULL, 1, 1,
     DB | VERB_CHANGES | VERB_RECORD},
    {"dkim", "show", "[DOMAIN]", N_("the keys; of one domain the records to publish"),
     "crier dkim show example.org", dkim_options, NULL, 0, 1, DB | VERB_ROWS},
    {"dkim", "check", "DOMAIN",
     N_("does the DNS have our keys? Exit 0 yes, 1 no, 4 with warnings"),
     "crier dkim check example.org", dkim_options, NULL, 1, 1, DB | VERB_IN_CHILD | VERB_ROWS},
    {"dkim", "delete", "DOMAIN [--selector S]",
     N_("sign no more with a key, and remove its file"),
     "crier dkim delete example.org --selector crier-2026", dkim_options, NULL, 1, 1,
     DB | VERB_CHANGES},

    {"campaign", "new", "NAME [option…]", N_("make a draft"),
     "crier campaign new spring --from 'News <news@example.org>' --subject 'Spring is here'",
     NULL, campaign_fields, 1, 1, DB | VERB_CHANGES},
    {"campaign", "list", "", N_("all campaigns"), "crier campaign list", NULL, NULL, 0, 0,
     DB | VERB_ROWS},
    {"campaign", "show", "NAME", N_("one campaign"), "crier campaign show spring", NULL, NULL,
     1, 1, DB | VERB_RECORD},
    {"campaign", "set", "NAME --KEY VALUE…",
     N_("change a draft, or what a paused one says to those who have not got it yet"),
     "crier campaign set spring --server main --lists newsletter", NULL, campaign_fields, 1, 1,
     DB | VERB_CHANGES},
    {"campaign", "edit", "NAME", N_("change a draft or a paused one in $EDITOR: its campaign.cfg and bodies"),
     "crier campaign edit spring", NULL, NULL, 1, 1, DB | VERB_CHANGES},
    {"campaign", "copy", "NAME NEW", N_("a new draft with the same content"),
     "crier campaign copy spring summer", NULL, NULL, 2, 2, DB | VERB_CHANGES},
    {"campaign", "correct", "NAME [--version N] [--name NEW]",
     N_("a draft for those only who got a version with a mistake"),
     "crier campaign correct spring --version 1", correct_options, NULL, 1, 1,
     DB | VERB_RECORD | VERB_CHANGES},
    {"campaign", "delete", "NAME", N_("delete a draft, or one that is finished or cancelled"),
     "crier campaign delete spring", NULL, NULL, 1, 1, DB | VERB_CHANGES},
    {"campaign", "check", "NAME [--no-spamassassin]",
     N_("look at everything and everybody before it starts; gives the revision for start"),
     "crier campaign check spring", check_options, NULL, 1, 1, DB | VERB_RECORD},
    {"campaign", "preview", "NAME [--as ADDRESS] [--part text|html|source|headers]",
     N_("what a person would get"), "crier campaign preview spring --as ann@example.org",
     preview_options, NULL, 1, 1, DB},
    {"campaign", "test", "NAME --to ADDRESS… [--as ADDRESS]",
     N_("send a marked copy now; the ledger is not touched"),
     "crier campaign test spring --to me@example.org", test_options, NULL, 1, VERB_ANY_NUMBER,
     DB | VERB_IN_CHILD | VERB_RECORD},
    {"campaign", "start",
     "NAME --yes N|--people MIN..MAX|--revision R [--at TIME] [--countdown S] [--wait] "
     "[--no-worker]",
     N_("send it; N is the number of people it goes to"),
     "crier campaign start spring --yes 3812", start_options, NULL, 1, 1,
     DB | VERB_IN_CHILD | VERB_CHANGES},
    {"campaign", "unschedule", "NAME", N_("take a time back: the campaign is a draft again"),
     "crier campaign unschedule spring", NULL, NULL, 1, 1, DB | VERB_CHANGES},
    {"campaign", "pause", "NAME", N_("stop sending until it is resumed"),
     "crier campaign pause spring", NULL, NULL, 1, 1, DB | VERB_CHANGES},
    {"campaign", "resume", "NAME", N_("go on with a paused or held campaign"),
     "crier campaign resume spring", NULL, NULL, 1, 1, DB | VERB_CHANGES},
    {"campaign", "cancel", "NAME", N_("for good: what is not yet sent becomes cancelled"),
     "crier campaign cancel spring", NULL, NULL, 1, 1, DB | VERB_CHANGES},
    {"campaign", "wait", "NAME [--for STATE] [--timeout T]", N_("wait until it has a state"),
     "crier campaign wait spring --timeout 4h", wait_options, NULL, 1, 1, DB},
    {"campaign", "resolve", "NAME --resend|--skip [ADDRESS…]",
     N_("decide about those who have maybe got it"), "crier campaign resolve spring --skip",
     resolve_options, NULL, 1, VERB_ANY_NUMBER, DB | VERB_CHANGES},
    {"campaign", "deliveries", "NAME [--state STATE]",
     N_("the ledger: what happened to each person"),
     "crier campaign deliveries spring --state refused", deliveries_options, NULL, 1, 1,
     DB | VERB_ROWS},
    {"campaign", "report", "NAME [--csv FILE]", N_("totals, by domain, by reply"),
     "crier campaign report spring", report_options, NULL, 1, 1, DB | VERB_RECORD},

    {"pause", NULL, "--all", N_("pause every campaign that is sending"), "crier pause --all",
     pause_options, NULL, 0, 0, DB | VERB_CHANGES},
    {"worker", NULL, "[--once]", N_("run the worker in the foreground"), "crier worker --once",
     worker_options, NULL, 0, 0, VERB_WORKSPACE | VERB_IN_CHILD},
    {"worker", "stop", "", N_("end a running worker when its last replies are in"),
     "crier worker stop", NULL, NULL, 0, 0, VERB_WORKSPACE | VERB_CHANGES},
    {"worker", "install", "[--show]",
     N_("let the worker start with the machine: a systemd unit of yours, or a line in your "
        "crontab"),
     "crier worker install", install_options, NULL, 0, 0, VERB_WORKSPACE | VERB_CHANGES},
    {"worker", "remove", "", N_("take back what install put in place"), "crier worker remove",
     NULL, NULL, 0, 0, VERB_WORKSPACE | VERB_CHANGES},
    {"status", NULL, "[NAME] [--watch]", N_("the worker, campaigns, servers, problems"),
     "crier status --watch", status_options, NULL, 0, 1, DB | VERB_RECORD},
    {"log", NULL, "[-n N] [-f] [--since T] [--level LEVEL] [--campaign NAME]", N_("show the log"),
     "crier log -n 100 --level warning", log_options, NULL, 0, 0, VERB_WORKSPACE},
    {"bin", "list", "", N_("what was deleted in the last 30 days"), "crier bin list", NULL, NULL,
     0, 0, DB | VERB_ROWS},
    {"bin", "restore", "ID", N_("put it back as it was"), "crier bin restore 12", NULL, NULL, 1,
     1, DB | VERB_CHANGES},
    {"bin", "empty", "[ID] [--yes N]", N_("drop all of it, or one entry, for good"),
     "crier bin empty --yes 3", bin_empty_options, NULL, 0, 1, DB | VERB_CHANGES},
    {"undo", NULL, "[ID] [--list]",
     N_("take back what you did last: a delete, an import, a change, a never-mail entry"),
     "crier undo", undo_options, NULL, 0, 1, DB | VERB_ROWS | VERB_CHANGES},
    {"db", "check", "[--quick]", N_("is the database whole, and do the ledgers add up?"),
     "crier db check", db_check_options, NULL, 0, 0, DB},
    {"db", "backup", "FILE", N_("a whole copy into a new file, also while a worker runs"),
     "crier db backup crier-monday.db", NULL, NULL, 1, 1, DB},
    {"db", "restore", "FILE", N_("put a backup in place; the old database is kept beside it"),
     "crier db restore crier-monday.db", NULL, NULL, 1, 1, VERB_WORKSPACE | VERB_CHANGES},
    {"sql", NULL, "['SELECT …']",
     N_("a SELECT over views of people, campaigns, deliveries …; without one: which there are"),
     "crier sql \"SELECT domain, sum(refused) FROM v_domains GROUP BY 1 ORDER BY 2 DESC\"", NULL,
     NULL, 0, 1, VERB_WORKSPACE | VERB_RECORD},
    {"template", "render", "--data FILE.json FILE.mustache [--partials DIR]",
     N_("render a template to standard output"),
     "crier template render --data ann.json letter.mustache", render_options, NULL, 1, 1, 0},
    {"template", "translate", "--from SYSTEM FILE… [-o PATH]",
     N_("the tags of another system's templates into crier's; unknown ones are listed by line"),
     "crier template translate --from mailchimp letter.html -o body.html", translate_options,
     NULL, 1, VERB_ANY_NUMBER, 0},
    {.noun = NULL},
};

const struct verb *verbs_all(void)
{
    return verbs;
}

const struct verb_noun *verbs_nouns(void)
{
    return nouns;
}

const struct verb_option *verbs_common_options(void)
{
    return common_options;
}

const struct verb_option *verbs_rows_options(void)
{
    return rows_options;
}

const struct verb_option *verbs_record_options(void)
{
    return record_options;
}
