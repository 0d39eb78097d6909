"""kazoo's recipes, each with its clients spread over all members."""

import threading
import time

from checks import client, clients, eventually, run
from kazoo.recipe.watchers import PatientChildrenWatch


def in_threads(*works):
    """Runs all at once; raises the first failure."""
    failures = []

    def guarded(work):
        try:
            work()
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=guarded, args=(work,), daemon=True) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
        assert not thread.is_alive(), "a worker hangs"
    if failures:
        raise failures[0]


def lock():
    """lock: one holder at a time, everyone has a turn"""
    inside, worst, turns = [0], [0], [0]
    with clients(5) as many:

        def work(zk):
            for _ in range(6):
                with zk.Lock("/lock", str(zk.client_id[0])):
                    inside[0] += 1
                    worst[0] = max(worst[0], inside[0])
                    turns[0] += 1
                    time.sleep(0.005)
                    inside[0] -= 1

        in_threads(*[lambda zk=zk: work(zk) for zk in many])
        assert worst[0] == 1 and turns[0] == 30, (worst, turns)
        contender = many[0].Lock("/lock", "late")
        with many[1].Lock("/lock", "holder"):
            assert contender.contenders() == ["holder"]
            assert contender.acquire(blocking=False) is False
    return {"turns": turns[0]}


def lock_of_the_dead():
    """lock: passes on when its holder closes without a release"""
    with client() as waiter:
        with client() as holder:
            assert holder.Lock("/lock2", "a").acquire()
            waiting = waiter.Lock("/lock2", "b")
            thread = threading.Thread(target=waiting.acquire, daemon=True)
            thread.start()
            eventually("two contenders", lambda: len(waiting.contenders()) == 2)
            assert not waiting.is_acquired
        thread.join(10)
        assert waiting.is_acquired
        waiting.release()


def read_write_lock():
    """read locks share, a write lock excludes"""
    with clients(3) as (a, b, c):
        first, second = a.ReadLock("/rw"), b.ReadLock("/rw")
        assert first.acquire(timeout=10) and second.acquire(timeout=10)
        writer = c.WriteLock("/rw")
        assert writer.acquire(blocking=False) is False
        first.release()
        second.release()
        assert writer.acquire(timeout=10)
        writer.release()


def semaphore():
    """semaphore: never more holders than leases"""
    inside, worst, guard = [0], [0], threading.Lock()
    with clients(4) as many:

        def work(zk):
            for _ in range(4):
                with zk.Semaphore("/semaphore", max_leases=2):
                    with guard:
                        inside[0] += 1
                        worst[0] = max(worst[0], inside[0])
                    time.sleep(0.01)
                    with guard:
                        inside[0] -= 1

        in_threads(*[lambda zk=zk: work(zk) for zk in many])
        assert worst[0] <= 2, worst
        leases = [zk.Semaphore("/semaphore", max_leases=2) for zk in many[:3]]
        assert leases[0].acquire(timeout=10) and leases[1].acquire(timeout=10)
        assert leases[2].acquire(blocking=False) is False
        leases[0].release()
        assert leases[2].acquire(timeout=10)
        leases[1].release()
        leases[2].release()


def election():
    """election: every contender leads once, one at a time"""
    led, leading = [], [0]
    with clients(4) as many:

        def lead(name):
            leading[0] += 1
            assert leading[0] == 1
            led.append(name)
            time.sleep(0.01)
            leading[0] -= 1

        in_threads(
            *[lambda n=n, zk=zk: zk.Election("/election", "c%d" % n).run(lead, n) for n, zk in enumerate(many)]
        )
        assert sorted(led) == [0, 1, 2, 3], led


def counter():
    """counter: no increment is lost"""
    with clients(4) as many:

        def work(zk):
            mine = zk.Counter("/counter")
            for _ in range(25):
                mine += 1

        before = many[0].Counter("/counter").value
        in_threads(*[lambda zk=zk: work(zk) for zk in many])
        many[0].sync("/counter")
        assert many[0].Counter("/counter").value == before + 100


def barrier():
    """barrier: holds everyone until it is removed"""
    with clients(3) as many:
        gate = many[0].Barrier("/barrier")
        gate.create()
        passed = []
        threads = [
            threading.Thread(target=lambda zk=zk: passed.append(zk.Barrier("/barrier").wait(20)), daemon=True)
            for zk in many
        ]
        for thread in threads:
            thread.start()
        assert many[1].Barrier("/barrier").wait(0.3) is False
        assert passed == []
        gate.remove()
        for thread in threads:
            thread.join(20)
        assert passed == [True] * 3, passed


def double_barrier():
    """double barrier: all enter together and leave together"""
    entered, left = [], []
    # The recipe lets a client leave, and take the "ready" node away, before a slower one has looked for it; that one
    # would then wait for ever, with any server. Nobody leaves here before all have come back from enter().
    everybody = threading.Barrier(3, timeout=20)
    with clients(3) as many:

        def work(zk):
            gate = zk.DoubleBarrier("/double", num_clients=3)
            gate.enter()
            entered.append(1)
            everybody.wait()
            gate.leave()
            assert len(entered) == 3
            left.append(1)

        in_threads(*[lambda zk=zk: work(zk) for zk in many])
        assert len(left) == 3


def queue():
    """queue: everything comes out once, in order for one consumer"""
    with clients(3) as (producer, consumer, other):
        for number in range(20):
            producer.Queue("/fifo-queue").put(b"%d" % number)
        mine, out = consumer.Queue("/fifo-queue"), []
        consumer.sync("/fifo-queue")
        while len(out) < 20:
            out.append(int(mine.get()))
        assert out == list(range(20)), out
        locking = producer.LockingQueue("/locking-queue")
        locking.put_all([b"%d" % number for number in range(20)])
        taken = []

        def work(zk):
            shared = zk.LockingQueue("/locking-queue")
            while len(taken) < 20:
                item = shared.get(timeout=1)
                if item is not None:
                    taken.append(int(item))
                    shared.consume()

        in_threads(lambda: work(consumer), lambda: work(other))
        assert sorted(taken) == list(range(20)), taken


def party():
    """party: members join, leave, and vanish with their session"""
    with clients(2) as (a, b):
        first, second = a.Party("/party", "a"), b.Party("/party", "b")
        first.join()
        second.join()
        a.sync("/party")
        assert sorted(first) == ["a", "b"], list(first)
        second.leave()
        a.sync("/party")
        assert list(first) == ["a"]
        shallow = a.ShallowParty("/shallow", "a")
        shallow.join()
        with client() as c:
            c.ShallowParty("/shallow", "c").join()
            a.sync("/shallow")
            assert sorted(shallow) == ["a", "c"], list(shallow)
        a.sync("/shallow")
        assert list(shallow) == ["a"]


def watchers():
    """DataWatch and ChildrenWatch follow every change to the last one"""
    with clients(2) as (writer, reader):
        writer.ensure_path("/watchers")
        data, children = [], []
        reader.sync("/watchers")
        reader.DataWatch("/watchers", lambda value, stat: data.append(value))
        reader.ChildrenWatch("/watchers", lambda names: children.append(sorted(names)))
        for number in range(30):
            writer.set("/watchers", b"%d" % number)
            writer.create("/watchers/c%02d" % number, b"")
        eventually("the last value", lambda: data and data[-1] == b"29")
        eventually("the last child", lambda: children and len(children[-1]) == 30)
        numbers = [int(value) for value in data if value]
        assert numbers == sorted(numbers), numbers
        sizes = [len(names) for names in children]
        assert sizes == sorted(sizes), sizes
        patient = PatientChildrenWatch(reader, "/watchers", time_boundary=0.2).start()
        assert len(patient.get(10)[0]) == 30
        writer.delete("/watchers", recursive=True)
        eventually("the deletion", lambda: data[-1] is None)


def partitioner():
    """set partitioner: the parts are shared out without overlap"""
    with clients(2) as many:
        shares = [
            zk.SetPartitioner("/partition", tuple(range(7)), identifier=name, time_boundary=0.3)
            for zk, name in zip(many, "ab")
        ]

        def settle(share):
            deadline = time.monotonic() + 30
            while not share.acquired:
                assert not share.failed and time.monotonic() < deadline, share.state
                if share.release:
                    share.release_set()
                share.wait_for_acquire(0.1)
                time.sleep(0.01)

        in_threads(*[lambda share=share: settle(share) for share in shares])
        eventually("both", lambda: all(share.acquired for share in shares))
        parts = [list(share) for share in shares]
        assert sorted(parts[0] + parts[1]) == list(range(7)), parts
        for share in shares:
            share.finish()


run(
    lock,
    lock_of_the_dead,
    read_write_lock,
    semaphore,
    election,
    counter,
    barrier,
    double_barrier,
    queue,
    party,
    watchers,
    partitioner,
)
