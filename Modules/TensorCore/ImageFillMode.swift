internal import CKernels

/// What lies outside of an image, by Keras's names.
public enum ImageFillMode: String, Codable, CaseIterable, Sendable {
  /// `k k k k | a b c d | k k k k`
  case constant
  /// `d c b a | a b c d | d c b a`
  case reflect
  /// `a b c d | a b c d | a b c d`
  case wrap
  /// `a a a a | a b c d | d d d d`
  case nearest

  var raw: ck_fill {
    switch self {
    case .constant: CK_FILL_CONSTANT
    case .reflect: CK_FILL_REFLECT
    case .wrap: CK_FILL_WRAP
    case .nearest: CK_FILL_NEAREST
    }
  }
}
