import Foundation
import Reports
import Testing

/// SARIF 2.1.0 as OASIS has it, for the objects that reports use: what each must have and may have.
///
/// https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html, section 3.
@Suite("SARIF's structure")
struct SARIFStructureTests {
  private indirect enum Shape: Sendable {
    case text, integer, boolean, any
    case word([String])
    case object(required: [String], members: [String: Shape])
    case list(Shape)
  }

  private static let message = Shape.object(required: ["text"], members: ["text": .text])
  private static let level = Shape.word(["none", "note", "warning", "error"])
  private static let location = Shape.object(
    required: [],
    members: [
      "physicalLocation": .object(
        required: ["artifactLocation"],
        members: [
          "artifactLocation": .object(required: [], members: ["uri": .text, "uriBaseId": .text]),
          "region": .object(
            required: [],
            members: ["startLine": .integer, "startColumn": .integer, "snippet": .any]),
        ]), "message": message, "logicalLocations": .any,
    ])
  private static let codeFlow = Shape.object(
    required: ["threadFlows"],
    members: [
      "threadFlows": .list(
        .object(
          required: ["locations"],
          members: [
            "id": .text, "message": message,
            "locations": .list(
              .object(
                required: [],
                members: [
                  "location": location, "executionOrder": .integer, "nestingLevel": .integer,
                  "importance": .word(["important", "essential", "unimportant"]), "state": .any,
                  "kinds": .list(.text),
                ])),
          ]))
    ])
  private static let result = Shape.object(
    required: ["message"],
    members: [
      "ruleId": .text, "ruleIndex": .integer, "level": level, "message": message,
      "kind": .word(["notApplicable", "pass", "fail", "review", "open", "informational"]),
      "locations": .list(location), "partialFingerprints": .any, "codeFlows": .list(codeFlow),
      "properties": .any,
    ])
  private static let rule = Shape.object(
    required: ["id"],
    members: [
      "id": .text, "name": .text, "shortDescription": message, "fullDescription": message,
      "help": message, "helpUri": .text,
      "defaultConfiguration": .object(required: [], members: ["level": level]), "properties": .any,
    ])
  private static let invocation = Shape.object(
    required: ["executionSuccessful"],
    members: [
      "executionSuccessful": .boolean, "exitCode": .integer,
      "toolExecutionNotifications": .list(
        .object(
          required: ["message"],
          members: ["level": level, "message": message, "locations": .list(location)])),
    ])
  private static let log = Shape.object(
    required: ["version", "runs"],
    members: [
      "$schema": .text, "version": .word(["2.1.0"]),
      "runs": .list(
        .object(
          required: ["tool"],
          members: [
            "tool": .object(
              required: ["driver"],
              members: [
                "driver": .object(
                  required: ["name"],
                  members: [
                    "name": .text, "semanticVersion": .text, "version": .text,
                    "informationUri": .text, "rules": .list(rule),
                  ])
              ]), "columnKind": .word(["utf16CodeUnits", "unicodeCodePoints"]),
            "invocations": .list(invocation), "results": .list(result),
          ])),
    ])

  /// What is not as it should be, with its place.
  private func problems(_ value: Any, _ shape: Shape, _ place: String = "") -> [String] {
    switch shape {
    case .any: return []
    case .text: return value is String ? [] : ["\(place) is no text"]
    case .boolean, .integer: return value is NSNumber ? [] : ["\(place) is no number"]
    case .word(let words):
      return (value as? String).map(words.contains) == true ? [] : ["\(place) is \(value)"]
    case .list(let element):
      guard let list = value as? [Any] else { return ["\(place) is no array"] }
      return list.enumerated().flatMap { problems($1, element, "\(place)[\($0)]") }
    case .object(let required, let members):
      guard let object = value as? [String: Any] else { return ["\(place) is no object"] }
      let missing = required.filter { object[$0] == nil }.map { "\(place) lacks \($0)" }
      return missing
        + object.keys.sorted().flatMap { key in
          members[key].map { problems(object[key] ?? "", $0, "\(place).\(key)") }
            ?? ["\(place) has \(key)"]
        }
    }
  }

  @Test("every object has what it must and nothing that it may not")
  func structure() throws {
    for report in [CheckReportFixture.everything, CheckReportFixture.green] {
      let text = SARIFReport(report).text()
      let object = try JSONSerialization.jsonObject(with: Data(text.utf8))
      #expect(problems(object, Self.log) == [])
    }
  }

  @Test("the comparison sees what is wrong")
  func sees() {
    #expect(problems(["version": "2.1.0"], Self.log) == [" lacks runs"])
    #expect(problems(["version": "2", "runs": [Any]()], Self.log) == [".version is 2"])
    #expect(
      problems(["version": "2.1.0", "runs": [], "x": 1] as [String: Any], Self.log) == [" has x"])
  }
}
