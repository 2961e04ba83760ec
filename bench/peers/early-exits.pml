/*
 * containerd's shim service at 18c6503, `early-exits`, with the grain of steps of spec/revisions/early-exits.ts: it has
 * the same number of states and transitions, which test/checker/promela.deep.test.ts compares.
 *
 * One process with one control point; each action is one guarded d_step, so a state is the variables and nothing else.
 */
#include "shim.pml"

byte mu = NOBODY;

#define HANDLE_STARTED(c, p, told) \
  :: d_step { pc[c] == STARTED || pc[c] == STARTED_NIL -> \
       if \
       :: pc[c] == STARTED && has_pid[p] && told[c] -> early[c] = 1; pc[c] = EXIT_LOCK \
       :: pc[c] == STARTED && has_pid[p] && !told[c] -> running[p] = 1; pc[c] = RETURN \
       :: else -> pc[c] = RETURN \
       fi; \
       unsubscribe(c) }

/* handleProcessExit, run by a handler */
#define HANDLE_EXIT(c, p) \
  :: d_step { pc[c] == EXIT_LOCK && mu == NOBODY -> mu = c; pc[c] = EXIT_SET } \
  :: d_step { pc[c] == EXIT_SET && pmu[p] == NOBODY -> pc[c] = EXIT_SEND; set_exited(p) } \
  :: d_step { pc[c] == EXIT_SEND && pmu[p] == NOBODY -> \
       publish_of(p, E_EXIT); mu = NOBODY; early[c] = 0; pc[c] = RETURN }

#define REPLY(c) \
  :: d_step { pc[c] == RETURN -> \
       if \
       :: err[c] -> err[c] = 0; pc[c] = REFUSED \
       :: else -> pc[c] = ANSWERED; if :: c == CREATE -> mu = NOBODY :: else fi \
       fi }

init {
  do
  CLIENTS
  WORLD

  /* Create, which holds s.mu from its begin to its end */
  :: d_step { pc[CREATE] == CALLED && mu == NOBODY -> mu = CREATE; pc[CREATE] = PRESTART }
  :: d_step { pc[CREATE] == PRESTART -> subscribed[CREATE] = 1; runc[CREATE] = RUNNING; pc[CREATE] = IN_RUNC }
  :: d_step { runc[CREATE] == DONE && pc[CREATE] != REFUSED ->
       state[INIT] = P_CREATED; has_pid[INIT] = 1; runc[CREATE] = NOT_RUN; pc[CREATE] = SEND }
  :: d_step { pc[CREATE] == SEND -> known = 1; publish(INIT, E_CREATE); pc[CREATE] = STARTED }
  HANDLE_STARTED(CREATE, INIT, told_init)
  HANDLE_EXIT(CREATE, INIT)
  REPLY(CREATE)

  FIND(START, mu == NOBODY, PRESTART, REFUSED)
  :: d_step { pc[START] == PRESTART ->
       subscribed[START] = 1; if :: has_pid[INIT] -> running[INIT] = 0 :: else fi; pc[START] = CONTAINER }
  BEGIN_START(START, INIT, STARTED_NIL, STARTED)
  RUNC_FAILS(START, INIT, STARTED)
  :: d_step { pc[START] == SEND -> publish(INIT, E_START); pc[START] = STARTED }
  HANDLE_STARTED(START, INIT, told_init)
  HANDLE_EXIT(START, INIT)
  REPLY(START)

  FIND(STARTX, mu == NOBODY, PRESTART, REFUSED)
  :: d_step { pc[STARTX] == PRESTART -> subscribed[STARTX] = 1; pc[STARTX] = CONTAINER }
  BEGIN_START(STARTX, X, STARTED_NIL, STARTED)
  RUNC_FAILS(STARTX, X, STARTED)
  :: d_step { pc[STARTX] == SEND -> publish_of(X, E_START); pc[STARTX] = STARTED }
  HANDLE_STARTED(STARTX, X, told_x)
  HANDLE_EXIT(STARTX, X)
  REPLY(STARTX)

  FIND(EXEC, mu == NOBODY, CONTAINER, REFUSED)
  ADD_EXEC
  REPLY(EXEC)

  FIND(DEL, mu == NOBODY, CONTAINER, IDLE)
  FIND(DELX, mu == NOBODY, CONTAINER, IDLE)
  DELETE_PROCESSES
  :: d_step { pc[DEL] == FORGET && mu == NOBODY -> known = 0; pc[DEL] = SEND }
  :: d_step { pc[DEL] == SEND -> publish(INIT, E_DELETE); pc[DEL] = ANSWERED }

  /* processExits */
  :: d_step { loop_pc == RANGE && ec[0] != NOBODY ->
       receive_exit();
       if
       :: running[loop_of] -> running[loop_of] = 0; loop_pc = EXIT_LOCK
       :: else -> loop_of = NOBODY
       fi }
  :: d_step { loop_pc == EXIT_LOCK && mu == NOBODY -> mu = LOOP; loop_pc = EXIT_SET }
  :: d_step { loop_pc == EXIT_SET && pmu[loop_of] == NOBODY -> loop_pc = EXIT_SEND; set_exited(loop_of) }
  :: d_step { loop_pc == EXIT_SEND && pmu[loop_of] == NOBODY ->
       publish_of(loop_of, E_EXIT); mu = NOBODY; loop_of = NOBODY; loop_pc = RANGE }
  od
}
