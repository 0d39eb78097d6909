import static org.apache.zookeeper.ZooDefs.Ids.OPEN_ACL_UNSAFE;

import org.apache.zookeeper.AddWatchMode;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.KeeperException.Code;
import org.apache.zookeeper.Watcher.WatcherType;
import org.apache.zookeeper.ZooKeeper;

/** Watches of every kind. */
final class Watches {
  static void all() {
    Checks.run("one-shot watches: each event once, through every member", Watches::oneShot);
    Checks.run("persistent watches stay, recursive ones hear of everything below", Watches::persistent);
    Checks.run("watches are removed by kind; one that is not there is said so", Watches::removed);
    Checks.run("a persistent and a one-shot watch on one node: one event for each change", Watches::together);
  }

  private static void oneShot() throws Exception {
    try (ZooKeeper writer = Checks.connect(Checks.host(2))) {
      for (int member = 0; member < 3; member++) {
        try (ZooKeeper zk = Checks.connect(Checks.host(member))) {
          Checks.Told told = new Checks.Told();
          Checks.holds(zk.exists("/w", told) == null, "there");
          writer.create("/w", null, OPEN_ACL_UNSAFE, CreateMode.PERSISTENT);
          told.is("NodeCreated /w");
          zk.getData("/w", told, null);
          writer.setData("/w", null, -1);
          writer.setData("/w", null, -1);
          told.is("NodeDataChanged /w");
          zk.getChildren("/w", told);
          writer.create("/w/c", null, OPEN_ACL_UNSAFE, CreateMode.PERSISTENT);
          told.is("NodeChildrenChanged /w");
          writer.delete("/w/c", -1);
          Nodes.sync(zk);
          zk.getChildren("/w", told);
          writer.delete("/w", -1);
          told.is("NodeDeleted /w");
          Nodes.sync(zk);
          Checks.same(told.count(), 0);
        }
      }
    }
  }

  private static void persistent() throws Exception {
    // Two sessions: of one session the library gives an event of the children to the recursive watcher as well.
    try (ZooKeeper zk = Checks.connect(Checks.host(0));
        ZooKeeper other = Checks.connect(Checks.host(2));
        ZooKeeper writer = Checks.connect(Checks.host(1))) {
      Checks.Told plain = new Checks.Told();
      Checks.Told recursive = new Checks.Told();
      zk.addWatch("/p", plain, AddWatchMode.PERSISTENT);
      other.addWatch("/p", recursive, AddWatchMode.PERSISTENT_RECURSIVE);
      writer.create("/p", null, OPEN_ACL_UNSAFE, CreateMode.PERSISTENT);
      writer.setData("/p", null, -1);
      writer.create("/p/c", null, OPEN_ACL_UNSAFE, CreateMode.PERSISTENT);
      writer.create("/p/c/d", null, OPEN_ACL_UNSAFE, CreateMode.PERSISTENT);
      writer.setData("/p/c/d", null, -1);
      writer.delete("/p/c/d", -1);
      writer.delete("/p/c", -1);
      writer.delete("/p", -1);
      plain.is("NodeCreated /p", "NodeDataChanged /p", "NodeChildrenChanged /p", "NodeChildrenChanged /p", "NodeDeleted /p");
      recursive.is(
          "NodeCreated /p",
          "NodeDataChanged /p",
          "NodeCreated /p/c",
          "NodeCreated /p/c/d",
          "NodeDataChanged /p/c/d",
          "NodeDeleted /p/c/d",
          "NodeDeleted /p/c",
          "NodeDeleted /p");
      Nodes.sync(zk);
      Nodes.sync(other);
      Checks.same(plain.count() + recursive.count(), 0);
    }
  }

  private static void removed() throws Exception {
    try (ZooKeeper zk = Checks.connect(Checks.host(1))) {
      zk.create("/r", null, OPEN_ACL_UNSAFE, CreateMode.PERSISTENT);
      Checks.Told data = new Checks.Told();
      Checks.Told children = new Checks.Told();
      Checks.Told persistent = new Checks.Told();
      zk.getData("/r", data, null);
      zk.getChildren("/r", children);
      zk.removeWatches("/r", data, WatcherType.Data, false);
      data.is("DataWatchRemoved /r");
      zk.setData("/r", null, -1);
      zk.create("/r/c", null, OPEN_ACL_UNSAFE, CreateMode.PERSISTENT);
      children.is("NodeChildrenChanged /r");
      Checks.refuses(Code.NOWATCHER, () -> zk.removeWatches("/r", children, WatcherType.Children, false));
      zk.addWatch("/r", persistent, AddWatchMode.PERSISTENT);
      zk.setData("/r", null, -1);
      persistent.is("NodeDataChanged /r");
      zk.removeWatches("/r", persistent, WatcherType.Any, false);
      persistent.is("PersistentWatchRemoved /r");
      zk.delete("/r/c", -1);
      zk.delete("/r", -1);
      Nodes.sync(zk);
      Checks.same(data.count() + children.count() + persistent.count(), 0);
    }
  }

  private static void together() throws Exception {
    try (ZooKeeper zk = Checks.connect(Checks.host(2))) {
      zk.create("/both", null, OPEN_ACL_UNSAFE, CreateMode.PERSISTENT);
      Checks.Told persistent = new Checks.Told();
      Checks.Told once = new Checks.Told();
      zk.addWatch("/both", persistent, AddWatchMode.PERSISTENT);
      zk.getData("/both", once, null);
      zk.setData("/both", null, -1);
      zk.setData("/both", null, -1);
      persistent.is("NodeDataChanged /both", "NodeDataChanged /both");
      once.is("NodeDataChanged /both");
      zk.delete("/both", -1);
      persistent.is("NodeDeleted /both");
      Checks.same(once.count() + persistent.count(), 0);
    }
  }
}
