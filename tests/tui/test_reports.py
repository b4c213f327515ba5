"""Screen 8: what came of campaigns, page by page, by keys; its numbers are the verb's."""
import collections
import csv
import sqlite3

import pytest

CAME_BACK = (("bounce", "hard", "user-unknown", "address", "5.1.1", 1, 5),
             ("bounce", "soft", "mailbox-full", "address", "4.2.2", 2, 3),
             ("complaint", "none", "unknown", "nobody", "", 4, 2))
STORM = "grey.example"


def came_back(it):
    """What reading a mailbox leaves of campaign winter, and a storm of one receiver."""
    hard = collections.Counter()
    with sqlite3.connect(it.workspace / "crier.db", timeout=10) as db:
        number, = db.execute("SELECT id FROM campaign WHERE name = 'winter'").fetchone()
        rows = iter(db.execute("SELECT id, person_id, address FROM delivery WHERE campaign_id = ?"
                               " AND state = 2 ORDER BY id", (number,)).fetchall())
        for kind, bounce, reason, fault, status, effect, n in CAME_BACK:
            for i in range(n):
                delivery, person, address = next(rows)
                domain = address.rpartition("@")[2]
                waits = 32 if effect == 1 and domain == STORM else 0
                db.execute("INSERT INTO said (inbound_id, at_us, delivery_id, campaign_id,"
                           " person_id, address, address_key, provider, kind, class, reason,"
                           " fault, status, text, found_by, effects) VALUES (7,"
                           " 1804689000000000, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1, ?)",
                           (delivery, number, person, address, address, domain, kind, bounce,
                            reason, fault, status, f"words {i}", effect | waits))
                hard[domain] += effect == 1
        for domain, n in hard.items():
            db.execute("INSERT INTO bounce_rate (provider, campaign_id, domain, hard)"
                       " VALUES (?, ?, ?, ?)", (domain, number, domain, n))
        db.execute("INSERT INTO storm (provider, campaign_id, state, since_us, hard, taken, usual)"
                   " VALUES (?, ?, 0, 1804689000000000, 30, 60, 0.02)", (STORM, number))
        db.execute("UPDATE campaign_counter SET bounced_hard = 5, bounced_soft = 3,"
                   " complained = 2 WHERE campaign_id = ?", (number,))
    return it


@pytest.fixture
def bounced(sample):
    return came_back(sample)


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


@pytest.mark.parametrize("steps, shown", [
    (0, None), (2, None), (3, "bounced, dead"), (4, "bounced, for now"), (8, "complained")])
def test_people_behind_a_figure(ui, bounced, steps, shown):
    winter(ui).key(*["down"] * steps, "enter")
    if shown is None:  # the ledger's own list
        assert ui.shows("Winter newsletter > People"), ui.picture()
        return
    assert ui.shows(f"winter > {shown}"), ui.picture()
    wanted = {"bounced, dead": 5, "bounced, for now": 3, "complained": 2}[shown]
    assert len([line for line in ui.terminal.rows() if "words " in line and "@" in line]) == wanted
    ui.key("enter")
    assert ui.shows("People > member")
    ui.key("esc", "esc")
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
    assert str(len(refused)) in row(ui, "550")
    ui.key("/").type("550").key("enter", "enter")
    ui.wait_until(lambda: ui.shows(refused[0]["address"]), "those who were refused")
    assert ui.shows("winter > 550 5.1.1")


def test_bounces(ui):
    winter(ui).key("[", "[")
    assert ui.shows("[Bounces]") and ui.shows("There is no such mailbox.")
    assert "5" in row(ui, "user-unknown") and "3" in row(ui, "mailbox-full")
    ui.key("down", "enter")
    assert ui.shows("winter > mailbox-full") and ui.shows("words 2") and not ui.shows("words 3")


def test_a_provider_leads_to_its_domains(ui):
    winter(ui).key("]", "]")
    assert ui.shows("[Providers]") and ui.shows("others")
    ui.key("enter")
    assert ui.shows("[Domains]") and ui.shows("provider:-"), ui.picture()
    assert ui.shows("grey.example")


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
    ui.key("]")
    assert ui.shows(STORM) and ui.shows(f"{waiting} addresses at {STORM} wait")
    ui.key("enter")
    assert ui.shows("Never mail") and ui.shows("Mail them again")
    ui.key("esc")
    assert len(bounced.json("suppress", "storms")) == 1
    ui.key("enter", *keys)
    ui.wait_until(lambda: ui.shows("Nothing waits for your word."), "the decision")
    now = {each["address"] for each in bounced.json("suppress", "list")} - before
    assert bounced.json("suppress", "storms") == []
    assert len(now) == (waiting if is_marked else 0)


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
