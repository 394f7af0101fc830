internal import TensorCore

/// What a primitive depends on. `kind` tells apart the primitives that one operation is made of.
struct PrimitiveKey: Hashable, Sendable {
  let operation: AnyOperation
  let inputs: [TensorSpec]
  let outputs: [TensorSpec]
  let threads: Int
  let kind: String

  init(_ operation: some Operation, _ request: KernelRequest, kind: String) {
    self.operation = AnyOperation(operation)
    (inputs, outputs, threads) = (request.inputs, request.outputs, request.threads)
    self.kind = kind
  }
}

/// An operation of any type as a key.
struct AnyOperation: Hashable, Sendable {
  let value: any Operation

  init(_ value: some Operation) { self.value = value }

  static func == (a: AnyOperation, b: AnyOperation) -> Bool { AnyHashable(a.value) == AnyHashable(b.value) }

  func hash(into hasher: inout Hasher) { AnyHashable(value).hash(into: &hasher) }
}

/// The program's primitives: layers of the same sizes, and plans of the same model, share them.
enum PrimitiveCache {
  private static let shared = BoundedCache<PrimitiveKey, Primitive?>(limit: 1024)

  /// nil where the library has no implementation, which is remembered too.
  static func primitive(
    for operation: some Operation, _ request: KernelRequest, kind: String = "", make: () -> Primitive?
  ) -> Primitive? {
    shared.value(PrimitiveKey(operation, request, kind: kind), make: make)
  }
}
