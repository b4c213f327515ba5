"""A network and mounts of one's own: packets that get lost and a resolver that stops answering do
so for crier and its peer in there, and for nobody else.
"""
import os
import shutil
import subprocess

import pytest

import crier

_ROOT = os.getuid() == 0


class Space:
    """Namespaces with 127.0.0.1 and nothing else. inside() is what a command begins with that is
    to run in there."""

    def __init__(self, setup=":"):
        for program in ("unshare", "nsenter", "ip"):
            if shutil.which(program, path="/usr/sbin:/usr/bin:/sbin:/bin") is None:
                pytest.skip(f"{program} is not installed (Debian: util-linux, iproute2)")
        script = f"ip link set lo up && {setup} && echo ready && read line"
        self.holder = subprocess.Popen(
            ["unshare", *([] if _ROOT else ["-r"]), "-n", "-m", "sh", "-c", script],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        said = self.holder.stdout.readline().decode()
        if said != "ready\n":
            self.close()
            pytest.skip(f"no network of one's own here: {said}")

    def inside(self):
        user = [] if _ROOT else ["-U", "--preserve-credentials"]
        return ["nsenter", *user, "-n", "-m", "-t", str(self.holder.pid)]

    def run(self, *argv):
        return subprocess.run([*self.inside(), *argv], stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)

    def why_no_filter(self):
        """What keeps packets from being dropped in here, or None."""
        if shutil.which("nft", path="/usr/sbin:/usr/bin:/sbin:/bin") is None:
            return "nft is not installed (Debian: nftables)"
        done = self.run("nft", "add table ip faults; add chain ip faults in "
                        "{ type filter hook input priority 0; }")
        return None if done.returncode == 0 else f"nft: {done.stdout.decode().strip()}"

    def drop(self, what):
        """No packet of these comes through any more, in the words of nft."""
        done = self.run("nft", f"add rule ip faults in {what} drop")
        assert done.returncode == 0, done.stdout.decode()

    def pass_all(self):
        done = self.run("nft", "flush chain ip faults in")
        assert done.returncode == 0, done.stdout.decode()

    def close(self):
        self.holder.stdin.close()
        self.holder.wait(30)
        self.holder.stdout.close()


class Inside(crier.Crier):
    """crier on the same workspace, in there."""

    def __init__(self, workspace, space):
        super().__init__(workspace.workspace, workspace.home, workspace.env)
        self._space = space

    def argv(self, *args):
        return [*self._space.inside(), *super().argv(*args)]
