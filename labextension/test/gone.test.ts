/** Which cells hold a panel that may be gone. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { leftBehind } from '../src/gone';

const outputs = (...data: { [mime: string]: unknown }[]) => ({
  length: data.length,
  get: (index: number) => ({ data: data[index] ?? {} })
});
const WIDGET = 'application/vnd.jupyter.widget-view+json';

test('the sentence beside a panel is found, also where it came in lines', () => {
  assert.equal(
    leftBehind(
      outputs({ 'text/plain': 'x' }, { [WIDGET]: {}, 'text/plain': 'The ftkit panel. Go.' })
    ),
    'The ftkit panel. Go.'
  );
  assert.equal(
    leftBehind(outputs({ 'text/plain': ['The ftkit ', 'panel. Go.'] })),
    'The ftkit panel. Go.'
  );
});

test('other widgets and texts are left alone', () => {
  assert.equal(leftBehind(outputs({ [WIDGET]: {}, 'text/plain': 'HBox()' }, {})), null);
  assert.equal(leftBehind(outputs({ 'text/plain': 7 })), null);
});
