/// SQL text that knows what can be left out of it.
///
///     let statement: Piece = "UPDATE seat SET taken = true\(optional: " WHERE id = 1")"
///     statement.text              // UPDATE seat SET taken = true WHERE id = 1
///     statement.reductions        // [UPDATE seat SET taken = true]
///
/// A generator writes pieces, and a shrinker tries the smaller ones without knowing any SQL. Not every
/// reduction is a valid statement: whoever tries one finds that out.
package indirect enum Piece: Hashable, Sendable {
  case text(String)
  /// One after the other, without anything between.
  case sequence([Piece])
  /// Something that can be left out.
  case optional(Piece)
  /// Elements of which so many must stay.
  case list([Piece], separator: String, minimum: Int)
  /// Something that may be replaced by what is simpler.
  case either(Piece, simpler: [Piece])

  /// The SQL.
  package var text: String {
    switch self {
    case .text(let text): text
    case .sequence(let pieces): pieces.map(\.text).joined()
    case .optional(let piece): piece.text
    case .list(let pieces, let separator, _): pieces.map(\.text).joined(separator: separator)
    case .either(let piece, _): piece.text
    }
  }

  /// What comes of making this smaller in one place; larger parts go first.
  package var reductions: [Piece] {
    switch self {
    case .text: return []
    case .sequence(let pieces): return Self.reduced(pieces).map(Piece.sequence)
    case .optional(let piece): return [.sequence([])] + piece.reductions.map(Piece.optional)
    case .list(let pieces, let separator, let minimum):
      let shorter = pieces.count <= minimum ? [] : pieces.indices.map { pieces.without($0) }
      return (shorter + Self.reduced(pieces)).map {
        .list($0, separator: separator, minimum: minimum)
      }
    case .either(let piece, let simpler):
      return simpler + piece.reductions.map { .either($0, simpler: simpler) }
    }
  }

  /// The ways to make one of several pieces smaller.
  package static func reduced(_ pieces: [Piece]) -> [[Piece]] {
    pieces.indices.flatMap { index in
      pieces[index].reductions.map { smaller in
        var copy = pieces
        copy[index] = smaller
        return copy
      }
    }
  }

  /// A list with commas.
  package static func commas(_ pieces: [Piece], minimum: Int = 1) -> Piece {
    .list(pieces, separator: ", ", minimum: minimum)
  }
}

extension Piece: ExpressibleByStringInterpolation {
  package struct StringInterpolation: StringInterpolationProtocol {
    fileprivate var pieces: [Piece] = []

    package init(literalCapacity: Int, interpolationCount: Int) {}

    package mutating func appendLiteral(_ literal: String) {
      if !literal.isEmpty { pieces.append(.text(literal)) }
    }

    package mutating func appendInterpolation(_ text: String) { pieces.append(.text(text)) }

    package mutating func appendInterpolation(_ number: Int) {
      pieces.append(.text(String(number)))
    }

    package mutating func appendInterpolation(_ piece: Piece) { pieces.append(piece) }

    package mutating func appendInterpolation(optional piece: Piece) {
      pieces.append(.optional(piece))
    }

    /// An empty text is nothing that could be left out.
    package mutating func appendInterpolation(optional text: String) {
      if !text.isEmpty { pieces.append(.optional(.text(text))) }
    }
  }

  package init(stringLiteral text: String) { self = .text(text) }

  package init(stringInterpolation: StringInterpolation) {
    self = .sequence(stringInterpolation.pieces)
  }
}

extension Array {
  /// The array without one of its elements.
  package func without(_ index: Int) -> [Element] {
    var copy = self
    copy.remove(at: index)
    return copy
  }
}
