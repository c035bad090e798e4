/** Reads, writes and runs the cells of one notebook. */

import type { ISessionContext } from '@jupyterlab/apputils';
import type { Cell, ICodeCellModel } from '@jupyterlab/cells';
import type * as nbformat from '@jupyterlab/nbformat';
import { type INotebookModel, type Notebook, NotebookActions } from '@jupyterlab/notebook';
import type { JSONObject, PartialJSONObject } from '@lumino/coreutils';
import { plan } from './plan';
import { showOutput } from './show';
import type { ICellView, Operation } from './types';

const WIDGET_VIEW = 'application/vnd.jupyter.widget-view+json';

/** Metadata that JupyterLab keeps in memory only. */
const IN_MEMORY = 'trusted';

/** Every cell, in the order of the notebook. */
export function views(model: INotebookModel): ICellView[] {
  return Array.from(model.cells, cell => {
    const metadata: PartialJSONObject = { ...cell.sharedModel.getMetadata() };
    // eslint-disable-next-line @typescript-eslint/no-dynamic-delete -- a copy, and a constant key
    delete metadata[IN_MEMORY];
    return {
      id: cell.id,
      type: cell.type,
      source: cell.sharedModel.getSource(),
      metadata: metadata as JSONObject
    };
  });
}

/** The yjs undo manager, which the public notebook interface leaves out. */
interface IUndoable {
  undoManager: { stopCapturing(): void };
}

function undoable(shared: object): shared is IUndoable {
  return 'undoManager' in shared;
}

/**
 * Carries out all operations or none, as one step for the person's undo.
 *
 * yjs merges what happens within half a second into one undo step; `stopCapturing` before and after
 * keeps a keystroke just before the click, or just after, out of ours.
 */
export function apply(model: INotebookModel, operations: readonly Operation[]): void {
  const shared = model.sharedModel;
  const edits = plan(views(model), operations);
  const present = new Map(shared.cells.map(cell => [cell.getId(), cell]));
  const capture = (): void => {
    if (undoable(shared)) {
      shared.undoManager.stopCapturing();
    }
  };
  capture();
  shared.transact(() => {
    for (const edit of edits) {
      if (edit.kind === 'insert') {
        shared.insertCell(edit.index, {
          id: edit.id,
          cell_type: 'code',
          source: edit.source,
          metadata: edit.metadata
        });
      } else {
        const cell = present.get(edit.id);
        if (cell === undefined) {
          throw new Error(`cell ${edit.id} was planned for and is not there`);
        }
        if (cell.getSource() !== edit.source) {
          cell.setSource(edit.source);
        }
        const trusted = cell.getMetadata(IN_MEMORY) === true;
        cell.setMetadata({ ...edit.metadata, ...(trusted ? { [IN_MEMORY]: true } : {}) });
      }
    }
  });
  capture();
}

/** The cell that shows the wizard: the one asked for, else the active one if a widget is in it. */
export function anchor(notebook: Notebook, asked: string | null): string | null {
  const cells = notebook.model?.cells;
  if (cells === undefined) {
    return null;
  }
  const all = Array.from(cells);
  if (asked !== null && all.some(cell => cell.id === asked)) {
    return asked;
  }
  const active = notebook.activeCell?.model;
  if (active !== undefined && showsWidget(active)) {
    return active.id;
  }
  return all.find(cell => showsWidget(cell))?.id ?? null;
}

function showsWidget(cell: Cell['model']): boolean {
  if (cell.type !== 'code') {
    return false;
  }
  const { outputs } = cell as ICodeCellModel;
  for (let i = 0; i < outputs.length; i++) {
    if (WIDGET_VIEW in outputs.get(i).data) {
      return true;
    }
  }
  return false;
}

/** How one cell ended. */
export interface IRan {
  id: string;
  ok: boolean;
  error: string;
}

/** Runs one cell to its end. */
export async function runCell(
  notebook: Notebook,
  session: ISessionContext,
  id: string
): Promise<IRan> {
  const cell = notebook.widgets.find(widget => widget.model.id === id);
  if (cell === undefined) {
    return { id, ok: false, error: 'The cell was deleted before it could run.' };
  }
  const ok = await NotebookActions.runCells(notebook, [cell], session);
  return { id, ok, error: ok ? '' : failure(cell) };
}

/**
 * Runs one cell, and brings the place where its output begins into view.
 *
 * It becomes the active cell: JupyterLab goes to that one whenever it runs a cell, and holds it in its
 * place when what is above it grows or shrinks.
 */
export async function runInView(
  notebook: Notebook,
  session: ISessionContext,
  id: string
): Promise<IRan> {
  const index = notebook.widgets.findIndex(widget => widget.model.id === id);
  const cell = notebook.widgets[index];
  if (cell === undefined) {
    return runCell(notebook, session, id);
  }
  notebook.mode = 'command';
  notebook.activeCellIndex = index;
  // A focus that stayed in the wizard would make that the active cell again when it opens.
  const focused = document.activeElement;
  if (focused === null || focused === document.body || notebook.node.contains(focused)) {
    notebook.activate();
  }
  const running = runCell(notebook, session, id);
  // Only now: what JupyterLab scrolls to by running the cell would come after it.
  const end = showOutput(notebook, cell);
  return running.finally(end);
}

/** Runs one cell, and leaves the view where the person has it. */
export async function runWithoutScrolling(
  notebook: Notebook,
  session: ISessionContext,
  id: string
): Promise<IRan> {
  const { scrollTop } = notebook.outerNode;
  const running = runCell(notebook, session, id);
  // Takes the place of the scrolling to the active cell that JupyterLab has just begun.
  // eslint-disable-next-line @typescript-eslint/no-deprecated -- `scrollToItem` knows only cells
  notebook.scrollTo(scrollTop);
  return running;
}

/** The error that a cell shows, in one line. */
function failure(cell: Cell): string {
  if (cell.model.type === 'code') {
    const { outputs } = cell.model as ICodeCellModel;
    for (let i = outputs.length - 1; i >= 0; i--) {
      const output = outputs.get(i).toJSON();
      if (output.output_type === 'error') {
        const { ename, evalue } = output as nbformat.IError;
        return `${ename}: ${evalue}`;
      }
    }
  }
  // The kernel knows this sentence (`ftkit/wizards/awaited.py`).
  return 'The cell did not finish.';
}
