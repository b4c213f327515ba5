"""What came back is seen beside what went out: live, in the list of people, on the card of a
person, and what of it waits for somebody's word.
"""
import json
import time

import pytest

import returned

LIVE_TICK = 600


@pytest.fixture
def back(sample):
    return returned.Returned(sample.workspace)


def live(ui, campaign="spring"):
    ui.key("2", "/").type(campaign).key("enter", "enter")
    assert ui.shows("ACCEPTED REFUSED RETRIES") or ui.shows("hard")
    return ui


def test_live_follows_within_a_tick(start_ui, sample, back):
    ui = live(start_ui(sample))
    assert not ui.shows("bounced hard")
    back.come("hard", "spring", 3)
    ui.tick()
    assert ui.shows("bounced hard 3, soft 0   complained 0   unsubscribed 0"), ui.picture()
    assert ui.frame_octets <= LIVE_TICK
    back.come("soft", "spring", 2)
    back.come("complaint", "spring")
    back.come("unsubscribe", "spring", 4)
    ui.tick()
    assert ui.shows("bounced hard 3, soft 2   complained 1   unsubscribed 4")
    assert ui.shows("failed 5"), "refused and bounced"
    assert ui.frame_octets <= LIVE_TICK


def test_a_tick_costs_little(start_ui, sample, back):
    ui = live(start_ui(sample, columns=200, rows=60))
    back.come("hard", "spring", 8)
    ui.tick()
    for _ in range(3):
        back.come("hard", "spring", 4)
        ui.tick()
        assert 0 < ui.frame_octets <= LIVE_TICK, ui.picture()


def test_the_last_ones_are_named(start_ui, sample, back):
    who, = back.come("hard", "spring")
    ui = live(start_ui(sample, columns=120))
    assert ui.shows("CAME BACK")
    assert ui.shows(f"14:32:00 {who}  bounced hard 5.1.1"), ui.picture()


def test_in_words(start_ui, sample, back):
    who, = back.come("hard", "spring")
    ui = live(start_ui(sample, "--accessible", columns=200, rows=60))
    assert ui.shows("bounced hard 1, soft 0")
    assert ui.shows(f"{who}  bounced hard 5.1.1: There is no such mailbox."), ui.picture()


@pytest.mark.parametrize("columns, rows, words", [
    (40, 12, "hard 3, soft 0, complained 0, left 0"), (200, 60, "bounced hard 3, soft 0")])
def test_at_other_sizes(start_ui, sample, back, columns, rows, words):
    back.come("hard", "spring", 3)
    ui = live(start_ui(sample, columns=columns, rows=rows))
    assert ui.shows(words), ui.picture()


def test_failed_is_split_and_leads_to_the_people(start_ui, sample, back):
    back.come("hard", "spring", 3)
    who, = back.come("soft", "spring")
    ui = live(start_ui(sample, columns=160))
    ui.key("b")
    assert ui.shows("refused") and ui.shows("bounced hard  3") and ui.shows("bounced soft  1")
    ui.key("down", "down", "enter")
    assert ui.shows("bounced soft: 1") and ui.shows(who)
    assert ui.shows("The mailbox is full. 452 4.2.2"), ui.picture()
    assert [each["address"] for each in sample.json(
        "campaign", "deliveries", "spring", "--state", "bounced_soft")] == [who]
    ui.key("enter")
    assert ui.shows("came back: bounced soft 4.2.2: The mailbox is full.")
    assert ui.shows("from MAILER-DAEMON@mx.example.net: Undelivered Mail Returned")
    ui.key("esc", "p")
    assert ui.shows(f"People > {who}")


def test_brackets_go_through_them(start_ui, sample, back):
    back.come("hard", "spring", 2)
    ui = live(start_ui(sample))
    ui.key("enter", "]", "]", "]", "]", "]")
    assert ui.shows("bounced hard: 2")
    ui.key("]")
    assert ui.shows("Nobody's mail bounced soft") and ui.shows("[ and ] show the other people")
    ui.key("[", "[", "[")
    assert ui.shows("accepted:") and ui.shows("bounced"), ui.picture()


def test_a_storm_is_decided_about(start_ui, sample, back):
    back.come("storm", "spring", 24)
    ui = live(start_ui(sample))
    assert ui.shows("bounced hard 24, soft 0   complained 0   unsubscribed 0   24 wait: B")
    ui.key("B")
    assert ui.shows("Far more bounces than usual") and ui.shows("24 addresses wait"), ui.picture()
    ui.key("right", "enter")
    ui.wait_text("24 addresses are mailed as before")
    assert sample.json("suppress", "storms") == []


def test_home_leads_to_the_storm(start_ui, sample, back):
    back.come("storm", "spring", 24)
    ui = start_ui(sample)
    for _ in range(20):
        if ui.shows(">! gmail sends back"):
            break
        ui.key("down")
    ui.key("enter")
    assert ui.shows("spring: 24 of 288 came back as dead (8.3 %), usually 0.4 %."), ui.picture()
    ui.key("enter")
    assert len(sample.json("suppress", "storms")) == 1, "Later leaves it"


def test_what_nobody_understood(start_ui, sample, back):
    back.not_understood(3)
    ui = live(start_ui(sample), "winter")
    assert ui.shows("3 messages that came in were not understood: :bounce unknown"), ui.picture()
    ui = start_ui(sample, columns=120)
    assert ui.shows("! 3 messages that came in were not understood")


def test_the_card_of_a_person(start_ui, sample, back):
    who, = back.come("hard", "spring")
    ui = start_ui(sample, rows=60)
    ui.key(":").type(f"people show {who}").key("enter")
    assert ui.shows("CAME BACK, newest first")
    assert ui.shows("spring  bounced hard 5.1.1: There is no such mailbox."), ui.picture()
    assert ui.shows("message #1 from MAILER-DAEMON@mx.example.net")
    assert ui.shows("never mailed since")


def test_soft_ones_in_a_row(start_ui, sample):
    """Counted as of the real clock, so they come back now."""
    now = returned.Returned(sample.workspace, time.time_ns() // 1000)
    who, = now.come("soft", "spring")
    shown = json.loads(sample.run("people", "show", who, "--json").stdout)
    assert (shown["soft_in_a_row"], shown["soft_most"]) == (1, 5)
    assert [each["reason"] for each in shown["came_back"]] == ["mailbox-full"]
    ui = start_ui(sample, rows=60)
    ui.key(":").type(f"people show {who}").key("enter")
    assert ui.shows("soft bounces: 1 of 5 in a row, then never mail"), ui.picture()
