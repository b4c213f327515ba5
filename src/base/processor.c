/*
 * Leaving a processor to somebody else, without a word about which is better.
 */
#include "config.h"

#include "base/processor.h"

#include <netinet/in.h>
#include <sched.h>
#include <string.h>
#include <sys/socket.h>

#define CALLS_A_LOOK 4 /* a look is a system call */
#define SHARED_LOOKS 3 /* in a row: once may be chance */

/* Who handles a segment within a machine is who has sent it. */
static gboolean is_served_here(int fd)
{
    int cpu = -1;
    socklen_t len = sizeof cpu;
    return getsockopt(fd, SOL_SOCKET, SO_INCOMING_CPU, &cpu, &len) == 0 && cpu >= 0 &&
           cpu == sched_getcpu();
}

static gboolean is_same_host(const struct sockaddr_storage *a, const struct sockaddr_storage *b)
{
    if (a->ss_family != b->ss_family)
        return FALSE;
    if (a->ss_family == AF_INET)
        return ((const struct sockaddr_in *)a)->sin_addr.s_addr ==
               ((const struct sockaddr_in *)b)->sin_addr.s_addr;
    return a->ss_family == AF_INET6 &&
           memcmp(&((const struct sockaddr_in6 *)a)->sin6_addr,
                  &((const struct sockaddr_in6 *)b)->sin6_addr, sizeof(struct in6_addr)) == 0;
}

/* From elsewhere it is the network card that chooses the processor, mostly to be near us. */
static gboolean is_within_machine(int fd)
{
    struct sockaddr_storage here, there;
    socklen_t here_len = sizeof here, there_len = sizeof there;
    return getsockname(fd, (struct sockaddr *)&here, &here_len) == 0 &&
           getpeername(fd, (struct sockaddr *)&there, &there_len) == 0 &&
           is_same_host(&here, &there);
}

/* To be forbidden the present one for a moment moves it. */
static gboolean leave(void)
{
    cpu_set_t all, others;
    int here = sched_getcpu();
    if (here < 0 || sched_getaffinity(0, sizeof all, &all) < 0)
        return FALSE;
    others = all;
    CPU_CLR((gsize)here, &others);
    if (CPU_COUNT(&others) == 0 || sched_setaffinity(0, sizeof others, &others) < 0)
        return FALSE;
    (void)sched_setaffinity(0, sizeof all, &all);
    return TRUE;
}

gboolean processor_part(struct processor_parting *p, int fd)
{
    if (++p->n_calls < CALLS_A_LOOK)
        return FALSE;
    p->n_calls = 0;
    p->n_shared = is_served_here(fd) ? p->n_shared + 1 : 0;
    if (p->n_shared < SHARED_LOOKS)
        return FALSE;
    p->n_shared = 0;
    return is_within_machine(fd) && leave();
}
