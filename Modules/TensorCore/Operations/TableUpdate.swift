internal import CKernels

/// One step of an optimizer on a table whose gradient is zero but for some rows, as an embedding's is: the update of
/// `AdamUpdate` or `SGDUpdate` on the sum that `ScatterAdd` makes, in one pass over the table and without that sum.
///
/// Inputs: table `[rows, ...]`, indices `[i...]` (int32 or int64) in `0..<rows`, their gradients `[i..., ...]`, the slots of
/// the rule like the table, float32 or float64; then the rule's rate, float64 `[]`. Outputs: the new table and slots. Every
/// row takes the step, since moments decay where the gradient is zero too. An index outside traps.
public struct TableUpdate: Operation {
  public static let name = "table_update"

  public enum Rule: Hashable, Sendable {
    case adam(AdamUpdate)
    case sgd(SGDUpdate)
  }

  /// Without weight decay.
  public var rule: Rule

  public init(_ rule: Rule) { self.rule = rule }

  private var slotCount: Int {
    switch rule {
    case .adam(let adam): adam.outputCount - 1
    case .sgd(let sgd): sgd.outputCount - 1
    }
  }

  public var outputCount: Int { 1 + slotCount }

  public func infer(_ inputs: [TensorSpec]) throws(CoreError) -> [TensorSpec] {
    try expect(inputs, count: 4 + slotCount)
    let table = inputs[0]
    try expectFloating(table)
    try expectIndices(inputs[1])
    guard table.rank > 0, inputs[2].dtype == table.dtype,
      inputs[2].shape.array == inputs[1].shape.array + table.shape.array.dropFirst()
    else { throw mismatch(nil, "found gradients \(inputs[2]) at indices \(inputs[1]) of a table \(table)") }
    for slot in inputs[3..<3 + slotCount] { try expectEqual(table, slot) }
    guard inputs[3 + slotCount] == TensorSpec([], .float64) else {
      throw mismatch(nil, "found a rate \(inputs[3 + slotCount]), expected float64[]")
    }
    return Array(repeating: table, count: outputCount)
  }

  public func overwritableInputs(_ inputs: [TensorSpec]) -> [[Int]] { [[0]] + (0..<slotCount).map { [3 + $0] } }

  public func evaluate(_ inputs: [Tensor], into outputs: inout [Tensor]) {
    let table = outputs[0]
    for index in 0..<outputCount {
      let (old, new) = (inputs[index == 0 ? 0 : 2 + index], outputs[index])
      if old.pointer != new.pointer { new.take(old) }
    }
    inputs[1].withIndices(below: table.shape[0], Self.name) { indices in
      guard table.elementCount > 0 else { return }
      var update = raw(rate: inputs[3 + slotCount].f64[0])
      let (rows, width, threads) = (table.shape[0], table.elementCount / table.shape[0], Execution.threads32)
      let (first, second, third) = (slot(0, outputs), slot(1, outputs), slot(2, outputs))
      if table.dtype == .float64 {
        ck_update_rows_f64(
          &update, table.f64, first?.f64, second?.f64, third?.f64, rows, width, indices, inputs[2].f64,
          inputs[1].elementCount, threads)
      } else {
        ck_update_rows_f32(
          &update, table.f32, first?.f32, second?.f32, third?.f32, rows, width, indices, inputs[2].f32,
          inputs[1].elementCount, threads)
      }
    }
  }

  private func slot(_ index: Int, _ outputs: [Tensor]) -> Tensor? { index < slotCount ? outputs[1 + index] : nil }

  private func raw(rate: Double) -> ck_update {
    var update = ck_update()
    (update.rate, update.scale) = (rate, 1)
    switch rule {
    case .adam(let adam):
      update.rule = adam.amsgrad ? CK_UPDATE_AMSGRAD : CK_UPDATE_ADAM
      (update.beta1, update.beta2, update.epsilon) = (adam.beta1, adam.beta2, adam.epsilon)
    case .sgd(let sgd):
      update.rule =
        sgd.momentum == 0 ? CK_UPDATE_SGD : sgd.nesterov ? CK_UPDATE_NESTEROV : CK_UPDATE_MOMENTUM
      update.momentum = sgd.momentum
    }
    return update
  }
}
