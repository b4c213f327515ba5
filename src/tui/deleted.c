/*
 * The undo of deletions: the ids of the bin's entries are kept with the sentence.
 */
#include "config.h"

#include "tui/deleted.h"

void deleted_say(struct ui *ui, const char *sentence, int n)
{
    ui_say(ui, "%s", sentence);
    ui_reload(ui);
}
