"""Ephemerals and their sessions: a client that dies without closing, one that closes, one that comes back."""

import os
import signal
import subprocess
import sys
import time

from checks import HOSTS, client, eventually, every_host, run
from kazoo.protocol.states import KazooState

TIMEOUT = 4.0
"""Seconds: the shortest that a server with default settings grants."""


def hold():
    """The process that dies: holds ephemerals through the last member until it is killed."""
    with client(every_host()[-1], timeout=TIMEOUT) as zk:
        for number in range(3):
            zk.create("/dying/e%d" % number, b"", ephemeral=True)
        print("%d" % (zk._session_timeout), flush=True)
        signal.pause()


def death():
    """a client that dies without closing loses its ephemerals after its timeout, all at once, and not before"""
    with client(every_host()[0]) as zk:
        zk.create("/dying", b"")
        child = subprocess.Popen(
            [sys.executable, os.path.abspath(__file__), HOSTS, "hold"], stdout=subprocess.PIPE
        )
        granted = int(child.stdout.readline()) / 1000.0
        zk.sync("/dying")
        assert len(zk.get_children("/dying")) == 3
        time.sleep(granted / 2)
        assert len(zk.get_children("/dying")) == 3
        died = time.monotonic()
        child.kill()
        child.wait()
        last_seen = died
        while True:
            asked = time.monotonic()
            left = len(zk.get_children("/dying"))
            if left == 0:
                break
            assert left == 3, "only %d of 3 are gone" % (3 - left)
            last_seen = asked
            assert asked - died < granted + 10, "still there after %.1f s" % (asked - died)
            time.sleep(0.02)
        gone_after = time.monotonic() - died
        # The last ping may have been sent up to a third of the timeout before the death.
        assert last_seen - died >= granted * 2 / 3 - 0.5, last_seen - died
        zk.delete("/dying")
        return {"timeout_s": granted, "gone_after_s": round(gone_after, 2)}


def closing():
    """a client that closes loses its ephemerals at once, for readers of every member"""
    with client() as zk:
        zk.create("/closing", b"")
        with client(every_host()[-1]) as other:
            other.create("/closing/e", b"", ephemeral=True)
            zk.sync("/closing")
            assert zk.get_children("/closing") == ["e"]
        for host in every_host():
            with client(host) as reader:
                reader.sync("/closing")
                assert reader.get_children("/closing") == [], host
        zk.delete("/closing")


def return_in_time():
    """a client that loses its connection keeps its session, its ephemerals and its watches"""
    with client(timeout=8.0) as zk:
        states, events = [], []
        zk.add_listener(states.append)
        zk.create("/kept", b"0", ephemeral=True)
        zk.create("/watched", b"0")
        zk.get("/watched", watch=events.append)
        session = zk.client_id[0]
        zk._connection._socket.shutdown(2)
        eventually("the loss", lambda: KazooState.SUSPENDED in states)
        eventually("the return", lambda: states and states[-1] == KazooState.CONNECTED)
        assert zk.client_id[0] == session
        assert KazooState.LOST not in states, states
        assert zk.exists("/kept").ephemeralOwner == session
        with client() as other:
            other.set("/watched", b"1")
        eventually("the watch", lambda: len(events) == 1)
        zk.delete("/watched")


if len(sys.argv) > 2 and sys.argv[2] == "hold":
    hold()
else:
    run(death, closing, return_in_time)
