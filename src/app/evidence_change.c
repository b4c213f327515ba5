/*
 * A message that was taken before means another thing: by today's rules, or by a person's word.
 * One that means the same is left as it is, with all that followed and what was done about it
 * since.
 */
#include "config.h"

#include <string.h>

#include "app/evidence_private.h"
#include "base/clock.h"
#include "inbound/inbound.h"

#define BATCH_US (CLOCK_SECOND_US / 10) /* others may want to write */

void evidence_change_init(struct evidence_change *c, const char *action)
{
    *c = (struct evidence_change){.undo.action = action};
}

static void clear_last(struct evidence_change *c)
{
    inbound_row_clear(&c->was);
    inbound_row_clear(&c->is);
    g_clear_pointer(&c->said_before, g_ptr_array_unref);
    g_clear_pointer(&c->said_after, g_ptr_array_unref);
    g_clear_pointer(&c->marked, g_ptr_array_unref);
    g_clear_pointer(&c->unmarked, g_ptr_array_unref);
    c->is_changed = c->is_by_hand = FALSE;
    c->result = (struct evidence_result){0};
}

void evidence_change_clear(struct evidence_change *c)
{
    clear_last(c);
    *c = (struct evidence_change){0};
}

/* ---- around the change ---- */

/* When it came, as what follows counts it. */
static gint64 came_us(const struct evidence_change *c, gint64 now_us)
{
    gint64 at_us = c->was.received_us > 0 ? c->was.received_us : now_us;
    for (guint i = 0; i < c->said_before->len; i++) {
        const struct said *s = c->said_before->pdata[i];
        at_us = i == 0 || s->at_us < at_us ? s->at_us : at_us;
    }
    return MIN(at_us, now_us);
}

static gboolean entry_went_or_came(struct db *db, const GHashTable *entries,
                                   const GHashTable *others, gboolean must_be_gone,
                                   GPtrArray *out, GError **error)
{
    GHashTableIter i;
    gpointer entry;
    g_hash_table_iter_init(&i, (GHashTable *)entries);
    while (g_hash_table_iter_next(&i, &entry, NULL)) {
        gboolean is_there = FALSE;
        if (g_hash_table_contains((GHashTable *)others, entry))
            continue;
        if (must_be_gone && !reread_has_entry(db, entry, &is_there, error))
            return FALSE;
        if (must_be_gone && is_there) /* another message says the same */
            continue;
        const char *blank = strrchr(entry, ' ');
        char *address = g_strndup(entry, (gsize)(blank - (const char *)entry));
        if (g_ptr_array_find_with_equal_func(out, address, g_str_equal, NULL))
            g_free(address);
        else
            g_ptr_array_add(out, address);
    }
    return TRUE;
}

static gboolean compare_entries(struct db *db, gint64 id, const GHashTable *before,
                                struct evidence_change *c, GError **error)
{
    g_autoptr(GHashTable) after = reread_entries(db, id, error);
    c->marked = g_ptr_array_new_with_free_func(g_free);
    c->unmarked = g_ptr_array_new_with_free_func(g_free);
    return after && entry_went_or_came(db, after, before, FALSE, c->marked, error) &&
           entry_went_or_came(db, before, after, TRUE, c->unmarked, error);
}

/* ---- the change ---- */

struct new_meaning { /* one of the two */
    const struct inbound *said;
    gboolean is_word;
    const struct evidence_word *word; /* NULL with is_word: nothing about anybody */
};

static gboolean mean(struct evidence_work *w, const struct new_meaning *m, GError **error)
{
    enum mail_kind kind = m->word ? m->word->kind : MAIL_OTHER;
    if (!m->is_word)
        return evidence_decide(w, m->said, error);
    return (!m->word || evidence_say(w, m->word, error)) &&
           inbound_assign(w->db, w->inbound_id, mail_kind_name(kind), error);
}

static gboolean take_anew(struct evidence_work *w, const struct new_meaning *m,
                          struct evidence_change *c, GError **error)
{
    gint64 id = w->inbound_id;
    g_autoptr(GHashTable) before = reread_entries(w->db, id, error);
    g_autoptr(GHashTable) allowed = m->is_word ? NULL : reread_allowed(w->db, id, error);
    if (!before || (!allowed && !m->is_word))
        return FALSE;
    w->allowed = allowed;
    w->was = c->said_before;
    w->at_us = came_us(c, w->now_us);
    gboolean ok = reread_keep(w->db, &c->undo, id, error) && said_take_back(w->db, id, error) &&
                  mean(w, m, error) && reread_carry(w->db, id, c->said_before, error) &&
                  reread_became(w->db, &c->undo, id, error) &&
                  compare_entries(w->db, id, before, c, error);
    w->allowed = NULL;
    return ok;
}

static gboolean read_after(struct evidence_work *w, struct evidence_change *c, GError **error)
{
    c->said_after = said_of_message(w->db, w->inbound_id, error);
    return c->said_after && inbound_get(w->db, w->inbound_id, &c->is, error);
}

static gboolean change_inside(struct evidence_work *w, const struct new_meaning *m,
                              struct evidence_change *c, GError **error)
{
    gint64 id = w->inbound_id;
    if (!inbound_get(w->db, id, &c->was, error))
        return FALSE;
    c->is_by_hand = !m->is_word && c->was.state == INBOUND_ASSIGNED;
    if (c->is_by_hand)
        return TRUE;
    g_autofree char *mark = reread_mark(w->db, id, error);
    c->said_before = mark ? said_of_message(w->db, id, error) : NULL;
    if (!c->said_before || !take_anew(w, m, c, error))
        return FALSE;
    g_autofree char *now = reread_mark(w->db, id, error);
    c->is_changed = now && strcmp(now, mark) != 0;
    c->result = w->done;
    return now && read_after(w, c, error);
}

/* ---- transactions ---- */

static gboolean enter(struct db *db, struct evidence_change *c, GError **error)
{
    if (c->open_us == 0) {
        if (!db_begin(db, error))
            return FALSE;
        c->open_us = clock_mono_us();
    }
    return db_part_begin(db, error);
}

gboolean evidence_change_end(struct db *db, struct evidence_change *c, gboolean is_kept,
                             GError **error)
{
    if (c->open_us == 0)
        return TRUE;
    c->open_us = 0;
    if (!is_kept)
        db_rollback(db);
    return !is_kept || db_commit(db, error);
}

/* What one message did is kept or not; others of its batch are not touched by that. */
static gboolean leave(struct db *db, struct evidence_change *c, gboolean is_kept,
                      GError **error)
{
    if (!db_part_end(db, is_kept, error)) {
        evidence_change_end(db, c, FALSE, NULL);
        return FALSE;
    }
    gboolean is_due = !c->is_batched || clock_mono_us() - c->open_us >= BATCH_US;
    return !is_due || evidence_change_end(db, c, TRUE, error);
}

static gboolean change(struct db *db, gint64 inbound_id, const struct new_meaning *m,
                       struct evidence_change *c, GError **error)
{
    struct evidence_work w;
    const struct reread undo = c->undo;
    clear_last(c);
    if (!evidence_work_init(&w, db, c->providers, error) || !enter(db, c, error))
        return FALSE;
    w.inbound_id = w.done.inbound_id = inbound_id;
    gboolean ok = change_inside(&w, m, c, error);
    gboolean is_kept = ok && c->is_changed && !c->is_dry_run;
    if (!is_kept)
        c->undo = undo;
    return leave(db, c, is_kept, ok ? error : NULL) && ok;
}

gboolean evidence_read_again(struct db *db, gint64 inbound_id, const struct inbound *said,
                             struct evidence_change *c, GError **error)
{
    const struct new_meaning m = {.said = said};
    return change(db, inbound_id, &m, c, error);
}

gboolean evidence_assign(struct db *db, gint64 inbound_id, const struct evidence_word *word,
                         struct evidence_change *c, GError **error)
{
    const struct new_meaning m = {.is_word = TRUE, .word = word};
    return change(db, inbound_id, &m, c, error);
}
