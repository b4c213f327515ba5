/* The migrations, in order. Never edited after a release: a change is a new one. */
#ifndef CRIER_STORE_SCHEMA_H
#define CRIER_STORE_SCHEMA_H

#define SCHEMA_APPLICATION_ID 0x43726965 /* "Crie" */

struct schema_migration {
    int version;
    const char *help; /* what it brings, one line */
    const char *sql;
};
extern const struct schema_migration schema_migrations[]; /* ends with version 0 */
int schema_newest(void);

#endif
