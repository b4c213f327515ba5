/*
 * getaddrinfo(3) with a deadline. Which of the name servers is at fault when it fails is not
 * told by it: dns.c asks them.
 */
#include "config.h"

#include "net/names.h"

#include <netdb.h>
#include <string.h>
#include <sys/socket.h>

#include "base/clock.h"

#define TABLE_MAX_BYTES (4 * 1024 * 1024) /* of /etc/hosts: block lists are long */

/* Shared by whoever asks and the thread; the last one frees it. */
struct names {
    char *host;
    gint64 begun_us;
    GMutex lock;
    GCond has_come;
    struct names_answer *answer; /* NULL: not yet */
};

static void shared_clear(gpointer data)
{
    struct names *n = data;
    g_free(n->host);
    names_answer_free(n->answer);
    g_mutex_clear(&n->lock);
    g_cond_clear(&n->has_come);
}

void names_answer_free(struct names_answer *a)
{
    if (!a)
        return;
    g_ptr_array_unref(a->addresses);
    g_free(a->why);
    g_free(a);
}

static struct names_answer *answer_new(enum names_status status)
{
    struct names_answer *a = g_new0(struct names_answer, 1);
    a->status = status;
    a->addresses = g_ptr_array_new_with_free_func(g_free);
    return a;
}

static void add_address(struct names_answer *a, const struct addrinfo *info)
{
    char text[NI_MAXHOST];
    if (a->addresses->len >= NAMES_MAX ||
        getnameinfo(info->ai_addr, info->ai_addrlen, text, sizeof text, NULL, 0,
                    NI_NUMERICHOST) != 0)
        return;
    if (!g_ptr_array_find_with_equal_func(a->addresses, text, g_str_equal, NULL))
        g_ptr_array_add(a->addresses, g_strdup(text));
}

static enum names_status status_of(int code)
{
    switch (code) {
    case EAI_NONAME:
#ifdef EAI_NODATA
    case EAI_NODATA:
#endif
#ifdef EAI_ADDRFAMILY
    case EAI_ADDRFAMILY:
#endif
        return NAMES_NONE;
    default:
        return NAMES_FAILED;
    }
}

static struct names_answer *look_up(const char *host)
{
    const struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
    struct addrinfo *found = NULL;
    int code = getaddrinfo(host, NULL, &hints, &found);
    struct names_answer *a = answer_new(code == 0 ? NAMES_FOUND : status_of(code));
    if (code != 0)
        a->why = g_strdup(gai_strerror(code));
    for (const struct addrinfo *i = found; code == 0 && i; i = i->ai_next)
        add_address(a, i);
    if (code == 0)
        freeaddrinfo(found);
    if (code == 0 && a->addresses->len == 0) {
        a->status = NAMES_NONE;
        a->why = g_strdup(gai_strerror(EAI_NONAME));
    }
    return a;
}

static gpointer ask(gpointer data)
{
    struct names *n = data;
    struct names_answer *a = look_up(n->host);
    g_mutex_lock(&n->lock);
    a->took_us = clock_mono_us() - n->begun_us;
    n->answer = a;
    g_cond_signal(&n->has_come);
    g_mutex_unlock(&n->lock);
    g_atomic_rc_box_release_full(n, shared_clear);
    return NULL;
}

struct names *names_ask(const char *host)
{
    struct names *n = g_atomic_rc_box_new0(struct names);
    n->host = g_strdup(host);
    n->begun_us = clock_mono_us();
    g_mutex_init(&n->lock);
    g_cond_init(&n->has_come);
    g_thread_unref(g_thread_new("names", ask, g_atomic_rc_box_acquire(n)));
    return n;
}

struct names_answer *names_wait(struct names *n, gint64 deadline_us)
{
    struct names_answer *a;
    g_mutex_lock(&n->lock);
    while (!n->answer && g_cond_wait_until(&n->has_come, &n->lock, deadline_us))
        ;
    a = g_steal_pointer(&n->answer);
    if (!a) {
        a = answer_new(NAMES_LATE);
        a->took_us = clock_mono_us() - n->begun_us;
    }
    g_mutex_unlock(&n->lock);
    g_atomic_rc_box_release_full(n, shared_clear);
    return a;
}

/* ---- /etc/hosts ---- */

static gboolean line_names(char *line, const char *host)
{
    line[strcspn(line, "#")] = '\0';
    g_auto(GStrv) words = g_strsplit_set(line, " \t\r", -1);
    gboolean is_first = TRUE;
    for (char **word = words; *word; word++) {
        if (!**word)
            continue;
        if (!is_first && g_ascii_strcasecmp(*word, host) == 0)
            return TRUE;
        is_first = FALSE;
    }
    return FALSE;
}

gboolean names_is_in_table(const char *path, const char *host)
{
    g_autofree char *text = NULL;
    gsize len = 0;
    if (!g_file_get_contents(path ? path : "/etc/hosts", &text, &len, NULL) ||
        len > TABLE_MAX_BYTES)
        return FALSE;
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    for (char **line = lines; *line; line++)
        if (line_names(*line, host))
            return TRUE;
    return FALSE;
}
