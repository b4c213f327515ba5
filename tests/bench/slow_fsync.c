/*
 * Preloaded into a program, makes every fsync and fdatasync take 5 ms more: a disk that is as
 * slow as many rented ones. Counts them in the file that SLOW_FSYNC_COUNT names (eight bytes,
 * mapped), so that who measures knows that it did what it is for. Stands alone, without crier.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define SLOWER_NS 5000000L

static unsigned long long *count;

__attribute__((constructor)) static void begin(void)
{
    const char *path = getenv("SLOW_FSYNC_COUNT");
    int fd = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
    if (fd < 0)
        return;
    void *mapped = mmap(NULL, sizeof *count, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    close(fd);
    if (mapped != MAP_FAILED)
        count = mapped;
}

static void wait_longer(void)
{
    struct timespec left = {0, SLOWER_NS};
    while (nanosleep(&left, &left) < 0)
        ;
    if (count)
        __atomic_fetch_add(count, 1, __ATOMIC_RELAXED);
}

int fsync(int fd)
{
    static int (*real)(int);
    if (!real)
        real = (int (*)(int))dlsym(RTLD_NEXT, "fsync");
    wait_longer();
    return real(fd);
}

int fdatasync(int fd)
{
    static int (*real)(int);
    if (!real)
        real = (int (*)(int))dlsym(RTLD_NEXT, "fdatasync");
    wait_longer();
    return real(fd);
}
