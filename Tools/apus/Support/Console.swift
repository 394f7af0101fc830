import Apus
import ArgumentParser
import Glibc

/// What the program says: results on standard output, everything else on standard error.
enum Console {
  /// Whether somebody watches standard error: only then is there a progress bar.
  static let isWatched = isatty(STDERR_FILENO) == 1

  static func note(_ text: String) { write("apus: \(text)\n") }

  static func fail(_ text: String, code: Int32) -> Never {
    fflush(nil)
    write("apus: error: \(text)\n")
    exit(code)
  }

  /// Writes to standard error at once.
  static func write(_ text: String) {
    var text = text
    text.withUTF8 { bytes in
      var rest = bytes[...]
      while !rest.isEmpty {
        let count = Glibc.write(
          STDERR_FILENO, UnsafeRawBufferPointer(UnsafeBufferPointer(rebasing: rest)).baseAddress, rest.count)
        if count < 0 && errno == EINTR { continue }
        guard count > 0 else { return }
        rest = rest.dropFirst(count)
      }
    }
  }

  /// Prints without a newline, at once: for what takes minutes.
  static func printNow(_ text: String) {
    print(text, terminator: "")
    fflush(nil)
  }

  /// Output that nobody could take (a full disk) is a failure, not a success without output.
  static func flush() throws(CoreError) {
    guard fflush(nil) == 0 else {
      throw CoreError(.cannotWrite, "cannot be written: \(String(cString: strerror(errno)))", path: ["standard output"])
    }
  }

  /// Lines of cells, columns aligned to the left.
  static func table(_ rows: [[String]], indent: Int = 0) -> String {
    let columns = rows.map(\.count).max() ?? 0
    let widths = (0..<columns).map { column in rows.map { column < $0.count ? $0[column].count : 0 }.max() ?? 0 }
    return rows.map { row in
      var line = String(repeating: " ", count: indent)
      for (column, cell) in row.enumerated() {
        let isLast = column == row.count - 1
        line += isLast ? cell : cell + String(repeating: " ", count: widths[column] - cell.count + 2)
      }
      return line
    }.joined(separator: "\n")
  }
}

/// Ctrl-C.
enum InterruptKey {
  /// From now on the first Ctrl-C asks training to end after its batch, the second ends the program.
  static func endsTraining() {
    // Whoever started this program may have had the signal blocked, which a new program inherits.
    var signals = sigset_t()
    sigemptyset(&signals)
    sigaddset(&signals, SIGINT)
    sigprocmask(SIG_UNBLOCK, &signals, nil)
    Interruption.catchInterruptSignal()
  }
}

/// `--json`, which every subcommand has.
struct OutputOptions: ParsableArguments {
  @Flag(help: "Print JSON, for programs to read.")
  var json = false

  /// Prints one of the two forms.
  func print(_ value: @autoclosure () -> JSON, text: @autoclosure () -> String) {
    Swift.print(json ? value().serialized(pretty: true) : text())
  }
}
