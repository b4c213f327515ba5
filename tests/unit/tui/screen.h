/*
 * A screen of cells in place of the terminal, for tests of what is drawn. The test is linked
 * with -Wl,--wrap for the calls below: see TUI_WRAP_SCREEN.
 */
#ifndef CRIER_TEST_SCREEN_H
#define CRIER_TEST_SCREEN_H

#include <glib.h>
#include <string.h>

#include "tui/draw.h"
#include "tui/term.h"

#define SCREEN_W 220
#define SCREEN_H 70

static struct {
    char text[SCREEN_H][SCREEN_W]
             [32]; /* one character with its marks; "": right half of a wide one */
    enum term_role role[SCREEN_H][SCREEN_W];
    int cursor_x, cursor_y;
    enum term_glyphs glyphs;
    gboolean has_left; /* something was put outside of the screen */
} screen;

void __wrap_term_put(int x, int y, enum term_role role, const char *text);
void __wrap_term_cursor(int x, int y);
enum term_glyphs __wrap_term_glyphs(void);

static inline void screen_erase(void)
{
    enum term_glyphs glyphs = screen.glyphs;
    memset(&screen, 0, sizeof screen);
    screen.glyphs = glyphs;
    screen.cursor_x = screen.cursor_y = -1;
    for (int y = 0; y < SCREEN_H; y++) {
        for (int x = 0; x < SCREEN_W; x++)
            screen.text[y][x][0] = ' ';
    }
}

void __wrap_term_put(int x, int y, enum term_role role, const char *text)
{
    for (const char *p = text; *p != '\0'; p = g_utf8_next_char(p)) {
        gunichar c = g_utf8_get_char(p);
        gboolean is_mark = g_unichar_iszerowidth(c);
        int w = is_mark ? 0 : g_unichar_iswide(c) ? 2 : 1;
        int at = is_mark ? x - 1 : x;
        if (y < 0 || y >= SCREEN_H || at < 0 || at + w > SCREEN_W) {
            screen.has_left = TRUE;
            return;
        }
        char *cell = screen.text[y][at];
        gsize len = is_mark ? strlen(cell) : 0;
        if (len + 7 < sizeof screen.text[y][at])
            cell[len + (gsize)g_unichar_to_utf8(c, cell + len)] = '\0';
        for (int i = 0; i < w; i++)
            screen.role[y][x + i] = role;
        if (w == 2)
            screen.text[y][x + 1][0] = '\0';
        x += w;
    }
}

void __wrap_term_cursor(int x, int y)
{
    screen.cursor_x = x;
    screen.cursor_y = y;
}

enum term_glyphs __wrap_term_glyphs(void)
{
    return screen.glyphs;
}

/* Row `y` without the blanks behind it. Caller frees. */
static inline char *screen_row(int y)
{
    GString *s = g_string_new(NULL);
    for (int x = 0; x < SCREEN_W; x++)
        g_string_append(s, screen.text[y][x]);
    return g_strchomp(g_string_free(s, FALSE));
}

#define g_assert_row(y, expected)                                                              \
    do {                                                                                       \
        g_autofree char *row_ = screen_row(y);                                                 \
        g_assert_cmpstr(row_, ==, expected);                                                   \
    } while (0)

/* Cells that differ from `before`: what a frame would write. */
static inline int screen_changes(const void *before)
{
    const char *old = before;
    int n = 0;
    for (gsize i = 0; i < SCREEN_W * SCREEN_H; i++) {
        int y = (int)(i / SCREEN_W), x = (int)(i % SCREEN_W);
        n += memcmp(old + i * sizeof screen.text[0][0], screen.text[y][x],
                    sizeof screen.text[0][0]) != 0;
    }
    return n;
}

#endif
