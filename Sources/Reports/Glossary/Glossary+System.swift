extension Glossary {
  /// What goes wrong around the database, or is wrong in any order.
  static let systemEntries: [Entry] = [
    Entry(
      code: "deadlock", name: "deadlock", aliases: ["40P01"],
      meaning: """
        Each of several transactions waits for a lock that the next one holds. PostgreSQL notices after a \
        second and fails one of them with 40P01; which one is its own choice.
        """,
      example: [
        ("alice", "UPDATE account SET … WHERE id = 1"),
        ("bob", "UPDATE account SET … WHERE id = 2"),
        ("alice", "UPDATE account SET … WHERE id = 2   -- waits"),
        ("bob", "UPDATE account SET … WHERE id = 1   -- waits: deadlock"),
      ],
      result: "one of the two is rolled back and must be run again, if anybody does.",
      refusedAt: "no isolation level",
      fix: "take locks in one order everywhere (ORDER BY id FOR UPDATE), or retry on 40P01.",
    ),
    Entry(
      code: "timeout", name: "timeout", aliases: ["55P03", "57014", "25P03"],
      meaning: """
        A writer gives up on a lock: NOWAIT, lock_timeout (55P03), statement_timeout (57014), or its connection \
        is closed while it idles in a transaction (25P03). Its transaction is undone, and nobody does it again.
        """,
      example: [
        ("alice", "UPDATE account SET … WHERE id = 1"),
        ("bob", "SET lock_timeout = '1s'"),
        ("bob", "UPDATE account SET … WHERE id = 1   -- waits; 55P03"),
      ],
      result: "bob's change is missing, although alice was only slow.",
      refusedAt: "no isolation level",
      fix: "retry on the error, or hold the lock for a shorter time.",
    ),
    Entry(
      code: "logic error", name: "logic error", aliases: ["logic bug"],
      meaning: """
        The invariant breaks although the writers run one after the other. It is no race: locks and \
        isolation levels change nothing, the rules themselves do not fit together.
        """,
      example: [
        ("expire", "UPDATE orders SET status = 'expired' WHERE deadline < now()"),
        ("scan", "money arrives within the grace period"),
        ("scan", "confirm: the order is expired; give up"),
      ],
      result: "money without an order.",
      refusedAt: "no isolation level",
      fix:
        "change the rule: one deadline for all writers, a state for late money, a check of the row count.",
    ),
    Entry(
      code: "scope anomaly", name: "scope anomaly", aliases: ["split transaction"],
      meaning: """
        One piece of work is spread over several transactions (or autocommitted statements), and others \
        come between. Merged into one serializable transaction, it would be right.
        """,
      example: [
        ("alice", "SELECT left FROM coupon WHERE id = 1   -- 1"),
        ("bob", "SELECT left FROM coupon WHERE id = 1   -- 1"),
        ("alice", "BEGIN; use the coupon; COMMIT"),
        ("bob", "BEGIN; use the coupon; COMMIT"),
      ],
      result: "one coupon is used twice; each transaction by itself is flawless.",
      refusedAt: "no isolation level: the check stands outside the transaction",
      fix:
        "check inside the transaction that acts, after the lock: or guard the write and count its rows.",
    ),
    Entry(
      code: "effect leak", name: "effect leak", aliases: ["leaked effect"],
      meaning: """
        Something was done outside the database (a webhook, a payment, a message) by a transaction that \
        then rolled back. The database forgets it; the world does not.
        """,
      example: [
        ("pay", "BEGIN; UPDATE session SET status = 'paid'"),
        ("pay", "send the webhook"),
        ("pay", "crashes before COMMIT"),
      ],
      result: "the shop was told of a payment that the database has never seen.",
      refusedAt: "no isolation level",
      fix:
        "write the effect into an outbox table in the same transaction, and send it after COMMIT.",
    ),
    Entry(
      code: "double effect", name: "double effect", aliases: ["double capture", "double charge"],
      meaning: "The same thing was done twice outside the database: charged, sent, captured.",
      example: [
        ("client", "SELECT status FROM payment   -- created"),
        ("webhook", "SELECT status FROM payment   -- created"),
        ("client", "capture at the gateway; UPDATE payment"),
        ("webhook", "capture at the gateway; UPDATE payment"),
      ],
      result: "the customer pays twice.",
      refusedAt: "no isolation level: the gateway is outside",
      fix:
        "lock the row before looking and acting, or one idempotency key for the thing, not for the request.",
    ),
    Entry(
      code: "stranded", name: "stranded", aliases: ["stranded funds"],
      meaning: """
        Something happened in the world (money arrived) and at the end no row accounts for it: not \
        credited, not refused, not queued for people.
        """,
      example: [
        ("chain", "the transfer is mined"),
        ("expire", "UPDATE orders SET status = 'expired'"),
        ("scan", "confirm: no pending order; raises; rolls back"),
      ],
      result: "the wallet has the money, and no row says whose it is.",
      refusedAt: "no isolation level",
      fix: "every path that gives up must record what it gave up on.",
    ),
    Entry(
      code: "lost effect", name: "lost effect",
      aliases: ["dual write", "partial effect", "lost work"],
      meaning: """
        A client died between two things that belong together: the first is there for good, the second never \
        happens. Who comes later sees the first and takes the whole for done.
        """,
      example: [
        ("pay", "SET status = 'paid'; COMMIT"),
        ("pay", "crashes before it sends the webhook"),
        ("retry", "SELECT status FROM session   -- paid"),
      ],
      result: "the shop never hears of a payment that the database has.",
      refusedAt: "no isolation level",
      fix:
        "one transaction for both; or an outbox row in the first, and somebody who sends it until it is marked.",
    ),
    Entry(
      code: "swallowed error", name: "swallowed error",
      aliases: ["ignored exception", "commit that rolls back"],
      meaning: """
        A handler takes an error and the program goes on as if nothing had happened. In a function the block's \
        part of the work is undone and what stands before it stays; in an application the whole transaction has \
        failed, and its COMMIT is a rollback that answers without an error.
        """,
      example: [
        ("buy", "BEGIN; UPDATE orders SET state = 'paid' WHERE id = 2"),
        ("buy", "UPDATE stock SET n = n - 1   -- 23514, caught"),
        ("buy", "COMMIT   -- answers ROLLBACK"),
      ],
      result: "the customer is told that the order is paid, and it is not.",
      refusedAt: "no isolation level",
      fix:
        "handle the one condition that is meant, roll back (or go back to a savepoint), and say that it failed.",
    ),
    Entry(
      code: "optimistic lock failure", name: "optimistic lock failure",
      aliases: ["failed compare-and-set", "stale object"],
      meaning: """
        A guarded write (WHERE … AND holder IS NULL, or AND version = 7) matched no row, because somebody was \
        faster after the read. Nothing is lost; but the writer gives up where it could look again.
        """,
      example: [
        ("alice", "SELECT the first free seat   -- 1"),
        ("bob", "SELECT the first free seat   -- 1"),
        ("bob", "UPDATE seat 1 … WHERE holder IS NULL   -- UPDATE 1"),
        ("alice", "UPDATE seat 1 … WHERE holder IS NULL   -- UPDATE 0"),
      ],
      result: "alice is sent away while seat 2 is free.",
      refusedAt: "no isolation level: the guard has refused it already",
      fix:
        "go back to the read when the row count is 0, or lock what is chosen (FOR UPDATE SKIP LOCKED).",
    ),
    Entry(
      code: "stuck", name: "stuck", aliases: [],
      meaning: "A session waits for a lock that nobody will ever release.",
      example: [
        ("alice", "BEGIN; UPDATE orders SET …"),
        ("alice", "her program ends without COMMIT"),
        ("bob", "UPDATE orders SET …   -- waits for ever"),
      ],
      result: "bob never answers, and everyone behind him neither.",
      refusedAt: "no isolation level",
      fix:
        "end every transaction on every path; set lock_timeout and idle_in_transaction_session_timeout.",
    ),
    Entry(
      code: "endless", name: "endless loop",
      aliases: ["livelock", "non-termination", "divergence"],
      meaning: """
        A session goes round a loop from which nothing that can still happen lets it out. If several keep \
        each other going it is a livelock.
        """,
      example: [
        ("importer", "dies before it has set the flag"),
        ("poller", "SELECT done FROM job   -- false"),
        ("poller", "SELECT done FROM job   -- false, and so on"),
      ],
      result: "the poller never ends, and no rule about the end is ever tested.",
      refusedAt: "no isolation level",
      fix: "bound the loop: a number of rounds or a deadline, and a way out that somebody hears of.",
    ),
    Entry(
      code: "lease expired", name: "lease expired", aliases: ["lock stolen", "ABA release"],
      meaning: """
        A lock with a time limit ran out while its holder still worked: two are inside. The first may even \
        release the lock of the second.
        """,
      example: [
        ("alice", "takes the lock for 10 seconds, pauses"),
        ("bob", "11 seconds later: takes the lock"),
        ("alice", "goes on, and writes"),
        ("bob", "writes"),
      ],
      result: "two holders of one lock.",
      refusedAt: "no isolation level",
      fix: "a fencing token: a number that grows with each holder, and that the write checks.",
    ),
  ]
}
