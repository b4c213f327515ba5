/*
 * Mails taken apart: what becomes a body, a part, a note.
 */
#include "config.h"

#include "message/mimeread.h"

#include <string.h>

#include "base/error.h"
#include "model/part.h"

static struct mimeread take(const char *mail)
{
    struct mimeread m;
    GError *error = NULL;
    g_assert_true(mimeread_parse(mail, strlen(mail), &m, &error) || error);
    g_assert_no_error(error);
    return m;
}

static gboolean is_noted(const struct mimeread *m, const char *words)
{
    for (guint i = 0; i < m->left_out->len; i++)
        if (strstr(m->left_out->pdata[i], words))
            return TRUE;
    return FALSE;
}

static const struct part *part(const struct mimeread *m, guint i)
{
    g_assert_cmpuint(i, <, m->parts->len);
    return m->parts->pdata[i];
}

static void test_header(void)
{
    static const struct {
        const char *mail, *from, *subject;
    } rows[] = {
        {"From: a@example.org\n\nx", "a@example.org", NULL},
        {"From: Ann <a@example.org>\nSubject: Hi\n\nx", "Ann <a@example.org>", "Hi"},
        {"From: \"Ann, \\\"A\\\"\" <a@example.org>\n\nx", "\"Ann, \\\"A\\\"\" <a@example.org>",
         NULL},
        {"From: =?utf-8?q?Gr=C3=B6=C3=9Fe?= <a@example.org>\nSubject: "
         "=?iso-8859-1?q?f=FCr?=\n\nx",
         "Gr\xc3\xb6\xc3\x9f"
         "e <a@example.org>",
         "f\xc3\xbcr"},
        {"From: a@example.org, b@example.org\nSubject: a\n b\n\nx", "a@example.org", "a b"},
        {"From: =?utf-8?q?a=0D=0ABcc_x?= <a@example.org>\nSubject: =?utf-8?q?a=0D=0Ab?=\n\nx",
         "a  Bcc x <a@example.org>", "a  b"},
        {"From: nobody at all;\nSubject: x\n\nx", NULL, "x"},
        {"Subject: only\n\nx", NULL, "only"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct mimeread m = take(rows[i].mail);
        g_assert_cmpstr(m.from, ==, rows[i].from);
        g_assert_cmpstr(m.subject, ==, rows[i].subject);
        mimeread_clear(&m);
    }
}

static void test_single(void)
{
    struct mimeread m =
        take("From: a@example.org\r\nTo: b@example.org\r\n\r\none\r\ntwo\rthree\r\n");
    g_assert_cmpstr(m.text, ==, "one\ntwo\nthree\n");
    g_assert_null(m.html);
    g_assert_cmpuint(m.parts->len, ==, 0);
    g_assert_true(is_noted(&m, "header fields: To"));
    mimeread_clear(&m);
    m = take("Subject: x\nContent-Type: text/html; charset=utf-8\n"
             "Content-Transfer-Encoding: quoted-printable\n\n<p>gr=C3=BC=C3=9Fe=00</p>");
    g_assert_cmpstr(m.html, ==,
                    "<p>gr\xc3\xbc\xc3\x9f"
                    "e\xef\xbf\xbd</p>");
    mimeread_clear(&m);
}

static const char whole[] =
    "From: a@example.org\nContent-Type: multipart/mixed; boundary=m\n\n"
    "--m\nContent-Type: multipart/alternative; boundary=a\n\n"
    "--a\nContent-Type: text/plain\n\ntext\n"
    "--a\nContent-Type: text/calendar\n\nBEGIN\n"
    "--a\nContent-Type: multipart/related; boundary=r\n\n"
    "--r\nContent-Type: text/html\n\n<img src=\"cid:i@x\">\n"
    "--r\nContent-Type: image/png; name=a.png\nContent-ID: <i@x>\n"
    "Content-Transfer-Encoding: base64\n\nQUJD\n"
    "--r--\n--a--\n"
    "--m\nContent-Type: application/pdf\nContent-Disposition: attachment;\n"
    " filename*=utf-8''..%2F..%2FGr%C3%B6%C3%9Fe.pdf\n\n%PDF\n"
    "--m\nContent-Type: text/plain\n\na second text\n"
    "--m\nContent-Type: message/rfc822\n\nSubject: inner\n\ninner text\n"
    "--m--\n";

static void test_structure(void)
{
    struct mimeread m = take(whole);
    g_assert_cmpstr(m.text, ==, "text");
    g_assert_cmpstr(m.html, ==, "<img src=\"cid:i@x\">");
    g_assert_cmpuint(m.parts->len, ==, 4);
    g_assert_cmpstr(part(&m, 0)->name, ==, "a.png");
    g_assert_cmpstr(part(&m, 0)->type, ==, "image/png");
    g_assert_cmpstr(part(&m, 0)->content_id, ==, "i@x");
    g_assert_cmpmem(g_bytes_get_data(part(&m, 0)->data, NULL), 3, "ABC", 3);
    g_assert_cmpstr(part(&m, 1)->name, ==,
                    "Gr\xc3\xb6\xc3\x9f"
                    "e.pdf");
    g_assert_cmpstr(part(&m, 2)->name, ==, "");
    g_assert_cmpstr(part(&m, 2)->type, ==, "text/plain");
    g_assert_cmpstr(part(&m, 3)->name, ==, "inner.eml");
    g_assert_cmpstr(part(&m, 3)->type, ==, "message/rfc822");
    g_assert_true(is_noted(&m, "text/calendar"));
    mimeread_clear(&m);
}

static void test_signed_and_encrypted(void)
{
    struct mimeread m =
        take("From: a@example.org\nContent-Type: multipart/signed; boundary=s;\n"
             " protocol=\"application/pgp-signature\"; micalg=pgp-sha256\n\n"
             "--s\nContent-Type: text/plain\n\ntext\n"
             "--s\nContent-Type: application/pgp-signature\n\nxxx\n--s--\n");
    g_assert_cmpstr(m.text, ==, "text");
    g_assert_cmpuint(m.parts->len, ==, 0);
    g_assert_true(is_noted(&m, "the signature"));
    mimeread_clear(&m);
    m = take("From: a@example.org\nContent-Type: multipart/encrypted; boundary=s\n\n"
             "--s\nContent-Type: application/octet-stream\n\nxxx\n--s--\n");
    g_assert_true(is_noted(&m, "encrypted"));
    g_assert_null(m.text);
    mimeread_clear(&m);
}

static void test_limits(void)
{
    g_autoptr(GString) deep = g_string_new("From: a@example.org\n");
    for (int i = 0; i < 3000; i++)
        g_string_append_printf(deep, "Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n",
                               i, i);
    g_string_append(deep, "Content-Type: text/plain\n\nx\n");
    struct mimeread m = take(deep->str);
    g_assert_true(is_noted(&m, "nested too deep"));
    mimeread_clear(&m);

    g_autoptr(GString) many =
        g_string_new("From: a@example.org\nContent-Type: multipart/mixed; boundary=b\n\n");
    for (int i = 0; i < 3 * PART_MAX_PARTS; i++)
        g_string_append(many, "--b\nContent-Type: image/png\n\nx\n");
    m = take(many->str);
    g_assert_cmpuint(m.parts->len, ==, PART_MAX_PARTS);
    g_assert_cmpuint(m.left_out->len, ==, MIMEREAD_MAX_NOTES);
    mimeread_clear(&m);

    g_autoptr(GString) subject = g_string_new("Subject: ");
    for (int i = 0; i < 3000; i++)
        g_string_append(subject, "\xc3\xb6");
    g_string_append(subject, "\n\nx");
    m = take(subject->str);
    g_assert_cmpuint(strlen(m.subject), ==, 998);
    g_assert_true(g_utf8_validate(m.subject, -1, NULL));
    g_assert_true(is_noted(&m, "the end of the subject"));
    mimeread_clear(&m);
}

static void test_refused(void)
{
    static const char *const rows[] = {"", "\n", "x", "no header here\n\nat all\n",
                                       "To: x\n\ny"};
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct mimeread m = {.text = (char *)"untouched"};
        g_autoptr(GError) error = NULL;
        g_assert_false(mimeread_parse(rows[i], strlen(rows[i]), &m, &error));
        g_assert_error(error, CRIER_ERROR, CRIER_ERROR_INVALID);
        g_assert_cmpstr(m.text, ==, "untouched");
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/mimeread/header", test_header);
    g_test_add_func("/mimeread/single", test_single);
    g_test_add_func("/mimeread/structure", test_structure);
    g_test_add_func("/mimeread/signed-and-encrypted", test_signed_and_encrypted);
    g_test_add_func("/mimeread/limits", test_limits);
    g_test_add_func("/mimeread/refused", test_refused);
    return g_test_run();
}
