"""The inbox role dies at every step in turn, and the next one goes on: no message is lost, none
counted twice, and with deletion none is gone from the server before it is kept here."""
import os
import random
import re
import signal

import pytest

import dovecot
import inboxrole
import sending
import test_fault_power
import waiting

pytestmark = pytest.mark.proof

IS_LONG = bool(os.environ.get("CRIER_LONG_TESTS"))
PEOPLE = 40  # more than one transaction takes; a third of them is too few for a storm

# A way of reading, a call, and each how many-th of it is tried here; all of them in the long variant. Together they
# cut a run between any two things that it does to the database and to the server.
CALLS = [("imap", "delete", "fdatasync", 1), ("imap", "delete", "sendto", 9),
         ("imap", "leave", "fdatasync", 2), ("imap", "move", "sendto", 15),
         ("pop3", "delete", "fdatasync", 1), ("pop3", "delete", "sendto", 13)]
if IS_LONG:
    CALLS += [("imap", "delete", "pwrite64", 1), ("pop3", "delete", "pwrite64", 1)]


@pytest.fixture(name="server", scope="module")
def start_server(certificates):
    reason = dovecot.why_not("imap") or dovecot.why_not("pop3") or sending.why_no_strace()
    if reason:
        pytest.skip(reason)
    server = dovecot.Dovecot(certificates)
    yield server
    server.stop()


@pytest.fixture(name="base", scope="module")
def make_base(tmp_path_factory):
    base = inboxrole.Sent(tmp_path_factory.mktemp("inbox"), PEOPLE)
    yield base
    base.crier.stop_all()


def _names(paths):
    return {re.search(rb"Message-ID: <([^@]*)@", path.read_bytes()).group(1).decode()
            for path in paths}


class Deaths:
    """A mailbox with a bounce of each person, every third one for good."""

    def __init__(self, base, server, protocol, after_read, user):
        self.base, self.server = base, server
        self.role = base.role
        self.how = (server.ports[protocol], "--after-read", after_read)
        self.protocol, self.user = protocol, f"{protocol}-{after_read}-{user}"
        self.leaves, self.moves = after_read == "leave", after_read == "move"
        self.hard = list(base.sent)[::3]
        self.mail = [base.bounce(n, said=inboxrole.HARD if to in self.hard else inboxrole.SOFT)
                     for n, to in enumerate(base.sent)]
        if self.leaves:
            server.put(self.user, self.mail)

    def reset(self):
        self.base.back()
        self.base.read_from(*self.how, protocol=self.protocol, user=self.user)
        if not self.leaves:
            self.server.put(self.user, self.mail)
        for path in self.moved():
            path.unlink()

    def moved(self):
        return list((self.server.folder / "mail" / self.user).glob(".crier-read/[cn]*/*.M*"))

    def there(self):
        """Which messages the server has in the folder that is read."""
        return _names(self.server.stored(self.user))

    def check_death(self, step):
        kept = self.base.names()
        assert len(kept) == len(set(kept)), step
        everything = {f"b{n}" for n in range(PEOPLE)}
        assert set(kept) | self.there() == everything, (step, "deleted before it was kept")
        return len(kept)

    def check_end(self, step):
        assert self.role.run(), step
        assert self.base.names() == sorted(f"b{n}" for n in range(PEOPLE)), step
        assert len(self.there()) == (PEOPLE if self.leaves else 0), step
        assert _names(self.moved()) == (set(self.base.names()) if self.moves else set()), step
        assert self.base.counted() == (len(self.hard), PEOPLE - len(self.hard)), step
        said = self.base.rows("SELECT address, class FROM said ORDER BY address")
        assert said == [(a, "hard" if a in self.hard else "soft")
                        for a in sending.addresses(PEOPLE)], step
        never = self.base.rows("SELECT address FROM suppression ORDER BY address")
        assert [address for (address,) in never] == self.hard, step


@pytest.mark.parametrize("protocol, after_read, call, stride", CALLS,
                         ids=["-".join(row[:3]) for row in CALLS])
def test_the_role_dies_at_every_step(base, server, protocol, after_read, call, stride):
    deaths = Deaths(base, server, protocol, after_read, call)
    stride = 1 if IS_LONG else stride
    halfway = n = 0
    for when in range(1, 10000, stride):
        deaths.reset()
        if deaths.role.run(call, when):
            break
        halfway += 0 < deaths.check_death((call, when)) < PEOPLE
        deaths.check_end((call, when))
        n += 1
    base.crier.run("db", "check")
    print(f"\n{protocol}, {after_read}: {call}: {n} deaths, {halfway} with a part of the messages "
          f"kept, lost 0, counted twice 0, deleted before they were kept 0")
    assert n > 0, f"{call} is never called"


@pytest.mark.parametrize("protocol", ["imap", "pop3"])
@pytest.mark.parametrize("call, fault, whens", [("pwrite64", "error=ENOSPC", ("1+", "40+", "90+")),
                                                ("fdatasync", "error=EIO", ("2+", "4", "5+"))])
def test_it_cannot_be_kept(base, server, protocol, call, fault, whens):
    """The disk is full or fails: nothing is deleted there that is not kept, and it goes on."""
    deaths = Deaths(base, server, protocol, "delete", call)
    kept = []
    for when in whens:
        deaths.reset()
        deaths.role.run(call, when, fault=fault, codes=(0, 1, 75))
        kept.append(deaths.check_death((call, when)))
        deaths.check_end((call, when))
    print(f"\n{protocol}: {call} {fault} from {', '.join(whens)}: {kept} of {PEOPLE} kept")
    assert min(kept) < PEOPLE


@pytest.mark.parametrize("protocol", ["imap", "pop3"])
def test_the_power_goes_at_every_synchronisation(base, server, protocol):
    """What the server was told to delete is on our disk."""
    deaths = Deaths(base, server, protocol, "delete", "power")
    disk = test_fault_power.Disk(base.crier, base.folder / f"durable-{protocol}")
    for when in range(1, 1000):
        deaths.reset()
        disk.begin()
        if deaths.role.run(env=disk.environment(POWER_OFF_AT=when)):
            break
        disk.lose_power()
        deaths.check_death(("power", when))
        deaths.check_end(("power", when))
    print(f"\n{protocol}: power lost {disk.losses} times, lost 0, counted twice 0")
    assert disk.losses >= 4


# ---- deaths at random, while a campaign goes out -------------------------------------------

RANDOM_PEOPLE = 6000 if IS_LONG else 400
RANDOM_KILLS = 200 if IS_LONG else 9
HARD_MOST = 15  # more of them would be a storm
SCRIPT = "at dot share 100 delay 3\n"


class Returns:
    """Some of what a sink took comes back: each tenth, the first of them for good, and what it
    took last, of which nobody may have heard."""

    def __init__(self, server, sink, user):
        self.server, self.sink, self.user = server, sink, user
        self.hard, self.soft = set(), set()

    def put(self):
        mail = []
        log = self.sink.log()
        for n, row in enumerate(log):
            who = row["to"]
            if n % 10 and n < len(log) - 2:
                continue
            if not row["taken"] or who in self.hard | self.soft:
                continue
            is_hard = len(self.hard) < HARD_MOST
            (self.hard if is_hard else self.soft).add(who)
            mail.append(inboxrole.bounce(row, f"r{n}",
                                         inboxrole.HARD if is_hard else inboxrole.SOFT))
        self.server.put(self.user, mail)

    def uncertain(self, crier):
        rows = crier.json("campaign", "deliveries", sending.CAMPAIGN, "--state", "uncertain")
        return {row["address"] for row in rows} & (self.hard | self.soft)


def test_random_kills(workspace, start_sink, server):
    """Of the supervisor, of either role, of all of them, while mail goes out and comes back."""
    sink = start_sink(maildir=False, script=SCRIPT)
    inboxrole.add_mailbox(workspace, server.ports["imap"], "--after-read", "delete", "--poll", "5s",
                          user="random")
    people = sending.prepare(workspace, sink, RANDOM_PEOPLE)
    workspace.run("campaign", "set", sending.CAMPAIGN, "--mailbox", inboxrole.MAILBOX)
    sending.start(workspace, RANDOM_PEOPLE)
    returns = Returns(server, sink, "random")
    chance = random.Random(20270501)
    worker, kills = sending.Worker(workspace), 0
    while kills < RANDOM_KILLS:
        roles = waiting.wait_for(lambda: sending.children(worker.pid),
                                 what=lambda: f"a role: {worker.log()[-2000:]}")
        enough = min(RANDOM_PEOPLE, (kills + 1) * RANDOM_PEOPLE // (RANDOM_KILLS + 5))
        waiting.wait_for(lambda: len(sink.taken()) >= enough,
                         what=lambda: f"more to go out: {worker.log()[-2000:]}")
        kind = kills % 3
        victims = [[worker.pid], [worker.pid, *roles], [chance.choice(roles)]][kind]
        for pid in victims:
            os.kill(pid, signal.SIGKILL)
        returns.put()
        kills += 1
        if kind < 2:
            worker.process.wait(waiting.DEADLINE_S)
            sending.wait_lock_free(workspace)
            worker = sending.Worker(workspace)
        sending.look(workspace, RANDOM_PEOPLE)
    sending.wait_finished(workspace, RANDOM_PEOPLE, 120)
    returns.put()
    waiting.wait_for(lambda: not server.stored("random"),
                     what=lambda: f"all to be read: {worker.log()[-2000:]}")
    waiting.wait_for(lambda: not returns.uncertain(workspace),
                     what=lambda: f"what came back to be known as sent: "
                                  f"{returns.uncertain(workspace)}")
    worker.terminate()
    result = sending.account(workspace, sink.taken(), people).check()
    assert len(result.uncertain) <= 2 * kills
    row = sending.look(workspace, RANDOM_PEOPLE)
    assert (row["bounced_hard"], row["bounced_soft"]) == (len(returns.hard), len(returns.soft))
    never = workspace.json("suppress", "list")
    assert {r["address"] for r in never} == returns.hard
    print(f"\nkills {kills}, people {RANDOM_PEOPLE}, {result}; "
          f"came back {len(returns.hard)} + {len(returns.soft)}, counted {row['bounced_hard']} + {row['bounced_soft']}")
