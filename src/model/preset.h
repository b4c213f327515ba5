/*
 * Common submission hosts: how they are reached, what they allow, what is peculiar to them.
 * From their public documentation; limits change, so they are where to begin, not promises.
 */
#ifndef CRIER_MODEL_PRESET_H
#define CRIER_MODEL_PRESET_H

#include <glib.h>

#include "model/server.h"

struct preset {
    const char *name;  /* slug */
    const char *title; /* a proper name, not translated */
    const char *host;  /* "smtp.example.org:587"; with a word in capitals: the account's own */
    enum server_security security;
    enum server_auth auth;
    enum server_envelope envelope;
    const char *user;   /* where it is the same for everybody; NULL */
    gint64 connections; /* 0: the default of the field table; so below */
    gint64 per_second, per_day;
    const char *quirk; /* one sentence, N_() */
};

const struct preset *presets_all(void); /* in the order of names; ends with name NULL */
/* CRIER_ERROR_NOT_FOUND names the nearest. */
const struct preset *preset_find(const char *name, GError **error);
gboolean preset_has_host(const struct preset *p); /* false: the user must say which host */
/* Sets the fields that it knows; the host only where preset_has_host(). */
void preset_apply(const struct preset *p, struct server *s);

#endif
