/*
 * What composing one message costs: text and HTML of 20 KB with eight fields, beside a bare
 * memcpy of the same bytes. Usage: bench_compose [MESSAGES]
 */
#include "config.h"

#include <glib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "message/compose.h"

#define DEFAULT_MESSAGES 200000
#define N_ROWS 122 /* paragraphs: 20 KB on the wire */

static const char text_body[] =
    "Dear {{first_name|friend}},\n\n"
    "our autumn catalogue is here, with everything that is new in {{city}}. Have a look at "
    "it,\n"
    "and if you order before the end of the month, nothing is charged for the delivery.\n\n"
    "Your customer number is {{number}}.\n\n"
    "To leave this list: {{unsubscribe_url}}\n";

static const char html_head[] = "<!doctype html>\n<html><head><meta "
                                "charset=\"utf-8\"><title>Autumn</title></head>\n<body>\n"
                                "<p style=\"font-size:16px\">Dear {{first_name|friend}},</p>\n";
static const char html_row[] =
    "<p style=\"margin:0 0 12px 0\">A paragraph about something that is new this autumn, long "
    "enough to be broken over two lines of the encoded text.</p>\n";
static const char html_tail[] =
    "<p><a href=\"https://shop.example.org/?c={{number}}\">To the shop</a></p>\n"
    "<p><a href=\"{{unsubscribe_url}}\">Unsubscribe</a></p>\n</body></html>\n";

static double now_us(void)
{
    return (double)g_get_monotonic_time();
}

static struct composed *prepare(void)
{
    g_autoptr(GString) html = g_string_new(html_head);
    struct compose_content content = {
        .from = "Ann Bell <ann@news.example.org>",
        .subject = "{{first_name|friend}}, the autumn catalogue is here",
        .text = text_body,
        .list_id = "news.example.org",
        .campaign = "c7",
    };
    struct composed *c;

    for (int i = 0; i < N_ROWS; i++)
        g_string_append(html, html_row);
    g_string_append(html, html_tail);
    content.html = html->str;
    c = compose_prepare(&content, NULL);
    g_assert(c);
    return c;
}

static double measure_compose(const struct composed *c, const struct compose_person *p, int n,
                              GString *out)
{
    double start = now_us();

    for (int i = 0; i < n; i++) {
        g_string_truncate(out, 0);
        if (!compose_render(c, p, out, NULL))
            g_error("cannot compose");
    }
    return (now_us() - start) / n;
}

static double measure_copy(const GString *message, int n)
{
    g_autofree char *copy = g_malloc(message->len);
    double start = now_us();

    for (int i = 0; i < n; i++) {
        memcpy(copy, message->str, message->len);
        __asm__ volatile("" : : "r"(copy) : "memory"); /* the copy must not be left out */
    }
    return (now_us() - start) / n;
}

int main(int argc, char **argv)
{
    static const char data[] =
        "{\"first_name\":\"Jürgen\",\"city\":\"Köln\",\"number\":\"4711-0815\"}";
    int n = argc > 1 ? (int)strtol(argv[1], NULL, 10) : DEFAULT_MESSAGES;
    struct json *fields = json_parse(data, strlen(data), NULL);
    struct composed *c = prepare();
    struct compose_person p = {
        .address = "juergen@example.org",
        .fields = fields,
        .message_id = "mfrggzdfmztwq2lknnwg23tpob@news.example.org",
        .date = "Thu, 1 Jan 1970 00:00:00 +0000",
        .list_unsubscribe = "<https://t.example.org/u/mfrggzdfmztwq2lknnwg23tpob>, "
                            "<mailto:unsubscribe+mfrggzdfmztwq2lk@news.example.org>",
        .list_unsubscribe_post = TRUE,
        .unsubscribe_url = "https://t.example.org/u/mfrggzdfmztwq2lknnwg23tpob",
    };
    g_autoptr(GString) out = g_string_new(NULL);
    double compose_us, copy_us;

    n = MAX(n, 1);
    compose_us = measure_compose(c, &p, n, out);
    copy_us = measure_copy(out, n);
    printf("%d messages of %u bytes: compose %.2f us, memcpy %.3f us a message\n", n,
           (guint)out->len, compose_us, copy_us);
    composed_unref(c);
    json_unref(fields);
    return 0;
}
