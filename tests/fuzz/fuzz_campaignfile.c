/*
 * campaign.cfg and site files from a stranger. What is accepted comes back the same when it is
 * written.
 */
#include "config.h"

#include "back.h"
#include "fuzz.h"
#include "transfer/sitefile.h"

/* What the files of the corpus name is there. */
static void put_neighbours(void)
{
    static gboolean is_done;
    if (is_done)
        return;
    static const char html[] = "<img src=\"cid:logo.png\">";
    fuzz_folder_put("spring/body.html", html, strlen(html));
    fuzz_folder_put("spring/body.txt", "text", 4);
    fuzz_folder_put("spring/logo.png", "PNG", 3);
    is_done = TRUE;
}

static void check_site(const char *path)
{
    struct site site, again;
    if (!sitefile_read(path, &site, NULL))
        return;
    g_autofree char *text = sitefile_write(&site);
    GError *error = NULL;
    fuzz_folder_put("spring/campaign.cfg", text, strlen(text));
    if (!sitefile_read(path, &again, &error))
        g_error("what was written is not read: %s", error->message);
    g_autofree char *same = sitefile_write(&again);
    g_assert_cmpstr(text, ==, same);
    site_clear(&site);
    site_clear(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autofree char *dir = fuzz_folder_path("spring");
    g_autofree char *path = g_build_filename(dir, "campaign.cfg", NULL);
    struct campaign c;
    g_mkdir(dir, 0700);
    put_neighbours();
    fuzz_folder_put("spring/campaign.cfg", data, size);
    if (campaignfile_read(dir, &c, NULL)) {
        check_comes_back(&c);
        campaign_clear(&c);
    }
    if (sitefile_is(path))
        check_site(path);
    return 0;
}
