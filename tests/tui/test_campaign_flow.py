"""The worst day by keys, through a real worker and a real talk with a server: a mistake is seen
while it goes out, it is paused, put right and goes on; those who had the wrong one get a
correction. And two people at one campaign. What the screens say is checked by the verbs."""
import datetime

import pytest

import waiting

pytestmark = pytest.mark.waits

PEOPLE = 40
NAME = "spring"
# Refused for good, and dropped after the dot: nobody knows whether it arrived.
SCRIPT = ("once rcpt p07@* drop-after-dot\n"
          "rcpt p09@* refuse 550 5.1.1 No such user\n")


def now():
    """Workers go by the real clock."""
    return datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def prepare(it, port, per_second):
    people = it.home / "people.csv"
    people.write_text("email,first_name\n" + "".join(
        f"p{i:02d}@example.net,Ada{i}\n" for i in range(PEOPLE)))
    it.run("server", "add", "main", "--host", f"127.0.0.1:{port}", "--security", "none",
           "--per-second", str(per_second), "--connections", "1")
    it.run("list", "new", "members")
    it.run("people", "import", people, "--list", "members", "--consent", "form")
    folder = it.home / NAME
    folder.mkdir()
    (folder / "body.md").write_text("Dear {{first_name}},\n\nwe meet on Monday.\n\n"
                                    "{{unsubscribe_url}}\n")
    (folder / "campaign.cfg").write_text(
        'format = 1;\ncampaign = { title = "Spring letter"; from = "news@example.org"; '
        'subject = "Spring"; lists = ( "members" ); server = "main"; '
        'markdown_file = "body.md"; };\n')
    it.run("apply", folder)


def tick_until(ui, condition, what):
    def is_so():
        ui.tick()
        return condition()
    waiting.wait_for(is_so, 60, lambda: f"{what}\n{ui.picture()}")


def state(it):
    return it.campaign(NAME)["state"]


def begin(ui, it):
    """By the check list, the number and y."""
    ui.key("2", "S")
    assert ui.shows(f"This sends e-mail to {PEOPLE} people."), ui.picture()
    ui.key("backtab", "right", "down").type("in 1s").key("tab")
    ui.type(str(PEOPLE)).key("enter", "y")
    assert ui.shows("spring is scheduled."), ui.picture()
    tick_until(ui, lambda: state(it) == "sending" and ui.shows("sending"), "the begin")
    ui.key("enter")
    assert ui.shows("> Live"), ui.picture()
    tick_until(ui, lambda: it.campaign(NAME)["accepted"] >= 3, "the first mails")


def put_right(ui, it):
    """Paused at once; what is saved then goes to those who are left."""
    ui.key("P")
    assert state(it) == "paused", ui.picture()
    assert ui.shows("u takes it back"), ui.picture()
    ui.key("e")
    assert ui.shows("It is paused.") and not ui.shows("u takes it back"), ui.picture()
    ui.key("tab", "tab", "tab", "ctrl-a", "ctrl-k").type("Spring, on Tuesday").key("ctrl-s")
    assert ui.shows("those who are left get this"), ui.picture()
    ui.key("esc")
    assert ui.shows("> Live") and ui.shows("paused"), ui.picture()


def go_on(ui, it):
    it.run("server", "set", "main", "--per-second", "1000")
    ui.key("P")
    assert ui.shows("Go on sending?"), ui.picture()
    ui.key("enter")  # the safe answer
    assert state(it) == "paused", ui.picture()
    ui.key("P", "y")
    assert state(it) in ("sending", "finished"), ui.picture()


def decide(ui, it):
    """One may have it: left as it is."""
    tick_until(ui, lambda: it.campaign(NAME)["uncertain"] == 1, "the one that nobody knows of")
    tick_until(ui, lambda: ui.shows("m decides"), "the hint")
    ui.key("m")
    assert ui.shows("Nobody can know whether they have it."), ui.picture()
    ui.key("right", "enter")
    assert ui.shows("left as they are"), ui.picture()


def correct(ui, it, first):
    """Only to those who got the first version."""
    ui.key("K")
    assert ui.shows("A correction") and ui.shows("spring-correction"), ui.picture()
    ui.key("enter")
    assert ui.shows("> Edit"), ui.picture()
    ui.key("esc")
    report = it.json("campaign", "check", "spring-correction", exit_code=None)
    assert report["people"] == first


def test_paused_put_right_and_corrected(start_ui, empty, start_sink):
    sink = start_sink(script=SCRIPT, maildir=True)
    prepare(empty, sink.port, 1)
    ui = start_ui(empty, now=now())
    begin(ui, empty)
    put_right(ui, empty)
    go_on(ui, empty)
    decide(ui, empty)
    tick_until(ui, lambda: ui.shows("finished"), "the end")
    row = empty.campaign(NAME)
    assert (row["accepted"], row["refused"], row["uncertain"]) == (PEOPLE - 2, 1, 1)
    ledger = empty.json("campaign", "deliveries", NAME)
    versions = {row["version"] for row in ledger}
    assert versions == {1, 2}
    first = [row["address"] for row in ledger
             if row["version"] == 1 and row["state"] in ("accepted", "uncertain")]
    ui.key("b")
    assert ui.shows("p09@example.net") and ui.shows("No such user"), ui.picture()
    ui.key("esc")
    correct(ui, empty, len(first))
    assert ui.shows("> Live"), ui.picture()


# ---- two at one campaign ----


@pytest.fixture
def two(start_ui, sample):
    """Both have it open; the second saved a title, the first typed another one."""
    def open_editor():
        ui = start_ui(sample)
        ui.key("2", "/").type("volunteers").key("enter", "e")
        assert ui.shows("> Edit"), ui.picture()
        return ui
    first, second = open_editor(), open_editor()
    second.key("ctrl-a", "ctrl-k").type("Theirs").key("ctrl-s")
    assert second.shows("Saved"), second.picture()
    first.key("ctrl-a", "ctrl-k").type("Mine").key("ctrl-s")
    assert first.shows("Changed meanwhile"), first.picture()
    return first


def title(it):
    return it.json("campaign", "show", "volunteers")["title"]


def test_nothing_is_overwritten_unasked(two, sample):
    two.key("enter")  # keep editing
    assert title(sample) == "Theirs"
    assert two.shows("Mine") and two.shows("not saved"), two.picture()


def test_overwritten_when_asked(two, sample):
    two.key("o")
    assert title(sample) == "Mine", two.picture()


def test_theirs_taken(two, sample):
    two.key("r")
    assert title(sample) == "Theirs"
    assert two.shows("Theirs") and not two.shows("Mine"), two.picture()


def test_the_difference_shown(two, sample):
    two.key("s")
    assert two.shows("Theirs") and two.shows("Mine"), two.picture()
    assert title(sample) == "Theirs"


def test_merged(two, sample):
    two.key("m")
    assert two.shows("1 field was changed by both") and two.shows("Mine"), two.picture()
    assert title(sample) == "Theirs"
    two.key("ctrl-s")
    assert two.shows("Saved") and title(sample) == "Mine", two.picture()
