"""kazoo's leases: a lock with an end in time, kept as data under a lock recipe."""

import datetime

from checks import clients, run
from kazoo.recipe.lease import MultiNonBlockingLease, NonBlockingLease


class Time:
    """A clock that the check turns."""

    def __init__(self):
        self.now = datetime.datetime(2020, 1, 1)

    def __call__(self):
        return self.now


def lease():
    """lease: one holder until its time is over; the same one may renew it"""
    time, hour = Time(), datetime.timedelta(hours=1)
    with clients(3) as (a, b, c):
        assert NonBlockingLease(a, "/lease", hour, identifier="a", utcnow=time)
        assert not NonBlockingLease(b, "/lease", hour, identifier="b", utcnow=time)
        time.now += datetime.timedelta(minutes=59)
        assert a.NonBlockingLease("/lease", hour, identifier="a", utcnow=time)
        time.now += datetime.timedelta(minutes=59)
        assert not NonBlockingLease(c, "/lease", hour, identifier="c", utcnow=time)
        time.now += datetime.timedelta(minutes=2)
        assert NonBlockingLease(c, "/lease", hour, identifier="c", utcnow=time)
        assert not NonBlockingLease(a, "/lease", hour, identifier="a", utcnow=time)
        a.delete("/lease", recursive=True)


def several():
    """multi lease: as many holders as it says, each place free again after its time"""
    time, hour = Time(), datetime.timedelta(hours=1)
    with clients(3) as many:
        obtained = [
            bool(MultiNonBlockingLease(zk, 2, "/leases", hour, identifier=name, utcnow=time))
            for zk, name in zip(many, "abc")
        ]
        assert obtained == [True, True, False], obtained
        time.now += datetime.timedelta(hours=2)
        assert many[2].MultiNonBlockingLease(2, "/leases", hour, identifier="c", utcnow=time)
        many[0].delete("/leases", recursive=True)


run(lease, several)
