/*
 * containerd's shim service at 301026e, `main`, with the grain of steps of spec/revisions/main.ts: it has the same number
 * of states and transitions, which test/checker/peers.deep.test.ts compares.
 *
 * With up to two execs no count ever waits for room in its channel, so s.lifecycleMu is never held over a step: the
 * assertion in count_down says so.
 */
#include "shim.pml"

#define STORE            18 /* s.containers[r.ID] = container */
#define UNCOUNT          19
#define UNCOUNT_NIL      20
#define EXIT_COUNT       21
#define HANDLE_INIT_EXIT 22
#define FORGET_INIT_EXIT 23
#define AWAIT_COUNT      24 /* <-events */
#define DEFERRED         25

short running_execs;
bit init_exit;               /* s.containerInitExit has the container */
byte room;                   /* of the channel of handleInitExit; 0: there is none */
byte first;                  /* the oldest count in it plus one; 0: it is empty */
byte second;
byte init_exit_pc = IDLE;    /* the goroutine that holds the exit of the init */

inline count_down() {
  running_execs = running_execs - 1;
  if
  :: room > 0 ->
       assert(running_execs >= 0 && (first == 0 || (room > 1 && second == 0)));
       if :: first == 0 -> first = running_execs + 1 :: else -> second = running_execs + 1 fi
  :: else
  fi
}

/* handleProcessExit, run by a handler; an exec is counted out after its exit was sent */
#define HANDLE_EXIT(c, p) \
  :: d_step { pc[c] == EXIT_SET && !HAS(busy, p) -> pc[c] = EXIT_SEND; set_exited(p) } \
  :: d_step { pc[c] == EXIT_SEND && !HAS(busy, p) -> \
       publish(p, E_EXIT); if :: p == INIT -> pc[c] = RETURN :: else -> pc[c] = EXIT_COUNT fi } \
  :: d_step { pc[c] == EXIT_COUNT -> count_down(); pc[c] = RETURN }

#define REPLY(c) \
  :: d_step { pc[c] == RETURN -> if :: HAS(err, c) -> CUT(err, c); pc[c] = REFUSED :: else -> pc[c] = ANSWERED fi }

/* An exec's Start is refused once the exit of the init was taken, and the exec is counted from here on. */
#define CALLS_OF_EXEC(p) \
  FIND(EXEC(p), true, CONTAINER, REFUSED) \
  ADD_EXEC(p) \
  REPLY(EXEC(p)) \
  FIND(START(p), true, PRESTART, REFUSED) \
  :: d_step { pc[START(p)] == PRESTART -> \
       if \
       :: init_exit -> pc[START(p)] = REFUSED \
       :: else -> PUT(subscribed, START(p)); running_execs++; pc[START(p)] = CONTAINER \
       fi } \
  START_PROCESS(p, UNCOUNT_NIL, UNCOUNT) \
  :: d_step { pc[START(p)] == UNCOUNT -> count_down(); pc[START(p)] = STARTED } \
  :: d_step { pc[START(p)] == UNCOUNT_NIL -> count_down(); pc[START(p)] = STARTED_NIL } \
  HANDLE_STARTED(START(p), p, EXIT_SET) \
  HANDLE_EXIT(START(p), p) \
  REPLY(START(p)) \
  FIND(DELETES(p), true, CONTAINER, IDLE) \
  DELETE_EXEC(p)

init {
  do
  CLIENTS
  WORLD

  :: d_step { pc[CREATE] == CALLED -> PUT(subscribed, CREATE); pc[CREATE] = RUNC }
  :: d_step { pc[CREATE] == RUNC_DONE -> state[INIT] = P_CREATED; PUT(has_pid, INIT); pc[CREATE] = STORE }
  :: d_step { pc[CREATE] == STORE -> known = 1; pc[CREATE] = SEND }
  :: d_step { pc[CREATE] == SEND -> publish(INIT, E_CREATE); pc[CREATE] = STARTED }
  HANDLE_STARTED(CREATE, INIT, EXIT_SET)
  HANDLE_EXIT(CREATE, INIT)
  REPLY(CREATE)

  FIND(START(INIT), true, PRESTART, REFUSED)
  :: d_step { pc[START(INIT)] == PRESTART ->
       PUT(subscribed, START(INIT)); CUT(running, INIT); pc[START(INIT)] = CONTAINER }
  START_PROCESS(INIT, UNCOUNT_NIL, STARTED)
  HANDLE_STARTED(START(INIT), INIT, EXIT_SET)
  HANDLE_EXIT(START(INIT), INIT)
  REPLY(START(INIT))

  FIND(DELETES(INIT), true, CONTAINER, IDLE)
  DELETE_INIT
  :: d_step { pc[DELETES(INIT)] == FORGET -> known = 0; pc[DELETES(INIT)] = SEND }
  :: d_step { pc[DELETES(INIT)] == SEND -> publish(INIT, E_DELETE); pc[DELETES(INIT)] = FORGET_INIT_EXIT }
  :: d_step { pc[DELETES(INIT)] == FORGET_INIT_EXIT -> init_exit = 0; pc[DELETES(INIT)] = ANSWERED }

  FOR_EXECS(CALLS_OF_EXEC)

  /* processExits, and the goroutine that waits for the execs of an init that has exited */
  :: d_step { loop_pc == RANGE && ec[0] != NOBODY ->
       receive_exit();
       if
       :: HAS(running, loop_of) ->
            CUT(running, loop_of);
            if :: loop_of == INIT -> init_exit = 1; loop_pc = HANDLE_INIT_EXIT :: else -> loop_pc = EXIT_SET fi
       :: else -> loop_of = NOBODY
       fi }
  :: d_step { loop_pc == HANDLE_INIT_EXIT ->
       assert(running_execs >= 0);
       if
       :: running_execs == 0 -> loop_pc = EXIT_SET
       :: else -> room = running_execs; init_exit_pc = AWAIT_COUNT; loop_of = NOBODY; loop_pc = RANGE
       fi }
  :: d_step { loop_pc == EXIT_SET && !HAS(busy, loop_of) -> loop_pc = EXIT_SEND; set_exited(loop_of) }
  :: d_step { loop_pc == EXIT_SEND && !HAS(busy, loop_of) ->
       publish(loop_of, E_EXIT);
       if :: loop_of == INIT -> loop_of = NOBODY; loop_pc = RANGE :: else -> loop_pc = EXIT_COUNT fi }
  :: d_step { loop_pc == EXIT_COUNT -> count_down(); loop_of = NOBODY; loop_pc = RANGE }
  :: d_step { init_exit_pc == AWAIT_COUNT && first > 0 ->
       if :: first == 1 -> init_exit_pc = EXIT_SET :: else fi;
       first = second; second = 0 }
  :: d_step { init_exit_pc == EXIT_SET && !HAS(busy, INIT) -> init_exit_pc = EXIT_SEND; set_exited(INIT) }
  :: d_step { init_exit_pc == EXIT_SEND && !HAS(busy, INIT) -> publish(INIT, E_EXIT); init_exit_pc = DEFERRED }
  :: d_step { init_exit_pc == DEFERRED ->
       room = 0; first = 0; second = 0; running_execs = 0; init_exit_pc = IDLE }
  od
}
