/*
 * containerd's shim service at 18c6503 (`early-exits`), one container with one exec, in a private pid namespace: written
 * from the Go code and the description of the environment, apart from spec/revisions/early-exits.ts, with the same
 * grain of steps. So it has the same number of states and transitions, which test/checker/promela.test.ts compares.
 *
 * One process with one control point; each action is one guarded d_step, so a state is the variables and nothing else.
 *
 * Compile with -DEXECS=0 for no exec, with -DDELETE for clients that delete.
 */
#ifndef EXECS
#define EXECS 1
#endif

/* Calls, which are also threads, and the processes that they are about. */
#define CREATE  0
#define START   1
#define EXEC    2
#define STARTX  3
#define DEL     4
#define DELX    5
#define LOOP    6
#define NOBODY  7
#define CALLS   6
#define INIT    0
#define X       1
#define TARGET(c) ((c) == EXEC || (c) == STARTX || (c) == DELX)

/* Where a handler, or the exit loop, stands. */
#define IDLE          0
#define CALLED        1
#define PRESTART      2
#define IN_RUNC       3
#define CONTAINER     4  /* container.Start, container.Exec, container.Delete */
#define P_START       5
#define SEND          6
#define STARTED       7  /* handleStarted */
#define STARTED_NIL   8
#define EXIT_LOCK     9
#define EXIT_SET      10
#define EXIT_SEND     11
#define RETURN        12
#define FORGET        13 /* delete(s.containers) */
#define ANSWERED      14
#define REFUSED       15
#define RANGE         IDLE

/* runc, as a call has started it. */
#define NOT_RUN 0
#define RUNNING 1
#define DOOMED  2
#define DONE    3

/* A process in the kernel's table. */
#define NONE   0
#define ALIVE  1
#define ZOMBIE 2
#define REAPED 3

/* A process object; NONE is shared with the kernel's. */
#define P_CREATED 1
#define P_RUNNING 2
#define P_STOPPED 3
#define P_DELETED 4

/* Events, as the log's fold keeps them; LATE: after the init was said to have exited. */
#define E_CREATE  1
#define E_START   2
#define E_EXIT    3
#define E_DELETE  4
#define E_ADDED   5
#define LATE      8

byte pc[CALLS] = IDLE;
byte runc[CALLS] = NOT_RUN;
bit err[CALLS];
bit early[CALLS];            /* an early exit that handleStarted still has to handle */
byte mu = NOBODY;
bit known;                   /* s.containers has the container */
bit running[2];              /* s.running has the process under its pid */
bit subscribed[CALLS];
bit told_init[CALLS];        /* the subscriber was told of the exit of the init's pid */
bit told_x[CALLS];
byte loop_pc = RANGE;
byte loop_of = NOBODY;       /* the process whose exit the loop handles */
byte ec[2] = NOBODY;         /* s.ec, oldest first */
byte kernel[2] = NONE;
byte state[2] = NONE;
bit has_pid[2];
byte pmu[2] = NOBODY;
bit closed[2];               /* waitBlock */
int log_of[2];               /* four bits an event, the newest lowest */

byte twice;                  /* scratch: always 0 between steps */
int rest;

inline publish(p, what) {
  twice = 0;
  rest = log_of[p];
  do
  :: rest == 0 -> break
  :: rest != 0 -> if :: (rest & 15) == (what) -> twice++ :: else fi; rest = rest >> 4
  od;
  if :: twice < 2 -> log_of[p] = (log_of[p] << 4) | (what) :: else fi;
  twice = 0
}

inline init_has_exited() {
  twice = 0;
  rest = log_of[INIT];
  do
  :: rest == 0 -> break
  :: rest != 0 -> if :: (rest & 15) == E_EXIT -> twice = LATE :: else fi; rest = rest >> 4
  od
}

/* An event of the exec is late after the exit of its init. */
inline publish_of(p, what) {
  if
  :: (p) == X && (what) != E_ADDED -> init_has_exited(); publish_late(p, what)
  :: else -> publish(p, what)
  fi
}

byte late;
inline publish_late(p, what) {
  late = twice;
  publish(p, (what) + late);
  late = 0
}

inline unsubscribe(c) { subscribed[c] = 0; told_init[c] = 0; told_x[c] = 0 }

inline end_container() {
  if :: kernel[INIT] == ALIVE -> kernel[INIT] = ZOMBIE :: else fi;
  if :: kernel[X] == ALIVE -> kernel[X] = ZOMBIE :: else fi
}

inline push_exit(p) {
  kernel[p] = REAPED;
  if :: ec[0] == NOBODY -> ec[0] = p :: else -> ec[1] = p fi
}

#define CALL(c, cond) :: d_step { pc[c] == IDLE && (cond) -> pc[c] = CALLED }

#define FIND(c, then, refused) \
  :: d_step { pc[c] == CALLED && mu == NOBODY -> \
       if :: known -> pc[c] = then :: else -> err[c] = 0; pc[c] = refused fi }

/* container.Start and p.Start */
#define BEGIN_START(c, p) \
  :: d_step { pc[c] == CONTAINER -> \
       if \
       :: state[p] != NONE && (state[p] != P_DELETED || p == INIT) -> err[c] = 0; pc[c] = P_START \
       :: else -> err[c] = 1; pc[c] = STARTED_NIL \
       fi } \
  :: d_step { pc[c] == P_START && pmu[p] == NOBODY -> \
       if \
       :: state[p] == P_CREATED -> \
            pmu[p] = c; err[c] = 0; pc[c] = IN_RUNC; \
            if :: kernel[INIT] == ALIVE -> runc[c] = RUNNING :: else -> runc[c] = DOOMED fi \
       :: else -> err[c] = 1; pc[c] = STARTED \
       fi } \
  :: d_step { runc[c] == DONE && pc[c] != REFUSED -> \
       state[p] = P_RUNNING; has_pid[p] = 1; pmu[p] = NOBODY; runc[c] = NOT_RUN; pc[c] = SEND }

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

inline set_exited(p) {
  if
  :: state[p] == P_CREATED || state[p] == P_RUNNING -> assert(!closed[p]); state[p] = P_STOPPED; closed[p] = 1
  :: else
  fi
}

#define REPLY(c) \
  :: d_step { pc[c] == RETURN -> \
       if \
       :: err[c] -> err[c] = 0; pc[c] = REFUSED \
       :: else -> pc[c] = ANSWERED; if :: c == CREATE -> mu = NOBODY :: else fi \
       fi }

init {
  do
  /* Clients */
  CALL(CREATE, true)
  CALL(START, pc[CREATE] == ANSWERED)
#if EXECS
  CALL(EXEC, pc[CREATE] == ANSWERED && pc[START] == ANSWERED)
  CALL(STARTX, pc[EXEC] == ANSWERED)
#endif
#ifdef DELETE
  CALL(DEL, pc[CREATE] == ANSWERED)
#if EXECS
  CALL(DELX, pc[EXEC] == ANSWERED)
#endif
#endif

  /* runc */
  :: d_step { runc[CREATE] == RUNNING && kernel[INIT] == NONE -> kernel[INIT] = ALIVE; runc[CREATE] = DONE }
  :: d_step { runc[STARTX] == RUNNING && kernel[X] == NONE && kernel[INIT] == ALIVE -> kernel[X] = ALIVE; runc[STARTX] = DONE }
  :: d_step { runc[START] == RUNNING && kernel[INIT] == ALIVE -> runc[START] = DONE }
  :: d_step { pc[START] != REFUSED && (runc[START] == DOOMED || (runc[START] == RUNNING && kernel[INIT] != ALIVE)) ->
       err[START] = 1; pc[START] = STARTED; pmu[INIT] = NOBODY; runc[START] = NOT_RUN }
  :: d_step { pc[STARTX] != REFUSED &&
              (runc[STARTX] == DOOMED || (runc[STARTX] == RUNNING && (kernel[X] != NONE || kernel[INIT] != ALIVE))) ->
       err[STARTX] = 1; pc[STARTX] = STARTED; pmu[X] = NOBODY; runc[STARTX] = NOT_RUN;
       assert(!closed[X]); closed[X] = 1 }

  /* The kernel: the end of the init is the end of its pid namespace, and is told last. */
  :: d_step { kernel[INIT] == ALIVE -> end_container() }
  :: d_step { kernel[X] == ALIVE -> kernel[X] = ZOMBIE }
  :: d_step { kernel[INIT] == ZOMBIE && kernel[X] != ALIVE && kernel[X] != ZOMBIE -> push_exit(INIT) }
  :: d_step { kernel[X] == ZOMBIE -> push_exit(X) }

  /* Create, which holds s.mu from its begin to its end */
  :: d_step { pc[CREATE] == CALLED && mu == NOBODY -> mu = CREATE; pc[CREATE] = PRESTART }
  :: d_step { pc[CREATE] == PRESTART -> subscribed[CREATE] = 1; runc[CREATE] = RUNNING; pc[CREATE] = IN_RUNC }
  :: d_step { runc[CREATE] == DONE && pc[CREATE] != REFUSED ->
       state[INIT] = P_CREATED; has_pid[INIT] = 1; runc[CREATE] = NOT_RUN; pc[CREATE] = SEND }
  :: d_step { pc[CREATE] == SEND -> known = 1; publish(INIT, E_CREATE); pc[CREATE] = STARTED }
  HANDLE_STARTED(CREATE, INIT, told_init)
  HANDLE_EXIT(CREATE, INIT)
  REPLY(CREATE)

  /* Start of the init, and of the exec */
  FIND(START, PRESTART, REFUSED)
  :: d_step { pc[START] == PRESTART ->
       subscribed[START] = 1; if :: has_pid[INIT] -> running[INIT] = 0 :: else fi; pc[START] = CONTAINER }
  BEGIN_START(START, INIT)
  :: d_step { pc[START] == SEND -> publish(INIT, E_START); pc[START] = STARTED }
  HANDLE_STARTED(START, INIT, told_init)
  HANDLE_EXIT(START, INIT)
  REPLY(START)

  FIND(STARTX, PRESTART, REFUSED)
  :: d_step { pc[STARTX] == PRESTART -> subscribed[STARTX] = 1; pc[STARTX] = CONTAINER }
  BEGIN_START(STARTX, X)
  :: d_step { pc[STARTX] == SEND -> publish_of(X, E_START); pc[STARTX] = STARTED }
  HANDLE_STARTED(STARTX, X, told_x)
  HANDLE_EXIT(STARTX, X)
  REPLY(STARTX)

  /* Exec */
  FIND(EXEC, CONTAINER, REFUSED)
  :: d_step { pc[EXEC] == CONTAINER && pmu[INIT] == NOBODY ->
       if
       :: state[X] == NONE && (state[INIT] == P_CREATED || state[INIT] == P_RUNNING) -> state[X] = P_CREATED; pc[EXEC] = SEND
       :: else -> pc[EXEC] = REFUSED
       fi }
  :: d_step { pc[EXEC] == SEND -> publish(X, E_ADDED); pc[EXEC] = RETURN }
  REPLY(EXEC)

  /* Delete of the init, and of the exec; one that is refused may be sent again */
  FIND(DEL, CONTAINER, IDLE)
  :: d_step { pc[DEL] == CONTAINER && pmu[INIT] == NOBODY ->
       if
       :: state[INIT] == P_CREATED || state[INIT] == P_STOPPED -> pmu[INIT] = DEL; runc[DEL] = RUNNING; pc[DEL] = IN_RUNC
       :: else -> pc[DEL] = IDLE
       fi }
  :: d_step { runc[DEL] == RUNNING ->
       if :: state[INIT] == P_CREATED -> end_container() :: else fi;
       state[INIT] = P_DELETED; pmu[INIT] = NOBODY; runc[DEL] = NOT_RUN; pc[DEL] = FORGET }
  :: d_step { pc[DEL] == FORGET && mu == NOBODY -> known = 0; pc[DEL] = SEND }
  :: d_step { pc[DEL] == SEND -> publish(INIT, E_DELETE); pc[DEL] = ANSWERED }
  FIND(DELX, CONTAINER, IDLE)
  :: d_step { pc[DELX] == CONTAINER && pmu[X] == NOBODY ->
       if
       :: state[X] == P_CREATED || state[X] == P_STOPPED -> state[X] = P_DELETED; pc[DELX] = ANSWERED
       :: else -> pc[DELX] = IDLE
       fi }

  /* processExits */
  :: d_step { loop_pc == RANGE && ec[0] != NOBODY ->
       loop_of = ec[0]; ec[0] = ec[1]; ec[1] = NOBODY;
       if
       :: loop_of == INIT ->
            if :: subscribed[CREATE] -> told_init[CREATE] = 1 :: else fi;
            if :: subscribed[START] -> told_init[START] = 1 :: else fi;
            if :: subscribed[STARTX] -> told_init[STARTX] = 1 :: else fi
       :: else ->
            if :: subscribed[CREATE] -> told_x[CREATE] = 1 :: else fi;
            if :: subscribed[START] -> told_x[START] = 1 :: else fi;
            if :: subscribed[STARTX] -> told_x[STARTX] = 1 :: else fi
       fi;
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
