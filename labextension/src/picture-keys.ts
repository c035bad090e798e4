/**
 * Makes the buttons of a stored picture reachable by keyboard: plotly draws them as shapes that only a pointer can press.
 *
 * Pictures of ours are marked for the style sheet, too: plotly knows nothing of the theme. And after a reload they are
 * drawn, where plotly's extension shows a photograph of how they once looked until a pointer comes to it.
 */

import type { ICodeCellModel } from '@jupyterlab/cells';
import type { Notebook } from '@jupyterlab/notebook';
import type { IDisposable } from '@lumino/disposable';

const BUTTONS = '.updatemenu-header, .updatemenu-button';

/** The photograph: as wide as the window was, with the letters of the theme that was. */
const STILL = 'img.plot-img[src]';

const PLOTLY = 'application/vnd.plotly.v1+json';

/** What marks a picture as ours. */
const OURS = 'ftkit';

/** What plotly keeps at the element that it draws into. */
interface Drawn extends HTMLElement {
  layout?: { meta?: unknown };
}

/** Watches one view of a notebook for pictures, which are drawn, and drawn anew, at any time. */
export class PictureKeys implements IDisposable {
  constructor(private readonly _notebook: Notebook) {
    this._node = _notebook.node;
    this._observer = new MutationObserver(() => {
      this._lookSoon();
    });
    this._observer.observe(this._node, { childList: true, subtree: true });
    this._node.addEventListener('keydown', this._onKeyDown, true);
    this._lookSoon();
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    this._isDisposed = true;
    this._observer.disconnect();
    window.cancelAnimationFrame(this._frame);
    this._seen.disconnect();
    this._node.removeEventListener('keydown', this._onKeyDown, true);
  }

  private _lookSoon(): void {
    window.cancelAnimationFrame(this._frame);
    this._frame = window.requestAnimationFrame(() => {
      for (const picture of this._node.querySelectorAll<Drawn>('.js-plotly-plot')) {
        picture.classList.toggle('ftkit-picture', picture.layout?.meta === OURS);
      }
      for (const still of this._node.querySelectorAll<HTMLImageElement>(STILL)) {
        if (still.style.display !== 'none' && this._isOurs(still)) {
          this._seen.observe(still);
        }
      }
      for (const button of this._node.querySelectorAll<SVGElement>(BUTTONS)) {
        if (!button.hasAttribute('tabindex')) {
          button.setAttribute('tabindex', '0');
          button.setAttribute('role', 'button');
          button.setAttribute('aria-label', button.textContent.trim());
        }
      }
    });
  }

  private readonly _onKeyDown = (event: KeyboardEvent): void => {
    const { target } = event;
    if (
      !(target instanceof SVGElement) ||
      !target.matches(BUTTONS) ||
      !['Enter', ' '].includes(event.key)
    ) {
      return;
    }
    // The notebook would run the cell, or scroll.
    event.preventDefault();
    event.stopPropagation();
    const menu = target.closest('.js-plotly-plot');
    const label = target.textContent;
    target.dispatchEvent(new MouseEvent('click', { bubbles: true }));
    // Plotly may have drawn the buttons anew: the focus stays with the same one, or goes into the list that has opened.
    window.setTimeout(() => {
      this._lookSoon();
      const now = [...(menu?.querySelectorAll<SVGElement>(BUTTONS) ?? [])];
      (now.find(button => button.textContent === label) ?? now[0])?.focus();
    }, 50);
  };

  private _isOurs(still: HTMLElement): boolean {
    const cell = this._notebook.widgets.find(one => one.node.contains(still));
    if (cell?.model.type !== 'code') {
      return false;
    }
    const { outputs } = cell.model as ICodeCellModel;
    for (let i = 0; i < outputs.length; i++) {
      const picture = outputs.get(i).data[PLOTLY] as { layout?: { meta?: unknown } } | undefined;
      if (picture?.layout?.meta === OURS) {
        return true;
      }
    }
    return false;
  }

  /** Only what is looked at is drawn: a notebook may hold dozens. */
  private readonly _seen = new IntersectionObserver(entries => {
    for (const { isIntersecting, target } of entries) {
      if (isIntersecting) {
        this._seen.unobserve(target);
        target.dispatchEvent(new MouseEvent('mouseenter'));
      }
    }
  });
  private readonly _node: HTMLElement;
  private readonly _observer: MutationObserver;
  private _frame = 0;
  private _isDisposed = false;
}
