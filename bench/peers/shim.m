/*
 * What the Murphi models of the shim's revisions have in common: one container with up to two execs in a private pid
 * namespace, runc, the kernel, the process objects and the events log. Written by hand beside spec/, as shim.pml is.
 *
 * For rumur, after `cpp -P` with -DEXECS=0, 1 or 2, and with -DDELETE for clients that delete. A revision defines
 * whether s.mu is free, and where Start and handleStarted go on.
 */

const
  INIT: 0;
  NOBODY: -1;
  CREATE: EXECS + 1;

type
  process: 0 .. EXECS;
  perhaps: -1 .. EXECS;
  /* The calls that subscribe to exits: the Start of each process, and Create. */
  starting: 0 .. (EXECS + 1);
#if EXECS > 0
  exec: 1 .. EXECS;
#endif

  /* Where a handler, or the exit loop, stands. RUNC: runc runs; DOOMED: it can only fail; DONE: it has done its work. */
  place: enum {
    IDLE, CALLED, PRESTART, RUNC, RUNC_DOOMED, RUNC_DONE, STORE, CONTAINER, P_START, SEND, UNCOUNT, UNCOUNT_NIL,
    STARTED, STARTED_NIL, HANDLE_INIT_EXIT, EXIT_LOCK, EXIT_SET, EXIT_SEND, EXIT_COUNT, AWAIT_COUNT, DEFERRED,
    REPLY, FORGET, FORGET_INIT_EXIT, ANSWERED, REFUSED
  };
  kernel_status: enum { UNBORN, ALIVE, ZOMBIE, REAPED };
  process_state: enum { NONE, CREATED, RUNNING, STOPPED, DELETED };
  /* Events, as the log's fold keeps them; late: after the init was said to have exited. */
  event: enum { NOTHING, E_CREATE, E_ADDED, E_START, E_START_LATE, E_EXIT, E_EXIT_LATE, E_DELETE };
  place_in_log: 0..3;

var
  start_at: array [starting] of place;
  delete_at: array [process] of place;
#if EXECS > 0
  exec_at: array [exec] of place;
#endif
  err: array [process] of boolean;        /* its Start will return an error */
  known: boolean;                         /* s.containers has the container */
  running: array [process] of boolean;    /* s.running has the process under its pid */
  subscribed: array [starting] of boolean;
  told: array [starting] of array [process] of boolean;
  loop_at: place;
  loop_of: perhaps;                       /* the process whose exit the loop handles */
  ec: array [process] of perhaps;         /* s.ec, oldest first */
  kernel: array [process] of kernel_status;
  state: array [process] of process_state;
  has_pid: array [process] of boolean;
  busy: array [process] of boolean;       /* somebody holds p.mu */
  closed: array [process] of boolean;     /* waitBlock */
  log_of: array [process] of array [place_in_log] of event;

procedure ClearShim(); begin
  clear start_at; clear delete_at; clear err; clear known; clear running; clear subscribed; clear told; clear loop_at;
  clear loop_of; clear ec; clear kernel; clear state; clear has_pid; clear busy; clear closed; clear log_of;
#if EXECS > 0
  clear exec_at;
#endif
end;

function Target(s: starting): process; begin
  if s = CREATE then return INIT; else return s; end;
end;

/* Four events at most, so none comes a third time, which the fold would leave out. */
procedure Publish(p: process; what: event); begin
  for i: place_in_log do
    if log_of[p][i] = NOTHING then log_of[p][i] := what; return; end;
  end;
  error "a fifth event";
end;

function IsLate(p: process): boolean; begin
  return p != INIT & exists i: place_in_log do log_of[INIT][i] = E_EXIT end;
end;

procedure PublishStart(p: process); begin
  if IsLate(p) then Publish(p, E_START_LATE); else Publish(p, E_START); end;
end;

procedure PublishExit(p: process); begin
  if IsLate(p) then Publish(p, E_EXIT_LATE); else Publish(p, E_EXIT); end;
end;

procedure EndContainer(); begin
  for p: process do if kernel[p] = ALIVE then kernel[p] := ZOMBIE; end; end;
end;

function IsInKernel(p: process): boolean; begin
  return kernel[p] = ALIVE | kernel[p] = ZOMBIE;
end;

procedure CloseWaitBlock(p: process); begin
  assert !closed[p];
  closed[p] := true;
end;

procedure SetExited(p: process); begin
  if state[p] = CREATED | state[p] = RUNNING then state[p] := STOPPED; CloseWaitBlock(p); end;
end;

/* processExits tells the subscribers of the next exit, and takes its process out of `running`. */
procedure ReceiveExit(); begin
  loop_of := ec[0];
#if EXECS > 0
  for x: exec do ec[x - 1] := ec[x]; end;
#endif
  ec[EXECS] := NOBODY;
  for s: starting do if subscribed[s] then told[s][loop_of] := true; end; end;
end;

procedure EndLoop(); begin
  loop_of := NOBODY;
  loop_at := IDLE;
end;

function MayDelete(p: process): boolean; begin
  return state[p] = CREATED | state[p] = STOPPED;
end;

/* What clients call. */

rule "ClientCreates" start_at[CREATE] = IDLE ==> begin start_at[CREATE] := CALLED; end;

rule "ClientStarts" start_at[INIT] = IDLE & start_at[CREATE] = ANSWERED ==> begin start_at[INIT] := CALLED; end;

#ifdef DELETE
rule "ClientDeletes" delete_at[INIT] = IDLE & start_at[CREATE] = ANSWERED ==> begin delete_at[INIT] := CALLED; end;
#endif

/* runc forks and lets the init go on; the end of the init is the end of its pid namespace, and is told last. */

rule "RuncForks" start_at[CREATE] = RUNC & kernel[INIT] = UNBORN ==> begin
  kernel[INIT] := ALIVE; start_at[CREATE] := RUNC_DONE;
end;

rule "RuncReleasesInit" start_at[INIT] = RUNC & kernel[INIT] = ALIVE ==> begin start_at[INIT] := RUNC_DONE; end;

ruleset p: process do
  rule "ProcessExits" kernel[p] = ALIVE ==> begin
    if p = INIT then EndContainer(); else kernel[p] := ZOMBIE; end;
  end;

  rule "KernelReaps" kernel[p] = ZOMBIE & (p != INIT | forall x: process do x = INIT | !IsInKernel(x) end) ==>
  begin
    kernel[p] := REAPED;
    for i: process do if ec[i] = NOBODY then ec[i] := p; return; end; end;
  end;
end;

/* Start: getContainer, then (after preStart) container.Start, p.Start, and what runc answers */

ruleset p: process do
  rule "ShimFindsContainer" start_at[p] = CALLED & S_MU_IS_FREE ==> begin
    if known then start_at[p] := PRESTART; else start_at[p] := REFUSED; end;
  end;

  rule "ShimFindsProcess" start_at[p] = CONTAINER ==> begin
    if state[p] != NONE & (state[p] != DELETED | p = INIT) then
      start_at[p] := P_START;
    else
      err[p] := true; start_at[p] := AFTER_UNKNOWN;
    end;
  end;

  rule "ShimStartsProcess" start_at[p] = P_START & !busy[p] ==> begin
    if state[p] != CREATED then
      err[p] := true; start_at[p] := AFTER_FAILED(p);
    else
      busy[p] := true;
      if kernel[INIT] = ALIVE then start_at[p] := RUNC; else start_at[p] := RUNC_DOOMED; end;
    end;
  end;

  rule "RuncReturns" start_at[p] = RUNC_DONE ==> begin
    state[p] := RUNNING; has_pid[p] := true; busy[p] := false; start_at[p] := SEND;
  end;

  rule "RuncFails"
    start_at[p] = RUNC_DOOMED |
    (start_at[p] = RUNC & (kernel[INIT] != ALIVE | (p != INIT & kernel[p] != UNBORN))) ==>
  begin
    err[p] := true; busy[p] := false; start_at[p] := AFTER_FAILED(p);
    if p != INIT then CloseWaitBlock(p); end;
  end;

  rule "ShimPublishesStart" start_at[p] = SEND ==> begin PublishStart(p); start_at[p] := STARTED; end;
end;

ruleset s: starting do
  rule "ShimHandlesStarted" start_at[s] = STARTED | start_at[s] = STARTED_NIL ==>
  var p: process;
  begin
    p := Target(s);
    if start_at[s] = STARTED & has_pid[p] & told[s][p] then
      start_at[s] := EARLY_EXIT;
    else
      if start_at[s] = STARTED & has_pid[p] then running[p] := true; end;
      start_at[s] := REPLY;
    end;
    subscribed[s] := false;
    clear told[s];
  end;

  rule "ShimReplies" start_at[s] = REPLY ==> begin
    if s != CREATE & err[Target(s)] then
      err[Target(s)] := false; start_at[s] := REFUSED;
    else
      start_at[s] := ANSWERED; AFTER_REPLY(s);
    end;
  end;
end;

/* Delete of the init up to runc; one that is refused may be sent again */

rule "ShimFindsContainer" delete_at[INIT] = CALLED & S_MU_IS_FREE ==> begin
  if known then delete_at[INIT] := CONTAINER; else delete_at[INIT] := IDLE; end;
end;

rule "ShimDeletesProcess" delete_at[INIT] = CONTAINER & !busy[INIT] ==> begin
  if MayDelete(INIT) then busy[INIT] := true; delete_at[INIT] := RUNC; else delete_at[INIT] := IDLE; end;
end;

rule "RuncReturns" delete_at[INIT] = RUNC ==> begin
  if state[INIT] = CREATED then EndContainer(); end;
  state[INIT] := DELETED; busy[INIT] := false; delete_at[INIT] := FORGET;
end;

rule "ShimForgetsContainer" delete_at[INIT] = FORGET & S_MU_IS_FREE ==> begin
  known := false; delete_at[INIT] := SEND;
end;

#if EXECS > 0
ruleset x: exec do
  rule "ClientExecs" exec_at[x] = IDLE & start_at[CREATE] = ANSWERED & start_at[INIT] = ANSWERED ==> begin
    exec_at[x] := CALLED;
  end;

  rule "ClientStarts" start_at[x] = IDLE & exec_at[x] = ANSWERED ==> begin start_at[x] := CALLED; end;

  rule "RuncForks" start_at[x] = RUNC & kernel[x] = UNBORN & kernel[INIT] = ALIVE ==> begin
    kernel[x] := ALIVE; start_at[x] := RUNC_DONE;
  end;

  rule "ShimFindsContainer" exec_at[x] = CALLED & S_MU_IS_FREE ==> begin
    if known then exec_at[x] := CONTAINER; else exec_at[x] := REFUSED; end;
  end;

  rule "ShimAddsExec" exec_at[x] = CONTAINER & !busy[INIT] ==> begin
    if state[x] = NONE & (state[INIT] = CREATED | state[INIT] = RUNNING) then
      state[x] := CREATED; exec_at[x] := SEND;
    else
      exec_at[x] := REFUSED;
    end;
  end;

  rule "ShimPublishesExecAdded" exec_at[x] = SEND ==> begin Publish(x, E_ADDED); exec_at[x] := REPLY; end;

  rule "ShimReplies" exec_at[x] = REPLY ==> begin exec_at[x] := ANSWERED; end;

#ifdef DELETE
  rule "ClientDeletes" delete_at[x] = IDLE & exec_at[x] = ANSWERED ==> begin delete_at[x] := CALLED; end;

  rule "ShimFindsContainer" delete_at[x] = CALLED & S_MU_IS_FREE ==> begin
    if known then delete_at[x] := CONTAINER; else delete_at[x] := IDLE; end;
  end;

  rule "ShimDeletesProcess" delete_at[x] = CONTAINER & !busy[x] ==> begin
    if MayDelete(x) then state[x] := DELETED; delete_at[x] := ANSWERED; else delete_at[x] := IDLE; end;
  end;
#endif
end;
#endif
