/// The dimensions of a tensor, outermost first: `[batch, height, width, channels]`. At most eight.
///
/// Dimensions live inline, so making, copying and comparing shapes never allocates.
public struct Shape: Sendable {
  /// The largest number of dimensions a tensor may have.
  public static let maximumRank = 8

  private(set) var dimensions = InlineArray<8, Int>(repeating: 1)
  public private(set) var rank: Int

  /// The shape with these dimensions; traps on more than eight, or on a negative one.
  public init(_ dimensions: some Collection<Int>) {
    guard dimensions.count <= Shape.maximumRank else {
      CoreError(.shapeMismatch, "found \(dimensions.count) dimensions, expected at most \(Shape.maximumRank)").trap()
    }
    rank = dimensions.count
    var axis = 0
    for dimension in dimensions {
      guard dimension >= 0 else {
        CoreError(.shapeMismatch, "found dimension \(dimension), expected none below 0").trap()
      }
      self.dimensions[axis] = dimension
      axis += 1
    }
  }

  /// The shape of a scalar.
  public init() { rank = 0 }

  /// `count` dimensions, all `dimension`.
  public init(repeating dimension: Int, count: Int) {
    self.init(repeatElement(dimension, count: count))
  }

  /// The shape with dimensions that come from outside; throws where they could not be a tensor's.
  public init(validating dimensions: [Int]) throws(CoreError) {
    var product = 1
    for dimension in dimensions {
      let (next, overflow) = product.multipliedReportingOverflow(by: dimension)
      guard dimension >= 0, !overflow, next < 1 << 56 else {
        throw CoreError(.shapeMismatch, "found shape \(dimensions), which no tensor can have")
      }
      product = next
    }
    guard dimensions.count <= Shape.maximumRank else {
      throw CoreError(
        .shapeMismatch, "found \(dimensions.count) dimensions \(dimensions), expected at most \(Shape.maximumRank)")
    }
    self.init(dimensions)
  }

  public var elementCount: Int {
    var product = 1
    for axis in 0..<rank { product *= dimensions[axis] }
    return product
  }

  /// The last dimension; traps for a scalar.
  public var last: Int {
    get { self[-1] }
    set { self[-1] = newValue }
  }

  /// The dimension of an axis; a negative axis counts from the end, as in Keras.
  public subscript(axis: Int) -> Int {
    get { dimensions[checked(axis)] }
    set { dimensions[checked(axis)] = newValue }
  }

  public var array: [Int] { (0..<rank).map { dimensions[$0] } }

  /// The dimensions for a C kernel to read, without an array of them.
  func withDimensions<R>(_ body: (UnsafePointer<Int>) -> R) -> R {
    dimensions.span.withUnsafeBufferPointer { body($0.baseAddress!) }
  }

  /// The dimensions in a range of axes, as a shape of its own.
  public subscript(axes: Range<Int>) -> Shape {
    Shape(axes.map { self[$0] })
  }

  /// Row-major strides in elements.
  public var strides: [Int] {
    var strides = [Int](repeating: 1, count: rank)
    for axis in stride(from: rank - 2, through: 0, by: -1) { strides[axis] = strides[axis + 1] * dimensions[axis + 1] }
    return strides
  }

  public mutating func append(_ dimension: Int) {
    CoreError.require(rank < Shape.maximumRank, .shapeMismatch, "a shape has at most \(Shape.maximumRank) dimensions")
    dimensions[rank] = dimension
    rank += 1
  }

  public mutating func insert(_ dimension: Int, at axis: Int) {
    var all = array
    all.insert(dimension, at: axis)
    self = Shape(all)
  }

  public mutating func remove(at axis: Int) {
    var all = array
    all.remove(at: axis)
    self = Shape(all)
  }

  /// `axis` counted from the front, or nil where the shape has no such axis.
  public func normalized(axis: Int) -> Int? {
    let normalized = axis < 0 ? axis + rank : axis
    return (0..<rank).contains(normalized) ? normalized : nil
  }

  private func checked(_ axis: Int) -> Int {
    guard let normalized = normalized(axis: axis) else {
      CoreError(.shapeMismatch, "found axis \(axis), expected one of shape \(self)").trap()
    }
    return normalized
  }

  /// The shape that NumPy broadcasting gives for two operands, or nil where they do not fit.
  public static func broadcast(_ a: Shape, _ b: Shape) -> Shape? {
    if a == b { return a }
    let rank = max(a.rank, b.rank)
    var result = Shape()
    result.rank = rank
    for axis in 0..<rank {
      let (i, j) = (axis - (rank - a.rank), axis - (rank - b.rank))
      let (p, q) = (i >= 0 ? a.dimensions[i] : 1, j >= 0 ? b.dimensions[j] : 1)
      guard p == q || p == 1 || q == 1 else { return nil }
      result.dimensions[axis] = p == 1 ? q : p
    }
    return result
  }
}

extension Shape: Hashable {
  public static func == (a: Shape, b: Shape) -> Bool {
    guard a.rank == b.rank else { return false }
    for axis in 0..<a.rank where a.dimensions[axis] != b.dimensions[axis] { return false }
    return true
  }

  public func hash(into hasher: inout Hasher) {
    hasher.combine(rank)
    for axis in 0..<rank { hasher.combine(dimensions[axis]) }
  }
}

extension Shape: ExpressibleByArrayLiteral, CustomStringConvertible {
  public init(arrayLiteral elements: Int...) { self.init(elements) }

  public var description: String { "[" + array.map(String.init).joined(separator: ", ") + "]" }
}

extension Shape: Codable {
  public init(from decoder: any Decoder) throws {
    try self.init(validating: [Int](from: decoder))
  }

  public func encode(to encoder: any Encoder) throws { try array.encode(to: encoder) }
}

/// What is known of a tensor before its values: shape and element type.
public struct TensorSpec: Hashable, Sendable, Codable, CustomStringConvertible {
  public var shape: Shape
  public var dtype: DType

  public init(_ shape: Shape, _ dtype: DType = .float32) {
    self.shape = shape
    self.dtype = dtype
  }

  public var elementCount: Int { shape.elementCount }
  public var byteCount: Int { shape.elementCount * dtype.byteCount }
  public var rank: Int { shape.rank }
  public var description: String { "\(dtype.rawValue)\(shape)" }
}
