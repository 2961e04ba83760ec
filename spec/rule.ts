/**
 * What a rule of the specification is: a property of the checker that names its source.
 *
 * @module
 */
import type { Property } from '../checker/property.ts';
import type { Service } from './service.ts';

/** A rule about a service: it says what it formalises, and of whom it is. */
export type Rule<S = Service> = Property<S> & Required<Pick<Property<S>, 'sentence' | 'source' | 'subjects'>>;
