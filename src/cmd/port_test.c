/*
 * crier port test: does anybody outside reach a port of ours? It cannot be known from inside,
 * so a person opens a link that works once, and here is waited until they come. Before, the
 * public URL is tried from here, which tells whether the router leads back.
 */
#include "config.h"

#include "cmd/handlers.h"

#include <inttypes.h>
#include <string.h>

#include "base/clock.h"
#include "base/crypto.h"
#include "base/error.h"
#include "base/i18n.h"
#include "base/json.h"
#include "base/text.h"
#include "cmd/port_words.h"
#include "net/doorbell.h"
#include "net/ownaddr.h"
#include "net/talk.h"
#include "store/ports.h"

#define USUAL_WAIT_S 120
#define MAX_WAIT_S 3600
#define BACK_US (4 * CLOCK_SECOND_US) /* for our own way through the public URL */
#define TOKEN_OCTETS 12

enum way_back {
    BACK_NOT_TRIED, /* no public URL, or https, which another program answers */
    BACK_WORKS,
    BACK_NO,    /* nothing answered */
    BACK_OTHER, /* somebody else did */
    BACK_COUNT
};

struct trial {
    struct port port;
    struct doorbell *bell;
    char token[2 * TOKEN_OCTETS + 1];
    char *url; /* owned; what the person opens */
    gint64 wait_s;
    enum way_back back;
    char *answer; /* owned; what somebody else said; NULL */
    gboolean is_reached;
    struct doorbell_visit visit;
    gint64 at_us;
};

static void make_token(char *ret)
{
    guint8 octets[TOKEN_OCTETS];
    crypto_random(octets, sizeof octets);
    for (gsize i = 0; i < sizeof octets; i++)
        g_snprintf(ret + 2 * i, 3, "%02x", octets[i]);
}

static gboolean begin(struct cmd_context *c, struct trial *t, GError **error)
{
    struct binding b;
    const char *wait = cmd_option(c, "wait");
    t->wait_s = USUAL_WAIT_S;
    if (wait && !clock_parse_span(wait, &t->wait_s, error)) {
        g_prefix_error(error, "--wait: ");
        return cmd_wrong_usage(error);
    }
    t->wait_s = CLAMP(t->wait_s, 1, MAX_WAIT_S);
    if (!ports_get(c->db, cmd_word(c, 0), &t->port, error))
        return FALSE;
    g_autofree char *base = port_words_url(&t->port);
    if (!base) {
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_INVALID,
                    _("port %s: no URL leads to it from outside, because it listens on this "
                      "machine alone. Give it one with: crier port set %s --public-url URL"),
                    t->port.name, t->port.name);
        return FALSE;
    }
    make_token(t->token);
    t->url = g_strdup_printf("%s/crier-%s", base, t->token);
    if (!binding_parse(t->port.listen, &b, error))
        return FALSE;
    t->bell = doorbell_open(&b, error);
    if (!t->bell)
        g_prefix_error(error, _("port %s: "), t->port.name);
    return t->bell != NULL;
}

/* ---- from here, by the public URL ---- */

static void try_back(struct trial *t)
{
    struct port_url u = {0};
    gint64 deadline = clock_mono_us() + BACK_US;
    if (!t->port.public_url || !*t->port.public_url ||
        !port_url_parse(t->port.public_url, &u, NULL) || u.is_https) {
        port_url_clear(&u);
        return;
    }
    struct talk *k = talk_open(u.host, u.port, deadline, NULL);
    g_autofree char *ask =
        g_strdup_printf("GET %s/crier-back-%s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n",
                        u.path, t->token, u.host);
    g_autofree char *token = g_strdup_printf("crier-back-%s", t->token);
    struct doorbell_visit own = {0};
    g_autoptr(GString) line = g_string_new(NULL);
    t->back = BACK_NO;
    if (k && talk_say(k, ask, deadline)) {
        if (doorbell_wait(t->bell, token, "", MIN(deadline, clock_mono_us() + BACK_US / 4),
                          &own))
            t->back = BACK_WORKS;
        else if (talk_hear(k, deadline, line) == TALK_LINE) {
            t->back = BACK_OTHER;
            t->answer = text_safe(line->str, (gssize)line->len, 80);
        }
    }
    doorbell_visit_clear(&own);
    talk_free(k);
    port_url_clear(&u);
}

static const char *const back_names[BACK_COUNT] = {"not-tried", "works", "no", "other"};

/* Caller frees; NULL: there is nothing to say. */
static char *back_words(const struct trial *t)
{
    switch (t->back) {
    case BACK_WORKS:
        return g_strdup_printf(_("From here %s leads to this port."), t->port.public_url);
    case BACK_NO:
        return g_strdup_printf(
            _("From here %s leads nowhere. That proves nothing: many routers "
              "do not lead back to their own inside."),
            t->port.public_url);
    case BACK_OTHER:
        return g_strdup_printf(_("From here %s is answered by another program: %s. Does the "
                                 "router or proxy lead to %s?"),
                               t->port.public_url, t->answer, t->port.listen);
    default:
        return NULL;
    }
}

/* ---- from outside ---- */

static gboolean is_our_own(const struct doorbell_visit *v)
{
    g_autoptr(GPtrArray) own = ownaddr_all();
    gboolean is_own = strncmp(v->from, "127.", 4) == 0 || strcmp(v->from, "::1") == 0;
    for (guint i = 0; i < own->len; i++)
        is_own = is_own || strcmp(v->from, ((struct ownaddr *)own->pdata[i])->text) == 0;
    return is_own && !v->forwarded;
}

static void wait_for_visit(struct trial *t)
{
    gint64 deadline = clock_mono_us() + t->wait_s * CLOCK_SECOND_US;
    g_autofree char *token = g_strdup_printf("crier-%s", t->token);
    const char *page = _("crier: this port is reached. You can close this page.\n");
    while (!t->is_reached && doorbell_wait(t->bell, token, page, deadline, &t->visit)) {
        t->is_reached = !is_our_own(&t->visit);
        t->at_us = clock_wall_us();
        if (t->is_reached)
            return;
        cmd_say(
            _("%s is this machine itself: that proves nothing of the outside. Still waiting."),
            t->visit.from);
        doorbell_visit_clear(&t->visit);
    }
}

static char *verdict(const struct trial *t)
{
    if (!t->is_reached)
        return g_strdup_printf(
            ngettext(
                "nobody came within %" PRId64 " second: the port is not reached from outside, "
                "or the link was not opened. crier firewall says what others have to let "
                "through",
                "nobody came within %" PRId64 " seconds: the port is not reached from outside, "
                "or the link was not opened. crier firewall says what others have to let "
                "through",
                (gulong)t->wait_s),
            t->wait_s);
    g_autofree char *when = clock_format_local(t->at_us, t->at_us);
    if (t->visit.forwarded)
        return g_strdup_printf(
            _("reached at %s by the proxy %s, which says it was asked by %s"), when,
            t->visit.from, t->visit.forwarded);
    return g_strdup_printf(_("reached from %s at %s"), t->visit.from, when);
}

static void put_json(const struct trial *t, const char *sentence)
{
    g_autoptr(GString) json = g_string_new(NULL);
    g_autofree char *at = t->is_reached ? clock_format_utc(t->at_us) : NULL;
    struct json_writer *w = json_writer_new_string(json, FALSE);
    json_begin_object(w);
    json_kv_string(w, "name", t->port.name);
    json_kv_string(w, "listen", t->port.listen);
    json_kv_string(w, "url", t->url);
    json_kv_string(w, "from_here", back_names[t->back]);
    json_kv_bool(w, "reached", t->is_reached);
    json_kv_string(w, "from", t->visit.from);
    json_kv_string(w, "forwarded_for", t->visit.forwarded);
    json_kv_string(w, "at", at);
    json_kv_string(w, "verdict", sentence);
    json_end_object(w);
    json_writer_free(w);
    cmd_put_json(json);
}

static void run(const struct cmd_context *c, struct trial *t)
{
    try_back(t);
    g_autofree char *back = back_words(t), *waits = clock_format_span(t->wait_s);
    if (back)
        cmd_say("%s", back);
    cmd_say(_("Open this from outside, as with a telephone that is not in your network. It is "
              "waited for %s:"),
            waits);
    cmd_say("%s", t->url);
    wait_for_visit(t);
    g_autofree char *sentence = verdict(t);
    if (cmd_wants_json(c))
        put_json(t, sentence);
    else
        printf("%s\n", sentence);
}

int cmd_port_test(struct cmd_context *c)
{
    GError *error = NULL;
    struct trial t = {0};
    gboolean ok = begin(c, &t, &error);
    if (ok)
        run(c, &t);
    int code = ok && t.is_reached ? 0 : 1;
    doorbell_close(t.bell);
    doorbell_visit_clear(&t.visit);
    port_clear(&t.port);
    g_free(t.url);
    g_free(t.answer);
    return ok ? code : cmd_fail(error);
}
