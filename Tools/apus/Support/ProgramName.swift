import Glibc

/// Paths as a user at this folder would type them.
enum ProgramName {
  /// A path below the current folder without that folder.
  static func shortened(_ path: String) -> String {
    guard let current = getcwd(nil, 0) else { return path }
    defer { free(current) }
    let folder = String(cString: current) + "/"
    return path.hasPrefix(folder) ? String(path.dropFirst(folder.count)) : path
  }
}
