"""Processes with a client each, which do what they are told in a line: contenders that share nothing but the ensemble."""

import contextlib
import os
import queue
import subprocess
import sys
import tempfile
import threading

from checks import client, every_host


class Exclusion:
    """Who is inside, as files that every process sees: what the recipes promise is held against it."""

    def __init__(self, directory):
        self.directory = directory

    def others(self, kind):
        return [name for name in os.listdir(self.directory) if name.startswith(kind)]

    @contextlib.contextmanager
    def inside(self, kind, at_most):
        path = os.path.join(self.directory, "%s-%d" % (kind, os.getpid()))
        with open(path, "x"):
            pass
        try:
            inside = self.others(kind)
            assert len(inside) <= at_most, "%s at the same time" % inside
            yield
        finally:
            os.unlink(path)


class Worker:
    """One of the processes, as the script sees it."""

    def __init__(self, script, number, directory):
        hosts = every_host()
        turned = ",".join(hosts[number % len(hosts) :] + hosts[: number % len(hosts)])
        self.process = subprocess.Popen(
            [sys.executable, "-B", os.path.abspath(script), turned, "work", str(number), directory],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def tell(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def hear(self):
        answer = self.process.stdout.readline().strip()
        assert answer.startswith("ok"), answer or "the process has ended"
        return answer[3:]

    def kill(self):
        self.process.kill()
        self.process.wait()


@contextlib.contextmanager
def crew(script, count):
    """Processes that run `script` in its part of a worker, each beginning with another member."""
    with tempfile.TemporaryDirectory() as directory:
        workers = [Worker(script, number, directory) for number in range(count)]
        try:
            for worker in workers:
                worker.hear()
            yield workers
        finally:
            for worker in workers:
                worker.kill()


def together(workers, line):
    """All do the same at the same time; their answers."""
    for worker in workers:
        worker.tell(line)
    return [worker.hear() for worker in workers]


def work(tasks, number, directory):
    """The process: does what each line names until its input ends, and answers `ok` and what came of it."""
    lines = queue.Queue()
    threading.Thread(target=read, args=(lines,), daemon=True).start()
    with client(timeout=4.0) as zk:
        print("ok", flush=True)
        while True:
            name, *arguments = lines.get().split()
            try:
                print("ok", tasks[name](zk, number, Exclusion(directory), *arguments) or "", flush=True)
            except Exception as error:
                print("failed: %r" % error, flush=True)


def read(lines):
    """A worker ends with the script, whatever it waits for."""
    for line in sys.stdin:
        lines.put(line)
    os._exit(0)
