internal import TensorCore

extension OperationCorpus {
  static let images: [OperationCase] = ImageFillMode.allCases.flatMap { mode in
    [false, true].flatMap { isBilinear -> [OperationCase] in
      let sampling = SampleImages(isBilinear: isBilinear, fillMode: mode, fillValue: 0.5)
      // Inside, and up to twice the size away; no place is half way between pixels.
      let (x, y) = (Sample.distinct([2, 3, 5]) * 2.1, Sample.distinct([2, 3, 5], 2) * 1.7)
      // Places have no gradient: the nearest pixel does not change with them, what lies between pixels does.
      let derivatives = isBilinear ? 0 : 2
      let name = "\(mode.rawValue)\(isBilinear ? ", bilinear" : "")"
      return [
        OperationCase(
          "sampled images, \(name)", sampling, [Sample.any([2, 5, 4, 3]), x, y], derivatives: derivatives),
        OperationCase(
          "sampled images' gradient, \(name)", SampleImagesGradient(sampling, height: 5, width: 4),
          [x, y, Sample.any([2, 3, 5, 3])], derivatives: derivatives),
      ]
    }
  }
}
