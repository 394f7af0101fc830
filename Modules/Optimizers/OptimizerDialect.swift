/// Which Keras a config or a list of variables is for. Keras 1 and 2 spell configs alike.
public enum OptimizerDialect: Int, Sendable {
  /// Of 2.11 to 2.15 where these differ from earlier ones.
  case keras2 = 2
  case keras3 = 3
}
