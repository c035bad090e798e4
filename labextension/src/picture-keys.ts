/**
 * Makes the buttons of a stored picture reachable by keyboard: plotly draws them as shapes that only a pointer can press.
 *
 * Pictures of ours are marked for the style sheet, too: plotly knows nothing of the theme.
 */

import type { IDisposable } from '@lumino/disposable';

const BUTTONS = '.updatemenu-header, .updatemenu-button';

/** After a reload plotly's extension shows a photograph of the picture, until a pointer comes to it. */
const STILL = 'img.plot-img';
const WORDS = 'A picture. Press Enter to open it.';
const MOST_FRAMES = 120;

/** What plotly keeps at the element that it draws into. */
interface Drawn extends HTMLElement {
  layout?: { meta?: unknown };
}

/** Watches one view of a notebook for pictures, which are drawn, and drawn anew, at any time. */
export class PictureKeys implements IDisposable {
  constructor(private readonly _node: HTMLElement) {
    this._observer = new MutationObserver(() => {
      this._lookSoon();
    });
    this._observer.observe(_node, { childList: true, subtree: true });
    _node.addEventListener('keydown', this._onKeyDown, true);
    this._lookSoon();
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    this._isDisposed = true;
    this._observer.disconnect();
    window.cancelAnimationFrame(this._frame);
    window.cancelAnimationFrame(this._waiting);
    this._node.removeEventListener('keydown', this._onKeyDown, true);
  }

  private _lookSoon(): void {
    window.cancelAnimationFrame(this._frame);
    this._frame = window.requestAnimationFrame(() => {
      for (const picture of this._node.querySelectorAll<Drawn>('.js-plotly-plot')) {
        picture.classList.toggle('ftkit-picture', picture.layout?.meta === 'ftkit');
      }
      for (const still of this._node.querySelectorAll<HTMLImageElement>(STILL)) {
        if (still.alt === '') {
          still.alt = WORDS;
          still.tabIndex = 0;
          still.setAttribute('role', 'button');
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
      target instanceof HTMLImageElement &&
      target.matches(STILL) &&
      ['Enter', ' '].includes(event.key)
    ) {
      event.preventDefault();
      event.stopPropagation();
      target.dispatchEvent(new MouseEvent('mouseenter'));
      this._focusButton(target.parentElement, MOST_FRAMES);
      return;
    }
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

  /** The first button, as soon as it is drawn. */
  private _focusButton(picture: HTMLElement | null, frames: number): void {
    const button = picture?.querySelector<SVGElement>(BUTTONS);
    if (button?.hasAttribute('tabindex')) {
      button.focus();
    } else if (picture !== null && frames > 0) {
      this._waiting = window.requestAnimationFrame(() => {
        this._focusButton(picture, frames - 1);
      });
    } else if (picture !== null) {
      // It has none: the picture itself keeps the place.
      picture.tabIndex = -1;
      picture.focus();
    }
  }

  private readonly _observer: MutationObserver;
  private _waiting = 0;
  private _frame = 0;
  private _isDisposed = false;
}
