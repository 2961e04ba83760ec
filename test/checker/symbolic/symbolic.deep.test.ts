import { expect, it } from 'vitest';
import { explore } from '../../../checker/index.ts';
import { erased, modelOf, proposed } from '../../../spec/index.ts';
import { bound } from '../../spec/bounds.ts';
import './symbolic.test.ts';

it('the symbolic engine counts as many states as a search that listed them for minutes', () => {
  const { report } = explore(modelOf(erased(proposed), bound(2, 1, 'delete', 'execOnCreated')), {
    engine: 'symbolic',
  });
  expect(report).toMatchObject({
    states: 34_152_336,
    transitions: 249_223_224,
    quiescent: 8_464,
    stoppedBy: null,
  });
});
