/*
 * Preflight of what surrounds a message: the campaign's state, its lists, sender, server,
 * limits, time and worker. Not for asking the DNS or a server anything: that is the doctor's.
 */
#include "config.h"

#include "app/check_private.h"

#include <inttypes.h>
#include <string.h>

#include "app/dkim.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/i18n.h"
#include "base/mailaddr.h"
#include "base/text.h"
#include "store/mailboxes.h"
#include "store/people.h"

#define DAY_S (24 * 3600)

/* ---- state and record ---- */

void check_state(struct check *c)
{
    g_autoptr(GError) why = NULL;
    const struct campaign *k = &c->campaign;
    if (k->state == CAMPAIGN_DRAFT)
        check_add(c, CHECK_OK, "state", _("It is a draft."));
    else if (k->state == CAMPAIGN_SCHEDULED)
        check_add(c, CHECK_OK, "state", _("It is scheduled: its content is frozen."));
    else if (k->is_edited)
        check_add(c, CHECK_OK, "state",
                  _("It has begun, is %s, and was changed: this is about version %d, which those "
                    "who have not got it yet get when it is resumed."),
                  campaign_state_word(k->state), (int)k->content_version + 1);
    else
        check_add(c, CHECK_WARN, "state",
                  _("It has begun and is %s: this is about what it was started with."),
                  campaign_state_word(k->state));
    if (campaign_check_ready(k, &why))
        check_add(c, CHECK_OK, "ready",
                  _("Sender, subject, body, lists and server are named."));
    else
        check_add(c, CHECK_FAIL, "ready", _("It is not complete: %s"), why->message);
}

static gboolean check_list(struct check *c, const char *name, gint64 *members)
{
    g_autoptr(GError) why = NULL;
    struct list list = {0};
    if (!list_get(c->db, name, &list, &why)) {
        check_add(c, CHECK_FAIL, "lists", "%s", why->message);
        return FALSE;
    }
    *members += list.members;
    if (list.members == 0)
        check_add(c, CHECK_WARN, "lists", _("List '%s' has no people."), name);
    list_clear(&list);
    return TRUE;
}

void check_lists(struct check *c)
{
    gint64 members = 0, excluded = 0;
    guint n = 0;
    gboolean ok = TRUE;
    for (char **name = c->campaign.lists; name && *name; name++, n++)
        ok &= check_list(c, *name, &members);
    for (char **name = c->campaign.exclude; name && *name; name++)
        ok &= check_list(c, *name, &excluded);
    c->has_lists = ok && n > 0;
    if (c->has_lists && members > 0)
        check_add(c, CHECK_OK, "lists",
                  ngettext("Its list is there, with %" PRId64 " members.",
                           "Its lists are there, with %" PRId64 " members together.", n),
                  members)
            ->count = members;
}

/* How many they are is said with everybody's findings. */
void check_correction(struct check *c)
{
    const struct campaign *k = &c->campaign;
    struct campaign corrected;
    g_autoptr(GError) why = NULL;
    if (!k->only_campaign || !*k->only_campaign)
        return;
    if (!campaigns_get(c->db, k->only_campaign, &corrected, &why)) {
        check_add(c, CHECK_FAIL, "only_campaign", "%s", why->message);
        c->has_lists = FALSE;
        return;
    }
    if (k->only_version > corrected.content_version)
        check_add(c, CHECK_FAIL, "only_version",
                  _("A correction of version %d of campaign '%s', which has no such version."),
                  (int)k->only_version, k->only_campaign);
    else if (k->only_version > 0)
        check_add(c, CHECK_OK, "only_campaign",
                  _("A correction: only to people who got version %d of campaign '%s'."),
                  (int)k->only_version, k->only_campaign);
    else
        check_add(c, CHECK_OK, "only_campaign",
                  _("A correction: only to people who got an older version of campaign '%s'."),
                  k->only_campaign);
    campaign_clear(&corrected);
}

/* ---- sender ---- */

/* Second-level names under which people register, below country domains. */
static gboolean is_registry(const char *label)
{
    static const char *const names[] = {"ac", "co",  "com", "edu", "gob", "gov",
                                        "gv", "ltd", "me",  "ne",  "net", "nom",
                                        "or", "org", "plc", "sch", NULL};
    return g_strv_contains(names, label);
}

char *check_organisation(const char *domain)
{
    g_auto(GStrv) labels = g_strsplit(domain, ".", -1);
    guint n = g_strv_length(labels);
    guint keep = n >= 3 && strlen(labels[n - 1]) == 2 && is_registry(labels[n - 2]) ? 3 : 2;
    return g_strjoinv(".", labels + (n > keep ? n - keep : 0));
}

gboolean check_is_aligned(const char *domain, const char *other)
{
    g_autofree char *a = check_organisation(domain), *b = check_organisation(other);
    return g_ascii_strcasecmp(a, b) == 0;
}

static gboolean ends_in(const char *host, const char *domain)
{
    gsize n = strlen(host), m = strlen(domain);
    return n >= m && g_ascii_strcasecmp(host + n - m, domain) == 0 &&
           (n == m || host[n - m - 1] == '.');
}

gboolean check_is_foreign_freemail(const char *domain, const char *host)
{
    static const struct {
        const char *domains, *hosts;
    } providers[] = {
        {"gmail.com googlemail.com", "gmail.com google.com googlemail.com"},
        {"yahoo.com yahoo.de yahoo.fr yahoo.co.uk yahoo.es yahoo.it ymail.com rocketmail.com",
         "yahoo.com yahoodns.net"},
        {"outlook.com outlook.de hotmail.com hotmail.de hotmail.fr hotmail.co.uk live.com "
         "live.de msn.com",
         "outlook.com office365.com hotmail.com live.com"},
        {"aol.com aol.de", "aol.com yahoo.com"},
        {"icloud.com me.com mac.com", "me.com icloud.com apple.com"},
        {"gmx.de gmx.net gmx.at gmx.ch gmx.com", "gmx.net gmx.com"},
        {"web.de", "web.de"},
        {"t-online.de", "t-online.de"},
        {"freenet.de", "freenet.de"},
        {"mail.ru bk.ru inbox.ru list.ru", "mail.ru"},
        {"yandex.ru yandex.com ya.ru", "yandex.ru yandex.com yandex.net"},
        {"proton.me protonmail.com pm.me", "proton.me protonmail.ch protonmail.com"},
        {"orange.fr wanadoo.fr", "orange.fr"},
        {"laposte.net", "laposte.net"},
        {"libero.it", "libero.it"},
        {"qq.com foxmail.com", "qq.com"},
        {"163.com 126.com", "163.com 126.com netease.com"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(providers); i++) {
        g_auto(GStrv) domains = g_strsplit(providers[i].domains, " ", -1);
        g_auto(GStrv) hosts = g_strsplit(providers[i].hosts, " ", -1);
        g_autofree char *lower = g_ascii_strdown(domain, -1);
        if (!g_strv_contains((const char *const *)domains, lower))
            continue;
        for (char **h = hosts; *h; h++)
            if (ends_in(host, *h))
                return FALSE;
        return TRUE;
    }
    return FALSE;
}

/* `is_first`: what is well is said once, whatever number of servers it goes by. */
static void check_freemail(struct check *c, const struct server *server, const char *domain,
                           gboolean is_first)
{
    struct hostport at;
    if (!server_endpoint(server, &at, NULL))
        return;
    if (check_is_foreign_freemail(domain, at.host))
        check_add(c, CHECK_FAIL, "from",
                  _("From is at %s, whose mail only its own servers may send: others refuse or "
                    "hide what"
                    " comes through %s. Use an address of a domain of your own."),
                  domain, at.host);
    else if (is_first)
        check_add(c, CHECK_OK, "from", _("From is %s."), letter_sender(c->letter));
    hostport_clear(&at);
}

/* `server` NULL: it has none yet. */
static void check_alignment(struct check *c, const struct server *server, const char *domain)
{
    const char *at = c->bounce ? strrchr(c->bounce, '@') : NULL;
    if (!at)
        return;
    if (server && server->envelope == SERVER_ENVELOPE_PLAIN)
        check_add(c, CHECK_OK, "envelope",
                  _("The envelope has From's own address, as server '%s' wants it."),
                  server->name);
    else if (check_is_aligned(domain, at + 1))
        check_add(c, CHECK_OK, "envelope",
                  _("From and the envelope are of one organisation (%s, %s)."), domain, at + 1);
    else
        check_add(c, CHECK_WARN, "envelope",
                  _("From is at %s and bounces go to %s: SPF does not count for From then "
                    "(DMARC). Use a"
                    " mailbox at %s or below it, or sign with DKIM."),
                  domain, at + 1, domain);
}

static void check_mailbox(struct check *c)
{
    g_autoptr(GError) why = NULL;
    struct mailbox m;
    const char *name = c->campaign.mailbox;
    if (!name || !*name) {
        check_add(c, CHECK_WARN, "mailbox",
                  _("No mailbox is named: bounces and requests to leave go to From's own "
                    "address, where a person"
                    " must read them. `crier mailbox add` makes one."));
    } else if (!mailboxes_get(c->db, name, &m, &why)) {
        check_add(c, CHECK_FAIL, "mailbox", "%s", why->message);
    } else {
        g_autofree char *problem = mailboxes_get_problem(c->db, m.id);
        if (m.enabled && problem)
            check_add(c, CHECK_WARN, "mailbox",
                      _("Bounces and requests to leave go to mailbox '%s', which is not read: %s"),
                      name, problem);
        else if (m.enabled)
            check_add(c, CHECK_OK, "mailbox",
                      _("Bounces and requests to leave go to mailbox '%s'."), name);
        else
            check_add(c, CHECK_FAIL, "mailbox",
                      _("Mailbox '%s' is switched off. `crier mailbox set %s --enabled yes` "
                        "switches it on."),
                      name, name);
        mailbox_clear(&m);
    }
}

static void check_dkim(struct check *c, const char *domain)
{
    g_autoptr(GError) why = NULL;
    const GPtrArray *signers = NULL;
    struct dkim_ring *ring = dkim_ring_load(c->db, c->ws, &why);
    if (!ring || !dkim_ring_signers(ring, domain, &signers, &why))
        check_add(c, CHECK_FAIL, "dkim", _("Mail from %s cannot be signed: %s"), domain,
                  why->message);
    else if (signers && signers->len > 0)
        check_add(c, CHECK_OK, "dkim", _("Mail from %s is signed with DKIM."), domain);
    else
        check_add(c, CHECK_OK, "dkim",
                  _("There is no DKIM key for %s: the server must sign, or `crier dkim new %s` "
                    "makes one."),
                  domain, domain);
    dkim_ring_free(ring);
}

/* Each server has its own envelope sender; those with the same kind of one are told of once. */
static void check_by_servers(struct check *c, const char *domain)
{
    gboolean is_seen[SERVER_ENVELOPE_COUNT] = {FALSE};
    for (guint i = 0; c->has_server && i < c->servers.all->len; i++) {
        const struct server *s = &((const struct pool_server *)c->servers.all->pdata[i])->record;
        check_freemail(c, s, domain, i == 0);
        if (!is_seen[s->envelope])
            check_alignment(c, s, domain);
        is_seen[s->envelope] = TRUE;
    }
    if (!c->has_server)
        check_alignment(c, NULL, domain);
}

void check_sender(struct check *c)
{
    check_mailbox(c);
    if (!c->letter)
        return;
    const char *at = strrchr(letter_sender(c->letter), '@');
    if (!at)
        return;
    check_by_servers(c, at + 1);
    check_dkim(c, at + 1);
}

/* ---- server ---- */

void check_server(struct check *c)
{
    g_autoptr(GError) why = NULL;
    const char *name = c->campaign.server;
    if (!name || !*name)
        return; /* said by "ready" */
    if (!c->has_server) {
        struct server unused;
        if (!pools_find_one(c->db, name, &unused, &why))
            check_add(c, CHECK_FAIL, "server", "%s", why->message);
        return;
    }
    if (c->servers.is_pool) {
        check_pool(c);
        return;
    }
    if (!c->server.enabled)
        check_add(c, CHECK_FAIL, "server",
                  _("Server '%s' is switched off. `crier server set %s --enabled yes` switches "
                    "it on."),
                  name, name);
    else if (check_server_record(c, &c->server))
        check_add(c, CHECK_OK, "server",
                  _("Server '%s' is there. `crier server test %s` tries it."), name, name);
}

/* ---- time ---- */

static void check_worker(struct check *c)
{
    gboolean is_waiting =
        c->campaign.state == CAMPAIGN_SCHEDULED || c->campaign.state == CAMPAIGN_SENDING;
    if (workspace_worker_is_running(c->ws, NULL, NULL))
        check_add(c, CHECK_OK, "worker", _("A worker runs."));
    else if (is_waiting)
        check_add(c, CHECK_WARN, "worker",
                  _("No worker runs, so nothing is sent. `crier worker` starts one."));
    else
        check_add(c, CHECK_OK, "worker",
                  _("No worker runs; `crier campaign start` starts one."));
}

void check_time(struct check *c)
{
    gint64 now = clock_wall_us(), at = c->campaign.schedule_us;
    g_autofree char *when = at > 0 ? clock_format_local(at, now) : NULL;
    struct check_slowest slowest = {0};
    check_receivers(c, MAX(at, now), &slowest);
    if (c->has_server)
        check_limits(c, MAX(at, now), &slowest);
    g_free(slowest.words);
    if (c->campaign.state == CAMPAIGN_SCHEDULED && at < now)
        check_add(c, CHECK_WARN, "schedule", _("It was to begin at %s, which has passed."),
                  when ? when : "?");
    else if (c->campaign.state == CAMPAIGN_SCHEDULED)
        check_add(c, CHECK_OK, "schedule", _("It begins at %s."), when);
    else if (c->campaign.state == CAMPAIGN_DRAFT)
        check_add(c, CHECK_OK, "schedule",
                  _("It begins when it is started; --at TIME begins later."));
    check_worker(c);
}
