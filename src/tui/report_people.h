/* The people behind a row of a report: who is at a domain, who got a reply, who bounced. */
#ifndef CRIER_TUI_REPORT_PEOPLE_H
#define CRIER_TUI_REPORT_PEOPLE_H

#include "store/bounced.h"
#include "tui/view.h"

struct report_people_arg {
    const char *campaign; /* name */
    const char *heading;  /* "example.org", "550 5.1.1": stands in the title */
    /* Of the mail that came back; effects 0: of the ledger instead. */
    struct bounced_who who;
    const char *domain;   /* NULL: any */
    int code;             /* -1: any */
    const char *enhanced; /* with `code` */
};
const struct view_ops *report_people_view(void);

#endif
