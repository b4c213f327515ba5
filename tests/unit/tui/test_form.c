/*
 * Forms: values in and out, what is checked and when, how the focus moves, what is drawn; and
 * random keys, after which the focus is on a row that is there and all values are valid text.
 */
#include "config.h"

#include "tui/form.h"

#include <stddef.h>

#include "base/error.h"
#include "tests/unit/tui/keys.h"
#include "tests/unit/tui/screen.h"

struct thing {
    char *host;
    char *subject;
    char *from;
    char **lists;
    char *password_command, *password_file;
    int security;
    gint64 rate;
    gboolean enabled;
    char *body;
    char *pin;
};

static const char *const security_names[] = {"tls", "starttls", "none", NULL};
static const char *const security_labels[] = {"TLS", "STARTTLS", "none", NULL};
static const char *const ways[] = {"command", "file", NULL};
static const char *const page_names[] = {"Basics", "More", NULL};

#define AT(m) offsetof(struct thing, m)
static const struct field fields[] = {
    {.key = "host",
     .type = FIELD_HOSTPORT,
     .offset = AT(host),
     .max = 300,
     .flags = FIELD_REQUIRED,
     .help = "where it is"},
    {.key = "subject",
     .type = FIELD_LINE,
     .offset = AT(subject),
     .max = 40,
     .flags = FIELD_REQUIRED,
     .help = "what it is about"},
    {.key = "from", .type = FIELD_MAILBOX, .offset = AT(from)},
    {.key = "lists", .type = FIELD_SLUGS, .offset = AT(lists)},
    {.key = "password_command", .type = FIELD_COMMAND, .offset = AT(password_command)},
    {.key = "password_file", .type = FIELD_FILE, .offset = AT(password_file)},
    {.key = "security",
     .type = FIELD_CHOICE,
     .offset = AT(security),
     .fallback = "starttls",
     .choices = security_names},
    {.key = "rate",
     .type = FIELD_INT,
     .offset = AT(rate),
     .fallback = "4",
     .min = 1,
     .max = 500},
    {.key = "enabled", .type = FIELD_BOOL, .offset = AT(enabled), .fallback = "yes"},
    {.key = "body", .type = FIELD_TEXT, .offset = AT(body), .max = 100000},
    {.key = "pin", .type = FIELD_LINE, .offset = AT(pin), .flags = FIELD_SECRET},
    {.key = NULL},
};

static const struct form_row rows[] = {
    {.kind = FORM_HEADING, .label = "Server"},
    {.kind = FORM_LINE, .key = "host", .label = "Host"},
    {.kind = FORM_LINE, .key = "subject", .label = "Subject", .flags = FORM_COUNT},
    {.kind = FORM_CHOICE, .key = "security", .label = "Security", .shown = security_labels},
    {.kind = FORM_CHOICE, .key = "way", .label = "Password by", .words = ways},
    {.kind = FORM_LINE,
     .key = "password_command",
     .label = "Command",
     .flags = FORM_EMPTY_HIDDEN},
    {.kind = FORM_FILE, .key = "password_file", .label = "File", .flags = FORM_EMPTY_HIDDEN},
    {.kind = FORM_LINE, .key = "from", .label = "From", .page = 1},
    {.kind = FORM_PICK, .key = "lists", .label = "Lists", .page = 1},
    {.kind = FORM_LINE,
     .key = "rate",
     .label = "Rate",
     .page = 1,
     .cells = 6,
     .beside = "per second"},
    {.kind = FORM_BOOL,
     .key = "enabled",
     .label = "Enabled",
     .page = 1,
     .beside = "takes mail"},
    {.kind = FORM_TEXT, .key = "body", .label = "Body", .page = 1},
    {.kind = FORM_SECRET, .key = "pin", .label = "PIN", .page = 1},
    {.kind = FORM_NOTE, .page = 1, .beside = "A note of some words that stand below it all."},
    {.kind = FORM_BUTTON, .key = "save", .label = "Save", .page = FORM_ALL_PAGES},
    {.kind = FORM_BUTTON, .key = "cancel", .label = "Cancel", .page = FORM_ALL_PAGES},
    {.kind = FORM_END},
};

static gboolean is_shown(const struct form *f, const struct form_row *row, void *data)
{
    const char *way = form_text(f, "way");
    if (g_strcmp0(row->key, "password_command") == 0)
        return g_str_equal(way, "command");
    if (g_strcmp0(row->key, "password_file") == 0)
        return g_str_equal(way, "file");
    return TRUE;
}

static char **options(const struct form *f, const struct form_row *row, void *data,
                      GError **error)
{
    const char *all = data;
    if (all)
        return g_strsplit(all, " ", -1);
    g_set_error(error, CRIER_ERROR, CRIER_ERROR_TRY_AGAIN, "the database is locked");
    return NULL;
}

static void check_rules(struct form *f, void *data)
{
    if (g_str_equal(form_text(f, "security"), "none") &&
        !g_str_equal(form_text(f, "host"), "localhost"))
        form_set_problem(f, "security", "only on this machine");
}

static struct form *form_of(const struct thing *t)
{
    static const struct form_setup setup = {.rows = rows,
                                            .table = fields,
                                            .pages = page_names,
                                            .is_shown = is_shown,
                                            .options = options,
                                            .check = check_rules,
                                            .data = (void *)"news press"};
    return form_new(&setup, t);
}

static enum form_did type(struct form *f, const char *script)
{
    enum form_did did = FORM_IGNORED;
    while (*script) {
        struct term_event e = key_event(next_key(&script));
        did = form_event(f, &e);
    }
    return did;
}

static void thing_init(struct thing *t)
{
    *t = (struct thing){0};
    field_init_all(fields, t);
}

static void set(struct thing *t, const char *key, const char *text)
{
    g_autoptr(GError) error = NULL;
    field_set_key(fields, t, key, text, &error);
    g_assert_no_error(error);
}

static const char *focused(const struct form *f)
{
    return form_focused(f)->key;
}

/* ---- values ---- */

static void test_round(void)
{
    struct thing t, out;
    thing_init(&t);
    thing_init(&out);
    set(&t, "host", "mail.example.org:25");
    set(&t, "subject", "Grüße");
    set(&t, "from", "News <news@example.org>");
    set(&t, "lists", "news, press");
    set(&t, "password_command", "pass show mail");
    set(&t, "security", "tls");
    set(&t, "rate", "17");
    set(&t, "enabled", "no");
    set(&t, "body", "one\ntwo\n");
    set(&t, "pin", "1234");
    struct form *f = form_of(&t);
    g_assert_false(form_is_changed(f));
    g_autoptr(GError) error = NULL;
    g_assert_true(form_store(f, &out, &error));
    g_assert_no_error(error);
    g_assert_false(form_is_changed(f));
    for (const struct field *field = fields; field->key; field++)
        g_assert_true(field_equal(field, &t, &out));
    form_free(f);
    field_clear_all(fields, &t);
    field_clear_all(fields, &out);
}

static void test_defaults(void)
{
    struct form *f = form_of(NULL);
    g_assert_cmpstr(form_text(f, "security"), ==, "starttls");
    g_assert_cmpstr(form_text(f, "rate"), ==, "4");
    g_assert_cmpstr(form_text(f, "enabled"), ==, "yes");
    g_assert_cmpstr(form_text(f, "way"), ==, "command");
    g_assert_cmpstr(form_text(f, "host"), ==, "");
    g_assert_cmpstr(form_text(f, "save"), ==, "");
    g_assert_cmpstr(form_text(f, "nothing"), ==, "");
    form_free(f);
    form_free(NULL);
}

/* What was typed is as the field keeps it, once the row is left. */
static void test_normalised(void)
{
    static const struct {
        const char *key, *typed, *kept;
    } cases[] = {
        {"host", "mail.example.org : 2525", "mail.example.org:2525"},
        {"host", "smtp://Mail.example.org/", "mail.example.org"},
        {"host", "smtps://mail.example.org", "mail.example.org:465"},
        {"host", "SMTPS://mail.example.org:25/x", "mail.example.org:25"},
        {"host", "imaps://[2001:db8::1]", "[2001:db8::1]:993"},
        {"host", "a b", "a b"},
        {"subject", "  x  ", "x"},
        {"rate", "", "4"},
        {"rate", " 7", "7"},
        {"rate", "700", "700"},
        {"pin", " 1 ", " 1 "}, /* blanks of a secret may be meant */
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        struct form *f = form_of(NULL);
        g_assert_true(form_focus(f, cases[i].key));
        type(f, "<^U>");
        struct term_event paste = {.kind = EVENT_PASTE, .text = (char *)cases[i].typed};
        form_event(f, &paste);
        g_assert_cmpint(type(f, "<Enter>"), ==, FORM_LEFT_ROW);
        g_assert_cmpstr(form_text(f, cases[i].key), ==, cases[i].kept);
        form_free(f);
    }
}

/* Of two ways only the one that is chosen is stored. */
static void test_hidden(void)
{
    struct thing t;
    thing_init(&t);
    set(&t, "host", "localhost");
    set(&t, "subject", "x");
    set(&t, "password_command", "pass show mail");
    struct form *f = form_of(&t);
    form_set_text(f, "way", "file");
    form_set_text(f, "password_file", "/etc/key");
    g_assert_false(form_focus(f, "password_command"));
    g_assert_true(form_store(f, &t, NULL));
    g_assert_cmpstr(t.password_command, ==, "");
    g_assert_cmpstr(t.password_file, ==, "/etc/key");
    form_free(f);
    field_clear_all(fields, &t);
}

static void test_draft(void)
{
    struct thing t;
    thing_init(&t);
    set(&t, "rate", "9");
    struct form *f = form_of(&t);
    g_autofree char *none = form_draft(f);
    g_assert_cmpstr(none, ==, "{}");
    form_set_text(f, "subject", "half \"done");
    form_set_text(f, "pin", "1234");
    form_set_text(f, "security", "none");
    g_autofree char *draft = form_draft(f);
    g_assert_null(strstr(draft, "1234"));
    form_free(f);

    f = form_of(&t);
    g_autoptr(GError) error = NULL;
    g_assert_true(form_restore(f, draft, &error));
    g_assert_cmpstr(form_text(f, "subject"), ==, "half \"done");
    g_assert_cmpstr(form_text(f, "security"), ==, "none");
    g_assert_cmpstr(form_text(f, "rate"), ==, "9");
    g_assert_true(form_row_is_changed(f, "subject"));
    g_assert_false(form_row_is_changed(f, "rate"));
    g_assert_true(form_restore(f, "{\"gone\":\"x\",\"pin\":\"5\",\"rate\":7}", NULL));
    g_assert_cmpstr(form_text(f, "pin"), ==, "");
    g_assert_false(form_restore(f, "no json", &error));
    g_assert_error(error, CRIER_ERROR, CRIER_ERROR_INVALID);
    form_set_saved(f);
    g_assert_false(form_is_changed(f));
    form_free(f);
    field_clear_all(fields, &t);
}

/* ---- checks ---- */

static void test_problem_on_leaving(void)
{
    struct form *f = form_of(NULL);
    g_assert_true(form_focus(f, "rate"));
    type(f, "<^U>900");
    g_assert_null(form_problem(f, "rate"));
    type(f, "<Tab>");
    g_assert_cmpstr(form_problem(f, "rate"), ==, "900 is not in 1–500");
    g_assert_cmpstr(form_hint(f), ==, "2 fields need attention: Host, Rate   ^N next");
    type(f, "<Up><BS>"); /* it goes as soon as it is right */
    g_assert_null(form_problem(f, "rate"));
    type(f, "0");
    g_assert_null(form_problem(f, "rate")); /* and comes back only on leaving */
    form_free(f);
}

static void test_store_refused(void)
{
    struct thing t;
    thing_init(&t);
    set(&t, "rate", "9");
    struct form *f = form_of(&t);
    form_focus(f, "rate");
    type(f, "<^U>x");
    form_set_text(f, "subject", "ok");
    g_autoptr(GError) error = NULL;
    g_assert_false(form_store(f, &t, &error));
    g_assert_error(error, CRIER_ERROR, CRIER_ERROR_INVALID);
    g_assert_cmpstr(error->message, ==, "2 fields need attention: Host, Rate");
    g_assert_cmpstr(focused(f), ==, "host");
    g_assert_cmpint(form_page(f), ==, 0);
    g_assert_cmpstr(t.subject, ==, ""); /* nothing was written */
    type(f, "<^N>");
    g_assert_cmpstr(focused(f), ==, "rate");
    g_assert_cmpint(form_page(f), ==, 1);
    type(f, "<^N>");
    g_assert_cmpstr(focused(f), ==, "host");
    type(f, "<^P>");
    g_assert_cmpstr(focused(f), ==, "rate");
    type(f, "<^U>3");
    form_set_text(f, "host", "localhost");
    g_clear_error(&error);
    g_assert_true(form_store(f, &t, &error));
    g_assert_no_error(error);
    g_assert_cmpint(t.rate, ==, 3);
    g_assert_cmpint(type(f, "<^N>"), ==, FORM_TAKEN);
    form_free(f);
    field_clear_all(fields, &t);
}

/* A draft may lack what sending needs, but not hold what is wrong. */
static void test_draft_rules(void)
{
    struct form_setup setup = {.rows = rows, .table = fields, .is_draft = TRUE};
    struct thing t;
    thing_init(&t);
    struct form *f = form_new(&setup, &t);
    g_assert_true(form_store(f, &t, NULL));
    g_assert_cmpstr(form_problem(f, "host"), ==, "Host is needed");
    form_focus(f, "from");
    type(f, "nobody");
    g_assert_false(form_store(f, &t, NULL));
    g_assert_cmpstr(focused(f), ==, "from");
    form_free(f);
    field_clear_all(fields, &t);
}

static void test_rules(void)
{
    struct form *f = form_of(NULL);
    form_set_text(f, "host", "mail.example.org");
    form_set_text(f, "subject", "x");
    form_set_text(f, "security", "none");
    g_assert_cmpstr(form_problem(f, "security"), ==, "only on this machine");
    g_assert_cmpuint(form_check(f), ==, 1);
    form_set_text(f, "host", "localhost");
    g_assert_null(form_problem(f, "security"));
    g_assert_cmpuint(form_check(f), ==, 0);

    form_set_problem(f, "host", "does not answer");
    g_assert_cmpstr(form_problem(f, "host"), ==, "does not answer");
    form_focus(f, "host");
    type(f, "x");
    g_assert_null(form_problem(f, "host"));
    form_free(f);
}

/* ---- focus ---- */

static void test_focus(void)
{
    static const struct {
        const char *keys, *at;
        enum form_did did;
    } cases[] = {
        {"", "host", FORM_IGNORED},
        {"<Tab>", "subject", FORM_LEFT_ROW},
        {"<Down><Down>", "security", FORM_LEFT_ROW},
        {"<Enter>", "subject", FORM_LEFT_ROW},
        {"<Down><Up>", "host", FORM_LEFT_ROW},
        {"<Tab><Tab><Tab><Tab><Tab>", "save", FORM_LEFT_ROW},
        {"<Tab><Tab><Tab><Tab><Tab><Tab><Tab>", "from", FORM_LEFT_ROW}, /* the next page */
        {"<S-Tab>", "cancel", FORM_LEFT_ROW},                           /* of the last page */
        {"<S-Tab><Tab>", "host", FORM_LEFT_ROW},
        {"<PgDn>", "from", FORM_LEFT_ROW},
        {"<PgDn><PgDn>", "from", FORM_TAKEN},
        {"<PgDn><PgUp>", "host", FORM_LEFT_ROW},
        {"<Tab><Tab>]", "from", FORM_LEFT_ROW},
        {"<Tab>]", "subject", FORM_CHANGED}, /* text */
        {"<S-Tab><Left>", "save", FORM_LEFT_ROW},
        {"<S-Tab><Left><Enter>", "save", FORM_PRESSED},
        {"<S-Tab><Right>", "cancel", FORM_TAKEN},
        {"<S-Tab>x", "cancel", FORM_IGNORED},
        {"<F1>", "host", FORM_IGNORED},
        {"<F2>", "host", FORM_IGNORED},
        {"<^S>", "host", FORM_IGNORED},
        {"<^O>", "host", FORM_IGNORED},
        {"<Esc>", "host", FORM_IGNORED},
        {"<PgDn><Tab><Tab><Tab><Tab><Enter>", "body", FORM_PRESSED},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        struct form *f = form_of(NULL);
        g_assert_cmpint(type(f, cases[i].keys), ==, cases[i].did);
        g_assert_cmpstr(focused(f), ==, cases[i].at);
        form_free(f);
    }
}

static void test_choices(void)
{
    static const struct {
        const char *start, *keys, *text;
        enum form_did did;
    } cases[] = {
        {"security", "<Space>", "none", FORM_CHANGED},
        {"security", "<Right><Right>", "tls", FORM_CHANGED},
        {"security", "<Left>", "tls", FORM_CHANGED},
        {"security", "<Enter>", "starttls", FORM_TAKEN}, /* nothing is drawn yet: a list */
        {"security", "<Enter>no<Enter>", "none", FORM_CHANGED},
        {"security", "<Enter><Enter>", "starttls", FORM_TAKEN},
        {"security", "<Enter><Down><Esc>", "starttls", FORM_TAKEN},
        {"enabled", "<Space>", "no", FORM_CHANGED},
        {"enabled", "<Space><Space>", "yes", FORM_CHANGED},
        {"lists", "<Enter><Space><Enter>", "news", FORM_CHANGED},
        {"lists", "<Enter><Space><Down><Space><Enter>", "news, press", FORM_CHANGED},
        {"lists", "<Enter>pre<Space><Enter>", "press", FORM_CHANGED},
        {"lists", "<Enter><Space><Enter><Del>", "", FORM_CHANGED},
        {"lists", "<Enter><Esc>", "", FORM_TAKEN},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        struct form *f = form_of(NULL);
        form_focus(f, cases[i].start);
        g_assert_cmpint(type(f, cases[i].keys), ==, cases[i].did);
        g_assert_cmpstr(form_text(f, cases[i].start), ==, cases[i].text);
        g_assert_cmpstr(focused(f), ==, cases[i].start);
        form_free(f);
    }
}

/* A list that is gone can still be taken out of what it was in; no lists are told. */
static void test_picks(void)
{
    struct thing t;
    thing_init(&t);
    set(&t, "lists", "gone, news");
    struct form *f = form_of(&t);
    form_focus(f, "lists");
    type(f, "<Enter>gone<Space><Enter>");
    g_assert_cmpstr(form_text(f, "lists"), ==, "news");
    form_free(f);

    struct form_setup setup = {.rows = rows, .table = fields, .options = options};
    f = form_new(&setup, &t);
    form_focus(f, "lists");
    g_assert_cmpint(type(f, "<Enter>"), ==, FORM_TAKEN);
    g_assert_false(form_is_listing(f));
    g_assert_cmpstr(form_problem(f, "lists"), ==, "the database is locked");
    form_free(f);
    field_clear_all(fields, &t);
}

static void test_read_only(void)
{
    static const struct form_row fixed[] = {
        {.kind = FORM_LINE, .key = "host", .label = "Host", .flags = FORM_READ_ONLY},
        {.kind = FORM_BOOL, .key = "enabled", .label = "On", .flags = FORM_READ_ONLY},
        {.kind = FORM_END},
    };
    struct form_setup setup = {.rows = fixed, .table = fields};
    struct thing t;
    thing_init(&t);
    set(&t, "host", "localhost");
    struct form *f = form_new(&setup, &t);
    g_assert_cmpint(type(f, "x"), ==, FORM_IGNORED);
    g_assert_cmpint(type(f, "<Enter><Space>"), ==, FORM_IGNORED);
    g_assert_false(form_is_changed(f));
    g_assert_cmpstr(focused(f), ==, "enabled");
    form_free(f);
    field_clear_all(fields, &t);
}

/* ---- the screen ---- */

static void draw(struct form *f, int w, int h)
{
    screen.glyphs = GLYPHS_ASCII;
    screen_erase();
    form_draw(f, (struct rect){0, 0, w, h}, TRUE);
    g_assert_false(screen.has_left);
}

static void test_draw(void)
{
    struct form *f = form_of(NULL);
    form_set_text(f, "subject", "Hello");
    form_focus(f, "subject");
    draw(f, 72, 20);
    g_assert_row(0, " [Basics!]  More                                              PgDn next");
    g_assert_row(2, " Server");
    g_assert_row(3, "  Host *       ________________________________________________________");
    g_assert_row(4, "               ! Host is needed");
    g_assert_row(5, "  Subject *    Hello___________________________________  5 characters");
    g_assert_row(6, "  Security     ( ) TLS  (o) STARTTLS  ( ) none");
    g_assert_row(7, "  Password by  (o) command  ( ) file");
    g_assert_row(8, "  Command      ________________________________________________________");
    g_assert_row(9, "");
    g_assert_row(10, "  [ Save ]  [ Cancel ]");
    g_assert_row(19, " Subject: what it is about");
    g_assert_cmpint(screen.cursor_x, ==, 20);
    g_assert_cmpint(screen.cursor_y, ==, 5);
    g_assert_cmpint(screen.role[4][15], ==, ROLE_INPUT_ERROR);
    g_assert_cmpint(screen.role[3][15], ==, ROLE_INPUT_ERROR);
    g_assert_cmpint(screen.role[5][15], ==, ROLE_INPUT);
    g_assert_cmpint(form_height(f, 72), ==, 11);

    /* A radio that is seen goes on with Enter; its list is only for where it does not fit. */
    form_focus(f, "security");
    g_assert_cmpint(type(f, "<Enter>"), ==, FORM_LEFT_ROW);
    g_assert_cmpstr(focused(f), ==, "way");
    form_free(f);
}

static void test_draw_second_page(void)
{
    struct form *f = form_of(NULL);
    form_set_text(f, "body", "\n\nDear all,\nhello");
    form_set_text(f, "pin", "123");
    form_set_page(f, 1);
    draw(f, 72, 20);
    g_assert_row(2, "  From         ________________________________________________________");
    g_assert_row(3, "  Lists        [ (none)                                 v ]");
    g_assert_row(4, "  Rate         4_____  per second");
    g_assert_row(5, "  Enabled      [x] takes mail");
    g_assert_row(6, "  Body         17 characters: Dear all,");
    g_assert_row(7, "  PIN          **********______________________________________________");
    g_assert_row(8, "  A note of some words that stand below it all.");
    g_assert_row(10, "  [ Save ]  [ Cancel ]");
    form_focus(f, "lists");
    type(f, "<Enter>");
    g_assert_true(form_is_listing(f));
    draw(f, 72, 20);
    g_assert_cmpint(screen.cursor_y, ==, 5);
    g_assert_row(5, "  Enabled      |>[ ] news         |");
    form_free(f);
}

/* Labels above the fields, and the page scrolled to the focus. */
static void test_draw_narrow(void)
{
    struct form *f = form_of(NULL);
    draw(f, 40, 8);
    g_assert_row(0, " [Basics]  More               PgDn next");
    g_assert_row(2, " Server");
    g_assert_row(3, "  Host *");
    g_assert_row(4, "  _____________________________________");
    g_assert_row(6, "  _____________________  0 characters");
    g_assert_row(7, "  Security                             v");
    g_assert_cmpstr(form_hint(f), ==, "where it is"); /* there is no room for it */
    form_focus(f, "save");
    draw(f, 40, 8);
    g_assert_row(7, "  [ Save ]  [ Cancel ]");
    g_assert_cmpint(screen.cursor_y, ==, 7);
    form_free(f);
}

/* A dialog of form_height() has all rows; one row more has the help. */
static void test_draw_exact(void)
{
    struct form *f = form_of(NULL);
    int h = form_height(f, 60);
    draw(f, 60, h);
    g_assert_row(h - 1, "  [ Save ]  [ Cancel ]");
    g_assert_cmpint(screen.text[2][59][0], ==, ' ');
    g_assert_cmpstr(form_hint(f), ==, "where it is");
    draw(f, 60, h + 1);
    g_assert_row(h - 1, "  [ Save ]  [ Cancel ]");
    g_assert_row(h, " Host: where it is");
    g_assert_null(form_hint(f));
    form_free(f);
}

static void test_draw_plain(void)
{
    struct form_setup setup = {.rows = rows, .table = fields, .is_plain = TRUE};
    struct form *f = form_new(&setup, NULL);
    form_set_text(f, "subject", "Hello");
    form_focus(f, "subject");
    draw(f, 72, 10);
    g_assert_row(0, "Subject, required: Hello_. 2 of 8");
    g_assert_row(2, "what it is about");
    g_assert_cmpint(screen.cursor_x, ==, 24);
    form_focus(f, "host");
    draw(f, 72, 10);
    g_assert_row(0, "Host, required: _. 1 of 8");
    type(f, "<Tab><Tab><Enter><Down>");
    draw(f, 72, 10);
    g_assert_row(0, "Security: STARTTLS. 3 of 8");
    g_assert_row(1, "none. 3 of 3");
    g_assert_cmpint(screen.cursor_y, ==, 1);
    type(f, "<Esc>");
    form_focus(f, "save");
    draw(f, 72, 10);
    g_assert_row(0, "Button Save. 7 of 8");
    form_free(f);
}

static void test_help(void)
{
    struct form *f = form_of(NULL);
    form_focus(f, "subject");
    g_autofree char *subject = form_help(f);
    g_assert_cmpstr(subject, ==, "Subject: what it is about\nIt is needed.\nAt most 40 bytes.");
    form_focus(f, "rate");
    g_autofree char *rate = form_help(f);
    g_assert_cmpstr(rate, ==, "Rate\nA whole number from 1 to 500.\nLeft empty it is 4.");
    form_focus(f, "security");
    g_autofree char *security = form_help(f);
    g_assert_cmpstr(security, ==, "Security\nIt is one of: TLS, STARTTLS, none.");
    form_free(f);
}

static void test_click(void)
{
    struct form *f = form_of(NULL);
    draw(f, 72, 20);
    struct term_event e = {.kind = EVENT_KEY, .key = TK_CLICK, .x = 20, .y = 5};
    g_assert_cmpint(form_event(f, &e), ==, FORM_LEFT_ROW);
    g_assert_cmpstr(focused(f), ==, "security");
    g_assert_cmpint(form_event(f, &e), ==, FORM_CHANGED);
    e.y = 18;
    g_assert_cmpint(form_event(f, &e), ==, FORM_IGNORED); /* the help */
    form_free(f);
}

/* ---- random ---- */

static void test_random(void)
{
    static const char *const keys[] = {
        "a",       "1",       " ",    "é",      "@",       "[",     "]",
        "<Tab>",   "<S-Tab>", "<Up>", "<Down>", "<Enter>", "<Esc>", "<Left>",
        "<Right>", "<Home>",  "<BS>", "<Del>",  "<^K>",    "<^U>",  "<^Y>",
        "<^_>",    "<^N>",    "<^P>", "<PgDn>", "<PgUp>",  "<^T>",
    };
    for (int round = 0; round < 60; round++) {
        struct form *f = form_of(NULL);
        for (int n = 0; n < 200; n++) {
            type(f, keys[g_test_rand_int_range(0, G_N_ELEMENTS(keys))]);
            enum form_kind kind = form_focused(f)->kind;
            g_assert_true(kind != FORM_NOTE && kind != FORM_HEADING);
            g_assert_true(is_shown(f, form_focused(f), NULL));
            int page = form_focused(f)->page;
            g_assert_true(page == FORM_ALL_PAGES || page == form_page(f));
            if (n % 10 == 0) {
                int w = g_test_rand_int_range(1, 100), h = g_test_rand_int_range(1, 30);
                draw(f, w, h);
                g_assert_cmpint(screen.cursor_x, >=, 0);
                g_assert_cmpint(screen.cursor_x, <, w);
                g_assert_cmpint(screen.cursor_y, <, h);
            }
        }
        for (const struct form_row *row = rows; row->kind != FORM_END; row++)
            g_assert_true(g_utf8_validate(form_text(f, row->key), -1, NULL));
        form_hint(f);
        form_free(f);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/form/values/there-and-back", test_round);
    g_test_add_func("/form/values/defaults-without-a-record", test_defaults);
    g_test_add_func("/form/values/as-the-field-keeps-them", test_normalised);
    g_test_add_func("/form/values/hidden-ones-are-emptied", test_hidden);
    g_test_add_func("/form/values/draft-without-secrets", test_draft);
    g_test_add_func("/form/check/on-leaving", test_problem_on_leaving);
    g_test_add_func("/form/check/store-goes-to-the-first", test_store_refused);
    g_test_add_func("/form/check/a-draft-may-lack", test_draft_rules);
    g_test_add_func("/form/check/rules-across-fields", test_rules);
    g_test_add_func("/form/focus/keys", test_focus);
    g_test_add_func("/form/keys/choices", test_choices);
    g_test_add_func("/form/keys/picks", test_picks);
    g_test_add_func("/form/keys/read-only", test_read_only);
    g_test_add_func("/form/draw/first-page", test_draw);
    g_test_add_func("/form/draw/second-page", test_draw_second_page);
    g_test_add_func("/form/draw/narrow", test_draw_narrow);
    g_test_add_func("/form/draw/a-dialog-of-its-height", test_draw_exact);
    g_test_add_func("/form/draw/plain", test_draw_plain);
    g_test_add_func("/form/help/says-the-limits", test_help);
    g_test_add_func("/form/keys/click", test_click);
    g_test_add_func("/form/random/focus-and-values", test_random);
    return g_test_run();
}
