/*
 * Rows of where we connect to, with what is known of it already: records of servers and
 * mailboxes with their last result, and the name servers. Nothing is asked over the network:
 * that is crier doctor's.
 */
#include "config.h"

#include "cmd/ports_rows.h"

#include <string.h>

#include "app/mailbox_now.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/i18n.h"
#include "base/text.h"
#include "model/server.h"
#include "store/doctor_verdicts.h"
#include "store/server_live.h"
#include "store/servers.h"

#define RESOLV_CONF "/etc/resolv.conf"
#define MAX_RESOLV_BYTES 65536
#define MAX_DNS_SERVERS 16
#define DNS_PORT 53

static struct ports_row *connect_row(const char *role, const char *name,
                                     struct hostport *take_at)
{
    struct ports_row *r = ports_row_new(role, N_("unused"));
    r->is_connect = TRUE;
    r->name = g_strdup(name);
    if (take_at) {
        r->bind = hostport_format(take_at);
        hostport_clear(take_at);
    }
    return r;
}

/* How long the connection took when the doctor made it; -1: that is not known. */
static gint64 connect_ms(const struct doctor_verdict *v)
{
    gint64 ms = -1;
    struct json *report = v->report ? json_parse(v->report, strlen(v->report), NULL) : NULL;
    struct json *checks = report ? json_member(report, "checks") : NULL;
    for (gsize i = 0; checks && i < json_size(checks); i++) {
        const struct json *c = json_at(checks, i);
        const struct json *seconds = json_member(c, "seconds");
        if (g_strcmp0(json_member_string(c, "check"), "connect") == 0 && seconds &&
            g_strcmp0(json_member_string(c, "result"), "ok") == 0)
            ms = (gint64)(json_get_real(seconds) * 1000 + 0.5);
    }
    json_unref(report);
    return ms;
}

/* What the doctor found, where that is news. */
static void add_verdict(struct ports_row *r, struct db *db, const char *kind, gint64 id)
{
    struct doctor_verdict *v = NULL;
    if (!doctor_verdicts_latest(db, kind, id, NULL, &v, NULL) || !v)
        return;
    r->ms = connect_ms(v);
    if (v->begun_us > r->last_us) {
        gboolean is_well = strcmp(v->result, "ok") == 0;
        r->last_us = v->begun_us;
        if (strcmp(r->state, "off") != 0)
            r->state = strcmp(v->result, "fail") == 0 ? N_("failed") : N_("ok");
        g_free(r->text);
        r->text = g_strdup(v->text);
        g_free(r->next);
        r->next = is_well ? NULL : g_strdup(v->next);
        r->is_warning = !is_well;
    }
    doctor_verdict_free(v);
}

/* ---- servers ---- */

static void set_server(struct ports_row *r, const struct server_live *l)
{
    if (l->code > 0) {
        r->state = N_("ok");
        r->last_us = l->reply_us;
        r->text = g_strdup_printf(_("last answer: %d %s"), l->code, l->reply);
    }
    if (l->problem) {
        r->state = N_("failed");
        r->last_us = MAX(l->problem_us, r->last_us);
        g_free(r->text);
        r->text = g_strdup(l->problem);
        r->is_warning = TRUE;
    }
    if (l->rest_until_us > clock_wall_us()) {
        g_autofree char *until = clock_format_local(l->rest_until_us, clock_wall_us());
        r->state = N_("resting");
        r->next = g_strdup_printf(_("It is tried again by itself at %s."), until);
        r->is_warning = TRUE;
    }
}

static const struct server_live *live_of(const GPtrArray *live, gint64 id)
{
    for (guint i = 0; i < live->len; i++)
        if (((const struct server_live *)live->pdata[i])->server_id == id)
            return live->pdata[i];
    return NULL;
}

gboolean ports_add_servers(GPtrArray *rows, struct db *db, GError **error)
{
    g_autoptr(GPtrArray) all = servers_all(db, error);
    g_autoptr(GPtrArray) live = all ? servers_live(db, clock_wall_us(), error) : NULL;
    for (guint i = 0; live && i < all->len; i++) {
        const struct server *s = all->pdata[i];
        const struct server_live *l = live_of(live, s->id);
        struct hostport at;
        g_autoptr(GError) why = NULL;
        gboolean is_known = server_endpoint(s, &at, &why);
        struct ports_row *r = connect_row(N_("server"), s->name, is_known ? &at : NULL);
        g_ptr_array_add(rows, r);
        if (l && s->enabled)
            set_server(r, l);
        if (!s->enabled)
            r->state = N_("off");
        add_verdict(r, db, "server", s->id);
        if (!is_known) {
            r->bind = g_strdup(s->host);
            r->state = N_("wrong");
            g_free(r->text);
            r->text = g_strdup(why->message);
            r->is_warning = TRUE;
        }
    }
    return live != NULL;
}

/* ---- mailboxes ---- */

static void set_mailbox(struct ports_row *r, const struct mailbox_now *n)
{
    static const char *const states[MAILBOX_HEALTH_COUNT] = {
        [MAILBOX_IS_OFF] = N_("off"),
        [MAILBOX_HAS_PROBLEM] = N_("failed"),
        [MAILBOX_IS_UNREAD] = N_("unused"),
        [MAILBOX_IS_READ] = N_("ok"),
    };
    enum mailbox_health health = mailbox_now_health(n);
    r->state = states[health];
    r->last_us = n->read.read_us;
    r->is_warning = health == MAILBOX_HAS_PROBLEM;
    r->text = n->problem && *n->problem ? g_strdup(n->problem) : NULL;
}

gboolean ports_add_mailboxes(GPtrArray *rows, struct db *db, GError **error)
{
    g_autoptr(GPtrArray) all = mailboxes_now(db, error);
    for (guint i = 0; all && i < all->len; i++) {
        const struct mailbox_now *n = all->pdata[i];
        struct hostport at;
        gboolean is_known = mailbox_endpoint(&n->mailbox, &at, NULL);
        struct ports_row *r =
            connect_row(N_("mailbox"), n->mailbox.name, is_known ? &at : NULL);
        g_ptr_array_add(rows, r);
        if (!is_known)
            r->bind = g_strdup(n->mailbox.host);
        set_mailbox(r, n);
        add_verdict(r, db, "mailbox", n->mailbox.id);
    }
    return all != NULL;
}

/* ---- name servers ---- */

/* What the doctor heard when he asked this one alone: "mail.example.org A: 192.0.2.5 (0.012 s)".
 * Its evidence begins with the address in every language; one that was answered is not followed
 * by a colon. Caller frees; NULL: he did not ask it. */
static char *heard_from(const struct doctor_verdict *v, const char *address)
{
    struct json *report = v->report ? json_parse(v->report, strlen(v->report), NULL) : NULL;
    struct json *checks = report ? json_member(report, "checks") : NULL;
    g_autofree char *needle = g_strdup_printf(" %s: ", address);
    char *heard = NULL;
    for (gsize i = 0; checks && i < json_size(checks); i++) {
        const struct json *c = json_at(checks, i), *lines = json_member(c, "evidence");
        if (g_strcmp0(json_member_string(c, "check"), "names") != 0)
            continue;
        for (gsize k = 0; lines && k < json_size(lines) && !heard; k++) {
            const char *line = json_get_string(json_at(lines, k));
            const char *found = line ? strstr(line, needle) : NULL;
            heard = found ? text_safe(found + strlen(needle), -1, 0) : NULL;
        }
    }
    json_unref(report);
    return heard;
}

/* Whether it would answer now nobody knows without asking it. */
static void add_dns_answer(struct ports_row *r, struct db *db, const char *address)
{
    g_autoptr(GPtrArray) all = db ? doctor_verdicts_all(db, NULL) : NULL;
    g_autofree char *last = NULL;
    for (guint i = 0; all && i < all->len; i++) {
        const struct doctor_verdict *subject = all->pdata[i];
        struct doctor_verdict *v = NULL;
        if (subject->begun_us <= r->last_us ||
            !doctor_verdicts_latest(db, subject->kind, subject->record_id, subject->name, &v,
                                    NULL) ||
            !v)
            continue;
        char *heard = heard_from(v, address);
        if (heard) {
            g_free(last);
            last = heard;
            r->last_us = v->begun_us;
        }
        doctor_verdict_free(v);
    }
    if (!last)
        return;
    g_autofree char *text = r->text;
    r->text = g_strdup_printf(_("%s; when the doctor asked it: %s"), text, last);
}

static void add_dns_row(GPtrArray *rows, struct db *db, const char *address, const char *text)
{
    struct hostport at;
    if (!hostport_parse(address, HOSTPORT_PEER, &at, NULL))
        return;
    if (at.port == 0)
        at.port = DNS_PORT;
    g_autofree char *plain = at.port == DNS_PORT ? g_strdup(at.host) : hostport_format(&at);
    struct ports_row *r = connect_row(N_("dns"), NULL, &at);
    r->state = N_("listed");
    r->text = g_strdup(text);
    add_dns_answer(r, db, plain);
    g_ptr_array_add(rows, r);
}

void ports_add_dns(GPtrArray *rows, struct db *db)
{
    const char *ours = g_getenv("CRIER_DNS");
    g_auto(GStrv) given = ours && *ours ? g_strsplit(ours, ",", MAX_DNS_SERVERS) : NULL;
    for (char **g = given; g && *g; g++)
        add_dns_row(rows, db, *g, _("name server by CRIER_DNS"));
    g_autofree char *text = file_read(RESOLV_CONF, MAX_RESOLV_BYTES, NULL, NULL);
    g_auto(GStrv) lines = g_strsplit(text ? text : "", "\n", -1);
    guint n = 0;
    for (char **l = lines; *l && n < MAX_DNS_SERVERS; l++) {
        char *line = g_strchug(*l);
        if (!g_str_has_prefix(line, "nameserver") ||
            !g_ascii_isspace(line[strlen("nameserver")]))
            continue;
        add_dns_row(rows, db, g_strstrip(line + strlen("nameserver")),
                    _("name server of this machine"));
        n++;
    }
}
