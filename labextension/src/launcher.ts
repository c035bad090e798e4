/** Makes a new notebook with the wizard in it. */

import { PathExt } from '@jupyterlab/coreutils';
import type { IDocumentManager } from '@jupyterlab/docmanager';
import { type INotebookTracker, NotebookActions, type NotebookPanel } from '@jupyterlab/notebook';
import type { Contents, KernelSpec } from '@jupyterlab/services';
import { type JSONObject, UUID } from '@lumino/coreutils';

/** The one cell of the new notebook. */
export const WIZARD_CELL = 'import ftkit\n\nftkit.wizard()';

const NAME = 'fine-tune';
const NOTE = 'ftkit:run';

/** A note is good for this many milliseconds: long enough for Notebook 7 to open its new tab. */
const NOTE_LIFE = 60_000;

/** The first of `fine-tune.ipynb`, `fine-tune-2.ipynb`, … that is free. */
export function freeName(taken: ReadonlySet<string>): string {
  for (let count = 1; ; count++) {
    const name = count === 1 ? `${NAME}.ipynb` : `${NAME}-${count}.ipynb`;
    if (!taken.has(name)) {
      return name;
    }
  }
}

/** The kernel of the new notebook: the default one if it speaks Python, else the first that does. */
export function pythonSpec(specs: KernelSpec.ISpecModels | null): KernelSpec.ISpecModel | null {
  const all = Object.values(specs?.kernelspecs ?? {}).filter(spec => spec !== undefined);
  const standard = all.find(spec => spec.name === specs?.default);
  return [standard, ...all].find(spec => spec?.language === 'python') ?? null;
}

/** The whole notebook: naming the kernel here keeps JupyterLab from asking for one. */
export function notebookWith(source: string, spec: KernelSpec.ISpecModel | null): JSONObject {
  const kernelspec = spec && {
    name: spec.name,
    display_name: spec.display_name,
    language: spec.language
  };
  return {
    cells: [
      {
        id: UUID.uuid4(),
        cell_type: 'code',
        execution_count: null,
        metadata: {},
        outputs: [],
        source
      }
    ],
    metadata: kernelspec ? { kernelspec } : {},
    nbformat: 4,
    nbformat_minor: 5
  };
}

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
    content: notebookWith(WIZARD_CELL, pythonSpec(specs))
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
