/** Notices when the person edits, copies or deletes a cell that ftkit wrote. */

import type { INotebookModel } from '@jupyterlab/notebook';
import type { IDisposable } from '@lumino/disposable';
import { Signal } from '@lumino/signaling';
import { views } from './cells';
import { difference, fingerprint, type IDifference } from './fingerprint';
import { type ICellView, METADATA_KEY } from './types';

/** Typing pauses of this many milliseconds count as "done for now". */
const PAUSE = 400;

/** Watches one notebook model. */
export class CellWatch implements IDisposable {
  constructor(
    private readonly _model: INotebookModel,
    private readonly _tell: (difference: IDifference) => void
  ) {
    this.look();
    _model.contentChanged.connect(this._onContentChanged, this);
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    if (!this._isDisposed) {
      this._isDisposed = true;
      window.clearTimeout(this._timer);
      Signal.clearData(this);
    }
  }

  /** Takes the present cells as known: what we wrote ourselves is no news. */
  look(): void {
    this._seen = new Map(this._ours().map(view => [view.id, fingerprint(view)]));
  }

  private _ours(): ICellView[] {
    return views(this._model).filter(view => METADATA_KEY in view.metadata);
  }

  private _onContentChanged(): void {
    window.clearTimeout(this._timer);
    this._timer = window.setTimeout(() => {
      const found = difference(this._seen, this._ours());
      this.look();
      if (found.changed.length + found.removed.length > 0) {
        this._tell(found);
      }
    }, PAUSE);
  }

  private _isDisposed = false;
  private _seen = new Map<string, string>();
  private _timer = 0;
}
