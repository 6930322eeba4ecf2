/// What PostgreSQL 15 answers: written by its server, not by hand.
extension Expectation {
  static let casts = read(
    #"""
    cast integer|numeric 2.5 ⟹ integer ⇒ 3
    cast integer|numeric -2.5 ⟹ integer ⇒ -3
    cast integer|numeric 3000000000 ⟹ !22003 integer out of range
    cast smallint|integer 40000 ⟹ !22003 smallint out of range
    cast bigint|numeric NaN ⟹ !0A000 cannot convert NaN to bigint
    cast integer|numeric Infinity ⟹ !0A000 cannot convert infinity to integer
    cast integer|text 12 ⟹ integer ⇒ 12
    cast integer|text x ⟹ !22P02 invalid input syntax for type integer: "x"
    cast integer|boolean true ⟹ integer ⇒ 1
    cast boolean|integer 2 ⟹ boolean ⇒ t
    cast boolean|text yes ⟹ boolean ⇒ t
    cast boolean|bigint 1 ⟹ !42846 cannot cast type bigint to boolean
    cast text|boolean true ⟹ text ⇒ true
    cast text|numeric 1.50 ⟹ text ⇒ 1.50
    cast varchar(2)|text abc ⟹ character varying ⇒ ab
    cast char(3)|text abcdef ⟹ character ⇒ abc
    cast text|char(5) ab ⟹ text ⇒ ab
    cast varchar(2)|integer 12345 ⟹ character varying ⇒ 12
    cast numeric(5,2)|integer 123 ⟹ numeric ⇒ 123.00
    cast numeric(5,2)|integer 1234 ⟹ !22003 numeric field overflow ;; A field with precision 5, scale 2 must round to an absolute value less than 10^3.
    cast numeric(5,2)|numeric 1.005 ⟹ numeric ⇒ 1.01
    cast numeric(10)|numeric 1.5 ⟹ numeric ⇒ 2
    cast date|timestamptz 2025-12-01 12:15:30 ⟹ date ⇒ 2025-12-01
    cast timestamptz|date 2025-12-01 ⟹ timestamp with time zone ⇒ 2025-12-01 00:00:00+00
    cast timestamp|timestamptz 2025-12-01 12:15:30 ⟹ timestamp without time zone ⇒ 2025-12-01 12:15:30
    cast time|timestamp 2025-12-01 12:15:30 ⟹ time without time zone ⇒ 12:15:30
    cast interval|time 12:30 ⟹ interval ⇒ 12:30:00
    cast interval|text 1 hour ⟹ interval ⇒ 01:00:00
    cast interval|integer 5 ⟹ !42846 cannot cast type integer to interval
    cast text|interval 90 minutes ⟹ text ⇒ 01:30:00
    cast timestamp(0)|timestamp 2025-12-01 12:15:30.6 ⟹ timestamp without time zone ⇒ 2025-12-01 12:15:31
    cast text|mood sad ⟹ text ⇒ sad
    cast mood|text sad ⟹ mood ⇒ sad
    cast mood|text bad ⟹ !22P02 invalid input value for enum mood: "bad"
    cast jsonb|json {"b":1,  "a":2} ⟹ jsonb ⇒ {"a": 2, "b": 1}
    cast json|jsonb {"b":1,  "a":2} ⟹ json ⇒ {"a": 2, "b": 1}
    cast integer|jsonb 5.6 ⟹ integer ⇒ 6
    cast integer|jsonb "x" ⟹ !22023 cannot cast jsonb string to type integer
    cast boolean|jsonb true ⟹ boolean ⇒ t
    cast numeric|jsonb [1] ⟹ !22023 cannot cast jsonb array to type numeric
    cast text|jsonb {"a":1} ⟹ text ⇒ {"a": 1}
    cast uuid|text a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11 ⟹ uuid ⇒ a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11
    cast uuid|integer 1 ⟹ !42846 cannot cast type integer to uuid
    cast timestamptz|text 2025-01-01 ⟹ timestamp with time zone ⇒ 2025-01-01 00:00:00+00
    cast date|text 2025-99-01 ⟹ !22008 date/time field value out of range: "2025-99-01" ?? Perhaps you need a different "datestyle" setting.
    cast integer|date 2025-01-01 ⟹ !42846 cannot cast type date to integer
    cast text|timestamptz 2025-01-01 ⟹ text ⇒ 2025-01-01 00:00:00+00
    cast varchar(3)|unknown abcd ⟹ character varying ⇒ abc
    cast char(2)|unknown abc ⟹ character ⇒ ab
    """#)
}
