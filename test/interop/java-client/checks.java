import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.apache.zookeeper.KeeperException;
import org.apache.zookeeper.WatchedEvent;
import org.apache.zookeeper.Watcher;
import org.apache.zookeeper.ZooKeeper;

/** Runs every check with ZooKeeper's own Java library; one line of JSON for each: checks HOST:PORT,HOST:PORT,HOST:PORT */
final class Checks {
  static final int TIMEOUT_MS = 10_000;
  static final long WITHIN_S = 20;
  static String hosts;
  private static final BufferedReader ANSWERS = new BufferedReader(new InputStreamReader(System.in));
  private static boolean failed;

  interface Check {
    void run() throws Exception;
  }

  interface Condition {
    boolean holds() throws Exception;
  }

  public static void main(String[] arguments) {
    hosts = arguments[0];
    Nodes.all();
    Watches.all();
    Sessions.all();
    System.exit(failed ? 1 : 0);
  }

  static void run(String name, Check check) {
    String trace = null;
    try {
      check.run();
    } catch (Throwable error) {
      StringWriter text = new StringWriter();
      error.printStackTrace(new PrintWriter(text));
      trace = text.toString();
      failed = true;
    }
    String rest = trace == null ? "" : ", \"trace\": " + quoted(trace);
    System.out.println("{\"check\": " + quoted(name) + ", \"ok\": " + (trace == null) + rest + "}");
  }

  private static String quoted(String text) {
    String escaped = text.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n").replace("\t", " ");
    return '"' + escaped.replace("\r", "") + '"';
  }

  static void holds(boolean condition, Object facts) {
    if (!condition) throw new AssertionError(facts);
  }

  static void same(Object actual, Object expected) {
    if (!expected.equals(actual)) throw new AssertionError(actual + " in the place of " + expected);
  }

  static void becomes(String what, Condition condition) throws Exception {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(WITHIN_S);
    while (!condition.holds()) {
      if (System.nanoTime() > deadline) throw new AssertionError(what + ": not in time");
      Thread.sleep(5);
    }
  }

  /** That the call fails with this code. */
  static void refuses(KeeperException.Code code, Check call) throws Exception {
    try {
      call.run();
    } catch (KeeperException error) {
      same(error.code(), code);
      return;
    }
    throw new AssertionError("no " + code);
  }

  static String host(int index) {
    return hosts.split(",")[index];
  }

  static ZooKeeper connect(String where) throws Exception {
    CountDownLatch connected = new CountDownLatch(1);
    ZooKeeper zk = new ZooKeeper(where, TIMEOUT_MS, event -> {
      if (event.getState() == Watcher.Event.KeeperState.SyncConnected) connected.countDown();
    });
    holds(connected.await(WITHIN_S, TimeUnit.SECONDS), "no connection to " + where);
    return zk;
  }

  /** Has the test do something to the ensemble. */
  static String ask(String wish) throws IOException {
    System.out.println("{\"ask\": \"" + wish + "\"}");
    return ANSWERS.readLine();
  }

  /** What a watcher was told of. */
  static final class Told implements Watcher {
    private final BlockingQueue<WatchedEvent> events = new LinkedBlockingQueue<>();

    @Override
    public void process(WatchedEvent event) {
      if (event.getType() != Event.EventType.None) events.add(event);
    }

    void is(String... expected) throws InterruptedException {
      List<String> seen = new ArrayList<>();
      for (int index = 0; index < expected.length; index++) {
        WatchedEvent event = events.poll(WITHIN_S, TimeUnit.SECONDS);
        seen.add(event == null ? "nothing" : event.getType() + " " + event.getPath());
      }
      same(seen, List.of(expected));
    }

    int count() {
      return events.size();
    }
  }
}
