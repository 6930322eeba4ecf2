/// Parts that grow together.
struct PartUnion {
  private var parents: [Int]

  init(count: Int) { parents = Array(0..<count) }

  mutating func root(_ element: Int) -> Int {
    var root = element
    while parents[root] != root { root = parents[root] }
    var element = element
    while parents[element] != root { (element, parents[element]) = (parents[element], root) }
    return root
  }

  mutating func unite(_ one: Int, _ other: Int) {
    let (a, b) = (root(one), root(other))
    // The first element stands for all, whatever the order of the calls.
    if a != b { parents[max(a, b)] = min(a, b) }
  }

  mutating func unite(all elements: some Sequence<Int>) {
    var first: Int?
    for element in elements {
      if let first { unite(first, element) } else { first = element }
    }
  }

  /// The elements of each part, ascending, in the order of their first ones.
  mutating func parts() -> [[Int]] {
    var places: [Int: Int] = [:]
    var parts: [[Int]] = []
    for element in parents.indices {
      let root = root(element)
      if let place = places[root] {
        parts[place].append(element)
      } else {
        places[root] = parts.count
        parts.append([element])
      }
    }
    return parts
  }
}
