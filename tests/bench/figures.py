"""What was measured: series of runs beside those of a peer, as a table and as JSON."""
import dataclasses
import json
import os
import platform
import statistics
import time


@dataclasses.dataclass(frozen=True)
class Aim:
    """What a figure is to reach: the ratio to the peer's, or the number itself."""
    limit: float
    is_ratio: bool = True


@dataclasses.dataclass
class Figure:
    """A series of ours and one of the peer; run i of both stood next to each other in time.

    The ratio ours / peer is formed run by run: what else the machine did at that moment
    weighed on both, so ratios hold where the absolute numbers do not.
    """
    name: str
    unit: str
    peer_name: str
    more_is_better: bool
    aim: Aim = None
    ours: list = dataclasses.field(default_factory=list)
    peer: list = dataclasses.field(default_factory=list)

    def add(self, ours, peer):
        self.ours.append(ours)
        self.peer.append(peer)

    def ratios(self):
        return [a / b for a, b in zip(self.ours, self.peer) if b]

    def judged(self):
        """The runs that the aim speaks of."""
        return self.ratios() if self.aim.is_ratio else self.ours

    def measured(self):
        return statistics.median(self.judged()) if self.judged() else None

    def is_met(self):
        measured = self.measured()
        if measured is None:
            return False
        return measured >= self.aim.limit if self.more_is_better else measured <= self.aim.limit

    def as_json(self):
        row = {"name": self.name, "unit": self.unit, "peer": self.peer_name,
               "more_is_better": self.more_is_better, "ours": spread(self.ours),
               "theirs": spread(self.peer), "ratio": spread(self.ratios())}
        if self.aim:
            row["aim"] = {"limit": self.aim.limit, "of": "ratio" if self.aim.is_ratio else "ours",
                          "measured": self.measured(), "met": self.is_met()}
        return row

    def aim_row(self):
        """Of the table of aims."""
        suffix = " x" if self.aim.is_ratio else f" {self.unit}"
        limit = ("≥ " if self.more_is_better else "≤ ") + f"{self.aim.limit:g}{suffix}"
        what = f"{self.name}, against {self.peer_name}" if self.aim.is_ratio else self.name
        return (what, limit, _shown(self.judged(), suffix), "met" if self.is_met() else "missed")


def spread(values):
    """Minimum, median, maximum and every run; None where nothing was measured."""
    if not values:
        return None
    return {"min": min(values), "median": statistics.median(values), "max": max(values),
            "runs": values}


class Report:
    """All figures of one call, with the machine they were taken on."""

    def __init__(self, settings):
        self.settings = settings
        self.figures = []
        self.notes = []
        self.skipped = []
        self.failed = []
        self.began = time.time()
        self.load_before = os.getloadavg()

    def figure(self, name, unit, peer_name, more_is_better=True, aim=None):
        it = Figure(name, unit, peer_name, more_is_better, aim)
        self.figures.append(it)
        return it

    def skip(self, what, why):
        self.skipped.append({"part": what, "why": why})

    def fail(self, what, why, n_before):
        """Figures of a part that went wrong mean nothing: those since n_before are dropped."""
        del self.figures[n_before:]
        self.failed.append({"part": what, "why": why})

    def machine(self):
        return {"cpus": len(os.sched_getaffinity(0)), "kernel": platform.release(),
                "processor": _processor(), "load_before": list(self.load_before),
                "load_after": list(os.getloadavg())}

    def as_json(self):
        return json.dumps({"format": 1, "settings": self.settings, "machine": self.machine(),
                           "took_s": round(time.time() - self.began, 1), "notes": self.notes,
                           "figures": [f.as_json() for f in self.figures],
                           "skipped": self.skipped, "failed": self.failed}, indent=1)

    def as_table(self):
        machine = self.machine()
        lines = [f"{machine['cpus']} processors ({machine['processor']}), load "
                 f"{machine['load_before'][0]:.1f} before, {machine['load_after'][0]:.1f} after, "
                 f"{time.time() - self.began:.0f} s",
                 *self.notes, "",
                 "Median (lowest - highest) of the runs; the ratio is ours to the peer's, run by "
                 "run: + more is better, - less is."]
        rows = [("", "unit", "crier", "peer", "", "ratio", "")]
        for figure in self.figures:
            rows.append((figure.name, figure.unit, _shown(figure.ours), figure.peer_name,
                         _shown(figure.peer), _shown(figure.ratios(), " x"),
                         "+" if figure.more_is_better else "-"))
        lines += _columns(rows)
        aimed = [figure.aim_row() for figure in self.figures if figure.aim]
        if aimed:
            loads = [f"{load:.1f}" for load in (self.load_before[0], machine["load_after"][0])]
            lines += ["", f"Aims (median, lowest - highest; load {loads[0]} before, {loads[1]} "
                      "after):", *_columns([("figure", "aim", "measured", ""), *aimed])]
        lines += [f"not measured: {row['part']}: {row['why']}" for row in self.skipped]
        lines += [f"FAILED: {row['part']}: {row['why']}" for row in self.failed]
        return "\n".join(lines)


def _columns(rows):
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip()
            for row in rows]


def _processor():
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as file:
            for line in file:
                if line.startswith("model name"):
                    return line.split(":", 1)[1].strip()
    except OSError:
        pass
    return platform.machine()


def _number(value):
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.2f}" if value < 10 else f"{value:.1f}"


def _shown(values, suffix=""):
    if not values:
        return "-"
    median = _number(statistics.median(values)) + suffix
    if len(values) == 1:
        return median
    return f"{median} ({_number(min(values))} - {_number(max(values))})"
