/*
 * The door to ncursesw: modes, cells, colours, events. Not for names of keys and signs, which
 * are plain tables (term_names.c), and not for what is drawn (draw.c).
 *
 * ncurses' own handlers for SIGTSTP and SIGWINCH never run: the loop takes signals as events.
 */
#include "config.h"

#include "tui/term.h"

#include <curses.h>
#include <errno.h>
#include <fcntl.h>
#include <langinfo.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>
#include <wchar.h>

#include "base/error.h"
#include "base/i18n.h"
#include "base/text.h"
#include "tui/term_private.h"

/* newterm() forgets what it had taken when it does not know TERM; the leak checker must not take
 * that for ours. */
#ifdef __SANITIZE_ADDRESS__
void __lsan_disable(void);
void __lsan_enable(void);
#else
#define __lsan_disable()
#define __lsan_enable()
#endif

#define ESCAPE_MS 50
#define PASTE_WAIT_MS 2000 /* between two characters of a paste, on a slow line */
#define COPY_MAX_BYTES 50000
#define CSI_MAX 32 /* octets of an unknown sequence that are swallowed */

/* A press counts, at once: who waits whether it becomes a click feels the wait. */
#define MOUSE_WANTED (BUTTON1_PRESSED | BUTTON4_PRESSED | BUTTON5_PRESSED)

#define PASTE_ON "\033[?2004h"
#define PASTE_OFF "\033[?2004l"
#define ASK "\033[5n"

/* Our codes for sequences that terminfo does not know; above curses' own. */
enum { CODE_ACK = KEY_MAX + 1, CODE_PASTE, CODE_PASTE_END, CODE_CTRL_LEFT, CODE_CTRL_RIGHT };

static struct {
    SCREEN *screen;
    gboolean is_open, is_left, has_mouse, takes_paste, is_utf8, is_abandoned;
    enum term_theme theme;
    enum term_glyphs glyphs;
    attr_t attr[ROLE_COUNT];
    short pair[ROLE_COUNT];
    int cursor_x, cursor_y;
    guint64 frame, frame_before; /* hashes of what was put: equal frames are not compared cell by
                                    cell, and cost nothing */
    gboolean is_anew;
    GByteArray *halves; /* owned; a byte a cell of this frame: the second of a wide character? */
} term;

/* What a crash has to write so that the shell is usable: made at open, as a handler may not
 * look anything up. */
static char rescue[128];
static gsize rescue_len;

/* ---- writing past curses ---- */

void term_raw(const char *bytes, gsize len)
{
    while (len > 0 && !term.is_abandoned) {
        gssize n = write(STDOUT_FILENO, bytes, len);
        if (n < 0 && errno != EINTR && errno != EAGAIN)
            return;
        if (n > 0) {
            bytes += n;
            len -= (gsize)n;
        }
    }
}

static void raw_text(const char *text)
{
    term_raw(text, strlen(text));
}

/* ---- a crash gives the screen back ---- */

#ifndef __SANITIZE_ADDRESS__
static void crashed(int signum)
{
    if (write(STDOUT_FILENO, rescue, rescue_len) < 0)
        _exit(128 + signum);
    signal(signum, SIG_DFL);
    raise(signum);
}
#endif

static void make_rescue(void)
{
    static const char *const names[] = {"rmkx", "rmcup", "cnorm", "sgr0"};
    g_autoptr(GString) all = g_string_new(PASTE_OFF);
    for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
        const char *s = tigetstr(names[i]);
        if (s && s != (char *)-1)
            g_string_append(all, s);
    }
    g_string_append(all, "\r\n");
    rescue_len = MIN(all->len, sizeof rescue);
    memcpy(rescue, all->str, rescue_len);
#ifndef __SANITIZE_ADDRESS__
    static const int signals[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};
    for (gsize i = 0; i < G_N_ELEMENTS(signals); i++)
        signal(signals[i], crashed);
#endif
}

/* ---- opening ---- */

static const struct {
    const char *sequence;
    int code;
} extra_keys[] = {
    {"\033[0n", CODE_ACK},          {"\033[200~", CODE_PASTE},
    {"\033[201~", CODE_PASTE_END},  {"\033[1;5D", CODE_CTRL_LEFT},
    {"\033[1;5C", CODE_CTRL_RIGHT}, {"\033[A", KEY_UP},
    {"\033[B", KEY_DOWN},           {"\033[C", KEY_RIGHT},
    {"\033[D", KEY_LEFT},           {"\033OA", KEY_UP},
    {"\033OB", KEY_DOWN},           {"\033OC", KEY_RIGHT},
    {"\033OD", KEY_LEFT},           {"\033[H", KEY_HOME},
    {"\033[F", KEY_END},            {"\033OH", KEY_HOME},
    {"\033OF", KEY_END},            {"\033[1~", KEY_HOME},
    {"\033[4~", KEY_END},           {"\033[7~", KEY_HOME},
    {"\033[8~", KEY_END},           {"\033[2~", KEY_IC},
    {"\033[3~", KEY_DC},            {"\033[5~", KEY_PPAGE},
    {"\033[6~", KEY_NPAGE},         {"\033[Z", KEY_BTAB},
    {"\033OP", KEY_F(1)},           {"\033OQ", KEY_F(2)},
    {"\033OR", KEY_F(3)},           {"\033OS", KEY_F(4)},
    {"\033[11~", KEY_F(1)},         {"\033[12~", KEY_F(2)},
    {"\033[13~", KEY_F(3)},         {"\033[14~", KEY_F(4)},
    {"\033[[A", KEY_F(1)},          {"\033[[B", KEY_F(2)},
    {"\033[[C", KEY_F(3)},          {"\033[[D", KEY_F(4)},
    {"\033[[E", KEY_F(5)},
};

static void set_modes(void)
{
    raw();
    noecho();
    nonl();
    keypad(stdscr, TRUE);
    nodelay(stdscr, TRUE);
    mouseinterval(0);
    mousemask(term.has_mouse ? MOUSE_WANTED : 0, NULL);
    if (term.takes_paste)
        raw_text(PASTE_ON);
}

static void set_roles(void)
{
    gboolean has_colours = term.theme != THEME_MONO && has_colors();
    if (has_colours) {
        start_color();
        use_default_colors();
    }
    if (has_colours && COLORS < 256 && (term.theme == THEME_DARK || term.theme == THEME_LIGHT))
        term.theme = THEME_AUTO;
    for (int role = 0; role < ROLE_COUNT; role++) {
        struct term_look look =
            term_look_of(has_colours ? term.theme : THEME_MONO, (enum term_role)role);
        term.attr[role] = (look.is_bold ? A_BOLD : 0) | (look.is_reverse ? A_REVERSE : 0) |
                          (look.is_underlined ? A_UNDERLINE : 0);
        term.pair[role] = 0;
        if (has_colours && (look.fg >= 0 || look.bg >= 0)) {
            term.pair[role] = (short)(role + 1);
            init_pair(term.pair[role], look.fg, look.bg);
        }
    }
}

static void choose(const struct term_options *o)
{
    const char *name = g_getenv("TERM");
    const char *no_color = g_getenv("NO_COLOR");
    term.is_utf8 = strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
    gboolean is_console = g_str_equal(name, "linux");
    term.glyphs = o->glyphs >= 0  ? (enum term_glyphs)o->glyphs
                  : !term.is_utf8 ? GLYPHS_ASCII
                  : is_console    ? GLYPHS_CONSOLE
                                  : GLYPHS_UTF8;
    if (!term.is_utf8)
        term.glyphs = GLYPHS_ASCII;
    term.theme = o->theme >= 0              ? (enum term_theme)o->theme
                 : (no_color && *no_color) ? THEME_MONO
                                           : THEME_AUTO;
    term.has_mouse = o->has_mouse;
    term.takes_paste = !is_console && !g_str_has_prefix(name, "vt");
}

static gboolean fail_open(GError **error, const char *why)
{
    g_set_error(error, CRIER_ERROR, CRIER_ERROR_FAILED,
                _("the screens cannot be shown: %s. The verbs work without: crier --help"), why);
    return FALSE;
}

gboolean term_open(const struct term_options *o, GError **error)
{
    const char *name = g_getenv("TERM");
    if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
        return fail_open(error, _("this is no terminal"));
    if (!name || !*name || strcmp(name, "dumb") == 0)
        return fail_open(error, _("TERM does not name a terminal that can move its cursor"));
    set_escdelay(ESCAPE_MS);
    __lsan_disable();
    term.screen = newterm(NULL, stdout, stdin);
    __lsan_enable();
    if (!term.screen)
        return fail_open(error, _("the system does not know the terminal that TERM names"));
    const char *cup = tigetstr("cup");
    if (!cup || cup == (char *)-1) {
        endwin();
        delscreen(term.screen);
        return fail_open(error, _("TERM does not name a terminal that can move its cursor"));
    }
    term.is_open = TRUE;
    choose(o);
    for (gsize i = 0; i < G_N_ELEMENTS(extra_keys); i++)
        define_key(extra_keys[i].sequence, extra_keys[i].code);
    set_roles();
    set_modes();
    make_rescue();
    return TRUE;
}

void term_close(void)
{
    if (!term.is_open)
        return;
    if (!term.is_abandoned && !term.is_left)
        term_leave();
    term.is_open = FALSE;
    if (!term.is_abandoned)
        delscreen(term.screen);
    term.screen = NULL;
    g_clear_pointer(&term.halves, g_byte_array_unref);
}

gboolean term_is_open(void)
{
    return term.is_open && !term.is_abandoned;
}

/* clearok() alone is forgotten when a frame is skipped. */
static void draw_anew(void)
{
    clearok(curscr, TRUE);
    term.is_anew = TRUE;
}

void term_leave(void)
{
    if (!term_is_open() || term.is_left)
        return;
    term.is_left = TRUE;
    if (term.takes_paste)
        raw_text(PASTE_OFF);
    mousemask(0, NULL);
    endwin();
}

gboolean term_enter(GError **error)
{
    if (!term_is_open())
        return fail_open(error, _("the terminal is gone"));
    reset_prog_mode();
    term.is_left = FALSE;
    set_modes();
    term_resize();
    draw_anew();
    return TRUE;
}

void term_abandon(void)
{
    term.is_abandoned = TRUE;
}

/* ---- sizes and settings ---- */

void term_size(int *ret_columns, int *ret_rows)
{
    *ret_columns = COLS;
    *ret_rows = LINES;
}

gboolean term_resize(void)
{
    struct winsize size;
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_row == 0 || size.ws_col == 0 ||
        (size.ws_row == LINES && size.ws_col == COLS))
        return FALSE;
    resize_term(size.ws_row, size.ws_col);
    draw_anew();
    return TRUE;
}

enum term_glyphs term_glyphs(void)
{
    return term.glyphs;
}

enum term_theme term_theme(void)
{
    return term.theme;
}

gboolean term_has_mouse(void)
{
    return term.has_mouse;
}

void term_set_mouse(gboolean on)
{
    term.has_mouse = on;
    mousemask(on ? MOUSE_WANTED : 0, NULL);
}

void term_set_look(const struct term_options *o)
{
    choose(o);
    set_roles();
    term_set_mouse(o->has_mouse);
    term_redraw();
}

/* ---- cells ---- */

#define FNV_OFFSET G_GUINT64_CONSTANT(14695981039346656037)
#define FNV_PRIME G_GUINT64_CONSTANT(1099511628211)

static void mix(guint64 value)
{
    term.frame = (term.frame ^ value) * FNV_PRIME;
}

void term_erase(void)
{
    erase();
    term.frame = FNV_OFFSET;
    term.cursor_x = term.cursor_y = 0;
    if (!term.halves)
        term.halves = g_byte_array_new();
    g_byte_array_set_size(term.halves, (guint)(LINES * COLS));
    memset(term.halves->data, 0, term.halves->len);
}

/* The cell's byte; NULL outside of the frame. */
static guint8 *half_at(int x, int y)
{
    guint at = (guint)(y * COLS + x);
    return term.halves && x > 0 && x < COLS && at < term.halves->len ? &term.halves->data[at]
                                                                     : NULL;
}

/* Something begins or ends in the middle of a wide character: both halves become blanks. curses
 * blanks the one that is written over and believes the other still there, so that what a dialog
 * covered would come back without it. */
static void part_wide(int x, int y)
{
    guint8 *half = half_at(x, y);
    if (!half || !*half)
        return;
    mvaddwstr(y, x - 1, L"  ");
    *half = FALSE;
}

static void note_halves(int x, int y, const wchar_t *text)
{
    for (; *text; text++) {
        int w = wcwidth(*text);
        for (int i = 0; i < w; i++, x++) {
            guint8 *half = half_at(x, y);
            if (half)
                *half = i > 0;
        }
    }
}

static int width_of(const wchar_t *text)
{
    int cells = 0;
    for (; *text; text++)
        cells += MAX(wcwidth(*text), 0);
    return cells;
}

/* A character as the terminal's charset has it; '?' for what it cannot show. */
static wchar_t shown(gunichar c)
{
    char bytes[16];
    mbstate_t state = {0};
    if (term.is_utf8 || c < 0x7f)
        return (wchar_t)c;
    return wcrtomb(bytes, (wchar_t)c, &state) == (size_t)-1 ? L'?' : (wchar_t)c;
}

/* Variation selectors: some terminals make the character before wider, some do not, and what
 * follows would stand elsewhere than we think. */
static gboolean is_selector(gunichar c)
{
    return c >= 0xfe00 && c <= 0xfe0f;
}

void term_put(int x, int y, enum term_role role, const char *text)
{
    if (!term.is_open || y < 0 || y >= LINES || x >= COLS || !*text)
        return;
    glong n = 0;
    g_autofree gunichar *all = g_utf8_to_ucs4_fast(text, -1, &n);
    g_autofree wchar_t *wide = g_new(wchar_t, (gsize)n + 1);
    mix(((guint64)y << 32) + ((guint64)x << 8) + role);
    glong len = 0;
    for (glong i = 0; i <= n; i++) {
        if (is_selector(all[i]))
            continue;
        wide[len] = shown(all[i]);
        mix((guint64)wide[len++]);
    }
    attr_set(term.attr[ROLE_NORMAL], term.pair[ROLE_NORMAL], NULL);
    part_wide(x, y);
    part_wide(x + width_of(wide), y);
    attr_set(term.attr[role], term.pair[role], NULL);
    mvaddwstr(y, x, wide);
    note_halves(x, y, wide);
}

gboolean term_keep(int x, int y, int w, int h)
{
    int right = MIN(x + w, COLS) - 1, bottom = MIN(y + h, LINES) - 1;
    if (!term.is_open || term.is_anew || x < 0 || y < 0 || right < x || bottom < y)
        return FALSE;
    mix(((guint64)y << 48) + ((guint64)x << 32) + ((guint64)bottom << 16) + (guint64)right);
    return copywin(curscr, stdscr, y, x, y, x, bottom, right, FALSE) == OK;
}

void term_cursor(int x, int y)
{
    term.cursor_x = x;
    term.cursor_y = y;
}

void term_redraw(void)
{
    draw_anew();
}

gboolean term_show(void)
{
    if (!term_is_open() || term.is_left)
        return FALSE;
    mix(((guint64)term.cursor_y << 32) + (guint64)term.cursor_x);
    /* Also when nothing is to be written: reading a key refreshes, and would leave the cursor
     * where the last text was put. */
    move(CLAMP(term.cursor_y, 0, LINES - 1), CLAMP(term.cursor_x, 0, COLS - 1));
    if (term.frame == term.frame_before && !term.is_anew)
        return FALSE;
    term.frame_before = term.frame;
    term.is_anew = FALSE;
    refresh();
    return TRUE;
}

void term_ask(void)
{
    if (term_is_open() && !term.is_left)
        raw_text(ASK);
}

gboolean term_copy(const char *text)
{
    gsize len = strlen(text);
    if (len > COPY_MAX_BYTES)
        return FALSE;
    g_autofree char *coded = g_base64_encode((const guchar *)text, len);
    g_autofree char *all = g_strdup_printf("\033]52;c;%s\a", coded);
    raw_text(all);
    return TRUE;
}

void term_bell(void)
{
    beep();
}

/* ---- events ---- */

int term_fd(void)
{
    return STDIN_FILENO;
}

void term_flush_input(void)
{
    flushinp();
}

static const struct {
    int code;
    guint32 key;
} key_codes[] = {
    {KEY_UP, TK_UP},
    {KEY_DOWN, TK_DOWN},
    {KEY_LEFT, TK_LEFT},
    {KEY_RIGHT, TK_RIGHT},
    {KEY_HOME, TK_HOME},
    {KEY_FIND, TK_HOME},
    {KEY_END, TK_END},
    {KEY_SELECT, TK_END},
    {KEY_PPAGE, TK_PAGE_UP},
    {KEY_NPAGE, TK_PAGE_DOWN},
    {KEY_IC, TK_INSERT},
    {KEY_DC, TK_DELETE},
    {KEY_BACKSPACE, TK_BACKSPACE},
    {KEY_BTAB, TK_BACKTAB},
    {KEY_ENTER, TK_ENTER},
    {CODE_CTRL_LEFT, TK_CTRL_LEFT},
    {CODE_CTRL_RIGHT, TK_CTRL_RIGHT},
};

static gboolean take_mouse(struct term_event *e)
{
    MEVENT m;
    if (getmouse(&m) != OK)
        return FALSE;
    e->kind = EVENT_KEY;
    e->key = (m.bstate & BUTTON4_PRESSED)   ? TK_WHEEL_UP
             : (m.bstate & BUTTON5_PRESSED) ? TK_WHEEL_DOWN
                                            : TK_CLICK;
    e->x = m.x;
    e->y = m.y;
    return TRUE;
}

/* What is pasted comes as characters between two marks; lines end in CR. */
static void take_paste(struct term_event *e)
{
    g_autoptr(GString) text = g_string_new(NULL);
    wint_t c;
    int got;
    timeout(PASTE_WAIT_MS);
    while ((got = get_wch(&c)) != ERR && !(got == KEY_CODE_YES && c == CODE_PASTE_END))
        if (got == OK && text->len < TERM_PASTE_MAX)
            g_string_append_unichar(text, c == '\r' ? '\n' : (gunichar)c);
    timeout(0);
    e->kind = EVENT_PASTE;
    e->text = g_string_free(g_steal_pointer(&text), FALSE);
}

static gboolean take_code(wint_t code, struct term_event *e)
{
    if (code == CODE_ACK) {
        e->kind = EVENT_ACK;
        return TRUE;
    }
    if (code == CODE_PASTE) {
        take_paste(e);
        return TRUE;
    }
    if (code == KEY_MOUSE)
        return take_mouse(e);
    e->kind = EVENT_KEY;
    if (code >= KEY_F(1) && code <= KEY_F(12)) {
        e->key = TK_F1 + (guint32)(code - KEY_F(1));
        return TRUE;
    }
    for (gsize i = 0; i < G_N_ELEMENTS(key_codes); i++)
        if ((wint_t)key_codes[i].code == code) {
            e->key = key_codes[i].key;
            return TRUE;
        }
    return FALSE; /* KEY_RESIZE and keys that we have no use for */
}

/* Behind an Esc: nothing (the key itself), a character (with Alt), or a sequence that nobody
 * told us of, which is swallowed. */
static gboolean take_escape(struct term_event *e)
{
    wint_t c;
    int got = get_wch(&c);
    e->kind = EVENT_KEY;
    e->key = TK_ESC;
    if (got == ERR)
        return TRUE;
    if (got == KEY_CODE_YES || c == TK_ESC) {
        if (got == KEY_CODE_YES)
            ungetch((int)c);
        else
            unget_wch((wchar_t)c);
        return TRUE;
    }
    if (c == '[' || c == 'O') {
        for (int n = 0; n < CSI_MAX && get_wch(&c) == OK && (c < 0x40 || c > 0x7e); n++)
            ;
        return FALSE;
    }
    e->key = TK_ALT | (guint32)c;
    return TRUE;
}

/* Nothing was read: is nothing there, or is there nobody any more? */
static gboolean is_gone(void)
{
    struct pollfd p = {.fd = STDIN_FILENO, .events = POLLIN};
    int waiting = 0;
    if (poll(&p, 1, 0) <= 0)
        return FALSE;
    if (p.revents & (POLLHUP | POLLERR | POLLNVAL))
        return TRUE;
    return ioctl(STDIN_FILENO, FIONREAD, &waiting) != 0 || waiting == 0;
}

gboolean term_read(struct term_event *ret)
{
    wint_t c;
    *ret = (struct term_event){.kind = EVENT_NONE};
    if (!term_is_open() || term.is_left)
        return FALSE;
    for (int got; (got = get_wch(&c)) != ERR;) {
        if (got == KEY_CODE_YES) {
            if (take_code(c, ret))
                return TRUE;
            *ret = (struct term_event){.kind = EVENT_NONE};
            continue;
        }
        if (c == TK_ESC) {
            if (take_escape(ret))
                return TRUE;
            continue;
        }
        ret->kind = EVENT_KEY;
        ret->key = c == 0x7f || c == 8 ? TK_BACKSPACE : c == '\n' ? TK_ENTER : (guint32)c;
        return TRUE;
    }
    if (!is_gone())
        return FALSE;
    ret->kind = EVENT_GONE;
    return TRUE;
}
