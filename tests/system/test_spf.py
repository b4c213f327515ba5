"""SPF against the cases of the openspf.org suite for RFC 7208, where CRIER_TESTDATA has it: each
is asked of tests/unit/doctor/spf_suite, which answers the DNS from the suite's own zone."""
import json
import os
import pathlib
import subprocess

import pytest

yaml = pytest.importorskip("yaml")

SUITE = pathlib.Path(os.environ.get("CRIER_TESTDATA", "/nowhere")) / "spf" / "rfc7208-tests.yml"
PROGRAM = pathlib.Path(os.environ.get("CRIER_BUILDDIR", ".")) / "tests/unit/doctor/spf_suite"
DEFAULT = "DEFAULT"  # the suite's word for: no explanation of the domain's own


def documents():
    if not SUITE.exists():
        return []
    return [document for document in yaml.safe_load_all(SUITE.read_text("utf-8")) if document]


def text_of(kind, value):
    """The record as the program reads it, in octets."""
    if kind == "MX":
        return f"{value[0]} {value[1]}".encode()
    if isinstance(value, list):
        value = "".join(value)
    return str(value).encode("utf-8")


def zone_of(zonedata):
    """(records, names that get no answer). A record of the type SPF stands for a TXT, too, unless
    the name has a TXT of its own; TXT NONE says that it has none."""
    records, failing = [], []
    for name, entries in zonedata.items():
        own_text = any(isinstance(entry, dict) and "TXT" in entry for entry in entries)
        for entry in entries:
            if entry == "TIMEOUT":
                failing.append(name)
                continue
            for kind, value in entry.items():
                if value == "NONE" or kind == "SPF" and own_text:
                    continue
                kind = "TXT" if kind == "SPF" else kind
                records.append({"name": name, "type": kind, "hex": text_of(kind, value).hex()})
    return records, failing


def case_of(document, test):
    zone, failing = zone_of(document["zonedata"])
    sender = test["mailfrom"]
    domain = sender.rsplit("@", 1)[-1] if sender else test["helo"]
    return {"ip": test["host"], "domain": domain, "sender": sender, "helo": test["helo"],
            "zone": zone, "failing": failing}


CASES = [(f"{document['description']}: {name}", document, test)
         for document in documents() for name, test in document["tests"].items()]


@pytest.fixture(scope="module")
def verdicts():
    """{name of the case: what the program said}, of all of them at once."""
    if not PROGRAM.exists():
        pytest.skip(f"{PROGRAM} is not built")
    asked = json.dumps([case_of(document, test) for _, document, test in CASES])
    done = subprocess.run([PROGRAM], input=asked.encode(), capture_output=True, timeout=120,
                          check=True)
    return dict(zip([name for name, _, _ in CASES], json.loads(done.stdout), strict=True))


def test_the_suite_is_whole():
    if not SUITE.exists():
        pytest.skip("CRIER_TESTDATA has no SPF suite")
    assert len(CASES) == 203
    assert len({name for name, _, _ in CASES}) == len(CASES)


@pytest.mark.parametrize("name,test", [(name, test) for name, _, test in CASES],
                         ids=[name for name, _, _ in CASES])
def test_case(verdicts, name, test):
    said = verdicts[name]
    allowed = test["result"] if isinstance(test["result"], list) else [test["result"]]
    assert said["result"] in allowed, said
    assert (said["problem"] is not None) == (said["result"] in ("temperror", "permerror")), said
    if "explanation" in test:
        assert (said["explanation"] or DEFAULT) == test["explanation"], said
