/* Inside the report view only: its pages, what they know, and how they are filled and drawn. */
#ifndef CRIER_TUI_REPORT_PRIVATE_H
#define CRIER_TUI_REPORT_PRIVATE_H

#include "app/report.h"
#include "tui/chart.h"
#include "tui/table.h"
#include "tui/table_memory.h"
#include "tui/task.h"
#include "tui/view.h"

#define REPORT_DOMAINS_SHOWN 500
#define REPORT_SLOTS 120 /* of the chart */
#define REPORT_TOP 8     /* rows of each list beside the sums */

enum report_page {
    REPORT_SUMMARY,
    REPORT_DOMAINS,
    REPORT_PROVIDERS,
    REPORT_REPLIES,
    REPORT_BOUNCES,
    REPORT_COMPARE,
    REPORT_PAGE_COUNT
};

struct report {
    struct ui *ui;
    char *name; /* owned */
    enum report_page page;
    struct report_pane {
        struct table table;
        struct table_memory rows;
    } panes[REPORT_PAGE_COUNT];
    GHashTable *ids; /* owned; what a row is about -> its number, which stays */

    struct report_sums *sums; /* owned */
    double mean[REPORT_FIGURE_COUNT];
    int n_mean; /* of how many campaigns; 0: there are none */
    GArray *course; /* owned; of struct minute_count */
    gint64 slot_minutes;
    /* The beginnings of other pages, beside the sums; owned: of struct report_domain *,
     * reply_count *, bounced_group *. */
    GPtrArray *top_domains, *top_replies, *top_bounces;
    struct chart_scale scale;
    GPtrArray *with; /* owned; of char *: names of campaigns beside this one */

    /* By domain; read anew when the counters say that there are more. */
    GHashTable *bounced; /* owned; bounced_domains() */
    gint64 n_bounced;
    struct providers *providers; /* owned; NULL: the table cannot be read */
    struct report_domain others; /* domains that are not shown */
    /* Of a campaign with many domains they are counted by a child, and again by `r`. */
    struct task *task;
    struct json *counted; /* owned; what it answered */
    gint64 counted_us;
    gint64 done, total; /* its progress */
    char *hint;         /* owned */
};

/* report_pages.c */
void report_panes_init(struct report *s);
void report_panes_clear(struct report *s);
const char *report_page_label(enum report_page p); /* translated */
enum report_part report_page_part(enum report_page p);
/* Reads the rows of the page anew; the sums are there already. */
gboolean report_page_load(struct report *s, GError **error);
const struct table_row *report_row(struct report *s); /* under the cursor; NULL: none */
/* What the row means, in a sentence; NULL: nothing more. Caller frees. */
char *report_row_words(struct report *s);

/* report_open.c: what Enter leads to. */
void report_row_open(struct view *v);

/* report_view.c: the providers, by a child. */
void report_count_providers(struct report *s);

/* report_draw.c */
void report_draw(struct view *v, struct rect r);
void report_draw_plain(struct view *v, struct rect r);

/* Words of numbers that several of them show. Caller frees. */
char *report_percent(double share); /* "1.2%", "-" below 0 */

/* Cells behind the columns, by page: what a row stands for. */
enum { REPORT_CELL_CODE = 5, REPORT_CELL_ENHANCED, REPORT_CELL_REPLIES };
enum { REPORT_CELL_CLASS = 5, REPORT_CELL_REASON, REPORT_CELL_STATUS, REPORT_CELL_BOUNCES };
enum { REPORT_CELL_PROVIDER = 8, REPORT_CELL_PROVIDERS };
enum { REPORT_CELL_CAMPAIGN = 10, REPORT_CELL_COMPARED };

#endif
