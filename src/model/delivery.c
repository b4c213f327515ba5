/*
 * The eight states of a delivery and the moves between them. A move that is not in the table
 * would break the ledger's sum or mail a person twice. Not for making moves: store/ledger.c and
 * the use cases do that, each in a transaction with the counters.
 */
#include "config.h"

#include "model/delivery.h"

#define TO(state) (1u << (state))

static const struct {
    const char *name;
    unsigned moves; /* the states that may follow, a bit each */
    gboolean is_final;
} states[DELIVERY_STATE_COUNT] = {
    /* To an outcome without a lease: a backup was restored and the flight journal knows more.
     */
    [DELIVERY_QUEUED] = {"queued",
                         TO(DELIVERY_LEASED) | TO(DELIVERY_SUPPRESSED) |
                             TO(DELIVERY_CANCELLED) | TO(DELIVERY_ACCEPTED) |
                             TO(DELIVERY_REFUSED) | TO(DELIVERY_DEFERRED) |
                             TO(DELIVERY_UNCERTAIN),
                         FALSE},
    /* Back to queued: leased but never authorised when the worker died or was told to pause. */
    [DELIVERY_LEASED] = {"leased",
                         TO(DELIVERY_ACCEPTED) | TO(DELIVERY_REFUSED) | TO(DELIVERY_DEFERRED) |
                             TO(DELIVERY_UNCERTAIN) | TO(DELIVERY_SUPPRESSED) |
                             TO(DELIVERY_CANCELLED) | TO(DELIVERY_QUEUED),
                         FALSE},
    [DELIVERY_ACCEPTED] = {"accepted", 0, TRUE},
    /* To queued only because a person decided so. */
    [DELIVERY_REFUSED] = {"refused", TO(DELIVERY_QUEUED), TRUE},
    /* To refused without another try: the give-up age is over. To the other outcomes: as
       queued. */
    [DELIVERY_DEFERRED] = {"deferred",
                           TO(DELIVERY_LEASED) | TO(DELIVERY_REFUSED) |
                               TO(DELIVERY_SUPPRESSED) | TO(DELIVERY_CANCELLED) |
                               TO(DELIVERY_QUEUED) | TO(DELIVERY_ACCEPTED) |
                               TO(DELIVERY_UNCERTAIN),
                           FALSE},
    /* To queued only because a person decided so; to the others by later evidence. */
    [DELIVERY_UNCERTAIN] = {"uncertain",
                            TO(DELIVERY_QUEUED) | TO(DELIVERY_ACCEPTED) | TO(DELIVERY_REFUSED),
                            TRUE},
    [DELIVERY_SUPPRESSED] = {"suppressed", 0, TRUE},
    [DELIVERY_CANCELLED] = {"cancelled", 0, TRUE},
};

static gboolean is_state(enum delivery_state s)
{
    return (unsigned)s < DELIVERY_STATE_COUNT;
}

const char *delivery_state_name(enum delivery_state s)
{
    g_return_val_if_fail(is_state(s), "unknown");
    return states[s].name;
}

gboolean delivery_state_parse(const char *name, enum delivery_state *ret)
{
    for (int s = 0; name && s < DELIVERY_STATE_COUNT; s++) {
        if (g_str_equal(name, states[s].name)) {
            *ret = (enum delivery_state)s;
            return TRUE;
        }
    }
    return FALSE;
}

gboolean delivery_may_move(enum delivery_state from, enum delivery_state to)
{
    return is_state(from) && is_state(to) && (states[from].moves & TO(to)) != 0;
}

gboolean delivery_is_final(enum delivery_state s)
{
    g_return_val_if_fail(is_state(s), FALSE);
    return states[s].is_final;
}
