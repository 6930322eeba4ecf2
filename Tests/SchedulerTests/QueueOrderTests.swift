import Testing
import Writers

@testable import Scheduler

/// Orders in which those go on who have waited for a row, where they cannot as well have come in that order.
@Suite("Orders of queues")
struct QueueOrderTests {
  private static let lock = "PERFORM 1 FROM doc WHERE id = 1 FOR UPDATE;"
  private static let update = "UPDATE doc SET n = n + 1 WHERE id = 1;"

  /// Each reader writes down when its statement began, and the holder when it has done all else.
  ///
  /// With the holder at two, `0100` is the reader of one minute past before that of noon, and both have waited.
  private static func watch(_ before: String, _ after: String) -> String {
    """
    scenario "watch"
    schema {
      CREATE TABLE doc (id int PRIMARY KEY, n int NOT NULL, log text NOT NULL);
      CREATE TABLE seen (at timestamptz);
    }
    data { INSERT INTO doc VALUES (1, 0, ''); }
    clock '2025-12-01 12:00:00', '2025-12-01 12:01:00', '2025-12-01 12:02:00'
    writer holder {
      BEGIN;
      \(before)
      \(after)
      INSERT INTO seen VALUES (clock_timestamp());
      COMMIT;
    }
    writer reader times 2 {
      DECLARE t timestamptz;
      BEGIN;
      SELECT statement_timestamp() INTO t FROM doc WHERE id = 1 FOR UPDATE;
      UPDATE doc SET log = log || to_char(t, 'MI') WHERE id = 1;
      COMMIT;
    }
    finally backwards {
      SELECT 1 FROM doc WHERE log = '0100' AND (SELECT min(at) FROM seen) = '2025-12-01 12:02:00'
    }
    """
  }

  @Test(
    "who has come first need not be next where PostgreSQL gives its place back, and is elsewhere",
    arguments: [(lock, update, true), (update, "", false)])
  func order(before: String, after: String, isOpen: Bool) throws {
    let reduced = try ModelRuns.search(try ModelRuns.model(Self.watch(before, after)))
    #expect(reduced.broken.isEmpty != isOpen)
  }

  @Test("who goes on by a victim's failure may overtake one that waited before the row was updated")
  func overtaking() throws {
    let text = """
      scenario "overtaking"
      schema { CREATE TABLE item (id int PRIMARY KEY, v int NOT NULL); }
      data { INSERT INTO item VALUES (1, 0), (2, 0), (4, 0); }
      writer first { BEGIN; UPDATE item SET v = 7 WHERE id = 1; UPDATE item SET v = v + 1 WHERE id = 2; COMMIT; }
      writer change { BEGIN; PERFORM 1 FROM item WHERE id = 2 FOR UPDATE; UPDATE item SET v = v + 1 WHERE id = 2; COMMIT; }
      writer holding times 2 {
        BEGIN; PERFORM 1 FROM item WHERE id = 4 FOR UPDATE; UPDATE item SET v = v + 1 WHERE id = 2; COMMIT;
      }
      writer second { BEGIN; PERFORM 1 FROM item WHERE id = 2 FOR UPDATE; UPDATE item SET v = 9 WHERE id = 1; COMMIT; }
      allow deadlock
      allow unhandled error
      finally never {
        SELECT 1 FROM outcomes o WHERE o.sqlstate = '40P01' AND o.writer IN ('second', 'holding') HAVING count(*) = 3
      }
      """
    var options = ExplorationOptions()
    options.takesQuietSteps = false
    options.stopsAtFirst = true
    var explorer = Explorer(model: try ModelRuns.model(text), options: options)
    #expect(try explorer.run().verdict == .violated)
  }
}
