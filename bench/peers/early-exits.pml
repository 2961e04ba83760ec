/*
 * containerd's shim service at 18c6503, `early-exits`, with the grain of steps of spec/revisions/early-exits.ts: it has
 * the same number of states and transitions, which test/checker/peers.deep.test.ts compares.
 *
 * One process with one control point; each action is one guarded d_step, so a state is the variables and nothing else.
 */
#include "shim.pml"

byte mu = NOBODY;

/* handleProcessExit, run by a handler */
#define HANDLE_EXIT(c, p) \
  :: d_step { pc[c] == EXIT_LOCK && mu == NOBODY -> mu = c; pc[c] = EXIT_SET } \
  :: d_step { pc[c] == EXIT_SET && !HAS(busy, p) -> pc[c] = EXIT_SEND; set_exited(p) } \
  :: d_step { pc[c] == EXIT_SEND && !HAS(busy, p) -> publish(p, E_EXIT); mu = NOBODY; pc[c] = RETURN }

#define REPLY(c) \
  :: d_step { pc[c] == RETURN -> \
       if \
       :: HAS(err, c) -> CUT(err, c); pc[c] = REFUSED \
       :: else -> pc[c] = ANSWERED; if :: c == CREATE -> mu = NOBODY :: else fi \
       fi }

#define START_AND_RETURN(p) \
  FIND(START(p), mu == NOBODY, PRESTART, REFUSED) \
  :: d_step { pc[START(p)] == PRESTART -> \
       PUT(subscribed, START(p)); if :: p == INIT -> CUT(running, INIT) :: else fi; pc[START(p)] = CONTAINER } \
  START_PROCESS(p, STARTED_NIL, STARTED) \
  HANDLE_STARTED(START(p), p, EXIT_LOCK) \
  HANDLE_EXIT(START(p), p) \
  REPLY(START(p))

#define CALLS_OF_EXEC(p) \
  FIND(EXEC(p), mu == NOBODY, CONTAINER, REFUSED) \
  ADD_EXEC(p) \
  REPLY(EXEC(p)) \
  START_AND_RETURN(p) \
  FIND(DELETES(p), mu == NOBODY, CONTAINER, IDLE) \
  DELETE_EXEC(p)

init {
  do
  CLIENTS
  WORLD

  /* Create, which holds s.mu from its begin to its end */
  :: d_step { pc[CREATE] == CALLED && mu == NOBODY -> mu = CREATE; pc[CREATE] = PRESTART }
  :: d_step { pc[CREATE] == PRESTART -> PUT(subscribed, CREATE); pc[CREATE] = RUNC }
  :: d_step { pc[CREATE] == RUNC_DONE -> state[INIT] = P_CREATED; PUT(has_pid, INIT); pc[CREATE] = SEND }
  :: d_step { pc[CREATE] == SEND -> known = 1; publish(INIT, E_CREATE); pc[CREATE] = STARTED }
  HANDLE_STARTED(CREATE, INIT, EXIT_LOCK)
  HANDLE_EXIT(CREATE, INIT)
  REPLY(CREATE)

  START_AND_RETURN(INIT)

  FIND(DELETES(INIT), mu == NOBODY, CONTAINER, IDLE)
  DELETE_INIT
  :: d_step { pc[DELETES(INIT)] == FORGET && mu == NOBODY -> known = 0; pc[DELETES(INIT)] = SEND }
  :: d_step { pc[DELETES(INIT)] == SEND -> publish(INIT, E_DELETE); pc[DELETES(INIT)] = ANSWERED }

  FOR_EXECS(CALLS_OF_EXEC)

  /* processExits */
  :: d_step { loop_pc == RANGE && ec[0] != NOBODY ->
       receive_exit();
       if
       :: HAS(running, loop_of) -> CUT(running, loop_of); loop_pc = EXIT_LOCK
       :: else -> loop_of = NOBODY
       fi }
  :: d_step { loop_pc == EXIT_LOCK && mu == NOBODY -> mu = LOOP; loop_pc = EXIT_SET }
  :: d_step { loop_pc == EXIT_SET && !HAS(busy, loop_of) -> loop_pc = EXIT_SEND; set_exited(loop_of) }
  :: d_step { loop_pc == EXIT_SEND && !HAS(busy, loop_of) ->
       publish(loop_of, E_EXIT); mu = NOBODY; loop_of = NOBODY; loop_pc = RANGE }
  od
}
