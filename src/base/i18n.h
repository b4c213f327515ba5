/* The two gettext marks. Included by every file that says something to a person. */
#ifndef CRIER_BASE_I18N_H
#define CRIER_BASE_I18N_H

#include <libintl.h>

#define _(text) gettext(text)
#define N_(text) (text)

#endif
