/** What a page that was loaded in the middle of a run shows of it, beside the picture. */

import type { Cell } from '@jupyterlab/cells';
import type { TranslationBundle } from '@jupyterlab/translation';
import { bannerText } from './busy';
import type { ITraining } from './types';

/** Milliseconds in which a picture is drawn. */
const DRAWN = 1000;

/** Stands above the outputs of the cell: what goes on there, and a way to stop it. */
export class Bar {
  constructor(
    private readonly _trans: TranslationBundle,
    private readonly _cell: Cell,
    private readonly _stop: (run: string) => Promise<boolean>
  ) {
    const stands = document.createElement('p');
    stands.append(this._left, this._button);
    this._why.textContent = _trans.__(
      'This page was loaded in the middle of it, so a still picture stands in for the live chart. It is drawn anew with every evaluation; in a run without any, every ten seconds.'
    );
    this._announced.className = 'ftkit-announced';
    for (const quiet of [this._why, this._announced]) {
      quiet.setAttribute('role', 'status');
    }
    this._node.append(stands, this._says, this._announced, this._why);
    this._node.className = 'ftkit-banner ftkit-midway';
    this._button.type = 'button';
    this._button.className = 'jp-Button';
    this._offerStop();
    this._button.addEventListener('click', () => {
      this._button.disabled = true;
      this._button.textContent = _trans.__('Stopping after this step …');
      void this._stop(this._run).then(reached => {
        if (!reached) {
          this._offerStop();
        }
      });
    });
  }

  /** Whether it was asked to appear. */
  get isShown(): boolean {
    return this._isShown;
  }

  /** Appears as soon as the cell is drawn. */
  show(): void {
    this._isShown = true;
    void this._cell.ready.then(() => {
      if (!this._isRemoved && !this._cell.isDisposed) {
        this._cell.node.querySelector('.jp-Cell-outputWrapper')?.before(this._node);
      }
    });
  }

  /** What is below stays where it is while a picture is drawn anew. */
  holdPlace(): void {
    const outputs = this._node.nextElementSibling;
    if (outputs instanceof HTMLElement) {
      window.clearTimeout(this._holding);
      outputs.style.minHeight = `${outputs.offsetHeight.toString()}px`;
      this._holding = window.setTimeout(() => {
        outputs.style.minHeight = '';
      }, DRAWN);
    }
  }

  /** How long it still takes. */
  tell(training: ITraining): void {
    if (training.active) {
      this._run = training.run;
      const left = bannerText({ busy: true, training }, this._trans);
      this._left.textContent = this._trans.__('Run %1: %2', training.run, left);
    } else {
      this.remove();
    }
  }

  /** The verdict so far. */
  say(verdict: string, announced: string): void {
    this._says.textContent = verdict;
    // Set again, it would be read out again.
    if (this._announced.textContent !== announced) {
      this._announced.textContent = announced;
    }
  }

  remove(): void {
    this._isRemoved = true;
    this._node.remove();
  }

  private _offerStop(): void {
    this._button.disabled = false;
    this._button.textContent = this._trans.__('Stop after this step');
  }

  private readonly _announced = document.createElement('p');
  private readonly _button = document.createElement('button');
  private _holding = 0;
  private _isRemoved = false;
  private _isShown = false;
  private readonly _left = document.createElement('span');
  private readonly _node = document.createElement('div');
  private _run = '';
  private readonly _says = document.createElement('p');
  private readonly _why = document.createElement('p');
}
