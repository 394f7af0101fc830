/// A key of a JSON object or an index of an array, as it stands in coding paths.
struct JSONPathKey: CodingKey {
  let stringValue: String
  let intValue: Int?

  init(stringValue: String) {
    (self.stringValue, intValue) = (stringValue, nil)
  }

  init(intValue: Int) {
    (stringValue, self.intValue) = (String(intValue), intValue)
  }

  /// The key under which a subclass keeps the values of its superclass by convention.
  static let parent = JSONPathKey(stringValue: "super")

  /// A coding path in front of a message, as in `layers.3.config: `.
  static func prefix(_ path: [any CodingKey]) -> String {
    path.isEmpty ? "" : path.map(\.stringValue).joined(separator: ".") + ": "
  }
}
