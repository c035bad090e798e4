/** Who occupies the kernel, and how a time left is said. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Attention, timeLeft } from '../src/attention';

const RUN = { run: 'pirate-1', cell: null, active: true, eta: 120, text: '' };

test('a cell occupies the kernel from its busy to its idle', () => {
  const attention = new Attention();
  attention.status('busy', 'execute_request', 'a');
  assert.equal(attention.now.busy, true);
  attention.status('idle', 'execute_request', 'a');
  assert.equal(attention.now.busy, false);
});

test('the idle of a comm message on a subshell ends no training', () => {
  const attention = new Attention();
  attention.status('busy', 'execute_request', 'a');
  attention.train(RUN);
  attention.status('busy', 'comm_msg', 'b');
  attention.status('idle', 'comm_msg', 'b');
  assert.deepEqual(attention.now, { busy: true, training: RUN });
});

test('a run that could not say goodbye ends with its cell', () => {
  const attention = new Attention();
  // After a reload in the middle the busy of the cell was never seen.
  attention.train(RUN);
  assert.equal(attention.now.busy, true);
  attention.status('idle', 'execute_request', 'a');
  assert.deepEqual(attention.now, { busy: false, training: null });
});

test('a cell whose end was lost with the connection is over when the next one begins', () => {
  const attention = new Attention();
  attention.status('busy', 'execute_request', 'lost');
  attention.status('busy', 'execute_request', 'b');
  attention.status('idle', 'execute_request', 'b');
  assert.equal(attention.now.busy, false);
});

test('what runs in a subshell ends nothing beside it', () => {
  const attention = new Attention();
  attention.status('busy', 'execute_request', 'a');
  attention.train(RUN);
  attention.status('busy', 'execute_request', 'b', 'subshell');
  assert.deepEqual(attention.now, { busy: true, training: RUN });
  attention.status('idle', 'execute_request', 'b', 'subshell');
  assert.deepEqual(attention.now, { busy: true, training: RUN });
});

test('a dead kernel occupies nothing', () => {
  const attention = new Attention();
  attention.status('busy', 'execute_request', 'a');
  attention.train(RUN);
  attention.clear();
  assert.deepEqual(attention.now, { busy: false, training: null });
});

test('time left', () => {
  const said = [1, 42, 89, 91, 130, 3600, 5400, 9000].map(timeLeft);
  assert.deepEqual(
    said.map(({ count, unit }) => `${count} ${unit}`),
    ['5 s', '40 s', '90 s', '2 min', '2 min', '60 min', '2 h', '3 h']
  );
});
