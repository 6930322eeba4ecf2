import Foundation

/// Files that are read and written besides scenarios: reports and saved traces.
struct Files: Sendable {
  /// The contents; `nil` if they cannot be read.
  ///
  /// `-` is standard input.
  var read: @Sendable (_ path: String) -> Data?
  /// Writes a file whole, in place of one that may be there; returns what went wrong.
  var write: @Sendable (_ text: String, _ path: String) -> String?
  /// Adds to the end of a file; returns what went wrong.
  var append: @Sendable (_ text: String, _ path: String) -> String?

  /// The real ones.
  static let live = Files(
    read: { path in
      path == "-"
        ? FileHandle.standardInput.readDataToEndOfFile()
        : System.entry(at: path) == .file ? FileManager.default.contents(atPath: path) : nil
    },
    write: { text, path in
      do {
        try Data(text.utf8).write(to: URL(fileURLWithPath: path), options: .atomic)
        return nil
      } catch {
        return Self.reason(error, path)
      }
    },
    append: { text, path in
      do {
        if System.entry(at: path) == .nothing { try Data().write(to: URL(fileURLWithPath: path)) }
        let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
        defer { try? handle.close() }
        try handle.seekToEnd()
        try handle.write(contentsOf: Data(text.utf8))
        return nil
      } catch {
        return Self.reason(error, path)
      }
    })

  /// No files at all.
  static let none = Files(
    read: { _ in nil }, write: { _, _ in "there are no files" },
    append: { _, _ in "there are no files" })

  private static func reason(_ error: any Error, _ path: String) -> String {
    let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
    if System.entry(at: path) == .folder { return "it is a folder" }
    if System.entry(at: folder) != .folder { return "there is no folder \(folder)" }
    return (error as NSError).localizedDescription
  }
}
