/*
 * statvfs(3), adjtimex(2) and files of /proc and /sys. Nothing here decides whether a figure is
 * a good one.
 */
#include "config.h"

#include "net/hostinfo.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/statvfs.h>
#include <sys/timex.h>
#include <unistd.h>

#define PROC_MAX 16384

gboolean hostinfo_room(const char *path, struct hostinfo_room *ret)
{
    struct statvfs v;
    if (statvfs(path, &v) < 0)
        return FALSE;
    gint64 unit = (gint64)(v.f_frsize ? v.f_frsize : v.f_bsize);
    *ret = (struct hostinfo_room){.total_bytes = (gint64)v.f_blocks * unit,
                                  .free_bytes = (gint64)v.f_bavail * unit,
                                  .total_inodes = (gint64)v.f_files,
                                  .free_inodes = (gint64)v.f_favail,
                                  .is_readonly = (v.f_flag & ST_RDONLY) != 0};
    return TRUE;
}

gboolean hostinfo_is_clock_held(gint64 *ret_error_us)
{
    struct timex t = {.modes = 0};
    int state = adjtimex(&t);
    if (ret_error_us)
        *ret_error_us = state >= 0 ? t.maxerror : 0;
    return state >= 0 && state != TIME_ERROR && (t.status & STA_UNSYNC) == 0;
}

/* ---- of a process ---- */

/* The beginning of /proc/PID/WHAT; NULL: errno. */
static char *read_proc(pid_t pid, const char *what)
{
    g_autofree char *path = pid > 0 ? g_strdup_printf("/proc/%d/%s", (int)pid, what)
                                    : g_strdup_printf("/proc/self/%s", what);
    FILE *file = fopen(path, "re");
    g_autofree char *text = g_malloc(PROC_MAX);
    if (!file)
        return NULL;
    gsize n = fread(text, 1, PROC_MAX - 1, file);
    gboolean is_read = !ferror(file);
    fclose(file);
    text[n] = '\0';
    return is_read ? g_steal_pointer(&text) : NULL;
}

gint64 hostinfo_descriptors(pid_t pid)
{
    static const char line[] = "Max open files";
    struct rlimit limit;
    if (pid <= 0)
        return getrlimit(RLIMIT_NOFILE, &limit) == 0 ? (gint64)limit.rlim_cur : -1;
    g_autofree char *limits = read_proc(pid, "limits");
    const char *at = limits ? strstr(limits, line) : NULL;
    if (!at)
        return -1;
    at += sizeof line - 1;
    at += strspn(at, " ");
    return g_ascii_isdigit(*at) ? g_ascii_strtoll(at, NULL, 10) : G_MAXINT64;
}

char *hostinfo_label(pid_t pid)
{
    char *label = read_proc(pid, "attr/current");
    if (label)
        g_strstrip(label);
    if (label && *label && strcmp(label, "unconfined") != 0 && strcmp(label, "kernel") != 0)
        return label;
    g_free(label);
    return NULL;
}

/* The first character of a file, or 0. */
static int first_of(const char *path)
{
    FILE *file = fopen(path, "re");
    int c = file ? fgetc(file) : EOF;
    if (file)
        fclose(file);
    return c == EOF ? 0 : c;
}

const char *hostinfo_security_module(void)
{
    int enforces = first_of("/sys/fs/selinux/enforce");
    if (enforces != 0)
        return enforces == '1' ? "SELinux, enforcing" : "SELinux, permissive";
    return first_of("/sys/module/apparmor/parameters/enabled") == 'Y' ? "AppArmor" : NULL;
}

/* ---- dates ---- */

static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";

/* "+0100", "-0530", "GMT", "UT", "Z": seconds east of Greenwich. */
static gboolean read_zone(const char *s, int *ret_s)
{
    int number = 0, n = 0;
    if (g_str_has_prefix(s, "GMT") || g_str_has_prefix(s, "UT") || *s == 'Z') {
        *ret_s = 0;
        return TRUE;
    }
    if ((*s != '+' && *s != '-') || sscanf(s + 1, "%4d%n", &number, &n) != 1 || n != 4 ||
        number < 0 || number > 1400)
        return FALSE;
    *ret_s = (number / 100 * 3600 + number % 100 * 60) * (*s == '-' ? -1 : 1);
    return TRUE;
}

/* "22 Nov 2026 09:40:12 +0000" at the beginning of `s`. */
static gboolean read_date(const char *s, gint64 *ret_us)
{
    int day, year, hour, minute, second = 0, n = 0, zone_s;
    char name[4] = "";
    if (sscanf(s, "%2d %3s %4d %2d:%2d%n", &day, name, &year, &hour, &minute, &n) != 5)
        return FALSE;
    s += n;
    if (*s == ':' && sscanf(s, ":%2d%n", &second, &n) == 1)
        s += n;
    s += strspn(s, " ");
    const char *month = strlen(name) == 3 ? strstr(months, name) : NULL;
    if (!month || (month - months) % 3 != 0 || !read_zone(s, &zone_s))
        return FALSE;
    g_autoptr(GDateTime) at = g_date_time_new_utc(year, (int)(month - months) / 3 + 1, day,
                                                  hour, minute, MIN(second, 59));
    if (!at)
        return FALSE;
    *ret_us = (g_date_time_to_unix(at) - zone_s) * G_USEC_PER_SEC;
    return TRUE;
}

gboolean hostinfo_find_date(const char *text, gint64 *ret_us)
{
    for (const char *s = text; *s; s++) {
        gboolean begins = g_ascii_isdigit(*s) && (s == text || !g_ascii_isalnum(s[-1]));
        if (begins && read_date(s, ret_us))
            return TRUE;
    }
    return FALSE;
}
