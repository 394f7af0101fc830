import Apus
import ArgumentParser
import Glibc

/// Where the program begins and ends: exit code 0; 1 where something failed; 2 where the arguments were not understood.
@main
enum Program {
  static func main() {
    // A file that may not grow further is then an error to report like a full disk, not a silent end.
    signal(SIGXFSZ, SIG_IGN)
    do {
      var command = try ApusCommand.parseAsRoot()
      try command.run()
      try Console.flush()
    } catch let error as CoreError {
      Console.fail(error.description, code: 1)
    } catch {
      end(with: error)
    }
  }

  /// Help and version are errors to the parser, and go to standard output with code 0.
  private static func end(with error: any Error) -> Never {
    let message = ApusCommand.fullMessage(for: error)
    guard ApusCommand.exitCode(for: error) != .success else {
      print(message)
      exit(fflush(nil) == 0 ? 0 : 1)
    }
    let prefix = "Error: "
    let isUsage = ApusCommand.exitCode(for: error) == .validationFailure
    Console.fail(message.hasPrefix(prefix) ? String(message.dropFirst(prefix.count)) : message, code: isUsage ? 2 : 1)
  }
}

struct ApusCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "apus",
    abstract: "Trains, runs and examines neural networks in Keras's files.",
    discussion: """
      Exit code: 0 done, 1 failed (standard error says why), 2 arguments not understood.

      EXAMPLE
        apus demo digits
      """,
    version: "0.1.0",
    subcommands: [
      DemoCommand.self, InspectCommand.self, PredictCommand.self, EvaluateCommand.self, TrainCommand.self,
      ZooCommand.self, LayersCommand.self, BackendsCommand.self, BenchCommand.self,
    ])
}
