/*
 * What the Promela models of the shim's revisions have in common: one container with one exec in a private pid
 * namespace, runc, the kernel, the process objects and the events log. Written by hand beside spec/, with a state of
 * its own: that the graphs are the same tells of slips in either, and of the engines; not of a wrong reading of the Go
 * code, which both would share.
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

/* Without -DEXECS=0 and with -DDELETE: what clients call. */
#if EXECS
#define CALL_EXECS \
  CALL(EXEC, pc[CREATE] == ANSWERED && pc[START] == ANSWERED) \
  CALL(STARTX, pc[EXEC] == ANSWERED)
#else
#define CALL_EXECS
#endif
#ifdef DELETE
#if EXECS
#define CALL_DELETES CALL(DEL, pc[CREATE] == ANSWERED) CALL(DELX, pc[EXEC] == ANSWERED)
#else
#define CALL_DELETES CALL(DEL, pc[CREATE] == ANSWERED)
#endif
#else
#define CALL_DELETES
#endif
#define CLIENTS CALL(CREATE, true) CALL(START, pc[CREATE] == ANSWERED) CALL_EXECS CALL_DELETES

/* runc forks and lets the init go on; the end of the init is the end of its pid namespace, and is told last. */
#define WORLD \
  :: d_step { runc[CREATE] == RUNNING && kernel[INIT] == NONE -> kernel[INIT] = ALIVE; runc[CREATE] = DONE } \
  :: d_step { runc[STARTX] == RUNNING && kernel[X] == NONE && kernel[INIT] == ALIVE -> \
       kernel[X] = ALIVE; runc[STARTX] = DONE } \
  :: d_step { runc[START] == RUNNING && kernel[INIT] == ALIVE -> runc[START] = DONE } \
  :: d_step { kernel[INIT] == ALIVE -> end_container() } \
  :: d_step { kernel[X] == ALIVE -> kernel[X] = ZOMBIE } \
  :: d_step { kernel[INIT] == ZOMBIE && kernel[X] != ALIVE && kernel[X] != ZOMBIE -> push_exit(INIT) } \
  :: d_step { kernel[X] == ZOMBIE -> push_exit(X) }

/* runc fails for the start of a dead init, and for an exec of one. @param then where the handler stands after it */
#define RUNC_FAILS(c, p, then) \
  :: d_step { pc[c] != REFUSED && \
              (runc[c] == DOOMED || (runc[c] == RUNNING && (kernel[INIT] != ALIVE || (p == X && kernel[X] != NONE)))) -> \
       err[c] = 1; pc[c] = then; pmu[p] = NOBODY; runc[c] = NOT_RUN; \
       if :: p == X -> assert(!closed[X]); closed[X] = 1 :: else fi }

/* getContainer; `may` is whether s.mu is free */
#define FIND(c, may, then, refused) \
  :: d_step { pc[c] == CALLED && (may) -> \
       if :: known -> pc[c] = then :: else -> err[c] = 0; pc[c] = refused fi }

/* container.Start and p.Start. @param unknown, failed where the handler stands then */
#define BEGIN_START(c, p, unknown, failed) \
  :: d_step { pc[c] == CONTAINER -> \
       if \
       :: state[p] != NONE && (state[p] != P_DELETED || p == INIT) -> err[c] = 0; pc[c] = P_START \
       :: else -> err[c] = 1; pc[c] = unknown \
       fi } \
  :: d_step { pc[c] == P_START && pmu[p] == NOBODY -> \
       if \
       :: state[p] == P_CREATED -> \
            pmu[p] = c; err[c] = 0; pc[c] = IN_RUNC; \
            if :: kernel[INIT] == ALIVE -> runc[c] = RUNNING :: else -> runc[c] = DOOMED fi \
       :: else -> err[c] = 1; pc[c] = failed \
       fi } \
  :: d_step { runc[c] == DONE && pc[c] != REFUSED -> \
       state[p] = P_RUNNING; has_pid[p] = 1; pmu[p] = NOBODY; runc[c] = NOT_RUN; pc[c] = SEND }

inline set_exited(p) {
  if
  :: state[p] == P_CREATED || state[p] == P_RUNNING -> assert(!closed[p]); state[p] = P_STOPPED; closed[p] = 1
  :: else
  fi
}

/* Exec, and Delete up to runc; one that is refused may be sent again */
#define ADD_EXEC \
  :: d_step { pc[EXEC] == CONTAINER && pmu[INIT] == NOBODY -> \
       if \
       :: state[X] == NONE && (state[INIT] == P_CREATED || state[INIT] == P_RUNNING) -> \
            state[X] = P_CREATED; pc[EXEC] = SEND \
       :: else -> pc[EXEC] = REFUSED \
       fi } \
  :: d_step { pc[EXEC] == SEND -> publish(X, E_ADDED); pc[EXEC] = RETURN }

#define DELETE_PROCESSES \
  :: d_step { pc[DEL] == CONTAINER && pmu[INIT] == NOBODY -> \
       if \
       :: state[INIT] == P_CREATED || state[INIT] == P_STOPPED -> \
            pmu[INIT] = DEL; runc[DEL] = RUNNING; pc[DEL] = IN_RUNC \
       :: else -> pc[DEL] = IDLE \
       fi } \
  :: d_step { runc[DEL] == RUNNING -> \
       if :: state[INIT] == P_CREATED -> end_container() :: else fi; \
       state[INIT] = P_DELETED; pmu[INIT] = NOBODY; runc[DEL] = NOT_RUN; pc[DEL] = FORGET } \
  :: d_step { pc[DELX] == CONTAINER && pmu[X] == NOBODY -> \
       if \
       :: state[X] == P_CREATED || state[X] == P_STOPPED -> state[X] = P_DELETED; pc[DELX] = ANSWERED \
       :: else -> pc[DELX] = IDLE \
       fi }

/* processExits tells the subscribers of the next exit */
inline receive_exit() {
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
  fi
}
