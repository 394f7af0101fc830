/// The one error type of Apus: what went wrong, where, and why.
///
/// Everything that depends on data from outside (files, configs, user data, registry lookups) throws a `CoreError`.
/// A violated precondition inside the tensor algebra traps with the text of the same error (`trap`).
public struct CoreError: Error, Sendable, CustomStringConvertible {
  /// A kind of failure. The set is open: other modules and plugins add codes of their own.
  public struct Code: Hashable, Sendable, CustomStringConvertible {
    public let name: String

    public init(_ name: String) { self.name = name }

    public var description: String { name }

    public static let shapeMismatch = Code("shapeMismatch")
    public static let dtypeMismatch = Code("dtypeMismatch")
    public static let invalidArgument = Code("invalidArgument")
    public static let invalidConfig = Code("invalidConfig")
    public static let invalidJSON = Code("invalidJSON")
    public static let invalidFile = Code("invalidFile")
    public static let invalidData = Code("invalidData")
    public static let missingFile = Code("missingFile")
    public static let cannotWrite = Code("cannotWrite")
    public static let missingWeight = Code("missingWeight")
    public static let unknownLayerKind = Code("unknownLayerKind")
    public static let unknownName = Code("unknownName")
    public static let notDifferentiable = Code("notDifferentiable")
    public static let backendUnavailable = Code("backendUnavailable")
  }

  public var code: Code
  /// What was expected, what was found, and where it helps what to do about it.
  public var message: String
  /// Where it happened, outermost first: model, layer, weight or file, group, attribute.
  public var path: [String]
  public var cause: (any Error)?

  public init(_ code: Code, _ message: String, path: [String] = [], cause: (any Error)? = nil) {
    self.code = code
    self.message = message
    self.path = path
    self.cause = cause
  }

  /// `error` itself where it is a `CoreError`; otherwise one that has it as its cause.
  public init(wrapping error: any Error, _ code: Code = .invalidArgument) {
    self = error as? CoreError ?? CoreError(code, "\(error)", cause: error)
  }

  public var description: String {
    var text = path.isEmpty ? message : path.joined(separator: "/") + ": " + message
    if let cause { text += " (\(cause))" }
    return text
  }

  /// The same error one level further out: `name` is put before its path.
  public func inside(_ name: String) -> CoreError {
    var error = self
    error.path.insert(name, at: 0)
    return error
  }

  /// Traps with the text of an error unless `condition` holds: for what only a programming error can violate. Unlike
  /// `precondition`, it says its message in release mode too.
  public static func require(
    _ condition: Bool, _ code: Code, _ message: @autoclosure () -> String, file: StaticString = #fileID,
    line: UInt = #line
  ) {
    if !condition { CoreError(code, message()).trap(file: file, line: line) }
  }

  /// Stops the program with this error's text: for violated preconditions of eager tensor code.
  ///
  /// `fatalError`, because `preconditionFailure` keeps its message to itself in release mode.
  public func trap(file: StaticString = #fileID, line: UInt = #line) -> Never {
    fatalError(description, file: file, line: line)
  }
}
