internal import TensorCore

/// Where each tensor of an optimizer's state stands in Keras's list.
struct StatePlaces {
  struct Place {
    let weight: Int
    let slot: OptimizerVariableOrder.Slot
    /// Among the weight's slots; nil: it is none of them.
    let index: Int?
    let spec: TensorSpec
  }

  private let keys: [WeightKey]
  private let settings: OptimizerSettings
  private let order: OptimizerVariableOrder
  private let slotNames: [String]
  /// Per weight.
  private let slots: [[OptimizerSlot]]
  private let dialect: OptimizerDialect

  init(_ optimizer: any Optimizer, _ keys: [WeightKey], _ dialect: OptimizerDialect) {
    (self.keys, self.dialect, settings) = (keys, dialect, optimizer.settings)
    (order, slotNames) = (optimizer.variableOrder(dialect), optimizer.slotNames)
    slots = keys.map { optimizer.initialSlots(for: $0) }
  }

  /// Since Keras 2.11.
  var all: [Place] {
    extras + keys.indices.flatMap { weight in order.interleaved.compactMap { place($0, weight) } }
      + order.after.flatMap { slot in keys.indices.compactMap { place(slot, $0) } }
  }

  /// Before.
  var legacy: [Place] {
    let known = (order.interleaved + order.after).filter { slotNames.contains($0.name) }
    if order.isLegacyByWeight { return keys.indices.flatMap { weight in known.compactMap { place($0, weight) } } }
    return known.flatMap { slot in keys.indices.compactMap { place(slot, $0) } }
  }

  /// Averages, then sums of gradients.
  private var extras: [Place] {
    var places: [Place] = []
    if settings.useEMA { places += keys.indices.map { extra("average", $0, 0) } }
    if settings.gradientAccumulationSteps != nil, dialect == .keras3 {
      places += keys.indices.map { extra("gradient_accumulator", $0, settings.useEMA ? 1 : 0) }
    }
    return places
  }

  private func extra(_ name: String, _ weight: Int, _ offset: Int) -> Place {
    Place(
      weight: weight, slot: OptimizerVariableOrder.Slot(name), index: slots[weight].count + offset,
      spec: keys[weight].spec)
  }

  private func place(_ slot: OptimizerVariableOrder.Slot, _ weight: Int) -> Place? {
    if let index = slots[weight].firstIndex(where: { $0.name == slot.name }) {
      return Place(weight: weight, slot: slot, index: index, spec: slots[weight][index].tensor.spec)
    }
    if let vacancy = slot.vacancy {
      return Place(weight: weight, slot: slot, index: nil, spec: TensorSpec([], vacancy))
    }
    guard !slotNames.contains(slot.name) else { return nil }
    return Place(weight: weight, slot: slot, index: nil, spec: keys[weight].spec)
  }
}

/// What Keras calls an optimizer's variables.
struct VariableNames {
  let prefix: String
  let dialect: OptimizerDialect
  /// With the slash after it.
  private let outer: String
  private let weights: [String]
  /// Whether they are as before Keras 2.11.
  let isLegacy: Bool

  /// - Parameters:
  ///   - optimizer: whose variables these are.
  ///   - weights: the trainable weights' names.
  ///   - dialect: whose names.
  ///   - outer: the prefix of an optimizer around it.
  init(_ optimizer: any Optimizer, _ weights: [String], _ dialect: OptimizerDialect, outer: String? = nil) {
    (prefix, self.dialect, self.weights) = (optimizer.variablePrefix(dialect), dialect, weights)
    self.outer = outer.map { $0 + "/" } ?? ""
    isLegacy = optimizer.isWrittenAsLegacy(dialect)
  }

  var iteration: String {
    if isLegacy { return "\(prefix)/iter:0" }
    return dialect == .keras3 ? "\(prefix)/iteration" : "iteration:0"
  }

  func name(of derived: OptimizerVariableOrder.Derived) -> String {
    isLegacy ? "\(prefix)/\(derived.name):0" : derived.name
  }

  func name(of place: StatePlaces.Place) -> String {
    let weight = weights[place.weight]
    if isLegacy { return "\(prefix)/\(weight)/\(place.slot.legacy):0" }
    return switch dialect {
    case .keras2: "\(prefix)/\(place.slot.keras2)/\(weight):0"
    case .keras3: "\(outer)\(prefix)/\(weight.split(separator: "/").joined(separator: "_"))_\(place.slot.name)"
    }
  }
}
