/*
 * Messages made ahead: the pool of threads that sign them and the way back into the loop, a
 * list under a lock and an eventfd; and jobs that need no thread. A job belongs to the loop's
 * side; a thread sees only what was copied into it. In which order and when messages go is
 * outgoing.c's.
 */
#include "config.h"

#include "worker/signing.h"

#include <errno.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define MAX_THREADS 16
#define MAX_SPARE 64 /* jobs without a message that are kept */
#define MAX_SPARE_BYTES 65536 /* of one, what its message left behind */
#define MAX_READY_BYTES (32 * 1024 * 1024)
#define MAX_READY_HERE_BYTES (1024 * 1024) /* it saves but a moment */

struct signing {
    struct loop *loop; /* borrowed */
    /* Our own and joined, for what a library keeps by thread goes with the thread's end. */
    GPtrArray *threads; /* of GThread *; NULL until the first job */
    GAsyncQueue *jobs;  /* of struct signing_job *, or `no_more` */
    int event_fd;
    struct loop_watch *watch;
    gsize ready_bytes; /* of messages that were made and not taken */
    GMutex lock;
    GQueue done; /* under the lock; of struct signing_job * */
    GQueue spare; /* the loop's alone; of jobs of no thread, with their memory */
    gboolean is_ending;
};

struct signing_job {
    struct signing *signing; /* borrowed */
    /* Copied by the loop, then read by one thread. */
    struct letter *letter; /* owned reference */
    GPtrArray *signers;    /* owned reference */
    guint8 key[RENDER_KEY_BYTES];
    char *address, *fields_json, *date; /* owned */
    struct recipe recipe;               /* points into the above */
    gint is_wanted;                     /* atomic: a thread need not make what was forgotten */
    /* Made by the thread, then the loop's. */
    struct rendered message;
    GError *error;     /* owned */
    gboolean is_ready; /* the loop's alone */
    gboolean is_here;  /* made in the loop */
};

/* In the queue: its thread ends. */
static struct signing_job no_more;

static gsize bytes_of(const struct signing_job *j)
{
    return j->message.own->allocated_len + j->message.signatures->allocated_len;
}

static void job_free(struct signing_job *j)
{
    if (j->is_here && !j->signing->is_ending && j->signing->spare.length < MAX_SPARE &&
        bytes_of(j) <= MAX_SPARE_BYTES) {
        rendered_reset(&j->message);
        g_clear_error(&j->error);
        g_queue_push_head(&j->signing->spare, j);
        return;
    }
    letter_free(j->letter);
    g_clear_pointer(&j->signers, g_ptr_array_unref);
    rendered_clear(&j->message);
    g_clear_error(&j->error);
    g_free(j->address);
    g_free(j->fields_json);
    g_free(j->date);
    g_free(j);
}

/* ---- in a thread ---- */

static void wake(struct signing *s)
{
    guint64 one = 1;
    while (write(s->event_fd, &one, sizeof one) < 0 && errno == EINTR)
        ;
}

static void make(struct signing *s, struct signing_job *j)
{
    if (g_atomic_int_get(&j->is_wanted))
        recipe_make(&j->recipe, &j->message, &j->error);
    g_mutex_lock(&s->lock);
    gboolean is_first = g_queue_is_empty(&s->done);
    g_queue_push_tail(&s->done, j);
    g_mutex_unlock(&s->lock);
    if (is_first)
        wake(s);
}

static gpointer make_all(gpointer data)
{
    struct signing *s = data;
    for (struct signing_job *j; (j = g_async_queue_pop(s->jobs)) != &no_more;)
        make(s, j);
    return NULL;
}

/* ---- in the loop ---- */

static void collect(struct signing *s)
{
    g_mutex_lock(&s->lock);
    GQueue done = s->done;
    g_queue_init(&s->done);
    g_mutex_unlock(&s->lock);
    for (struct signing_job *j; (j = g_queue_pop_head(&done));) {
        if (g_atomic_int_get(&j->is_wanted)) {
            j->is_ready = TRUE;
            s->ready_bytes += bytes_of(j);
        } else {
            job_free(j);
        }
    }
}

static void on_done(int fd, unsigned events, void *data)
{
    guint64 count;
    if (read(fd, &count, sizeof count) < 0 && errno != EAGAIN && errno != EINTR)
        g_error("eventfd: %s", g_strerror(errno));
    collect(data);
}

struct signing *signing_new(struct loop *l)
{
    struct signing *s = g_new0(struct signing, 1);
    s->loop = l;
    g_mutex_init(&s->lock);
    g_queue_init(&s->done);
    s->jobs = g_async_queue_new();
    s->event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (s->event_fd < 0)
        g_error("eventfd: %s", g_strerror(errno));
    s->watch = loop_watch_add(l, s->event_fd, LOOP_IN, on_done, s);
    return s;
}

void signing_free(struct signing *s)
{
    if (!s)
        return;
    for (guint i = 0; s->threads && i < s->threads->len; i++)
        g_async_queue_push(s->jobs, &no_more); /* behind the jobs; forgotten ones cost nothing */
    for (guint i = 0; s->threads && i < s->threads->len; i++)
        g_thread_join(s->threads->pdata[i]);
    g_clear_pointer(&s->threads, g_ptr_array_unref);
    g_async_queue_unref(s->jobs);
    collect(s);
    s->is_ending = TRUE;
    while (s->spare.length > 0)
        job_free(g_queue_pop_head(&s->spare));
    loop_watch_remove(s->watch);
    close(s->event_fd);
    g_mutex_clear(&s->lock);
    g_free(s);
}

static void start_threads(struct signing *s)
{
    int n = CLAMP((int)g_get_num_processors(), 1, MAX_THREADS);
    g_autoptr(GError) error = NULL;
    s->threads = g_ptr_array_new();
    for (GThread *t; n-- > 0 && (t = g_thread_try_new("signing", make_all, s, &error));)
        g_ptr_array_add(s->threads, t);
    if (s->threads->len == 0) /* fewer than there could be are only slower */
        g_error("no threads for signing: %s", error->message);
}

struct signing_job *signing_start(struct signing *s, const struct recipe *recipe)
{
    struct signing_job *j = g_new0(struct signing_job, 1);
    if (!s->threads)
        start_threads(s);
    j->signing = s;
    j->is_wanted = TRUE;
    rendered_init(&j->message);
    j->recipe = *recipe;
    j->recipe.letter = j->letter = letter_ref(recipe->letter);
    j->recipe.signers = j->signers = g_ptr_array_ref(recipe->signers);
    memcpy(j->key, recipe->key, sizeof j->key);
    j->recipe.key = j->key;
    j->recipe.person.address = j->address = g_strdup(recipe->person.address);
    j->recipe.person.fields_json = j->fields_json = g_strdup(recipe->person.fields_json);
    j->recipe.person.date = j->date = g_strdup(recipe->person.date);
    g_async_queue_push(s->jobs, j);
    return j;
}

struct signing_job *signing_make_here(struct signing *s, const struct recipe *recipe)
{
    struct signing_job *j = g_queue_pop_head(&s->spare);
    if (!j) {
        j = g_new0(struct signing_job, 1);
        j->signing = s;
        j->is_here = TRUE;
        rendered_init(&j->message);
    }
    recipe_make(recipe, &j->message, &j->error);
    j->is_ready = TRUE;
    s->ready_bytes += bytes_of(j);
    return j;
}

gboolean signing_is_ready(const struct signing_job *j)
{
    return j->is_ready;
}

gboolean signing_take(struct signing_job *j, struct rendered *m, GError **error)
{
    gboolean ok = j->error == NULL;
    j->signing->ready_bytes -= bytes_of(j);
    if (ok) {
        struct rendered old = *m;
        *m = j->message;
        j->message = old;
    } else {
        g_propagate_error(error, g_steal_pointer(&j->error));
    }
    job_free(j);
    return ok;
}

void signing_forget(struct signing_job *j)
{
    if (!j)
        return;
    if (j->is_ready) {
        j->signing->ready_bytes -= bytes_of(j);
        job_free(j);
    } else {
        g_atomic_int_set(&j->is_wanted, FALSE); /* freed when its thread is through with it */
    }
}

gboolean signing_has_room(const struct signing *s)
{
    return s->ready_bytes < MAX_READY_BYTES;
}

gboolean signing_has_room_here(const struct signing *s)
{
    return s->ready_bytes < MAX_READY_HERE_BYTES;
}
