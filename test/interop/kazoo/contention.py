"""Recipes between processes that share nothing: one is killed while it holds everything, connections and sessions are lost."""

import contextlib
import sys
import threading
import time

from checks import HOSTS, client, clients, eventually, every_host, run
from crew import crew, together, work
from kazoo.client import KazooClient
from kazoo.protocol.states import KazooState

CONTENDERS = 4
TURNS = 12

kept = contextlib.ExitStack()
"""What a worker holds between two lines."""


def locked(zk, number, exclusion, turns):
    for _ in range(int(turns)):
        with zk.Lock("/c/lock", str(number)):
            with exclusion.inside("lock", 1):
                time.sleep(0.002)


def cut_off(zk, number, exclusion, turns):
    """As `locked`, but the connection is lost again and again: while it waits, while it holds, while it lets go."""
    for turn in range(int(turns)):
        with zk.Lock("/c/cut", str(number)):
            with exclusion.inside("cut", 1):
                if turn % 3 == number % 3:
                    zk._connection._socket.shutdown(2)
                time.sleep(0.002)


def shared(zk, number, exclusion):
    """Takes a read lock and keeps it."""
    keep("read", zk.ReadLock("/c/rw"), exclusion, CONTENDERS - 1)
    assert exclusion.others("write") == []


def alone(zk, number, exclusion):
    """Takes the write lock and keeps it."""
    keep("write", zk.WriteLock("/c/rw"), exclusion, 1)
    assert exclusion.others("read") == []


def keep(kind, lock, exclusion, at_most):
    kept.enter_context(lock)
    kept.enter_context(exclusion.inside(kind, at_most))


def let_go(zk, number, exclusion):
    kept.close()


def leased(zk, number, exclusion, turns):
    for _ in range(int(turns)):
        with zk.Semaphore("/c/semaphore", str(number), max_leases=2):
            with exclusion.inside("lease", 2):
                time.sleep(0.002)


def led(zk, number, exclusion):
    def lead():
        with exclusion.inside("leader", 1):
            time.sleep(0.05)

    zk.Election("/c/election", str(number)).run(lead)


def counted(zk, number, exclusion, times):
    mine = zk.Counter("/c/counter")
    for _ in range(int(times)):
        mine += 1


def taken(zk, number, exclusion, last):
    """Takes from the locking queue until the last item has gone; what it took."""
    mine, out = zk.LockingQueue("/c/items"), []
    while zk.exists("/c/items/entries") and zk.get_children("/c/items/entries"):
        item = mine.get(timeout=0.5)
        if item is not None:
            assert mine.holds_lock()
            out.append(item.decode())
            mine.consume()
    return ",".join(out)


def met(zk, number, exclusion):
    assert zk.Barrier("/c/barrier").wait(20)
    gate = zk.DoubleBarrier("/c/double", CONTENDERS, identifier="%s-%s" % (number, zk.client_id[0]))
    with exclusion.inside("meeting", CONTENDERS):
        gate.enter()
        assert len(exclusion.others("meeting")) == CONTENDERS
        # Nobody leaves before all have come back from enter(): a slower one would look for "ready" in vain.
        deadline = time.monotonic() + 20
        zk.create("/c/met/%s" % number, b"", makepath=True)
        while len(zk.get_children("/c/met")) < CONTENDERS:
            assert time.monotonic() < deadline
            zk.sync("/c/met")
    gate.leave()


def hold(zk, number, exclusion):
    """Takes one of everything and keeps it."""
    assert zk.Lock("/d/lock", "dying").acquire(timeout=10)
    assert zk.WriteLock("/d/rw", "dying").acquire(timeout=10)
    assert zk.Semaphore("/d/semaphore", "dying").acquire(timeout=10)
    zk.Party("/d/party", "dying").join()
    zk.ShallowParty("/d/shallow", "dying").join()
    leads = threading.Event()
    election = zk.Election("/d/election", "dying")
    threading.Thread(target=election.run, args=(lambda: (leads.set(), time.sleep(60)),), daemon=True).start()
    assert leads.wait(10)
    assert zk.LockingQueue("/d/items").get(timeout=5) == b"item"
    return zk._session_timeout


TASKS = {task.__name__: task for task in (locked, cut_off, shared, alone, let_go, leased, led, counted, taken, met, hold)}


def locks():
    """lock between processes: one inside at a time, everyone has all turns"""
    together(workers, "locked %d" % TURNS)
    return {"turns": CONTENDERS * TURNS}


def locks_of_the_cut_off():
    """lock between processes whose connections are cut while they hold it or wait for it: still one inside at a time"""
    together(workers, "cut_off 6")
    return {"turns": CONTENDERS * 6}


def read_write_locks():
    """read and write locks between processes: readers share, a writer waits for all of them and they for it"""
    # kazoo's read lock waits for the last writer in the queue, even for one behind it, which then waits for this reader:
    # no writer may join here while a reader looks at the queue, with any server.
    with client() as zk:
        queued = zk.WriteLock("/c/rw").contenders
        for writer in workers:
            readers = [worker for worker in workers if worker is not writer]
            together(readers, "shared")
            writer.tell("alone")
            eventually("the writer in the queue", lambda: len(queued()) == CONTENDERS)
            together(readers, "let_go")
            writer.hear()
            for reader in readers:
                reader.tell("shared")
            eventually("the readers in the queue", lambda: len(queued()) == CONTENDERS)
            together([writer], "let_go")
            for reader in readers:
                reader.hear()
            together(readers, "let_go")


def semaphores():
    """semaphore between processes: never more inside than leases"""
    together(workers, "leased %d" % TURNS)


def elections():
    """election between processes: all lead, one at a time"""
    together(workers, "led")


def counters_and_queues():
    """counter and locking queue between processes: no increment is lost, every item is taken once"""
    with client() as zk:
        together(workers, "counted 20")
        zk.sync("/c/counter")
        assert zk.Counter("/c/counter").value == CONTENDERS * 20
        items = zk.LockingQueue("/c/items")
        items.put_all([b"%d" % number for number in range(40)])
        items.put(b"first", priority=1)
        for host in every_host():
            with client(host) as other:
                other.sync("/c/items")
        out = [item for answer in together(workers, "taken 40") for item in answer.split(",") if item]
        assert sorted(out) == sorted(["first"] + [str(number) for number in range(40)]), out


def barriers():
    """barrier and double barrier between processes: all wait, all enter, all leave"""
    with client() as zk:
        zk.Barrier("/c/barrier").create()
        for worker in workers:
            worker.tell("met")
        assert zk.Barrier("/c/barrier").wait(0.5) is False
        assert not zk.exists("/c/met")
        zk.Barrier("/c/barrier").remove()
        for worker in workers:
            worker.hear()


def death():
    """a process that is killed loses lock, write lock, lease, leadership, party and item, all when its session ends"""
    with clients(5) as (locker, writer, leaser, candidate, taker):
        locker.ensure_path("/d")
        taker.LockingQueue("/d/items").put(b"item")
        granted = int(together(workers[-1:], "hold")[0]) / 1000.0
        taker.sync("/d")
        assert list(locker.Party("/d/party")) == ["dying"] == list(locker.ShallowParty("/d/shallow"))
        freed = {}

        def waits(name, call):
            def waiting():
                call()
                freed[name] = time.monotonic()

            thread = threading.Thread(target=waiting, daemon=True)
            thread.start()
            return thread

        threads = [
            waits("lock", lambda: locker.Lock("/d/lock", "heir").acquire()),
            waits("write lock", lambda: writer.WriteLock("/d/rw", "heir").acquire()),
            waits("lease", lambda: leaser.Semaphore("/d/semaphore", "heir").acquire()),
            waits("leadership", lambda: candidate.Election("/d/election", "heir").run(lambda: None)),
            waits("item", lambda: taker.LockingQueue("/d/items").get()),
        ]
        eventually("two contenders", lambda: len(locker.Lock("/d/lock").contenders()) == 2)
        died = time.monotonic()
        workers[-1].kill()
        for thread in threads:
            thread.join(granted + 15)
        assert len(freed) == 5, freed
        # The last ping may have been sent up to a third of the timeout before the death.
        first, last = min(freed.values()) - died, max(freed.values()) - died
        assert first >= granted * 2 / 3 - 0.5, first
        locker.sync("/d")
        assert list(locker.Party("/d/party")) == [] == list(locker.ShallowParty("/d/shallow"))
        return {"timeout_s": granted, "freed_after_s": round(last, 2)}


def session_lost():
    """who loses the session loses the lock and the part of a set at once, hears of it, and may begin anew"""
    with clients(2) as (loser, heir):
        states = []
        loser.add_listener(states.append)
        mine, theirs = loser.Lock("/s/lock", "loser"), heir.Lock("/s/lock", "heir")
        assert mine.acquire(timeout=10)
        shares = [
            zk.SetPartitioner("/s/parts", (1, 2, 3, 4), identifier=name, time_boundary=0.2)
            for zk, name in ((loser, "loser"), (heir, "heir"))
        ]
        settle(shares)
        assert sorted(list(shares[0]) + list(shares[1])) == [1, 2, 3, 4]
        waiting = threading.Thread(target=theirs.acquire, daemon=True)
        waiting.start()
        eventually("two contenders", lambda: len(theirs.contenders()) == 2)
        thief = KazooClient(hosts=HOSTS, client_id=loser.client_id)
        thief.start(15)
        thief.stop()
        thief.close()
        waiting.join(10)
        assert theirs.is_acquired
        eventually("the news", lambda: KazooState.LOST in states and states[-1] == KazooState.CONNECTED)
        # The lock object itself does not listen: who holds one is told by the client's state, and lets go.
        mine.release()
        eventually("the failure of the part", lambda: shares[0].failed)
        settle(shares[1:], lambda: list(shares[1]) == [1, 2, 3, 4])
        shares[1].finish()
        theirs.release()
        assert mine.acquire(timeout=10)
        mine.release()


def settle(shares, also=lambda: True):
    deadline = time.monotonic() + 30
    while not (all(share.acquired for share in shares) and also()):
        assert time.monotonic() < deadline, [share.state for share in shares]
        for share in shares:
            if share.release:
                share.release_set()
            elif share.allocating:
                share.wait_for_acquire(0.1)
        time.sleep(0.01)


if len(sys.argv) > 2 and sys.argv[2] == "work":
    work(TASKS, int(sys.argv[3]), sys.argv[4])
else:
    with client() as setup:
        setup.ensure_path("/c")
    with crew(__file__, CONTENDERS) as workers:
        run(
            locks,
            locks_of_the_cut_off,
            read_write_locks,
            semaphores,
            elections,
            counters_and_queues,
            barriers,
            death,
            session_lost,
        )
