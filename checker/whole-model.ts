import { canonicalJson, isRecord } from './canonical.ts';
import { kindOf, ModelError } from './misuse.ts';
import type { Model } from './model.ts';
import type { Property } from './property.ts';

/** A property in which nothing is left out: what had a default has it. */
export type WholeProperty<S> = Required<Property<S>>;

/** A model in which nothing is left out: what had a default has it. Every engine explores one of these. */
export interface WholeModel<S extends object, A> extends Model<S, A> {
  readonly name: string;
  label(action: A): string;
  progress(action: A): boolean;
  readonly properties: readonly WholeProperty<S>[];
}

const kinds: readonly string[] = [
  'always',
  'quiescent',
  'sometimes',
  'step',
] satisfies Property<never>['kind'][];
const classes: readonly string[] = ['deadlock', 'safety', 'witness'] satisfies Property<never>['class'][];

/** A model is looked at once, however often it is asked about. */
const known = new WeakMap<object, WholeModel<object, unknown>>();

/**
 * Fills in what a model leaves out, and has its functions refuse results that are no booleans.
 *
 * @throws ModelError for a model that no engine can explore, or that means something else than it says
 */
export function wholeModel<S extends object, A>(model: Model<S, A>): WholeModel<S, A> {
  if (typeof model !== 'object' || model === null)
    throw new ModelError(`this is no model (got ${kindOf(model)}, allowed an object): see Model`);
  const before = known.get(model);
  if (before) return before as WholeModel<S, A>;
  const whole = filledIn(model);
  known.set(model, whole);
  known.set(whole, whole);
  return whole;
}

function filledIn<S extends object, A>(model: Model<S, A>): WholeModel<S, A> {
  const { name = 'model', initial, actions, properties, symmetry } = model;
  const refuse = refuser(`model ${name}`);
  if (typeof model.step !== 'function')
    refuse('has no step', kindOf(model.step), 'a function', 'write step(draft, action)');
  assertState(initial);
  if (!Array.isArray(actions) || actions.length === 0) {
    const got = Array.isArray(actions) ? 'an empty list' : kindOf(actions);
    refuse('has no actions', got, 'one or more', 'list every action that can ever happen');
  }
  const label = (action: A): string => model.label?.(action) ?? labelOf(action);
  const progress = (action: A): boolean => model.progress?.(action) ?? true;
  for (const action of actions) {
    const [text, isBound] = [label(action), progress(action)];
    if (typeof text !== 'string')
      refuse('has an action without a label', kindOf(text), 'a text', 'write label(action)');
    if (typeof isBound !== 'boolean')
      refuse(
        `does not say whether ${text} is bound to happen`,
        kindOf(isBound),
        'true or false',
        'see progress',
      );
  }
  const twice = twiceIn(actions.map(label));
  if (twice !== null)
    refuse(
      'has two actions with one label',
      `'${twice}' twice`,
      'each once',
      'write label(action) so that they differ',
    );
  if (!Array.isArray(properties))
    refuse(
      'has no list of properties',
      kindOf(properties),
      'a list',
      'write properties: [] if only states count',
    );
  const whole = properties.map((property) => wholeProperty(property));
  const same = twiceIn(whole.map((property) => property.name));
  if (same !== null)
    refuse('has two properties of one name', `'${same}' twice`, 'each once', 'name one of them otherwise');
  const step = (draft: S, action: A): boolean => {
    const isEnabled: unknown = model.step(draft, action);
    if (typeof isEnabled === 'boolean') return isEnabled;
    const what = 'change the draft in place, and return whether the action is enabled';
    return refuser(`step of ${label(action)}`)(
      'returns no boolean',
      kindOf(isEnabled),
      'true or false',
      what,
    );
  };
  const base = { name, initial, actions, step, label, progress, properties: whole };
  return symmetry === undefined ? base : { ...base, symmetry };
}

/** @throws ModelError for a property that does not say what it claims */
export function wholeProperty<S>(property: Property<S>): WholeProperty<S> {
  if (typeof property !== 'object' || property === null)
    refuser('a property')(
      'is no object',
      kindOf(property),
      'one',
      'make it by always, quiescent, sometimes or onStep',
    );
  const { name, kind, subjects = [''], sentence = '', source = '' } = property;
  const { class: given = kind === 'sometimes' ? 'witness' : 'safety' } = property;
  if (typeof name !== 'string' || name === '')
    refuser('a property')('has no name', name === '' ? 'an empty text' : kindOf(name), 'a text', 'name it');
  const refuse = refuser(`property '${name}'`);
  if (!kinds.includes(kind))
    refuse(
      'is of an unknown kind',
      `'${kind}'`,
      kinds.join(', '),
      'make it by always, quiescent, sometimes or onStep',
    );
  if (!classes.includes(given))
    refuse(
      'is of an unknown class',
      `'${given}'`,
      classes.join(', '),
      'leave class out, or choose one of these',
    );
  if (typeof property.check !== 'function')
    refuse('has no check', kindOf(property.check), 'a function', 'write check(state, subject)');
  assertSubjects(`property '${name}'`, subjects);
  const check = (state: S, subject: string, after: S): boolean =>
    asBoolean(`property '${name}'`, property.check(state, subject, after));
  return { name, kind, class: given, sentence, source, subjects, check };
}

/** @throws ModelError for what is about nobody: it would hold of everything */
export function assertSubjects(what: string, subjects: readonly string[]): void {
  if (Array.isArray(subjects) && subjects.length > 0 && subjects.every((each) => typeof each === 'string'))
    return;
  const got = Array.isArray(subjects) ? `[${subjects.map(kindOf).join(', ')}]` : kindOf(subjects);
  refuser(what)(
    'is about nobody',
    got,
    'a list of one text or more',
    'leave subjects out where there is nothing to tell apart, or leave the whole property out',
  );
}

/** @throws ModelError for a check that does not say yes or no, such as one without `return` */
export function asBoolean(what: string, result: unknown): boolean {
  if (typeof result === 'boolean') return result;
  return refuser(what)('does not say yes or no', kindOf(result), 'true or false', 'return a comparison');
}

function assertState(initial: unknown): void {
  if (!isRecord(initial)) {
    const got = Array.isArray(initial) ? 'an array' : kindOf(initial);
    refuser('the initial state')('is no state', got, 'a plain object', 'write initial: { … }');
  }
  try {
    canonicalJson(initial);
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new ModelError(
      'the initial state holds itself (got a cycle, allowed a tree): write names for links',
      {
        cause,
      },
    );
  }
}

function labelOf(action: unknown): string {
  return typeof action === 'string' ? action : JSON.stringify(action);
}

function twiceIn(texts: readonly string[]): string | null {
  const seen = new Set<string>();
  for (const text of texts) {
    if (seen.has(text)) return text;
    seen.add(text);
  }
  return null;
}

/** Refuses something of `what`. */
function refuser(what: string): (problem: string, got: string, allowed: string, todo: string) => never {
  return (problem, got, allowed, todo) => {
    throw new ModelError(`${what} ${problem} (got ${got}, allowed ${allowed}): ${todo}`);
  };
}
