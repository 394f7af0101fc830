internal import TensorCore

extension OperationCorpus {
  /// Updates of weights. Nobody differentiates through them.
  static let updates: [OperationCase] = {
    let shape: Shape = [5, 7]
    let (weight, gradient, first) = (Sample.any(shape), Sample.any(shape, 2), Sample.any(shape, 3))
    let (second, largest) = (Sample.positive(shape, 4), Sample.positive(shape, 5))
    let (rate, share) = (Tensor(0.01), Tensor(0.99))
    let indices = Sample.integers([2, 4], below: 5, 6)
    let rows = Sample.any([2, 4, 7], 7)
    let adam = AdamUpdate(beta1: 0.9, beta2: 0.999, epsilon: 1e-7)
    let amsgrad = AdamUpdate(beta1: 0.8, beta2: 0.9, epsilon: 1e-7, amsgrad: true)
    var decaying = amsgrad
    decaying.decays = true
    let nesterov = SGDUpdate(momentum: 0.9, nesterov: true)
    let cases: [(String, any Operation, [Tensor])] = [
      ("adam", adam, [weight, gradient, first, second, rate]),
      ("amsgrad", amsgrad, [weight, gradient, first, second, largest, rate]),
      ("amsgrad with decay", decaying, [weight, gradient, first, second, largest, rate, share]),
      ("sgd", SGDUpdate(), [weight, gradient, rate]),
      ("momentum", SGDUpdate(momentum: 0.9), [weight, gradient, first, rate]),
      (
        "nesterov with decay", SGDUpdate(momentum: 0.9, nesterov: true, decays: true),
        [weight, gradient, first, rate, share]
      ),
      ("adam on rows", TableUpdate(.adam(adam)), [weight, indices, rows, first, second, rate]),
      ("amsgrad on rows", TableUpdate(.adam(amsgrad)), [weight, indices, rows, first, second, largest, rate]),
      ("sgd on rows", TableUpdate(.sgd(SGDUpdate())), [weight, indices.cast(to: .int32), rows, rate]),
      ("nesterov on rows", TableUpdate(.sgd(nesterov)), [weight, indices, rows, first, rate]),
    ]
    return cases.map { OperationCase("update by \($0)", $1, $2, derivatives: 0) }
  }()
}
