"""crier campaign explain: a row a cause that lies with receivers, or with one server of a pool; see
test_explain.py."""
import pytest

import receivers
import sending
from explaining import Row, Stage

NAME = sending.CAMPAIGN
SPF = b"550-5.7.27 Blocked\r\n550 5.7.27 because SPF did not pass\r\n"


@pytest.fixture(name="stage")
def _stage(workspace, start_receiver):
    return Stage(workspace, start_receiver)


def provider(n=4, **limits):
    def make(stage):
        receivers.table(stage.it, "providers = (" +
                        receivers.provider("rare", "rare.example", **limits) + ");")
        stage.begin(receivers.people("rare.example", n))
    return make


def in_flight(stage):
    receivers.table(stage.it, "providers = (" +
                    receivers.provider("rare", "rare.example", connections=1) + ");")
    stage.begin(receivers.people("rare.example", 4), connections=3, hold="dot")


def slowed(stage):
    receivers.table(stage.it, "pace = { quiet_s = 600; climb_s = 600; };\nproviders = (" +
                    receivers.provider("rare", "rare.example", per_second="0.2") + ");")
    first = receivers.people("rare.example", 1)[0]
    stage.begin(receivers.people("rare.example", 9), replies={
        "rcpt": lambda address, nth: b"450 4.7.28 Too many from you\r\n" if address == first
        else None})


def ours(stage):
    stage.begin([f"p{i}@gmail.com" for i in range(8)],
                replies={"dot": lambda address, nth: SPF})


def pool(*options):
    def make(stage):
        stage.prepare(3, server=options)
        stage.it.run("server", "add", "second", "--host", "127.0.0.1:9", "--security", "none",
                     "--enabled", "no")
        stage.it.run("pool", "set", "both", "main", "second:0")
        stage.it.run("campaign", "set", NAME, "--server", "both")
        sending.start(stage.it, 3)
        stage.worker = sending.Worker(stage.it)
    return make


ROWS = {
    "provider's pace": Row(provider(per_second="0.0001"), "receiver", "goes",
                           "Rare Mail: 3 waiting: one in 10000 s", "provider show rare"),
    "provider's messages at once": Row(in_flight, "receiver", "goes",
                                       "Rare Mail: 3 waiting: 1 message in flight at once",
                                       "provider show rare"),
    "provider asks for less": Row(slowed, "receiver", "goes",
                                  "Rare Mail: .*waiting: it asked for less: .*Too many from you",
                                  "provider show rare"),
    "our own fault": Row(ours, "ours", "stopped",
                         r"Gmail: \d+ waiting: SPF \(550 5\.7\.27 Blocked because SPF did not "
                         r"pass\)\. .*One message tries again at \d\d:\d\d",
                         "provider wake gmail"),
    "pool": Row(pool("--per-hour", 1), "pool", "goes", "pool both: none of its servers may send",
                "pool show both"),
    "one of a pool is used up": Row(pool("--per-hour", 1), "quota", "goes",
                                    "server main: hourly limit of 1 reached, again at 13:00",
                                    "server show main"),
    "one of a pool is off": Row(pool("--per-hour", 1), "server-off", "goes",
                                "server second: is switched off", "server test second"),
}


@pytest.mark.parametrize("name", ROWS)
def test_cause(stage, name):
    stage.check(ROWS[name])
