/// A growing run of plain elements that never moves: memory comes in chunks of equal size.
///
/// An array that doubles holds up to three times its contents while it grows; here the waste is at
/// most one chunk, which matters for the few runs that have an entry for each state.
package struct ChunkedStorage<Element: BitwiseCopyable>: ~Copyable {
  package private(set) var count = 0
  private var chunks: ContiguousArray<UnsafeMutablePointer<Element>> = []
  private let chunkLog2: Int

  /// - Parameter chunkLog2: The logarithm of a chunk's number of elements.
  package init(chunkLog2: Int = 16) { self.chunkLog2 = chunkLog2 }

  deinit {
    for chunk in chunks { chunk.deallocate() }
  }

  /// The memory in use.
  package var byteCount: Int { (chunks.count << chunkLog2) * MemoryLayout<Element>.stride }

  package mutating func append(_ element: Element) {
    let chunk = count >> chunkLog2
    if chunk == chunks.count { chunks.append(.allocate(capacity: 1 << chunkLog2)) }
    (chunks[chunk] + (count & (1 << chunkLog2 - 1))).initialize(to: element)
    count += 1
  }

  package subscript(index: Int) -> Element {
    get {
      precondition(index >= 0 && index < count, "there is no element \(index) among \(count)")
      return chunks[index >> chunkLog2][index & (1 << chunkLog2 - 1)]
    }
    set {
      precondition(index >= 0 && index < count, "there is no element \(index) among \(count)")
      chunks[index >> chunkLog2][index & (1 << chunkLog2 - 1)] = newValue
    }
  }
}
