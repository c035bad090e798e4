/** What counts as a change to our cells. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { difference, fingerprint } from '../src/fingerprint';
import type { ICellView } from '../src/types';

const cell = (id: string, source: string, ftkit = 'd'): ICellView => ({
  id,
  type: 'code',
  source,
  metadata: { ftkit, collapsed: true }
});

const look = (...cells: ICellView[]): Map<string, string> =>
  new Map(cells.map(view => [view.id, fingerprint(view)]));

test('new text, a new mark and a copy are changes; order and foreign metadata are none', () => {
  const before = look(cell('a', '1'), cell('b', '2'));
  assert.deepEqual(difference(before, [cell('b', '2'), cell('a', '1')]), {
    changed: [],
    removed: []
  });
  const foreign = { ...cell('a', '1'), metadata: { ftkit: 'd' } };
  assert.deepEqual(difference(before, [foreign, cell('b', '2')]).changed, []);
  const now = [cell('a', '1!'), cell('b', '2', 'other'), cell('copy', '1')];
  assert.deepEqual(
    difference(before, now).changed.map(view => view.id),
    ['a', 'b', 'copy']
  );
});

test('what is gone is removed', () => {
  assert.deepEqual(difference(look(cell('a', '1')), []), { changed: [], removed: ['a'] });
});
