/*
 * The texts that the enhanced status codes have in their registry (RFC 3463, RFC 5248 and the
 * RFCs that add to it), and short names of the same faults, as servers print them behind
 * "Recipient address rejected:": words that only say that the recipient was refused must not
 * outweigh them. Written as bounce_words.c writes words.
 */
#include "config.h"

#include "model/bounce_private.h"

static const char *const says_person[] = {"bad destination mailbox address",
                                          "destination mailbox address ambiguous", NULL};

static const char *const says_bad_address[] = {"bad destination mailbox address syntax", NULL};

static const char *const says_moved[] = {"destination mailbox has moved",
                                         "mailbox owner has changed",
                                         "domain owner has changed",
                                         "address rejected has moved",
                                         "@ has moved",
                                         NULL};

static const char *const says_sender_first[] = {"sender address has null mx",
                                                "senders domain has null mx",
                                                "sender domain has null mx",
                                                "bad senders mailbox address syntax",
                                                "bad senders system address",
                                                "sender domain does not accept mail",
                                                NULL};

static const char *const says_rate_first[] = {
    "too many invalid recipients", "many invalid recipients",     "mail flood detected",
    "too many unknown users",      "too many unknown recipients", NULL};

/* Facebook's codes for mailboxes: which of the refusals of a recipient it is. */
static const char *const says_facebook_person[] = {"rcp p1", "int p1", "int p3", "int p4",
                                                   NULL};
static const char *const says_facebook_resting[] = {"rcp t4", NULL};
static const char *const says_facebook_system[] = {"rcp t1", "con t1", NULL};

static const char *const says_system[] = {"other address status",
                                          "other or undefined mailbox status",
                                          "other or undefined mail system status",
                                          "other or undefined status",
                                          "mailing list expansion problem",
                                          "message relayed to non compliant mailer",
                                          "mail system full",
                                          "system full",
                                          "disk full",
                                          "system not capable of selected features",
                                          "system incorrectly configured",
                                          "requested priority was changed",
                                          "mailer error",
                                          "system error",
                                          NULL};

static const char *const says_network[] = {"other or undefined network or routing status",
                                           "no answer from host",
                                           "bad connection",
                                           "directory server failure",
                                           "mail system congestion",
                                           "network error",
                                           NULL};

static const char *const says_syntax[] = {
    "other or undefined protocol status",
    "invalid command",
    "recipient address rejected invalid command",
    "invalid command arguments",
    "recipient address rejected invalid command arguments",
    "wrong protocol version",
    NULL};

static const char *const says_rate[] = {"address rejected too many recipients",
                                        "@ too many recipients",
                                        "exceeds limit",
                                        "exceeds the limit",
                                        "rate limited",
                                        "address rejected speeding",
                                        "@ speeding",
                                        NULL};

static const char *const says_content[] = {"other or undefined media error",
                                           "media not supported",
                                           "conversion required and prohibited",
                                           "conversion required but not supported",
                                           "conversion with loss performed",
                                           "conversion failed",
                                           "message content not available",
                                           "non ascii addresses not permitted",
                                           "message integrity failure",
                                           "content error",
                                           "not compliant rfc",
                                           "not compliant with rfc",
                                           "not rfc compliant",
                                           NULL};

static const char *const says_tls[] = {"encryption needed",
                                       "encryption required for requested authentication",
                                       "requiretls support required", "failed starttls", NULL};

static const char *const says_auth[] = {"no passing dkim signature found",
                                        "no acceptable dkim signature found",
                                        "no valid author matched dkim signature found",
                                        "spf validation failed",
                                        "spf validation error",
                                        "multiple authentication checks failed",
                                        "arc validation failure",
                                        "trust relationship required",
                                        NULL};

static const char *const says_reverse_dns[] = {"reverse dns validation failed", "require ptr",
                                               "requires ptr", "ptr record required", NULL};

static const char *const says_policy[] = {"other or undefined security status",
                                          "security conversion required but not possible",
                                          "security features not supported",
                                          "cryptographic failure",
                                          "cryptographic algorithm not supported",
                                          "priority level is too low",
                                          "mailing list expansion prohibited",
                                          "rrvs test cannot be completed",
                                          "policy violation",
                                          "security error",
                                          "security violation",
                                          NULL};

/* One word, where the whole explanation is that word. */
static const char *const says_blocked[] = {"address rejected blocked",
                                           "recipient address rejected blocked", NULL};
static const char *const says_expired[] = {
    "address rejected expired", "recipient address rejected expired", "@ expired", NULL};
static const char *const says_nothing[] = {"recipient address rejected rejected",
                                           "recipient address rejected undefined",
                                           "recipient address rejected vacation",
                                           "recipient address rejected on hold",
                                           "@ rejected",
                                           "@ undefined",
                                           "@ vacation",
                                           "@ on hold",
                                           NULL};

static const struct bounce_group groups[] = {
    {BOUNCE_SENDER_REFUSED, RANK_GUARD, says_sender_first},
    {BOUNCE_RATE, RANK_GUARD, says_rate_first},
    {BOUNCE_USER_UNKNOWN, RANK_ADDRESS, says_facebook_person},
    {BOUNCE_SUSPENDED, RANK_ADDRESS, says_facebook_resting},
    {BOUNCE_SYSTEM, RANK_LATER, says_facebook_system},
    {BOUNCE_BAD_ADDRESS, RANK_ADDRESS, says_bad_address},
    {BOUNCE_USER_UNKNOWN, RANK_ADDRESS, says_person},
    {BOUNCE_MOVED, RANK_ADDRESS, says_moved},
    {BOUNCE_AUTH, RANK_US, says_auth},
    {BOUNCE_REVERSE_DNS, RANK_US, says_reverse_dns},
    {BOUNCE_CONTENT, RANK_US, says_content},
    {BOUNCE_RATE, RANK_US, says_rate},
    {BOUNCE_POLICY, RANK_US, says_policy},
    {BOUNCE_BLOCKED, RANK_US, says_blocked},
    {BOUNCE_TLS, RANK_LATER, says_tls},
    {BOUNCE_EXPIRED, RANK_LATER, says_expired},
    {BOUNCE_SYNTAX, RANK_LATER, says_syntax},
    {BOUNCE_NETWORK, RANK_LATER, says_network},
    {BOUNCE_SYSTEM, RANK_LATER, says_system},
    {BOUNCE_UNKNOWN, RANK_WEAK, says_nothing},
    {BOUNCE_UNKNOWN, RANK_COUNT, NULL},
};

const struct bounce_group *bounce_phrases_standard(void)
{
    return groups;
}
