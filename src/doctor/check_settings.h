/*
 * The judgement on settings alone, so that it can be tried without a record. Inside the doctor
 * only.
 */
#ifndef CRIER_DOCTOR_CHECK_SETTINGS_H
#define CRIER_DOCTOR_CHECK_SETTINGS_H

#include "doctor/check_private.h"

/* Of a subject as it is; says something in any case. */
void settings_judge(const struct doctor_subject *s, struct doctor_finding *f);
/* `number` as stream_library() gives it. FALSE: nothing is to be said of it. */
gboolean settings_judge_curl(unsigned number, const char *version,
                             enum stream_security security, struct doctor_finding *f);
/* `number` as db_library() gives it. */
gboolean settings_has_wal_fault(int number);

#endif
