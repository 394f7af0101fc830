internal import CKernels

/// An optimizer's step with all that Keras does around the rule, in place and in one pass: the gradient is scaled and
/// clipped, the weight decayed, then the rule applied, whose formulas stand at `FusedUpdate`.
///
/// Weight, gradient and slots are float32 or all float64; anything else traps. Bytes that another tensor shares are copied
/// first.
public struct UpdateStep: Hashable, Sendable {
  public enum Rule: String, Hashable, Sendable {
    case sgd, momentum, nesterov, adam, amsgrad

    /// How many tensors of the weight's shape the rule keeps: the velocity, or Adam's m, v and the largest v.
    public var slotCount: Int {
      switch self {
      case .sgd: 0
      case .momentum, .nesterov: 1
      case .adam: 2
      case .amsgrad: 3
      }
    }
  }

  public var rule: Rule
  /// The learning rate; for Adam with both bias corrections in it.
  public var rate: Double
  /// How much of the velocity stays.
  public var momentum = 0.0
  /// How much of Adam's m stays.
  public var beta1 = 0.9
  /// How much of Adam's v stays.
  public var beta2 = 0.999
  /// What Adam adds to the root.
  public var epsilon = 1e-7
  /// What the gradient is multiplied with: 1, or what clipping by a norm asks for.
  public var gradientScale = 1.0
  /// The largest size of a gradient's element; nil: none.
  public var gradientLimit: Double?
  /// Weight decay times the learning rate.
  public var decay = 0.0

  public init(_ rule: Rule, rate: Double) {
    self.rule = rule
    self.rate = rate
  }

  /// The step of a weight.
  ///
  /// - Parameters:
  ///   - weight: overwritten.
  ///   - gradient: of the weight's shape.
  ///   - slots: as many as the rule has, of the weight's shape; overwritten.
  public func apply(to weight: inout Tensor, gradient: Tensor, slots: inout [Tensor]) {
    check([weight.spec, gradient.spec] + slots.map(\.spec), slots: slots.count)
    makeUnique(&weight, &slots)
    var raw = raw
    let (count, threads) = (weight.elementCount, Execution.threads32)
    withExtendedLifetime((gradient, slots)) {
      if weight.dtype == .float32 {
        ck_update_f32(
          &raw, weight.f32, gradient.f32, slot(0, slots)?.f32, slot(1, slots)?.f32, slot(2, slots)?.f32, count, threads)
      } else {
        ck_update_f64(
          &raw, weight.f64, gradient.f64, slot(0, slots)?.f64, slot(1, slots)?.f64, slot(2, slots)?.f64, count, threads)
      }
    }
  }

  /// The step of a table whose gradient is zero but for some rows, as an embedding's is; the table is passed through once.
  ///
  /// All rows take the step, because Keras's moments decay where the gradient is zero too: the result is that of the dense
  /// gradient. It does not depend on the number of threads.
  ///
  /// - Parameters:
  ///   - table: `[rows, width...]`, overwritten.
  ///   - indices: the rows that the gradients belong to, int32 or int64 of any shape `[i...]`, in `0..<rows`, or a trap. A
  ///     row that is named several times gets the sum.
  ///   - gradients: `[i..., width...]`.
  ///   - slots: as many as the rule has, of the table's shape; overwritten.
  public func apply(to table: inout Tensor, indices: Tensor, gradients: Tensor, slots: inout [Tensor]) {
    check([table.spec] + slots.map(\.spec), slots: slots.count)
    let (rows, count) = (table.rank > 0 ? table.shape[0] : 0, indices.elementCount)
    let width = Array(table.shape.array.dropFirst())
    CoreError.require(
      table.rank > 0 && gradients.dtype == table.dtype && gradients.shape.array == indices.shape.array + width,
      .shapeMismatch,
      "optimizer update of rows: found gradients \(gradients.spec) for indices \(indices.spec) and table \(table.spec), "
        + "expected the indices' shape, then a row's")
    let places = indices.asInt64
    places.checkIndices(below: rows, "optimizer update of rows")
    makeUnique(&table, &slots)
    var raw = raw
    let (rowWidth, threads) = (width.reduce(1, *), Execution.threads32)
    withExtendedLifetime((gradients, places, slots)) {
      let (m, v, largest) = (slot(0, slots), slot(1, slots), slot(2, slots))
      if table.dtype == .float32 {
        ck_update_rows_f32(
          &raw, table.f32, m?.f32, v?.f32, largest?.f32, rows, rowWidth, places.i64, gradients.f32, count, threads)
      } else {
        ck_update_rows_f64(
          &raw, table.f64, m?.f64, v?.f64, largest?.f64, rows, rowWidth, places.i64, gradients.f64, count, threads)
      }
    }
  }

  private var raw: ck_update {
    let kind =
      switch rule {
      case .sgd: CK_UPDATE_SGD
      case .momentum: CK_UPDATE_MOMENTUM
      case .nesterov: CK_UPDATE_NESTEROV
      case .adam: CK_UPDATE_ADAM
      case .amsgrad: CK_UPDATE_AMSGRAD
      }
    return ck_update(
      rule: kind, rate: rate, momentum: momentum, beta1: beta1, beta2: beta2, epsilon: epsilon, scale: gradientScale,
      limit: gradientLimit ?? 0, decay: decay)
  }

  private func slot(_ index: Int, _ slots: [Tensor]) -> Tensor? { index < slots.count ? slots[index] : nil }

  private func makeUnique(_ weight: inout Tensor, _ slots: inout [Tensor]) {
    weight.withMutableBytes { _ in }
    for index in slots.indices { slots[index].withMutableBytes { _ in } }
  }

  private func check(_ specs: [TensorSpec], slots: Int) {
    let dtype = specs[0].dtype
    CoreError.require(
      slots == rule.slotCount && specs.allSatisfy { $0 == specs[0] } && (dtype == .float32 || dtype == .float64),
      .shapeMismatch,
      "optimizer update: found \(specs.map { "\($0)" }.joined(separator: ", ")) for \(rule.rawValue), expected a weight, "
        + "its gradient and \(rule.slotCount) slots of one shape, all float32 or all float64")
  }
}
