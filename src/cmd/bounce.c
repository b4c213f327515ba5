/*
 * crier bounce classify: what mails that came back say, from files and without a workspace. It
 * only reads; what follows from a bounce is the worker's.
 */
#include "config.h"

#include "cmd/handlers.h"

#include <string.h>

#include "base/error.h"
#include "base/file.h"
#include "base/i18n.h"
#include "base/json.h"
#include "base/text.h"
#include "inbound/inbound.h"

#define MAX_FILE_BYTES (64 * 1024 * 1024)
#define MAX_NAME_BYTES 4096

static const struct output_column columns[] = {
    {"file", N_("File")},
    {"kind", N_("Kind")},
    {"recipient", N_("Recipient")},
    {"status", N_("Status")},
    {"class", N_("Class")},
    {"reason", N_("Reason"), OUTPUT_TEXT, TRUE},
    {"fault", N_("Fault of"), OUTPUT_TEXT, TRUE},
    {"rule", N_("Decided by"), OUTPUT_TEXT, TRUE},
    {"forwarded_to", N_("Forwarded to"), OUTPUT_TEXT, TRUE},
    {"said_by", N_("Said by"), OUTPUT_TEXT, TRUE},
    {"diagnostic", N_("Diagnostic"), OUTPUT_TEXT, TRUE},
    {"detail", N_("Kind in detail"), OUTPUT_TEXT, TRUE},
    {"sender", N_("From"), OUTPUT_TEXT, TRUE},
    {"subject", N_("Subject"), OUTPUT_TEXT, TRUE},
    {"message_id", N_("Message-ID"), OUTPUT_TEXT, TRUE},
    {"returned_message_id", N_("Message-ID that came back"), OUTPUT_TEXT, TRUE},
    {"pattern", N_("Pattern"), OUTPUT_TEXT, TRUE},
    {NULL},
};

struct reading {
    struct output *out;
    gsize n_files, n_failed;
    int code; /* of the first file that could not be read */
};

/* `item` NULL: the mail names nobody. */
static void put_row(struct output *o, const char *path, const struct inbound *in,
                    const struct inbound_item *item)
{
    gboolean is_judged = item && item->rule;
    struct json_writer *w = output_row_begin(o);
    json_begin_object(w);
    json_kv_string(w, "file", path);
    json_kv_string(w, "kind", mail_kind_name(inbound_plain_kind(item ? item->kind : in->kind)));
    json_kv_string(w, "recipient", item ? item->address : "");
    json_kv_string(w, "status", item ? item->status : "");
    json_kv_string(w, "class", bounce_class_name(item ? item->class : BOUNCE_NONE));
    json_kv_string(w, "reason", is_judged ? bounce_reason_row(item->reason)->name : "");
    json_kv_string(w, "fault", is_judged ? bounce_fault_name(item->fault) : "");
    json_kv_string(w, "rule", is_judged ? item->rule : "");
    json_kv_string(w, "forwarded_to", item && item->final_address ? item->final_address : "");
    json_kv_string(w, "said_by", item ? item->remote_host : "");
    json_kv_string(w, "diagnostic", item ? item->diagnostic : "");
    json_kv_string(w, "detail", mail_kind_name(in->kind));
    json_kv_string(w, "sender", in->sender);
    json_kv_string(w, "subject", in->subject);
    json_kv_string(w, "message_id", in->message_id);
    json_kv_string(w, "returned_message_id",
                   in->returned_message_id ? in->returned_message_id : "");
    json_kv_string(w, "pattern", in->pattern);
    json_end_object(w);
    output_row_end(o);
}

static void classify(struct reading *r, const char *path)
{
    GError *error = NULL;
    gsize len = 0;
    g_autofree char *raw = file_read(path, MAX_FILE_BYTES, &len, &error);
    r->n_files++;
    if (!raw) {
        int code = cmd_fail(error);
        r->code = r->n_failed++ ? r->code : code;
        return;
    }
    struct inbound *in = inbound_read(raw, len, NULL);
    /* Names of files are octets; a row is text. */
    g_autofree char *name = g_utf8_make_valid(path, -1);
    for (guint i = 0; i < in->items->len; i++)
        put_row(r->out, name, in, in->items->pdata[i]);
    if (in->items->len == 0)
        put_row(r->out, name, in, NULL);
    inbound_free(in);
}

/* One name a line. */
static void classify_listed(struct reading *r)
{
    char line[MAX_NAME_BYTES + 2];
    while (fgets(line, sizeof line, stdin)) {
        gsize n = strcspn(line, "\r\n");
        if (!line[n] && n > MAX_NAME_BYTES) {
            cmd_warn(_("bounce classify: a file name of more than %d bytes. One name a line"),
                     MAX_NAME_BYTES);
            r->code = r->n_failed++ ? r->code : 1;
            return;
        }
        line[n] = '\0';
        if (n > 0)
            classify(r, line);
    }
}

int cmd_bounce_classify(struct cmd_context *c)
{
    GError *error = NULL;
    struct reading r = {
        .out = output_begin(stdout, c->line->format, columns, c->line->fields, &error)};
    if (!r.out)
        return cmd_fail(error);
    for (guint i = 0; i < cmd_words(c); i++) {
        if (strcmp(cmd_word(c, i), "-") == 0)
            classify_listed(&r);
        else
            classify(&r, cmd_word(c, i));
    }
    output_end(r.out);
    return cmd_done(r.code);
}
