"""Screen 8: what came of campaigns, page by page, by keys; its numbers are the verb's."""
import csv
import sqlite3

import pytest

from returned import Returned

STORM = "gmail"


@pytest.fixture
def bounced(sample):
    """Of campaign winter something came back, and one receiver sends back far too much."""
    back = Returned(sample.workspace)
    back.come("hard", "winter", 5)
    back.come("soft", "winter", 3)
    back.come("complaint", "winter", 2)
    sample.storm = set(back.come("storm", "renewal", 4))
    return sample


@pytest.fixture
def ui(start_ui, bounced):
    it = start_ui(bounced)
    it.key("8")
    assert it.shows("[8Reports]")
    return it


def winter(ui):
    ui.key("end", "enter")
    assert ui.shows("Reports > Winter newsletter"), ui.picture()
    return ui


def row(ui, words):
    """The one row of the screen with these words."""
    found = [line for line in ui.terminal.rows() if words in line]
    assert len(found) == 1, ui.picture()
    return found[0]


def test_nothing_there_says_what_it_is_for(start_ui, empty):
    empty.run("init")
    ui = start_ui(empty)
    ui.key("8")
    assert ui.shows("No campaign has begun yet.") and ui.shows("S sends one")
    ui.key("enter")
    assert ui.shows("There is nothing under the cursor.") or ui.shows("[8Reports]")
    ui.key("]", "]", "1")
    ui.quit()


def test_the_sums_are_the_verbs(ui, bounced):
    report = bounced.json("campaign", "report", "winter")
    winter(ui)
    for label, key in (("people", "people"), ("accepted", "accepted"),
                       ("bounced, dead", "bounced_hard"), ("bounced, for now", "bounced_soft"),
                       ("complained", "complained")):
        line = next(each for each in ui.terminal.rows() if each[1:].startswith(label))
        assert line[len(label) + 1:].split()[0] == str(report[key])
    assert ui.shows(f"failed {report['failed']} = refused {report['refused']} + bounced 8")


def test_it_follows_what_comes_back(ui, bounced):
    """With few octets: a slow line is kept free."""
    winter(ui)
    before = ui.terminal.octets
    Returned(bounced.workspace).come("hard", "winter", 2)
    ui.tick()
    assert row(ui, "bounced, dead").split()[2] == "7", ui.picture()
    assert ui.terminal.octets - before < 600


@pytest.mark.parametrize("steps, count", [
    (0, 300), (2, 30), (3, 5), (4, 3), (8, 2)])
def test_people_behind_a_figure(ui, steps, count):
    winter(ui).key(*["down"] * steps, "enter")
    assert ui.shows("Winter newsletter > People") and f": {count} " in ui.row(0), ui.picture()
    ui.key("esc")
    assert ui.shows("[Summary]")


def test_people_at_a_domain(ui, bounced):
    winter(ui).key("]")
    assert ui.shows("[Domains]")
    largest = bounced.json("campaign", "report", "winter", "--part", "domains")[0]
    assert str(largest["total"]) in row(ui, largest["domain"])
    ui.key("/").type(largest["domain"]).key("enter", "enter")
    ui.wait_until(lambda: ui.shows("250 Ok"), "the people of the domain")
    assert ui.shows(f"winter > {largest['domain']}") and str(largest["total"]) in ui.row(0)
    assert all(largest["domain"] in line for line in ui.terminal.rows() if "250 Ok: " in line
               and "@" in line)


def test_who_got_a_reply(ui, bounced):
    winter(ui).key("]", "]", "]")
    assert ui.shows("[Replies]")
    refused = bounced.json("campaign", "deliveries", "winter", "--state", "refused")
    assert str(len(refused)) in row(ui, "552")
    ui.key("/").type("552").key("enter", "enter")
    ui.wait_until(lambda: ui.shows(refused[0]["address"]), "those who were refused")
    assert ui.shows("winter > 552 5.2.2")


def test_bounces(ui):
    winter(ui).key("[", "[")
    assert ui.shows("[Bounces]") and ui.shows("There is no such mailbox.")
    assert "5" in row(ui, "user-unknown") and "3" in row(ui, "mailbox-full")
    ui.key("down", "enter")
    assert ui.shows("winter > mailbox-full")
    assert len([line for line in ui.terminal.rows() if "4.2.2" in line and "@" in line]) >= 3
    ui.key("enter")
    assert ui.shows("People > member")
    ui.key("esc", "esc")
    assert ui.shows("[Bounces]")


def test_a_provider_leads_to_its_domains(ui):
    winter(ui).key("]", "]")
    assert ui.shows("[Providers]") and ui.shows("others")
    ui.key("enter")
    assert ui.shows("[Domains]") and ui.shows("provider:-"), ui.picture()
    assert ui.shows("grey.example")


def test_many_domains(start_ui, sample):
    """More than a screen looks at: the rest is told, and the providers are counted by a child."""
    with sqlite3.connect(sample.workspace / "crier.db", timeout=10) as db:
        number, = db.execute("SELECT id FROM campaign WHERE name = 'winter'").fetchone()
        db.execute("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 595)"
                   " INSERT INTO domain_counter (campaign_id, domain, total, accepted)"
                   " SELECT ?, 'd' || i || '.example', 1, 1 FROM n", (number,))
        db.execute("UPDATE campaign_counter SET total = total + 595, accepted = accepted + 595"
                   " WHERE campaign_id = ?", (number,))
    ui = start_ui(sample)
    ui.key("8")
    winter(ui).key("]")
    assert ui.shows("and 100 domains with 100 people, failed 0"), ui.picture()
    ui.key("]")
    ui.wait_until(lambda: ui.shows("r counts again"), "the providers")
    assert "895" in row(ui, "others")
    ui.key("r")
    ui.wait_until(lambda: ui.shows("r counts again"), "the providers, again")


def test_by_its_command(ui):
    ui.key("1", ":").type("campaign report winter").key("enter")
    assert ui.shows("Reports > Winter newsletter") and ui.shows("[8Reports]")
    ui.key("esc")
    assert ui.shows("[Campaigns]")


def test_beside_others(ui):
    winter(ui).key("c")
    assert ui.shows("Compare with")
    ui.key("space", "enter")
    assert ui.shows("[Compare]") and ui.shows("mean of the last") or ui.shows("that ended")
    lines = [line for line in ui.terminal.rows() if "%" in line]
    assert len(lines) == 3, ui.picture()
    ui.key("down", "enter")
    assert ui.shows("Reports > ") and not ui.shows("Reports > Winter")
    ui.key("esc")
    assert ui.shows("Reports > Winter newsletter") and ui.shows("[Compare]")


def export(ui, path):
    ui.key("x")
    assert ui.shows("Everything") and ui.shows("JSON")
    ui.key("enter")
    ui.key("ctrl-e", "ctrl-u").type(str(path)).key("enter")


def test_export(ui, bounced):
    path = bounced.home / "winter.csv"
    winter(ui).key("]")
    export(ui, path)
    ui.wait_until(lambda: ui.shows("The report is in"), "the file to be written")
    with open(path, newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    wanted = bounced.json("campaign", "report", "winter", "--part", "domains")
    assert [each["domain"] for each in rows] == [each["domain"] for each in wanted]
    # What is there is not overwritten without a word.
    path.write_text("mine")
    export(ui, path)
    assert path.read_text() == "mine"
    assert ui.shows("is there already") or ui.shows("verwrite"), ui.picture()
    ui.key("esc")
    assert path.read_text() == "mine" and ui.shows("[Domains]")


def test_a_file_that_cannot_be_written(ui, bounced):
    winter(ui)
    export(ui, bounced.home / "not-there" / "x.csv")
    ui.wait_until(lambda: ui.shows("not-there"), "why not")
    assert not (bounced.home / "not-there").exists()


def test_deleted_meanwhile(ui, bounced):
    winter(ui)
    bounced.run("campaign", "delete", "winter")
    ui.key("]", "]", "r")
    assert ui.shows("Reports > Winter newsletter")
    ui.key("esc")
    ui.tick()
    assert not ui.shows("Winter newsletter"), ui.picture()


@pytest.mark.parametrize("keys, is_marked", [(("right", "enter"), False),
                                             (("right", "right", "enter"), True)])
def test_a_storm_is_decided_about(ui, bounced, keys, is_marked):
    waiting = bounced.json("suppress", "storms")[0]["waiting"]
    before = {each["address"] for each in bounced.json("suppress", "list")}
    assert ui.shows("Far more bounces (1)") and waiting > 0
    ui.key("[")
    assert ui.shows(STORM) and ui.shows(f"{waiting} addresses at {STORM} wait")
    ui.key("enter")
    assert ui.shows("Never mail them") and ui.shows("Mail them again")
    ui.key("esc")
    assert len(bounced.json("suppress", "storms")) == 1
    ui.key("enter", *keys)
    ui.wait_until(lambda: ui.shows("Nothing waits for your word."), "the decision")
    now = {each["address"] for each in bounced.json("suppress", "list")}
    assert bounced.json("suppress", "storms") == []
    assert now == (before | bounced.storm if is_marked else before)


def not_understood(it, count):
    """Answers that no table knows, all alike."""
    with sqlite3.connect(it.workspace / "crier.db", timeout=10) as db:
        for n in range(count):
            raw = (f"From: someone{n}@example.net\r\nSubject: Was: Your letter\r\n\r\n"
                   f"Dear sender,\r\n\r\nmy colleague has retired from this office.\r\n")
            row = db.execute("INSERT INTO inbound (mailbox_id, received_us, kind, state, bytes,"
                             " hash, pattern, sender, subject) VALUES (1, ?, 'other', 1, ?, ?,"
                             " 'was: your letter', ?, 'Was: Your letter')",
                             (1804689000000000 + n, len(raw), f"h{n}",
                              f"someone{n}@example.net")).lastrowid
            db.execute("INSERT INTO inbound_raw VALUES (?, ?)", (row, raw.encode()))


@pytest.fixture
def puzzled(start_ui, sample):
    not_understood(sample, 3)
    it = start_ui(sample)
    it.key("8", "]")
    assert it.shows("[Not understood (3)]") and it.shows("Was: Your letter"), it.picture()
    return it


def states(it):
    return [each["state"] for each in it.json("bounce", "list")]


def test_a_message_is_read(puzzled):
    puzzled.key("enter", "down", "enter")
    assert puzzled.shows("someone1@example.net") and puzzled.shows("retired from this office")
    puzzled.key("esc")
    assert puzzled.shows("Not understood  3")


def test_what_it_means_is_said(puzzled, sample):
    puzzled.key("enter", "a")
    assert puzzled.shows("1 message") and puzzled.shows("It means")
    puzzled.key("down", "down").type("nobody").key("ctrl-s")
    assert puzzled.shows("nobody") and puzzled.shows("Say so")  # it is no address
    puzzled.key("ctrl-u").type("member0020@example.org")
    fill_choice(puzzled, "It means", "it came back")
    puzzled.key("ctrl-s")
    puzzled.wait_until(lambda: puzzled.shows("Not understood  2"), "the assignment")
    assert states(sample).count("assigned") == 1
    assert "member0020@example.org" in sample.run("bounce", "list", "--state", "assigned",
                                                  "--json").stdout


def fill_choice(ui, row, word):
    """Steps the choice of this row until the word is there."""
    for _ in range(20):
        if row in ui.row(ui.terminal.cursor[1]):
            break
        ui.key("backtab")
    for _ in range(6):
        if word in ui.row(ui.terminal.cursor[1]):
            return
        ui.key("right")
    raise AssertionError(f"{word} was not reached\n{ui.picture()}")


def test_all_of_a_kind_mean_nothing(puzzled, sample):
    puzzled.key("a")
    assert puzzled.shows("All of this kind")
    puzzled.key("ctrl-s")
    puzzled.wait_until(lambda: puzzled.shows("Nothing waits here."), "the assignment")
    assert states(sample) == ["assigned"] * 3


def test_a_rule_is_made(puzzled, sample):
    puzzled.key("n")
    assert puzzled.shows("retired from this office")
    puzzled.key("ctrl-s")
    assert puzzled.shows("Keep the rule")  # name and meaning are missing
    puzzled.type("retired").key("tab", "ctrl-e").type("(")
    puzzled.key("tab", "enter").type("disabled").key("enter", "ctrl-s")
    assert puzzled.shows("Keep the rule"), puzzled.picture()  # no regular expression
    puzzled.key("ctrl-e", "backspace", "ctrl-s")  # the cursor is at what is wrong
    puzzled.wait_until(lambda: sample.json("bounce", "rules"), "the rule")
    rule, = sample.json("bounce", "rules")
    assert rule["name"] == "retired" and rule["reason"] == "disabled"


def test_nothing_to_say_elsewhere(ui):
    ui.key("a")
    assert ui.shows("This is about mail that nobody understood")
    ui.key("]", "n")
    assert ui.shows("There is nothing under the cursor.") and ui.shows("Nothing waits here.")


@pytest.mark.parametrize("columns, rows", [(40, 12), (200, 60)])
def test_other_sizes(start_ui, bounced, columns, rows):
    ui = start_ui(bounced, columns=columns, rows=rows)
    ui.key("8", "end", "enter")
    for page in ("Summary", "Domains", "Providers", "Replies", "Bounces", "Compare"):
        assert ui.shows(f"[{page}]"), ui.picture()
        ui.key("]")


def test_in_words(start_ui, bounced):
    ui = start_ui(bounced, "--accessible")
    ui.key("8", "end", "enter")
    assert ui.shows("bounced, dead, 5,")
    ui.key("[", "[")
    assert ui.shows("5 people") and ui.shows("user-unknown")


def test_people_behind_a_large_figure_are_the_first(start_ui, big):
    """What is sorted and searched is said to be a part; a figure that fits is whole."""
    ui = start_ui(big)
    ui.key("8", "/").type("Big 4").key("enter", "enter", "]", "]", "]")
    assert ui.shows("[Replies]") and "98,000" in row(ui, "250")
    assert "2,000" in row(ui, "No such mailbox")
    ui.key("enter")
    ui.wait_until(lambda: ui.shows("the first 2000"), "the people of a reply")
    assert ui.shows("only they are sorted") and ui.shows("crier campaign deliveries big4")
    ui.key("esc", "down", "enter")
    ui.wait_until(lambda: ui.shows("550 No such mailbox"), "the people of the other")
    assert " 2,000 " in ui.row(0) and not ui.shows("first 2000"), ui.picture()
