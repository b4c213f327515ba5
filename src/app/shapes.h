/*
 * Records as JSON: the shapes that --json, the list writer and the HTTP roles share. Each
 * function writes one whole object, except where it says members. Keys are only ever added;
 * times are RFC 3339 UTC or null; secrets never come here.
 */
#ifndef CRIER_APP_SHAPES_H
#define CRIER_APP_SHAPES_H

#include <glib.h>

#include "base/json.h"
#include "model/campaign.h"
#include "model/mailbox.h"
#include "model/port.h"
#include "model/person.h"
#include "model/server.h"
#include "store/audit.h"
#include "store/campaigns.h"
#include "store/deliveries.h"
#include "store/people.h"

/* A key with a time; 0 is null. */
void shape_time(struct json_writer *w, const char *key, gint64 wall_us);

/* `lists` (of struct membership *) and `suppressions` (of struct suppression *) may be NULL. */
void shape_person(struct json_writer *w, const struct person *p, const GPtrArray *lists,
                  const GPtrArray *suppressions);
/* The member "mail": of struct person_delivery *. */
void shape_person_mail(struct json_writer *w, const GPtrArray *mail);
/* Members, not an object: the person with memberships and suppressions in full. */
void shape_person_members(struct json_writer *w, const struct person *p, const GPtrArray *lists,
                          const GPtrArray *suppressions);
void shape_list(struct json_writer *w, const struct list *l);
void shape_suppression(struct json_writer *w, const struct suppression *s);
/* Members, not an object. `problem` may be NULL. */
void shape_server_members(struct json_writer *w, const struct server *s, const char *problem);
/* With the addresses that bounces and unsubscribe requests come to. `problem` may be NULL. */
void shape_mailbox(struct json_writer *w, const struct mailbox *m, const char *problem);
/* `problem` may be NULL. */
void shape_port(struct json_writer *w, const struct port *p, const char *problem);
/* Its members, not an object: for who adds to them. */
void shape_port_members(struct json_writer *w, const struct port *p, const char *problem);
/* Never the bodies; with their sizes when the record has them. `counts` may be NULL. */
void shape_campaign(struct json_writer *w, const struct campaign *c, gboolean has_bodies,
                    const struct campaign_counts *counts);
/* Members, not an object: total, the eight states, in_flight. */
void shape_counts(struct json_writer *w, const struct campaign_counts *counts);
void shape_delivery(struct json_writer *w, const struct delivery *d);
void shape_delivery_members(struct json_writer *w, const struct delivery *d); /* no object */
void shape_attempt(struct json_writer *w, const struct attempt *a);
/* With its counts as members. */
void shape_import(struct json_writer *w, const struct import_record *r);
/* The settings table: one object a field. `origin` may be NULL. */
void shape_setting(struct json_writer *w, const struct field *f, const struct settings *s,
                   const char *origin);

/* The fields of a record by its table, as members. Secret fields are left out. */
void shape_fields(struct json_writer *w, const struct field *table, const void *record);

#endif
