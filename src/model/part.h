/*
 * A part of a message beside its bodies: an inline image or an attachment, as a file in the
 * campaign's folder and as bytes in the database.
 */
#ifndef CRIER_MODEL_PART_H
#define CRIER_MODEL_PART_H

#include <glib.h>

enum part_kind {                  /* numbers are stored: never renumber */
                 PART_INLINE = 0, /* shown inside the HTML, named by cid: */
                 PART_ATTACHMENT = 1,
                 PART_KIND_COUNT
};

#define PART_MAX_PARTS 100
#define PART_MAX_BYTES (32 * 1024 * 1024)

struct part {
    enum part_kind kind;
    char *file;       /* owned; its path inside the campaign's folder */
    char *name;       /* owned; the file name the receiver sees */
    char *type;       /* owned; media type, "image/png" */
    char *content_id; /* owned; what stands behind cid: in the HTML (percent-decoded), as the
                         author wrote it: for an image of a folder its `file`. The composer
                         makes a valid Content-ID of it. NULL for an attachment */
    GBytes *data;     /* owned */
};

void part_free(struct part *p);
/* An array that owns its struct part *. */
GPtrArray *part_array_new(void);

/* The media type by the file name's ending (RFC 2046 registry names),
 * "application/octet-stream" for an unknown one. Static. */
const char *part_type_of(const char *file);

/* Whether it is "type/subtype" of RFC 2045 tokens, at most PART_MAX_TYPE octets, without
 * parameters. */
#define PART_MAX_TYPE 120
gboolean part_type_is_valid(const char *type);

#endif
