/** Several notebooks on one kernel, of which JupyterLab lets one alone have comms. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Comms } from '../src/comms';

class Comm {
  isDisposed = false;
  onMsg: (message: unknown) => void = () => undefined;
  onClose: () => void = () => undefined;
  constructor(readonly commId: string) {}
  say(text: string) {
    this.onMsg({ content: { data: { text } } });
  }
}

function notebook(name: string, log: string[]) {
  return {
    take: (comm: { commId: string }) => {
      log.push(`${name} takes ${comm.commId}`);
    },
    hear: (_: unknown, data: { text?: unknown }) => {
      log.push(`${name} hears ${String(data.text)}`);
    },
    orphan: () => {
      log.push(`${name} is left`);
    }
  };
}

test('all notebooks of a kernel hear it, also one that came later, until they leave', () => {
  const log: string[] = [];
  const comms = new Comms();
  const kernel = { id: 'k' } as never;
  const [one, two, other] = ['one', 'two', 'other'].map(name => notebook(name, log)) as [
    never,
    never,
    never
  ];
  const comm = new Comm('c');
  comms.join(kernel, one);
  comms.join({ id: 'another kernel' } as never, other);
  comms.add(kernel, comm as never);
  comms.join(kernel, two);
  comm.say('x');
  comms.leave(kernel, one);
  comm.say('y');
  assert.deepEqual(log, [
    'one takes c',
    'two takes c',
    'one hears x',
    'two hears x',
    'two hears y'
  ]);
});

test('a comm that was closed, or whose process is gone, is not spoken on', () => {
  const comms = new Comms();
  const kernel = { id: 'k' } as never;
  const [first, second, third] = [new Comm('1'), new Comm('2'), new Comm('3')];
  for (const comm of [first, second, third]) {
    comms.add(kernel, comm as never);
  }
  first.onClose();
  second.isDisposed = true;
  assert.deepEqual(comms.of(kernel), [third]);
  comms.clear(kernel);
  assert.deepEqual(comms.of(kernel), []);
});

test('when the notebook that had the comms leaves, those that stay are told, where there was a comm', () => {
  for (const used of [true, false]) {
    const log: string[] = [];
    const comms = new Comms();
    const kernel = { id: 'k' } as never;
    const [owner, second, third] = ['owner', 'second', 'third'].map(name =>
      notebook(name, log)
    ) as [never, never, never];
    for (const one of [owner, second, third]) {
      comms.join(kernel, one);
    }
    if (used) {
      comms.add(kernel, new Comm('c') as never);
    }
    log.length = 0;
    comms.leave(kernel, third);
    assert.deepEqual(log, []);
    comms.abandon(kernel, owner);
    assert.deepEqual(log, used ? ['second is left'] : []);
    assert.equal(comms.of(kernel).length, 0);
  }
});
