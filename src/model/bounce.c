/*
 * The names of what mail that comes back can mean: kinds, classes, faults, reasons. How a text
 * is judged is in bounce_judge.c, the phrases in bounce_phrases*.c.
 */
#include "config.h"

#include "model/bounce.h"

#include <string.h>

#include "base/i18n.h"

struct named {
    const char *name;
    const char *label;
};

static const struct named kinds[MAIL_KIND_COUNT] = {
    [MAIL_OTHER] = {"other", N_("something else")},
    [MAIL_BOUNCE] = {"bounce", N_("failed mail")},
    [MAIL_DELAYED] = {"delayed", N_("delay")},
    [MAIL_COMPLAINT] = {"complaint", N_("complaint")},
    [MAIL_AUTOREPLY] = {"autoreply", N_("automatic reply")},
    [MAIL_UNSUBSCRIBE] = {"unsubscribe", N_("unsubscribe request")},
    [MAIL_SUCCESS] = {"success", N_("delivery confirmed")},
    [MAIL_CHALLENGE] = {"challenge", N_("challenge to the sender")},
    [MAIL_REPLY] = {"reply", N_("reply by a person")},
    [MAIL_RECEIPT] = {"receipt", N_("read receipt")},
};

static const struct named classes[BOUNCE_CLASS_COUNT] = {
    [BOUNCE_NONE] = {"none", N_("none")},
    [BOUNCE_SOFT] = {"soft", N_("soft")},
    [BOUNCE_HARD] = {"hard", N_("hard")},
};

static const struct named faults[FAULT_OF_COUNT] = {
    [FAULT_OF_NOBODY] = {"nobody", N_("not known")},
    [FAULT_OF_ADDRESS] = {"address", N_("the address")},
    [FAULT_OF_RECEIVER] = {"receiver", N_("the receiver")},
    [FAULT_OF_US] = {"us", N_("us")},
};

static const struct bounce_reason_row reasons[BOUNCE_REASON_COUNT] = {
    [BOUNCE_UNKNOWN] = {"unknown", BOUNCE_SOFT, FAULT_OF_NOBODY,
                        N_("It failed, and nobody said why in words that are known.")},
    [BOUNCE_USER_UNKNOWN] = {"user-unknown", BOUNCE_HARD, FAULT_OF_ADDRESS,
                             N_("There is no such mailbox.")},
    [BOUNCE_HOST_UNKNOWN] = {"host-unknown", BOUNCE_HARD, FAULT_OF_ADDRESS,
                             N_("The domain behind the @ does not exist.")},
    [BOUNCE_NO_MAIL] = {"no-mail", BOUNCE_HARD, FAULT_OF_ADDRESS,
                        N_("The domain takes no mail at all.")},
    [BOUNCE_BAD_ADDRESS] = {"bad-address", BOUNCE_HARD, FAULT_OF_ADDRESS,
                            N_("The address is not written as an address must be.")},
    [BOUNCE_DISABLED] = {"disabled", BOUNCE_HARD, FAULT_OF_ADDRESS,
                         N_("The mailbox is closed.")},
    [BOUNCE_SUSPENDED] = {"suspended", BOUNCE_SOFT, FAULT_OF_ADDRESS,
                          N_("The mailbox is suspended, perhaps for a time.")},
    [BOUNCE_MOVED] = {"moved", BOUNCE_HARD, FAULT_OF_ADDRESS,
                      N_("The person has moved to another address.")},
    [BOUNCE_MAILBOX_FULL] = {"mailbox-full", BOUNCE_SOFT, FAULT_OF_ADDRESS,
                             N_("The mailbox is full.")},
    [BOUNCE_FILTERED] = {"filtered", BOUNCE_SOFT, FAULT_OF_ADDRESS,
                         N_("The person's own settings turn us away.")},
    [BOUNCE_NOT_ALLOWED] = {"not-allowed", BOUNCE_SOFT, FAULT_OF_RECEIVER,
                            N_("Only certain senders may write to this address.")},
    [BOUNCE_TOO_LARGE] = {"too-large", BOUNCE_SOFT, FAULT_OF_US,
                          N_("The message is too large for the receiver.")},
    [BOUNCE_SPAM] = {"spam", BOUNCE_SOFT, FAULT_OF_US,
                     N_("The receiver takes the message for spam.")},
    [BOUNCE_VIRUS] = {"virus", BOUNCE_SOFT, FAULT_OF_US,
                      N_("The receiver takes the message for a virus.")},
    [BOUNCE_CONTENT] = {"content", BOUNCE_SOFT, FAULT_OF_US,
                        N_("The receiver does not like what is in the message.")},
    [BOUNCE_BLOCKED] = {"blocked", BOUNCE_SOFT, FAULT_OF_US,
                        N_("The receiver blocks the sending machine or domain.")},
    [BOUNCE_REVERSE_DNS] = {"reverse-dns", BOUNCE_SOFT, FAULT_OF_US,
                            N_("The sending machine's name and address in DNS do not fit.")},
    [BOUNCE_AUTH] = {"authentication", BOUNCE_SOFT, FAULT_OF_US,
                     N_("SPF, DKIM, DMARC or the login did not pass.")},
    [BOUNCE_POLICY] = {"policy", BOUNCE_SOFT, FAULT_OF_US,
                       N_("A rule of the receiver forbids the message.")},
    [BOUNCE_SENDER_REFUSED] = {"sender-refused", BOUNCE_SOFT, FAULT_OF_US,
                               N_("The receiver does not accept our sender address.")},
    [BOUNCE_RATE] = {"rate", BOUNCE_SOFT, FAULT_OF_US,
                     N_("Too much mail or too many connections in a short time.")},
    [BOUNCE_GREYLISTED] = {"greylisted", BOUNCE_SOFT, FAULT_OF_RECEIVER,
                           N_("The receiver asked to come again later.")},
    [BOUNCE_EXPIRED] = {"expired", BOUNCE_SOFT, FAULT_OF_RECEIVER,
                        N_("It was tried for too long without success.")},
    [BOUNCE_NETWORK] = {"network", BOUNCE_SOFT, FAULT_OF_RECEIVER,
                        N_("The receiver's machine could not be reached.")},
    [BOUNCE_LOOP] = {"loop", BOUNCE_SOFT, FAULT_OF_RECEIVER,
                     N_("The message ran in a circle between machines.")},
    [BOUNCE_RELAY] = {"relay", BOUNCE_SOFT, FAULT_OF_RECEIVER,
                      N_("The machine does not take mail for this address from us.")},
    [BOUNCE_TLS] = {"tls", BOUNCE_SOFT, FAULT_OF_RECEIVER,
                    N_("An encrypted connection was asked for and did not come about.")},
    [BOUNCE_SYSTEM] = {"system", BOUNCE_SOFT, FAULT_OF_RECEIVER,
                       N_("The receiver's mail system has a fault.")},
    [BOUNCE_SYNTAX] = {"syntax", BOUNCE_SOFT, FAULT_OF_US,
                       N_("The two mail servers did not understand each other.")},
};

static gboolean find_name(const struct named *table, int n, const char *name, int *ret)
{
    for (int i = 0; i < n; i++) {
        if (name != NULL && strcmp(table[i].name, name) == 0) {
            *ret = i;
            return TRUE;
        }
    }
    return FALSE;
}

const char *mail_kind_name(enum mail_kind k)
{
    return kinds[k].name;
}

const char *mail_kind_label(enum mail_kind k)
{
    return kinds[k].label;
}

gboolean mail_kind_parse(const char *name, enum mail_kind *ret_kind)
{
    int found = 0;
    if (!find_name(kinds, MAIL_KIND_COUNT, name, &found))
        return FALSE;
    *ret_kind = (enum mail_kind)found;
    return TRUE;
}

const char *bounce_class_name(enum bounce_class c)
{
    return classes[c].name;
}

const char *bounce_class_label(enum bounce_class c)
{
    return classes[c].label;
}

gboolean bounce_class_parse(const char *name, enum bounce_class *ret_class)
{
    int found = 0;
    if (!find_name(classes, BOUNCE_CLASS_COUNT, name, &found))
        return FALSE;
    *ret_class = (enum bounce_class)found;
    return TRUE;
}

const char *bounce_fault_name(enum bounce_fault f)
{
    return faults[f].name;
}

const char *bounce_fault_label(enum bounce_fault f)
{
    return faults[f].label;
}

const struct bounce_reason_row *bounce_reason_row(enum bounce_reason r)
{
    return &reasons[(int)r >= 0 && r < BOUNCE_REASON_COUNT ? r : BOUNCE_UNKNOWN];
}

gboolean bounce_reason_parse(const char *name, enum bounce_reason *ret_reason)
{
    for (int i = 0; i < BOUNCE_REASON_COUNT; i++) {
        if (name != NULL && strcmp(reasons[i].name, name) == 0) {
            *ret_reason = (enum bounce_reason)i;
            return TRUE;
        }
    }
    return FALSE;
}
