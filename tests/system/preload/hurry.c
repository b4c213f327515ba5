/*
 * The kernel's patience with a silent connection is cut to a few seconds, whatever is asked for;
 * asked for it must be, as a connection without these options waits for a quarter of an hour.
 */
#define _GNU_SOURCE
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

int setsockopt(int fd, int level, int name, const void *value, socklen_t len)
{
    int hurried = 0;
    if (level == IPPROTO_TCP && (name == TCP_KEEPIDLE || name == TCP_KEEPINTVL))
        hurried = 1;
    else if (level == IPPROTO_TCP && name == TCP_USER_TIMEOUT)
        hurried = 2000;
    if (hurried) {
        value = &hurried;
        len = sizeof hurried;
    }
    return (int)syscall(SYS_setsockopt, fd, level, name, value, len);
}
