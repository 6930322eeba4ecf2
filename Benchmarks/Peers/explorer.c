// The floor: what an explorer costs that is written by hand for two families of models and for nothing else.
//
//     gcc -O2 -DWORDS=2 -o explorer explorer.c
//     explorer pay K N [for-update] [ignore-row-count] [symmetry]
//     explorer callers n locked|unlocked [symmetry]
//
// Every reachable state is kept whole in an open-addressing table, so the answer is exact. It prints one line:
//
//     states=… transitions=… final=… deadlocked=… violating=… verdict=proved|violated seconds=…
//
// A state is a run of bytes, zero-filled up to WORDS * 8. `pay` has a block for each order:
//
//     ┌ rows ─────────┬ receipts ┬ confirm × K ┬ poll × K ┬ admin × K ┬ cron × K ┐
//     │ bits, below   │ count    │ one byte for each session                    │
//     └───────────────┴──────────┴─────────────┴──────────┴───────────┴──────────┘
//
// `callers` has one block: captures, whether the row is locked, then a byte for each caller. What a session holds
// is in its own byte; the uncommitted value follows from who holds the row. So exchanging two sessions is
// exchanging two bytes, and sorting the bytes of each role is the canonical form under symmetry.
//
// The steps are RaceSim's: BEGIN is none, COMMIT is one if the transaction holds something, coming to a locked row
// is one (the session then waits), and cron's first update takes two, since its subquery is read first. What is
// left out: the order in which sessions wait. Whoever waits may be next.

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#ifndef WORDS
#define WORDS 2
#endif

enum { BYTES = WORDS * 8, BATCH = 256 };

typedef struct {
  uint64_t word[WORDS];
} State;

static struct {
  bool isPay, locks, ignoresRowCount, hasSymmetry;
  int copies;  // sessions of one role in one block
  int roles, blocks, header, blockBytes, sessions;
} model;

// A session's byte: where it is, and what it holds. 0 is the start.
enum { PLACE = 0x0F, ENDED = 0x0F, WAITS = 0x10, HOLDS_ORDER = 0x20, HOLDS_PAYMENT = 0x40 };

// `pay`, the first byte of a block. PENDING and INITIATED are 0.
enum { ORDER = 0x03, PAID = 1, EXPIRED = 2, CANCELLED = 3 };
enum { PAYMENT = 0x0C, CONFIRMED = 0x04, PAYMENT_EXPIRED = 0x08 };
enum { ORDER_LOCKED = 0x10, PAYMENT_LOCKED = 0x20 };

// MARK: Steps

static inline void end(uint8_t *block, uint8_t *session) {
  if (*session & HOLDS_ORDER) block[0] &= ~ORDER_LOCKED;
  if (*session & HOLDS_PAYMENT) block[0] &= ~PAYMENT_LOCKED;
  *session = ENDED;
}

// Does a statement that needs a row. Returns 0 if the session cannot move, 1 if it waits from now on, 2 if it has
// the row, 3 if the statement finds no row.
static inline int reach(uint8_t *block, uint8_t *session, int matches, int locked, int holds) {
  if (!matches) {
    *session &= ~WAITS;
    return 3;
  }
  if ((block[0] & locked) && !(*session & holds)) {
    if (*session & WAITS) return 0;
    *session |= WAITS;
    return 1;
  }
  *session = (*session & ~WAITS) | holds;
  block[0] |= locked;
  return 2;
}

static inline void go(uint8_t *session, int place) { *session = (*session & ~PLACE) | place; }

static inline int reachOrder(uint8_t *block, uint8_t *session) {
  return reach(block, session, !(block[0] & ORDER), ORDER_LOCKED, HOLDS_ORDER);
}

static inline int reachPayment(uint8_t *block, uint8_t *session) {
  return reach(block, session, !(block[0] & PAYMENT), PAYMENT_LOCKED, HOLDS_PAYMENT);
}

static bool confirm(uint8_t *block, uint8_t *session) {
  int place = *session & PLACE, found;
  if (place == 0 && !model.locks) place = 1;
  switch (place) {
    case 0:  // SELECT … FOR UPDATE
      found = reach(block, session, true, ORDER_LOCKED, HOLDS_ORDER);
      if (found >= 2) go(session, 1);
      return found;
    case 1:  // UPDATE payments
      found = reachPayment(block, session);
      // Where nothing is locked first, a wait leaves the session at place 0, which means the same.
      if (found >= 2) go(session, 2);
      return found;
    case 2:  // INSERT INTO crypto_payments: seen by others when it is committed
    case 3:  // its foreign key: a lock that is in nobody's way
      go(session, place + 1);
      return true;
    case 4:  // UPDATE orders
      found = reachOrder(block, session);
      if (found >= 2) go(session, found == 2 || model.ignoresRowCount ? 5 : 6);
      return found;
    case 5:  // COMMIT
      if (*session & HOLDS_PAYMENT) block[0] = (block[0] & ~PAYMENT) | CONFIRMED;
      // The lock alone changes nothing: without the mistake, the order has been updated here.
      if ((*session & HOLDS_ORDER) && !(block[0] & ORDER)) block[0] |= PAID;
      block[1]++;
      end(block, session);
      return true;
    default:  // ROLLBACK
      end(block, session);
      return true;
  }
}

static bool setter(uint8_t *block, uint8_t *session, int status) {
  if ((*session & PLACE) == 0) {  // UPDATE orders
    int found = reachOrder(block, session);
    if (found == 2) go(session, 1);
    if (found == 3) end(block, session);
    return found;
  }
  block[0] |= status;
  end(block, session);
  return true;
}

static bool cron(uint8_t *block, uint8_t *session) {
  int found;
  switch (*session & PLACE) {
    case 0:  // UPDATE payments, the rows to change: the payment is initiated, the order pending
      go(session, block[0] & (ORDER | PAYMENT) ? 2 : 1);
      return true;
    case 1:  // UPDATE payments, the row
      found = reachPayment(block, session);
      if (found >= 2) go(session, 2);
      return found;
    case 2:  // UPDATE orders
      found = reachOrder(block, session);
      if (found >= 2) go(session, 3);
      if (found == 3 && !(*session & HOLDS_PAYMENT)) end(block, session);
      return found;
    default:  // COMMIT
      if (*session & HOLDS_PAYMENT) block[0] |= PAYMENT_EXPIRED;
      if (*session & HOLDS_ORDER) block[0] |= EXPIRED;
      end(block, session);
      return true;
  }
}

static bool call(uint8_t *block, uint8_t *session) {
  int found;
  bool isCaptured = block[1] > 0;
  switch (*session & PLACE) {
    case 0:  // SELECT status
      if (model.locks) {
        found = reach(block, session, true, ORDER_LOCKED, HOLDS_ORDER);
        if (found == 2) go(session, isCaptured ? 2 : 1);
        return found;
      }
      go(session, isCaptured ? ENDED : 1);
      return true;
    case 1:  // UPDATE payments
      found = reach(block, session, true, ORDER_LOCKED, HOLDS_ORDER);
      if (found == 2) go(session, 3);
      return found;
    case 3:  // COMMIT of a capture
      block[1]++;
      end(block, session);
      return true;
    default:  // COMMIT of a lock
      end(block, session);
      return true;
  }
}

// Takes the session's next step; false if it cannot move.
static inline bool step(uint8_t *block, int index) {
  uint8_t *session = block + model.header + index;
  if (!model.isPay) return call(block, session);
  switch (index / model.copies) {
    case 0: return confirm(block, session);
    case 1: return setter(block, session, EXPIRED);
    case 2: return setter(block, session, CANCELLED);
    default: return cron(block, session);
  }
}

// Whether the session is in a cycle of waits, so that the server may end it: a confirm that holds the order and
// waits for the payment, and a cron that holds the payment and waits for the order, which is pending: when it has
// ended, cron's wait is over.
static bool isDeadlocked(const uint8_t *block, int index) {
  const uint8_t *sessions = block + model.header;
  int role = index / model.copies;
  if (!model.isPay || !model.locks || (block[0] & ORDER)) return false;
  if (!(sessions[index] & WAITS) || (role != 0 && role != 3)) return false;
  const int confirming = WAITS | HOLDS_ORDER, expiring = WAITS | HOLDS_PAYMENT;
  bool hasConfirm = false, hasCron = false;
  for (int other = 0; other < model.copies; other++) {
    hasConfirm |= (sessions[other] & confirming) == confirming && !(sessions[other] & HOLDS_PAYMENT);
    hasCron |= (sessions[3 * model.copies + other] & expiring) == expiring;
  }
  return hasConfirm && hasCron && (sessions[index] & (role == 0 ? HOLDS_ORDER : HOLDS_PAYMENT));
}

static bool isViolating(const uint8_t *bytes) {
  for (int b = 0; b < model.blocks; b++) {
    const uint8_t *block = bytes + b * model.blockBytes;
    if (block[1] > 1) return true;
    if (model.isPay && (block[0] & PAYMENT) == CONFIRMED && (block[0] & ORDER) > PAID) return true;
  }
  return false;
}

// MARK: Symmetry

static void sortBytes(uint8_t *bytes, int count) {
  for (int i = 1; i < count; i++) {
    uint8_t byte = bytes[i];
    int j = i;
    for (; j > 0 && bytes[j - 1] > byte; j--) bytes[j] = bytes[j - 1];
    bytes[j] = byte;
  }
}

static int compareBlocks(const void *a, const void *b) { return memcmp(a, b, model.blockBytes); }

static void canonicalize(State *state) {
  uint8_t *bytes = (uint8_t *)state;
  for (int b = 0; b < model.blocks; b++)
    for (int role = 0; role < model.roles; role++)
      sortBytes(bytes + b * model.blockBytes + model.header + role * model.copies, model.copies);
  if (model.blocks > 1) qsort(bytes, model.blocks, model.blockBytes, compareBlocks);
}

// MARK: The states seen

static State *table;  // a slot of zeros is empty; the initial state is stored with its last byte set
static uint64_t mask, seen;

static inline uint64_t hash(const State *state) {
  uint64_t sum = 0x9E3779B97F4A7C15u;
  for (int i = 0; i < WORDS; i++) {
    sum = (sum ^ state->word[i]) * 0xFF51AFD7ED558CCDu;
    sum ^= sum >> 32;
  }
  return sum;
}

static inline bool isSame(const State *a, const State *b) {
  uint64_t difference = 0;
  for (int i = 0; i < WORDS; i++) difference |= a->word[i] ^ b->word[i];
  return !difference;
}

static void *allocate(size_t count, size_t size) {
  void *memory = calloc(count, size);
  if (memory) return memory;
  fprintf(stderr, "out of memory\n");
  exit(70);
}

static void grow(void) {
  State *old = table;
  uint64_t count = mask + 1;
  mask = count * 4 - 1;
  table = allocate(mask + 1, sizeof(State));
  static const State empty;
  for (uint64_t i = 0; i < count; i++) {
    if (isSame(&old[i], &empty)) continue;
    uint64_t slot = hash(&old[i]) & mask;
    while (!isSame(&table[slot], &empty)) slot = (slot + 1) & mask;
    table[slot] = old[i];
  }
  free(old);
}

// Returns whether the state is new.
static inline bool insert(const State *state, uint64_t hash) {
  static const State empty;
  uint64_t slot = hash & mask;
  while (!isSame(&table[slot], &empty)) {
    if (isSame(&table[slot], state)) return false;
    slot = (slot + 1) & mask;
  }
  table[slot] = *state;
  seen++;
  return true;
}

// MARK: The search

static State *queue;  // states to be expanded: [first, last) of a buffer that is moved down when it is full
static uint64_t first, last, room;

static void enqueue(const State *state) {
  if (last == room) {
    if (first > room / 2) {
      memmove(queue, queue + first, (last - first) * sizeof(State));
    } else {
      State *larger = allocate(room * 2, sizeof(State));
      memcpy(larger, queue + first, (last - first) * sizeof(State));
      free(queue);
      queue = larger;
      room *= 2;
    }
    last -= first;
    first = 0;
  }
  queue[last++] = *state;
}

static struct {
  uint64_t transitions, final, deadlocked, violating;
} counts;

// Appends what the state leads to; returns how many.
static int expand(const State *state, State *successors) {
  const uint8_t *bytes = (const uint8_t *)state;
  int count = 0, left = 0, doomed = 0;
  counts.violating += isViolating(bytes);
  for (int b = 0; b < model.blocks; b++) {
    const uint8_t *block = bytes + b * model.blockBytes, *sessions = block + model.header;
    for (int i = 0; i < model.sessions; i++) {
      if ((sessions[i] & PLACE) == ENDED) continue;
      left++;
      if (model.hasSymmetry && i % model.copies && sessions[i] == sessions[i - 1]) continue;
      State next = *state;
      if (step((uint8_t *)&next + b * model.blockBytes, i)) {
        successors[count++] = next;
      } else if (isDeadlocked(block, i)) {
        doomed++;
        end((uint8_t *)&next + b * model.blockBytes,
            (uint8_t *)&next + b * model.blockBytes + model.header + i);
        successors[count++] = next;
      }
    }
  }
  counts.final += !left;
  counts.deadlocked += doomed > 0;
  if (left && !count) {
    fprintf(stderr, "a state in which nobody can go on\n");
    exit(70);
  }
  return count;
}

static void search(void) {
  int most = BATCH * model.blocks * model.sessions;
  State *successors = allocate(most, sizeof(State));
  uint64_t *hashes = allocate(most, sizeof(uint64_t));
  mask = (1 << 16) - 1;
  table = allocate(mask + 1, sizeof(State));
  room = 1 << 16;
  queue = allocate(room, sizeof(State));
  State initial = {0};
  // Marks the state as no empty slot; the byte is nobody's.
  ((uint8_t *)&initial)[BYTES - 1] = 1;
  insert(&initial, hash(&initial));
  enqueue(&initial);
  while (first < last) {
    // A batch at a time: the table's lines are on their way while the next successors are made.
    int count = 0;
    for (int i = 0; i < BATCH && first < last; i++) {
      State state = queue[first++];
      int from = count;
      count += expand(&state, successors + count);
      for (int j = from; j < count; j++) {
        if (model.hasSymmetry) canonicalize(&successors[j]);
        hashes[j] = hash(&successors[j]);
        __builtin_prefetch(&table[hashes[j] & mask]);
      }
    }
    counts.transitions += count;
    for (int j = 0; j < count; j++)
      if (insert(&successors[j], hashes[j])) enqueue(&successors[j]);
    if (seen * 2 > mask) grow();
  }
}

// MARK: The command

static bool has(int count, char **words, const char *word) {
  for (int i = 0; i < count; i++)
    if (!strcmp(words[i], word)) return true;
  return false;
}

static int usage(void) {
  fprintf(stderr,
          "usage: explorer pay K N [for-update] [ignore-row-count] [symmetry]\n"
          "       explorer callers n locked|unlocked [symmetry]\n");
  return 64;
}

int main(int count, char **words) {
  model.hasSymmetry = has(count, words, "symmetry");
  model.header = 2;
  if (count >= 4 && !strcmp(words[1], "pay")) {
    model.isPay = true;
    model.copies = atoi(words[2]);
    model.blocks = atoi(words[3]);
    model.roles = 4;
    model.locks = has(count, words, "for-update");
    model.ignoresRowCount = has(count, words, "ignore-row-count");
  } else if (count >= 4 && !strcmp(words[1], "callers")) {
    model.copies = atoi(words[2]);
    model.blocks = model.roles = 1;
    model.locks = has(count, words, "locked");
  } else {
    return usage();
  }
  model.sessions = model.roles * model.copies;
  model.blockBytes = model.header + model.sessions;
  if (model.copies < 1 || model.copies > 250 || model.blocks < 1) return usage();
  if (model.blocks * model.blockBytes >= BYTES) {
    fprintf(stderr, "needs -DWORDS=%d\n", model.blocks * model.blockBytes / 8 + 1);
    return 65;
  }
  struct timespec from, to;
  clock_gettime(CLOCK_MONOTONIC, &from);
  search();
  clock_gettime(CLOCK_MONOTONIC, &to);
  double seconds = (double)(to.tv_sec - from.tv_sec) + (double)(to.tv_nsec - from.tv_nsec) / 1e9;
  printf("states=%llu transitions=%llu final=%llu deadlocked=%llu violating=%llu verdict=%s seconds=%.6f\n",
         (unsigned long long)seen, (unsigned long long)counts.transitions,
         (unsigned long long)counts.final, (unsigned long long)counts.deadlocked,
         (unsigned long long)counts.violating, counts.violating ? "violated" : "proved", seconds);
  return 0;
}
