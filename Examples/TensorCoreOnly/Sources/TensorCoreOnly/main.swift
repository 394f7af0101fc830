import TensorCore

// Solves a small least-squares problem by gradient descent written out by hand.
let inputs = Tensor.randomNormal([64, 3], key: RandomKey(seed: 1))
let truth = Tensor([2, -1, 0.5] as [Float], [3, 1])
let targets = inputs.matmul(truth)

var estimate = Tensor.zeros([3, 1])
for _ in 0..<200 {
  let residual = inputs.matmul(estimate) - targets
  estimate = estimate - inputs.matmul(residual, transposeSelf: true) * (0.5 / 64)
}
print("found", estimate.scalars(of: Float.self), "expected", truth.scalars(of: Float.self))
