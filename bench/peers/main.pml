/*
 * containerd's shim service at 301026e, `main`, with the grain of steps of spec/revisions/main.ts: it has the same number
 * of states and transitions, which test/checker/promela.deep.test.ts compares.
 *
 * With one exec no count ever waits for room in its channel, so s.lifecycleMu is never held over a step: the assertion
 * in count_down says so.
 */
#include "shim.pml"

#define STORE            16 /* s.containers[r.ID] = container */
#define UNCOUNT          17
#define UNCOUNT_NIL      18
#define EXIT_COUNT       19
#define HANDLE_INIT_EXIT 20
#define FORGET_INIT_EXIT 21
#define AWAIT_COUNT      22 /* <-events */
#define DEFERRED         23

/* The channel of handleInitExit: none, empty, or with the count 0 in it. */
#define NO_CHANNEL 0
#define EMPTY      1
#define FULL       2

short running_execs;
bit init_exit;               /* s.containerInitExit has the container */
byte channel = NO_CHANNEL;
byte init_exit_pc = IDLE;    /* the goroutine that holds the exit of the init */

inline count_down() {
  running_execs = running_execs - 1;
  if
  :: channel != NO_CHANNEL -> assert(channel == EMPTY && running_execs == 0); channel = FULL
  :: else
  fi
}

#define HANDLE_STARTED(c, p, told) \
  :: d_step { pc[c] == STARTED || pc[c] == STARTED_NIL -> \
       if \
       :: pc[c] == STARTED && has_pid[p] && told[c] -> early[c] = 1; pc[c] = EXIT_SET \
       :: pc[c] == STARTED && has_pid[p] && !told[c] -> running[p] = 1; pc[c] = RETURN \
       :: else -> pc[c] = RETURN \
       fi; \
       unsubscribe(c) }

/* handleProcessExit, run by a handler; an exec is counted out after its exit was sent */
#define HANDLE_EXIT(c, p) \
  :: d_step { pc[c] == EXIT_SET && pmu[p] == NOBODY -> pc[c] = EXIT_SEND; set_exited(p) } \
  :: d_step { pc[c] == EXIT_SEND && pmu[p] == NOBODY -> \
       publish_of(p, E_EXIT); \
       if :: p == INIT -> early[c] = 0; pc[c] = RETURN :: else -> pc[c] = EXIT_COUNT fi } \
  :: d_step { pc[c] == EXIT_COUNT -> count_down(); early[c] = 0; pc[c] = RETURN }

#define REPLY(c) \
  :: d_step { pc[c] == RETURN -> \
       if :: err[c] -> err[c] = 0; pc[c] = REFUSED :: else -> pc[c] = ANSWERED fi }

init {
  do
  CLIENTS
  WORLD

  :: d_step { pc[CREATE] == CALLED -> subscribed[CREATE] = 1; runc[CREATE] = RUNNING; pc[CREATE] = IN_RUNC }
  :: d_step { runc[CREATE] == DONE && pc[CREATE] != REFUSED ->
       state[INIT] = P_CREATED; has_pid[INIT] = 1; runc[CREATE] = NOT_RUN; pc[CREATE] = STORE }
  :: d_step { pc[CREATE] == STORE -> known = 1; pc[CREATE] = SEND }
  :: d_step { pc[CREATE] == SEND -> publish(INIT, E_CREATE); pc[CREATE] = STARTED }
  HANDLE_STARTED(CREATE, INIT, told_init)
  HANDLE_EXIT(CREATE, INIT)
  REPLY(CREATE)

  FIND(START, true, PRESTART, REFUSED)
  :: d_step { pc[START] == PRESTART ->
       subscribed[START] = 1; if :: has_pid[INIT] -> running[INIT] = 0 :: else fi; pc[START] = CONTAINER }
  BEGIN_START(START, INIT, UNCOUNT_NIL, STARTED)
  RUNC_FAILS(START, INIT, STARTED)
  :: d_step { pc[START] == SEND -> publish(INIT, E_START); pc[START] = STARTED }
  HANDLE_STARTED(START, INIT, told_init)
  HANDLE_EXIT(START, INIT)
  REPLY(START)

  /* An exec is refused once the exit of the init was taken, and counted from here on. */
  FIND(STARTX, true, PRESTART, REFUSED)
  :: d_step { pc[STARTX] == PRESTART ->
       if
       :: init_exit -> err[STARTX] = 0; pc[STARTX] = REFUSED
       :: else -> subscribed[STARTX] = 1; running_execs++; pc[STARTX] = CONTAINER
       fi }
  BEGIN_START(STARTX, X, UNCOUNT_NIL, UNCOUNT)
  RUNC_FAILS(STARTX, X, UNCOUNT)
  :: d_step { pc[STARTX] == UNCOUNT -> count_down(); pc[STARTX] = STARTED }
  :: d_step { pc[STARTX] == UNCOUNT_NIL -> count_down(); pc[STARTX] = STARTED_NIL }
  :: d_step { pc[STARTX] == SEND -> publish_of(X, E_START); pc[STARTX] = STARTED }
  HANDLE_STARTED(STARTX, X, told_x)
  HANDLE_EXIT(STARTX, X)
  REPLY(STARTX)

  FIND(EXEC, true, CONTAINER, REFUSED)
  ADD_EXEC
  REPLY(EXEC)

  FIND(DEL, true, CONTAINER, IDLE)
  FIND(DELX, true, CONTAINER, IDLE)
  DELETE_PROCESSES
  :: d_step { pc[DEL] == FORGET -> known = 0; pc[DEL] = SEND }
  :: d_step { pc[DEL] == SEND -> publish(INIT, E_DELETE); pc[DEL] = FORGET_INIT_EXIT }
  :: d_step { pc[DEL] == FORGET_INIT_EXIT -> init_exit = 0; pc[DEL] = ANSWERED }

  /* processExits, and the goroutine that waits for the execs of an init that has exited */
  :: d_step { loop_pc == RANGE && ec[0] != NOBODY ->
       receive_exit();
       if
       :: running[loop_of] ->
            running[loop_of] = 0;
            if :: loop_of == INIT -> init_exit = 1; loop_pc = HANDLE_INIT_EXIT :: else -> loop_pc = EXIT_SET fi
       :: else -> loop_of = NOBODY
       fi }
  :: d_step { loop_pc == HANDLE_INIT_EXIT ->
       assert(running_execs >= 0);
       if
       :: running_execs == 0 -> loop_pc = EXIT_SET
       :: else -> channel = EMPTY; init_exit_pc = AWAIT_COUNT; loop_of = NOBODY; loop_pc = RANGE
       fi }
  :: d_step { loop_pc == EXIT_SET && pmu[loop_of] == NOBODY -> loop_pc = EXIT_SEND; set_exited(loop_of) }
  :: d_step { loop_pc == EXIT_SEND && pmu[loop_of] == NOBODY ->
       publish_of(loop_of, E_EXIT);
       if :: loop_of == INIT -> loop_of = NOBODY; loop_pc = RANGE :: else -> loop_pc = EXIT_COUNT fi }
  :: d_step { loop_pc == EXIT_COUNT -> count_down(); loop_of = NOBODY; loop_pc = RANGE }
  :: d_step { init_exit_pc == AWAIT_COUNT && channel == FULL -> channel = EMPTY; init_exit_pc = EXIT_SET }
  :: d_step { init_exit_pc == EXIT_SET && pmu[INIT] == NOBODY -> init_exit_pc = EXIT_SEND; set_exited(INIT) }
  :: d_step { init_exit_pc == EXIT_SEND && pmu[INIT] == NOBODY -> publish(INIT, E_EXIT); init_exit_pc = DEFERRED }
  :: d_step { init_exit_pc == DEFERRED -> channel = NO_CHANNEL; running_execs = 0; init_exit_pc = IDLE }
  od
}
