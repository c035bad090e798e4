/**
 * Works out what a list of operations does to a list of cells, before a single one is touched:
 * either all of it fits, or nothing is done. `ftkit/notebook/file.py` does the same to a file;
 * `tests/notebook/test_notebook_same_plan.py` holds the two together.
 */

import type { JSONObject } from '@lumino/coreutils';
import { Conflict, type ICellView, type Operation } from './types';

/** A new cell; `index` counts the cells as they are when all earlier ones are in. */
export interface IInsertion {
  kind: 'insert';
  index: number;
  id: string;
  source: string;
  metadata: JSONObject;
}

/** New content for a cell that was there before. */
export interface IReplacement {
  kind: 'replace';
  id: string;
  source: string;
  metadata: JSONObject;
}

/** Edits are carried out in order. */
export type Edit = IInsertion | IReplacement;

type Shadow = Pick<ICellView, 'id' | 'type' | 'source'>;

function indexOf(cells: readonly Shadow[], id: string): number {
  const index = cells.findIndex(cell => cell.id === id);
  if (index < 0) {
    throw new Conflict(`There is no cell ${id} in the notebook.`, id);
  }
  if (cells.findIndex((cell, i) => i > index && cell.id === id) >= 0) {
    throw new Conflict(`Two cells have the id ${id}.`, id);
  }
  return index;
}

/**
 * The edits that carry out `operations`. A cell that is inserted and then replaced is inserted as it
 * is in the end, because a shared notebook finds no new cell before its transaction is over.
 *
 * Throws a `Conflict` where an operation does not fit.
 */
export function plan(cells: readonly Shadow[], operations: readonly Operation[]): Edit[] {
  const shadow: Shadow[] = cells.map(({ id, type, source }) => ({ id, type, source }));
  const edits: Edit[] = [];
  for (const operation of operations) {
    const { id, source, metadata } = operation;
    if (operation.op === 'insert') {
      if (shadow.some(cell => cell.id === id)) {
        throw new Conflict(`There is already a cell ${id} in the notebook.`, id);
      }
      const index = indexOf(shadow, operation.after) + 1;
      shadow.splice(index, 0, { id, type: 'code', source });
      edits.push({ kind: 'insert', index, id, source, metadata });
      continue;
    }
    const index = indexOf(shadow, id);
    const cell = shadow[index];
    if (cell?.type !== 'code') {
      throw new Conflict(`Cell ${id} is not a code cell.`, id);
    }
    if (cell.source !== operation.expected) {
      throw new Conflict(`Cell ${id} was changed meanwhile.`, id);
    }
    shadow[index] = { ...cell, source };
    const earlier = edits.find(edit => edit.id === id);
    if (earlier === undefined) {
      edits.push({ kind: 'replace', id, source, metadata });
    } else {
      earlier.source = source;
      earlier.metadata = metadata;
    }
  }
  return edits;
}
