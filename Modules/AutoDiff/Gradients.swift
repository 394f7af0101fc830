public import TensorCore

/// The gradient of a scalar function of one tensor, of `x`'s spec.
///
/// Nests: the gradient of a function that itself calls `gradient` is a second derivative.
public func gradient(at x: Tensor, _ f: (Tensor) throws -> Tensor) rethrows -> Tensor {
  try gradients(at: [x], of: { try f($0[0]) })[0]
}

/// The gradients of a scalar function with respect to each of its arguments; zeros for integer and bool arguments.
public func gradients(at inputs: [Tensor], of f: ([Tensor]) throws -> Tensor) rethrows -> [Tensor] {
  try valueAndGradients(at: inputs, of: f).gradients
}

/// A scalar function's value and its gradients with respect to each of its arguments.
public func valueAndGradients(
  at inputs: [Tensor], of f: ([Tensor]) throws -> Tensor
) rethrows -> (value: Tensor, gradients: [Tensor]) {
  let (values, pull) = try vectorJacobianProduct(at: inputs) { arguments in
    let value = try f(arguments)
    checkIsScalar(value)
    return [value]
  }
  return (values[0], pull([Tensor.ones(values[0].shape, dtype: values[0].dtype)]))
}

/// The values of `f`, and the function from gradients of these values to gradients of `inputs`: the vector-Jacobian
/// product. It may be called any number of times, e.g. once per row of a Jacobian.
///
/// Cotangents have the specs of the values; what comes back has the specs of `inputs`.
public func pullback(
  at inputs: [Tensor], _ f: ([Tensor]) throws -> [Tensor]
) rethrows -> (values: [Tensor], pullback: @Sendable ([Tensor]) -> [Tensor]) {
  try vectorJacobianProduct(at: inputs, f)
}

/// The product of a scalar function's Hessian with a vector: the derivative of its gradient along `vector`.
///
/// `vector` has one tensor per input, of the same spec; so has the result. Costs about two gradients; the Hessian is never
/// formed (Pearlmutter 1994, here by reverse mode twice).
public func hessianVectorProduct(
  at inputs: [Tensor], along vector: [Tensor], of f: ([Tensor]) throws -> Tensor
) rethrows -> [Tensor] {
  CoreError.require(
    inputs.count == vector.count, .shapeMismatch,
    "found \(vector.count) vectors, expected \(inputs.count), one per input")
  let (_, pull) = try vectorJacobianProduct(at: inputs) { try gradients(at: $0, of: f) }
  return pull(vector)
}

/// `pullback(at:_:)` under a name that gradient rules, which are methods named `pullback`, can call.
func vectorJacobianProduct(
  at inputs: [Tensor], _ f: ([Tensor]) throws -> [Tensor]
) rethrows -> (values: [Tensor], pullback: @Sendable ([Tensor]) -> [Tensor]) {
  let tape = Tape()
  defer { tape.finish() }
  let outputs = try f(inputs.map { tape.watch($0) })
  let seeds = tape.seeds(outputs)
  let values = outputs.map { $0.below(tape) }
  let recording = tape.finish()
  let (inputSpecs, outputSpecs) = (inputs.map(\.spec), values.map(\.spec))
  return (
    values,
    { cotangents in
      CoreError.require(
        cotangents.map(\.spec) == outputSpecs, .shapeMismatch,
        "found cotangents \(cotangents.map(\.spec)), expected \(outputSpecs)")
      var found = recording.gradients(seeds, cotangents).makeIterator()
      return inputSpecs.map { spec in
        (spec.dtype.isFloating ? found.next() : nil) ?? Tensor.zeros(spec.shape, dtype: spec.dtype)
      }
    }
  )
}
