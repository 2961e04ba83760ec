/*
 * containerd's shim service at 18c6503, `early-exits`, with the grain of steps of spec/revisions/early-exits.ts: it has
 * the same number of states and transitions, which test/checker/peers.deep.test.ts compares.
 */

/* Create holds s.mu from its begin to its end. */
#define S_MU_IS_FREE    !mu
#define AFTER_UNKNOWN   STARTED_NIL
#define AFTER_FAILED(p) STARTED
#define EARLY_EXIT      EXIT_LOCK
#define AFTER_REPLY(s)  if s = CREATE then mu := false; end

var
  mu: boolean;

#include "shim.m"

startstate begin ClearShim(); clear mu; end;

rule "ShimLocksService" start_at[CREATE] = CALLED & !mu ==> begin mu := true; start_at[CREATE] := PRESTART; end;

rule "RuncReturns" start_at[CREATE] = RUNC_DONE ==> begin
  state[INIT] := CREATED; has_pid[INIT] := true; start_at[CREATE] := SEND;
end;

rule "ShimPublishesCreate" start_at[CREATE] = SEND ==> begin
  known := true; Publish(INIT, E_CREATE); start_at[CREATE] := STARTED;
end;

ruleset s: starting do
  rule "ShimSubscribes" start_at[s] = PRESTART ==> begin
    subscribed[s] := true;
    if s = INIT then running[INIT] := false; end;
    if s = CREATE then start_at[s] := RUNC; else start_at[s] := CONTAINER; end;
  end;

  /* handleProcessExit, run by a handler */
  rule "ShimLocksForExit" start_at[s] = EXIT_LOCK & !mu ==> begin mu := true; start_at[s] := EXIT_SET; end;

  rule "ShimSetsExited" start_at[s] = EXIT_SET & !busy[Target(s)] ==> begin
    start_at[s] := EXIT_SEND; SetExited(Target(s));
  end;

  rule "ShimPublishesExit" start_at[s] = EXIT_SEND & !busy[Target(s)] ==> begin
    PublishExit(Target(s)); mu := false; start_at[s] := REPLY;
  end;
end;

rule "ShimPublishesDelete" delete_at[INIT] = SEND ==> begin Publish(INIT, E_DELETE); delete_at[INIT] := ANSWERED; end;

/* processExits */

rule "ShimReceivesExit" loop_at = IDLE & ec[0] != NOBODY ==> begin
  ReceiveExit();
  if running[loop_of] then running[loop_of] := false; loop_at := EXIT_LOCK; else loop_of := NOBODY; end;
end;

rule "ShimLocksForExit" loop_at = EXIT_LOCK & !mu ==> begin mu := true; loop_at := EXIT_SET; end;

rule "ShimSetsExited" loop_at = EXIT_SET & !busy[loop_of] ==> begin loop_at := EXIT_SEND; SetExited(loop_of); end;

rule "ShimPublishesExit" loop_at = EXIT_SEND & !busy[loop_of] ==> begin
  PublishExit(loop_of); mu := false; EndLoop();
end;
