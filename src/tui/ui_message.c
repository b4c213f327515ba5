/*
 * The message row: one sentence at a time, with an undo where it says so.
 */
#include "config.h"

#include <stdarg.h>

#include "base/clock.h"
#include "base/i18n.h"
#include "base/text.h"
#include "tui/ui_private.h"

#define SAID_S 8
#define UNDO_S 60 /* as long as a countdown */
#define DRAFTS_LOST 2 /* once may be another's long transaction */

void ui_message_clear(struct ui *ui)
{
    struct ui_message *m = &ui->message;
    if (m->text)
        ui_redraw(ui);
    if (m->free_data)
        m->free_data(m->data);
    g_free(m->text);
    *m = (struct ui_message){0};
}

/* Takes `text`. */
static void show(struct ui *ui, enum term_role role, char *text, int seconds)
{
    ui_message_clear(ui);
    ui->message.text = text;
    ui->message.role = role;
    ui->message.until_us = clock_mono_us() + seconds * CLOCK_SECOND_US;
    ui_redraw(ui);
}

void ui_message_expire(struct ui *ui, gint64 now_us)
{
    /* An error stays until a key is pressed: it may come while nobody looks. */
    if (ui->message.text && ui->message.role != ROLE_ERROR && now_us > ui->message.until_us)
        ui_message_clear(ui);
}

void ui_say(struct ui *ui, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    show(ui, ROLE_NORMAL, g_strdup_vprintf(format, args), SAID_S);
    va_end(args);
}

void ui_fail_text(struct ui *ui, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    show(ui, ROLE_ERROR, g_strdup_vprintf(format, args), SAID_S);
    va_end(args);
}

void ui_fail(struct ui *ui, GError *error)
{
    if (!error)
        return;
    show(ui, ROLE_ERROR, g_strdup(error->message), SAID_S);
    g_error_free(error);
}

void ui_drafted(struct ui *ui, GError *error)
{
    ui->drafts_lost = error ? ui->drafts_lost + 1 : 0;
    if (ui->drafts_lost >= DRAFTS_LOST)
        ui_fail_text(ui, _("what is typed cannot be kept for the case that the line breaks: %s"),
                     error->message);
    g_clear_error(&error);
}

void ui_say_undo(struct ui *ui, const char *sentence, void (*undo)(struct ui *ui, void *data),
                 void *data, GDestroyNotify free_data)
{
    show(ui, ROLE_NORMAL, g_strdup_printf(_("%s  u takes it back"), sentence), UNDO_S);
    ui->message.undo = undo;
    ui->message.data = data;
    ui->message.free_data = free_data;
}

gboolean ui_message_undo(struct ui *ui)
{
    struct ui_message m = ui->message;
    if (!m.undo)
        return FALSE;
    ui->message = (struct ui_message){0};
    m.undo(ui, m.data);
    if (m.free_data)
        m.free_data(m.data);
    g_free(m.text);
    ui_redraw(ui);
    return TRUE;
}
