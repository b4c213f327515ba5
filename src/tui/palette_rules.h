/*
 * What the command line of the screens asks before a verb runs in a child, and which verbs it
 * does not run. A verb without a row runs at once: it reads, or what it does can be undone.
 */
#ifndef CRIER_TUI_PALETTE_RULES_H
#define CRIER_TUI_PALETTE_RULES_H

#include "app/verbs.h"
#include "tui/confirm.h"

struct palette_rule {
    const char *words;       /* "campaign delete": noun and verb */
    enum confirm_level level;
    const char *text;        /* N_(): the consequence; NULL with a refusal */
    const char *only_with;   /* acts only with this option: "force" */
    const char *not_with;    /* nor with this one: "dry-run" */
    const char *add;         /* this option goes with the answer: "--yes"; may be NULL */
    const char *refusal;     /* N_(): not run here, for this reason */
};
const struct palette_rule *palette_rules(void); /* ends with words NULL */
/* The rule that holds for these words; NULL: none. `words` as palette_command has them. */
const struct palette_rule *palette_rule_for(const struct verb *v, char *const *words);

#endif
