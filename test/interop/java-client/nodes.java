import static org.apache.zookeeper.ZooDefs.Ids.CREATOR_ALL_ACL;
import static org.apache.zookeeper.ZooDefs.Ids.OPEN_ACL_UNSAFE;
import static org.apache.zookeeper.ZooDefs.Ids.READ_ACL_UNSAFE;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.KeeperException.Code;
import org.apache.zookeeper.Op;
import org.apache.zookeeper.OpResult;
import org.apache.zookeeper.ZKUtil;
import org.apache.zookeeper.ZooKeeper;
import org.apache.zookeeper.admin.ZooKeeperAdmin;
import org.apache.zookeeper.data.Stat;

/** Nodes: how they are made, read, written and guarded. */
final class Nodes {
  static void all() {
    Checks.run("every create mode, through every member, with the stat of what was made", Nodes::modes);
    Checks.run("data and versions, and the exception of each refusal", Nodes::data);
    Checks.run("children, counts, ephemerals of the session, deletion of a tree", Nodes::trees);
    Checks.run("multi: every operation, its results, and what is left of a failed one", Nodes::multi);
    Checks.run("a read of several nodes at once, each with its own result", Nodes::multiRead);
    Checks.run("ACLs and identities: whoAmI, masked hashes, versions", Nodes::access);
    Checks.run("asynchronous calls are answered in their order", Nodes::pipelined);
    Checks.run("the configuration is read, a change of it is refused", Nodes::configuration);
  }

  private static void modes() throws Exception {
    for (int member = 0; member < 3; member++) {
      try (ZooKeeper zk = Checks.connect(Checks.host(member))) {
        String root = zk.create("/modes-" + member, null, OPEN_ACL_UNSAFE, CreateMode.PERSISTENT);
        int count = 0;
        for (CreateMode mode : CreateMode.values()) {
          Stat stat = new Stat();
          long ttl = mode.isTTL() ? 100_000 : -1;
          String made = zk.create(root + "/" + mode + "-", new byte[3], OPEN_ACL_UNSAFE, mode, stat, ttl);
          String expected = root + "/" + mode + "-" + (mode.isSequential() ? String.format("%010d", count) : "");
          Checks.same(made, expected);
          Checks.same(zk.exists(made, false), stat);
          Checks.same(stat.getEphemeralOwner(), mode.isEphemeral() ? zk.getSessionId() : 0L);
          Checks.same(stat.getDataLength(), 3);
          count++;
        }
        Checks.same(zk.exists(root, false).getCversion(), count);
        ZKUtil.deleteRecursive(zk, root);
        Checks.holds(zk.exists(root, false) == null, root);
      }
    }
  }

  private static void data() throws Exception {
    try (ZooKeeper zk = Checks.connect(Checks.host(1))) {
      zk.create("/data", null, OPEN_ACL_UNSAFE, CreateMode.PERSISTENT);
      Checks.holds(zk.getData("/data", false, null) == null, "data");
      Checks.same(zk.setData("/data", new byte[0], 0).getVersion(), 1);
      Checks.same(zk.getData("/data", false, null).length, 0);
      byte[] large = new byte[1_000_000];
      Arrays.fill(large, (byte) 'x');
      Stat stat = zk.setData("/data", large, 1);
      Stat read = new Stat();
      Checks.holds(Arrays.equals(zk.getData("/data", false, read), large), "large");
      Checks.same(read, stat);
      Checks.refuses(Code.BADVERSION, () -> zk.setData("/data", large, 0));
      Checks.refuses(Code.BADVERSION, () -> zk.delete("/data", 0));
      Checks.refuses(Code.NODEEXISTS, () -> zk.create("/data", null, OPEN_ACL_UNSAFE, CreateMode.CONTAINER));
      Checks.refuses(Code.NONODE, () -> zk.create("/a/b", null, OPEN_ACL_UNSAFE, CreateMode.PERSISTENT));
      zk.create("/data/e", null, OPEN_ACL_UNSAFE, CreateMode.EPHEMERAL);
      Checks.refuses(Code.NOTEMPTY, () -> zk.delete("/data", -1));
      Checks.refuses(
          Code.NOCHILDRENFOREPHEMERALS,
          () -> zk.create("/data/e/c", null, OPEN_ACL_UNSAFE, CreateMode.PERSISTENT));
      Checks.refuses(Code.INVALIDACL, () -> zk.create("/bad", null, CREATOR_ALL_ACL, CreateMode.PERSISTENT));
      Checks.refuses(Code.BADARGUMENTS, () -> zk.delete("/zookeeper", -1));
      zk.delete("/data/e", 0);
      zk.delete("/data", 2);
    }
  }

  private static void trees() throws Exception {
    try (ZooKeeper zk = Checks.connect(Checks.hosts); ZooKeeper inner = Checks.connect(Checks.hosts + "/tree")) {
      zk.create("/tree", null, OPEN_ACL_UNSAFE, CreateMode.PERSISTENT);
      List<String> expected = new ArrayList<>();
      for (int number = 0; number < 50; number++) {
        CreateMode mode = number % 5 == 0 ? CreateMode.EPHEMERAL : CreateMode.PERSISTENT;
        expected.add(inner.create("/n" + (100 + number), null, OPEN_ACL_UNSAFE, mode).substring(1));
      }
      zk.sync("/tree", (code, path, context) -> {}, null);
      Stat stat = new Stat();
      List<String> names = zk.getChildren("/tree", false, stat);
      Collections.sort(names);
      Checks.same(names, expected);
      Checks.same(stat.getNumChildren(), 50);
      Checks.same(zk.getAllChildrenNumber("/tree"), 50);
      Checks.same(inner.getEphemerals().size(), 10);
      Checks.same(inner.getEphemerals("/tree/n100"), List.of("/tree/n100"));
      Checks.same(zk.getEphemerals(), List.of());
      Checks.holds(ZKUtil.deleteRecursive(zk, "/tree", 7), "deleteRecursive");
      sync(inner);
      Checks.same(inner.getEphemerals(), List.of());
    }
  }

  private static void multi() throws Exception {
    try (ZooKeeper zk = Checks.connect(Checks.host(2))) {
      List<OpResult> good = zk.multi(List.of(
          Op.create("/multi", new byte[1], OPEN_ACL_UNSAFE, CreateMode.PERSISTENT),
          Op.create("/multi/c", null, OPEN_ACL_UNSAFE, CreateMode.CONTAINER),
          Op.create("/multi/t", null, OPEN_ACL_UNSAFE, CreateMode.PERSISTENT_WITH_TTL, 100_000),
          Op.create("/multi/es-", null, OPEN_ACL_UNSAFE, CreateMode.EPHEMERAL_SEQUENTIAL),
          Op.setData("/multi", new byte[2], 0),
          Op.check("/multi", 1),
          Op.delete("/multi/c", 0)));
      Checks.same(good.size(), 7);
      Checks.same(((OpResult.CreateResult) good.get(3)).getPath(), "/multi/es-0000000002");
      Checks.same(((OpResult.SetDataResult) good.get(4)).getStat().getVersion(), 1);
      Checks.same(zk.exists("/multi", false).getCzxid(), zk.exists("/multi/t", false).getCzxid());
      List<Op> bad = List.of(
          Op.create("/multi/x", null, OPEN_ACL_UNSAFE, CreateMode.PERSISTENT),
          Op.check("/multi", 9),
          Op.delete("/multi", -1));
      Checks.refuses(Code.BADVERSION, () -> zk.multi(bad));
      Checks.same(zk.getAllChildrenNumber("/multi"), 2);
      Checks.refuses(Code.BADVERSION, () -> zk.transaction().setData("/multi", null, 9).commit());
      Checks.same(zk.transaction().delete("/multi/t", -1).commit().size(), 1);
      ZKUtil.deleteRecursive(zk, "/multi");
    }
  }

  private static void multiRead() throws Exception {
    try (ZooKeeper zk = Checks.connect(Checks.host(0))) {
      zk.create("/reads", new byte[] {7}, OPEN_ACL_UNSAFE, CreateMode.PERSISTENT);
      zk.create("/reads/child", null, OPEN_ACL_UNSAFE, CreateMode.PERSISTENT);
      List<OpResult> results =
          zk.multi(List.of(Op.getData("/reads"), Op.getData("/absent"), Op.getChildren("/reads")));
      Checks.same(((OpResult.GetDataResult) results.get(0)).getData()[0], (byte) 7);
      Checks.same(((OpResult.GetDataResult) results.get(0)).getStat(), zk.exists("/reads", false));
      Checks.same(((OpResult.ErrorResult) results.get(1)).getErr(), Code.NONODE.intValue());
      Checks.same(((OpResult.GetChildrenResult) results.get(2)).getChildren(), List.of("child"));
      ZKUtil.deleteRecursive(zk, "/reads");
    }
  }

  private static void access() throws Exception {
    try (ZooKeeper owner = Checks.connect(Checks.host(0)); ZooKeeper stranger = Checks.connect(Checks.host(1))) {
      owner.addAuthInfo("digest", "alice:secret".getBytes());
      owner.create("/private", null, CREATOR_ALL_ACL, CreateMode.PERSISTENT);
      Checks.same(owner.whoAmI().size(), 2);
      Checks.same(stranger.whoAmI().get(0).getAuthScheme(), "ip");
      Stat stat = new Stat();
      Checks.same(owner.getACL("/private", stat).get(0).getId().getScheme(), "digest");
      sync(stranger);
      Checks.refuses(Code.NOAUTH, () -> stranger.getData("/private", false, null));
      Checks.refuses(Code.NOAUTH, () -> stranger.getACL("/private", null));
      Checks.refuses(Code.NOAUTH, () -> stranger.setACL("/private", OPEN_ACL_UNSAFE, -1));
      Checks.refuses(Code.BADVERSION, () -> owner.setACL("/private", READ_ACL_UNSAFE, 4));
      Checks.same(owner.setACL("/private", READ_ACL_UNSAFE, 0).getAversion(), 1);
      sync(stranger);
      stranger.getData("/private", false, null);
      Checks.refuses(Code.NOAUTH, () -> owner.setData("/private", null, -1));
      owner.delete("/private", -1);
    }
  }

  static void sync(ZooKeeper zk) throws Exception {
    CountDownLatch done = new CountDownLatch(1);
    zk.sync("/", (code, path, context) -> done.countDown(), null);
    Checks.holds(done.await(Checks.WITHIN_S, TimeUnit.SECONDS), "sync");
  }

  private static void pipelined() throws Exception {
    int calls = 2000;
    try (ZooKeeper zk = Checks.connect(Checks.host(2))) {
      zk.create("/pipelined", null, OPEN_ACL_UNSAFE, CreateMode.PERSISTENT);
      CountDownLatch answered = new CountDownLatch(calls);
      AtomicReference<String> wrong = new AtomicReference<>();
      for (int number = 0; number < calls; number++) {
        zk.setData("/pipelined", new byte[1], number, (code, path, context, stat) -> {
          int due = calls - (int) answered.getCount();
          if (code != 0 || !context.equals(due) || stat.getVersion() != due + 1) wrong.set(context + ": " + code);
          answered.countDown();
        }, number);
      }
      Checks.holds(answered.await(Checks.WITHIN_S * 2, TimeUnit.SECONDS), answered.getCount());
      Checks.holds(wrong.get() == null, wrong.get());
      zk.delete("/pipelined", calls);
    }
  }

  private static void configuration() throws Exception {
    try (ZooKeeperAdmin admin = new ZooKeeperAdmin(Checks.hosts, Checks.TIMEOUT_MS, event -> {})) {
      Stat stat = new Stat();
      admin.getConfig(false, stat);
      Checks.same(stat.getEphemeralOwner(), 0L);
      String joining = "server.9=127.0.0.1:1:2:participant;127.0.0.1:3";
      Checks.refuses(Code.RECONFIGDISABLED, () -> admin.reconfigure(joining, null, null, -1, null));
      admin.exists("/", false);
    }
  }
}
