/** Makes a new notebook with the wizard in it. */

import { PathExt } from '@jupyterlab/coreutils';
import type { IDocumentManager } from '@jupyterlab/docmanager';
import { type INotebookTracker, NotebookActions, type NotebookPanel } from '@jupyterlab/notebook';
import type { Contents, KernelSpec } from '@jupyterlab/services';
import { UUID } from '@lumino/coreutils';
import { freeName, notebookWith, pythonSpec, WIZARD_CELL } from './new-notebook';

const NOTE = 'ftkit:run';

/** A note is good for this many milliseconds: long enough for Notebook 7 to open its new tab. */
const NOTE_LIFE = 60_000;

/** Writes the notebook into `folder`, opens it and has its cell run. */
export async function createNotebook(
  folder: string,
  contents: Contents.IManager,
  documents: IDocumentManager,
  specs: KernelSpec.ISpecModels | null
): Promise<void> {
  const listing = await contents.get(folder, { content: true });
  const taken = new Set((listing.content as Contents.IModel[]).map(item => item.name));
  const path = PathExt.join(folder, freeName(taken));
  await contents.save(path, {
    type: 'notebook',
    format: 'json',
    content: notebookWith(WIZARD_CELL, pythonSpec(specs), UUID.uuid4())
  });
  leaveNote(path);
  documents.openOrReveal(path);
}

/**
 * Notebook 7 opens a notebook in a browser tab of its own, so what is to be run there is left in the
 * browser's storage. Not in the file: a notebook from elsewhere must never run by being opened.
 */
function leaveNote(path: string): void {
  window.localStorage.setItem(NOTE, JSON.stringify({ path, until: Date.now() + NOTE_LIFE }));
}

/** Whether the note is about this notebook; it is good for one time. */
function takeNote(path: string): boolean {
  const text = window.localStorage.getItem(NOTE);
  if (text === null) {
    return false;
  }
  const note = JSON.parse(text) as { path?: unknown; until?: unknown };
  if (note.path !== path) {
    return false;
  }
  window.localStorage.removeItem(NOTE);
  return typeof note.until === 'number' && Date.now() < note.until;
}

/** Runs the cell of a notebook that `createNotebook` made, once its kernel is there. */
export async function runIfNoted(panel: NotebookPanel): Promise<void> {
  await panel.context.ready;
  const first = panel.content.widgets[0];
  if (first?.model.sharedModel.getSource() !== WIZARD_CELL || !takeNote(panel.context.path)) {
    return;
  }
  await panel.sessionContext.ready;
  await panel.sessionContext.session?.kernel?.info;
  await NotebookActions.runCells(panel.content, [first], panel.sessionContext);
}

/** Follows the tracker, so that a new notebook's cell runs wherever it was opened. */
export function runNewNotebooks(tracker: INotebookTracker): void {
  tracker.widgetAdded.connect((_, panel) => {
    runIfNoted(panel).catch((reason: unknown) => {
      console.error('ftkit: the wizard could not be started.', reason);
    });
  });
}
