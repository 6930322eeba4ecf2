package import Foundation
package import Scheduler

/// Reads traces that were written as JSON (`racesim.trace`, version 1; `docs/TRACE-JSON.md`).
///
/// Fields that it does not know are passed over. A field that is missing or of another type is an error
/// that names its place, `steps[3].changes[0].row`.
package struct TraceReader {
  /// Why a text is no trace.
  package struct Problem: Error, Hashable, CustomStringConvertible {
    /// `steps[3].kind`; empty for the whole.
    package var place: String
    package var message: String

    package var description: String { place.isEmpty ? message : "\(place): \(message)" }
  }

  /// The traces in a text: one of them, or the findings in the lines of `check --format json`.
  package static func traces(in data: Data) throws(Problem) -> [Trace] {
    if let whole = try? JSONSerialization.jsonObject(with: data) {
      return try [trace(Node(value: whole, place: ""))]
    }
    var traces: [Trace] = []
    for (number, line) in data.split(separator: UInt8(ascii: "\n")).enumerated() {
      guard let value = try? JSONSerialization.jsonObject(with: Data(line)) else {
        throw Problem(place: "line \(number + 1)", message: "this is not JSON")
      }
      let node = Node(value: value, place: "line \(number + 1)")
      if try node.optional("event")?.text() == "finding" {
        traces.append(try trace(node.member("trace")))
      }
    }
    return traces
  }

  /// A value and where it stands.
  private struct Node {
    var value: Any
    var place: String

    func member(_ key: String) throws(Problem) -> Node {
      guard let node = try optional(key) else {
        throw Problem(place: place, message: "`\(key)` is missing")
      }
      return node
    }

    /// A member; `nil` if it is missing or null.
    func optional(_ key: String) throws(Problem) -> Node? {
      guard let object = value as? [String: Any] else { throw problem("an object") }
      guard let value = object[key], !(value is NSNull) else { return nil }
      return Node(value: value, place: place.isEmpty ? key : "\(place).\(key)")
    }

    func text() throws(Problem) -> String {
      guard let text = value as? String else { throw problem("a string") }
      return text
    }

    func text(_ key: String) throws(Problem) -> String { try member(key).text() }

    func optionalText(_ key: String) throws(Problem) -> String? { try optional(key)?.text() }

    func number(_ key: String) throws(Problem) -> Int {
      guard let number = try optionalNumber(key) else {
        throw Problem(place: place, message: "`\(key)` is missing")
      }
      return number
    }

    func optionalNumber(_ key: String) throws(Problem) -> Int? {
      guard let node = try optional(key) else { return nil }
      guard let number = node.value as? Int else { throw node.problem("a whole number") }
      return number
    }

    func flag(_ key: String) throws(Problem) -> Bool {
      let node = try member(key)
      guard let flag = node.value as? Bool else { throw node.problem("true or false") }
      return flag
    }

    func list() throws(Problem) -> [Node] {
      guard let values = value as? [Any] else { throw problem("an array") }
      return values.enumerated().map { Node(value: $1, place: "\(place)[\($0)]") }
    }

    func list<Element>(
      _ key: String, _ read: (Node) throws(Problem) -> Element
    ) throws(Problem) -> [Element] {
      var result: [Element] = []
      for node in try member(key).list() { result.append(try read(node)) }
      return result
    }

    func texts(_ key: String) throws(Problem) -> [String] {
      try list(key) { (node) throws(Problem) in try node.text() }
    }

    /// Values of a row; null is NULL.
    func row() throws(Problem) -> [String?] {
      var result: [String?] = []
      for node in try list() { result.append(node.value is NSNull ? nil : try node.text()) }
      return result
    }

    func rows(_ key: String) throws(Problem) -> [[String?]] {
      try list(key) { (node) throws(Problem) in try node.row() }
    }

    func choice<Choice: RawRepresentable>(
      _ key: String, _ type: Choice.Type
    ) throws(Problem) -> Choice where Choice.RawValue == String {
      let node = try member(key)
      let text = try node.text()
      guard let choice = Choice(rawValue: text) else {
        throw Problem(place: node.place, message: "`\(text)` is not known here")
      }
      return choice
    }

    func problem(_ wanted: String) -> Problem {
      Problem(place: place, message: "\(wanted) is wanted")
    }
  }

  // MARK: The trace

  private static func trace(_ node: Node) throws(Problem) -> Trace {
    guard try node.optionalText("format") == "racesim.trace" else {
      throw Problem(
        place: node.place, message: "this is not a trace: `format` is not racesim.trace")
    }
    let version = try node.number("version")
    guard version == 1 else {
      throw Problem(
        place: node.place, message: "version \(version) of the format is not known; 1 is")
    }
    let scenario = try node.member("scenario")
    var trace = Trace(
      scenarioPath: try scenario.text("path"), scenarioTitle: try scenario.text("title"),
      variant: try scenario.optionalText("variant") ?? "")
    trace.token = try node.optionalText("token") ?? ""
    trace.lanes = try node.list("writers", lane)
    let names = Names(lanes: trace.lanes)
    trace.tables = try node.list("tables", table)
    trace.initial = try rows(node.member("initial"), of: trace.tables)
    trace.steps = try node.list("steps") { (it) throws(Problem) in
      try step(it, names, trace.tables)
    }
    trace.final = try rows(node.member("final"), of: trace.tables)
    trace.finding = try finding(node, names)
    return trace
  }

  /// Sessions by their letters.
  private struct Names {
    var lanes: [Trace.Lane]

    func lane(_ node: Node) throws(Problem) -> Int {
      let letter = try node.text()
      guard let lane = lanes.firstIndex(where: { $0.letter == letter }) else {
        throw Problem(place: node.place, message: "no writer has the letter `\(letter)`")
      }
      return lane
    }
  }

  private static func lane(_ node: Node) throws(Problem) -> Trace.Lane {
    var lane = Trace.Lane(
      letter: try node.text("letter"), name: try node.text("name"),
      writer: try node.text("writer"), isolation: try node.text("isolation"))
    lane.status = try node.text("status")
    lane.outcome = try node.optionalText("outcome")
    lane.sqlState = try node.optionalText("sqlstate")
    return lane
  }

  private static func table(_ node: Node) throws(Problem) -> Trace.TableShape {
    let columns = try node.texts("columns")
    let key = try node.list("key") { (node) throws(Problem) in
      let name = try node.text()
      guard let position = columns.firstIndex(of: name) else {
        throw Problem(place: node.place, message: "there is no column `\(name)`")
      }
      return position
    }
    return Trace.TableShape(
      name: try node.text("name"), columns: columns, key: key, isWorld: try node.flag("world"))
  }

  private static func rows(
    _ node: Node, of tables: [Trace.TableShape]
  ) throws(Problem) -> [Trace.TableRows] {
    var result: [Trace.TableRows] = []
    for (position, table) in tables.enumerated() where try node.optional(table.name) != nil {
      result.append(Trace.TableRows(table: position, rows: try node.rows(table.name)))
    }
    return result
  }

  private static func position(
    _ node: Node, in tables: [Trace.TableShape]
  ) throws(Problem) -> Int {
    let name = try node.text()
    guard let position = tables.firstIndex(where: { $0.name == name }) else {
      throw Problem(place: node.place, message: "there is no table `\(name)`")
    }
    return position
  }

  // MARK: Steps

  private static func step(
    _ node: Node, _ names: Names, _ tables: [Trace.TableShape]
  ) throws(Problem) -> Trace.Step {
    let lane: Int?
    if let writer = try node.optional("writer") {
      lane = try names.lane(writer)
    } else {
      lane = nil
    }
    var step = Trace.Step(
      number: try node.number("n"), kind: try node.choice("kind", Trace.Step.Kind.self), lane: lane)
    step.instant = try node.optionalText("clock")
    step.label = try node.optionalText("label")
    step.entries = try node.list("statements", entry)
    step.changes = try node.list("changes") { (it) throws(Problem) in
      try change(it, names, tables)
    }
    let locks = try node.member("locks")
    step.locksTaken = try locks.list("taken", lock)
    step.locksReleased = try locks.list("released", lock)
    if let wait = try locks.optional("waitsFor") {
      step.wait = Trace.Wait(
        what: try wait.text("what"), mode: try wait.optionalText("mode"),
        lanes: try wait.list("writers", names.lane))
    }
    step.wakes = try node.list("wakes", names.lane)
    let transaction = try node.member("transaction")
    step.wasInTransaction = try transaction.flag("before")
    step.isInTransaction = try transaction.flag("after")
    step.alternatives = try node.texts("alternatives")
    step.broken = try node.texts("broken")
    return step
  }

  private static func entry(_ node: Node) throws(Problem) -> Trace.Entry {
    var entry = Trace.Entry(sql: try node.text("sql"))
    if let place = try node.optional("at") {
      entry.path = try place.text("path")
      entry.line = try place.optionalNumber("line")
      entry.column = try place.optionalNumber("column")
    }
    entry.routine = try node.optionalText("function")
    entry.isContinued = try node.flag("continued")
    entry.tag = try node.optionalText("tag")
    entry.resultColumns = try node.texts("columns")
    entry.resultRows = try node.rows("rows")
    if let error = try node.optional("error") {
      entry.error = Trace.ErrorText(
        state: try error.text("sqlstate"), message: try error.text("message"),
        isHandled: try error.flag("handled"))
    }
    entry.notes = try node.texts("notes")
    return entry
  }

  private static func lock(_ node: Node) throws(Problem) -> Trace.Lock {
    Trace.Lock(row: try node.text("row"), mode: try node.text("mode"))
  }

  private static func change(
    _ node: Node, _ names: Names, _ tables: [Trace.TableShape]
  ) throws(Problem) -> Trace.Change {
    var change = Trace.Change(
      kind: try node.choice("kind", Trace.Change.Kind.self),
      table: try position(node.member("table"), in: tables), row: try node.text("row"),
      cells: try node.list("cells") { (cell) throws(Problem) in
        Trace.Cell(
          column: try cell.text("column"), before: try cell.optionalText("before"),
          after: try cell.optionalText("after"))
      }, isPending: !(try node.flag("committed")))
    if let other = try node.optional("overwrites") { change.overwrites = try names.lane(other) }
    return change
  }

  // MARK: The finding

  private static func finding(_ node: Node, _ names: Names) throws(Problem) -> Trace.Finding? {
    guard let verdict = try node.optional("verdict") else { return nil }
    let why = try node.member("why")
    var finding = Trace.Finding(
      kind: try verdict.choice("kind", Trace.Finding.Kind.self),
      name: try verdict.text("property"), text: try why.text("text"),
      step: try verdict.number("step"))
    finding.anomaly = try verdict.optionalText("anomaly")
    finding.anomalyCode = try verdict.optionalText("code")
    // Traces of earlier versions do not say it.
    if try verdict.optional("shortest") != nil { finding.isShortest = try verdict.flag("shortest") }
    finding.explanation = try verdict.text("explanation")
    finding.query = try why.optionalText("query")
    finding.path = try why.optionalText("path")
    finding.line = try why.optionalNumber("line")
    finding.falsePart = try why.optionalText("falsePart")
    finding.columns = try why.texts("columns")
    finding.rows = try why.rows("rows")
    finding.cycle = try why.texts("cycle")
    finding.advice = try node.texts("advice")
    if let loop = try why.optional("loop") {
      let steps = try loop.list()
      guard steps.count == 2, let first = steps[0].value as? Int, let last = steps[1].value as? Int,
        first <= last
      else { throw loop.problem("the first and the last step") }
      finding.loop = first...last
    }
    if let evidence = try node.optional("evidence") {
      finding.evidence = try self.evidence(evidence, names)
    }
    return finding
  }

  private static func evidence(_ node: Node, _ names: Names) throws(Problem) -> Trace.Evidence {
    var evidence = Trace.Evidence()
    if let near = try node.optional("near") {
      evidence.near = Trace.Near(
        token: try near.text("token"), firstDifference: try near.number("step"),
        text: try near.text("text"),
        steps: try near.list("steps") { (step) throws(Problem) in
          Trace.NearStep(
            number: try step.number("n"), kind: try step.choice("kind", Trace.Step.Kind.self),
            lane: try step.optional("writer").map { (name) throws(Problem) in try names.lane(name)
            },
            text: try step.text("text"), result: try step.text("result"))
        })
    }
    evidence.serial = try node.list("serial") { (order) throws(Problem) in
      let holds = try order.optional("holds") == nil ? nil : order.flag("holds")
      return Trace.SerialOrder(order: try order.texts("order"), holds: holds)
    }
    evidence.levels = try node.list("levels") { (level) throws(Problem) in
      var told = Trace.Level(
        isolation: try level.text("isolation"),
        outcome: try level.choice("outcome", Trace.Level.Outcome.self),
        session: try level.optionalText("writer"), step: try level.optionalNumber("step"))
      told.isRetried = try level.flag("retried")
      return told
    }
    evidence.fixes = try node.list("fixes") { (fix) throws(Problem) in
      Trace.Fix(
        title: try fix.text("title"), holds: try fix.flag("holds"),
        states: try fix.number("states"),
        broken: try fix.texts("broken"))
    }
    return evidence
  }
}
