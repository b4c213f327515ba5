/*
 * Mail that came back as JSON: the shapes that verbs share. Keys are only ever added.
 */
#ifndef CRIER_APP_BOUNCES_SHAPES_H
#define CRIER_APP_BOUNCES_SHAPES_H

#include "app/bounces.h"
#include "base/json.h"
#include "store/inbound_browse.h"

/* Each writes one object. */
void bounces_shape_entry(struct json_writer *w, const struct inbound_entry *e);
void bounces_shape_message(struct json_writer *w, const struct inbound_row *r);
void bounces_shape_group(struct json_writer *w, const struct inbound_group *g);
void bounces_shape_said(struct json_writer *w, const struct bounces_said *s);
void bounces_shape_shown(struct json_writer *w, const struct bounces_shown *b);
void bounces_shape_rule(struct json_writer *w, const struct bounce_rule *r);

#endif
