public import TensorCore

/// A layer's place in a model: its recipe, and what Keras stores about it besides.
public struct LayerNode: Sendable {
  public var name: String
  public var layer: any Layer
  public var isTrainable: Bool
  /// Config keys that the recipe does not know (`dtype`, regularizers …), kept to be written back as they were.
  public var extras: JSONObject
  /// How the layer is used in a functional model; empty in a sequential one.
  public var calls: [LayerCall]

  public init(
    name: String, layer: any Layer, isTrainable: Bool = true, extras: JSONObject = [:], calls: [LayerCall] = []
  ) {
    (self.name, self.layer, self.isTrainable) = (name, layer, isTrainable)
    (self.extras, self.calls) = (extras, calls)
    takeGlobalDTypePolicy()
  }

  public var kind: String { (layer as? GraphOperation)?.className ?? type(of: layer).kind }
}

/// One use of a layer in a functional model.
public struct LayerCall: Sendable {
  /// The tensors: those given by place, then those given by name.
  public var inputs: [TensorReference]
  /// The names of the last inputs, where they were given by name: `["value"]`.
  public var keywords: [String]
  /// Other arguments of the call, as Keras stores them: `{"training": true}`.
  public var arguments: JSONObject
  /// The masks given with the call, for each input from the first on; empty: those that come with the inputs.
  public var masks: [TensorReference?]
  /// Of an operation: which of its arguments are which inputs. Its other arguments are in it too.
  public var operands: Operands?

  public init(
    inputs: [TensorReference], keywords: [String] = [], arguments: JSONObject = [:], masks: [TensorReference?] = [],
    operands: Operands? = nil
  ) {
    (self.inputs, self.keywords, self.arguments) = (inputs, keywords, arguments)
    (self.masks, self.operands) = (masks, operands)
  }

  /// What the layer's function gets to know of the call.
  var callArguments: CallArguments {
    CallArguments(arguments, keywords: keywords, operands: operands, hasMasks: !masks.isEmpty)
  }

  /// All tensors that the call needs.
  var references: [TensorReference] { inputs + masks.compactMap { $0 } }
}

/// An output of a call of a layer: Keras's `[layer_name, node_index, tensor_index]`.
public struct TensorReference: Hashable, Sendable, CustomStringConvertible {
  public var layer: String
  public var call: Int
  public var output: Int

  public init(_ layer: String, call: Int = 0, output: Int = 0) {
    (self.layer, self.call, self.output) = (layer, call, output)
  }

  public var description: String { "\(layer)[\(call)][\(output)]" }
}

/// Names for layers without one, as Keras makes them: `conv2d`, `conv2d_1`, …
struct LayerNamer {
  private var taken: Set<String> = []
  /// The last number given to a base, so that a thousand equal layers are named in a thousand steps.
  private var lastNumber: [String: Int] = [:]

  init(taken: some Sequence<String> = EmptyCollection()) { self.taken = Set(taken) }

  mutating func name(for layer: some Layer) -> String {
    // A registered kind is `package>Name`; Keras names its layers after the class alone.
    let kind = (layer as? GraphOperation)?.className ?? type(of: layer).kind
    let className = kind.split(separator: ">").last.map(String.init) ?? kind
    return name(basedOn: Self.snakeCase(className))
  }

  mutating func name(basedOn base: String) -> String {
    var candidate = base
    while !taken.insert(candidate).inserted {
      lastNumber[base, default: 0] += 1
      candidate = "\(base)_\(lastNumber[base] ?? 0)"
    }
    return candidate
  }

  mutating func reserve(_ name: String) -> Bool { taken.insert(name).inserted }

  /// Keras's `to_snake_case`: `Conv2DTranspose` is `conv2d_transpose`, `ReLU` is `re_lu`.
  static func snakeCase(_ name: String) -> String {
    let letters = Array(name.unicodeScalars)
    // First rule: before a capital that starts a word of lower-case letters, whatever comes before it.
    var once: [Unicode.Scalar] = []
    for (index, letter) in letters.enumerated() {
      let startsWord = index > 0 && letter.isCapital && index + 1 < letters.count && letters[index + 1].isSmall
      if startsWord { once.append("_") }
      once.append(letter)
    }
    // Second rule: between a small letter and a capital.
    var twice: [Unicode.Scalar] = []
    for (index, letter) in once.enumerated() {
      if index > 0, letter.isCapital, once[index - 1].isSmall { twice.append("_") }
      twice.append(letter)
    }
    var result = String.UnicodeScalarView()
    result.append(contentsOf: twice)
    return String(result).lowercased()
  }
}

extension Unicode.Scalar {
  fileprivate var isCapital: Bool { ("A"..."Z").contains(self) }
  fileprivate var isSmall: Bool { ("a"..."z").contains(self) }
}
