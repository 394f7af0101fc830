/// Whether `ArgReduce` looks for the largest or the smallest element.
public enum ArgReduceFunction: String, Hashable, Sendable, CaseIterable {
  case max, min
}
