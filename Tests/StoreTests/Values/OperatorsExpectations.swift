/// What PostgreSQL 15 answers: written by its server, not by hand.
extension Expectation {
  static let operators = read(
    #"""
    op +|integer 2147483647|integer 1 ⟹ !22003 integer out of range
    op +|integer 2|bigint 9223372036854775806 ⟹ !22003 bigint out of range
    op +|bigint 9223372036854775807|integer 1 ⟹ !22003 bigint out of range
    op +|smallint 32767|smallint 1 ⟹ !22003 smallint out of range
    op -|integer -2147483648|integer 1 ⟹ !22003 integer out of range
    op *|integer 65536|integer 65536 ⟹ !22003 integer out of range
    op /|integer 7|integer -2 ⟹ integer ⇒ -3
    op /|integer 7|integer 0 ⟹ !22012 division by zero
    op /|integer -2147483648|integer -1 ⟹ !22003 integer out of range
    op %|integer -7|integer 3 ⟹ integer ⇒ -1
    op %|integer 7|integer 0 ⟹ !22012 division by zero
    op -|integer -2147483648 ⟹ !22003 integer out of range
    op -|smallint 5 ⟹ smallint ⇒ -5
    op @|integer -5 ⟹ integer ⇒ 5
    op &|integer 12|integer 10 ⟹ integer ⇒ 8
    op ||integer 12|integer 10 ⟹ integer ⇒ 14
    op #|integer 12|integer 10 ⟹ integer ⇒ 6
    op ~|integer 12 ⟹ integer ⇒ -13
    op <<|integer 1|integer 31 ⟹ integer ⇒ -2147483648
    op >>|integer -8|integer 1 ⟹ integer ⇒ -4
    op +|numeric 1.10|numeric 2.205 ⟹ numeric ⇒ 3.305
    op +|integer 1|numeric 0.50 ⟹ numeric ⇒ 1.50
    op -|numeric 1.00|numeric 1.0 ⟹ numeric ⇒ 0.00
    op *|numeric 1.10|numeric -2.205 ⟹ numeric ⇒ -2.42550
    op /|numeric 10|numeric 3 ⟹ numeric ⇒ 3.3333333333333333
    op /|numeric 1.0|numeric 3.0 ⟹ numeric ⇒ 0.33333333333333333333
    op /|numeric 100000|numeric 7 ⟹ numeric ⇒ 14285.714285714286
    op /|numeric 0.001|numeric 7000 ⟹ numeric ⇒ 0.000000142857142857142857
    op /|numeric 22|integer 7 ⟹ numeric ⇒ 3.1428571428571429
    op /|numeric 1|numeric 0 ⟹ !22012 division by zero
    op /|numeric 123456789012345678901234567890|numeric 987654321 ⟹ numeric ⇒ 124999998873437499902
    op /|numeric -1|numeric 3 ⟹ numeric ⇒ -0.33333333333333333333
    op /|numeric 0|numeric 3 ⟹ numeric ⇒ 0.00000000000000000000
    op %|numeric 7.5|numeric 2 ⟹ numeric ⇒ 1.5
    op %|numeric -7.5|numeric 2 ⟹ numeric ⇒ -1.5
    op %|numeric 1|numeric 0 ⟹ !22012 division by zero
    op ^|numeric 2|numeric 10 ⟹ numeric ⇒ 1024.0000000000000000
    op ^|numeric 1.1|integer 5 ⟹ numeric ⇒ 1.6105100000000000
    op +|numeric NaN|numeric 1 ⟹ numeric ⇒ NaN
    op *|numeric Infinity|numeric 0 ⟹ numeric ⇒ NaN
    op *|numeric 99999999999999999999999999|numeric 99999999999999999999999999 ⟹ numeric ⇒ 9999999999999999999999999800000000000000000000000001
    op =|numeric 1.0|numeric 1.00 ⟹ boolean ⇒ t
    op =|integer 1|numeric 1.00 ⟹ boolean ⇒ t
    op <|numeric 0.1|integer 1 ⟹ boolean ⇒ t
    op <|text a|text b ⟹ boolean ⇒ t
    op <|text B|text a ⟹ boolean ⇒ t
    op =|varchar abc|unknown abc ⟹ boolean ⇒ t
    op =|char(5) ab|text ab ⟹ boolean ⇒ t
    op =|char(5) ab|char(3) ab ⟹ boolean ⇒ t
    op <>|boolean true|boolean false ⟹ boolean ⇒ t
    op !=|boolean true|boolean false ⟹ boolean ⇒ t
    op =|integer 1|text 1 ⟹ !42883 operator does not exist: integer = text ?? No operator matches the given name and argument types. You might need to add explicit type casts.
    op =|integer 1|unknown x ⟹ !22P02 invalid input syntax for type integer: "x"
    op =|integer 1|unknown 1 ⟹ boolean ⇒ t
    op +|text a|integer 1 ⟹ !42883 operator does not exist: text + integer ?? No operator matches the given name and argument types. You might need to add explicit type casts.
    op +|unknown 1|unknown 2 ⟹ !42725 operator is not unique: unknown + unknown ?? Could not choose a best candidate operator. You might need to add explicit type casts.
    op +|unknown 1|integer 2 ⟹ integer ⇒ 3
    op -|boolean true ⟹ !42883 operator does not exist: - boolean ?? No operator matches the given name and argument type. You might need to add an explicit type cast.
    op <|date 2025-01-01|timestamptz 2025-01-01 00:00:01 ⟹ boolean ⇒ t
    op <|timestamp 2025-01-01|timestamptz 2025-01-01 00:00:01 ⟹ boolean ⇒ t
    op <|date 2025-01-01|timestamp 2025-01-01 ⟹ boolean ⇒ f
    op =|interval 1 month|interval 30 days ⟹ boolean ⇒ t
    op =|interval 24 hours|interval 1 day ⟹ boolean ⇒ t
    op <|interval 1 mon|interval 29 days 25:00 ⟹ boolean ⇒ t
    op =|mood happy|unknown happy ⟹ boolean ⇒ t
    op <|mood sad|mood happy ⟹ boolean ⇒ t
    op =|mood sad|unknown angry ⟹ !22P02 invalid input value for enum mood: "angry"
    op =|mood sad|text sad ⟹ !42883 operator does not exist: mood = text ?? No operator matches the given name and argument types. You might need to add explicit type casts.
    op =|uuid a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11|unknown A0EEBC999C0B4EF8BB6D6BB9BD380A11 ⟹ boolean ⇒ t
    op <|uuid 00000000-0000-0000-0000-000000000001|uuid 10000000-0000-0000-0000-000000000000 ⟹ boolean ⇒ t
    op =|jsonb {"a":1.0,"b":2}|jsonb {"b":2,"a":1.00} ⟹ boolean ⇒ t
    op <|jsonb [1]|jsonb {"a":1} ⟹ boolean ⇒ t
    op =|json {}|json {} ⟹ !42883 operator does not exist: json = json ?? No operator matches the given name and argument types. You might need to add explicit type casts.
    op |||text a|text b ⟹ text ⇒ ab
    op |||text a|integer 1 ⟹ text ⇒ a1
    op |||boolean true|unknown x ⟹ text ⇒ truex
    op |||unknown a|unknown b ⟹ text ⇒ ab
    op |||varchar a|varchar b ⟹ text ⇒ ab
    op |||char(5) a|text b ⟹ text ⇒ ab
    op |||integer 1|integer 2 ⟹ !42883 operator does not exist: integer || integer ?? No operator matches the given name and argument types. You might need to add explicit type casts.
    op |||text a|timestamptz 2025-01-01 ⟹ text ⇒ a2025-01-01 00:00:00+00
    op |||text NULL|text b ⟹ text ⇒ ␀
    op |||jsonb {"a":1}|jsonb {"b":2} ⟹ jsonb ⇒ {"a": 1, "b": 2}
    op |||jsonb {"a":1}|unknown {"a":3} ⟹ jsonb ⇒ {"a": 3}
    op |||jsonb [1]|jsonb 2 ⟹ jsonb ⇒ [1, 2]
    op |||mood sad|text x ⟹ text ⇒ sadx
    op ~~|text abc|text a% ⟹ boolean ⇒ t
    op ~~|text abc|text a_ ⟹ boolean ⇒ f
    op ~~|text a%c|text a\%c ⟹ boolean ⇒ t
    op ~~|text abc|text a\ ⟹ !22025 LIKE pattern must not end with escape character
    op !~~|text abc|text %b% ⟹ boolean ⇒ f
    op ~~*|text ABC|text a%c ⟹ boolean ⇒ t
    op ->|jsonb {"a":{"b":[1,2]}}|unknown a ⟹ jsonb ⇒ {"b": [1, 2]}
    op ->|jsonb [1,2,3]|integer -1 ⟹ jsonb ⇒ 3
    op ->>|jsonb {"a":"x"}|unknown a ⟹ text ⇒ x
    op ->>|jsonb {"a":null}|unknown a ⟹ text ⇒ ␀
    op ->>|json {"a": {"b" : 1}}|unknown a ⟹ text ⇒ {"b" : 1}
    op ->|json {"a": {"b" : 1}}|text a ⟹ json ⇒ {"b" : 1}
    op @>|jsonb {"a":1,"b":[1,2,3]}|jsonb {"b":[3,1]} ⟹ boolean ⇒ t
    op @>|jsonb [1,2]|jsonb 1 ⟹ boolean ⇒ t
    op <@|jsonb {"a":1}|jsonb {"a":1,"b":2} ⟹ boolean ⇒ t
    op ?|jsonb {"a":1}|text a ⟹ boolean ⇒ t
    op -|jsonb {"a":1,"b":2}|text a ⟹ jsonb ⇒ {"b": 2}
    op +|timestamptz 2025-01-31 12:00:00|interval 1 month ⟹ timestamp with time zone ⇒ 2025-02-28 12:00:00+00
    op +|timestamp 2024-02-29|interval 1 year ⟹ timestamp without time zone ⇒ 2025-02-28 00:00:00
    op -|timestamp 2025-03-31|interval 1 month ⟹ timestamp without time zone ⇒ 2025-02-28 00:00:00
    op +|interval 1 hour|timestamptz 2025-01-31 12:00:00 ⟹ timestamp with time zone ⇒ 2025-01-31 13:00:00+00
    op +|timestamptz 2025-01-01 00:00:00|unknown 60 seconds ⟹ timestamp with time zone ⇒ 2025-01-01 00:01:00+00
    op -|timestamptz 2025-01-02 00:00:00|unknown 2025-01-01 ⟹ interval ⇒ 1 day
    op -|timestamptz 2025-03-01 01:00:00|timestamptz 2025-01-01 12:30:00 ⟹ interval ⇒ 58 days 12:30:00
    op -|timestamp 2025-01-01|timestamp 2025-01-02 03:00 ⟹ interval ⇒ -1 days -03:00:00
    op -|timestamp infinity|timestamp 2025-01-02 03:00 ⟹ !22008 cannot subtract infinite timestamps
    op +|timestamp infinity|interval 1 day ⟹ timestamp without time zone ⇒ infinity
    op +|timestamp 294276-12-31|interval 1 year ⟹ !22008 timestamp out of range
    op +|date 2025-01-01|integer 31 ⟹ date ⇒ 2025-02-01
    op -|date 2025-01-01|integer 1 ⟹ date ⇒ 2024-12-31
    op -|date 2025-03-01|date 2025-02-01 ⟹ integer ⇒ 28
    op +|date 2025-01-01|interval 1 hour ⟹ timestamp without time zone ⇒ 2025-01-01 01:00:00
    op -|date 2025-01-01|interval 1 month ⟹ timestamp without time zone ⇒ 2024-12-01 00:00:00
    op +|date 2025-01-01|time 12:30 ⟹ timestamp without time zone ⇒ 2025-01-01 12:30:00
    op +|integer 5|date 2025-01-01 ⟹ date ⇒ 2025-01-06
    op +|time 23:00|interval 2 hours ⟹ time without time zone ⇒ 01:00:00
    op -|time 01:00|interval 2 hours ⟹ time without time zone ⇒ 23:00:00
    op -|time 12:00|time 13:30 ⟹ interval ⇒ -01:30:00
    op +|interval 1 day|interval 2 hours ⟹ interval ⇒ 1 day 02:00:00
    op -|interval 1 day|interval 2 hours ⟹ interval ⇒ 1 day -02:00:00
    op -|interval 1 mon -2 days ⟹ interval ⇒ -1 mons +2 days
    op *|interval 1 hour|integer 3 ⟹ interval ⇒ 03:00:00
    op *|integer 3|interval 1 hour ⟹ interval ⇒ 03:00:00
    op *|interval 1 day|numeric 1.5 ⟹ interval ⇒ 1 day 12:00:00
    op *|interval 1 month|numeric 1.5 ⟹ interval ⇒ 1 mon 15 days
    op *|interval 1 year 2 mons 3 days 04:05:06|numeric 0.7 ⟹ interval ⇒ 9 mons 26 days 05:15:34.2
    op /|interval 1 hour|integer 7 ⟹ interval ⇒ 00:08:34.285714
    op /|interval 1 month|integer 4 ⟹ interval ⇒ 7 days 12:00:00
    op /|interval 1 year 1 day|integer 3 ⟹ interval ⇒ 4 mons 08:00:00
    op /|interval 1 hour|integer 0 ⟹ !22012 division by zero
    op *|interval -1 mon -3 days|numeric 2.5 ⟹ interval ⇒ -2 mons -22 days -12:00:00
    op +|interval 170000000 years|interval 170000000 years ⟹ !22008 interval out of range
    op *|interval 1 day|text a ⟹ !42883 operator does not exist: interval * text ?? No operator matches the given name and argument types. You might need to add explicit type casts.
    op -|unknown 1 ⟹ !42725 operator is not unique: - unknown ?? Could not choose a best candidate operator. You might need to add explicit type casts.
    op *|unknown 1 day|integer 2 ⟹ !22P02 invalid input syntax for type integer: "1 day"
    op -|timestamptz 2025-01-02|interval 1 day ⟹ timestamp with time zone ⇒ 2025-01-01 00:00:00+00
    op |||jsonb {"a":1}|jsonb 34 ⟹ jsonb ⇒ [{"a": 1}, 34]
    op >|jsonb 1e3|jsonb [] ⟹ boolean ⇒ t
    op <|jsonb "a"|jsonb [1] ⟹ boolean ⇒ t
    """#)
}
