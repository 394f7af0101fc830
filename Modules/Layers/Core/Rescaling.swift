public import TensorCore

/// `x · scale + offset`, of any shape; numbers that are no floats become floats first. Keras: `Rescaling`.
public struct Rescaling: Layer {
  public static let kind = "Rescaling"
  public static let template = Rescaling(1)
  public static let requiredKeys = ["scale"]

  public var scale: Factor
  public var offset: Factor

  public init(_ scale: Factor, offset: Factor = 0) { (self.scale, self.offset) = (scale, offset) }

  public var maskRule: MaskRule { .own }

  public func build(_ scope: inout BuildScope, inputs: [TensorSpec]) throws(CoreError) -> Forward {
    let input = try expectOneInput(inputs, ranks: 1...Shape.maximumRank)
    for (key, factor) in [("scale", scale), ("offset", offset)] {
      let fits = Shape.broadcast(input.shape, factor.shape) == input.shape
      try expect(fits, key, factor, "a number, or as many as the last axis of \(Shape.batchDescription(input.shape))")
    }
    let (scale, offset, dtype) = (scale, offset, scope.dtypePolicy.computeDType ?? scope.dtype)
    let passesMasks = scope.kerasMajorVersion >= 3
    return Forward { x, context in
      if !passesMasks { context.masks = [] }
      let x = x.dtype == dtype ? x : x.cast(to: dtype)
      return x * scale.tensor(dtype) + offset.tensor(dtype)
    }
  }

  /// One number for everything, or one per channel (the last axis).
  public enum Factor: Hashable, Sendable, ExpressibleByFloatLiteral, ExpressibleByIntegerLiteral,
    ExpressibleByArrayLiteral, CustomStringConvertible
  {
    case same(Double)
    case perChannel([Double])

    public init(floatLiteral value: Double) { self = .same(value) }

    public init(integerLiteral value: Int) { self = .same(Double(value)) }

    public init(arrayLiteral elements: Double...) { self = .perChannel(elements) }

    public var description: String {
      switch self {
      case .same(let number): "\(number)"
      case .perChannel(let numbers): "\(numbers)"
      }
    }

    var shape: Shape {
      switch self {
      case .same: []
      case .perChannel(let numbers): [numbers.count]
      }
    }

    func tensor(_ dtype: DType) -> Tensor {
      switch self {
      case .same(let number): Tensor(scalar: number, dtype: dtype)
      case .perChannel(let numbers): Tensor(numbers, shape).cast(to: dtype)
      }
    }
  }
}

extension Rescaling.Factor: Codable {
  public init(from decoder: any Decoder) throws {
    if let number = try? decoder.singleValueContainer().decode(Double.self) {
      self = .same(number)
    } else {
      self = .perChannel(try [Double](from: decoder))
    }
  }

  public func encode(to encoder: any Encoder) throws {
    switch self {
    case .same(let number): try number.encode(to: encoder)
    case .perChannel(let numbers): try numbers.encode(to: encoder)
    }
  }
}
