"""The ensemble's leader is killed under kazoo's recipes: sessions, locks, watches and caches go on with another one."""

import contextlib
import threading
import time

from checks import ask, client, eventually, every_host, run
from kazoo.exceptions import BadVersionError, ConnectionLoss, NodeExistsError
from kazoo.protocol.states import KazooState
from kazoo.recipe.cache import TreeCache


@contextlib.contextmanager
def everywhere(count):
    """Clients that know all members, each beginning with another one; no session may be lost."""
    hosts, states = every_host(), []
    with contextlib.ExitStack() as stack:
        many = []
        for number in range(count):
            turned = hosts[number % len(hosts) :] + hosts[: number % len(hosts)]
            zk = stack.enter_context(client(",".join(turned), timeout=20.0))
            zk.add_listener(states.append)
            many.append(zk)
        yield many
        assert KazooState.LOST not in states, states


def increment(zk, path):
    """Adds one, exactly once: a lost answer is told from a lost request by what is there."""
    number = int(zk.retry(zk.get, path)[0])
    value = b"%d" % (number + 1)
    while True:
        try:
            return zk.set(path, value, version=number)
        except ConnectionLoss:
            continue
        except BadVersionError:
            data, stat = zk.retry(zk.get, path)
            assert (data, stat.version) == (value, number + 1), (data, stat, number)
            return stat


def locks_and_watches():
    """locks, watches and caches over the death of the leader: no turn lost, none twice, the last change arrives"""
    turns, inside, worst, failures = 15, [0], [0], []
    with everywhere(5) as (a, b, c, watcher, writer):
        writer.create("/loss/counter", b"0", makepath=True)
        watcher.sync("/loss")
        seen, names = [], []
        watcher.DataWatch("/loss/counter", lambda data, stat: seen.append(int(data)))
        watcher.ChildrenWatch("/loss", lambda children: names.append(sorted(children)))
        cache = TreeCache(watcher, "/loss")
        cache.start()

        def contend(zk):
            try:
                for _ in range(turns):
                    with zk.Lock("/lock-of-loss"):
                        inside[0] += 1
                        worst[0] = max(worst[0], inside[0])
                        increment(zk, "/loss/counter")
                        inside[0] -= 1
            except Exception as error:
                failures.append(error)

        threads = [threading.Thread(target=contend, args=(zk,), daemon=True) for zk in (a, b, c)]
        for thread in threads:
            thread.start()
        eventually("some turns", lambda: seen and seen[-1] >= turns, 30)
        before = time.monotonic()
        ask("kill leader")
        for thread in threads:
            thread.join(60)
        took = time.monotonic() - before
        assert not failures and worst[0] == 1, (failures, worst)
        data, stat = writer.retry(writer.get, "/loss/counter")
        assert (int(data), stat.version) == (turns * 3, turns * 3), (data, stat)
        writer.retry(writer.create, "/loss/last", b"")
        eventually("the last value", lambda: seen[-1] == turns * 3)
        eventually("the last child", lambda: names[-1] == ["counter", "last"])
        eventually("the cache", lambda: cache.get_children("/loss") == frozenset(["counter", "last"]))
        assert seen == sorted(set(seen)), seen
        cache.close()
    assert ask("start") == "serving"
    return {"turns_after_s": round(took, 2)}


def members_of_a_party():
    """ephemerals, parties and an election's leader are there after the ensemble's leader died, and go when they should"""
    with everywhere(4) as (a, b, c, onlooker):
        parties = [zk.Party("/party-of-loss", name) for zk, name in zip((a, b, c), "abc")]
        for party in parties:
            party.join()
        led, enough = [], threading.Event()

        def lead():
            led.append(1)
            assert enough.wait(60)

        election = a.Election("/election-of-loss", "a")
        thread = threading.Thread(target=election.run, args=(lead,), daemon=True)
        thread.start()
        eventually("a leader", lambda: led == [1])
        ask("kill leader")
        onlooker.retry(onlooker.sync, "/")
        assert sorted(onlooker.retry(list, onlooker.Party("/party-of-loss"))) == ["a", "b", "c"]
        assert onlooker.retry(onlooker.Election("/election-of-loss").contenders) == ["a"]
        assert thread.is_alive() and led == [1]
        b.retry(parties[1].leave)
        onlooker.retry(onlooker.sync, "/")
        assert sorted(onlooker.Party("/party-of-loss")) == ["a", "c"]
        enough.set()
        thread.join(20)
        assert not thread.is_alive()
    assert ask("start") == "serving"
    with client() as zk:
        zk.sync("/")
        assert zk.get_children("/party-of-loss") == []


def sequence_of_names():
    """sequential names over the death of the member that a client talks to: none comes twice, all acknowledged ones are there"""
    with everywhere(3) as many:
        many[0].ensure_path("/names-of-loss")
        acknowledged, lock, halfway = [], threading.Lock(), threading.Event()

        def make(zk):
            for number in range(60):
                try:
                    path = zk.retry(zk.create, "/names-of-loss/n-", b"", sequence=True)
                except (ConnectionLoss, NodeExistsError):
                    continue
                with lock:
                    acknowledged.append(path)
                if number == 20:
                    halfway.set()

        threads = [threading.Thread(target=make, args=(zk,), daemon=True) for zk in many]
        for thread in threads:
            thread.start()
        assert halfway.wait(30)
        ask("kill %s" % every_host()[1])
        for thread in threads:
            thread.join(60)
            assert not thread.is_alive()
        assert ask("start") == "serving"
        assert len(set(acknowledged)) == len(acknowledged) >= 150, len(acknowledged)
        for host in every_host():
            with client(host) as zk:
                zk.sync("/names-of-loss")
                there = {"/names-of-loss/" + name for name in zk.get_children("/names-of-loss")}
                assert there.issuperset(acknowledged), set(acknowledged) - there
    return {"names": len(acknowledged)}


run(locks_and_watches, members_of_a_party, sequence_of_names)
