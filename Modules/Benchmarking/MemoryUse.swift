internal import Glibc
internal import TensorCore

/// What a process took of the machine's memory.
public enum MemoryUse {
  /// The largest resident size so far, in MiB.
  public static var peakMebibytes: Double {
    guard let file = fopen("/proc/self/status", "r") else { return 0 }
    defer { fclose(file) }
    var line = [CChar](repeating: 0, count: 256)
    while fgets(&line, Int32(line.count), file) != nil {
      let text = String(decoding: line.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
      guard text.hasPrefix("VmHWM:") else { continue }
      return (Double(text.filter(\.isNumber)) ?? 0) / 1024
    }
    return 0
  }

  /// Gives cached tensors back and lets the peak begin at the present size, where the system can do that.
  public static func resetPeak() {
    Execution.trimMemory()
    guard let file = fopen("/proc/self/clear_refs", "w") else { return }
    fputs("5", file)
    fclose(file)
  }
}
