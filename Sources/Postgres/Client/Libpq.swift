import Foundation

/// libpq's functions, found at run time: the tool builds and runs without it.
///
/// The library is looked for under its usual names; the environment's `RACESIM_LIBPQ` names a file instead.
/// Functions are those of libpq 9.6 and later. See PostgreSQL's manual, chapter "libpq".
package struct Libpq: Sendable {
  typealias Handle = OpaquePointer
  typealias Text = UnsafePointer<CChar>
  typealias NoticeReceiver = @convention(c) (UnsafeMutableRawPointer?, Handle?) -> Void

  let connectStart: @convention(c) (UnsafePointer<Text?>, UnsafePointer<Text?>, Int32) -> Handle?
  let connectPoll: @convention(c) (Handle?) -> UInt32
  let status: @convention(c) (Handle?) -> UInt32
  let transactionStatus: @convention(c) (Handle?) -> UInt32
  let socket: @convention(c) (Handle?) -> Int32
  let errorMessage: @convention(c) (Handle?) -> Text?
  let finish: @convention(c) (Handle?) -> Void
  let setNonblocking: @convention(c) (Handle?, Int32) -> Int32
  let sendQuery: @convention(c) (Handle?, Text) -> Int32
  let flush: @convention(c) (Handle?) -> Int32
  let consumeInput: @convention(c) (Handle?) -> Int32
  let isBusy: @convention(c) (Handle?) -> Int32
  let getResult: @convention(c) (Handle?) -> Handle?
  let backendPID: @convention(c) (Handle?) -> Int32
  let serverVersion: @convention(c) (Handle?) -> Int32
  let setNoticeReceiver:
    @convention(c) (Handle?, NoticeReceiver?, UnsafeMutableRawPointer?) -> NoticeReceiver?
  let getCancel: @convention(c) (Handle?) -> Handle?
  let cancel: @convention(c) (Handle?, UnsafeMutablePointer<CChar>, Int32) -> Int32
  let freeCancel: @convention(c) (Handle?) -> Void

  let resultStatus: @convention(c) (Handle?) -> UInt32
  let resultErrorField: @convention(c) (Handle?, Int32) -> Text?
  let commandStatus: @convention(c) (Handle?) -> Text?
  let rowCount: @convention(c) (Handle?) -> Int32
  let columnCount: @convention(c) (Handle?) -> Int32
  let columnName: @convention(c) (Handle?, Int32) -> Text?
  let columnType: @convention(c) (Handle?, Int32) -> UInt32
  let isNull: @convention(c) (Handle?, Int32, Int32) -> Int32
  let value: @convention(c) (Handle?, Int32, Int32) -> Text?
  let clear: @convention(c) (Handle?) -> Void

  /// `CONNECTION_OK`, `PGRES_POLLING_…`, `PGRES_…`, `PG_DIAG_…`: see libpq-fe.h and postgres_ext.h.
  enum Code {
    static let connectionOK: UInt32 = 0
    static let pollingFailed: UInt32 = 0
    static let pollingReading: UInt32 = 1
    static let pollingWriting: UInt32 = 2
    static let pollingOK: UInt32 = 3
    static let emptyQuery: UInt32 = 0
    static let commandOK: UInt32 = 1
    static let tuplesOK: UInt32 = 2
    static let copyOut: UInt32 = 3
    static let copyIn: UInt32 = 4
    static let copyBoth: UInt32 = 8
    static let severity = Int32(UInt8(ascii: "V"))
    static let localizedSeverity = Int32(UInt8(ascii: "S"))
    static let sqlState = Int32(UInt8(ascii: "C"))
    static let message = Int32(UInt8(ascii: "M"))
    static let detail = Int32(UInt8(ascii: "D"))
    static let hint = Int32(UInt8(ascii: "H"))
    static let context = Int32(UInt8(ascii: "W"))
  }

  /// The names under which the library is looked for.
  static let names = [
    "libpq.so.5", "libpq.so", "libpq.5.dylib", "libpq.dylib",
    "/opt/homebrew/opt/libpq/lib/libpq.5.dylib", "/usr/local/opt/libpq/lib/libpq.5.dylib",
    "/opt/homebrew/lib/libpq.5.dylib",
    "/Applications/Postgres.app/Contents/Versions/latest/lib/libpq.5.dylib",
  ]

  /// Loads the library; a second load is the same library.
  package static func load(environment: [String: String]) throws(PostgresError) -> Libpq {
    var names = Self.names
    if let own = environment["RACESIM_LIBPQ"], !own.isEmpty { names = [own] }
    for name in names {
      guard let library = dlopen(name, RTLD_NOW | RTLD_LOCAL) else { continue }
      do throws(MissingSymbol) {
        return try Libpq(Symbols(library: library))
      } catch {
        throw .missingLibrary(tried: [name], reason: "it has no function \(error.name)")
      }
    }
    let reason = names.count == 1 ? lastProblem() : "no such library"
    throw .missingLibrary(tried: names, reason: reason)
  }

  private static func lastProblem() -> String {
    dlerror().map { String(cString: $0) } ?? "no such library"
  }

  private struct MissingSymbol: Error { var name: String }

  private struct Symbols {
    let library: UnsafeMutableRawPointer

    /// The address of a function, as the type that its declaration in C has.
    func callAsFunction<Function>(_ name: String) throws(MissingSymbol) -> Function {
      guard let address = dlsym(library, name) else { throw MissingSymbol(name: name) }
      return unsafeBitCast(address, to: Function.self)
    }
  }

  private init(_ find: Symbols) throws(MissingSymbol) {
    connectStart = try find("PQconnectStartParams")
    connectPoll = try find("PQconnectPoll")
    status = try find("PQstatus")
    transactionStatus = try find("PQtransactionStatus")
    socket = try find("PQsocket")
    errorMessage = try find("PQerrorMessage")
    finish = try find("PQfinish")
    setNonblocking = try find("PQsetnonblocking")
    sendQuery = try find("PQsendQuery")
    flush = try find("PQflush")
    consumeInput = try find("PQconsumeInput")
    isBusy = try find("PQisBusy")
    getResult = try find("PQgetResult")
    backendPID = try find("PQbackendPID")
    serverVersion = try find("PQserverVersion")
    setNoticeReceiver = try find("PQsetNoticeReceiver")
    getCancel = try find("PQgetCancel")
    cancel = try find("PQcancel")
    freeCancel = try find("PQfreeCancel")
    resultStatus = try find("PQresultStatus")
    resultErrorField = try find("PQresultErrorField")
    commandStatus = try find("PQcmdStatus")
    rowCount = try find("PQntuples")
    columnCount = try find("PQnfields")
    columnName = try find("PQfname")
    columnType = try find("PQftype")
    isNull = try find("PQgetisnull")
    value = try find("PQgetvalue")
    clear = try find("PQclear")
  }
}
