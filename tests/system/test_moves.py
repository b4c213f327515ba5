"""Moving from another system: exports as listmonk, Mailchimp and phpList write them are taken in,
nobody who has unsubscribed is mailed, and what was done can be taken back."""
import csv
import email
import email.policy
import io
import json
import zipfile

import pytest

import sentences
import waiting

LISTMONK = ["uuid", "email", "name", "attributes", "status", "created_at", "updated_at"]
GO_TIME = "2023-05-04 10:11:12.131415 +0000 UTC"
MAILCHIMP = ["Email Address", "First Name", "Last Name", "Address", "Phone Number", "Shoe Size",
             "MEMBER_RATING", "OPTIN_TIME", "OPTIN_IP", "CONFIRM_TIME", "CONFIRM_IP", "LATITUDE",
             "LONGITUDE", "GMTOFF", "DSTOFF", "TIMEZONE", "CC", "REGION", "LAST_CHANGED", "LEID",
             "EUID", "NOTES", "TAGS"]
PHPLIST = ["id", "Email", "Is this subscriber confirmed", "Is this subscriber blacklisted",
           "Did this subscriber manually confirm", "Number of bounces", "Entered", "Last Modified",
           "Send this subscriber HTML emails", "RSS Frequency", "Password",
           "Is this account disabled?", "Additional data", "Foreign Key", "First name", "Town",
           "List Membership"]


@pytest.fixture
def news(workspace):
    workspace.run("list", "new", "news")
    return workspace


def table(heading, rows, delimiter=","):
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=delimiter, lineterminator="\n")
    writer.writerows([heading, *rows])
    return out.getvalue().encode()


def write(news, name, data):
    path = news.home / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return path


def take(news, *args, **kwargs):
    return news.json("people", "import", *args, "--list", "news", **kwargs)[0]


def members(news):
    return sorted(p["address"] for p in news.json("people", "list", "--list", "news"))


def never(news):
    """address -> (reason, list, evidence)"""
    return {row["address"]: (row["reason"], row["list"], row["evidence"])
            for row in news.json("suppress", "list")}


# ---- listmonk ----

def listmonk_row(address, name, attributes=None, status="enabled"):
    return ["0b1c7d5e-1111-4222-8333-444455556666", address, name, json.dumps(attributes or {}),
            status, GO_TIME, GO_TIME]


def listmonk(news):
    """The whole list, as its Export button writes it, and its unsubscribed part."""
    gone = listmonk_row("gone@example.org", "Gone")
    rows = [listmonk_row("ann@example.org", "Ann Marie Lee",
                         {"City": "Bern", "age": 40, "home": {"zip": "3000"}, "likes": ["a", "b"],
                          "vip": True, "none": None}),
            listmonk_row("bob@example.org", "Bob"), gone,
            listmonk_row("block@example.org", "B", status="blocklisted"),
            listmonk_row("off@example.org", "O", status="disabled")]
    return (write(news, "subscribers.csv", table(LISTMONK, rows)),
            write(news, "unsubscribed.csv", table(LISTMONK, [gone])))


def test_listmonk_is_refused_without_the_unsubscribed(news):
    everybody, _ = listmonk(news)
    said = sentences.refused(news, "people", "import", everybody, "--from", "listmonk", "--list",
                             "news", exit_code=2)
    assert "--unsubscribed" in said and "Export" in said and "Lists" in said


def test_listmonk_brings_people_and_who_must_not_be_mailed(news):
    everybody, unsubscribed = listmonk(news)
    row = take(news, everybody, "--from", "listmonk", "--unsubscribed", unsubscribed)
    assert (row["new"], row["suppressed"], row["never_mail"]) == (2, 1, 3)
    assert members(news) == ["ann@example.org", "bob@example.org"]
    assert news.json("people", "show", "ann@example.org")["fields"] == {
        "name": "Ann Marie Lee", "first_name": "Ann", "last_name": "Marie Lee", "city": "Bern",
        "age": "40", "home_zip": "3000", "likes": "a, b", "vip": "yes"}
    known = never(news)
    assert known["gone@example.org"][:2] == ("unsubscribed", "news")
    assert known["block@example.org"][:2] == ("unsubscribed", None)
    assert known["off@example.org"][:2] == ("imported", "news")
    assert all("listmonk" in evidence for _, _, evidence in known.values())
    again = take(news, everybody, "--from", "listmonk", "--unsubscribed", unsubscribed)
    assert (again["new"], again["same"]) == (0, 2)


def test_listmonk_with_nobody_unsubscribed_and_a_dry_run(news):
    everybody, _ = listmonk(news)
    row = take(news, everybody, "--from", "listmonk", "--unsubscribed", "none", "--dry-run")
    assert (row["new"], row["never_mail"], row["import"]) == (3, 2, None)
    assert members(news) == [] and never(news) == {}


def test_listmonk_that_exported_the_whole_list_twice_is_found_out(news):
    everybody, _ = listmonk(news)
    rows = list(csv.reader(io.StringIO(everybody.read_text())))
    twice = write(news, "twice.csv", table(rows[0], rows[:0:-1]))
    said = sentences.refused(news, "people", "import", everybody, "--from", "listmonk", "--list",
                             "news", "--unsubscribed", twice)
    assert "very same people" in said


def test_listmonk_rows_that_cannot_be_used(news):
    path = write(news, "s.csv", table(LISTMONK, [
        listmonk_row("ann@example.org", "A"), listmonk_row("no at", "B"),
        ["u", "bob@example.org", "B", "{broken", "enabled", GO_TIME, GO_TIME],
        listmonk_row("eve@example.org", "E", status="asleep")]))
    rejects = news.home / "rejects.csv"
    row = take(news, path, "--from", "listmonk", "--unsubscribed", "none", "--rejects", rejects)
    assert (row["new"], row["invalid"]) == (1, 3)
    lines = list(csv.reader(io.StringIO(rejects.read_text())))
    assert [line[0] for line in lines] == ["line", "3", "4", "5"]
    assert "JSON" in lines[2][1] and "enabled" in lines[3][1]


# ---- Mailchimp ----

def mailchimp_row(address, first="", size="", tags="", optin="2019-02-03 04:05:06",
                  confirm="2019-02-03 04:07:08"):
    return [address, first, "Lee", "1 Road  Bern CH", "", size, "2", optin, "192.0.2.7", confirm,
            "192.0.2.8", "", "", "", "", "", "ch", "be", "2024-01-01 00:00:00", "12", "abc", "",
            tags]


def mailchimp_files():
    """name -> octets of an audience's export."""
    unsubscribed = MAILCHIMP + ["UNSUB_TIME", "UNSUB_CAMPAIGN_TITLE", "UNSUB_CAMPAIGN_ID",
                                "UNSUB_REASON", "UNSUB_REASON_OTHER"]
    cleaned = MAILCHIMP + ["CLEAN_TIME", "CLEAN_CAMPAIGN_TITLE", "CLEAN_CAMPAIGN_ID"]
    part = "_email_audience_export_1a2b3c4d5e.csv"
    return {
        "subscribed" + part: table(MAILCHIMP, [
            mailchimp_row("ann@example.org", "Ann", "38", '"VIP","Spring, 2024"'),
            mailchimp_row("bob@example.org", "Bob", confirm="")]),
        "unsubscribed" + part: table(unsubscribed, [
            mailchimp_row("gone@example.org") + ["2023-04-05 06:07:08", "May news", "9", "NORMAL",
                                                 "too much"]]),
        "cleaned" + part: table(cleaned, [
            mailchimp_row("dead@example.org") + ["2022-02-02 02:02:02", "June news", "8"]]),
        "nonsubscribed" + part: table(MAILCHIMP, [mailchimp_row("shop@example.org")]),
    }


def as_zip(news, files, name="audience_export_1a2b3c4d5e.zip", folder="",
           method=zipfile.ZIP_DEFLATED):
    path = news.home / name
    with zipfile.ZipFile(path, "w", method) as archive:
        for file, data in files.items():
            archive.writestr(folder + file, data)
    return path


def as_folder(news, files):
    for file, data in files.items():
        write(news, f"export/{file}", data)
    write(news, "export/read me.txt", "other things")
    return news.home / "export"


@pytest.mark.parametrize("make", [
    as_zip, as_folder, lambda news, files: as_zip(news, files, folder="audience/"),
    lambda news, files: as_zip(news, files, method=zipfile.ZIP_STORED)],
    ids=["zip", "folder", "zip-with-folder", "stored"])
def test_mailchimp(news, make):
    row = take(news, make(news, mailchimp_files()), "--from", "mailchimp")
    assert (row["rows"], row["new"], row["never_mail"]) == (5, 2, 3)
    assert members(news) == ["ann@example.org", "bob@example.org"]
    ann = news.json("people", "show", "ann@example.org")
    assert ann["fields"] == {"first_name": "Ann", "last_name": "Lee", "shoe_size": "38",
                             "postal_address": "1 Road  Bern CH", "tags": "VIP, Spring, 2024"}
    [consent] = ann["memberships"]
    assert consent["consent_time"] == "2019-02-03T04:07:08Z"
    for fact in ("opted in 2019-02-03 04:05:06", "192.0.2.7", "confirmed 2019-02-03 04:07:08"):
        assert fact in consent["consent"]
    bob = news.json("people", "show", "bob@example.org")["memberships"][0]
    assert bob["consent_time"] == "2019-02-03T04:05:06Z"
    take(news, write(news, "later.csv", "email\nann@example.org\n"))
    assert news.json("people", "show", "ann@example.org")["memberships"] == [consent]
    known = never(news)
    assert known["gone@example.org"][:2] == ("unsubscribed", "news")
    for fact in ("2023-04-05 06:07:08", "May news", "NORMAL", "too much"):
        assert fact in known["gone@example.org"][2]
    assert known["dead@example.org"][:2] == ("bounced", None)
    assert "2022-02-02" in known["dead@example.org"][2]
    assert known["shop@example.org"][:2] == ("imported", "news")


def test_mailchimp_one_file_by_its_name(news):
    files = mailchimp_files()
    [name] = [n for n in files if n.startswith("cleaned")]
    row = take(news, write(news, name, files[name]), "--from", "mailchimp")
    assert (row["new"], row["never_mail"]) == (0, 1) and members(news) == []
    renamed = write(news, "my people.csv", files[name])
    said = sentences.refused(news, "people", "import", renamed, "--from", "mailchimp", "--list",
                             "news")
    assert "cleaned_" in said


def damage(data):
    middle = len(data) // 3
    return data[:middle] + bytes(255 - b for b in data[middle:middle + 40]) + data[middle + 40:]


@pytest.mark.parametrize("spoil, words", [
    (lambda data: data[:-30], "damaged"),
    (lambda data: data[:100], "damaged"),
    (damage, "damaged"),
    (lambda data: data.replace(b"subscribed_email", b"subscribex_email"), "subscribed_"),
    (lambda data: b"PK\x03\x04", "damaged"),
    (lambda data: b"email\nann@example.org\n", "name"),
], ids=["cut", "short", "damaged", "none-of-them", "four-octets", "no-zip"])
def test_a_bad_zip_is_one_sentence(news, spoil, words):
    path = as_zip(news, mailchimp_files())
    path.write_bytes(spoil(path.read_bytes()))
    said = sentences.refused(news, "people", "import", path, "--from", "mailchimp", "--list", "news")
    assert words in said


def test_a_zip_bomb_and_a_locked_zip(news):
    bomb = as_zip(news, {"subscribed_a.csv": b"Email Address,OPTIN_TIME\n" + b"a" * 30_000_000})
    assert "too large" in sentences.refused(news, "people", "import", bomb, "--from", "mailchimp",
                                            "--list", "news")
    path = as_zip(news, mailchimp_files())
    data = bytearray(path.read_bytes())
    for i in range(len(data) - 10):
        if data[i:i + 4] == b"PK\x01\x02":
            data[i + 8] |= 1
    path.write_bytes(data)
    assert "password" in sentences.refused(news, "people", "import", path, "--from", "mailchimp",
                                           "--list", "news")


# ---- phpList ----

def phplist_row(address, confirmed="1", blacklisted="0", first="Ann", disabled="0"):
    return ["7", address, confirmed, blacklisted, "1", "0", "2018-03-04 05:06:07",
            "2020-01-01 00:00:00", "1", "", "5f4dcc3b5aa765d61d8327deb882cf99", disabled, "", "C17",
            first, "Bern", "newsletter "]


@pytest.mark.parametrize("delimiter", ["\t", ","])
def test_phplist(news, delimiter):
    path = write(news, "phpList Export.csv", table(PHPLIST, [
        phplist_row("ann@example.org"), phplist_row("bad@example.org", blacklisted="1"),
        phplist_row("new@example.org", confirmed="0"),
        phplist_row("off@example.org", disabled="1")], delimiter))
    row = take(news, path, "--from", "phplist")
    assert (row["new"], row["never_mail"], row["left_out"]) == (1, 1, 2)
    ann = news.json("people", "show", "ann@example.org")
    assert ann["fields"] == {"foreign_key": "C17", "first_name": "Ann", "town": "Bern"}
    assert ann["memberships"][0]["consent_time"] == "2018-03-04T05:06:07Z"
    assert never(news) == {"bad@example.org": ("unsubscribed", None, "phpList: blacklisted")}


def test_phplist_with_the_older_headings(news):
    heading = [h.replace("this subscriber", "this user") for h in PHPLIST]
    path = write(news, "p.csv", table(heading, [phplist_row("ann@example.org")], "\t"))
    assert take(news, path, "--from", "phplist")["new"] == 1


# ---- what is missing is said ----

@pytest.mark.parametrize("system, heading, missing", [
    ("listmonk", [h for h in LISTMONK if h != "status"], "'status'"),
    ("phplist", [h for h in PHPLIST if "blacklisted" not in h], "'Is this subscriber blacklisted'"),
    ("mailchimp", [h for h in MAILCHIMP if h != "OPTIN_TIME"], "'OPTIN_TIME'"),
    ("listmonk", ["email"], "'name', 'attributes', 'status'"),
    ("mailchimp", ["OPTIN_TIME"], "'Email Address'"),
])
def test_a_missing_column_is_named(news, system, heading, missing):
    path = write(news, "subscribed_x.csv", table(heading, [["x"] * len(heading)]))
    extra = ("--unsubscribed", "none") if system == "listmonk" else ()
    said = sentences.refused(news, "people", "import", path, "--from", system, "--list", "news",
                             *extra)
    assert missing in said and "subscribed_x.csv" in said


def test_words_that_are_none(news):
    path = write(news, "a.csv", "email\nann@example.org\n")
    for args, word in ((["--from", "hubspot"], "hubspot"), (["--charset", "klingon"], "klingon"),
                       (["--delimiter", "x"], "delimiter"), (["--unsubscribed", path], "listmonk")):
        said = sentences.refused(news, "people", "import", path, "--list", "news", *args,
                                 exit_code=2)
        assert word in said


# ---- any CSV ----

@pytest.mark.parametrize("data, said", [
    ("email;name\nann@example.org;Zoë\n".encode("cp1252"), "windows-1252, separated by ;"),
    ("email\tname\nann@example.org\tZoë\n".encode(), "utf-8, separated by tab"),
    ("email|name\nann@example.org|Zoë\n".encode("utf-16"), "utf-16le, separated by |"),
    ("\ufeffemail,name\nann@example.org,Zoë\n".encode(), ""),
])
def test_charset_and_delimiter_are_found_out_and_said(news, data, said):
    result = news.run("people", "import", write(news, "a.csv", data), "--list", "news")
    assert said in result.stderr and result.stderr.count("\n") == (1 if said else 0)
    assert news.json("people", "list")[0]["fields"] == {"name": "Zoë"}


def test_charset_and_delimiter_are_taken_as_told(news):
    path = write(news, "a.csv", "email;a,b\nann@example.org;Юля\n".encode("koi8-r"))
    take(news, path, "--charset", "koi8-r", "--delimiter", "semicolon", "--map", "a,b=name")
    assert news.json("people", "list")[0]["fields"] == {"name": "Юля"}


# ---- undo ----

def test_undo_by_the_last_and_by_number(news):
    first = write(news, "a.csv", "email,n\nann@example.org,1\nbob@example.org,1\n")
    second = write(news, "b.csv", "email,n\nann@example.org,2\neve@example.org,2\n")
    take(news, first)
    row = take(news, second, "--update")
    assert row["import"] == 2
    imports = news.json("people", "imports")
    assert [(i["import"], i["source"], i["new"]) for i in imports] == [
        (2, "import b.csv", 1), (1, "import a.csv", 2)]
    dry = news.json("people", "undo", "2", "--dry-run")
    assert (dry["removed"], dry["restored"]) == (1, 1)
    assert len(members(news)) == 3
    done = news.json("people", "undo", "--last")
    assert (done["import"], done["removed"], done["restored"]) == (2, 1, 1)
    assert members(news) == ["ann@example.org", "bob@example.org"]
    assert news.json("people", "show", "ann@example.org")["fields"] == {"n": "1"}
    assert "already" in sentences.refused(news, "people", "undo", "2")
    assert news.json("people", "undo", "--last")["removed"] == 2
    assert news.json("people", "list") == []
    for args, code in ((["--last"], 1), ([], 2), (["2", "--last"], 2), (["x"], 2), (["9"], 1)):
        sentences.refused(news, "people", "undo", *args, exit_code=code)


# ---- sync ----

def test_sync_makes_the_list_what_the_file_is(news):
    people = [f"p{i}@example.org" for i in range(20)]
    take(news, write(news, "a.csv", "email,n\n" + "".join(f"{p},1\n" for p in people)))
    now = write(news, "b.csv", "email,n\n" + "".join(f"{p},2\n" for p in people[2:]) +
                "new@example.org,2\n")
    dry = news.json("people", "sync", now, "--list", "news", "--dry-run")[0]
    assert (dry["new"], dry["updated"], dry["left"]) == (1, 18, 2)
    assert members(news) == sorted(people)
    row = news.json("people", "sync", now, "--list", "news")[0]
    assert (row["new"], row["updated"], row["left"]) == (1, 18, 2)
    assert members(news) == sorted(people[2:] + ["new@example.org"])
    assert len(news.json("people", "list")) == 21
    undone = news.json("people", "undo", "--last")
    assert (undone["removed"], undone["restored"], undone["rejoined"]) == (1, 18, 2)
    assert members(news) == sorted(people)
    assert news.json("people", "show", "p5@example.org")["fields"] == {"n": "1"}


def test_sync_refuses_to_empty_a_list(news):
    people = [f"p{i}@example.org" for i in range(20)]
    take(news, write(news, "a.csv", "email\n" + "\n".join(people)))
    few = write(news, "b.csv", "email\n" + "\n".join(people[3:]))
    said = sentences.refused(news, "people", "sync", few, "--list", "news", exit_code=5)
    assert "3 of 20" in said and "--max-removals 3" in said
    for args in (["--max-removals", "2"], ["--max-removals", "10%"], ["--max-removals", "0"]):
        sentences.refused(news, "people", "sync", few, "--list", "news", *args, exit_code=5)
    for wrong in ("x", "101%", "-1", "5%%"):
        sentences.refused(news, "people", "sync", few, "--list", "news", f"--max-removals={wrong}",
                          exit_code=2)
    sentences.refused(news, "people", "sync", "-", "--list", "news", stdin="email\n", exit_code=2)
    assert news.json("people", "sync", few, "--list", "news", "--max-removals", "15%")[0]["left"] == 3


# ---- export, erase ----

def test_a_list_goes_out_as_csv_and_comes_back(news):
    take(news, write(news, "a.csv", 'email,n,m\nann@example.org,"x, ""y""",\nbob@example.org,,=1+1\n'))
    text = news.run("people", "export", "--list", "news").stdout_bytes.decode()
    assert text == ('address,n,m\r\nann@example.org,"x, ""y""",\r\nbob@example.org,,\'=1+1\r\n')
    path = news.home / "out.csv"
    news.run("people", "export", "--list", "news", "-o", path)
    assert path.read_bytes().decode() == text and path.stat().st_mode & 0o777 == 0o600
    assert list(news.home.glob("out.csv.new*")) == []
    row = take(news, path)
    assert row["same"] == 2
    said = sentences.refused(news, "people", "export", "--list", "news", "-o", path)
    assert "there already" in said and "--force" in said
    news.run("people", "export", "--list", "news", "-o", path, "--force")
    assert path.read_bytes().decode() == text
    for args in ([], ["ann@example.org", "--list", "news"], ["--list", "news", "--json"]):
        sentences.refused(news, "people", "export", *args, exit_code=2)
    sentences.refused(news, "people", "export", "nobody@example.org")


def test_all_that_is_held_of_one_person(news):
    take(news, write(news, "a.csv", "email,n\nann@example.org,1\n"), "--consent", "web form")
    news.run("suppress", "add", "ann@example.org", "--list", "news", "--evidence", "rang up")
    data = json.loads(news.run("people", "export", "ANN@example.org").stdout)
    assert data["address"] == "ann@example.org" and data["fields"] == {"n": "1"}
    assert data["memberships"][0]["consent"] == "web form"
    assert data["suppressions"][0]["evidence"] == "rang up"
    assert data["imports"][0]["source"] == "import a.csv"
    assert data["audit"][0]["action"] == "suppress" and data["mail"] == []
    path = news.home / "ann.json"
    path.write_text("mine")
    sentences.refused(news, "people", "export", "ann@example.org", "-o", path)
    assert path.read_text() == "mine"
    news.run("people", "export", "ann@example.org", "-o", path, "--force")
    assert json.loads(path.read_text()) == data


def campaign(news, port, **bodies):
    folder = news.home / "spring"
    folder.mkdir()
    for name, text in bodies.items():
        (folder / f"body.{name}").write_text(text)
    (folder / "campaign.cfg").write_text("""format = 1;
campaign = { title = "Spring"; from = "News <news@example.org>"; subject = "Spring, {{first_name}}";
  lists = ( "news" ); server = "main"; html_file = "body.html"; text_file = "body.txt"; };
""")
    news.run("server", "add", "main", "--host", f"127.0.0.1:{port}", "--security", "none")
    news.run("apply", folder)


LETTER = """<html><body><p>Dear *|FNAME|*,</p>
*|IF:SHOE_SIZE|*<p>Size *|SHOE_SIZE|*</p>*|ELSE:|*<p>No size</p>*|END:IF|*
<p><a href="*|UNSUB|*">unsubscribe</a></p></body></html>
"""


def test_a_whole_move_from_mailchimp(news, sink):
    """Export, template and all: it goes to those who may be mailed and to nobody else; then one of
    them is erased."""
    take(news, as_zip(news, mailchimp_files()), "--from", "mailchimp")
    source = write(news, "letter.html", LETTER)
    body = news.home / "body.html"
    news.run("template", "translate", "--from", "mailchimp", source, "-o", body)
    campaign(news, sink.port, html=body.read_text(),
             txt="Dear {{first_name}}, {{unsubscribe_url}}\n")
    news.run("campaign", "start", "spring", "--yes", "2", "--no-worker")
    news.run("worker", "--once")
    row = news.campaign("spring")
    assert (row["state"], row["accepted"], row["total"]) == ("finished", 2, 2)
    parsed = [email.message_from_bytes(raw, policy=email.policy.default)
              for raw in sink.messages()]
    messages = {str(m["To"]): m for m in parsed}
    assert sorted(messages) == ["ann@example.org", "bob@example.org"]
    shown = {to: m.get_body(("html",)).get_content() for to, m in messages.items()}
    assert "Dear Ann," in shown["ann@example.org"] and "Size 38" in shown["ann@example.org"]
    assert "No size" in shown["bob@example.org"] and "*|" not in shown["bob@example.org"]
    undone = news.json("people", "undo", "--last")
    assert (undone["kept_mailed"], undone["removed"]) == (2, 0)

    held = json.loads(news.run("people", "export", "ann@example.org").stdout)
    assert held["mail"][0]["tries"][0]["code"] == 250
    sentences.refused(news, "people", "erase", "ann@example.org", exit_code=2)
    news.run("people", "erase", "ann@example.org", "--yes")
    sentences.refused(news, "people", "show", "ann@example.org")
    rows = news.json("campaign", "deliveries", "spring")
    assert [r["address"] for r in rows] == ["(erased)", "bob@example.org"]
    assert all(r["state"] == "accepted" and r["code"] == 250 for r in rows)
    assert news.campaign("spring")["accepted"] == 2
    assert take(news, write(news, "b.csv", "email\nann@example.org\n"))["suppressed"] == 1
    news.run("db", "check")


def test_erasing_stops_what_waits(news, sink):
    take(news, write(news, "a.csv", "email,first_name\nann@example.org,A\nbob@example.org,B\n"))
    campaign(news, sink.port, html="<p>{{unsubscribe_url}}</p>", txt="{{unsubscribe_url}}\n")
    news.run("campaign", "start", "spring", "--yes", "2", "--no-worker")
    news.run("people", "erase", "ann@example.org", "--yes")
    news.run("worker", "--once")
    waiting.wait_for(lambda: news.campaign("spring")["state"] == "finished",
                     what="the end")
    row = news.campaign("spring")
    assert (row["accepted"], row["suppressed"], row["total"]) == (1, 1, 2)
    assert [str(m["To"]) for m in sink.parsed()] == ["bob@example.org"]
    news.run("db", "check")


# ---- templates ----

@pytest.mark.parametrize("system, text, want, said", [
    ("listmonk", '{{ .Subscriber.FirstName | default "you" }}\n{{ Date "2006" }}\n',
     '{{first_name|you}}\n{{ Date "2006" }}\n', ["line 2"]),
    ("mailchimp", "*|FNAME|* *|UNSUB|*\n", "{{first_name}} {{unsubscribe_url}}\n", []),
    ("phplist", "[FIRSTNAME%%you] [UNSUBSCRIBEURL]\n\n[CONTENT]\n",
     "{{first_name|you}} {{unsubscribe_url}}\n\n[CONTENT]\n", ["line 3"]),
])
def test_template_tags(workspace, system, text, want, said):
    path = workspace.home / "in.txt"
    path.write_text(text)
    result = workspace.run("template", "translate", "--from", system, path,
                           exit_code=4 if said else 0)
    assert result.stdout == want
    assert result.stderr.count("\n") == len(said)
    for words, line in zip(said, result.stderr.splitlines()):
        assert words in line and "in.txt" in line
        sentences.check(line)


def test_several_templates_go_into_a_folder(workspace):
    for name in ("a.txt", "b.txt"):
        (workspace.home / name).write_text("[EMAIL]")
    out = workspace.home / "out"
    args = ("template", "translate", "--from", "phplist", "a.txt", "b.txt")
    workspace.run(*args, exit_code=2)
    out.mkdir()
    workspace.run(*args, "-o", out)
    assert [(out / n).read_text() for n in ("a.txt", "b.txt")] == ["{{address}}"] * 2
    assert "there already" in workspace.run(*args, "-o", out, exit_code=1).stderr
    workspace.run("template", "translate", "a.txt", exit_code=2)
    workspace.run("template", "translate", "--from", "csv", "a.txt", exit_code=2)
