"""Nodemailer's pool of ten connections as a peer: fetched into the build folder by npm."""
import os
import pathlib
import shutil
import subprocess

import crier
import measure
import place
import takers
from figures import Aim
from place import say

HERE = pathlib.Path(__file__).resolve().parent / "node"
INSTALL_S = 180


def _install():
    """The folder to run it in and None, or None and why there is none."""
    for program in ("node", "npm"):
        if shutil.which(program) is None:
            return None, f"{program} is not installed"
    folder = pathlib.Path(crier.program()).parent / "tests/bench/nodemailer"
    folder.mkdir(parents=True, exist_ok=True)
    if (folder / "node_modules/nodemailer").is_dir():
        return folder, None
    shutil.copy(HERE / "package.json", folder)
    try:
        done = subprocess.run(["npm", "install", "--no-audit", "--no-fund", "--no-package-lock",
                               "--ignore-scripts"], cwd=folder, timeout=INSTALL_S, check=False,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True)
    except subprocess.TimeoutExpired:
        return None, f"npm did not get nodemailer within {INSTALL_S} s"
    if done.returncode or not (folder / "node_modules/nodemailer").is_dir():
        return None, f"npm could not get nodemailer: {done.stdout.strip()[-200:]}"
    return folder, None


def part_nodemailer(bench):
    folder, why = _install()
    if why:
        bench.report.skip("nodemailer", why)
        return
    rounds, people = bench.options.rounds, bench.options.people
    count = max(people // 8, 1000)
    say(f"beside nodemailer: {rounds} rounds")
    figure = bench.report.figure("2 KB to smtp-sink", "messages/s", "nodemailer, pool of 10",
                                 aim=Aim(20))
    cpu = bench.report.figure("processor time, 2 KB to smtp-sink", "ms/1000 messages",
                              "nodemailer, pool of 10", False)
    workspace = place.Workspace(bench.folder, people)
    receiver = takers.SmtpSink(bench.folder, (people + count) * rounds)
    try:
        workspace.import_people()
        workspace.aim(receiver.port)
        for own, peer in bench.in_turns(
                lambda: workspace.send(workspace.start(bench.letter)[0]),
                lambda: measure.run(["node", HERE / "send.cjs", receiver.port, count,
                                     bench.letter], dict(os.environ), folder)):
            figure.add(people / own.seconds, count / peer.seconds)
            cpu.add(own.cpu_s * 1e6 / people, peer.cpu_s * 1e6 / count)
        receiver.check_total()
    finally:
        workspace.stop()
        receiver.stop()
