import Testing

@testable import RaceSim
