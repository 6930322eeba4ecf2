import SQL
import Store
import Writers

extension Model {
  /// The model with some writers' transactions at a level at least as strong.
  ///
  /// A level that is already stronger stays, whether it is the writer's or written after BEGIN; a weaker one that
  /// is written there is raised as well, because the question is what the level would do.
  func raised(to level: IsolationLevel, sessions raised: [Int]) -> Model {
    var model = self
    let writers = Set(raised.map { sessions[$0].writer })
    var routines: Set<Int> = []
    for index in sessions.indices where writers.contains(sessions[index].writer) {
      routines.insert(Int(sessions[index].routine.index))
      if sessions[index].isolation.strength < level.strength {
        model.sessions[index].isolation = level
      }
    }
    func strengthened(_ options: TransactionOptions) -> TransactionOptions {
      guard let own = options.isolation, own.strength < level.strength else { return options }
      var options = options
      options.isolation = level
      return options
    }
    for routine in routines {
      model.program.routines[routine].instructions =
        program.routines[routine].instructions.map { instruction in
          switch instruction {
          case .begin(let options): .begin(strengthened(options))
          case .setTransaction(let options): .setTransaction(strengthened(options))
          default: instruction
          }
        }
    }
    return model
  }

  /// The model with some writers trying again when the database refuses or fails them.
  func retrying(_ sessions: [Int], times: Int) -> Model {
    var model = self
    let writers = Set(sessions.map { self.sessions[$0].writer })
    for index in self.sessions.indices where writers.contains(self.sessions[index].writer) {
      model.sessions[index].retries = max(times, self.sessions[index].retries)
      if !model.sessions[index].retryConditions.contains(.serializationFailure) {
        model.sessions[index].retryConditions.append(.serializationFailure)
      }
    }
    return model
  }

  /// The levels that are stronger than that of some of the sessions.
  func levels(above sessions: [Int]) -> [IsolationLevel] {
    let weakest = sessions.map { self.sessions[$0].isolation.strength }.min() ?? 0
    return [IsolationLevel.repeatableRead, .serializable].filter { $0.strength > weakest }
  }
}

extension IsolationLevel {
  /// Each level forbids what the one before it forbids.
  fileprivate var strength: UInt8 { rawValue }
}
