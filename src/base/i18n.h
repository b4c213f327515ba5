/*
 * The gettext marks. Included by every file that says something to a person. A word of a table
 * that other languages say differently elsewhere is NC_("where", "word") there, and
 * g_dpgettext2(NULL, "where", word) where it is shown. That gives back what has no NC_(): beside
 * such words N_() ones need the _() as well.
 */
#ifndef CRIER_BASE_I18N_H
#define CRIER_BASE_I18N_H

#include <libintl.h>

#define _(text) gettext(text)
#define N_(text) (text)
#define NC_(context, text) (text)

#endif
