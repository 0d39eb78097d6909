import static org.apache.zookeeper.ZooDefs.Ids.OPEN_ACL_UNSAFE;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.zookeeper.AddWatchMode;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.KeeperException;
import org.apache.zookeeper.KeeperException.Code;
import org.apache.zookeeper.Watcher.Event.KeeperState;
import org.apache.zookeeper.ZooKeeper;
import org.apache.zookeeper.recipes.lock.LockListener;
import org.apache.zookeeper.recipes.lock.WriteLock;
import org.apache.zookeeper.recipes.queue.DistributedQueue;

/** What becomes of sessions, and the recipes that come with ZooKeeper. */
final class Sessions {
  static void all() {
    Checks.run("a session goes on in another object with its id; the first is told expired", Sessions::takenOver);
    Checks.run("the recipes of ZooKeeper: a lock among five, a queue in its order", Sessions::recipes);
    Checks.run("the leader is killed: sessions, ephemerals and watches of every kind go on", Sessions::leaderKilled);
  }

  private static void takenOver() throws Exception {
    CountDownLatch connected = new CountDownLatch(1);
    CountDownLatch expired = new CountDownLatch(1);
    ZooKeeper first = new ZooKeeper(Checks.host(0), Checks.TIMEOUT_MS, event -> {
      if (event.getState() == KeeperState.SyncConnected) connected.countDown();
      if (event.getState() == KeeperState.Expired) expired.countDown();
    });
    Checks.holds(connected.await(Checks.WITHIN_S, TimeUnit.SECONDS), "first");
    first.create("/taken", null, OPEN_ACL_UNSAFE, CreateMode.EPHEMERAL);
    long session = first.getSessionId();
    CountDownLatch again = new CountDownLatch(1);
    ZooKeeper second = new ZooKeeper(
        Checks.host(1), Checks.TIMEOUT_MS, event -> again.countDown(), session, first.getSessionPasswd());
    Checks.holds(again.await(Checks.WITHIN_S, TimeUnit.SECONDS), "second");
    Checks.same(second.exists("/taken", false).getEphemeralOwner(), session);
    second.close();
    Checks.holds(expired.await(Checks.WITHIN_S, TimeUnit.SECONDS), "expired");
    Checks.refuses(Code.SESSIONEXPIRED, () -> first.exists("/", false));
    try (ZooKeeper third = Checks.connect(Checks.host(2))) {
      Nodes.sync(third);
      Checks.holds(third.exists("/taken", false) == null, "still there");
    }
  }

  private static void recipes() throws Exception {
    List<ZooKeeper> many = new ArrayList<>();
    for (int number = 0; number < 5; number++) many.add(Checks.connect(Checks.host(number % 3)));
    AtomicInteger inside = new AtomicInteger();
    AtomicInteger turns = new AtomicInteger();
    List<Throwable> failures = Collections.synchronizedList(new ArrayList<>());
    List<Thread> threads = new ArrayList<>();
    many.get(0).create("/lock", null, OPEN_ACL_UNSAFE, CreateMode.PERSISTENT);
    for (ZooKeeper zk : many) {
      threads.add(new Thread(() -> {
        try {
          for (int turn = 0; turn < 4; turn++) lockOnce(zk, inside, turns);
        } catch (Throwable error) {
          failures.add(error);
        }
      }));
    }
    for (Thread thread : threads) thread.start();
    for (Thread thread : threads) thread.join();
    Checks.holds(failures.isEmpty(), failures);
    Checks.same(turns.get(), 20);
    DistributedQueue producer = new DistributedQueue(many.get(0), "/queue", null);
    DistributedQueue consumer = new DistributedQueue(many.get(1), "/queue", null);
    for (int number = 0; number < 20; number++) producer.offer(new byte[] {(byte) number});
    Nodes.sync(many.get(1));
    for (int number = 0; number < 20; number++) Checks.same(consumer.take()[0], (byte) number);
    for (ZooKeeper zk : many) zk.close();
  }

  private static void lockOnce(ZooKeeper zk, AtomicInteger inside, AtomicInteger turns) throws Exception {
    CountDownLatch acquired = new CountDownLatch(1);
    WriteLock lock = new WriteLock(zk, "/lock", OPEN_ACL_UNSAFE, new LockListener() {
      @Override
      public void lockAcquired() {
        acquired.countDown();
      }

      @Override
      public void lockReleased() {}
    });
    lock.lock();
    Checks.holds(acquired.await(Checks.WITHIN_S * 2, TimeUnit.SECONDS), "the lock");
    Checks.same(inside.incrementAndGet(), 1);
    turns.incrementAndGet();
    Thread.sleep(2);
    inside.decrementAndGet();
    lock.unlock();
  }

  private static void leaderKilled() throws Exception {
    try (ZooKeeper zk = Checks.connect(Checks.hosts); ZooKeeper writer = Checks.connect(Checks.hosts)) {
      zk.create("/loss", null, OPEN_ACL_UNSAFE, CreateMode.PERSISTENT);
      zk.create("/loss-e", null, OPEN_ACL_UNSAFE, CreateMode.EPHEMERAL);
      long session = zk.getSessionId();
      Checks.Told data = new Checks.Told();
      Checks.Told children = new Checks.Told();
      Checks.Told recursive = new Checks.Told();
      zk.getData("/loss", data, null);
      zk.getChildren("/loss", children);
      zk.addWatch("/loss-r", recursive, AddWatchMode.PERSISTENT_RECURSIVE);
      Checks.ask("kill leader");
      insist(() -> Nodes.sync(zk));
      insist(() -> writer.setData("/loss", null, -1));
      insist(() -> writer.create("/loss/c", null, OPEN_ACL_UNSAFE, CreateMode.PERSISTENT));
      data.is("NodeDataChanged /loss");
      children.is("NodeChildrenChanged /loss");
      // A recursive watch is set again without news of what was missed: its node is made when the client is back.
      insist(() -> zk.exists("/", false));
      insist(() -> writer.create("/loss-r", null, OPEN_ACL_UNSAFE, CreateMode.PERSISTENT));
      recursive.is("NodeCreated /loss-r");
      Checks.same(zk.getSessionId(), session);
      Checks.same(zk.exists("/loss-e", false).getEphemeralOwner(), session);
      Checks.same(Checks.ask("start"), "serving");
      insist(() -> zk.delete("/loss/c", -1));
      insist(() -> zk.delete("/loss", -1));
      insist(() -> zk.delete("/loss-r", -1));
    }
  }

  /** Asks again while the connection is lost; what was done already is done. */
  private static void insist(Checks.Check call) throws Exception {
    for (;;) {
      try {
        call.run();
        return;
      } catch (KeeperException.ConnectionLossException error) {
        Thread.sleep(20);
      } catch (KeeperException.NodeExistsException | KeeperException.NoNodeException error) {
        return;
      }
    }
  }
}
