"""One client's operations, and kazoo's own exceptions for what fails."""

import threading

from checks import HOSTS, client, clients, eventually, every_host, raises, run
from kazoo.exceptions import (
    AuthFailedError,
    BadArgumentsError,
    BadVersionError,
    InvalidACLError,
    NoAuthError,
    NoChildrenForEphemeralsError,
    NodeExistsError,
    NoNodeError,
    NotEmptyError,
    RolledBackError,
    RuntimeInconsistency,
)
from kazoo.protocol.states import EventType
from kazoo.security import make_acl, make_digest_acl


def ephemeral_with_watch():
    """an ephemeral through each member: created, read with a watch, set with version -1, deleted"""
    for host in every_host():
        with client(host) as zk:
            seen = []
            assert zk.create("/my_data", b"first", ephemeral=True) == "/my_data"
            data, stat = zk.get("/my_data", watch=seen.append)
            assert data == b"first" and stat.version == 0, (data, stat)
            assert stat.ephemeralOwner == zk.client_id[0], stat
            assert zk.set("/my_data", b"second", version=-1).version == 1
            eventually("the watch", lambda: len(seen) == 1)
            assert seen[0].type == EventType.CHANGED and seen[0].path == "/my_data", seen
            zk.set("/my_data", b"third")
            zk.delete("/my_data", version=-1)
            assert zk.exists("/my_data") is None
            zk.sync("/")
            assert len(seen) == 1, "a one-shot watch fired %d times" % len(seen)
    return {"members": len(every_host())}


def same_for_all():
    """a write through one member is read through the others after sync"""
    with clients(len(every_host())) as each:
        for number, writer in enumerate(each):
            path = "/shared-%d" % number
            writer.create(path, b"x")
            for reader in each:
                reader.sync(path)
                assert reader.get(path)[0] == b"x"
            stats = {tuple(reader.get(path)[1]) for reader in each}
            assert len(stats) == 1, stats
            writer.delete(path)


def sequence():
    """sequential names are gap-free under 20 concurrent creators"""
    creators, each = 20, 25
    names, lock = [], threading.Lock()
    with client() as zk, clients(creators) as many:
        zk.create("/queue")

        def work(one):
            for _ in range(each):
                path = one.create("/queue/n-", b"", sequence=True)
                with lock:
                    names.append(path)

        threads = [threading.Thread(target=work, args=(one,)) for one in many]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        expected = ["/queue/n-%010d" % number for number in range(creators * each)]
        assert sorted(names) == expected, "%d names" % len(set(names))
        zk.sync("/queue")
        assert sorted(zk.get_children("/queue")) == [path[7:] for path in expected]
        zk.delete("/queue", recursive=True)
    return {"names": len(names)}


def transaction():
    """a multi with one bad operation changes nothing; a good one changes all under one zxid"""
    with client() as zk:
        zk.create("/multi", b"0")
        before = zk.get("/multi")
        bad = zk.transaction()
        bad.create("/multi/a", b"")
        bad.set_data("/multi", b"1")
        bad.check("/multi", 7)
        bad.create("/multi/b", b"")
        results = bad.commit()
        kinds = [type(result) for result in results]
        assert kinds == [RolledBackError, RolledBackError, BadVersionError, RuntimeInconsistency], results
        assert zk.get("/multi") == before and zk.get_children("/multi") == []
        good = zk.transaction()
        good.create("/multi/a", b"a")
        good.create("/multi/s-", b"", sequence=True)
        good.set_data("/multi", b"1", version=0)
        good.check("/multi", 1)
        good.delete("/multi/a")
        results = good.commit()
        assert results[0] == "/multi/a" and results[1] == "/multi/s-0000000001", results
        assert results[2].version == 1 and results[3] is True and results[4] is True, results
        stat = zk.get("/multi")[1]
        assert stat.mzxid == stat.pzxid == zk.exists("/multi/s-0000000001").czxid, stat
        zk.delete("/multi", recursive=True)


def exceptions():
    """errors arrive as kazoo's own exceptions"""
    with client() as zk:
        zk.create("/e", b"")
        zk.create("/e/child", b"")
        zk.create("/e/ephemeral", b"", ephemeral=True)
        raises(NodeExistsError, zk.create, "/e", b"")
        raises(NoNodeError, zk.create, "/absent/child", b"")
        raises(NoNodeError, zk.get, "/absent")
        raises(NoNodeError, zk.set, "/absent", b"")
        raises(NoNodeError, zk.delete, "/absent")
        raises(NoNodeError, zk.get_children, "/absent")
        raises(BadVersionError, zk.set, "/e", b"", 5)
        raises(BadVersionError, zk.delete, "/e", 5)
        raises(NotEmptyError, zk.delete, "/e")
        raises(NoChildrenForEphemeralsError, zk.create, "/e/ephemeral/child", b"")
        raises(BadArgumentsError, zk.delete, "/zookeeper")
        raises(InvalidACLError, zk.create, "/bad-acl", b"", [make_acl("nosuch", "x", all=True)])
        zk.delete("/e", recursive=True)


def access():
    """digest ACLs: refused without, allowed with the identity, masked hashes"""
    alice = make_digest_acl("alice", "secret", all=True)
    with client() as owner, client() as stranger:
        owner.add_auth("digest", "alice:secret")
        owner.create("/private", b"x", acl=[alice])
        raises(NoAuthError, stranger.get, "/private")
        raises(NoAuthError, stranger.set, "/private", b"y")
        raises(NoAuthError, stranger.create, "/private/child", b"")
        raises(NoAuthError, stranger.get_acls, "/private")
        assert owner.get("/private")[0] == b"x"
        entries, stat = owner.get_acls("/private")
        assert entries == [alice] and stat.aversion == 0, entries
        open_read = make_acl("world", "anyone", read=True)
        assert owner.set_acls("/private", [alice, open_read], 0).aversion == 1
        raises(BadVersionError, owner.set_acls, "/private", [alice], 0)
        stranger.sync("/private")
        assert stranger.get("/private")[0] == b"x"
        masked = stranger.get_acls("/private")[0]
        assert [entry.id.id for entry in masked] == ["alice:x", "anyone"], masked
        raises(NoAuthError, stranger.set_acls, "/private", [open_read])
        owner.create("/private/auth", b"", acl=[make_acl("auth", "", all=True)])
        assert owner.get_acls("/private/auth")[0] == [alice]
        owner.delete("/private", recursive=True)


def failed_auth():
    """an unknown authentication scheme fails the client, no other one"""
    with client() as bystander, client(max_retries=0) as zk:
        raises(AuthFailedError, zk.add_auth, "nosuch", "x")
        bystander.create("/bystander", b"")
        bystander.delete("/bystander")


def data_forms():
    """empty, binary and nearly 1 MB data come back as they were"""
    with client() as zk:
        for data in (b"", bytes(range(256)), b"z" * 1_000_000):
            zk.create("/data", data)
            read, stat = zk.get("/data")
            assert read == data and stat.dataLength == len(data)
            zk.delete("/data")
        path = "/\u00e9\u6f22"
        assert zk.create(path, b"") == path
        assert path[1:] in zk.get_children("/")
        zk.delete(path)


def stats():
    """stat fields count what they say"""
    with client() as zk:
        zk.create("/s", b"abc")
        zk.create("/s/a", b"")
        zk.create("/s/b", b"")
        zk.delete("/s/a")
        zk.set("/s", b"abcd")
        data, stat = zk.get("/s")
        assert (stat.version, stat.cversion, stat.aversion) == (1, 3, 0), stat
        assert (stat.dataLength, stat.numChildren, stat.ephemeralOwner) == (4, 1, 0), stat
        assert stat.czxid < stat.pzxid < stat.mzxid and stat.ctime <= stat.mtime, stat
        children, with_data = zk.get_children("/s", include_data=True)
        assert children == ["b"] and with_data == stat
        zk.delete("/s", recursive=True)


def pipelined():
    """a client's asynchronous operations take effect in the order of the calls"""
    with client() as zk:
        created = zk.create_async("/fifo", b"0")
        writes = [zk.set_async("/fifo", b"%d" % number) for number in range(1, 200)]
        read = zk.get_async("/fifo")
        deleted = zk.delete_async("/fifo")
        gone = zk.exists_async("/fifo")
        assert created.get(10) == "/fifo"
        assert [write.get(10).version for write in writes] == list(range(1, 200))
        assert read.get(10)[0] == b"199"
        deleted.get(10)
        assert gone.get(10) is None


def words():
    """kazoo's four-letter commands"""
    host = every_host()[0]
    with client(host) as zk:
        assert zk.command(b"ruok") == "imok"
        assert zk.command(b"isro") == "rw"
        assert "Mode: " in zk.command(b"srvr")
        assert "zk_server_state" in zk.command(b"mntr")


run(
    ephemeral_with_watch,
    same_for_all,
    sequence,
    transaction,
    exceptions,
    access,
    failed_auth,
    data_forms,
    stats,
    pipelined,
    words,
)
