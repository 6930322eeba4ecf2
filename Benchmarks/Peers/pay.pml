/* The four writers of an order, for Spin: K copies of each on each of N orders.
 *
 *     spin -a -DK=2 -DN=1 pay.pml && gcc -O2 -DSAFETY -DNOREDUCE -o pan pan.c && ./pan -m1000000 -c0
 *
 * -DFORUPDATE: confirm locks the order first. -DIGNORES: confirm commits although it has changed no order.
 * Without -DNOREDUCE, Spin's partial-order reduction is on.
 *
 * The steps are RaceSim's: BEGIN is none, COMMIT is one if the transaction holds something, coming to a locked row
 * is one (the session then waits), and cron's first update takes two, since its subquery is read first. What is
 * left out: the order in which sessions wait. Whoever waits may be next.
 *
 * What is uncommitted follows from who holds the row: confirm makes the order paid and the payment confirmed, and
 * so on. So a row is its committed status and its holder, which is a process's number or 0 (init, who runs none).
 */
#ifndef K
#define K 1
#endif
#ifndef N
#define N 1
#endif

/* An order: 0 pending, 1 paid, 2 expired, 3 cancelled. A payment: 0 initiated, 1 confirmed, 2 expired. */
byte status[N], holder[N];
byte payment[N], paymentHolder[N];
byte receipts[N];

#ifdef FORUPDATE
/* Who of confirm and cron holds something and waits: what a cycle of waits is made of, as long as the order is
 * pending. When it has ended, cron's wait is over: it finds no row. */
byte confirmsWaiting[N], cronsWaiting[N];
#define DOOMED(o) (status[o] == 0 && confirmsWaiting[o] > 0 && cronsWaiting[o] > 0)
#endif

#define HOLDS(who) (who == _pid)
#define FREE(who) (who == 0 || who == _pid)
#define TAKEN(who) (!FREE(who))
#define RELEASE(o) \
  if :: HOLDS(holder[o]) -> holder[o] = 0 :: else fi; \
  if :: HOLDS(paymentHolder[o]) -> paymentHolder[o] = 0 :: else fi
#define CHECK(o) assert(!(status[o] >= 2 && payment[o] == 1) && receipts[o] <= 1)

proctype confirm(byte o) {
#ifdef FORUPDATE
  /* SELECT ... FOR UPDATE */
  if
  :: d_step { FREE(holder[o]) -> holder[o] = _pid }
  :: d_step { TAKEN(holder[o]) -> skip };
     d_step { FREE(holder[o]) -> holder[o] = _pid }
  fi;
  /* UPDATE payments, with the order held: what it waits for may wait for it. */
  if
  :: d_step { payment[o] != 0 -> skip }
  :: d_step { payment[o] == 0 && FREE(paymentHolder[o]) -> paymentHolder[o] = _pid }
  :: d_step { payment[o] == 0 && TAKEN(paymentHolder[o]) -> confirmsWaiting[o]++ };
     if
     :: d_step { payment[o] != 0 -> confirmsWaiting[o]-- }
     :: d_step { payment[o] == 0 && FREE(paymentHolder[o]) -> paymentHolder[o] = _pid; confirmsWaiting[o]-- }
     :: d_step { DOOMED(o) -> RELEASE(o); confirmsWaiting[o]-- }; goto ended
     fi
  fi;
#else
  /* UPDATE payments */
  if
  :: d_step { payment[o] != 0 -> skip }
  :: d_step { payment[o] == 0 && FREE(paymentHolder[o]) -> paymentHolder[o] = _pid }
  :: d_step { payment[o] == 0 && TAKEN(paymentHolder[o]) -> skip };
     if
     :: d_step { payment[o] != 0 -> skip }
     :: d_step { payment[o] == 0 && FREE(paymentHolder[o]) -> paymentHolder[o] = _pid }
     fi
  fi;
#endif
  skip; /* INSERT INTO crypto_payments: seen by others when it is committed */
  skip; /* its foreign key: a lock that is in nobody's way */
  /* UPDATE orders */
  if
  :: d_step { status[o] != 0 -> skip }; goto none
  :: d_step { status[o] == 0 && FREE(holder[o]) -> holder[o] = _pid }
  :: d_step { status[o] == 0 && TAKEN(holder[o]) -> skip };
     if
     :: d_step { status[o] != 0 -> skip }; goto none
     :: d_step { status[o] == 0 && FREE(holder[o]) -> holder[o] = _pid }
     fi
  fi;
commit:
  if
  :: d_step {
       true ->
       if :: HOLDS(paymentHolder[o]) -> payment[o] = 1 :: else fi;
       if :: HOLDS(holder[o]) && status[o] == 0 -> status[o] = 1 :: else fi;
       receipts[o]++;
       RELEASE(o);
       CHECK(o)
     };
     goto ended
  fi;
none:
#ifdef IGNORES
  goto commit;
#else
  if :: d_step { true -> RELEASE(o) } fi;
#endif
ended:
end1: false
}

/* poll and admin: order to `value`. */
proctype setter(byte o; byte value) {
  if
  :: d_step { status[o] != 0 -> skip }; goto ended
  :: d_step { status[o] == 0 && FREE(holder[o]) -> holder[o] = _pid }
  :: d_step { status[o] == 0 && TAKEN(holder[o]) -> skip };
     if
     :: d_step { status[o] != 0 -> skip }; goto ended
     :: d_step { status[o] == 0 && FREE(holder[o]) -> holder[o] = _pid }
     fi
  fi;
  d_step { true -> status[o] = value; RELEASE(o); CHECK(o) };
ended:
end1: false
}

proctype cron(byte o) {
  /* UPDATE payments: first the rows to change, then the row. */
  if
  :: d_step { payment[o] != 0 || status[o] != 0 -> skip }; goto orders
  :: d_step { payment[o] == 0 && status[o] == 0 -> skip }
  fi;
  if
  :: d_step { payment[o] != 0 -> skip }
  :: d_step { payment[o] == 0 && FREE(paymentHolder[o]) -> paymentHolder[o] = _pid }
  :: d_step { payment[o] == 0 && TAKEN(paymentHolder[o]) -> skip };
     if
     :: d_step { payment[o] != 0 -> skip }
     :: d_step { payment[o] == 0 && FREE(paymentHolder[o]) -> paymentHolder[o] = _pid }
     fi
  fi;
orders:
  if
  :: d_step { status[o] != 0 && !HOLDS(paymentHolder[o]) -> skip }; goto ended
  :: d_step { status[o] != 0 && HOLDS(paymentHolder[o]) -> skip }
  :: d_step { status[o] == 0 && FREE(holder[o]) -> holder[o] = _pid }
#ifdef FORUPDATE
  :: d_step { status[o] == 0 && TAKEN(holder[o]) && HOLDS(paymentHolder[o]) -> cronsWaiting[o]++ };
     if
     :: d_step { status[o] != 0 -> cronsWaiting[o]-- }
     :: d_step { status[o] == 0 && FREE(holder[o]) -> holder[o] = _pid; cronsWaiting[o]-- }
     :: d_step { DOOMED(o) -> RELEASE(o); cronsWaiting[o]-- }; goto ended
     fi
  :: d_step { status[o] == 0 && TAKEN(holder[o]) && !HOLDS(paymentHolder[o]) -> skip };
#else
  :: d_step { status[o] == 0 && TAKEN(holder[o]) -> skip };
#endif
     if
     :: d_step { status[o] != 0 && !HOLDS(paymentHolder[o]) -> skip }; goto ended
     :: d_step { status[o] != 0 && HOLDS(paymentHolder[o]) -> skip }
     :: d_step { status[o] == 0 && FREE(holder[o]) -> holder[o] = _pid }
     fi
  fi;
  d_step {
    true ->
    if :: HOLDS(paymentHolder[o]) -> payment[o] = 2 :: else fi;
    if :: HOLDS(holder[o]) -> status[o] = 2 :: else fi;
    RELEASE(o);
    CHECK(o)
  };
ended:
end1: false
}

init {
  byte o, copy;
  atomic {
    for (o : 0 .. N - 1) {
      for (copy : 1 .. K) { run confirm(o); run setter(o, 2); run setter(o, 3); run cron(o) }
    }
    o = 0;
    copy = 0
  }
end1: false
}
