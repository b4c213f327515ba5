"""What was typed when the line broke is offered again at the next start."""
import signal


def begin_edit(ui, *keys):
    """A new campaign with a title that is typed and not saved."""
    ui.key("2", "n", *keys)
    ui.type("Harvest")
    ui.key("tab")
    assert ui.shows("not saved")


def open_text(ui):
    for _ in range(10):
        if ui.row(ui.terminal.cursor[1]).startswith("  Text "):
            break
        ui.key("tab")
    ui.key("enter")


def hang_up(ui):
    ui.signal(signal.SIGHUP)
    assert ui.wait_exit() == 129


def test_restored(start_ui, sample):
    ui = start_ui(sample)
    begin_edit(ui)
    hang_up(ui)
    ui = start_ui(sample)
    assert ui.shows("You were editing a new campaign")
    ui.key("r")
    assert ui.shows("Harvest") and ui.shows("This is what was typed when the line broke.")
    ui.key("ctrl-s")
    assert ui.shows("Saved: harvest.")
    assert sample.json("campaign", "show", "harvest")["title"] == "Harvest"
    ui.key("esc", "1")
    ui.quit()
    assert not start_ui(sample).shows("You were editing")


def test_a_text_that_was_being_written(start_ui, sample):
    ui = start_ui(sample)
    ui.key("2", "n")
    open_text(ui)
    ui.type("Dear {{first_name}},\n\nthe apples are ripe.")
    hang_up(ui)
    ui = start_ui(sample)
    ui.key("r")
    open_text(ui)
    assert ui.shows("Dear {{first_name}},") and ui.shows("the apples are ripe.")


def test_kept_and_asked_for(start_ui, sample):
    ui = start_ui(sample)
    begin_edit(ui)
    hang_up(ui)
    ui = start_ui(sample)
    ui.key("esc")
    assert ui.shows("It is kept for 30 days. :restore asks again.")
    ui.key(":")
    ui.type("restore")
    ui.key("enter")
    assert ui.shows("You were editing a new campaign")
    ui.key("d")
    assert ui.shows("It is thrown away.")
    ui.key(":")
    ui.type("restore")
    ui.key("enter")
    assert ui.shows("Nothing was left behind")


def test_what_is_there_and_what_is_new(start_ui, sample):
    """A change that somebody saved meanwhile is not overwritten unasked."""
    ui = start_ui(sample)
    ui.key("2", "/")
    ui.type("camp")
    ui.key("enter", "e")
    ui.key("end")
    ui.type(" for all")
    ui.key("tab")
    assert ui.shows("not saved")
    hang_up(ui)
    sample.run("campaign", "set", "camp", "--title", "Summer camp 2027")
    ui = start_ui(sample)
    assert ui.shows('the campaign "camp"')
    ui.key("r", "ctrl-s")
    assert ui.shows("Changed meanwhile")
    assert sample.json("campaign", "show", "camp")["title"] == "Summer camp 2027"


def test_several(start_ui, sample):
    first, second = start_ui(sample), start_ui(sample)
    begin_edit(first)
    second.key("4", "n")
    second.type("spare")
    second.key("tab")
    assert second.shows("not saved")
    hang_up(first)
    hang_up(second)
    ui = start_ui(sample)
    assert ui.shows("a new server") and ui.shows("a new campaign")
    ui.key("enter", "r")
    assert ui.shows("[4Servers]") and ui.shows("spare")
    ui.key("esc", "tab", "tab", "enter")
    ui.key("1")
    ui.quit()
    ui = start_ui(sample)
    assert ui.shows("You were editing a new campaign")


def test_all_thrown_away(start_ui, sample):
    first, second = start_ui(sample), start_ui(sample)
    begin_edit(first)
    second.key("4", "n")
    second.type("spare")
    second.key("tab")
    hang_up(first)
    hang_up(second)
    ui = start_ui(sample)
    ui.key("end", "enter")
    assert ui.shows("They are thrown away.")
    ui.quit()
    assert not start_ui(sample).shows("when the connection broke")


def test_a_person(start_ui, sample):
    ui = start_ui(sample)
    ui.key("3", "enter", "e", "tab")
    ui.key("ctrl-e")
    ui.type(" Byron")
    ui.key("tab")
    hang_up(ui)
    ui = start_ui(sample)
    assert ui.shows("what is known of member0001@example.net"), ui.picture()
    ui.key("r")
    assert ui.shows("Byron"), ui.picture()
    ui.key("ctrl-s")
    fields = sample.json("people", "show", "member0001@example.net")["fields"]
    assert any("Byron" in value for value in fields.values())
