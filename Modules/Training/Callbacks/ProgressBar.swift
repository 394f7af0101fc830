internal import Glibc

/// Shows how training goes: on a terminal a bar with the time left, elsewhere one plain line per epoch.
public final class ProgressBar: Callback {
  private let isTerminal: Bool
  private let output: (String) -> Void
  private let clock = ContinuousClock()
  private var epochs = 0
  private var hasValidation = false
  private var start: ContinuousClock.Instant
  private var lastShown: ContinuousClock.Instant?
  private var step = 0
  private var stepsPerEpoch: Int?

  /// To the standard error.
  public convenience init() {
    self.init(isTerminal: isatty(2) == 1) { text in
      _ = text.utf8CString.withUnsafeBytes { write(2, $0.baseAddress, $0.count - 1) }
    }
  }

  /// To anything that takes text.
  public init(isTerminal: Bool, output: @escaping (String) -> Void) {
    (self.isTerminal, self.output) = (isTerminal, output)
    start = clock.now
  }

  public func trainingWillBegin(_ run: TrainingRun, _ trainer: Trainer) {
    (epochs, hasValidation, stepsPerEpoch) = (run.epochs, run.hasValidation, run.stepsPerEpoch)
  }

  public func epochWillBegin(_ epoch: Int, _ trainer: Trainer) {
    (start, lastShown, step) = (clock.now, nil, 0)
    if isTerminal { output("Epoch \(epoch + 1)/\(epochs)\n") }
  }

  public func batchDidEnd(_ batch: BatchReport, _ trainer: Trainer) {
    step = batch.step + 1
    guard isTerminal else { return }
    let now = clock.now
    if let lastShown, lastShown.duration(to: now).inSeconds < 0.1 { return }
    lastShown = now
    let elapsed = start.duration(to: now).inSeconds
    var line = "\r" + progress
    if let total = batch.stepsPerEpoch, step > 0 {
      line += " \(Self.time(elapsed / Double(step) * Double(max(0, total - step)))) left"
    }
    output(line + " - " + Self.text(batch.runningLogs) + "\u{1B}[K")
  }

  public func epochDidEnd(_ epoch: Int, _ logs: Logs, _ trainer: Trainer) {
    let elapsed = start.duration(to: clock.now).inSeconds
    let perStep = step > 0 ? " \(Self.time(elapsed / Double(step)))/step" : ""
    let text = "\(Self.time(elapsed))\(perStep) - \(Self.text(logs))"
    output(isTerminal ? "\r\(progress) \(text)\u{1B}[K\n" : "Epoch \(epoch + 1)/\(epochs) - \(step) steps - \(text)\n")
  }

  public func trainingDidEnd(_ history: History, _ trainer: Trainer) {
    if history.wasInterrupted { output((isTerminal ? "\n" : "") + "Interrupted after \(history.stepCount) steps\n") }
  }

  /// `120/469 [=======>.....................]`
  private var progress: String {
    guard let total = stepsPerEpoch, total > 0 else { return "\(step) steps" }
    let width = 24
    let filled = min(width, step * width / total)
    let bar = String(repeating: "=", count: filled) + (filled < width ? ">" : "")
    return "\(step)/\(total) [" + bar + String(repeating: ".", count: max(0, width - filled - 1)) + "]"
  }

  private static func text(_ logs: Logs) -> String {
    logs.entries.map { "\($0.name): \(number($0.value))" }.joined(separator: " - ")
  }

  /// Four decimals, or four significant digits where that shows nothing.
  static func number(_ value: Double) -> String {
    guard value.isFinite else { return "\(value)" }
    let magnitude = value.magnitude
    if magnitude >= 1e-3 || magnitude == 0, magnitude < 1e15 {
      let scaled = Int((magnitude * 1e4).rounded())
      let fraction = String(scaled % 10_000)
      return (value < 0 ? "-" : "") + "\(scaled / 10_000)." + String(repeating: "0", count: 4 - fraction.count)
        + fraction
    }
    let exponent = Int(log10(magnitude).rounded(.down))
    return "\((value / pow(10, Double(exponent)) * 1e3).rounded() / 1e3)e\(exponent)"
  }

  /// `1:02:03`, `2:03`, `12s`, `340ms` or `85us`.
  static func time(_ seconds: Double) -> String {
    guard seconds.isFinite else { return "?" }
    if seconds < 1e-3 { return "\(Int(seconds * 1e6))us" }
    if seconds < 1 { return "\(Int(seconds * 1e3))ms" }
    if seconds < 60 { return "\(Int(seconds.rounded()))s" }
    let total = Int(seconds.rounded())
    let pad = { (value: Int) in value < 10 ? "0\(value)" : "\(value)" }
    return total < 3600
      ? "\(total / 60):\(pad(total % 60))" : "\(total / 3600):\(pad(total / 60 % 60)):\(pad(total % 60))"
  }
}
