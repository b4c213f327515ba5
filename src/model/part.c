/*
 * Parts of a message as records, and the table of media types. Reading files is transfer/'s,
 * encoding is message/compose.c's.
 */
#include "config.h"

#include "model/part.h"

#include <string.h>

static const struct {
    const char *ending, *type;
} types[] = {
    {"png", "image/png"},
    {"jpg", "image/jpeg"},
    {"jpeg", "image/jpeg"},
    {"gif", "image/gif"},
    {"webp", "image/webp"},
    {"svg", "image/svg+xml"},
    {"pdf", "application/pdf"},
    {"ics", "text/calendar"},
    {"vcf", "text/vcard"},
    {"csv", "text/csv"},
    {"txt", "text/plain"},
    {"html", "text/html"},
    {"zip", "application/zip"},
    {"doc", "application/msword"},
    {"docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"},
    {"xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"},
    {"pptx", "application/vnd.openxmlformats-officedocument.presentationml.presentation"},
    {"odt", "application/vnd.oasis.opendocument.text"},
    {"ods", "application/vnd.oasis.opendocument.spreadsheet"},
    {"mp3", "audio/mpeg"},
    {"mp4", "video/mp4"},
};

void part_free(struct part *p)
{
    if (!p)
        return;
    g_free(p->file);
    g_free(p->name);
    g_free(p->type);
    g_free(p->content_id);
    if (p->data)
        g_bytes_unref(p->data);
    g_free(p);
}

static void part_free_item(gpointer p)
{
    part_free(p);
}

GPtrArray *part_array_new(void)
{
    return g_ptr_array_new_with_free_func(part_free_item);
}

const char *part_type_of(const char *file)
{
    const char *dot = strrchr(file, '.');
    for (gsize i = 0; dot && i < G_N_ELEMENTS(types); i++)
        if (g_ascii_strcasecmp(dot + 1, types[i].ending) == 0)
            return types[i].type;
    return "application/octet-stream";
}

gboolean part_type_is_valid(const char *type)
{
    const char *slash = strchr(type, '/');
    gsize plain = strspn(type, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                               "!#$&^_.+-/");
    return slash && slash > type && slash[1] && !strchr(slash + 1, '/') && !type[plain] &&
           strlen(type) <= PART_MAX_TYPE;
}
