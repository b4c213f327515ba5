/*
 * The terminal: the only door to curses. Cells in, events out; nothing here knows a screen.
 * There is one terminal a process, so there is no handle. Text that comes here is safe already
 * (draw.h sees to it) and is clipped at the terminal's edge only.
 */
#ifndef CRIER_TUI_TERM_H
#define CRIER_TUI_TERM_H

#include <glib.h>

enum term_role {
    ROLE_NORMAL,
    ROLE_TITLE,
    ROLE_TAB,
    ROLE_TAB_CURRENT,
    ROLE_KEY,
    ROLE_SELECTED,
    ROLE_MARKED,
    ROLE_OK,
    ROLE_WARN,
    ROLE_ERROR,
    ROLE_MUTED,
    ROLE_BAR_FULL,
    ROLE_BAR_EMPTY,
    ROLE_INPUT,
    ROLE_INPUT_ERROR,
    ROLE_HEADING,
    ROLE_COUNT
};

enum term_theme {
    THEME_AUTO, /* the terminal's own colours, with red, green and cyan */
    THEME_DARK,
    THEME_LIGHT,
    THEME_MONO,
    THEME_HIGH_CONTRAST,
    THEME_OWN, /* the person's, theme.h; auto where that says nothing */
    THEME_COUNT
};
const char *const *term_theme_names(void); /* NULL-ended, in the order of the enum */
const char *const *term_role_names(void);  /* as well */

enum term_glyphs {
    GLYPHS_UTF8,    /* box drawing, eighth blocks */
    GLYPHS_CONSOLE, /* what fonts of the Linux console have: box drawing, full block, shade */
    GLYPHS_ASCII,
    GLYPHS_COUNT
};
const char *const *term_glyphs_names(void);

/* One drawing sign in the glyph set in force. Borrowed, one cell wide. */
enum term_sign {
    SIGN_HLINE,
    SIGN_VLINE,
    SIGN_TOP_LEFT,
    SIGN_TOP_RIGHT,
    SIGN_BOTTOM_LEFT,
    SIGN_BOTTOM_RIGHT,
    SIGN_FULL,     /* a full cell of a bar */
    SIGN_EMPTY,    /* an empty cell of a bar */
    SIGN_ELLIPSIS, /* text goes on: "…" or "~" */
    SIGN_MORE_LEFT, /* a line goes on to the left: "<" */
    SIGN_COUNT
};
const char *term_sign(enum term_sign s);
/* A cell that is filled from below by n eighths, 0…8; only full or empty (with '.', ':' and '#'
 * in between in ASCII) where the glyph set has no more. */
const char *term_eighth(int n);

struct term_options {
    int theme;  /* enum term_theme; -1: NO_COLOR, TERM and colours decide */
    int glyphs; /* enum term_glyphs; -1: charset and TERM decide */
    gboolean has_mouse;
};

/*
 * Takes the terminal over: raw mode, alternate screen, bracketed paste. CRIER_ERROR_FAILED when
 * standard input or output is no terminal, or TERM cannot move the cursor.
 */
gboolean term_open(const struct term_options *o, GError **error);
void term_close(void);          /* gives it back; any number of times */
gboolean term_is_open(void);
void term_leave(void);          /* for an editor or ^Z: modes off, screen given back */
gboolean term_enter(GError **error); /* and back: modes on, size looked at, all drawn anew */
/* Only closes descriptors: the line is gone and writing to it would fail or hang. */
void term_abandon(void);

void term_size(int *ret_columns, int *ret_rows);
enum term_glyphs term_glyphs(void);
enum term_theme term_theme(void);
gboolean term_has_mouse(void);
void term_set_mouse(gboolean on);
/* Other colours and signs while it is open; all is drawn anew. */
void term_set_look(const struct term_options *o);

/* ---- drawing: nothing is written before term_show() ---- */

void term_erase(void);
void term_put(int x, int y, enum term_role role, const char *text); /* one line, cells as
                                                                       text_cells() counts */
/* Leaves these cells as they are on the terminal, whatever was put there before. FALSE: it is to be
 * drawn anew as a whole, and nothing was done. */
gboolean term_keep(int x, int y, int w, int h);
void term_cursor(int x, int y); /* where the hardware cursor stands after term_show() */
void term_redraw(void);         /* ^L: everything is written anew at the next term_show() */
/* Takes a new size from the kernel. True when it changed. */
gboolean term_resize(void);
/* Writes what changed. FALSE: this frame is the same as the last. */
gboolean term_show(void);
/* Asks the terminal to answer once it has taken all that was written: an EVENT_ACK follows. */
void term_ask(void);
/* Raw octets past curses: OSC 52, the test's marks. */
void term_raw(const char *bytes, gsize len);
/* Puts `text` on the clipboard of the person's own terminal by OSC 52. FALSE: it is too long
 * for that. */
gboolean term_copy(const char *text);
void term_bell(void);

/* ---- events ---- */

#define TK_SPECIAL 0x200000
#define TK_ALT 0x400000 /* added to a character: Esc was pressed just before it, or Alt */
#define TK_CTRL(c) ((guint32)((c)&0x1f))
enum term_key { /* characters are their code point, control characters theirs */
                TK_TAB = 9,
                TK_ENTER = 13,
                TK_ESC = 27,
                TK_UP = TK_SPECIAL,
                TK_DOWN,
                TK_LEFT,
                TK_RIGHT,
                TK_HOME,
                TK_END,
                TK_PAGE_UP,
                TK_PAGE_DOWN,
                TK_INSERT,
                TK_DELETE,
                TK_BACKSPACE, /* also ^H and DEL */
                TK_BACKTAB,
                TK_F1,
                TK_F2,
                TK_F3,
                TK_F4,
                TK_F5,
                TK_F6,
                TK_F7,
                TK_F8,
                TK_F9,
                TK_F10,
                TK_F11,
                TK_F12,
                TK_CTRL_LEFT,
                TK_CTRL_RIGHT,
                TK_WHEEL_UP,
                TK_WHEEL_DOWN,
                TK_CLICK, /* with x and y */
                TK_LAST
};

enum term_event_kind {
    EVENT_NONE,
    EVENT_KEY,
    EVENT_PASTE, /* `text`: what was pasted, as it came, bounded */
    EVENT_ACK,   /* the terminal has taken the frame that asked */
    EVENT_GONE,  /* the terminal is gone */
};
struct term_event {
    enum term_event_kind kind;
    guint32 key;
    int x, y;
    char *text; /* owned by the event's reader */
};
#define TERM_PASTE_MAX (1024 * 1024)

int term_fd(void); /* to poll for input */
/* The next event that is there, without waiting. FALSE: none. */
gboolean term_read(struct term_event *ret);
/* Throws away what was typed and not read. */
void term_flush_input(void);

/* "ctrl-s", "f2", "enter", "P": for remapping, help and the manual. */
char *term_key_name(guint32 key); /* as the key bar shows it: "^S", "F2", "Enter"; caller frees */
gboolean term_key_parse(const char *name, guint32 *ret);

#endif
