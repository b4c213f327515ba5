/*
 * A person: an address and custom fields.
 */
#ifndef CRIER_MODEL_PERSON_H
#define CRIER_MODEL_PERSON_H

#include <glib.h>

#define PERSON_MAX_FIELDS 200
#define PERSON_MAX_FIELD_BYTES 10000

struct person {
    gint64 id;
    char *address;     /* owned; as it goes on the wire */
    char *address_key; /* owned; mailaddr_key() */
    char *domain;      /* owned; A-labels */
    char *fields_json; /* owned; {"first_name":"…"}: an object of strings */
    gint64 created_us, updated_us;
    gint64 row_version;
};

void person_clear(struct person *p);

/* A custom field's name: 1–64 of a–z A–Z 0–9 _ - and non-ASCII letters, no blank, not "address"
 * nor a name that templates reserve (unsubscribe_url, view_url). */
gboolean person_field_name_check(const char *name, GError **error);

#endif
