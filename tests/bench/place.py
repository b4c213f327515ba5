"""A workspace with made-up people in it, from which the measured campaigns are sent. What is
measured, and beside what, is bench.py's and its parts' business."""
import contextlib
import json
import pathlib
import shutil
import sqlite3
import subprocess
import sys
import tempfile

import crier
import measure

CONNECTIONS = 10
LIST = "members"
SERVER = "main"

CAMPAIGN = """\
format = 1;
campaign = {{
  name = "{name}";
  title = "Measured";
  from = "Example Association <news@example.org>";
  reply_to = "office@example.org";
  subject = "{{{{first_name|Friend}}}}, spring is here";
  lists = ( "{list}" );
  server = "{server}";
  html_file = "body.html";
  text_file = "body.txt";
}};
"""

FIRST_NAMES = ("Ada", "Ben", "Chiara", "Dimitri", "Elif", "Farid", "Gül", "Hana", "Ilse",
               "Jürgen", "Kaito", "", "Linh", "Mats", "Noor", "Ólöf")
CITIES = ("Bern", "Kraków", "Lyon", "Oslo", "Porto", "Riga", "Split")
DOMAINS = ("example.org", "example.net", "mail.example.com", "grey.example", "post.example")


def say(text):
    print(text, file=sys.stderr, flush=True)


def number(value):
    return f"{value:,}"


def address(i):
    return f"member{i:07d}@{DOMAINS[i % len(DOMAINS)]}"


def write_people(path, count):
    """A CSV file of made-up people, always the same ones. Not in the order of the alphabet:
    files that come from a shop or a form are not either."""
    step = 7919 if count % 7919 else 7907
    with open(path, "w", encoding="utf-8") as file:
        file.write("address,first_name,city,member_since\n")
        for k in range(count):
            i = k * step % count
            file.write(f"{address(i)},{FIRST_NAMES[i % len(FIRST_NAMES)]},"
                       f"{CITIES[i % len(CITIES)]},{1994 + i % 30}\n")


def check(is_good, what):
    if not is_good:
        raise measure.BenchFailed(what)


def server_options():
    """What `crier server set` can be told, as its help."""
    return subprocess.run([crier.program(), "server", "set", "--help"], check=True,
                          stdout=subprocess.PIPE, text=True).stdout


class Workspace:
    """A workspace with people in it, from which campaigns are sent to a receiver."""

    def __init__(self, folder, people):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="ws-", dir=folder))
        self.people = people
        path = self.folder / "workspace"
        path.mkdir(mode=0o700)
        self.crier = crier.Crier(path, self.folder)
        self.n_campaigns = 0
        self.csv = self.folder / "people.csv"
        write_people(self.csv, people)
        self.crier.run("list", "new", LIST)

    def import_people(self):
        cost = self._measured("people", "import", self.csv, "--list", LIST, "--json")
        counts = json.loads(cost.stdout)
        counts = counts[0] if isinstance(counts, list) else counts
        check(counts["new"] == self.people, f"imported {counts}, not {self.people} people")
        return cost

    def import_few(self, name, count):
        """The first of them on a list of their own."""
        path = self.folder / f"{name}.csv"
        write_people(path, count)
        self.crier.run("list", "new", name)
        self.crier.run("people", "import", path, "--list", name)

    def aim(self, port, connections=CONNECTIONS, server=SERVER, options=()):
        known = {row["name"] for row in self.crier.json("server", "list")}
        self.crier.run("server", "set" if server in known else "add", server,
                       "--host", f"127.0.0.1:{port}", "--security", "none",
                       "--connections", connections, *options)

    def draft(self, letter, to=LIST, server=SERVER):
        """A new campaign to a list; returns its name."""
        self.n_campaigns += 1
        name = f"run-{self.n_campaigns}"
        folder = self.folder / name
        folder.mkdir()
        for body in ("body.html", "body.txt"):
            shutil.copy(letter / body, folder / body)
        (folder / "campaign.cfg").write_text(
            CAMPAIGN.format(name=name, list=to, server=server), encoding="utf-8")
        self.crier.run("apply", folder)
        return name

    def start(self, letter):
        """The same with its delivery rows built; returns its name and what building them cost."""
        name = self.draft(letter)
        return name, self._measured("campaign", "start", name, "--yes", self.people,
                                    "--no-worker")

    def check(self, name):
        """Preflight of everybody; it must have looked at each."""
        cost = self._measured("campaign", "check", name, "--no-spamassassin", "--json",
                              exit_codes=(0, 4))
        report = json.loads(cost.stdout)
        check(report["people"] == self.people, f"checked {report['people']}, not {self.people}")
        return cost

    def select_people(self):
        """What reading the same people costs by itself."""
        script = self.folder / "peer.sql"
        script.write_text("SELECT address, fields FROM person;\n", encoding="utf-8")
        with open(script, "rb") as stdin:
            return measure.run(["sqlite3", "-readonly", self.crier.workspace / "crier.db"],
                               self.crier.env, self.folder, stdin=stdin)

    def send(self, name, **options):
        """The whole of `crier worker --once`, from exec to exit; everybody must be accepted."""
        cost = self._measured("worker", "--once", **options)
        self.check_sent(name)
        return cost

    def check_sent(self, name):
        row = self.crier.campaign(name)
        check(row["state"] == "finished" and row["total"] == row["accepted"] == self.people,
              f"not everybody was accepted: {row}")

    def sending_s(self, name):
        """From its first recorded try to its last, by the evidence."""
        path = self.crier.workspace / "crier.db"
        with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as db:
            first, last = db.execute(
                "SELECT min(a.at_us), max(a.at_us) FROM campaign c JOIN delivery d"
                " ON d.campaign_id = c.id JOIN attempt a ON a.delivery_id = d.id"
                " WHERE c.name = ?", (name,)).fetchone()
        return (last - first) / 1e6

    def stop(self):
        self.crier.stop_all()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _measured(self, *args, env=None, **options):
        return measure.run(self.crier.argv(*args), {**self.crier.env, **(env or {})},
                           self.folder, **options)
