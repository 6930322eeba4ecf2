package import Writers

/// What can be broken: an invariant of the scenario, or a property that is always checked.
package enum Property: Hashable, Sendable {
  /// A position in ``Model/invariants``.
  case invariant(Int)
  case builtIn(BuiltInProperty)

  /// All properties of a model; a search numbers them so.
  package static func all(of model: Model) -> [Property] {
    model.invariants.indices.map { .invariant($0) } + BuiltInProperty.allCases.map { .builtIn($0) }
  }

  /// The names of the properties that a search of the model checks, in their order.
  package static func checkedNames(in model: Model) -> [String] {
    let system = ModelSystem(model: model, options: MachineOptions())
    return system.properties.indices.filter(system.isChecked).map {
      system.properties[$0].name(in: model)
    }
  }

  package func name(in model: Model) -> String {
    switch self {
    case .invariant(let index): model.invariants[index].name
    case .builtIn(let property): property.rawValue
    }
  }
}
