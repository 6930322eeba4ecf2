/// What PostgreSQL 15 answers: written by its server, not by hand.
extension Expectation {
  static let parsing = read(
    #"""
    in boolean|tr ⟹ boolean ⇒ t
    in boolean|yes ⟹ boolean ⇒ t
    in boolean| OFF  ⟹ boolean ⇒ f
    in boolean|0 ⟹ boolean ⇒ f
    in boolean|o ⟹ !22P02 invalid input syntax for type boolean: "o"
    in boolean|maybe ⟹ !22P02 invalid input syntax for type boolean: "maybe"
    in integer| 42  ⟹ integer ⇒ 42
    in integer|-2147483648 ⟹ integer ⇒ -2147483648
    in integer|2147483648 ⟹ !22003 value "2147483648" is out of range for type integer
    in integer|1.5 ⟹ !22P02 invalid input syntax for type integer: "1.5"
    in integer| ⟹ !22P02 invalid input syntax for type integer: ""
    in smallint|32768 ⟹ !22003 value "32768" is out of range for type smallint
    in bigint|-9223372036854775808 ⟹ bigint ⇒ -9223372036854775808
    in bigint|9223372036854775808 ⟹ !22003 value "9223372036854775808" is out of range for type bigint
    in bigint|72057594037927936 ⟹ bigint ⇒ 72057594037927936
    in numeric|1.50 ⟹ numeric ⇒ 1.50
    in numeric|-0.00 ⟹ numeric ⇒ 0.00
    in numeric|1e5 ⟹ numeric ⇒ 100000
    in numeric|1.5e-3 ⟹ numeric ⇒ 0.0015
    in numeric|.5 ⟹ numeric ⇒ 0.5
    in numeric|5. ⟹ numeric ⇒ 5
    in numeric|NaN ⟹ numeric ⇒ NaN
    in numeric|-Infinity ⟹ numeric ⇒ -Infinity
    in numeric|12345678901234567890.123456789012345678901234567890 ⟹ numeric ⇒ 12345678901234567890.123456789012345678901234567890
    in numeric|1e ⟹ !22P02 invalid input syntax for type numeric: "1e"
    in numeric|abc ⟹ !22P02 invalid input syntax for type numeric: "abc"
    in numeric|1e200000 ⟹ !22003 value overflows numeric format
    in numeric(4,2)|12.345 ⟹ numeric ⇒ 12.35
    in numeric(4,2)|99.995 ⟹ !22003 numeric field overflow ;; A field with precision 4, scale 2 must round to an absolute value less than 10^2.
    in numeric(2,2)|1 ⟹ !22003 numeric field overflow ;; A field with precision 2, scale 2 must round to an absolute value less than 1.
    in numeric(5)|123456 ⟹ !22003 numeric field overflow ;; A field with precision 5, scale 0 must round to an absolute value less than 10^5.
    in numeric(3,-2)|12345 ⟹ numeric ⇒ 12300
    in numeric(4,2)|Infinity ⟹ !22003 numeric field overflow ;; A field with precision 4, scale 2 cannot hold an infinite value.
    in varchar(3)|abc   ⟹ character varying ⇒ abc
    in char(5)|ab ⟹ character ⇒ ab   
    in char|a ⟹ character ⇒ a
    in text|héllo ⟹ text ⇒ héllo
    in date|2025-02-29 ⟹ !22008 date/time field value out of range: "2025-02-29"
    in date|2024-02-29 ⟹ date ⇒ 2024-02-29
    in date|infinity ⟹ date ⇒ infinity
    in date|0044-03-15 BC ⟹ date ⇒ 0044-03-15 BC
    in date|20250102 ⟹ date ⇒ 2025-01-02
    in date|1/2/2025 ⟹ date ⇒ 2025-01-02
    in date|13/2/2025 ⟹ !22008 date/time field value out of range: "13/2/2025" ?? Perhaps you need a different "datestyle" setting.
    in date|Jan 5, 2025 ⟹ date ⇒ 2025-01-05
    in date|5-Jan-2025 ⟹ date ⇒ 2025-01-05
    in date|hello ⟹ !22007 invalid input syntax for type date: "hello"
    in time|12:34 ⟹ time without time zone ⇒ 12:34:00
    in time|12:34:56.7891234 ⟹ time without time zone ⇒ 12:34:56.789123
    in time|25:00 ⟹ !22008 date/time field value out of range: "25:00"
    in time|11:15 PM ⟹ time without time zone ⇒ 23:15:00
    in timestamp|2025-12-01 12:15:00 ⟹ timestamp without time zone ⇒ 2025-12-01 12:15:00
    in timestamp|2025-12-01T12:15:00.123456 ⟹ timestamp without time zone ⇒ 2025-12-01 12:15:00.123456
    in timestamp|2025-12-01 ⟹ timestamp without time zone ⇒ 2025-12-01 00:00:00
    in timestamp|2025-12-01 12:15:00+05 ⟹ timestamp without time zone ⇒ 2025-12-01 12:15:00
    in timestamp|2025-13-01 ⟹ !22008 date/time field value out of range: "2025-13-01" ?? Perhaps you need a different "datestyle" setting.
    in timestamp|2025-02-30 ⟹ !22008 date/time field value out of range: "2025-02-30"
    in timestamp|2025-12-01 24:00:00 ⟹ timestamp without time zone ⇒ 2025-12-02 00:00:00
    in timestamp|2025-12-01 24:00:01 ⟹ !22008 date/time field value out of range: "2025-12-01 24:00:01"
    in timestamp|infinity ⟹ timestamp without time zone ⇒ infinity
    in timestamp|-infinity ⟹ timestamp without time zone ⇒ -infinity
    in timestamp|epoch ⟹ timestamp without time zone ⇒ 1970-01-01 00:00:00
    in timestamp|294277-01-01 ⟹ !22008 timestamp out of range: "294277-01-01"
    in timestamp|0001-01-01 00:00:00 ⟹ timestamp without time zone ⇒ 0001-01-01 00:00:00
    in timestamp|9999-12-31 23:59:59.999999 ⟹ timestamp without time zone ⇒ 9999-12-31 23:59:59.999999
    in timestamp|foo ⟹ !22007 invalid input syntax for type timestamp: "foo"
    in timestamp| ⟹ !22007 invalid input syntax for type timestamp: ""
    in timestamp|Mon Dec 01 12:15:00 2025 ⟹ timestamp without time zone ⇒ 2025-12-01 12:15:00
    in timestamp(0)|2025-12-01 12:15:00.5 ⟹ timestamp without time zone ⇒ 2025-12-01 12:15:01
    in timestamptz|2025-12-01 12:15:00 ⟹ timestamp with time zone ⇒ 2025-12-01 12:15:00+00
    in timestamptz|2025-12-01 12:15:00+05:30 ⟹ timestamp with time zone ⇒ 2025-12-01 06:45:00+00
    in timestamptz|2025-12-01T12:15:00Z ⟹ timestamp with time zone ⇒ 2025-12-01 12:15:00+00
    in timestamptz|2025-12-01 12:15:00 PST ⟹ timestamp with time zone ⇒ 2025-12-01 20:15:00+00
    in timestamptz|2025-07-01 12:15:00 PST8PDT ⟹ timestamp with time zone ⇒ 2025-07-01 19:15:00+00
    in timestamptz|2025-12-01 12:15:00 UTC ⟹ timestamp with time zone ⇒ 2025-12-01 12:15:00+00
    in timestamptz|2025-12-01 12:15:00-0800 ⟹ timestamp with time zone ⇒ 2025-12-01 20:15:00+00
    in timestamptz|2025-12-01 12:15 nowhere ⟹ !22007 invalid input syntax for type timestamp with time zone: "2025-12-01 12:15 nowhere"
    in timestamptz|Mon Dec 01 12:15:00 2025 UTC ⟹ timestamp with time zone ⇒ 2025-12-01 12:15:00+00
    in timestamptz(3)|2025-12-01 12:15:00.12345 ⟹ timestamp with time zone ⇒ 2025-12-01 12:15:00.123+00
    in interval|60 seconds ⟹ interval ⇒ 00:01:00
    in interval|1 hour 30 min ⟹ interval ⇒ 01:30:00
    in interval|00:01:00 ⟹ interval ⇒ 00:01:00
    in interval|1 day ⟹ interval ⇒ 1 day
    in interval|1 day 02:03:04.5 ⟹ interval ⇒ 1 day 02:03:04.5
    in interval|-1 day +02:03:04 ⟹ interval ⇒ -1 days +02:03:04
    in interval|1 year 2 mons -3 days ⟹ interval ⇒ 1 year 2 mons -3 days
    in interval|1.5 days ⟹ interval ⇒ 1 day 12:00:00
    in interval|1.5 months ⟹ interval ⇒ 1 mon 15 days
    in interval|1.5 years ⟹ interval ⇒ 1 year 6 mons
    in interval|1.1 years ⟹ interval ⇒ 1 year 1 mon
    in interval|2 weeks ⟹ interval ⇒ 14 days
    in interval|P1Y2M3DT4H5M6S ⟹ interval ⇒ 1 year 2 mons 3 days 04:05:06
    in interval|PT1H30M ⟹ interval ⇒ 01:30:00
    in interval|P0001-02-03T04:05:06 ⟹ interval ⇒ 1 year 2 mons 3 days 04:05:06
    in interval|P1W ⟹ interval ⇒ 7 days
    in interval|1-2 ⟹ interval ⇒ 1 year 2 mons
    in interval|90 ⟹ interval ⇒ 00:01:30
    in interval|1 2:03:04 ⟹ interval ⇒ 1 day 02:03:04
    in interval|@ 1 hour ago ⟹ interval ⇒ -01:00:00
    in interval|3 hours ago ⟹ interval ⇒ -03:00:00
    in interval|500 ms ⟹ interval ⇒ 00:00:00.5
    in interval|0.1 sec ⟹ interval ⇒ 00:00:00.1
    in interval|-1.5 hours ⟹ interval ⇒ -01:30:00
    in interval|100 years ⟹ interval ⇒ 100 years
    in interval|12:30.5 ⟹ interval ⇒ 00:12:30.5
    in interval|00:70 ⟹ !22015 interval field value out of range: "00:70"
    in interval|1 fortnight ⟹ !22007 invalid input syntax for type interval: "1 fortnight"
    in interval| ⟹ !22007 invalid input syntax for type interval: ""
    in interval|99999999999 days ⟹ !22015 interval field value out of range: "99999999999 days"
    in interval|0 ⟹ interval ⇒ 00:00:00
    in uuid|A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11 ⟹ uuid ⇒ a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11
    in uuid|{a0eebc999c0b4ef8bb6d6bb9bd380a11} ⟹ uuid ⇒ a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11
    in uuid|a0eebc99 ⟹ !22P02 invalid input syntax for type uuid: "a0eebc99"
    in bytea|\xDEADbeef ⟹ bytea ⇒ \xdeadbeef
    in bytea|\xabc ⟹ !22023 invalid hexadecimal data: odd number of digits
    in bytea|abc ⟹ bytea ⇒ \x616263
    in mood|happy ⟹ mood ⇒ happy
    in mood|angry ⟹ !22P02 invalid input value for enum mood: "angry"
    in json|{"b": 1, "a" : [1,2, {"x":null}] } ⟹ json ⇒ {"b": 1, "a" : [1,2, {"x":null}] }
    in json|{"a": } ⟹ !22P02 invalid input syntax for type json ;; Expected JSON value, but found "}".
    in json|{"a" 1} ⟹ !22P02 invalid input syntax for type json ;; Expected ":", but found "1".
    in json|[1,] ⟹ !22P02 invalid input syntax for type json ;; Expected JSON value, but found "]".
    in json|[1 2] ⟹ !22P02 invalid input syntax for type json ;; Expected "," or "]", but found "2".
    in json|{'a': 1} ⟹ !22P02 invalid input syntax for type json ;; Token "'" is invalid.
    in json| ⟹ !22P02 invalid input syntax for type json ;; The input string ended unexpectedly.
    in json|tru ⟹ !22P02 invalid input syntax for type json ;; Token "tru" is invalid.
    in json|01 ⟹ !22P02 invalid input syntax for type json ;; Token "01" is invalid.
    in json|"abc ⟹ !22P02 invalid input syntax for type json ;; Token ""abc" is invalid.
    in json|{"a":1} x ⟹ !22P02 invalid input syntax for type json ;; Token "x" is invalid.
    in json|{1:2} ⟹ !22P02 invalid input syntax for type json ;; Expected string or "}", but found "1".
    in jsonb|{"b": 1, "a" : [1,2, {"x":null}], "aa": 1.50, "a": 2 } ⟹ jsonb ⇒ {"a": 2, "b": 1, "aa": 1.50}
    in jsonb|"\u00e9\n\u0001\/" ⟹ jsonb ⇒ "é\n\u0001/"
    in jsonb|1e2 ⟹ jsonb ⇒ 100
    in jsonb|-0.0 ⟹ jsonb ⇒ 0.0
    in jsonb|"\ud83d\ude00" ⟹ jsonb ⇒ "😀"
    in jsonb|"\u0000" ⟹ !22P05 unsupported Unicode escape sequence ;; \u0000 cannot be converted to text.
    in jsonb|"\q" ⟹ !22P02 invalid input syntax for type json ;; Escape sequence "\q" is invalid.
    in jsonb|[] ⟹ jsonb ⇒ []
    in jsonb| {}  ⟹ jsonb ⇒ {}
    in timestamptz|1 Dec 2025T24:00 ⟹ timestamp with time zone ⇒ 2025-12-02 00:00:00+00
    in timestamptz|Dec 1 2025 120000+0530 ⟹ timestamp with time zone ⇒ 2025-12-01 06:30:00+00
    in date|2025-12-01 +16 ⟹ !22009 time zone displacement out of range: "2025-12-01 +16"
    in json|[} ⟹ !22P02 invalid input syntax for type json ;; Expected JSON value, but found "}".
    in interval|1 day 2 days ⟹ !22007 invalid input syntax for type interval: "1 day 2 days"
    in interval|-37ms 1 year ago ⟹ interval ⇒ -1 years +00:00:00.037
    """#)
}
