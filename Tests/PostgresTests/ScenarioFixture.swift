import Foundation
import SQL
import Scheduler
import Writers

@testable import Postgres

/// Scenarios for these tests, as texts.
enum ScenarioFixture {
  struct Broken: Error, CustomStringConvertible { var description: String }

  /// Compiles a text.
  static func compile(_ text: String) throws -> Scenario {
    let parsed = ScenarioReader.read(text: text)
    let (scenario, diagnostics) = ScenarioCompiler.compile(parsed.value, path: "scenario.race")
    guard parsed.isUsable, let scenario else {
      let problems = parsed.diagnostics + diagnostics
      throw Broken(description: problems.map(\.message).joined(separator: "; "))
    }
    return scenario
  }

  /// A model's text for a server, in schemas called `racesim_1`.
  static func script(_ scenario: Scenario, variant: Int = 0) throws -> ScenarioScript {
    try ScenarioScript(
      model: scenario.models[variant], syntax: scenario.syntax,
      namespace: NamespaceNames(number: 1))
  }

  /// The steps of a schedule given by names.
  static func steps(_ order: String, of model: Model) throws -> [Replayer.Step] {
    var replayer = try Replayer(model: model, options: MachineOptions())
    return try replayer.replay(try NamedStep.choices(order, in: model))
  }

  /// The steps of a scenario's first timeline.
  static func stepsOfTimeline(_ scenario: Scenario) throws -> [Replayer.Step] {
    guard let timeline = scenario.timelines.first else { throw Broken(description: "no timeline") }
    var replayer = try Replayer(model: scenario.models[0], options: MachineOptions())
    return try replayer.replay(timeline).map(\.step)
  }

  /// Two withdrawals from one account, one of them in a function.
  static let withdrawals = """
    scenario "Two withdrawals"
    param amount int = 80
    schema {
      CREATE TABLE account (id int PRIMARY KEY, balance int NOT NULL, seen_at timestamptz);
      CREATE FUNCTION withdraw(p_id int) RETURNS boolean LANGUAGE plpgsql AS $$
      DECLARE v_balance int;
      BEGIN
        SELECT balance INTO v_balance FROM account WHERE id = p_id;
        IF v_balance >= :amount THEN
          UPDATE account SET balance = v_balance - :amount WHERE id = p_id;
          RETURN true;
        END IF;
        RETURN false;
      END;
      $$;
    }
    data { INSERT INTO account VALUES (1, 100, CURRENT_TIMESTAMP); }
    writer inside { SELECT withdraw(1); }
    writer outside {
      DECLARE v_balance int;
      BEGIN;
      SELECT balance INTO v_balance FROM account WHERE id = 1 FOR UPDATE;
      IF v_balance >= :amount THEN
        UPDATE account SET balance = v_balance - :amount WHERE id = 1;
      END IF;
      COMMIT;
    }
    finally nothing_lost { SELECT balance FROM account WHERE balance <> 20 }
    expect proved
    variant "without the lock" { without locks expect proved }
    """
}
