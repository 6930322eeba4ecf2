import Foundation
import Testing

/// What no compiler looks at: words, lengths, titles.
@Suite("The repository is tidy")
struct TidyTests {
  /// A text file of the repository, by its path from the root.
  struct File: Sendable {
    var path: String
    var lines: [String]

    func isIn(_ folder: String) -> Bool { path.hasPrefix(folder + "/") }
  }

  static let root = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()

  /// All of them; what tools make (`.build`, `.git`) is none of them.
  static let files: [File] = {
    let folders = [".ci", "Benchmarks", "Examples", "Scenarios", "Sources", "Tests", "docs"]
    let manager = FileManager.default
    var paths = (try? manager.contentsOfDirectory(atPath: root.path)) ?? []
    paths = paths.filter { !folders.contains($0) && !$0.hasPrefix(".") }
    for folder in folders {
      let names = manager.enumerator(atPath: root.appending(path: folder).path)
      paths += (names?.compactMap { $0 as? String } ?? []).map { "\(folder)/\($0)" }
        .filter { !$0.contains("/.build/") }
    }
    return paths.sorted().compactMap { path in
      guard let data = manager.contents(atPath: root.appending(path: path).path),
        let text = String(bytes: data, encoding: .utf8)
      else { return nil }
      return File(
        path: path,
        lines: text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init))
    }
  }()

  @Test("there are files") func any() {
    #expect(Self.files.contains { $0.path == "Package.swift" })
    #expect(Self.files.contains { $0.isIn("Scenarios") })
  }

  @Test("below the command nothing prints, reads a clock or depends on a seed of the process")
  func bannedCalls() throws {
    let banned = try Regex(
      #"(^|[^A-Za-z.])print\(|\bHasher\(|\bDate\(\)|\.shuffled\(\)|\.randomElement\(\)"#)
    // The testers are programs, too.
    let programs = [
      "Sources/RaceSim", "Sources/Differential", "Sources/DifferentialTester",
      "Sources/SearchTester", "Sources/TesterCommandLine",
    ]
    for file in Self.files where file.isIn("Sources") && !programs.contains(where: file.isIn) {
      for (number, line) in file.lines.enumerated() {
        #expect(!line.contains(banned), "\(file.path):\(number + 1): \(line)")
      }
    }
  }

  @Test("nothing is left to be fixed, and no path is that of one machine")
  func bannedWords() {
    // In two pieces, so that this file has none of them.
    let banned = [("FIX", "ME"), ("/wo", "rk/"), ("/ho", "me/"), ("/Us", "ers/"), ("/t", "mp/")]
      .map { $0.0 + $0.1 }
    for file in Self.files {
      for (number, line) in file.lines.enumerated() {
        for word in banned { #expect(!line.contains(word), "\(file.path):\(number + 1): \(line)") }
      }
    }
  }

  @Test("no source file is longer than 700 lines")
  func lengths() {
    for file in Self.files where file.path.hasSuffix(".swift") {
      #expect(file.lines.count <= 701, "\(file.path)")
    }
  }

  @Test("each scenario says what must come out")
  func expectations() {
    for file in Self.files where file.isIn("Scenarios") && file.path.hasSuffix(".race") {
      #expect(file.lines.contains { $0.hasPrefix("expect ") }, "\(file.path)")
    }
  }

  @Test("each document has one title")
  func titles() {
    for file in Self.files where file.path.hasSuffix(".md") {
      var isFenced = false
      var titles = 0
      for line in file.lines {
        if line.hasPrefix("```") { isFenced.toggle() }
        if !isFenced, line.hasPrefix("# ") { titles += 1 }
      }
      #expect(titles == 1, "\(file.path)")
    }
  }

  @Test("links between documents lead somewhere")
  func links() throws {
    let link = try Regex(#"\]\(([^)#:]+)[^):]*\)"#, as: (Substring, Substring).self)
    for file in Self.files where file.path.hasSuffix(".md") {
      let folder = Self.root.appending(path: file.path).deletingLastPathComponent()
      for line in file.lines {
        for match in line.matches(of: link) {
          let target = folder.appending(path: String(match.output.1)).path
          #expect(FileManager.default.fileExists(atPath: target), "\(file.path): \(match.output.1)")
        }
      }
    }
  }
}
