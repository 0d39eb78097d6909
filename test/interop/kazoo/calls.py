"""The rest of kazoo's client: every flag, chroot, ACLs by permission, retry, asynchronous calls.

Not reconfig: the thread of this kazoo ends on a code that it has no name for, and RECONFIGDISABLED is one.
"""

import itertools

from checks import HOSTS, client, eventually, every_host, raises, run
from kazoo.client import KazooClient
from kazoo.exceptions import (
    BadVersionError,
    ConnectionLoss,
    NoAuthError,
    NodeExistsError,
    NoNodeError,
    NotEmptyError,
)
from kazoo.protocol.states import KazooState
from kazoo.retry import KazooRetry
from kazoo.security import (
    CREATOR_ALL_ACL,
    OPEN_ACL_UNSAFE,
    READ_ACL_UNSAFE,
    make_acl,
    make_digest_acl,
    make_digest_acl_credential,
)


def every_flag():
    """create: ephemeral, sequence, makepath, include_data in every combination, through every member"""
    combinations = list(itertools.product((False, True), repeat=4))
    for number, host in enumerate(every_host()):
        with client(host) as zk:
            for ephemeral, sequence, makepath, include_data in combinations:
                parent = "/flags-%d/%d%d%d" % (number, ephemeral, sequence, include_data)
                if not makepath:
                    raises(NoNodeError, zk.create, parent + "/absent/x", b"", ephemeral=ephemeral, sequence=sequence)
                    zk.ensure_path(parent)
                made = zk.create(
                    parent + "/n-",
                    b"data",
                    ephemeral=ephemeral,
                    sequence=sequence,
                    makepath=makepath,
                    include_data=include_data,
                )
                path = made[0] if include_data else made
                data, stat = zk.get(path)
                assert data == b"data", (path, data)
                assert path.startswith(parent + "/n-"), path
                assert len(path) == len(parent + "/n-") + (10 if sequence else 0), path
                assert stat.ephemeralOwner == (zk.client_id[0] if ephemeral else 0), stat
                if include_data:
                    assert made[1] == stat, (made[1], stat)
                zk.delete(parent, recursive=True)
            zk.delete("/flags-%d" % number, recursive=True)
    return {"combinations": len(combinations), "members": len(every_host())}


def paths():
    """ensure_path makes every parent, twice is once, and recursive deletion takes all of a tree"""
    with client() as zk:
        deep = "/deep" + "".join("/%d" % level for level in range(20))
        assert zk.ensure_path(deep) and zk.ensure_path(deep)
        assert zk.exists(deep).numChildren == 0
        for number in range(40):
            zk.create(deep + "/leaf-%d" % number, b"")
        raises(NotEmptyError, zk.delete, "/deep")
        zk.delete("/deep", recursive=True)
        assert zk.exists("/deep") is None
        assert zk.delete("/deep", recursive=True) is True


def chroot():
    """a client with a chroot sees only what is below it, in answers and in watches"""
    with client() as zk:
        zk.ensure_path("/rooted/inner")
        with client(HOSTS + "/rooted") as inner:
            seen = []
            assert inner.create("/inner/x", b"1") == "/inner/x"
            assert inner.create("/inner/s-", b"", sequence=True) == "/inner/s-0000000001"
            assert inner.get("/inner/x", watch=seen.append)[0] == b"1"
            assert inner.get_children("/") == ["inner"]
            zk.set("/rooted/inner/x", b"2")
            eventually("the watch", lambda: len(seen) == 1)
            assert seen[0].path == "/inner/x", seen
            transaction = inner.transaction()
            transaction.create("/inner/t", b"")
            transaction.delete("/inner/x")
            assert transaction.commit() == ["/inner/t", True]
        assert sorted(zk.get_children("/rooted/inner")) == ["s-0000000001", "t"]
        zk.delete("/rooted", recursive=True)


def children_with_data():
    """get_children with include_data tells the stat of the same moment"""
    with client() as zk:
        zk.ensure_path("/listed")
        made = [zk.create_async("/listed/child-%03d" % number, b"") for number in range(500)]
        for one in made:
            one.get(30)
        names, stat = zk.get_children("/listed", include_data=True)
        assert sorted(names) == ["child-%03d" % number for number in range(500)]
        assert stat.numChildren == 500 and stat.cversion == 500, stat
        assert stat == zk.exists("/listed")
        gone = [zk.delete_async("/listed/" + name) for name in names]
        for one in gone:
            one.get(30)
        zk.delete("/listed")


def transactions():
    """transactions: as a context, asynchronous, with ephemerals and sequences, with ACLs, twice refused"""
    acl = [make_digest_acl("t", "t", all=True)]
    with client() as zk:
        zk.add_auth("digest", "t:t")
        zk.ensure_path("/tx")
        with zk.transaction() as one:
            one.create("/tx/a", b"1")
            one.set_data("/tx/a", b"2")
            one.check("/tx/a", 1)
        assert zk.get("/tx/a")[0] == b"2"
        two = zk.transaction()
        two.create("/tx/e", b"", ephemeral=True)
        two.create("/tx/s-", b"", sequence=True)
        two.create("/tx/es-", b"", ephemeral=True, sequence=True)
        two.create("/tx/private", b"", acl=acl)
        two.delete("/tx/a", version=1)
        results = two.commit_async().get(10)
        assert results == ["/tx/e", "/tx/s-0000000002", "/tx/es-0000000003", "/tx/private", True], results
        raises(ValueError, two.commit)
        assert zk.exists("/tx/e").ephemeralOwner == zk.client_id[0]
        assert zk.get_acls("/tx/private")[0] == acl
        three = zk.transaction()
        three.delete("/tx/e", version=9)
        assert type(three.commit()[0]) is BadVersionError
        assert zk.transaction().commit() == []
        many = zk.transaction()
        for number in range(1000):
            many.create("/tx/many-%04d" % number, b"x" * 100)
        assert len(many.commit()) == 1000
        assert len({zk.exists("/tx/many-%04d" % number).czxid for number in (0, 500, 999)}) == 1
        away = zk.transaction()
        for number in range(1000):
            away.delete("/tx/many-%04d" % number)
        assert away.commit() == [True] * 1000
        zk.delete("/tx", recursive=True)


def permissions():
    """each permission of an ACL allows its own call and no other, through every member"""
    calls = {
        "read": lambda zk: zk.get("/perm/node"),
        "write": lambda zk: zk.set("/perm/node", b""),
        "create": lambda zk: zk.create("/perm/node/c", b""),
        "delete": lambda zk: zk.delete("/perm/node/child"),
        "admin": lambda zk: zk.set_acls("/perm/node", OPEN_ACL_UNSAFE),
    }
    mine = make_digest_acl("owner", "owner", all=True)
    with client() as owner:
        owner.add_auth("digest", "owner:owner")
        owner.ensure_path("/perm")
        for host in every_host():
            with client(host) as zk:
                for allowed in calls:
                    owner.create("/perm/node", b"")
                    owner.create("/perm/node/child", b"")
                    owner.set_acls("/perm/node", [mine, make_acl("world", "anyone", **{allowed: True})])
                    zk.sync("/perm")
                    for name, call in calls.items():
                        if name != allowed:
                            raises(NoAuthError, call, zk)
                    calls[allowed](zk)
                    owner.sync("/perm")
                    owner.delete("/perm/node", recursive=True)
        owner.delete("/perm", recursive=True)
    return {"members": len(every_host()), "calls": len(calls) ** 2 * len(every_host())}


def credentials():
    """make_digest_acl_credential is what the server makes of add_auth; creator, read and open ACLs; several identities"""
    with client() as zk, client() as other:
        zk.add_auth("digest", "first:one")
        zk.add_auth("digest", "second:two")
        zk.create("/mine", b"", acl=CREATOR_ALL_ACL)
        stored = {entry.id.id for entry in zk.get_acls("/mine")[0]}
        assert stored == {make_digest_acl_credential("first", "one"), make_digest_acl_credential("second", "two")}
        other.sync("/mine")
        raises(NoAuthError, other.get, "/mine")
        other.add_auth("digest", "second:two")
        assert other.get("/mine")[0] == b""
        raises(BadVersionError, zk.set_acls, "/mine", OPEN_ACL_UNSAFE, 7)
        assert zk.set_acls("/mine", READ_ACL_UNSAFE, version=0).aversion == 1
        raises(NoAuthError, zk.set, "/mine", b"")
        raises(NoAuthError, zk.set_acls, "/mine", OPEN_ACL_UNSAFE)
        assert zk.get_acls("/mine")[0] == READ_ACL_UNSAFE
        zk.delete("/mine")


def auth_again():
    """auth_data and default_acl of a client hold on every connection, also after one was lost"""
    mine = make_digest_acl("again", "secret", all=True)
    options = {"auth_data": [("digest", "again:secret")], "default_acl": [mine]}
    with client(**options) as zk, client() as other:
        zk.create("/again", b"1")
        raises(NoAuthError, other.get, "/again")
        lose_connection(zk)
        assert zk.retry(zk.get, "/again")[0] == b"1"
        assert zk.get_acls("/again")[0] == [mine]
        zk.delete("/again")


def lose_connection(zk):
    states = []
    zk.add_listener(states.append)
    zk._connection._socket.shutdown(2)
    eventually("the return", lambda: states[-1:] == [KazooState.CONNECTED])
    assert KazooState.SUSPENDED in states, states


def retries():
    """retry: a call that meets a lost connection is asked again; KazooRetry gives up at its limit"""
    with client() as zk:
        zk.create("/retry", b"0")
        zk._connection._socket.shutdown(2)
        assert zk.retry(zk.get, "/retry")[0] == b"0"
        tries = []

        def failing():
            tries.append(1)
            raise ConnectionLoss()

        retry = KazooRetry(max_tries=3, delay=0.01)
        try:
            retry(failing)
            raise AssertionError("no end")
        except Exception as error:
            assert type(error).__name__ == "RetryFailedError", error
        assert len(tries) == 4, tries
        zk.delete("/retry")


def asynchronous():
    """every asynchronous call answers as its blocking twin does, errors too"""
    with client() as zk:
        assert zk.ensure_path_async("/async/a").get(10)
        assert zk.create_async("/async/b", b"1", include_data=True).get(10)[1].version == 0
        assert zk.set_async("/async/b", b"2").get(10).version == 1
        assert zk.get_async("/async/b").get(10)[0] == b"2"
        assert zk.exists_async("/async/none").get(10) is None
        assert sorted(zk.get_children_async("/async").get(10)) == ["a", "b"]
        assert zk.get_acls_async("/async").get(10)[0] == OPEN_ACL_UNSAFE
        assert zk.set_acls_async("/async/b", READ_ACL_UNSAFE).get(10).aversion == 1
        raises(NoAuthError, zk.set_acls_async("/async/b", OPEN_ACL_UNSAFE).get, 10)
        raises(NoAuthError, zk.set_async("/async/b", b"").get, 10)
        assert zk.sync_async("/async").get(10) == "/async"
        raises(NodeExistsError, zk.create_async("/async", b"").get, 10)
        raises(NoNodeError, zk.delete_async("/async/none").get, 10)
        raises(BadVersionError, zk.set_async("/async/a", b"", 9).get, 10)
        called = []
        zk.get_async("/async/b").rawlink(lambda result: called.append(result.value[0]))
        eventually("the callback", lambda: called == [b"2"])
        zk.delete("/async", recursive=True)


def taken_over():
    """a session goes on in another client that has its id and password; the first one is cut off from it"""
    with client() as first:
        first.create("/taken", b"", ephemeral=True)
        identity = first.client_id
        second = KazooClient(hosts=every_host()[-1], client_id=identity)
        second.start(15)
        assert second.client_id == identity
        assert second.exists("/taken").ephemeralOwner == identity[0]
        lost = []
        first.add_listener(lost.append)
        second.stop()
        second.close()
        eventually("the loss of the session", lambda: KazooState.LOST in lost)
        eventually("a new session", lambda: lost[-1] == KazooState.CONNECTED)
        assert first.client_id[0] != identity[0]
        first.sync("/")
        assert first.exists("/taken") is None


def move():
    """set_hosts: the session moves to another member with what it has seen"""
    hosts = every_host()
    with client(hosts[0], timeout=8.0) as zk:
        session = zk.client_id[0]
        zk.create("/moving", b"", ephemeral=True)
        for number in range(6):
            zk.set("/moving", b"%d" % number)
            zk.set_hosts(hosts[(number + 1) % len(hosts)], randomize_hosts=False)
            lose_connection(zk)
            assert zk.client_id[0] == session
            assert zk.get("/moving")[0] == b"%d" % number
    with client() as other:
        other.sync("/")
        assert other.exists("/moving") is None


def versions():
    """server_version reads the version out of envi"""
    with client(every_host()[0]) as zk:
        version = zk.server_version()
        assert version[0] == 3 and len(version) >= 2, version
        for word in (b"conf", b"cons", b"dump", b"stat", b"wchs"):
            assert len(zk.command(word)) > 10, word


run(
    every_flag,
    paths,
    chroot,
    children_with_data,
    transactions,
    permissions,
    credentials,
    auth_again,
    retries,
    asynchronous,
    taken_over,
    move,
    versions,
)
