import Foundation

/// A connection to a server: one statement at a time, sent without waiting and looked after later.
///
///     let connection = try Connection(libpq, to: "postgres://localhost/test", timeoutSeconds: 10)
///     try connection.send("UPDATE seat SET holder = 'ann'")
///     while try !connection.advance() { … }                   // others can go on meanwhile
///     let results = connection.takeResults()
///
/// Nothing here waits without a limit. A class, for it owns the connection.
package final class Connection {
  private let libpq: Libpq
  private var handle: Libpq.Handle?
  private var results: [QueryResult] = []
  /// Whether a query has been sent whose end has not been seen.
  package private(set) var isBusy = false
  /// The backend's process number, as `pg_stat_activity` has it.
  package let backendPID: Int32
  /// `150013` for 15.13.
  package let serverVersion: Int32

  /// Where the notices of a connection arrive.
  private final class Inbox {
    let libpq: Libpq?
    var notices: [Notice] = []

    init(_ libpq: Libpq? = nil) { self.libpq = libpq }
  }

  /// How a connection's transaction stands (`PQtransactionStatus`).
  package enum TransactionStatus: UInt32, Sendable {
    case idle = 0
    case active, inTransaction, inError, unknown
  }

  /// Connects.
  ///
  /// The target is a URI, a keyword string (`host=… user=…`), or nothing for libpq's environment. The time is
  /// the most that connecting takes, but for looking up the host's name, which is the system's.
  ///
  /// - Throws: Why there is no connection.
  package init(
    _ libpq: Libpq, to target: String, timeoutSeconds: Double = 10
  ) throws(PostgresError) {
    self.libpq = libpq
    let deadline = Deadline(seconds: timeoutSeconds)
    let handle = Self.start(libpq, target)
    do throws(PostgresError) {
      try Self.establish(libpq, handle, deadline, timeoutSeconds)
    } catch {
      libpq.finish(handle)
      throw error
    }
    self.handle = handle
    backendPID = libpq.backendPID(handle)
    serverVersion = libpq.serverVersion(handle)
    receiveNotices()
  }

  deinit { close() }

  private static func start(_ libpq: Libpq, _ target: String) -> Libpq.Handle? {
    let parameters = [
      ("client_encoding", "UTF8"), ("fallback_application_name", "racesim"), ("dbname", target),
    ].filter { !$0.1.isEmpty }
    var keywords = parameters.map { UnsafePointer(strdup($0.0)) }
    var values = parameters.map { UnsafePointer(strdup($0.1)) }
    keywords.append(nil)
    values.append(nil)
    defer { for text in keywords + values { free(UnsafeMutableRawPointer(mutating: text)) } }
    return libpq.connectStart(keywords, values, 1)
  }

  private static func establish(
    _ libpq: Libpq, _ handle: Libpq.Handle?, _ deadline: Deadline, _ seconds: Double
  ) throws(PostgresError) {
    func problem() -> PostgresError { .cannotConnect(message(libpq, handle)) }
    guard handle != nil, libpq.status(handle) != 1 else { throw problem() }
    var polling = Libpq.Code.pollingWriting
    while polling != Libpq.Code.pollingOK {
      let events = polling == Libpq.Code.pollingReading ? POLLIN : POLLOUT
      guard deadline.wait(for: [libpq.socket(handle)], events: Int16(events)) else {
        throw .timedOut(what: "connecting to PostgreSQL", seconds: seconds)
      }
      polling = libpq.connectPoll(handle)
      if polling == Libpq.Code.pollingFailed { throw problem() }
    }
    guard libpq.setNonblocking(handle, 1) == 0 else { throw problem() }
  }

  private static func message(_ libpq: Libpq, _ handle: Libpq.Handle?) -> String {
    let text = libpq.errorMessage(handle).map { String(cString: $0) } ?? "out of memory"
    return text.split(whereSeparator: \.isNewline).joined(separator: "; ")
  }

  private func receiveNotices() {
    let opaque = Unmanaged.passUnretained(box).toOpaque()
    _ = libpq.setNoticeReceiver(
      handle,
      { opaque, result in
        guard let opaque, let result else { return }
        let inbox = Unmanaged<Inbox>.fromOpaque(opaque).takeUnretainedValue()
        guard let libpq = inbox.libpq else { return }
        let severity =
          libpq.text(result, Libpq.Code.severity)
          ?? libpq.text(result, Libpq.Code.localizedSeverity) ?? ""
        inbox.notices.append(
          Notice(severity: severity, message: libpq.text(result, Libpq.Code.message) ?? ""))
      }, opaque)
  }

  /// The inbox that the receiver writes to; it lives as long as the connection.
  private lazy var box = Inbox(libpq)

  // MARK: Statements

  /// Sends a query (one statement, or several with `;` between) and does not wait.
  package func send(_ sql: String) throws(PostgresError) {
    precondition(!isBusy, "a statement is sent while another runs")
    guard handle != nil else { throw .connectionLost("it has been closed") }
    results = []
    guard libpq.sendQuery(handle, sql) == 1 else { throw lost() }
    isBusy = true
    _ = try advance()
  }

  /// Takes in what has arrived, without waiting.
  ///
  /// - Returns: Whether the query has ended; then ``takeResults()`` has its results.
  package func advance() throws(PostgresError) -> Bool {
    guard isBusy else { return true }
    guard libpq.flush(handle) >= 0, libpq.consumeInput(handle) == 1 else { throw lost() }
    while libpq.isBusy(handle) == 0 {
      guard let result = libpq.getResult(handle) else {
        isBusy = false
        return true
      }
      defer { libpq.clear(result) }
      try add(result)
    }
    return false
  }

  /// The results of the query that has ended, one for each statement.
  package func takeResults() -> [QueryResult] {
    defer { results = [] }
    return results
  }

  /// The notices since the last call.
  package func takeNotices() -> [Notice] {
    defer { box.notices = [] }
    return box.notices
  }

  /// Sends a query and waits for its end.
  ///
  /// - Throws: ``PostgresError/timedOut(what:seconds:)``, after cancelling it. An error of the query is a
  ///   result.
  package func run(
    _ sql: String, timeoutSeconds: Double = 10
  ) throws(PostgresError) -> [QueryResult] {
    try send(sql)
    let deadline = Deadline(seconds: timeoutSeconds)
    while try !advance() {
      if deadline.wait(for: [socket], events: Int16(POLLIN)) { continue }
      cancel()
      throw .timedOut(what: "`\(sql.prefix(80))`", seconds: timeoutSeconds)
    }
    return takeResults()
  }

  /// Runs a query of the tool's own, whose failure is the end.
  @discardableResult
  package func execute(
    _ sql: String, timeoutSeconds: Double = 10
  ) throws(PostgresError) -> [QueryResult] {
    let results = try run(sql, timeoutSeconds: timeoutSeconds)
    for result in results {
      if let error = result.error { throw .statementFailed(sql: sql, error) }
    }
    return results
  }

  /// Asks the server to end the running statement (57014); a polite request, never an error.
  package func cancel() {
    guard let handle, let request = libpq.getCancel(handle) else { return }
    defer { libpq.freeCancel(request) }
    var buffer = [CChar](repeating: 0, count: 256)
    _ = libpq.cancel(request, &buffer, Int32(buffer.count))
  }

  /// Ends the connection; the server rolls an open transaction back as soon as it notices.
  package func close() {
    guard let open = handle else { return }
    handle = nil
    isBusy = false
    libpq.finish(open)
  }

  /// How the transaction stands.
  package var transactionStatus: TransactionStatus {
    TransactionStatus(rawValue: libpq.transactionStatus(handle)) ?? .unknown
  }

  /// The descriptor to wait on.
  package var socket: Int32 { handle == nil ? -1 : libpq.socket(handle) }

  /// Waits until one of the busy connections has something to read, or the time is over.
  package static func wait(for connections: [Connection], seconds: Double) {
    let sockets = connections.filter(\.isBusy).map(\.socket).filter { $0 >= 0 }
    _ = Deadline(seconds: seconds).wait(for: sockets, events: Int16(POLLIN))
  }

  // MARK: Results

  private func add(_ handle: Libpq.Handle) throws(PostgresError) {
    switch libpq.resultStatus(handle) {
    case Libpq.Code.emptyQuery: return
    case Libpq.Code.commandOK, Libpq.Code.tuplesOK: results.append(result(handle))
    case Libpq.Code.copyIn, Libpq.Code.copyOut, Libpq.Code.copyBoth:
      close()
      throw .connectionLost("COPY between client and server is not supported")
    default:
      guard libpq.status(self.handle) == Libpq.Code.connectionOK || hasState(handle) else {
        throw lost()
      }
      let failed = failure(handle)
      if let error = failed.error, ["57P01", "57P02", "57P03"].contains(error.state) {
        close()
        throw .connectionLost(error.message)
      }
      results.append(failed)
    }
  }

  private func hasState(_ result: Libpq.Handle) -> Bool {
    libpq.text(result, Libpq.Code.sqlState) != nil
  }

  private func failure(_ handle: Libpq.Handle) -> QueryResult {
    var error = ServerError(
      state: libpq.text(handle, Libpq.Code.sqlState) ?? "XX000",
      message: libpq.text(handle, Libpq.Code.message) ?? "",
      detail: libpq.text(handle, Libpq.Code.detail))
    error.hint = libpq.text(handle, Libpq.Code.hint)
    error.context = libpq.text(handle, Libpq.Code.context)
    var result = QueryResult()
    result.error = error
    return result
  }

  private func result(_ handle: Libpq.Handle) -> QueryResult {
    var result = QueryResult()
    result.tag = libpq.commandStatus(handle).map { String(cString: $0) } ?? ""
    let width = libpq.columnCount(handle)
    result.columns = (0..<width).map { column in
      QueryResult.Column(
        name: libpq.columnName(handle, column).map { String(cString: $0) } ?? "",
        type: libpq.columnType(handle, column))
    }
    result.rows = (0..<libpq.rowCount(handle)).map { row in
      (0..<width).map { column in
        guard libpq.isNull(handle, row, column) == 0 else { return nil }
        return libpq.value(handle, row, column).map { String(cString: $0) }
      }
    }
    return result
  }

  private func lost() -> PostgresError {
    let reason = Self.message(libpq, handle)
    isBusy = false
    return .connectionLost(reason)
  }
}

extension Libpq {
  /// A field of an error or notice.
  func text(_ result: Handle?, _ field: Int32) -> String? {
    resultErrorField(result, field).map { String(cString: $0) }
  }
}

/// A point in time after which nothing is waited for.
struct Deadline {
  private let end: Double

  init(seconds: Double) { end = Self.now() + seconds }

  /// Seconds on a clock that never runs backwards.
  static func now() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1_000_000_000
  }

  var secondsLeft: Double { max(0, end - Self.now()) }
  var isOver: Bool { secondsLeft <= 0 }

  /// Waits for one of the descriptors; without any, for the time.
  ///
  /// - Returns: Whether one is ready.
  func wait(for descriptors: [Int32], events: Int16) -> Bool {
    while true {
      var entries = descriptors.map { pollfd(fd: $0, events: events, revents: 0) }
      let milliseconds = Int32(min(secondsLeft * 1000, 1_000_000).rounded(.up))
      let count = poll(&entries, nfds_t(entries.count), milliseconds)
      if count > 0 { return true }
      if count < 0, errno == EINTR { continue }
      if count < 0 { return false }
      if isOver { return false }
    }
  }
}
