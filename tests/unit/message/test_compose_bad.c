/* The composer's refusals: each names its field and leaves nothing of a message behind. */
#include "config.h"

#include <glib.h>
#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "message/compose.h"

#define DATE "Thu, 1 Jan 1970 00:00:00 +0000"

static const struct compose_content sample = {.from = "Ann Bell <ann@b.org>",
                                              .subject = "Hello {{name}}",
                                              .text = "Hello {{name}},\nbye\n",
                                              .html = "<p>Hello {{name}}</p>\n",
                                              .list_id = "news.b.org",
                                              .list_title = "Our news",
                                              .campaign = "c7"};

static const struct compose_person somebody = {
    .address = "joe@example.org", .message_id = "token@b.org", .date = DATE};

static struct composed *prepare(const struct compose_content *content)
{
    g_autoptr(GError) error = NULL;
    struct composed *c = compose_prepare(content, &error);

    g_assert_no_error(error);
    return c;
}

static void test_huge_subject(void)
{
    g_autofree char *huge = g_strnfill(10001, 's');
    struct compose_content content = sample;
    struct json *fields = json_new_object();
    struct compose_person p = somebody;
    struct composed *c = prepare(&content);
    g_autoptr(GString) out = g_string_new(NULL);
    g_autoptr(GError) error = NULL, other = NULL;

    json_set_string(fields, "name", huge);
    p.fields = fields;
    g_assert_false(compose_render(c, &p, out, &error));
    g_assert_error(error, CRIER_ERROR, CRIER_ERROR_INVALID);
    g_assert_cmpuint(out->len, ==, 0);
    content.subject = huge;
    g_assert_null(compose_prepare(&content, &other));
    g_assert_error(other, CRIER_ERROR, CRIER_ERROR_INVALID);
    json_unref(fields);
    composed_unref(c);
}

struct bad_content {
    const char *name;
    struct compose_content content;
    const char *want;
};

static const struct bad_content bad_contents[] = {
    {"no-body", {.from = "a@b.org"}, "no body"},
    {"empty-body", {.from = "a@b.org", .text = "", .html = ""}, "no body"},
    {"no-from", {.text = "x"}, "From: the address is missing"},
    {"bad-from", {.from = "nobody", .text = "x"}, "From: "},
    {"from-injection", {.from = "a@b.org\r\nBcc: x@y", .text = "x"}, "From: "},
    {"bad-reply-to", {.from = "a@b.org", .reply_to = "x", .text = "x"}, "Reply-To: "},
    {"bad-subject", {.from = "a@b.org", .subject = "{{x", .text = "x"}, "subject: line 1: "},
    {"bad-text", {.from = "a@b.org", .text = "\n{{x"}, "text: line 2: "},
    {"bad-html", {.from = "a@b.org", .html = "\n\n{{#x}}"}, "html: line 3: "},
    {"bad-list-id", {.from = "a@b.org", .text = "x", .list_id = "a>\r\nb"}, "List-Id: "},
    {"bad-campaign", {.from = "a@b.org", .text = "x", .campaign = "a b"}, "X-Campaign: "},
    {"campaign-colon", {.from = "a@b.org", .text = "x", .campaign = "a:b"}, "X-Campaign: "}};

static void test_bad_contents(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(bad_contents); i++) {
        g_autoptr(GError) error = NULL;
        struct composed *c = compose_prepare(&bad_contents[i].content, &error);

        g_assert_null(c);
        g_assert_error(error, CRIER_ERROR, CRIER_ERROR_INVALID);
        if (!strstr(error->message, bad_contents[i].want))
            g_test_fail_printf("%s: %s", bad_contents[i].name, error->message);
    }
}

struct bad_person {
    const char *name;
    struct compose_person person;
};

static const struct bad_person bad_persons[] = {
    {"no-address", {.message_id = "t@b", .date = DATE}},
    {"two-addresses", {.address = "a@b.org,c@d.org", .message_id = "t@b", .date = DATE}},
    {"address-injection",
     {.address = "a@b.org\r\nBcc: c@d", .message_id = "t@b", .date = DATE}},
    {"no-id", {.address = "a@b.org", .date = DATE}},
    {"id-injection", {.address = "a@b.org", .message_id = "t@b\r\nX: y", .date = DATE}},
    {"id-brackets", {.address = "a@b.org", .message_id = "<t@b>", .date = DATE}},
    {"no-date", {.address = "a@b.org", .message_id = "t@b"}},
    {"date-injection", {.address = "a@b.org", .message_id = "t@b", .date = "x\nX: y"}},
    {"uri-injection",
     {.address = "a@b.org",
      .message_id = "t@b",
      .date = DATE,
      .list_unsubscribe = "<mailto:a@b>\r\nX: y"}},
    {"post-without-https",
     {.address = "a@b.org",
      .message_id = "t@b",
      .date = DATE,
      .list_unsubscribe = "<mailto:a@b>",
      .list_unsubscribe_post = TRUE}},
    {"post-without-uri",
     {.address = "a@b.org", .message_id = "t@b", .date = DATE, .list_unsubscribe_post = TRUE}}};

static void test_bad_persons(void)
{
    struct composed *c = prepare(&sample);

    for (gsize i = 0; i < G_N_ELEMENTS(bad_persons); i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(GString) out = g_string_new("kept");

        if (compose_render(c, &bad_persons[i].person, out, &error))
            g_test_fail_printf("accepted: %s", bad_persons[i].name);
        g_assert_error(error, CRIER_ERROR, CRIER_ERROR_INVALID);
        g_assert_cmpstr(out->str, ==, "kept");
    }
    composed_unref(c);
}

/* The last part fails: nothing of the message stays behind. */
static void test_cut_back(void)
{
    struct compose_content content = sample;
    struct compose_person p = somebody;
    g_autoptr(GString) text = g_string_new(NULL), out = g_string_new("kept");
    g_autoptr(GString) list = g_string_new("{\"a\":[0");
    struct composed *c;

    for (int i = 0; i < 100; i++)
        g_string_append(list, ",0");
    g_string_append(list, "]}");
    for (int i = 0; i < 8; i++)
        g_string_append(text, "{{#a}}");
    for (int i = 0; i < 8; i++)
        g_string_append(text, "{{/a}}");
    content.html = text->str;
    c = prepare(&content);
    p.fields = json_parse(list->str, list->len, NULL);
    g_assert_nonnull(p.fields);
    g_assert_false(compose_render(c, &p, out, NULL));
    g_assert_cmpstr(out->str, ==, "kept");
    json_unref((struct json *)p.fields);
    composed_unref(c);
}

static void test_absent_part(void)
{
    struct compose_content content = sample;
    struct compose_person p = somebody;
    g_autoptr(GString) out = g_string_new(NULL);
    g_autoptr(GError) error = NULL;
    struct composed *c;

    content.html = NULL;
    c = prepare(&content);
    g_assert_false(compose_render_part(c, &p, 'h', out, &error));
    g_assert_error(error, CRIER_ERROR, CRIER_ERROR_NOT_FOUND);
    composed_unref(c);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/compose/bad/content", test_bad_contents);
    g_test_add_func("/compose/bad/person", test_bad_persons);
    g_test_add_func("/compose/bad/huge-subject", test_huge_subject);
    g_test_add_func("/compose/bad/cut-back", test_cut_back);
    g_test_add_func("/compose/bad/absent-part", test_absent_part);
    return g_test_run();
}
