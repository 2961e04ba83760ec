/*
 * containerd's shim service at 301026e, `main`, with the grain of steps of spec/revisions/main.ts: it has the same number
 * of states and transitions, which test/checker/peers.deep.test.ts compares.
 *
 * With up to two execs no count ever waits for room in its channel, so s.lifecycleMu is never held over a step: the
 * assertion in CountDown says so.
 */

#define S_MU_IS_FREE    true
#define AFTER_UNKNOWN   UNCOUNT_NIL
#define AFTER_FAILED(p) (p = INIT ? STARTED : UNCOUNT)
#define EARLY_EXIT      EXIT_SET
#define AFTER_REPLY(s)

#include "shim.m"

type
  count: 0 .. EXECS;

var
  running_execs: -1 .. EXECS;
  init_exit: boolean;     /* s.containerInitExit has the container */
  room: count;            /* of the channel of handleInitExit; 0: there is none */
  counts: count;          /* how many are in it */
  oldest: count;          /* 0 where there is none */
  newest: count;          /* 0 where there are not two */
  init_exit_at: place;    /* the goroutine that holds the exit of the init */

procedure CountDown(); begin
  running_execs := running_execs - 1;
  if room > 0 then
    assert counts < room;
    if counts = 0 then oldest := running_execs; else newest := running_execs; end;
    counts := counts + 1;
  end;
end;

procedure ClearChannel(); begin
  clear room; clear counts; clear oldest; clear newest;
end;

startstate begin
  ClearShim(); ClearChannel(); clear init_exit; clear init_exit_at;
  running_execs := 0;
end;

rule "ShimSubscribes" start_at[CREATE] = CALLED ==> begin subscribed[CREATE] := true; start_at[CREATE] := RUNC; end;

rule "RuncReturns" start_at[CREATE] = RUNC_DONE ==> begin
  state[INIT] := CREATED; has_pid[INIT] := true; start_at[CREATE] := STORE;
end;

rule "ShimStoresContainer" start_at[CREATE] = STORE ==> begin known := true; start_at[CREATE] := SEND; end;

rule "ShimPublishesCreate" start_at[CREATE] = SEND ==> begin
  Publish(INIT, E_CREATE); start_at[CREATE] := STARTED;
end;

rule "ShimSubscribes" start_at[INIT] = PRESTART ==> begin
  subscribed[INIT] := true; running[INIT] := false; start_at[INIT] := CONTAINER;
end;

/* handleProcessExit, run by a handler; an exec is counted out after its exit was sent */

ruleset s: starting do
  rule "ShimSetsExited" start_at[s] = EXIT_SET & !busy[Target(s)] ==> begin
    start_at[s] := EXIT_SEND; SetExited(Target(s));
  end;

  rule "ShimPublishesExit" start_at[s] = EXIT_SEND & !busy[Target(s)] ==> begin
    PublishExit(Target(s));
    if Target(s) = INIT then start_at[s] := REPLY; else start_at[s] := EXIT_COUNT; end;
  end;
end;

#if EXECS > 0
ruleset x: exec do
  /* An exec's Start is refused once the exit of the init was taken, and the exec is counted from here on. */
  rule "ShimSubscribes" start_at[x] = PRESTART ==> begin
    if init_exit then
      start_at[x] := REFUSED;
    else
      subscribed[x] := true; running_execs := running_execs + 1; start_at[x] := CONTAINER;
    end;
  end;

  rule "ShimUncounts" start_at[x] = UNCOUNT ==> begin CountDown(); start_at[x] := STARTED; end;

  rule "ShimUncounts" start_at[x] = UNCOUNT_NIL ==> begin CountDown(); start_at[x] := STARTED_NIL; end;

  rule "ShimCounts" start_at[x] = EXIT_COUNT ==> begin CountDown(); start_at[x] := REPLY; end;
end;
#endif

rule "ShimPublishesDelete" delete_at[INIT] = SEND ==> begin
  Publish(INIT, E_DELETE); delete_at[INIT] := FORGET_INIT_EXIT;
end;

rule "ShimForgetsInitExit" delete_at[INIT] = FORGET_INIT_EXIT ==> begin
  init_exit := false; delete_at[INIT] := ANSWERED;
end;

/* processExits, and the goroutine that waits for the execs of an init that has exited */

rule "ShimReceivesExit" loop_at = IDLE & ec[0] != NOBODY ==> begin
  ReceiveExit();
  if !running[loop_of] then
    loop_of := NOBODY;
  else
    running[loop_of] := false;
    if loop_of = INIT then init_exit := true; loop_at := HANDLE_INIT_EXIT; else loop_at := EXIT_SET; end;
  end;
end;

rule "ShimHandlesInitExit" loop_at = HANDLE_INIT_EXIT ==> begin
  if running_execs = 0 then
    loop_at := EXIT_SET;
  else
    room := running_execs; init_exit_at := AWAIT_COUNT; EndLoop();
  end;
end;

rule "ShimSetsExited" loop_at = EXIT_SET & !busy[loop_of] ==> begin loop_at := EXIT_SEND; SetExited(loop_of); end;

rule "ShimPublishesExit" loop_at = EXIT_SEND & !busy[loop_of] ==> begin
  PublishExit(loop_of);
  if loop_of = INIT then EndLoop(); else loop_at := EXIT_COUNT; end;
end;

rule "ShimCounts" loop_at = EXIT_COUNT ==> begin CountDown(); EndLoop(); end;

rule "ShimReceivesCount" init_exit_at = AWAIT_COUNT & counts > 0 ==> begin
  if oldest = 0 then init_exit_at := EXIT_SET; end;
  oldest := newest; newest := 0; counts := counts - 1;
end;

rule "ShimSetsExited" init_exit_at = EXIT_SET & !busy[INIT] ==> begin init_exit_at := EXIT_SEND; SetExited(INIT); end;

rule "ShimPublishesExit" init_exit_at = EXIT_SEND & !busy[INIT] ==> begin
  PublishExit(INIT); init_exit_at := DEFERRED;
end;

rule "ShimEndsInitExit" init_exit_at = DEFERRED ==> begin
  ClearChannel(); running_execs := 0; init_exit_at := IDLE;
end;
