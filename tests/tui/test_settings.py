"""Settings, how the screens look, about, and the bin."""
import golden
from test_wizard import fill, go_to, press


def command(ui, line):
    ui.key(":")
    ui.type(line)
    return ui.key("enter")


def test_settings_as_written(start_ui, sample):
    ui = start_ui(sample)
    command(ui, "settings")
    golden.check(ui, "settings-80x24")
    ui.key("pagedown")
    golden.check(ui, "settings-screens-80x24")


def test_a_setting(start_ui, sample):
    ui = start_ui(sample)
    command(ui, "settings")
    fill(ui, "Organisation", "Example Association")
    fill(ui, "Try again for", "never")
    ui.key("ctrl-s")
    assert ui.shows("! ") and ui.shows("Settings")
    fill(ui, "Try again for", "3d")
    ui.key("ctrl-s")
    assert ui.shows("The settings are stored.")
    stored = {row["key"]: row["value"] for row in sample.json("settings", "list")}
    assert stored["organisation"] == "Example Association" and stored["give_up"] == 3 * 86400


def test_somebody_else_changed_them(start_ui, sample):
    ui = start_ui(sample)
    command(ui, "settings")
    fill(ui, "Organisation", "Mine")
    sample.run("settings", "set", "--organisation", "Theirs")
    ui.key("ctrl-s")
    assert ui.shows('organisation: "Theirs" there, "Mine" here')
    ui.key("t", "ctrl-s")
    assert "Theirs" in sample.run("settings", "list").stdout


def screens(ui):
    command(ui, "settings")
    return ui.key("pagedown")


def test_signs_at_once_and_at_the_next_start(start_ui, sample):
    ui = start_ui(sample)
    screens(ui)
    assert ui.shows("┌─ Settings")
    go_to(ui, "Signs")
    ui.key("right", "right", "right", "ctrl-s")
    screens(ui)
    assert ui.shows("+- Settings") and not ui.shows("┌")
    ui.key("esc")
    ui.quit()
    again = start_ui(sample)
    command(again, "settings")
    assert again.shows("+- Settings")
    again.key("esc")
    again.quit()
    other = start_ui(sample, "--glyphs", "utf8")
    command(other, "settings")
    assert other.shows("┌─ Settings"), "the command line goes before it"


def test_accessible_at_once_and_at_the_next_start(start_ui, sample):
    ui = start_ui(sample)
    screens(ui)
    go_to(ui, "Accessible")
    ui.key("space", "ctrl-s")
    assert not ui.shows("[1Home]")
    ui.quit()
    again = start_ui(sample)
    assert not again.shows("[1Home]")
    assert again.shows("Home")


def test_no_colour_goes_before_what_is_kept(start_ui, sample):
    ui = start_ui(sample)
    screens(ui)
    go_to(ui, "Colours")
    ui.key("enter", "end", "enter", "ctrl-s")
    ui.quit()
    plain = start_ui(sample, env={"NO_COLOR": "1"})
    for y in range(24):
        for cell in plain.terminal.cells(y):
            assert (cell.fg, cell.bg) == ("default", "default")


def test_about(start_ui, sample):
    ui = start_ui(sample, "--as", "anna")
    command(ui, "about")
    assert ui.shows("GNU General Public License, version 3") and ui.shows("Workspace:")
    ui.key("end")
    assert ui.shows("You are known here as: anna")


def test_the_bin(start_ui, sample):
    sample.run("campaign", "delete", "camp")
    sample.run("list", "delete", "press", exit_code=None)
    ui = start_ui(sample)
    command(ui, "bin")
    assert ui.shows("camp") and ui.shows("campaign") and ui.shows("KEPT UNTIL")
    ui.key("/")
    ui.type("name:camp")
    ui.key("enter", "enter")
    assert ui.shows("camp is back.")
    assert sample.json("campaign", "show", "camp")["state"] == "draft"


def test_the_bin_is_emptied_by_its_number_only(start_ui, sample):
    sample.run("campaign", "delete", "camp")
    ui = start_ui(sample)
    command(ui, "bin")
    ui.key("E", "enter", "y")
    assert ui.shows("Nothing brings it back.")
    ui.key("esc")
    assert sample.json("bin", "list")[0]["name"] == "camp"


def test_undo(start_ui, sample):
    ui = start_ui(sample, "--as", "anna")
    ui.key("2", "/")
    ui.type("camp")
    ui.key("enter", "d")
    assert ui.shows("in the bin for 30 days")
    command(ui, "undo")
    assert sample.json("campaign", "show", "camp")["state"] == "draft"


def test_demo(start_ui, sample):
    """In a child, with its report to read at the end."""
    ui = start_ui(sample)
    command(ui, "demo --people 10")
    ui.key("home")
    assert ui.shows("10 people in") and ui.shows("got it twice"), ui.picture()
    ui.key("end")
    assert ui.shows("Nothing left this machine."), ui.picture()
    ui.key("esc")
    assert [c["name"] for c in sample.json("campaign", "list")].count("sample") == 0
