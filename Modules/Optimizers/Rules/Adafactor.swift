internal import Glibc
public import TensorCore

/// Steps divided by the root of a mean square that is kept by rows and columns only (Shazeer and Stern 2018). Keras:
/// `Adafactor`.
///
/// The learning rate is never above 1/√step, also where `relativeStep` is false: so it is in Keras.
public struct Adafactor: CompilableOptimizer {
  public static let kind = "Adafactor"
  public static let template = Adafactor()

  public var learningRate: Double
  /// How fast the share of the old mean square grows.
  public var beta2Decay: Double
  /// Added to squared gradients.
  public var epsilon1: Double
  /// The smallest size of a weight that counts: steps are in proportion to the weight's size.
  public var epsilon2: Double
  /// The largest root mean square of a step before it is multiplied with the rate.
  public var clipThreshold: Double
  public var relativeStep: Bool
  public var settings: OptimizerSettings

  public init(
    learningRate: Double = 0.001, beta2Decay: Double = -0.8, epsilon1: Double = 1e-30, epsilon2: Double = 1e-3,
    clipThreshold: Double = 1, relativeStep: Bool = true, settings: OptimizerSettings = OptimizerSettings()
  ) {
    (self.learningRate, self.beta2Decay, self.epsilon1) = (learningRate, beta2Decay, epsilon1)
    (self.epsilon2, self.clipThreshold, self.relativeStep) = (epsilon2, clipThreshold, relativeStep)
    self.settings = settings
  }

  public var slotNames: [String] { ["r", "c", "velocity"] }

  /// Of matrices, and stacks of them, the means by row and by column besides.
  public func initialSlots(for key: WeightKey) -> [OptimizerSlot] {
    let velocity = OptimizerSlot("velocity", for: key)
    let (shape, dtype) = (key.spec.shape.array, key.spec.dtype)
    guard shape.count >= 2 else { return [velocity] }
    let columns = shape.dropLast(2) + shape.suffix(1)
    return [
      OptimizerSlot("r", Tensor.zeros(Shape(shape.dropLast()), dtype: dtype)),
      OptimizerSlot("c", Tensor.zeros(Shape(Array(columns)), dtype: dtype)), velocity,
    ]
  }

  public func addStepNumbers(_ step: Int, dtype: DType, to numbers: inout [Double]) {
    let share = pow(Double(step), beta2Decay)
    numbers.append(min(learningRate, 1 / Double(step).squareRoot()))
    numbers.append(1 - share)
    numbers.append(share)
  }

  public func updated(_ weight: Tensor, gradient: Tensor, slots: [Tensor], numbers: [Tensor]) -> [Tensor] {
    let square = gradient.square() + epsilon1
    let mean = { (old: Tensor, new: Tensor) in numbers[1] * old + numbers[2] * new }
    var slots = slots
    if weight.rank >= 2 {
      let (rows, columns) = (mean(slots[0], square.mean(axes: [-1])), mean(slots[1], square.mean(axes: [-2])))
      let share = (rows / rows.mean(axes: [-1], keepDims: true)).expandingDims(at: -1)
      slots = [rows, columns, share * columns.expandingDims(at: -2)]
    } else {
      slots[0] = mean(slots[0], square)
    }
    let step = gradient / slots[slots.count - 1].sqrt()
    let clipped = step / (Self.size(step) / clipThreshold).maximum(1)
    return [weight - Self.size(weight).maximum(epsilon2) * numbers[0] * clipped] + slots
  }

  private static func size(_ tensor: Tensor) -> Tensor { tensor.square().mean().sqrt() }

  public func validate() throws(CoreError) {
    for (key, value) in [("epsilon_1", epsilon1), ("epsilon_2", epsilon2)] { try requireNotNegative(value, key) }
    guard clipThreshold > 0 else {
      throw CoreError(.invalidConfig, "found clip_threshold \(clipThreshold), expected a number above 0")
    }
  }

  /// Keras 3 lists rows and columns of vectors too, as the number 0. It calls both like the weight itself; here they have
  /// names of their own, as a file needs.
  public func variableOrder(_ dialect: OptimizerDialect) -> OptimizerVariableOrder {
    let vacancy: DType? = dialect == .keras3 ? .int32 : nil
    return OptimizerVariableOrder(interleaved: [
      .init("r", vacancy: vacancy), .init("c", vacancy: vacancy), .init("velocity", keras2: "v"),
    ])
  }
}
