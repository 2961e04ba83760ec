import { code, StatusError } from '../../wire/ttrpc/status.ts';

const identifierMax = 76;

/**
 * Refuses an id that containerd would refuse. Why: the id becomes part of paths.
 *
 * @returns the id
 * @throws StatusError invalidArgument
 * @source https://github.com/containerd/containerd/blob/18c6503d98f4de37ebbd39443bde958d8b6dc367/identifiers/validate.go
 */
export function requireIdentifier(what: string, id: string): string {
  if (id.length <= identifierMax && /^[A-Za-z0-9]+(?:[._-][A-Za-z0-9]+)*$/.test(id)) return id;
  throw new StatusError(
    code.invalidArgument,
    `${what} is no identifier (got ${JSON.stringify(id.slice(0, 100))}, allowed letters and digits with single . _ - between, at most ${identifierMax})`,
  );
}
