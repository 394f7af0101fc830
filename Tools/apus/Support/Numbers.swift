extension Double {
  /// With a fixed number of digits after the point.
  func text(decimals: Int) -> String {
    var scale = 1.0
    for _ in 0..<decimals { scale *= 10 }
    let scaled = (magnitude * scale).rounded()
    guard scaled < 1e15 else { return "\(self)" }
    let digits = String(Int(scaled))
    let padded = String(repeating: "0", count: max(0, decimals + 1 - digits.count)) + digits
    let sign = self < 0 && scaled > 0 ? "-" : ""
    return sign + padded.dropLast(decimals) + (decimals > 0 ? "." : "") + padded.suffix(decimals)
  }

  /// About five digits, for people.
  var short: String { magnitude >= 0.01 || self == 0 ? text(decimals: 5) : "\(Float(self))" }

  /// `0.9831` as `98.31 %`
  var percent: String { (self * 100).text(decimals: 2) + " %" }
}
