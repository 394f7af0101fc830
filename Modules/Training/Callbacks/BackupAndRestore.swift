internal import Data
internal import Glibc
internal import Layers
internal import Optimizers
internal import TensorCore

/// Keeps a copy of the training's state in a file, from which the same call of `fit`, made again after a crash, goes on to
/// the same result. Keras: `BackupAndRestore`.
///
/// The file holds weights, the optimizer's state and learning rate, and the place in the data: epoch and batch, with what
/// the metrics have seen of the epoch. It is replaced as a whole, so that one that is killed while it writes leaves the
/// copy before. At the end of the training it is removed; not where that was interrupted. What other callbacks remember
/// is not in it, nor are the logs of the epochs before.
///
/// Put it before callbacks that change weights when the training ends. The trainer must have been made with the same seed
/// and the source of batches must give the same ones for the same epoch, as data in memory does.
public final class BackupAndRestore: Callback {
  public let path: String
  /// Whether the file is removed when the training has come to its end.
  public let deletesAtEnd: Bool
  /// Where the last call of `fit` went on from; nil where it began anew.
  public private(set) var restored: (epoch: Int, step: Int)?
  private var countdown: BatchCountdown

  /// - Parameters:
  ///   - path: the file; the folders on the way to it are made.
  ///   - frequency: when copies are made. An interrupted training makes one in any case.
  ///   - deletesAtEnd: whether the file is removed when the training has come to its end.
  public init(_ path: String, every frequency: SaveFrequency = .epoch, deletesAtEnd: Bool = true) {
    (self.path, self.deletesAtEnd) = (path, deletesAtEnd)
    countdown = BatchCountdown(frequency)
  }

  /// Throws where there is a file that is damaged, or of another training.
  public func trainingWillBegin(_ run: TrainingRun, _ trainer: Trainer) throws {
    restored = nil
    LogFile.makeFolders(above: path)
    guard FileDescriptor.exists(path) else { return }
    do throws(CoreError) {
      let position = try TrainingBackup(NPZ.read(path)).restore(trainer)
      restored = (position.epoch, position.step)
    } catch {
      throw error.path.contains(path) ? error : error.inside(path)
    }
  }

  /// Throws `cannotWrite`.
  public func batchDidEnd(_ batch: BatchReport, _ trainer: Trainer) throws {
    if countdown.counts() { try save(trainer) }
  }

  /// Throws `cannotWrite`.
  public func epochDidEnd(_ epoch: Int, _ logs: Logs, _ trainer: Trainer) throws {
    let isPart = trainer.position.map { $0.step > 0 } ?? false
    if countdown.frequency == .epoch || isPart { try save(trainer) }
  }

  public func trainingDidEnd(_ history: History, _ trainer: Trainer) {
    if deletesAtEnd, !history.wasInterrupted { unlink(path) }
  }

  private func save(_ trainer: Trainer) throws(CoreError) {
    guard let position = trainer.position else { return }
    try NPZ.write(TrainingBackup(trainer, position).arrays, to: path)
  }
}

/// A training's state as named arrays.
private struct TrainingBackup {
  private(set) var arrays: [String: Tensor] = [:]

  init(_ arrays: [String: Tensor]) { self.arrays = arrays }

  init(_ trainer: Trainer, _ position: TrainingPosition) {
    let (model, state) = (trainer.model, trainer.state)
    for (index, tensor) in model.weights.tensors.enumerated() { arrays["weights/\(index)"] = Self.writable(tensor) }
    for (index, variable) in Self.variables(trainer, state).enumerated() {
      arrays["optimizer/\(index)"] = Self.writable(variable.tensor)
    }
    arrays["learning_rate"] = Tensor(trainer.optimizer.learningRate)
    arrays["position"] = Tensor([position.epoch, position.step, position.order].map(Int64.init))
    arrays["seed"] = Tensor(Int64(bitPattern: trainer.seed))
    guard let meters = position.state else { return }
    arrays["meters/total"] = Tensor(meters.total)
    for (index, numbers) in meters.losses.enumerated() { arrays["meters/loss/\(index)"] = Tensor(numbers) }
    for (index, numbers) in meters.metrics.enumerated() { arrays["meters/metric/\(index)"] = Tensor(numbers) }
  }

  private static func variables(_ trainer: Trainer, _ state: OptimizerState) -> [OptimizerVariable] {
    let weights = trainer.model.weights
    let keys = weights.trainableIndices.map { weights.keys[$0] }
    return state.kerasVariables(
      of: trainer.optimizer, weightNames: keys.map(\.path), dialect: .keras3, weights: weights)
  }

  /// NumPy has no bfloat16; float32 holds all of its values.
  private static func writable(_ tensor: Tensor) -> Tensor {
    tensor.dtype == .bfloat16 ? tensor.cast(to: .float32) : tensor
  }

  /// Puts the state into a trainer, and says where to go on. Throws where it is that of another training.
  func restore(_ trainer: Trainer) throws(CoreError) -> TrainingPosition {
    let seed = try array("seed", TensorSpec([], .int64), "the seed")
    guard seed.scalar(of: Int64.self) == Int64(bitPattern: trainer.seed) else {
      throw CoreError(.invalidData, "found the backup of a training with another seed than \(trainer.seed)")
    }
    var model = trainer.model
    for (index, key) in model.weights.keys.enumerated() {
      model.weights.tensors[index] = try array("weights/\(index)", key.spec, key.path)
    }
    var variables = Self.variables(trainer, trainer.state)
    for index in variables.indices {
      variables[index].tensor = try array("optimizer/\(index)", variables[index].tensor.spec, variables[index].name)
    }
    let state = try OptimizerState(
      kerasVariables: variables, of: trainer.optimizer, weights: model.weights, dialect: .keras3)
    let numbers = try array("position", TensorSpec([3], .int64), "the position").scalars(of: Int64.self).map(Int.init)
    guard numbers.allSatisfy({ $0 >= 0 }) else {
      throw CoreError(.invalidData, "found position \(numbers), expected numbers of 0 or more")
    }
    let rate = try array("learning_rate", TensorSpec([], .float64), "the learning rate").scalar(of: Double.self)
    trainer.model = model
    trainer.state = state
    trainer.optimizer.learningRate = rate
    let position = TrainingPosition(epoch: numbers[0], step: numbers[1], order: numbers[2], state: meters())
    trainer.position = position
    return position
  }

  private func meters() -> MeterState? {
    let numbers = { (array: Tensor) in array.cast(to: .float64).scalars(of: Double.self) }
    guard let total = arrays["meters/total"].map(numbers) else { return nil }
    let list = { (name: String) in
      Array(
        sequence(first: 0) { $0 + 1 }.lazy.map { arrays["meters/\(name)/\($0)"] }.prefix { $0 != nil }
          .compactMap { $0.map(numbers) })
    }
    return MeterState(total: total, losses: list("loss"), metrics: list("metric"))
  }

  private func array(_ name: String) throws(CoreError) -> Tensor {
    guard let array = arrays[name] else { throw CoreError(.invalidData, "found no array \"\(name)\", expected one") }
    return array
  }

  private func array(_ name: String, _ spec: TensorSpec, _ shown: String) throws(CoreError) -> Tensor {
    let array = try array(name)
    guard array.shape == spec.shape else {
      throw CoreError(
        .shapeMismatch, "found \(array.spec) for \(shown), expected \(spec): the backup is of another training")
    }
    return array.cast(to: spec.dtype)
  }
}
