/*
 * The terminal's tables: how roles look in each theme, the signs of each glyph set, names of
 * keys. Nothing here touches the terminal.
 */
#include "config.h"

#include <string.h>

#include "base/text.h"
#include "tui/term_private.h"

/* ---- themes ---- */

enum { OWN = -1, BLACK = 0, RED, GREEN, YELLOW, BLUE, MAGENTA, CYAN, WHITE };

#define BOLD .is_bold = TRUE
#define REVERSE .is_reverse = TRUE
#define UNDERLINED .is_underlined = TRUE

/* No fixed white, black or grey in auto and mono: the background is not known. */
static const struct term_look looks[THEME_OWN][ROLE_COUNT] = {
    [THEME_AUTO] =
        {
            [ROLE_NORMAL] = {OWN, OWN},
            [ROLE_TITLE] = {OWN, OWN, BOLD},
            [ROLE_TAB] = {OWN, OWN},
            [ROLE_TAB_CURRENT] = {OWN, OWN, BOLD},
            [ROLE_KEY] = {CYAN, OWN},
            [ROLE_SELECTED] = {OWN, OWN, REVERSE},
            [ROLE_MARKED] = {CYAN, OWN, BOLD},
            [ROLE_OK] = {GREEN, OWN},
            [ROLE_WARN] = {OWN, OWN, BOLD},
            [ROLE_ERROR] = {RED, OWN, BOLD},
            [ROLE_MUTED] = {OWN, OWN},
            [ROLE_BAR_FULL] = {GREEN, OWN},
            [ROLE_BAR_EMPTY] = {OWN, OWN},
            [ROLE_INPUT] = {OWN, OWN, UNDERLINED},
            [ROLE_INPUT_ERROR] = {RED, OWN},
            [ROLE_HEADING] = {OWN, OWN, BOLD},
        },
    [THEME_DARK] =
        {
            [ROLE_NORMAL] = {252, OWN},
            [ROLE_TITLE] = {231, 24, BOLD},
            [ROLE_TAB] = {250, OWN},
            [ROLE_TAB_CURRENT] = {231, 24, BOLD},
            [ROLE_KEY] = {80, OWN},
            [ROLE_SELECTED] = {231, 24},
            [ROLE_MARKED] = {80, OWN, BOLD},
            [ROLE_OK] = {114, OWN},
            [ROLE_WARN] = {221, OWN, BOLD},
            [ROLE_ERROR] = {210, OWN, BOLD},
            [ROLE_MUTED] = {246, OWN},
            [ROLE_BAR_FULL] = {114, OWN},
            [ROLE_BAR_EMPTY] = {240, OWN},
            [ROLE_INPUT] = {252, OWN, UNDERLINED},
            [ROLE_INPUT_ERROR] = {210, OWN},
            [ROLE_HEADING] = {110, OWN, BOLD},
        },
    [THEME_LIGHT] =
        {
            [ROLE_NORMAL] = {235, OWN},
            [ROLE_TITLE] = {16, 153, BOLD},
            [ROLE_TAB] = {238, OWN},
            [ROLE_TAB_CURRENT] = {16, 153, BOLD},
            [ROLE_KEY] = {25, OWN},
            [ROLE_SELECTED] = {16, 153},
            [ROLE_MARKED] = {25, OWN, BOLD},
            [ROLE_OK] = {22, OWN},
            [ROLE_WARN] = {94, OWN, BOLD},
            [ROLE_ERROR] = {124, OWN, BOLD},
            [ROLE_MUTED] = {241, OWN},
            [ROLE_BAR_FULL] = {28, OWN},
            [ROLE_BAR_EMPTY] = {250, OWN},
            [ROLE_INPUT] = {235, OWN, UNDERLINED},
            [ROLE_INPUT_ERROR] = {124, OWN},
            [ROLE_HEADING] = {25, OWN, BOLD},
        },
    [THEME_MONO] =
        {
            [ROLE_NORMAL] = {OWN, OWN},
            [ROLE_TITLE] = {OWN, OWN, BOLD},
            [ROLE_TAB] = {OWN, OWN},
            [ROLE_TAB_CURRENT] = {OWN, OWN, BOLD},
            [ROLE_KEY] = {OWN, OWN, BOLD},
            [ROLE_SELECTED] = {OWN, OWN, REVERSE},
            [ROLE_MARKED] = {OWN, OWN, BOLD},
            [ROLE_OK] = {OWN, OWN},
            [ROLE_WARN] = {OWN, OWN, BOLD},
            [ROLE_ERROR] = {OWN, OWN, BOLD},
            [ROLE_MUTED] = {OWN, OWN},
            [ROLE_BAR_FULL] = {OWN, OWN},
            [ROLE_BAR_EMPTY] = {OWN, OWN},
            [ROLE_INPUT] = {OWN, OWN, UNDERLINED},
            [ROLE_INPUT_ERROR] = {OWN, OWN, BOLD},
            [ROLE_HEADING] = {OWN, OWN, BOLD},
        },
    [THEME_HIGH_CONTRAST] =
        {
            [ROLE_NORMAL] = {WHITE, BLACK, BOLD},
            [ROLE_TITLE] = {BLACK, WHITE, BOLD},
            [ROLE_TAB] = {WHITE, BLACK, BOLD},
            [ROLE_TAB_CURRENT] = {BLACK, WHITE, BOLD},
            [ROLE_KEY] = {CYAN, BLACK, BOLD},
            [ROLE_SELECTED] = {BLACK, YELLOW},
            [ROLE_MARKED] = {YELLOW, BLACK, BOLD},
            [ROLE_OK] = {GREEN, BLACK, BOLD},
            [ROLE_WARN] = {YELLOW, BLACK, BOLD},
            [ROLE_ERROR] = {WHITE, RED, BOLD},
            [ROLE_MUTED] = {WHITE, BLACK},
            [ROLE_BAR_FULL] = {GREEN, BLACK, BOLD},
            [ROLE_BAR_EMPTY] = {WHITE, BLACK},
            [ROLE_INPUT] = {WHITE, BLACK, BOLD, UNDERLINED},
            [ROLE_INPUT_ERROR] = {WHITE, RED, BOLD},
            [ROLE_HEADING] = {YELLOW, BLACK, BOLD},
        },
};

static struct {
    struct term_look look;
    gboolean is_set;
} own[ROLE_COUNT];

void term_set_own(enum term_role role, const struct term_look *look)
{
    if (role == ROLE_COUNT) {
        memset(own, 0, sizeof own);
        return;
    }
    own[role].look = *look;
    own[role].is_set = TRUE;
}

struct term_look term_look_of(enum term_theme theme, enum term_role role)
{
    if (theme == THEME_OWN)
        return own[role].is_set ? own[role].look : looks[THEME_AUTO][role];
    return looks[theme][role];
}

const char *const *term_role_names(void)
{
    static const char *const names[] = {
        "normal", "title",    "tab",       "tab-current", "key",   "selected",
        "marked", "ok",       "warn",      "error",       "muted", "bar-full",
        "bar-empty", "input", "input-error", "heading",   NULL};
    G_STATIC_ASSERT(G_N_ELEMENTS(names) == ROLE_COUNT + 1);
    return names;
}

const char *const *term_theme_names(void)
{
    static const char *const names[] = {"auto", "dark", "light", "mono", "high-contrast",
                                        "own",  NULL};
    G_STATIC_ASSERT(G_N_ELEMENTS(names) == THEME_COUNT + 1);
    return names;
}

/* ---- signs ---- */

const char *const *term_glyphs_names(void)
{
    static const char *const names[] = {"utf8", "console", "ascii", NULL};
    G_STATIC_ASSERT(G_N_ELEMENTS(names) == GLYPHS_COUNT + 1);
    return names;
}

static const char *const signs[GLYPHS_COUNT][SIGN_COUNT] = {
    [GLYPHS_UTF8] = {"─", "│", "┌", "┐", "└", "┘", "█", "░", "…", "<"},
    [GLYPHS_CONSOLE] = {"─", "│", "┌", "┐", "└", "┘", "█", "░", "…", "<"},
    [GLYPHS_ASCII] = {"-", "|", "+", "+", "+", "+", "#", ".", "~", "<"},
};

const char *term_sign(enum term_sign s)
{
    return signs[term_glyphs()][s];
}

const char *term_eighth(int n)
{
    static const char *const eighths[GLYPHS_COUNT][9] = {
        [GLYPHS_UTF8] = {" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"},
        [GLYPHS_CONSOLE] = {" ", "░", "░", "░", "█", "█", "█", "█", "█"},
        [GLYPHS_ASCII] = {" ", ".", ".", ":", ":", "+", "+", "#", "#"},
    };
    return eighths[term_glyphs()][CLAMP(n, 0, 8)];
}

/* ---- keys ---- */

static const struct {
    guint32 key;
    const char *name;  /* in the keys file */
    const char *shown; /* in the key bar */
} key_names[] = {
    {TK_TAB, "tab", "Tab"},
    {TK_ENTER, "enter", "Enter"},
    {TK_ESC, "esc", "Esc"},
    {' ', "space", "Space"},
    {TK_UP, "up", "Up"},
    {TK_DOWN, "down", "Down"},
    {TK_LEFT, "left", "Left"},
    {TK_RIGHT, "right", "Right"},
    {TK_HOME, "home", "Home"},
    {TK_END, "end", "End"},
    {TK_PAGE_UP, "pgup", "PgUp"},
    {TK_PAGE_DOWN, "pgdn", "PgDn"},
    {TK_INSERT, "insert", "Ins"},
    {TK_DELETE, "delete", "Del"},
    {TK_BACKSPACE, "backspace", "Backspace"},
    {TK_BACKTAB, "shift-tab", "S-Tab"},
    {TK_CTRL_LEFT, "ctrl-left", "^Left"},
    {TK_CTRL_RIGHT, "ctrl-right", "^Right"},
};

char *term_key_name(guint32 key)
{
    for (gsize i = 0; i < G_N_ELEMENTS(key_names); i++)
        if (key_names[i].key == key)
            return g_strdup(key_names[i].shown);
    if (key >= TK_F1 && key <= TK_F12)
        return g_strdup_printf("F%u", key - TK_F1 + 1);
    if (key & TK_ALT)
        return g_strdup_printf("M-%c", (char)(key & 0x7f));
    if (key < 0x20)
        return g_strdup_printf("^%c", (char)(key + 0x40));
    char text[8] = "";
    g_unichar_to_utf8(key, text);
    return g_strdup(text);
}

gboolean term_key_parse(const char *name, guint32 *ret)
{
    for (gsize i = 0; i < G_N_ELEMENTS(key_names); i++)
        if (g_ascii_strcasecmp(key_names[i].name, name) == 0) {
            *ret = key_names[i].key;
            return TRUE;
        }
    guint64 n;
    if ((name[0] == 'f' || name[0] == 'F') && name[1] &&
        g_ascii_string_to_unsigned(name + 1, 10, 1, 12, &n, NULL)) {
        *ret = TK_F1 + (guint32)n - 1;
        return TRUE;
    }
    if (g_ascii_strncasecmp(name, "ctrl-", 5) == 0 && name[5] && !name[6] &&
        g_ascii_isalpha(name[5])) {
        *ret = TK_CTRL(name[5]);
        return TRUE;
    }
    if (g_ascii_strncasecmp(name, "alt-", 4) == 0 && g_ascii_isgraph(name[4]) && !name[5]) {
        *ret = TK_ALT | (guint32)name[4];
        return TRUE;
    }
    if (!g_utf8_validate(name, -1, NULL) || g_utf8_strlen(name, -1) != 1)
        return FALSE;
    *ret = g_utf8_get_char(name);
    return g_unichar_isprint(*ret);
}
