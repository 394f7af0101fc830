internal import Synchronization
internal import TensorCore

/// Sessions of one program, so that runs at once have memory of their own and later ones find it ready.
///
/// A session never leaves its place: a run locks the place for as long as it takes. Where all are taken, a run makes a
/// session and drops it afterwards.
final class SessionPool: Sendable {
  private let program: Program
  private let places = InlineArray<8, Mutex<Session?>> { _ in Mutex(nil) }

  init(_ program: Program) { self.program = program }

  func run(_ arguments: [Tensor], into results: [Tensor]) {
    for index in places.indices {
      let done: Void? = places[index].withLockIfAvailable { [program] session in
        if session == nil { session = Session(program) }
        session!.execute(arguments, into: results)
      }
      if done != nil { return }
    }
    Session(program).execute(arguments, into: results)
  }
}
