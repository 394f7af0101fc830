internal import TensorCore

/// An operation `activation(product(x, kernel) + bias + residual)`: what passes fold its neighbours into.
///
/// Inputs x, kernel, with `hasBias` a bias `[out]` and last, with `hasResidual`, a residual like the output. The kernel's
/// last axis is that of the output.
protocol ProductOperation: TensorCore.Operation {
  var activation: FusableActivation { get set }
  var hasBias: Bool { get set }
  var hasResidual: Bool { get set }
  var biasIndex: Int? { get }
}

extension ProductOperation {
  /// Whether nothing is done to the sum of product and bias, so that something may be.
  var isOpen: Bool { activation == .linear && !hasResidual }
}

extension Linear: ProductOperation {}
extension Conv: ProductOperation {}

extension GraphRewriter {
  /// The product that makes `value` for one reader alone, with nothing done to it but adding a bias.
  func openProduct(making value: Graph.ValueID) -> (place: Int, operation: any ProductOperation)? {
    guard let place = soleMaker(of: value), let operation = self[place].operation as? any ProductOperation,
      operation.isOpen
    else { return nil }
    return (place, operation)
  }

  /// A constant that is one number, or one number per channel, of something shaped `shape`: as `[channels]`.
  func channelVector(_ value: Graph.ValueID, for shape: Shape) -> Tensor? {
    guard shape.rank > 0, let tensor = constant(value), tensor.rank <= shape.rank else { return nil }
    let channels: Shape = [shape.last]
    if tensor.elementCount == 1 { return tensor.reshaped([1]).broadcast(to: channels) }
    guard tensor.elementCount == channels.elementCount, tensor.rank > 0, tensor.shape.last == shape.last else {
      return nil
    }
    return tensor.reshaped(channels)
  }
}
