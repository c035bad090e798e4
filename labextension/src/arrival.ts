/** Brings the head of a panel into view when its cell was run: JupyterLab goes on to the cell below it. */

import type { Cell, ICodeCellModel } from '@jupyterlab/cells';
import { type Notebook, NotebookActions } from '@jupyterlab/notebook';
import type { IDisposable } from '@lumino/disposable';
import { Signal } from '@lumino/signaling';
import { leftBehind } from './gone';
import { TAKEN_OVER } from './show';

/** Above the panel so much of the page stays free, as a share of it: the end of its call. */
const ABOVE = 0.1;

/** A head that begins above this share of the page is seen well enough. */
const LOW = 0.5;

/** So long (in milliseconds) after its last change a panel counts as drawn. */
const SETTLED = 1500;

/** One run of a panel's cell is followed at a time. */
export class Arrival implements IDisposable {
  constructor(private readonly _notebook: Notebook) {
    NotebookActions.executionScheduled.connect(this._onScheduled, this);
    NotebookActions.executed.connect(this._onExecuted, this);
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    this._isDisposed = true;
    this._end();
    Signal.clearData(this);
  }

  private _onScheduled(_: unknown, { notebook, cell }: { notebook: Notebook; cell: Cell }): void {
    if (notebook !== this._notebook) {
      return;
    }
    // Where several cells run it is not the panel that the person waits for.
    this._end();
    this._cell = cell;
    this._taken = new AbortController();
    for (const event of TAKEN_OVER) {
      const options = { capture: true, passive: true, signal: this._taken.signal };
      notebook.node.addEventListener(event, this._onTaken, options);
    }
  }

  /** The person does something in the notebook: the view is theirs, also where the panel is yet to come. */
  private readonly _onTaken = (event: Event): void => {
    // The Shift of the Shift+Enter that ran the cell repeats while it is held.
    if (!(event instanceof KeyboardEvent && event.key === 'Shift')) {
      this._end();
    }
  };

  private _onExecuted(_: unknown, { cell }: { cell: Cell }): void {
    if (cell !== this._cell) {
      return;
    }
    if (cell.model.type !== 'code' || leftBehind((cell.model as ICodeCellModel).outputs) === null) {
      this._end();
      return;
    }
    // It is drawn, and gets its height, step by step; JupyterLab meanwhile holds the cell below in its place.
    this._size.observe(cell.node);
    this._waitToSettle();
  }

  private _waitToSettle(): void {
    window.clearTimeout(this._timer);
    this._timer = window.setTimeout(() => {
      this._end();
    }, SETTLED);
  }

  private _place(): void {
    const panel = this._cell?.node.querySelector('.ftkit-wizard');
    if (panel) {
      const { outerNode } = this._notebook;
      const top = panel.getBoundingClientRect().top - outerNode.getBoundingClientRect().top;
      if (top < 0 || top > outerNode.clientHeight * LOW) {
        outerNode.scrollTop += top - outerNode.clientHeight * ABOVE;
      }
    }
    this._waitToSettle();
  }

  private _end(): void {
    window.clearTimeout(this._timer);
    this._size.disconnect();
    this._taken?.abort();
    this._cell = null;
  }

  private readonly _size = new ResizeObserver(() => {
    this._place();
  });
  private _cell: Cell | null = null;
  private _isDisposed = false;
  private _taken: AbortController | null = null;
  private _timer = 0;
}
