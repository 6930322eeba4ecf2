import Foundation
import Testing

/// A file of expected text next to the tests.
///
/// `RACESIM_BLESS=1 swift test` rewrites the files; the difference is reviewed like code.
enum GoldenFile {
  static func expect(
    _ text: String, is name: String, sourceLocation: SourceLocation = #_sourceLocation
  ) {
    let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("Golden")
    let url = folder.appendingPathComponent(name)
    if ProcessInfo.processInfo.environment["RACESIM_BLESS"] == "1" {
      try? FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      #expect(throws: Never.self, sourceLocation: sourceLocation) {
        try Data(text.utf8).write(to: url)
      }
      return
    }
    let expected = (try? Data(contentsOf: url)).map { String(decoding: $0, as: UTF8.self) }
    #expect(text == expected, "\(name) differs", sourceLocation: sourceLocation)
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      #expect(
        !line.hasSuffix(" "), "a line of \(name) ends in a space", sourceLocation: sourceLocation)
    }
  }
}
