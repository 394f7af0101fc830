public import TensorCore

/// A fully connected layer along any axes: `activation(einsum(equation, x, kernel) + bias)`. Keras: `EinsumDense`.
///
/// In the equation, `"abc,cd->abd"`, letters stand for axes, the first for the batch; `...` for any axes that input and
/// output share. The kernel's sizes follow from the input's and `outputShape`.
public struct EinsumDense: Layer {
  public static let kind = "EinsumDense"
  public static let template = EinsumDense("ab,bc->ac", outputShape: [1])
  public static let requiredKeys = ["equation", "output_shape"]

  /// Without the batch; nil follows the input.
  public var outputShape: OpenShape
  public var equation: String
  public var activation = Activation.linear
  /// The letters of the output's axes that the bias has; nil: no bias.
  public var biasAxes: String?
  public var kernelInitializer = Initializer.glorotUniform
  public var biasInitializer = Initializer.zeros
  public var kernelRegularizer: Regularizer?
  public var biasRegularizer: Regularizer?
  public var activityRegularizer: Regularizer?
  public var kernelConstraint: Constraint?
  public var biasConstraint: Constraint?

  public init(_ equation: String, outputShape: OpenShape, activation: Activation = .linear, biasAxes: String? = nil) {
    (self.equation, self.outputShape) = (equation, outputShape)
    (self.activation, self.biasAxes) = (activation, biasAxes)
  }

  public func build(_ scope: inout BuildScope, inputs: [TensorSpec]) throws(CoreError) -> Forward {
    let input = try expectOneInput(inputs, ranks: 2...Shape.maximumRank)
    let einsum: Einsum
    let (kernelShape, biasShape): (Shape, Shape?)
    do throws(CoreError) {
      einsum = try Einsum(equation)
      (kernelShape, biasShape) = try shapes(einsum, input.shape)
    } catch {
      throw CoreError(
        error.code, "\(Self.kind) of \(Shape.batchDescription(input.shape)): \(error.message)")
    }
    let kernel = scope.weight(
      "kernel", kernelShape, kernelInitializer, regularizer: kernelRegularizer, constraint: kernelConstraint)
    let bias = biasShape.map {
      scope.weight("bias", $0, biasInitializer, regularizer: biasRegularizer, constraint: biasConstraint)
    }
    let activation = try scope.activation(activation)
    return Forward { x, context in
      let y = einsum(x, context[kernel])
      return activation(bias.map { y + context[$0] } ?? y, &context)
    }
  }

  /// The shapes of kernel and bias, as Keras's analysis of the equation finds them.
  private func shapes(_ einsum: Einsum, _ input: Shape) throws(CoreError) -> (kernel: Shape, bias: Shape?) {
    var sizes = try einsum.sizes(ofFirst: input)
    // The axes that the ellipsis stands for are in the output shape or not, at its beginning or end.
    let letters = einsum.output.letters
    let given = [input[0]] + outputShape.sizes.map { $0 ?? -1 }
    let (before, after) = (einsum.output.lettersBefore, letters.count - einsum.output.lettersBefore)
    guard given.count >= letters.count else {
      throw CoreError(
        .invalidConfig,
        "found output_shape \(outputShape) for the output of \"\(equation)\", expected "
          + "\(letters.count - 1) numbers or more")
    }
    let named = Array(given.prefix(before)) + Array(given.suffix(after))
    for (letter, size) in zip(letters, named) where size > 0 {
      if let known = sizes[letter], known != size, letter != letters.first {
        throw CoreError(
          .shapeMismatch,
          "found \(size) for \"\(letter)\" in output_shape, expected \(known) as in the input "
            + Shape.batchDescription(input))
      }
      sizes[letter] = sizes[letter] ?? size
    }
    let elided = einsum.output.hasEllipsis && before == letters.count ? input.rank - einsum.first.letters.count : 0
    return (try shape(of: einsum.second.letters, sizes), try biasShape(letters, sizes, elided: elided))
  }

  /// - Parameter elided: how many axes the ellipsis stands for that ends the output.
  private func biasShape(
    _ letters: [Character], _ sizes: [Character: Int], elided: Int
  ) throws(CoreError) -> Shape? {
    guard let biasAxes else { return nil }
    let axes = Array(biasAxes)
    guard let first = letters.firstIndex(where: { axes.contains($0) }), axes.allSatisfy({ letters.contains($0) }) else {
      throw CoreError(.invalidConfig, "found bias_axes \"\(biasAxes)\", expected letters of the output")
    }
    let used = letters[first...].filter { axes.contains($0) }
    let known = try shape(of: used, sizes)
    let named = letters[first...].map { letter in used.firstIndex(of: letter).map { known[$0] } ?? 1 }
    return Shape(named + Array(repeating: 1, count: elided))
  }

  private func shape(of letters: [Character], _ sizes: [Character: Int]) throws(CoreError) -> Shape {
    var numbers: [Int] = []
    for letter in letters {
      guard let size = sizes[letter] else {
        throw CoreError(
          .invalidConfig, "found no size for \"\(letter)\" of \"\(equation)\", expected it in the input or output_shape"
        )
      }
      numbers.append(size)
    }
    return Shape(numbers)
  }
}

/// Sizes of a shape without the batch, some of which may be open. In configs also a single number.
public struct OpenShape: Hashable, Sendable, ExpressibleByArrayLiteral, CustomStringConvertible {
  public var sizes: [Int?]

  public init(_ sizes: [Int?]) { self.sizes = sizes }

  public init(arrayLiteral elements: Int?...) { sizes = elements }

  public var description: String { "[" + sizes.map { $0.map(String.init) ?? "None" }.joined(separator: ", ") + "]" }
}

extension OpenShape: Codable {
  public init(from decoder: any Decoder) throws {
    if let size = try? decoder.singleValueContainer().decode(Int.self) {
      self.init([size])
    } else {
      self.init(try [Int?](from: decoder))
    }
  }

  public func encode(to encoder: any Encoder) throws { try sizes.encode(to: encoder) }
}
