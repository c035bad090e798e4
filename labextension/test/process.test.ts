/** When the kernel at the other end is another process than before. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Process } from '../src/process';

function heard(...messages: [type: string, session: string][]): boolean[] {
  const process = new Process();
  return messages.map(([msg_type, session]) =>
    process.begins({ header: { msg_type, session } } as never)
  );
}

test('a process begins with the first message of another one', () => {
  const found = heard(['status', 'one'], ['stream', 'one'], ['status', 'two'], ['stream', 'two']);
  assert.deepEqual(found, [false, false, true, false]);
});

test('the server, which says that a cell prints too much, is no process', () => {
  // It says so among what the cell prints, under the name of the page that listens.
  const found = heard(
    ['status', 'one'],
    ['stream', 'page'],
    ['comm_msg', 'one'],
    ['status', 'two']
  );
  assert.deepEqual(found, [false, false, false, true]);
});
