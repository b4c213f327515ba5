/*
 * Templates by each escape: what is parsed is rendered or refused with a reason; valid text
 * stays valid, and no line end comes out of a header's value.
 */
#include "config.h"

#include <string.h>

#include "fuzz.h"
#include "message/template.h"

static const char values[] =
    "{\"name\":\"<Ann> & \\\"Co\\\"\\r\\nBcc: "
    "x\",\"empty\":\"\",\"no\":null,\"yes\":true,\"n\":1.5,"
    "\"list\":[{\"x\":\"1\"},{\"x\":\"2\"},3],\"deep\":{\"er\":{\"est\":\"!\"}},"
    "\"url\":\"javascript:x\",\"unsubscribe_url\":\"https://example.org/u?a=1&b=2\"}";
static const char partials[] =
    "{\"part\":\"[{{name}}]\",\"self\":\"{{>self}}\",\"pair\":\"{{#list}}{{>part}}{{/list}}\"}";

static void check(const char *text, size_t size, enum template_escape escape,
                  const struct json *data, const struct json *parts)
{
    g_autoptr(GError) error = NULL;
    struct template *t = template_new(text, (gssize)size, escape, parts, &error);
    g_assert_true((t == NULL) == (error != NULL));
    if (!t)
        return;
    g_autoptr(GString) out = g_string_new("before");
    g_auto(GStrv) names = template_names(t);
    gboolean ok = template_render(t, NULL, data, out, &error);
    g_assert_true(ok == (error == NULL));
    g_assert_true(g_str_has_prefix(out->str, "before"));
    g_assert_true(ok || out->len == strlen("before"));
    if (g_utf8_validate_len(text, size, NULL))
        g_assert_true(g_utf8_validate_len(out->str, out->len, NULL));
    if (escape == TEMPLATE_ESCAPE_HEADER && !memchr(text, '\n', size) &&
        !memchr(text, '\r', size))
        g_assert_null(strpbrk(out->str, "\r\n"));
    template_free(t);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct json *fields, *parts;
    if (!fields) {
        fields = json_parse(values, strlen(values), NULL);
        parts = json_parse(partials, strlen(partials), NULL);
    }
    g_assert_true(fields && parts);
    g_autofree char *text = g_strndup((const char *)data, size);
    check(text, size, TEMPLATE_ESCAPE_NONE, fields, parts);
    check(text, size, TEMPLATE_ESCAPE_HTML, fields, parts);
    check(text, size, TEMPLATE_ESCAPE_HEADER, fields, parts);
    return 0;
}
