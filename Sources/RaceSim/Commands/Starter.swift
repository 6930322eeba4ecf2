/// What `racesim init` writes: a small scenario that runs, and a workflow that runs it.
enum Starter {
  static let scenarioPath = "Scenarios/last-ticket.race"
  static let workflowPath = ".github/workflows/races.yml"

  /// A lost update, its fix, and a run of the two that is kept as a test.
  static let scenario = """
    -- A first scenario. Check it with:  racesim check Scenarios
    --
    -- Two people buy a ticket at the same time. Each looks how many are left, and then writes what it
    -- has computed from that. Replace the tables and the SQL with your own, block by block.

    scenario "The last ticket"

    -- The tables, as your migrations create them: keys, checks, foreign keys, functions.
    schema {
      CREATE TABLE event (id int PRIMARY KEY, tickets_left int NOT NULL);
      CREATE TABLE ticket (holder text PRIMARY KEY, event_id int NOT NULL REFERENCES event);
    }

    -- The rows at the start. Few are enough: races need two writers, not a thousand rows.
    data {
      INSERT INTO event VALUES (1, 1);
    }

    -- What one session runs; this makes two sessions of it. :holder is the session's own value.
    writer buy(holder) for holder in ('ann', 'bob') {
      DECLARE v_left int;
      BEGIN;
      -- Without FOR UPDATE both may read 1, and both sell the last ticket.
      SELECT tickets_left INTO v_left FROM event WHERE id = 1 FOR UPDATE;
      IF v_left > 0 THEN
        UPDATE event SET tickets_left = v_left - 1 WHERE id = 1;
        INSERT INTO ticket VALUES (:holder, 1);
      END IF;
      COMMIT;
    }

    -- A rule is a query that must return no row: `invariant` after every commit, `finally` at the end.
    invariant never_negative {
      SELECT tickets_left FROM event WHERE tickets_left < 0
    }

    finally never_oversold "there was one ticket to sell" {
      SELECT count(*) FROM ticket HAVING count(*) > 1
    }

    -- What must come out. `racesim check` fails if anything else does.
    expect proved

    -- The same without the lock: the race, kept as a fact. Run with -v to see it step by step.
    variant "without the lock" {
      without locks
      expect violated never_oversold
    }

    -- The same at a level that refuses the second write: no race, but one of the two gets an error,
    -- which the program must expect and try again.
    variant "repeatable read" {
      without locks
      isolation repeatable read
      expect violated unhandled_error
    }

    -- One run, in the order given: a story that must stay true. Bob waits until ann has committed.
    timeline bob_has_to_wait {
      buy('ann') 1 step;
      buy('bob') until waiting;
      buy('ann');
      buy('bob');
      expect proved
    }

    """

  /// Runs the check in a GitHub workflow; a failure is annotated in the files of the pull request.
  static let workflow = """
    # Explores every interleaving of the writers in Scenarios/ and fails on a race that is not expected.
    name: races

    on:
      push:
        branches: [main]
      pull_request:

    permissions:
      contents: read

    jobs:
      check:
        runs-on: ubuntu-latest
        container: swift:6.2
        steps:
          - uses: actions/checkout@v4
          # Wherever your team keeps it: a tag of RaceSim's repository.
          - name: Fetch RaceSim
            run: git clone --depth 1 --branch "$RACESIM_TAG" "$RACESIM_URL" "$RUNNER_TEMP/racesim"
            env:
              RACESIM_URL: ${{ vars.RACESIM_URL }}
              RACESIM_TAG: ${{ vars.RACESIM_TAG }}
          - name: Build it
            run: swift build -c release --product racesim --package-path "$RUNNER_TEMP/racesim"
          - name: Check the scenarios
            run: >
              "$RUNNER_TEMP/racesim/.build/release/racesim" check Scenarios
              --report html=races.html --report junit=races.xml
          - name: Keep the report
            if: always()
            uses: actions/upload-artifact@v4
            with:
              name: races
              path: |
                races.html
                races.xml

    """
}
