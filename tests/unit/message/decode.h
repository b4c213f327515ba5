/* A small reader of messages for the tests: strict where ours must be strict. */
#ifndef CRIER_TEST_DECODE_H
#define CRIER_TEST_DECODE_H

#include <glib.h>

/* Each aborts the test on anything malformed. Caller frees. */
GString *decode_qp(const char *s, gsize len);
GString *decode_base64(const char *s, gsize len);
/* A header value, unfolded, with its encoded words decoded. */
char *decode_words(const char *s);
/* The raw unfolded value of the only field `name`; NULL when there is none, aborts on two. */
char *find_field(const char *message, const char *name);
/* How many fields stand before the first empty line. */
guint count_fields(const char *message);
/* The decoded body of the part with this content type ("text/plain"), NULL when there is none.
 */
GString *find_part(const char *message, const char *type);

/* What must hold for every byte sequence that goes on the wire. `max` columns a line. */
void check_lines(const char *s, gsize len, guint max, gboolean is_ascii);
/* check_lines() for a message: headers ≤ `header_max`, bodies ≤ 76. */
void check_message(const GString *message, guint header_max, gboolean is_ascii);

#endif
