/** Explores any {@link Model}; knows nothing of containers. */
export { memoryMaxBytesDefault } from './bounds.ts';
export type { ActionCoverage, Coverage, SlotCoverage } from './fast/coverage.ts';
export { exploreFast } from './fast/search.ts';
export { causesOf } from './graph/causes.ts';
export { distinctWays, type Way } from './graph/distinct.ts';
export { type ActionFootprint, footprintsOf } from './graph/footprints.ts';
export {
  checkLiveness,
  type Lasso,
  type LiveClaim,
  type LiveReport,
  type LiveResult,
  restClaims,
} from './graph/liveness.ts';
export { Abstract, checkRefinement, type Mismatch, type Refinement, type View } from './graph/refinement.ts';
export { type Met, type Simulation, type SimulationOptions, simulate } from './graph/simulate.ts';
export { type Edge, StateGraph } from './graph/state-graph.ts';
export type { Limits, Progress, Reduction } from './limits.ts';
export { ModelError } from './misuse.ts';
export type { Model, Property, Symmetry } from './model.ts';
export { OptionError } from './option-checks.ts';
export type { Engine, Exploration, SearchOptions } from './options.ts';
export { explorePlain } from './plain.ts';
export { type Breach, breachesOf, choicesOf, labelsOf, ReplayError, replay, type Step } from './replay.ts';
export type { Snapshot } from './snapshot.ts';
export { enabledIn, next } from './step.ts';
export { exploreSymbolic } from './symbolic/search.ts';
export type { Report, Result, Stop, Verdict } from './verdict.ts';
