internal import Layers
internal import TensorCore

/// Ends training when a monitored number has stopped improving. Keras: `EarlyStopping`.
public final class EarlyStopping: Callback {
  public let monitor: Monitor
  /// How many epochs without improvement are waited for.
  public let patience: Int
  /// Whether the model gets back the weights of the best epoch: at the end of training, however it ended.
  public let restoresBestWeights: Bool
  /// Only what improves on this, too, ends the waiting; nil: anything that improves on the best so far.
  public let baseline: Double?
  /// The number of the first epoch that is looked at, from 0: those before it are a warm-up.
  public let startEpoch: Int
  /// The number of the epoch, from 0, in which training was stopped; nil where it was not.
  public private(set) var stoppedEpoch: Int?
  public private(set) var bestEpoch: Int?

  private var best: Double?
  private var bestWeights: Weights?
  private var waited = 0

  /// - Parameters:
  ///   - monitor: the number that is watched, which way is better, and by how much it must improve.
  ///   - patience: how many epochs without improvement are waited for.
  ///   - restoresBestWeights: whether the model gets back the weights of the best epoch.
  ///   - baseline: what an improvement must improve on besides, to end the waiting.
  ///   - startEpoch: the first epoch that is looked at.
  public init(
    _ monitor: Monitor = Monitor(), patience: Int = 0, restoresBestWeights: Bool = false, baseline: Double? = nil,
    startEpoch: Int = 0
  ) {
    (self.monitor, self.patience, self.restoresBestWeights) = (monitor, patience, restoresBestWeights)
    (self.baseline, self.startEpoch) = (baseline, startEpoch)
  }

  public func trainingWillBegin(_ run: TrainingRun, _ trainer: Trainer) {
    (stoppedEpoch, bestEpoch, best, bestWeights, waited) = (nil, nil, nil, nil, 0)
  }

  /// Throws `unknownName` where the logs lack the monitored number.
  public func epochDidEnd(_ epoch: Int, _ logs: Logs, _ trainer: Trainer) throws {
    guard epoch >= startEpoch else { return }
    let value = try logs.value(of: monitor, for: "EarlyStopping")
    if restoresBestWeights, bestWeights == nil { bestWeights = trainer.model.weights }
    waited += 1
    if monitor.improves(value, on: best) {
      (best, bestEpoch) = (value, epoch)
      if restoresBestWeights { bestWeights = trainer.model.weights }
      if baseline == nil || monitor.improves(value, on: baseline) { waited = 0 }
    } else if waited >= patience, epoch > 0 {
      stoppedEpoch = epoch
      trainer.shouldStop = true
    }
  }

  public func trainingDidEnd(_ history: History, _ trainer: Trainer) {
    if let bestWeights { trainer.model.weights = bestWeights }
    bestWeights = nil
  }
}

extension Logs {
  /// The number that a callback watches. An epoch that was cut short has no validation; that is no error of the user's,
  /// but a name that no logs have is.
  func value(of monitor: Monitor, for callback: String) throws(CoreError) -> Double {
    guard let value = self[monitor.name] else {
      throw CoreError(
        .unknownName,
        "\(callback): found no \"\(monitor.name)\" in the logs, expected one of \(names.joined(separator: ", "))")
    }
    return value
  }
}
