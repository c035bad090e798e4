/** Operations either fit as a whole or are refused. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { plan } from '../src/plan';
import { Conflict, type ICellView, type Operation } from '../src/types';

const cells: ICellView[] = [
  { id: 'w', type: 'code', source: 'wizard()', metadata: {} },
  { id: 't', type: 'markdown', source: '# text', metadata: {} },
  { id: 'm', type: 'code', source: 'model = 1', metadata: {} }
];

const insert = (id: string, after: string, source = ''): Operation => ({
  op: 'insert',
  id,
  after,
  source,
  metadata: {}
});

const replace = (id: string, expected: string, source: string): Operation => ({
  op: 'replace',
  id,
  expected,
  source,
  metadata: { ftkit: {} }
});

function refused(operations: Operation[], message: string, cell: string): void {
  assert.throws(
    () => plan(cells, operations),
    error => error instanceof Conflict && error.message === message && error.cell === cell
  );
}

test('cells go below the one they name, also below a new one', () => {
  const edits = plan(cells, [insert('a', 'w', '1'), insert('b', 'a', '2'), insert('c', 'm', '3')]);
  assert.deepEqual(
    edits.map(edit => edit.kind === 'insert' && [edit.id, edit.index]),
    [
      ['a', 1],
      ['b', 2],
      ['c', 5]
    ]
  );
});

test('a cell that is inserted and replaced is inserted as it is in the end', () => {
  const edits = plan(cells, [insert('a', 'w', 'old'), replace('a', 'old', 'new')]);
  assert.deepEqual(edits, [
    { kind: 'insert', index: 1, id: 'a', source: 'new', metadata: { ftkit: {} } }
  ]);
});

test('what was changed meanwhile is not replaced', () => {
  refused([replace('m', 'model = 0', 'x')], 'Cell m was changed meanwhile.', 'm');
});

test('what is not there, there twice or no code is refused', () => {
  refused([insert('a', 'gone')], 'There is no cell gone in the notebook.', 'gone');
  refused([insert('m', 'w')], 'There is already a cell m in the notebook.', 'm');
  refused([replace('t', '# text', 'x')], 'Cell t is not a code cell.', 't');
  const twice = [...cells, { id: 'm', type: 'code', source: '', metadata: {} }];
  assert.throws(() => plan(twice, [insert('a', 'm')]), { message: 'Two cells have the id m.' });
});

test('planning touches nothing', () => {
  const before = JSON.stringify(cells);
  plan(cells, [replace('m', 'model = 1', 'x'), insert('a', 'w')]);
  assert.equal(JSON.stringify(cells), before);
});
