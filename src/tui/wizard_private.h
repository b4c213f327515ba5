/* Inside the setup only: its state and its steps. */
#ifndef CRIER_TUI_WIZARD_PRIVATE_H
#define CRIER_TUI_WIZARD_PRIVATE_H

#include <glib.h>

#include "model/campaign.h"
#include "model/mailbox.h"
#include "model/server.h"
#include "tui/form.h"
#include "tui/server_talk.h"
#include "tui/ui.h"
#include "tui/view.h"

enum wizard_step {
    WIZARD_WELCOME,
    WIZARD_YOU,
    WIZARD_SERVER,
    WIZARD_BOUNCES,
    WIZARD_MAIL,
    WIZARD_DONE,
    WIZARD_STEP_COUNT
};

struct wizard_you {
    char *organisation, *name, *address; /* owned */
};

struct wizard {
    struct view *view;
    enum wizard_step step;
    struct form *forms[WIZARD_STEP_COUNT]; /* owned; NULL: not been there */
    /* Records as stored last; id 0: not stored yet. */
    struct wizard_you you;
    struct server server;
    struct mailbox mailbox;
    struct campaign campaign;
    struct server_talk talk;
    gboolean was_tested; /* the server as it is stored, and it works */
};

struct wizard_page {
    const char *tab, *question; /* N_() */
    const struct form_row *rows;
    const struct field *(*table)(void);          /* NULL: it asks nothing */
    void *(*record)(struct wizard *s);           /* of the table */
    void (*fill)(struct wizard *s, struct form *f); /* what can be guessed, on the first visit */
    const char *key; /* while this is empty there is nothing to store */
    gboolean (*store)(struct wizard *s, struct form *f, GError **error);
    gboolean (*is_shown)(const struct form *f, const struct form_row *row, void *data);
};
const struct wizard_page *wizard_page(enum wizard_step step);

char **wizard_options(const struct form *f, const struct form_row *row, void *data,
                      GError **error);
char *wizard_note(const struct form *f, const struct form_row *row, void *data);
/* A provider was chosen, or guessed: what is known of it fills the form. */
void wizard_apply_preset(struct form *f, const char *name);

/* What was stored before, for a second run. */
void wizard_load(struct wizard *s);
void wizard_clear(struct wizard *s);
/* "Ada <ada@example.org>"; NULL: no address yet. Caller frees. */
char *wizard_from(const struct wizard *s);

#endif
