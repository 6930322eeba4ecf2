import Testing

@testable import Invariants
