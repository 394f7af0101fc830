/// How a functional model takes its inputs, or gives its outputs, in Python.
///
/// Here they are always lists; Keras's configs say which it was, and a file that is read and written keeps saying it.
public enum TensorStructure: Hashable, Sendable {
  /// A tensor by itself.
  case single
  case list
  /// A dictionary with these keys, sorted: the order of the list.
  case named([String])

  /// What Keras users write for so many tensors.
  init(count: Int) { self = count == 1 ? .single : .list }
}
