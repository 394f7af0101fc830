internal import TensorCore

/// A step that no backend has a kernel for: the operation's own value rule, on tensors over the step's bytes.
final class PortableStep {
  private let evaluate: ([Tensor], inout [Tensor]) -> Void
  private let arena: Arena
  private let places: [Place]
  private let specs: [TensorSpec]
  var inputs: [Tensor]
  var outputs: [Tensor]

  /// Stands where the caller's tensors are put for the time of a run.
  static let vacancy = Tensor(uninitialized: TensorSpec([0], .uint8))

  init(_ step: Program.Step, arena: Arena, constants: [Graph.ValueID: Tensor]) {
    evaluate = Self.rule(step.operation.operation)
    (self.arena, places, specs) = (arena, step.outputs, step.operation.outputs)
    let tensor = { (place: Place, spec: TensorSpec) -> Tensor in
      switch place.region {
      case .arena: arena.tensor(at: place.byteOffset, spec)
      case .constant(let value): constants[value]!.view(at: place.byteOffset, spec)
      case .argument, .result, .state: Self.vacancy
      }
    }
    inputs = zip(step.inputs, step.operation.inputs).map(tensor)
    outputs = zip(step.outputs, step.operation.outputs).map(tensor)
  }

  private static func rule(_ operation: some Operation) -> ([Tensor], inout [Tensor]) -> Void {
    { inputs, outputs in operation.evaluate(inputs, into: &outputs) }
  }

  func run(_ arguments: borrowing KernelArguments) {
    evaluate(inputs, &outputs)
    for index in outputs.indices where outputs[index].address != arguments.outputs[index] {
      // The rule put another tensor in place of the one that it was given. Who reads next reads these bytes.
      let found = outputs[index]
      withExtendedLifetime(found) {
        arguments.outputs[index].copyMemory(from: found.address, byteCount: specs[index].byteCount)
      }
      let place = places[index]
      outputs[index] = place.region == .arena ? arena.tensor(at: place.byteOffset, specs[index]) : Self.vacancy
    }
  }
}
