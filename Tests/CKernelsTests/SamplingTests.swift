import CKernels
import Testing

@Suite("Images are sampled as defined pixel by pixel")
struct SamplingTests {
  /// The macro takes a lower-case name for an expression.
  typealias Fill = ck_fill

  static let fills = [CK_FILL_CONSTANT, CK_FILL_REFLECT, CK_FILL_WRAP, CK_FILL_NEAREST]

  private func geometry(_ fill: ck_fill, bilinear: Bool) -> ck_sampling {
    ck_sampling(
      batch: 3, height: 5, width: 4, channels: 2, out_height: 37, out_width: 41, fill: fill, bilinear: bilinear ? 1 : 0,
      fill_value: 0.5)
  }

  /// Where a whole place outside lies by the pattern of the mode; nil: nowhere.
  private func pixel(_ place: Int, _ size: Int, _ fill: ck_fill) -> Int? {
    switch fill {
    case CK_FILL_REFLECT:
      let inPeriod = ((place % (2 * size)) + 2 * size) % (2 * size)
      return inPeriod < size ? inPeriod : 2 * size - 1 - inPeriod
    case CK_FILL_WRAP: return ((place % size) + size) % size
    case CK_FILL_NEAREST: return min(max(place, 0), size - 1)
    default: return (0..<size).contains(place) ? place : nil
    }
  }

  @Test("at whole places, inside and once around", arguments: fills)
  func wholePlaces(_ fill: Fill) {
    let images = Samples.randomFloats(3 * 5 * 4 * 2)
    // Nearly one size away: there TensorFlow's wrapping leaves the pattern.
    let columns = Samples.random(3 * 37 * 41, seed: 2, in: -2...5.99).map { Float($0.rounded(.down)) }
    let rows = Samples.random(3 * 37 * 41, seed: 3, in: -3...7.99).map { Float($0.rounded(.down)) }
    let expected = columns.indices.flatMap { place -> [Float] in
      guard let column = pixel(Int(columns[place]), 4, fill), let row = pixel(Int(rows[place]), 5, fill) else {
        return [0.5, 0.5]
      }
      let first = ((place / (37 * 41) * 5 + row) * 4 + column) * 2
      return [images[first], images[first + 1]]
    }
    for bilinear in [true, false] {
      var g = geometry(fill, bilinear: bilinear)
      #expect(output(expected.count, of: Float.nan) { ck_sample_f32(&g, images, columns, rows, $0, 2) } == expected)
    }
  }

  @Test("between pixels, alike in both types and on any number of threads", arguments: fills)
  func anyPlace(_ fill: Fill) {
    let count = 3 * 37 * 41
    let images = Samples.random(3 * 5 * 4 * 2)
    let (x, y) = (Samples.random(count, seed: 2, in: -9...13), Samples.random(count, seed: 3, in: -9...13))
    let dy = Samples.random(count * 2, seed: 4)
    let (floats, columns, rows) = (images.map(Float.init), x.map(Float.init), y.map(Float.init))
    var g = geometry(fill, bilinear: true)
    let wide = output(count * 2, of: Double.nan) {
      ck_sample_f64(&g, images, columns.map(Double.init), rows.map(Double.init), $0, 1)
    }
    let serial = output(count * 2, of: Float.nan) { ck_sample_f32(&g, floats, columns, rows, $0, 1) }
    #expect(zip(serial, wide).allSatisfy { abs(Double($0) - $1) < 1e-4 })
    #expect(output(count * 2, of: Float.nan) { ck_sample_f32(&g, floats, columns, rows, $0, 3) } == serial)
    let gradient = output(120, of: Double.nan) { ck_sample_gradient_f64(&g, x, y, dy, $0, 1) }
    #expect(output(120, of: Double.nan) { ck_sample_gradient_f64(&g, x, y, dy, $0, 3) } == gradient)
    // Σ dy · (sample(images) − sample(0)) = Σ images · gradient
    let values = output(count * 2, of: Double.nan) { ck_sample_f64(&g, images, x, y, $0, 2) }
    let fillings = output(count * 2, of: Double.nan) {
      ck_sample_f64(&g, [Double](repeating: 0, count: 120), x, y, $0, 2)
    }
    let forward = values.indices.reduce(0) { $0 + dy[$1] * (values[$1] - fillings[$1]) }
    let backward = images.indices.reduce(0) { $0 + images[$1] * gradient[$1] }
    #expect(abs(forward - backward) < 1e-9)
  }
}
