public import TensorCore

extension Model {
  /// The table that Keras 3 prints as `model.summary()`.
  ///
  /// - Parameter optimizerWeights: specs of an optimizer's variables, for the line that counts them.
  public func summary(optimizerWeights: [TensorSpec] = []) -> String {
    let isSequential = root.layer is Sequential
    let isChain = isSequential || (root.layer as? Functional)?.isChain == true
    // Keras's columns on a line of 80.
    var table = SummaryTable(
      isChain
        ? [("Layer (type)", 33, .left), ("Output Shape", 24, .left), ("Param #", 13, .right)]
        : [
          ("Layer (type)", 21, .left), ("Output Shape", 17, .left), ("Param #", 11, .right),
          ("Connected to", 18, .left),
        ])
    for layer in layers where !(isSequential && layer.layer is InputLayer) {
      let shapes = outputShapes(of: layer)
      let shape = shapes.count == 1 ? shapes[0] : "[" + shapes.joined(separator: ", ") + "]"
      var row = ["\(layer.name) (\(layer.className))", shape, layer.parameterCount.groupedByThousands]
      if !isChain { row.append(connections(of: layer.name)) }
      table.add(row)
    }
    return "Model: \"\(name)\"\n" + table.text + totals(optimizerWeights)
  }

  /// In Keras's notation: `(None, 28, 28, 6)`.
  private func outputShapes(of layer: BuiltLayer) -> [String] {
    let others = otherRoot?.children.first { $0.name == layer.name }?.outputs ?? layer.outputs
    return zip(layer.outputs, others).map { spec, other in
      let batch = [batchSize.map(String.init) ?? "None"]
      let sizes = zip(spec.shape.array, other.shape.array).dropFirst().dropLast(layer.makesText ? 1 : 0).map {
        $0 == $1 ? String($0) : "None"
      }
      let parts = spec.rank == 0 ? [] : batch + sizes
      return "(" + parts.joined(separator: ", ") + (parts.count == 1 ? ",)" : ")")
    }
  }

  private func connections(of name: String) -> String {
    let node = (root.layer as? Functional)?.nodes.first { $0.name == name }
    let references = node?.calls.flatMap(\.inputs) ?? []
    return references.isEmpty ? "-" : references.map(\.description).joined(separator: ", ")
  }

  private func totals(_ optimizerWeights: [TensorSpec]) -> String {
    let trainable = weights.keys.filter(\.isTrainable).map(\.spec)
    let others = weights.keys.filter { !$0.isTrainable && !stateKeys.contains($0) }.map(\.spec)
    var lines = [
      ("Total params", trainable + others + optimizerWeights), ("Trainable params", trainable),
      ("Non-trainable params", others),
    ]
    if !optimizerWeights.isEmpty { lines.append(("Optimizer params", optimizerWeights)) }
    return lines.map { label, specs in
      let count = specs.reduce(0) { $0 + $1.elementCount }
      let byteCount = specs.reduce(0) { $0 + $1.byteCount }
      return " \(label): \(count.groupedByThousands) (\(byteCount.asMemorySize))\n"
    }.joined()
  }
}

extension BuiltLayer {
  /// The class without a plugin's package: `Gate` of `acme>Gate`.
  var className: String { kind.split(separator: ">").last.map(String.init) ?? kind }
}

/// A table with rules between all rows, its cells wrapped at words.
private struct SummaryTable {
  enum Alignment { case left, right }

  private let columns: [(title: String, width: Int, alignment: Alignment)]
  private(set) var text: String
  private var isEmpty = true

  init(_ columns: [(String, Int, Alignment)]) {
    self.columns = columns.map { (title: $0, width: $1, alignment: $2) }
    text = ""
    text = rule("┏", "━", "┳", "┓") + lines(columns.map(\.0), "┃") + rule("┡", "━", "╇", "┩")
  }

  mutating func add(_ cells: [String]) {
    if !isEmpty { text.removeLast(closing.count); text += rule("├", "─", "┼", "┤") }
    isEmpty = false
    text += lines(cells, "│") + closing
  }

  private var closing: String { rule("└", "─", "┴", "┘") }

  private func rule(_ left: String, _ line: String, _ middle: String, _ right: String) -> String {
    left + columns.map { String(repeating: line, count: $0.width + 2) }.joined(separator: middle) + right + "\n"
  }

  private func lines(_ cells: [String], _ border: String) -> String {
    let wrapped = zip(cells, columns).map { Self.wrap($0, width: $1.width) }
    let height = wrapped.map(\.count).max() ?? 0
    return (0..<height).map { line in
      let parts = zip(wrapped, columns).map { cell, column in
        let text = line < cell.count ? cell[line] : ""
        let fill = String(repeating: " ", count: max(0, column.width - text.count))
        return " " + (column.alignment == .right ? fill + text : text + fill) + " "
      }
      return border + parts.joined(separator: border) + border + "\n"
    }.joined()
  }

  /// At spaces; of a word that is too long the end is left out.
  private static func wrap(_ text: String, width: Int) -> [String] {
    var lines: [String] = []
    var line = ""
    for word in text.split(separator: " ") {
      if !line.isEmpty, line.count + 1 + word.count <= width {
        line += " " + word
        continue
      }
      if !line.isEmpty { lines.append(line) }
      line = word.count > width ? word.prefix(width - 1) + "…" : String(word)
    }
    return lines + (line.isEmpty && !lines.isEmpty ? [] : [line])
  }
}

extension Int {
  /// `61,706`
  fileprivate var groupedByThousands: String {
    var digits = String(magnitude)
    var groups: [String] = []
    while digits.count > 3 {
      groups.insert(String(digits.suffix(3)), at: 0)
      digits.removeLast(3)
    }
    return (self < 0 ? "-" : "") + ([digits] + groups).joined(separator: ",")
  }

  /// A number of bytes as Keras prints it: `241.04 KB`.
  fileprivate var asMemorySize: String {
    var size = Double(self)
    for unit in ["B", "KB", "MB", "GB", "TB"] {
      if size < 1024 || unit == "TB" { return size.withTwoDecimals + " " + unit }
      size /= 1024
    }
    return ""
  }
}

extension Double {
  fileprivate var withTwoDecimals: String {
    let hundredths = Int((self * 100).rounded(.toNearestOrEven))
    let fraction = hundredths % 100
    return "\(hundredths / 100).\(fraction < 10 ? "0" : "")\(fraction)"
  }
}

extension Functional {
  /// Whether every layer has one input, and no two lie side by side: Keras leaves out what is connected to what then.
  fileprivate var isChain: Bool {
    let sources = nodes.flatMap { $0.calls.flatMap { $0.references.map(\.layer) } }
    return nodes.allSatisfy { $0.calls.count <= 1 && $0.calls.allSatisfy { $0.references.count <= 1 } }
      && Set(sources).count == sources.count && nodes.count(where: { $0.layer is InputLayer }) == 1
  }
}
