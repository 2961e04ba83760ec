/** A thread of a crew: does its part of each step, and waits for the next. */
import { receiveMessageOnPort, workerData } from 'node:worker_threads';
import type { Enabling } from '../fast/expander.ts';
import { Hand } from '../fast/hand.ts';
import type { Tables } from '../fast/tables.ts';
import { Walker } from '../learning/walker.ts';
import { Pairs } from '../store/pairs.ts';
import { Tree } from '../store/tree.ts';
import { Control } from './control.ts';
import { unpacked } from './handover.ts';
import type { Enlisted } from './index.ts';

const { integers, port, index } = workerData as Enlisted;
const control = new Control(integers);

function handOf(tables: Tables): Hand {
  const walker = new Walker(tables.steps, tables.places);
  const enabling: Enabling = {
    found: walker,
    findEnabled: (nodes) => walker.findEnabled(nodes, null, null),
  };
  const parts = { tree: new Tree(tables.tree), pairs: new Pairs(tables.pairs), represent: null };
  return new Hand(tables, { ...parts, enabling, index });
}

/** The tables that were given last, if any were given since. */
function newTables(): Tables | null {
  let last: Tables | null = null;
  for (let given = receiveMessageOnPort(port); given; given = receiveMessageOnPort(port))
    last = unpacked(given.message) as Tables;
  return last;
}

let hand: Hand | null = null;
for (let turn = control.await(0); ; turn = control.await(turn)) {
  let hasFailed = true;
  try {
    const tables = newTables();
    if (tables) hand = handOf(tables);
    hand?.run(control.step, control.task, [index], control.next);
    hasFailed = hand === null;
  } finally {
    control.end(hasFailed);
  }
}
