/** The notebook that the launcher makes. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { freeName, notebookWith, pythonSpec } from '../src/new-notebook';

const spec = (name: string, language: string) => ({
  name,
  language,
  display_name: name,
  argv: [],
  resources: {}
});

test('the first free name', () => {
  assert.equal(freeName(new Set()), 'fine-tune.ipynb');
  assert.equal(freeName(new Set(['fine-tune.ipynb', 'fine-tune-2.ipynb'])), 'fine-tune-3.ipynb');
});

test('the default kernel if it speaks Python, else one that does', () => {
  const r = spec('ir', 'R');
  const python = spec('python3', 'python');
  const other = spec('other', 'python');
  const all = { ir: r, other, python3: python };
  assert.equal(pythonSpec({ default: 'python3', kernelspecs: all })?.name, 'python3');
  assert.equal(pythonSpec({ default: 'ir', kernelspecs: all })?.name, 'other');
  assert.equal(pythonSpec({ default: 'ir', kernelspecs: { ir: r } }), null);
  assert.equal(pythonSpec(null), null);
});

test('a notebook of format 4.5 with one cell', () => {
  const notebook = notebookWith('x = 1', null, 'some-id') as {
    cells: { id: string; source: string }[];
  };
  assert.deepEqual(
    notebook.cells.map(({ id, source }) => [id, source]),
    [['some-id', 'x = 1']]
  );
});
