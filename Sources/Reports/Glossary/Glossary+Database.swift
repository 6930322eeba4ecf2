extension Glossary {
  /// What two transactions can do to each other's rows.
  static let databaseEntries: [Entry] = [
    Entry(
      code: "P4", name: "lost update", aliases: ["lost-update"],
      meaning: """
        A writer reads a row, another one changes it and commits, and the first then writes what it \
        worked out from the old value. The second writer was told that its change succeeded, and it is gone.
        """,
      example: [
        ("alice", "SELECT balance FROM account WHERE id = 1   -- 100"),
        ("bob", "UPDATE account SET balance = 150 WHERE id = 1"),
        ("alice", "UPDATE account SET balance = 120 WHERE id = 1"),
      ],
      result: "the balance is 120; bob's 50 are lost. One after the other it would be 170.",
      refusedAt: "REPEATABLE READ (40001 for the second writer, which must then try again)",
      fix: """
        let the database compute (SET balance = balance + 20); or lock when reading (SELECT … FOR \
        UPDATE); or write only if nothing changed (WHERE version = 7) and look at the row count.
        """),
    Entry(
      code: "A5A", name: "read skew", aliases: ["inconsistent read"],
      meaning: """
        A writer reads one row before another transaction commits and a second row after it: the two \
        values never were true at the same time.
        """,
      example: [
        ("report", "SELECT balance FROM account WHERE id = 1   -- 100"),
        ("move", "UPDATE account SET balance = balance - 50 WHERE id = 1"),
        ("move", "UPDATE account SET balance = balance + 50 WHERE id = 2"),
        ("move", "COMMIT"),
        ("report", "SELECT balance FROM account WHERE id = 2   -- 150"),
      ],
      result: "the report counts 250 where there always were 200.",
      refusedAt: "REPEATABLE READ (all reads of the transaction see one snapshot)",
      fix: "read in one statement, or in a REPEATABLE READ transaction, or lock the rows first.",
    ),
    Entry(
      code: "A5B", name: "write skew", aliases: ["G2-item"],
      meaning: """
        Two writers read the same rows, each finds the rule satisfied, and each changes a different one of \
        them. Neither overwrites the other, yet together they break the rule.
        """,
      example: [
        ("alice", "SELECT count(*) FROM doctor WHERE on_call   -- 2"),
        ("bob", "SELECT count(*) FROM doctor WHERE on_call   -- 2"),
        ("alice", "UPDATE doctor SET on_call = false WHERE name = 'alice'"),
        ("bob", "UPDATE doctor SET on_call = false WHERE name = 'bob'"),
      ],
      result: "nobody is on call, though each saw another doctor who was.",
      refusedAt: "SERIALIZABLE (40001); REPEATABLE READ lets it pass",
      fix: """
        lock what the decision rests on (SELECT … FOR UPDATE of all rows that were counted, or one row \
        that stands for them), or SERIALIZABLE with a retry.
        """),
    Entry(
      code: "G2", name: "phantom write skew",
      aliases: ["anti-dependency cycle", "check-then-insert"],
      meaning: """
        Two writers look for rows, find none (or few enough), and each inserts one that the other's search \
        would have found. There is no row to lock: what matters is a row that is not there yet.
        """,
      example: [
        ("alice", "SELECT 1 FROM booking WHERE room = 7   -- no rows"),
        ("bob", "SELECT 1 FROM booking WHERE room = 7   -- no rows"),
        ("alice", "INSERT INTO booking (room, guest) VALUES (7, 'alice')"),
        ("bob", "INSERT INTO booking (room, guest) VALUES (7, 'bob')"),
      ],
      result: "room 7 is booked twice.",
      refusedAt: "SERIALIZABLE (40001)",
      fix: """
        a UNIQUE constraint on what must be unique; or lock a row that is there (the room's own) before \
        looking; or an advisory lock; or SERIALIZABLE with a retry.
        """),
    Entry(
      code: "P2", name: "non-repeatable read", aliases: ["fuzzy read"],
      meaning:
        "A transaction reads a row twice and gets two values, since another one committed between.",
      example: [
        ("alice", "SELECT status FROM orders WHERE id = 1   -- open"),
        ("bob", "UPDATE orders SET status = 'paid' WHERE id = 1"),
        ("alice", "SELECT status FROM orders WHERE id = 1   -- paid"),
      ],
      result: "what alice decided on her first read no longer holds at her second.",
      refusedAt: "REPEATABLE READ (both reads see one snapshot)",
      fix: "read once, lock the row when reading it, or REPEATABLE READ.",
    ),
    Entry(
      code: "P3", name: "phantom", aliases: ["phantom read"],
      meaning: """
        A transaction searches twice with the same condition and finds different rows: another one has \
        inserted, deleted or changed a row that the condition is about.
        """,
      example: [
        ("alice", "SELECT count(*) FROM job WHERE state = 'new'   -- 2"),
        ("bob", "INSERT INTO job (state) VALUES ('new')"),
        ("alice", "SELECT count(*) FROM job WHERE state = 'new'   -- 3"),
      ],
      result: "totals and details that were read one after the other do not add up.",
      refusedAt: "REPEATABLE READ (in PostgreSQL; the standard asks for SERIALIZABLE)",
      fix: "search once, or REPEATABLE READ; to write on the strength of it, see G2.",
    ),
    Entry(
      code: "unguarded write", name: "unguarded write",
      aliases: ["blind write", "blind overwrite"],
      meaning: """
        An UPDATE names its row by the key only and does not look at what the row holds: whoever comes \
        last wins, whatever the state was.
        """,
      example: [
        ("pay", "UPDATE orders SET status = 'paid' WHERE id = 1"),
        ("expire", "UPDATE orders SET status = 'expired' WHERE id = 1"),
      ],
      result:
        "a paid order is expired. It happens one after the other too: it is not a matter of isolation.",
      refusedAt: "no isolation level",
      fix: "guard it: … WHERE id = 1 AND status = 'pending', and look at the row count.",
    ),
  ]

  /// Adya's classes, by the cycle in the graph of dependencies.
  static let databaseCycleEntries: [Entry] = [
    Entry(
      code: "G0", name: "dirty write", aliases: ["P0", "write cycle"],
      meaning: """
        Two transactions overwrite each other's uncommitted rows, so that parts of both remain. PostgreSQL \
        never lets it happen within transactions: row locks are held to the end.
        """,
      example: [
        ("alice", "UPDATE pair SET owner = 'alice' WHERE id = 1"),
        ("bob", "UPDATE pair SET owner = 'bob' WHERE id = 1   -- before alice commits"),
        ("bob", "UPDATE pair SET owner = 'bob' WHERE id = 2"),
        ("alice", "UPDATE pair SET owner = 'alice' WHERE id = 2"),
      ],
      result: "one half is alice's and the other bob's.",
      refusedAt: "READ COMMITTED (the second writer waits)",
      fix: "put the statements that belong together into one transaction.",
    ),
    Entry(
      code: "G1a", name: "aborted read", aliases: ["dirty read of an aborted write"],
      meaning: "A transaction acts on a value that was rolled back afterwards: it was never true.",
      example: [
        ("alice", "UPDATE stock SET amount = 0 WHERE id = 1"),
        ("bob", "SELECT amount FROM stock WHERE id = 1   -- 0"),
        ("alice", "ROLLBACK"),
      ],
      result: "bob turns a customer away from stock that is there.",
      refusedAt: "READ COMMITTED; PostgreSQL has no weaker level",
      fix:
        "none is needed inside the database; a value that left it too early cannot be taken back.",
    ),
    Entry(
      code: "G1b", name: "intermediate read", aliases: [],
      meaning:
        "A transaction reads a value that another one went on to change before it committed.",
      example: [
        ("alice", "UPDATE job SET state = 'half done' WHERE id = 1"),
        ("bob", "SELECT state FROM job WHERE id = 1   -- half done"),
        ("alice", "UPDATE job SET state = 'done' WHERE id = 1"),
      ],
      result: "bob acts on a state that nobody ever committed.",
      refusedAt: "READ COMMITTED; PostgreSQL has no weaker level",
      fix: "one transaction around the steps between which nobody may look.",
    ),
    Entry(
      code: "G1c", name: "circular information flow", aliases: ["dirty read cycle"],
      meaning: "Two transactions each see a change of the other: neither can have come first.",
      example: [
        ("alice", "UPDATE a SET value = 1"),
        ("bob", "UPDATE b SET value = 1"),
        ("alice", "SELECT value FROM b   -- 1"),
        ("bob", "SELECT value FROM a   -- 1"),
      ],
      result: "no order of the two explains what they read.",
      refusedAt: "READ COMMITTED, for changes that are not committed",
      fix: "one transaction around each writer's statements.",
    ),
    Entry(
      code: "G-single", name: "single anti-dependency cycle", aliases: ["G-SIb"],
      meaning: """
        A transaction must come before another because it did not see its change, and after it because \
        of something else that it did see or overwrite. Lost update and read skew are its common forms.
        """,
      example: [
        ("alice", "SELECT limit_left FROM account WHERE id = 1   -- 100"),
        ("bob", "UPDATE account SET limit_left = 0 WHERE id = 1"),
        ("bob", "UPDATE log SET last = 'limit used up'"),
        ("bob", "COMMIT"),
        ("alice", "SELECT last FROM log   -- limit used up"),
      ],
      result: "alice knows that the limit is used up and still holds 100 as the limit.",
      refusedAt: "REPEATABLE READ",
      fix: "read from one snapshot, or lock what was read.",
    ),
    Entry(
      code: "G-nonadjacent", name: "non-adjacent anti-dependency cycle",
      aliases: ["long fork", "read-only anomaly"],
      meaning: """
        A cycle in which at least two transactions missed another's change, but never two in a row: for \
        instance, two readers that saw two independent changes in opposite orders.
        """,
      example: [
        ("writer1", "UPDATE x SET value = 1"),
        ("reader1", "SELECT x, y   -- 1, 0"),
        ("writer2", "UPDATE y SET value = 1"),
        ("reader2", "SELECT x, y   -- 0, 1"),
      ],
      result: "the readers disagree on which change came first.",
      refusedAt: "REPEATABLE READ",
      fix: "read what belongs together from one snapshot.",
    ),
  ]
}
