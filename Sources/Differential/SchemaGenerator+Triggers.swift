import RandomCases

/// Triggers that do what the statement that fires them does not show.
extension SchemaGenerator {
  /// One that writes other rows, or the same one, takes an advisory lock, or swallows what goes wrong.
  mutating func makeQuietTrigger(_ dice: inout Dice) {
    let table = dice.one(of: tables).name
    let other = dice.one(of: tables.filter { $0.name != table } + [tables[0]]).name
    var timing = dice.one(of: ["BEFORE", "AFTER"])
    var events = dice.one(of: ["INSERT", "UPDATE", "INSERT OR UPDATE", "UPDATE OF a, b"])
    let body: Piece
    // A trigger on the table that it writes itself would never come to an end.
    switch other == table ? dice.one(of: [0, 3, 4, 5, 7]) : dice.below(8) {
    case 0:
      body = "PERFORM pg_advisory_xact_lock(coalesce(NEW.b, 0)); RETURN NEW;"
    case 1:
      body = """
        BEGIN INSERT INTO \(other) (id, a, b) VALUES (NEW.id, NEW.id * 10, 9); \
        EXCEPTION WHEN unique_violation THEN RAISE NOTICE 'there'; END; RETURN NEW;
        """
    case 2:
      events = "DELETE"
      body = "DELETE FROM \(other) WHERE id = OLD.id; RETURN OLD;"
    case 3:
      timing = "BEFORE"
      body = "NEW.a := NEW.a + 1; RETURN NEW;"
    case 4:
      timing = "AFTER"
      events = "UPDATE"
      body = "UPDATE \(table) SET b = b + 1 WHERE id = NEW.id AND b < 2; RETURN NULL;"
    case 5:
      timing = "BEFORE"
      events = dice.one(of: ["UPDATE", "DELETE"])
      // The change within fires the trigger again, which must come to an end.
      body = """
        IF TG_OP = 'DELETE' THEN UPDATE \(table) SET c = 't' WHERE id = OLD.id AND b = 1; RETURN OLD; \
        ELSIF NEW.c IS DISTINCT FROM 't' THEN UPDATE \(table) SET c = 't' WHERE id = OLD.id AND b = 1; \
        END IF; RETURN NEW;
        """
    case 6:
      body = """
        UPDATE \(other) SET b = b + 1 WHERE id = NEW.id; \
        IF NOT FOUND THEN RAISE NOTICE 'nothing'; END IF; RETURN NEW;
        """
    default:
      timing = "BEFORE"
      events = "UPDATE"
      body = """
        PERFORM 1 FROM \(other) WHERE id = 1 FOR SHARE; \
        IF NEW.b > OLD.b + 1 THEN RETURN OLD; END IF; RETURN NEW;
        """
    }
    add(trigger: body, timing: timing, events: events, table: table, &dice)
  }
}
