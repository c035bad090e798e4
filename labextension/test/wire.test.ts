/** Messages that do not fit are refused with a sentence. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { address, control, envelope, picture, training } from '../src/wire';

test('a request is read whole', () => {
  const message = { kind: 'request', id: 'r1', to: 'page', op: 'run', ids: ['a'], show: null };
  assert.deepEqual(address(message), { id: 'r1', to: 'page' });
  assert.deepEqual(envelope(message).request, { op: 'run', ids: ['a'], show: null });
});

test('a request that does not fit says why', () => {
  const base = { kind: 'request', id: 'r1', to: 'page' };
  const refusals: [object, RegExp][] = [
    [{ ...base, op: 'dance' }, /unknown request dance/],
    [{ ...base, op: 'run', ids: [1] }, /ids is not a list of texts/],
    [{ ...base, op: 'set_state', state: [] }, /state is not an object/],
    [{ ...base, op: 'apply', operations: [{ op: 'insert' }], run: [] }, /id is not a text/],
    [
      {
        ...base,
        op: 'apply',
        operations: [{ op: 'eat', id: 'a', source: '', metadata: {} }],
        run: []
      },
      /unknown operation eat/
    ]
  ];
  for (const [message, why] of refusals) {
    assert.throws(() => envelope(message), why);
  }
});

test('other messages are no requests', () => {
  assert.equal(address({ kind: 'event' }), null);
});

test('training messages', () => {
  const message = { kind: 'event', event: 'training', run: 'r', active: true, eta: null, text: '' };
  const found = { run: 'r', cell: null, active: true, eta: null, text: '' };
  assert.deepEqual(training(message), found);
  assert.deepEqual(training({ ...message, cell: 'train' }), { ...found, cell: 'train' });
  assert.equal(training({ kind: 'request' }), null);
});

test("a chart's wish is taken as it is, or not at all", () => {
  assert.deepEqual(control({ op: 'stop', run: 'r', more: 1 }), { op: 'stop', run: 'r' });
  assert.deepEqual(control({ op: 'sample', run: 'r', prompt: '<b>' }), {
    op: 'sample',
    run: 'r',
    prompt: '<b>'
  });
  for (const bad of [null, 'stop', {}, { op: 'delete', run: 'r' }, { op: 'stop' }]) {
    assert.equal(control(bad), null);
  }
});

test('a picture says what is read aloud of it; one without is silent', () => {
  const message = {
    kind: 'event',
    event: 'picture',
    display_id: 'ftkit-1',
    bundle: {},
    says: 'There are 4 evaluations.',
    announced: 'Verdict: it is too early to tell.'
  };
  assert.equal(picture(message)?.announced, message.announced);
  assert.equal(picture({ ...message, announced: undefined })?.announced, '');
  assert.equal(picture({ kind: 'event', event: 'training' }), null);
});
