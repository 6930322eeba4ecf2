/// What PostgreSQL 15 answers: written by its server, not by hand.
extension Expectation {
  static let functions = read(
    #"""
    fn abs|integer -5 ⟹ integer ⇒ 5
    fn abs|numeric -5.50 ⟹ numeric ⇒ 5.50
    fn abs|integer -2147483648 ⟹ !22003 integer out of range
    fn ceil|numeric -1.5 ⟹ numeric ⇒ -1
    fn ceiling|numeric 1.01 ⟹ numeric ⇒ 2
    fn floor|numeric -1.5 ⟹ numeric ⇒ -2
    fn round|numeric 2.5 ⟹ numeric ⇒ 3
    fn round|numeric -2.5 ⟹ numeric ⇒ -3
    fn round|numeric 2.345|integer 2 ⟹ numeric ⇒ 2.35
    fn round|numeric 1234.5|integer -2 ⟹ numeric ⇒ 1200
    fn trunc|numeric -2.789|integer 1 ⟹ numeric ⇒ -2.7
    fn trunc|numeric 1234.5 ⟹ numeric ⇒ 1234
    fn mod|integer 7|integer -3 ⟹ integer ⇒ 1
    fn mod|numeric 7.5|integer 2 ⟹ numeric ⇒ 1.5
    fn div|numeric 7|numeric -2 ⟹ numeric ⇒ -3
    fn power|numeric 2|numeric 3 ⟹ numeric ⇒ 8.0000000000000000
    fn power|numeric 2.5|numeric -1 ⟹ numeric ⇒ 0.4000000000000000
    fn power|numeric 10.5|numeric 20 ⟹ numeric ⇒ 265329770514442013394.5430765151977539
    fn power|numeric 0.001|numeric 3 ⟹ numeric ⇒ 0.0000000010000000
    fn power|numeric 0|numeric -1 ⟹ !2201F zero raised to a negative power is undefined
    fn power|numeric 1.000001|numeric 1000 ⟹ numeric ⇒ 1.0010004996662084
    fn power|numeric 7|numeric -20 ⟹ numeric ⇒ 0.0000000000000000
    fn power|numeric -2|numeric 3 ⟹ numeric ⇒ -8.0000000000000000
    fn power|numeric -2|numeric 0.5 ⟹ !2201F a negative number raised to a non-integer power yields a complex result
    fn sqrt|numeric 2 ⟹ numeric ⇒ 1.414213562373095
    fn sqrt|numeric 16.00 ⟹ numeric ⇒ 4.000000000000000
    fn sqrt|numeric 0.0001 ⟹ numeric ⇒ 0.01000000000000000
    fn sqrt|numeric 123456789012345678901234567890 ⟹ numeric ⇒ 351364182882014.4
    fn sqrt|numeric -1 ⟹ !2201F cannot take square root of a negative number
    fn sqrt|numeric 1000000 ⟹ numeric ⇒ 1000.0000000000000
    fn sign|numeric -2.5 ⟹ numeric ⇒ -1
    fn scale|numeric 1.2300 ⟹ integer ⇒ 4
    fn trim_scale|numeric 1.2300 ⟹ numeric ⇒ 1.23
    fn gcd|integer 12|integer 18 ⟹ integer ⇒ 6
    fn length|text héllo ⟹ integer ⇒ 5
    fn length|char(5) ab ⟹ integer ⇒ 2
    fn length|integer 5 ⟹ !42883 function length(integer) does not exist ?? No function matches the given name and argument types. You might need to add explicit type casts.
    fn char_length|unknown abc ⟹ integer ⇒ 3
    fn octet_length|text héllo ⟹ integer ⇒ 6
    fn lower|text ABC ⟹ text ⇒ abc
    fn upper|varchar abc ⟹ text ⇒ ABC
    fn initcap|text hello wORLD 2nd ⟹ text ⇒ Hello World 2nd
    fn btrim|text   a b   ⟹ text ⇒ a b
    fn btrim|text xxaxx|text x ⟹ text ⇒ a
    fn ltrim|text xyxa|text xy ⟹ text ⇒ a
    fn rtrim|text axx|text x ⟹ text ⇒ a
    fn substring|text hello|integer 2|integer 3 ⟹ text ⇒ ell
    fn substring|text hello|integer 0|integer 2 ⟹ text ⇒ h
    fn substring|text hello|integer 2 ⟹ text ⇒ ello
    fn substring|text hello|integer 2|integer -1 ⟹ !22011 negative substring length not allowed
    fn substr|text hello|integer -1|integer 4 ⟹ text ⇒ he
    fn replace|text aaa|text a|text bb ⟹ text ⇒ bbbbbb
    fn replace|text aaa|text |text bb ⟹ text ⇒ aaa
    fn translate|text 12345|text 143|text ax ⟹ text ⇒ a2x5
    fn strpos|text hello|text ll ⟹ integer ⇒ 3
    fn strpos|text hello|text z ⟹ integer ⇒ 0
    fn left|text hello|integer -2 ⟹ text ⇒ hel
    fn right|text hello|integer 2 ⟹ text ⇒ lo
    fn right|text hello|integer -2 ⟹ text ⇒ llo
    fn lpad|text hi|integer 5|text xy ⟹ text ⇒ xyxhi
    fn rpad|text hi|integer 5 ⟹ text ⇒ hi   
    fn lpad|text hello|integer 2 ⟹ text ⇒ he
    fn repeat|text ab|integer 3 ⟹ text ⇒ ababab
    fn repeat|text ab|integer -3 ⟹ text ⇒ 
    fn reverse|text abc ⟹ text ⇒ cba
    fn split_part|text a,b,c|text ,|integer 2 ⟹ text ⇒ b
    fn split_part|text a,b,c|text ,|integer -1 ⟹ text ⇒ c
    fn split_part|text a,b,c|text ,|integer 0 ⟹ !22023 field position must not be zero
    fn split_part|text a,b,c|text ,|integer 9 ⟹ text ⇒ 
    fn concat|text a|integer 1|boolean true|text NULL ⟹ text ⇒ a1t
    fn concat_ws|text ,|text a|text NULL|integer 2 ⟹ text ⇒ a,2
    fn concat_ws|text NULL|text a ⟹ text ⇒ ␀
    fn format|text %s-%I-%L|text a|text My Col|text it's ⟹ text ⇒ a-"My Col"-'it''s'
    fn format|text %2$s %1$s|text a|text b ⟹ text ⇒ b a
    fn format|text %10s|%-5s|text a|text b ⟹ text ⇒          a|b    
    fn format|text %s %s|text a ⟹ !22023 too few arguments for format()
    fn format|text %x|text a ⟹ !22023 unrecognized format() type specifier "x" ?? For a single "%" use "%%".
    fn format|text %L|text NULL ⟹ text ⇒ NULL
    fn format|text 100%% ⟹ text ⇒ 100%
    fn md5|text hello ⟹ text ⇒ 5d41402abc4b2a76b9719d911017c592
    fn md5|text  ⟹ text ⇒ d41d8cd98f00b204e9800998ecf8427e
    fn md5|text 12345678901234567890123456789012345678901234567890123456789012345678901234567890 ⟹ text ⇒ 57edf4a22be3c955ac49da2e2107b67a
    fn chr|integer 233 ⟹ text ⇒ é
    fn chr|integer 0 ⟹ !54000 null character not permitted
    fn ascii|text é ⟹ integer ⇒ 233
    fn starts_with|text hello|text he ⟹ boolean ⇒ t
    fn quote_literal|text it's ⟹ text ⇒ 'it''s'
    fn quote_literal|text a\b ⟹ text ⇒ E'a\\b'
    fn quote_ident|text user ⟹ text ⇒ "user"
    fn quote_ident|text abc ⟹ text ⇒ abc
    fn quote_ident|text Abc ⟹ text ⇒ "Abc"
    fn quote_nullable|text NULL ⟹ text ⇒ NULL
    fn hashtext|text hello ⟹ integer ⇒ -1870292951
    fn hashtext|text  ⟹ integer ⇒ -1477818771
    fn hashtext|text order:12345 ⟹ integer ⇒ 3264878
    fn hashtext|text 123456789012 ⟹ integer ⇒ -2102057603
    fn hashtext|text a much longer key of more than 24 bytes ⟹ integer ⇒ -749433421
    fn hashtextextended|text hello|bigint 0 ⟹ bigint ⇒ 3449563369152288809
    fn hashtextextended|text hello|bigint 42 ⟹ bigint ⇒ -5084431038376545807
    fn hashtextextended|text order:12345|bigint -7 ⟹ bigint ⇒ -6657479220805548221
    fn to_hex|integer 255 ⟹ text ⇒ ff
    fn to_hex|integer -1 ⟹ text ⇒ ffffffff
    fn to_hex|bigint 255 ⟹ text ⇒ ff
    fn overlay|text Txxxxas|text hom|integer 2|integer 4 ⟹ text ⇒ Thomas
    fn date_trunc|text hour|timestamptz 2025-12-01 12:15:30 ⟹ timestamp with time zone ⇒ 2025-12-01 12:00:00+00
    fn date_trunc|text day|timestamp 2025-12-01 12:15:30 ⟹ timestamp without time zone ⇒ 2025-12-01 00:00:00
    fn date_trunc|text week|timestamp 2025-12-07 12:15:30 ⟹ timestamp without time zone ⇒ 2025-12-01 00:00:00
    fn date_trunc|text month|timestamptz 2025-12-07 12:15:30 ⟹ timestamp with time zone ⇒ 2025-12-01 00:00:00+00
    fn date_trunc|text quarter|timestamp 2025-12-07 ⟹ timestamp without time zone ⇒ 2025-10-01 00:00:00
    fn date_trunc|text year|timestamp 2025-12-07 ⟹ timestamp without time zone ⇒ 2025-01-01 00:00:00
    fn date_trunc|text decade|timestamp 2025-12-07 ⟹ timestamp without time zone ⇒ 2020-01-01 00:00:00
    fn date_trunc|text century|timestamp 2025-12-07 ⟹ timestamp without time zone ⇒ 2001-01-01 00:00:00
    fn date_trunc|text millennium|timestamp 2025-12-07 ⟹ timestamp without time zone ⇒ 2001-01-01 00:00:00
    fn date_trunc|text foo|timestamp 2025-12-07 ⟹ !22023 unit "foo" not recognized for type timestamp without time zone
    fn date_trunc|text second|timestamp 2025-12-07 01:02:03.456 ⟹ timestamp without time zone ⇒ 2025-12-07 01:02:03
    fn date_trunc|text hour|interval 1 day 02:03:04 ⟹ interval ⇒ 1 day 02:00:00
    fn date_trunc|text month|interval 1 year 2 mons 3 days ⟹ interval ⇒ 1 year 2 mons
    fn date_trunc|text day|date 2025-12-07 ⟹ timestamp with time zone ⇒ 2025-12-07 00:00:00+00
    fn extract|text epoch|timestamptz 2025-12-01 12:15:30.5 ⟹ numeric ⇒ 1764591330.500000
    fn extract|text epoch|interval 1 year 2 mons 3 days 04:05:06.7 ⟹ numeric ⇒ 37015506.700000
    fn extract|text epoch|date 2025-12-01 ⟹ numeric ⇒ 1764547200
    fn extract|text second|timestamp 2025-12-01 12:15:30.5 ⟹ numeric ⇒ 30.500000
    fn extract|text milliseconds|timestamp 2025-12-01 12:15:30.5 ⟹ numeric ⇒ 30500.000
    fn extract|text microseconds|timestamp 2025-12-01 12:15:30.5 ⟹ numeric ⇒ 30500000
    fn extract|text minute|timestamp 2025-12-01 12:15:30.5 ⟹ numeric ⇒ 15
    fn extract|text hour|timestamptz 2025-12-01 12:15:30.5 ⟹ numeric ⇒ 12
    fn extract|text dow|date 2025-12-07 ⟹ numeric ⇒ 0
    fn extract|text isodow|date 2025-12-07 ⟹ numeric ⇒ 7
    fn extract|text doy|date 2025-12-07 ⟹ numeric ⇒ 341
    fn extract|text week|date 2027-01-01 ⟹ numeric ⇒ 53
    fn extract|text isoyear|date 2027-01-01 ⟹ numeric ⇒ 2026
    fn extract|text quarter|date 2025-12-07 ⟹ numeric ⇒ 4
    fn extract|text year|date 2025-12-07 ⟹ numeric ⇒ 2025
    fn extract|text century|date 2000-12-07 ⟹ numeric ⇒ 20
    fn extract|text decade|date 2025-12-07 ⟹ numeric ⇒ 202
    fn extract|text hour|date 2025-12-07 ⟹ !0A000 unit "hour" not supported for type date
    fn extract|text foo|date 2025-12-07 ⟹ !22023 unit "foo" not recognized for type date
    fn extract|text day|interval 40 days 30:00 ⟹ numeric ⇒ 40
    fn extract|text hour|interval 40 days 30:00 ⟹ numeric ⇒ 30
    fn extract|text month|interval 14 months ⟹ numeric ⇒ 2
    fn extract|text epoch|timestamp infinity ⟹ numeric ⇒ Infinity
    fn extract|text day|timestamp infinity ⟹ numeric ⇒ ␀
    fn extract|text timezone|timestamptz 2025-12-01 ⟹ numeric ⇒ 0
    fn extract|text epoch|time 01:00 ⟹ numeric ⇒ 3600.000000
    fn make_interval|integer 1|integer 2|integer 3|integer 4|integer 5|integer 6|numeric 7.5 ⟹ interval ⇒ 1 year 2 mons 25 days 05:06:07.5
    fn make_interval|integer 0|integer 0|integer 0|integer 10 ⟹ interval ⇒ 10 days
    fn make_date|integer 2025|integer 2|integer 28 ⟹ date ⇒ 2025-02-28
    fn make_date|integer 2025|integer 2|integer 30 ⟹ !22008 date field value out of range: 2025-02-30
    fn age|timestamp 2025-03-01|timestamp 2024-12-31 ⟹ interval ⇒ 2 mons 1 day
    fn age|timestamp 2024-12-31|timestamp 2025-03-01 ⟹ interval ⇒ -2 mons -1 days
    fn age|timestamptz 2025-12-01 12:00|timestamptz 2025-11-30 13:00 ⟹ interval ⇒ 23:00:00
    fn age|timestamp 2001-04-10|timestamp 1957-06-13 ⟹ interval ⇒ 43 years 9 mons 27 days
    fn to_timestamp|integer 1764591330 ⟹ timestamp with time zone ⇒ 2025-12-01 12:15:30+00
    fn to_timestamp|numeric 1764591330.25 ⟹ timestamp with time zone ⇒ 2025-12-01 12:15:30.25+00
    fn justify_hours|interval 50 hours ⟹ interval ⇒ 2 days 02:00:00
    fn justify_days|interval 65 days ⟹ interval ⇒ 2 mons 5 days
    fn justify_interval|interval 1 mon -1 hour ⟹ interval ⇒ 29 days 23:00:00
    fn justify_interval|interval 1 mon 35 days 27:00 ⟹ interval ⇒ 2 mons 6 days 03:00:00
    fn timezone|text PST8PDT|timestamptz 2025-07-01 12:00 ⟹ timestamp without time zone ⇒ 2025-07-01 05:00:00
    fn timezone|text UTC|timestamp 2025-07-01 12:00 ⟹ timestamp with time zone ⇒ 2025-07-01 12:00:00+00
    fn timezone|text PST8PDT|timestamp 2025-12-01 12:00 ⟹ timestamp with time zone ⇒ 2025-12-01 20:00:00+00
    fn timezone|text Nowhere|timestamp 2025-12-01 12:00 ⟹ !22023 time zone "Nowhere" not recognized
    fn isfinite|timestamptz infinity ⟹ boolean ⇒ f
    fn to_char|timestamp 2025-12-01 13:05:09.012345|text YYYY-MM-DD HH24:MI:SS.US ⟹ text ⇒ 2025-12-01 13:05:09.012345
    fn to_char|timestamp 2025-12-01 13:05:09.012345|text FMDay, DD Mon YYYY HH12:MI AM ⟹ text ⇒ Monday, 01 Dec 2025 01:05 PM
    fn to_char|timestamptz 2025-12-01 13:05:09|text yyyymmdd"T"hh24miss TZ ⟹ text ⇒ 20251201T130509 UTC
    fn to_char|timestamp 2025-12-01 13:05:09.012345|text Month|Dy|DDD|Q|IW|MS ⟹ text ⇒ December |Mon|335|4|49|012
    fn to_char|integer 42|text 999 ⟹ text ⇒   42
    fn to_char|integer -42|text 999 ⟹ text ⇒  -42
    fn to_char|integer 42|text 00000 ⟹ text ⇒  00042
    fn to_char|integer 42|text FM00000 ⟹ text ⇒ 00042
    fn to_char|numeric 1234.5|text 9,999.99 ⟹ text ⇒  1,234.50
    fn to_char|numeric 1234.5|text FM9,999.99 ⟹ text ⇒ 1,234.5
    fn to_char|numeric 0.5|text 990.99 ⟹ text ⇒    0.50
    fn to_char|numeric 1234567|text 9,999 ⟹ text ⇒  #,###
    fn to_char|numeric -0.5|text FM990.00 ⟹ text ⇒ -0.50
    fn jsonb_build_object|text a|integer 1|text b|text x|text c|boolean true ⟹ jsonb ⇒ {"a": 1, "b": "x", "c": true}
    fn json_build_object|text a|integer 1|text b|text x ⟹ json ⇒ {"a" : 1, "b" : "x"}
    fn jsonb_build_object|text a ⟹ !22023 argument list must have even number of elements ?? The arguments of jsonb_build_object() must consist of alternating keys and values.
    fn to_jsonb|integer 5 ⟹ jsonb ⇒ 5
    fn to_jsonb|text a"b ⟹ jsonb ⇒ "a\"b"
    fn to_jsonb|timestamptz 2025-12-01 13:05:09 ⟹ jsonb ⇒ "2025-12-01T13:05:09+00:00"
    fn jsonb_typeof|jsonb [1] ⟹ text ⇒ array
    fn jsonb_array_length|jsonb [1,2] ⟹ integer ⇒ 2
    fn jsonb_array_length|jsonb {} ⟹ !22023 cannot get array length of a non-array
    fn jsonb_strip_nulls|jsonb {"a":null,"b":{"c":null}} ⟹ jsonb ⇒ {"b": {}}
    fn foo|integer 1 ⟹ !42883 function foo(integer) does not exist ?? No function matches the given name and argument types. You might need to add explicit type casts.
    fn lower|integer 1 ⟹ !42883 function lower(integer) does not exist ?? No function matches the given name and argument types. You might need to add explicit type casts.
    fn substr|text a ⟹ !42883 function substr(text) does not exist ?? No function matches the given name and argument types. You might need to add explicit type casts.
    fn round|text a|integer 1 ⟹ !42883 function round(text, integer) does not exist ?? No function matches the given name and argument types. You might need to add explicit type casts.
    fn now|integer 1 ⟹ !42883 function now(integer) does not exist ?? No function matches the given name and argument types. You might need to add explicit type casts.
    fn to_char|timestamp 2025-02-03 04:05:06|text FMMM/FMDD/YYYY FMHH12:MI ⟹ text ⇒ 2/3/2025 4:05
    fn date_trunc|text day|unknown 2025-12-01 10:00 ⟹ !42725 function date_trunc(text, unknown) is not unique ?? Could not choose a best candidate function. You might need to add explicit type casts.
    fn length|unknown abc ⟹ integer ⇒ 3
    fn age|unknown 2025-12-01|unknown 2025-11-01 ⟹ interval ⇒ 1 mon
    fn power|numeric 2|numeric 200 ⟹ numeric ⇒ 1606938044258990275541962092341162602522202993782792835301376.0000000000000000
    fn power|numeric 0.5|numeric 60 ⟹ numeric ⇒ 0.0000000000000000
    fn power|numeric 123.456|numeric -3 ⟹ numeric ⇒ 0.0000005314512038
    fn sqrt|numeric 99999999999999999999.9999 ⟹ numeric ⇒ 10000000000.0000000
    fn extract|text julian|timestamp 2467-09-16 11:52:12 ⟹ numeric ⇒ 2622372.49458333333333333333
    fn to_char|numeric 0|text 999 ⟹ text ⇒    0
    fn to_char|numeric 0|text FM999.99 ⟹ text ⇒ 0.
    """#)
}
