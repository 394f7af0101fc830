import Apus

/// Arrays in the files of users: `.npy` with one, `.npz` with several, `.txt` with a string on each line.
enum ArrayFiles {
  struct Named {
    /// nil: by position.
    var name: String?
    var tensor: Tensor
    /// Where it is from, for messages.
    var source: String
  }

  /// All arrays of arguments such as `a.npy`, `image=a.npy` and `all.npz`, in order.
  static func read(_ arguments: [String]) throws(CoreError) -> [Named] {
    var result: [Named] = []
    for argument in arguments { result += try read(argument) }
    return result
  }

  private static func read(_ argument: String) throws(CoreError) -> [Named] {
    let (name, path) = split(argument)
    if path.hasSuffix(".txt") { return [Named(name: name, tensor: try lines(path), source: path)] }
    guard path.hasSuffix(".npz") else { return [Named(name: name, tensor: try NPY.read(path), source: path)] }
    let arrays = try NPZ.read(path)
    guard arrays.count != 1, name == nil else {
      guard arrays.count == 1, let tensor = arrays.first?.value else {
        throw CoreError(.invalidFile, "found \(arrays.count) arrays, expected one for \"\(name ?? "")\"", path: [path])
      }
      return [Named(name: name, tensor: tensor, source: path)]
    }
    // numpy.savez calls arrays without a name arr_0, arr_1, …: those go by position.
    let areNumbered = arrays.keys.allSatisfy { $0.hasPrefix("arr_") }
    let names = arrays.keys.sorted { ($0.count, $0) < ($1.count, $1) }
    return names.map { Named(name: areNumbered ? nil : $0, tensor: arrays[$0]!, source: "\(path)/\($0)") }
  }

  /// The lines of a text, as strings `[lines, bytes]`.
  private static func lines(_ path: String) throws(CoreError) -> Tensor {
    var lines = try FileBytes.read(path).split(separator: 0x0A, omittingEmptySubsequences: false)
    // The end of the last line begins no other.
    if lines.last?.isEmpty == true { lines.removeLast() }
    return Tensor(strings: lines.map { String(decoding: $0.last == 0x0D ? $0.dropLast() : $0, as: UTF8.self) })
  }

  /// `name=path`, unless there is a slash before the sign: then it is part of a folder's name.
  private static func split(_ argument: String) -> (name: String?, path: String) {
    guard let sign = argument.firstIndex(of: "="), sign != argument.startIndex,
      !argument[..<sign].contains("/")
    else { return (nil, argument) }
    return (String(argument[..<sign]), String(argument[argument.index(after: sign)...]))
  }

  /// Arrays in the order in which a model wants them, by name where they have one.
  ///
  /// - Parameter what: "input" or "output", for messages.
  static func arranged(_ arrays: [Named], for names: [String], of model: Model, what: String) throws(CoreError)
    -> [Named]
  {
    let expected = names.map { "\"\($0)\"" }.joined(separator: ", ")
    guard arrays.count == names.count else {
      throw CoreError(
        .shapeMismatch, "found \(arrays.count) arrays, expected one for each \(what): \(expected)", path: [model.name])
    }
    guard arrays.contains(where: { $0.name != nil }), arrays.count > 1 || names.contains(arrays[0].name ?? "") else {
      return arrays
    }
    var result: [Named] = []
    var rest = arrays
    for name in names {
      guard let index = rest.firstIndex(where: { $0.name == name }) ?? rest.firstIndex(where: { $0.name == nil }) else {
        let found = arrays.map { "\"\($0.name ?? $0.source)\"" }.joined(separator: ", ")
        throw CoreError(
          .unknownName, "found arrays for \(found), expected one for each \(what): \(expected)", path: [model.name])
      }
      result.append(rest.remove(at: index))
    }
    return result
  }

  /// The inputs of a model from files, cast to the element types that it takes.
  static func inputs(_ arguments: [String], for model: Model) throws(CoreError) -> [Tensor] {
    var arrays = try arranged(read(arguments), for: model.inputs.map(\.name), of: model, what: "input")
    for (index, input) in model.inputs.enumerated() where input.isText {
      let tensor = arrays[index].tensor
      guard tensor.dtype == .uint8 else {
        throw CoreError(
          .dtypeMismatch, "found numbers, expected a .txt file with a line of input \"\(input.name)\" for each sample",
          path: [arrays[index].source])
      }
      // A line is a sample, whatever axes of 1 the model puts strings into.
      if tensor.rank == 2, input.batchShape.count > 2 {
        let ones = Array(repeating: 1, count: input.batchShape.count - 2)
        arrays[index].tensor = tensor.reshaped([tensor.shape[0]] + ones + [tensor.shape[1]])
      }
    }
    for (input, array) in zip(model.inputs, arrays) {
      let (shape, expected) = (array.tensor.shape, input.batchShape)
      let fits =
        shape.rank == expected.count && zip(expected, shape.array).dropFirst().allSatisfy { $0 == nil || $0 == $1 }
      guard fits else {
        throw CoreError(
          .shapeMismatch,
          "found shape \(shape), expected \(input.shapeDescription) for input \"\(input.name)\" of \(model.name)",
          path: [array.source])
      }
    }
    return zip(model.inputs, arrays).map { input, array in
      array.tensor.dtype == input.dtype ? array.tensor : array.tensor.cast(to: input.dtype)
    }
  }

  /// Writes outputs: all into an `.npz`, one into an `.npy`, several into `y_0.npy`, `y_1.npy`, … Returns the paths.
  static func write(_ outputs: [Tensor], names: [String], to path: String) throws(CoreError) -> [String] {
    if path.hasSuffix(".npz") {
      var arrays: [String: Tensor] = [:]
      for (index, output) in outputs.enumerated() {
        let name = names[index]
        arrays[arrays[name] == nil ? name : "\(name)_\(index)"] = output
      }
      try NPZ.write(arrays, to: path)
      return [path]
    }
    guard outputs.count > 1 else {
      try NPY.write(outputs[0], to: path)
      return [path]
    }
    let base = path.hasSuffix(".npy") ? String(path.dropLast(4)) : path
    var paths: [String] = []
    for (index, output) in outputs.enumerated() {
      paths.append("\(base)_\(index).npy")
      try NPY.write(output, to: paths[index])
    }
    return paths
  }
}
