/*
 * Campaign folders: the sample, every key, and what a stranger may put into one.
 */
#include "config.h"

#include "transfer/campaignfile.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "model/part.h"
#include "transfer/cfgtree.h"

static char *top;    /* a temporary folder */
static char *folder; /* top/spring, the campaign's */

#define WHOLE(body) "format = 1;\ncampaign = {\n" body "};\n"

static void put(const char *name, const char *data, gssize len)
{
    g_autofree char *path = g_build_filename(folder, name, NULL);
    g_assert_true(g_file_set_contents(path, data, len, NULL));
}

static void drop(const char *name)
{
    g_autofree char *path = g_build_filename(folder, name, NULL);
    g_assert_cmpint(g_remove(path), ==, 0);
}

/* Reads what must be fine; campaign_clear() is the caller's. */
static struct campaign take(const char *text)
{
    struct campaign c;
    GError *error = NULL;
    put("campaign.cfg", text, -1);
    g_assert_true(campaignfile_read(folder, &c, &error) || error);
    g_assert_no_error(error);
    return c;
}

/* `words` must follow "…/spring/campaign.cfg:". The record is not touched. */
static void refuse_bytes(const char *text, gsize len, const char *words)
{
    struct campaign c = {.id = 77};
    GError *error = NULL;
    g_autofree char *label = g_strconcat(folder, "/campaign.cfg:", NULL);
    put("campaign.cfg", text, (gssize)len);
    g_assert_false(campaignfile_read(folder, &c, &error));
    g_assert_cmpint(error->domain, ==, CRIER_ERROR);
    g_assert_cmpint(error_exit_code(error), ==, 1);
    if (!g_str_has_prefix(error->message, label) ||
        !g_str_has_prefix(error->message + strlen(label), words))
        g_error("expected \"%s%s\", got \"%s\"", label, words, error->message);
    g_assert_cmpint(c.id, ==, 77);
    g_assert_null(c.name);
    g_error_free(error);
}

static void refuse(const char *text, const char *words)
{
    refuse_bytes(text, strlen(text), words);
}

static void test_all_keys(void)
{
    put("body.html", "\xef\xbb\xbf<p>hi</p>", -1);
    put("body.txt", "hi\r\n", -1);
    struct campaign c = take("\xef\xbb\xbf# a comment { \" @include\n"
                             "format = 1; // another\n"
                             "/* and \"one\n more */ campaign : {\n"
                             "  title = \"Spring \" \"newsletter @include \\\"x\\\"\";\n"
                             "  from = \"Example Association <news@example.org>\";\n"
                             "  reply_to = \"office@example.org\";\n"
                             "  subject = \"{{first_name|Friend}}, spring is here\";\n"
                             "  lists = ( \"newsletter\", \"members\" );\n"
                             "  exclude = [ \"staff\" ];\n"
                             "  server = \"main\";\n"
                             "  html_file = \"body.html\"; text_file = \"./body.txt\";\n"
                             "  list_id = \"news.example.org\";\n"
                             "  give_up = \"4h\";\n"
                             "};\n");
    g_assert_cmpstr(c.name, ==, "spring");
    g_assert_cmpstr(c.title, ==, "Spring newsletter @include \"x\"");
    g_assert_cmpstr(c.from, ==, "Example Association <news@example.org>");
    g_assert_cmpstr(c.reply_to, ==, "office@example.org");
    g_assert_cmpstr(c.subject, ==, "{{first_name|Friend}}, spring is here");
    g_assert_cmpstr(c.lists[0], ==, "newsletter");
    g_assert_cmpstr(c.lists[1], ==, "members");
    g_assert_null(c.lists[2]);
    g_assert_cmpstr(c.exclude[0], ==, "staff");
    g_assert_cmpstr(c.server, ==, "main");
    g_assert_cmpstr(c.html, ==, "<p>hi</p>");
    g_assert_cmpstr(c.text, ==, "hi\r\n");
    g_assert_cmpstr(c.html_file, ==, "body.html");
    g_assert_cmpstr(c.list_id, ==, "news.example.org");
    g_assert_cmpint(c.give_up_s, ==, 4 * 3600);
    campaign_clear(&c);
    drop("body.html");
    drop("body.txt");
}

static void test_small(void)
{
    struct campaign c = take(WHOLE("name = \"other\"; give_up = 0x200; lists = \"one\";\n"));
    g_assert_cmpstr(c.name, ==, "other");
    g_assert_cmpint(c.give_up_s, ==, 512);
    g_assert_cmpstr(c.lists[0], ==, "one");
    campaign_clear(&c);
    c = take("format = 1L; campaign = { give_up = 7200L; lists = (); };");
    g_assert_cmpint(c.give_up_s, ==, 7200);
    campaign_clear(&c);
}

static const char *inline_part(const struct campaign *c, guint i)
{
    const struct part *p = c->parts->pdata[i];
    g_assert_cmpint(p->kind, ==, PART_INLINE);
    g_assert_cmpstr(p->content_id, ==, p->file);
    return p->file;
}

static void test_parts(void)
{
    g_autofree char *images = g_build_filename(folder, "images", NULL);
    g_assert_cmpint(g_mkdir(images, 0700), ==, 0);
    put("body.html",
        "placid:x.png <img src=\"cid:b.png\"><img src='cid:images/a%20b.gif'>"
        "<p style=\"background: url(cid:b.png)\">",
        -1);
    put("body.md", "![one](cid:c.jpg) <cid:b.png>\n\n[two]: cid:d.webp\n", -1);
    put("b.png", "B", 1);
    put("images/a b.gif", "", 0);
    put("c.jpg", "C", 1);
    put("d.webp", "D", 1);
    put("logo.svg", "<svg/>", -1);
    put("flyer.pdf", "%PDF\0x", 6);
    struct campaign c = take(
        WHOLE("html_file = \"body.html\"; markdown_file = \"body.md\"; logo = \"logo.svg\";\n"
              "layout = \"newsletter\"; postal_address = \"1 Street, Town\";\n"
              "preheader = \"Hi {{first_name}}\"; mailbox = \"bounces\"; late = \"send\";\n"
              "attachments = ( { file = \"flyer.pdf\"; },\n"
              "{ file = \"b.png\"; name = \"The plan.png\"; type = \"image/x-plan\"; } );\n"));
    g_assert_cmpstr(c.markdown, ==, "![one](cid:c.jpg) <cid:b.png>\n\n[two]: cid:d.webp\n");
    g_assert_cmpint(c.layout, ==, CAMPAIGN_LAYOUT_NEWSLETTER);
    g_assert_cmpstr(c.postal_address, ==, "1 Street, Town");
    g_assert_cmpstr(c.preheader, ==, "Hi {{first_name}}");
    g_assert_cmpstr(c.mailbox, ==, "bounces");
    g_assert_cmpint(c.late, ==, CAMPAIGN_LATE_SEND);
    g_assert_cmpuint(c.parts->len, ==, 7);
    g_assert_cmpstr(inline_part(&c, 0), ==, "b.png");
    g_assert_cmpstr(inline_part(&c, 1), ==, "images/a b.gif");
    g_assert_cmpstr(inline_part(&c, 2), ==, "c.jpg");
    g_assert_cmpstr(inline_part(&c, 3), ==, "d.webp");
    g_assert_cmpstr(inline_part(&c, 4), ==, "logo.svg");
    const struct part *p = c.parts->pdata[1];
    g_assert_cmpstr(p->name, ==, "a b.gif");
    g_assert_cmpstr(p->type, ==, "image/gif");
    g_assert_cmpuint(g_bytes_get_size(p->data), ==, 0);
    p = c.parts->pdata[5];
    g_assert_cmpint(p->kind, ==, PART_ATTACHMENT);
    g_assert_cmpstr(p->name, ==, "flyer.pdf");
    g_assert_cmpstr(p->type, ==, "application/pdf");
    g_assert_cmpuint(g_bytes_get_size(p->data), ==, 6);
    p = c.parts->pdata[6];
    g_assert_cmpstr(p->name, ==, "The plan.png");
    g_assert_cmpstr(p->type, ==, "image/x-plan");
    g_assert_null(p->content_id);
    campaign_clear(&c);
    static const char *const names[] = {"body.html",      "body.md",   "b.png",
                                        "images/a b.gif", "c.jpg",     "d.webp",
                                        "logo.svg",       "flyer.pdf", "images"};
    for (gsize i = 0; i < G_N_ELEMENTS(names); i++)
        drop(names[i]);
}

/* `words` must follow "…/spring/body.html:". */
static void refuse_html(const char *html, const char *words)
{
    struct campaign c;
    GError *error = NULL;
    g_autofree char *label = g_strconcat(folder, "/body.html:", words, NULL);
    put("body.html", html, -1);
    put("campaign.cfg", WHOLE("html_file = \"body.html\";\n"), -1);
    g_assert_false(campaignfile_read(folder, &c, &error));
    g_assert_error(error, CRIER_ERROR, error->code);
    if (!g_str_has_prefix(error->message, label))
        g_error("expected \"%s\", got \"%s\"", label, error->message);
    g_error_free(error);
}

static void test_images_refused(void)
{
    g_autofree char *outside = g_build_filename(top, "secret.png", NULL);
    g_autofree char *link = g_build_filename(folder, "link.png", NULL);
    g_assert_true(g_file_set_contents(outside, "secret", -1, NULL));
    g_assert_cmpint(symlink("../secret.png", link), ==, 0);
    refuse_html("<p>\n\n<img src=\"cid:none.png\">",
                "3: cannot read none.png: there is no such");
    refuse_html("<img src=\"cid:../secret.png\">", "1: ../secret.png: ");
    refuse_html("<img src=\"cid:/etc/passwd\">", "1: /etc/passwd: an absolute");
    refuse_html("<img src=\"cid:%2e%2e/secret.png\">",
                "1: image cid:%2e%2e/secret.png: this is half");
    refuse_html("<img src=\"cid:link.png\">", "1: cannot read link.png: symbolic links");
    refuse_html("<img src=\"cid:{{logo}}\">", "1: image cid:{{logo}}: a merge field");
    refuse_html("<img src=\"cid:a&amp;b.png\">", "1: image cid:a&amp;b.png: '&' cannot");
    refuse_html("<img src=\"cid:a%0Ab.png\">", "1: the image's name");
    g_remove(outside);
    g_remove(link);
    drop("body.html");
}

static void test_too_many_parts(void)
{
    g_autoptr(GString) html = g_string_new(NULL);
    for (int i = 0; i <= PART_MAX_PARTS; i++) {
        g_autofree char *name = g_strdup_printf("%d.png", i);
        put(name, "x", 1);
        g_string_append_printf(html, "<img src=cid:%s >\n", name);
    }
    refuse_html(html->str, "101: there are more than 100 images and attachments");
    for (int i = 0; i <= PART_MAX_PARTS; i++) {
        g_autofree char *name = g_strdup_printf("%d.png", i);
        drop(name);
    }
    drop("body.html");
    g_autofree char *half = g_malloc0(PART_MAX_BYTES / 2 + 1);
    put("a.bin", half, PART_MAX_BYTES / 2 + 1);
    put("b.bin", half, PART_MAX_BYTES / 2);
    refuse(WHOLE("attachments = ( { file = \"a.bin\"; },\n{ file = \"b.bin\"; } );\n"),
           "4: b.bin: with it, images and attachments are larger than 32 MiB");
    drop("a.bin");
    drop("b.bin");
}

/* The path of the file itself does as well. */
static void test_file_path(void)
{
    struct campaign c = take(WHOLE("title = \"x\";\n"));
    campaign_clear(&c);
    g_autofree char *path = g_build_filename(folder, "campaign.cfg", NULL);
    g_assert_true(campaignfile_read(path, &c, NULL));
    g_assert_cmpstr(c.name, ==, "spring");
    campaign_clear(&c);
}

static void test_refused(void)
{
    static const struct {
        const char *text, *words;
    } rows[] = {
        {"", "1: the format is not named. Write format = 1;"},
        {"campaign = { };", "1: the format is not named"},
        {"\nformat = 2;\nshiny = true;", "2: format 2 is not known here"},
        {"format = \"1\";", "1: format: this is a text. Write format = 1;"},
        {"format = 1;", "1: there is no campaign in this file"},
        {"format = 1;\ncampain = { };",
         "2: unknown key \"campain\". Did you mean \"campaign\"?"},
        {"format = 1;\ncampaign = \"x\";", "2: campaign: this is a text. Write campaign = { "},
        {WHOLE("subjct = \"x\";\n"), "3: unknown key \"subjct\". Did you mean \"subject\"?"},
        {WHOLE("title = \"x\";\nmarkdown = \"x\";\n"),
         "4: unknown key \"markdown\". The keys here"},
        {WHOLE("attachments = ( { file = \"flyer.pdf\"; } );\n"),
         "3: cannot read flyer.pdf: there is no such file"},
        {WHOLE("title = \"x\";\nattachments = \"flyer.pdf\";\n"),
         "4: attachments: this is a text. Write ( { file ="},
        {WHOLE("attachments = (\n{ file = \"a\"; },\n\"b\" );\n"), "4: cannot read a: "},
        {WHOLE("attachments = ( \"b\" );\n"), "3: attachments: this is a text. Write ( {"},
        {WHOLE("attachments = ( { name = \"b\"; } );\n"), "3: attachments: one has no file"},
        {WHOLE("attachments = ( { file = \"\"; } );\n"), "3: attachments: one has no file"},
        {WHOLE("attachments = ( { fil = \"b\"; } );\n"),
         "3: unknown key \"fil\". Did you mean \"file\"?"},
        {WHOLE("attachments = ( { file = 7; } );\n"), "3: file: this is a number"},
        {WHOLE("attachments = ( { file = \"a\\nb\"; } );\n"), "3: file "},
        {WHOLE("attachments = ( { file = \"a\"; name = \"../b\"; } );\n"),
         "3: name: it must be"},
        {WHOLE("attachments = ( { file = \"a\"; type = \"pdf\"; } );\n"),
         "3: type: \"pdf\" is no media type"},
        {WHOLE("attachments = ( { file = \"a\"; type = \"a/b; c=d\"; } );\n"),
         "3: type: \"a/b; c=d\" is no media type"},
        {WHOLE("logo = \"logo.png\";\n"), "3: logo: cannot read logo.png: there is no such"},
        {WHOLE("layout = \"fancy\";\n"), "3: layout: 'fancy' is none of: none, plain"},
        {WHOLE("late = \"never\";\n"), "3: late: 'never' is none of: hold, send"},
        {WHOLE("markdown_file = \"body.md\";\n"), "3: markdown_file: cannot read body.md"},
        {WHOLE("track_opens = false;\n"), "3: unknown key \"track_opens\""},
        {WHOLE("html = \"<p>\";\n"), "3: unknown key \"html\""},
        {WHOLE("reply-to = \"a@example.org\";\n"),
         "3: unknown key \"reply-to\". Did you mean \"reply_to\"?"},
        {WHOLE("title = 7;\n"), "3: title: this is a number. Write a text in quotes"},
        {WHOLE("title = true;\n"), "3: title: this is true or false. Write a text"},
        {WHOLE("title = ( \"x\" );\n"), "3: title: this is a list. Write a text"},
        {WHOLE("title = { a = 1; };\n"), "3: title: this is a group { }. Write a text"},
        {WHOLE("lists = 7;\n"), "3: lists: this is a number. Write a list of names"},
        {WHOLE("lists = ( \"a\", 7 );\n"), "3: lists: this is a number. Write names in quotes"},
        {WHOLE("lists = ( \"a, b\" );\n"), "3: lists: \"a, b\" cannot be a name"},
        {WHOLE("give_up = 1.5;\n"), "3: give_up: this is a number with a point. Write seconds"},
        {WHOLE("give_up = 5;\n"), "3: give_up"},
        {WHOLE("give_up = 4294967296;\n"), "3: give_up"}, /* 0 when cut to 32 bits */
        {WHOLE("give_up = 4294974496;\n"), "3: give_up"}, /* 7200 when cut to 32 bits */
        {WHOLE("give_up = 99999999999999999999;\n"),
         "3: the number 99999999999999999999 is too big"},
        {WHOLE("give_up = 0xfffffffffffffffff;\n"),
         "3: the number 0xfffffffffffffffff is too big"},
        {WHOLE("from = \"no address\";\n"), "3: from"},
        {WHOLE("title = \"a\";\nfrom = \"a\\r\\nb <a@example.org>\";\n"), "4: from"},
        {WHOLE("title = \"\\xff\";\n"), "3: title is not valid UTF-8"},
        {WHOLE("title = \"a\\x00b\";\n"), "3: \\x00 stands in a string"},
        {WHOLE("name = \"Spring 2027\";\n"), "3: name: \"Spring 2027\" cannot be"},
        {WHOLE("name = 7;\n"), "3: name: this is a number"},
        {WHOLE("title = \"a\";\n\ntitle = \"b\";\n"), "5: this key is there twice"},
        {"format = 1;\nformat = 1;\n", "2: this key is there twice"},
        {WHOLE("title = \"a\n"), "3: a string is opened and never closed"},
        {"format = 1;\n/* x", "2: a comment is opened and never closed"},
        {WHOLE("title \"a\";\n"), "3: this cannot be read"},
        {WHOLE("@include \"/etc/passwd\"\n"), "3: @include is not allowed here"},
        {"  @include \"/etc/passwd\"\n", "1: @include is not allowed here"},
        {"/* x */ @INCLUDE \"/etc/passwd\"\n", "1: @include is not allowed here"},
        {"format = 1;\na = ((((((((((((((((((1))))))))))))))))));",
         "2: groups and lists are nested"},
        {"format = 1;\n# \xff\n", "2: the text is not valid UTF-8"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
        refuse(rows[i].text, rows[i].words);
    refuse_bytes("format = 1;\n\0campaign = {};", 26, "2: the text has a NUL byte");
}

static void test_big(void)
{
    g_autoptr(GString) s = g_string_new("format = 1;\ncampaign = { title = \n\"");
    for (int i = 0; i < CFGTREE_MAX_STRING; i++)
        g_string_append_c(s, 'x');
    g_autofree char *whole = g_strconcat(s->str, "y\"; };", NULL);
    refuse(whole, "3: a string is longer than 262144 bytes");
    g_autofree char *halves = g_strconcat(s->str, "\" /* and */\n\"y\"; };", NULL);
    refuse(halves, "4: a string is longer than 262144 bytes");

    g_string_assign(s, "format = 1;\n");
    for (int i = 0; i < 20000; i++)
        g_string_append_printf(s, "k%d = 1;\n", i);
    refuse(s->str, "5001: there are too many settings");

    while (s->len <= CFGTREE_MAX_BYTES)
        g_string_append(s, "# ten bytes and more: a comment is no setting, but counts here\n");
    refuse(s->str, " cannot read campaign.cfg: it has ");
}

static void test_bodies(void)
{
    g_autofree char *outside = g_build_filename(top, "secret.txt", NULL);
    g_autofree char *link = g_build_filename(folder, "link.txt", NULL);
    g_autofree char *fifo = g_build_filename(folder, "fifo", NULL);
    g_assert_true(g_file_set_contents(outside, "secret", -1, NULL));
    g_assert_cmpint(symlink("../secret.txt", link), ==, 0);
    g_assert_cmpint(mkfifo(fifo, 0600), ==, 0);
    put("latin1.txt", "caf\xe9", -1);
    static const struct {
        const char *text, *words;
    } rows[] = {
        {WHOLE("html_file = \"body.html\";\n"),
         "3: html_file: cannot read body.html: there is no such file"},
        {WHOLE("\ntext_file = \"../secret.txt\";\n"), "4: text_file: ../secret.txt: "},
        {WHOLE("text_file = \"/etc/passwd\";\n"), "3: text_file: /etc/passwd: an absolute"},
        {WHOLE("text_file = \"link.txt\";\n"),
         "3: text_file: cannot read link.txt: symbolic links"},
        {WHOLE("text_file = \"fifo\";\n"),
         "3: text_file: cannot read fifo: it is not a regular"},
        {WHOLE("text_file = \".\";\n"), "3: text_file: "},
        {WHOLE("text_file = \"latin1.txt\";\n"), "3: text_file: latin1.txt is not valid UTF-8"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
        refuse(rows[i].text, rows[i].words);
    g_remove(outside);
    g_remove(link);
    g_remove(fifo);
    drop("latin1.txt");
}

static void refuse_path(const char *path, int code, const char *words)
{
    struct campaign c;
    GError *error = NULL;
    g_assert_false(campaignfile_read(path, &c, &error));
    g_assert_error(error, CRIER_ERROR, code);
    if (!strstr(error->message, words))
        g_error("expected \"%s\", got \"%s\"", words, error->message);
    g_error_free(error);
}

static void test_no_folder(void)
{
    g_autofree char *missing = g_build_filename(top, "missing", NULL);
    g_autofree char *odd = g_build_filename(top, "Spring 2027", NULL);
    g_autofree char *cfg = g_build_filename(odd, "campaign.cfg", NULL);
    refuse_path(missing, CRIER_ERROR_NOT_FOUND, "there is no such campaign folder");
    g_assert_cmpint(g_mkdir(odd, 0700), ==, 0);
    refuse_path(odd, CRIER_ERROR_NOT_FOUND,
                "Spring 2027/campaign.cfg: cannot read campaign.cfg");
    g_assert_cmpint(mkfifo(cfg, 0600), ==, 0);
    refuse_path(odd, CRIER_ERROR_INVALID, "it is not a regular file");
    g_remove(cfg);
    g_assert_true(g_file_set_contents(cfg, "format = 1; campaign = { };", -1, NULL));
    refuse_path(odd, CRIER_ERROR_INVALID, "the folder's name \"Spring 2027\" cannot be");
    g_remove(cfg);
    g_rmdir(odd);
}

static void test_sample(void)
{
    g_autofree char *path = g_build_filename(g_getenv("CRIER_SRCDIR"), "data", "sample", NULL);
    struct campaign c;
    GError *error = NULL;
    if (!campaignfile_read(path, &c, &error))
        g_error("%s", error->message);
    g_assert_cmpstr(c.name, ==, "spring-newsletter");
    g_assert_true(campaign_check_ready(&c, &error));
    g_assert_nonnull(strstr(c.html, "{{unsubscribe_url}}"));
    g_assert_nonnull(strstr(c.text, "{{unsubscribe_url}}"));
    campaign_clear(&c);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    top = g_dir_make_tmp("crier-campaign-XXXXXX", NULL);
    folder = g_build_filename(top, "spring", NULL);
    g_mkdir(folder, 0700);
    g_test_add_func("/campaignfile/all-keys", test_all_keys);
    g_test_add_func("/campaignfile/small", test_small);
    g_test_add_func("/campaignfile/parts", test_parts);
    g_test_add_func("/campaignfile/images-refused", test_images_refused);
    g_test_add_func("/campaignfile/too-many-parts", test_too_many_parts);
    g_test_add_func("/campaignfile/file-path", test_file_path);
    g_test_add_func("/campaignfile/refused", test_refused);
    g_test_add_func("/campaignfile/big", test_big);
    g_test_add_func("/campaignfile/bodies", test_bodies);
    g_test_add_func("/campaignfile/no-folder", test_no_folder);
    g_test_add_func("/campaignfile/sample", test_sample);
    int failed = g_test_run();
    g_autofree char *cfg = g_build_filename(folder, "campaign.cfg", NULL);
    g_remove(cfg);
    g_rmdir(folder);
    g_rmdir(top);
    g_free(folder);
    g_free(top);
    return failed;
}
