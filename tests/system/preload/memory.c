/*
 * The MEMORY_FAIL_AT-th allocation fails, once; how many there were is written to the file
 * MEMORY_COUNT by a process that comes to its end. Children of the process have nothing of this.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <malloc.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t n, size_t size);
extern void *__libc_realloc(void *p, size_t size);
extern void *__libc_memalign(size_t alignment, size_t size);

static atomic_long n_calls;
static long fail_at;
static char count_path[4096];

static int fails(void)
{
    if (++n_calls != fail_at)
        return 0;
    errno = ENOMEM;
    return 1;
}

void *malloc(size_t size)
{
    return fails() ? NULL : __libc_malloc(size);
}

void *calloc(size_t n, size_t size)
{
    return fails() ? NULL : __libc_calloc(n, size);
}

void *realloc(void *p, size_t size)
{
    return fails() ? NULL : __libc_realloc(p, size);
}

int posix_memalign(void **ret, size_t alignment, size_t size)
{
    void *p = fails() ? NULL : __libc_memalign(alignment, size);
    if (!p)
        return ENOMEM;
    *ret = p;
    return 0;
}

__attribute__((constructor)) static void begin(void)
{
    const char *text = getenv("MEMORY_FAIL_AT");
    const char *path = getenv("MEMORY_COUNT");
    fail_at = text ? atol(text) : 0;
    snprintf(count_path, sizeof count_path, "%s", path ? path : "");
    unsetenv("MEMORY_FAIL_AT");
    unsetenv("MEMORY_COUNT");
    unsetenv("LD_PRELOAD");
    n_calls = 0;
}

__attribute__((destructor)) static void end(void)
{
    FILE *file = count_path[0] ? fopen(count_path, "w") : NULL;
    if (file) {
        fprintf(file, "%ld\n", n_calls);
        fclose(file);
    }
}
