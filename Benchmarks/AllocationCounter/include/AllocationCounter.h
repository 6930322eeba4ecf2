#ifndef ALLOCATION_COUNTER_H
#define ALLOCATION_COUNTER_H

/// The allocations of the process so far; -1 where they cannot be counted.
long long allocation_count(void);

#endif
