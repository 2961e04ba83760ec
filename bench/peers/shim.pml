/*
 * What the Promela models of the shim's revisions have in common: one container with up to two execs in a private pid
 * namespace, runc, the kernel, the process objects and the events log. Written by hand beside spec/, with a state of
 * its own: that the graphs are the same tells of slips in either, and of the engines; not of a wrong reading of the Go
 * code, which both would share.
 *
 * Compile with -DEXECS=0, 1 or 2, and with -DDELETE for clients that delete.
 */
#ifndef EXECS
#define EXECS 1
#endif

/* Processes: the init, then its execs. */
#define INIT       0
#define PROCESSES  (EXECS + 1)

/* Calls, which are also threads, by the process that they are about. */
#define CREATE     0
#define EXEC(p)    (3 * (p))
#define START(p)   (3 * (p) + 1)
#define DELETES(p) (3 * (p) + 2)
#define CALLS      (3 * PROCESSES)
#define LOOP       9
#define NOBODY     10

/* Where a handler, or the exit loop, stands. */
#define IDLE        0
#define CALLED      1
#define PRESTART    2
#define RUNC        3  /* runc runs */
#define RUNC_DOOMED 4  /* the same, and can only fail */
#define RUNC_DONE   5  /* runc has done its work */
#define CONTAINER   6  /* container.Start, container.Exec, container.Delete */
#define P_START     7
#define SEND        8
#define STARTED     9  /* handleStarted */
#define STARTED_NIL 10
#define EXIT_LOCK   11
#define EXIT_SET    12
#define EXIT_SEND   13
#define RETURN      14
#define FORGET      15 /* delete(s.containers) */
#define ANSWERED    16
#define REFUSED     17
#define RANGE       IDLE

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

/* Events, as the log's fold keeps them; an init's exit alone has the bit 4. LATE: after the init was said to have exited. */
#define E_CREATE 1
#define E_START  2
#define E_DELETE 3
#define E_EXIT   4
#define E_ADDED  5
#define LATE     8

/* Sets of calls and of processes */
#define HAS(set, i) ((set) & (1 << (i)))
#define PUT(set, i) set = set | (1 << (i))
#define CUT(set, i) set = set & ~(1 << (i))

byte pc[CALLS] = IDLE;
byte err;                    /* calls that will return an error */
bit known;                   /* s.containers has the container */
byte running;                /* processes that s.running has under their pids */
byte subscribed;             /* calls */
byte told[PROCESSES];        /* subscribers that were told of the exit of the process' pid */
byte loop_pc = RANGE;
byte loop_of = NOBODY;       /* the process whose exit the loop handles */
byte ec[PROCESSES] = NOBODY; /* s.ec, oldest first */
byte kernel[PROCESSES] = NONE;
byte state[PROCESSES] = NONE;
byte has_pid;                /* processes */
byte busy;                   /* processes whose p.mu somebody holds */
byte closed;                 /* processes whose waitBlock is */
short log_of[PROCESSES];     /* four bits an event, the newest lowest */

#define EXITS_IN(log) ((log) & (E_EXIT << 12 | E_EXIT << 8 | E_EXIT << 4 | E_EXIT))

/* Four events at most, so none comes a third time, which the fold would leave out. */
inline publish(p, what) {
  assert(log_of[p] < 2048);
  if
  :: p != INIT && what != E_ADDED && EXITS_IN(log_of[INIT]) -> log_of[p] = (log_of[p] << 4) | (what) | LATE
  :: else -> log_of[p] = (log_of[p] << 4) | (what)
  fi
}

inline end_process(p) { if :: kernel[p] == ALIVE -> kernel[p] = ZOMBIE :: else fi }

/* FOR_EXECS(step): the step of each exec */
#if EXECS == 0
#define FOR_EXECS(step)
#elif EXECS == 1
#define FOR_EXECS(step) step(1)
#else
#define FOR_EXECS(step) step(1) step(2)
#endif

#define END_ONE(p) end_process(p);
inline end_container() { FOR_EXECS(END_ONE) end_process(INIT) }

#define IN_KERNEL(p) (kernel[p] == ALIVE || kernel[p] == ZOMBIE)
#if EXECS == 0
#define EXECS_IN_KERNEL false
#elif EXECS == 1
#define EXECS_IN_KERNEL IN_KERNEL(1)
#else
#define EXECS_IN_KERNEL (IN_KERNEL(1) || IN_KERNEL(2))
#endif

inline push_exit(p) {
  kernel[p] = REAPED;
  if
  :: ec[0] == NOBODY -> ec[0] = p
#if EXECS > 0
  :: ec[0] != NOBODY && ec[1] == NOBODY -> ec[1] = p
#endif
#if EXECS > 1
  :: ec[0] != NOBODY && ec[1] != NOBODY -> ec[2] = p
#endif
  fi
}

/* processExits tells the subscribers of the next exit */
inline receive_exit() {
  loop_of = ec[0];
#if EXECS > 0
  ec[0] = ec[1];
#endif
#if EXECS > 1
  ec[1] = ec[2];
#endif
  ec[EXECS] = NOBODY;
  told[loop_of] = told[loop_of] | subscribed
}

#define UNTELL_ONE(p) CUT(told[p], whom);
inline unsubscribe(whom) { CUT(subscribed, whom); FOR_EXECS(UNTELL_ONE) CUT(told[INIT], whom) }

#define CALL(c, cond) :: d_step { pc[c] == IDLE && (cond) -> pc[c] = CALLED }

#ifdef DELETE
#define CALL_DELETE(p) CALL(DELETES(p), pc[EXEC(p)] == ANSWERED)
#else
#define CALL_DELETE(p)
#endif

#define CALL_EXEC(p) \
  CALL(EXEC(p), pc[CREATE] == ANSWERED && pc[START(INIT)] == ANSWERED) \
  CALL(START(p), pc[EXEC(p)] == ANSWERED) \
  CALL_DELETE(p)

#define CLIENTS \
  CALL(CREATE, true) \
  CALL(START(INIT), pc[CREATE] == ANSWERED) \
  CALL_DELETE(INIT) \
  FOR_EXECS(CALL_EXEC)

/* runc forks and lets the init go on; the end of the init is the end of its pid namespace, and is told last. */
#define WORLD_OF_EXEC(p) \
  :: d_step { pc[START(p)] == RUNC && kernel[p] == NONE && kernel[INIT] == ALIVE -> \
       kernel[p] = ALIVE; pc[START(p)] = RUNC_DONE } \
  :: d_step { kernel[p] == ALIVE -> kernel[p] = ZOMBIE } \
  :: d_step { kernel[p] == ZOMBIE -> push_exit(p) }

#define WORLD \
  :: d_step { pc[CREATE] == RUNC && kernel[INIT] == NONE -> kernel[INIT] = ALIVE; pc[CREATE] = RUNC_DONE } \
  :: d_step { pc[START(INIT)] == RUNC && kernel[INIT] == ALIVE -> pc[START(INIT)] = RUNC_DONE } \
  :: d_step { kernel[INIT] == ALIVE -> end_container() } \
  :: d_step { kernel[INIT] == ZOMBIE && !EXECS_IN_KERNEL -> push_exit(INIT) } \
  FOR_EXECS(WORLD_OF_EXEC)

/* getContainer; `may` is whether s.mu is free */
#define FIND(c, may, then, refused) \
  :: d_step { pc[c] == CALLED && (may) -> if :: known -> pc[c] = then :: else -> pc[c] = refused fi }

/* container.Start, p.Start, and what runc answers. @param unknown, failed where the handler stands then */
#define START_PROCESS(p, unknown, failed) \
  :: d_step { pc[START(p)] == CONTAINER -> \
       if \
       :: state[p] != NONE && (state[p] != P_DELETED || p == INIT) -> pc[START(p)] = P_START \
       :: else -> PUT(err, START(p)); pc[START(p)] = unknown \
       fi } \
  :: d_step { pc[START(p)] == P_START && !HAS(busy, p) -> \
       if \
       :: state[p] == P_CREATED -> \
            PUT(busy, p); \
            if :: kernel[INIT] == ALIVE -> pc[START(p)] = RUNC :: else -> pc[START(p)] = RUNC_DOOMED fi \
       :: else -> PUT(err, START(p)); pc[START(p)] = failed \
       fi } \
  :: d_step { pc[START(p)] == RUNC_DONE -> \
       state[p] = P_RUNNING; PUT(has_pid, p); CUT(busy, p); pc[START(p)] = SEND } \
  :: d_step { pc[START(p)] == RUNC_DOOMED || \
              (pc[START(p)] == RUNC && (kernel[INIT] != ALIVE || (p != INIT && kernel[p] != NONE))) -> \
       PUT(err, START(p)); CUT(busy, p); pc[START(p)] = failed; \
       if :: p != INIT -> assert(!HAS(closed, p)); PUT(closed, p) :: else fi } \
  :: d_step { pc[START(p)] == SEND -> publish(p, E_START); pc[START(p)] = STARTED }

/* An exit that came early is handled now, else the process is running. @param early where the handler stands then */
#define HANDLE_STARTED(c, p, early) \
  :: d_step { pc[c] == STARTED || pc[c] == STARTED_NIL -> \
       if \
       :: pc[c] == STARTED && HAS(has_pid, p) && HAS(told[p], c) -> pc[c] = early \
       :: pc[c] == STARTED && HAS(has_pid, p) && !HAS(told[p], c) -> PUT(running, p); pc[c] = RETURN \
       :: else -> pc[c] = RETURN \
       fi; \
       unsubscribe(c) }

inline set_exited(p) {
  if
  :: state[p] == P_CREATED || state[p] == P_RUNNING ->
       assert(!HAS(closed, p)); state[p] = P_STOPPED; PUT(closed, p)
  :: else
  fi
}

/* Exec, and Delete up to runc; one that is refused may be sent again */
#define ADD_EXEC(p) \
  :: d_step { pc[EXEC(p)] == CONTAINER && !HAS(busy, INIT) -> \
       if \
       :: state[p] == NONE && (state[INIT] == P_CREATED || state[INIT] == P_RUNNING) -> \
            state[p] = P_CREATED; pc[EXEC(p)] = SEND \
       :: else -> pc[EXEC(p)] = REFUSED \
       fi } \
  :: d_step { pc[EXEC(p)] == SEND -> publish(p, E_ADDED); pc[EXEC(p)] = RETURN }

#define MAY_DELETE(p) (state[p] == P_CREATED || state[p] == P_STOPPED)

#define DELETE_EXEC(p) \
  :: d_step { pc[DELETES(p)] == CONTAINER && !HAS(busy, p) -> \
       if \
       :: MAY_DELETE(p) -> state[p] = P_DELETED; pc[DELETES(p)] = ANSWERED \
       :: else -> pc[DELETES(p)] = IDLE \
       fi }

#define DELETE_INIT \
  :: d_step { pc[DELETES(INIT)] == CONTAINER && !HAS(busy, INIT) -> \
       if \
       :: MAY_DELETE(INIT) -> PUT(busy, INIT); pc[DELETES(INIT)] = RUNC \
       :: else -> pc[DELETES(INIT)] = IDLE \
       fi } \
  :: d_step { pc[DELETES(INIT)] == RUNC -> \
       if :: state[INIT] == P_CREATED -> end_container() :: else fi; \
       state[INIT] = P_DELETED; CUT(busy, INIT); pc[DELETES(INIT)] = FORGET }
