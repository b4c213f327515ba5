/*
 * Field tables. A record (campaign, server, list, settings) has one static table of its fields;
 * the command line, files, forms, validation, `show` and the manual all read that table.
 * To add a field is to add a row (and a migration).
 */
#ifndef CRIER_BASE_FIELD_H
#define CRIER_BASE_FIELD_H

#include <glib.h>

enum field_type {
    FIELD_LINE,     /* char *: one line of text, no controls */
    FIELD_TEXT,     /* char *: text with newlines */
    FIELD_SLUG,     /* char * */
    FIELD_SLUGS,    /* char **: slugs, comma or blank separated as text */
    FIELD_MAILBOX,  /* char *: "Name <addr>" or an address, checked by mailbox_parse() */
    FIELD_HOSTPORT, /* char *: "host" or "host:port", normalised */
    FIELD_LISTENER, /* char *: where we listen: "*:81", "127.0.0.1:82", normalised */
    FIELD_FILE,     /* char *: a file name */
    FIELD_COMMAND,  /* char *: a command line, split by g_shell_parse_argv(), never run by a
                       shell */
    FIELD_INT,      /* gint64 */
    FIELD_SPAN,     /* gint64 seconds; "2d" as text */
    FIELD_BOOL,     /* gboolean; yes/no/true/false/1/0/on/off */
    FIELD_CHOICE,   /* int: index into `choices` */
    FIELD_TYPE_COUNT
};

enum field_flags {
    FIELD_SECRET = 1 << 0,   /* never shown, logged, exported */
    FIELD_REQUIRED = 1 << 1, /* may not be empty when the record is used */
    FIELD_NOT_CLI = 1 << 2,  /* not settable by --key */
    FIELD_NOT_FILE = 1 << 3, /* not in campaign or site files */
    FIELD_FIXED = 1 << 4,    /* stays as it is once the record is in use */
    FIELD_SPARSE = 1 << 5,   /* left out of hashes at its default: it came later than they did */
};

struct field {
    const char *key; /* "per_second"; the option is --per-second */
    enum field_type type;
    gsize offset;               /* of the member in the record */
    const char *fallback;       /* default as text; NULL: empty, 0, no */
    gint64 min, max;            /* value for ints and spans, octets for texts (max 0: 1000) */
    const char *const *choices; /* NULL-ended, for FIELD_CHOICE */
    unsigned flags;
    const char *help; /* one line, marked N_() */
};

/* A table ends with a row whose key is NULL. Empty texts are "" and empty lists have no member:
 * an initialised record holds no NULL (field_clear_all() leaves NULLs, which all calls take).
 */

const struct field *field_find(const struct field *table, const char *key); /* '-' equals '_' */
/* The nearest known key, NULL when none is near: "did you mean …?" */
const char *field_nearest(const struct field *table, const char *key);

/* Parses, checks limits and stores; the old value is freed. On failure the record is untouched
 * and the message begins with the key. An empty or NULL text sets the default. */
gboolean field_set(const struct field *f, void *record, const char *text, GError **error);
/* The value as field_set() would take it; "" when empty. Secrets are not masked here. Caller
 * frees. */
char *field_get(const struct field *f, const void *record);
/* As field_get(), secrets shown as "(set)" or "". For people. Caller frees. */
char *field_show(const struct field *f, const void *record);

/* field_set() by key. Unknown key: CRIER_ERROR_INVALID with the nearest one. */
gboolean field_set_key(const struct field *table, void *record, const char *key,
                       const char *text, GError **error);

void field_init_all(const struct field *table,
                    void *record); /* defaults; members must be zero */
void field_clear_all(const struct field *table, void *record); /* frees and zeroes members */
void field_copy_all(const struct field *table, void *to,
                    const void *from); /* `to` initialised */
gboolean field_equal(const struct field *f, const void *a, const void *b);

/* CRIER_ERROR_INVALID naming the first FIELD_REQUIRED member that is empty. */
gboolean field_check_required(const struct field *table, const void *record, GError **error);

/* FIELD_RECORD(server, fields): server_fields(), server_init() and server_clear() of a struct
 * server whose members beside the table are numbers and its name. */
#define FIELD_RECORD(type, table)                                                              \
    const struct field *type##_fields(void)                                                    \
    {                                                                                          \
        return table;                                                                          \
    }                                                                                          \
    void type##_init(struct type *record)                                                      \
    {                                                                                          \
        *record = (struct type){0};                                                            \
        field_init_all(table, record);                                                         \
    }                                                                                          \
    void type##_clear(struct type *record)                                                     \
    {                                                                                          \
        g_free(record->name);                                                                  \
        field_clear_all(table, record);                                                        \
        *record = (struct type){0};                                                            \
    }

/* Typed access for the store and files. */
char **field_text_ref(const struct field *f, void *record);      /* text types */
gint64 field_get_int(const struct field *f, const void *record); /* INT, SPAN, BOOL, CHOICE */

#endif
