/// Saves the model after every epoch, or when it is the best so far. Keras: `ModelCheckpoint`.
///
/// How to save is the caller's: `ModelCheckpoint(monitor: Monitor("val_accuracy"), saveBestOnly: true) { trainer, _ in
/// try trainer.kerasFile().write(to: url) }`. An interrupted run saves its last weights too, unless the best are wanted.
public final class ModelCheckpoint: Callback {
  public typealias Save = (_ trainer: Trainer, _ epoch: Int) throws -> Void

  public let monitor: Monitor
  public let savesBestOnly: Bool
  public private(set) var best: Double?
  public private(set) var bestEpoch: Int?
  private let save: Save

  public init(_ monitor: Monitor = Monitor(), saveBestOnly: Bool = false, save: @escaping Save) {
    (self.monitor, savesBestOnly, self.save) = (monitor, saveBestOnly, save)
  }

  /// Throws what `save` throws, and `unknownName` where the logs lack the monitored number and the best is wanted.
  public func epochDidEnd(_ epoch: Int, _ logs: Logs, _ trainer: Trainer) throws {
    guard savesBestOnly else {
      if let value = logs[monitor.name] { note(value, epoch) }
      return try save(trainer, epoch)
    }
    if note(try logs.value(of: monitor, for: "ModelCheckpoint"), epoch) { try save(trainer, epoch) }
  }

  /// Whether it is the best so far.
  @discardableResult
  private func note(_ value: Double, _ epoch: Int) -> Bool {
    guard monitor.improves(value, on: best) else { return false }
    (best, bestEpoch) = (value, epoch)
    return true
  }
}
