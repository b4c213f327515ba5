/*
 * Check 1: what the record says, before any packet leaves. Whether the other side agrees is for
 * the checks that ask it.
 */
#include "config.h"

#include "doctor/checks_private.h"

#include "base/i18n.h"

void doctor_check_settings(struct doctor *d, struct doctor_finding *f)
{
    const struct doctor_subject *s = d->subject;
    g_autofree char *words = doctor_subject_words(s);
    if (s->problem)
        doctor_say(f, DOCTOR_FAIL, DOCTOR_YOU, "settings", g_strdup(s->problem), NULL);
    else if (s->secret_problem)
        doctor_say(f, DOCTOR_FAIL, DOCTOR_YOU, "secret", g_strdup(s->secret_problem), NULL);
    else if (s->warning)
        doctor_say(f, DOCTOR_WARN, DOCTOR_YOU, "settings", g_strdup(s->warning), NULL);
    else
        doctor_ok(f, g_strdup_printf(_("%s: its settings agree with each other"), words));
}
