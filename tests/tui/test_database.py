"""What happens to the database behind a screen: locked, replaced, gone, full, changed."""
import contextlib
import os
import resource
import shutil
import signal
import sqlite3

import pytest

from screens import SCREENS, by_name, go, leave

pytestmark = pytest.mark.waits


@contextlib.contextmanager
def locked(workspace, kind):
    with contextlib.closing(sqlite3.connect(workspace / "crier.db", isolation_level=None,
                                            timeout=10)) as db:
        db.execute(f"BEGIN {kind}")
        yield db
        db.execute("ROLLBACK")


@pytest.mark.parametrize("screen, kind", [
    *((screen, "IMMEDIATE") for screen in SCREENS), (SCREENS[0], "EXCLUSIVE")], ids=str)
def test_another_program_writes_all_the_while(start_ui, sample, screen, kind):
    """Reading goes on; the keys answer."""
    ui = start_ui(sample)
    with locked(sample.workspace, kind):
        go(ui, screen)
        # To another row and back.
        is_last = screen.keys[-1:] == ("end",)
        ui.key(*(("up", "down") if is_last else ("down", "up")), "ctrl-l")
        ui.tick()
        assert ui.shows(screen.shows)
    ui.tick()
    ui.key("f5")
    assert ui.shows(screen.shows)
    assert leave(ui) == 0


def test_it_is_locked_when_the_screen_begins(start_ui, sample):
    with locked(sample.workspace, "IMMEDIATE"):
        ui = start_ui(sample)
        assert ui.shows("[1Home]")


def test_changed_by_another_process(start_ui, sample):
    """It shows at the next tick, and only then."""
    ui = start_ui(sample)
    assert "2 sending" in ui.row(0)
    sample.run("campaign", "pause", "renewal")
    assert "2 sending" in ui.row(0)
    ui.tick()
    assert "1 sending" in ui.row(0), ui.picture()


def test_two_screens_at_once_see_each_other(start_ui, sample):
    one, other = start_ui(sample), start_ui(sample)
    sample.run("campaign", "pause", "renewal")
    for ui in (one, other):
        ui.tick()
        assert "1 sending" in ui.row(0)
        assert ui.quit() == 0


def test_it_was_replaced(start_ui, sample, tmp_path):
    """By a restored backup: what is shown is what is there now."""
    backup = tmp_path / "backup.db"
    sample.run("db", "backup", backup)
    ui = start_ui(sample)
    with contextlib.closing(sqlite3.connect(backup)) as db, db:
        db.execute("UPDATE campaign SET state = 4 WHERE name = 'renewal'")
    for name in ("crier.db-wal", "crier.db-shm"):
        with contextlib.suppress(FileNotFoundError):
            os.unlink(sample.workspace / name)
    backup.chmod(0o600)
    os.rename(backup, sample.workspace / "crier.db")
    ui.tick()
    assert "replaced" in ui.said(), ui.picture()
    assert "1 sending" in ui.row(0), ui.picture()
    ui.key("down", "r")
    assert ui.quit() == 0


def test_it_was_removed(start_ui, sample):
    ui = start_ui(sample)
    for name in ("crier.db", "crier.db-wal", "crier.db-shm"):
        with contextlib.suppress(FileNotFoundError):
            os.unlink(sample.workspace / name)
    ui.tick()
    assert "not there any more" in ui.said(), ui.picture()
    ui.key("down", "r", "ctrl-l")
    assert ui.quit() == 0
    assert not (sample.workspace / "crier.db").exists(), "it made an empty one"


def test_the_whole_workspace_was_removed(start_ui, sample):
    ui = start_ui(sample)
    shutil.rmtree(sample.workspace)
    ui.tick()
    assert "not there any more" in ui.said(), ui.picture()
    ui.key("down", "r")
    assert ui.quit() == 0


def test_it_is_no_database_any_more(start_ui, sample):
    ui = start_ui(sample)
    size = os.path.getsize(sample.workspace / "crier.db")
    with open(sample.workspace / "crier.db", "r+b") as file:
        file.write(os.urandom(size))
    (sample.workspace / "crier.db-wal").write_bytes(b"")
    ui.key("r", "down")
    ui.tick()
    assert ui.shows("crier"), ui.picture()
    assert ui.quit() == 0


def test_the_disk_is_full(start_ui, sample):
    """No file may grow: screens are shown and left all the same."""
    ui = start_ui(sample)
    resource.prlimit(ui.pid, resource.RLIMIT_FSIZE, (0, 0))
    ui.key("down", "r", "ctrl-l")
    ui.tick()
    assert ui.shows("[1Home]")
    assert ui.quit() == 0


def full(ui):
    """No file may grow; a child neither."""
    resource.prlimit(ui.pid, resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))


def room(ui):
    resource.prlimit(ui.pid, resource.RLIMIT_FSIZE,
                     (resource.RLIM_INFINITY, resource.RLIM_INFINITY))


def edit(ui, text):
    go(ui, by_name("campaign-edit"))
    ui.key("end").type(text)


def title(it):
    return it.json("campaign", "show", "volunteers")["title"]


@pytest.mark.parametrize("trouble", ["full", "locked"])
def test_what_cannot_be_saved_is_not_lost(start_ui, sample, trouble):
    """The form keeps it, a sentence says why, and the next try saves it."""
    ui = start_ui(sample)
    edit(ui, " and April")
    with contextlib.ExitStack() as stack:
        if trouble == "full":
            full(ui)
            stack.callback(room, ui)
        else:
            stack.enter_context(locked(sample.workspace, "IMMEDIATE"))
        ui.key("ctrl-s")
        assert ui.row(-2).strip() and "Saved" not in ui.row(-2), ui.picture()
        assert ui.shows("Volunteers March and April") and ui.shows("not saved"), ui.picture()
        ui.tick()
    assert title(sample) == "Volunteers March"
    ui.key("ctrl-s")
    assert ui.shows("Saved"), ui.picture()
    assert title(sample) == "Volunteers March and April"
    sample.run("db", "check")


@pytest.mark.parametrize("trouble", ["full", "locked"])
def test_a_draft_that_cannot_be_kept_is_told(start_ui, sample, trouble):
    """Not at once: it may be over with the next second."""
    ui = start_ui(sample)
    edit(ui, " and April")
    with contextlib.ExitStack() as stack:
        if trouble == "full":
            full(ui)
            stack.callback(room, ui)
        else:
            stack.enter_context(locked(sample.workspace, "IMMEDIATE"))
        ui.tick()
        assert "cannot be kept" not in ui.said(), ui.picture()
        ui.tick()
        assert "cannot be kept" in ui.said(), ui.picture()
        ui.type(" and May")
        assert "cannot be kept" not in ui.said(), ui.picture()
    ui.tick()
    ui.signal(signal.SIGHUP)
    assert ui.wait_exit() == 129
    ui = start_ui(sample)
    assert ui.shows("You were editing"), ui.picture()
    ui.key("r")
    assert ui.shows("Volunteers March and April and May"), ui.picture()


def test_a_full_disk_and_an_editor(start_ui, sample):
    ui = start_ui(sample, env={"VISUAL": "true", "EDITOR": "true"})
    go(ui, by_name("campaign-edit"))
    while not ui.row(ui.terminal.cursor[1]).startswith("  Text "):
        ui.key("tab")
    ui.key("enter").type("Dear all")
    full(ui)
    ui.key("ctrl-o")
    assert "cannot write" in ui.said(), ui.picture()
    assert not list((sample.home / "run").iterdir())
    room(ui)
    assert ui.shows("Dear all"), ui.picture()


def test_a_start_on_a_full_disk_starts_nothing(start_ui, sample):
    ui = start_ui(sample)
    go(ui, by_name("campaign-send"))
    ui.type("60").key("enter")
    full(ui)
    ui.key("y")
    assert not ui.shows("begins in"), ui.picture()
    room(ui)
    assert sample.campaign("volunteers")["state"] == "draft"
    sample.run("db", "check")


def content(db):
    """Everything, but what is made anew whenever people are counted (sentences.snapshot)."""
    return [line for line in db.iterdump()
            if not line.startswith(('INSERT INTO "meta"', 'INSERT INTO "campaign_list"'))]


@pytest.mark.parametrize("screen", SCREENS, ids=str)
def test_looking_changes_nothing(start_ui, sample, screen):
    with contextlib.closing(sqlite3.connect(sample.workspace / "crier.db")) as db:
        before = content(db)
        ui = go(start_ui(sample), screen)
        ui.key("down", "up")
        ui.tick()
        assert leave(ui) == 0
        assert content(db) == before
