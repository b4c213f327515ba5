"""crier worker install and remove, with systemctl, loginctl and crontab that only note what they
are asked for."""
import stat

import pytest

import waiting

SYSTEMCTL = """#!/bin/sh
printf '%s\\n' "systemctl $*" >>"$HOME/asked"
[ -e "$HOME/no-systemd" ] && { echo 'Failed to connect to bus' >&2; exit 1; }
wants="$HOME/.config/systemd/user/default.target.wants"
case "$2" in
enable) mkdir -p "$wants" && ln -sf "../$3" "$wants/$3" ;;
disable) rm -f "$wants/$3" ;;
esac
exit 0
"""
LOGINCTL = """#!/bin/sh
printf '%s\\n' "loginctl $*" >>"$HOME/asked"
[ -e "$HOME/no-linger" ] && { echo 'Access denied' >&2; exit 1; }
exit 0
"""
CRONTAB = """#!/bin/sh
printf '%s\\n' "crontab $*" >>"$HOME/asked"
[ -e "$HOME/no-cron" ] && { echo 'you are not allowed to use this program' >&2; exit 1; }
if [ "$1" = -l ]; then
    [ -e "$HOME/crontab" ] || { echo 'no crontab for tester' >&2; exit 1; }
    exec cat "$HOME/crontab"
fi
exec cat >"$HOME/crontab"
"""
PROGRAMS = {"systemctl": SYSTEMCTL, "loginctl": LOGINCTL, "crontab": CRONTAB}


@pytest.fixture
def system(workspace):
    """The workspace, with the programs first on its PATH."""
    folder = workspace.home / "bin"
    folder.mkdir()
    for name, text in PROGRAMS.items():
        path = folder / name
        path.write_text(text)
        path.chmod(0o755)
    workspace.env["PATH"] = f"{folder}:{workspace.env['PATH']}"
    workspace.run("list", "new", "all")
    return workspace


def lacks(workspace, *names):
    for name in names:
        (workspace.home / f"no-{name}").touch()


def asked(workspace):
    path = workspace.home / "asked"
    lines = path.read_text().splitlines() if path.exists() else []
    path.unlink(missing_ok=True)
    return lines


def units(workspace):
    return sorted((workspace.home / ".config/systemd/user").glob("*.service"))


def test_a_unit_that_lingers(system):
    result = system.run("worker", "install")
    unit = units(system)[0]
    assert asked(system) == ["systemctl --user show-environment", "systemctl --user daemon-reload",
                             f"systemctl --user enable {unit.name}", "loginctl enable-linger",
                             f"systemctl --user start {unit.name}"]
    text = unit.read_text()
    assert f'ExecStart="{system.argv()[0]}" -w "{system.workspace}" worker' in text
    assert "Restart=on-failure\n" in text and "WatchdogSec=" in text
    assert stat.S_IMODE(unit.stat().st_mode) == 0o600
    assert "starts with this machine" in result.stderr
    assert system.status()["worker"]["service"] == "systemd"


def test_installing_twice_changes_nothing(system):
    system.run("worker", "install")
    before = [(u.name, u.read_text()) for u in units(system)]
    system.run("worker", "install")
    assert [(u.name, u.read_text()) for u in units(system)] == before


def test_without_lingering_it_ends_at_the_logout(system):
    lacks(system, "linger")
    result = system.run("worker", "install")
    assert "Access denied" in result.stderr and "loginctl enable-linger" in result.stderr
    assert system.status()["worker"]["service"] == "logged-in"


def test_remove_takes_the_unit_away(system):
    system.run("worker", "install")
    name = units(system)[0].name
    asked(system)
    system.run("worker", "remove")
    assert asked(system) == [f"systemctl --user disable {name}", "systemctl --user daemon-reload"]
    assert units(system) == []
    assert system.status()["worker"]["service"] == "none"
    assert "Nothing was installed" in system.run("worker", "remove").stderr


def test_a_running_worker_goes_on(system):
    system.run("worker", "install")
    lacks(system, "systemd")
    (system.home / "no-systemd").unlink()
    first = system.popen("worker")
    waiting.wait_for(lambda: system.worker_pid() == first.pid, what="the worker")
    result = system.run("worker", "install")
    assert "goes on" in result.stderr
    assert system.worker_pid() == first.pid and first.poll() is None


def test_the_unit_waits_for_the_worker_that_runs(system):
    first = system.popen("worker")
    waiting.wait_for(lambda: system.worker_pid() == first.pid, what="the worker")
    second = system.popen("worker", "--background", "--wait")
    first.terminate()
    waiting.wait_for(lambda: system.worker_pid() == second.pid, what="the one that waited")
    assert first.wait() == 0


def test_stop_stops_the_unit_first(system):
    system.run("worker", "install")
    name = units(system)[0].name
    asked(system)
    system.run("worker", "stop")
    assert asked(system) == [f"systemctl --user stop {name}"]


def test_a_line_in_the_crontab(system):
    lacks(system, "systemd")
    (system.home / "crontab").write_text("MAILTO=me\n5 4 * * * backup 100\\%")
    system.run("worker", "install")
    assert asked(system)[-2:] == ["crontab -l", "crontab -"]
    lines = (system.home / "crontab").read_text().splitlines()
    assert lines[:2] == ["MAILTO=me", "5 4 * * * backup 100\\%"]
    assert lines[3].startswith("@reboot ") and lines[3].endswith(" worker --background")
    assert str(system.workspace) in lines[3] and len(lines) == 5
    assert system.status()["worker"]["service"] == "crontab"
    waiting.wait_for(system.worker_pid, what="the worker that was started")
    asked(system)
    system.run("worker", "install")
    assert "crontab -" not in asked(system)
    system.run("worker", "remove")
    assert (system.home / "crontab").read_text() == "MAILTO=me\n5 4 * * * backup 100\\%\n"
    assert system.status()["worker"]["service"] == "none"


def test_the_first_crontab(system):
    lacks(system, "systemd")
    system.run("worker", "install")
    assert (system.home / "crontab").read_text().count("\n") == 3


def test_neither(system):
    lacks(system, "systemd", "cron")
    result = system.run("worker", "install", exit_code=1)
    assert result.stderr.count("\n") == 1 and "not allowed" in result.stderr
    assert not (system.home / "crontab").exists() and units(system) == []
    assert system.status()["worker"]["service"] == "none"


def test_show_puts_nothing_in_place(system):
    result = system.run("worker", "install", "--show")
    assert "ExecStart=" in result.stdout and "@reboot" in result.stdout
    assert asked(system) == [] and units(system) == []
