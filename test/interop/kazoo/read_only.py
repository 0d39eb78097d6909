"""A member that has lost its leader, to clients that only want to read, and to others."""

from checks import ask, client, eventually, every_host, raises, run
from kazoo.exceptions import NotReadOnlyCallError
from kazoo.protocol.states import KazooState, KeeperState

READ_WRITE, READ_ONLY = KeeperState.CONNECTED, KeeperState.CONNECTED_RO


def lose_quorum():
    """Leaves the first member, which every client here tries first."""
    for host in every_host()[1:]:
        ask("kill %s" % host)


def come_and_go():
    """a read-only client reads without a leader, and finds by itself that there is one again"""
    with client() as zk:
        zk.create("/ro", b"last")
    lose_quorum()
    with client(read_only=True, timeout=20.0) as zk:
        states = []
        zk.add_listener(states.append)
        assert zk.client_state == READ_ONLY, zk.client_state
        assert zk.get("/ro")[0] == b"last"
        assert sorted(zk.get_children("/")) == ["ro", "zookeeper"]
        assert zk.exists("/none") is None
        for write in (
            lambda: zk.create("/new", b""),
            lambda: zk.create("/new", b"", ephemeral=True),
            lambda: zk.set("/ro", b"x"),
            lambda: zk.delete("/ro"),
            lambda: zk.sync("/ro"),
        ):
            raises(NotReadOnlyCallError, write)
        assert states == [], states
        assert ask("start") == "serving"
        eventually("a server that takes writes", lambda: zk.client_state == READ_WRITE, 40)
        zk.set("/ro", b"and on")
        zk.create("/new", b"", ephemeral=True)
        assert zk.get("/ro")[0] == b"and on"


def kept():
    """a session of before waits for a leader, and is not lost meanwhile"""
    with client(read_only=True, timeout=40.0) as zk:
        states = []
        zk.create("/kept", b"", ephemeral=True)
        session = zk.client_id[0]
        zk.add_listener(states.append)
        lose_quorum()
        eventually("the loss", lambda: KazooState.SUSPENDED in states)
        with client(read_only=True, timeout=20.0) as other:
            assert other.client_state == READ_ONLY, other.client_state
            assert other.exists("/kept").ephemeralOwner == session
        assert zk.client_state not in (READ_WRITE, READ_ONLY), zk.client_state
        assert ask("start") == "serving"
        eventually("the return", lambda: zk.client_state == READ_WRITE, 40)
        assert KazooState.LOST not in states, states
        assert zk.client_id[0] == session
        assert zk.exists("/kept").ephemeralOwner == session


run(come_and_go, kept)
