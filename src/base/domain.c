/*
 * Domain names in any spelling to the lower-case A-labels that go on the wire; the only file
 * that knows libidn2. A plain ASCII name is checked by hand: imports see hundreds of thousands
 * a second and IDNA has nothing to say about them. Not for looking names up.
 */
#include "config.h"

#include "base/mailaddr.h"

#include <idn2.h>
#include <string.h>

#include "base/error.h"
#include "base/i18n.h"
#include "base/text.h"

#define MAX_LABEL 63
#define MAX_DOMAIN 253 /* RFC 1035: 255 octets with the length bytes */
#define MAX_TYPED                                                                              \
    1024 /* before conversion; a U-label may take more octets than its A-label                 \
          */
#define SHOWN_CHARS 80

static gboolean refuse(GError **error, const char *text, const char *why)
{
    g_autofree char *shown = text_safe(text, -1, SHOWN_CHARS);
    g_set_error(error, CRIER_ERROR, CRIER_ERROR_INVALID, _("'%s' is not a domain: %s"), shown,
                why);
    return FALSE;
}

/* Why one label is not letters, digits and inner hyphens; NULL when it is. */
static const char *label_fault(const char *label, gsize len)
{
    if (len == 0)
        return _("a part between two dots is empty");
    if (len > MAX_LABEL)
        return _("a part between two dots is longer than 63 characters");
    if (label[0] == '-' || label[len - 1] == '-')
        return _("a part begins or ends with '-'");
    for (gsize i = 0; i < len; i++) {
        if (!g_ascii_isalnum(label[i]) && label[i] != '-')
            return label[i] == ' ' || label[i] == '\t'
                       ? _("it has a blank inside")
                       : _("it has a character that a domain may not have");
    }
    return NULL;
}

/* Why an ASCII name is no domain; NULL when it is one. `*ret_is_idn` when a label begins
 * "xn--". */
static const char *ascii_fault(const char *name, gboolean *ret_is_idn)
{
    gsize len = strlen(name);
    *ret_is_idn = FALSE;
    if (len == 0)
        return _("it is empty");
    if (name[0] == '.')
        return _("it begins with a dot");
    if (name[len - 1] == '.')
        return _("it ends with a dot");
    if (len > MAX_DOMAIN)
        return _("it is longer than 253 characters");

    const char *label = name;
    gboolean is_number;
    for (;;) {
        gsize n = strcspn(label, ".");
        const char *fault = label_fault(label, n);
        if (fault)
            return fault;
        if (n >= 4 && g_ascii_strncasecmp(label, "xn--", 4) == 0)
            *ret_is_idn = TRUE;
        is_number = strspn(label, "0123456789") == n;
        if (!label[n])
            break;
        label += n + 1;
    }
    /* No top-level domain is a number; RFC 3696 section 2. Else 192.0.2.1 would pass as one. */
    return is_number ? _("its last part is a number") : NULL;
}

static gboolean is_ascii(const char *text)
{
    for (; *text; text++) {
        if ((guchar)*text >= 0x80)
            return FALSE;
    }
    return TRUE;
}

/*
 * By UTS 46 mapping and IDNA 2008. The STD3 rules are ours: told to keep them, libidn2 drops
 * what they forbid ("ü b.org" becomes "üb.org", somebody else's domain) where it should refuse;
 * without, the character is still in the result, which is checked like any ASCII name. That
 * check also finds the empty labels that libidn2 lets through.
 */
static gboolean idn_to_ascii(const char *text, char **ret_ascii, GError **error)
{
    char *idn = NULL;
    int rc = idn2_to_ascii_8z(text, &idn, IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL);
    if (rc == IDN2_MALLOC)
        g_error("%s", idn2_strerror(rc)); /* as GLib does: no address is wrong because of it */
    if (rc != IDN2_OK)
        return refuse(error, text, idn2_strerror(rc));
    gboolean is_idn;
    const char *fault = is_ascii(idn) ? ascii_fault(idn, &is_idn) : _("it is not valid IDNA");
    if (!fault)
        *ret_ascii = g_ascii_strdown(idn, -1);
    idn2_free(idn);
    return fault ? refuse(error, text, fault) : TRUE;
}

gboolean domain_to_ascii(const char *text, char **ret_ascii, GError **error)
{
    const char *name = text ? text : "";
    gsize len = text ? strnlen(text, MAX_TYPED + 1) : 0;
    if (len > MAX_TYPED)
        return refuse(error, name, _("it is too long"));
    gboolean is_idn = TRUE;
    if (is_ascii(name)) {
        const char *fault = ascii_fault(name, &is_idn);
        if (fault)
            return refuse(error, name, fault);
    } else if (!text_check_line(_("the domain"), name, len, MAX_TYPED, error)) {
        return FALSE;
    }
    if (is_idn)
        return idn_to_ascii(name, ret_ascii, error);
    *ret_ascii = g_ascii_strdown(name, (gssize)len);
    return TRUE;
}
