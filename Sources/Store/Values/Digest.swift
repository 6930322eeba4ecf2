/// The digests that SQL functions give: MD5, and PostgreSQL's `hashtext`.
enum Digest {
  /// MD5 (RFC 1321) in hexadecimal.
  static func md5(_ message: [UInt8]) -> String {
    var bytes = message + [0x80]
    while bytes.count % 64 != 56 { bytes.append(0) }
    for shift in 0..<8 {
      bytes.append(UInt8(truncatingIfNeeded: (UInt64(message.count) * 8) >> (8 * UInt64(shift))))
    }
    var state: [UInt32] = [0x6745_2301, 0xEFCD_AB89, 0x98BA_DCFE, 0x1032_5476]
    for start in stride(from: 0, to: bytes.count, by: 64) {
      let block = bytes[start..<(start + 64)]
      let words = (0..<16).map { word(block, start + 4 * $0) }
      var mixed = state
      for round in 0..<64 { mix(&mixed, words, round) }
      for index in state.indices { state[index] &+= mixed[index] }
    }
    return hexadecimalText(
      state.flatMap { word in (0..<4).map { UInt8(truncatingIfNeeded: word >> (8 * UInt32($0))) } })
  }

  private static func word(_ bytes: ArraySlice<UInt8>, _ start: Int) -> UInt32 {
    (0..<4).reduce(0) { $0 | UInt32(bytes[start + $1]) << (8 * UInt32($1)) }
  }

  private static func rotate(_ word: UInt32, _ places: UInt32) -> UInt32 {
    word << places | word >> (32 - places)
  }

  private static func mix(_ state: inout [UInt32], _ words: [UInt32], _ round: Int) {
    let (a, b, c, d) = (state[0], state[1], state[2], state[3])
    let function: UInt32
    let index: Int
    switch round / 16 {
    case 0: (function, index) = ((b & c) | (~b & d), round)
    case 1: (function, index) = ((d & b) | (~d & c), (5 * round + 1) % 16)
    case 2: (function, index) = (b ^ c ^ d, (3 * round + 5) % 16)
    default: (function, index) = (c ^ (b | ~d), 7 * round % 16)
    }
    let sum = a &+ function &+ sines[round] &+ words[index]
    state = [d, b &+ rotate(sum, shifts[round / 16 * 4 + round % 4]), b, c]
  }

  private static let shifts: [UInt32] = [7, 12, 17, 22, 5, 9, 14, 20, 4, 11, 16, 23, 6, 10, 15, 21]

  /// The whole parts of 2³² × |sin(n)|.
  private static let sines: [UInt32] = [
    0xD76A_A478, 0xE8C7_B756, 0x2420_70DB, 0xC1BD_CEEE, 0xF57C_0FAF, 0x4787_C62A, 0xA830_4613,
    0xFD46_9501, 0x6980_98D8, 0x8B44_F7AF, 0xFFFF_5BB1, 0x895C_D7BE, 0x6B90_1122, 0xFD98_7193,
    0xA679_438E, 0x49B4_0821, 0xF61E_2562, 0xC040_B340, 0x265E_5A51, 0xE9B6_C7AA, 0xD62F_105D,
    0x0244_1453, 0xD8A1_E681, 0xE7D3_FBC8, 0x21E1_CDE6, 0xC337_07D6, 0xF4D5_0D87, 0x455A_14ED,
    0xA9E3_E905, 0xFCEF_A3F8, 0x676F_02D9, 0x8D2A_4C8A, 0xFFFA_3942, 0x8771_F681, 0x6D9D_6122,
    0xFDE5_380C, 0xA4BE_EA44, 0x4BDE_CFA9, 0xF6BB_4B60, 0xBEBF_BC70, 0x289B_7EC6, 0xEAA1_27FA,
    0xD4EF_3085, 0x0488_1D05, 0xD9D4_D039, 0xE6DB_99E5, 0x1FA2_7CF8, 0xC4AC_5665, 0xF429_2244,
    0x432A_FF97, 0xAB94_23A7, 0xFC93_A039, 0x655B_59C3, 0x8F0C_CC92, 0xFFEF_F47D, 0x8584_5DD1,
    0x6FA8_7E4F, 0xFE2C_E6E0, 0xA301_4314, 0x4E08_11A1, 0xF753_7E82, 0xBD3A_F235, 0x2AD7_D2BB,
    0xEB86_D391,
  ]

  // MARK: hashtext

  /// PostgreSQL's `hash_bytes`: Bob Jenkins's lookup3 hash.
  static func hash(_ bytes: [UInt8]) -> UInt32 { jenkins(bytes, seed: 0).c }

  static func hashExtended(_ bytes: [UInt8], seed: UInt64) -> UInt64 {
    let (b, c) = jenkins(bytes, seed: seed)
    return UInt64(b) << 32 | UInt64(c)
  }

  private static func jenkins(_ bytes: [UInt8], seed: UInt64) -> (b: UInt32, c: UInt32) {
    let start = 0x9E37_79B9 &+ UInt32(truncatingIfNeeded: bytes.count) &+ 3_923_095
    var (a, b, c) = (start, start, start)
    if seed != 0 {
      a &+= UInt32(truncatingIfNeeded: seed >> 32)
      b &+= UInt32(truncatingIfNeeded: seed)
      mix(&a, &b, &c)
    }
    var offset = 0
    while bytes.count - offset >= 12 {
      a &+= word(bytes[...], offset)
      b &+= word(bytes[...], offset + 4)
      c &+= word(bytes[...], offset + 8)
      mix(&a, &b, &c)
      offset += 12
    }
    for (index, byte) in bytes[offset...].enumerated() {
      let byte = UInt32(byte)
      switch index {
      case 0..<4: a &+= byte << (8 * UInt32(index))
      case 4..<8: b &+= byte << (8 * UInt32(index - 4))
      // The lowest byte of the last word is the length's.
      default: c &+= byte << (8 * UInt32(index - 7))
      }
    }
    finish(&a, &b, &c)
    return (b, c)
  }

  private static func mix(_ a: inout UInt32, _ b: inout UInt32, _ c: inout UInt32) {
    a = (a &- c) ^ rotate(c, 4)
    c = c &+ b
    b = (b &- a) ^ rotate(a, 6)
    a = a &+ c
    c = (c &- b) ^ rotate(b, 8)
    b = b &+ a
    a = (a &- c) ^ rotate(c, 16)
    c = c &+ b
    b = (b &- a) ^ rotate(a, 19)
    a = a &+ c
    c = (c &- b) ^ rotate(b, 4)
    b = b &+ a
  }

  private static func finish(_ a: inout UInt32, _ b: inout UInt32, _ c: inout UInt32) {
    c = (c ^ b) &- rotate(b, 14)
    a = (a ^ c) &- rotate(c, 11)
    b = (b ^ a) &- rotate(a, 25)
    c = (c ^ b) &- rotate(b, 16)
    a = (a ^ c) &- rotate(c, 4)
    b = (b ^ a) &- rotate(a, 14)
    c = (c ^ b) &- rotate(b, 24)
  }
}
