/// Products of two tensors summed over shared axes, in Einstein's notation: `"abc,cd->abd"`.
///
/// A letter stands for an axis; `...` for any number of axes. Axes that both tensors and the result have go along; axes
/// that the result lacks are summed. Made of transpositions, reshapes and one matrix product.
public struct Einsum: Hashable, Sendable {
  /// The axes of one tensor.
  public struct Term: Hashable, Sendable {
    public let letters: [Character]
    /// How many of them come before the ellipsis; all where there is none.
    public let lettersBefore: Int
    public let hasEllipsis: Bool

    fileprivate init(_ text: Substring) throws(CoreError) {
      var (letters, before): ([Character], Int?) = ([], nil)
      var rest = text
      while let character = rest.first {
        if rest.hasPrefix("..."), before == nil {
          before = letters.count
          rest = rest.dropFirst(3)
        } else if character.isLetter, !letters.contains(character) {
          letters.append(character)
          rest = rest.dropFirst()
        } else {
          throw CoreError(.invalidConfig, "found \"\(text)\" in an equation, expected different letters and one ...")
        }
      }
      (self.letters, lettersBefore, hasEllipsis) = (letters, before ?? letters.count, before != nil)
    }

    /// Labels for all axes of a tensor: its letters, and numbers for what the ellipsis stands for.
    fileprivate func labels(rank: Int) -> [Label] {
      let others = hasEllipsis ? max(0, rank - letters.count) : 0
      return letters[..<lettersBefore].map(Label.letter) + (0..<others).map { Label.other(others - 1 - $0) }
        + letters[lettersBefore...].map(Label.letter)
    }
  }

  fileprivate enum Label: Hashable {
    case letter(Character)
    /// Of an ellipsis, counted from its end.
    case other(Int)
  }

  public let first: Term
  public let second: Term
  public let output: Term

  /// Throws `invalidConfig` unless the equation is `first,second->output`.
  public init(_ equation: String) throws(CoreError) {
    let sides = equation.filter { $0 != " " }.split(separator: "->", omittingEmptySubsequences: false)
    let terms = sides[0].split(separator: ",", omittingEmptySubsequences: false)
    guard sides.count == 2, terms.count == 2 else {
      throw CoreError(.invalidConfig, "found equation \"\(equation)\", expected one like \"abc,cd->abd\"")
    }
    (first, second, output) = (try Term(terms[0]), try Term(terms[1]), try Term(sides[1]))
    for letter in output.letters where !first.letters.contains(letter) && !second.letters.contains(letter) {
      throw CoreError(
        .invalidConfig, "found \"\(letter)\" in the output of \"\(equation)\", expected letters of the inputs")
    }
  }

  /// The sizes of the first tensor's letters.
  ///
  /// - Parameter shape: the tensor's.
  /// - Throws: `shapeMismatch` where it has another number of axes.
  public func sizes(ofFirst shape: Shape) throws(CoreError) -> [Character: Int] {
    let count = first.letters.count
    guard first.hasEllipsis ? shape.rank >= count : shape.rank == count else {
      throw CoreError(
        .shapeMismatch,
        "found an input of \(shape.rank) dimensions, expected \(count)\(first.hasEllipsis ? " or more" : "")")
    }
    let named = shape.array.prefix(first.lettersBefore) + shape.array.suffix(count - first.lettersBefore)
    return Dictionary(uniqueKeysWithValues: zip(first.letters, named))
  }

  /// The contraction of two tensors. Traps where their axes do not suit.
  public func callAsFunction(_ a: Tensor, _ b: Tensor) -> Tensor {
    var (left, right) = (a, b)
    var (leftLabels, rightLabels) = (first.labels(rank: a.rank), second.labels(rank: b.rank))
    CoreError.require(
      leftLabels.count == a.rank && rightLabels.count == b.rank, .shapeMismatch,
      "einsum: found \(a.shape) and \(b.shape), expected axes \(String(first.letters)) and \(String(second.letters))")
    let ellipsis = max(a.rank - first.letters.count, b.rank - second.letters.count)
    let result = output.labels(rank: output.letters.count + (output.hasEllipsis ? ellipsis : 0))
    // What only one tensor has and the result lacks is summed beforehand.
    sumOut(&left, &leftLabels, keeping: rightLabels + result)
    sumOut(&right, &rightLabels, keeping: leftLabels + result)
    let shared = leftLabels.filter { rightLabels.contains($0) }
    let (batch, summed) = (shared.filter(result.contains), shared.filter { !result.contains($0) })
    let freeLeft = leftLabels.filter { !shared.contains($0) }
    let freeRight = rightLabels.filter { !shared.contains($0) }
    let sizes = Dictionary(
      zip(leftLabels + rightLabels, left.shape.array + right.shape.array), uniquingKeysWith: Swift.max)
    func size(_ labels: [Label]) -> Int { labels.reduce(1) { $0 * (sizes[$1] ?? 1) } }
    let lead = batch.isEmpty ? [] : [size(batch)]
    let x = left.ordered(leftLabels, batch + freeLeft + summed).reshaped(Shape(lead + [size(freeLeft), size(summed)]))
    let y = right.ordered(rightLabels, batch + summed + freeRight)
      .reshaped(Shape(lead + [size(summed), size(freeRight)]))
    let labels = batch + freeLeft + freeRight
    return x.matmul(y).reshaped(Shape(labels.map { sizes[$0] ?? 1 })).ordered(labels, result)
  }

  private func sumOut(_ x: inout Tensor, _ labels: inout [Label], keeping kept: [Label]) {
    let axes = labels.indices.filter { !kept.contains(labels[$0]) }
    guard !axes.isEmpty else { return }
    x = x.sum(axes: axes)
    labels = labels.filter(kept.contains)
  }
}

extension Tensor {
  /// Axes in another order, given by their labels.
  fileprivate func ordered(_ labels: [Einsum.Label], _ wanted: [Einsum.Label]) -> Tensor {
    labels == wanted ? self : transposed(wanted.map { label in labels.firstIndex(of: label) ?? 0 })
  }

  /// Products of two tensors summed over shared axes, in Einstein's notation. Traps where the equation or the axes do not
  /// suit.
  ///
  /// - Parameters:
  ///   - equation: `"abc,cd->abd"`.
  ///   - a: the first tensor.
  ///   - b: the second.
  public static func einsum(_ equation: String, _ a: Tensor, _ b: Tensor) -> Tensor {
    do {
      return try Einsum(equation)(a, b)
    } catch {
      error.trap()
    }
  }
}
