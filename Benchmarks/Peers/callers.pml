/* n identical calls of verify_payment on one payment, for Spin.
 *
 *     spin -a -DCALLERS=12 -DLOCKED callers.pml && gcc -O2 -DSAFETY -DNOREDUCE -o pan pan.c && ./pan -m1000000 -c0
 *
 * Without -DLOCKED the status is read without a lock. Without -DNOREDUCE, Spin's partial-order reduction is on.
 *
 * The steps are RaceSim's: BEGIN is none, COMMIT is one if the transaction holds something, and coming to a locked
 * row is one (the session then waits). What is left out: the order in which sessions wait. Whoever waits may be next.
 *
 * The payment is how often it is captured, and who holds it: a process's number plus one, or 0.
 */
#ifndef CALLERS
#define CALLERS 2
#endif

byte captures, holder;

#define LOCK \
  if \
  :: d_step { holder == 0 -> holder = _pid + 1; NOTE }; \
  :: d_step { holder != 0 -> skip }; \
     d_step { holder == 0 -> holder = _pid + 1; NOTE } \
  fi

active [CALLERS] proctype caller() {
#ifdef LOCKED
  bit isCaptured;
#define NOTE isCaptured = captures > 0
  LOCK;                                                   /* SELECT ... FOR UPDATE */
  if
  :: d_step { isCaptured -> isCaptured = 0; holder = 0 }  /* COMMIT */
  :: d_step { !isCaptured -> skip };                      /* UPDATE: it has the row */
     d_step { true -> captures++; holder = 0; assert(captures <= 1) }
  fi;
#else
#define NOTE skip
  if
  :: d_step { captures > 0 -> skip }                      /* SELECT, and nothing to do */
  :: d_step { captures == 0 -> skip };                    /* SELECT */
     LOCK;                                                /* UPDATE */
     d_step { true -> captures++; holder = 0; assert(captures <= 1) }
  fi;
#endif
end1: false
}
