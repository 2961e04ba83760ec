/** Explores any {@link Model}; knows nothing of containers. */
export { assertHolds } from './assert-holds.ts';
export { explore } from './explore.ts';
export type { ActionCoverage, Coverage, SlotCoverage } from './fast/coverage.ts';
export { distinctWays, type Way } from './graph/distinct.ts';
export {
  checkLiveness,
  type Lasso,
  type LiveClaim,
  type LivenessOptions,
  type LiveReport,
  type LiveResult,
  type WholeClaim,
} from './graph/liveness.ts';
export { CancelledError } from './graph/pulse.ts';
export { Abstract, checkRefinement, type Mismatch, type Refinement, type View } from './graph/refinement.ts';
export {
  type Met,
  type Simulation,
  type SimulationOptions,
  simulate,
  type WalkProgress,
} from './graph/simulate.ts';
export { type Edge, type GraphProgress, StateGraph } from './graph/state-graph.ts';
export type { Engine, Limits, Progress, Reduction, Watching } from './limits.ts';
export { ModelError } from './misuse.ts';
export type { Model, Symmetry } from './model.ts';
export { OptionError } from './option-checks.ts';
export type { DiagramLevel, Exploration, SearchOptions, StateDiagram } from './options.ts';
export { always, onStep, type Property, type PropertyDetails, quiescent, sometimes } from './property.ts';
export { ReplayError, replay, type Step } from './replay.ts';
export { stepsText, traceText } from './trace-text.ts';
export type { Report, Result, Stop, Verdict } from './verdict.ts';
export type { WholeModel, WholeProperty } from './whole-model.ts';
