/* The states of a campaign, every pair; its fields; what it needs before it can start. */
#include "config.h"

#include "model/campaign.h"

#include <string.h>

#include "base/error.h"
#include "model/retry.h"

/* Rows: from; columns: to, in the order of the enum. */
static const char *const picture[CAMPAIGN_STATE_COUNT] = {
    /*                      D P S S P H F C */
    [CAMPAIGN_DRAFT] = ". x x . . . . x",     [CAMPAIGN_PREPARING] = "x . x x . x . x",
    [CAMPAIGN_SCHEDULED] = "x x . x x x . x", [CAMPAIGN_SENDING] = ". . . . x x x x",
    [CAMPAIGN_PAUSED] = ". x x x . x . x",    [CAMPAIGN_HELD] = ". x x x . . . x",
    [CAMPAIGN_FINISHED] = ". . . x . . . .",  [CAMPAIGN_CANCELLED] = ". . . . . . . .",
};

static void test_every_pair(void)
{
    for (int from = 0; from < CAMPAIGN_STATE_COUNT; from++) {
        for (int to = 0; to < CAMPAIGN_STATE_COUNT; to++) {
            gboolean allowed = picture[from][to * 2] == 'x';
            g_autoptr(GError) error = NULL;
            if (campaign_may_move(from, to) != allowed)
                g_error("%s -> %s", campaign_state_name(from), campaign_state_name(to));
            g_assert_cmpint(campaign_check_move("spring", from, to, &error), ==, allowed);
            if (allowed) {
                g_assert_no_error(error);
            } else {
                g_assert_error(error, CRIER_ERROR, CRIER_ERROR_INVALID);
                g_assert_nonnull(strstr(error->message, "'spring'"));
                g_assert_nonnull(strstr(error->message, campaign_state_name(from)));
                g_assert_null(strstr(error->message, "(null)"));
            }
        }
    }
}

static void test_refused_move_says_why(void)
{
    g_autoptr(GError) finished = NULL;
    campaign_check_move("spring", CAMPAIGN_FINISHED, CAMPAIGN_PAUSED, &finished);
    g_assert_cmpstr(finished->message, ==,
                    "campaign 'spring': a finished campaign cannot be paused. "
                    "Make a new one to send it anew");
    g_autoptr(GError) again = NULL;
    campaign_check_move("spring", CAMPAIGN_PAUSED, CAMPAIGN_PAUSED, &again);
    g_assert_cmpstr(again->message, ==, "campaign 'spring' is already paused");
}

static void test_out_of_range_never_moves(void)
{
    g_assert_false(campaign_may_move(CAMPAIGN_STATE_COUNT, CAMPAIGN_SENDING));
    g_assert_false(campaign_may_move(CAMPAIGN_SENDING, CAMPAIGN_STATE_COUNT));
    g_assert_false(campaign_may_move((enum campaign_state) - 1, CAMPAIGN_SENDING));
}

static void test_names_and_numbers_are_stored(void)
{
    static const char *const names[] = {"draft",  "preparing", "scheduled", "sending",
                                        "paused", "held",      "finished",  "cancelled"};
    g_assert_cmpuint(G_N_ELEMENTS(names), ==, CAMPAIGN_STATE_COUNT);
    enum campaign_state parsed;
    for (int s = 0; s < CAMPAIGN_STATE_COUNT; s++) {
        g_assert_cmpstr(campaign_state_name(s), ==, names[s]);
        g_assert_true(campaign_state_parse(names[s], &parsed));
        g_assert_cmpint(parsed, ==, s);
    }
    g_assert_false(campaign_state_parse("done", &parsed));
    g_assert_false(campaign_state_parse(NULL, &parsed));
}

static void set(struct campaign *c, const char *key, const char *text)
{
    g_autoptr(GError) error = NULL;
    field_set_key(campaign_fields(), c, key, text, &error);
    g_assert_no_error(error);
}

static void test_defaults(void)
{
    struct campaign c;
    campaign_init(&c);
    g_assert_cmpint(c.state, ==, CAMPAIGN_DRAFT);
    g_assert_cmpint(c.give_up_s, ==, RETRY_GIVE_UP_DEFAULT_S);
    g_assert_cmpstr(c.html, ==, "");
    g_assert_cmpuint(g_strv_length(c.lists), ==, 0);
    campaign_clear(&c);
    g_assert_null(c.from);
}

static void test_ready_names_what_is_missing(void)
{
    static const struct {
        const char *missing, *key, *text;
    } steps[] = {
        {"from", "from", "News <news@example.org>"},
        {"subject", "subject", "Hello {{first_name}}"},
        {"lists", "lists", "newsletter, members"},
        {"server", "server", "main"},
        {"body", "text", "Dear reader,\n\nhello.\n"},
    };
    struct campaign c;
    campaign_init(&c);
    for (gsize i = 0; i < G_N_ELEMENTS(steps); i++) {
        g_autoptr(GError) error = NULL;
        g_assert_false(campaign_check_ready(&c, &error));
        g_assert_error(error, CRIER_ERROR, CRIER_ERROR_INVALID);
        g_assert_nonnull(strstr(error->message, steps[i].missing));
        set(&c, steps[i].key, steps[i].text);
    }
    g_autoptr(GError) error = NULL;
    g_assert_true(campaign_check_ready(&c, &error));
    g_assert_no_error(error);
    set(&c, "text", "");
    set(&c, "html", "<p>hello</p>");
    g_assert_true(campaign_check_ready(&c, NULL));
    campaign_clear(&c);
}

static void test_limits(void)
{
    static const struct {
        const char *key;
        gsize octets;
        gboolean is_ok;
    } rows[] = {
        {"subject", 998, TRUE},          {"subject", 999, FALSE},   {"html", 32 << 20, TRUE},
        {"html", (32 << 20) + 1, FALSE}, {"text", 32 << 20, TRUE},  {"title", 501, FALSE},
        {"html_file", 255, TRUE},        {"html_file", 256, FALSE},
    };
    struct campaign c;
    campaign_init(&c);
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *text = g_strnfill(rows[i].octets, 'a');
        gboolean ok = field_set_key(campaign_fields(), &c, rows[i].key, text, NULL);
        g_assert_cmpint(ok, ==, rows[i].is_ok);
    }
    campaign_clear(&c);
}

static void test_subject_is_one_line(void)
{
    struct campaign c;
    campaign_init(&c);
    g_autoptr(GError) error = NULL;
    g_assert_false(
        field_set_key(campaign_fields(), &c, "subject", "a\r\nBcc: x@example.org", &error));
    g_assert_cmpstr(error->message, ==,
                    "subject: the value has a line break at byte 2: it must be one line");
    campaign_clear(&c);
}

static void test_bodies_come_from_files(void)
{
    static const char *const keys[] = {"html", "text"};
    for (gsize i = 0; i < G_N_ELEMENTS(keys); i++) {
        const struct field *f = field_find(campaign_fields(), keys[i]);
        g_assert_cmpuint(f->flags & (FIELD_NOT_CLI | FIELD_NOT_FILE), ==,
                         FIELD_NOT_CLI | FIELD_NOT_FILE);
    }
}

static void test_edit_by_state(void)
{
    static const gboolean editable[CAMPAIGN_STATE_COUNT] = {
        [CAMPAIGN_DRAFT] = TRUE, [CAMPAIGN_PAUSED] = TRUE, [CAMPAIGN_HELD] = TRUE};
    struct campaign old, new;
    campaign_init(&old);
    campaign_init(&new);
    old.name = g_strdup("spring");
    field_set_key(campaign_fields(), &new, "subject", "x", NULL);
    for (int s = 0; s < CAMPAIGN_STATE_COUNT; s++) {
        g_autoptr(GError) error = NULL;
        old.state = (enum campaign_state)s;
        g_assert_cmpint(campaign_check_edit(&old, &new, &error), ==, editable[s]);
        if (editable[s])
            g_assert_no_error(error);
        else
            g_assert_nonnull(strstr(error->message, "'spring'"));
        g_assert_cmpint(campaign_is_open(&old), ==, s == CAMPAIGN_DRAFT);
    }
    old.is_edited = TRUE;
    old.state = CAMPAIGN_PAUSED;
    g_assert_true(campaign_is_open(&old));
    campaign_clear(&old);
    campaign_clear(&new);
}

/* Whom it goes to is settled when it begins. */
static void test_what_stays(void)
{
    static const char *const values[][3] = {
        /* key, value, may it change while paused */
        {"lists", "a", ""},
        {"exclude", "b", ""},
        {"list_id", "c.example.org", ""},
        {"only_campaign", "d", ""},
        {"only_version", "3", ""},
        {"server", "e", "yes"},
        {"subject", "f", "yes"},
        {"from", "g@example.org", "yes"},
        {"give_up", "3d", "yes"},
        {"postal_address", "h", "yes"},
        {"mailbox", "i", "yes"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(values); i++) {
        g_autoptr(GError) error = NULL;
        struct campaign old, new;
        campaign_init(&old);
        campaign_init(&new);
        old.name = g_strdup("spring");
        g_assert_true(field_set_key(campaign_fields(), &new, values[i][0], values[i][1], NULL));
        g_assert_true(campaign_check_edit(&old, &new, NULL));
        old.state = CAMPAIGN_PAUSED;
        g_assert_cmpint(campaign_check_edit(&old, &new, &error), ==, *values[i][2] != '\0');
        if (error)
            g_assert_nonnull(strstr(error->message, values[i][0]));
        campaign_clear(&old);
        campaign_clear(&new);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/campaign/move/every-pair", test_every_pair);
    g_test_add_func("/campaign/move/says-why", test_refused_move_says_why);
    g_test_add_func("/campaign/move/out-of-range-never", test_out_of_range_never_moves);
    g_test_add_func("/campaign/state/names-and-numbers", test_names_and_numbers_are_stored);
    g_test_add_func("/campaign/fields/defaults", test_defaults);
    g_test_add_func("/campaign/fields/limits", test_limits);
    g_test_add_func("/campaign/fields/subject-is-one-line", test_subject_is_one_line);
    g_test_add_func("/campaign/fields/bodies-come-from-files", test_bodies_come_from_files);
    g_test_add_func("/campaign/edit/by-state", test_edit_by_state);
    g_test_add_func("/campaign/edit/what-stays", test_what_stays);
    g_test_add_func("/campaign/ready/names-what-is-missing", test_ready_names_what_is_missing);
    return g_test_run();
}
