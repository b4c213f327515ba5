/* Which key confirms at which level; the number that is typed. */
#include "config.h"

#include "tui/confirm.h"

#include <string.h>

/* Of the UI only what the field says is needed: kept here instead of shown. */
static char *said;

void __wrap_ui_say(struct ui *ui, const char *format, ...);

void __wrap_ui_say(struct ui *ui, const char *format, ...)
{
    (void)ui;
    g_free(said);
    said = g_strdup(format);
}

struct row {
    enum confirm_level level;
    guint32 asked_by, key;
    gboolean is_action_focus, is_number_right;
    enum confirm_answer answer;
};

static const struct row rules[] = {
    /* level 0 asks nothing */
    {CONFIRM_NONE, 'd', 'd', FALSE, FALSE, CONFIRM_DO},
    /* level 1: a button */
    {CONFIRM_BUTTON, 't', TK_ENTER, FALSE, FALSE, CONFIRM_NO},
    {CONFIRM_BUTTON, 't', ' ', FALSE, FALSE, CONFIRM_NO},
    {CONFIRM_BUTTON, 't', TK_ENTER, TRUE, FALSE, CONFIRM_DO},
    {CONFIRM_BUTTON, 't', 't', TRUE, FALSE, CONFIRM_REFUSED},
    {CONFIRM_BUTTON, 't', 'y', FALSE, FALSE, CONFIRM_DO},
    {CONFIRM_BUTTON, 't', 'n', TRUE, FALSE, CONFIRM_NO},
    {CONFIRM_BUTTON, 't', TK_ESC, TRUE, FALSE, CONFIRM_NO},
    {CONFIRM_BUTTON, 't', 'x', TRUE, FALSE, CONFIRM_WAIT},
    /* level 2: y, never Enter, never the key that asked */
    {CONFIRM_YES, 'P', 'y', FALSE, FALSE, CONFIRM_DO},
    {CONFIRM_YES, 'P', 'Y', FALSE, FALSE, CONFIRM_WAIT},
    {CONFIRM_YES, 'P', 'P', FALSE, FALSE, CONFIRM_REFUSED},
    {CONFIRM_YES, 'P', TK_ENTER, FALSE, FALSE, CONFIRM_NO},
    {CONFIRM_YES, 'P', TK_ENTER, TRUE, TRUE, CONFIRM_NO},
    {CONFIRM_YES, 'P', ' ', FALSE, FALSE, CONFIRM_NO},
    {CONFIRM_YES, 'P', 'n', FALSE, FALSE, CONFIRM_NO},
    {CONFIRM_YES, 'P', TK_ESC, FALSE, FALSE, CONFIRM_NO},
    {CONFIRM_YES, 'P', TK_CTRL('c'), FALSE, FALSE, CONFIRM_NO},
    {CONFIRM_YES, 'P', 'd', FALSE, FALSE, CONFIRM_WAIT},
    {CONFIRM_YES, 'y', 'y', FALSE, FALSE, CONFIRM_REFUSED},
    {CONFIRM_YES, 'y', 'c', FALSE, FALSE, CONFIRM_DO},
    {CONFIRM_YES, 'P', 'c', FALSE, FALSE, CONFIRM_WAIT},
    {CONFIRM_YES, 0, 'y', FALSE, FALSE, CONFIRM_DO},
    /* level 3: the number, then y */
    {CONFIRM_NUMBER, 'X', 'y', FALSE, FALSE, CONFIRM_REFUSED},
    {CONFIRM_NUMBER, 'X', 'y', FALSE, TRUE, CONFIRM_DO},
    {CONFIRM_NUMBER, 'X', TK_ENTER, FALSE, TRUE, CONFIRM_REFUSED},
    {CONFIRM_NUMBER, 'X', ' ', TRUE, TRUE, CONFIRM_REFUSED},
    {CONFIRM_NUMBER, 'X', 'X', FALSE, TRUE, CONFIRM_REFUSED},
    {CONFIRM_NUMBER, 'y', 'y', FALSE, TRUE, CONFIRM_REFUSED},
    {CONFIRM_NUMBER, 'y', 'c', FALSE, TRUE, CONFIRM_DO},
    {CONFIRM_NUMBER, 'X', TK_ESC, FALSE, TRUE, CONFIRM_NO},
    {CONFIRM_NUMBER, 'X', 'n', FALSE, TRUE, CONFIRM_NO},
};

static struct confirm_state state_of(const struct row *r)
{
    return (struct confirm_state){.level = r->level,
                                  .asked_by = r->asked_by,
                                  .is_armed = TRUE,
                                  .is_action_focus = r->is_action_focus,
                                  .is_number_right = r->is_number_right};
}

static void test_rules(void)
{
    for (guint i = 0; i < G_N_ELEMENTS(rules); i++) {
        struct confirm_state s = state_of(&rules[i]);
        g_test_message("row %u", i);
        g_assert_cmpint(confirm_judge(&s, rules[i].key), ==, rules[i].answer);
        if (rules[i].answer == CONFIRM_REFUSED)
            g_assert_cmpuint(strlen(confirm_refusal(&s, rules[i].key)), >, 10);
    }
}

/* Before its frame is on the terminal no key answers, whatever it is. */
static void test_not_armed(void)
{
    for (guint i = 0; i < G_N_ELEMENTS(rules); i++) {
        struct confirm_state s = state_of(&rules[i]);
        s.is_armed = FALSE;
        if (s.level != CONFIRM_NONE)
            g_assert_cmpint(confirm_judge(&s, rules[i].key), ==, CONFIRM_WAIT);
    }
}

/* Of all keys exactly one does it at levels 2 and 3, whatever key asked. */
static void test_one_key(void)
{
    static const guint32 asked_by[] = {0, 'P', 'X', 'y', 'Y', 'c', TK_ENTER, TK_F2};
    for (guint i = 0; i < G_N_ELEMENTS(asked_by); i++)
        for (int level = CONFIRM_YES; level <= CONFIRM_NUMBER; level++) {
            struct confirm_state s = {.level = (enum confirm_level)level,
                                      .asked_by = asked_by[i],
                                      .is_armed = TRUE,
                                      .is_action_focus = TRUE,
                                      .is_number_right = TRUE};
            int n = 0;
            for (guint32 key = 1; key < TK_LAST; key = key == 0x2ff ? TK_SPECIAL : key + 1)
                if (confirm_judge(&s, key) == CONFIRM_DO) {
                    n++;
                    g_assert_cmpuint(key, !=, asked_by[i]);
                    g_assert_cmpuint(key, ==, confirm_yes_key(asked_by[i]));
                }
            g_assert_cmpint(n, ==, 1);
        }
}

static void test_number(void)
{
    g_assert_cmpint(confirm_number(1204, 7), ==, 1204);
    g_assert_cmpint(confirm_number(10, 7), ==, 10);
    gint64 one = confirm_number(1, 7), other = confirm_number(1, 8);
    g_assert_cmpint(one, >=, 1000);
    g_assert_cmpint(one, <=, 9999);
    g_assert_cmpint(one, !=, other);
    g_assert_cmpint(confirm_number(2, 7), !=, one);
    g_assert_cmpint(confirm_number(0, G_MAXINT64), >=, 1000);
    g_assert_cmpint(confirm_number(-5, -5), >=, 1000);
}

static gboolean press(struct confirm_field *f, guint32 key)
{
    struct term_event e = {.kind = EVENT_KEY, .key = key};
    return confirm_field_key(f, NULL, &e);
}

static void type(struct confirm_field *f, const char *text)
{
    for (; *text; text++)
        g_assert_true(press(f, (guint32)*text));
}

static void test_field(void)
{
    struct confirm_field f;
    confirm_field_init(&f, 1204);
    g_assert_false(confirm_field_is_right(&f));
    type(&f, "120");
    g_assert_false(confirm_field_is_right(&f));
    type(&f, "4");
    g_assert_true(confirm_field_is_right(&f));
    type(&f, "0");
    g_assert_false(confirm_field_is_right(&f));
    g_assert_true(press(&f, TK_BACKSPACE));
    g_assert_true(confirm_field_is_right(&f));
    g_assert_true(press(&f, TK_CTRL('u')));
    g_assert_cmpstr(f.digits, ==, "");
    type(&f, "1,204");
    g_assert_true(confirm_field_is_right(&f));
    g_assert_false(press(&f, 'y'));
    g_assert_false(press(&f, TK_ENTER));
}

static void test_field_is_bounded(void)
{
    struct confirm_field f;
    confirm_field_init(&f, 5);
    for (int i = 0; i < 100; i++)
        type(&f, "9");
    g_assert_cmpuint(strlen(f.digits), ==, CONFIRM_DIGITS_MAX);
    g_assert_false(confirm_field_is_right(&f));
}

static void test_field_takes_no_paste(void)
{
    struct confirm_field f;
    char number[] = "1204";
    struct term_event e = {.kind = EVENT_PASTE, .text = number};
    confirm_field_init(&f, 1204);
    g_assert_true(confirm_field_key(&f, NULL, &e));
    g_assert_false(confirm_field_is_right(&f));
    g_assert_nonnull(strstr(said, "not pasted"));
    g_clear_pointer(&said, g_free);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/confirm/rules", test_rules);
    g_test_add_func("/confirm/takes-no-key-before-it-is-seen", test_not_armed);
    g_test_add_func("/confirm/one-key-does-it", test_one_key);
    g_test_add_func("/confirm/number", test_number);
    g_test_add_func("/confirm/field", test_field);
    g_test_add_func("/confirm/field-is-bounded", test_field_is_bounded);
    g_test_add_func("/confirm/field-takes-no-paste", test_field_takes_no_paste);
    return g_test_run();
}
