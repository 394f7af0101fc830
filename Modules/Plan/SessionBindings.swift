internal import TensorCore

/// Where in a session's tables the tensors go that come with a run: arguments, results and state.
struct SessionBindings {
  enum Slot {
    case source(Int)
    case destination(Int)
    case input(PortableStep, Int, TensorSpec)
    case output(PortableStep, Int, TensorSpec)
  }

  private struct Pointer {
    let tensor: Int
    let byteOffset: Int
    let slot: Int
  }

  private struct Operand {
    let tensor: Int
    let byteOffset: Int
    let step: PortableStep
    let index: Int
    let isOutput: Bool
    let spec: TensorSpec
  }

  // Tensors are numbered: arguments, then results, then state.
  private let argumentCount: Int
  private let resultCount: Int
  private var sources: [Pointer] = []
  private var destinations: [Pointer] = []
  private var operands: [Operand] = []

  init(_ program: Program) {
    (argumentCount, resultCount) = (program.argumentSpecs.count, program.resultSpecs.count)
  }

  mutating func add(_ place: Place, _ slot: Slot) {
    let tensor: Int
    switch place.region {
    case .arena, .constant: return
    case .argument(let index): tensor = index
    case .result(let index): tensor = argumentCount + index
    case .state(let index): tensor = argumentCount + resultCount + index
    }
    let byteOffset = place.byteOffset
    switch slot {
    case .source(let slot): sources.append(Pointer(tensor: tensor, byteOffset: byteOffset, slot: slot))
    case .destination(let slot): destinations.append(Pointer(tensor: tensor, byteOffset: byteOffset, slot: slot))
    case .input(let step, let index, let spec):
      operands.append(
        Operand(tensor: tensor, byteOffset: byteOffset, step: step, index: index, isOutput: false, spec: spec))
    case .output(let step, let index, let spec):
      operands.append(
        Operand(tensor: tensor, byteOffset: byteOffset, step: step, index: index, isOutput: true, spec: spec))
    }
  }

  func bind(
    _ arguments: [Tensor], _ results: [Tensor], _ state: [Tensor],
    _ sourceTable: UnsafeMutableBufferPointer<UnsafeRawPointer>,
    _ destinationTable: UnsafeMutableBufferPointer<UnsafeMutableRawPointer>
  ) {
    let (argumentCount, resultEnd) = (argumentCount, argumentCount + resultCount)
    func address(_ tensor: Int) -> UnsafeMutableRawPointer {
      if tensor < argumentCount { return arguments[tensor].address }
      return tensor < resultEnd ? results[tensor - argumentCount].address : state[tensor - resultEnd].address
    }
    for pointer in sources {
      sourceTable[pointer.slot] = UnsafeRawPointer(address(pointer.tensor) + pointer.byteOffset)
    }
    for pointer in destinations { destinationTable[pointer.slot] = address(pointer.tensor) + pointer.byteOffset }
    for operand in operands {
      let tensor = operand.tensor
      let whole =
        tensor < argumentCount
        ? arguments[tensor] : tensor < resultEnd ? results[tensor - argumentCount] : state[tensor - resultEnd]
      let view = whole.view(at: operand.byteOffset, operand.spec)
      if operand.isOutput {
        operand.step.outputs[operand.index] = view
      } else {
        operand.step.inputs[operand.index] = view
      }
    }
  }

  /// Lets go of the tensors of the last run, so that their owners find them unshared.
  func release() {
    for operand in operands {
      if operand.isOutput {
        operand.step.outputs[operand.index] = PortableStep.vacancy
      } else {
        operand.step.inputs[operand.index] = PortableStep.vacancy
      }
    }
  }
}
