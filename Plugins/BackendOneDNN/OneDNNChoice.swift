/// Which cases the backend takes over, of those that the library computes with the same meaning, NaN included.
public enum OneDNNChoice: Hashable, Sendable {
  /// Those that it was measured to be faster in.
  case faster
  /// All, for tests and for measuring anew.
  case everything
}
