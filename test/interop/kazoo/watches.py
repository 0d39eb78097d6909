"""Watches of every kind that kazoo sets, and the recipes made of them: each with its writer on another member."""

import threading

from checks import client, clients, eventually, every_host, run
from kazoo.protocol.states import EventType, KazooState
from kazoo.recipe.cache import TreeCache, TreeEvent
from kazoo.recipe.watchers import ChildrenWatch, DataWatch, PatientChildrenWatch


def every_event():
    """one-shot watches of exists, get and get_children: each kind of event once, through every member"""
    with client(every_host()[-1]) as writer:
        for host in every_host():
            with client(host) as zk:
                seen = []
                assert zk.exists("/w", watch=seen.append) is None
                writer.create("/w", b"")
                eventually("creation", lambda: [event.type for event in seen] == [EventType.CREATED])
                zk.get("/w", watch=seen.append)
                writer.set("/w", b"1")
                eventually("change", lambda: len(seen) == 2)
                zk.get_children("/w", watch=seen.append)
                writer.create("/w/c", b"")
                eventually("child", lambda: len(seen) == 3)
                writer.delete("/w/c")
                zk.sync("/w")
                zk.get("/w", watch=seen.append)
                zk.exists("/w", watch=seen.append)
                zk.get_children("/w", watch=seen.append)
                writer.delete("/w")
                eventually("deletion", lambda: len(seen) >= 5)
                zk.sync("/")
                kinds = [event.type for event in seen]
                assert kinds[:3] == [EventType.CREATED, EventType.CHANGED, EventType.CHILD], kinds
                assert set(kinds[3:]) == {EventType.DELETED}, kinds
                assert all(event.path == "/w" for event in seen), seen
    return {"members": len(every_host())}


def data_watch():
    """DataWatch: before the node is there, through creation, changes, deletion and creation again, until it returns False"""
    with clients(2) as (reader, writer):
        seen = []

        def changed(data, stat, event):
            seen.append((data, event.type if event else None))
            return data != b"stop"

        DataWatch(reader, "/data-watch", changed)
        eventually("the absence", lambda: seen == [(None, None)])
        for step, call in enumerate(
            [
                lambda: writer.create("/data-watch", b"1"),
                lambda: writer.set("/data-watch", b"2"),
                lambda: writer.delete("/data-watch"),
                lambda: writer.create("/data-watch", b"stop"),
            ]
        ):
            call()
            eventually("step %d" % step, lambda: len(seen) == step + 2)
        writer.set("/data-watch", b"unseen")
        reader.sync("/data-watch")
        assert [data for data, _ in seen] == [None, b"1", b"2", None, b"stop"], seen
        kinds = [kind for _, kind in seen]
        assert kinds[1:] == [EventType.CREATED, EventType.CHANGED, EventType.DELETED, EventType.CREATED], kinds
        writer.delete("/data-watch")


def children_watch():
    """ChildrenWatch with events, and over a lost connection"""
    with clients(2) as (reader, writer):
        writer.ensure_path("/children-watch")
        reader.sync("/children-watch")
        seen = []
        ChildrenWatch(reader, "/children-watch", lambda names, event: seen.append(sorted(names)), send_event=True)
        writer.create("/children-watch/a", b"")
        eventually("a", lambda: seen[-1:] == [["a"]])
        reader._connection._socket.shutdown(2)
        writer.create("/children-watch/b", b"")
        eventually("b", lambda: seen[-1:] == [["a", "b"]])
        writer.delete("/children-watch", recursive=True)


def patient_watch():
    """PatientChildrenWatch: its answer comes when the children have been quiet, with a watch for what follows"""
    with clients(2) as (reader, writer):
        writer.ensure_path("/patient")
        reader.sync("/patient")
        answer = PatientChildrenWatch(reader, "/patient", time_boundary=0.5).start()
        for number in range(10):
            writer.create("/patient/%d" % number, b"")
        names, changed = answer.get(20)
        assert len(names) == 10 and not changed.ready(), names
        writer.create("/patient/late", b"")
        changed.get(10)
        writer.delete("/patient", recursive=True)


def tree_cache():
    """TreeCache: becomes what the tree is, follows it, tells each event, and closes"""
    with clients(2) as (reader, writer):
        writer.create("/cached/a/b", b"1", makepath=True)
        reader.sync("/cached")
        events, faults = [], []
        cache = TreeCache(reader, "/cached")
        cache.listen(lambda event: events.append(event))
        cache.listen_fault(faults.append)
        cache.start()
        kinds = lambda: [event.event_type for event in events]
        eventually("the start", lambda: TreeEvent.INITIALIZED in kinds())
        assert cache.get_data("/cached/a/b").data == b"1"
        assert cache.get_children("/cached") == frozenset(["a"])
        writer.set("/cached/a/b", b"2")
        writer.create("/cached/a/c", b"3")
        writer.create("/cached/d", b"4")
        eventually("a change", lambda: cache.get_data("/cached/a/b").data == b"2")
        eventually("a new node", lambda: cache.get_data("/cached/a/c") is not None)
        eventually("another", lambda: cache.get_children("/cached") == frozenset(["a", "d"]))
        writer.delete("/cached/a", recursive=True)
        eventually("the deletion", lambda: cache.get_data("/cached/a") is None)
        eventually("its event", lambda: kinds().count(TreeEvent.NODE_REMOVED) == 3)
        assert kinds().count(TreeEvent.NODE_UPDATED) == 1, kinds()
        cache.close()
        assert faults == [], faults
        writer.delete("/cached", recursive=True)


def cache_of_the_lost():
    """TreeCache: after a connection that was lost it holds what happened meanwhile"""
    with clients(2, timeout=8.0) as (reader, writer):
        writer.ensure_path("/recached")
        for number in range(20):
            writer.create("/recached/%02d" % number, b"0")
        reader.sync("/recached")
        cache, started = TreeCache(reader, "/recached"), threading.Event()
        cache.listen(lambda event: started.set() if event.event_type == TreeEvent.INITIALIZED else None)
        cache.start()
        assert started.wait(10)
        reader._connection._socket.shutdown(2)
        for number in range(0, 20, 2):
            writer.set("/recached/%02d" % number, b"1")
        writer.delete("/recached/01")
        writer.create("/recached/new", b"1")
        expected = frozenset(["%02d" % number for number in range(20) if number != 1] + ["new"])
        eventually("the children", lambda: cache.get_children("/recached") == expected)
        ones = lambda: [name for name in expected if (cache.get_data("/recached/" + name) or [0, b""])[1] == b"1"]
        eventually("the data", lambda: len(ones()) == 11)
        cache.close()
        writer.delete("/recached", recursive=True)


def state_listeners():
    """what a client hears of its own state: suspended, connected; lost and connected when the session is over"""
    with client() as zk:
        states = []
        zk.add_listener(states.append)
        zk._connection._socket.shutdown(2)
        eventually("the return", lambda: states == [KazooState.SUSPENDED, KazooState.CONNECTED])
        with client(client_id=zk.client_id):
            pass
        eventually("the loss", lambda: KazooState.LOST in states)
        eventually("a new session", lambda: states[-1] == KazooState.CONNECTED)
        assert states.count(KazooState.LOST) == 1, states


def many_watchers():
    """one change reaches the watch of each of 60 clients once, on all members"""
    with client() as writer, clients(60) as many:
        writer.create("/many-watchers", b"")
        counts = [0] * len(many)

        def count(number):
            def called(event):
                counts[number] += 1

            return called

        for round_number in range(1, 6):
            for number, zk in enumerate(many):
                zk.sync("/many-watchers")
                zk.get("/many-watchers", watch=count(number))
            writer.set("/many-watchers", b"%d" % round_number)
            eventually("round %d" % round_number, lambda: min(counts) == round_number, 20)
            assert set(counts) == {round_number}, counts
        writer.delete("/many-watchers")
    return {"clients": len(counts), "events": sum(counts)}


run(
    every_event,
    data_watch,
    children_watch,
    patient_watch,
    tree_cache,
    cache_of_the_lost,
    state_listeners,
    many_watchers,
)
