-------------------------- MODULE TwoPhaseCommit --------------------------
(* Two-phase commit after Lamport's TwoPhase.tla: the same abstraction, and so the same states and steps, as
   test/models/two-phase-commit.ts. The set of messages only grows, so a message is a flag. *)
CONSTANT RM
VARIABLES rm, tm, tmPrepared, prepared, commit, abort
vars == <<rm, tm, tmPrepared, prepared, commit, abort>>

Init == /\ rm = [r \in RM |-> "working"]
        /\ tm = "init"
        /\ tmPrepared = {}
        /\ prepared = {}
        /\ commit = FALSE
        /\ abort = FALSE

TmCommits == /\ tm = "init" /\ tmPrepared = RM
             /\ tm' = "committed" /\ commit' = TRUE
             /\ UNCHANGED <<rm, tmPrepared, prepared, abort>>

TmAborts == /\ tm = "init"
            /\ tm' = "aborted" /\ abort' = TRUE
            /\ UNCHANGED <<rm, tmPrepared, prepared, commit>>

TmReceivesPrepared(r) == /\ tm = "init" /\ r \in prepared
                         /\ tmPrepared' = tmPrepared \union {r}
                         /\ UNCHANGED <<rm, tm, prepared, commit, abort>>

RmPrepares(r) == /\ rm[r] = "working"
                 /\ rm' = [rm EXCEPT ![r] = "prepared"] /\ prepared' = prepared \union {r}
                 /\ UNCHANGED <<tm, tmPrepared, commit, abort>>

RmChoosesToAbort(r) == /\ rm[r] = "working"
                       /\ rm' = [rm EXCEPT ![r] = "aborted"]
                       /\ UNCHANGED <<tm, tmPrepared, prepared, commit, abort>>

RmReceivesCommit(r) == /\ commit
                       /\ rm' = [rm EXCEPT ![r] = "committed"]
                       /\ UNCHANGED <<tm, tmPrepared, prepared, commit, abort>>

RmReceivesAbort(r) == /\ abort
                      /\ rm' = [rm EXCEPT ![r] = "aborted"]
                      /\ UNCHANGED <<tm, tmPrepared, prepared, commit, abort>>

Next == \/ TmCommits \/ TmAborts
        \/ \E r \in RM : \/ TmReceivesPrepared(r) \/ RmPrepares(r) \/ RmChoosesToAbort(r)
                         \/ RmReceivesCommit(r) \/ RmReceivesAbort(r)

Spec == Init /\ [][Next]_vars
===========================================================================
