"""People, lists and suppressions from the shell: files in, listings out, what is refused."""
import json

import pytest

GOOD = "email,First Name,town\nann@example.org,Ann,Bern\nBob@Example.org,Bob,\n"


@pytest.fixture
def news(workspace):
    """A workspace with the empty list news."""
    workspace.run("list", "new", "news", "--title", "Our news")
    return workspace


def write(news, text, name="people.csv"):
    path = news.home / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def counts(news, path, *args, **kwargs):
    """The counts of one imported file, without its name and reasons."""
    row = news.json("people", "import", path, "--list", "news", *args, **kwargs)[0]
    return {key: row[key] for key in
            ("rows", "new", "updated", "same", "suppressed", "invalid", "duplicate")}


def addresses(news, *args):
    return [person["address"] for person in news.json("people", "list", *args)]


def tally(rows, **given):
    zero = dict.fromkeys(("new", "updated", "same", "suppressed", "invalid", "duplicate"), 0)
    return {"rows": rows, **zero, **given}


def test_import_counts_and_stores(news):
    path = write(news, GOOD)
    assert counts(news, path, "--consent", "web form") == tally(2, new=2)
    people = news.json("people", "list", "--list", "news")
    assert [p["fields"] for p in people] == [{"first_name": "Ann", "town": "Bern"},
                                             {"first_name": "Bob"}]
    assert people[1]["address"] == "Bob@example.org"
    shown = news.json("people", "show", "ANN@example.org")
    assert shown["memberships"][0]["consent"] == "web form"
    assert shown["memberships"][0]["source"] == "import people.csv"
    assert news.json("list", "list")[0]["members"] == 2


def test_import_again_is_the_same_and_update_overwrites(news):
    path = write(news, GOOD)
    counts(news, path)
    assert counts(news, path) == tally(2, same=2)
    changed = write(news, GOOD.replace("Bern", "Basel"))
    assert counts(news, changed)["updated"] == 0
    assert news.json("people", "show", "ann@example.org")["fields"]["town"] == "Bern"
    assert counts(news, changed, "--update")["updated"] == 1
    assert news.json("people", "show", "ann@example.org")["fields"]["town"] == "Basel"


def test_dry_run_changes_nothing(news):
    assert counts(news, write(news, GOOD), "--dry-run") == tally(2, new=2)
    assert addresses(news) == []


def test_suppressed_and_duplicate_rows_are_counted(news):
    news.run("suppress", "add", "bob@example.org", "--reason", "complained")
    path = write(news, GOOD + "ANN@example.org,Ann,\n")
    result = counts(news, path)
    assert result["duplicate"] == 1 and result["suppressed"] == 1 and result["new"] == 1


def test_rejects_say_line_and_reason(news):
    path = write(news, 'email,note\nann@example.org,x\ntwo@@example.org,"a\nb"\nno at,\n'
                       "x@exa mple.org,\n=cmd@example..org,\n")
    rejects = news.home / "rejects.csv"
    assert counts(news, path, "--rejects", rejects)["invalid"] == 4
    text = rejects.read_bytes().decode()
    lines = text.split("\r\n")
    assert lines[0] == "line,reason,email,note"
    assert lines[1].startswith("3,") and lines[2].startswith("5,")
    assert "'=cmd" in text
    assert addresses(news) == ["ann@example.org"]


def test_rejects_never_overwrites_what_is_read(news):
    path = write(news, GOOD)
    news.run("people", "import", path, "--list", "news", "--rejects", path, exit_code=2)
    assert path.read_text() == GOOD


@pytest.mark.parametrize("text, message", [
    ("name,town\nAnn,Bern\n", "the columns are name, town"),
    ("email,name\nann@example.org,\"Ann\n", ""),
    ("", ""),
    (b"email,na\xffme\nann@example.org,\xc3\xa9\n", ""),
    (b"email\0,name\nann@example.org,x\n", ""),
    ("email," + ",".join(f"c{i}" for i in range(299)) + "\n", "250"),
    ("email," + ",".join(f"c{i}" for i in range(220)) + "\n", "200"),
    ("email,name,name\na@example.org,x,y\n", "name"),
    ("email,a b,a_b\na@example.org,x,y\n", "would both become the field a_b"),
], ids=["no-address", "open-quote", "empty", "broken-heading", "nul-heading", "300-columns",
        "too-many-fields", "column-twice", "field-twice"])
def test_a_bad_file_is_one_sentence_and_changes_nothing(news, text, message):
    result = news.run("people", "import", write(news, text), "--list", "news", exit_code=1)
    assert result.stderr.startswith("crier: ") and result.stderr.count("\n") == 1
    assert "people.csv" in result.stderr and message in result.stderr
    assert addresses(news) == []


def test_an_open_quote_behind_many_rows_takes_none(news):
    rows = "".join(f"p{i}@example.org,x\n" for i in range(12000))
    path = write(news, "email,note\n" + rows + 'last@example.org,"open\n')
    news.run("people", "import", path, "--list", "news", exit_code=1)
    assert addresses(news) == []


@pytest.mark.parametrize("row", [b"bad\xff@example.org,\xc3\xa9", b"nul\0@example.org,x",
                                 b"a@example.org,x,one too many", b"a@example.org," + b"y" * 70000])
def test_a_bad_row_is_counted_and_the_rest_taken(news, row):
    path = write(news, b"email,note\nann@example.org,x\n" + row + b"\nbob@example.org,y\n")
    assert counts(news, path) == tally(3, new=2, invalid=1)


def test_a_heading_only_is_refused(news):
    result = news.run("people", "import", write(news, "email,name\n"), "--list", "news",
                      exit_code=1)
    assert "nothing below the heading" in result.stderr and result.stdout == ""


def test_no_file_and_no_list_are_said(news):
    missing = news.run("people", "import", "nowhere.csv", "--list", "news", exit_code=1)
    assert "nowhere.csv" in missing.stderr
    wrong = news.run("people", "import", write(news, GOOD), "--list", "nws", exit_code=1)
    assert "'news'" in wrong.stderr
    news.run("people", "import", write(news, GOOD), exit_code=2)


def test_standard_input_and_map(news):
    result = news.run("people", "import", "-", "--list", "news", "--map", "Mail=address", "--map",
                      "N=first_name", "--map", "x=", "--json",
                      stdin="N,Mail,x\nAnn,ann@example.org,secret\n")
    assert result.json()[0]["new"] == 1
    assert news.json("people", "list")[0]["fields"] == {"first_name": "Ann"}


def test_add_set_remove(news):
    news.run("people", "add", "ann@example.org", "--set", "a=1", "--set", "b=2", "--list", "news")
    news.run("people", "add", "ANN@example.org", exit_code=1)
    news.run("people", "set", "ann@example.org", "--set", "a=", "--set", "c=3")
    person = news.json("people", "list")[0]
    assert person["fields"] == {"b": "2", "c": "3"} and person["lists"] == ["news"]
    news.run("people", "set", "ann@example.org", "--address", "anne@example.org")
    assert addresses(news) == ["anne@example.org"]
    news.run("people", "remove", "anne@example.org", "--list", "news")
    assert addresses(news) == ["anne@example.org"] and addresses(news, "--list", "news") == []
    news.run("people", "remove", "anne@example.org")
    assert addresses(news) == []
    news.run("people", "show", "anne@example.org", exit_code=1)


@pytest.mark.parametrize("address", [
    "", "ann", "ann@", "@example.org", "a@b@example.org", "ann @example.org", "ann@exa mple.org",
    "ann\n@example.org", "ann@example.org\r\nRCPT TO:<x@example.org>", "a@example..org"])
def test_a_bad_address_is_refused(news, address):
    result = news.run("people", "add", address, exit_code=1)
    assert result.stderr.startswith("crier: ") and result.stderr.count("\n") == 1
    assert addresses(news) == []


def test_listings_in_every_format(news):
    news.run("people", "import", write(news, GOOD), "--list", "news")
    tsv = news.run("people", "list", "--fields", "address,status").stdout
    assert tsv == "address\tstatus\nann@example.org\tactive\nBob@example.org\tactive\n"
    lines = news.run("people", "list", "--jsonl", "--fields", "lists").stdout.splitlines()
    assert [json.loads(line) for line in lines] == [{"lists": ["news"]}] * 2
    assert news.run("people", "list", "--fields", "adress", exit_code=2).stderr.count("address") == 1


def test_hostile_text_is_shown_safely(news):
    news.run("people", "add", "ann@example.org", "--set", "x=\x1b[31mred\u202e\tb")
    for args in (["list"], ["show", "ann@example.org"], ["list", "--json"]):
        out = news.run("people", *args).stdout
        assert "\x1b" not in out and "\u202e" not in out
    assert news.json("people", "list")[0]["fields"]["x"] == "\x1b[31mred\u202e\tb"


def test_suppressions_out_and_in_again(news):
    news.run("suppress", "add", "ann@example.org", "--reason", "unsubscribed", "--evidence", "a, b")
    news.run("suppress", "add", "ann@example.org")
    news.run("suppress", "add", "bob@example.org", "--reason", "zzz", exit_code=2)
    exported = news.home / "never.csv"
    exported.write_text("mine")
    news.run("suppress", "export", "-o", exported, exit_code=1)
    assert exported.read_text() == "mine"
    news.run("suppress", "export", "-o", exported, "--force")
    news.run("suppress", "remove", "ann@example.org")
    news.run("suppress", "remove", "ann@example.org", exit_code=1)
    assert news.json("suppress", "list") == []
    assert news.json("suppress", "import", exported)[0]["new"] == 1
    row = news.json("suppress", "list")[0]
    assert (row["address"], row["reason"], row["evidence"]) == ("ann@example.org", "unsubscribed",
                                                                "a, b")


def test_many_suppressions_are_all_there_and_counted_once(news):
    path = write(news, "email\n" + "".join(f"p{i}@example.org\n" for i in range(2500)) +
                 "P7@example.org\nbad\n")
    row = news.json("suppress", "import", path, "--dry-run")[0]
    assert (row["new"], row["duplicate"], row["invalid"]) == (2500, 1, 1)
    assert news.json("suppress", "list") == []
    assert news.json("suppress", "import", path)[0]["new"] == 2500
    assert news.json("suppress", "import", path)[0]["same"] == 2500
    assert len(news.json("suppress", "list")) == 2500


def test_an_actor_is_kept(news):
    news.run("--as", "night job", "suppress", "add", "ann@example.org")
    assert news.json("suppress", "list")[0]["actor"] == "night job"
    news.run("--as", "bad\nname", "suppress", "list", exit_code=1)


def columns(news, text, *args, exit_code=0):
    path = write(news, text)
    return news.run("people", "columns", path, *args, "--json", exit_code=exit_code).json()


def test_columns_shows_where_they_go(workspace):
    path = write(workspace, "Mail;First Name;Nr\nann@example.org;Ann;1\nb@example.org;;2\nc;C;3\n")
    found = workspace.json("people", "columns", path, "--map", "Mail=address", "--map", "Nr=")
    assert (found["delimiter"], found["charset"], found["rows"]) == (";", "utf-8", 3)
    assert [c["field"] for c in found["columns"]] == ["address", "first_name", None]
    assert [c["values"] for c in found["columns"]] == [["ann@example.org", "b@example.org"],
                                                       ["Ann", ""], ["1", "2"]]
    assert not found["guessed"] and found["problem"] is None and not found["more"]


def test_columns_finds_the_address_by_what_is_in_them(news):
    found = columns(news, "who,where\n" + "x,ann@example.org\n" * 300, exit_code=4)
    assert found["guessed"] and found["more"] and found["rows"] == 200
    assert [c["field"] for c in found["columns"]] == ["who", "address"]
    assert "--map" in found["problem"]
    none = columns(news, "who,where\nx,y\n", exit_code=4)
    assert not none["guessed"] and none["columns"][0]["field"] is None


def test_columns_of_what_cannot_be_read(news):
    news.run("people", "columns", news.home / "none.csv", exit_code=1)
    result = news.run("people", "columns", write(news, "email,a\n\"open"), exit_code=1)
    assert "crier: " in result.stderr and result.stdout == ""
    news.run("people", "columns", write(news, GOOD), "--delimiter", "??", exit_code=2)
