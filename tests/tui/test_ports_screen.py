"""Screen 6: ports are added, changed, switched and put away by keys; who is in the way is told, and
what to do about it. What `crier ports` finds is tests/system's.
"""
import signal
import socket

import pytest

from test_wizard import fill, press


def names(it):
    return [each["name"] for each in it.json("port", "list")]


def shown(it, name):
    return it.json("port", "show", name)


def selected(ui):
    return ui.row(ui.terminal.cursor[1])


@pytest.fixture
def ui(start_ui, sample):
    it = start_ui(sample)
    it.key("6")
    assert it.shows("[6Ports]")
    return it


@pytest.fixture
def held(start_ui, sample):
    """The port of "web" is held by this test: the UI with the cursor on it, and the port."""
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        port = holder.getsockname()[1]
        sample.run("port", "set", "web", "--listen", f"127.0.0.1:{port}")
        it = start_ui(sample)
        it.key("6", "end")
        assert f"127.0.0.1:{port}" in selected(it), it.picture()
        yield it, port


def test_nothing_there_shows_the_usual_ones(start_ui, empty):
    empty.run("init")
    ui = start_ui(empty)
    ui.key("6")
    assert ui.shows(">*:81") and ui.shows("127.0.0.1:82") and ui.shows("(usual)"), ui.picture()
    ui.key("d")
    assert ui.shows("This is only the usual port. n makes it one of ours.")
    ui.key("tab", "end", "d")
    assert ui.shows("This is about where we listen: Tab goes there."), ui.picture()
    ui.key("1")
    ui.quit()


def test_added(ui, sample):
    ui.key("n")
    assert ui.shows("Ports > new > Edit")
    fill(ui, "Name", "second")
    fill(ui, "Listens on", "127.0.0.1: 28091")
    fill(ui, "Public URL", "https://second.example.org")
    ui.key("ctrl-s")
    assert ui.shows("Saved: second."), ui.picture()
    it = shown(sample, "second")
    assert (it["role"], it["listen"], it["public_url"], it["enabled"]) == (
        "tracking", "127.0.0.1:28091", "https://second.example.org", True)
    ui.key("esc")
    assert ui.shows("[6Ports]") and ui.shows("127.0.0.1:28091")


@pytest.mark.parametrize("listen, words", [
    ("127.0.0.1:0", "port 0"), ("127.0.0.1:70000", "70000"), ("127.0.0.1", "port"),
    ("::1:81", ""), ("-1", "")])
def test_what_is_wrong_stands_at_its_row(ui, sample, listen, words):
    before = names(sample)
    ui.key("n")
    fill(ui, "Name", "second")
    fill(ui, "Listens on", listen).key("ctrl-s")
    assert ui.row(ui.terminal.cursor[1]).lstrip().startswith("Listens on"), ui.picture()
    assert "!" in ui.row(ui.terminal.cursor[1] + 1) and ui.shows(words), ui.picture()
    assert names(sample) == before
    ui.key("esc", "d")
    assert ui.shows("[6Ports]")


def test_a_public_url_that_is_none(ui, sample):
    ui.key("end", "e")
    fill(ui, "Public URL", "ftp://news.example.org").key("ctrl-s")
    assert ui.row(ui.terminal.cursor[1]).lstrip().startswith("Public URL"), ui.picture()
    assert shown(sample, "web")["public_url"] == "https://news.example.org"


def test_what_is_unwise_is_said_while_typing(ui):
    ui.key("n")
    fill(ui, "Name", "second")
    fill(ui, "Listens on", "127.0.0.1:6667").key("tab")
    assert ui.shows("browsers"), ui.picture()


def test_somebody_else_saved_it(ui, sample):
    ui.key("end", "e")
    assert ui.shows("Ports > web > Edit")
    fill(ui, "Listens on", "127.0.0.1:28092")
    sample.run("port", "set", "web", "--public-url", "https://other.example.org")
    ui.key("ctrl-s")
    assert ui.shows("Somebody else saved web"), ui.picture()
    assert shown(sample, "web")["listen"] == "127.0.0.1:28081"
    press(ui, "Overwrite")
    assert ui.shows("Saved")
    assert shown(sample, "web")["listen"] == "127.0.0.1:28092"


def test_on_and_off(ui, sample):
    ui.key("end", "space")
    assert ui.shows("web is off: nobody listens there.")
    assert shown(sample, "web")["enabled"] is False
    ui.key("space")
    assert ui.shows("web is on: we listen there.") and shown(sample, "web")["enabled"] is True


def test_the_bin_and_back(ui, sample):
    ui.key("end", "d")
    assert ui.shows("web is in the bin for 30 days.") and "web" not in names(sample)
    ui.key("u")
    assert ui.shows("web is back.") and "web" in names(sample)


def test_what_was_typed_survives_a_dropped_line(ui, start_ui, sample):
    ui.key("n").type("second").key("tab")
    assert ui.shows("not saved")
    ui.signal(signal.SIGHUP)
    assert ui.wait_exit() == 129
    ui = start_ui(sample)
    assert ui.shows("You were editing a new port")
    ui.key("r")
    assert ui.shows("Ports > new > Edit") and ui.shows("second")


# ---- a port that is taken ----


def test_who_holds_it(held):
    ui, port = held
    assert ui.shows("HELD by python3, process "), ui.picture()
    assert ui.shows(f"port {port} ") and ui.shows("To do       Use port "), ui.picture()
    assert ui.shows("Enter       choose: ")


def test_another_port_instead_and_back(held, sample):
    ui, port = held
    ui.key("enter")
    assert ui.shows("This port cannot be had") and ui.shows("(free)")
    ui.key("enter")
    assert "The public URL stays as it is." in ui.said(), ui.picture()
    instead = shown(sample, "web")["listen"]
    assert instead != f"127.0.0.1:{port}" and instead.startswith("127.0.0.1:")
    assert instead in selected(ui) and "free" in selected(ui), ui.picture()
    ui.key("u")
    assert ui.shows(f"We listen on 127.0.0.1:{port} again."), ui.picture()
    assert shown(sample, "web")["listen"] == f"127.0.0.1:{port}"
    assert "HELD" in selected(ui)


def test_the_other_choices(held):
    ui, _ = held
    ui.key("enter", "down", "enter")
    assert ui.shows("Ports > web > Edit")
    ui.key("esc", "enter", "down", "down", "enter")
    assert ui.shows("Stop the other program") and ui.shows("python3"), ui.picture()
    ui.key("esc", "enter", "down", "down", "down", "enter")
    assert ui.shows("Ports > Firewall > nginx") and ui.shows("proxy_pass"), ui.picture()
    ui.key("esc")
    assert ui.shows("[6Ports]")


def test_nobody_is_to_be_stopped_where_nobody_is_in_the_way(start_ui, sample):
    sample.run("port", "set", "web", "--listen", "192.0.2.77:28081")
    ui = start_ui(sample)
    ui.key("6", "end")
    assert ui.shows("NOT AN ADDRESS of this"), ui.picture()
    ui.key("enter")
    assert ui.shows("another address") and not ui.shows("stop the other program"), ui.picture()


def test_it_is_looked_at_anew(held):
    ui, _ = held
    ui.key("r")
    assert ui.shows("Looking who holds which port.") and ui.shows("HELD by python3")


# ---- where we connect to ----


def test_down_goes_into_the_lower_table_and_up_comes_back(ui):
    assert selected(ui).startswith(">127.0.0.1:28082")
    ui.key("down", "down")
    assert selected(ui).startswith(">127.0.0.1:1 "), ui.picture()
    assert sum(row.startswith(">") for row in ui.terminal.rows()) == 1, ui.picture()
    ui.key("up")
    assert selected(ui).startswith(">127.0.0.1:28081")


def test_the_doctor_is_asked(ui):
    ui.key("tab", "t")
    assert ui.shows("Doctor > backup") and ui.shows("1 failed"), ui.picture()


def test_the_steps_of_the_last_look(ui):
    ui.key("tab", "enter")
    assert ui.shows("Doctor > backup") and ui.shows("nothing listens at 127.0.0.1 port 1")


def test_does_anybody_come_in(held):
    ui, port = held
    ui.key("t")
    assert ui.shows("Does anybody come in?") and ui.shows(f"127.0.0.1:{port}"), ui.picture()
    ui.key("esc", "home", "t")
    assert ui.shows("It is off: Space switches it on.")


def test_a_test_from_outside_is_stopped(ui):
    ui.key("end")
    ui.send(b"t")  # no frame counts while it waits
    ui.wait_text("Open this from outside")
    ui.wait_text("https://news.example.org/crier-")
    ui.send(b"\x1b")
    ui.wait_text("was stopped")
    ui.key("esc")
    assert ui.shows("[6Ports]")


# ---- firewall and sockets ----


def test_firewall_formats_are_turned_copied_and_saved(ui, sample):
    ui.key("x")
    assert ui.shows("[Overview]")
    ui.key("]")
    assert ui.shows("Ports > Firewall > nft") and ui.shows("nft -f FILE"), ui.picture()
    ui.key("y")
    text = (sample.workspace / "copied.txt").read_text()
    assert text == sample.run("firewall", "--format", "nft").stdout
    path = sample.home / "crier.nft"
    ui.key("w", "ctrl-u").type(str(path)).key("enter")
    assert ui.shows("Nothing was applied: read it first."), ui.picture()
    assert path.read_text() == text
    ui.key("[", "[")
    assert ui.shows("Ports > Firewall > caddy")
    ui.key("esc")
    assert ui.shows("[6Ports]")


def test_everything_that_listens(held):
    ui, port = held
    ui.key("a", "/").type(str(port)).key("enter")
    assert ui.shows(f"127.0.0.1:{port}") and ui.shows("python3"), ui.picture()
    ui.key("esc", "esc")
    assert ui.shows("[6Ports]")


# ---- elsewhere ----


def test_home_tells_of_them(start_ui, sample):
    ui = start_ui(sample)
    assert ui.shows("PORTS  admin 127.0.0.1:28082 off   web 127.0.0.1:28081"), ui.picture()


def test_a_change_from_outside_is_seen(ui, sample):
    sample.run("port", "set", "web", "--listen", "127.0.0.1:28093")
    ui.tick()
    assert ui.shows("127.0.0.1:28093") and ui.shows("free"), ui.picture()


def test_in_words(start_ui, sample):
    ui = start_ui(sample, "--accessible")
    ui.key("6")
    assert ui.shows("We listen on, Tab goes to where we connect to:")
    assert ui.shows("127.0.0.1:28082, off, for admin, admin"), ui.picture()
    ui.key("tab")
    assert ui.shows("127.0.0.1:1, FAIL, for backup"), ui.picture()


@pytest.mark.parametrize("columns, rows", [(40, 12), (79, 24), (120, 30), (200, 60)])
def test_every_size(start_ui, sample, columns, rows):
    ui = start_ui(sample, columns=columns, rows=rows)
    ui.key("6")
    assert ui.shows("127.0.0.1:28081"), ui.picture()
    ui.check_redraw()
    ui.key("tab")
    ui.check_redraw()
