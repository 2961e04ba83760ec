/*
 * Two-phase commit after Lamport's TwoPhase.tla: the same abstraction, and so the same states and
 * transitions, as test/models/two-phase-commit.ts. One process with one control point; each action is one
 * guarded d_step, so a state is the variables and nothing else.
 *
 * Compile with -DN=<resource managers>, 3 to 9.
 */
#ifndef N
#define N 3
#endif

#define WORKING   0
#define PREPARED  1
#define COMMITTED 2
#define ABORTED   3

#define TM_INIT      0
#define TM_COMMITTED 1
#define TM_ABORTED   2

unsigned tm : 2 = TM_INIT;
bit commit_sent = 0;
bit abort_sent = 0;
byte rm[N] = WORKING;
short tm_prepared = 0;
short prepared_sent = 0;

#define EVERY ((1 << N) - 1)

#define MANAGER(i) \
  :: d_step { tm == TM_INIT && (prepared_sent & (1 << i)) -> tm_prepared = tm_prepared | (1 << i) } \
  :: d_step { rm[i] == WORKING -> rm[i] = PREPARED; prepared_sent = prepared_sent | (1 << i) } \
  :: d_step { rm[i] == WORKING -> rm[i] = ABORTED } \
  :: d_step { commit_sent -> rm[i] = COMMITTED } \
  :: d_step { abort_sent -> rm[i] = ABORTED }

active proctype TwoPhase() {
  do
  :: d_step { tm == TM_INIT && tm_prepared == EVERY -> tm = TM_COMMITTED; commit_sent = 1 }
  :: d_step { tm == TM_INIT -> tm = TM_ABORTED; abort_sent = 1 }
  MANAGER(0)
  MANAGER(1)
  MANAGER(2)
#if N > 3
  MANAGER(3)
#endif
#if N > 4
  MANAGER(4)
#endif
#if N > 5
  MANAGER(5)
#endif
#if N > 6
  MANAGER(6)
#endif
#if N > 7
  MANAGER(7)
#endif
#if N > 8
  MANAGER(8)
#endif
  od
}
