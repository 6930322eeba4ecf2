import Foundation
import Reports
import Synchronization

System.installSignalHandlers()
let command = RaceSimCommand(
  console: System.console(), engine: .live, finder: .live, files: .live, searchFiles: .live,
  isInterrupted: { System.isInterrupted.load(ordering: .relaxed) })
let status = command.run(Array(CommandLine.arguments.dropFirst()))
exit(status.rawValue)
