import Testing

import RandomCases

@Suite("Pieces")
struct PieceTests {
  @Test("are written with all that can be left out") func text() {
    let piece: Piece = "UPDATE t SET \(Piece.commas(["a = 1", "b = 2"]))\(optional: " WHERE true")"
    #expect(piece.text == "UPDATE t SET a = 1, b = 2 WHERE true")
  }

  @Test("are made smaller in one place at a time") func reductions() {
    let piece: Piece = "UPDATE t SET \(Piece.commas(["a = 1", "b = 2"]))\(optional: " WHERE true")"
    #expect(
      piece.reductions.map(\.text) == [
        "UPDATE t SET b = 2 WHERE true", "UPDATE t SET a = 1 WHERE true",
        "UPDATE t SET a = 1, b = 2",
      ])
  }
}
