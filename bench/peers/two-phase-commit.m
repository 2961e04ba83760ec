/*
 * Two-phase commit after Lamport's TwoPhase.tla: the same abstraction, and so the same states and transitions, as
 * examples/two-phase-commit.ts. For rumur, after `cpp -P` with -DN=<resource managers>.
 */

type
  manager: 1 .. N;

var
  tm: enum { TM_INIT, TM_COMMITTED, TM_ABORTED };
  rm: array [manager] of enum { WORKING, PREPARED, COMMITTED, ABORTED };
  tm_prepared: array [manager] of boolean;
  prepared_sent: array [manager] of boolean;
  commit_sent: boolean;
  abort_sent: boolean;

startstate begin
  clear tm; clear rm; clear tm_prepared; clear prepared_sent; clear commit_sent; clear abort_sent;
end;

rule "TMCommit" tm = TM_INIT & forall i: manager do tm_prepared[i] end ==> begin
  tm := TM_COMMITTED; commit_sent := true;
end;

rule "TMAbort" tm = TM_INIT ==> begin tm := TM_ABORTED; abort_sent := true; end;

ruleset i: manager do
  rule "TMRcvPrepared" tm = TM_INIT & prepared_sent[i] ==> begin tm_prepared[i] := true; end;
  rule "RMPrepare" rm[i] = WORKING ==> begin rm[i] := PREPARED; prepared_sent[i] := true; end;
  rule "RMChooseToAbort" rm[i] = WORKING ==> begin rm[i] := ABORTED; end;
  rule "RMRcvCommitMsg" commit_sent ==> begin rm[i] := COMMITTED; end;
  rule "RMRcvAbortMsg" abort_sent ==> begin rm[i] := ABORTED; end;
end;
