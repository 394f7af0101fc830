/// Writes the logs as comma-separated lines with a header, to a file or a closure. Numbers are written in full.
/// Keras: `CSVLogger`.
public final class CSVLogger: Callback {
  public enum Frequency: Sendable {
    /// `step,loss,...`: the loss and metrics of each batch alone; `step` counts from 1 over all epochs.
    case step
    /// `epoch,loss,...,val_loss,...`: as in the history; `epoch` counts from 0 as Keras's does.
    case epoch
  }

  public let frequency: Frequency
  private let separator: String
  /// Makes what takes the lines of one call of `fit`, and says whether it wants a header.
  private let open: () throws -> (write: (String) throws -> Void, wantsHeader: Bool)
  private var output: ((String) throws -> Void)?
  private var wantsHeader = true
  private var columns: [String]?
  private var step = 0

  /// - Parameters:
  ///   - frequency: whether there is a line per step or per epoch.
  ///   - separator: what stands between two numbers.
  ///   - output: gets one line at a time, with its newline.
  public init(
    every frequency: Frequency = .epoch, separator: String = ",", output: @escaping (String) throws -> Void
  ) {
    (self.frequency, self.separator) = (frequency, separator)
    open = { (output, true) }
  }

  /// - Parameters:
  ///   - path: the file; the folders on the way to it are made. Every line is in it as soon as it is known.
  ///   - frequency: whether there is a line per step or per epoch.
  ///   - separator: what stands between two numbers.
  ///   - appends: whether lines that are in the file already stay; there is then no second header.
  public init(path: String, every frequency: Frequency = .epoch, separator: String = ",", appends: Bool = false) {
    (self.frequency, self.separator) = (frequency, separator)
    open = {
      let file = try LogFile(path, appending: appends)
      return ({ try file.write(Array($0.utf8)) }, file.wasEmpty)
    }
  }

  /// Throws `cannotWrite` where the file cannot be opened.
  public func trainingWillBegin(_ run: TrainingRun, _ trainer: Trainer) throws {
    (columns, step) = (nil, 0)
    let opened = try open()
    (output, wantsHeader) = (opened.write, opened.wantsHeader)
  }

  public func batchDidEnd(_ batch: BatchReport, _ trainer: Trainer) throws {
    step += 1
    if frequency == .step { try write("step", step, batch.logs) }
  }

  public func epochDidEnd(_ epoch: Int, _ logs: Logs, _ trainer: Trainer) throws {
    if frequency == .epoch { try write("epoch", epoch, logs) }
  }

  public func trainingDidEnd(_ history: History, _ trainer: Trainer) { output = nil }

  private func write(_ counter: String, _ number: Int, _ logs: Logs) throws {
    if columns == nil {
      columns = logs.names
      if wantsHeader { try write([counter] + logs.names) }
    }
    // An epoch that was cut short lacks the validation's columns.
    try write(["\(number)"] + (columns ?? []).map { logs[$0].map { "\($0)" } ?? "NA" })
  }

  private func write(_ fields: [String]) throws { try output?(fields.joined(separator: separator) + "\n") }
}
