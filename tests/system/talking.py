"""What the tests of the doctor in conversation have in common: subjects, reports, no secrets."""
import base64
import concurrent.futures

import netlab

PASSWORD = "s3cret-Passw0rd"
FROM = "news@example.org"


def look(workspace, *args, situation=None, check=None):
    """The report of one doctor; with a situation: its row in the table."""
    with netlab.Stopwatch() as watch:
        result = workspace.run("doctor", *map(str, args), "--json", exit_code=None)
    runs = result.json()["runs"]
    assert len(runs) == 1
    report = runs[0]
    if situation:
        netlab.record_situation(
            situation, netlab.check_of(report, check)["text"] if check else report["verdict"],
            watch.seconds)
    for octets in (PASSWORD, base64.b64encode(PASSWORD.encode()).decode(),
                   base64.b64encode(f"\0news\0{PASSWORD}".encode()).decode()):
        assert octets not in result.stdout
    return report


def look_at_all(workspace, asks):
    """Side by side, as each waits for somebody: reports of (words, situation, check)."""
    with concurrent.futures.ThreadPoolExecutor(6) as pool:
        running = [pool.submit(look, workspace, *words, situation=situation, check=check)
                   for words, situation, check in asks]
        return [one.result() for one in running]


def of_check(report, check, result, code=None):
    found = netlab.check_of(report, check)
    assert (found["result"], found["code"]) == (result, code), found
    return found


def add_server(workspace, peer, *args, security="none", user=False, password=PASSWORD,
               name="main"):
    if user:
        secret = workspace.home / "password"
        secret.write_text(password + "\n")
        secret.chmod(0o600)
        args = [*args, "--user", "news", "--password-file", secret]
    workspace.run("server", "add", name, "--host", f"localhost:{peer.port}", "--security",
                  security, *args)


def add_campaign(workspace, name="spring", sender=FROM, body="Hello\n", server="main"):
    folder = workspace.home / name
    folder.mkdir()
    (folder / "body.txt").write_text(body)
    (folder / "campaign.cfg").write_text(
        f'format = 1;\ncampaign = {{ from = "News <{sender}>"; subject = "Spring";\n'
        f'lists = ( "members" ); server = "{server}"; text_file = "body.txt"; }};\n')
    if name == "spring":
        workspace.run("list", "new", "members")
    workspace.run("apply", folder)


def add_mailbox(workspace, port, *args, protocol="imap", security="none", user="bounce",
                password=PASSWORD, address="bounce@example.org", name="bounces"):
    secret = workspace.home / "password"
    secret.write_text(password + "\n")
    secret.chmod(0o600)
    workspace.run("mailbox", "add", name, "--protocol", protocol, "--address", address,
                  "--host", f"localhost:{port}", "--security", security, "--user", user,
                  "--password-file", secret, *args)
