"""What the kazoo scripts share: clients, and one JSON line per check for the test that runs them."""

import contextlib
import json
import sys
import time
import traceback

from kazoo.client import KazooClient

HOSTS = sys.argv[1] if len(sys.argv) > 1 else "127.0.0.1:2181"


def every_host():
    return HOSTS.split(",")


@contextlib.contextmanager
def client(hosts=HOSTS, **options):
    zk = KazooClient(hosts=hosts, randomize_hosts=False, **options)
    zk.start(timeout=15)
    try:
        yield zk
    finally:
        zk.stop()
        zk.close()


@contextlib.contextmanager
def clients(count, **options):
    """Clients spread over the members."""
    with contextlib.ExitStack() as stack:
        hosts = every_host()
        yield [stack.enter_context(client(hosts[i % len(hosts)], **options)) for i in range(count)]


def eventually(what, ask, within=10.0):
    deadline = time.monotonic() + within
    while not ask():
        if time.monotonic() > deadline:
            raise AssertionError("%s: not within %s s" % (what, within))
        time.sleep(0.01)


def ask(wish):
    """Has the test do something to the ensemble: kill the leader, start who was killed."""
    print(json.dumps({"ask": wish}), flush=True)
    return sys.stdin.readline().strip()


def raises(kind, call, *args, **kwargs):
    """That the call raises exactly this exception, not a subclass or another one."""
    try:
        call(*args, **kwargs)
    except Exception as error:
        assert type(error) is kind, "%s in the place of %s" % (type(error).__name__, kind.__name__)
        return
    raise AssertionError("%s was not raised" % kind.__name__)


def run(*checks):
    """Runs every check, prints its outcome; the exit code says whether all held."""
    good = True
    for check in checks:
        name = (check.__doc__ or check.__name__).strip()
        try:
            facts = check() or {}
            outcome = {"check": name, "ok": True, "facts": facts}
        except Exception:
            good = False
            outcome = {"check": name, "ok": False, "trace": traceback.format_exc()}
        print(json.dumps(outcome), flush=True)
    sys.exit(0 if good else 1)
