import Apus
import ArgumentParser

/// `--keras-version`: for whom files are written.
struct DialectOptions: ParsableArguments {
  @Option(help: ArgumentHelp("Write files for Keras 2 or 3.", valueName: "2|3"))
  var kerasVersion = 3

  func validate() throws {
    if KerasDialect(rawValue: kerasVersion) == nil {
      throw ValidationError("found --keras-version \(kerasVersion), expected 2 or 3")
    }
  }

  var dialect: KerasDialect { KerasDialect(rawValue: kerasVersion) ?? .keras3 }
}
