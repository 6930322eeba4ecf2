/// A range of bytes in one file of a ``SourceMap``.
package struct SourceSpan: Hashable, Sendable {
  /// The file's index in the source map.
  package var file: UInt16

  /// The offset of the first byte.
  package var start: Int32

  /// The offset after the last byte.
  package var end: Int32

  package init(file: UInt16, start: Int, end: Int) {
    precondition(start <= end, "a span of \(start)..<\(end) runs backwards")
    self.file = file
    self.start = Int32(clamping: start)
    self.end = Int32(clamping: end)
  }

  /// The bytes as a range.
  package var range: Range<Int> { Int(start)..<Int(end) }

  /// Whether all of another span lies in this one.
  package func covers(_ other: SourceSpan) -> Bool {
    file == other.file && start <= other.start && other.end <= end
  }

  /// The empty span where this one begins.
  package var atStart: SourceSpan {
    SourceSpan(file: file, start: Int(start), end: Int(start))
  }

  /// The empty span where this one ends.
  package var atEnd: SourceSpan {
    SourceSpan(file: file, start: Int(end), end: Int(end))
  }

  /// The smallest span that covers this one and `other`; this one when `other` is in another file.
  package func through(_ other: SourceSpan) -> SourceSpan {
    guard other.file == file else { return self }
    return SourceSpan(
      file: file, start: Int(min(start, other.start)), end: Int(max(end, other.end)))
  }
}

/// A place in a file as people count it: both numbers start at 1.
package struct SourcePosition: Hashable, Sendable {
  /// The line, counted by line feeds.
  package var line: Int

  /// The column, counted in Unicode scalars; a tab is one.
  package var column: Int

  package init(line: Int, column: Int) {
    self.line = line
    self.column = column
  }
}

/// The text of one file and where its lines begin.
package struct SourceFile: Sendable {
  /// The path as the user wrote it; printed in diagnostics.
  package let path: String

  /// The text in UTF-8, as read; the lexer reports what is not valid.
  package let bytes: [UInt8]

  /// The offset of each line's first byte.
  package let lineStarts: [Int32]

  package init(path: String, bytes: [UInt8]) {
    var starts: [Int32] = [0]
    for (offset, byte) in bytes.enumerated() where byte == UInt8(ascii: "\n") {
      starts.append(Int32(clamping: offset + 1))
    }
    self.path = path
    self.bytes = bytes
    self.lineStarts = starts
  }

  package init(path: String, text: String) {
    self.init(path: path, bytes: Array(text.utf8))
  }

  /// The number of lines, counting an empty one after a final line feed.
  package var lineCount: Int { lineStarts.count }

  /// The line (from 1) that holds the byte at `offset`; the last line for an offset past the end.
  package func line(at offset: Int) -> Int {
    var low = 0
    var high = lineStarts.count
    while high - low > 1 {
      let middle = (low + high) / 2
      if Int(lineStarts[middle]) <= offset { low = middle } else { high = middle }
    }
    return low + 1
  }

  /// The line and column of the byte at `offset`.
  package func position(at offset: Int) -> SourcePosition {
    let line = line(at: offset)
    let start = Int(lineStarts[line - 1])
    let end = max(start, min(offset, bytes.count))
    return SourcePosition(line: line, column: scalarCount(in: start..<end) + 1)
  }

  /// The bytes of a line (from 1), without its line break.
  package func lineRange(_ line: Int) -> Range<Int> {
    let start = Int(lineStarts[line - 1])
    var end = line < lineStarts.count ? Int(lineStarts[line]) - 1 : bytes.count
    if end > start, bytes[end - 1] == UInt8(ascii: "\r") { end -= 1 }
    return start..<max(start, end)
  }

  /// The text of a range of bytes, invalid UTF-8 replaced.
  package func text(in range: Range<Int>) -> String {
    String(decoding: bytes[range.clamped(to: 0..<bytes.count)], as: UTF8.self)
  }

  /// A text on one line: white space as one blank, comments left out.
  package static func folded(_ text: String) -> String {
    var lines: [Substring] = []
    for line in text.split(separator: "\n") {
      let end = line.firstRange(of: "--")?.lowerBound ?? line.endIndex
      lines.append(line[..<end])
    }
    return lines.joined(separator: " ").split(whereSeparator: \.isWhitespace).joined(separator: " ")
  }

  /// The number of Unicode scalars that begin in a range of bytes.
  private func scalarCount(in range: Range<Int>) -> Int {
    var count = 0
    for offset in range where bytes[offset] & 0xC0 != 0x80 { count += 1 }
    return count
  }
}

/// The files that one scenario was read from; a span names its file by the index here.
package struct SourceMap: Sendable {
  /// The files, the one that was asked for first.
  package private(set) var files: [SourceFile] = []

  package init() {}

  /// A map of one file.
  package init(_ file: SourceFile) {
    files = [file]
  }

  /// The most files one map may hold.
  package static let filesLimit = 1024

  /// Adds a file and returns its index.
  package mutating func add(_ file: SourceFile) -> UInt16 {
    precondition(files.count < Self.filesLimit, "a scenario has at most \(Self.filesLimit) files")
    files.append(file)
    return UInt16(files.count - 1)
  }

  /// The file that `span` lies in.
  package func file(of span: SourceSpan) -> SourceFile { files[Int(span.file)] }

  /// The text that `span` covers.
  package func text(of span: SourceSpan) -> String { file(of: span).text(in: span.range) }

  /// The line and column where `span` starts.
  package func position(of span: SourceSpan) -> SourcePosition {
    file(of: span).position(at: Int(span.start))
  }
}
